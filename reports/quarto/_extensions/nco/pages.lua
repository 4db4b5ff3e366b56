-- What stays on one page in print.

local nco = ...
local stringify = nco.stringify
local only_image, own_size, svg_parts = nco.only_image, nco.own_size, nco.svg_parts
local table_height = nco.table_height

-- Millimetres, more than what each takes: what is higher than a page by these is measured (nco-kept).
local PAGE, HEADING, LINE_HEIGHT, CAPTION = 225, 12, 5.6, 16
local HOPELESS = 1.5 * PAGE
-- A group that is higher than half a page would leave the page before it half empty; where its text is so much that it
-- can stand there without the figure, it does.
local HALF, ENOUGH_TEXT = 105, 25
local LETTERS, POINT = 85, 0.3528 * 1.1

local function figure_of(block)
  return block and (only_image(block) or (block.t == "Figure" and only_image(block.content[1])))
end

local function height_of(block)
  local image = figure_of(block)
  if image then
    local _, height = own_size(svg_parts(image.src), image.src)
    return CAPTION + height * POINT
  elseif block.t == "Table" then
    return table_height(block)
  end
  return LINE_HEIGHT * (0.8 + math.ceil(pandoc.text.len(stringify(block)) / LETTERS))
end

-- From a heading on: its paragraphs and the first figure or table, and the line below that; 0 for nothing of the sort.
-- With it, whether that fits on a page. Of a high group only its heading stays with its text (nco-heading).
local function group_at(blocks, start)
  local height, i = HEADING, start + 1
  while blocks[i] and blocks[i].t == "Para" and not figure_of(blocks[i]) do
    height, i = height + height_of(blocks[i]), i + 1
  end
  if not blocks[i] or not (figure_of(blocks[i]) or blocks[i].t == "Table") then
    return 0, false
  end
  local text = height - HEADING
  height = height + height_of(blocks[i])
  local after = blocks[i + 1]
  if after and after.t == "Para" and not figure_of(after) then
    height, i = height + height_of(after), i + 1
  end
  if height > HOPELESS or (height > HALF and text >= ENOUGH_TEXT) then
    return 0, false
  end
  return i, height <= PAGE
end

local function keep_together(doc)
  local kept, i = pandoc.Blocks({}), 1
  while i <= #doc.blocks do
    local block = doc.blocks[i]
    local last, fits = 0, false
    if block.t == "Header" and block.level > 1 then
      last, fits = group_at(doc.blocks, i)
    end
    if last > 0 then
      kept:insert(pandoc.RawBlock("typst", "#nco-together(" .. (fits and "true" or "auto") .. ")["))
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

nco.keep_together = keep_together
