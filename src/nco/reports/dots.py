"""Dots with their interval on one scale: what the figures of differences have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from .drawing import NORMAL, ROW, Canvas, Scale

_FOOT = 0.4
_LINE = 0.115  # inches between two lines of one label
_CLOSE = 0.07  # of it is left over in a row of one line
_BELOW = 0.075  # of a line stands its careful estimate: nothing covers a mark


@dataclass(frozen=True)
class Dot:
    """A row: its label, the value with its interval, and the text of the value at the right."""

    label: str
    value: float
    low: float | None
    high: float | None
    text: str
    shape: str = "o"
    second: float | None = None  # a careful estimate of the same
    strong: bool = False  # stands out among the other rows
    clear: bool = True  # higher or lower: a dot that is not is open
    title: str = ""  # a line above the row, for the rows from here on
    spoken: str = ""  # what the row says, as a sentence


@dataclass(frozen=True)
class Look:
    """How a figure of dots is laid out and what its scale says."""

    axis: str
    band: float | None = None  # from -band to band differences are called about equal
    above: tuple[tuple[float, str, str], ...] = ()  # texts above the scale: value, text, alignment
    row: float = ROW  # inches of a row whose label has one line


def draw(rows: Sequence[Dot], across: Scale, look: Look) -> str:
    """Return the SVG of the rows, one below the other."""
    head = 0.3 if look.above else 0.08
    height = head + sum(_high(row, look) + (ROW if row.title else 0) for row in rows) + _FOOT
    sheet = Canvas(height)
    bottom = height - _FOOT
    if look.band:
        places = across.at(-look.band), across.at(look.band)
        sheet.bar(*places, (head + bottom) / 2, bottom - head, "lijn", 0.55)
    for value, text, align in look.above:
        sheet.text(across.at(value), head - 0.12, text, align=align, name="secondary")
    sheet.axis(across, head, bottom, look.axis, "landelijk" if look.band else "foreground")
    y = head
    for row in rows:
        if row.title:
            sheet.text(0, y + ROW * 0.6, row.title, size=NORMAL, weight=600)
            y += ROW
        high = _high(row, look)
        _row(sheet, row, across, look, y + high / 2)
        if row.spoken:
            sheet.says(y, y + high, row.spoken)
        y += high
    return sheet.svg()


def _high(row: Dot, look: Look) -> float:
    """The height of a row: of a label of two lines they keep from the rows beside them."""
    return look.row + (_LINE - _CLOSE if "\n" in row.label else 0)


def ends(rows: Sequence[Dot]) -> list[float | None]:
    """Return everything that the scale of the rows must hold."""
    return [end for row in rows for end in (row.value, row.low, row.high, row.second)]


def _row(sheet: Canvas, row: Dot, across: Scale, look: Look, y: float) -> None:
    weight = 600 if row.strong else 400
    for line, text in enumerate(lines := row.label.split("\n")):
        place = y + (line - (len(lines) - 1) / 2) * _LINE
        sheet.text(0, place, text, weight=weight)
    sheet.text(4.28, y, row.text, align="right", weight=weight)
    if row.low is not None:
        sheet.interval(across.at(row.low), across.at(row.high), y)
    if row.second is not None:
        sheet.mark(across.at(row.second), y + _BELOW, "^", "eigen-school", 4.5, filled=False)
    sheet.mark(across.at(row.value), y, row.shape, "eigen-school", filled=row.clear)
