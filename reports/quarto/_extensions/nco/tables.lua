-- Tables with scopes, captions and the width of a page, in every format.

local nco = ...
local is_html, is_typst, is_docx = nco.is_html, nco.is_typst, nco.is_docx
local stringify, stop, word = nco.stringify, nco.stop, nco.word
local typst_around, styled, numbered = nco.typst_around, nco.styled, nco.numbered

local tables = 0

local function longest_word(text)
  local longest = 0
  for part in text:gmatch("%S+") do
    longest = math.max(longest, utf8.len(part) or #part)
  end
  return longest
end

-- Letters of a table's size that a line holds, and what a cell has around its text; of a table of many columns, which
-- has smaller letters.
local LINE, AROUND = 84, 3
local DENSE_LINE, DENSE_AROUND = 102, 2
local MANY_COLUMNS = 7

local function is_dense(tbl)
  return #tbl.colspecs >= MANY_COLUMNS
end

-- What the embedded engine says of rows that it has kept from pandoc (nco.render.plain_rows), as numbers.
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

-- The length of each column's longest text, and of the longest word that it must hold, both within bounds; and of the
-- longest text without bounds.
local function column_lengths(tbl)
  local longest, least, words, letters = {}, {}, {}, {}
  local told_longest, told_least = told(tbl, "longest"), told(tbl, "least")
  for i, column in ipairs(tbl.colspecs) do
    longest[i], least[i], words[i], letters[i] = 4, 4, column[1] == "AlignLeft", 4
  end
  for _, row in ipairs(tbl.head.rows) do
    for i, cell in ipairs(row.cells) do
      -- A heading is bold, so wider.
      local length = math.min(math.ceil(1.1 * longest_word(stringify(cell.contents))), 38)
      longest[i], least[i] = math.max(longest[i], length), math.max(least[i], length)
    end
  end
  for i = 1, #told_longest do
    letters[i] = math.max(letters[i], told_longest[i])
    longest[i] = math.max(longest[i], math.min(told_longest[i], 38))
    least[i] = math.max(least[i], math.min(told_least[i], 38))
  end
  for _, body in ipairs(#told_longest == 0 and tbl.bodies or {}) do
    for _, row in ipairs(body.body) do
      for i, cell in ipairs(row.cells) do
        local text = stringify(cell.contents)
        local length = utf8.len(text) or #text
        letters[i] = math.max(letters[i], length)
        length = math.min(length, 38)
        if length > longest[i] then
          longest[i] = length
        end
        if length > least[i] then
          least[i] = math.max(least[i], words[i] and math.min(longest_word(text), 38) or length)
        end
      end
    end
  end
  return longest, least, letters
end

-- Millimetres on paper, at most: its caption, and rows that are all as high as its longest texts would make one.
local function table_height(tbl)
  local longest, _, letters = column_lengths(tbl)
  local total, lines = 0, 1
  for _, length in ipairs(longest) do
    total = total + length + 3
  end
  for i, length in ipairs(longest) do
    lines = math.max(lines, math.ceil(1.3 * letters[i] / length * math.max(1, total / LINE)))
  end
  return 16 + (1 + row_count(tbl)) * (4.2 + 4.6 * lines)
end

-- Share the page's width by each column's longest text, within bounds, so that a table always spans the column.
-- A heading may break between words. Where that is more than a line holds, columns of words give way, no number does.
local function share_widths(tbl)
  local longest, least = column_lengths(tbl)
  for i, length in ipairs(longest) do
    -- Of a text that is broken over lines a column keeps its share: else one of short words is as narrow as these.
    least[i] = math.max(least[i], math.floor(0.45 * length))
  end
  local total, room = 0, 0
  local line, around = LINE, AROUND
  if is_dense(tbl) then
    line, around = DENSE_LINE, DENSE_AROUND
  end
  for i, length in ipairs(longest) do
    total, room = total + length + around, room + length - least[i]
  end
  local give = room > 0 and math.min(1, math.max(0, total - line) / room) or 0
  for i, length in ipairs(longest) do
    longest[i] = length - give * (length - least[i])
  end
  total = total - give * room
  for i, length in ipairs(longest) do
    tbl.colspecs[i][2] = (length + around) / total
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
  tables = tables + (tbl.attributes.same and 0 or 1)
  tbl.attributes.same = nil
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

-- Rows that stay together, on one page if that holds them: more, and the table may break between rows.
local LONGEST_WHOLE_TABLE = 14
-- Millimetres of a page that a table of so many rows may take without being measured.
local SURELY_FITS = 180

-- The figure around the table is ours: Quarto and pandoc each make another one, or none.
local function typst_table(tbl, fits)
  local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
  local label = tbl.identifier ~= "" and " <" .. tbl.identifier .. ">" or ""
  local open = "#nco-whole(" .. fits .. ")[#figure(kind: table"
  tbl.caption.long, tbl.identifier = {}, ""
  tbl.classes:insert("typst:no-figure")
  return {
    #caption > 0 and typst_around(open .. ", caption: [", caption, "])[") or pandoc.RawBlock("typst", open .. ")["),
    pandoc.RawBlock("typst", is_dense(tbl) and "#show: nco-dense" or ""),
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
  local short = row_count(tbl) <= LONGEST_WHOLE_TABLE
  local fits = not short and "false" or is_typst and table_height(tbl) > SURELY_FITS and "auto" or "true"
  if not is_html then
    share_widths(tbl)
  end
  for _, name in ipairs({ "rows", "longest", "least" }) do
    tbl.attributes[name] = nil
  end
  if is_typst then
    return typst_table(tbl, fits)
  elseif is_docx then
    return docx_table(tbl, short)
  elseif is_html then
    return html_table(tbl)
  end
end

nco.Table = Table
nco.table_height = table_height
nco.style_cells = style_cells
