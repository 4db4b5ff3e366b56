-- A Word document's cover and contents.

local nco = ...
local is_docx = nco.is_docx
local word, styled = nco.word, nco.styled
local text_of, joined, cover = nco.text_of, nco.joined, nco.cover
local style_cells = nco.style_cells

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
  if not cover["contents-page"] then
    return links
  end
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
  -- The message is on the first page; what there is to know of the document stands behind it.
  doc.blocks = blocks .. contents(doc.blocks) .. doc.blocks
  doc.blocks:insert(metadata_table())
  return doc
end

nco.Pandoc = Pandoc
