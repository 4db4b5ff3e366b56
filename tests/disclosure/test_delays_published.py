"""What is published of growth in the school closures comes back, of 937 schools that were made to have it."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from nco.base import all_settings
from nco.demo import country
from nco.demo.country import country_settings
from nco.disclosure.delays import estimate
from nco.reports.covid import shown
from nco_utils import growth, tables
from tests.support import closure

SCHOOLS = 937  # of Engzell, Frey & Verhagen
WHICH = all_settings.load().covid
pytestmark = pytest.mark.big

# Engzell, Frey & Verhagen (2021): b and its standard error by domain and of all three together; of the last also the
# effect of a standard deviation of the school year and of the days between the tests, and the residual SD.
PUBLISHED = {"rekenen_wiskunde": (-3.04, 0.19), "begrijpend_lezen": (-3.27, 0.21), "spelling": (-3.01, 0.24)}
COMPOSITE, YEAR, DAYS, RMSE = (-3.16, 0.16), 0.69, 0.48, 11.14
BETWEEN = 2.5  # places that a school differs from year to year: what gives the published standard error
PUPILS = 358_379 // (SCHOOLS * len(WHICH.years))  # a school and year


def latent(places: float, spread: float) -> float:
    """The shift of a normal score that moves the mean place among pupils by so many places; spread: of the scores."""
    return brentq(lambda shift: 100 * (norm.cdf(shift / (np.sqrt(2) * spread)) - 0.5) - places, -3, 3)


def engzells(delay: float, seed: int) -> pd.DataFrame:
    """Pairs of 937 schools in four years with growth in places as published.

    The correlation of both tests is that with which growth has the published residual SD; schools differ from year to
    year as far as the published standard error says.
    """
    random, which = np.random.default_rng(seed), np.arange(len(WHICH.years))
    school, year, _ = (
        axis.ravel() for axis in np.meshgrid(np.arange(SCHOOLS), which, np.arange(PUPILS), indexing="ij")
    )
    n = len(school)
    place = np.where(year == len(which) - 1, 1.0, 0.0)
    days = random.normal(0, 1, n)
    slope = latent(1.0, 1.0)  # places are nearly proportional to so small a shift
    wanted = delay * place + YEAR * (year - year.mean()) / year.std() + DAYS * days
    of_school = random.normal(0, BETWEEN, (SCHOOLS, len(which)))[school, year]
    own = RMSE**2 - BETWEEN**2
    # Two normal scores with correlation r: the SD of the difference of their places (Spearman's correlation of them).
    r = 2 * np.sin(np.pi / 6 * (1 - own / (100**2 / 6)))
    first = random.normal(0, 1, n)
    second = r * first + np.sqrt(1 - r**2) * random.normal(0, 1, n) + slope * (wanted + of_school)
    codes = np.array([f"{20 + s // 676}{chr(65 + s // 26 % 26)}{chr(65 + s % 26)}00" for s in range(SCHOOLS)])
    return pd.DataFrame(
        {
            "brinvest": codes[school],
            "pupil_id": np.arange(n).astype(str), "domain": "spelling", "scale": "CITO-SP-3", "step": "M5-E5",
            "school_year": np.array(WHICH.years)[year], "group": None, "start": None,
            "score_before": first, "score_after": second, "growth": second - first,
            "days_between": (130 + 10 * days).round().astype(int),
        }
    )  # fmt: skip


@pytest.mark.parametrize(("domain", "published"), [*PUBLISHED.items(), ("composite", COMPOSITE)])
def test_the_published_effect_comes_back_within_its_standard_errors(domain, published):
    delay, error = published
    pairs = engzells(delay, sorted([*PUBLISHED, "composite"]).index(domain))
    schools = pd.DataFrame({"brinvest": pairs["brinvest"].unique(), "sector": "bo"})
    found = estimate.model(estimate.prepared(pairs, schools, WHICH.affected))
    assert abs(found["delay"] - delay) < 2.5 * found["delay_se"]
    assert 0.5 * error < found["delay_se"] < 1.5 * error
    assert found["year"] == pytest.approx(YEAR, abs=2.5 * found["year_se"])
    assert found["days"] == pytest.approx(DAYS, abs=2.5 * found["days_se"])
    assert found["rmse"] == pytest.approx(RMSE, rel=0.02)


def test_the_published_effects_by_groep_come_back_within_their_standard_errors():
    """Haelermans et al. (2022), in the fictitious country that `nco demo --closure` makes; its Cito schools of bo."""
    made = country.generate(SCHOOLS, 11, closure=True)
    parts = []
    for _, board in country.boards(made):
        results = board.results[board.results["provider"].isin(WHICH.providers)]
        results = results[results["school_year"].isin(WHICH.years)].assign(source_file="a", source_row=0)
        parts.append(
            growth.pair_cohorts(results, WHICH.years, [WHICH.moment], tables.empty(tables.RESULTS_OUTSIDE)).pairs
        )
    pairs = pd.concat([part for part in parts if len(part)], ignore_index=True)
    settings = shown.narrowed(all_settings.load())
    frame = estimate.prepared(pairs, made.enrolled.schools, settings.covid.affected)
    rows = pd.DataFrame(estimate._models(frame[frame["sector"] == "bo"], "all", "all"))
    found = closure.beside_truth(rows, country_settings.load().closure.effects)
    assert len(found) == 14
    assert (found["off"].abs() < 3.5).all(), found
    assert np.sqrt((found["off"] ** 2).mean()) < 1.5
