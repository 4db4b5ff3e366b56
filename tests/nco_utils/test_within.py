"""The variant that knows nothing of schools: coefficients, and effects that keep what goes with school traits."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from nco.base import all_settings
from nco_utils import reference
from nco_utils.reference import covariates, within
from nco_utils.tables import MODEL_KEYS
from tests.support.simulated import Simulated, Truth, simulate

PERFECT = all_settings.load().reference.model_copy(update={"reliability": 1.0})


def made(country: Simulated, model=PERFECT) -> within.Within:
    nobody = country.members({})
    references = reference.references(country.pairs, country.figures(nobody), nobody, country.known, model)
    return within.beside(country.pairs, country.known, model, references)


@pytest.fixture(scope="module")
def country():
    return simulate(60, 3)


@pytest.fixture(scope="module")
def variant(country):
    return made(country)


def test_coefficients_are_those_of_least_squares_with_a_dummy_for_every_school(country, variant):
    frame = covariates.linked(country.pairs, country.known, PERFECT)
    design = covariates.design(frame, PERFECT)
    terms = variant.terms
    x = design.matrix[:, [design.terms.index(term) for term in terms["term"]]]
    dummies = pd.get_dummies(country.pairs["brinvest"]).to_numpy(float)
    fit = sm.OLS(frame["growth"].to_numpy(), np.column_stack([dummies, x])).fit()
    np.testing.assert_allclose(terms["within"], fit.params[60:], rtol=1e-6)
    np.testing.assert_allclose(terms["within_se"], fit.bse[60:], rtol=1e-6)
    assert not terms["term"].str.contains("school|urbanity|denomination|size|intercept").any()
    assert terms["estimate"].notna().all()  # that of the reference model, beside it


def test_effects_are_what_the_dummies_of_schools_say_and_are_0_over_all_pupils(country, variant):
    frame = covariates.linked(country.pairs, country.known, PERFECT)
    design = covariates.design(frame, PERFECT)
    x = design.matrix[:, [design.terms.index(term) for term in variant.terms["term"]]]
    dummies = pd.get_dummies(country.pairs["brinvest"])
    fit = sm.OLS(frame["growth"].to_numpy(), np.column_stack([dummies.to_numpy(float), x])).fit()
    schools = variant.schools.set_index("brinvest")
    n = schools["n_pupils"].astype(float)
    theirs = pd.Series(fit.params[:60], dummies.columns)[schools.index]
    np.testing.assert_allclose(schools["effect_within"], theirs - np.average(theirs, weights=n), atol=1e-6)
    assert np.average(schools["effect_within"], weights=n) == pytest.approx(0, abs=1e-8)
    assert schools["effect"].notna().all()


def test_the_effect_keeps_what_goes_with_schoolweging_and_that_of_the_reference_model_loses_it():
    """Half a point of growth per point of schoolweging, that pupils do not explain."""
    country = simulate(600, 8)
    weighting = country.known.school_traits.set_index("brinvest")["schoolweging"]
    added = 0.5 * (weighting - 30)
    pairs = country.pairs.assign(growth=country.pairs["growth"] + country.pairs["brinvest"].map(added))
    both = made(Simulated(pairs, country.known, country.effect, country.expected)).schools.set_index("brinvest")
    slopes = {name: np.polyfit(weighting[both.index], both[name], 1)[0] for name in ("effect", "effect_within")}
    assert slopes["effect"] == pytest.approx(0, abs=0.08)
    assert slopes["effect_within"] == pytest.approx(0.5 - 0.12, abs=0.08)  # the country itself has -0.12 per point


def test_a_measurement_error_does_not_make_the_effect_go_with_intake():
    """By the reliability that is given; as if there were no error the effect goes with intake."""
    country = simulate(500, 9, truth=Truth(tau=0, sigma=5, reliability=0.8, intake=0.5))
    slopes = {}
    for reliability in (0.8, 1.0):
        schools = made(country, PERFECT.model_copy(update={"reliability": reliability})).schools
        before = country.before[schools["brinvest"]].to_numpy()
        slopes[reliability] = np.polyfit(before, schools["effect_within"].to_numpy(), 1)[0]
    # Beyond what goes with schoolweging, which goes with intake here too.
    assert slopes[0.8] == pytest.approx(0, abs=0.03)
    assert slopes[1.0] > 0.1


def test_without_a_fitted_model_there_is_nothing_beside_it(country):
    few = PERFECT.model_copy(update={"minimum_schools": 1000})
    nothing = made(country, few)
    assert nothing.terms.empty
    assert nothing.schools.empty
    assert {*MODEL_KEYS, "effect", "effect_within"} <= set(nothing.schools.columns)
    assert {"estimate", "within"} <= set(nothing.terms.columns)
    assert within.agreement(nothing.schools).empty


def test_the_two_models_effects_are_laid_side_by_side_per_domain(country):
    schools = made(country, PERFECT).schools
    row = within.agreement(schools).loc[schools["domain"].iloc[0]]
    assert row["effect"] == pytest.approx(np.std(schools["effect"], ddof=1))
    assert row["correlation"] == pytest.approx(np.corrcoef(schools["effect"], schools["effect_within"])[0, 1])
