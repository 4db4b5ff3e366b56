"""The difference with the years before: of every step of a domain, or of the domains, beside the country's."""

from collections.abc import Sequence
from dataclasses import dataclass

from nco.base.dutch import capital, count, domain_name, interval, number, pupils, step_code, texts

from ...blocks import Drawing
from ...drawing import Canvas, Scale, around_zero
from ...growth.sentences import domain_slug
from ...growth.verdicts import CLEAR, Rule
from ..slices import Delay

_LEFT, _RIGHT = 1.0, 3.16  # where the differences stand
_PUPILS, _OWN, _NATIONAL = 3.44, 3.86, 4.28  # where the numbers end
_LEGEND, _HEAD, _ROW, _FOOT = 0.09, 0.24, 0.27, 0.42
_BELOW = 0.1  # of a line stands its careful estimate: nothing covers a mark


@dataclass(frozen=True)
class _Row:
    label: str
    figure: Delay
    clear: bool
    strong: bool


def of_steps(domain: str, steps: Sequence[Delay], whole: Delay, affected: str, rule: Rule) -> Drawing:
    """Draw every shown step of a domain, and all of them together."""
    words = texts("covid")
    rows = [_Row(step_code(row.step), row, _clear(row, rule), False) for row in steps]
    rows.append(_Row(words["all_steps"], whole, _clear(whole, rule), True))
    caption = words["steps_figure"].format(domain=domain_name(domain), affected=affected)
    alt = words["steps_alt"].format(domain=domain_name(domain), rows=_spoken(rows))
    return Drawing(f"figuur-verschil-{domain_slug(domain)}", _draw(rows), _careful(caption, rows), alt)


def of_domains(domains: Sequence[Delay], affected: str, rule: Rule) -> Drawing:
    """Draw each domain, all its steps together."""
    words = texts("covid")
    rows = [_Row(capital(domain_name(row.domain)), row, _clear(row, rule), False) for row in domains]
    caption = words["size_figure"].format(affected=affected)
    return Drawing("figuur-omvang", _draw(rows), _careful(caption, rows), words["size_alt"].format(rows=_spoken(rows)))


def _clear(row: Delay, rule: Rule) -> bool:
    return rule.verdict(row, "delay") in CLEAR


def _careful(caption: str, rows: Sequence[_Row]) -> str:
    known = any(row.figure.delay_shrunken is not None for row in rows)
    return caption + (texts("covid")["careful"] if known else "")


def _draw(rows: Sequence[_Row]) -> str:
    height = _HEAD + _ROW * len(rows) + _FOOT
    names = ("delay", "delay_low", "delay_high", "delay_shrunken", "national")
    across = around_zero([getattr(row.figure, name) for row in rows for name in names], _LEFT, _RIGHT, 2)
    sheet, words = Canvas(height), texts("covid")
    x = 0.0
    for text, right, shape, name in (
        ("head_own", _OWN, "o", "eigen-school"),
        ("head_national", _NATIONAL, "|", "landelijk"),
    ):
        sheet.mark(x + 0.05, _LEGEND, shape, name, 5.5)
        sheet.text(x + 0.15, _LEGEND, words[text], name="secondary")
        sheet.mark(right - 0.1, _LEGEND, shape, name, 5.5)
        x += 0.35 + 0.058 * len(words[text])
    sheet.text(_PUPILS, _LEGEND, words["head_pupils"], align="right", name="secondary")
    sheet.axis(across, _HEAD, height - _FOOT, words["axis"])
    for place, row in enumerate(rows):
        y = _HEAD + _ROW * (place + 0.5)
        _line(sheet, across, row, y)
        sheet.says(y - _ROW / 2, y + _ROW / 2, _say(row))
    return sheet.svg()


def _line(sheet: Canvas, across: Scale, row: _Row, y: float) -> None:
    figure, weight = row.figure, 600 if row.strong else 400
    sheet.text(0, y, row.label, weight=weight)
    sheet.text(_PUPILS, y, count(figure.n_affected or 0), align="right", name="secondary")
    sheet.text(_OWN, y, number(figure.delay or 0.0), align="right", weight=600)
    if figure.national is not None:
        sheet.mark(across.at(figure.national), y, "|", "landelijk", 8)
        sheet.text(_NATIONAL, y, number(figure.national), align="right")
    if figure.delay_low is not None and figure.delay_high is not None:
        sheet.interval(across.at(figure.delay_low), across.at(figure.delay_high), y)
    if figure.delay_shrunken is not None:
        sheet.mark(across.at(figure.delay_shrunken), y + _BELOW, "^", "eigen-school", 4.5, filled=False)
    sheet.mark(across.at(figure.delay or 0.0), y, "s" if row.strong else "o", "eigen-school", filled=row.clear)


def _spoken(rows: Sequence[_Row]) -> str:
    return " ".join(map(_say, rows))


def _say(row: _Row) -> str:
    words, figure = texts("covid"), row.figure
    careful = (
        words["alt_careful"].format(value=number(figure.delay_shrunken)) if figure.delay_shrunken is not None else ""
    )
    national = words["alt_national"].format(value=number(figure.national)) if figure.national is not None else ""
    return words["alt_row"].format(
        label=row.label,
        value=number(figure.delay or 0.0),
        n=pupils(figure.n_affected or 0),
        interval=interval(figure.delay_low, figure.delay_high),
        careful=careful,
        national=national,
    )
