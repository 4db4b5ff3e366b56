"""Growth of groups of pupils side by side, each beside the same group of the country."""

from collections.abc import Sequence

from ..blocks import Figure
from ..dutch import capital, count, domain_name, number, points, pupils, step_short, texts
from ..results import Result
from ..wording import domain_slug, value_name
from .dots import Dot, Look, draw
from .drawing import scale

_SHAPES = ("o", "s", "^", "D")


def parts(domain: str, trait: str, results: Sequence[Result]) -> Figure:
    """Draw the shown parts of the school by one trait, in order of step and of value."""
    words = texts("subgroups")
    values = list(dict.fromkeys(result.value for result in results))
    rows, titled = [], ""
    for result in results:
        step = capital(step_short(result.step))
        label = words["row"].format(value=value_name(trait, result.value), n=count(result.n_pupils))
        rows.append(
            Dot(
                label, result.mean_growth, result.mean_growth_low, result.mean_growth_high, number(result.mean_growth),
                _SHAPES[values.index(result.value) % len(_SHAPES)], result.national_mean,
                title="" if step == titled else step,
            )
        )  # fmt: skip
        titled = step
    across = scale([end for row in rows for end in (row.value, row.low, row.high, row.second)], 1.75, 3.85)
    look = Look(words["axis"], 1.75, 3.85, second="|", second_colour="landelijk", hollow=False)
    name = f"figuur-{trait}-{domain_slug(domain)}"
    names = {"domain": domain_name(domain), "trait": words["names"][trait]}
    spoken = " ".join(
        words["alt_value"].format(
            step=capital(step_short(r.step)), value=value_name(trait, r.value), growth=points(r.mean_growth),
            pupils=pupils(r.n_pupils),
            national=texts("report")["not_shown"] if r.national_mean is None else number(r.national_mean),
        )
        for r in results
    )  # fmt: skip
    svg = draw(rows, across, look)
    return Figure(name, svg, words["caption"].format(**names), words["alt"].format(**names, steps=spoken))
