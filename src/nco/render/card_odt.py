"""A card as an OpenDocument text: input fields that keep what is typed, and pickers of dates."""

from pathlib import Path

from lxml import etree

from nco.reports.card import Card, Field, Grid, Section
from nco.reports.house_style import Brand
from nco_utils import write_whole

from . import opendocument
from .accepted import check_opendocument
from .card_docx import FIELD_HEIGHT
from .docx_styles import PAGE
from .opendocument import add

FORMAT = "odt"
_MARGIN = 15  # millimetres
_WIDTH = PAGE["width"] - 2 * _MARGIN
_HEADINGS = {"Kaarttitel": 1, "Kaartkop": 2}


def write(card: Card, folder: Path, brand: Brand) -> Path:
    """Write the card into `folder` and return its path.

    The same card gives the same bytes. Raises RenderError when the file is not fit to be published.
    """
    matter = {"description": card.description, "date": card.date, "lang": "nl"}
    parts = {
        "content.xml": _content(card, brand),
        "styles.xml": _styles(brand),
        "meta.xml": opendocument.meta(f"{card.title} – {card.about[0]}", brand.name, matter),
    }
    path = folder / f"{card.name}.{FORMAT}"
    with write_whole.written(path) as new:
        new.write_bytes(opendocument.packed(opendocument.TEXT, parts))
        check_opendocument(new)
    return path


# --- how it looks --------------------------------------------------------------------------------


def _styles(brand: Brand) -> etree._Element:
    made, color = opendocument.root("office:document-styles"), brand.colors
    _add_face(made, brand)
    styles = add(made, "office:styles")
    default = add(styles, "style:default-style", style_family="paragraph")
    spoken = {"fo_language": "nl", "fo_country": "NL"}
    look = {"fo_font__size": "8.5pt", "fo_color": color["foreground"], "style_font__name": brand.base.family} | spoken
    add(default, "style:text-properties", **look)
    _paragraph_style(styles, "Standard", "", 0, 2, {})
    head = {"fo_font__weight": "bold", "fo_color": brand.headings.color, "style_font__name": brand.headings.family}
    _paragraph_style(styles, "Kaarttitel", "Standard", 0, 2, head | {"fo_font__size": "17pt"})
    _paragraph_style(styles, "Kaartkop", "Standard", 7, 2, head | {"fo_font__size": "10.5pt"})
    _paragraph_style(styles, "Kaarttekst", "Standard", 0, 2, {})
    _paragraph_style(
        styles, "Kaartmelding", "Standard", 0, 2, {"fo_font__weight": "bold", "fo_color": color["warning"]}
    )
    _paragraph_style(styles, "Kaartcel", "Standard", 1.5, 1.5, {})
    _paragraph_style(
        styles, "Kaartkolom", "Kaartcel", 1.5, 1.5, {"fo_font__weight": "bold", "fo_color": color["primary"]}
    )
    _paragraph_style(styles, "Footer", "Standard", 0, 0, {"fo_color": color["secondary"]})
    points = add(styles, "text:list-style", style_name="Punten")
    level = add(points, "text:list-level-style-bullet", text_level=1, text_bullet__char="•")
    place = {"text_list__level__position__and__space__mode": "label-alignment"}
    aligned = add(level, "style:list-level-properties", **place)
    add(
        aligned,
        "style:list-level-label-alignment",
        text_label__followed__by="space",
        fo_margin__left="3mm",
        fo_text__indent="-3mm",
    )
    automatic = add(made, "office:automatic-styles")
    layout = add(automatic, "style:page-layout", style_name="blad")
    size = {"fo_page__width": f"{PAGE['width']}mm", "fo_page__height": f"{PAGE['height']}mm"}
    edges = {f"fo_margin__{side}": f"{_MARGIN}mm" for side in ("top", "left", "right")} | {"fo_margin__bottom": "7mm"}
    add(layout, "style:page-layout-properties", **size, **edges, style_print__orientation="portrait")
    footer = add(layout, "style:footer-style")
    add(footer, "style:header-footer-properties", fo_min__height="7mm", fo_margin__top="2mm")
    page = add(
        add(made, "office:master-styles"), "style:master-page", style_name="Standard", style_page__layout__name="blad"
    )
    add(add(page, "style:footer"), "text:p", brand.name, text_style__name="Footer")
    return made


def _add_face(part: etree._Element, brand: Brand) -> None:
    faces = add(part, "office:font-face-decls")
    for family in dict.fromkeys([brand.base.family, brand.headings.family]):
        known = {"style_name": family, "svg_font__family": f"'{family}'", "style_font__family__generic": "swiss"}
        add(faces, "style:font-face", **known)


def _paragraph_style(
    styles: etree._Element, name: str, base: str, before: float, after: float, look: dict[str, str]
) -> None:
    parent = {"style_parent__style__name": base} if base else {}
    level = {"style_default__outline__level": str(_HEADINGS[name])} if name in _HEADINGS else {}
    made = add(styles, "style:style", style_name=name, style_family="paragraph", **parent, **level)
    tied = {"fo_keep__with__next": "always"} if name in _HEADINGS else {}
    add(made, "style:paragraph-properties", fo_margin__top=f"{before}pt", fo_margin__bottom=f"{after}pt", **tied)
    add(made, "style:text-properties", **look)


def _table_styles(automatic: etree._Element, brand: Brand) -> None:
    line = f"0.5pt solid {brand.colors['lijn']}"
    for name, fill in (("cel", None), ("kop", "mist"), ("veld", "nevel")):
        made = add(automatic, "style:style", style_name=name, style_family="table-cell")
        edges = {"fo_border__bottom": line, "fo_border__top": line, "fo_padding": "0.4mm"}
        shade = {"fo_background__color": brand.colors[fill]} if fill else {}
        add(made, "style:table-cell-properties", **edges, **shade)
    row = add(automatic, "style:style", style_name="rij", style_family="table-row")
    add(row, "style:table-row-properties", fo_keep__together="always")
    row = add(automatic, "style:style", style_name="veldrij", style_family="table-row")
    add(row, "style:table-row-properties", fo_keep__together="always", style_min__row__height=f"{FIELD_HEIGHT}mm")
    hint = add(automatic, "style:style", style_name="hint", style_family="text")
    add(hint, "style:text-properties", fo_color=brand.colors["secondary"])


# --- what is in it -------------------------------------------------------------------------------


def _content(card: Card, brand: Brand) -> etree._Element:
    made = opendocument.root("office:document-content")
    _add_face(made, brand)
    automatic = add(made, "office:automatic-styles")
    _table_styles(automatic, brand)
    body = add(add(made, "office:body"), "office:text")
    _words(body, card.title, "Kaarttitel")
    _words(body, " · ".join(card.about), "Kaarttekst")
    if card.notice:
        _words(body, card.notice, "Kaartmelding")
    _words(body, card.intro, "Kaarttekst")
    for place, section in enumerate(card.sections, start=1):
        _add_section(body, section, automatic, f"tabel{place}")
    return made


def _words(parent: etree._Element, text: str, style: str) -> etree._Element:
    if level := _HEADINGS.get(style):
        return add(parent, "text:h", text, text_style__name=style, text_outline__level=level)
    return add(parent, "text:p", text, text_style__name=style)


def _add_section(body: etree._Element, section: Section, automatic: etree._Element, name: str) -> None:
    _words(body, section.title, "Kaartkop")
    if section.text:
        _words(body, section.text, "Kaarttekst")
    if section.points:
        points = add(body, "text:list", text_style__name="Punten")
        for point in section.points:
            _words(add(points, "text:list-item"), point, "Kaarttekst")
    if section.grid:
        _add_table(body, section.grid, automatic, name)


def _add_table(body: etree._Element, grid: Grid, automatic: etree._Element, name: str) -> None:
    style = add(automatic, "style:style", style_name=name, style_family="table")
    add(style, "style:table-properties", style_width=f"{_WIDTH}mm", table_align="left")
    made = add(body, "table:table", table_name=name, table_style__name=name)
    for place, share in enumerate(grid.widths):
        column = f"{name}.{place}"
        style = add(automatic, "style:style", style_name=column, style_family="table-column")
        add(style, "style:table-column-properties", style_column__width=f"{_WIDTH * share / sum(grid.widths):.2f}mm")
        add(made, "table:table-column", table_style__name=column)
    heading = add(add(made, "table:table-header-rows"), "table:table-row", table_style__name="rij")
    for title in grid.header:
        _words(_cell(heading, "kop"), title, "Kaartkolom")
    for row in grid.rows:
        tall = any(isinstance(cell, Field) for cell in row)
        line = add(made, "table:table-row", table_style__name="veldrij" if tall else "rij")
        for cell in row:
            if isinstance(cell, Field):
                _add_field(_words(_cell(line, "veld"), "", "Kaartcel"), cell)
            else:
                _words(_cell(line, "cel"), cell, "Kaartcel")
    title = etree.Element(f"{{{opendocument.NAMESPACES['table']}}}title")
    title.text = grid.title
    made.insert(0, title)


def _cell(line: etree._Element, style: str) -> etree._Element:
    return add(line, "table:table-cell", table_style__name=style, office_value__type="string")


def _add_field(paragraph: etree._Element, field: Field) -> None:
    """A field with its title, and the hint in it: an input field, which every program knows, or a picker of dates.

    The picker is LibreOffice's own; where it is not known its words are words to type over.
    """
    if field.kind == "date":
        picked = {"loext_date": "true", "loext_date__format": "D MMMM YYYY", "loext_date__rfc__language__tag": "nl-NL"}
        named = {"loext_alias": field.title, "loext_tag": field.tag, "loext_showing__place__holder": "true"}
        control = add(paragraph, "loext:content-control", **picked, **named)
        add(control, "text:span", field.hint, text_style__name="hint")
    else:
        add(
            add(paragraph, "text:span", text_style__name="hint"),
            "text:text-input",
            field.hint,
            text_description=field.title,
        )
