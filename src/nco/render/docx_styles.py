"""The styles of Word documents: the brand under the names that pandoc and our filter use."""

from lxml import etree

from nco.reports.house_style import Brand

from .docx import W, element, points, twips

LANGUAGE = "nl-NL"
# A4 and its margins in millimetres, as in typst-template.typ; `band` is the height of the cover's coloured band.
PAGE = {"width": 210, "height": 297, "top": 27, "right": 26, "bottom": 21, "left": 30, "band": 54}
TEXT_WIDTH = PAGE["width"] - PAGE["left"] - PAGE["right"]
# Word counts in lines that are set solid: 1.2 times the size of the letters.
_SOLID = 1.2
# A box's fill, edge, label and size of letters, as in typst-template.typ.
_BOXES = {
    "Kernpunt": ("mist", "primary", "primary", 11.5),
    "Uitleg": ("nevel", "lijn", "secondary", 10),
    "Let op": ("room", "amber", "warning", 10.5),
}
# Names that Word has itself, with identifiers of its own.
_BUILT_IN = {"header": "Header", "footer": "Footer", "toc 1": "TOC1"}


def styles(source: bytes, brand: Brand) -> bytes:
    """Return pandoc's style sheet with the looks of a brand."""
    root = etree.fromstring(source)
    root.replace(root.find(f"{W}docDefaults"), element(_defaults(brand)))
    # Their looks follow from the paragraph styles that they are linked to.
    for style in root.findall(f"{W}style"):
        if style.get(f"{W}styleId").endswith("Char") and style.get(f"{W}customStyle"):
            keep = style.get(f"{W}styleId") in ("BodyTextChar", "VerbatimChar")
            root.remove(style) if not keep else None
        elif (link := style.find(f"{W}link")) is not None:
            style.remove(link)
    for name, (based_on, paragraph, run) in _looks(brand).items():
        _set(root, name, based_on, paragraph, run)
    for name, color in (("Hyperlink", "primary"), ("FootnoteReference", None), ("VerbatimChar", None)):
        style = root.find(f"{W}style[@{W}styleId='{name}']")
        for old in style.findall(f"{W}rPr"):
            style.remove(old)
        style.append(element(_run(brand, color=color, line=bool(color), raised=name == "FootnoteReference")))
    root.append(element(_nummer(brand)))
    old = root.find(f"{W}style[@{W}styleId='Table']")
    root.replace(old, element(_table(brand)))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _looks(brand: Brand) -> dict[str, tuple[str, str, str]]:
    """Every paragraph style by name: what it is based on, and its paragraph and run properties."""
    head = {"weight": brand.headings.weight, "family": brand.headings.family, "color": brand.headings.color}
    line = brand.headings.line_height
    small = {"size": 8.5, "color": "secondary"}

    def heading(level: int, size: float, before: float, after: float) -> tuple[str, str, str]:
        shape = _paragraph(
            tied=True, whole=True, before=before, after=after, line=line, outline=level - 1, hyphens=False
        )
        return "Normal", shape, _run(brand, size=size, **head)

    looks = {
        "Normal": ("", "", ""),
        "Body Text": ("Normal", _paragraph(after=9), ""),
        "First Paragraph": ("Body Text", _paragraph(before=8, after=9), ""),
        "Compact": ("Body Text", _paragraph(after=3), ""),
        "Block Text": ("Body Text", _paragraph(after=9, left=18), ""),
        "Footnote Text": ("Normal", _paragraph(after=2, line=1.4), _run(brand, size=8.5)),
        "Title": (
            "Normal",
            _paragraph(before=points(PAGE["band"] + 14 - PAGE["top"]), after=4, line=1.1, hyphens=False),
            _run(brand, size=36, **head),
        ),
        "Subtitle": ("Normal", _paragraph(after=26, line=1.2, hyphens=False), _run(brand, size=13, color="secondary")),
        "Schoolnaam": (
            "Normal",
            _paragraph(after=4, line=1.2, hyphens=False),
            _run(brand, size=22, weight=brand.headings.weight),
        ),
        "Bestuur": ("Normal", _paragraph(after=14, line=1.2, hyphens=False), _run(brand, size=12.5, color="secondary")),
        "Melding": (
            "Normal",
            _paragraph(
                before=10, after=20, line=1.3, box=_box(brand, "room", "amber"), left=16, right=14, hyphens=False
            ),
            _run(brand, size=9.5, color="warning", weight=600),
        ),
        "heading 1": heading(1, 21, 45, 10),
        "heading 2": heading(2, 13.5, 30, 7),
        "heading 3": heading(3, 11, 20, 5),
        **{f"heading {level}": heading(level, 10.5, 16, 4) for level in range(4, 10)},
        "TOC Heading": (
            "Normal",
            _paragraph(tied=True, page=True, after=16, line=line, hyphens=False),
            _run(brand, size=21, **head),
        ),
        "toc 1": ("Normal", _paragraph(after=7, line=1.3, hyphens=False), _run(brand, size=12, weight=600)),
        "Caption": (
            "Normal",
            _paragraph(tied=True, whole=True, before=22, after=7, line=1.3, hyphens=False),
            _run(brand, size=9.5),
        ),
        "Table Caption": ("Caption", "", ""),
        "Image Caption": ("Caption", "", ""),
        "Figure": ("Normal", _paragraph(whole=True, after=22, line=_SOLID), ""),
        "Captioned Figure": ("Figure", "", ""),
        "Tabelcel": ("Normal", _paragraph(before=4.5, after=4.5, line=1.3, hyphens=False), _run(brand, size=9.5)),
        "Tabelcel samen": ("Tabelcel", _paragraph(tied=True, before=4.5, after=4.5, line=1.3, hyphens=False), ""),
        "Tabelkop": ("Tabelcel samen", "", _run(brand, size=9.5, color="primary", weight=600)),
        "Definition Term": ("Normal", _paragraph(tied=True, whole=True, before=6, after=2), _run(brand, weight=600)),
        "Definition": ("Normal", _paragraph(after=8, left=10), ""),
        "header": (
            "Normal",
            _paragraph(line=1.3, under=_edge(brand, "bottom", "lijn", 4, 6), hyphens=False),
            _run(brand, **small),
        ),
        "footer": (
            "Normal",
            _paragraph(line=1.3, tab=points(TEXT_WIDTH), hyphens=False),
            _run(brand, **small),
        ),
    }
    for name, (fill, edge, label, size) in _BOXES.items():
        shape = {"box": _box(brand, fill, edge), "left": 16, "right": 14, "line": 1.5}
        looks[name] = ("Normal", _paragraph(whole=True, after=6, **shape), _run(brand, size=size))
        looks[f"{name} punt"] = (name, _paragraph(whole=True, after=6, numbered=True, **shape), "")
        looks[f"{name} label"] = (
            name,
            _paragraph(tied=True, whole=True, before=20, after=4, hyphens=False, **shape),
            _run(brand, size=8.5, color=label, weight=600),
        )
    return looks


def _set(root: etree._Element, name: str, based_on: str, paragraph: str, run: str) -> None:
    """Give the paragraph style of that name these looks; one that pandoc does not have is added."""
    names = {style.find(f"{W}name").get(f"{W}val"): style for style in root.findall(f"{W}style")}
    style = names.get(name)
    if style is None:
        own = "" if name in _BUILT_IN else ' w:customStyle="1"'
        style = element(
            f'<w:style w:type="paragraph"{own} w:styleId="{style_id(name)}"><w:name w:val="{name}"/>'
            f'<w:basedOn w:val="{style_id(based_on)}"/><w:qFormat/></w:style>'
        )
        root.append(style)
    for old in (*style.findall(f"{W}pPr"), *style.findall(f"{W}rPr"), *style.findall(f"{W}semiHidden")):
        style.remove(old)
    if (base := style.find(f"{W}basedOn")) is not None and based_on:
        base.set(f"{W}val", style_id(based_on))
    style.extend(element(text) for text in (paragraph, run) if text)


def style_id(name: str) -> str:
    """Return the identifier of a style's name."""
    return _BUILT_IN.get(name, "".join(word[:1].upper() + word[1:] for word in name.split()))


def _defaults(brand: Brand) -> str:
    letters = _run(brand, size=10.5, family=brand.base.family, color=brand.base.color, lang=True)
    lines = _paragraph(line=brand.base.line_height)
    return f"<w:docDefaults><w:rPrDefault>{letters}</w:rPrDefault><w:pPrDefault>{lines}</w:pPrDefault></w:docDefaults>"


def _paragraph(
    *,
    tied: bool = False,
    whole: bool = False,
    page: bool = False,
    numbered: bool = False,
    box: str = "",
    under: str = "",
    tab: float = 0,
    hyphens: bool = True,
    before: float = 0,
    after: float = 0,
    line: float = 0,
    left: float = 0,
    right: float = 0,
    outline: int | None = None,
) -> str:
    """The properties of a paragraph, in the order that the format asks; lengths in points, `line` in ems."""
    flags = "".join(
        f"<w:{name}/>" for name, on in (("keepNext", tied), ("keepLines", whole), ("pageBreakBefore", page)) if on
    )
    ends = f'<w:tabs><w:tab w:val="right" w:pos="{twips(tab)}"/></w:tabs>' if tab else ""
    height = f' w:line="{round(240 * line / _SOLID)}" w:lineRule="auto"' if line else ""
    return (
        f"<w:pPr>{flags}<w:widowControl/>"
        + ('<w:numPr><w:numId w:val="1"/></w:numPr>' if numbered else "")
        + (f"<w:pBdr>{under}</w:pBdr>" if under else "")
        + box
        + ends
        + ("" if hyphens else "<w:suppressAutoHyphens/>")
        + f'<w:spacing w:before="{twips(before)}" w:after="{twips(after)}"{height}/>'
        + (f'<w:ind w:left="{twips(left)}" w:right="{twips(right)}" w:firstLine="0"/>' if left or right else "")
        + ("" if outline is None else f'<w:outlineLvl w:val="{outline}"/>')
        + "</w:pPr>"
    )


def _run(
    brand: Brand,
    *,
    size: float = 0,
    family: str = "",
    weight: int = 0,
    color: str | None = None,
    line: bool = False,
    raised: bool = False,
    lang: bool = False,
) -> str:
    """The properties of letters, in the order that the format asks; `color` is a name of the brand's or `#RRGGBB`."""
    names = "".join(f' w:{script}="{family}"' for script in ("ascii", "hAnsi", "eastAsia", "cs")) if family else ""
    shade = brand.colors.get(color, color)[1:] if color else ""
    return (
        "<w:rPr>"
        + (f"<w:rFonts{names}/>" if names else "")
        + ("<w:b/><w:bCs/>" if weight >= 600 else "")
        + (f'<w:color w:val="{shade}"/>' if shade else "")
        + (f'<w:sz w:val="{round(2 * size)}"/><w:szCs w:val="{round(2 * size)}"/>' if size else "")
        + ('<w:u w:val="single"/>' if line else "")
        + ('<w:vertAlign w:val="superscript"/>' if raised else "")
        + (f'<w:lang w:val="{LANGUAGE}" w:eastAsia="{LANGUAGE}" w:bidi="ar-SA"/>' if lang else "")
        + "</w:rPr>"
    )


def _box(brand: Brand, fill: str, edge: str) -> str:
    """Shading with room above and below it, and an edge: paragraphs with the same box become one box."""
    shade = brand.colors[fill][1:]
    sides = _edge(brand, "top", fill, 4, 8) + _edge(brand, "left", edge, 24, 11) + _edge(brand, "bottom", fill, 4, 8)
    right = _edge(brand, "right", fill, 4, 10)
    return f'<w:pBdr>{sides}{right}</w:pBdr><w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>'


def _edge(brand: Brand, side: str, color: str, eighths: int, space: int) -> str:
    """A line of that many eighths of a point, that many points from what it borders."""
    return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="{space}" w:color="{brand.colors[color][1:]}"/>'


def _nummer(brand: Brand) -> str:
    run = _run(brand, color="primary", weight=600)
    return (
        '<w:style w:type="character" w:customStyle="1" w:styleId="Nummer"><w:name w:val="Nummer"/>'
        f'<w:basedOn w:val="DefaultParagraphFont"/><w:qFormat/>{run}</w:style>'
    )


def _table(brand: Brand) -> str:
    sides = _edge(brand, "top", "primary", 8, 0) + _edge(brand, "bottom", "lijn", 4, 0)
    rows = _edge(brand, "insideH", "lijn", 4, 0)
    margins = "".join(f'<w:{side} w:w="{width}" w:type="dxa"/>' for side, width in (("left", 70), ("right", 70)))
    return (
        '<w:style w:type="table" w:default="1" w:styleId="Table"><w:name w:val="Table"/>'
        '<w:basedOn w:val="TableNormal"/><w:qFormat/>'
        f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{sides}{rows}</w:tblBorders>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr><w:trPr><w:cantSplit/></w:trPr>"
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
        f'{_edge(brand, "bottom", "primary", 6, 0)}</w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>'
        "</w:style>"
    )
