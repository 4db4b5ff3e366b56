"""Four fields: how far the level of every jaargroep lies from the norm, and how its growth lies to the country's."""

from collections.abc import Sequence

from nco.base.dutch import axis_number, capital, domain_name, interval, texts

from ... import labels
from ...blocks import Drawing
from ...drawing import WIDTH, Canvas, around_zero
from ..norms import Part
from ..rows import ReportRow
from ..verdicts import CLEAR, COUNTRY, HIGHER, LOWER, Rule
from .cohorts import path

_LEFT, _RIGHT = 0.42, WIDTH - 0.04
_TITLE, _EDGE, _PLOT, _FOOT, _BETWEEN = 0.2, 0.15, 1.2, 0.15, 0.08
_PANEL = _TITLE + 2 * _EDGE + _PLOT + _FOOT + _BETWEEN
_LEAST, _LEAST_SD = 3.0, 1.5  # points and standard deviations on either side, at least
_CAP = 0.03


def fields(parts: Sequence[tuple[Part, Sequence[ReportRow]]], rule: Rule) -> Drawing:
    """Draw a panel a domain, with a point a jaargroep: the rows that come with it, each with level, norm and growth.

    Growth is in standard deviations of school means, so that the band of what is about equal is one for all.
    """
    words = texts("school_analysis")
    sheet, top, spoken = Canvas(len(parts) * _PANEL), 0.0, []
    for part, rows in parts:
        _panel(sheet, part, rows, rule, top)
        top += _PANEL
        spoken += [_spoken(part, row, rule) for row in rows]
    alt = " ".join([words["fields_alt"], *spoken])
    return Drawing("figuur-vier-velden", sheet.svg(), words["fields_caption"], alt)


def _panel(sheet: Canvas, part: Part, rows: Sequence[ReportRow], rule: Rule, top: float) -> None:
    words = texts("school_analysis")
    title = words["panel"].format(domain=capital(domain_name(part.domain)), norm=words["norms"][part.norm])
    sheet.text(0, top + _TITLE * 0.5, title, weight=600)
    high = top + _TITLE + _EDGE
    low = high + _PLOT
    across = around_zero([end for row in rows for end in part.apart(row) or ()], _LEFT, _RIGHT, _LEAST)
    up = around_zero([end for row in rows for end in row.in_sd(COUNTRY)], low, high, _LEAST_SD)
    for growth, y in ((HIGHER, high - 0.08), (LOWER, low + _FOOT + 0.09)):
        for level, x, align in ((LOWER, _LEFT, "left"), (HIGHER, _RIGHT, "right")):
            sheet.text(x, y, words["corners"][f"{level}_{growth}"], align=align, name="secondary")
    middle = (up.at(-rule.band) + up.at(rule.band)) / 2
    sheet.bar(_LEFT, _RIGHT, middle, up.at(-rule.band) - up.at(rule.band), "lijn", 0.55)
    for tick in across.ticks:
        if tick:
            sheet.line(path((across.at(tick), high), (across.at(tick), low)), "lijn", 0.7)
        sheet.text(across.at(tick), low + 0.08, axis_number(tick), align="center", name="secondary")
    for tick in up.ticks:
        if tick == round(tick):
            sheet.text(_LEFT - 0.06, up.at(tick), axis_number(tick), align="right", name="secondary")
    sheet.line(path((across.at(0), high), (across.at(0), low)), "foreground", 1.0)
    sheet.line(path((_LEFT, up.at(0)), (_RIGHT, up.at(0))), "landelijk", 1.0)
    marks, lines, named = [], [], []
    for row in rows:
        left, right = (across.at(end) for end in part.apart(row) or ())
        bottom, head = (up.at(end) for end in _ends(row))
        x, y = (left + right) / 2, (bottom + head) / 2
        caps = "".join(path((x - _CAP, end), (x + _CAP, end)) for end in (bottom, head))
        sheet.line(caps + path((x, bottom), (x, head)) + path((left, y), (right, y)), "foreground", 0.8)
        both = part.verdict(row) in CLEAR and rule.verdict(row, COUNTRY) in CLEAR
        sheet.mark(x, y, "o", "eigen-school", filled=both)
        marks.append(labels.mark(x, y))
        lines += [labels.Box(x - 0.01, head, x + 0.01, bottom), labels.Box(left, y - 0.01, right, y + 0.01)]
        named.append(labels.Label(x, y, row.moment))
    labels.write(sheet, named, marks, lines, labels.Box(_LEFT, high, _RIGHT, low))


def drawable(part: Part, row: ReportRow) -> bool:
    """Whether a row has all that its point is drawn from."""
    return part.apart(row) is not None and None not in row.in_sd(COUNTRY)


def _ends(row: ReportRow) -> tuple[float, float]:
    low, high = row.in_sd(COUNTRY)
    return low or 0.0, high or 0.0


def _spoken(part: Part, row: ReportRow, rule: Rule) -> str:
    words = texts("school_analysis")
    return words["alt_field"].format(
        domain=capital(domain_name(part.domain)),
        grade=row.grade,
        ends=interval(*(part.apart(row) or ())),
        level=words["level_words"][part.verdict(row) or "unknown"],
        growth=words["growth_words"][rule.verdict(row, COUNTRY) or "unknown"],
    )
