"""What is shown of delay gives no small group away: by itself, and beside half-yearly reports on the same pupils."""

import numpy as np
import pandas as pd
import pytest

from nco.disclosure import bounds, earlier_releases, shown_tables
from nco.disclosure.delays import delay_tables
from nco_utils import tables
from nco_utils.tables import ALL
from tests.attack import counts
from tests.support import closure, publishing

pytestmark = pytest.mark.slow

FEW = 5
SCHOOL_YEAR, AFFECTED, STEP = "2020-2021", "2019-2020", "M5-E5"
SIZES = [4, 3, 12, 14, 9, 22, 25, 18, 30, 16, 21, 19, 24, 11]


def of_country(found: closure.Released) -> int:
    """The number of pupils that a reader can compute of the schools whose figures are hidden."""
    rows = found.of_schools.query("trait == 'all' and step == @STEP")
    total = found.country.query("trait == 'all' and step == @STEP")["n_affected"].iloc[0]
    return int(total - rows["n_affected"].sum())


def open_to_readers(data, *codes: str) -> list[tuple]:
    """What the releases leave open too little of the affected cohort's schools, as `tests.attack` computes it."""
    pool = "bo", AFFECTED, STEP, "spelling", "CITO-SP-3"
    return counts.found([publishing.public(data, code).of_pool(pool) for code in codes])


@pytest.fixture
def without_companions(monkeypatch) -> None:
    """Only groups of five or fewer are hidden, and nothing to protect them."""
    nothing = np.array([], dtype=int)
    monkeypatch.setattr(bounds, "hide_blocks", lambda cells, n, width: bounds.Hidden(cells.hidden, nothing))


def test_the_country_minus_the_schools_leaves_a_hidden_group_open(tmp_path):
    found = closure.publish(tmp_path, closure.country(SIZES, effect=-6.0))
    hidden = found.of_schools.query("trait == 'all' and step == @STEP and status == 'hidden'")
    assert len(hidden) >= 2
    assert of_country(found) - len(hidden) > FEW
    assert open_to_readers(tmp_path, closure.ROUND) == []


@pytest.mark.usefixtures("without_companions")
def test_without_complementary_suppression_the_same_reader_finds_it(tmp_path):
    found = closure.publish(tmp_path, closure.country([4, *SIZES[2:]], effect=-6.0))
    assert of_country(found) == 4
    assert open_to_readers(tmp_path, closure.ROUND)


# --- beside the half-yearly reports --------------------------------------------------------------


def half_yearly(data, made: publishing.Country, leaves: int) -> pd.DataFrame:
    """Release 2021E, whose year before has the pupils of the closures: so many of one school were not delivered again.

    Returns table report.
    """
    pairs = made.pairs[made.pairs["school_year"] == AFFECTED]
    school = publishing.school(6)
    gone = pairs["brinvest"].eq(school) & (pairs["brinvest"].eq(school).cumsum() <= leaves)
    newest = publishing.country(SIZES, 7, 0.0, step=STEP, school_year=SCHOOL_YEAR)
    before = publishing.Country(pairs[~gone].reset_index(drop=True), made.pupils)
    return publishing.publish(data, "2021E", closure.together(before, newest)).report


def few_apart(found: closure.Released, report: pd.DataFrame) -> pd.DataFrame:
    """The schools of which the two kinds of reports show a number of pupils with a difference of one to five."""
    whole = report[(report["trait"] == ALL) & (report["school_year"] == AFFECTED) & (report["status"] == "shown")]
    both = found.of_schools.query("trait == 'all' and step == @STEP").merge(whole, on=["brinvest", "domain", "step"])
    return both[(both["n_affected"] - both["n_pupils"]).abs().between(1, FEW)]


@pytest.mark.parametrize("leaves", [1, 5])
def test_a_half_yearly_report_differs_from_it_by_no_few_pupils(tmp_path, leaves):
    made = closure.country(SIZES, effect=-6.0)
    found = closure.publish(tmp_path, made)
    report = half_yearly(tmp_path, made, leaves)
    assert publishing.school(6) in set(report.loc[report["status"] == "shown", "brinvest"])
    assert few_apart(found, report).empty
    assert open_to_readers(tmp_path, closure.ROUND, "2021E") == []


def test_unless_the_later_round_does_not_know_of_it(tmp_path, monkeypatch):
    made = closure.country(SIZES, effect=-6.0)
    found = closure.publish(tmp_path, made)
    monkeypatch.setattr(earlier_releases, "before", lambda *_: [])
    report = half_yearly(tmp_path, made, 1)
    assert few_apart(found, report)["brinvest"].tolist() == [publishing.school(6)]


def test_a_group_that_was_hidden_stays_hidden_in_the_half_yearly_report_of_the_same_pupils(tmp_path):
    made = closure.country(SIZES, effect=-6.0)
    found = closure.publish(tmp_path, made)
    report = half_yearly(tmp_path, made, 0)
    hidden = set(found.report.query("status == 'hidden' and trait == 'all' and school_year == @AFFECTED")["brinvest"])
    now = report[(report["school_year"] == AFFECTED) & (report["trait"] == ALL)]
    assert hidden
    assert set(now.loc[now["status"] == "hidden", "brinvest"]) == hidden


def test_a_later_round_is_told_of_whom_the_figures_are_and_none_of_the_figures(tmp_path):
    closure.publish(tmp_path, closure.country(SIZES, effect=-6.0))
    report = tables.read(shown_tables.REPORT, tmp_path / closure.ROUND)
    assert report[["mean_growth", "mean_before_low", "p50", "national_mean", "effect"]].isna().all(axis=None)
    shown = report[report["status"] == "shown"]
    assert shown["n_pupils"].notna().all()
    assert set(shown["school_year"]) == {"2016-2017", "2017-2018", "2018-2019", AFFECTED}


def test_no_figure_is_of_a_group_of_five_or_fewer(tmp_path):
    found = closure.publish(tmp_path, closure.country(SIZES, effect=-6.0))
    for frame, names in ((found.of_schools, ["n_affected", "n_before"]), (found.cohorts, ["n_pupils"])):
        assert frame[names].dropna().gt(FEW).all(axis=None)
    assert not found.of_schools.query("status != 'shown'")[["delay", "country", "standardised"]].notna().any(axis=None)
    assert set(found.of_schools.columns) == set(delay_tables.SCHOOL_DELAYS.column_names)
