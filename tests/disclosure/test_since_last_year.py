import numpy as np
import pandas as pd
import pytest

from nco.disclosure import since_last_year

ROW = {
    "brinvest": "99AA00", "school_year": "2021-2022", "domain": "spelling", "step": "M5-E5", "scale": "S",
    "trait": "all", "value": "all", "mean_growth": 7.0, "mean_growth_low": 4.0, "mean_growth_high": 10.0,
}  # fmt: skip
BEFORE = ROW | {"school_year": "2020-2021", "mean_growth": 2.1, "mean_growth_low": -1.9, "mean_growth_high": 6.1}


def change(*rows) -> list[float]:
    """The change and its interval of the first row."""
    return since_last_year.with_changes(pd.DataFrame(rows))[list(since_last_year.CHANGE)].iloc[0].tolist()


def test_the_change_is_the_difference_of_the_two_shown_means_with_the_root_of_both_squared_margins():
    assert change(ROW, BEFORE) == pytest.approx([4.9, 4.9 - 5, 4.9 + 5])


@pytest.mark.parametrize(
    "other",
    [
        BEFORE | {"mean_growth": None},
        BEFORE | {"scale": "ANDERS"},
        BEFORE | {"step": "E5-M6"},
        BEFORE | {"brinvest": "99AB00"},
        BEFORE | {"trait": "sex", "value": "jongen"},
        BEFORE | {"school_year": "2019-2020"},
    ],
)
def test_there_is_no_change_without_the_same_figure_of_the_year_before(other):
    assert np.isnan(change(ROW, other)).all()


def test_a_year_before_that_is_not_there_leaves_every_row_as_it_was():
    made = since_last_year.with_changes(pd.DataFrame([ROW]))
    assert made[list(ROW)].iloc[0].to_dict() == ROW
