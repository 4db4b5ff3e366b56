"""What was released is kept, and binds what is released after it, of the same round too."""

import shutil

import pandas as pd
import pytest

from nco_utils import params, releases, rounds, tables
from nco_utils.figure_tables import WITHOUT_GROWTH
from nco_utils.rotation import _tables_with_pupils
from tests.conftest import ROUND


@pytest.fixture
def data(analysed, tmp_path):
    """A copy of the analysed demo, of which nothing was released yet."""
    target = tmp_path / "data"
    shutil.copytree(analysed, target)
    shutil.rmtree(target / ROUND / releases.PUBLISHED, ignore_errors=True)
    return target


def test_a_release_is_kept_once_and_counts_for_its_own_round_and_later_ones(data):
    settings = params.load()
    assert releases.earlier(ROUND, data, settings) == []
    for _ in range(2):
        releases.keep(ROUND, data)
    assert releases.earlier(ROUND, data, settings) == [f"{ROUND}/published/1"]
    assert releases.earlier("2023M", data, settings) == [f"{ROUND}/published/1"]
    assert releases.earlier("2022M", data, settings) == []


def test_an_earlier_round_that_was_analysed_only_counts_as_released(data):
    assert releases.earlier("2023M", data, params.load()) == [ROUND]


def test_kept_tables_get_another_key_with_the_others(data):
    releases.keep(ROUND, data)
    kept = data / ROUND / releases.PUBLISHED / "1"
    assert {kept / "growth.parquet", kept / "pupils.parquet"} <= set(_tables_with_pupils(data)[data / ROUND])


@pytest.mark.big
def test_a_round_released_again_does_not_give_away_the_one_pupil_who_changed(data):
    """The difference of two means of one group is the change of one pupil's score; so the first figures stay."""
    before = tables.read(tables.REPORT, data / ROUND)
    releases.keep(ROUND, data)
    results = tables.read(tables.RESULTS, data / ROUND)
    later = results.index[(results["brinvest"] == "99AC00") & (results["test_code"] == "BL-M8")][0]
    tables.write(
        results.assign(score=results["score"].mask(results.index == later, 30.0)), tables.RESULTS, data / ROUND
    )
    rounds.analyse(ROUND, data)
    assert (tables.read(tables.BLOCKS, data / ROUND).set_index("brinvest").at["99AC00", "decision"]) == "frozen"
    after = tables.read(tables.REPORT, data / ROUND)
    # Counts of this release's own results.
    counts = ["n_without_growth", "n_results_other_scale", "percent_with_growth", *WITHOUT_GROWTH]
    pd.testing.assert_frame_equal(after.drop(columns=counts), before.drop(columns=counts))
