"""The ways a reference model can be fitted, by name: on all schools, and without each of them in turn.

random_intercept: a random intercept per school, by REML (`multilevel`, `leave_one_out`). ols_cluster: least
squares with standard errors that allow for dependence within schools (`clustered`); it knows no school variance, so
nothing is shrunken.
Slopes are the same for every school with both.
"""

# ruff: noqa: N803 - X is a matrix, named as in the literature.

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..tables import ESTIMATORS
from . import leave_one_out, random_intercept
from .clustered import fit_clustered, leave_one_cluster_out


@dataclass(frozen=True)
class Estimate:
    """A model fitted on all J schools, and for each the fit on the others; p columns, NaN where one was dropped."""

    groups: np.ndarray  # (J,) the schools, sorted
    beta: np.ndarray  # (p,)
    se: np.ndarray  # (p,)
    kept: np.ndarray  # (p,) False for a column that depends on earlier ones
    sigma2: float  # residual variance: within schools, or with `ols_cluster` of all pupils
    tau2: float  # variance between schools; NaN with `ols_cluster`
    blup: np.ndarray  # (J,) shrunken school effects; NaN with `ols_cluster`
    blup_se: np.ndarray  # (J,)
    beta_without: np.ndarray  # (J, p)
    vcov_without: np.ndarray  # (J, p, p)
    sigma2_without: np.ndarray  # (J,)


def estimate(name: str, y: np.ndarray, X: np.ndarray, groups: np.ndarray) -> Estimate:
    """Fit the model y (n,) on X (n, p) for groups (n,) with the estimator of that name (`tables.ESTIMATORS`).

    Raises KeyError for another name, and ValueError where `multilevel.fit_random_intercept` does.
    """
    return _REGISTRY[name](y, X, groups)


def _random_intercept(y: np.ndarray, X: np.ndarray, groups: np.ndarray) -> Estimate:
    fit = random_intercept.fit_random_intercept(y, X, groups)
    without = leave_one_out.leave_one_group_out(y, X, groups)
    return Estimate(
        groups=fit.groups,
        beta=fit.beta,
        se=fit.se,
        kept=fit.kept,
        sigma2=fit.sigma2,
        tau2=fit.tau2,
        blup=fit.blup,
        blup_se=fit.blup_se,
        beta_without=without.beta,
        vcov_without=without.vcov,
        sigma2_without=without.sigma2,
    )


def _ols_cluster(y: np.ndarray, X: np.ndarray, groups: np.ndarray) -> Estimate:
    fit, without = fit_clustered(y, X, groups), leave_one_cluster_out(y, X, groups)
    schools = np.unique(groups)
    nothing = np.full(len(schools), np.nan)
    return Estimate(
        groups=schools,
        beta=fit.beta,
        se=np.sqrt(fit.vcov.diagonal()),
        kept=np.isfinite(fit.beta),
        sigma2=fit.sigma2,
        tau2=np.nan,
        blup=nothing,
        blup_se=nothing,
        beta_without=np.stack([other.beta for other in without]),
        vcov_without=np.stack([other.vcov for other in without]),
        sigma2_without=np.array([other.sigma2 for other in without]),
    )


_REGISTRY: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], Estimate]] = dict(
    zip(ESTIMATORS, (_random_intercept, _ols_cluster), strict=True)
)
