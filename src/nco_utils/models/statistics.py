"""The sufficient statistics of a random-intercept model: all that its fit needs to know of the rows.

They are the groups' sizes and sums and one matrix of cross-products, so they are small, they add up over
partitions of the rows, and leaving a group out is a subtraction. Sums are taken from a point near the mean:
columns with a large mean then cost no digits.
"""

# ruff: noqa: N803, N806 - X and Z are matrices, named as in the literature.

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csc_array

BLOCK = 1 << 13  # rows centred at a time: small enough for the cache, whatever the length of X


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


def statistics(y, X, groups) -> Statistics:
    """Summarise rows for `fit_statistics`; shapes and errors as in `fit_random_intercept`."""
    return gathered(*checked(y, X, groups))


def checked(y, X, groups) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
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


def gathered(y, X, codes, labels) -> Statistics:
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
