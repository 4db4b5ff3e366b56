"""Random-intercept models from sufficient statistics.

The model is y_ij = x_ij'b + u_j + e_ij with var(u) = tau2, var(e) = sigma2 and theta = tau2 / sigma2.
Given theta everything follows from Z'Z, Z = [X y], and the groups' sums of Z (`sufficient`): those
statistics add over partitions, and leaving a group out is a subtraction (`leave_one_out`). theta maximises the profiled
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

from .likelihood import Profile, optima
from .statistics import Statistics, statistics

# A column is kept if this part of its norm is new: R's own tolerance (lm, qr) against the constant, a coarser
# one against other columns, because cross-products carry half the digits of a collinearity.
NEW_TO_CONSTANT, NEW_TO_COLUMNS = 1e-7, 1e-5


class Status(StrEnum):
    """What kind of answer a fit is; tau2 = 0 in all but `CONVERGED`, and NaN in `NOT_ESTIMABLE`."""

    CONVERGED = "converged"
    SINGULAR = "singular"  # the likelihood is highest at tau2 = 0
    ONE_GROUP = "one_group"  # tau2 is not identified
    ONE_ROW_PER_GROUP = "one_row_per_group"  # tau2 is not identified, all variance is in sigma2
    GROUPS_SATURATED = "groups_saturated"  # X spans the group indicators: tau2 is not identified
    EXACT_FIT = "exact_fit"  # y is a linear function of X: sigma2 = 0 too, and loglik infinite
    NOT_ESTIMABLE = "not_estimable"  # `leave_one_out` only: the other rows alone would be a ValueError


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
class Basis:
    """Columns [D e], orthonormal over all rows, with D = X[:, kept] back and y = D ols + norm e."""

    mean: np.ndarray  # (p + 1,) of Z = [X y]
    to: np.ndarray  # (p + 2, r + 1): [D e] = [1, Z - mean] to
    back: np.ndarray  # (r, r) upper triangular
    ols: np.ndarray  # (r,)
    norm: float  # of the OLS residuals; 0 if the fit is exact, then e = 0
    kept: np.ndarray  # (p,)

    def seen_by(self, X: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return the rows of X and y in this basis."""
        return self.to[0] + (np.column_stack([X, y]) - self.mean) @ self.to[1:]


@dataclass(frozen=True)
class Solution:
    """The estimates that a fit and a fit without a group share; of a batch of groups with a first axis for them."""

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


def fit_statistics(s: Statistics, method: str = "REML") -> RandomInterceptFit:
    """Fit the model of `fit_random_intercept` to the statistics of its rows, such as added partitions."""
    basis, profile, sums = prepared(s, method)
    fit = solution(basis, profile)
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


def prepared(s: Statistics, method: str) -> tuple[Basis, Profile, np.ndarray]:
    """Return the basis, and in its coordinates the likelihood and the groups' sums (J, r + 1)."""
    if method not in ("REML", "ML"):
        raise ValueError(f"method is 'REML' or 'ML', not {method!r}")
    basis, n = orthonormalised(s), int(s.sizes.sum())
    rank = len(basis.ols)
    if n <= rank:
        raise ValueError(f"no residual degrees of freedom: {n} rows for {rank} independent columns of X")
    sums = np.column_stack([s.sizes, s.sums + np.outer(s.sizes, s.origin - basis.mean)]) @ basis.to
    return basis, Profile.of_groups(s.sizes, sums, reml=method == "REML"), sums


def orthonormalised(s: Statistics) -> Basis:
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
    return Basis(mean, to, back, R[:-1, -1], R[-1, -1], np.array(kept[:-1]))


def flat_because(basis: Basis, profile: Profile) -> Status | None:
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


def solution(basis: Basis, profile: Profile) -> Solution:
    """Return the estimates at the best rho, in the caller's coordinates."""
    flat = flat_because(basis, profile)
    rho = 0.0 if flat else optima(profile)[0]
    A = profile.at(rho)[0]
    inverse = np.linalg.inv(A[:-1, :-1])
    b = inverse @ A[:-1, -1]
    sigma2 = basis.norm**2 * (A[-1, -1] - A[:-1, -1] @ b) / profile.df
    beta, vcov = basis.back @ (basis.ols + basis.norm * b), sigma2 * basis.back @ inverse @ basis.back.T
    status = flat or (Status.CONVERGED if rho > 0 else Status.SINGULAR)
    return Solution(*placed(beta, vcov, basis.kept), sigma2, sigma2 * rho / (1 - rho), basis.kept, status, rho, b)


def placed(beta: np.ndarray, vcov: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Put the estimates (..., r) and (..., r, r) of the kept columns in their places among all."""
    if kept.all():
        return beta, vcov
    p, before = len(kept), beta.shape[:-1]
    all_beta, all_vcov = np.full((*before, p), np.nan), np.full((*before, p, p), np.nan)
    all_beta[..., kept] = beta
    all_vcov[(..., *np.ix_(kept, kept))] = vcov
    return all_beta, all_vcov
