"""A domain: every step of two cohorts beside the country and the reference value, and the years.

Of a school with several tests the pupils of all tests together, and by each test its points.
"""

from collections.abc import Iterable, Sequence

from nco.base.dutch import capital, count, listed, points, texts

from ...blocks import Drawing
from ..charts import growth as drawn
from ..charts import standardised as drawn_standardised
from ..charts import trend as drawn_trend
from ..rows import NOT_COMPARED, Overall, ReportRow, without_points
from ..sentences import (
    box,
    grades_named,
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
    compared = referentie.per_step(report, domain) if has_reference(_every_step(report, domain)) else ""
    return " ".join(filter(None, [compared or against_country(report, domain), since_last_year(report, domain)]))


def sentence(report: Slice, domain: str) -> str:
    """Return how much the pupils grew in the domain, against the country."""
    shown = _every_step(report, domain)
    if not shown:
        return ""
    return growth_sentence(whole(report, domain, COUNTRY) if len(shown) == 1 else together(report, domain), report.rule)


def against_country(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than in the country; nothing for a single step."""
    shown = _every_step(report, domain)
    if len(shown) < 2 or all(result.standardised is None for result in shown):
        return ""
    words = texts("growth")
    named = higher_and_lower(((report.rule.verdict(r, COUNTRY), r) for r in shown), words["count"])
    return words["counts"].format(list=named) if named else words["count_none"]


def since_last_year(report: Slice, domain: str) -> str:
    """Return at which steps growth is higher or lower than a year ago, or that this is not known."""
    shown = _every_step(report, domain)
    if not shown:
        return ""
    words = texts("growth")
    compared = [(report.rule.verdict(result, CHANGE), result) for result in shown]
    if any(verdict for verdict, _ in compared):
        named = higher_and_lower(compared, words["change"])
        return words["change_list"].format(list=named) if named else words["change_none"]
    return words["change_hidden" if any(r.status == "hidden" for r in report.earlier) else "change_first"]


def _every_step(report: Slice, domain: str) -> list[ReportRow]:
    """The results of a domain that may be shown, every step once."""
    return [result for result in in_domain(report.by_step, domain) if result.shown]


def tests(report: Slice, domain: str) -> list[Overall]:
    """Return the domain by each test, of a school that has several, now or before."""
    return [each for each in report.by_test if each.domain == domain]


def test_heading(report: Slice, test: Overall) -> str:
    """Return the name of a test and in which jaargroepen its results count."""
    rows = [r for r in in_domain(report.shown, test.domain) if r.scale == test.scale]
    return texts("growth")["test_heading"].format(test=test_name(test.scale), grades=grades_named(rows))


def of_test(report: Slice, test: Overall) -> list[str | Drawing]:
    """Return how much the pupils with one test grew in its points, what is behind the figure, and every step."""
    growth = test.mean_growth or 0.0
    told = texts("growth")["test_grew" if growth >= 0 else "test_fell"].format(growth=points(abs(growth)))
    rows = [r for r in in_domain(report.shown, test.domain) if r.scale == test.scale]
    figure = _bars(report, test.domain, rows, str(test.scale).lower())
    return [f"{told} {_country_of(rows)}".strip(), figure]


def bars(report: Slice, domain: str) -> Drawing | None:
    """Return the figure of every step: in two cohorts beside the country and the reference value, in points.

    Of several tests, or without points, standardised growth of all pupils.
    """
    shown = _every_step(report, domain)
    if not shown:
        return None
    if not together(report, domain).in_points:
        return drawn_standardised.steps(domain, [without_points(result) for result in shown], report.rule)
    return _bars(report, domain, in_domain(report.shown, domain))


def _bars(report: Slice, domain: str, shown: Sequence[ReportRow], name: str = "") -> Drawing:
    steps = {(result.step, result.scale) for result in shown}
    earlier = [r for r in in_domain(report.earlier, domain) if (r.step, r.scale) in steps and r.shown]
    return drawn.bars(domain, [*shown, *earlier], name)


def not_shown(report: Slice, domain: str) -> str:
    """Return which steps are not in the figure and why, the steps of one reason together."""
    here = in_domain(report.results, domain)
    results = [result for result in here if not result.shown]
    words = texts("growth")
    switched = [result for result in results if result.status == "other_scale"]
    items = [other_scale_sentence(result) for result in switched]
    if switched and tests(report, domain):  # from one test to the other, which is no fault
        items = [words["switched"].format(steps=capital(steps_named(switched)))]
    # What is hidden of one test may be shown of another: then the test is named.
    several = len({result.scale for result in here if result.scale}) > 1 and len(results) < len(here)
    groups: dict[tuple[str, str | None], list[ReportRow]] = {}
    for result in results:
        groups.setdefault((result.status, result.scale if several else None), []).append(result)
    for status in ("hidden", "no_growth", NOT_COMPARED):
        for (_, scale), steps in ((key, found) for key, found in groups.items() if key[0] == status):
            every = len(steps) == len(here) > 1
            named = words["all_steps"] if every else capital(steps_named(steps))
            named = words["steps_of_test"].format(steps=named, test=test_name(scale)) if scale else named
            reason = hidden_reason(steps[0], report.minimum_group)
            items.append(words["not_shown_item"].format(steps=named, reason=reason))
    return "\n\n".join(dict.fromkeys(items))


def behind(report: Slice, domain: str) -> str:
    """Return which test it is, of how many schools and pupils the national mean is, and where the numbers are."""
    shown = in_domain(report.shown, domain)
    if not shown:
        return ""
    words, named = texts("growth"), dict.fromkeys(str(result.scale) for result in shown)
    if tests(report, domain):
        return in_workbook("standardised_all", "trend_sd", "growth")
    told = [words["tests"].format(tests=listed(map(test_name, named))), _country_of(shown)]
    where = in_workbook(*(("growth", "trend") if together(report, domain).in_points else ("standardised", "trend_sd")))
    return " ".join(filter(None, [*told, where]))


def _country_of(shown: Sequence[ReportRow]) -> str:
    """Of how many schools and pupils the national means are; nothing where there are none."""
    known = [(r.national_schools, r.national_pupils) for r in shown if None not in (r.country, r.national_schools)]
    if not known:
        return ""
    schools, of_pupils = (_span(each) for each in zip(*known, strict=True))
    return texts("growth")["country_of"].format(schools=schools, pupils=of_pupils)


def missing(report: Slice, domain: str) -> str:
    """Return at which steps many pupils have no growth, which can change a mean; nothing where there is none."""
    steps = [r for r in in_domain(report.shown, domain) if (r.percent_with_growth or 100) <= gesprek.LOW_COVERAGE]
    words = texts("growth")
    return words["missing"].format(steps=steps_named(steps), percent=gesprek.LOW_COVERAGE) if steps else ""


def notes(report: Slice, domain: str) -> list[str]:
    """Return what is behind the figure, where many pupils are missing, and which steps are not in it and why."""
    return [part(report, domain) for part in (behind, missing, not_shown)]


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
