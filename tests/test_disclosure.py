import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco_utils import disclosure, tables
from nco_utils.params import DisclosureProfile

PROFILE = DisclosureProfile(minimum_group=6)
FIGURES = [
    name
    for name in tables.REPORT.column_names
    if name.startswith(("n_", "mean_", "standardised", "reference", "effect", "reliability"))
]


def country(sizes: list[int], *, without=0) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Tables coverage, reference and national of schools of these sizes, each with its own mean growth."""
    names = [f"99A{chr(65 + i)}00" for i in range(len(sizes))]
    step = {"domain": "spelling", "step": "M5-E5"}
    coverage = pd.DataFrame({"brinvest": names, **step, "n_growth": sizes, "n_one_moment": without})
    coverage = coverage.assign(n_other_scale=0, n_other_grade=0, n_results_other_scale=0)
    coverage["n_pupils"] = coverage["n_growth"] + without
    reference = pd.DataFrame({"brinvest": names, **step, "scale": "S", "n_pupils": sizes, "model": "fitted"})
    reference["mean_growth"] = [10.123 + i for i in range(len(sizes))]
    for name in tables.REFERENCE.column_names[6:]:
        if name != "model":
            reference[name] = 1.23456
    national = pd.DataFrame([{**step, "scale": "S", "n_pupils": sum(sizes), "n_schools": len(sizes)}])
    national = national.assign(mean_growth=11.456, sd_pupils=5.0, sd_within=4.0, sd_schools=2.0)
    return tuple(
        tables.conform(frame, table)
        for frame, table in ((coverage, tables.COVERAGE), (reference, tables.REFERENCE), (national, tables.NATIONAL))
    )


def statuses(sizes: list[int]) -> list[str]:
    return list(disclosure.report_table(*country(sizes), PROFILE)["status"])


@pytest.mark.parametrize(("n", "status"), [(5, "small_group"), (6, "shown"), (7, "shown")])
def test_groups_of_five_are_hidden_and_of_six_are_shown(n, status):
    assert statuses([n, 4, 3, 30, 40])[0] == status


def test_a_hidden_row_holds_no_figure_of_the_school():
    report = disclosure.report_table(*country([5, 4, 30]), PROFILE)
    hidden = report[report["status"] != "shown"]
    assert len(hidden) == 2
    assert hidden[FIGURES].isna().all(axis=None)
    assert (hidden["national_mean"] == 11.5).all(), "what is of the country may stay"


def test_a_single_small_school_gets_a_second_hidden_one():
    assert statuses([5, 30, 20, 40]) == ["small_group", "shown", "complementary", "shown"]


def test_hidden_schools_that_together_are_five_or_fewer_get_the_next_smallest():
    assert statuses([2, 3, 30, 20]) == ["small_group", "small_group", "shown", "complementary"]


def test_without_a_small_school_nothing_is_hidden():
    assert set(statuses([6, 7, 8])) == {"shown"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=12))
def test_country_minus_visible_schools_is_never_a_single_school_or_a_small_group(sizes):
    shown = [status == "shown" for status in statuses(sizes)]
    hidden = [n for n, visible in zip(sizes, shown, strict=True) if not visible]
    assert all(n >= 6 for n, visible in zip(sizes, shown, strict=True) if visible)
    if hidden and any(shown):
        assert len(hidden) >= 2
        assert sum(hidden) >= 6


@settings(max_examples=50, deadline=None)
@given(st.permutations([2, 5, 6, 7, 20, 30]))
def test_the_order_of_schools_changes_nothing(order):
    by_size = dict(zip(order, statuses(list(order)), strict=True))
    assert by_size == dict(zip([2, 5, 6, 7, 20, 30], statuses([2, 5, 6, 7, 20, 30]), strict=True))


@pytest.mark.parametrize(("without", "shown"), [(0, 0), (1, None), (5, None), (6, 6)])
def test_counts_of_one_to_five_pupils_without_growth_are_hidden(without, shown):
    report = disclosure.report_table(*country([20, 30], without=without), PROFILE)
    value = report["n_without_growth"].iloc[0]
    assert (None if pd.isna(value) else value) == shown


def test_figures_are_rounded_after_everything_else():
    row = disclosure.report_table(*country([20, 30]), PROFILE).iloc[0]
    assert row["mean_growth"] == 10.1
    assert row["mean_growth_high"] == pytest.approx(round(10.123 + 1.959963984540054 * 1.23456, 1))
    assert row["standardised"] == pytest.approx(round((10.123 - 11.456) / 2, 2))


def test_results_on_two_scales_are_not_counted_where_the_school_is_hidden():
    coverage, reference, national = country([5, 4, 30])
    other = coverage.assign(domain="rekenen_wiskunde", n_growth=0, n_other_scale=coverage["n_pupils"])
    other["n_results_other_scale"] = 2 * other["n_pupils"]
    both = tables.conform(pd.concat([coverage, other]), tables.COVERAGE)
    report = disclosure.report_table(both, reference, national, PROFILE)
    counts = report[report["domain"] == "rekenen_wiskunde"].set_index("brinvest")["n_results_other_scale"]
    assert counts.isna().tolist() == [True, True, False]
    assert counts.iloc[2] == 60


def test_the_demo_hides_the_three_schools_of_at_most_five_pupils(analysed):
    report = tables.read(tables.REPORT, analysed / "2022E")
    language = report[report["domain"] == "begrijpend_lezen"]
    assert language["status"].value_counts().to_dict() == {"shown": 128, "small_group": 3}
    assert language.loc[language["status"] == "shown", "n_pupils"].min() == 6
