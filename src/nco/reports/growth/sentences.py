"""Dutch sentences from a slice's facts: the words follow the interval, never the point estimate alone.

All texts come from `params/texts/nl.yml`; the rules that choose between them are here.
"""

import re
from collections.abc import Iterable

from nco.base.dutch import capital, count, domain_name, interval, listed, points, pupils, step_short, step_span, texts

from .rows import Overall, ReportRow

Told = ReportRow | Overall


def domain_slug(domain: str) -> str:
    """Return the part of an identifier that says which domain it is about."""
    return domain.replace("_", "-")


def value_name(trait: str, value: str) -> str:
    """Return a group of pupils as it stands in a sentence; a class has the name that its supplier gives it."""
    return texts("subgroups")["values"].get(trait, {}).get(value, value)


def trait_name(term: str) -> str:
    """Return a covariate of the reference model as it stands in a sentence; a school's mean by that of its pupils."""
    words = texts("traits")
    mean = re.fullmatch(r"school_mean\((\w+)\)", term)
    if mean and term not in words:
        return words["school_mean"].format(trait=words[mean[1]])
    return words[term]


def box(kind: str, text: str) -> str:
    """Return `text` as a fenced div of the class `kind` (kernpunt, uitleg, let-op)."""
    return f"::: {{.{kind}}}\n{text.strip()}\n:::\n"


# --- rules: which words the facts have earned ---------------------------------------------------


def direction(low: float | None, high: float | None) -> str | None:
    """Return higher or lower when the interval excludes zero, None when it holds it or is not known."""
    if low is None or high is None:
        return None
    return "higher" if low > 0 else "lower" if high < 0 else None


def national_verdict(figure: Told, band: float) -> str:
    """Return similar, higher, lower, unclear or unknown.

    Within the band it reads as about equal (NCO); outside it a difference is only named when the
    95 % interval of the school's mean excludes the national mean.
    """
    if figure.standardised is None:
        return "unknown"
    if abs(figure.standardised) <= band:
        return "similar"
    match figure:
        case Overall():
            bounds = figure.difference_low, figure.difference_high
        case ReportRow(mean_growth_low=None) | ReportRow(national_mean=None):
            bounds = None, None
        case _:
            bounds = tuple(end - figure.national_mean for end in (figure.mean_growth_low, figure.mean_growth_high))
    return direction(*bounds) or "unclear"


def reference_verdict(figure: Told) -> str:
    """Return higher, lower or similar by the shown interval, or why there is no reference value."""
    if figure.has_reference and figure.effect_low is not None:
        return direction(figure.effect_low, figure.effect_high) or "similar"
    model = getattr(figure, "model", None)
    return "not_shown" if model in (None, "fitted") else model


def change_verdict(result: ReportRow) -> str | None:
    """Return higher, lower or similar than a year ago by the interval; None without figures of both years."""
    if result.change is None:
        return None
    return direction(result.change_low, result.change_high) or "similar"


def difference(one: ReportRow, other: ReportRow) -> str | None:
    """Return whether one group grew clearly more (higher) or less (lower) than another; None when that is not clear.

    The groups have no pupil in common, so the squared margins of their intervals add.
    """
    if one.mean_growth_low is None or other.mean_growth_low is None:
        return None
    margin = sum(((r.mean_growth_high - r.mean_growth_low) / 2) ** 2 for r in (one, other)) ** 0.5
    gap = one.mean_growth - other.mean_growth
    return direction(gap - margin, gap + margin)


def reliability_words(reliability: float) -> str:
    """Return what a reliability between 0 and 1 means for the reader."""
    words = texts("chapter_reference")
    level = "low" if reliability < 0.5 else "middle" if reliability < 0.8 else "high"
    return words[f"reliability_{level}"]


# --- sentences -----------------------------------------------------------------------------------


def national_sentence(figure: Told, band: float) -> str:
    """Return the comparison with the national mean, or that there is none."""
    verdict = national_verdict(figure, band)
    if verdict == "unknown" and figure.national_mean is not None:
        verdict = "unclear_spread"
    if verdict == "unknown":
        return texts("national")[verdict]
    if verdict == "unclear" and isinstance(figure, Overall):
        verdict = "unclear_overall"
    template = texts("national")[verdict]
    return template.format(national=points(figure.national_mean), pupils=pupils(figure.n_pupils))


def reference_sentence(figure: Told) -> str:
    """Return the comparison with the predicted reference value."""
    return texts("reference")[reference_verdict(figure)]


def reference_detail(figure: Told) -> str:
    """Return the verdict with its figures; only the reason when there is no reference value."""
    verdict = reference_sentence(figure)
    if not figure.has_reference or figure.effect_low is None:
        return verdict
    bounds = interval(figure.effect_low, figure.effect_high)
    if isinstance(figure, Overall):
        return texts("chapter_reference")["overall"].format(
            verdict=verdict, effect=points(figure.effect), interval=bounds
        )
    return texts("chapter_reference")["single"].format(
        verdict=verdict,
        growth=points(figure.mean_growth),
        reference=points(figure.reference),
        effect=points(figure.effect),
        interval=bounds,
    )


def growth_sentence(figure: Told, band: float) -> str:
    """Return how much the pupils grew, against the country: in one step, or in all steps together."""
    which = "overall" if isinstance(figure, Overall) else "sentence"
    template = texts("growth")[f"{which}_{'grew' if figure.mean_growth >= 0 else 'fell'}"]
    named = {} if isinstance(figure, Overall) else {"step": capital(step_short(figure.step))}
    return template.format(
        pupils=pupils(figure.n_pupils),
        growth=points(abs(figure.mean_growth)),
        national=national_sentence(figure, band),
        **named,
    ).rstrip()


def hidden_reason(result: ReportRow, minimum_group: int) -> str:
    """Return why nothing is shown, as the second half of a sentence."""
    return texts("hidden")[result.status].format(limit=minimum_group - 1)


def other_scale_sentence(result: ReportRow) -> str:
    """Return that two tests on two scales give no growth, with the number of results where that may be said."""
    words, n = texts("growth"), result.n_results_other_scale
    counted = words["other_scale_count"].format(n=count(n)) if n else ""
    return words["other_scale"].format(domain=domain_name(result.domain), step=step_span(result.step), count=counted)


def steps_named(results: Iterable[ReportRow]) -> str:
    """Return the steps of the results, in few words each."""
    return listed(step_short(result.step) for result in results)
