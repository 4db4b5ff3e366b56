"""The reference document that pandoc and Quarto take the look of a Word document from, made of the brand."""

import subprocess
from html import escape
from pathlib import Path

import pypandoc
import typst
from lxml import etree

from nco.reports.house_style import Brand
from nco_utils import strict_yaml

from .docx import EMU, W, element, packed, points, twips, unpacked
from .docx_styles import LANGUAGE, PAGE, styles

NAME = "reference.docx"
# Readers without the brand's typeface get one that is about as wide.
_SUBSTITUTE = "Calibri"
_RESOLUTION = 110  # of the cover's band, which is flat colour; dots per inch
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{_OFFICE}" xmlns:wp="{_DRAWING}/wordprocessingDrawing" '
    f'xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture"'
)
_OWN_PARTS = {
    "rIdCover": ("header", "header1.xml"),
    "rIdHeader": ("header", "header2.xml"),
    "rIdFooter": ("footer", "footer1.xml"),
}
# Without it Word opens a document as one of 2007.
_TODAY = '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def reference(brand: Brand, extension: Path) -> bytes:
    """Return pandoc's reference document in the style of a brand, with our page, header and footer.

    `extension` holds the words of the layout (`_extension.yml`). The same brand gives the same bytes.
    """
    command = [pypandoc.get_pandoc_path(), "--print-default-data-file", NAME]
    parts = unpacked(subprocess.run(command, capture_output=True, check=True).stdout)
    settings = strict_yaml.read(extension / "_extension.yml")
    words = settings["contributes"]["formats"]["common"]["nco"]
    changed = {
        "word/styles.xml": lambda part: styles(part, brand),
        "word/theme/theme1.xml": lambda part: _theme(part, brand),
        "word/settings.xml": _settings,
        "word/numbering.xml": _numbering,
        "word/_rels/document.xml.rels": lambda part: _related(part, _OWN_PARTS),
        "[Content_Types].xml": _content_types,
    }
    parts |= {name: change(parts[name]) for name, change in changed.items()}
    no_relations = f'<Relationships xmlns="{_PACKAGE}/relationships"/>'.encode()
    return packed(
        parts
        | {
            "word/document.xml": _document(),
            "word/fontTable.xml": _fonts(brand),
            "word/header1.xml": _part("hdr", _cover_band(brand)),
            "word/_rels/header1.xml.rels": _related(no_relations, {"rIdBand": ("image", "media/band.png")}),
            "word/media/band.png": _band(brand),
            "word/header2.xml": _part("hdr", f"<w:p>{_style('Header')}{_field('TITLE', brand.name)}</w:p>"),
            "word/footer1.xml": _part("ftr", _footer(brand, words)),
        }
    )


def _document() -> bytes:
    """A document of nothing but its page."""
    size = f'<w:pgSz w:w="{_length("width")}" w:h="{_length("height")}"/>'
    margins = "".join(f' w:{side}="{_length(side)}"' for side in ("top", "right", "bottom", "left"))
    section = (
        '<w:headerReference w:type="first" r:id="rIdCover"/><w:headerReference w:type="default" r:id="rIdHeader"/>'
        '<w:footerReference w:type="default" r:id="rIdFooter"/>'
        f'{size}<w:pgMar{margins} w:header="{twips(points(16))}" w:footer="{twips(points(14))}" w:gutter="0"/>'
        "<w:titlePg/>"
    )
    return _part("document", f"<w:body><w:p/><w:sectPr>{section}</w:sectPr></w:body>")


def _length(name: str) -> int:
    return twips(points(PAGE[name]))


def _footer(brand: Brand, words: dict[str, str]) -> str:
    text = "<w:r><w:t>{}</w:t></w:r>".format
    space = '<w:r><w:t xml:space="preserve"> </w:t></w:r>'
    number = space.join(
        [text(escape(words["page"])), _field("PAGE", "1"), text(escape(words["of"])), _field("NUMPAGES", "1")]
    )
    return f"<w:p>{_style('Footer')}{text(escape(brand.name))}<w:r><w:tab/></w:r>{number}</w:p>"


def _style(name: str) -> str:
    return f'<w:pPr><w:pStyle w:val="{name}"/></w:pPr>'


def _field(name: str, value: str) -> str:
    return f'<w:fldSimple w:instr=" {name} "><w:r><w:t>{escape(value)}</w:t></w:r></w:fldSimple>'


# --- cover ---------------------------------------------------------------------------------------


def _cover_band(brand: Brand) -> str:
    """The band as a drawing behind the text of the first page, from edge to edge."""
    width, height = (round(EMU * points(PAGE[name])) for name in ("width", "band"))
    alternative = escape(brand.name)
    places = "".join(
        f'<wp:position{axis} relativeFrom="page"><wp:posOffset>0</wp:posOffset></wp:position{axis}>' for axis in "HV"
    )
    picture = (
        f'<pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="band" descr="{alternative}"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="rIdBand"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
    )
    return (
        '<w:p><w:r><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" '
        f'behindDoc="1" locked="1" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>{places}'
        f'<wp:extent cx="{width}" cy="{height}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
        f'<wp:docPr id="1" name="band" descr="{alternative}"/><wp:cNvGraphicFramePr/>'
        f'<a:graphic><a:graphicData uri="{_DRAWING}/picture">{picture}</a:graphicData></a:graphic>'
        "</wp:anchor></w:drawing></w:r></w:p>"
    )


def _band(brand: Brand) -> bytes:
    """The band of the cover with the logo and its steps, as in typst-template.typ."""
    dark, height = brand.colors["primary"], PAGE["band"]
    source = f"""
        #set page(width: {PAGE["width"]}mm, height: {height}mm, margin: 0pt, fill: rgb("{dark}"))
        #let bar(share) = rect(width: 10mm, height: 50mm * share, stroke: none, fill: rgb("{dark}").lighten(7%),
          radius: (top-left: 8mm))
        #place(bottom + right, dx: -18mm, grid(columns: 4, column-gutter: 2.75mm, align: bottom,
          ..(0.3, 0.52, 0.76, 1.0).map(bar)))
        #place(top, dx: {PAGE["left"]}mm, dy: 24mm, image(bytes(sys.inputs.logo), format: "svg", width: 17mm))
    """
    return typst.compile(
        source.encode(),
        format="png",
        ppi=_RESOLUTION,
        ignore_system_fonts=True,
        sys_inputs={"logo": brand.logos["merk-op-kleur"]},
    )


# --- the other parts -----------------------------------------------------------------------------


def _part(kind: str, content: str) -> bytes:
    return f"{_HEAD}<w:{kind} {_NAMES}>{content}</w:{kind}>".encode()


def _fonts(brand: Brand) -> bytes:
    families = dict.fromkeys([brand.base.family, brand.headings.family])
    fonts = "".join(
        f'<w:font w:name="{escape(family)}"><w:altName w:val="{_SUBSTITUTE}"/><w:family w:val="swiss"/>'
        '<w:pitch w:val="variable"/></w:font>'
        for family in families
    )
    return _part("fonts", fonts)


def _theme(part: bytes, brand: Brand) -> bytes:
    """The colours and letters that Word offers somebody who adds to a report."""
    root = etree.fromstring(part)
    names = {"a": f"{_DRAWING}/main"}
    roles = {
        "dk1": "foreground", "lt1": "background", "dk2": "primary", "lt2": "nevel", "accent1": "primary",
        "accent2": "eigen-school", "accent3": "landelijk", "accent4": "referentie", "accent5": "secondary",
        "accent6": "amber", "hlink": "primary", "folHlink": "secondary",
    }  # fmt: skip
    for role, color in roles.items():
        for place in root.iterfind(f".//a:clrScheme/a:{role}", names):
            place[:] = [etree.Element(f"{{{names['a']}}}srgbClr", val=brand.colors[color][1:])]
    for role, family in (("majorFont", brand.headings.family), ("minorFont", brand.base.family)):
        for letters in root.iterfind(f".//a:{role}/a:latin", names):
            letters.attrib.clear()
            letters.set("typeface", family)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _settings(part: bytes) -> bytes:
    root = etree.fromstring(part)
    # The format has its settings in a fixed order: each goes right behind the tab stops, so the last one first.
    for setting in ("<w:doNotHyphenateCaps/>", '<w:consecutiveHyphenLimit w:val="2"/>', "<w:autoHyphenation/>"):
        root.find(f"{W}defaultTabStop").addnext(element(setting))
    root.find(f"{W}rsids").addprevious(element(f"<w:compat>{_TODAY}</w:compat>"))
    root.find(f"{W}decimalSymbol").set(f"{W}val", ",")
    root.find(f"{W}listSeparator").set(f"{W}val", ";")
    root.find(f"{W}themeFontLang").set(f"{W}val", LANGUAGE)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _numbering(part: bytes) -> bytes:
    """Add the bullets of a box, which stand within its edge: number 1; pandoc's own begin at 990."""
    root = etree.fromstring(part)
    bullets = element(
        '<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0">'
        '<w:start w:val="1"/><w:numFmt w:val="bullet"/><w:suff w:val="space"/>'
        '<w:lvlText w:val="•"/><w:lvlJc w:val="left"/></w:lvl></w:abstractNum>'
    )
    root.insert(0, bullets)
    root.append(element('<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _related(part: bytes, relations: dict[str, tuple[str, str]]) -> bytes:
    root = etree.fromstring(part)
    for relation in root.findall("*[@TargetMode='External']"):
        root.remove(relation)
    for name, (kind, target) in relations.items():
        etree.SubElement(
            root, f"{{{_PACKAGE}/relationships}}Relationship", Id=name, Type=f"{_OFFICE}/{kind}", Target=target
        )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _content_types(part: bytes) -> bytes:
    root = etree.fromstring(part)
    space, office = f"{{{_PACKAGE}/content-types}}", "application/vnd.openxmlformats-officedocument.wordprocessingml"
    root.insert(0, etree.Element(f"{space}Default", Extension="png", ContentType="image/png"))
    for _, (kind, target) in sorted(_OWN_PARTS.items()):
        etree.SubElement(root, f"{space}Override", PartName=f"/word/{target}", ContentType=f"{office}.{kind}+xml")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
