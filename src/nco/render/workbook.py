"""The workbook beside a report: its tables with their numbers as numbers, for who wants to count on."""

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from nco.base.markdown import plain
from nco.reports.house_style import Brand
from nco_utils import write_whole

from .accepted import check_xlsx
from .sheets import GUIDE_WIDTHS, Book, Sheet

FORMAT, NAME = "xlsx", "report.xlsx"
_MARGIN = 0.6  # inches


def write(book: Book, folder: Path, brand: Brand) -> Path:
    """Write the workbook into `folder` and return its path.

    The same book gives the same bytes. Raises RenderError when the file is not fit to be published.
    """
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as made:
        looks = _Looks(made, brand)
        made.set_properties(_properties(book, brand))
        _write_guide(made.add_worksheet(book.guide_name), book, looks)
        for sheet in book.sheets:
            _write_sheet(made.add_worksheet(sheet.name), sheet, looks)
    with write_whole.written(folder / NAME) as new:
        new.write_bytes(content.getvalue())  # not by the library: it has a name of its own for a full disk
        check_xlsx(new)
    return folder / NAME


class _Looks:
    """The brand as formats of a workbook; made when they are asked for."""

    def __init__(self, book: xlsxwriter.Workbook, brand: Brand) -> None:
        self._book, self._brand = book, brand
        self._numbers: dict[int, Format] = {}
        color = brand.colors
        heading = {"bold": True, "font_color": color["background"], "bg_color": color["primary"], "text_wrap": True}
        self.words_heading = self._add(**heading, valign="bottom")
        self.number_heading = self._add(**heading, valign="bottom", align="right")
        self.words = self._add()
        self.absent = self._add(align="right", font_color=color["secondary"])
        self.guide = {
            "title": self._add(bold=True, font_size=18, font_color=color["primary"]),
            "school": self._add(bold=True, font_size=13),
            "label": self._add(font_color=color["secondary"]),
            "text": self._add(text_wrap=True),
            "notice": self._add(
                text_wrap=True, bold=True, font_color=color["warning"], bg_color=color["room"], valign="vcenter"
            ),
            "heading": self.words_heading,
            "link": self._add(font_color=color["primary"], underline=1),
        }

    def number(self, decimals: int) -> Format:
        """The look of numbers: separators as the reader's own program writes them, 1.234 and 0,25 in Dutch."""
        if decimals not in self._numbers:
            code = f"0.{'0' * decimals}" if decimals else "#,##0"
            self._numbers[decimals] = self._add(num_format=code)
        return self._numbers[decimals]

    def _add(self, **look: Any) -> Format:
        return self._book.add_format({"font_name": self._brand.base.family, "font_size": 10, "valign": "top"} | look)


def _write_guide(sheet: Worksheet, book: Book, looks: _Looks) -> None:
    sheet.hide_gridlines(2)
    for place, width in enumerate(GUIDE_WIDTHS):
        sheet.set_column(place, place, width, looks.words)
    for line, row in enumerate(book.guide):
        if row.wide:
            sheet.merge_range(line, 0, line, 1, "", looks.guide[row.looks[0]])
        for place, (cell, look) in enumerate(zip(row.cells, row.looks, strict=True)):
            if look == "link":
                sheet.write_url(line, place, f"internal:'{cell}'!A1", looks.guide[look], cell)
            else:  # write_string: what begins with = is no formula
                sheet.write_string(line, place, cell, looks.guide[look])
        if row.height:
            sheet.set_row(line, row.height)
    _set_print(sheet)


def _write_sheet(sheet: Worksheet, content: Sheet, looks: _Looks) -> None:
    for place, column in enumerate(content.columns):
        heading = looks.words_heading if column.decimals is None else looks.number_heading
        sheet.write_string(0, place, column.title, heading)
        sheet.set_column(place, place, content.width(place))
    for line, row in enumerate(content.rows, start=1):
        for place, (cell, column) in enumerate(zip(row, content.columns, strict=True)):
            match cell:
                case None:
                    continue
                case str():
                    sheet.write_string(line, place, cell, looks.words if column.decimals is None else looks.absent)
                case _:
                    # A decimal number: 9.7 stands in the file, not 9.699999999999999; adding 0 takes the minus of 0.
                    sheet.write_number(line, place, Decimal(repr(cell + 0)), looks.number(column.decimals or 0))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(content.rows), len(content.columns) - 1)
    sheet.repeat_rows(0)
    _set_print(sheet)


def _set_print(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    sheet.set_footer("&L&F&C&A&R&P / &N")


def _properties(book: Book, brand: Brand) -> dict[str, Any]:
    day = datetime.fromisoformat(book.matter["date"]) if "date" in book.matter else datetime(1980, 1, 1)
    return {
        "title": book.title,
        "author": brand.name,
        "comments": plain(book.matter.get("description", "")),
        "created": day.replace(tzinfo=UTC),
    }
