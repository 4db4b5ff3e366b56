"""The named estimators of the reference model, against statsmodels' refits and each other."""

# ruff: noqa: N803, N806 - X is a matrix.

import numpy as np
import pytest
import statsmodels.api as sm

from nco_utils import models
from nco_utils.models import clustered, leave_one_out


def rows(seed: int, schools: int = 40, tau: float = 1.0):
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(schools), rng.integers(1, 20, schools))
    X = np.column_stack([np.ones(len(groups)), rng.normal(200, 26, len(groups)), rng.normal(size=schools)[groups]])
    return X @ [3, 0.1, 1] + tau * rng.normal(size=schools)[groups] + rng.normal(size=len(groups)), X, groups


def assert_same(got: clustered.ClusteredFit, y, X, groups):
    expected = sm.OLS(y, X).fit(cov_type="cluster", cov_kwds={"groups": groups})
    np.testing.assert_allclose(got.beta, expected.params, rtol=1e-9)
    np.testing.assert_allclose(got.vcov, expected.cov_params(), rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(got.sigma2, expected.scale, rtol=1e-9)


def test_clustered_fit_without_each_school_is_statsmodels_refit():
    y, X, groups = rows(1)
    assert_same(clustered.fit_clustered(y, X, groups), y, X, groups)
    without = clustered.leave_one_cluster_out(y, X, groups)
    assert len(without) == 40
    for j, fit in enumerate(without):
        others = groups != j
        assert_same(fit, y[others], X[others], groups[others])


def test_a_category_of_one_school_only_is_dropped_when_that_school_is_left_out():
    y, X, groups = rows(2)
    X = np.column_stack([X, (groups == 3) & (np.arange(len(y)) % 2 == 0)])
    without = clustered.leave_one_cluster_out(y, X, groups)
    assert np.isnan(without[3].beta[-1])
    assert np.isfinite(without[4].beta).all()
    others = groups != 3
    expected = sm.OLS(y[others], X[others, :-1]).fit()
    np.testing.assert_allclose(without[3].beta[:-1], expected.params, rtol=1e-9)


def test_both_estimators_agree_when_schools_do_not_differ():
    """tau2 = 0: REML is least squares; the standard errors differ only as model-based and robust ones do."""
    for seed in range(20):
        y, X, groups = rows(seed, schools=200, tau=0.0)
        mixed = models.estimate("random_intercept", y, X, groups)
        if mixed.tau2 == 0:
            break
    else:
        pytest.fail("no data set without school variance among the seeds")
    ols = models.estimate("ols_cluster", y, X, groups)
    np.testing.assert_allclose(mixed.beta, ols.beta, rtol=1e-9)
    np.testing.assert_allclose(mixed.sigma2, ols.sigma2, rtol=1e-9)
    np.testing.assert_array_equal(mixed.groups, ols.groups)
    np.testing.assert_allclose(mixed.se, ols.se, rtol=0.3)
    same = leave_one_out.leave_one_group_out(y, X, groups).tau2 == 0
    assert same.sum() > 50
    np.testing.assert_allclose(mixed.beta_without[same], ols.beta_without[same], rtol=1e-8)
    np.testing.assert_allclose(mixed.sigma2_without[same], ols.sigma2_without[same], rtol=1e-8)


def test_least_squares_shrinks_nothing_and_says_so():
    ols = models.estimate("ols_cluster", *rows(1))
    assert np.isnan(ols.tau2)
    assert np.isnan(ols.blup).all()


def test_an_unknown_estimator_is_an_error():
    with pytest.raises(KeyError):
        models.estimate("magic", *rows(1))
