"""A domain through the school years: all steps of each year together, and those of all years."""

from collections.abc import Sequence

from nco.base.dutch import axis_number, domain_name, interval, number, texts

from ...blocks import Drawing
from ...drawing import Canvas, Scale, around_zero
from ..rows import Overall, Year
from ..sentences import domain_slug, unit
from ..verdicts import CLEAR, REFERENCE, Rule

_LEFT, _RIGHT = 0.45, 4.25  # where the years stand
_TOP, _BOTTOM, _HEIGHT = 0.06, 0.75, 0.9
_CAP = 0.035
_Ends = tuple[float, float, float]  # a difference, and the ends of its interval


def trend(domain: str, years: Sequence[Year], together: Overall, measure: str, rule: Rule) -> Drawing:
    """Draw the difference with the reference value, or the country, of every school year and of all together.

    years: two or more, the oldest first, each with the measure.
    """
    points = [(each.school_year, _ends(each, measure)) for each in years]
    whole = _ends(together, measure)
    # Upwards is more, so the scale runs from the foot to the head.
    least, places_of = (1.0, 1) if together.in_points else (0.5, 2)
    up = around_zero([end for _, ends in (*points, ("", whole)) for end in ends], _BOTTOM, _TOP, least)
    width = (_RIGHT - _LEFT) / (len(points) + 1)
    places = [_LEFT + width * (n + 0.35) for n in range(len(points) + 1)]
    sheet = Canvas(_HEIGHT)
    for tick in up.ticks:
        name = ("foreground" if measure == REFERENCE else "landelijk") if tick == 0 else "lijn"
        sheet.line(_path((_LEFT, up.at(tick)), (_RIGHT, up.at(tick))), name, 1.0 if tick == 0 else 0.7)
        sheet.text(_LEFT - 0.06, up.at(tick), axis_number(tick), align="right", name="secondary")
    for (year, ends), x in zip([*points, (texts("trend")["together"], whole)], places, strict=True):
        sheet.says(0, _HEIGHT, _spoken(year, ends, places_of), x - width / 2, x + width / 2)
    for (year, ends), x in zip(points, places, strict=False):
        _point(sheet, up, x, ends, "o", places_of, filled=False)
        sheet.text(x, _HEIGHT - 0.08, year, align="center", name="secondary")
    words = texts("trend")
    clear = rule.verdict(together, measure) in CLEAR
    _point(sheet, up, places[-1], whole, "s", places_of, filled=clear)
    sheet.text(places[-1], _HEIGHT - 0.08, words["together"], align="center", weight=600)
    spoken = " ".join(_spoken(year, ends, places_of) for year, ends in (*points, (words["together"], whole)))
    named = {"domain": domain_name(domain), "compared": words[measure], "unit": unit([together])}
    return Drawing(
        f"figuur-verloop-{domain_slug(domain)}",
        sheet.svg(),
        words["caption"].format(**named),
        words["alt"].format(**named, years=spoken),
    )


def _ends(figure: Year | Overall, measure: str) -> _Ends:
    """A difference with its interval."""
    value, low, high = (getattr(figure, f"{measure}{end}") for end in ("", "_low", "_high"))
    return value, low, high


def _point(sheet: Canvas, up: Scale, x: float, ends: _Ends, shape: str, decimals: int, filled: bool) -> None:
    value, low, high = ends
    caps = "".join(_path((x - _CAP, up.at(end)), (x + _CAP, up.at(end))) for end in (low, high))
    sheet.line(caps + _path((x, up.at(low)), (x, up.at(high))))
    sheet.mark(x, up.at(value), shape, "eigen-school", filled=filled)
    sheet.text(x + 0.07, up.at(value) - 0.075, number(value, decimals), weight=600 if shape == "s" else 400)


def _path(start: tuple[float, float], end: tuple[float, float]) -> str:
    return "M{:.2f} {:.2f}L{:.2f} {:.2f}".format(*(72 * place for place in (*start, *end)))


def _spoken(label: str, ends: _Ends, decimals: int) -> str:
    value, low, high = ends
    told = {"value": number(value, decimals), "interval": interval(low, high, decimals)}
    return texts("trend")["alt_year"].format(year=label, **told)
