"""What is published of Cito's growth comes back from the whole computation, on a country that was made to have it."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco.demo import country
from nco_utils import growth, subgroups
from nco_utils import national as figures
from nco_utils.models.random_intercept import fit_random_intercept
from tests.demo.test_country import GROWTH_ICC, HALF_YEAR, MEAN, MOMENTS, SURE

SCHOOLS, SEED = 300, 11
pytestmark = pytest.mark.big


@pytest.fixture(scope="module")
def computed() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Pairs and national means of all steps of two cohorts, of the schools of bo that take Cito's tests."""
    made = country.generate(SCHOOLS, SEED)
    settings, schools = all_settings.load(), made.enrolled.schools
    parts = [each for _, each in country.boards(made)]
    results = pd.concat([each.results for each in parts], ignore_index=True)
    results = results.assign(source_file="country", source_row=range(len(results)))
    pupils = country.background(pd.concat([each.pupils for each in parts], ignore_index=True))
    pairs = growth.pair(results, settings.round("2023E")).pairs
    here = schools.loc[(schools["sector"] == "bo") & (schools["provider"] == "cito"), "brinvest"]
    pairs = pairs[pairs["brinvest"].isin(here)].reset_index(drop=True)
    members = subgroups.members(pairs, pupils, settings.subgroups)
    return pairs, figures.national(pairs, schools, members)


def published_growth(step: str, domain: str) -> float | None:
    first, last = (MEAN[domain][MOMENTS.index(moment)] for moment in step.split("-"))
    return None if first is None else last - first


def test_national_means_per_step_are_the_published_ones_within_sampling_error(computed):
    pairs, national = computed
    whole = national[national["trait"] == "all"]
    schools = pairs.groupby(["school_year", "step", "domain", "brinvest"])["growth"].agg(["mean", "size"])
    off = {}
    for row in whole.itertuples():
        published = published_growth(row.step, row.domain)
        theirs = schools.loc[row.school_year, row.step, row.domain]
        # pupils of one school resemble each other: the error of a ratio of sums over schools
        sums = (theirs["mean"] - row.mean_growth) * theirs["size"]
        error = np.sqrt((sums**2).sum()) / theirs["size"].sum()
        off[row.school_year, row.step, row.domain] = (row.mean_growth - published) / error
    assert len(off) >= 2 * 3 * 9
    assert {key: round(value, 1) for key, value in off.items() if abs(value) > SURE} == {}


@pytest.mark.parametrize("domain", HALF_YEAR)
def test_the_correlation_of_two_moments_is_the_published_one(computed, domain):
    pairs = computed[0].query("domain == @domain")
    steps = [each["score_before"].corr(each["score_after"]) for _, each in pairs.groupby(["school_year", "step"])]
    assert np.mean(steps) == pytest.approx(HALF_YEAR[domain], abs=0.01)


@pytest.mark.parametrize("domain", GROWTH_ICC)
def test_the_school_icc_of_growth_is_the_published_one(computed, domain):
    pairs = computed[0].query("domain == @domain")
    variances = []
    for _, each in pairs.groupby(["school_year", "step"]):
        fit = fit_random_intercept(each["growth"].to_numpy(), np.ones((len(each), 1)), each["brinvest"].to_numpy())
        variances.append((fit.tau2, fit.sigma2))
    between, within = np.sum(variances, axis=0)
    assert between / (between + within) == pytest.approx(GROWTH_ICC[domain], abs=0.005)
