"""Growth of every cohort of a domain through the years: the school's with its interval, and the country's."""

import itertools
from collections.abc import Sequence

from nco.base.dutch import axis_number, domain_name, interval, number, pupils, texts

from ...blocks import Drawing
from ...drawing import Canvas, around_zero
from ...growth.sentences import domain_slug
from ..slices import Shift

_LEFT, _RIGHT = 0.62, 4.25  # where the years stand
_TOP, _BOTTOM = 0.06, 1.13
_YEARS, _OWN, _NATIONAL, _HEIGHT = 1.28, 1.46, 1.62, 1.72  # the rows below it
_CAP = 0.035


def cohorts(domain: str, years: Sequence[Shift], affected: str) -> Drawing:
    """Draw growth of each cohort, the oldest first; that of the closures in bold."""
    ends = [end for row in years for end in (row.shift, row.shift_low, row.shift_high, row.national)]
    up = around_zero(ends, _BOTTOM, _TOP, 1)  # upwards is more, so the scale runs from the foot to the head
    sheet, words = Canvas(_HEIGHT), texts("covid")
    for tick in up.ticks:
        sheet.line(_path((_LEFT, up.at(tick)), (_RIGHT, up.at(tick))), "foreground" if tick == 0 else "lijn", 0.7)
        sheet.text(_LEFT - 0.06, up.at(tick), axis_number(tick), align="right", name="secondary")
    _heads(sheet)
    width = (_RIGHT - _LEFT) / len(years)
    places = [_LEFT + width * (place + 0.4) for place in range(len(years))]
    of_country = [(x + 0.1, up.at(row.national)) for x, row in zip(places, years, strict=True)]
    for one, other in itertools.pairwise(of_country):
        sheet.line(_path(one, other), "landelijk", 0.8)
    for (x, y), own, row in zip(of_country, places, years, strict=True):
        sheet.mark(x, y, "s", "landelijk", 4.5)
        sheet.line(
            "".join(
                _path((own - _CAP, up.at(end)), (own + _CAP, up.at(end))) for end in (row.shift_low, row.shift_high)
            )
        )
        sheet.line(_path((own, up.at(row.shift_low)), (own, up.at(row.shift_high))))
        sheet.mark(own, up.at(row.shift), "o", "eigen-school", filled=False)
        weight = 600 if row.school_year == affected else 400
        sheet.text(own, _OWN, number(row.shift), align="center", weight=weight)
        sheet.text(own, _NATIONAL, number(row.national), align="center")
        sheet.text(own, _YEARS, row.school_year, align="center", weight=weight)
        sheet.says(0, _HEIGHT, _say(row), own - width / 2, own + width / 2)
    named = {"domain": domain_name(domain)}
    alt = words["years_alt"].format(**named, years=" ".join(map(_say, years)))
    return Drawing(f"figuur-cohorten-{domain_slug(domain)}", sheet.svg(), words["years_figure"].format(**named), alt)


def _heads(sheet: Canvas) -> None:
    """What the marks are, before the numbers of each."""
    words = texts("covid")
    for text, y, shape, name, filled in (
        ("head_own", _OWN, "o", "eigen-school", False),
        ("head_national", _NATIONAL, "s", "landelijk", True),
    ):
        sheet.mark(0.04, y, shape, name, 5, filled=filled)
        sheet.text(0.12, y, words[text], name="secondary")


def _path(start: tuple[float, float], end: tuple[float, float]) -> str:
    return "M{:.2f} {:.2f}L{:.2f} {:.2f}".format(*(72 * place for place in (*start, *end)))


def _say(row: Shift) -> str:
    return texts("covid")["alt_year"].format(
        year=row.school_year,
        value=number(row.shift),
        n=pupils(row.n_pupils),
        interval=interval(row.shift_low, row.shift_high),
        national=number(row.national),
    )
