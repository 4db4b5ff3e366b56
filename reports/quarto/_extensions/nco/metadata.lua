-- A report's metadata: titles, keywords and what a Word document's cover says.

local nco = ...
local is_typst, is_docx = nco.is_typst, nco.is_docx
local stringify, word, words, typst_string = nco.stringify, nco.word, nco.words, nco.typst_string

local function read_words(meta)
  for key, value in pairs(meta.nco or {}) do
    words[key] = stringify(value)
  end
end

local function text_of(meta, key)
  return meta[key] and stringify(meta[key]) or ""
end

local function joined(separator, ...)
  local parts = {}
  for _, part in ipairs({ ... }) do
    if part ~= "" then
      parts[#parts + 1] = part
    end
  end
  return table.concat(parts, separator)
end

-- What a Word document's cover says, which the filter sets; pandoc's own title would stand above it.
local cover = {}

-- Titles and keywords as plain strings: PDF metadata and <title> cannot hold markup.
local function add_strings(meta)
  local title = joined(" – ", text_of(meta, "title"), text_of(meta, "school"), text_of(meta, "round-label"))
  local author = joined("", text_of(meta, "author"))
  author = author ~= "" and author or word("publisher")
  local keywords = pandoc.List({})
  for _, key in ipairs({ "title", "school", "brinvest", "sector", "round", "reference" }) do
    if text_of(meta, key) ~= "" then
      keywords:insert(text_of(meta, key))
    end
  end
  if is_typst then
    meta["pdf-title"] = pandoc.RawInline("typst", typst_string(title))
    meta["pdf-author"] = pandoc.RawInline("typst", typst_string(author))
    meta["pdf-description"] = pandoc.RawInline("typst", typst_string(text_of(meta, "description")))
    meta["pdf-keywords"] = keywords:map(function(k)
      return pandoc.MetaInlines({ pandoc.RawInline("typst", typst_string(k)) })
    end)
  elseif is_docx then
    for key, value in pairs(meta) do
      cover[key] = value
    end
    meta.title, meta.author = title, author
    meta.keywords = keywords:map(function(keyword) return pandoc.MetaInlines({ pandoc.Str(keyword) }) end)
    meta.subtitle, meta.date = nil, nil
    meta.lang = text_of(meta, "lang") == "nl" and "nl-NL" or meta.lang
  else
    meta.pagetitle = title
    meta["meta-author"] = author
    meta["meta-keywords"] = table.concat(keywords, ", ")
    meta["meta-description"] = text_of(meta, "description")
  end
  return meta
end

nco.text_of = text_of
nco.joined = joined
nco.cover = cover
nco.read_words = read_words
nco.add_strings = add_strings
