"""The figures of a report: one visual language, direct labels, never colour alone.

Every function takes figures that may be shown and returns a `Figure` with its caption and alternative
text. The same data give the same bytes: fixed size, no dates, identifiers that follow from the name.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.transforms import blended_transform_factory

from . import brand, fonts, params, wording
from .blocks import Figure
from .dutch import axis_number, capital, domain_name, interval, number, points, pupils, texts
from .slices import Result

WIDTH = 4.8  # inches: narrow enough to stay readable on a phone, wide enough for a page
ROW = 0.42  # inches per bar or dot
HEADROOM = 0.35

# seaborn's "white" look, spelled out: importing seaborn costs a second in every report
_STYLE = {
    "font.size": 9,
    "svg.fonttype": "none",  # text stays text: selectable, searchable, in the page's own font
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "ytick.left": False,
    "svg.hashsalt": "nco",  # the same drawing, the same bytes
    "hatch.linewidth": 1.1,
}


def growth_bars(result: Result) -> Figure:
    """Draw the mean growth of the school, of its reference value and of the country as bars."""
    words, labels = texts("growth"), texts("report")
    bars = [(f"{labels['own_school']} (n = {result.n_pupils})", result.mean_growth, "eigen-school", "")]
    if result.has_reference:
        bars.append((labels["reference"], result.reference, "referentie", "///"))
    bars.append((labels["national"], result.national_mean, "landelijk", ""))
    low, high = result.mean_growth_low, result.mean_growth_high
    with _drawing(len(bars)) as (canvas, axes):
        for row, (_, value, colour, hatch) in enumerate(bars):
            axes.barh(row, value, height=0.62, color=_colour(colour), edgecolor="white", hatch=hatch, linewidth=0)
        axes.errorbar(
            result.mean_growth, 0, xerr=[[result.mean_growth - low], [high - result.mean_growth]], **_whisker()
        )
        first, last = min(low, 0, *(value for _, value, *_ in bars)), max(high, 1, *(value for _, value, *_ in bars))
        for row, (_, value, *_) in enumerate(bars):
            _label(axes, last, row, number(value), gap=10)
        _rows(axes, [label for label, *_ in bars])
        axes.set_xlim(first - 0.02 * (last - first), last + 0.14 * (last - first))
        axes.axvline(0, color=_colour("foreground"), linewidth=0.8)
        axes.spines["bottom"].set_visible(False)
        axes.set_xticks([])
        svg = _svg(canvas, name := f"figuur-groei-{wording.slug(result)}")
    others = " ".join(words["figure_alt_bar"].format(label=label, value=points(value)) for label, value, *_ in bars[1:])
    alt = words["figure_alt"].format(
        growth=points(result.mean_growth), pupils=pupils(result.n_pupils), interval=interval(low, high), others=others
    )
    return Figure(name, svg, words["figure"].format(result=wording.result_words(result)), alt)


def standardised(results: Sequence[Result], band: float) -> Figure | None:
    """Draw standardised growth per result with its interval and the band that reads as about equal.

    None when no result has a standardised growth.
    """
    drawn = [result for result in results if result.standardised is not None]
    if not drawn:
        return None
    words = texts("standardised")
    with _drawing(len(drawn), extra=0.55) as (canvas, axes):
        axes.axvspan(-band, band, color=_colour("lijn"), alpha=0.55, linewidth=0)
        _above(axes, 0, words["figure_band"])
        axes.axvline(0, color=_colour("landelijk"), linewidth=1.4)
        for row, result in enumerate(drawn):
            value, low, high = result.standardised, result.standardised_low, result.standardised_high
            axes.errorbar(
                value, row, xerr=[[value - low], [high - value]], marker="o", markersize=7, **_whisker("eigen-school")
            )
            _label(axes, high, row, number(value, 2))
        _rows(axes, [capital(domain_name(result.domain)) for result in drawn])
        reach = max(1.5, *(abs(end) for r in drawn for end in (r.standardised_low, r.standardised_high)))
        axes.set_xlim(-reach * 1.15, reach * 1.25)
        _axis(axes, words["figure_axis"])
        svg = _svg(canvas, "figuur-gestandaardiseerd")
    spoken = " ".join(
        words["figure_alt_point"].format(
            label=capital(wording.result_words(r)),
            value=number(r.standardised, 2),
            interval=interval(r.standardised_low, r.standardised_high, 2),
        )
        for r in drawn
    )
    return Figure("figuur-gestandaardiseerd", svg, words["figure"], words["figure_alt"].format(points=spoken))


def reference_effect(result: Result) -> Figure:
    """Draw the difference with the predicted reference value, its interval and the shrunken estimate."""
    words = texts("chapter_reference")
    low, high = result.effect_low, result.effect_high
    reach = max(abs(low), abs(high), 1)
    with _drawing(2, extra=0.55) as (canvas, axes):
        axes.axvline(0, color=_colour("referentie"), linewidth=1.8)
        _above(axes, 0, words["figure_zero"])
        _above(axes, -reach * 1.2, words["figure_lower"], "left")
        _above(axes, reach * 1.3, words["figure_higher"], "right")
        margins = [[result.effect - low], [high - result.effect]]
        axes.errorbar(result.effect, 0, xerr=margins, marker="o", markersize=7, **_whisker("eigen-school"))
        axes.plot(result.effect_shrunken, 1, marker="D", markersize=6.5, color=_colour("foreground"))
        _label(axes, high, 0, number(result.effect))
        _label(axes, result.effect_shrunken, 1, number(result.effect_shrunken), gap=8)
        _rows(axes, [words["figure_effect"], words["figure_shrunken"]])
        axes.set_xlim(-reach * 1.2, reach * 1.3)
        _axis(axes, words["figure_axis"])
        svg = _svg(canvas, name := f"figuur-referentie-{wording.slug(result)}")
    alt = words["figure_alt"].format(
        effect=points(result.effect),
        interval=interval(low, high),
        shrunken=points(result.effect_shrunken),
        verdict=wording.reference_sentence(result).replace("**", ""),
    )
    return Figure(name, svg, words["figure"].format(result=wording.result_words(result)), alt)


@contextmanager
def _drawing(rows: int, extra: float = 0.0) -> Iterator[tuple[Canvas, Axes]]:
    """A canvas of `rows` rows in the house style, without pyplot's global state."""
    with mpl.rc_context({**_STYLE, "font.family": _house_style().base.family}):
        canvas = Canvas(figsize=(WIDTH, HEADROOM + extra + ROW * rows), layout="constrained")
        canvas.patch.set_alpha(0)
        axes = canvas.add_subplot()
        axes.patch.set_alpha(0)
        yield canvas, axes


@cache
def _house_style() -> brand.Brand:
    """The brand, its typeface made known to matplotlib, so that text is measured in it."""
    style = brand.read(params.project_root() / "reports" / "quarto")
    for face in style.faces:
        font_manager.fontManager.addfont(fonts.font_file(face))
    return style


def _svg(canvas: Canvas, name: str) -> str:
    """The drawing as SVG text, its identifiers prefixed so that figures can share a page."""
    stream = io.StringIO()
    canvas.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    svg = stream.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    return re.sub(r'(url\(#|href="#)', rf"\1{name}-", svg)


def _whisker(colour: str = "foreground") -> dict:
    return {"color": _colour(colour), "capsize": 3.5, "elinewidth": 1.6, "capthick": 1.6}


def _label(axes: Axes, x: float, y: float, text: str, gap: float = 5) -> None:
    axes.annotate(
        text, (x, y), (gap, 0), textcoords="offset points", va="center", fontweight=600, color=_colour("foreground")
    )


def _above(axes: Axes, x: float, text: str, align: str = "center") -> None:
    place = blended_transform_factory(axes.transData, axes.transAxes)
    axes.text(x, 1.03, text, transform=place, ha=align, va="bottom", fontsize=8, color=_colour("secondary"))


def _rows(axes: Axes, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0, labelcolor=_colour("foreground"))


def _axis(axes: Axes, title: str) -> None:
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: axis_number(value))
    axes.tick_params(axis="x", colors=_colour("secondary"), labelsize=8)
    axes.set_xlabel(title, fontsize=8, color=_colour("secondary"))
    axes.spines["bottom"].set_color(_colour("lijn"))


def _colour(name: str) -> str:
    return _house_style().colors[name]
