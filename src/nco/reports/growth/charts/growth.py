"""Mean growth per step: bars of the school in two cohorts, with the reference value and the country as marks."""

from collections.abc import Sequence

from nco.base.dutch import capital, count, domain_name, interval, number, points, pupils, step_short, texts

from ...blocks import Drawing
from ...drawing import Canvas, Scale, scale
from ..rows import ReportRow, step_order
from ..sentences import domain_slug

_LEFT, _RIGHT = 1.32, 2.44  # where the bars stand
_PUPILS, _OWN, _REFERENCE, _NATIONAL = 2.74, 3.34, 3.92, 4.28  # where the numbers end
_HEAD, _ROW, _GAP, _FOOT = 0.38, 0.19, 0.07, 0.4


def bars(domain: str, results: Sequence[ReportRow]) -> Drawing:
    """Draw the mean growth of every step of a domain, the newest cohort first.

    results: all pupils of the school, of one or two cohorts, each of which may be shown.
    """
    steps = {step: _newest_first(results, step) for step in sorted({r.step for r in results}, key=step_order)}
    reference = any(result.has_reference for result in results)
    national = any(result.national_mean is not None for result in results)
    newest = max(result.school_year for result in results)
    earlier = any(result.school_year != newest for result in results)
    height = _HEAD + sum(_ROW * len(rows) + _GAP for rows in steps.values()) + _FOOT
    ends = [getattr(r, name) for r in results for name in ("mean_growth", "mean_growth_low", "mean_growth_high")]
    ends += [value for r in results for value in (r.reference, r.national_mean)]
    across = scale(ends, _LEFT, _RIGHT)
    sheet = Canvas(height)
    _heads(sheet, reference, national)
    sheet.axis(across, _HEAD, height - _FOOT, texts("growth")["axis"])
    y = _HEAD
    for rows in steps.values():
        for result in rows:
            _row(sheet, across, result, y + _ROW / 2, old=result.school_year != newest)
            y += _ROW
        y += _GAP
    words = texts("growth")
    spoken = " ".join(_spoken(result) for rows in steps.values() for result in rows)
    return Drawing(
        f"figuur-groei-{domain_slug(domain)}",
        sheet.svg(),
        words["caption"].format(domain=domain_name(domain)) + (words["caption_earlier"] if earlier else ""),
        words["alt"].format(domain=domain_name(domain), steps=spoken),
    )


def _newest_first(results: Sequence[ReportRow], step: str) -> list[ReportRow]:
    return sorted((r for r in results if r.step == step), key=lambda r: r.school_year, reverse=True)


def _heads(sheet: Canvas, reference: bool, national: bool) -> None:
    """The names of the marks above the numbers: they are the legend."""
    words = texts("growth")
    heads = [(words["head_own"], _OWN, "s", "eigen-school")]
    sheet.text(_PUPILS, 0.28, words["head_pupils"], align="right", name="secondary")
    if reference:
        heads.append((words["head_reference"], _REFERENCE, "D", "referentie"))
    if national:
        heads.append((words["head_national"], _NATIONAL, "|", "landelijk"))
    for text, right, shape, name in heads:
        sheet.text(right, 0.28, text, align="right", name="secondary")
        sheet.mark(right - 0.06, 0.1, shape, name, 5.5)


def _row(sheet: Canvas, across: Scale, result: ReportRow, y: float, old: bool) -> None:
    name = texts("growth")["earlier"] if old else capital(step_short(result.step))
    sheet.text(0, y, name, name="secondary" if old else "foreground", weight=400 if old else 600)
    sheet.text(_PUPILS, y, count(result.n_pupils), align="right", name="secondary")
    sheet.bar(across.at(0), across.at(result.mean_growth), y, 0.15, "eigen-school", opacity=0.45 if old else 1)
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
