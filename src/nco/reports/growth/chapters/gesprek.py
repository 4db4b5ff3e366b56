"""Questions for the team's conversation: those that fit the outcome of each domain."""

from collections.abc import Sequence

from nco.base.dutch import domain_name, texts

from ..rows import Overall, ReportRow
from ..sentences import direction
from ..slices import Slice
from . import by_domain

LOW_COVERAGE = 75  # percent: from here down a missing quarter can change the mean


def intro(report: Slice) -> str:
    """Return what the questions are for; those of a school without any result."""
    return texts("conversation")["intro" if report.results else "nothing"]


def outcomes(report: Slice) -> dict[str, list[str]]:
    """Return each outcome with the names of its domains: these share their questions."""
    together = {each.domain: each for each in report.overall}
    found: dict[str, list[str]] = {}
    for domain, results in by_domain(report.results).items():
        found.setdefault(outcome(results, together.get(domain)), []).append(domain_name(domain))
    return found


def coverage(report: Slice) -> str:
    """Return the questions about missing pupils, where many are missing."""
    low = any((r.percent_with_growth or 100) <= LOW_COVERAGE for r in report.results)
    return texts("conversation")["coverage"] if low else ""


def roles(report: Slice) -> str:
    """Return who looks at what; nothing for a school without any result."""
    return texts("conversation")["roles"] if report.results else ""


def outcome(results: Sequence[ReportRow], together: Overall | None) -> str:
    """Return the outcome of a domain: hidden, unknown (no reference value), higher, lower, mixed or similar.

    mixed: some steps are clearly higher and others clearly lower. Otherwise the steps together decide, and where
    these are not clear, a single clear step.
    """
    if not any(result.shown for result in results):
        return "hidden"
    if not any(result.has_reference for result in results):
        return "unknown"
    steps = {direction(r.effect_low, r.effect_high) for r in results if r.shown}
    if {"higher", "lower"} <= steps:
        return "mixed"
    whole = together and direction(together.effect_low, together.effect_high)
    return whole or next((step for step in ("higher", "lower") if step in steps), "similar")
