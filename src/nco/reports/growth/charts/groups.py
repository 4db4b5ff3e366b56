"""A group beside the country: where its scores lie, and the growth of each third by starting score."""

from collections.abc import Sequence

from nco.base.dutch import capital, count, domain_name, interval, number, pupils, step_short, texts
from nco_utils.errors import ContractError
from nco_utils.tables.columns import THIRDS

from ...blocks import Drawing
from ...drawing import WIDTH, Canvas, Scale
from ..rows import ReportRow
from ..sentences import of_test, value_name
from ..verdicts import CLEAR, COUNTRY, Rule

_LEFT, _RIGHT = 1.36, 3.52  # where the scale stands: over half of the width
_OWN, _NATIONAL = 3.9, 4.28  # where the numbers end
_HEAD, _ROW, _TITLE, _FOOT = 0.32, 0.17, 0.18, 0.22
_QUANTILES = (10, 25, 50, 75, 90)
_REACH = 2.6  # the scale of levels, in distances from the country's middle pupil to its quarter
_BETWEEN = 0.12  # inches between two panels
_LEAST = 1.5  # the scale of differences reaches so far on either side, in standard deviations of school means


def levels(grade: int, results: Sequence[ReportRow]) -> Drawing:
    """Draw the quantiles of the score at the later moment, in every row where the country's pupils lie.

    Every row has its own scale of points; they are laid out so that the middle half of the country's pupils fills the
    same band in all. results: of one jaargroep, each with the middle pupil of the school and the quarters of the
    country.
    """
    words = texts("group_analysis")
    places = [[_place(r, getattr(r, f"level_p{p}")) for p in _QUANTILES] for r in results]
    reach = max([_REACH, *(abs(x) for row in places for x in row if x is not None)]) * 1.04
    across = Scale(-reach, reach, _LEFT, _RIGHT)
    height = _HEAD + _ROW * len(results) + _titles(results) * _TITLE + _FOOT
    sheet, bottom = Canvas(height), height - _FOOT
    sheet.bar(across.at(-1), across.at(1), (_HEAD + bottom) / 2, bottom - _HEAD, "lijn", 0.55)
    sheet.line(_upright(across.at(0), _HEAD, bottom), "landelijk", 1.0)
    sheet.text(across.at(0), 0.1, words["half_of_country"], align="center", name="secondary")
    for text, right in ((words["head_own"], _OWN), (words["head_national"], _NATIONAL)):
        sheet.text(right, 0.25, text, align="right", name="secondary")
    sheet.text(_LEFT, bottom + 0.12, words["axis_low"], name="secondary")
    sheet.text(_RIGHT, bottom + 0.12, words["axis_high"], align="right", name="secondary")
    y, titled = _HEAD, ""
    for result, row in zip(results, places, strict=True):
        y, titled = _titled(sheet, result, y, titled)
        _strip(sheet, across, result, row, y + _ROW / 2, of_test(result, results))
        y += _ROW
    spoken = " ".join(_level_spoken(result, of_test(result, results)) for result in results)
    caption, alt = (words[name].format(grade=grade) for name in ("levels_caption", "levels_alt"))
    return Drawing(f"figuur-niveau-groep-{grade}", sheet.svg(), caption, f"{alt} {spoken}")


def thirds(grade: int, results: Sequence[ReportRow], rule: Rule) -> Drawing:
    """Draw how far the growth of each third lies from that of the same third of the country, a panel a third.

    In standard deviations of school means, so that domains can stand on one scale. results: of one jaargroep, each with
    the country's growth, by step, domain and third.
    """
    words = texts("group_analysis")
    rows = list({(r.step, r.domain, r.scale): r for r in results}.values())
    ends = [end for r in results for end in r.in_sd(COUNTRY) if end is not None]
    reach = max([_LEAST, *map(abs, ends)]) * 1.06
    wide = (WIDTH - _LEFT - _BETWEEN * (len(THIRDS) - 1)) / len(THIRDS)
    begins = [_LEFT + place * (wide + _BETWEEN) for place in range(len(THIRDS))]
    panels = {third: Scale(-reach, reach, left, left + wide) for third, left in zip(THIRDS, begins, strict=True)}
    height = _HEAD + _ROW * len(rows) + _titles(rows) * _TITLE + _FOOT
    sheet, bottom = Canvas(height), height - _FOOT
    for third, across in panels.items():
        sheet.text(across.at(0), 0.2, words["panels"][third], align="center", weight=600)
        sheet.bar(across.at(-rule.band), across.at(rule.band), (_HEAD + bottom) / 2, bottom - _HEAD, "lijn", 0.55)
        sheet.line(_upright(across.at(0), _HEAD, bottom), "landelijk", 1.0)
        sheet.text(across.left, bottom + 0.12, words["axis_less"], name="secondary")
        sheet.text(across.right, bottom + 0.12, words["axis_more"], align="right", name="secondary")
    y, titled = _HEAD, ""
    for row in rows:
        y, titled = _titled(sheet, row, y, titled)
        sheet.text(0, y + _ROW / 2, f"{capital(domain_name(row.domain))}{of_test(row, results)}")
        for result in (r for r in results if (r.step, r.domain, r.scale) == (row.step, row.domain, row.scale)):
            _third(sheet, panels[result.value], result, rule, y + _ROW / 2)
        y += _ROW
    spoken = " ".join(_third_spoken(result, rule, of_test(result, results)) for result in results)
    caption, alt = (words[name].format(grade=grade) for name in ("thirds_caption", "thirds_alt"))
    return Drawing(f"figuur-beginscore-groep-{grade}", sheet.svg(), caption, f"{alt} {spoken}")


def _place(result: ReportRow, score: float | None) -> float | None:
    """Where a score lies: 0 is the country's middle pupil, -1 and 1 are its quarters."""
    if score is None:
        return None
    middle = _known(result.national_level_p50)
    quarter = result.national_level_p75 if score > middle else result.national_level_p25
    return (score - middle) / max(abs(_known(quarter) - middle), 0.1)


def _known(value: float | None) -> float:
    """A figure of a result that is drawn: the chapter chose those that have it."""
    if value is None:
        raise ContractError("A figure of the group analysis lacks a number that it is drawn from.")
    return value


def _titles(results: Sequence[ReportRow]) -> int:
    return len({result.step for result in results})


def _titled(sheet: Canvas, result: ReportRow, y: float, titled: str) -> tuple[float, str]:
    """Write the step above its first row; return where the row begins and the step."""
    step = capital(step_short(result.step))
    if step == titled:
        return y, titled
    sheet.text(0, y + _TITLE * 0.6, step, weight=600)
    return y + _TITLE, step


def _upright(x: float, top: float, bottom: float) -> str:
    at, high, low = (round(each * 72, 2) for each in (x, top, bottom))
    return f"M{at} {high}V{low}"


def _strip(sheet: Canvas, across: Scale, result: ReportRow, row: list[float | None], y: float, test: str = "") -> None:
    sheet.text(0, y, f"{capital(domain_name(result.domain))}{test} ({count(result.n_pupils or 0)})")
    p10, p25, p50, p75, p90 = row
    if p10 is not None and p90 is not None:
        sheet.interval(across.at(p10), across.at(p90), y)
    if p25 is not None and p75 is not None:
        sheet.bar(across.at(p25), across.at(p75), y, 0.09, "eigen-school", 0.7)
    sheet.mark(across.at(_known(p50)), y, "o", "eigen-school")
    sheet.text(_OWN, y, number(_known(result.level_p50)), align="right")
    sheet.text(_NATIONAL, y, number(_known(result.national_level_p50)), align="right", name="secondary")


def _third(sheet: Canvas, across: Scale, result: ReportRow, rule: Rule, y: float) -> None:
    low, high = result.in_sd(COUNTRY)
    if low is None or high is None:
        return
    sheet.interval(across.at(low), across.at(high), y)
    clear = rule.verdict(result, COUNTRY) in CLEAR
    sheet.mark(across.at((low + high) / 2), y, "o", "eigen-school", filled=clear)


def _level_spoken(result: ReportRow, test: str = "") -> str:
    words = texts("group_analysis")
    half = ""
    if result.level_p25 is not None and result.level_p75 is not None:
        half = words["alt_half"].format(half=interval(result.level_p25, result.level_p75))
    return words["alt_level"].format(
        step=capital(step_short(result.step)),
        domain=f"{domain_name(result.domain)}{test}",
        pupils=pupils(result.n_pupils or 0),
        own=number(_known(result.level_p50)),
        national=number(_known(result.national_level_p50)),
        half=half,
    )


def _third_spoken(result: ReportRow, rule: Rule, test: str = "") -> str:
    return texts("group_analysis")["alt_third"].format(
        domain=f"{capital(domain_name(result.domain))}{test}",
        step=step_short(result.step),
        third=value_name(result.trait, result.value),
        own=number(_known(result.mean_growth)),
        national=number(_known(result.national_mean)),
        verdict=texts("group_analysis")["verdicts"][rule.verdict(result, COUNTRY) or "unknown"],
    )
