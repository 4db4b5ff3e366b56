"""The variance within a school: drawn toward that of all as far as chance explains that schools differ."""

import numpy as np
import pytest
from scipy import stats

from nco_utils.spread import own_variances


def country(schools: int, seed: int, *, between: float = 0.0, skewed: bool = False, pupils: int = 25):
    """Return growth, the school of each pupil and the true variances, their SD `between` times their mean."""
    rng = np.random.default_rng(seed)
    truth = np.ones(schools)
    if between:  # an inverse gamma distribution: the one for which the estimate is exactly the posterior mean
        shape = 2 + 1 / between**2
        truth = (shape - 1) / rng.gamma(shape, size=schools)
    school = np.repeat(np.arange(schools), pupils)
    noise = rng.exponential(size=len(school)) - 1 if skewed else rng.standard_normal(len(school))
    return 50 * np.sqrt(truth)[school] * noise + rng.normal(0, 5, schools)[school], school, 50**2 * truth


def drawn(values: np.ndarray, school: np.ndarray, pooled: float = 50**2) -> np.ndarray:
    schools = int(school.max()) + 1
    return own_variances(values, school, np.zeros(schools, int), np.full(schools, pooled))


def own_part(values: np.ndarray, school: np.ndarray) -> float:
    """How much of a school's own variance stays: the slope of what is drawn on what is found."""
    found = np.array([values[school == j].var(ddof=1) for j in range(school.max() + 1)])
    return np.polyfit(found, drawn(values, school), 1)[0]


@pytest.mark.parametrize("skewed", [False, True])
def test_of_equal_variances_hardly_anything_of_the_schools_own_stays(skewed):
    """Skewed growth too: the variances of its schools differ three times as much by chance alone."""
    parts = [own_part(*country(150, seed, skewed=skewed)[:2]) for seed in range(40)]
    assert np.mean(parts) < 0.08
    assert np.median(parts) < 0.05


@pytest.mark.parametrize("between", [0.3, 0.6])
def test_what_stays_is_the_regression_of_the_true_variance_on_the_found_one(between):
    """Of 4,000 schools: the posterior mean of Smyth (2004), whose weight on s2 is (n - 1) / (n - 1 + k)."""
    values, school, truth = country(4000, 1, between=between)
    found = np.array([part.var(ddof=1) for part in np.split(values, 4000)])
    best = np.cov(truth, found)[0, 1] / found.var(ddof=1)
    assert own_part(values, school) == pytest.approx(best, abs=0.06)
    k = 2 + 2 / between**2
    assert best == pytest.approx(24 / (24 + k), abs=0.06)


def test_variance_and_kurtosis_are_the_moments_of_fishers_k_statistics():
    """The formula of the docstring, school by school, with the k-statistics of scipy."""
    values, school, _ = country(50, 6, between=0.4, skewed=True, pupils=12)
    parts = np.split(values, 50)
    variances, cumulants = (np.array([stats.kstat(part, k) for part in parts]) for k in (2, 4))
    mean, n, schools = variances.mean(), 12, 50
    k = cumulants.mean() / mean**2
    own = variances / mean
    left = (schools - 1) / schools
    # The mean of own - 1 squared is, but for the mean being estimated, V + 2 (1 + V) / (n - 1) + K / n.
    v = (((own - 1) ** 2).mean() / left - 2 / (n - 1) - k / n) / (1 + 2 / (n - 1))
    assert k > 1
    assert v > 0.02
    counts = v / (v + 2 * (1 + v) / (n - 1) + k / n)
    np.testing.assert_allclose(drawn(values, school), 50**2 * (1 + counts * (own - 1)), rtol=1e-9)


def test_drawn_variances_are_nearer_to_the_truth_than_the_pooled_one_and_than_the_schools_own():
    values, school, truth = country(500, 2, between=0.4)
    own = np.array([part.var(ddof=1) for part in np.split(values, 500)])
    error = {name: np.mean((guess - truth) ** 2) for name, guess in (("own", own), ("pooled", truth.mean()))}
    assert np.mean((drawn(values, school) - truth) ** 2) < 0.8 * min(error.values())


def test_a_school_of_one_pupil_and_a_country_of_few_schools_have_the_pooled_variance():
    values, school, _ = country(200, 3, between=0.5)
    alone = drawn(np.append(values, 900.0), np.append(school, 200))
    assert alone[200] == 50**2
    assert np.ptp(alone[:200]) > 0
    assert (drawn(values[:50], school[:50]) == 50**2).all()  # two schools
    assert (drawn(np.array([1.0, 1, 1, 1]), np.array([0, 0, 1, 1])) == 50**2).all()  # no spread at all
    assert np.isnan(own_variances(values, school, np.zeros(200, int), np.full(200, np.nan))).all()


def test_models_do_not_know_of_each_others_spread():
    """Two models, the growth of one of them in other units: each as by itself."""
    one, other = country(60, 4, between=0.5), country(80, 5)
    both = own_variances(
        np.concatenate([one[0], 1000 * other[0]]),
        np.concatenate([one[1], 60 + other[1]]),
        np.repeat([0, 1], [60, 80]),
        np.repeat([50.0**2, 5e4**2], [60, 80]),
    )
    np.testing.assert_allclose(both[:60], drawn(*one[:2]), rtol=1e-10)
    np.testing.assert_allclose(both[60:], 1000**2 * drawn(*other[:2]), rtol=1e-10)
