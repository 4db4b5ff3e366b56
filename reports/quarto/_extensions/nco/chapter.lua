-- A chapter's notebook that Quarto runs: only what its cells show is the report's; its prose is for the researcher.

local nco = ...

local function shown_in(blocks, found)
  for _, block in ipairs(blocks) do
    if block.t == "Div" and block.classes:includes("cell-output") then
      found:extend(block.content)
    elseif block.t == "Div" then
      shown_in(block.content, found)
    end
  end
  return found
end

-- What another chapter has cannot be pointed at: the link's words stay.
local function without_far_links(blocks)
  local here = {}
  local function note(element)
    here[element.identifier or ""] = true
  end
  blocks:walk({ Block = note, Inline = note })
  return blocks:walk({
    Link = function(link)
      local target = link.target:match("^#(.+)$")
      return target and not here[target] and link.content or nil
    end,
  })
end

-- What the cover says, which the cell that reads the slice shows as JSON (nco.reports.growth.opened); words are Markdown.
local function as_metadata(value)
  if type(value) == "string" then
    return pandoc.utils.blocks_to_inlines(pandoc.read(value, "markdown").blocks)
  end
  local made = {}
  for key, each in pairs(value) do
    made[key] = as_metadata(each)
  end
  return #value > 0 and pandoc.MetaList(made) or pandoc.MetaMap(made)
end

local function only_shown(doc)
  if not doc.meta["nco-chapter"] then
    return nil
  end
  local blocks = pandoc.Blocks({})
  for _, block in ipairs(shown_in(doc.blocks, pandoc.Blocks({}))) do
    if block.t == "CodeBlock" and block.classes:includes("nco-about") then
      for key, value in pairs(pandoc.json.decode(block.text, false)) do
        doc.meta[key] = as_metadata(value)
      end
    else
      blocks:insert(block)
    end
  end
  doc.blocks = without_far_links(blocks)
  return doc
end

nco.only_shown = only_shown
