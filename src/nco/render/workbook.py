"""The workbook beside a report: its tables with their numbers as numbers, for who wants to count on."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from nco.base.dutch import count, texts
from nco.base.markdown import plain
from nco.reports import document
from nco.reports.house_style import Brand
from nco_utils import strict_yaml, write_whole

from .accepted import check_xlsx
from .outputs import SOURCE

FORMAT, NAME = "xlsx", "report.xlsx"
_LONGEST_NAME, _FORBIDDEN = 31, re.compile(r"[\[\]:*?/\\']")  # what Excel asks of a sheet's name
_NARROWEST, _WIDEST = 9, 48  # a column's width, in characters
_GUIDE_WIDTH = 90
_LINE, _HIGHEST = 14, 400  # a row's height in points: of one line of words, and the most that Excel takes
_MARGIN = 0.6  # inches
_MOST_CAPTIONS = 6  # of one sheet that the guide names

Cell = str | int | float | None


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet; `decimals` is None where it holds words."""

    title: str
    decimals: int | None


@dataclass(frozen=True)
class Sheet:
    """One sheet: what it holds in words (captions), its columns and its rows."""

    name: str
    captions: tuple[str, ...]
    columns: tuple[SheetColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]


def write(folder: Path, brand: Brand, others: Sequence[Path] = ()) -> Path:
    """Write the workbook of the document in `folder` beside it, and return its path.

    others: the folders of further documents of the same report, whose tables it has too. The same documents give the
    same bytes. Raises RenderError when the file is not fit to be published, and ValueError for tables of one sheet with
    other columns, and for two sheets of one name.
    """
    source = folder / SOURCE
    matter = strict_yaml.load(source.read_text(encoding="utf-8").split("---\n", 2)[1], source)
    sheets = read(folder, *others)
    content = BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        looks = _Looks(book, brand)
        book.set_properties(_properties(matter, brand))
        _write_guide(book.add_worksheet(texts("workbook")["guide"]), matter, sheets, looks)
        for sheet in sheets:
            _write_sheet(book.add_worksheet(sheet.name), sheet, looks)
    with write_whole.written(folder / NAME) as new:
        new.write_bytes(content.getvalue())  # not by the library: it has a name of its own for a full disk
        check_xlsx(new)
    return folder / NAME


def read(*folders: Path) -> list[Sheet]:
    """Return the sheets that the tables of documents make, in the order in which their names occur.

    A table that two documents have, as of a chapter that stands in both, is in it once.
    """
    by_name: dict[str, list[dict]] = {}
    for folder in folders:
        for table in json.loads((folder / document.TABLES).read_text(encoding="utf-8")):
            same = by_name.setdefault(table["sheet"], [])
            if table not in same:
                same.append(table)
    by_name.pop("", None)
    sheets = [_sheet(name, same) for name, same in by_name.items()]
    names = [texts("workbook")["guide"].lower(), *(sheet.name.lower() for sheet in sheets)]
    if len(set(names)) < len(names):
        raise ValueError(f"Two sheets would have the same name: {', '.join(by_name)}.")
    return sheets


# --- from tables to sheets -----------------------------------------------------------------------


def _sheet(name: str, tables: Sequence[dict]) -> Sheet:
    headings = {tuple(_columns(table)) for table in tables}
    if len(headings) > 1:
        names = ", ".join(table["name"] for table in tables)
        raise ValueError(f"The tables of sheet {name!r} ({names}) do not have the same columns.")
    rows = [
        (*about, *_cells(row, table["columns"]))
        for table in tables
        for about in [_values(table)]
        for row in table["rows"]
    ]
    captions = tuple(dict.fromkeys(table["caption"] for table in tables))
    return Sheet(_FORBIDDEN.sub(" ", name)[:_LONGEST_NAME], captions, headings.pop(), tuple(rows))


def _values(table: dict) -> tuple[str, ...]:
    return tuple(value for _, value in table["about"])


def _columns(table: dict) -> Iterator[SheetColumn]:
    """The columns of a table's sheet: what the table is of, then its own, an interval as two."""
    words = texts("workbook")
    for name, _ in table["about"]:
        yield SheetColumn(name, None)
    for column in table["columns"]:
        match column["kind"]:
            case "words":
                yield SheetColumn(column["title"], None)
            case "count":
                yield SheetColumn(column["title"], 0)
            case "interval":
                for end in ("low", "high"):
                    yield SheetColumn(words[end].format(title=column["title"]), column["decimals"])
            case _:
                yield SheetColumn(column["title"], column["decimals"])


def _cells(row: Sequence[Any], columns: Sequence[dict]) -> Iterator[Cell]:
    for cell, column in zip(row, columns, strict=True):
        if column["kind"] == "interval":
            # Words, such as that it may not be shown, hold for both ends.
            yield from cell if isinstance(cell, list) else (cell, cell)
        else:
            yield cell


# --- from sheets to a file -----------------------------------------------------------------------


class _Looks:
    """The brand as formats of a workbook; made when they are asked for."""

    def __init__(self, book: xlsxwriter.Workbook, brand: Brand) -> None:
        self._book, self._brand = book, brand
        self._numbers: dict[int, Format] = {}
        color = brand.colors
        self.title = self._add(bold=True, font_size=18, font_color=color["primary"])
        self.school = self._add(bold=True, font_size=13)
        self.label = self._add(font_color=color["secondary"])
        self.text = self._add(text_wrap=True)
        self.notice = self._add(
            text_wrap=True, bold=True, font_color=color["warning"], bg_color=color["room"], valign="vcenter"
        )
        self.link = self._add(font_color=color["primary"], underline=1)
        heading = {"bold": True, "font_color": color["background"], "bg_color": color["primary"], "text_wrap": True}
        self.words_heading = self._add(**heading, valign="bottom")
        self.number_heading = self._add(**heading, valign="bottom", align="right")
        self.words = self._add()
        self.absent = self._add(align="right", font_color=color["secondary"])

    def number(self, decimals: int) -> Format:
        """The look of numbers: separators as the reader's own program writes them, 1.234 and 0,25 in Dutch."""
        if decimals not in self._numbers:
            code = f"0.{'0' * decimals}" if decimals else "#,##0"
            self._numbers[decimals] = self._add(num_format=code)
        return self._numbers[decimals]

    def _add(self, **look: Any) -> Format:
        return self._book.add_format({"font_name": self._brand.base.family, "font_size": 10, "valign": "top"} | look)


def _write_guide(sheet: Worksheet, matter: dict, sheets: Sequence[Sheet], looks: _Looks) -> None:
    """The first sheet: of which school and round this is, and what the others hold."""
    words = texts("workbook")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 26, looks.words)
    sheet.set_column(1, 1, _GUIDE_WIDTH, looks.words)
    sheet.write_string(0, 0, matter["title"], looks.title)
    sheet.write_string(1, 0, plain(matter.get("school", "")), looks.school)
    row = 3
    if notice := matter.get("demo-notice"):
        sheet.merge_range(row, 0, row, 1, "", looks.notice)
        sheet.write_string(row, 0, plain(notice), looks.notice)  # merge_range makes a formula of what begins with =
        sheet.set_row(row, 30)
        row += 2
    for pair in matter.get("cover", []):
        sheet.write_string(row, 0, plain(pair["label"]), looks.label)
        sheet.write_string(row, 1, plain(str(pair["value"])), looks.text)
        row += 1
    row += 1
    sheet.write_string(row, 0, words["sheet"], looks.words_heading)
    sheet.write_string(row, 1, words["holds"], looks.words_heading)
    for each in sheets:
        row += 1
        sheet.write_url(row, 0, f"internal:'{each.name}'!A1", looks.link, each.name)
        holds = plain("; ".join(each.captions[:_MOST_CAPTIONS]))
        if len(each.captions) > _MOST_CAPTIONS:
            holds += words["more"].format(n=count(len(each.captions) - _MOST_CAPTIONS))
        sheet.write_string(row, 1, holds, looks.text)
        # Not every program makes a row as high as its words ask.
        sheet.set_row(row, min(_LINE * -(-len(holds) // _GUIDE_WIDTH), _HIGHEST))
    sheet.merge_range(row + 2, 0, row + 2, 1, words["reading" if sheets else "no_tables"], looks.text)
    sheet.set_row(row + 2, 30)
    _set_print(sheet)


def _write_sheet(sheet: Worksheet, content: Sheet, looks: _Looks) -> None:
    for place, column in enumerate(content.columns):
        heading = looks.words_heading if column.decimals is None else looks.number_heading
        sheet.write_string(0, place, column.title, heading)
        sheet.set_column(place, place, _width(content, place))
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


def _width(content: Sheet, place: int) -> float:
    """A width that its longest cell fits in; a heading may take two lines, and has an arrow for the filter."""
    cells = [len(str(row[place])) for row in content.rows if row[place] is not None]
    title = content.columns[place].title
    heading = max(len(title) / 2, *(len(word) for word in title.split())) + 4
    return min(max(_NARROWEST, heading, *(length + 2 for length in cells or [0])), _WIDEST)


def _set_print(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    sheet.set_footer("&L&F&C&A&R&P / &N")


def _properties(matter: dict, brand: Brand) -> dict[str, Any]:
    parts = (matter["title"], plain(matter.get("school", "")), matter.get("round-label", ""))
    day = datetime.fromisoformat(matter["date"]) if "date" in matter else datetime(1980, 1, 1)
    return {
        "title": " – ".join(part for part in parts if part),
        "author": brand.name,
        "comments": plain(matter.get("description", "")),
        "created": day.replace(tzinfo=UTC),
    }
