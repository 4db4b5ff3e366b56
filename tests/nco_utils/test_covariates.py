"""The columns of a reference model: spline, categories, numbers, and what is unknown."""

import numpy as np
import pandas as pd
import patsy
import pytest

from nco.base import all_settings
from nco_utils import tables
from nco_utils.reference import covariates
from nco_utils.reference.covariates import Known, design, linked, natural_spline
from tests.support.simulated import simulate

MODEL = all_settings.load().reference


@pytest.fixture(scope="module")
def country():
    return simulate(60, 3)


@pytest.fixture(scope="module")
def frame(country):
    return linked(country.pairs, country.known, MODEL)


def column(made: covariates.Design, term: str) -> np.ndarray:
    return made.matrix[:, made.terms.index(term)]


def test_spline_spans_the_natural_cubic_splines_of_patsy():
    """patsy's cr(): all natural cubic splines with those knots, the constant among them."""
    x = np.random.default_rng(1).normal(200, 30, 400)
    knots = np.quantile(x, MODEL.score_knots)
    inner, low, high = knots[1:-1], knots[0], knots[-1]
    theirs = patsy.dmatrix(f"cr(x, knots={inner.tolist()}, lower_bound={low}, upper_bound={high}) - 1", {"x": x})
    ours = np.column_stack([np.ones(400), natural_spline(x, knots)])
    assert ours.shape == theirs.shape
    y = np.sin(x / 20)
    fitted = [basis @ np.linalg.lstsq(basis, y)[0] for basis in (ours, np.asarray(theirs))]
    np.testing.assert_allclose(fitted[0], fitted[1], atol=1e-9)


def test_spline_is_a_straight_line_outside_the_outer_knots():
    knots = np.array([0.0, 1, 2, 4])
    for x in (np.array([-3.0, -2, -1]), np.array([5.0, 6, 7])):
        np.testing.assert_allclose(np.diff(natural_spline(x, knots), n=2, axis=0), 0, atol=1e-12)


def test_spline_of_too_few_different_scores_is_a_straight_line():
    x = np.array([1.0, 1, 1, 1, 2])
    np.testing.assert_array_equal(natural_spline(x, np.quantile(x, MODEL.score_knots)), x[:, None])


def test_the_first_value_of_a_trait_that_occurs_is_the_one_compared_with(frame):
    terms = set(design(frame, MODEL).terms)
    assert {"sex=meisje", "education=hoog", "education=onbekend", "denomination=anders"} <= terms
    assert not {"sex=jongen", "education=laag", "urbanity=1", "denomination=Openbaar"} & terms


def test_an_unknown_number_is_zero_and_has_a_column_of_its_own(frame):
    made = design(frame, MODEL)
    unknown = frame["months_older"].isna().to_numpy()
    assert 0 < unknown.sum() < len(frame)
    np.testing.assert_array_equal(column(made, "months_older=onbekend"), unknown)
    np.testing.assert_array_equal(column(made, "months_older")[unknown], 0)
    known = frame["months_older"][~unknown]
    np.testing.assert_allclose(column(made, "months_older")[~unknown], known - known.mean(), atol=1e-12)
    assert "days_between=onbekend" not in made.terms  # nobody's is unknown


def test_what_has_one_value_only_gives_no_column_and_is_named(country, frame):
    made = design(frame, MODEL)
    assert made.constant == ("ses_class", "minority", "school_mean(ses_class)")
    assert not [term for term in made.terms if term.startswith(("ses_class", "minority"))]
    nothing = country.known.school_traits.assign(size=pd.NA, urbanity=pd.NA, schoolweging=np.nan)
    unknown = Known(country.known.pupils, country.known.schools, tables.conform(nothing, tables.SCHOOL_TRAITS))
    without = design(linked(country.pairs, unknown, MODEL), MODEL)
    assert {"size", "urbanity", "schoolweging"} <= set(without.constant)


def test_pupils_and_schools_without_background_stay_in_as_unknown(country):
    known = Known(country.known.pupils.iloc[50:], country.known.schools, country.known.school_traits.iloc[1:])
    frame = linked(country.pairs, known, MODEL)
    assert len(frame) == len(country.pairs)
    assert (frame["sex"][:50] == tables.UNKNOWN).all()
    assert frame["months_older"][:50].isna().all()
    terms = design(frame, MODEL).terms
    assert {"sex=onbekend", "urbanity=onbekend", "size=onbekend", "schoolweging=onbekend"} <= set(terms)


def test_denominations_are_groups_and_the_register_stands_in_for_an_unknown_one(country):
    schools = country.known.schools.assign(denomination="Rooms-Katholiek")
    traits = country.known.school_traits.copy()
    own = country.pairs["brinvest"] == traits["brinvest"][0]
    for given, expected in (("Islamitisch", "anders"), ("Openbaar", "Openbaar"), (pd.NA, "Rooms-Katholiek")):
        traits.loc[0, "denomination"] = given
        frame = linked(country.pairs, Known(country.known.pupils, schools, traits), MODEL)
        assert set(frame["denomination"][own]) == {expected}


def test_size_goes_in_as_its_logarithm(country, frame):
    sizes = country.known.school_traits.set_index("brinvest")["size"].astype(float)
    own = np.log(country.pairs["brinvest"].map(sizes))
    np.testing.assert_allclose(column(design(frame, MODEL), "size"), own - own.mean(), atol=1e-12)


def test_school_mean_counts_only_pupils_of_whom_the_trait_is_known(frame):
    allowed = tables.PUPILS["ses_class"].allowed
    four = frame.iloc[:4].assign(
        brinvest=pd.Categorical(["99AA00", "99AA00", "99AA00", "99AB00"]),
        ses_class=pd.Categorical(["laag", "hoog", "onbekend", "onbekend"], allowed),
    )
    mean = column(design(four.assign(score_before=[1.0, 2, 3, 4]), MODEL), "ses_class=onbekend")
    np.testing.assert_array_equal(mean, [0, 0, 1, 1])
    ranks = covariates._school_mean(four, "ses_class")
    np.testing.assert_array_equal(ranks, [1.5, 1.5, 1.5, 1.5])  # ranks 0 and 3; a school without: the overall mean


def test_school_mean_of_a_number_is_that_of_the_schools_pupils_from_the_overall_mean(country, frame):
    score = country.pairs["score_before"]
    expected = score.groupby(country.pairs["brinvest"]).transform("mean") - score.mean()
    np.testing.assert_allclose(column(design(frame, MODEL), "school_mean(score_before)"), expected, atol=1e-10)
    months = frame["months_older"]
    known = months.groupby(frame["brinvest"], observed=True).transform("mean").fillna(months.mean()) - months.mean()
    np.testing.assert_allclose(covariates._school_mean(frame, "months_older"), known, atol=1e-12)
