"""Which reports are read first, and why: those that changed most, those that show least, and some drawn by lot.

Drawn by a hash, so that the same all_facts and seed give the same sample, and one report more or less changes little.
"""

from collections.abc import Callable, Iterable, Sequence

from nco.base.all_settings import Sample
from nco.base.fingerprint import of
from nco.reports import kinds

from ..report_facts import ReportFacts

CHANGE, HIDDEN, RANDOM = "change", "hidden", "random"


def choose(all_facts: Iterable[ReportFacts], sizes: Sample, seed: str) -> dict[str, tuple[str, ...]]:
    """Return the reports to read first, in that order, each with the reasons: CHANGE, HIDDEN or RANDOM.

    all_facts: of the reports that were made. Drawn by lot are others than those that are chosen for what they hold.
    """
    there = list(all_facts)
    schools = [facts for facts in there if not kinds.of(facts).subject.gathers]
    reasons: dict[str, tuple[str, ...]] = {}
    for reason, size, measure in (
        (CHANGE, sizes.largest_changes, lambda facts: abs(facts.change or 0)),
        (HIDDEN, sizes.most_hidden, hidden_share),
    ):
        for facts in _largest(schools, measure, size):
            reasons[facts.subject] = (*reasons.get(facts.subject, ()), reason)
    others = sorted((facts.subject for facts in there if facts.subject not in reasons), key=lambda name: of(seed, name))
    return reasons | dict.fromkeys(others[: sizes.random], (RANDOM,))


def hidden_share(facts: ReportFacts) -> float:
    """Return which part of a report's results is hidden, from 0 to 1; 0 without results."""
    return facts.n_hidden / max(1, facts.n_hidden + facts.n_shown)


def _largest(all_facts: Sequence[ReportFacts], measure: Callable[[ReportFacts], float], size: int) -> list[ReportFacts]:
    """Those of the largest measure, but none of zero."""
    found = [facts for facts in all_facts if measure(facts)]
    return sorted(found, key=lambda facts: (-measure(facts), -facts.n_hidden, facts.subject))[:size]
