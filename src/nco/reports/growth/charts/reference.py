"""The difference with the predicted reference value, around what is expected."""

from collections.abc import Sequence

from nco.base.dutch import number, texts

from ...dots import Dot, Look, ends
from ...drawing import Scale, around_zero
from ..rows import Overall
from ..verdicts import CLEAR, REFERENCE, Rule


def effect(label: str, figure: Overall, rule: Rule, *, in_sd: bool = False) -> Dot:
    """Return the row of a difference with the reference value: filled where that is higher or lower.

    in_sd: in standard deviations of school means, which must be known.
    """
    clear = rule.verdict(figure, REFERENCE) in CLEAR
    if in_sd:
        value, low, high, _ = figure.on_one_scale(REFERENCE)
        return Dot(label, value or 0.0, low, high, number(value or 0.0, 2), clear=clear)
    return Dot(label, figure.effect, figure.effect_low, figure.effect_high, number(figure.effect), clear=clear)


def around_expected(rows: Sequence[Dot], left: float, in_sd: bool = False) -> tuple[Scale, Look]:
    """Return the scale of differences with the reference value, from `left` inches on, and what it says."""
    words = texts("chapter_reference")
    across = around_zero(ends(rows), left, 3.85, 1)
    reach = across.high
    above = ((0, words["zero"], "center"), (-reach, words["lower"], "left"), (reach, words["higher"], "right"))
    return across, Look(words["axis_sd" if in_sd else "axis"], above=above)
