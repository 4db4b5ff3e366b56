"""What is told of the country: of enough schools, and a spread of what is shown only."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco_utils import tables
from tests.support.publishing import Country, country, publish

TEN = [20, 30, 25, 40, 12, 22, 18, 16, 28, 14]
NATIONAL = ["national_pupils", "national_schools", "national_mean", "national_before", "standardised"]


def whole(protected) -> pd.DataFrame:
    return protected.report[protected.report["trait"] == tables.ALL].set_index("brinvest")


@pytest.mark.slow
@pytest.mark.parametrize(("schools", "told"), [(9, False), (10, True)])
def test_a_national_figure_is_of_at_least_ten_schools(tmp_path, schools, told):
    report = whole(publish(tmp_path, "2022M", country([20] * schools), settings=all_settings.load()))
    assert (report["status"] == "shown").all()
    assert report["national_mean"].notna().all() == told
    assert report[NATIONAL[:4]].notna().all(axis=None) == told
    if told:
        assert (report["national_schools"] == schools).all()


@pytest.mark.slow
def test_without_a_national_figure_no_school_is_hidden_to_protect_another(tmp_path):
    report = whole(publish(tmp_path, "2022M", country([4, 20, 20, 20])))
    assert report["status"].tolist() == ["hidden", "shown", "shown", "shown"]


@pytest.mark.slow
def test_every_national_figure_says_of_how_many_schools_it_is(tmp_path):
    sizes = [60, 70, 80, 90, 64, 75, 82, 71, 66, 58, 77]
    protected = publish(tmp_path, "2022M", country(sizes), settings=all_settings.load())
    report = protected.report
    assert report["national_mean"].notna().eq(report["national_schools"].notna()).all()
    assert report.loc[report["national_schools"].notna(), "national_schools"].min() >= 10
    assert (report["trait"].nunique()) > 3


@pytest.mark.slow
def test_the_spread_is_that_of_the_shown_schools(tmp_path):
    """Hidden schools that lie far away move it not at all."""
    made = country([4, 3, 8, *TEN, 26, 24, 31, 35])
    far = made.pairs["brinvest"].isin(sorted(set(made.pairs["brinvest"]))[:2])
    moved = Country(made.pairs.assign(growth=made.pairs["growth"] + 300 * far), made.pupils)
    one, other = (publish(tmp_path / name, "2022M", each) for name, each in (("a", made), ("b", moved)))
    assert (whole(one)["status"] == "hidden").iloc[:3].all()
    spreads = [each.country.query("trait == 'all'")["sd_schools"].item() for each in (one, other)]
    assert spreads[0] == pytest.approx(spreads[1], rel=1e-12)
    shown = whole(one).index[whole(one)["status"] == "shown"]
    means = made.pairs.groupby("brinvest")["growth"].mean()[shown]
    assert spreads[0] == pytest.approx(means.std(), rel=1e-12)


def more_steps(sizes: list[int], *steps: str) -> Country:
    parts = [country(sizes, seed, step=step).pairs for seed, step in enumerate(steps)]
    return Country(tables.conform(pd.concat(parts), tables.GROWTH), country(sizes).pupils)


def test_with_few_schools_the_spread_is_pooled_over_the_steps(tmp_path):
    """In spreads within schools, as computed here step by step."""
    steps = ("E4-M5", "E5-M6", "E6-M7")
    made = more_steps([20, 30, 25, 40, 18, 33], *steps)
    told = publish(tmp_path, "2022M", made).country.query("trait == 'all'").set_index("step")
    assert set(told["spread"]) == {"steps"}
    squares, within = {}, {}
    for step, pairs in made.pairs.groupby("step"):
        by_school = pairs.groupby("brinvest")["growth"]
        squares[step] = 5 * by_school.mean().var()
        within[step] = ((pairs["growth"] - by_school.transform("mean")) ** 2).sum() / (len(pairs) - 6)
    ratio = sum(squares[step] / within[step] for step in steps) / 15
    for step in steps:
        assert told.loc[step, "sd_schools"] == pytest.approx(np.sqrt(within[step] * ratio), rel=1e-9)


def test_one_step_of_few_schools_has_no_spread(tmp_path):
    report = whole(publish(tmp_path, "2022M", country([20] * 6)))
    assert report["national_mean"].notna().all()
    assert report["standardised"].isna().all()


def test_with_ten_schools_the_spread_is_that_of_the_step(tmp_path):
    told = publish(tmp_path, "2022M", country(TEN)).country.query("trait == 'all'")
    assert told["spread"].item() == "step"
