"""Random-intercept models from sufficient statistics, and the same model with each group left out.

The model is y_ij = x_ij'b + u_j + e_ij with var(u) = tau2, var(e) = sigma2 and theta = tau2 / sigma2.
Given theta everything follows from Z'Z, Z = [X y], and the groups' sums of Z (`sufficient`): those
statistics add over partitions, and leaving a group out is a subtraction. theta maximises the profiled
(restricted) likelihood (`likelihood`); here are the coordinates in which that is well conditioned, and the
way back to the caller's.

Sources: Bates, Maechler, Bolker & Walker (2015), Fitting linear mixed-effects models using lme4, Journal of
Statistical Software 67(1), section 3.4 (profiled deviance, REML criterion); Searle, Casella & McCulloch
(1992), Variance Components, chapters 6 (ML, REML) and 7 (BLUP).
"""

# ruff: noqa: N803, N806 - X, R, A are matrices, named as in the literature.

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.linalg import block_diag

from .likelihood import Profile, neighbourhood, optimum_near
from .sufficient import Statistics, checked, gathered, statistics

# A column is kept if this part of its norm is new: R's own tolerance (lm, qr) against the constant, a coarser
# one against other columns, because cross-products carry half the digits of a collinearity.
NEW_TO_CONSTANT, NEW_TO_COLUMNS = 1e-7, 1e-5
STAYS = 1e-6  # part of the information on any direction that must stay for a group to be subtracted


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
    y, X, codes, labels = checked(y, X, groups)
    s = gathered(y, X, codes, labels)
    basis, full, _ = _prepared(s, method)
    near = None if _flat(basis, full) else neighbourhood(full)
    # A group left out is one group of its size counted -1 times: the last place, rewritten for each group.
    sizes, counts, nodes = np.append(full.sizes, 0), np.append(full.counts, -1), np.append(full.nodes, 0)
    between = np.pad(full.between, ((0, 1), (0, 0)))
    fits = []
    for j, rows in enumerate(np.split(np.argsort(codes, kind="stable"), np.cumsum(s.sizes)[:-1])):
        own = basis.to[0] + (np.column_stack([X[rows], y[rows]]) - basis.mean) @ basis.to[1:]
        total, gram = own.sum(axis=0), full.gram - own.T @ own
        sizes[-1], nodes[-1], between[-1] = len(own), len(own), -np.outer(total, total).ravel()
        others = Profile(full.n - len(own), full.reml, gram, sizes, counts, nodes, between)
        fits.append(_subtracted(basis, others, near) or _refitted(y, X, codes, j, method))
    columns = (np.stack([getattr(f, name) for f in fits]) for name in LeaveOneGroupOut.__match_args__[1:])
    return LeaveOneGroupOut(s.groups, *columns)


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


def _prepared(s: Statistics, method: str) -> tuple[_Basis, Profile, np.ndarray]:
    """Return the basis, and in its coordinates the likelihood and the groups' sums (J, r + 1)."""
    if method not in ("REML", "ML"):
        raise ValueError(f"method is 'REML' or 'ML', not {method!r}")
    basis, n = _orthonormalised(s), int(s.sizes.sum())
    rank = len(basis.ols)
    if n <= rank:
        raise ValueError(f"no residual degrees of freedom: {n} rows for {rank} independent columns of X")
    sums = np.column_stack([s.sizes, s.sums + np.outer(s.sizes, s.origin - basis.mean)]) @ basis.to
    return basis, Profile.of_groups(s.sizes, sums, reml=method == "REML"), sums


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


def _flat(basis: _Basis, profile: Profile) -> Status | None:
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


def _solution(basis: _Basis, profile: Profile, near: tuple[float, float] | None = None) -> _Solution:
    """Return the estimates at the best rho, in the caller's coordinates."""
    flat = _flat(basis, profile)
    rho = 0.0 if flat else optimum_near(profile, near)
    A = profile.at(rho)[0]
    inverse = np.linalg.inv(A[:-1, :-1])
    b = inverse @ A[:-1, -1]
    sigma2 = basis.norm**2 * (A[-1, -1] - A[:-1, -1] @ b) / profile.df
    beta, vcov = np.full(len(basis.kept), np.nan), np.full((len(basis.kept),) * 2, np.nan)
    beta[basis.kept] = basis.back @ (basis.ols + basis.norm * b)
    vcov[np.ix_(basis.kept, basis.kept)] = sigma2 * basis.back @ inverse @ basis.back.T
    status = flat or (Status.CONVERGED if rho > 0 else Status.SINGULAR)
    return _Solution(beta, vcov, sigma2, sigma2 * rho / (1 - rho), basis.kept, status, rho, b)


def _subtracted(basis: _Basis, others: Profile, near: tuple[float, float] | None) -> _Solution | None:
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
