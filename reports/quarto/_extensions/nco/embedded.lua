-- The embedded engine (nco.render.embedded): `pandoc lua embedded.lua <extension> <settings> <output>` reads
-- a report once, from the standard input, and writes every format of it into <output>.
-- A format that cannot be written leaves its reason there, in <format>.error.

local extension, given, output = arg[1], arg[2], arg[3]

local function read_file(path)
  local file = assert(io.open(path, "rb"), "the file '" .. path .. "' does not exist")
  local text = file:read("a")
  file:close()
  return text
end

local function write_file(name, text)
  local file = assert(io.open(output .. "/" .. name, "wb"))
  -- Without these a full disk would give half a file, and nobody would know.
  assert(file:write(text))
  assert(file:close())
end

-- What a format's writer is told, beside the template.
local function options(settings)
  local made = { wrap_text = "none", table_of_contents = settings.toc, toc_depth = settings["toc-depth"] }
  local path = extension .. "/" .. settings.template
  made.template = pandoc.template.compile(read_file(path), path)
  made.section_divs = settings["section-divs"]
  made.reference_doc = settings["reference-doc"] and extension .. "/" .. settings["reference-doc"]
  if settings.styles then
    made.variables = { ["header-includes"] = read_file(settings.styles) }
  end
  return made
end

local settings, text = pandoc.json.decode(given, false), io.read("a")
-- A hyphen or points that are to stay what they are (nco.reports.blocks.escape), which pandoc does not tell Typst.
local written = not (text:find("\\%-") or text:find("\\%.\\%."))

local function filtered(doc, format, filters)
  for _, name in ipairs(filters) do
    local own = setmetatable({ FORMAT = format, nco_folder = extension, nco_marks_are_written = written }, { __index = _G })
    doc = pandoc.utils.run_lua_filter(doc, extension .. "/" .. name, own)
  end
  return doc
end

local doc = pandoc.read(text, "markdown")
-- The layout's words, which a report may override.
for key, value in pairs(pandoc.read(settings.words, "markdown").meta) do
  if doc.meta[key] == nil then
    doc.meta[key] = value
  end
end

-- Typst would guess which quotes to set: without `smart` pandoc writes them, and embedded.typ switches guessing off.
local writers = { typst = "typst-smart" }

for format, each in pairs(settings.formats) do
  local done, made = pcall(function()
    return pandoc.write(filtered(doc:clone(), format, settings.filters), writers[format] or format, options(each))
  end)
  write_file(done and format or format .. ".error", done and made or tostring(made))
end
