"""The difference with the predicted reference value per step, with its interval and the careful estimate."""

from collections.abc import Sequence

from nco.base.dutch import capital, domain_name, interval, number, step_short, texts

from ...blocks import Drawing
from ...dots import Dot, Look, draw, ends
from ...drawing import Scale, around_zero
from ..rows import Overall, ReportRow
from ..sentences import domain_slug


def effects(domain: str, results: Sequence[ReportRow], together: Overall | None) -> Drawing:
    """Draw the difference of every step that has a reference value, and of all steps together if there are more."""
    words = texts("chapter_reference")
    rows = []
    if together and together.effect is not None and len(results) > 1:
        label = capital(words["all_steps"])
        low, high = together.effect_low, together.effect_high
        rows.append(Dot(label, together.effect, low, high, number(together.effect), "s", strong=True))
    rows += [
        Dot(
            capital(step_short(r.step)), r.effect, r.effect_low, r.effect_high, number(r.effect),
            second=r.effect_shrunken,
        )
        for r in results
    ]  # fmt: skip
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


def around_expected(rows: Sequence[Dot], left: float) -> tuple[Scale, Look]:
    """Return the scale of differences with the reference value, from `left` inches on, and what it says."""
    words = texts("chapter_reference")
    across = around_zero(ends(rows), left, 3.85, 1)
    reach = across.high
    above = ((0, words["zero"], "center"), (-reach, words["lower"], "left"), (reach, words["higher"], "right"))
    return across, Look(words["axis"], above=above)


def _spoken(row: Dot) -> str:
    words = texts("chapter_reference")
    shrunken = words["alt_shrunken"].format(value=number(row.second)) if row.second is not None else ""
    bounds = interval(row.low, row.high)
    return words["alt_step"].format(step=row.label, effect=number(row.value), interval=bounds, shrunken=shrunken)
