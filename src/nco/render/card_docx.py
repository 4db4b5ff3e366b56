"""A card as a Word document: content controls that keep what is typed, in the look of the reports."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from lxml import etree

from nco.reports.card import Card, Field, Grid, Section
from nco.reports.house_style import Brand
from nco_utils import write_whole

from .accepted import check_docx
from .docx import W, element, packed, points, twips, unpacked
from .docx_styles import LANGUAGE, PAGE

FORMAT = "docx"
_MARGIN, FIELD_HEIGHT = 15, 8  # millimetres
_WIDTH = twips(points(PAGE["width"] - 2 * _MARGIN))
_LEFT_OUT = (
    "word/header",
    "word/_rels/header",
    "word/media/",
    "word/comments",
    "word/footnotes",
    "word/_rels/footnotes",
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_CORE = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties '
    'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title>'
    "<dc:creator>{author}</dc:creator><dc:description>{description}</dc:description><dc:language>{language}</dc:language>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">{date}T00:00:00Z</dcterms:created></cp:coreProperties>'
)
_DATE = (
    f'<w:date><w:dateFormat w:val="d MMMM yyyy"/><w:lid w:val="{LANGUAGE}"/>'
    '<w:storeMappedDataAs w:val="dateTime"/><w:calendar w:val="gregorian"/></w:date>'
)


def write(card: Card, folder: Path, brand: Brand, reference: Path) -> Path:
    """Write the card into `folder` and return its path; reference: the reports' reference document.

    The same card gives the same bytes. Raises RenderError when the file is not fit to be published.
    """
    parts = {name: part for name, part in unpacked(reference.read_bytes()).items() if not name.startswith(_LEFT_OUT)}
    parts["word/document.xml"] = _document(card, brand)
    parts["word/styles.xml"] = _styles(parts["word/styles.xml"], brand)
    parts["word/_rels/document.xml.rels"] = _without(parts["word/_rels/document.xml.rels"], "Target", parts, "word/")
    parts["[Content_Types].xml"] = _without(parts["[Content_Types].xml"], "PartName", parts, "")
    known = {"title": f"{card.title} – {card.about[0]}", "author": brand.name, "description": card.description}
    known |= {"language": LANGUAGE, "date": card.date}
    parts["docProps/core.xml"] = _CORE.format(**{name: escape(text) for name, text in known.items()}).encode()
    path = folder / f"{card.name}.{FORMAT}"
    with write_whole.written(path) as new:
        new.write_bytes(packed(parts))
        check_docx(new)
    return path


def _without(part: bytes, attribute: str, parts: dict[str, bytes], folder: str) -> bytes:
    """A list of parts without those that were left out."""
    root = etree.fromstring(part)
    for each in root:
        named = each.get(attribute)
        if named and each.get("TargetMode") != "External" and f"{folder}{named.lstrip('/')}" not in parts:
            root.remove(each)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _styles(part: bytes, brand: Brand) -> bytes:
    """The reference document's styles, and those of a card, which is set smaller: there is one page."""
    root, color = etree.fromstring(part), brand.colors
    own = {
        "Kaarttitel": ("Heading1", 0, 2, 17, ""),
        "Kaartkop": ("Heading2", 7, 2, 10.5, ""),
        "Kaarttekst": ("BodyText", 0, 2, 8.5, ""),
        "Kaartmelding": ("Kaarttekst", 0, 2, 8.5, f'<w:b/><w:color w:val="{color["warning"][1:]}"/>'),
        "Kaartcel": ("Tabelcel", 1.5, 1.5, 8.5, ""),
        "Kaartkolom": ("Kaartcel", 1.5, 1.5, 8.5, f'<w:b/><w:color w:val="{color["primary"][1:]}"/>'),
    }
    for name, (base, before, after, size, look) in own.items():
        spacing = f'<w:spacing w:before="{twips(before)}" w:after="{twips(after)}" w:line="250" w:lineRule="auto"/>'
        root.append(
            element(
                f'<w:style w:type="paragraph" w:customStyle="1" w:styleId="{name}"><w:name w:val="{name}"/>'
                f'<w:basedOn w:val="{base}"/><w:qFormat/><w:pPr>{spacing}</w:pPr>'
                f'<w:rPr>{look}<w:sz w:val="{round(2 * size)}"/></w:rPr></w:style>'
            )
        )
    root.append(
        element(
            '<w:style w:type="character" w:styleId="PlaceholderText"><w:name w:val="Placeholder Text"/>'
            f'<w:rPr><w:color w:val="{color["secondary"][1:]}"/></w:rPr></w:style>'
        )
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


# --- what is in it -------------------------------------------------------------------------------


def _document(card: Card, brand: Brand) -> bytes:
    numbers = iter(range(1, 1 + len(card.fields)))
    body = [_paragraph(card.title, "Kaarttitel"), _paragraph(" · ".join(card.about), "Kaarttekst")]
    body += [_paragraph(card.notice, "Kaartmelding")] if card.notice else []
    body.append(_paragraph(card.intro, "Kaarttekst"))
    for section in card.sections:
        body += _section(section, brand, numbers)
    edge = twips(points(_MARGIN))
    size = f'<w:pgSz w:w="{twips(points(PAGE["width"]))}" w:h="{twips(points(PAGE["height"]))}"/>'
    margins = " ".join(f'w:{side}="{edge}"' for side in ("top", "right", "bottom", "left"))
    page = (
        f'<w:sectPr><w:footerReference w:type="default" r:id="rIdFooter"/>{size}'
        f'<w:pgMar {margins} w:header="0" w:footer="{twips(points(7))}" w:gutter="0"/></w:sectPr>'
    )
    # A table may not be the last thing of a document.
    last = '<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr></w:p>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<w:document xmlns:w="{W[1:-1]}" xmlns:r="{_OFFICE}"><w:body>{"".join(body)}{last}{page}</w:body></w:document>'
    ).encode()


def _section(section: Section, brand: Brand, numbers: Iterator[int]) -> Iterator[str]:
    yield _paragraph(section.title, "Kaartkop")
    if section.text:
        yield _paragraph(section.text, "Kaarttekst")
    for point in section.points:
        yield _paragraph(point, "Kaarttekst", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')
    if section.grid:
        yield _table(section.grid, brand, numbers)


def _paragraph(text: str, style: str, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{_run(text)}</w:p>'


def _run(text: str, look: str = "") -> str:
    return f'<w:r>{look}<w:t xml:space="preserve">{escape(text, quote=False)}</w:t></w:r>'


def _table(grid: Grid, brand: Brand, numbers: Iterator[int]) -> str:
    line = brand.colors["lijn"][1:]
    widths = [round(_WIDTH * each / sum(grid.widths)) for each in grid.widths]
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{line}"/>' for side in ("top", "bottom", "insideH")
    )
    about = (
        f'<w:tblPr><w:tblStyle w:val="Table"/><w:tblW w:w="{_WIDTH}" w:type="dxa"/><w:tblBorders>{edges}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:firstRow="1"/>'
        f'<w:tblCaption w:val="{escape(grid.title)}"/></w:tblPr>'
    )
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    heading = "".join(
        _cell(_paragraph(title, "Kaartkolom"), width, brand.colors["mist"])
        for title, width in zip(grid.header, widths, strict=True)
    )
    rows = "".join(f"<w:tr>{_row_look(row)}{''.join(_filled(row, widths, brand, numbers))}</w:tr>" for row in grid.rows)
    return (
        f"<w:tbl>{about}<w:tblGrid>{columns}</w:tblGrid>"
        f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heading}</w:tr>{rows}</w:tbl>"
    )


def _row_look(row: tuple[str | Field, ...]) -> str:
    """A row to fill in has room to write on paper too."""
    tall = any(isinstance(cell, Field) for cell in row)
    height = f'<w:trHeight w:val="{twips(points(FIELD_HEIGHT))}" w:hRule="atLeast"/>' if tall else ""
    return f"<w:trPr><w:cantSplit/>{height}</w:trPr>"


def _filled(row: tuple[str | Field, ...], widths: list[int], brand: Brand, numbers: Iterator[int]) -> Iterator[str]:
    for cell, width in zip(row, widths, strict=True):
        if isinstance(cell, Field):
            yield _cell(_control(cell, next(numbers)), width, brand.colors["nevel"])
        else:
            yield _cell(_paragraph(cell, "Kaartcel"), width)


def _cell(content: str, width: int, fill: str | None = None) -> str:
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill[1:]}"/>' if fill else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>{content}</w:tc>'


def _control(field: Field, number: int) -> str:
    """A content control: it cannot be removed by accident, and its words give way to what is typed."""
    kind = _DATE if field.kind == "date" else '<w:text w:multiLine="1"/>'
    about = (
        f'<w:alias w:val="{escape(field.title)}"/><w:tag w:val="{escape(field.tag)}"/><w:id w:val="{number}"/>'
        f'<w:lock w:val="sdtLocked"/><w:showingPlcHdr/>{kind}'
    )
    hint = _run(field.hint, '<w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr>')
    control = f"<w:sdt><w:sdtPr>{about}</w:sdtPr><w:sdtContent>{hint}</w:sdtContent></w:sdt>"
    return f'<w:p><w:pPr><w:pStyle w:val="Kaartcel"/></w:pPr>{control}</w:p>'
