"""Reference values and school effects on countries with known truth: bias, coverage, shrinkage, reliability."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks import intake
from benchmarks.simulation import NOISY, SCENARIOS, USUAL, Promise, Scenario, promise
from nco.base import all_settings
from nco_utils.params import ReferenceModel
from tests.support.simulated import SIGMA, TAU, Simulated, Truth, compared, simulate

MODEL = all_settings.load().reference
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


@pytest.mark.slow
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


# --- what the model does not assume: measurement error, other noise, effects that go with a trait ---------------------

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
NONE = Scenario("reliability 1", USUAL)
ERRORS = {1.0: NONE, **{r: Scenario(f"reliability {r}", replace(NOISY, reliability=r)) for r in (0.9, 0.8)}}
WITHOUT_MEAN = MODEL.model_copy(update={"school_mean_of": ("ses_class",)})


@pytest.fixture(scope="module")
def promises() -> dict[float, Promise]:
    """Per reliability countries of 500 schools, so many that chance does not decide: at .8 least is to spare.

    A share of a decile has a standard error of 0.6 % in 30 countries, and of 0.3 % in 100.
    """
    replicates = {1.0: 30, 0.9: 30, 0.8: 100}
    return {reliability: promise(scenario, replicates[reliability]) for reliability, scenario in ERRORS.items()}


def test_a_measurement_error_makes_growth_go_with_the_observed_score_and_leaves_the_school_means_of_growth():
    """The country of the tests below: what the model sees is off by as much as the reliability says."""
    exact, seen = (simulate(300, 4, truth=replace(USUAL, reliability=r)) for r in (1.0, 0.8))
    error = seen.pairs["score_before"] - exact.pairs["score_before"]
    observed = seen.pairs["score_before"]
    assert exact.pairs["score_before"].var() / observed.var() == pytest.approx(0.8, abs=0.02)
    assert abs(np.corrcoef(error, exact.pairs["score_before"])[0, 1]) < 0.03
    after = seen.pairs["score_after"] - exact.pairs["score_after"]
    assert after.std() == pytest.approx(error.std(), rel=0.05)
    assert abs(np.corrcoef(error, after)[0, 1]) < 0.03


def test_a_country_as_assumed_is_the_same_whatever_else_a_country_can_be():
    """The draws of what departs from the model are its own."""
    usual, skewed = (simulate(40, 1, truth=Truth(skewness=skewness)) for skewness in (0.0, 1.0))
    pd.testing.assert_series_equal(usual.pairs["score_before"], skewed.pairs["score_before"])
    pd.testing.assert_series_equal(usual.effect, skewed.effect)
    assert not np.allclose(usual.pairs["growth"], skewed.pairs["growth"])


@pytest.mark.big
@pytest.mark.parametrize("reliability", ERRORS)
def test_intervals_cover_and_schools_without_effect_are_seldom_flagged_in_every_decile_of_intake(promises, reliability):
    made = promises[reliability]
    assert 0.93 < made.coverage < 0.97
    assert made.coverage_of_intake[0] > 0.93
    assert made.coverage_of_intake[1] < 0.97
    assert 0.03 < made.flags_of_intake[0] < made.flags_of_intake[1] < 0.08
    assert 0.04 < made.flags < 0.07


@pytest.mark.big
def test_without_the_school_mean_schools_are_flagged_for_their_intake(promises):
    """So the test above would see a treatment that does not help; and what it leaves is less than half."""
    nothing = promise(ERRORS[0.8], 10, WITHOUT_MEAN)
    assert nothing.flags_of_intake[1] > 0.1
    assert nothing.bias_of_intake[0] < -2
    assert nothing.bias_of_intake[1] > 2
    left = np.array(promises[0.8].bias_of_intake) / np.array(nothing.bias_of_intake)
    assert left.max() < 0.5


@pytest.mark.big
def test_a_reliability_that_is_wrong_is_worse_than_the_school_mean(promises):
    """Why the reference model takes the mean: right for .9, a correction by .9 is off for 1."""
    wrong = promise(ERRORS[1.0], 10, WITHOUT_MEAN, lambda country: intake.corrected(country, 0.9))
    assert wrong.flags_of_intake[1] > 0.08 > promises[1.0].flags_of_intake[1]


@pytest.mark.big
def test_intervals_of_the_schools_with_the_largest_spread_cover_as_often_and_with_one_variance_they_do_not():
    made = promise(BY_NAME["ongelijke spreiding"], 20)
    own, pooled = made.coverage_of_spread
    assert 0.93 < made.coverage < 0.97
    assert own > 0.92
    assert pooled < 0.89
    equal = promise(BY_NAME["normaal"], 6)
    assert equal.coverage_of_spread[0] == pytest.approx(equal.coverage_of_spread[1], abs=0.01)


@pytest.mark.big
@pytest.mark.parametrize("name", ["scheef", "40 scholen", "effect hangt samen met schoolweging (0,6)"])
def test_intervals_cover_in_other_countries_too(name):
    made = promise(BY_NAME[name], 10)
    assert 0.93 < made.coverage < 0.97
    raw, shrunken, nothing = made.errors
    assert shrunken < nothing < raw
