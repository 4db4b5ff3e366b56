"""A domain on one page: every step of two cohorts beside the country and the reference value, and the years."""

from collections.abc import Iterable

from nco.base.dutch import capital, count, listed, texts

from ...blocks import Drawing
from ..charts import growth as drawn
from ..charts import trend as drawn_trend
from ..sentences import (
    box,
    growth_sentence,
    hidden_reason,
    other_scale_sentence,
    steps_named,
    test_name,
)
from ..slices import Slice
from ..verdicts import CHANGE, COUNTRY
from . import (
    gesprek,
    has_reference,
    higher_and_lower,
    in_domain,
    in_workbook,
    main_measure,
    referentie,
    together,
    whole,
)


def scales(report: Slice, domain: str) -> list[str]:
    """Return what there is to know of the scales of the domain's figures."""
    named, notes = dict.fromkeys(r.scale for r in in_domain(report.shown, domain)), texts("scales")
    return [box("let-op", notes[scale]) for scale in named if scale in notes]


def steps(report: Slice, domain: str) -> str:
    """Return which steps stand out: against what is expected, or against the country; and against a year ago."""
    compared = referentie.per_step(report, domain) if has_reference(in_domain(report.shown, domain)) else ""
    return " ".join(filter(None, [compared or against_country(report, domain), since_last_year(report, domain)]))


def sentence(report: Slice, domain: str) -> str:
    """Return how much the pupils grew in the domain, against the country."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return ""
    return growth_sentence(whole(report, domain, COUNTRY) if len(shown) == 1 else together(report, domain), report.rule)


def against_country(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than in the country; nothing for a single step."""
    shown = in_domain(report.shown, domain)
    if len(shown) < 2 or all(result.standardised is None for result in shown):
        return ""
    words = texts("growth")
    named = higher_and_lower(((report.rule.verdict(r, COUNTRY), r) for r in shown), words["count"])
    return words["counts"].format(list=named) if named else words["count_none"]


def since_last_year(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than a year ago, or that this is not known."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return ""
    words = texts("growth")
    compared = [(report.rule.verdict(result, CHANGE), result) for result in shown]
    if any(verdict for verdict, _ in compared):
        named = higher_and_lower(compared, words["change"])
        return words["change_list"].format(list=named) if named else words["change_none"]
    return words["change_hidden" if any(r.status == "hidden" for r in report.earlier) else "change_first"]


def bars(report: Slice, domain: str) -> Drawing | None:
    """Return the figure of every step, in two cohorts, beside the country and the reference value."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return None
    steps = {result.step for result in shown}
    earlier = [r for r in in_domain(report.earlier, domain) if r.step in steps and r.shown]
    return drawn.bars(domain, [*shown, *earlier])


def not_shown(report: Slice, domain: str) -> str:
    """Return which steps are not in the figure and why, the steps of one reason together."""
    here = in_domain(report.results, domain)
    results = [result for result in here if not result.shown]
    words = texts("growth")
    items = [other_scale_sentence(r) for r in results if r.status == "other_scale"]
    for status in ("hidden", "no_growth"):
        steps = [result for result in results if result.status == status]
        if steps:
            every = len(steps) == len(here) > 1
            named = words["all_steps"] if every else capital(steps_named(steps))
            reason = hidden_reason(steps[0], report.minimum_group)
            items.append(words["not_shown_item"].format(steps=named, reason=reason))
    return "\n\n".join(dict.fromkeys(items))


def behind(report: Slice, domain: str) -> str:
    """Return which test it is, of how many schools and pupils the national mean is, and where the numbers are."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return ""
    words, named = texts("growth"), dict.fromkeys(str(result.scale) for result in shown)
    told = [words["tests"].format(tests=listed(map(test_name, named)))]
    known = [
        (r.national_schools, r.national_pupils) for r in shown if None not in (r.national_mean, r.national_schools)
    ]
    if known:
        schools, of_pupils = (_span(each) for each in zip(*known, strict=True))
        told.append(words["country_of"].format(schools=schools, pupils=of_pupils))
    return " ".join([*told, in_workbook("growth", "trend")])


def missing(report: Slice, domain: str) -> str:
    """Return at which steps many pupils have no growth, which can change a mean; nothing where there is none."""
    steps = [r for r in in_domain(report.shown, domain) if (r.percent_with_growth or 100) <= gesprek.LOW_COVERAGE]
    words = texts("growth")
    return words["missing"].format(steps=steps_named(steps), percent=gesprek.LOW_COVERAGE) if steps else ""


def trend(report: Slice, domain: str) -> Drawing | None:
    """Return the figure of all steps together in every school year, where there are more than one."""
    figure = next((each for each in report.overall if each.domain == domain), None)
    measure = main_measure(figure) if figure else None
    if figure is None or measure is None or getattr(figure, f"{measure}_low") is None:
        return None
    here = [each for each in report.trend if (each.domain, each.scale) == (domain, figure.scale)]
    years = [each for each in here if None not in (getattr(each, measure), getattr(each, f"{measure}_low"))]
    return drawn_trend.trend(domain, years, figure, measure, report.rule) if len(years) > 1 else None


def _span(values: Iterable[int | None]) -> str:
    """The least and the most of numbers, or the one that all are."""
    known = [value for value in values if value is not None]
    low, high = count(min(known)), count(max(known))
    return low if low == high else texts("growth")["span"].format(low=low, high=high)
