"""What plan, index and reviewers know of a growth report, from its slice."""

from collections.abc import Sequence
from typing import Any

from ..facts import ReportFacts
from .rows import ReportRow
from .slices import BoardSlice, Growth, Slice
from .verdicts import CLEAR, COUNTRY, REFERENCE, Rule


def school(content: Slice) -> ReportFacts:
    """Return the facts of a school's report."""
    absent = {(r.domain, r.status) for r in content.results if r.status in ("other_scale", "no_growth")}
    told = tuple(_outstanding(content.by_step, content.rule))
    change = largest_change(content)
    return _facts(content, [content.results], told, absent=tuple(sorted(absent)), change=change, outstanding=told)


def board(content: BoardSlice) -> ReportFacts:
    """Return the facts of a board's report: of what its schools show."""
    parts = [school.results for school in content.schools]
    told = [
        each
        for results in (school.by_step for school in content.schools)
        for each in _outstanding(results, content.rule)
    ]
    return _facts(content, parts, told, absent=())


def _facts(
    content: Growth, schools: Sequence[Sequence[ReportRow]], told: Sequence[tuple[str, str, str]], **facts: Any
) -> ReportFacts:
    results = [result for each in schools for result in each]
    shown = [result for result in results if result.shown]
    return ReportFacts.of(
        content,
        told,
        n_schools=len(schools),
        n_pupils=max((result.n_pupils for result in shown if result.n_pupils is not None), default=None),
        n_shown=len(shown),
        n_hidden=sum(result.status == "hidden" for result in results),
        **facts,
    )


def largest_change(content: Slice) -> float | None:
    """Return how far a school's growth moved since a year ago, at most, in standard deviations of school means.

    Per step and domain the distance to the country then and now are compared, so that a year in which all schools grew
    less is no change of theirs. None when no step is shown in both years.
    """
    then = {(r.domain, r.step, r.scale): r.standardised for r in content.earlier if r.shown}
    moved: list[float] = [
        result.standardised - before
        for result in content.shown
        if result.standardised is not None
        and (before := then.get((result.domain, result.step, result.scale))) is not None
    ]
    if not moved:
        return None
    largest: float = max(moved, key=abs)
    return round(largest, 2)


def _outstanding(results: Sequence[ReportRow], rule: Rule) -> list[tuple[str, str, str]]:
    """The shown results that are clearly higher or lower than the reference value, or than the country without one."""
    shown = [result for result in results if result.shown]
    measure = REFERENCE if any(result.has_reference for result in shown) else COUNTRY
    judged = [(result, rule.verdict(result, measure)) for result in shown]
    return [(result.domain, result.step, verdict) for result, verdict in judged if verdict in CLEAR]
