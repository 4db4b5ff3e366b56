"""Where a round stands, before and after its validation."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from nco.deliveries import status
from nco.register import delivery_tables
from nco_utils import tables
from nco_utils.errors import UnusableInput

REGISTER = {
    "boards.csv": (
        "board_number,board_name,contract_received_on\n99801,Een,2021-05-21\n99802,Twee,2022-05-02\n99803,Drie,\n"
    ),
    "schools.csv": (
        "brinvest,school_name,board_number,sector,denomination,vendor,closed\n"
        "99ZA00,A,99801,bo,Openbaar,cito,\n"
        "99ZB00,B,99801,bo,Openbaar,esis,\n"
        "99ZC00,C,99802,bo,Openbaar,cito,\n"
        "99ZD00,D,99803,bo,Openbaar,cito,\n"
        "99ZE00,E,99801,bo,Openbaar,cito,2021-07-31\n"
    ),
    "approvals.csv": "brinvest,school_year,approved_on\n99ZA00,2021-2022,2022-03-01\n",
    "objections.csv": "brinvest,pupil_id,received_on\n",
}


@pytest.fixture
def data(tmp_path) -> Path:
    (tmp_path / "register").mkdir()
    for name, text in REGISTER.items():
        (tmp_path / "register" / name).write_text(text, encoding="utf-8")
    return tmp_path


def validated(data: Path, *account: tuple, files: tuple[str, ...] = ()) -> None:
    """Write the tables that a validation leaves: (school, rows, quarantined), and the files set aside whole."""
    counts = [("cito", "cito/a.csv", school, rows, rows - aside, aside, 0, 0) for school, rows, aside in account]
    frame = pd.DataFrame(counts, columns=delivery_tables.ACCOUNT.column_names)
    tables.write(frame, delivery_tables.ACCOUNT, data / "2022E")
    whole = [("file", "file-empty", "cito", None, file, None, 0) for file in files]
    tables.write(
        pd.DataFrame(whole, columns=delivery_tables.QUARANTINE.column_names), delivery_tables.QUARANTINE, data / "2022E"
    )


def misses(found: status.Status) -> dict[str, list[tuple]]:
    return {s.brinvest: [(m.what, m.until.isoformat()) for m in s.misses] for s in found.schools}


def test_before_the_delivery_every_school_misses_what_it_misses_with_the_last_day(data):
    found = status.status("2022E", data)
    assert misses(found) == {
        "99ZA00": [("delivery", "2022-08-01")],
        "99ZB00": [("approval", "2022-07-31"), ("delivery", "2022-08-01")],
        "99ZC00": [("contract", "2022-05-01")],
        "99ZD00": [("contract", "2022-05-01")],
    }
    assert [school.takes_part for school in found.schools] == [True, False, False, False]
    assert not found.validated
    assert not found.complete


def test_after_the_validation_rows_that_are_set_aside_are_counted(data):
    validated(data, ("99ZA00", 9, 2), ("99ZB00", 5, 0))
    found = status.status("2022E", data)
    assert found.schools[0].misses == (status.Miss("quarantined rows", date(2022, 10, 3), 2),)
    assert misses(found)["99ZB00"] == [("approval", "2022-07-31")]
    assert {what: found.number(what) for what in status.MISSES} == {
        "contract": 2,
        "approval": 1,
        "delivery": 0,
        "quarantined rows": 1,
    }


def test_a_round_is_complete_when_nothing_is_missing_and_no_file_is_set_aside(data):
    (data / "register/schools.csv").write_text(
        "".join(line for line in REGISTER["schools.csv"].splitlines(keepends=True) if line[:6] in ("brinve", "99ZA00"))
    )
    validated(data, ("99ZA00", 9, 0))
    assert status.status("2022E", data).complete
    validated(data, ("99ZA00", 9, 0), files=("cito/b.csv",))
    found = status.status("2022E", data)
    assert not found.complete
    assert found.refused_files == ("cito/b.csv",)


def test_the_record_names_incomplete_schools_only(data):
    validated(data, ("99ZA00", 9, 0), ("99ZB00", 5, 0))
    record = status.as_record(status.status("2022E", data))
    assert [school["brinvest"] for school in record["incomplete"]] == ["99ZB00", "99ZC00", "99ZD00"]
    assert record["schools"] == 4
    assert record["taking_part"] == 1
    assert record["incomplete"][0]["misses"] == [{"what": "approval", "until": "2022-07-31"}]


def test_an_unknown_round_is_refused(data):
    with pytest.raises(UnusableInput, match="2031X"):
        status.status("2031X", data)


def test_a_round_with_reports_of_its_own_says_what_a_contract_gives_and_to_how_many_schools(data):
    days = {"99801": "2020-11-27", "99802": "2020-11-28", "99803": "2021-02-02"}
    rows = [f"{number},Bestuur,{day}\n" for number, day in days.items()]
    boards = "".join(["board_number,board_name,contract_received_on\n", *rows])
    (data / "register" / "boards.csv").write_text(boards, encoding="utf-8")
    found = status.status("2021C", data)
    schools = {"99801": 3, "99802": 1, "99803": 1}
    record = status.as_record(found)
    assert record["gives"] == {
        "covid": {"until": "2020-11-27", "schools": schools["99801"]},
        "jaarlijks-groeihoofdstuk": {"until": "2021-02-01", "schools": schools["99801"] + schools["99802"]},
    }
    gets = {school["brinvest"]: school["gets"] for school in record["incomplete"]}
    assert gets["99ZC00"] == ["jaarlijks-groeihoofdstuk"]
    assert gets["99ZD00"] == []
    late = [school.brinvest for school in found.schools if any(miss.what == "contract" for miss in school.misses)]
    assert late == ["99ZC00", "99ZD00"]
    assert "gives" not in status.as_record(status.status("2022E", data))
