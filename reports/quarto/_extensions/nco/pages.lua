-- What stays on one page in print.

local nco = ...
local stringify = nco.stringify
local only_image, own_size, svg_parts = nco.only_image, nco.own_size, nco.svg_parts
local row_count = nco.row_count

-- Millimetres, a little more than what each takes: a group that would not fit must be free to break.
local PAGE, HEADING, LINE_HEIGHT, TABLE_ROW, CAPTION = 238, 12, 5.6, 8, 16
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

nco.keep_together = keep_together
