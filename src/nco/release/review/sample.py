"""Which reports are read first, and why: those that changed most, those that show least, and some drawn by lot.

Drawn by a hash, so that the same cards and seed give the same sample, and one report more or less changes little.
"""

from collections.abc import Callable, Iterable, Sequence

from nco.base.all_settings import Sample
from nco.base.fingerprint import of
from nco.reports import kinds

from ..report_facts import Card

CHANGE, HIDDEN, RANDOM = "change", "hidden", "random"


def choose(cards: Iterable[Card], sizes: Sample, seed: str) -> dict[str, tuple[str, ...]]:
    """Return the reports to read first, in that order, each with the reasons: CHANGE, HIDDEN or RANDOM.

    cards: of the reports that were made. Drawn by lot are others than those that are chosen for what they hold.
    """
    there = list(cards)
    schools = [card for card in there if not kinds.of(card).subject.gathers]
    reasons: dict[str, tuple[str, ...]] = {}
    for reason, size, measure in (
        (CHANGE, sizes.largest_changes, lambda card: abs(card.change or 0)),
        (HIDDEN, sizes.most_hidden, hidden_share),
    ):
        for card in _largest(schools, measure, size):
            reasons[card.subject] = (*reasons.get(card.subject, ()), reason)
    others = sorted((card.subject for card in there if card.subject not in reasons), key=lambda name: of(seed, name))
    return reasons | dict.fromkeys(others[: sizes.random], (RANDOM,))


def hidden_share(card: Card) -> float:
    """Return which part of a report's results is hidden, from 0 to 1; 0 without results."""
    return card.n_hidden / max(1, card.n_hidden + card.n_shown)


def _largest(cards: Sequence[Card], measure: Callable[[Card], float], size: int) -> list[Card]:
    """The cards of the largest measure, but none of zero."""
    found = [card for card in cards if measure(card)]
    return sorted(found, key=lambda card: (-measure(card), -card.n_hidden, card.subject))[:size]
