"""The steps of a domain together: growth as a mean over pupils, and differences as table `pooled` has them."""

from dataclasses import replace

import pytest

from nco.reports.growth.rows import NOT_COMPARED, Pooled, by_step, months, overall, step_order, without_points
from tests.support.slicing import NO_REFERENCE, RULE, SHOWN, STEPS, hidden, parts, report

TWO = [
    replace(SHOWN, step="M5-E5", n_pupils=30, mean_growth=10.0, effect=2.0, effect_low=0.0, effect_high=4.0),
    replace(SHOWN, step="E5-M6", n_pupils=10, mean_growth=2.0, effect=-2.0, effect_low=-8.0, effect_high=4.0),
]


def test_a_mean_over_steps_counts_every_pupil_of_every_step_once():
    (figure,) = overall(TWO)
    assert (figure.n_steps, figure.n_pupils) == (2, 40)
    assert figure.mean_growth == (30 * 10 + 10 * 2) / 40


def test_a_difference_of_a_domain_is_that_of_its_row_of_pooled_and_of_no_other_scale():
    rows = [Pooled(SHOWN.domain, "ANDERS", effect=9.0), Pooled(SHOWN.domain, SHOWN.scale, effect=1.5, effect_n_steps=2)]
    (figure,) = overall(TWO, rows)
    assert (figure.effect, figure.effect_n_steps) == (1.5, 2)
    (figure,) = overall(TWO, rows[:1])
    assert figure.effect is None


def test_a_domain_of_one_step_says_of_it_exactly_what_the_step_says():
    school = report([replace(SHOWN, mean_growth_low=4.75, standardised=0.08)])  # rounding makes the mean of one another
    (step,), (figure,) = school.results, school.overall
    for measure in ("effect", "country", "standardised"):
        for part in ("", "_low", "_high"):
            assert getattr(figure, f"{measure}{part}") == getattr(step, f"{measure}{part}")
    for name in ("mean_growth", "effect_q", "country_q", "effect_shrunken"):
        assert getattr(figure, name) == getattr(step, name)


def test_points_of_two_tests_are_never_added_all_tests_are_together_in_standard_deviations():
    other = replace(SHOWN, step="M5-E5", scale="ANDERS", n_pupils=10, mean_growth=99.0)
    school = report([other, SHOWN])
    (figure,) = school.overall
    assert (figure.scale, figure.n_steps, figure.n_pupils, figure.mean_growth) == ("all", 2, 35, None)
    assert {each.scale: each.mean_growth for each in school.by_test} == {"ANDERS": 99.0, SHOWN.scale: 7.0}
    assert figure.in_sd("country") == (figure.country_low, figure.country_high)


def test_a_step_by_two_tests_is_told_once_for_all_its_pupils():
    other = replace(
        SHOWN, scale="ANDERS", n_pupils=10, standardised=1.07, standardised_low=0.36, standardised_high=1.78
    )
    school = report([SHOWN, other])
    (step,) = school.by_step
    assert (step.scale, step.n_pupils, step.mean_growth) == ("all", 35, None)
    assert step.country == step.standardised == pytest.approx((25 * 0.07 + 10 * 1.07) / 35, abs=0.005)
    assert len(school.results) == 2
    assert by_step([hidden(), SHOWN], ()) == (SHOWN,), "of what may be shown by one test only, that"


def test_a_row_without_points_has_only_differences_in_standard_deviations():
    row = replace(SHOWN, change=3.1, change_low=0.0, change_high=6.2, change_shrunken=1.55, level_p50=40.0)
    made = without_points(row)
    assert made.change == pytest.approx(3.1 / row.sd, abs=0.005)
    assert made.country == SHOWN.standardised
    points = ("mean_growth", "mean_before_low", "p50", "level_p50", "national_mean", "national_before", "reference")
    assert [getattr(made, name) for name in points] == [None] * len(points)
    assert RULE.verdict(made, "change") == RULE.verdict(row, "change")
    alone = without_points(replace(SHOWN, standardised=None, standardised_low=None, standardised_high=None))
    assert (alone.status, alone.n_pupils, alone.mean_growth) == (NOT_COMPARED, None, None)


def test_what_is_hidden_and_the_parts_of_a_school_do_not_count():
    assert overall([hidden(), *parts([SHOWN], "sex", "jongen")]) == ()


def test_without_a_reference_value_at_its_steps_a_domain_has_none_either():
    (figure,) = report([replace(r, **NO_REFERENCE) for r in TWO]).overall
    assert not figure.has_reference
    assert figure.effect_low is None
    assert figure.country is not None


def test_a_half_year_of_ten_months_of_schooling_has_five():
    assert {months(step) for step in STEPS} == {5.0}
    assert report(TWO).overall[0].usual_in_a_month("effect") == pytest.approx(SHOWN.national_mean / 5)


def test_steps_come_in_the_order_in_which_a_pupil_takes_them():
    assert sorted({*STEPS}, key=step_order) == list(STEPS)
