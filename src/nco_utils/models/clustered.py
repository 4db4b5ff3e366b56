"""Least squares with standard errors that allow for dependence within groups, and the same without each group.

Source: Cameron & Miller (2015), A practitioner's guide to cluster-robust inference, Journal of Human Resources
50(2), equations 10 and 11, with the small-sample factor J / (J - 1) x (n - 1) / (n - p) that statsmodels has too.
"""

# ruff: noqa: N803, N806 - X, G, H are matrices, named as in the literature.

from dataclasses import dataclass

import numpy as np
import statsmodels.api as sm

from .leave_one_out import STAYS
from .random_intercept import Basis, orthonormalised, placed
from .statistics import checked, gathered


@dataclass(frozen=True)
class ClusteredFit:
    """One fit: beta (p,), vcov (p, p), NaN for a column that depends on earlier ones, and the residual variance."""

    beta: np.ndarray
    vcov: np.ndarray
    sigma2: float


def fit_clustered(y, X, groups) -> ClusteredFit:
    """Fit by statsmodels; shapes and errors are those of `multilevel.fit_random_intercept`. All NaN for one group."""
    y, X, codes, labels = checked(y, X, groups)
    basis = orthonormalised(gathered(y, X, codes, labels))
    if len(labels) == 1 or len(y) <= len(basis.ols):
        p = X.shape[1]
        return ClusteredFit(np.full(p, np.nan), np.full((p, p), np.nan), np.nan)
    fit = sm.OLS(y, X[:, basis.kept]).fit(cov_type="cluster", cov_kwds={"groups": codes})
    return ClusteredFit(*placed(fit.params, fit.cov_params(), basis.kept), fit.scale)


def leave_one_cluster_out(y, X, groups) -> list[ClusteredFit]:
    """Return, for each of the J groups in order, the fit on the rows of all other groups.

    With G_k = D_k'D_k and c_k = D_k'e_k of group k, in coordinates D that are orthonormal over all rows and
    with e the residuals of all: b = -(I - G_j)^-1 c_j without group j, and the others' scores c_k - G_k b
    have cross-products that follow from three sums over all groups.
    """
    y, X, codes, labels = checked(y, X, groups)
    s = gathered(y, X, codes, labels)
    basis = orthonormalised(s)
    G, c, squares = _per_group(basis, X, y, codes, s.sizes)
    sums = _Sums.of(G, c)
    fits = []
    for j, size in enumerate(s.sizes):
        H = np.eye(len(c[j])) - G[j]
        n, r = len(y) - size, len(c[j])
        if n <= r or len(labels) < 3 or np.linalg.eigvalsh(H)[0] < STAYS:
            others = codes != j
            fits.append(fit_clustered(y[others], X[others], codes[others]))
            continue
        inverse = np.linalg.inv(H)
        b = -inverse @ c[j]
        own = c[j] - G[j] @ b
        spread = inverse @ (sums.scores(b) - np.outer(own, own)) @ inverse
        factor = (len(labels) - 1) / (len(labels) - 2) * (n - 1) / (n - r)
        vcov = basis.norm**2 * factor * basis.back @ spread @ basis.back.T
        sigma2 = basis.norm**2 * (1 - squares[j] + c[j] @ b) / (n - r)
        beta = basis.back @ (basis.ols + basis.norm * b)
        fits.append(ClusteredFit(*placed(beta, vcov, basis.kept), sigma2))
    return fits


@dataclass(frozen=True)
class _Sums:
    """Sums over the groups of products of c and G, from which sum (c - G b)(c - G b)' follows for any b."""

    cc: np.ndarray  # (r, r)
    Gc: np.ndarray  # (r, r, r) by row of G, row of c, column of G
    GG: np.ndarray  # (r^2, r^2) by both rows, both columns

    @classmethod
    def of(cls, G: np.ndarray, c: np.ndarray) -> "_Sums":
        r = c.shape[1]
        flat = G.reshape(len(G), -1)
        both = (flat.T @ flat).reshape(r, r, r, r).transpose(0, 2, 1, 3)
        return cls(c.T @ c, (flat.T @ c).reshape(r, r, r).transpose(0, 2, 1), both.reshape(r * r, r * r))

    def scores(self, b: np.ndarray) -> np.ndarray:
        mixed = self.Gc @ b
        return self.cc - mixed - mixed.T + (self.GG @ np.outer(b, b).ravel()).reshape(self.cc.shape)


def _per_group(basis: Basis, X, y, codes, sizes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return D'D (J, r, r), D'e (J, r) and e'e (J,) of every group."""
    order = np.argsort(codes, kind="stable")
    own = np.split(basis.seen_by(X[order], y[order]), np.cumsum(sizes)[:-1])
    products = np.stack([rows.T @ rows for rows in own])
    return products[:, :-1, :-1], products[:, :-1, -1], products[:, -1, -1]
