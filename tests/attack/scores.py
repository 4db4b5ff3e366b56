"""What the figures of one school leave open for the scores of a few pupils, over steps and releases.

The reader knows more than reports say: which pupils each figure is about, growth without rounding, and the lowest and
highest score that can be. Every published figure is then a linear function of sums of scores over sets of pupils at a
moment. What those leave open for the sum of 1 to 5 pupils is found by linear programming; whether growth of so few is
known at all, by linear algebra.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.optimize import linprog

FEW = 5
_ROUNDING = 1e-6
_CHAIN = ["brinvest", "domain", "scale", "generation"]


@dataclass(frozen=True)
class Found:
    """A group of pupils of one school that a reader knows too well: how many, what of them, and how far it is open.

    width: of their mean, in standard deviations of a pupil's score, or of a pupil's growth.
    """

    brinvest: str
    domain: str
    what: str
    pupils: int
    width: float


@dataclass(frozen=True)
class _Set:
    """The pupils of one published figure: who they are at either moment, and what is told of their begin score."""

    begin: int
    before: frozenset
    after: frozenset
    growth: float
    sum_before: tuple[float, float] | None


def found(figures: pd.DataFrame, members: pd.DataFrame, scales: dict[str, tuple[float, float]]) -> list[Found]:
    """Return the groups of at most FEW pupils whose mean score is open by less than one standard deviation of a score.

    figures: what releases show, one row a set: release, UNIT_OF_SUPPRESSION, trait, value, mean_before_low and
    mean_before_high. members: release, UNIT_OF_SUPPRESSION, trait, value and who is in it: pupil_id, score_before,
    score_after. scales: the lowest and highest score of each.
    """
    keys = ["release", "brinvest", "school_year", "step", "domain", "scale", "trait", "value"]
    rows = figures.merge(members, on=keys)
    rows["begin"] = 2 * rows["school_year"].str[:4].astype(int) - (rows["step"].str[0] == "E")
    # Pupils of one groep stay together; who repeats one has other results.
    rows["generation"] = 2 * rows["school_year"].str[:4].astype(int) - 2 * rows["step"].str[-1].astype(int)
    spread = rows.groupby(["scale", "step"])["score_before"].std().groupby("scale").mean()
    made = []
    for (brinvest, domain, scale, _), chain in rows.groupby(_CHAIN):
        sets = [_set(each) for _, each in chain.groupby(keys)]
        made += [Found(brinvest, domain, *each) for each in _scores(sets, scales[scale], spread[scale])]
        made += [Found(brinvest, domain, *each) for each in _growth(sets)]
    return made


def _set(rows: pd.DataFrame) -> _Set:
    first = rows.iloc[0]
    before, after = ((rows["pupil_id"] + rows[name].map("|{:.6f}".format)) for name in ("score_before", "score_after"))
    told = None
    if pd.notna(first["mean_before_low"]):
        told = len(rows) * first["mean_before_low"], len(rows) * first["mean_before_high"]
    growth = float((rows["score_after"] - rows["score_before"]).sum())
    return _Set(int(first["begin"]), frozenset(before), frozenset(after), growth, told)


def _atoms(sets: list[_Set], moment: int) -> list[frozenset]:
    """Who cannot be told apart by the sets at a moment, together."""
    here = [s.before if s.begin == moment else s.after for s in sets if moment in (s.begin, s.begin + 1)]
    of: dict[tuple, set] = {}
    for who in set().union(*here) if here else ():
        of.setdefault(tuple(who in each for each in here), set()).add(who)
    return [frozenset(each) for each in of.values()]


def _scores(sets: list[_Set], limits: tuple[float, float], spread: float) -> Iterator[tuple[str, int, float]]:
    moments = sorted({moment for s in sets for moment in (s.begin, s.begin + 1)})
    names = [(moment, atom) for moment in moments for atom in _atoms(sets, moment)]
    equal, total, below, least = [], [], [], []
    for s in sets:
        at_begin, at_end = (
            np.array([moment == when and atom <= who for moment, atom in names], float)
            for when, who in ((s.begin, s.before), (s.begin + 1, s.after))
        )
        equal.append(at_end - at_begin)
        total.append(s.growth)
        if s.sum_before:
            below += [at_begin, -at_begin]
            least += [s.sum_before[1], -s.sum_before[0]]
    if not below:
        return
    bounds = [(len(atom) * limits[0], len(atom) * limits[1]) for _, atom in names]
    for moment, group in _few(sets, names):
        cost = np.array([float(when == moment and atom <= group) for when, atom in names])
        ends = []
        for sign in (1, -1):
            solved = linprog(
                sign * cost, A_ub=np.array(below), b_ub=least, A_eq=np.array(equal), b_eq=total, bounds=bounds
            )
            if solved.status:
                break
            ends.append(sign * solved.fun)
        if len(ends) == 2 and (width := (ends[1] - ends[0]) / len(group) / spread) < 1:
            yield "score", len(group), width


def _few(sets: list[_Set], names: list[tuple]) -> set[tuple[int, frozenset]]:
    """The groups to try: what cannot be told apart, and the difference of two sets of which one lies in the other."""
    groups = {(moment, atom) for moment, atom in names if len(atom) <= FEW}
    at = [(s.begin, s.before) for s in sets] + [(s.begin + 1, s.after) for s in sets]
    for (one, those), (other, these) in combinations(at, 2):
        if one == other:
            for left, inside in ((those - these, these - those), (these - those, those - these)):
                if not inside and 0 < len(left) <= FEW:
                    groups.add((one, left))
    return groups


def _growth(sets: list[_Set]) -> Iterator[tuple[str, int, float]]:
    """Groups whose growth follows from the sums of growth of one step: unions of at most three atoms."""
    by_step: dict[int, list[frozenset]] = {}
    for s in sets:
        by_step.setdefault(s.begin, []).append(frozenset(zip(sorted(s.before), sorted(s.after), strict=True)))
    for these in by_step.values():
        of: dict[tuple, set] = {}
        for who in set().union(*these):
            of.setdefault(tuple(who in each for each in these), set()).add(who)
        atoms = list(of.values())
        matrix = np.array(list(of), float).T
        small = [i for i, atom in enumerate(atoms) if len(atom) <= FEW]
        if not small:
            continue
        free = _null_space(matrix)
        for size in (1, 2, 3):
            for chosen in combinations(small, size):
                n = sum(len(atoms[i]) for i in chosen)
                if n <= FEW and np.abs(free[:, list(chosen)].sum(axis=1)).max(initial=0) < _ROUNDING:
                    yield "growth", n, 0.0


def _null_space(matrix: np.ndarray) -> np.ndarray:
    _, values, rows = np.linalg.svd(matrix)
    rank = int((values > 1e-9).sum())
    return rows[rank:]
