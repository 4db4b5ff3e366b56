-- One filter for every engine and format: figures with alt text, tables with scopes and captions, boxes.
-- It stops with a message that names the element when something would be unreadable for a screen reader,
-- because pandoc, Typst and Quarto would each let a part of that pass.

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

local function typst_string(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " ") .. '"'
end

-- A paragraph that Typst gets between two pieces of its own code: pandoc then writes all captions with the rest of
-- the document, where a call for each of them would take as long as all the rest.
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

-- Paragraphs in a style of the reference document (nco_utils.docx_styles).
local function styled(style, blocks, id)
  return pandoc.Div(blocks, pandoc.Attr(id or "", {}, { { "custom-style", style } }))
end

local function numbered(kind, number)
  if is_docx then
    return pandoc.Span({ pandoc.Str(word(kind) .. "\u{A0}" .. number) }, pandoc.Attr("", {}, { { "custom-style", "Nummer" } }))
  end
  return pandoc.Span({ pandoc.Str(word(kind) .. " " .. number) }, pandoc.Attr("", { "nummer" }))
end

-- Metadata ---------------------------------------------------------------------------------------------

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

-- Typography -------------------------------------------------------------------------------------------

-- pandoc writes a typographic quote as a straight one and Typst guesses again: "'t Kofschip" would open with
-- the wrong mark. Raw marks stay what they are.
local function keep_marks(str)
  if not str.text:find("[\u{2018}\u{2019}\u{201C}\u{201D}]") then
    return nil
  end
  local parts = pandoc.List({})
  for _, code in utf8.codes(str.text) do
    local mark = code == 0x2018 or code == 0x2019 or code == 0x201C or code == 0x201D
    parts:insert(mark and pandoc.RawInline("typst", utf8.char(code)) or pandoc.Str(utf8.char(code)))
  end
  return parts
end

local function keep_quotes(quoted)
  local marks = quoted.quotetype == "SingleQuote" and { "\u{2018}", "\u{2019}" } or { "\u{201C}", "\u{201D}" }
  local open, close = pandoc.RawInline("typst", marks[1]), pandoc.RawInline("typst", marks[2])
  return pandoc.List({ open }) .. quoted.content .. pandoc.List({ close })
end

-- Figures ----------------------------------------------------------------------------------------------

local figures, drawings = 0, 0

local function alt_of(image, name)
  local alt = image.attributes["fig-alt"] or image.attributes["alt"] or ""
  if alt:match("^%s*$") then
    stop("figure '" .. name .. "' has no alt text: write fig-alt=\"...\" behind the image")
  end
  return alt
end

-- Two charts may use the same ids. Keep those that something refers to, made unique; the rest does nothing.
local function own_ids(svg, prefix)
  local used = {}
  for id in svg:gmatch("url%(#([^)]+)%)") do used[id] = true end
  for id in svg:gmatch('href="#([^"]+)"') do used[id] = true end
  svg = svg:gsub('%sid="([^"]+)"', function(id) return used[id] and ' id="' .. prefix .. id .. '"' or "" end)
  svg = svg:gsub("url%(#([^)]+)%)", "url(#" .. prefix .. "%1)")
  return (svg:gsub('href="#([^"]+)"', 'href="#' .. prefix .. '%1"'))
end

-- A hundredth of a point is finer than any screen; matplotlib writes a millionth.
local function short_paths(svg)
  return (svg:gsub(' d="([^"]*)"', function(d)
    return ' d="' .. d:gsub("(%.%d%d)%d+", "%1"):gsub("%s+", " ") .. '"'
  end))
end

local POINTS = { pt = 1, px = 0.75, [""] = 0.75, ["in"] = 72 }

-- The drawing's own width and height in points; charts are drawn with letters of the right size.
local function own_size(attributes, path)
  local function length(name)
    local number, unit = attributes:match("%s" .. name .. '="([%d.]+)(%a*)"')
    return number and POINTS[unit] and number * POINTS[unit]
  end
  local box_width, box_height = attributes:match('viewBox="[%d.-]+[ ,]+[%d.-]+[ ,]+([%d.]+)[ ,]+([%d.]+)"')
  local width, height = length("width") or tonumber(box_width), length("height") or tonumber(box_height)
  if not width or not height then
    stop("figure '" .. path .. "' does not say how large it is")
  end
  return width, height
end

local function svg_parts(path)
  local attributes, content = read_file(path):match("<svg([^>]*)>(.*)</svg>")
  if not attributes then
    stop("figure '" .. path .. "' is not an SVG drawing")
  end
  return attributes, content
end

local function width_of(path)
  return (own_size(svg_parts(path), path))
end

-- A chart's SVG becomes part of the page: its text then uses the page's font and can be selected.
local function inline_svg(image, alt)
  local attributes, content = svg_parts(image.src)
  local width, height = own_size(attributes, image.src)
  local box = attributes:match('viewBox="([^"]+)"') or ("0 0 " .. width .. " " .. height)
  content = content:gsub("<metadata>.-</metadata>", ""):gsub("<!%-%-.-%-%->", "")
  -- matplotlib's only style rule is `*{...}`, which would reach the whole page: nco.css has it for charts.
  content = content:gsub("<style[^>]*>%s*%*{[^}]*}%s*</style>", ""):gsub("\n%s*", "\n")
  -- A page's own parser and Quarto's do not agree on namespaces, and HTML needs none.
  content = content:gsub("xlink:href=", "href=")
  drawings = drawings + 1
  content = own_ids(short_paths(content), "t" .. drawings .. "-")
  local style = image.attributes.width and "" or ' style="--eigen-breedte: ' .. width .. 'pt"'
  return '<svg viewBox="' .. box .. '"'
    .. style .. ' role="img" aria-label="' .. escape_attribute(alt) .. '">' .. content .. "</svg>"
end

local function html_image(image, alt)
  if image.src:match("%.svg$") then
    return inline_svg(image, alt)
  end
  return '<img src="' .. escape_attribute(image.src) .. '" alt="' .. escape_attribute(alt) .. '">'
end

local function typst_image(image, alt)
  local width = (image.attributes.width or "100%"):match("^[%d.]+%%$") or "100%"
  if not image.attributes.width and image.src:match("%.svg$") then
    width = "calc.min(nco-text-width, nco-chart-scale * " .. own_size(svg_parts(image.src), image.src) .. "pt)"
  end
  return "image(" .. typst_string(image.src) .. ", alt: " .. typst_string(alt) .. ", width: " .. width .. ")"
end

local function html_figure(id, caption, image, alt)
  figures = figures + 1
  local open = '<figure class="figuur"' .. (id ~= "" and ' id="' .. id .. '"' or "") .. ">"
  if #caption == 0 then
    return { pandoc.RawBlock("html", open .. html_image(image, alt) .. "</figure>") }
  end
  return {
    pandoc.RawBlock("html", open .. "<figcaption>"),
    pandoc.Plain({ numbered("figure", figures), pandoc.Space(), table.unpack(caption) }),
    pandoc.RawBlock("html", "</figcaption>" .. html_image(image, alt) .. "</figure>"),
  }
end

local function typst_figure(id, caption, image, alt)
  local label = id ~= "" and " <" .. id .. ">" or ""
  local open, close = "#figure(" .. typst_image(image, alt) .. ", ", "kind: image)" .. label
  if #caption == 0 then
    return { pandoc.RawBlock("typst", open .. close) }
  end
  return { typst_around(open .. "caption: [", caption, "], " .. close) }
end

-- Word shows a drawing as the picture that nco_utils.drawings put beside it.
local function docx_image(image, alt, size)
  local path = image.src:gsub("%.svg$", ".png")
  open_file(image.src):close()
  open_file(path):close()
  return pandoc.Image({ pandoc.Str(alt) }, path, "", pandoc.Attr("", { "klaar" }, size))
end

-- As wide as in the PDF: TEXT_WIDTH and CHART_SCALE are those of typst-template.typ, in points.
local TEXT_WIDTH, CHART_SCALE = 154 / 25.4 * 72, 1.15

local function docx_figure(id, caption, image, alt)
  figures = figures + 1
  local share = (image.attributes.width or "100%"):match("^([%d.]+)%%$") or 100
  local width = TEXT_WIDTH * share / 100
  if not image.attributes.width and image.src:match("%.svg$") then
    width = math.min(TEXT_WIDTH, CHART_SCALE * width_of(image.src))
  end
  local picture = docx_image(image, alt, { width = string.format("%.1fpt", width) })
  local drawing = styled("Figure", { pandoc.Plain({ picture }) }, #caption == 0 and id or "")
  if #caption == 0 then
    return { drawing }
  end
  local title = pandoc.Para({ numbered("figure", figures), pandoc.Space(), table.unpack(caption) })
  return { styled("Image Caption", { title }, id), drawing }
end

local function figure_blocks(id, caption, image)
  local alt = alt_of(image, id ~= "" and id or image.src)
  if is_html then
    return html_figure(id, caption, image, alt)
  elseif is_typst then
    return typst_figure(id, caption, image, alt)
  elseif is_docx then
    return docx_figure(id, caption, image, alt)
  end
end

local function only_image(block)
  local content = block and (block.t == "Plain" or block.t == "Para") and block.content
  return content and #content == 1 and content[1].t == "Image" and content[1] or nil
end

local function Figure(figure)
  local image = #figure.content == 1 and only_image(figure.content[1])
  if image then
    local id = figure.identifier ~= "" and figure.identifier or image.identifier
    return figure_blocks(id, pandoc.utils.blocks_to_inlines(figure.caption.long), image)
  end
end

local function Para(para)
  local image = only_image(para)
  if image then
    return figure_blocks(image.identifier, image.caption, image)
  end
end

-- An image inside a sentence; the others are ready.
local function Image(image)
  if image.classes:includes("klaar") then
    return nil
  end
  local alt = alt_of(image, image.src)
  if is_html then
    return pandoc.RawInline("html", html_image(image, alt))
  elseif is_typst then
    return pandoc.RawInline("typst", "#box(height: 1em, image(" .. typst_string(image.src) .. ", alt: "
      .. typst_string(alt) .. "))")
  elseif is_docx then
    return docx_image(image, alt, { height = "1em" })
  end
end

-- Tables -----------------------------------------------------------------------------------------------

local tables = 0

local function longest_word(text)
  local longest = 0
  for part in text:gmatch("%S+") do
    longest = math.max(longest, utf8.len(part) or #part)
  end
  return longest
end

-- Letters of a table's size that a line holds.
local LINE = 84

-- What the embedded engine says of rows that it has kept from pandoc (nco_utils.tablerows), as numbers.
local function told(tbl, name)
  local numbers = {}
  for number in (tbl.attributes[name] or ""):gmatch("%d+") do
    numbers[#numbers + 1] = tonumber(number)
  end
  return numbers
end

local function row_count(tbl)
  local rows = told(tbl, "rows")[1] or 0
  for _, body in ipairs(rows == 0 and tbl.bodies or {}) do
    rows = rows + #body.body
  end
  return rows
end

-- The length of each column's longest text, and of the longest word that it must hold, both within bounds.
local function column_lengths(tbl)
  local longest, least, words = {}, {}, {}
  local told_longest, told_least = told(tbl, "longest"), told(tbl, "least")
  for i, column in ipairs(tbl.colspecs) do
    longest[i], least[i], words[i] = 4, 4, column[1] == "AlignLeft"
  end
  for _, row in ipairs(tbl.head.rows) do
    for i, cell in ipairs(row.cells) do
      -- A heading is bold, so wider.
      local length = math.min(math.ceil(1.1 * longest_word(stringify(cell.contents))), 38)
      longest[i], least[i] = math.max(longest[i], length), math.max(least[i], length)
    end
  end
  for i = 1, #told_longest do
    longest[i] = math.max(longest[i], math.min(told_longest[i], 38))
    least[i] = math.max(least[i], math.min(told_least[i], 38))
  end
  for _, body in ipairs(#told_longest == 0 and tbl.bodies or {}) do
    for _, row in ipairs(body.body) do
      for i, cell in ipairs(row.cells) do
        local text = stringify(cell.contents)
        local length = math.min(utf8.len(text) or #text, 38)
        if length > longest[i] then
          longest[i] = length
        end
        if length > least[i] then
          least[i] = math.max(least[i], words[i] and math.min(longest_word(text), 38) or length)
        end
      end
    end
  end
  return longest, least
end

-- Share the page's width by each column's longest text, within bounds, so that a table always spans the column.
-- A heading may break between words. Where that is more than a line holds, columns of words give way, no number does.
local function share_widths(tbl)
  local longest, least = column_lengths(tbl)
  local total, room = 0, 0
  for i, length in ipairs(longest) do
    total, room = total + length + 3, room + length - least[i]
  end
  local give = room > 0 and math.min(1, math.max(0, total - LINE) / room) or 0
  for i, length in ipairs(longest) do
    longest[i] = length - give * (length - least[i])
  end
  total = total - give * room
  for i, length in ipairs(longest) do
    tbl.colspecs[i][2] = (length + 3) / total
  end
end

local function set_scopes(tbl, name)
  for _, row in ipairs(tbl.head.rows) do
    for _, cell in ipairs(row.cells) do
      if stringify(cell.contents) == "" then
        stop("table '" .. name .. "' has an empty column heading: a screen reader needs a word there")
      end
      cell.attributes.scope = "col"
    end
  end
  for _, body in ipairs(tbl.bodies) do
    body.row_head_columns = #tbl.colspecs > 1 and 1 or 0
    -- Only a page has scopes of rows, and there are hundreds of rows.
    for _, row in ipairs(is_html and body.row_head_columns == 1 and body.body or {}) do
      row.cells[1].attributes.scope = "row"
    end
  end
end

-- A wide table scrolls inside its own frame, which the keyboard can reach; the page itself never does.
local function html_table(tbl)
  tables = tables + 1
  local id = (tbl.identifier ~= "" and tbl.identifier or "tabel-" .. tables) .. "-titel"
  -- Pairs, not a table by name: Lua would write those in another order each time.
  local frame = { { "role", "region" }, { "tabindex", "0" } }
  local caption = tbl.caption.long
  if #caption > 0 then
    local inlines = pandoc.utils.blocks_to_inlines(caption)
    local title = pandoc.Span({ numbered("table", tables), pandoc.Space(), table.unpack(inlines) }, pandoc.Attr(id))
    tbl.caption.long = { pandoc.Plain({ title }) }
    frame[3] = { "aria-labelledby", id }
  else
    frame[3] = { "aria-label", word("table") .. " " .. tables }
  end
  return pandoc.Div({ tbl }, pandoc.Attr("", { "tabelkader" }, frame))
end

-- Rows that a page easily holds: more, and the table may break between rows.
local LONGEST_WHOLE_TABLE = 14

-- The figure around the table is ours: Quarto and pandoc each make another one, or none.
local function typst_table(tbl, short)
  local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
  local label = tbl.identifier ~= "" and " <" .. tbl.identifier .. ">" or ""
  local open = "#nco-whole(" .. (short and "true" or "false") .. ")[#figure(kind: table"
  tbl.caption.long, tbl.identifier = {}, ""
  tbl.classes:insert("typst:no-figure")
  return {
    #caption > 0 and typst_around(open .. ", caption: [", caption, "])[") or pandoc.RawBlock("typst", open .. ")["),
    tbl,
    pandoc.RawBlock("typst", "]" .. label .. "]"),
  }
end

-- The rows of a short table stay together: each but the last keeps to the next.
local function style_cells(tbl, short)
  local function style(rows, name, last)
    for i, row in ipairs(rows) do
      for _, cell in ipairs(row.cells) do
        -- Paragraphs, as plain text would take the style of a list.
        local paragraphs = cell.contents:map(function(block)
          return block.t == "Plain" and pandoc.Para(block.content) or block
        end)
        cell.contents = { styled(i == #rows and last or name, paragraphs) }
      end
    end
  end
  style(tbl.head.rows, "Tabelkop")
  for _, body in ipairs(tbl.bodies) do
    style(body.body, short and "Tabelcel samen" or "Tabelcel", "Tabelcel")
  end
end

-- The caption is a paragraph of ours: Quarto and pandoc each number and place theirs in another way.
local function docx_table(tbl, short)
  tables = tables + 1
  local caption, id = pandoc.utils.blocks_to_inlines(tbl.caption.long), tbl.identifier
  style_cells(tbl, short)
  tbl.caption.long, tbl.identifier = {}, #caption == 0 and id or ""
  if #caption == 0 then
    return tbl
  end
  local title = pandoc.Para({ numbered("table", tables), pandoc.Space(), table.unpack(caption) })
  return { styled("Table Caption", { title }, id), tbl }
end

-- Quarto's reader leaves the `{#tabel-x}` behind a caption as text, for a filter of its own that runs later.
local function take_identifier(tbl)
  local inlines = pandoc.utils.blocks_to_inlines(tbl.caption.long)
  local last = inlines[#inlines]
  local id = last and last.t == "Str" and last.text:match("^{#([^%s}]+)}$")
  if id then
    inlines:remove(#inlines)
    if inlines[#inlines] and inlines[#inlines].t == "Space" then
      inlines:remove(#inlines)
    end
    tbl.identifier, tbl.caption.long = id, { pandoc.Plain(inlines) }
  end
end

local function Table(tbl)
  take_identifier(tbl)
  set_scopes(tbl, tbl.identifier ~= "" and tbl.identifier or stringify(tbl.caption.long))
  for _, column in ipairs(tbl.colspecs) do
    column[1] = column[1] == "AlignDefault" and "AlignLeft" or column[1]
    column[2] = nil
  end
  if not is_html then
    share_widths(tbl)
  end
  local short = row_count(tbl) <= LONGEST_WHOLE_TABLE
  for _, name in ipairs({ "rows", "longest", "least" }) do
    tbl.attributes[name] = nil
  end
  if is_typst then
    return typst_table(tbl, short)
  elseif is_docx then
    return docx_table(tbl, short)
  elseif is_html then
    return html_table(tbl)
  end
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

local function Div(div)
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

-- What stays on one page in print ------------------------------------------------------------------------

-- Millimetres, a little more than what each takes: a group that would not fit must be free to break.
local PAGE, HEADING, LINE_HEIGHT, TABLE_ROW, CAPTION = 228, 12, 5.6, 8, 16
local LETTERS, POINT = 85, 0.3528 * 1.15

local function figure_of(block)
  return block and (only_image(block) or (block.t == "Figure" and only_image(block.content[1])))
end

local function height_of(block)
  local image = figure_of(block)
  if image then
    local _, height = own_size(svg_parts(image.src), image.src)
    return CAPTION + height * POINT
  elseif block.t == "Table" then
    return CAPTION + (1 + row_count(block)) * TABLE_ROW
  end
  return LINE_HEIGHT * (0.8 + math.ceil(pandoc.text.len(stringify(block)) / LETTERS))
end

-- From a heading on: its paragraphs and the first figure or table, and the line below that; 0 for nothing of the sort.
local function group_at(blocks, start)
  local height, i = HEADING, start + 1
  while blocks[i] and blocks[i].t == "Para" and not figure_of(blocks[i]) do
    height, i = height + height_of(blocks[i]), i + 1
  end
  if not blocks[i] or not (figure_of(blocks[i]) or blocks[i].t == "Table") then
    return 0
  end
  height = height + height_of(blocks[i])
  local after = blocks[i + 1]
  if after and after.t == "Para" and not figure_of(after) then
    height, i = height + height_of(after), i + 1
  end
  return height <= PAGE and i or 0
end

local function keep_together(doc)
  local kept, i = pandoc.Blocks({}), 1
  while i <= #doc.blocks do
    local block = doc.blocks[i]
    local last = block.t == "Header" and block.level > 1 and group_at(doc.blocks, i) or 0
    if last > 0 then
      kept:insert(pandoc.RawBlock("typst", "#nco-together["))
      kept:extend({ table.unpack(doc.blocks, i, last) })
      kept:insert(pandoc.RawBlock("typst", "]"))
    else
      kept:insert(block)
      last = i
    end
    i = last + 1
  end
  doc.blocks = kept
  return doc
end

-- A Word document's cover and contents --------------------------------------------------------------------

local function metadata_rows()
  local rows = pandoc.List({})
  for _, pair in ipairs(cover.cover or {}) do
    rows:insert(pandoc.Row({ pandoc.Cell({ pandoc.Plain(pair.label) }), pandoc.Cell({ pandoc.Plain(pair.value) }) }))
  end
  return rows
end

local function metadata_table()
  local rows = metadata_rows()
  local heading = pandoc.Cell({ pandoc.Plain({ pandoc.Str(word("colophon")) }) }, "AlignLeft", 1, 2)
  local body = { attr = pandoc.Attr(), head = {}, body = rows, row_head_columns = 1 }
  local columns = { { "AlignLeft", 0.3 }, { "AlignLeft", 0.7 } }
  local tbl = pandoc.Table({ long = {} }, columns, pandoc.TableHead({ pandoc.Row({ heading }) }), { body }, pandoc.TableFoot())
  style_cells(tbl, true)
  return #rows > 0 and tbl or nil
end

-- Links, and not a field of Word's: that is empty until somebody has it filled.
local function contents(blocks)
  local links = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == "Header" and block.level == 1 then
      links:insert(styled("toc 1", { pandoc.Para({ pandoc.Link(block.content, "#" .. block.identifier) }) }))
    end
  end
  if #links > 0 then
    local title = cover["toc-title"] or { pandoc.Str(word("contents")) }
    links:insert(1, styled("TOC Heading", { pandoc.Para(title) }))
  end
  return links
end

local function Pandoc(doc)
  if not is_docx then
    return nil
  end
  local blocks = pandoc.Blocks({})
  local subtitle = joined(" · ", text_of(cover, "subtitle"), text_of(cover, "round-label"))
  local lines = {
    { "Title", cover.title }, { "Subtitle", subtitle ~= "" and { pandoc.Str(subtitle) } or nil },
    { "Schoolnaam", cover.school }, { "Bestuur", cover.board }, { "Melding", cover["demo-notice"] },
  }
  for _, line in ipairs(lines) do
    if line[2] then
      blocks:insert(styled(line[1], { pandoc.Para(line[2]) }))
    end
  end
  blocks:insert(metadata_table())
  doc.blocks = blocks .. contents(doc.blocks) .. doc.blocks
  return doc
end

local function ready(make)
  return function(element)
    local made = make(element)
    if made then
      return made, false
    end
  end
end

return {
  { Meta = read_words },
  { Meta = add_strings },
  -- Only where it is needed: a function for every word takes a tenth of a second of a report. The embedded engine has
  -- pandoc write the marks themselves (embedded.lua), which Quarto cannot be told.
  is_typst and not nco_marks_are_written and { Str = keep_marks, Quoted = keep_quotes } or {},
  is_typst and { Pandoc = keep_together } or {},
  -- From the outside in: what has become a figure or a table is ready, and its hundreds of cells are not looked at.
  { traverse = "topdown", Figure = ready(Figure), Table = ready(Table), Div = Div, Header = Header, Para = ready(Para) },
  { Image = Image },
  { Pandoc = Pandoc },
}
