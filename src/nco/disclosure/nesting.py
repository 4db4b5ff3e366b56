"""Two splits of one school side by side: parts that differ by a few pupils, whose sums give those pupils away.

The parts of a split and its rest have known sums, and so has every union of them. Where such a union by one trait
lies within one by another trait and 1 to 5 pupils are left, the difference of the sums is theirs. A reader need not
know that the one lies within the other: pupils without background are unknown on every trait.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Parts:
    """One split: of every pair the number of its block (n,) and of its part there (n,), the rest being one part too.

    k: how many parts a block can have.
    """

    block: np.ndarray
    part: np.ndarray
    k: int


def nested(one: Parts, other: Parts, chosen: np.ndarray, minimum_group: int) -> np.ndarray:
    """Return of every block (B,) whether some union of parts of `one` and some of `other` differ by a few pupils.

    A few: 1 to `minimum_group` - 1 pupils, all in the larger one. `chosen` (B,): the blocks that are looked at.
    """
    found = np.zeros(len(chosen), dtype=bool)
    places = np.flatnonzero(chosen)
    if not len(places):
        return found
    counts = _crossed(one, other, places, len(chosen))
    found[places] = _few_apart(counts, minimum_group)
    return found


def _crossed(one: Parts, other: Parts, places: np.ndarray, size: int) -> np.ndarray:
    """The pupils of every chosen block by both splits (C, k of one, k of other)."""
    number = np.full(size, -1)
    number[places] = np.arange(len(places))
    here = number[one.block] >= 0
    at = (number[one.block[here]] * one.k + one.part[here]) * other.k + other.part[here]
    return np.bincount(at, minlength=len(places) * one.k * other.k).reshape(len(places), one.k, other.k)


def _few_apart(counts: np.ndarray, minimum_group: int) -> np.ndarray:
    few = np.zeros(len(counts), dtype=bool)
    columns, n_columns = counts.sum(axis=1), list(_unions(counts.shape[2]))
    for rows in _unions(counts.shape[1]):
        of_rows = counts[:, rows].sum(axis=1)
        n_rows = of_rows.sum(axis=1)
        for chosen in n_columns:
            both, n_other = of_rows[:, chosen].sum(axis=1), columns[:, chosen].sum(axis=1)
            only = n_rows - both, n_other - both
            for outside, inside in (only, only[::-1]):
                few |= (inside == 0) & (both > 0) & (outside > 0) & (outside < minimum_group)
    return few


def _unions(k: int) -> Iterator[list[int]]:
    """Every union of k parts but none and all."""
    for bits in range(1, 2**k - 1):
        yield [i for i in range(k) if bits >> i & 1]
