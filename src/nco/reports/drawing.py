"""The visual language of all figures: one width, one typeface, marks that differ in shape as well as in colour.

A drawing is laid out in inches from its top left corner and written as SVG at once: with a plotting library's artists
the fourteen figures of a report took most of a second, written like this they take some hundredths. The same data give
the same bytes: no dates, no identifiers, hundredths of a point.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from nco.base.dutch import axis_number
from nco_utils import params
from nco_utils.errors import ContractError

from . import house_style as brand

WIDTH = 4.3  # inches: narrow enough to stay readable on a phone, wide enough for a page
ROW = 0.25  # inches a row of marks
SMALL, NORMAL = 8, 9  # points
_POINTS = 72  # in an inch
# From the middle of a line of letters down to its baseline, as a share of the letters' size: half the height of a
# capital and of what hangs below the line in the brand's typeface.
_BASELINE = 0.4675
_MOST_STEPS = 5
_ANCHORS = {"left": "start", "center": "middle", "right": "end"}


@dataclass(frozen=True)
class Scale:
    """Where a value lies: from `low` at `left` inches to `high` at `right` inches."""

    low: float
    high: float
    left: float
    right: float

    def at(self, value: float) -> float:
        """Return the place of a value, in inches from the left."""
        return self.left + (value - self.low) / (self.high - self.low) * (self.right - self.left)

    @property
    def ticks(self) -> list[float]:
        """Round values within the scale: 1, 2 or 5 times a power of ten apart, in at most five steps."""
        least = (self.high - self.low) / _MOST_STEPS
        power = 10.0 ** math.floor(math.log10(least))
        step = next(part * power for part in (1, 2, 5, 10) if part * power >= least * (1 - 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [place * step for place in range(first, last + 1)]


def scale(values: Iterable[float | None], left: float, right: float, least: float = 1.0) -> Scale:
    """Return a scale that holds zero and all values, with some air, and is at least `least` wide."""
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    air = max(high - low, least) * 0.03
    return Scale(low - air if low < 0 else 0.0, max(high, low + least) + air, left, right)


def around_zero(values: Iterable[float | None], left: float, right: float, least: float) -> Scale:
    """Return a scale with zero in the middle that holds all values, and at least `least` on either side."""
    reach = max([least, *(abs(value) for value in values if value is not None)]) * 1.06
    return Scale(-reach, reach, left, right)


class Canvas:
    """A sheet with the marks of the house style; places in inches from the top left.

    The faint lines of the scale lie below bars, bars below other lines and marks, and those below text, in whatever
    order they are drawn; areas that say something lie above all.
    """

    def __init__(self, height: float) -> None:
        self.height = height
        self._grid: list[str] = []
        self._bars: list[str] = []
        self._lines: list[str] = []
        self._texts: list[str] = []
        self._areas: list[str] = []

    def says(self, top: float, bottom: float, sentence: str, left: float = 0.0, right: float = WIDTH) -> None:
        """Note what an area says: on a page with scripts who points at it, or comes to it with the keyboard, reads it.

        The area itself has no look.
        """
        place = f'x="{_at(left)}" y="{_at(top)}" width="{_at(right - left)}" height="{_at(bottom - top)}"'
        self._areas.append(f'<rect {place} fill="none" data-zin="{escape(sentence)}"/>')

    def text(
        self, x: float, y: float, text: str, *, align: str = "left", size: float = SMALL, weight: int = 400,
        name: str = "foreground",
    ) -> None:  # fmt: skip
        """Write `text`, its middle at height `y`."""
        look = (f' font-size="{size}"' if size != SMALL else "") + (f' font-weight="{weight}"' if weight != 400 else "")
        anchor = f' text-anchor="{_ANCHORS[align]}"' if align != "left" else ""
        place = f'x="{_at(x)}" y="{_number(y * _POINTS + _BASELINE * size)}"'
        self._texts.append(f'<text {place}{anchor}{look} fill="{colour(name)}">{escape(text, quote=False)}</text>')

    def bar(self, x: float, end: float, y: float, thick: float, name: str, opacity: float = 1) -> None:
        """Draw a bar from `x` to `end`, its middle at height `y`."""
        place = f'x="{_at(min(x, end))}" y="{_at(y - thick / 2)}"'
        size = f'width="{_at(abs(end - x))}" height="{_at(thick)}"'
        look = f' opacity="{opacity}"' if opacity != 1 else ""
        self._bars.append(f'<rect {place} {size} fill="{colour(name)}"{look}/>')

    def line(self, path: str, name: str = "foreground", width: float = 1.2) -> None:
        """Draw a path of lines (the attribute `d` of SVG, in points)."""
        self._lines.append(_line(path, name, width))

    def interval(self, low: float, high: float, y: float, cap: float = 0.035) -> None:
        """Draw an interval with its two ends."""
        ends = "".join(f"M{_at(x)} {_at(y - cap)}V{_at(y + cap)}" for x in (low, high))
        self.line(f"{ends}M{_at(low)} {_at(y)}H{_at(high)}")

    def mark(self, x: float, y: float, shape: str, name: str, size: float = 6.5, filled: bool = True) -> None:
        """Draw a mark: `o` dot, `D` diamond, `s` square, `^` triangle, `v` the same upside down, `|` upright line."""
        width = 2.2 if shape == "|" else 1.2
        line, fill = colour(name), colour(name if filled else "background")
        look = f'style="fill: {fill}; stroke: {line}; stroke-width: {width}; stroke-linejoin: miter"'
        self._lines.append(f"<{_shape(shape, x * _POINTS, y * _POINTS, size / 2)} {look}/>")

    def axis(
        self, across: Scale, top: float, bottom: float, title: str, zero: str = "foreground",
        ticks: Sequence[float] | None = None,
    ) -> None:  # fmt: skip
        """Draw the scale: faint lines with their values below, a clear line at zero, and what is measured.

        ticks: the values, where these are not all that the scale has.
        """
        ticks = across.ticks if ticks is None else ticks
        places = [across.at(tick) for tick in ticks if tick]
        if places:
            self._grid.append(_line("".join(f"M{_at(x)} {_at(top)}V{_at(bottom)}" for x in places), "lijn", 0.7))
        for tick in ticks:
            self.text(across.at(tick), bottom + 0.11, axis_number(tick), align="center", name="secondary")
        self.line(f"M{_at(across.at(0))} {_at(top)}V{_at(bottom)}", zero, 1.0)
        if title:
            self.text(across.right, bottom + 0.28, title, align="right", name="secondary")

    def svg(self) -> str:
        """Return the drawing as SVG text; text stays text, in the brand's typeface."""
        width, height = _at(WIDTH), _at(self.height)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
                f'viewBox="0 0 {width} {height}">',
                *self._grid,
                *self._bars,
                *self._lines,
                f'<g font-family="{house_style().base.family}" font-size="{SMALL}">',
                *self._texts,
                "</g>",
                *self._areas,
                "</svg>",
                "",
            ]
        )


def _line(path: str, name: str, width: float) -> str:
    look = f'fill="none" stroke="{colour(name)}" stroke-width="{width}" stroke-linecap="square"'
    return f'<path d="{path}" {look}/>'


def _shape(shape: str, x: float, y: float, half: float) -> str:
    """The element of a mark around a place, all in points."""
    left, right, top, bottom = map(_number, (x - half, x + half, y - half, y + half))
    match shape:
        case "o":
            return f'circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(half)}"'
        case "s":
            return f'path d="M{left} {top}H{right}V{bottom}H{left}z"'
        case "^":
            return f'path d="M{_number(x)} {top}L{left} {bottom}H{right}z"'
        case "v":
            return f'path d="M{_number(x)} {bottom}L{left} {top}H{right}z"'
        case "|":
            return f'path d="M{_number(x)} {top}V{bottom}"'
    reach = _number(half * math.sqrt(2))
    return f'path d="M{_number(x)} {_number(y)}m0 -{reach}l{reach} {reach}l-{reach} {reach}l-{reach} -{reach}z"'


def _at(inches: float) -> str:
    return _number(inches * _POINTS)


def _number(points: float) -> str:
    if not math.isfinite(points):
        raise ContractError("A figure would be drawn at a place that is no number.")
    # A hundredth of a point is finer than any screen. Adding zero turns minus zero into zero.
    return f"{round(points, 2) + 0.0:.7g}"


@cache
def house_style() -> brand.Brand:
    """Return the brand that figures are drawn in."""
    return brand.read(params.project_root() / "reports" / "quarto")


def colour(name: str) -> str:
    """Return a colour of the brand as `#RRGGBB`."""
    return house_style().colors[name]
