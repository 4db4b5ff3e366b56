"""Jaargroep by school year: in every cell where the level lies against the norm, and the growth beside the country."""

from collections.abc import Sequence

from nco.base.dutch import capital, domain_name, listed, texts

from ...blocks import Drawing
from ...drawing import WIDTH, Canvas
from ..norms import Part
from ..rows import ReportRow, step_order
from ..verdicts import COUNTRY, HIGHER, LOWER, SIMILAR, UNSURE, Rule

_LEFT, _WIDEST = 0.88, 1.15  # where the school years begin, and the width of one at most
_HEAD, _TITLE, _ROW = 0.36, 0.2, 0.165
_GAP = 0.035  # inches between two cells
_OF_LEVEL = 0.45  # the part of a cell that the level takes
FEW = 10  # pupils: a cell with fewer has a star
# The mark of each verdict, its colour, whether it is filled, and the tint behind it.
_LOOKS = {
    HIGHER: ("^", "petrol", True, 0.18),
    LOWER: ("v", "brons", True, 0.22),
    SIMILAR: ("s", "secondary", True, 0.12),
    UNSURE: ("o", "secondary", False, 0.0),
}


def grades(parts: Sequence[Part], years: Sequence[str], rule: Rule) -> Drawing:
    """Draw a row for every moment and a column for every school year, domain after domain."""
    words = texts("school_analysis")
    steps = {part.domain: _steps(part, years) for part in parts}
    wide = min(_WIDEST, (WIDTH - _LEFT) / len(years))
    lefts = [_LEFT + wide * place for place in range(len(years))]
    sheet = Canvas(_HEAD + sum(_TITLE + _ROW * len(steps[part.domain]) for part in parts) + 0.03)
    for year, left in zip(years, lefts, strict=True):
        sheet.text(left, 0.1, year, weight=600)
        sheet.text(left, 0.27, words["head_level"], name="secondary")
        sheet.text(left + wide * _OF_LEVEL, 0.27, words["head_growth"], name="secondary")
    y, spoken = _HEAD, []
    for part in parts:
        sheet.text(0, y + _TITLE * 0.55, _titled(part), weight=600)
        y += _TITLE
        for step in steps[part.domain]:
            sheet.text(0, y + _ROW / 2, moment_name(step))
            cells = [part.at(step, year) for year in years]
            for row, left in zip(cells, lefts, strict=True):
                _cell(sheet, part, row, rule, (left, wide - _GAP, y + _ROW / 2))
            y += _ROW
        spoken.append(_spoken(part, steps[part.domain], years, rule))
    return Drawing("figuur-jaargroepen", sheet.svg(), words["grades_caption"], " ".join([words["grades_alt"], *spoken]))


def few(row: ReportRow) -> bool:
    """Whether a figure is of so few pupils that it has a star."""
    return row.n_pupils is not None and row.n_pupils < FEW


def moment_name(step: str) -> str:
    """Return the later moment of a step as a row has it: `Eind groep 5`."""
    moment = step.split("-")[1]
    return capital(texts("report")["moment"].format(moment=texts("moments")[moment[0]], grade=moment[1:]))


def _titled(part: Part) -> str:
    """The domain, with what its levels are compared with."""
    words = texts("school_analysis")
    return words["panel"].format(domain=capital(domain_name(part.domain)), norm=words["norms"][part.norm])


def _steps(part: Part, years: Sequence[str]) -> list[str]:
    """The steps of which the reports of these years say anything, in the order of the grades."""
    told = {row.step for row in part.rows if row.school_year in years and row.status in ("shown", "hidden")}
    return sorted(told, key=step_order)


def _cell(sheet: Canvas, part: Part, row: ReportRow | None, rule: Rule, place: tuple[float, float, float]) -> None:
    words, (left, wide, y) = texts("school_analysis"), place
    if row is None or not row.shown:
        hidden = row is not None and row.status == "hidden"
        sheet.text(left + 0.03, y, words["cell_hidden" if hidden else "cell_none"], name="secondary")
        return
    star = "*" if few(row) else ""
    half = wide * _OF_LEVEL
    _half(sheet, (left, left + half - 0.01, y), part.verdict(row), words["level_short"], "")
    _half(sheet, (left + half, left + wide, y), rule.verdict(row, COUNTRY), words["growth_short"], star)


def _half(sheet: Canvas, place: tuple[float, float, float], verdict: str | None, words: dict, star: str) -> None:
    left, right, y = place
    if verdict is None:
        sheet.text(left + 0.03, y, f"{words['unknown']}{star}", name="secondary")
        return
    shape, colour, filled, tint = _LOOKS[verdict]
    if tint:
        sheet.bar(left, right, y, _ROW - 0.025, colour, tint)
    sheet.mark(left + 0.065, y, shape, colour, 5, filled=filled)
    sheet.text(left + 0.135, y, f"{words[verdict]}{star}")


def _spoken(part: Part, steps: Sequence[str], years: Sequence[str], rule: Rule) -> str:
    words, told = texts("school_analysis"), []
    for step in steps:
        cells = [words["alt_year"].format(year=year, cell=_said(part, part.at(step, year), rule)) for year in years]
        told.append(words["alt_row"].format(moment=moment_name(step), cells=listed(cells)))
    return f"{_titled(part)}. {' '.join(told)}"


def _said(part: Part, row: ReportRow | None, rule: Rule) -> str:
    words = texts("school_analysis")
    if row is None or not row.shown:
        return words["alt_hidden" if row is not None and row.status == "hidden" else "alt_none"]
    level = words["level_words"][part.verdict(row) or "unknown"]
    growth = words["growth_words"][rule.verdict(row, COUNTRY) or "unknown"]
    return words["alt_cell"].format(level=level, growth=growth)
