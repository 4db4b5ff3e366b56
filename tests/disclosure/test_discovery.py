"""q-values: the guarantee is about reports, and holds at every rate."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from nco.disclosure.discovery import p_values, q_values


def named(p: pd.Series, report: pd.Series, rate: float) -> np.ndarray:
    """Which figures Benjamini and Bogomolov's two steps name at a rate, by their own words."""
    families = {name: multipletests(part, method="fdr_bh")[1] for name, part in p.groupby(report)}
    smallest = [min(adjusted) for adjusted in families.values()]
    chosen = multipletests(smallest, alpha=rate, method="fdr_bh")[0].sum()
    adjusted = pd.concat(pd.Series(families[name], part.index) for name, part in p.groupby(report))
    return (adjusted <= rate * chosen / len(families)).reindex(p.index).to_numpy()


figures = st.lists(st.tuples(st.sampled_from("ABCDE"), st.floats(1e-9, 1)), min_size=1, max_size=30)


@given(figures, st.floats(0.001, 0.5))
def test_a_figure_is_named_at_a_rate_when_its_q_value_is_at_most_that_rate(made, rate):
    report, p = (pd.Series(values) for values in zip(*made, strict=True))
    q = q_values(p, report)
    clear = (q - rate).abs() > 1e-9
    assert ((q <= rate) == named(p, report, rate))[clear].all()


def test_of_one_report_the_q_values_are_those_of_benjamini_and_hochberg():
    p = pd.Series([0.001, 0.2, 0.03, 0.8])
    assert q_values(p, pd.Series(["A"] * 4)).tolist() == pytest.approx(multipletests(p, method="fdr_bh")[1])


def test_a_figure_without_an_interval_has_no_q_value_and_does_not_count():
    p, report = pd.Series([0.001, np.nan, 0.03]), pd.Series(["A", "A", "B"])
    q = q_values(p, report)
    assert np.isnan(q[1])
    assert q[[0, 2]].tolist() == q_values(p.dropna(), report).tolist()
    assert q_values(pd.Series([np.nan]), pd.Series(["A"])).isna().all()


def test_a_report_without_effects_among_many_with_effects_names_something_in_at_most_5_percent():
    """40 figures each; half of 2,000 reports have a clear effect in all of them."""
    rng = np.random.default_rng(4)
    report = pd.Series(np.repeat(np.arange(2000), 40))
    z = rng.standard_normal(len(report)) + 4 * (report < 1000)
    p = pd.Series(2 * norm.sf(abs(z)))
    none = report >= 1000
    naming = (q_values(p, report) < 0.05)[none].groupby(report[none]).any().mean()
    over_all = pd.Series(multipletests(p, method="fdr_bh")[1] < 0.05)[none].groupby(report[none]).any().mean()
    assert naming <= 0.05
    assert over_all > 0.5  # one adjustment over all figures of the country does not protect such a report


def test_the_p_value_is_that_of_the_shown_interval():
    low_at_zero = p_values(pd.Series([4.0]), pd.Series([0.0]), pd.Series([8.0]))
    assert low_at_zero.tolist() == pytest.approx([0.05])
    assert np.isnan(p_values(pd.Series([4.0]), pd.Series([np.nan]), pd.Series([np.nan]))[0])


def test_an_interval_that_rounding_closed_is_taken_to_be_half_a_digit_wide():
    closed = p_values(pd.Series([0.0, 0.1]), pd.Series([0.0, 0.1]), pd.Series([0.0, 0.1]))
    assert closed[0] == 1
    assert closed[1] == pytest.approx(2 * norm.sf(2 * 1.959964), rel=1e-4)
