"""Questions for the team's conversation: those that fit the outcome of each domain."""

from collections.abc import Sequence

from ..dutch import capital, domain_name, listed, texts
from ..results import Overall, Result
from ..slices import Slice
from ..wording import direction
from . import Blocks, by_domain

LOW_COVERAGE = 75  # percent: from here down a missing quarter can change the mean


def blocks(report: Slice) -> Blocks:
    """Return the chapter: domains of one outcome share their questions."""
    words = texts("conversation")
    title = f"# {words['heading']}\n"
    if not report.results:
        return [title, words["nothing"]]
    made: Blocks = [title, words["intro"]]
    together = {each.domain: each for each in report.overall}
    outcomes: dict[str, list[str]] = {}
    for domain, results in by_domain(report.results).items():
        outcomes.setdefault(outcome(results, together.get(domain)), []).append(domain_name(domain))
    for kind, domains in outcomes.items():
        made += [f"## {capital(listed(domains))}\n", words[kind]]
    if any((r.percent_with_growth or 100) <= LOW_COVERAGE for r in report.results):
        made += [f"## {words['coverage_title']}\n", words["coverage"]]
    return [*made, words["roles"]]


def outcome(results: Sequence[Result], together: Overall | None) -> str:
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
