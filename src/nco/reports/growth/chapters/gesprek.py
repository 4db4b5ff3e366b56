"""Questions for the team's conversation: those that fit the outcome of each domain."""

from collections.abc import Sequence

from nco.base.dutch import count, domain_name, listed, step_short, texts

from ..rows import NOT_COMPARED, Overall, ReportRow
from ..slices import Slice
from ..verdicts import CLEAR, REFERENCE, UNSURE
from . import by_domain, main_measure

MOST_STEPS = 4  # that a sentence names
LOW_COVERAGE = 75  # percent: from here down a missing quarter can change the mean


def intro(report: Slice) -> str:
    """Return what the questions are for; those of a school without any result."""
    return texts("conversation")["intro" if report.results else "nothing"]


def outcomes(report: Slice) -> dict[tuple[str, str], list[str]]:
    """Return each outcome, with what it is against, and the names of its domains: these share their questions."""
    together = {each.domain: each for each in report.overall}
    found: dict[tuple[str, str], list[str]] = {}
    for domain, results in by_domain(report.by_step).items():
        figure = together.get(domain)
        key = outcome(report, results, figure), (figure and main_measure(figure)) or REFERENCE
        found.setdefault(key, []).append(domain_name(domain))
    return found


def questions(outcome: str, measure: str) -> str:
    """Return what the outcome is, and the questions that fit it."""
    words = texts("conversation")
    told = words["told"][measure].get(outcome) or words["told"][outcome]
    return f"{told}\n\n{words[outcome]}"


def coverage(report: Slice) -> str:
    """Return the questions about missing pupils, where many are missing."""
    low = [r for r in report.results if (r.percent_with_growth or 100) <= LOW_COVERAGE]
    if not low:
        return ""
    words = texts("conversation")
    named = [words["step"].format(step=step_short(r.step), domain=domain_name(r.domain)) for r in low]
    named = list(dict.fromkeys(named))
    more = [words["more_steps"].format(n=count(len(named) - MOST_STEPS))] if len(named) > MOST_STEPS else []
    return words["coverage"].format(steps=listed([*named[:MOST_STEPS], *more]))


def roles(report: Slice) -> str:
    """Return who looks at what; nothing for a school without any result."""
    return texts("conversation")["roles"] if report.results else ""


def outcome(report: Slice, results: Sequence[ReportRow], together: Overall | None) -> str:
    """Return the outcome of a domain: hidden, unknown (not compared), mixed, or the verdict of all its steps.

    Against the reference value, else the country. mixed: of the steps together it cannot be said, and some are higher
    and others lower.
    """
    measure = main_measure(together) if together else None
    if together is None or measure is None:
        compared = together is not None or any(result.status == NOT_COMPARED for result in results)
        return "unknown" if compared else "hidden"
    verdict = report.rule.verdict(together, measure)
    steps = {report.rule.verdict(result, measure) for result in results if result.shown}
    return "mixed" if verdict == UNSURE and steps.issuperset(CLEAR) else verdict or "unknown"
