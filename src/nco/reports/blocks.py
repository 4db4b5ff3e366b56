"""What a chapter shows: text, figures and tables that JupyterLab displays and a report keeps.

Only these reach a report. Prose in a notebook's own cells, prints and frames are for the researcher.
"""

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal

from IPython.display import display

from nco.base import dutch
from nco.base.markdown import escape, quoted
from nco_utils import BY_QUARTO, FOR_REPORT
from nco_utils.errors import ContractError

APART = "figures/anders/"  # drawings that are on the page only, for a reader who chooses them
KIND = "nco"  # the metadata key by which a report's document finds the blocks

# A number, an interval (low, high), or words without markup: a cell that may not be shown says so in words. None: there
# is nothing.
Cell = str | int | float | tuple[float, float] | None


@dataclass(frozen=True)
class Text:
    """A piece of Markdown."""

    markdown: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        shown = {"text/markdown": self.markdown, "text/plain": self.markdown}
        return shown | _to_look_at("text", self), {KIND: {"kind": "text"}}


@dataclass(frozen=True)
class Drawing:
    """A drawing with its caption and the alternative text that says what it says; option, chosen: as of `options`."""

    name: str
    svg: str
    caption: str
    alt: str
    option: str = ""
    chosen: bool = True

    def _repr_mimebundle_(self, include=None, exclude=None):
        described = {"kind": "figure", "name": self.name, "caption": self.caption, "alt": self.alt,
                     "option": self.option, "chosen": self.chosen}  # fmt: skip
        if BY_QUARTO in os.environ:
            from . import by_quarto  # which would bring a typesetter into every chapter

            by_quarto.draw(drawing_path(described), self.svg)
            return {"text/markdown": figure_markdown(described)}, {}
        return {"image/svg+xml": self.svg, "text/plain": self.alt} | _to_look_at("figure", self), {KIND: described}


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: its heading and what its cells are; words stand left, all else right."""

    title: str
    kind: Literal["words", "count", "number", "interval"] = "number"
    decimals: int = 1

    def text(self, cell: Cell) -> str:
        """Return a cell as a reader sees it."""
        match cell:
            case None:
                return "–"
            case str():
                return cell
            case tuple():
                return dutch.interval(*cell, self.decimals)
            case _:
                return dutch.count(cell) if self.kind == "count" else dutch.number(cell, self.decimals)


@dataclass(frozen=True)
class Table:
    """A table whose first column names the row.

    sheet: the sheet of the report's workbook that the rows go to too; tables of one sheet have the same columns.
    about: what the whole table is of, as name and value; in the workbook columns before the table's own.
    printed: whether the report shows it; a table that would fill many pages is in the workbook only.
    option, chosen: as of `options`.
    """

    name: str
    caption: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sheet: str = ""
    about: tuple[tuple[str, str], ...] = ()
    printed: bool = True
    option: str = ""
    chosen: bool = True

    def __post_init__(self) -> None:
        """Raise ContractError for a cell that is no number, printed or not: what is not known is None."""
        for row in self.rows:
            for cell in row:
                if not all(map(_known, cell if isinstance(cell, tuple) else (cell,))):
                    raise ContractError(f"Table {self.name} has a figure that is no number.")

    @property
    def markdown(self) -> str:
        """The table as a pandoc pipe table with its caption and identifier; nothing when it is not printed."""
        if not self.printed:
            return ""
        rule = "|" + "|".join(":---" if column.kind == "words" else "---:" for column in self.columns) + "|"
        cells = [[escape(text) for text in row] for row in self.texts]
        lines = [_row([column.title for column in self.columns]), rule, *map(_row, cells)]
        made = "\n".join([*lines, "", f": {self.caption} {{#{self.name}}}"])
        return _as_option(made, self.option, self.chosen)

    @property
    def texts(self) -> list[list[str]]:
        """The cells as a reader sees them, row by row."""
        return [[column.text(cell) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows]

    def _repr_mimebundle_(self, include=None, exclude=None):
        described = {"kind": "table", **asdict(self)}
        shown = {"text/markdown": self.markdown, "text/plain": self.markdown}
        return shown | _to_look_at("table", self), {KIND: described}


Block = Text | Drawing | Table
# What a function of a chapter returns: one thing to show, several, or nothing. A string is Markdown.
Item = str | Block | None | Iterable["Item"]


def show(*items: Item) -> None:
    """Display the items one by one; an empty string, an empty list and None are nothing."""
    for item in _each(items):
        display(Text(item) if isinstance(item, str) else item)


def chapter(title: str, *items: Item, intro: str = "") -> list[str | Block]:
    """Return the title of a chapter and what stands under it; as `section`."""
    return _titled("#", title, items, intro)


def section(title: str, *items: Item, intro: str = "") -> list[str | Block]:
    """Return a heading and what stands under it: `intro`, and the items.

    Without an item that a reader would see there is no heading and no intro either; with no items at all it is the
    heading alone.
    """
    return _titled("##", title, items, intro)


def subsection(title: str, *items: Item, intro: str = "") -> list[str | Block]:
    """Return the heading of a part of a section and what stands under it; as `section`."""
    return _titled("###", title, items, intro)


def passage(title: str, text: str) -> str:
    """Return the heading of a section and its text as one piece; nothing without a text."""
    return f"## {title}\n\n{text}" if text else ""


def _titled(mark: str, title: str, items: tuple[Item, ...], intro: str) -> list[str | Block]:
    made = list(_each(items))
    # A table that is in the workbook only is kept, but is nothing to read under a heading.
    seen = not items or any(not isinstance(item, Table) or item.printed for item in made)
    return [f"{mark} {title}\n", *_each([intro]), *made] if seen else made


def _each(items: Iterable[Item]) -> Iterator[str | Block]:
    """The items of which there is something, those in lists too, in order."""
    for item in items:
        if isinstance(item, str | Text | Drawing | Table):
            if item:
                yield item
        elif item is not None:
            yield from _each(item)


def options(made: Iterable[tuple[str, str, Item]]) -> list[str | Block]:
    """Return what stands in one place, of which a page with scripts shows the one that its reader chooses.

    made: of each its key, as part of a name, its name for the reader, and what is shown. The first is the chosen one,
    and all that is printed or read without scripts; the others are on the page, hidden.
    """
    return [
        _optional(item, key, name, place == 0)
        for place, (key, name, items) in enumerate(made)
        for item in _each([items])
    ]


def _optional(item: str | Block, key: str, name: str, chosen: bool) -> str | Block:
    if isinstance(item, str | Text):
        return _as_option(item if isinstance(item, str) else item.markdown, name, chosen)
    return replace(item, name=item.name if chosen else f"{item.name}-{key}", option=name, chosen=chosen)


def _as_option(markdown: str, option: str, chosen: bool) -> str:
    """A passage as one of several: the filters of the house style know it by its class."""
    if not option:
        return markdown
    return f"::: {{.keuze{'' if chosen else ' .anders'} keuze={quoted(option)}}}\n\n{markdown}\n\n:::"


def drawing_path(block: dict) -> str:
    """Return where the drawing of a figure (by its description) is: apart where only a page shows it."""
    return f"{'figures/' if block['chosen'] else APART}{block['name']}.svg"


def figure_markdown(block: dict) -> str:
    """Return a figure (by its description) as Markdown."""
    made = f"![{block['caption']}]({drawing_path(block)}){{#{block['name']} fig-alt={quoted(block['alt'])}}}"
    return _as_option(made, block["option"], block["chosen"])


def _to_look_at(kind: str, block: Block) -> dict[str, str]:
    """The block as it looks in the report, for a person in JupyterLab; nothing where a program reads it."""
    if BY_QUARTO in os.environ or FOR_REPORT in os.environ:
        return {}
    from . import block_html  # which a report does without

    made = block_html.of(kind, block)
    return {"text/html": made} if made else {}


def _known(cell: Cell) -> bool:
    return not isinstance(cell, float) or math.isfinite(cell)


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
