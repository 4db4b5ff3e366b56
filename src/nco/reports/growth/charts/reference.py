"""The difference with the predicted reference value per step, with its interval and the careful estimate."""

from collections.abc import Sequence
from typing import Any

from nco.base.dutch import capital, count, domain_name, interval, number, step_short, texts

from ...blocks import Drawing
from ...dots import Dot, Look, draw, ends
from ...drawing import Scale, around_zero
from ..rows import Overall, ReportRow, middle
from ..sentences import domain_slug
from ..verdicts import CLEAR, REFERENCE, Figure, Rule


def effects(domain: str, results: Sequence[ReportRow], together: Overall, rule: Rule) -> Drawing:
    """Draw the difference of every step that has a reference value, and of all steps together if there are more.

    These of all school years, and of the newest alone where there are more.
    """
    words = texts("chapter_reference")
    rows = []
    if together.effect is not None and (together.effect_n_steps or 0) > 1:
        n = together.effect_n_years or 1
        label = words["all_years" if n > 1 else "all_steps"].format(n=count(n))
        rows.append(effect(capital(label), together, rule, shape="s", strong=True, second=together.effect_shrunken))
        if n > 1 and together.effect_year is not None:
            ends = together.effect_year_low, together.effect_year_high
            year = together.effect_year
            rows.append(Dot(capital(words["this_year"]), year, *ends, number(year), "s", clear=False))
    rows += [effect(capital(step_short(r.step)), r, rule, second=r.effect_shrunken) for r in results]
    name = f"figuur-referentie-{domain_slug(domain)}"
    svg = draw(rows, *around_expected(rows, 1.62))
    spoken = " ".join(_spoken(row) for row in rows)
    shrunken = words["caption_shrunken"] if any(row.second is not None for row in rows) else ""
    return Drawing(
        name,
        svg,
        words["caption"].format(domain=domain_name(domain)) + shrunken,
        words["alt"].format(domain=domain_name(domain), steps=spoken),
    )


def effect(label: str, figure: Figure, rule: Rule, *, in_sd: bool = False, **look: Any) -> Dot:
    """Return the row of a difference with the reference value: filled where that is higher or lower.

    in_sd: in standard deviations of school means, which must be known.
    """
    clear = rule.verdict(figure, REFERENCE) in CLEAR
    if in_sd:
        value = middle(figure.in_sd(REFERENCE)) or 0.0
        return Dot(label, value, *figure.in_sd(REFERENCE), number(value, 2), clear=clear, **look)
    return Dot(label, figure.effect, figure.effect_low, figure.effect_high, number(figure.effect), clear=clear, **look)


def around_expected(rows: Sequence[Dot], left: float, in_sd: bool = False) -> tuple[Scale, Look]:
    """Return the scale of differences with the reference value, from `left` inches on, and what it says."""
    words = texts("chapter_reference")
    across = around_zero(ends(rows), left, 3.85, 1)
    reach = across.high
    above = ((0, words["zero"], "center"), (-reach, words["lower"], "left"), (reach, words["higher"], "right"))
    return across, Look(words["axis_sd" if in_sd else "axis"], above=above)


def _spoken(row: Dot) -> str:
    words = texts("chapter_reference")
    shrunken = words["alt_shrunken"].format(value=number(row.second)) if row.second is not None else ""
    bounds = interval(row.low, row.high)
    return words["alt_step"].format(step=row.label, effect=number(row.value), interval=bounds, shrunken=shrunken)
