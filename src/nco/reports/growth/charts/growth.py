"""Mean growth per step: bars of the school in two cohorts, with the reference value and the country as marks."""

from collections.abc import Sequence

from nco.base.dutch import capital, count, domain_name, interval, number, points, pupils, step_code, step_short, texts

from ...blocks import Drawing
from ...drawing import Canvas, Scale, scale
from ..rows import ReportRow, step_order
from ..sentences import domain_slug

_LEFT, _RIGHT = 0.78, 3.0  # where the bars stand: half the width
_PUPILS, _OWN, _REFERENCE, _NATIONAL = 3.26, 3.62, 3.96, 4.28  # where the numbers end
_LEGEND, _HEAD, _FOOT = 0.09, 0.22, 0.24
_MOST_ROOMY = 12  # rows: with more they are set closer, so that ten steps of two cohorts leave room on their page
_ROOMY, _CLOSE = (0.19, 0.08), (0.135, 0.03)  # a row, and what is between two steps


def bars(domain: str, results: Sequence[ReportRow], test: str = "") -> Drawing:
    """Draw the mean growth of every step of a domain, the newest cohort first.

    results: all pupils of the school by one test, of one or two cohorts, each of which may be shown. test: for the name
    of the figure, where a domain has several.
    """
    steps = {step: _newest_first(results, step) for step in sorted({r.step for r in results}, key=step_order)}
    newest = max(result.school_year for result in results)
    row, gap = _ROOMY if len(results) <= _MOST_ROOMY else _CLOSE
    height = _HEAD + sum(row * len(rows) + gap for rows in steps.values()) + _FOOT
    ends = [getattr(r, name) for r in results for name in ("mean_growth", "mean_growth_low", "mean_growth_high")]
    ends += [value for r in results for value in (r.reference, r.national_mean)]
    across = scale(ends, _LEFT, _RIGHT)
    sheet = Canvas(height)
    _heads(sheet, results)
    sheet.axis(across, _HEAD, height - _FOOT, "")
    y = _HEAD + gap / 2
    for rows in steps.values():
        for result in rows:
            _row(sheet, across, result, y + row / 2, row * 0.72, old=result.school_year != newest)
            sheet.says(y, y + row, _spoken(result))
            y += row
        y += gap
    words, first = texts("growth"), next(iter(steps))
    spoken = " ".join(_spoken(result) for rows in steps.values() for result in rows)
    return Drawing(
        f"figuur-groei-{domain_slug(domain)}" + (f"-{test}" if test else ""),
        sheet.svg(),
        words["caption_test" if test else "caption"].format(
            domain=domain_name(domain), step=step_code(first), words=step_short(first)
        ),
        words["alt"].format(domain=domain_name(domain), steps=spoken),
    )


def _newest_first(results: Sequence[ReportRow], step: str) -> list[ReportRow]:
    return sorted((r for r in results if r.step == step), key=lambda r: r.school_year, reverse=True)


def _heads(sheet: Canvas, results: Sequence[ReportRow]) -> None:
    """What the marks are, above the plot, and on the same line the mark above each column of numbers."""
    words = texts("growth")
    heads = [("head_own", _OWN, "s", "eigen-school")]
    if any(result.has_reference for result in results):
        heads.append(("head_reference", _REFERENCE, "D", "referentie"))
    if any(result.national_mean is not None for result in results):
        heads.append(("head_national", _NATIONAL, "|", "landelijk"))
    x = _LEFT + 0.06
    for text, right, shape, name in heads:
        sheet.mark(x, _LEGEND, shape, name, 5.5)
        sheet.text(x + 0.1, _LEGEND, words[text], name="secondary")
        sheet.mark(right - 0.1, _LEGEND, shape, name, 5.5)
        x += 0.3 + 0.058 * len(words[text])
    sheet.text(_PUPILS, _LEGEND, words["head_pupils"], align="right", name="secondary")


def _row(sheet: Canvas, across: Scale, result: ReportRow, y: float, thick: float, old: bool) -> None:
    name = texts("growth")["earlier"] if old else step_code(result.step)
    sheet.text(0, y, name, name="secondary" if old else "foreground", weight=400 if old else 600)
    sheet.text(_PUPILS, y, count(result.n_pupils), align="right", name="secondary")
    sheet.bar(across.at(0), across.at(result.mean_growth), y, thick, "eigen-school", opacity=0.45 if old else 1)
    if result.mean_growth_low is not None:
        sheet.interval(across.at(result.mean_growth_low), across.at(result.mean_growth_high), y)
    if result.has_reference:
        sheet.mark(across.at(result.reference), y, "D", "referentie", 5.5)
        sheet.text(_REFERENCE, y, number(result.reference), align="right")
    if result.national_mean is not None:
        sheet.mark(across.at(result.national_mean), y, "|", "landelijk", 11)
        sheet.text(_NATIONAL, y, number(result.national_mean), align="right")
    sheet.text(_OWN, y, number(result.mean_growth), align="right", weight=400 if old else 600)


def _spoken(result: ReportRow) -> str:
    words = texts("growth")
    step, year = capital(step_short(result.step)), result.school_year
    others = words["alt_reference"].format(value=number(result.reference)) if result.has_reference else ""
    if result.national_mean is not None:
        others += words["alt_national"].format(value=number(result.national_mean))
    return words["alt_step"].format(
        step=step,
        year=year,
        growth=points(result.mean_growth),
        pupils=pupils(result.n_pupils),
        interval=interval(result.mean_growth_low, result.mean_growth_high),
        others=others,
    )
