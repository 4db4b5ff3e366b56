-- One filter for every engine and format: figures with alt text, tables with scopes and captions, boxes.
-- It stops with a message that names the element when something would be unreadable for a screen reader,
-- because pandoc, Typst and Quarto would each let a part of that pass.

local nco = {}

-- Where this file is: Quarto runs it from a filter of its own, and the embedded engine from a script.
local function folder()
  if quarto then
    return pandoc.path.directory(quarto.utils.resolve_path("nco.lua"))
  end
  return nco_folder or pandoc.path.directory(PANDOC_SCRIPT_FILE)
end

for _, name in ipairs({ "base", "metadata", "chapter", "figures", "tables", "pages", "cover" }) do
  assert(loadfile(pandoc.path.join({ folder(), name .. ".lua" }), "t", _ENV))(nco)
end

local is_html, is_typst, is_docx = nco.is_html, nco.is_typst, nco.is_docx
local word, typst_string, styled = nco.word, nco.typst_string, nco.styled
local read_words, add_strings = nco.read_words, nco.add_strings
local Figure, Para, Image = nco.Figure, nco.Para, nco.Image
local Table = nco.Table
local keep_together, Pandoc = nco.keep_together, nco.Pandoc

-- Typography -------------------------------------------------------------------------------------------

-- Typst reads hyphens and points in a row as dashes and dots, and guesses at quotes: "'t Kofschip" would open with the
-- wrong mark. Raw marks stay what they are.
local MARKS = { ["'"] = "\\'", ['"'] = '\\"', ["-"] = "\\-", ["."] = "\\." }

local function keep_marks(str)
  if not str.text:find("[\u{2018}\u{2019}\u{201C}\u{201D}'\"]") and not str.text:find("%-%-") and not str.text:find("%.%.")
    and not str.text:find("%-%?") and not str.text:find("^%-%d") then
    return nil
  end
  local parts = pandoc.List({})
  for _, code in utf8.codes(str.text) do
    local letter = utf8.char(code)
    local mark = MARKS[letter] or (code == 0x2018 or code == 0x2019 or code == 0x201C or code == 0x201D) and letter
    parts:insert(mark and pandoc.RawInline("typst", mark) or pandoc.Str(letter))
  end
  return parts
end

local function keep_quotes(quoted)
  local marks = quoted.quotetype == "SingleQuote" and { "\u{2018}", "\u{2019}" } or { "\u{201C}", "\u{201D}" }
  local open, close = pandoc.RawInline("typst", marks[1]), pandoc.RawInline("typst", marks[2])
  return pandoc.List({ open }) .. quoted.content .. pandoc.List({ close })
end

-- Boxes and headings -----------------------------------------------------------------------------------

local boxes = { "kernpunt", "uitleg", "let-op" }

local box_styles = { kernpunt = "Kernpunt", uitleg = "Uitleg", ["let-op"] = "Let op" }

-- Every paragraph has the box's style; a list's points too, in a style with a bullet, as their own would leave it.
local function docx_box(div, label, style)
  local blocks = pandoc.Blocks({ styled(style .. " label", { pandoc.Para({ pandoc.Str(label) }) }) })
  local function add(content, name)
    for _, block in ipairs(content) do
      if block.t == "BulletList" then
        for _, item in ipairs(block.content) do
          add(item, style .. " punt")
        end
      elseif block.t == "Para" or block.t == "Plain" then
        blocks:insert(styled(name, { pandoc.Para(block.content) }))
      else
        blocks:insert(block)
      end
    end
  end
  add(div.content, style)
  return blocks
end

local function box(div, kind)
  local label = word(kind)
  if is_docx then
    return docx_box(div, label, box_styles[kind])
  end
  if is_typst then
    local open = "#nco-box(kind: " .. typst_string(kind) .. ", label: " .. typst_string(label) .. ")["
    return { pandoc.RawBlock("typst", open), pandoc.Div(div.content), pandoc.RawBlock("typst", "]") }
  end
  div.content:insert(1, pandoc.Div({ pandoc.Plain({ pandoc.Str(label) }) }, pandoc.Attr("", { "vaklabel" })))
  if is_html then
    div.attributes.role = "note"
    div.attributes["aria-label"] = label
  end
  return div
end

-- One of several things in one place, of which a reader of the page chooses (nco.reports.blocks.options): paper has the
-- chosen one only; on the page the others are hidden, and a figure or table has the number of the chosen one.
local function chosen_on_paper(div)
  if div.classes:includes("keuze") then
    return div.classes:includes("anders") and {} or div.content
  end
end

local function option(div)
  if not div.classes:includes("anders") then
    return div
  end
  local function same(element)
    element.attributes.same = "1"
    return element
  end
  div = div:walk({ Table = same, Image = same })
  div.attributes.hidden = ""
  return div
end

local function Div(div)
  if div.classes:includes("keuze") then
    return option(div)
  end
  for _, kind in ipairs(boxes) do
    if div.classes:includes(kind) then
      return box(div, kind)
    end
  end
end

-- The page's one h1 is the report's title; a chapter is h2.
local function Header(header)
  if is_html then
    header.level = header.level + 1
    return header
  end
end

-- Passes -----------------------------------------------------------------------------------------------

local function ready(make)
  return function(element)
    local made = make(element)
    if made then
      return made, false
    end
  end
end

return {
  { Pandoc = nco.only_shown },
  { Meta = read_words },
  { Meta = add_strings },
  is_html and {} or { Div = chosen_on_paper },
  -- Only where it is needed: a function for every word takes a tenth of a second of a report. The embedded engine has
  -- pandoc write quotes themselves (embedded.lua), which Quarto cannot be told, and looks whether there is anything else.
  is_typst and not nco_marks_are_written and { Str = keep_marks, Quoted = keep_quotes } or {},
  is_typst and { Pandoc = keep_together } or {},
  -- From the outside in: what has become a figure or a table is ready, and its hundreds of cells are not looked at.
  { traverse = "topdown", Figure = ready(Figure), Table = ready(Table), Div = Div, Header = Header, Para = ready(Para) },
  { Image = Image },
  { Pandoc = Pandoc },
}
