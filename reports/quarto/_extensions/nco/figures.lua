-- Figures with their caption and alternative text, in every format.

local nco = ...
local is_html, is_typst, is_docx = nco.is_html, nco.is_typst, nco.is_docx
local stop, escape_attribute, typst_string, typst_around = nco.stop, nco.escape_attribute, nco.typst_string, nco.typst_around
local open_file, read_file, styled, numbered = nco.open_file, nco.read_file, nco.styled, nco.numbered

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

-- A drawing is asked for its size and its content: it is read once.
local read = {}

local function svg_parts(path)
  if not read[path] then
    local attributes, content = read_file(path):match("<svg([^>]*)>(.*)</svg>")
    if not attributes then
      stop("figure '" .. path .. "' is not an SVG drawing")
    end
    read[path] = { attributes, content }
  end
  return table.unpack(read[path])
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
  figures = figures + (image.attributes.same and 0 or 1)
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

-- Word shows a drawing as the picture that nco.base.pictures put beside it.
local function docx_image(image, alt, size)
  local path = image.src:gsub("%.svg$", ".png")
  open_file(image.src):close()
  open_file(path):close()
  return pandoc.Image({ pandoc.Str(alt) }, path, "", pandoc.Attr("", { "klaar" }, size))
end

-- As wide as in the PDF: TEXT_WIDTH and CHART_SCALE are those of typst-template.typ, in points.
local TEXT_WIDTH, CHART_SCALE = 154 / 25.4 * 72, 1.1

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

nco.Figure = Figure
nco.Para = Para
nco.Image = Image
nco.only_image = only_image
nco.own_size = own_size
nco.svg_parts = svg_parts
