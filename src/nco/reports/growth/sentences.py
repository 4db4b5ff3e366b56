"""Dutch sentences from a slice's facts: the words follow the verdict (`verdicts`), never the point estimate alone.

All texts come from `params/texts/nl.yml`; what chooses between them is here.
"""

import re
from collections.abc import Iterable
from typing import Protocol

from nco.base import all_settings
from nco.base.dutch import (
    capital,
    count,
    domain_name,
    interval,
    listed,
    number,
    points,
    pupils,
    step_short,
    step_span,
    texts,
)

from . import verdicts
from .rows import Group, Overall, ReportRow, Year
from .verdicts import COUNTRY, REFERENCE, UNSURE, Figure, Rule, apart

InUnit = Figure | Year | Group
MOST_HALVES = 20  # months of ten to a school year, halved: more than a school year is not counted


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


def in_years(figure: Figure, measure: str) -> str:
    """Return over how many school years a domain's figure is, as the middle of a sentence; nothing for one."""
    n = getattr(figure, f"{measure}_n_years", None)
    return texts("growth")["years"].format(n=count(n)) if n is not None and n > 1 else ""


def in_months(figure: Figure, measure: str) -> str:
    """Return a careful estimate as growth of pupils in the whole country, in a sentence; nothing where not known."""
    named = months_word(figure, measure)
    return texts("months")["sentence"].format(months=named) if named else ""


def months_word(figure: Figure, measure: str) -> str:
    """Return a careful estimate as so many months of the country's growth; nothing where not known."""
    found = verdicts.months(figure, measure)
    if found is None:
        return ""
    words = texts("months")
    halves = round(found * 2)
    if halves > MOST_HALVES:
        more: str = words["more"]
        return more
    if halves < len(words["halves"]):
        few: str = words["halves"][halves]
        return few
    number_of: str = words["number"]
    return number_of.format(n=number(halves / 2, halves % 2))


def amount(figure: Figure, value: float) -> str:
    """Return a value of a figure with its unit: points, or standard deviations."""
    if figure.in_points:
        return points(value)
    words = texts("report")
    return f"{number(value, 2)} {words['spread' if abs(value) == 1 else 'spreads']}"


def decimals(figure: InUnit) -> int:
    """Return with how many decimals a figure is written."""
    return 1 if figure.in_points else 2


def unit(figures: Iterable[InUnit]) -> str:
    """Return in what figures are: points, standard deviations, or the one here and the other there."""
    known = {figure.in_points for figure in figures}
    return texts("report")["units"]["mixed" if len(known) > 1 else "sd" if False in known else "points"]


def test_name(scale: str) -> str:
    """Return the name and version of the test that has this scale, as its publisher has it."""
    name: str = texts("tests").get(scale, scale)
    return name


def maker(scale: str) -> str:
    """Return who makes the test that has this scale."""
    known = all_settings.load().scales.get(scale)
    return texts("providers")[known.provider] if known else scale


def of_test(result: ReportRow, beside: Iterable[ReportRow]) -> str:
    """Return by whose test a result is, to stand behind its name, where results beside it are of the same step."""
    step = result.domain, result.step, result.school_year
    scales = {each.scale for each in beside if (each.domain, each.step, each.school_year) == step}
    return f" ({maker(str(result.scale))})" if len(scales) > 1 else ""


def grades_named(results: Iterable[ReportRow]) -> str:
    """Return the jaargroepen in which the steps of results end."""
    words, found = texts("report"), sorted({result.grade for result in results})
    runs = [[found[0]]]
    for grade in found[1:]:
        if grade == runs[-1][-1] + 1:
            runs[-1].append(grade)
        else:
            runs.append([grade])
    spans = ([words["grades_span"].format(low=run[0], high=run[-1])] if len(run) > 2 else map(str, run) for run in runs)
    return words["grades"].format(grades=listed(name for span in spans for name in span))


# --- sentences -----------------------------------------------------------------------------------


def national_sentence(figure: Figure, rule: Rule) -> str:
    """Return the comparison with the national mean, or that there is none."""
    words, verdict = texts("national"), rule.verdict(figure, COUNTRY)
    if verdict is None:
        return words["unknown"]
    reason = _apart(verdict, figure, COUNTRY)
    if isinstance(figure, ReportRow):
        return words[f"{verdict}{reason}"].format(national=points(figure.national_mean))
    return words[f"overall_{verdict}{reason}"].format(
        difference=amount(figure, figure.country or 0.0),
        interval=interval(figure.country_low, figure.country_high, decimals(figure)),
        years=in_years(figure, COUNTRY),
    )


def reference_sentence(figure: Figure, rule: Rule) -> str:
    """Return the comparison with the predicted reference value, or why there is none."""
    verdict = rule.verdict(figure, REFERENCE)
    if verdict is None:
        model = getattr(figure, "model", None)
        return texts("reference")["not_shown" if model in (None, "fitted") else model]
    return texts("reference")[verdict + _apart(verdict, figure, REFERENCE)]


def _apart(verdict: str, figure: Figure, measure: str) -> str:
    """Of what cannot be said: whether its interval does not hold zero, which asks for another reason."""
    return "_apart" if verdict == UNSURE and apart(figure, measure) else ""


def reference_detail(figure: Figure, rule: Rule) -> str:
    """Return the verdict with its figures; only the reason when there is no reference value."""
    verdict = reference_sentence(figure, rule)
    if figure.effect is None:
        return verdict
    named = {
        "verdict": verdict,
        "effect": amount(figure, figure.effect),
        "interval": interval(figure.effect_low, figure.effect_high, decimals(figure)),
    }
    words = texts("chapter_reference")
    if isinstance(figure, Overall):
        return words["overall"].format(**named, years=in_years(figure, REFERENCE))
    return words["single"].format(**named, growth=points(figure.mean_growth), reference=points(figure.reference))


def growth_sentence(figure: Figure, rule: Rule) -> str:
    """Return how much the pupils grew, against the country: in one step, or in all steps together.

    Of what is not in points only the comparison with the country.
    """
    if figure.mean_growth is None:
        return national_sentence(figure, rule)
    which = "overall" if isinstance(figure, Overall) else "sentence"
    template = texts("growth")[f"{which}_{'grew' if figure.mean_growth >= 0 else 'fell'}"]
    named = {} if isinstance(figure, Overall) else {"step": capital(step_short(figure.step))}
    return template.format(
        pupils=pupils(figure.n_pupils),
        growth=points(abs(figure.mean_growth)),
        national=national_sentence(figure, rule),
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


class Stepped(Protocol):
    """A figure of one step."""

    @property
    def step(self) -> str:
        """Its code."""


def steps_named(results: Iterable[Stepped]) -> str:
    """Return the steps of the results, in few words each."""
    return listed(dict.fromkeys(step_short(result.step) for result in results))
