import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco_utils import growth, tables
from tests.conftest import original_ids

ROUND_E = all_settings.load().round("2022E")  # school year 2021-2022, until its E tests
ROUND_M = all_settings.load().round("2022M")


def test_national_mean_and_every_school_mean_equal_a_three_line_check(analysed, bdf):
    folder = analysed / "2022E"
    pairs, national = tables.read(tables.GROWTH, folder), tables.read(tables.NATIONAL, folder)
    national = national[national["trait"] == tables.ALL]

    gain = bdf["langPOST"] - bdf["langPRET"]
    by_school = gain.groupby(bdf["schoolNR"]).mean().to_numpy()

    assert len(pairs) == 2287
    assert national["mean_growth"].item() == pytest.approx(gain.mean(), rel=1e-12)
    ours = pairs.groupby("brinvest")["growth"].mean().to_numpy()
    np.testing.assert_allclose(np.sort(ours), np.sort(by_school), rtol=1e-12)
    school_of_pupil = pairs.set_index(pairs["pupil_id"].map(original_ids(analysed)))["brinvest"]
    numbers = school_of_pupil.groupby(bdf.set_index(bdf["pupilNR"].astype(str))["schoolNR"]).nunique()
    assert (numbers == 1).all(), "the pupils of one school of the source are at one school here"


def test_growth_is_the_later_score_minus_the_earlier_on_one_scale(results):
    pairs = growth.pair(results.add("p", "E7-2021", 200).add("p", "M8-2022", 212.5).table(), ROUND_E).pairs
    row = pairs.iloc[0]
    assert (row["step"], row["growth"], row["days_between"]) == ("E7-M8", 12.5, 214)


def test_two_scales_give_no_growth_and_are_counted_with_their_results(results):
    results.add("p", "E7-2021", 20, scale="OLD").add("p", "M8-2022", 212, scale="NEW")
    results.add("q", "E7-2021", 200, scale="NEW").add("q", "M8-2022", 212, scale="NEW")
    made = growth.pair(results.table(), ROUND_E)
    coverage = made.coverage.iloc[0]
    assert list(made.pairs["pupil_id"]) == ["q"]
    assert (coverage["n_pupils"], coverage["n_growth"], coverage["n_other_scale"]) == (2, 1, 1)
    assert coverage["n_results_other_scale"] == 2


def test_a_pupil_with_one_moment_is_counted_and_not_paired(results):
    results.add("p", "E7-2021", 200).add("p", "M8-2022", 210).add("q", "E7-2021", 200).add("r", "M8-2022", 201)
    made = growth.pair(results.table(), ROUND_E)
    assert list(made.pairs["pupil_id"]) == ["p"]
    assert made.coverage["n_one_moment"].item() == 2


def test_a_repeated_grade_is_no_step(results):
    results.add("p", "E7-2021", 200).add("p", "M7-2022", 210)  # again in groep 7
    results.add("q", "E6-2021", 200).add("q", "M7-2022", 210)
    made = growth.pair(results.table(), ROUND_E)
    assert list(made.pairs["pupil_id"]) == ["q"]
    assert made.coverage.set_index("step").loc["E6-M7", "n_other_grade"] == 1


def test_the_step_is_the_pupils_grade_and_not_the_level_of_the_test(results):
    results.add("p", "E7-2021", 200, test_level="E6").add("p", "M8-2022", 210, test_level="M7")
    assert growth.pair(results.table(), ROUND_E).pairs["step"].item() == "E7-M8"


def test_several_results_of_one_moment_are_averaged(results):
    results.add("p", "E7-2021", 200).add("p", "E7-2021", 204, test_code="SP-E7b").add("p", "M8-2022", 210)
    assert growth.pair(results.table(), ROUND_E).pairs["growth"].item() == 8


def test_of_iep_tests_the_best_of_the_moment_counts(results):
    results.add("p", "E7-2021", 60, provider="iep").add("p", "E7-2021", 64, provider="iep", test_code="SP-E7b")
    results.add("p", "M8-2022", 70, provider="iep")
    assert growth.pair(results.table(), ROUND_E).pairs["growth"].item() == 6


def test_a_midyear_round_has_steps_to_m_and_an_end_round_also_steps_to_e(results):
    results.add("p", "E6-2021", 200).add("p", "M7-2022", 210).add("p", "E7-2022", 215)
    assert list(growth.pair(results.table(), ROUND_M).pairs["step"]) == ["E6-M7"]
    assert sorted(growth.pair(results.table(), ROUND_E).pairs["step"]) == ["E6-M7", "M7-E7"]


def test_the_same_steps_a_year_ago_are_a_cohort_of_their_own(results):
    results.add("p", "E6-2020", 200).add("p", "M7-2021", 210).add("q", "E6-2021", 200).add("q", "M7-2022", 205)
    made = growth.pair(results.table(), ROUND_E)
    assert made.pairs.set_index("pupil_id")["school_year"].to_dict() == {"p": "2020-2021", "q": "2021-2022"}
    assert list(made.coverage["n_pupils"]) == [1, 1]


def test_steps_of_two_years_ago_stay_out_of_the_round(results):
    results.add("p", "E6-2019", 200).add("p", "M7-2020", 210).add("q", "E6-2021", 200).add("q", "M7-2022", 205)
    assert list(growth.pair(results.table(), ROUND_E).pairs["pupil_id"]) == ["q"]


def test_a_midyear_round_has_the_midyear_steps_of_both_cohorts(results):
    for year in (2021, 2022):
        pupil = str(year)
        results.add(pupil, f"E6-{year - 1}", 200).add(pupil, f"M7-{year}", 210).add(pupil, f"E7-{year}", 215)
    made = growth.pair(results.table(), ROUND_M).pairs
    assert list(zip(made["step"], made["school_year"], strict=True)) == [
        ("E6-M7", "2021-2022"),
        ("E6-M7", "2020-2021"),
    ]


def test_the_year_before_comes_from_the_earlier_results_where_they_are_given(results):
    now = results.add("p", "E6-2020", 200).add("p", "M7-2021", 210).add("q", "E6-2021", 200).add("q", "M7-2022", 205)
    now = now.table()
    earlier = now[now["pupil_id"] == "p"].assign(score=[100.0, 103.0])
    made = growth.pair(now, ROUND_E, earlier).pairs.set_index("pupil_id")
    assert made["growth"].to_dict() == {"p": 3, "q": 5}


def test_a_result_outside_its_window_is_the_reason_of_a_missing_moment(results, results_outside):
    results.add("p", "E7-2021", 200).add("p", "M8-2022", 210).add("q", "E7-2021", 200).add("r", "M8-2022", 201)
    outside = results_outside.add("q", "M8-2022", 210, test_date="2022-03-20").add("p", "M8-2022", 1, test_code="x")
    made = growth.pair(results.table(), ROUND_E, outside=outside.table())
    row = made.coverage.iloc[0]
    assert list(made.pairs["pupil_id"]) == ["p"]
    assert (row["n_pupils"], row["n_growth"], row["n_one_moment"], row["n_out_of_window"]) == (3, 1, 1, 1)


def test_every_pupil_of_a_step_has_one_outcome(analysed):
    coverage = tables.read(tables.COVERAGE, analysed / "2022E")
    outcomes = [f"n_{name}" for name in growth.OUTCOMES]
    assert (coverage[outcomes].sum(axis=1) == coverage["n_pupils"]).all()


def test_a_pupil_with_growth_on_two_scales_is_one_pupil(results):
    for scale in ("S", "T"):
        results.add("p", "E7-2021", 200, scale=scale).add("p", "M8-2022", 212, scale=scale)
    made = growth.pair(results.table(), ROUND_E)
    assert len(made.pairs) == 2
    assert made.coverage["n_pupils"].item() == made.coverage["n_growth"].item() == 1


def test_the_class_of_a_pair_is_that_of_the_later_result(results):
    results.add("p", "M7-2022", 200, group="7A").add("p", "E7-2022", 212, group="7B")
    results.add("q", "M7-2022", 200, group="7A").add("q", "E7-2022", 212)
    groups = growth.pair(results.table(), ROUND_E).pairs.set_index("pupil_id")["group"]
    assert groups["p"] == "7B"
    assert pd.isna(groups["q"])


def test_one_pupil_id_at_two_schools_is_two_pupils(results):
    results.add("p", "E7-2021", 200, school="99AA00").add("p", "M8-2022", 212, school="99AB00")
    results.add("q", "E7-2021", 200).add("q", "M8-2022", 212)
    assert list(growth.pair(results.table(), ROUND_E).pairs["pupil_id"]) == ["q"]


def test_a_step_that_nobody_has_both_ends_of_is_not_reported(results):
    results.add("p", "E7-2021", 200).add("p", "M8-2022", 210)  # groep 8 takes no E test
    assert list(growth.pair(results.table(), ROUND_E).coverage["step"]) == ["E7-M8"]


def test_the_order_of_rows_does_not_matter(analysed):
    results = tables.read(tables.RESULTS, analysed / "2022E")
    shuffled = results.sample(frac=1, random_state=1)
    keys = ["brinvest", "pupil_id"]
    one, other = (growth.pair(t, ROUND_E).pairs.sort_values(keys, ignore_index=True) for t in (results, shuffled))
    pd.testing.assert_frame_equal(one, other)
