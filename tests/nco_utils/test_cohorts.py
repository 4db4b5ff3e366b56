"""Which results the cohort of the year before comes from: of this round, and of the rounds that came before it."""

import pandas as pd
import pytest

from nco.base import all_settings
from nco.register import keyfile
from nco_utils import cohorts, tables
from nco_utils.errors import ContractError

SETTINGS = all_settings.load()
SCHOOLS = pd.DataFrame({"brinvest": ["99AA00", "99AB00"]})
SCALE = "CITO-SP-3"


@pytest.fixture
def kept(tmp_path):
    """Writes the results of a round as validation leaves them."""

    def write(code, maker, withdrawn=(), key="one"):
        folder = tmp_path / code
        tables.write(maker.table(), tables.RESULTS, folder)
        gone = pd.DataFrame([("99AA00", pupil, 0) for pupil in withdrawn], columns=tables.WITHDRAWN.column_names)
        tables.write(gone, tables.WITHDRAWN, folder)
        keyfile.note_use(folder, key)
        return tmp_path

    return write


@pytest.fixture
def earlier(results_outside):
    """Results of the round 2021E: two pupils, of both moments of a step."""
    for pupil in ("p", "q"):
        results_outside.add(pupil, "M7-2021", 300, scale=SCALE).add(pupil, "E7-2021", 310, scale=SCALE)
    return results_outside


def read(data, schools=SCHOOLS):
    found = cohorts.read(data, "2022E", SETTINGS, schools).year_before
    return sorted(zip(found["pupil_id"], found["moment"], found["score"], strict=True))


def test_what_this_round_did_not_deliver_comes_from_the_earlier_round(kept, results, earlier):
    kept("2021E", earlier)
    data = kept("2022E", results.add("p", "E7-2021", 311, scale=SCALE))
    assert read(data) == [("p", "E", 311), ("p", "M", 300), ("q", "E", 310), ("q", "M", 300)]
    assert len(cohorts.read(data, "2022E", SETTINGS, SCHOOLS).now) == 1


def test_a_pupil_with_an_objection_leaves_the_results_of_earlier_rounds_too(kept, results, earlier):
    kept("2021E", earlier)
    data = kept("2022E", results.add("p", "E7-2021", 311, scale=SCALE), withdrawn=["q"])
    assert {pupil for pupil, *_ in read(data)} == {"p"}


def test_a_round_with_another_key_is_not_used_because_its_pupils_have_other_names(kept, results, earlier):
    kept("2021E", earlier, key="other")
    data = kept("2022E", results.add("p", "E7-2021", 311, scale=SCALE))
    assert read(data) == [("p", "E", 311)]


def test_a_later_round_and_a_school_that_left_the_register_are_not_used(kept, results, earlier):
    kept("2023E", earlier)
    data = kept("2022E", results.add("p", "E7-2021", 311, scale=SCALE))
    assert read(data) == [("p", "E", 311)]
    kept("2021E", earlier)
    assert read(data, SCHOOLS[SCHOOLS["brinvest"] != "99AA00"]) == [("p", "E", 311)]


def test_of_two_earlier_rounds_the_last_one_counts(kept, results, earlier):
    kept("2021E", earlier)
    data = kept("2022E", results.add("p", "M8-2022", 320, scale=SCALE))
    later = type(results)().add("p", "E7-2021", 312, scale=SCALE)
    kept("2022M", later)
    assert ("p", "E", 312) in read(data)
    assert ("p", "E", 310) not in read(data)


def test_a_score_that_its_scale_does_not_have_stops_the_run_and_names_the_table(kept, results):
    data = kept("2022E", results.add("p", "E7-2021", 100_000, scale=SCALE))
    with pytest.raises(ContractError, match="Table results, column score: 1 value") as error:
        read(data)
    assert "100" not in str(error.value)
