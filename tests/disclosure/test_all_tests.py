"""All pupils of a school with several tests: the mean over its tests, from what is shown of each and nothing else."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import all_tests, pooled, ranking, shown_tables
from nco.disclosure.pooled import MEASURES
from nco_utils import tables
from nco_utils.tables import ALL
from tests.support.careers import NO_EFFECTS, Schooling, careers
from tests.support.publishing import Country, country, publish, school

SETTINGS = all_settings.load()
RANKS = SETTINGS.ranking
COLUMNS = shown_tables.REPORT.column_names
CITO, IEP = "CITO-SP-3", "IEP-TAALVERZORGING"
# Of one step: a spread of 4 points by Cito and of 2 by IEP.
ROW = dict.fromkeys(COLUMNS) | {
    "brinvest": "10AA00", "school_year": "2022-2023", "domain": "spelling", "step": "M5-E5", "scale": CITO,
    "trait": "all", "value": "all", "status": "shown", "n_pupils": 20, "mean_growth": 14.0, "mean_growth_low": 10.0,
    "mean_growth_high": 18.0, "national_mean": 10.0, "standardised": 1.0, "standardised_low": 0.0,
    "standardised_high": 2.0, "effect": 2.0, "effect_low": -2.0, "effect_high": 6.0,
}  # fmt: skip
OTHER = ROW | {
    "scale": IEP, "n_pupils": 10, "mean_growth": 4.0, "mean_growth_low": 1.0, "mean_growth_high": 7.0,
    "national_mean": 5.0, "standardised": -0.5, "standardised_low": -2.0, "standardised_high": 1.0, "effect": None,
    "effect_low": None, "effect_high": None,
}  # fmt: skip
SECTOR = pd.Series({"10AA00": "bo", "10AB00": "sbo"})


def frame(*rows: dict) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def scaled(*rows: dict, split=()) -> pd.DataFrame:
    return all_tests.on_one_scale(frame(*rows), SECTOR, split)


def test_a_step_by_two_tests_is_the_mean_over_their_pupils_each_in_its_own_spread():
    (step,) = scaled(ROW, OTHER).to_dict("records")
    assert (step["n_tests"], step["n_pupils"], step["scale"]) == (2, 30, ALL)
    assert step["standardised"] == pytest.approx((20 * 1.0 + 10 * -0.5) / 30)
    margin = np.hypot(20 * 1.0, 10 * 1.5) / 30  # the pupils are others
    assert step["standardised_high"] - step["standardised"] == pytest.approx(margin)
    assert step["effect"] == pytest.approx(2.0 / 4), "of the test that has a reference value, in its spread"


def test_a_test_that_is_not_compared_with_the_country_counts_in_no_figure():
    alone = OTHER | dict.fromkeys(("standardised", "standardised_low", "standardised_high", "national_mean"))
    (step,) = scaled(ROW, alone).to_dict("records")
    assert (step["n_tests"], step["n_pupils"], step["standardised"]) == (1, 20, 1.0)
    assert all_tests.steps(frame(ROW, alone), scaled(ROW, alone), SECTOR, RANKS).empty


def test_schools_with_one_test_are_told_in_points_only_and_those_of_sbo_never_in_points():
    special = ROW | {"brinvest": "10AB00"}
    reports = [frame(ROW, special)]
    of = all_tests.where(reports, SECTOR, ["sbo"])
    assert of.to_dict("records") == [{"brinvest": "10AB00", "domain": "spelling", "only": True}]
    assert all_tests.where([frame(ROW, OTHER)], SECTOR, [])["brinvest"].tolist() == ["10AA00"]
    by_test = pooled.together(reports, SECTOR, RANKS)
    both = pooled.together([all_tests.on_one_scale(each, SECTOR) for each in reports], SECTOR, RANKS)
    made = all_tests.beside(by_test, both, of, shown_tables.POOLED)
    assert made[["brinvest", "scale"]].values.tolist() == [["10AA00", CITO], ["10AB00", ALL]]


def test_a_school_that_took_another_test_before_has_several():
    before = OTHER | {"school_year": "2021-2022"}
    assert len(all_tests.where([frame(ROW), frame(before)], SECTOR, [])) == 1
    assert len(all_tests.where([frame(ROW, before)], SECTOR, [])) == 1


def test_groups_are_compared_within_their_test_and_not_by_who_took_which():
    """Boys by Cito and girls by IEP, each as the country grows by that test: there is no gap."""
    boys = ROW | {
        "trait": "sex",
        "value": "jongen",
        "mean_growth": 10.0,
        "mean_growth_low": 6.0,
        "mean_growth_high": 14.0,
    }
    girls = OTHER | {
        "trait": "sex",
        "value": "meisje",
        "mean_growth": 5.0,
        "mean_growth_low": 1.0,
        "mean_growth_high": 9.0,
    }
    made = scaled(ROW, OTHER, boys, girls, split=["10AA00"]).set_index("value")
    assert made.loc["jongen", "mean_growth"] == pytest.approx(made.loc["meisje", "mean_growth"])
    assert ALL in made.index
    assert scaled(ROW, OTHER, boys, girls)["trait"].unique().tolist() == [ALL], "of the schools asked for only"


@pytest.mark.slow
@pytest.mark.parametrize("name", MEASURES)
def test_in_which_points_a_test_is_told_makes_no_difference(name):
    """A country in which half of all schools are told in points three times as small: the same, on one scale."""
    made = careers(120, 3, Schooling(lasting=1.4, passing=1.0))
    sector = pd.Series("bo", made.report["brinvest"].unique())
    other = [_in_other_points(each) for each in (made.report, *made.earlier)]
    one, two = (
        pooled.together([all_tests.on_one_scale(each, sector) for each in reports], sector, RANKS)
        for reports in ((made.report, *made.earlier), other)
    )
    for end in ("", "_low", "_high"):
        assert two[f"{name}{end}"].to_numpy() == pytest.approx(one[f"{name}{end}"].to_numpy(), abs=0.06)
    assert two[f"{name}_shrunken"].corr(one[f"{name}_shrunken"]) > 0.99


def _in_other_points(report: pd.DataFrame) -> pd.DataFrame:
    half = report["brinvest"].isin(report["brinvest"].unique()[::2])
    points = ["mean_growth", "effect", "change"]
    names = [f"{name}{end}" for name in points for end in ("", "_low", "_high")] + ["national_mean"]
    made = report.assign(scale=report["scale"].where(~half, report["scale"] + "-ANDERS"))
    made.loc[half, names] = (made.loc[half, names] / 3).round(2)
    return made


@pytest.mark.slow
def test_without_effects_of_schools_hardly_any_school_of_all_tests_together_stands_out():
    found = []
    for seed in range(4):
        made = careers(150, seed, NO_EFFECTS)
        sector = pd.Series("bo", made.report["brinvest"].unique())
        reports = [all_tests.on_one_scale(each, sector) for each in (made.report, *made.earlier)]
        told = ranking.judged(made.report, pooled.together(reports, sector, RANKS))[1]
        found.append(
            (told[["effect_q", "country_q"]].min(axis=1) < RANKS.false_discovery_rate).groupby(told["brinvest"]).any()
        )
    assert pd.concat(found).mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 1200)


# --- the attack: the whole less the tests that are shown ------------------------------------------


def _divided(small: int) -> Country:
    """Fourteen schools of 40, half of whose pupils take another test; of the first all but a few take one test."""
    made = country([40] * 14)
    place = made.pairs.groupby("brinvest").cumcount()
    first = made.pairs["brinvest"] == school(0)
    other = np.where(first, place < small, place % 2 == 0)
    return Country(made.pairs.assign(scale=np.where(other, IEP, CITO)), made.pupils)


def _rest(whole: dict, shown: pd.DataFrame) -> tuple[int, float]:
    """How many pupils the whole has more than the tests that are shown, and their mean in spreads."""
    n = int(whole["n_pupils"] - shown["n_pupils"].sum())
    total = whole["n_pupils"] * whole["standardised"] - (shown["n_pupils"] * shown["standardised"]).sum()
    return n, total / n if n else 0.0


def _published(tmp_path, small: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What a release shows of whole schools, and the same as if nothing were hidden of the first school."""
    made = _divided(small)
    report = publish(tmp_path, "2022M", made).report
    report = report[report["trait"] == ALL].reset_index(drop=True)
    assert set(report.loc[report["brinvest"] == school(0), "status"]) == {"shown", "hidden"}
    true = made.pairs[made.pairs["brinvest"] == school(0)].groupby("scale")["growth"].agg(["mean", "size"])
    open_ = report.copy()
    at = (open_["brinvest"] == school(0)) & (open_["status"] == "hidden")
    of = open_.loc[(open_["scale"] == IEP) & (open_["status"] == "shown")].iloc[0]
    sd = (of["mean_growth_high"] - of["mean_growth_low"]) / (of["standardised_high"] - of["standardised_low"])
    mean, n = true.loc[IEP, "mean"], int(true.loc[IEP, "size"])
    z = (mean - of["national_mean"]) / sd
    facts = {"status": "shown", "n_pupils": n}
    for end, by in {"": 0, "_low": -9, "_high": 9}.items():
        facts |= {f"mean_growth{end}": mean + by, f"standardised{end}": z + by / sd}
    open_.loc[at, list(facts)] = list(facts.values())
    return report, open_


@pytest.mark.slow
@pytest.mark.parametrize("small", [3, 5])
def test_who_takes_the_tests_that_are_shown_from_the_whole_is_left_with_nobody(tmp_path, small):
    report, _ = _published(tmp_path, small)
    sector = pd.Series("bo", report["brinvest"].unique())
    mine = report[(report["brinvest"] == school(0)) & (report["status"] == "shown")]
    one = all_tests.on_one_scale(report, sector)
    (whole,) = one[one["brinvest"] == school(0)].to_dict("records")
    assert _rest(whole, mine) == (0, 0.0)
    several = all_tests.steps(report, one, sector, RANKS)
    assert school(0) not in set(several["brinvest"])
    assert len(several) >= 10, "of the others all pupils are told together"


@pytest.mark.slow
@pytest.mark.parametrize("small", [3, 5])
def test_were_the_whole_of_all_pupils_the_attack_would_find_the_few_with_the_other_test(tmp_path, small):
    report, unprotected = _published(tmp_path, small)
    sector = pd.Series("bo", report["brinvest"].unique())
    mine = report[(report["brinvest"] == school(0)) & (report["status"] == "shown")]
    hidden = unprotected[(unprotected["brinvest"] == school(0)) & (unprotected["scale"] == IEP)].iloc[0]
    told = all_tests.told(all_tests.steps(unprotected, all_tests.on_one_scale(unprotected, sector), sector, RANKS))
    (whole,) = told[told["brinvest"] == school(0)].to_dict("records")
    n, z = _rest(whole, mine)
    assert n == small
    assert z == pytest.approx(hidden["standardised"], abs=0.015 * 40 / small), "as far as rounding leaves it open"


def test_the_table_of_what_is_told_has_its_columns_and_is_rounded():
    made = all_tests.told(all_tests.steps(frame(ROW, OTHER), scaled(ROW, OTHER), SECTOR, RANKS))
    assert tables.conform(made, shown_tables.ALL_TESTS).equals(made)
    assert made["standardised"].tolist() == [0.5]
