import numpy as np
import pandas as pd
import pytest

from nco_utils import growth, multilevel, params, reference, tables

MODEL = params.load().reference


@pytest.fixture(scope="module")
def round_tables(analysed):
    folder = analysed / "2022E"
    return {
        "pairs": tables.read(tables.GROWTH, folder),
        "pupils": tables.read(tables.PUPILS, folder),
        "national": tables.read(tables.NATIONAL, folder),
        "reference": tables.read(tables.REFERENCE, folder).set_index("brinvest"),
    }


def _refit(round_tables, pairs):
    return reference.references(pairs, round_tables["pupils"], growth.national(pairs), MODEL)


def test_reference_leaves_the_own_school_out(round_tables):
    """A school that suddenly grows 100 points more gets the same reference value, and an effect 100 higher."""
    school = "99AA00"
    pairs = round_tables["pairs"].copy()
    pairs.loc[pairs["brinvest"] == school, ["growth", "score_after"]] += 100
    changed = _refit(round_tables, pairs).schools.set_index("brinvest").loc[school]
    before = round_tables["reference"].loc[school]
    assert changed["reference"] == pytest.approx(before["reference"], rel=1e-9)
    assert changed["effect"] == pytest.approx(before["effect"] + 100, rel=1e-9)


def test_reference_equals_a_refit_on_all_other_schools_for_every_school(round_tables):
    """Brute force: fit without the school, predict its own pupils, average."""
    pairs = round_tables["pairs"].merge(round_tables["pupils"], on=["brinvest", "pupil_id"])
    design = reference.design(pairs, MODEL)
    y, schools = pairs["growth"].to_numpy(), pairs["brinvest"].to_numpy()
    for school, row in round_tables["reference"].iterrows():
        own = schools == school
        fit = multilevel.fit_random_intercept(y[~own], design.matrix[~own], schools[~own])
        mean = design.matrix[own].mean(axis=0)
        assert row["reference"] == pytest.approx(mean @ fit.beta, rel=1e-8), school
        assert row["reference_se"] == pytest.approx(np.sqrt(mean @ fit.vcov @ mean), rel=1e-8), school
        spread = np.sqrt(fit.sigma2 / own.sum() + mean @ fit.vcov @ mean)
        assert row["effect_se"] == pytest.approx(spread, rel=1e-8), school


def test_shrunken_effect_is_the_reliable_part_of_the_residual(round_tables):
    """BLUP: u_j = reliability_j x mean residual from the fixed part of the fit on all schools."""
    pairs = round_tables["pairs"].merge(round_tables["pupils"], on=["brinvest", "pupil_id"])
    design = reference.design(pairs, MODEL)
    fit = multilevel.fit_random_intercept(pairs["growth"].to_numpy(), design.matrix, pairs["brinvest"].to_numpy())
    residual = (pairs["growth"] - design.matrix @ fit.beta).groupby(pairs["brinvest"]).mean()
    schools = round_tables["reference"]
    np.testing.assert_allclose(schools["effect_shrunken"], schools["reliability"] * residual, rtol=1e-9)


def test_effects_are_observed_minus_reference_and_reliability_grows_with_pupils(round_tables):
    schools = round_tables["reference"].sort_values("n_pupils")
    np.testing.assert_allclose(schools["effect"], schools["mean_growth"] - schools["reference"], rtol=1e-12)
    assert schools["reliability"].is_monotonic_increasing
    assert schools["reliability"].between(0, 1).all()


def test_too_few_schools_give_no_reference_and_say_why(round_tables):
    few = set(sorted(round_tables["pairs"]["brinvest"].unique())[: MODEL.minimum_schools - 1])
    made = _refit(round_tables, round_tables["pairs"][lambda pairs: pairs["brinvest"].isin(few)])
    assert set(made.schools["model"]) == {"too_few_schools"}
    assert made.schools["reference"].isna().all()
    assert made.schools["mean_growth"].notna().all()
    assert made.terms.empty


def test_too_few_pupils_give_no_reference_and_say_why(round_tables):
    one_each = round_tables["pairs"].drop_duplicates("brinvest")
    assert len(one_each) < MODEL.minimum_pupils
    assert set(_refit(round_tables, one_each).schools["model"]) == {"too_few_pupils"}


def test_pupils_without_background_stay_in_as_a_category_of_their_own(round_tables):
    known = round_tables["pupils"].iloc[50:]
    made = reference.references(round_tables["pairs"], known, round_tables["national"], MODEL)
    assert made.schools["n_pupils"].sum() == len(round_tables["pairs"])
    assert "sex=onbekend" in set(made.terms["term"])


def test_school_mean_counts_only_pupils_of_whom_the_trait_is_known():
    frame = pd.DataFrame(
        {
            "brinvest": ["99AA00", "99AA00", "99AA00", "99AB00"],
            "score_before": [1.0, 2, 3, 4],
            **dict.fromkeys(MODEL.pupil_traits, "nee"),
            "sex": "jongen",
            "ses_class": ["laag", "hoog", "onbekend", "onbekend"],
        }
    )
    design = reference.design(frame, MODEL)
    column = design.matrix[:, design.terms.index("school_mean(ses_class)")]
    np.testing.assert_array_equal(column, [1.5, 1.5, 1.5, 1.5])  # ranks 0 and 3; a school without: the overall mean


def test_the_first_value_of_a_trait_that_occurs_is_the_one_compared_with(round_tables):
    terms = set(reference.design(round_tables["pairs"].merge(round_tables["pupils"]), MODEL).terms)
    assert "sex=meisje" in terms
    assert not {"sex=jongen", "minority=nee", "ses_class=laag"} & terms
