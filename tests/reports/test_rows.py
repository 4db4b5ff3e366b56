"""The steps of a domain together: a pupil-weighted mean of what is shown, with the interval of independent steps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nco.reports.growth.rows import overall, step_order
from tests.support.slicing import NO_REFERENCE, SHOWN, STEPS, hidden, parts

TWO = [
    replace(SHOWN, step="M5-E5", n_pupils=30, mean_growth=10.0, effect=2.0, effect_low=0.0, effect_high=4.0),
    replace(SHOWN, step="E5-M6", n_pupils=10, mean_growth=2.0, effect=-2.0, effect_low=-8.0, effect_high=4.0),
]


def test_a_mean_over_steps_counts_every_pupil_of_every_step_once():
    (figure,) = overall(TWO)
    assert (figure.n_steps, figure.n_pupils) == (2, 40)
    assert figure.mean_growth == (30 * 10 + 10 * 2) / 40
    assert figure.effect == (30 * 2 - 10 * 2) / 40


def test_its_interval_is_that_of_independent_steps():
    (figure,) = overall(TWO)
    margin = np.hypot(30 * 2, 10 * 6) / 40
    assert figure.effect_high - figure.effect == pytest.approx(margin, abs=0.051)


def test_one_step_together_is_that_step():
    (figure,) = overall([SHOWN])
    for name in ("mean_growth", "effect", "effect_low", "effect_high", "standardised", "standardised_low"):
        assert getattr(figure, name) == getattr(SHOWN, name)


def test_points_of_two_scales_are_never_added_the_largest_scale_counts():
    other = replace(SHOWN, step="M5-E5", scale="ANDERS", n_pupils=10, mean_growth=99.0)
    (figure,) = overall([other, SHOWN])
    assert (figure.scale, figure.n_steps, figure.mean_growth) == (SHOWN.scale, 1, SHOWN.mean_growth)


def test_what_is_hidden_and_the_parts_of_a_school_do_not_count():
    assert overall([hidden(), *parts([SHOWN], "sex", "jongen")]) == ()


def test_without_a_reference_value_or_an_interval_there_is_none_together_either():
    (figure,) = overall([replace(r, **NO_REFERENCE) for r in TWO])
    assert not figure.has_reference
    assert (figure.reference, figure.effect, figure.effect_low) == (None, None, None)
    (figure,) = overall([replace(r, mean_growth_low=None, mean_growth_high=None) for r in TWO])
    assert figure.difference is not None
    assert figure.difference_low is None


@given(st.lists(st.tuples(st.integers(6, 60), st.floats(-20, 20), st.floats(0.1, 9)), min_size=1, max_size=10))
def test_the_mean_lies_between_the_steps_and_is_surer_than_the_least_sure(made):
    results = [
        replace(SHOWN, step=step, n_pupils=n, effect=value, effect_low=value - margin, effect_high=value + margin)
        for step, (n, value, margin) in zip(STEPS, made, strict=False)
    ]
    (figure,) = overall(results)
    values, margins = [value for _, value, _ in made], [margin for *_, margin in made]
    assert min(values) - 0.051 <= figure.effect <= max(values) + 0.051
    assert (figure.effect_high - figure.effect_low) / 2 <= max(margins) + 0.11


def test_steps_come_in_the_order_in_which_a_pupil_takes_them():
    assert sorted({*STEPS}, key=step_order) == list(STEPS)
