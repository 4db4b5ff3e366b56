"""The workbook once more, as an OpenDocument spreadsheet: the same sheets and cells, for who has no Excel."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from nco.base import dutch
from nco.reports.house_style import Brand
from nco_utils import write_whole

from . import opendocument
from .accepted import check_opendocument
from .opendocument import add
from .sheets import GUIDE_WIDTHS, Book, Cell, Look, Sheet, SheetColumn

FORMAT, NAME = "ods", "report.ods"
_CHARACTER = 2.0  # millimetres of a column for each character of 10 points
_PAPER = {"fo_page__width": "297mm", "fo_page__height": "210mm", "style_print__orientation": "landscape"}
_MARGINS = {f"fo_margin__{side}": "15mm" for side in ("top", "bottom", "left", "right")}


def write(book: Book, folder: Path, brand: Brand) -> Path:
    """Write the spreadsheet into `folder` and return its path.

    The same book gives the same bytes. Raises RenderError when the file is not fit to be published.
    """
    parts = {
        "content.xml": _content(book, brand),
        "styles.xml": _styles(brand),
        "meta.xml": opendocument.meta(book.title, brand.name, book.matter),
        "settings.xml": _settings(book),
    }
    with write_whole.written(folder / NAME) as new:
        new.write_bytes(opendocument.packed(opendocument.SPREADSHEET, parts))
        check_opendocument(new)
    return folder / NAME


# --- how it looks --------------------------------------------------------------------------------


def _styles(brand: Brand) -> etree._Element:
    """The typeface of all cells, and the page: as the workbook is printed, on sheets of A4 in its width."""
    made = opendocument.root("office:document-styles")
    family = brand.base.family
    faces = add(made, "office:font-face-decls")
    add(faces, "style:font-face", style_name=family, svg_font__family=f"'{family}'")
    styles = add(made, "office:styles")
    default = add(styles, "style:default-style", style_family="table-cell")
    look = {"fo_font__size": "10pt", "fo_language": "nl", "fo_country": "NL"}
    add(default, "style:text-properties", style_font__name=family, **look)
    automatic = add(made, "office:automatic-styles")
    layout = add(automatic, "style:page-layout", style_name="blad")
    page = _PAPER | _MARGINS | {"style_scale__to__X": "1", "style_scale__to__Y": "0"}
    add(layout, "style:page-layout-properties", **page)
    master = add(
        add(made, "office:master-styles"), "style:master-page", style_name="Default", style_page__layout__name="blad"
    )
    footer = add(add(master, "style:footer"), "text:p")
    add(footer, "text:sheet-name", "-").tail = "  "
    add(footer, "text:page-number", "1").tail = " / "
    add(footer, "text:page-count", "1")
    return made


def _guide_looks(brand: Brand) -> dict[Look, tuple[dict[str, str], dict[str, str]]]:
    """The guide's looks: properties of the cell and of its text."""
    color = brand.colors
    wrapped = {"fo_wrap__option": "wrap"}
    return {
        "title": ({}, {"fo_font__weight": "bold", "fo_font__size": "18pt", "fo_color": color["primary"]}),
        "school": ({}, {"fo_font__weight": "bold", "fo_font__size": "13pt"}),
        "label": ({}, {"fo_color": color["secondary"]}),
        "text": (wrapped, {}),
        "notice": (
            wrapped | {"fo_background__color": color["room"], "style_vertical__align": "middle"},
            {"fo_font__weight": "bold", "fo_color": color["warning"]},
        ),
        "heading": (
            wrapped | {"fo_background__color": color["primary"], "style_vertical__align": "bottom"},
            {"fo_font__weight": "bold", "fo_color": color["background"]},
        ),
        "link": ({}, {"fo_color": color["primary"], "style_text__underline__style": "solid"}),
    }


class _Looks:
    """The automatic styles of a file; those of widths, heights and decimals are made when they are asked for."""

    def __init__(self, styles: etree._Element, brand: Brand) -> None:
        self._styles, self._brand, self._known = styles, brand, set[str]()
        for name, (cell, letters) in _guide_looks(brand).items():
            self._cell(name, cell, letters)
        cell, letters = _guide_looks(brand)["heading"]
        self._cell("heading-number", cell, letters, "end")
        self._cell("words", {}, {})
        self._cell("absent", {}, {"fo_color": brand.colors["secondary"]}, "end")
        sheet = add(styles, "style:style", style_name="sheet", style_family="table", style_master__page__name="Default")
        add(sheet, "style:table-properties", table_display="true")

    def number(self, decimals: int) -> str:
        """The look of numbers: separators as the reader's own program writes them, 1.234 and 0,25 in Dutch."""
        name = f"number-{decimals}"
        if name not in self._known:
            self._known.add(name)
            kind = add(self._styles, "number:number-style", style_name=f"n{decimals}")
            digits = {f"number_{name}": str(decimals) for name in ("decimal__places", "min__decimal__places")}
            grouped = {} if decimals else {"number_grouping": "true"}
            add(kind, "number:number", number_min__integer__digits=1, **digits, **grouped)
            self._cell(name, {}, {}, "end", f"n{decimals}")
        return name

    def width(self, characters: float) -> str:
        """The style of a column that this many characters fit in."""
        width = f"{_CHARACTER * characters:.1f}mm"
        return self._of("table-column", f"w{width}", {"style_column__width": width})

    def height(self, points: float | None) -> str:
        """The style of a row: of this height, or as high as its words ask."""
        if points is None:
            return self._of("table-row", "row", {"style_use__optimal__row__height": "true"})
        tall = {"style_row__height": f"{points:g}pt", "style_use__optimal__row__height": "false"}
        return self._of("table-row", f"h{points:g}", tall)

    def _of(self, family: str, name: str, properties: dict[str, str]) -> str:
        if name not in self._known:
            self._known.add(name)
            made = add(self._styles, "style:style", style_name=name, style_family=family)
            add(made, f"style:{family}-properties", **properties)
        return name

    def _cell(
        self, name: str, cell: dict[str, str], letters: dict[str, str], side: str = "start", data: str | None = None
    ) -> None:
        how = {"style_data__style__name": data} if data else {}
        made = add(self._styles, "style:style", style_name=name, style_family="table-cell", **how)
        add(made, "style:table-cell-properties", **({"style_vertical__align": "top"} | cell))
        add(made, "style:paragraph-properties", fo_text__align=side)
        add(made, "style:text-properties", style_font__name=self._brand.base.family, **letters)


# --- what is in it -------------------------------------------------------------------------------


def _content(book: Book, brand: Brand) -> etree._Element:
    made = opendocument.root("office:document-content")
    faces = add(made, "office:font-face-decls")
    family = brand.base.family
    add(faces, "style:font-face", style_name=family, svg_font__family=f"'{family}'")
    looks = _Looks(add(made, "office:automatic-styles"), brand)
    sheets = add(add(made, "office:body"), "office:spreadsheet")
    _add_guide(sheets, book, looks)
    for sheet in book.sheets:
        _add_sheet(sheets, sheet, looks)
    ranges = add(sheets, "table:database-ranges")
    for place, sheet in enumerate(book.sheets, start=1):  # after the guide
        end = f"{_letters(len(sheet.columns) - 1)}{len(sheet.rows) + 1}"
        where = f"'{sheet.name}'.A1:'{sheet.name}'.{end}"
        filtered = {"table_display__filter__buttons": "true", "table_orientation": "column"}
        name = f"__Anonymous_Sheet_DB__{place}"  # by which programs know what is no more than the filter of a sheet
        add(ranges, "table:database-range", table_name=name, table_target__range__address=where, **filtered)
    return made


def _add_guide(sheets: etree._Element, book: Book, looks: _Looks) -> None:
    made = add(sheets, "table:table", table_name=book.guide_name, table_style__name="sheet")
    for width in GUIDE_WIDTHS:
        add(made, "table:table-column", table_style__name=looks.width(width))
    for row in book.guide:
        line = add(made, "table:table-row", table_style__name=looks.height(row.height))
        for cell, look in zip(row.cells, row.looks, strict=True):
            spans = {"table_number__columns__spanned": 2, "table_number__rows__spanned": 1} if row.wide else {}
            words = _words(line, cell, look, spans)
            if look == "link":
                words.text = None
                add(words, "text:a", cell, xlink_type="simple", xlink_href=f"#'{cell}'.A1")
        if row.wide:
            add(line, "table:covered-table-cell")
        elif not row.cells:
            add(line, "table:table-cell")


def _add_sheet(sheets: etree._Element, sheet: Sheet, looks: _Looks) -> None:
    made = add(sheets, "table:table", table_name=sheet.name, table_style__name="sheet")
    for place in range(len(sheet.columns)):
        add(made, "table:table-column", table_style__name=looks.width(sheet.width(place)))
    heading = add(add(made, "table:table-header-rows"), "table:table-row", table_style__name=looks.height(None))
    for column in sheet.columns:
        _words(heading, column.title, "heading" if column.decimals is None else "heading-number")
    for row in sheet.rows:
        line = add(made, "table:table-row", table_style__name=looks.height(None))
        for cell, column in zip(row, sheet.columns, strict=True):
            _add_cell(line, cell, column, looks)


def _add_cell(line: etree._Element, cell: Cell, column: SheetColumn, looks: _Looks) -> None:
    match cell:
        case None:
            add(line, "table:table-cell")
        case str():
            _words(line, cell, "words" if column.decimals is None else "absent")
        case _:
            decimals = column.decimals or 0
            value = Decimal(repr(cell + 0))  # as in the workbook, to the last digit
            kind = {"office_value__type": "float", "office_value": f"{value:.16G}"}
            made = add(line, "table:table-cell", table_style__name=looks.number(decimals), **kind)
            add(made, "text:p", dutch.number(float(cell), decimals) if decimals else dutch.count(round(cell)))


def _words(line: etree._Element, text: str, look: str, spans: dict[str, Any] | None = None) -> etree._Element:
    kind = {"office_value__type": "string"} | (spans or {})
    return add(add(line, "table:table-cell", table_style__name=look, **kind), "text:p", text)


def _settings(book: Book) -> etree._Element:
    """What a program shows at first: the headings of each sheet stay in sight."""
    made = opendocument.root("office:document-settings")
    views = add(add(made, "office:settings"), "config:config-item-set", config_name="ooo:view-settings")
    view = add(add(views, "config:config-item-map-indexed", config_name="Views"), "config:config-item-map-entry")
    add(view, "config:config-item", "view1", config_name="ViewId", config_type="string")
    tables = add(view, "config:config-item-map-named", config_name="Tables")
    frozen = (
        ("VerticalSplitMode", "short", 2), ("VerticalSplitPosition", "int", 1), ("ActiveSplitRange", "short", 2),
        ("PositionBottom", "int", 1),
    )  # fmt: skip
    for sheet in book.sheets:
        entry = add(tables, "config:config-item-map-entry", config_name=sheet.name)
        for name, kind, value in frozen:
            add(entry, "config:config-item", str(value), config_name=name, config_type=kind)
    return made


def _letters(place: int) -> str:
    """The name of a column: A, B, ..., Z, AA, ..."""
    before, last = divmod(place, 26)
    return (_letters(before - 1) if before else "") + chr(ord("A") + last)
