"""A random-intercept model with each group left out in turn: the same as fitting the other rows anew, and fast.

Leaving a group out is a subtraction from the statistics of all rows, and what is highest without it is near what is
highest with it: so groups are left out by the batch, in a few Newton steps. What cannot be done so (few groups,
tau2 = 0 without the group only, a column that only the group has) is done group by group.
"""

# ruff: noqa: N803, N806 - X, A are matrices, named as in the literature.

from dataclasses import dataclass

import numpy as np

from .likelihood import Profile, Without, only_optimum
from .random_intercept import (
    Basis,
    RandomInterceptFit,
    Solution,
    Status,
    fit_random_intercept,
    flat_because,
    placed,
    prepared,
    solution,
)
from .statistics import checked, gathered

BATCH = 128  # groups left out at a time: their matrices stay in the cache
STAYS = 1e-6  # part of the information on any direction that must stay for a group to be subtracted


@dataclass(frozen=True)
class LeaveOneGroupOut:
    """For each of J groups the fit on the rows of the other groups."""

    groups: np.ndarray  # (J,) the group left out, sorted
    beta: np.ndarray  # (J, p) NaN where not kept
    vcov: np.ndarray  # (J, p, p)
    sigma2: np.ndarray  # (J,)
    tau2: np.ndarray  # (J,)
    kept: np.ndarray  # (J, p)
    status: np.ndarray  # (J,) of Status


def leave_one_group_out(y, X, groups, method: str = "REML") -> LeaveOneGroupOut:
    """Fit the model, for each of the J groups, on the rows of all other groups.

    Arguments, units, errors and source are those of `fit_random_intercept`. Where only the other rows are
    an error (nothing left, no residual degrees of freedom) that group has NaN and status `NOT_ESTIMABLE`.

    A column that only the group itself identifies, such as a category that no other group has, is dropped
    for that group: not kept[j], beta and vcov NaN. To predict the group, count it as 0 (`np.nan_to_num`):
    its rows then get the prediction of the reference category, if X has an intercept column.
    """
    y, X, codes, labels = checked(y, X, groups)
    s = gathered(y, X, codes, labels)
    basis, full, _ = prepared(s, method)
    start = _common_start(basis, full)
    order, ends = np.argsort(codes, kind="stable"), np.append(0, np.cumsum(s.sizes))
    out = _nothing(s.groups, X.shape[1])
    for first in range(0, len(s.sizes), BATCH):
        sizes = s.sizes[first : first + BATCH]
        rows = order[ends[first] : ends[first + len(sizes)]]
        without = Without.of(full, basis.seen_by(X[rows], y[rows]), sizes)
        rho = np.full(len(sizes), np.nan) if start is None else _found_together(without, start)
        found = np.flatnonzero(rho >= 0)
        if len(found):
            _fill(out, first + found, _solved_together(basis, without.some(found), rho[found]))
        for i in np.flatnonzero(~(rho >= 0)):
            _fill(out, first + i, _subtracted(basis, without.one(i)) or _refitted(y, X, codes, first + i, method))
    return out


def _common_start(basis: Basis, full: Profile) -> float | None:
    """Return the rho from which the fits without a group can be sought together; None where each needs care."""
    if flat_because(basis, full) or full.counts.sum() - 1 <= full.rank or full.counts @ (full.sizes > 1) < 3:
        return None
    return only_optimum(full)


def _found_together(without: Without, start: float) -> np.ndarray:
    """Return the best rho without each group of a batch, NaN where it has to be sought on its own."""
    rho = np.full(len(without.sizes), np.nan)
    ample = np.trace(without.gram, axis1=1, axis2=2) >= without.full.rank + STAYS
    rho[ample] = without.some(ample).optima_near(start)
    return rho


def _solved_together(basis: Basis, without: Without, rho: np.ndarray) -> Solution:
    """Return the solutions without each group of a batch, as `solution` does, with a first axis for the group."""
    A, r = without.at(rho)[0], without.full.rank
    inverse = np.linalg.inv(A[:, :r, :r])
    b = np.einsum("bij,bj->bi", inverse, A[:, :r, r])
    sigma2 = basis.norm**2 * (A[:, r, r] - np.einsum("bi,bi->b", A[:, :r, r], b)) / without.df
    half = (inverse.reshape(-1, r) @ basis.back.T).reshape(-1, r, r).transpose(0, 2, 1)
    vcov = sigma2[:, None, None] * (half.reshape(-1, r) @ basis.back.T).reshape(-1, r, r)
    beta = (basis.ols + basis.norm * b) @ basis.back.T
    status = np.array([Status.SINGULAR, Status.CONVERGED], dtype=object)[(rho > 0).astype(int)]
    return Solution(*placed(beta, vcov, basis.kept), sigma2, sigma2 * rho / (1 - rho), basis.kept, status)


def _nothing(groups: np.ndarray, p: int) -> LeaveOneGroupOut:
    """Return the fits without each group, still to be filled."""
    shapes = {"beta": (p,), "vcov": (p, p), "sigma2": (), "tau2": (), "kept": (p,), "status": ()}
    kinds = {"kept": bool, "status": object}
    return LeaveOneGroupOut(
        groups, *(np.empty((len(groups), *s), kinds.get(name, float)) for name, s in shapes.items())
    )


def _fill(out: LeaveOneGroupOut, which, fit) -> None:
    for name in LeaveOneGroupOut.__match_args__[1:]:
        getattr(out, name)[which] = getattr(fit, name)


def _subtracted(basis: Basis, others: Profile) -> Solution | None:
    """Return the solution without a group, or None where too little is left for this basis.

    The groups' parts of the information on the basis add up to r + 1, so hardly more groups can get None.
    """
    scarce = np.trace(others.gram) < others.rank + STAYS  # implied by the exact but slow test after it
    if others.n <= others.rank or (scarce and np.linalg.eigvalsh(others.gram)[0] < STAYS):
        return None
    return solution(basis, others)


def _refitted(y, X, codes, j: int, method: str) -> RandomInterceptFit | Solution:
    """Fit the rows outside group j anew, without the columns that only the group identified."""
    others, p = codes != j, X.shape[1]
    try:
        return fit_random_intercept(y[others], X[others], codes[others], method)
    except ValueError:
        none = np.full((p, p), np.nan)
        return Solution(none[0], none, np.nan, np.nan, np.zeros(p, bool), Status.NOT_ESTIMABLE)
