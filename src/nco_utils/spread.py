"""The variance within a school, drawn toward that of all schools as far as chance explains that schools differ.

Schools differ in how far their pupils' growth lies apart. One variance for all makes the interval of a school with a
large spread too narrow; the variance of its own few pupils alone is itself too uncertain.
"""

from dataclasses import dataclass

import numpy as np

_FEWEST_SCHOOLS = 3  # of two pupils or more: with fewer nothing can be said of how schools differ


@dataclass(frozen=True)
class _Moments:
    """Of the pupils of each school: n, the mean square from their mean, and the fourth power (J,)."""

    n: np.ndarray
    square: np.ndarray
    fourth: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, school: np.ndarray, schools: int) -> "_Moments":
        n = np.bincount(school, minlength=schools).astype(float)
        squares = (values - (np.bincount(school, values, schools) / np.maximum(n, 1))[school]) ** 2
        square, fourth = (np.bincount(school, each, schools) / np.maximum(n, 1) for each in (squares, squares**2))
        return cls(n, square, fourth)


def own_variances(values: np.ndarray, school: np.ndarray, part: np.ndarray, pooled: np.ndarray) -> np.ndarray:
    """Return the variance within each school (J,), between its own and that of all schools of its part.

    values (N,) and school (N,), a number below J; part (J,), a number of the model that a school's pupils are in;
    pooled (J,), the variance that holds for the school if all are equal, in units of values squared. A school's own
    variance, relative to the mean one of its part, counts for V / (V + 2 (1 + V) / (n - 1) + K / n): V is the
    relative variance of the schools' variances and K the excess kurtosis of pupils, both by moments. The rest is
    `pooled`. It is all `pooled` for a school of one pupil, for fewer than three schools with more, and if schools
    differ no more than chance explains. NaN where `pooled` is.

    Source: Buehlmann & Gisler (2005), A course in credibility theory, section 3.1, applied to s2; with K = 0 it is the
    posterior mean under a scaled inverse chi-square prior (Smyth 2004, Statistical Applications in Genetics and
    Molecular Biology 3(1), with the prior's degrees of freedom by the variance of s2, not of its logarithm). K: the
    unbiased fourth cumulant of Fisher (1929), Proceedings of the London Mathematical Society s2-30.
    """
    moments = _Moments.of(values, school, len(part))
    n, several = moments.n, moments.n > 1
    freedom = np.where(several, n - 1, 0.0)
    mean = _ratio(_summed(part, moments.square * n), _summed(part, freedom))[part]
    own = _ratio(moments.square * n, freedom * mean)
    own = np.where(several & (mean > 0), own, 1.0)
    kurtosis = _kurtosis(moments, part, mean)
    differ = _variance_of_variances(own, n, freedom, part, kurtosis)
    kurtosis, differ = kurtosis[part], differ[part]
    chance = _ratio(2 * (1 + differ), freedom) + _ratio(kurtosis, n)
    counts = np.where(several, _ratio(differ, differ + chance), 0.0)
    return pooled * (1 + counts * (own - 1))


def _kurtosis(moments: _Moments, part: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the fourth cumulant relative to the squared mean variance, of each part, at least 0: the normal one."""
    n = moments.n
    enough = n > 3
    cumulant = np.where(enough, (n + 1) * moments.fourth - 3 * (n - 1) * moments.square**2, 0.0)
    weight = np.where(enough, (n - 1) * (n - 2) * (n - 3) / np.maximum(n, 1) ** 2, 0.0)
    return np.maximum(_ratio(_summed(part, _ratio(cumulant, mean**2)), _summed(part, weight)), 0.0)


def _variance_of_variances(
    own: np.ndarray, n: np.ndarray, freedom: np.ndarray, part: np.ndarray, kurtosis: np.ndarray
) -> np.ndarray:
    """Return how much the relative variances of each part's schools vary beyond chance, at least 0."""
    several = (n > 1).astype(float)
    schools = _summed(part, several)
    found = _summed(part, freedom * (own - 1) ** 2)
    # One degree of freedom went to the mean variance.
    left = _ratio(schools - 1, schools)
    chance = left * (2 * schools + kurtosis * _summed(part, _ratio(freedom, n)))
    differ = _ratio(found - chance, left * (_summed(part, freedom) + 2 * schools))
    return np.where(schools >= _FEWEST_SCHOOLS, np.maximum(differ, 0.0), 0.0)


def _summed(part: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.bincount(part, values)


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    """Return above / below, 0 where below is."""
    above, below = np.broadcast_arrays(np.asarray(above, float), np.asarray(below, float))
    return np.divide(above, below, out=np.zeros(above.shape), where=below != 0)
