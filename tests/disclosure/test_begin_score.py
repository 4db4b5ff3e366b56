"""Begin scores: the interval that is told holds the mean, and no two steps or releases narrow it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.base import all_settings
from nco.disclosure import begin_score
from tests.support.publishing import country, with_next_step


def lots(*releases: pd.DataFrame) -> dict[tuple, float]:
    """The lot of every block of the last release, by school and step."""
    *before, now = (begin_score.sets(pairs) for pairs in releases)
    return dict(zip(zip(now["brinvest"], now["step"], strict=True), begin_score.lots(now, before), strict=True))


@settings(max_examples=300)
@given(
    st.floats(-100, 500), st.integers(6, 900), st.floats(-0.5, 0.5, exclude_max=True), st.sampled_from([10, 78, 105])
)
def test_the_mean_lies_in_its_interval_and_the_sum_stays_open(mean, n, lot, width):
    low, high = (float(end[0]) for end in begin_score.interval(*map(np.atleast_1d, (mean, n, lot, width))))
    assert low - 1e-9 <= mean <= high + 1e-9
    assert width - 1e-6 <= n * (high - low) <= width + 0.2 * n + 1e-6, "tenths, rounded outwards"


def test_a_lot_is_anywhere_between_minus_and_plus_a_half():
    drawn = np.array(list(lots(country([7] * 400).pairs).values()))
    counted = np.histogram(drawn, bins=4, range=(-0.5, 0.5))[0]
    assert ((counted - 100) ** 2 / 100).sum() < 16.3  # chi squared of 3 degrees of freedom, p = .001


def test_steps_of_the_same_pupils_have_one_lot_and_of_others_another():
    same, other = (lots(with_next_step(country([20] * 30), missing=n).pairs) for n in (0, 1))
    schools = {school for school, _ in same}
    assert all(same[school, "E6-M7"] == same[school, "M7-E7"] for school in schools)
    assert not any(other[school, "E6-M7"] == other[school, "M7-E7"] for school in schools)


def test_a_later_release_draws_what_an_earlier_one_drew():
    made = with_next_step(country([20] * 30), missing=0).pairs
    first = made[made["step"] == "E6-M7"]
    again = lots(first, made)
    assert again == lots(made)
    assert {key: lot for key, lot in again.items() if key[1] == "E6-M7"} == lots(first)


def test_a_step_that_follows_one_of_an_earlier_round_has_its_lot_too():
    made = with_next_step(country([20] * 30), missing=0).pairs
    first, second = (made[made["step"] == step] for step in ("E6-M7", "M7-E7"))
    assert {school: lot for (school, _), lot in lots(first, second).items()} == {
        school: lot for (school, _), lot in lots(first).items()
    }
    assert set(lots(second).values()).isdisjoint(lots(first).values()), "by itself it would draw its own"


def test_a_gap_between_two_steps_of_the_same_pupils_ends_the_run():
    """Of what lies between nothing is told, so the growth over the gap must stay open."""
    made = country([20] * 30).pairs
    later = made.assign(step="E7-M8", school_year="2022-2023")
    drawn = lots(pd.concat([made, later]))
    assert not any(drawn[school, "E6-M7"] == drawn[school, "E7-M8"] for school, _ in drawn)


def test_a_corrected_score_between_two_releases_draws_another_lot():
    """With one lot the two begin scores and the growth between them would give the correction away, to the point."""
    made = with_next_step(country([20] * 10), missing=0).pairs
    first, second = (made[made["step"] == step] for step in ("E6-M7", "M7-E7"))
    corrected = second.copy()
    corrected.loc[corrected.index[0], "score_before"] += 12.0
    drawn, kept = lots(first, corrected), lots(first, second)
    different = {school for (school, _), lot in drawn.items() if kept[school, "M7-E7"] != lot}
    assert different == {corrected["brinvest"].iloc[0]}
    assert all(kept[school, "M7-E7"] == lot for (school, _), lot in lots(first).items())


def test_a_lot_depends_on_no_key_of_pseudonyms_and_no_order_of_rows():
    made = with_next_step(country([20] * 10)).pairs
    renamed = made.assign(pupil_id="x" + made["pupil_id"]).sample(frac=1, random_state=1)
    assert lots(made) == lots(renamed)


def test_another_score_at_the_begin_draws_another_lot():
    made = country([20] * 10).pairs
    other = made.copy()
    other.loc[0, "score_before"] += 0.1
    changed = [key for key, lot in lots(made).items() if lots(other)[key] != lot]
    assert len(changed) == 1


@pytest.mark.parametrize(("step", "begin"), [("M5-E5", 4042), ("E5-M6", 4041), ("E4-M5", 4041)])
def test_a_step_begins_half_a_year_after_the_one_before(step, begin):
    made = country([6], step=step, school_year="2021-2022").pairs
    assert begin_score.sets(made)["begin"].tolist() == [begin]


def test_every_scale_has_a_width():
    widths = all_settings.load().begin_widths
    assert set(widths) == set(all_settings.load().scales)
    assert widths["CITO-BL-3"] == 3 * 26
