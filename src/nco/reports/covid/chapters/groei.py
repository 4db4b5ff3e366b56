"""Growth in the crisis, a domain a page: every step beside the years before and the country, and the cohorts."""

from nco.base.dutch import capital, count, listed, step_short, texts
from nco.base.dutch import interval as in_words

from ...blocks import Drawing
from ...growth.chapters import higher_and_lower, in_domain
from ...growth.sentences import test_name
from ...growth.verdicts import COUNTRY, UNSURE, apart
from ..charts import cohorts as drawn_cohorts
from ..charts import delays as drawn
from ..slices import Slice
from . import DELAY, in_workbook, more, places, together


def sentence(report: Slice, domain: str) -> str:
    """Return how much the pupils grew beside the years before, and beside the country."""
    row, words = together(report, domain), texts("covid")
    if row is None or row.delay is None:
        return ""
    bounds = in_words(row.delay_low, row.delay_high)
    found = report.rule.verdict(row, DELAY)
    verdict = words["verdict"]["unsure_apart" if found == UNSURE and apart(row, DELAY) else found]
    told = words["overall"].format(places=places(row.delay), more=more(row.delay), interval=bounds, verdict=verdict)
    if row.national is None:
        return told
    beside = words["beside"][report.rule.verdict(row, COUNTRY)]
    return f"{told} {beside.format(places=places(row.national), more=more(row.national))}"


def steps(report: Slice, domain: str) -> str:
    """Return at which steps growth was higher or lower than in the years before; nothing for a single step."""
    shown, words = in_domain(report.shown, domain), texts("covid")
    if len(shown) < 2:
        return ""
    named = higher_and_lower(((report.rule.verdict(row, DELAY), row) for row in shown), words["steps_count"])
    return words["steps"].format(list=named) if named else words["steps_none"]


def beside_country(report: Slice, domain: str) -> Drawing | None:
    """Return the figure of every step, and of all together."""
    shown, whole = in_domain(report.shown, domain), together(report, domain)
    if not shown or whole is None:
        return None
    return drawn.of_steps(domain, shown, whole, report.affected, report.rule)


def through_years(report: Slice, domain: str) -> Drawing | None:
    """Return the figure of every cohort, where there are at least two."""
    here = [row for row in report.shifts if row.domain == domain]
    return drawn_cohorts.cohorts(domain, here, report.affected) if len(here) > 1 else None


def behind(report: Slice, domain: str) -> str:
    """Return which test it is, of how many schools and pupils the country is, and where the numbers are."""
    shown, country, words = in_domain(report.shown, domain), report.of_country(domain), texts("covid")
    told = []
    if shown and country:
        named = listed(test_name(scale) for scale in dict.fromkeys(row.scale for row in shown))
        told.append(
            words["tests"].format(
                tests=named,
                schools=count(country.n_schools),
                affected=count(country.n_affected),
                before=count(country.n_before),
            )
        )
    return " ".join([*told, in_workbook("steps", "years")]) if shown else ""


def not_shown(report: Slice, domain: str) -> str:
    """Return which steps are not in the figure and why, the steps of one reason together."""
    words, here = texts("covid"), in_domain(report.steps, domain)
    items = []
    for status, reason in words["reasons"].items():
        steps = [row for row in here if row.status == status]
        if steps:
            named = words["all_steps"] if len(steps) == len(here) > 1 else capital(_named(steps))
            items.append(words["not_shown_item"].format(steps=named, reason=reason.format(affected=report.affected)))
    return "\n\n".join(items)


def _named(rows: list) -> str:
    return listed(dict.fromkeys(step_short(row.step) for row in rows))
