"""What scores by category tell of a few pupils: two sets of nearly the same ones, laid side by side.

The reader knows of every figure whose it is, but no score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

FEW = 5
_BLOCK = ["brinvest", "school_year", "step", "domain", "scale"]
_COUNTRY = ["school_year", "step", "domain", "scale", "category"]


@dataclass(frozen=True)
class Found:
    """A group of at most FEW pupils, or one school, that figures tell of; `what`: how."""

    brinvest: str
    what: str
    pupils: int


@dataclass(frozen=True)
class Told:
    """What a release tells: `shares` (table categories), and of whom: `members` has _BLOCK, category and pupil_id.

    grown: _BLOCK and pupil_id of the pupils whose growth is told.
    """

    shares: pd.DataFrame
    members: pd.DataFrame
    grown: pd.DataFrame


def found(releases: Sequence[Told]) -> list[Found]:
    """Return whom the figures of some releases give away, by themselves and by each other."""
    made = [each for told in releases for each in _within(told)]
    return made + [each for one, other in combinations(releases, 2) for each in _between(one, other)]


def _sets(frame: pd.DataFrame, by: list[str]) -> dict[tuple, frozenset]:
    return frame.groupby(by)["pupil_id"].agg(frozenset).to_dict()


def _within(told: Told) -> list[Found]:
    """Small groups; shares at the ends; categories of nearly the same pupils, and those with growth beside them."""
    grown, of = _sets(told.grown, _BLOCK), _sets(told.members, [*_BLOCK, "category"])
    made, by_block = [], {}
    for row in told.shares.to_dict("records"):
        block = tuple(row[name] for name in _BLOCK)
        pupils = of[(*block, row["category"])]
        by_block.setdefault(block, [grown[block]]).append(pupils)
        if len(pupils) <= FEW:
            made.append(Found(row["brinvest"], "small", len(pupils)))
        if not 5 <= row["share"] <= 95:
            made.append(Found(row["brinvest"], "end", len(pupils)))
    for (brinvest, *_), sets in by_block.items():
        for one, other in combinations(sets, 2):
            if 0 < len(one ^ other) <= FEW:
                made.append(Found(brinvest, "apart", len(one ^ other)))
    sums = told.shares.groupby(_COUNTRY).agg(own=("n_pupils", "sum"), country=("national_pupils", "max"))
    beside = sums["country"] - sums["own"]
    return made + [Found("", "country", int(n)) for n in beside[beside != 0]]


def _between(one: Told, other: Told) -> list[Found]:
    """Two figures of one category, of pupils a few apart."""
    sets = [_sets(each.members, [*_BLOCK, "category"]) for each in (one, other)]
    figures = [each.shares.set_index([*_BLOCK, "category"])[["n_pupils", "share"]] for each in (one, other)]
    both = figures[0].add_suffix("_one").join(figures[1].add_suffix("_other"), how="inner")
    same = (both["n_pupils_one"] == both["n_pupils_other"]) & (both["share_one"] == both["share_other"])
    made = []
    for key in both.index[~same]:
        apart = len(sets[0][key] ^ sets[1][key])
        if 0 < apart <= FEW:
            made.append(Found(key[0], "release", apart))
    return made
