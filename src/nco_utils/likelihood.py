"""The profiled (restricted) likelihood of a random-intercept model, and where it is highest.

With var(u) = tau2, var(e) = sigma2 and theta = tau2 / sigma2, inside a group of n rows
V0^-1 = I - w_n 11' with w_n = theta / (1 + n theta), which depends on the group's size only. So the groups
of one size are kept as one matrix, and one look at the likelihood costs the same whatever the number of
groups.

theta is a root of the score, not a minimum of the deviance: rounding in a deviance of millions leaves six
digits of theta, the score's root nine or ten. The search runs over rho = theta / (1 + theta) in [0, 1).

Sources: see `multilevel`.
"""

# ruff: noqa: N806 - A is a matrix, named as in the literature.

from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from numpy.polynomial import chebyshev
from scipy.optimize import brentq

NODES = 48  # group sizes that stand for any number of sizes, to rounding (tested)
FEW = 100  # up to so many groups, one less can give the likelihood another highest peak: scan it all again
TOP = 1 - 1e-8
GRID = np.concatenate([[0.0], 1 / (1 + np.geomspace(1e5, 1e-5, 41)), [TOP]])  # where rho is scanned for signs
_root = partial(brentq, xtol=1e-300, rtol=4 * np.finfo(float).eps)  # the tightest that brentq takes


@dataclass(frozen=True)
class Profile:
    """The profiled (restricted) likelihood as a function of rho.

    D are the columns of X made orthonormal, e the residuals of y on them; see `multilevel`.
    """

    n: int
    reml: bool
    gram: np.ndarray  # (r + 1, r + 1) [D e]'[D e]
    sizes: np.ndarray  # (U,) the different group sizes
    counts: np.ndarray  # (U,) groups of that size
    nodes: np.ndarray  # (K,) the sizes themselves, or sizes that stand for them
    between: np.ndarray  # (K, (r + 1)^2) sum over the groups of that size of outer(sum of [D e])

    @classmethod
    def of_groups(cls, sizes: np.ndarray, sums: np.ndarray, *, reml: bool) -> "Profile":
        """Build it from each group's rows (J,) and sums (J, r + 1) of [D e], orthonormal over all rows."""
        order = np.argsort(sizes, kind="stable")
        different, starts, counts = np.unique(sizes[order], return_index=True, return_counts=True)
        between = np.stack([(part.T @ part).ravel() for part in np.split(sums[order], starts[1:])])
        gram = np.eye(sums.shape[1])
        return cls(int(sizes.sum()), reml, gram, different, counts, *condensed(different, between))

    @property
    def rank(self) -> int:
        """The number of columns of D."""
        return len(self.gram) - 1

    @property
    def df(self) -> int:
        """The rows that the variances rest on."""
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


def condensed(sizes: np.ndarray, between: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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


def optima(profile: Profile) -> list[float]:
    """Return the rho's at which the deviance has a minimum, the lowest first; 0 if it rises from there."""
    scores = [profile.score(rho) for rho in GRID]
    if scores[-1] < 0:
        raise ValueError("y has no variance within groups beyond X: sigma2 and tau2 cannot be separated")
    found = [0.0] if scores[0] >= 0 else []
    for low, high, left, right in zip(GRID, GRID[1:], scores, scores[1:], strict=False):
        if left < 0 <= right:
            found.append(_root(profile.score, low, high))
    return sorted(found, key=profile.deviance)


def neighbourhood(full: Profile) -> tuple[float, float] | None:
    """Return the optimum and the score's slope there, if it is the only one: with a group less it is near."""
    found = optima(full)
    if len(found) != 1 or full.counts.sum() <= FEW:
        return None
    rho, step = found[0], 1e-4 * found[0]
    slope = (full.score(rho + step) - full.score(rho - step)) / (2 * step) if rho else np.inf
    return rho, slope


def optimum_near(profile: Profile, near: tuple[float, float] | None) -> float:
    """Return the best rho, bracketed by twice a Newton step from `near` where that will do."""
    if near:
        (start, slope), score = near, cache(profile.score)
        beyond = start - 2 * score(start) / slope
        if start == 0 <= score(0.0):
            return 0.0
        if start > 0 and 0 < beyond < TOP and score(start) * score(beyond) <= 0:
            return _root(score, start, beyond)
    return optima(profile)[0]
