"""What the workbook and the spreadsheet beside a report hold: sheets of its tables, and a guide before them."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nco.base.dutch import count, texts
from nco.base.markdown import plain
from nco.reports import document
from nco_utils import strict_yaml

from .outputs import SOURCE

GUIDE_WIDTHS = (26, 90)  # of the guide's columns, in characters
_LONGEST_NAME, _FORBIDDEN = 31, re.compile(r"[\[\]:*?/\\']")  # what Excel asks of a sheet's name
_NARROWEST, _WIDEST = 9, 48  # a column's width, in characters
_LINE, _HIGHEST = 14, 400  # a row's height in points: of one line of words, and the most that Excel takes
_MOST_CAPTIONS = 6  # of one sheet that the guide names

Cell = str | int | float | None
Look = Literal["title", "school", "notice", "label", "text", "heading", "link"]


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

    def width(self, place: int) -> float:
        """Return a width that a column's longest cell fits in, in characters.

        A heading may take two lines, and has an arrow for the filter.
        """
        cells = [len(str(row[place])) for row in self.rows if row[place] is not None]
        title = self.columns[place].title
        heading = max(len(title) / 2, *(len(word) for word in title.split())) + 4
        return min(max(_NARROWEST, heading, *(length + 2 for length in cells or [0])), _WIDEST)


@dataclass(frozen=True)
class GuideRow:
    """A row of the guide: its cells with their looks, over both columns when `wide`; height in points."""

    cells: tuple[str, ...] = ()
    looks: tuple[Look, ...] = ()
    wide: bool = False
    height: float | None = None


@dataclass(frozen=True)
class Book:
    """All that is in the file: what the report says of itself, the guide and the sheets."""

    matter: dict[str, Any]
    sheets: tuple[Sheet, ...]

    @property
    def guide_name(self) -> str:
        """The name of the guide's sheet."""
        return texts("workbook")["guide"]

    @property
    def title(self) -> str:
        """The title of the file."""
        parts = (self.matter["title"], plain(self.matter.get("school", "")), self.matter.get("round-label", ""))
        return " – ".join(part for part in parts if part)

    @property
    def guide(self) -> list[GuideRow]:
        """The first sheet: of which school and round this is, and what the others hold."""
        words = texts("workbook")
        rows = [
            GuideRow((self.matter["title"],), ("title",)),
            GuideRow((plain(self.matter.get("school", "")),), ("school",)),
            GuideRow(),
        ]
        if notice := self.matter.get("demo-notice"):
            rows += [GuideRow((plain(notice),), ("notice",), wide=True, height=30), GuideRow()]
        for pair in self.matter.get("cover", []):
            rows.append(GuideRow((plain(pair["label"]), plain(str(pair["value"]))), ("label", "text")))
        rows += [GuideRow(), GuideRow((words["sheet"], words["holds"]), ("heading", "heading"))]
        rows += map(_contents, self.sheets)
        reading = words["reading" if self.sheets else "no_tables"]
        return [*rows, GuideRow(), GuideRow((reading,), ("text",), wide=True, height=30)]


def read(folder: Path, others: Sequence[Path] = ()) -> Book:
    """Return what the tables of the document in `folder` make, and those of further documents of the same report.

    Sheets come in the order in which their names occur; a table that two documents have, as of a chapter that stands
    in both, is there once. Raises ValueError for tables of one sheet with other columns, and for two sheets of one
    name.
    """
    source = folder / SOURCE
    matter: Any = strict_yaml.load(source.read_text(encoding="utf-8").split("---\n", 2)[1], source)
    by_name: dict[str, list[dict]] = {}
    for each in (folder, *others):
        for table in json.loads((each / document.TABLES).read_text(encoding="utf-8")):
            same = by_name.setdefault(table["sheet"], [])
            if table not in same:
                same.append(table)
    by_name.pop("", None)
    sheets = tuple(_sheet(name, same) for name, same in by_name.items())
    names = [texts("workbook")["guide"].lower(), *(sheet.name.lower() for sheet in sheets)]
    if len(set(names)) < len(names):
        raise ValueError(f"Two sheets would have the same name: {', '.join(by_name)}.")
    return Book(matter, sheets)


def _contents(sheet: Sheet) -> GuideRow:
    holds = plain("; ".join(sheet.captions[:_MOST_CAPTIONS]))
    if len(sheet.captions) > _MOST_CAPTIONS:
        holds += texts("workbook")["more"].format(n=count(len(sheet.captions) - _MOST_CAPTIONS))
    # Not every program makes a row as high as its words ask.
    height = min(_LINE * -(-len(holds) // GUIDE_WIDTHS[1]), _HIGHEST)
    return GuideRow((sheet.name, holds), ("link", "text"), height=height)


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
