"""The visual language of all figures: one width, one typeface, marks that differ in shape as well as in colour.

A drawing is laid out in inches from its top left corner. Artists stand on the canvas itself: an axes with its ticks
would take most of the time of a report. The same data give the same bytes: no dates, identifiers that follow from the
name.
"""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.figure import Figure as Canvas
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from .. import brand, fonts, params
from ..dutch import axis_number

WIDTH = 4.3  # inches: narrow enough to stay readable on a phone, wide enough for a page
ROW = 0.25  # inches a row of marks
SMALL, NORMAL = 8, 9  # points
_STYLE = {
    "svg.fonttype": "none",  # text stays text: selectable, searchable, in the page's own font
    "svg.hashsalt": "nco",  # the same drawing, the same bytes
    "hatch.linewidth": 0.9,
}
_MOST_TICKS = 5


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
        """Round values within the scale."""
        locator = mpl.ticker.MaxNLocator(nbins=_MOST_TICKS, steps=[1, 2, 5, 10])
        return [float(v) for v in locator.tick_values(self.low, self.high) if self.low <= v <= self.high]


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


class Drawing:
    """A canvas with the marks of the house style; places in inches from the top left."""

    def __init__(self, height: float) -> None:
        self.height = height
        self.canvas = Canvas(figsize=(WIDTH, height))
        self.canvas.patch.set_alpha(0)
        self._inches = self.canvas.dpi_scale_trans

    def text(self, x: float, y: float, text: str, *, align: str = "left", **look) -> None:
        """Write `text`, its middle at height `y`."""
        look = {"fontsize": SMALL, "color": colour("foreground"), "va": "center_baseline", **look}
        self._add(Text(x, self.height - y, text, ha=align, **look))

    def bar(self, x: float, end: float, y: float, thick: float, name: str, **look) -> None:
        """Draw a bar from `x` to `end`, its middle at height `y`."""
        place = (min(x, end), self.height - y - thick / 2)
        self._add(Rectangle(place, abs(end - x), thick, facecolor=colour(name), linewidth=0, **look))

    def line(
        self, xs: Sequence[float], ys: Sequence[float], name: str = "foreground", width: float = 1.2, **look
    ) -> None:
        """Draw a line through the places."""
        self._add(Line2D(xs, [self.height - y for y in ys], color=colour(name), linewidth=width, **look))

    def interval(self, low: float, high: float, y: float, name: str = "foreground", cap: float = 0.035) -> None:
        """Draw an interval with its two ends."""
        self.line([low, low, low, high, high, high], [y - cap, y + cap, y, y, y - cap, y + cap], name)

    def mark(self, x: float, y: float, shape: str, name: str, size: float = 6.5, filled: bool = True) -> None:
        """Draw a mark: `o` dot, `D` diamond, `s` square, `^` triangle, `|` upright line."""
        edge = 2.2 if shape == "|" else 1.2
        face = colour(name) if filled else colour("background")
        self.line([x], [y], name, marker=shape, markersize=size, markerfacecolor=face, markeredgecolor=colour(name),
                  markeredgewidth=edge, linestyle="none")  # fmt: skip

    def axis(self, across: Scale, top: float, bottom: float, title: str, zero: str = "foreground") -> None:
        """Draw the scale: faint lines with their values below, a clear line at zero, and what is measured."""
        for tick in across.ticks:
            if tick:
                self.line([across.at(tick)] * 2, [top, bottom], "lijn", 0.7)
            self.text(across.at(tick), bottom + 0.11, axis_number(tick), align="center", color=colour("secondary"))
        self.line([across.at(0)] * 2, [top, bottom], zero, 1.0)
        self.text(across.right, bottom + 0.28, title, align="right", color=colour("secondary"))

    def svg(self, name: str) -> str:
        """Return the drawing as SVG text, its identifiers prefixed so that figures can share a page."""
        stream = io.StringIO()
        self.canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
        svg = stream.getvalue()
        svg = svg[svg.index("<svg") :]
        svg = re.sub(r'\bid="', f'id="{name}-', svg)
        return re.sub(r'(url\(#|href="#)', rf"\1{name}-", svg)

    def _add(self, artist: mpl.artist.Artist) -> None:
        artist.set_transform(self._inches)
        self.canvas.add_artist(artist)


@contextmanager
def drawing(height: float) -> Iterator[Drawing]:
    """A drawing of `height` inches in the house style, without pyplot's global state."""
    with mpl.rc_context({**_STYLE, "font.family": _house_style().base.family}):
        yield Drawing(height)


@cache
def _house_style() -> brand.Brand:
    """The brand, its typeface made known to matplotlib, so that text is measured in it."""
    style = brand.read(params.project_root() / "reports" / "quarto")
    for face in style.faces:
        font_manager.fontManager.addfont(fonts.font_file(face))
    return style


def colour(name: str) -> str:
    """Return a colour of the brand as `#RRGGBB`."""
    return _house_style().colors[name]
