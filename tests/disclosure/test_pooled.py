"""The estimate over steps, cohorts and rounds: what it covers, what it is of, and that it is nearer to the truth."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import earlier_releases, pooled, ranking, shown_tables
from nco.disclosure.pooled import MEASURES
from nco_utils import tables
from tests.support.careers import NO_EFFECTS, Careers, Schooling, careers, with_truth

SETTINGS = all_settings.load().ranking
DIFFER = Schooling(lasting=1.4, passing=1.0)
ROW = dict.fromkeys(shown_tables.REPORT.column_names) | {
    "brinvest": "10AA00", "school_year": "2022-2023", "domain": "spelling", "step": "M5-E5", "scale": "S",
    "trait": "all", "value": "all", "status": "shown", "mean_growth": 9.0, "mean_growth_low": 5.0,
    "mean_growth_high": 13.0, "national_mean": 5.0, "effect": 2.0, "effect_low": -2.0, "effect_high": 6.0,
}  # fmt: skip


def together(made: Careers) -> pd.DataFrame:
    """Table pooled of all the reports of a country, with the true value of each measure."""
    reports = [made.report, *made.earlier]
    found = pooled.together(reports, pd.Series("bo", made.report["brinvest"].unique()), SETTINGS)
    return with_truth(ranking.judged(made.report, found)[1], made)


def covered(found: pd.DataFrame, name: str) -> pd.Series:
    return found[f"{name}_true"].between(found[f"{name}_low"], found[f"{name}_high"])


def one(*reports: list[dict]) -> pd.DataFrame:
    """Table pooled of these rows, newest report first."""
    frames = [pd.DataFrame(rows, columns=shown_tables.REPORT.column_names) for rows in reports]
    return pooled.together(frames, pd.Series("bo", frames[0]["brinvest"].unique()), SETTINGS)


def several(schooling: Schooling, schools: int, n: int) -> pd.DataFrame:
    """The tables of n countries: in one, the estimated correlation of steps makes all intervals a bit wider or not."""
    return pd.concat([together(careers(schools, seed, schooling)).assign(draw=seed) for seed in range(n)])


@pytest.fixture(scope="module")
def country() -> pd.DataFrame:
    return several(DIFFER, 150, 3)


@pytest.fixture(scope="module")
def without_effects() -> pd.DataFrame:
    return several(NO_EFFECTS, 150, 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURES)
def test_intervals_cover_the_truth_in_93_to_97_percent_with_effects_and_without(country, without_effects, name):
    for found in (country, without_effects):  # 1,350 intervals each
        assert 0.93 < covered(found, name).mean() < 0.97


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURES)
def test_as_if_steps_that_share_a_test_were_independent_the_intervals_would_be_too_wide(monkeypatch, name):
    monkeypatch.setattr(pooled, "_shared_test", lambda steps: pd.Series(0.0, steps.index))
    assert covered(several(DIFFER, 150, 2), name).mean() > 0.97


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURES)
def test_shrunken_estimates_are_closer_to_the_truth_than_raw_ones_and_than_zero(country, name):
    true = country[f"{name}_true"]
    raw, shrunken, zero = (((v - true) ** 2).mean() for v in (country[name], country[f"{name}_shrunken"], 0.0))
    assert shrunken < min(raw, zero)
    off = (country[f"{name}_shrunken"] - true) / country[f"{name}_shrunken_se"]
    assert off.std() == pytest.approx(1, abs=0.1)


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURES)
def test_the_variance_between_schools_is_the_true_one(country, name):
    assert country[f"{name}_tau2"].mean() == pytest.approx(country[f"{name}_true"].var(), rel=0.15)


@pytest.mark.slow
def test_without_effects_next_to_no_report_names_a_domain_and_with_effects_many_do(country, without_effects):
    q = [f"{name}_q" for name in MEASURES]
    named = [
        (found[q] < 0.05).any(axis=1).groupby([found["draw"], found["brinvest"]]).any().mean()
        for found in (without_effects, country)
    ]
    assert named[0] <= 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 450)
    assert named[1] > 0.5
    for name in MEASURES:
        told = country[country[f"{name}_q"] < 0.05]
        assert (np.sign(told[name]) != np.sign(told[f"{name}_true"])).mean() < 0.05


@pytest.mark.big
@pytest.mark.parametrize("schools", [40, 150])
@pytest.mark.parametrize("schooling", [NO_EFFECTS, DIFFER])
def test_intervals_cover_the_truth_in_small_countries_too(schools, schooling):
    found = several(schooling, schools, 1200 // schools)
    for name in MEASURES:
        assert 0.93 < covered(found, name).mean() < 0.97


# --- what it is made of --------------------------------------------------------------------------


def test_the_estimate_is_the_mean_weighted_by_precision():
    """Effects 2 (margin 4) and -1 (margin 2) of steps of other pupils: weights 1 and 4."""
    other = ROW | {"step": "M7-E7", "effect": -1.0, "effect_low": -3.0, "effect_high": 1.0}
    found = one([ROW, other]).iloc[0]
    assert found["effect_n_steps"] == 2
    assert found["effect"] == pytest.approx((2 - 4) / 5)
    assert found["effect_high"] - found["effect"] == pytest.approx(4 / np.sqrt(5), abs=0.006)
    assert found["country"] == 4.0  # two times 9 - 5


def test_the_newest_year_alone_stands_beside_all_years_and_is_the_same_where_there_is_one():
    before = ROW | {"school_year": "2021-2022", "effect": 8.0, "effect_low": 4.0, "effect_high": 12.0}
    both, alone = (one([ROW, *others]).iloc[0] for others in ([before], []))
    assert (both["effect_n_years"], both["effect"], both["effect_year"]) == (2, 5.0, 2.0)
    assert (both["effect_year_low"], both["effect_year_high"]) == (-2.0, 6.0)
    assert (alone["effect_n_years"], alone["effect"], alone["effect_year"]) == (1, 2.0, 2.0)


def test_what_a_difference_is_measured_in_is_the_mean_of_its_steps():
    """Margins of 4 points that are 2 and 1 spreads of schools: 2 and 4 points each, with equal weights."""
    spread = {"standardised": 1.0, "standardised_low": -1.0, "standardised_high": 3.0}
    wider = {"standardised": 0.5, "standardised_low": -0.5, "standardised_high": 1.5, "national_mean": 7.0}
    found = one([ROW | spread, ROW | wider | {"step": "M7-E7"}]).iloc[0]
    assert (found["effect_sd"], found["effect_usual"], found["standardised"]) == (3.0, 6.0, 0.75)


def test_a_step_of_a_cohort_counts_once_as_the_newest_report_has_it():
    before = ROW | {"effect": 8.0, "effect_low": 4.0, "effect_high": 12.0}
    found = one([ROW], [before, before | {"school_year": "2021-2022"}], [before]).iloc[0]
    assert (found["effect_n_steps"], found["effect"]) == (2, 5.0)


@pytest.mark.parametrize("newest", [{"status": "hidden", "scale": "S"}, {"status": "other_scale", "scale": None}])
def test_what_the_newest_report_does_not_show_is_not_taken_from_an_older_one(newest):
    hidden = dict.fromkeys(shown_tables.REPORT.column_names) | {name: ROW[name] for name in tables.UNIT_KEYS} | newest
    assert one([hidden, ROW | {"step": "M7-E7"}], [ROW]).iloc[0]["effect_n_steps"] == 1


def test_a_school_that_left_and_a_school_of_which_nothing_is_shown_have_no_estimate():
    gone = ROW | {"brinvest": "10AB00"}
    assert one([ROW], [gone])["brinvest"].tolist() == ["10AA00"]
    assert one([ROW | {"status": "hidden"}]).empty


def test_without_a_reference_value_there_is_a_difference_with_the_country():
    found = one([ROW | dict.fromkeys(("effect", "effect_low", "effect_high"))]).iloc[0]
    assert found["effect":"effect_shrunken_se"].isna().all()
    assert (found["country_n_steps"], found["country"]) == (1, 4.0)


def test_subgroups_and_other_scales_are_not_mixed_in():
    found = one([ROW, ROW | {"trait": "sex", "value": "jongen"}, ROW | {"step": "M7-E7", "scale": "OTHER"}])
    assert found["effect_n_steps"].tolist() == [1, 1]


def test_the_next_step_of_the_same_pupils_is_in_the_same_school_year_after_m_and_in_the_next_after_e():
    names, years = ("E4-M5", "M5-E5", "E5-M6", "M6-E6"), ("2021-2022", "2022-2023")
    rows = [
        ROW | {"brinvest": f"10A{letter}00", "step": step, "school_year": year}
        for letter, step, year in product("ABCD", names, years)
    ]
    steps = pd.DataFrame(rows).assign(value=1.0, se=1.0, pool="P")
    *_, both = pooled._neighbours(steps)
    one_school = both[both["brinvest"] == "10AA00"]
    assert sorted(zip(one_school["school_year"], one_school["step"], strict=True)) == [
        ("2021-2022", "E4-M5"), ("2021-2022", "E5-M6"), ("2021-2022", "M5-E5"),
        ("2022-2023", "E4-M5"), ("2022-2023", "E5-M6"),
    ]  # fmt: skip


def test_a_block_of_an_earlier_report_with_a_pupil_who_left_by_an_objection_is_left_out(tmp_path):
    rows = [ROW, ROW | {"step": "M7-E7"}]
    report = pd.DataFrame(rows, columns=shown_tables.REPORT.column_names)
    pairs = pd.DataFrame(rows)[[*tables.BLOCK_KEYS]].assign(
        pupil_id=["p", "q"], group=None, start=None, score_before=1.0, score_after=2.0, growth=1.0, days_between=100
    )
    tables.write(report, shown_tables.REPORT, tmp_path / "R")
    tables.write(pairs, tables.GROWTH, tmp_path / "R")
    withdrawn = pd.DataFrame({"brinvest": ["10AA00"], "pupil_id": ["p"]})
    (kept,) = earlier_releases.reports(["R"], tmp_path, withdrawn)
    assert kept["step"].tolist() == ["M7-E7"]


# --- school year by school year -------------------------------------------------------------------


def years(*reports: list[dict]) -> pd.DataFrame:
    """Table trend of these rows, newest report first."""
    frames = [pd.DataFrame(rows, columns=shown_tables.REPORT.column_names) for rows in reports]
    return pooled.by_year(frames, pd.Series("bo", frames[0]["brinvest"].unique()))


def test_each_school_year_has_its_own_estimate_and_the_newest_that_of_this_year_alone():
    before = {"school_year": "2021-2022", "effect": -2.0, "effect_low": -6.0, "effect_high": 2.0}
    made = years([ROW, ROW | {"step": "E5-M6", "effect": 4.0, "effect_low": 0.0, "effect_high": 8.0}], [ROW | before])
    assert made[["school_year", "n_steps", "effect"]].values.tolist() == [["2021-2022", 1, -2.0], ["2022-2023", 2, 3.0]]
    assert made.loc[0, ["effect_low", "effect_high"]].tolist() == [-6.0, 2.0]


def test_a_year_is_the_newest_report_of_it_and_a_hidden_step_counts_in_no_year():
    frozen = ROW | {"school_year": "2021-2022", "effect": 1.0}
    made = years([ROW], [frozen, ROW | {"effect": 9.0}], [frozen | {"effect": 7.0}])
    assert made["effect"].tolist() == [1.0, 2.0]
    assert years([ROW | {"status": "hidden"}]).empty


def test_a_year_equals_the_lasting_estimate_where_there_is_no_other_year():
    made = careers(60, 7, DIFFER)
    report = made.report[made.report["school_year"] == made.report["school_year"].max()]
    sector = pd.Series("bo", report["brinvest"].unique())
    lasting = pooled.together([report], sector, SETTINGS).set_index(pooled.KEY)
    of_year = pooled.by_year([report], sector).set_index(pooled.KEY)
    for name in ("effect", "effect_low", "effect_high", "country", "standardised", "standardised_high"):
        assert (lasting[name] - of_year[name]).abs().max() <= 0.02, name
