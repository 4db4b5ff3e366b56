"""Growth of the cohort that an event was in, beside the cohorts before it: the formula, and what may be told of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from nco.base import all_settings
from nco.disclosure.delays import delay_tables, estimate, told
from nco.reports.covid import shown
from nco_utils import tables
from nco_utils.tables import ALL
from tests.support import closure

SETTINGS = shown.narrowed(all_settings.load())
AFFECTED, BEFORE = SETTINGS.covid.affected, SETTINGS.covid.before
SERIES = {"sector": "bo", "domain": "spelling", "step": "M5-E5", "scale": "CITO-SP-3"}


@pytest.fixture(scope="module")
def prepared() -> pd.DataFrame:
    """The pairs of a country of 40 schools of about 25 pupils in each of the four cohorts, with what models are of."""
    made = closure.country([20 + i % 11 for i in range(40)], effect=-6.0)
    return estimate.prepared(made.pairs, closure.register(made), AFFECTED)


def test_the_model_is_engzells_with_the_standard_errors_of_statsmodels(prepared):
    frame = prepared.assign(
        year_z=(prepared["year"] - prepared["year"].mean()) / prepared["year"].std(ddof=0),
        days_z=(prepared["days_between"] - prepared["days_between"].mean()) / prepared["days_between"].std(ddof=0),
    )
    known = {"groups": pd.factorize(frame["brinvest"])[0]}
    fit = smf.ols("shift ~ affected + year_z + days_z", frame).fit(cov_type="cluster", cov_kwds=known)
    found = estimate.model(prepared)
    for name, theirs in (("delay", "affected"), ("year", "year_z"), ("days", "days_z"), ("intercept", "Intercept")):
        assert found[name] == pytest.approx(fit.params[theirs], abs=1e-8)
        if name != "intercept":
            assert found[f"{name}_se"] == pytest.approx(fit.bse[theirs], abs=1e-8)
    assert found["rmse"] == pytest.approx(np.sqrt(fit.scale), abs=1e-8)


def test_a_percentile_is_the_place_among_all_cohorts_and_equal_scores_share_it():
    made = closure.country([2, 2], effect=0.0)
    pairs = made.pairs.iloc[:4].assign(score_before=[1.0, 2.0, 2.0, 4.0], score_after=[4.0, 3.0, 2.0, 1.0])
    frame = estimate.prepared(pairs, closure.register(made), AFFECTED)
    assert frame["before"].tolist() == [12.5, 50.0, 50.0, 87.5]
    assert frame["shift"].tolist() == [75.0, 12.5, -12.5, -75.0]


def test_growth_in_standard_deviations_is_of_the_pupils_of_the_years_before(prepared):
    growth, affected = prepared["growth"], prepared["affected"] == 1
    then = growth[~affected]
    row = next(estimate._row(prepared, SERIES, ALL, ALL, prepared["sd"].iloc[0]))
    assert row["standardised"] == pytest.approx((growth[affected].mean() - then.mean()) / then.std(), abs=1e-10)
    assert (row["n_affected"], row["n_before"]) == (affected.sum(), (~affected).sum())


@pytest.fixture(scope="module")
def released(tmp_path_factory) -> closure.Released:
    """A release of that country."""
    made = closure.country([20 + i % 11 for i in range(40)], effect=-6.0)
    return closure.publish(tmp_path_factory.mktemp("country"), made)


@pytest.mark.slow
def test_the_schools_differences_are_those_of_the_country_on_average(released):
    rows = released.of_schools.query("trait == 'all' and step != 'all'")
    country = released.country.query("trait == 'all' and step != 'all'")
    # of each cohort the mean over pupils is that of the country, where all schools are shown
    assert rows["status"].eq("shown").all()
    weight = 1 / (1 / rows["n_affected"] + 1 / rows["n_before"])
    mean = np.average(rows["delay"], weights=weight.astype(float))
    assert mean == pytest.approx(country["delay"].iloc[0], abs=0.5)
    assert np.average(rows["country"], weights=weight.astype(float)) == pytest.approx(0, abs=0.5)


@pytest.mark.slow
def test_all_steps_together_are_weighted_by_their_precision(tmp_path):
    one = closure.country([30] * 12, effect=-6.0)
    other = closure.country([9] * 12, effect=4.0, seed=5, step="M6-E6")
    made = closure.publish(tmp_path, closure.together(one, other))
    rows = made.of_schools.query("trait == 'all'").set_index(["brinvest", "step"])["delay"].unstack()
    se = (made.of_schools["delay_high"] - made.of_schools["delay_low"]) / 3.92
    weight = made.of_schools.assign(w=se**-2.0).query("trait == 'all'").set_index(["brinvest", "step"])["w"].unstack()
    mean = (rows["M5-E5"] * weight["M5-E5"] + rows["M6-E6"] * weight["M6-E6"]) / (weight["M5-E5"] + weight["M6-E6"])
    assert (rows[ALL] - mean).abs().max() < 0.2


@pytest.mark.slow
def test_a_cohort_that_may_not_be_shown_is_in_no_figure_of_its_school(tmp_path):
    sizes = [20] * 12
    made = closure.country(sizes, effect=-6.0)
    name = made.pairs["brinvest"].iloc[0]
    few = made.pairs["school_year"].eq(BEFORE[0]) & made.pairs["brinvest"].eq(name)
    keep = ~few | (few.cumsum() <= 4)
    found = closure.publish(tmp_path, replace(made, pairs=made.pairs[keep].reset_index(drop=True)))
    row = found.of_schools.query("brinvest == @name and trait == 'all' and step == 'M5-E5'").iloc[0]
    assert (row["status"], row["n_years"], row["n_before"]) == ("shown", 2, 40)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("left", "status"),
    [({AFFECTED: 4}, "hidden"), ({BEFORE[0]: 4, BEFORE[1]: 4}, "hidden"), ({BEFORE[0]: 0, BEFORE[1]: 0}, "few_years"),
     ({AFFECTED: 0}, None)],
)  # fmt: skip
def test_a_step_without_figures_says_why(tmp_path, left, status):
    made = closure.country([20] * 12, effect=-6.0)
    name, keep = made.pairs["brinvest"].iloc[0], pd.Series(data=True, index=made.pairs.index)
    for year, n in left.items():
        theirs = made.pairs["school_year"].eq(year) & made.pairs["brinvest"].eq(name)
        keep &= ~theirs | (theirs.cumsum() <= n)
    found = closure.publish(tmp_path, replace(made, pairs=made.pairs[keep].reset_index(drop=True)))
    rows = found.of_schools.query("brinvest == @name and trait == 'all' and step == 'M5-E5'")
    assert rows["status"].tolist() == ([status] if status else [])
    assert rows["delay"].isna().all()


def test_of_all_steps_together_nothing_is_told_of_the_country_where_one_step_may_not_be():
    key = ["sector", "domain", "step", "scale", "trait", "value"]
    units = [("bo", "spelling", step, "S", ALL, ALL) for step in ("M4-E4", "M5-E5")]
    delays = pd.DataFrame(
        [*units, ("bo", "spelling", ALL, ALL, ALL, ALL), ("bo", ALL, ALL, ALL, ALL, ALL)], columns=key
    )
    national = pd.concat([pd.DataFrame(units, columns=key).assign(school_year=y) for y in SETTINGS.covid.years])
    silent = (national["step"] == "M4-E4") & (national["school_year"] == BEFORE[1])
    cohorts = told.Cohorts(None, national[~silent], national, None, delays)
    assert told.of_country(cohorts, SETTINGS)["step"].tolist() == ["M5-E5"]
    assert len(told.of_country(replace(cohorts, country=national), SETTINGS)) == len(delays)


@pytest.mark.slow
def test_a_notebook_that_computes_of_other_pupils_is_refused(tmp_path):
    made = closure.country([20] * 12, effect=-6.0)
    settlement = closure.settle(tmp_path, made)
    closure.compute(tmp_path, made, settlement)
    shifts = tables.read(delay_tables.SHIFTS, tmp_path / closure.ROUND)
    tables.write(shifts.assign(n_pupils=shifts["n_pupils"] - 1), delay_tables.SHIFTS, tmp_path / closure.ROUND)
    with pytest.raises(Exception, match="of other pairs"):
        shown.protect(settlement, closure.ROUND, tmp_path, all_settings.load())


@pytest.mark.slow
def test_careful_estimates_lie_between_the_school_and_the_country(released):
    rows = released.of_schools.query("trait == 'all' and status == 'shown'")
    assert rows["country_shrunken"].abs().le(rows["country"].abs() + 0.051).all()
    assert ((rows["delay_shrunken"] - rows["national"]) - rows["country_shrunken"]).abs().max() <= 0.11


@pytest.mark.slow
def test_two_groups_are_compared_by_their_own_interval(released):
    rows = released.of_schools.query("trait == 'sex'").set_index(["brinvest", "value"])
    first, last = (rows.xs(value, level="value") for value in ("jongen", "meisje"))
    assert len(first)
    assert ((first["delay"] - last["delay"]) - first["gap"]).abs().max() < 0.11
    assert last["gap"].isna().all()
    assert (first["gap_high"] - first["gap_low"]).gt(first["delay_high"] - first["delay_low"]).all()


@pytest.mark.slow
def test_in_a_country_without_effects_hardly_any_report_names_anything(tmp_path):
    found = closure.publish(tmp_path, closure.country([24] * 60, effect=0.0, seed=4)).of_schools
    named = found[(found["delay_q"] < 0.05) | (found["country_q"] < 0.05) | (found["gap_q"] < 0.05)]
    assert named["brinvest"].nunique() <= 3  # one in twenty
    covers = found.query("trait == 'all' and step != 'all'")
    # 95 % of the intervals hold what is true of every school
    assert (covers["delay_low"].le(0) & covers["delay_high"].ge(0)).mean() > 0.88


@pytest.mark.slow
def test_a_school_that_fell_far_behind_is_named(tmp_path):
    made = closure.country([24] * 60, effect=0.0, seed=4)
    theirs = made.pairs["brinvest"].eq(made.pairs["brinvest"].iloc[0]) & made.pairs["school_year"].eq(AFFECTED)
    lower = made.pairs["growth"].where(~theirs, made.pairs["growth"] - 30)
    pairs = made.pairs.assign(growth=lower, score_after=made.pairs["score_before"] + lower)
    found = closure.publish(tmp_path, replace(made, pairs=pairs)).of_schools.query("trait == 'all' and step != 'all'")
    assert found.loc[found["country_q"] < 0.05, "brinvest"].tolist() == [pairs["brinvest"].iloc[0]]
