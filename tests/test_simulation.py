"""Reference values and school effects on countries with known truth: bias, coverage, shrinkage, reliability."""

import numpy as np
import pandas as pd
import pytest

from nco_utils import params
from nco_utils.params import ReferenceModel

from .simulated import SIGMA, TAU, Simulated, compared, simulate

MODEL = params.load().reference
REPLICATES = 200


def schools_of(country: Simulated, model: ReferenceModel = MODEL) -> pd.DataFrame:
    return compared(country, model)


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    return schools_of(simulate(2000, 11))


@pytest.fixture(scope="module")
def replicates() -> pd.DataFrame:
    """200 countries of 130 schools: 26,000 effects of which the truth is known."""
    return pd.concat(
        [schools_of(simulate(130, 1000 + seed)).assign(replicate=seed) for seed in range(REPLICATES)],
        ignore_index=True,
    )


def coverage(schools: pd.DataFrame) -> pd.Series:
    return (schools["effect"] - schools["true_effect"]).abs() <= 1.96 * schools["effect_se"]


def bias_by_decile(schools: pd.DataFrame) -> pd.Series:
    """Mean of reference minus the truth in each decile of schoolweging, in standard deviations of pupils' growth."""
    error = (schools["reference"] - schools["expected"]) / np.hypot(SIGMA, TAU)
    return error.groupby(pd.qcut(schools["schoolweging"], 10, labels=False)).mean()


def test_intervals_of_one_large_country_cover_the_true_effects(large):
    # 2,000 intervals: the share that covers has a standard error of 0.5 %
    assert 0.93 < coverage(large).mean() < 0.97


def test_shrunken_effects_are_closer_to_the_truth_than_raw_ones(large):
    raw, shrunken = (((large[name] - large["true_effect"]) ** 2).mean() for name in ("effect", "effect_shrunken"))
    assert shrunken < TAU**2 < raw  # better than calling every school equal, which is better than the raw effects


def test_reliability_is_the_share_of_true_variance_among_schools_of_one_size(large):
    """In each third of the schools by size: the slope of the true effect on the observed one is their reliability."""
    size = pd.qcut(large["n_pupils"], 3, labels=False)
    for third in range(3):
        part = large[size == third]
        covariance = np.cov(part["effect"], part["true_effect"])
        error = np.sqrt(part["true_effect"].var() / part["effect"].var() / len(part))
        assert part["reliability"].mean() == pytest.approx(covariance[0, 1] / covariance[0, 0], abs=3 * error)


@pytest.mark.big
def test_95_percent_intervals_cover_the_truth_in_93_to_97_percent_of_200_replicates(replicates):
    covered = coverage(replicates)
    assert replicates["replicate"].nunique() == REPLICATES
    assert 0.93 < covered.mean() < 0.97
    by_size = covered.groupby(pd.qcut(replicates["n_pupils"], 4, labels=False)).mean()
    assert by_size.between(0.93, 0.97).all()
    by_weighting = covered.groupby(pd.qcut(replicates["schoolweging"], 10, labels=False)).mean()
    assert by_weighting.between(0.93, 0.97).all()


@pytest.mark.big
def test_reference_is_unbiased_in_every_decile_of_schoolweging(replicates):
    assert bias_by_decile(replicates).abs().max() < 0.02


@pytest.mark.big
def test_a_model_without_schoolweging_is_biased_in_the_outer_deciles():
    """So the test above would see a covariate that is missing."""
    model = MODEL.model_copy(update={"school_numbers": ("size",)})
    some = [schools_of(simulate(500, seed), model) for seed in range(10)]
    assert bias_by_decile(pd.concat(some)).abs().max() > 0.02


@pytest.mark.big
def test_shrunken_effects_have_a_lower_error_in_nearly_every_replicate(replicates):
    errors = {
        name: ((replicates[name] - replicates["true_effect"]) ** 2).groupby(replicates["replicate"]).mean()
        for name in ("effect", "effect_shrunken")
    }
    assert (errors["effect_shrunken"] < errors["effect"]).mean() > 0.99


@pytest.mark.big
def test_estimated_variances_are_on_average_the_true_ones(replicates):
    theta = replicates["reliability"] / (1 - replicates["reliability"]) / replicates["n_pupils"]
    per_replicate = theta.groupby(replicates["replicate"]).mean()
    error = per_replicate.std() / np.sqrt(REPLICATES)
    assert per_replicate.mean() == pytest.approx((TAU / SIGMA) ** 2, abs=4 * error + 0.05 * (TAU / SIGMA) ** 2)
