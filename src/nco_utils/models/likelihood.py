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
from functools import partial

import numpy as np
from numpy.polynomial import chebyshev
from scipy.optimize import brentq

NODES = 48  # group sizes that stand for any number of sizes, to rounding (tested)
FEW = 100  # up to so many groups, one less can give the likelihood another highest peak: scan it all again
TOP = 1 - 1e-8
STEPS = 8  # Newton steps from the optimum of all groups to that without one
CLOSE = 1e-5  # a relative step this small leaves an error of its square
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


@dataclass(frozen=True)
class Without:
    """The profiled likelihoods of B fits at once, each without one group; arrays of (B,) rho's go in and out."""

    full: Profile
    gram: np.ndarray  # (B, r + 1, r + 1) [D e]'[D e] of the other rows
    sizes: np.ndarray  # (B,) rows of the group left out
    totals: np.ndarray  # (B, r + 1) its sums of [D e]

    @classmethod
    def of(cls, full: Profile, own: np.ndarray, sizes: np.ndarray) -> "Without":
        """Build it from the rows of [D e], orthonormal over all rows, of groups of these sizes one after another."""
        ends = np.cumsum(sizes)
        gram = np.empty((len(sizes), *full.gram.shape))
        for i, (end, size) in enumerate(zip(ends, sizes, strict=True)):
            rows = own[end - size : end]
            np.subtract(full.gram, rows.T @ rows, out=gram[i])
        return cls(full, gram, sizes, np.add.reduceat(own, ends - sizes))

    def some(self, which: np.ndarray) -> "Without":
        """Return only those that an index or a mask names."""
        return Without(self.full, self.gram[which], self.sizes[which], self.totals[which])

    def one(self, i: int) -> Profile:
        """Return one of them by itself: the group left out is one of its size counted -1 times."""
        full, size = self.full, self.sizes[i]
        return Profile(
            full.n - int(size),
            full.reml,
            self.gram[i],
            np.append(full.sizes, size),
            np.append(full.counts, -1),
            np.append(full.nodes, size),
            np.vstack([full.between, -np.outer(self.totals[i], self.totals[i]).ravel()]),
        )

    @property
    def df(self) -> np.ndarray:
        """The rows (B,) that the variances rest on."""
        return self.full.df - self.sizes

    def at(self, rho: np.ndarray, order: int = 0) -> tuple[np.ndarray, ...]:
        """Return A = [D e]' V0^-1 [D e] and its first `order` derivatives to rho, (B, r + 1, r + 1) each."""
        own = self.totals[:, :, None] * self.totals[:, None, :]
        different = rho[:1] if (rho == rho[:1]).all() else rho  # at one rho all groups together weigh the same
        parts = []
        for weigh in (_taken, _slope, _curve)[: order + 1]:
            groups = weigh(self.full.nodes, different[:, None]) @ self.full.between
            part = weigh(self.sizes, rho)[:, None, None] * own
            part -= groups.reshape(-1, *own.shape[1:])
            parts.append(part)
        parts[0] += self.gram
        return tuple(parts)

    def score(self, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the scores as `Profile.score` defines them, and their derivatives to rho."""
        A, slope, curve = self.at(rho, order=2)
        inverse = np.linalg.inv(A)
        change = inverse @ slope
        last = inverse[:, -1]  # (-b, 1) / rss
        moved = np.einsum("bij,bj->bi", slope, last)
        log_rss = np.einsum("bi,bi->b", last, moved) / last[:, -1]
        rise = np.einsum("bi,bi->b", last, np.einsum("bij,bj->bi", curve, last))
        rise -= 2 * np.einsum("bi,bi->b", moved, np.einsum("bij,bj->bi", change, last))
        rise = rise / last[:, -1] + log_rss**2
        log_det = np.einsum("bii->b", change) - log_rss
        bend = np.einsum("bij,bij->b", inverse, curve) - np.einsum("bij,bji->b", change, change) - rise
        groups, fall = self._groups(rho)
        reml, df = self.full.reml, self.df
        inner = reml * log_det + df * log_rss
        return groups + (1 - rho) * inner, fall - inner + (1 - rho) * (reml * bend + df * rise)

    def optima_near(self, start: float) -> np.ndarray:
        """Return each best rho (B,), by Newton steps from that of all groups; NaN where they do not lead to it."""
        rho = np.full(len(self.sizes), start)
        if start == 0:
            return np.where(self.score(rho)[0] >= 0, 0.0, np.nan)
        going = np.arange(len(rho))
        for _ in range(STEPS):
            score, slope = self.some(going).score(rho[going])
            step, here = score / slope, rho[going]
            leads = (slope > 0) & (step < here) & (here - step < TOP)
            rho[going] = np.where(leads, here - step, np.nan)
            going = going[leads & (np.abs(step) > CLOSE * rho[going])]
            if not len(going):
                return rho
        rho[going] = np.nan
        return rho

    def _groups(self, rho: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The part of the score that the groups' sizes give, and its derivative."""
        sizes, counts = self.full.sizes, self.full.counts
        share = 1 / (1 + (sizes - 1) * rho[:, None])
        own = 1 / (1 + (self.sizes - 1) * rho)
        value = share @ (counts * sizes) - self.sizes * own
        return value, self.sizes * (self.sizes - 1) * own**2 - share**2 @ (counts * sizes * (sizes - 1))


def _taken(size: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """w_n = theta / (1 + n theta), by rho."""
    return rho / (1 + (size - 1) * rho)


def _slope(size: np.ndarray, rho: np.ndarray) -> np.ndarray:
    return (1 + (size - 1) * rho) ** -2.0


def _curve(size: np.ndarray, rho: np.ndarray) -> np.ndarray:
    return -2 * (size - 1) * (1 + (size - 1) * rho) ** -3.0


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


def only_optimum(full: Profile) -> float | None:
    """Return the optimum if it is the only one and the groups are many: with a group less it is near."""
    found = optima(full)
    return found[0] if len(found) == 1 and full.counts.sum() > FEW else None
