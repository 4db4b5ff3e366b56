"""Reference values: fitted without the own school, honest about their uncertainty, absent with a reason."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco_utils import reference, tables
from nco_utils.models import random_intercept
from nco_utils.params import START_TRAIT, Subgroup
from nco_utils.reference import covariates
from nco_utils.reference.covariates import Known
from nco_utils.spread import own_variances
from nco_utils.tables import ALL
from tests.support.simulated import Simulated, simulate

SETTINGS = all_settings.load()
MODEL = SETTINGS.reference
KEY = tables.UNIT_KEYS


def made(country: Simulated, model=MODEL, subgroups=None) -> reference.References:
    members = country.members(SETTINGS.subgroups if subgroups is None else subgroups)
    return reference.references(country.pairs, country.figures(members), members, country.known, model)


def whole(references: reference.References) -> pd.DataFrame:
    return references.units[references.units["trait"] == ALL].set_index("brinvest")


def with_pairs(country: Simulated, pairs: pd.DataFrame) -> Simulated:
    return Simulated(pairs, country.known, country.effect, country.expected)


@pytest.fixture(scope="module")
def country():
    return simulate(130, 5)


@pytest.fixture(scope="module")
def references(country):
    return made(country)


def variance_of(school: str, pooled: float, y: np.ndarray, matrix: np.ndarray, schools: np.ndarray) -> float:
    """The variance within a school: its own, of what the fit on all schools leaves, drawn toward `pooled`."""
    names, codes = np.unique(schools, return_inverse=True)
    residual = y - matrix @ random_intercept.fit_random_intercept(y, matrix, schools).beta
    drawn = own_variances(residual, codes, np.zeros(len(names), int), np.full(len(names), pooled))
    return drawn[names == school].item()


def assert_equals_refits(country: Simulated, references: reference.References):
    """Brute force: fit without the school, predict its own pupils, average."""
    frame = covariates.linked(country.pairs, country.known, MODEL)
    design = covariates.design(frame, MODEL)
    y, schools = frame["growth"].to_numpy(), country.pairs["brinvest"].to_numpy()
    for school, row in whole(references).iterrows():
        own = schools == school
        fit = random_intercept.fit_random_intercept(y[~own], design.matrix[~own], schools[~own])
        assert fit.kept.all()
        mean = design.matrix[own].mean(axis=0)
        assert row["reference"] == pytest.approx(mean @ fit.beta, rel=1e-8), school
        assert row["reference_se"] == pytest.approx(np.sqrt(mean @ fit.vcov @ mean), rel=1e-8), school
        within = variance_of(school, fit.sigma2, y, design.matrix, schools)
        spread = np.sqrt(within / own.sum() + mean @ fit.vcov @ mean)
        assert row["effect_se"] == pytest.approx(spread, rel=1e-8), school


def test_the_only_school_of_its_category_has_no_careful_estimate_for_its_own_coefficient_has_taken_its_effect():
    country = simulate(40, 7, tau=4.0)
    (alone,) = country.known.schools.query("denomination == 'Islamitisch'")["brinvest"]  # the only `anders`
    units = whole(made(country))
    assert np.isfinite(units.loc[alone, ["reference", "effect"]].astype(float)).all()
    assert units.loc[alone, ["effect_shrunken", "effect_shrunken_se", "reliability"]].isna().all()
    assert units["effect_shrunken"].isna().sum() == 1


@pytest.mark.slow
def test_reference_equals_a_refit_on_all_other_schools_for_every_school(country, references):
    assert len(covariates.design(covariates.linked(country.pairs, country.known, MODEL), MODEL).terms) > 30
    assert_equals_refits(country, references)


@pytest.mark.big
def test_reference_equals_a_refit_for_300_schools_with_all_covariates():
    country = simulate(300, 6)
    assert_equals_refits(country, made(country, subgroups={}))


def test_reference_leaves_the_own_school_out(country, references):
    """A school that suddenly grows 100 points more gets the same reference value, and an effect 100 higher."""
    school = country.effect.index[7]
    pairs = country.pairs.copy()
    pairs.loc[pairs["brinvest"] == school, ["growth", "score_after"]] += 100
    changed, before = (whole(r).loc[school] for r in (made(with_pairs(country, pairs)), references))
    assert changed["reference"] == pytest.approx(before["reference"], rel=1e-8)
    assert changed["effect"] == pytest.approx(before["effect"] + 100, rel=1e-8)


def test_reference_of_a_subgroup_is_the_mean_prediction_of_its_pupils(country, references):
    school, trait, value = country.effect.index[3], "income", "onder_modaal"
    frame = covariates.linked(country.pairs, country.known, MODEL)
    design = covariates.design(frame, MODEL)
    schools = country.pairs["brinvest"].to_numpy()
    others, own = schools != school, (schools == school) & (frame[trait] == value).to_numpy()
    y = frame["growth"].to_numpy()
    fit = random_intercept.fit_random_intercept(y[others], design.matrix[others], schools[others])
    mean = design.matrix[own].mean(axis=0)
    row = references.units.set_index(["brinvest", "trait", "value"]).loc[(school, trait, value)]
    assert row["n_pupils"] == own.sum() > 0
    assert row["mean_growth"] == pytest.approx(y[own].mean())
    assert row["reference"] == pytest.approx(mean @ fit.beta, rel=1e-8)
    # The variance is that of the whole school: a part has none of its own.
    within = variance_of(school, fit.sigma2, y, design.matrix, schools)
    spread = np.sqrt(within / own.sum() + mean @ fit.vcov @ mean)
    assert row["effect_se"] == pytest.approx(spread, rel=1e-8)
    assert np.isnan(row["effect_shrunken"])  # the model has no effect of a part of a school


def test_every_unit_of_the_figures_has_a_row_and_the_parts_of_a_split_make_the_whole(country, references):
    units = country.figures(country.members(SETTINGS.subgroups))
    pd.testing.assert_frame_equal(units[KEY], references.units[KEY])
    assert set(references.units["trait"]) == {ALL, *SETTINGS.subgroups} - {START_TRAIT}  # that needs the whole country
    sexes = references.units[references.units["trait"] == "sex"]
    total = (sexes["reference"] * sexes["n_pupils"]).groupby(sexes["brinvest"]).sum()
    everybody = whole(references)
    expected = (everybody["reference"] * everybody["n_pupils"]).loc[total.index]
    np.testing.assert_allclose(total, expected.astype(float), rtol=1e-9)


def test_shrunken_effect_is_the_reliable_part_of_the_residual(country, references):
    """BLUP: u_j = reliability_j x mean residual from the fixed part of the fit on all schools."""
    design = covariates.design(covariates.linked(country.pairs, country.known, MODEL), MODEL)
    y, schools = country.pairs["growth"].to_numpy(), country.pairs["brinvest"]
    fit = random_intercept.fit_random_intercept(y, design.matrix, schools.to_numpy())
    residual = pd.Series(y - design.matrix @ fit.beta).groupby(schools).mean()
    rows = whole(references)
    assert fit.tau2 > 0
    np.testing.assert_allclose(rows["effect_shrunken"], rows["reliability"] * residual.loc[rows.index], rtol=1e-8)


def test_effects_are_observed_minus_reference_and_reliability_grows_with_pupils(references):
    rows = whole(references).sort_values("n_pupils")
    np.testing.assert_allclose(rows["effect"], rows["mean_growth"] - rows["reference"], rtol=1e-10)
    assert rows["reliability"].is_monotonic_increasing
    assert rows["reliability"].between(0, 1).all()


def test_order_of_pairs_pupils_and_schools_changes_nothing(country, references):
    def shuffled(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.sample(frac=1, random_state=1).reset_index(drop=True)

    known = country.known
    mixed = Known(shuffled(known.pupils), shuffled(known.schools), shuffled(known.school_traits))
    other = made(Simulated(shuffled(country.pairs), mixed, country.effect, country.expected))
    got, expected = (r.units.set_index(KEY).sort_index() for r in (other, references))
    pd.testing.assert_frame_equal(got, expected, rtol=1e-8)


def test_fitted_pairs_are_fixed_part_school_and_residual(country, references):
    fitted = references.fitted
    both = fitted.merge(country.pairs, on=["brinvest", "pupil_id"])
    assert len(both) == len(country.pairs)
    school = both["brinvest"].map(whole(references)["effect_shrunken"])
    np.testing.assert_allclose(both["growth"], both["predicted"] + school + both["residual"], rtol=1e-9)


# --- one model per sector, cohort, step, domain and scale ----------------------------------------------------


def test_models_do_not_know_of_each_other(country, references):
    """A second cohort, of the same pupils a year before, changes nothing for the first."""
    other = country.pairs.assign(school_year="2020-2021", growth=country.pairs["growth"] * 2 + 1)
    both = made(with_pairs(country, pd.concat([other, country.pairs], ignore_index=True)))
    now = both.units[both.units["school_year"] == "2021-2022"].set_index(KEY).sort_index()
    pd.testing.assert_frame_equal(now, references.units.set_index(KEY).sort_index(), rtol=1e-10)
    assert set(both.terms["school_year"]) == {"2020-2021", "2021-2022"}


def test_special_primary_schools_get_no_reference_and_are_in_nobody_elses_model(country, references):
    sbo = country.effect.index[:50]
    schools = country.known.schools
    schools = schools.assign(sector=schools["sector"].mask(schools["brinvest"].isin(sbo), "sbo"))
    known = Known(country.known.pupils, schools, country.known.school_traits)
    split = made(Simulated(country.pairs, known, country.effect, country.expected))
    rows = whole(split)
    assert set(rows.loc[sbo, "model"]) == {"not_for_sbo"}
    assert rows.loc[sbo, "reference"].isna().all()
    assert rows.loc[sbo, "mean_growth"].notna().all()
    assert set(split.terms["sector"]) == {"bo"}
    of_others = country.pairs[~country.pairs["brinvest"].isin(sbo)].reset_index(drop=True)
    alone = whole(made(with_pairs(country, of_others)))
    np.testing.assert_allclose(rows.loc[alone.index, "reference"], alone["reference"], rtol=1e-10)


def test_too_few_schools_give_no_reference_and_say_why(country):
    few = country.effect.index[: MODEL.minimum_schools - 1]
    pairs = country.pairs[country.pairs["brinvest"].isin(few)].reset_index(drop=True)
    without = made(with_pairs(country, pairs))
    assert set(without.units["model"]) == {"too_few_schools"}
    assert without.units["reference"].isna().all()
    assert without.units["mean_growth"].notna().all()
    assert without.terms.empty
    assert without.notes.empty
    assert without.fitted.empty


def test_too_few_pupils_give_no_reference_and_say_why(country):
    one_each = country.pairs.drop_duplicates("brinvest").reset_index(drop=True)
    assert MODEL.minimum_schools <= len(one_each) < MODEL.minimum_pupils
    assert set(made(with_pairs(country, one_each)).units["model"]) == {"too_few_pupils"}


# --- covariates that add nothing, and the other estimator -----------------------------------------------------


def test_constant_and_collinear_covariates_are_left_out_and_noted_by_name(country, references):
    assert set(references.notes["note"]) == {"constant"}
    migration = country.known.pupils["migration"]
    minority = migration.map({"geen": "nee", tables.UNKNOWN: tables.UNKNOWN}).fillna("ja")
    known = Known(country.known.pupils.assign(minority=minority), country.known.schools, country.known.school_traits)
    doubled = made(Simulated(country.pairs, known, country.effect, country.expected))
    notes = doubled.notes.set_index("term")["note"]
    assert notes["minority=ja"] == notes["minority=onbekend"] == "collinear"
    assert notes["ses_class"] == "constant"
    estimates = doubled.terms.set_index("term")["estimate"]
    assert np.isnan(estimates["minority=ja"])
    np.testing.assert_allclose(whole(doubled)["reference"], whole(references)["reference"], rtol=1e-8)


def test_the_estimator_is_recorded_and_least_squares_gives_almost_the_same_reference(country, references):
    assert set(references.terms["estimator"]) == {"random_intercept"}
    ols = made(country, MODEL.model_copy(update={"estimator": "ols_cluster"}))
    assert set(ols.terms["estimator"]) == {"ols_cluster"}
    got, expected = whole(ols), whole(references)
    assert (got["reference"] - expected["reference"]).abs().max() < expected["reference_se"].max()
    assert got["effect_shrunken"].isna().all()
    assert got["reliability"].isna().all()


# --- the bdf pupils -------------------------------------------------------------------------------------------


def test_the_bdf_pupils_have_a_model_of_the_traits_they_have(analysed):
    folder = analysed / "2022E"
    terms, notes = tables.read(tables.MODEL_TERMS, folder), tables.read(tables.MODEL_NOTES, folder)
    units = tables.read(tables.REFERENCE, folder)
    assert set(units.loc[units["trait"] == ALL, "model"]) == {"fitted"}
    assert {"sex=meisje", "ses_class=hoog", "minority=ja", "school_mean(ses_class)"} <= set(terms["term"])
    assert {"education", "income", "months_older", "size"} <= set(notes["term"])


def test_a_split_of_nobody_gives_no_units(country):
    nobody = {"education": Subgroup(values=("laag", "hoog"))}
    pupils = country.known.pupils.assign(education=tables.UNKNOWN)
    known = Known(pupils, country.known.schools, country.known.school_traits)
    units = made(Simulated(country.pairs, known, country.effect, country.expected), subgroups=nobody).units
    assert set(units["trait"]) == {ALL}
