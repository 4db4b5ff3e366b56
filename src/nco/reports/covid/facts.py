"""What plan, index and reviewers know of a report on the school closures, from its slice."""

from ..facts import ReportFacts
from ..growth.verdicts import CLEAR, COUNTRY
from .slices import Slice


def school(content: Slice) -> ReportFacts:
    """Return the facts of a school's report."""
    judged = [(row.domain, row.step, content.rule.verdict(row, COUNTRY)) for row in content.shown]
    told = tuple((domain, step, verdict) for domain, step, verdict in judged if verdict in CLEAR)
    absent = {(row.domain, "no_growth") for row in content.steps if row.status == "no_growth"}
    return ReportFacts.of(
        content,
        told,
        n_schools=1,
        n_pupils=max((row.n_affected for row in content.shown if row.n_affected is not None), default=None),
        n_shown=len(content.shown),
        n_hidden=sum(row.status == "hidden" for row in content.steps),
        absent=tuple(sorted(absent)),
        outstanding=told,
    )
