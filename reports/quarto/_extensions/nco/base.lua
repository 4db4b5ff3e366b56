-- What the parts of nco.lua share: the format, a stop with a reason, words, and small pieces of every format.

local nco = ...

local is_html = FORMAT:match("html") ~= nil
local is_typst = FORMAT:match("typst") ~= nil
local is_docx = FORMAT:match("docx") ~= nil
local stringify = pandoc.utils.stringify

-- Quarto replaces `error` by a function that only logs; a failed assertion stops every engine.
local function stop(message)
  assert(false, message)
end

-- Words of the layout, overwritten by the `nco` metadata of _extension.yml (one place per language).
local words = {}

local function word(key)
  return words[key] or stop("the text '" .. key .. "' is missing under `nco` in _extension.yml")
end

local function escape_attribute(text)
  return (text:gsub("[&<>\"]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }))
end

-- Two braces apart: `{{< ... >}}` in raw code is a shortcode to Quarto.
local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " "):gsub("{{", "{\\u{7b}") .. '"'
end

-- A paragraph that Typst gets between two pieces of its own code: pandoc then writes all captions with the rest of
-- the document, and is not called for each of them.
local function typst_around(open, inlines, close)
  local content = pandoc.Inlines({ pandoc.RawInline("typst", open) })
  content:extend(inlines)
  content:insert(pandoc.RawInline("typst", close))
  return pandoc.Plain(content)
end

local function open_file(path)
  return io.open(path, "rb") or stop("figure '" .. path .. "' does not exist")
end

local function read_file(path)
  local file = open_file(path)
  local text = file:read("a")
  file:close()
  return text
end

-- Paragraphs in a style of the reference document (nco.render.docx_styles).
local function styled(style, blocks, id)
  return pandoc.Div(blocks, pandoc.Attr(id or "", {}, { { "custom-style", style } }))
end

local function numbered(kind, number)
  if is_docx then
    return pandoc.Span({ pandoc.Str(word(kind) .. "\u{A0}" .. number) }, pandoc.Attr("", {}, { { "custom-style", "Nummer" } }))
  end
  return pandoc.Span({ pandoc.Str(word(kind) .. " " .. number) }, pandoc.Attr("", { "nummer" }))
end

nco.is_html = is_html
nco.is_typst = is_typst
nco.is_docx = is_docx
nco.stringify = stringify
nco.stop = stop
nco.word = word
nco.words = words
nco.escape_attribute = escape_attribute
nco.typst_string = typst_string
nco.typst_around = typst_around
nco.open_file = open_file
nco.read_file = read_file
nco.styled = styled
nco.numbered = numbered
