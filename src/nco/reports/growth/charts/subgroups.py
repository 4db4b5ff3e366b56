"""Growth of groups of pupils side by side, each beside the same group of the country."""

from collections.abc import Sequence

from nco.base.dutch import capital, count, domain_name, number, points, pupils, step_short, texts

from ...blocks import Drawing
from ...drawing import Canvas, Scale, scale
from ..rows import ReportRow
from ..sentences import domain_slug, value_name

_SHAPES = ("o", "s", "^", "D")
_GROUP, _LEFT, _RIGHT = 1.3, 2.2, 3.5  # where a group's name begins, and where the scale stands
_PUPILS, _OWN = 3.78, 4.28  # where the numbers end
_HEAD, _ROW, _GAP, _FOOT = 0.22, 0.17, 0.07, 0.4  # ten steps of three groups fit on a page


def parts(domain: str, trait: str, results: Sequence[ReportRow]) -> Drawing:
    """Draw the shown parts of the school by one trait, in order of step and of value."""
    words = texts("subgroups")
    values = list(dict.fromkeys(result.value for result in results))
    steps = list(dict.fromkeys(result.step for result in results))
    names = ("mean_growth", "mean_growth_low", "mean_growth_high", "national_mean")
    across = scale([getattr(result, name) for result in results for name in names], _LEFT, _RIGHT)
    height = _HEAD + _ROW * len(results) + _GAP * len(steps) + _FOOT
    sheet = Canvas(height)
    for text, right in ((words["head_pupils"], _PUPILS), (words["head_own"], _OWN)):
        sheet.text(right, _HEAD / 2, text, align="right", name="secondary")
    sheet.axis(across, _HEAD, height - _FOOT, words["axis"])
    y = _HEAD + _GAP / 2
    for step in steps:
        sheet.text(0, y + _ROW / 2, capital(step_short(step)), weight=600)
        for result in (r for r in results if r.step == step):
            shape = _SHAPES[values.index(result.value) % len(_SHAPES)]
            _row(sheet, across, result, value_name(trait, result.value), shape, y + _ROW / 2)
            y += _ROW
        y += _GAP
    named = {"domain": domain_name(domain), "trait": words["names"][trait]}
    caption = words["caption"].format(**named)
    if any(result.national_mean is not None for result in results):
        caption += words["caption_national"]
    spoken = " ".join(_spoken(trait, result) for result in results)
    name = f"figuur-{trait}-{domain_slug(domain)}"
    return Drawing(name, sheet.svg(), caption, words["alt"].format(**named, steps=spoken))


def _row(sheet: Canvas, across: Scale, result: ReportRow, name: str, shape: str, y: float) -> None:
    sheet.text(_GROUP, y, name)
    sheet.text(_PUPILS, y, count(result.n_pupils), align="right", name="secondary")
    sheet.text(_OWN, y, number(result.mean_growth), align="right")
    if result.mean_growth_low is not None:
        sheet.interval(across.at(result.mean_growth_low), across.at(result.mean_growth_high), y)
    if result.national_mean is not None:
        sheet.mark(across.at(result.national_mean), y, "|", "landelijk", 11)
    sheet.mark(across.at(result.mean_growth), y, shape, "eigen-school")


def _spoken(trait: str, result: ReportRow) -> str:
    unknown = result.national_mean is None
    return texts("subgroups")["alt_value"].format(
        step=capital(step_short(result.step)),
        value=value_name(trait, result.value),
        growth=points(result.mean_growth),
        pupils=pupils(result.n_pupils),
        national=texts("report")["not_shown"] if unknown else number(result.national_mean),
    )
