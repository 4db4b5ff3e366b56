"""Cohorts through the grades: how far the level of the same pupils lies from the norm, from moment to moment."""

from collections.abc import Sequence
from itertools import pairwise

from nco.base.dutch import axis_number, capital, domain_name, interval, listed, texts
from nco_utils.steps import STEPS

from ... import labels
from ...blocks import Drawing
from ...drawing import WIDTH, Canvas, Scale, scale
from ..norms import Part, steps_left
from ..rows import ReportRow, step_order
from .grades import moment_name

_LEFT, _RIGHT = 0.42, 3.08  # where the first and the last moment stand; names of cohorts end at the edge
_TITLE, _PANEL, _FOOT, _BETWEEN = 0.2, 1.45, 0.2, 0.08
_LEAST = 6.0  # points from the foot to the head, at least
Line = tuple[int, list[ReportRow]]  # the school year in which the pupils were in groep 0, as a number, and the steps


def lines(part: Part) -> list[Line]:
    """Return the cohorts with two moments or more, the youngest pupils first, each with its steps in order."""
    found: dict[int, list[ReportRow]] = {}
    for row in part.rows:
        if row.shown and part.apart(row) is not None:
            found.setdefault(int(row.school_year[:4]) - row.grade, []).append(row)
    ordered = {cohort: sorted(rows, key=lambda row: step_order(row.step)) for cohort, rows in found.items()}
    return [(cohort, ordered[cohort]) for cohort in sorted(ordered, reverse=True) if len(ordered[cohort]) > 1]


def cohorts(parts: Sequence[Part], newest: str) -> Drawing:
    """Draw a panel a domain: the norm is the level line, and every cohort a line with the range of its levels."""
    words = texts("school_analysis")
    height = len(parts) * (_TITLE + _PANEL + _FOOT + _BETWEEN)
    sheet, top, spoken = Canvas(height), 0.0, []
    for part in parts:
        _panel(sheet, part, newest, top)
        top += _TITLE + _PANEL + _FOOT + _BETWEEN
        spoken.append(_spoken(part, newest))
    alt = " ".join([words["cohorts_alt"], *spoken])
    return Drawing("figuur-cohorten", sheet.svg(), words["cohorts_caption"], alt)


def _panel(sheet: Canvas, part: Part, newest: str, top: float) -> None:
    words, found = texts("school_analysis"), lines(part)
    title = words["panel"].format(domain=capital(domain_name(part.domain)), norm=words["norms"][part.norm])
    sheet.text(0, top + _TITLE * 0.5, title, weight=600)
    high, low = top + _TITLE, top + _TITLE + _PANEL
    ends = [end for _, rows in found for row in rows for end in part.apart(row) or ()]
    up = scale(ends, low, high, _LEAST)
    at = [-steps_left(row) for _, rows in found for row in rows]
    across = Scale(min(at), max(max(at), min(at) + 1), _LEFT + 0.1, _RIGHT)
    for tick in up.ticks:
        name, width = ("landelijk", 1.2) if tick == 0 else ("lijn", 0.7)
        sheet.line(path((_LEFT, up.at(tick)), (_RIGHT + 0.1, up.at(tick))), name, width)
        sheet.text(_LEFT - 0.06, up.at(tick), axis_number(tick), align="right", name="secondary")
    for place in range(min(at), max(at) + 1):
        sheet.text(across.at(place), low + 0.1, _moment(place), align="center", name="secondary")
    marks, segments, named = [], [], []
    for _, rows in found:
        now = rows[-1].school_year == newest
        points = [(across.at(-steps_left(row)), *(up.at(end) for end in part.apart(row) or ())) for row in rows]
        middles = [(x, (one + other) / 2) for x, one, other in points]
        colour = "eigen-school" if now else "secondary"
        sheet.line("".join(path(here, there) for here, there in pairwise(middles)), colour, 1.2)
        for x, one, other in points:
            sheet.line(path((x, one), (x, other)), colour, 0.8)
        for x, y in middles:
            sheet.mark(x, y, "o" if now else "s", colour, 5, filled=now)
        marks += [labels.mark(*middle) for middle in middles]
        segments += [_around(*ends) for ends in pairwise(middles)]
        named.append(labels.Label(*middles[-1], _name(rows[-1], now), "foreground" if now else "secondary"))
    edge = labels.Box(_LEFT, high, WIDTH, low)
    labels.write(sheet, named, marks, segments, edge)


def path(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Return a line between two places, in inches, as the attribute `d` of SVG has it."""
    return "M{:.2f} {:.2f}L{:.2f} {:.2f}".format(*(72 * place for place in (*start, *end)))


def _around(start: tuple[float, float], end: tuple[float, float]) -> labels.Box:
    """The middle of a line between two marks: nearly all that a name beside it could cross."""
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    wide, high = abs(end[0] - start[0]) / 4, max(abs(end[1] - start[1]) / 4, 0.02)
    return labels.Box(x - wide, y - high, x + wide, y + high)


def _moment(place: int) -> str:
    """The code of a moment by how many steps come after it, as a negative number."""
    years, rest = divmod(-place, len(STEPS.ends))
    return f"{STEPS.ends[len(STEPS.ends) - 1 - rest]}{STEPS.last_grade - years}"


def _name(last: ReportRow, now: bool) -> str:
    words = texts("school_analysis")
    return words["cohort_now" if now else "cohort_then"].format(grade=last.grade, year=last.school_year)


def _spoken(part: Part, newest: str) -> str:
    words, told = texts("school_analysis"), []
    for _, rows in lines(part):
        points = listed(
            words["alt_point"].format(moment=moment_name(row.step).lower(), ends=interval(*(part.apart(row) or ())))
            for row in rows
        )
        now = rows[-1].school_year == newest
        told.append(words["alt_cohort"].format(cohort=capital(_name(rows[-1], now)), points=points))
    title = words["panel"].format(domain=capital(domain_name(part.domain)), norm=words["norms"][part.norm])
    return f"{title}. {' '.join(told)}"
