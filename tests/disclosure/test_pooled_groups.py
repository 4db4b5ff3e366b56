"""Groups of pupils over all steps together: what the estimates are of, and that a gap survives chance."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import pooled_groups, shown_tables
from nco_utils.national import Z95

SETTINGS = all_settings.load()
YEAR = "2022-2023"
ROW = dict.fromkeys(shown_tables.REPORT.column_names) | {
    "brinvest": "10AA00", "school_year": YEAR, "domain": "spelling", "step": "M5-E5", "scale": "S",
    "trait": "sex", "value": "jongen", "status": "shown", "n_pupils": 20, "mean_growth": 9.0, "mean_growth_low": 5.0,
    "mean_growth_high": 13.0, "national_mean": 5.0,
}  # fmt: skip
GIRLS = ROW | {"value": "meisje", "mean_growth": 3.0, "mean_growth_low": 0.0, "mean_growth_high": 6.0}


def together(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=shown_tables.REPORT.column_names)
    return pooled_groups.together(frame, SETTINGS.subgroups, YEAR)


def test_a_group_stands_beside_the_same_group_of_the_country_with_its_own_interval():
    made = together(ROW, GIRLS)
    assert made["value"].tolist() == ["jongen", "meisje"]
    assert made[["country", "country_low", "country_high"]].values.tolist() == [[4.0, 0.0, 8.0], [-2.0, -5.0, 1.0]]


def test_steps_are_weighted_by_their_precision_as_if_they_were_independent():
    wide = ROW | {"step": "E5-M6", "mean_growth": 15.0, "mean_growth_low": 7.0, "mean_growth_high": 23.0}
    made = together(ROW, wide).iloc[0]
    assert (made["n_steps"], made["n_pupils"]) == (2, 40)
    assert made["country"] == pytest.approx((4 * 4 + 10 * 1) / 5)  # the second has a fourth of the weight
    assert made["country_high"] - made["country"] == pytest.approx(4 / np.sqrt(1.25), abs=0.01)


def test_the_gap_between_the_first_and_the_last_group_stands_in_the_row_of_the_first():
    low, middle, high = (ROW | {"trait": "education", "value": value} for value in ("laag", "midden", "hoog"))
    made = together(low, middle, high | {"mean_growth": 3.0, "mean_growth_low": 0.0, "mean_growth_high": 6.0})
    assert made["gap_q"].notna().tolist() == [True, False, False]
    assert made["gap"][0] == 6.0
    assert made["gap_q"][0] == pytest.approx(0.0186, abs=2e-4)  # 6 with a margin of 5: z = 6 / 5 x 1.96


def test_a_group_whose_counterpart_is_hidden_has_no_gap_and_a_hidden_group_no_row():
    made = together(ROW, GIRLS | {"status": "hidden", "mean_growth": None})
    assert len(made) == 1
    assert made["gap_q"].isna().all()


def test_classes_and_the_year_before_are_in_no_row():
    assert together(ROW | {"trait": "group", "value": "5A"}, ROW | {"school_year": "2021-2022"}).empty


def test_among_many_gaps_the_one_that_chance_explains_is_no_finding():
    """One gap at p = .0186 is a finding by itself, and not beside nine others without any."""
    alone = together(ROW, GIRLS)
    nothing = [
        row | {"domain": domain, "trait": trait, "value": split.values[place], "mean_growth": 9.0,
               "mean_growth_low": 5.0, "mean_growth_high": 13.0}
        for domain in ("begrijpend_lezen", "rekenen_wiskunde")
        for trait, split in SETTINGS.subgroups.items() if split.values
        for place, row in ((0, ROW), (-1, GIRLS))
    ]  # fmt: skip
    assert alone["gap_q"][0] < 0.05
    among = together(ROW, GIRLS, *nothing)
    assert among.loc[among["domain"] == "spelling", "gap_q"].iloc[0] > 0.05


@pytest.mark.parametrize("correlation", [-0.5, -0.3, 0.0])
def test_an_interval_over_two_steps_that_share_a_test_covers_at_least_as_often_as_it_says(correlation):
    """The test between two steps makes their errors correlate by r from -.5 to 0; r < 0 leaves intervals too wide."""
    rng = np.random.default_rng(3)
    se = 2.0
    errors = rng.multivariate_normal([0, 0], [[se**2, correlation * se**2], [correlation * se**2, se**2]], size=4000)
    rows = [
        ROW | {"brinvest": f"{10 + school // 676:02d}{chr(65 + school // 26 % 26)}{chr(65 + school % 26)}00",
               "step": step, "mean_growth": 5 + error, "mean_growth_low": 5 + error - Z95 * se,
               "mean_growth_high": 5 + error + Z95 * se}
        for school, both in enumerate(errors) for step, error in zip(("M5-E5", "E4-M5"), both, strict=True)
    ]  # fmt: skip
    made = together(*rows)
    assert ((made["country_low"] <= 0) & (made["country_high"] >= 0)).mean() > 0.94
