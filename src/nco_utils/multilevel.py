"""Random-intercept models from sufficient statistics, and the same model with each group left out.

The model is y_ij = x_ij'b + u_j + e_ij with var(u) = tau2, var(e) = sigma2 and theta = tau2 / sigma2.
Given theta everything follows from Z'Z, Z = [X y], and the groups' sums of Z: inside a group of n rows
V0^-1 = I - w_n 11' with w_n = theta / (1 + n theta), which depends on the group's size only. So the groups
of one size are kept as one matrix, one look at the likelihood costs the same whatever the number of
groups, statistics add over partitions, and leaving a group out is a subtraction.

theta is a root of the score, not a minimum of the deviance: rounding in a deviance of millions leaves six
digits of theta, the score's root nine or ten. The search runs over rho = theta / (1 + theta) in [0, 1).

Sources: Bates, Maechler, Bolker & Walker (2015), Fitting linear mixed-effects models using lme4, Journal of
Statistical Software 67(1), section 3.4 (profiled deviance, REML criterion); Searle, Casella & McCulloch
(1992), Variance Components, chapters 6 (ML, REML) and 7 (BLUP).
"""

# ruff: noqa: N803, N806 - X, Z, R, A are matrices, named as in the literature.

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial

import numpy as np
import pandas as pd
from numpy.polynomial import chebyshev
from scipy.linalg import block_diag
from scipy.optimize import brentq
from scipy.sparse import csc_array

BLOCK = 1 << 13  # rows centred at a time: small enough for the cache, whatever the length of X
# A column is kept if this part of its norm is new: R's own tolerance (lm, qr) against the constant, a coarser
# one against other columns, because cross-products carry half the digits of a collinearity.
NEW_TO_CONSTANT, NEW_TO_COLUMNS = 1e-7, 1e-5
STAYS = 1e-6  # part of the information on any direction that must stay for a group to be subtracted
NODES = 48  # group sizes that stand for any number of sizes, to rounding (tested)
FEW = 100  # up to so many groups, one less can give the likelihood another highest peak: scan it all again
TOP = 1 - 1e-8
GRID = np.concatenate([[0.0], 1 / (1 + np.geomspace(1e5, 1e-5, 41)), [TOP]])  # where rho is scanned for signs
_root = partial(brentq, xtol=1e-300, rtol=4 * np.finfo(float).eps)  # the tightest that brentq takes


class Status(StrEnum):
    """What kind of answer a fit is; tau2 = 0 in all but `CONVERGED`, and NaN in `NOT_ESTIMABLE`."""

    CONVERGED = "converged"
    SINGULAR = "singular"  # the likelihood is highest at tau2 = 0
    ONE_GROUP = "one_group"  # tau2 is not identified
    ONE_ROW_PER_GROUP = "one_row_per_group"  # tau2 is not identified, all variance is in sigma2
    GROUPS_SATURATED = "groups_saturated"  # X spans the group indicators: tau2 is not identified
    EXACT_FIT = "exact_fit"  # y is a linear function of X: sigma2 = 0 too, and loglik infinite
    NOT_ESTIMABLE = "not_estimable"  # leaving one out only: the other rows alone would be a ValueError


@dataclass(frozen=True)
class Statistics:
    """All that a fit needs to know of its rows; `a + b` are the statistics of the rows of both."""

    groups: np.ndarray  # (J,) labels, sorted
    sizes: np.ndarray  # (J,) rows per group
    origin: np.ndarray  # (p + 1,) the point near its mean that Z = [X y] is measured from
    sums: np.ndarray  # (J, p + 1) of Z - origin per group
    cross: np.ndarray  # (p + 1, p + 1) (Z - origin)'(Z - origin)

    def __add__(self, other: "Statistics") -> "Statistics":
        """Add the statistics of other rows with the same columns; a group may have rows in both."""
        shift = other.origin - self.origin
        moved = np.outer(shift, other.sums.sum(axis=0))
        cross = self.cross + other.cross + moved + moved.T + other.sizes.sum() * np.outer(shift, shift)
        codes, groups = pd.factorize(np.concatenate([self.groups, other.groups]), sort=True)
        sizes = np.bincount(codes, np.concatenate([self.sizes, other.sizes])).astype(int)
        sums = np.zeros((len(groups), len(shift)))
        np.add.at(sums, codes, np.vstack([self.sums, other.sums + np.outer(other.sizes, shift)]))
        return Statistics(np.asarray(groups), sizes, self.origin, sums, cross)


@dataclass(frozen=True)
class RandomInterceptFit:
    """A fitted random-intercept model, in the coordinates of the caller's X and y."""

    beta: np.ndarray  # (p,) NaN where not kept
    se: np.ndarray  # (p,)
    vcov: np.ndarray  # (p, p) sigma2 (X' V0^-1 X)^-1
    sigma2: float  # variance within groups
    tau2: float  # variance between groups
    loglik: float  # lme4's logLik: the REML criterion / -2, or the log-likelihood at the ML estimates
    groups: np.ndarray  # (J,) labels, sorted
    blup: np.ndarray  # (J,) conditional mode of u_j
    blup_se: np.ndarray  # (J,) conditional standard deviation of u_j, given b and the variances
    kept: np.ndarray  # (p,) False for a column that depends on earlier ones
    n: int
    method: str
    status: Status


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


@dataclass(frozen=True)
class _Basis:
    """Columns [D e], orthonormal over all rows, with D = X[:, kept] back and y = D ols + norm e."""

    mean: np.ndarray  # (p + 1,) of Z = [X y]
    to: np.ndarray  # (p + 2, r + 1): [D e] = [1, Z - mean] to
    back: np.ndarray  # (r, r) upper triangular
    ols: np.ndarray  # (r,)
    norm: float  # of the OLS residuals; 0 if the fit is exact, then e = 0
    kept: np.ndarray  # (p,)


@dataclass(frozen=True)
class _Profile:
    """The profiled (restricted) likelihood as a function of rho, in the coordinates of a `_Basis`."""

    n: int
    reml: bool
    gram: np.ndarray  # (r + 1, r + 1) [D e]'[D e]
    sizes: np.ndarray  # (U,) the different group sizes
    counts: np.ndarray  # (U,) groups of that size
    nodes: np.ndarray  # (K,) the sizes themselves, or sizes that stand for them
    between: np.ndarray  # (K, (r + 1)^2) sum over the groups of that size of outer(sum of [D e])

    @property
    def rank(self) -> int:
        return len(self.gram) - 1

    @property
    def df(self) -> int:
        return self.n - self.rank if self.reml else self.n

    def at(self, rho: float) -> tuple[np.ndarray, np.ndarray]:
        """Return A = [D e]' V0^-1 [D e] and its derivative to rho."""
        share = 1 / (1 + (self.nodes - 1) * rho)  # w_n = rho share, dw_n / drho = share^2
        taken, slope = rho * share @ self.between, share**2 @ self.between
        return self.gram - taken.reshape(self.gram.shape), -slope.reshape(self.gram.shape)

    def score(self, rho: float) -> float:
        """Return (1 - rho) d deviance / d rho, which stays finite up to rho = 1."""
        A, slope = self.at(rho)
        inverse = np.linalg.inv(A)
        last = inverse[-1]  # (-b, 1) / rss
        log_rss = last @ slope @ last / last[-1]
        log_det = np.vdot(inverse, slope) - log_rss  # of the fixed effects' block only
        groups = self.counts @ (self.sizes / (1 + (self.sizes - 1) * rho))
        return groups + (1 - rho) * (self.reml * log_det + self.df * log_rss)

    def deviance(self, rho: float) -> float:
        """Return -2 log-likelihood but for its constants, for residuals of norm 1 and X = D."""
        log = 2 * np.log(np.linalg.cholesky(self.at(rho)[0]).diagonal())
        groups = self.counts @ np.log((1 + (self.sizes - 1) * rho) / (1 - rho))
        return groups + self.reml * log[:-1].sum() + self.df * log[-1]


@dataclass(frozen=True)
class _Solution:
    beta: np.ndarray
    vcov: np.ndarray
    sigma2: float
    tau2: float
    kept: np.ndarray
    status: Status
    rho: float = np.nan
    b: np.ndarray | None = None  # (r,) GLS coefficients of e on D


def fit_random_intercept(y, X, groups, method: str = "REML") -> RandomInterceptFit:
    """Fit a random intercept per group by REML or ML; no intercept is added, X holds it.

    y (n,), X (n, p), groups (n,), rows in any order. beta is in units of y per unit of X, sigma2 and tau2
    in units of y squared. Agrees with lme4. Columns with a large mean (dates as day numbers) cost no digits.

    A column that depends on earlier ones is dropped as R does: not `kept`, its beta, se and vcov NaN.
    tau2 is 0, with OLS estimates and blups of 0, if the likelihood is highest there and in the cases where
    it does not depend on tau2: one group, one row per group, X that spans the group indicators. `status`
    says which.

    Raises ValueError for shapes that do not match, no rows or columns, values that are not finite, missing
    group labels, a method other than "REML" or "ML", no residual degrees of freedom (n <= rank of X), and
    no variance within groups (the likelihood then has no maximum).

    Source: Bates et al. (2015), section 3.4; conditional modes and their variances: Searle et al. (1992),
    chapter 7.
    """
    return fit_statistics(statistics(y, X, groups), method)


def leave_one_group_out(y, X, groups, method: str = "REML") -> LeaveOneGroupOut:
    """Fit the model, for each of the J groups, on the rows of all other groups.

    Arguments, units, errors and source are those of `fit_random_intercept`. Where only the other rows are
    an error (nothing left, no residual degrees of freedom) that group has NaN and status `NOT_ESTIMABLE`.

    A column that only the group itself identifies, such as a category that no other group has, is dropped
    for that group: not kept[j], beta and vcov NaN. To predict the group, count it as 0 (`np.nan_to_num`):
    its rows then get the prediction of the reference category, if X has an intercept column.
    """
    y, X, codes, labels = _checked(y, X, groups)
    s = _gathered(y, X, codes, labels)
    basis, full, _ = _prepared(s, method)
    near = _neighbourhood(basis, full)
    # A group left out is one group of its size counted -1 times: the last place, rewritten for each group.
    sizes, counts, nodes = np.append(full.sizes, 0), np.append(full.counts, -1), np.append(full.nodes, 0)
    between = np.pad(full.between, ((0, 1), (0, 0)))
    fits = []
    for j, rows in enumerate(np.split(np.argsort(codes, kind="stable"), np.cumsum(s.sizes)[:-1])):
        own = basis.to[0] + (np.column_stack([X[rows], y[rows]]) - basis.mean) @ basis.to[1:]
        total, gram = own.sum(axis=0), full.gram - own.T @ own
        sizes[-1], nodes[-1], between[-1] = len(own), len(own), -np.outer(total, total).ravel()
        others = _Profile(full.n - len(own), full.reml, gram, sizes, counts, nodes, between)
        fits.append(_subtracted(basis, others, near) or _refitted(y, X, codes, j, method))
    columns = (np.stack([getattr(f, name) for f in fits]) for name in LeaveOneGroupOut.__match_args__[1:])
    return LeaveOneGroupOut(s.groups, *columns)


def statistics(y, X, groups) -> Statistics:
    """Summarise rows for `fit_statistics`; shapes and errors as in `fit_random_intercept`."""
    return _gathered(*_checked(y, X, groups))


def fit_statistics(s: Statistics, method: str = "REML") -> RandomInterceptFit:
    """Fit the model of `fit_random_intercept` to the statistics of its rows, such as added partitions."""
    basis, profile, sums = _prepared(s, method)
    fit = _solution(basis, profile)
    weight = fit.rho / (1 + (s.sizes - 1) * fit.rho)
    with np.errstate(divide="ignore"):  # an exact fit has norm 0 and an infinite likelihood
        constants = profile.df * (1 + np.log(2 * np.pi * basis.norm**2 / profile.df))
    if profile.reml:
        constants -= 2 * np.log(np.abs(basis.back.diagonal())).sum()
    return RandomInterceptFit(
        beta=fit.beta,
        se=np.sqrt(fit.vcov.diagonal()),
        vcov=fit.vcov,
        sigma2=fit.sigma2,
        tau2=fit.tau2,
        loglik=-(profile.deviance(fit.rho) + constants) / 2,
        groups=s.groups,
        blup=weight * basis.norm * (sums @ np.append(-fit.b, 1)),
        blup_se=np.sqrt(fit.sigma2 * weight),
        kept=fit.kept,
        n=profile.n,
        method=method,
        status=fit.status,
    )


def _checked(y, X, groups) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return y, X, the group's number of each row and the sorted labels."""
    y, X = np.asarray(y, dtype=float), np.asarray(X, dtype=float)
    groups = groups if hasattr(groups, "dtype") else np.asarray(groups)
    if (y.ndim, X.ndim, groups.ndim) != (1, 2, 1) or not len(y) == len(X) == len(groups):
        raise ValueError(f"y (n,), X (n, p), groups (n,) expected, got {y.shape}, {X.shape}, {groups.shape}")
    if not X.size:
        raise ValueError(f"no data to fit: X has {X.shape[0]} rows and {X.shape[1]} columns")
    codes, labels = pd.factorize(groups, sort=True)
    if codes.min() < 0:
        raise ValueError(f"{np.sum(codes < 0)} rows have no group label")
    return y, X, codes, np.asarray(labels)


def _gathered(y, X, codes, labels) -> Statistics:
    """Sum rows block by block, measured from their mean so that large means cost no digits."""
    with np.errstate(invalid="ignore", over="ignore"):
        origin = np.append(X.mean(axis=0), y.mean())
        sums, cross = np.zeros((len(labels), len(origin))), np.zeros((len(origin), len(origin)))
        block = max(BLOCK, len(labels))  # never more groups than rows, or adding up the blocks dominates
        for start in range(0, len(y), block):
            rows = slice(start, start + block)
            Z = np.column_stack([X[rows], y[rows]]) - origin
            cross += Z.T @ Z
            members = csc_array((np.ones(len(Z)), codes[rows], np.arange(len(Z) + 1)), (len(labels), len(Z)))
            sums += members @ Z
    if not np.isfinite(cross).all():
        columns = [*(f"column {k} of X" for k in range(X.shape[1])), "y"]
        bad = [name for name, total in zip(columns, cross.diagonal(), strict=True) if not np.isfinite(total)]
        raise ValueError(f"values that are not finite (or too large to square) in {', '.join(bad)}")
    return Statistics(labels, np.bincount(codes), origin, sums, cross)


def _prepared(s: Statistics, method: str) -> tuple[_Basis, _Profile, np.ndarray]:
    """Return the basis, and in its coordinates the likelihood and the groups' sums (J, r + 1)."""
    if method not in ("REML", "ML"):
        raise ValueError(f"method is 'REML' or 'ML', not {method!r}")
    basis, n = _orthonormalised(s), int(s.sizes.sum())
    rank = len(basis.ols)
    if n <= rank:
        raise ValueError(f"no residual degrees of freedom: {n} rows for {rank} independent columns of X")
    sums = np.column_stack([s.sizes, s.sums + np.outer(s.sizes, s.origin - basis.mean)]) @ basis.to
    order = np.argsort(s.sizes, kind="stable")
    sizes, starts, counts = np.unique(s.sizes[order], return_index=True, return_counts=True)
    between = np.stack([(part.T @ part).ravel() for part in np.split(sums[order], starts[1:])])
    nodes, between = _condensed(sizes, between)
    return basis, _Profile(n, method == "REML", np.eye(rank + 1), sizes, counts, nodes, between), sums


def _condensed(sizes: np.ndarray, between: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Replace many group sizes by `NODES` sizes that give the same sum of w_n between_n at every theta.

    n w_n = n / (n + 1 / theta) is a logistic curve in log n, so Chebyshev interpolation over log n has no
    error but rounding; it makes an evaluation of the score independent of the number of sizes.
    """
    if len(sizes) <= NODES:
        return sizes, between
    log, points = np.log(sizes), chebyshev.chebpts1(NODES)
    low, half = log[0], (log[-1] - log[0]) / 2
    nodes = np.exp(low + half * (points + 1))
    values = chebyshev.chebvander((log - low) / half - 1, NODES - 1)
    lagrange = values @ np.linalg.inv(chebyshev.chebvander(points, NODES - 1))
    return nodes, (lagrange * nodes / sizes[:, None]).T @ between


def _orthonormalised(s: Statistics) -> _Basis:
    """Orthonormalise the columns of Z = [X y] in their order, those that depend on earlier ones left out.

    Columns are vectors over 1 and Z - mean, whose cross-products keep the digits that Z'Z of large means
    loses; no column of X need be the intercept.
    """
    n = s.sizes.sum()
    shift = s.sums.sum(axis=0) / n
    mean = s.origin + shift
    gram = block_diag(n, s.cross - n * np.outer(shift, shift))
    columns = np.vstack([mean, np.eye(len(mean))])
    floor = np.maximum(NEW_TO_COLUMNS**2 * gram.diagonal()[1:], NEW_TO_CONSTANT**2 * n * mean**2)
    to, kept = np.empty((len(columns), 0)), []
    for column, least in zip(columns.T, floor, strict=True):
        new = column - to @ (to.T @ (gram @ column))
        new -= to @ (to.T @ (gram @ new))  # twice is enough for orthogonality to rounding
        square = new @ gram @ new
        kept.append(square > least)
        if kept[-1]:
            to = np.column_stack([to, new / np.sqrt(square)])
    if not kept[-1]:
        to = np.pad(to, ((0, 0), (0, 1)))
    R = to.T @ gram @ columns
    back = np.linalg.inv(np.triu(R[:-1, :-1][:, kept[:-1]]))
    return _Basis(mean, to, back, R[:-1, -1], R[-1, -1], np.array(kept[:-1]))


def _flat(basis: _Basis, profile: _Profile) -> Status | None:
    """Return why the likelihood says nothing on tau2, or None if it does."""
    groups = profile.counts.sum()
    if basis.norm == 0:
        return Status.EXACT_FIT
    if groups == 1:
        return Status.ONE_GROUP
    if profile.counts @ (profile.sizes > 1) == 0:
        return Status.ONE_ROW_PER_GROUP
    if groups <= profile.rank:
        within = profile.at(1.0)[0][:-1, :-1]
        if np.sum(np.linalg.eigvalsh(within) < NEW_TO_COLUMNS**2) == groups:
            return Status.GROUPS_SATURATED
    return None


def _optima(profile: _Profile) -> list[float]:
    """Return the rho's at which the deviance has a minimum, the lowest first; 0 if it rises from there."""
    scores = [profile.score(rho) for rho in GRID]
    if scores[-1] < 0:
        raise ValueError("y has no variance within groups beyond X: sigma2 and tau2 cannot be separated")
    optima = [0.0] if scores[0] >= 0 else []
    for low, high, left, right in zip(GRID, GRID[1:], scores, scores[1:], strict=False):
        if left < 0 <= right:
            optima.append(_root(profile.score, low, high))
    return sorted(optima, key=profile.deviance)


def _neighbourhood(basis: _Basis, full: _Profile) -> tuple[float, float] | None:
    """Return the optimum and the score's slope there, if it is the only one: others will be near."""
    optima = [] if _flat(basis, full) else _optima(full)
    if len(optima) != 1 or full.counts.sum() <= FEW:
        return None
    rho, step = optima[0], 1e-4 * optima[0]
    slope = (full.score(rho + step) - full.score(rho - step)) / (2 * step) if rho else np.inf
    return rho, slope


def _optimum_near(profile: _Profile, near: tuple[float, float] | None) -> float:
    """Return the best rho, bracketed by twice a Newton step where that will do."""
    if near:
        (start, slope), score = near, cache(profile.score)
        beyond = start - 2 * score(start) / slope
        if start == 0 <= score(0.0):
            return 0.0
        if start > 0 and 0 < beyond < TOP and score(start) * score(beyond) <= 0:
            return _root(score, start, beyond)
    return _optima(profile)[0]


def _solution(basis: _Basis, profile: _Profile, near: tuple[float, float] | None = None) -> _Solution:
    """Return the estimates at the best rho, in the caller's coordinates."""
    flat = _flat(basis, profile)
    rho = 0.0 if flat else _optimum_near(profile, near)
    A = profile.at(rho)[0]
    inverse = np.linalg.inv(A[:-1, :-1])
    b = inverse @ A[:-1, -1]
    sigma2 = basis.norm**2 * (A[-1, -1] - A[:-1, -1] @ b) / profile.df
    beta, vcov = np.full(len(basis.kept), np.nan), np.full((len(basis.kept),) * 2, np.nan)
    beta[basis.kept] = basis.back @ (basis.ols + basis.norm * b)
    vcov[np.ix_(basis.kept, basis.kept)] = sigma2 * basis.back @ inverse @ basis.back.T
    status = flat or (Status.CONVERGED if rho > 0 else Status.SINGULAR)
    return _Solution(beta, vcov, sigma2, sigma2 * rho / (1 - rho), basis.kept, status, rho, b)


def _subtracted(basis: _Basis, others: _Profile, near: tuple[float, float] | None) -> _Solution | None:
    """Return the solution without a group, or None where too little is left for this basis.

    The groups' parts of the information on the basis add up to r + 1, so hardly more groups can get None.
    """
    scarce = np.trace(others.gram) < others.rank + STAYS  # implied by the exact but slow test after it
    if others.n <= others.rank or (scarce and np.linalg.eigvalsh(others.gram)[0] < STAYS):
        return None
    return _solution(basis, others, near)


def _refitted(y, X, codes, j: int, method: str) -> RandomInterceptFit | _Solution:
    """Fit the rows outside group j anew, without the columns that only the group identified."""
    others, p = codes != j, X.shape[1]
    try:
        return fit_random_intercept(y[others], X[others], codes[others], method)
    except ValueError:
        none = np.full((p, p), np.nan)
        return _Solution(none[0], none, np.nan, np.nan, np.zeros(p, bool), Status.NOT_ESTIMABLE)
