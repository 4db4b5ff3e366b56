"""Levels: quantiles of the score at the later moment are those of the pupils, and only where nobody stands out."""

import numpy as np
import pandas as pd
import pytest

from nco.disclosure import levels
from nco_utils import tables
from tests.support.publishing import Country, country, publish, school, with_next_step

SIZES = [11, 12, 23, 24, 59, 60, 40]


@pytest.fixture(scope="module")
def made() -> Country:
    return country(SIZES)


@pytest.fixture(scope="module")
def report(made, tmp_path_factory) -> pd.DataFrame:
    shown = publish(tmp_path_factory.mktemp("levels"), "2022E", made).report
    return shown[shown["trait"] == tables.ALL].set_index("brinvest")


def around(scores, percentile: int) -> float:
    """The mean of the scores around a quantile, three more on either side."""
    place = (len(scores) - 1) * percentile / 100
    return float(np.mean(sorted(scores)[int(np.floor(place)) - 3 : int(np.ceil(place)) + 4]))


def test_a_schools_level_is_the_mean_of_the_scores_around_the_quantile(made, report):
    scores = made.pairs.groupby("brinvest")["score_after"]
    for percentile in (10, 25, 50, 75, 90):
        told = report[f"level_p{percentile}"].dropna()
        truth = [around(scores.get_group(name), percentile) for name in told.index]
        assert told.to_numpy() == pytest.approx(np.array(truth), abs=0.05)


def test_a_level_lies_by_the_quantile_of_many_pupils(tmp_path):
    report = publish(tmp_path, "2022E", (many := country([600] * 6))).report
    told = report[report["trait"] == tables.ALL].set_index("brinvest")
    scores = many.pairs.groupby("brinvest")["score_after"]
    for percentile in (10, 25, 50, 75, 90):
        truth = scores.quantile(percentile / 100)[told.index]
        assert told[f"level_p{percentile}"].to_numpy() == pytest.approx(truth.to_numpy(), abs=1)  # of an SD of 34


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (0, []),
        (1, ["level_p50"]),
        (2, ["level_p50"]),
        (3, ["level_p25", "level_p50", "level_p75"]),
        (4, ["level_p25", "level_p50", "level_p75"]),
        (5, list(levels.LEVELS)),
    ],
)
def test_a_quantile_is_told_from_six_pupils_on_either_side(report, number, told):
    row = report.loc[school(number), list(levels.LEVELS)]
    assert row.index[row.notna()].tolist() == told


def test_the_countrys_quantiles_are_of_the_schools_that_are_shown(made, tmp_path):
    small = country([3, 4, *SIZES])
    report = publish(tmp_path, "2022E", small).report
    whole = report[report["trait"] == tables.ALL]
    shown = whole.loc[whole["status"] == "shown", "brinvest"]
    assert len(shown) < whole["brinvest"].nunique(), "some are hidden"
    scores = small.pairs.loc[small.pairs["brinvest"].isin(shown), "score_after"]
    told = whole["national_level_p50"].dropna().unique()
    assert told == pytest.approx([around(scores, 50)], abs=0.05)


def test_of_fewer_schools_than_a_national_mean_needs_the_country_has_no_quantiles(tmp_path):
    report = publish(tmp_path, "2022E", country([40, 40, 40, 40])).report
    assert report["national_level_p50"].isna().all()
    assert report.loc[report["trait"] == tables.ALL, "level_p50"].notna().all()


def test_no_group_of_pupils_and_no_class_has_a_level(made, tmp_path):
    pairs = made.pairs.assign(group=np.where(np.arange(len(made.pairs)) % 2, "7A", "7B"))
    report = publish(tmp_path, "2022E", Country(pairs, made.pupils)).report
    parts = report[report["trait"] != tables.ALL]
    assert {"group", "start"} <= set(parts.loc[parts["status"] == "shown", "trait"])
    assert parts[[*levels.LEVELS, *(f"national_{name}" for name in levels.LEVELS)]].isna().all(axis=None)


def test_two_steps_that_share_a_moment_have_one_level_of_that_moment(tmp_path):
    report = publish(tmp_path, "2022E", with_next_step(made_of(40, 45, 50, 55, 60))).report
    told = report[report["level_p50"].notna()]
    assert set(told["step"]) == {"E6-M7", "M7-E7"}
    assert not told.duplicated(["brinvest", "school_year", "domain", "scale", "step"]).any()


def made_of(*sizes: int) -> Country:
    return country(list(sizes))
