"""The chapter on growth over a year: two half-years as their reports told them, together, beside the country."""

from dataclasses import replace

import pytest

from nco.reports.growth.chapters import jaargroei
from nco.reports.growth.rows import Then
from tests.support.slicing import SHOWN, board, hidden, report

AUTUMN = {"step": "E6-M7", "mean_growth": 6.0, "mean_growth_low": 4.0, "mean_growth_high": 8.0, "national_mean": 5.5}
SPRING = {"step": "M7-E7", "mean_growth": 3.0, "mean_growth_low": 2.0, "mean_growth_high": 4.0, "national_mean": 3.7}


def row(**facts):
    return replace(SHOWN, **facts)


def cells(made) -> list[tuple]:
    (table,) = jaargroei.tables(made)
    return [tuple(each) for each in table.rows]


def test_the_year_is_the_sum_of_both_halves_its_interval_that_of_both_and_the_country_the_same():
    assert cells(report([row(**AUTUMN), row(**SPRING)])) == [("E6–M7 en M7–E7", 6.0, 3.0, 9.0, (6.0, 12.0), 9.2)]


@pytest.mark.parametrize("correlation", [-1.0, -0.4, 0.0, 0.7, 1.0])
def test_the_interval_of_the_year_is_never_too_narrow_however_the_halves_go_together(correlation):
    low, high = jaargroei.years(report([row(**AUTUMN), row(**SPRING)]))[0].interval
    one, other = 2.0 / 1.96, 1.0 / 1.96
    error = (one**2 + other**2 + 2 * correlation * one * other) ** 0.5
    assert (high - low) / 2 >= 1.96 * error - 1e-9


def test_in_a_round_of_the_middle_of_the_year_the_half_before_is_what_the_report_of_last_year_showed():
    before = row(**SPRING | {"step": "M6-E6"}, school_year="2020-2021")
    then = Then(**{name: getattr(before, name) for name in Then.__dataclass_fields__})
    made = replace(report([row(**AUTUMN)]), history=(then,))
    assert cells(made) == [("M6–E6 en E6–M7", 3.0, 6.0, 9.0, (6.0, 12.0), 9.2)]
    assert "tot eind schooljaar 2020-2021" in jaargroei.intro(made)
    assert jaargroei.years(replace(made, history=(replace(then, school_year="2019-2020"),))) == []


@pytest.mark.parametrize(
    "other", [hidden(step="E6-M7"), row(**AUTUMN | {"scale": "ANDERE"}), row(**AUTUMN | {"step": "E5-M6"})]
)
def test_there_is_no_year_of_a_hidden_half_of_two_tests_or_of_another_jaargroep(other):
    made = report([other, row(**SPRING)])
    assert jaargroei.tables(made) == []
    assert "bij geen enkele jaargroep" in jaargroei.intro(made)


def test_without_a_mean_of_the_country_in_one_half_there_is_none_of_the_year():
    (year,) = jaargroei.years(report([row(**AUTUMN | {"national_mean": None}), row(**SPRING)]))
    assert year.country is None
    assert year.growth == 9.0


def test_a_report_without_points_has_both_halves_and_no_sum():
    halves = [row(**each | {"standardised": 0.3, "mean_growth": None, "mean_growth_low": None,
                            "mean_growth_high": None, "national_mean": None}) for each in (AUTUMN, SPRING)]  # fmt: skip
    made = report(halves)
    assert cells(made) == [("E6–M7 en M7–E7", 0.3, 0.3)]
    assert "niet optellen" in jaargroei.intro(made)


def test_the_report_of_a_board_has_the_schools_each_with_its_name():
    schools = [replace(report([row(**AUTUMN), row(**SPRING)]), brinvest=f"99A{n}00", school_name=n) for n in "AB"]
    assert [each[0] for each in cells(board(schools))] == ["A (99AA-00)", "B (99AB-00)"]
