"""A whole round: files against the register and the background, and the message of a delivery that fails."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import nco_utils
from nco.deliveries import crosschecks, validation
from nco.deliveries.readers import cito, uwlr
from nco.deliveries.validation import DeliveryFailed, require_usable, validate_round
from nco.register import keyfile
from nco.release import round_pipeline
from nco_utils.errors import ContractError, UnusableInput
from tests.conftest import ResultsMaker

HEADER = ",".join(cito.COLUMNS)
FILES = {
    "register/boards.csv": "board_number,board_name\n99801,Bestuur Een\n",
    "register/schools.csv": (
        "brinvest,school_name,board_number,sector,denomination,vendor\n"
        "99ZA00,School A,99801,bo,Openbaar,cito\n"
        "99ZB00,School B,99801,bo,Openbaar,cito\n"
    ),
    "register/approvals.csv": (
        "brinvest,school_year,approved_on\n99ZA00,2021-2022,2022-03-01\n99ZB00,2021-2022,2022-07-31\n"
    ),
    "register/objections.csv": "brinvest,pupil_id,received_on\n",
    "background/pupils.csv": (
        "brinvest,pupil_id,sex,ses_class,minority,repeated_grade\n"
        "99ZA00,LLN-Q7XK-1,jongen,laag,nee,ja\n"
        "99ZB00,LLN-Q7XK-2,meisje,laag,nee,ja\n"
    ),
}
A, B = "99ZA00,LLN-Q7XK-1", "99ZB00,LLN-Q7XK-2"


def row(pupil: str, code: str = "BL-M8", day: str = "2022-01-19", score: str = "37.125") -> str:
    return f"{pupil},8,{code},{day},BDF-TAAL,{score},,"


def deliver(data: Path, *rows: str, name: str = "een.csv", header: str = HEADER) -> None:
    folder = data / "exports" / "2022E" / "cito"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")


def found(validation) -> list[tuple]:
    return records(validation.findings[["rule", "severity", "brinvest", "file", "row", "column"]])


def records(table) -> list[tuple]:
    shown = table.astype("object")
    return [tuple(record) for record in shown.where(shown.notna(), None).to_numpy().tolist()]


def change(data: Path, file: str, old: str, new: str) -> None:
    """Change one of the register's files."""
    path = data / "register" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture
def data(tmp_path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_clean_round_over_two_files_passes_with_all_its_results(data):
    deliver(data, row(A), name="a.csv")
    deliver(data, row(B), row(B, "BL-E7", "2021-06-09"), name="b.csv")
    (data / "exports/2022E/.DS_Store").write_bytes(b"\0")
    validation = validate_round("2022E", data)
    assert validation.clean
    assert found(validation) == []
    assert validation.results[["source_file", "source_row", "brinvest"]].to_numpy().tolist() == [
        ["cito/a.csv", 2, "99ZA00"],
        ["cito/b.csv", 2, "99ZB00"],
        ["cito/b.csv", 3, "99ZB00"],
    ]


@pytest.mark.slow
def test_a_school_that_is_not_enrolled_is_an_error_at_its_first_row_and_gives_no_result(data):
    deliver(data, row(A), row(B), row("99ZX00,LLN-Q7XK-3"), row("99ZX00,LLN-Q7XK-4"))
    validation = validate_round("2022E", data)
    assert found(validation) == [("school-not-enrolled", "error", "99ZX00", "cito/een.csv", 4, "BRINVEST")]
    assert not validation.clean
    assert validation.results["brinvest"].tolist() == ["99ZA00", "99ZB00"]


def test_a_pupil_without_background_is_a_warning_and_stays(data):
    deliver(data, row(A), row(B), row("99ZA00,LLN-Q7XK-2"), row("99ZA00,LLN-Q7XK-2", "BL-E7", "2021-06-09"))
    validation = validate_round("2022E", data)
    assert found(validation) == [("pupil-without-background", "warning", "99ZA00", "cito/een.csv", 4, "LEERLING_ID")]
    assert validation.clean
    assert len(validation.results) == 4


def test_an_enrolled_school_without_a_row_is_a_warning_that_points_into_the_register(data):
    deliver(data, row(A))
    validation = validate_round("2022E", data)
    assert found(validation) == [
        ("school-not-delivered", "warning", "99ZB00", "register/schools.csv", 3, "brinvest"),
    ]
    assert validation.clean


@pytest.mark.slow
def test_a_pupil_with_an_objection_is_in_no_result_no_finding_and_no_quarantine_however_late_it_came(data):
    change(data, "objections.csv", "received_on\n", "received_on\n99ZA00,LLN-Q7XK-9,2026-09-01\n")
    deliver(data, row(A), row(B), row("99ZA00,LLN-Q7XK-9"), row("99ZA00,LLN-Q7XK-9", score="999"))
    validation = validate_round("2022E", data)
    assert validation.results["source_row"].tolist() == [2, 3]
    assert found(validation) == []
    assert validation.clean
    assert records(validation.account)[0] == ("cito", "cito/een.csv", "99ZA00", 3, 1, 0, 0, 2)


def test_a_round_of_which_all_pupils_objected_has_nothing_usable_and_is_still_accounted_for(data):
    change(data, "objections.csv", "received_on\n", f"received_on\n{A},2022-09-01\n")
    deliver(data, row(A))
    validation = validate_round("2022E", data)
    assert validation.results.empty
    assert validation.counts == {"rows": 1, "used": 0, "quarantined": 0, "superseded": 0, "withdrawn": 1}


REFUSED = {
    "approval-missing": ("approvals.csv", "99ZB00,2021-2022,2022-07-31\n", ""),
    "approval-late": ("approvals.csv", "2022-07-31", "2022-08-01"),
    "school-contract-missing": ("boards.csv", "99802,Bestuur Twee,2022-05-01", "99802,Bestuur Twee,"),
    "school-contract-late": ("boards.csv", "2022-05-01", "2022-05-02"),
    "school-closed": ("schools.csv", "2008-08-01,", "2008-08-01,2021-07-31"),
}


@pytest.fixture
def taking_part(data) -> Path:
    """Both schools deliver, and take part with a contract each: of the board, and of the school."""
    change(
        data,
        "boards.csv",
        "board_name\n99801,Bestuur Een",
        "board_name,contract_received_on\n99801,Bestuur Een,2021-05-21",
    )
    change(data, "boards.csv", "2021-05-21\n", "2021-05-21\n99802,Bestuur Twee,2022-05-01\n")
    change(data, "schools.csv", "vendor\n", "vendor,opened,closed\n")
    change(data, "schools.csv", "99ZA00,School A,99801,bo,Openbaar,cito", "99ZA00,School A,99801,bo,Openbaar,cito,,")
    change(data, "schools.csv", "99801,bo,Openbaar,cito\n", "99802,bo,Openbaar,cito,2008-08-01,\n")
    deliver(data, row(A), row(B), row(B, "BL-E7", "2021-06-09"))
    return data


def test_schools_with_an_approval_and_a_contract_in_time_take_part(taking_part):
    assert validate_round("2022E", taking_part).clean


@pytest.mark.slow
@pytest.mark.parametrize("rule", REFUSED)
def test_a_school_that_does_not_take_part_is_quarantined_whole_and_the_others_are_used(taking_part, rule):
    change(taking_part, *REFUSED[rule])
    validation = validate_round("2022E", taking_part)
    assert found(validation) == [(rule, "error", "99ZB00", "cito/een.csv", 3, "BRINVEST")]
    assert records(validation.quarantine) == [("school", rule, "cito", "99ZB00", "cito/een.csv", None, 2)]
    assert validation.results["brinvest"].tolist() == ["99ZA00"]
    assert "{" not in validation.findings["message"][0] + validation.findings["action"][0]


@pytest.mark.slow
def test_another_location_of_an_enrolled_brin_is_told_apart_from_an_unknown_school(data):
    deliver(data, row(A), row(B), row("99ZA01,LLN-Q7XK-3"), row("99ZX00,LLN-Q7XK-3"))
    assert [finding[:3] for finding in found(validate_round("2022E", data))] == [
        ("vestiging-unknown", "error", "99ZA01"),
        ("school-not-enrolled", "error", "99ZX00"),
    ]


def test_a_school_of_another_supplier_is_a_warning_and_its_rows_are_used(data):
    change(data, "schools.csv", "99ZB00,School B,99801,bo,Openbaar,cito", "99ZB00,School B,99801,bo,Openbaar,esis")
    deliver(data, row(A), row(B))
    validation = validate_round("2022E", data)
    assert found(validation) == [("vendor-other", "warning", "99ZB00", "cito/een.csv", 3, "BRINVEST")]
    assert validation.clean
    assert len(validation.results) == 2


@pytest.mark.slow
def test_a_later_file_supersedes_results_and_mends_quarantined_rows_whose_findings_go(data):
    wrong = row(B, score="137.125")
    deliver(data, row(A), wrong, name="1.csv")
    deliver(data, row(A, score="38"), row(B), name="2.csv")
    validation = validate_round("2022E", data)
    assert found(validation) == []
    assert validation.clean
    assert validation.results[["source_file", "score"]].to_numpy().tolist() == [
        ["cito/2.csv", 38],
        ["cito/2.csv", 37.125],
    ]
    assert validation.counts == {"rows": 4, "used": 2, "quarantined": 0, "superseded": 2, "withdrawn": 0}


@pytest.mark.slow
def test_a_wrong_row_in_a_later_file_leaves_the_earlier_result_in_use(data):
    deliver(data, row(A), row(B), name="1.csv")
    deliver(data, row(B, score="137.125"), name="2.csv")
    validation = validate_round("2022E", data)
    assert len(validation.results) == 2
    assert found(validation) == [("score-out-of-range", "error", "99ZB00", "cito/2.csv", 2, "VAARDIGHEIDSSCORE")]


@pytest.mark.slow
def test_a_row_twice_in_one_file_is_used_once_and_its_copy_is_superseded(data):
    deliver(data, row(A), row(A), row(B))
    validation = validate_round("2022E", data)
    assert set(validation.findings["rule"]) == {"result-twice"}
    assert validation.clean
    assert validation.counts == {"rows": 3, "used": 2, "quarantined": 0, "superseded": 1, "withdrawn": 0}


@pytest.mark.slow
def test_a_school_with_too_many_bad_rows_is_set_aside_whole_and_another_with_as_many_good_rows_is_not(data):
    bad = [row(f"99ZB00,LLN-{n}", score="137.125") for n in range(10)]
    deliver(data, row(A), *bad, *[row(f"99ZB00,LLN-{n}", "BL-E7", "2021-06-09") for n in range(29)])
    validation = validate_round("2022E", data)
    assert validation.account["n_used"].tolist() == [1, 0]
    too_many = validation.findings[validation.findings["rule"] == "school-too-many-bad-rows"]
    assert too_many[["brinvest", "row"]].to_numpy().tolist() == [["99ZB00", 3]]
    assert "10 van de 39 rijen" in too_many["message"].iloc[0]
    deliver(data, row(A), *bad, *[row(f"99ZB00,LLN-{n}", "BL-E7", "2021-06-09") for n in range(30)])
    assert validate_round("2022E", data).account["n_used"].tolist() == [1, 30]  # exactly a quarter: not more than that


@pytest.mark.slow
def test_running_twice_gives_the_same_tables(data):
    deliver(data, row(A), row(B, score="137.125"), row(A), name="1.csv")
    deliver(data, row("99ZX00,LLN-Q7XK-3"), row(A, score="12"), name="2.csv")
    deliver(data, name="3.csv")
    first, second = (validate_round("2022E", data) for _ in range(2))
    for name in ("results", "findings", "quarantine", "account"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name))


@pytest.mark.slow
def test_a_broken_file_does_not_hide_the_others_and_makes_no_school_look_absent(data):
    deliver(data, row(A), name="a.csv")
    deliver(data, row(B), name="b.csv", header=HEADER.replace("SCHAAL", "SCALE"))
    validation = validate_round("2022E", data)
    assert found(validation) == [("column-renamed", "error", None, "cito/b.csv", 1, "SCHAAL")]
    assert validation.results["brinvest"].tolist() == ["99ZA00"]
    assert records(validation.quarantine) == [("file", "column-renamed", "cito", "99ZB00", "cito/b.csv", None, 1)]
    assert validation.counts == {"rows": 2, "used": 1, "quarantined": 1, "superseded": 0, "withdrawn": 0}


def test_only_broken_files_give_findings_and_no_results(data):
    deliver(data)
    validation = validate_round("2022E", data)
    assert found(validation)[0] == ("file-without-rows", "error", None, "cito/een.csv", None, None)
    assert {rule for rule, *_ in found(validation)[1:]} == {"school-not-delivered"}
    assert validation.results.empty


@pytest.mark.slow
def test_a_test_after_the_rounds_publication_is_in_the_future(data):
    deliver(data, row(A), row(B, "BL-M8", "2022-12-05"))
    rules = validate_round("2022E", data).findings["rule"].tolist()
    assert rules == ["date-in-future"]


def test_a_delivery_of_which_nothing_can_be_used_names_file_row_column_and_what_to_do_and_no_pupils_value(data):
    deliver(data, *[row(f"99ZA00,LLN-Q7XK-{n}", score="137.125") for n in range(10, 17)])
    validation = validate_round("2022E", data)
    with pytest.raises(DeliveryFailed) as raised:
        require_usable(validation, "2022E", data / "2022E" / "findings.parquet")
    lines = str(raised.value).splitlines()
    assert lines[0] == "In de levering van ronde 2022E is niets bruikbaar (7 fouten); er is niets gemaakt."
    assert lines[1] == (
        "  cito/een.csv, rij 2, kolom VAARDIGHEIDSSCORE, school 99ZA00: Deze vaardigheidsscore kan op deze schaal niet "
        "voorkomen. Controleer of score en schaalcode bij elkaar horen; een ruwe score of percentage is geen "
        "vaardigheidsscore."
    )
    assert lines[6:] == ["  En nog 2.", f"Alle bevindingen staan in {data / '2022E' / 'findings.parquet'}."]
    assert "Q7XK" not in str(raised.value)
    assert "137" not in str(raised.value)


@pytest.mark.slow
def test_a_wrong_row_is_set_aside_and_the_others_are_used(data):
    deliver(data, row(A), row(B, day="2022-04-01"), row(B, "BL-E7", "2021-06-09"))
    validation = validate_round("2022E", data)
    assert validation.findings["rule"].tolist() == ["date-outside-window"]
    require_usable(validation, "2022E", data / "2022E" / "findings.parquet")
    assert validation.results["source_row"].tolist() == [2, 4]
    assert records(validation.quarantine) == [("row", "date-outside-window", "cito", "99ZB00", "cito/een.csv", 3, 1)]
    assert records(validation.account) == [
        ("cito", "cito/een.csv", "99ZA00", 1, 1, 0, 0, 0),
        ("cito", "cito/een.csv", "99ZB00", 2, 1, 1, 0, 0),
    ]


def test_a_wrong_round_and_missing_or_misplaced_exports_are_refused(data):
    with pytest.raises(UnusableInput, match="Round '2022X' does not exist"):
        validate_round("2022X", data)
    with pytest.raises(UnusableInput, match=r"2022E does not exist: there is no delivery for this round"):
        validate_round("2022E", data)
    (data / "exports/2022E/cito").mkdir(parents=True)
    with pytest.raises(UnusableInput, match="holds no file"):
        validate_round("2022E", data)
    (data / "exports/2022E/cito/2022").mkdir()
    with pytest.raises(UnusableInput, match=r"cito/2022/: Dit is een map binnen de map"):
        validate_round("2022E", data)
    (data / "exports/2022E/cito/2022").rmdir()
    (data / "exports/2022E/los.csv").write_text("x")
    with pytest.raises(UnusableInput, match=r"2022E/los\.csv: Dit bestand staat niet in de map"):
        validate_round("2022E", data)


WATCHED = """
import socket, sys, threading
import nco.deliveries.validation as validation
assert "great_expectations" not in sys.modules, "loaded before it is needed"
def refuse(*_):
    raise SystemExit("a connection was tried")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
assert validation.validate_round("2022E", sys.argv[1]).clean
assert "great_expectations" in sys.modules
assert threading.active_count() == 1, "a thread was left"
"""


@pytest.mark.slow
def test_validation_is_lazy_sends_nothing_leaves_no_thread_and_writes_nothing_at_home(data, tmp_path_factory):
    deliver(data, row(A), row(B))
    home = tmp_path_factory.mktemp("home")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    source = Path(nco_utils.__file__).parents[1]  # these sources, not those that are installed
    key = os.environ[keyfile.ENVIRONMENT_VARIABLE]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(source)}
    environment[keyfile.ENVIRONMENT_VARIABLE] = key
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, str(data)], env=environment, cwd=elsewhere, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert (ran.stdout, ran.stderr) == ("", "")
    assert list(home.rglob("*")) == list(elsewhere.rglob("*")) == []


def with_eckids(*records: tuple[str, str, str | None, str]) -> pd.DataFrame:
    """Used rows of school, pupil, eckid and day of the test."""
    frame = pd.DataFrame(records, columns=["brinvest", "pupil_id", "eckid", "test_date"])
    return frame.assign(
        vendor="cito",
        source_file="cito/een.csv",
        source_row=range(2, len(frame) + 2),
        test_date=pd.to_datetime(frame["test_date"]),
        state="used",
    )


def test_a_key_with_two_eckids_stands_for_two_pupils_and_all_its_rows_are_found():
    rows = with_eckids(
        ("99ZA00", "p1", "e1", "2022-01-19"),
        ("99ZA00", "p1", "e2", "2022-01-20"),
        ("99ZA00", "p1", None, "2022-06-19"),
        ("99ZA00", "p2", "e3", "2022-01-19"),
        ("99ZB00", "p1", "e4", "2022-01-19"),
    )
    places = crosschecks.shared_pupil_ids(rows)
    assert places.tolist() == [0, 1, 2]
    assert pd.concat(crosschecks.pupils_sharing_an_id(rows, places))["row"].tolist() == [2, 3, 4]
    by_sex = rows.assign(eckid=None, sex=["jongen", "jongen", None, "meisje", "meisje"])
    assert crosschecks.shared_pupil_ids(by_sex).empty
    assert crosschecks.shared_pupil_ids(by_sex.assign(pupil_id="p", brinvest="99ZA00")).tolist() == [0, 1, 2, 3, 4]


def test_a_pupil_with_results_at_two_schools_in_one_school_year_is_found_at_the_first_row_of_each():
    rows = with_eckids(
        ("99ZA00", "p1", "e1", "2021-10-01"),
        ("99ZA00", "p1", "e1", "2022-01-19"),
        ("99ZB00", "q1", "e1", "2022-06-19"),
        ("99ZA00", "p2", "e2", "2021-06-19"),
        ("99ZB00", "q2", "e2", "2022-01-19"),
    )
    (found,) = crosschecks.pupils_at_two_schools(rows)
    assert found[["rule", "severity", "brinvest", "row", "column"]].to_numpy().tolist() == [
        ["pupil-at-two-schools", "warning", "99ZA00", 2, "LEERLING_ID"],
        ["pupil-at-two-schools", "warning", "99ZB00", 4, "LEERLING_ID"],
    ]
    assert crosschecks.pupils_at_two_schools(rows.assign(eckid=None)) == []


def test_two_results_of_one_moment_are_told_once_they_are_both_used(data):
    deliver(data, row(A), name="1.csv")
    deliver(data, row(A, day="2022-01-20"), row(B), name="2.csv")
    validation = validate_round("2022E", data)
    assert [finding[:5] for finding in found(validation)] == [
        ("half-result", "info", "99ZA00", "cito/1.csv", 2),
        ("half-result", "info", "99ZA00", "cito/2.csv", 2),
    ]
    assert validation.clean


@pytest.mark.slow
def test_a_result_outside_the_window_of_its_moment_is_kept_apart_with_the_pseudonym_of_its_pupil(data):
    deliver(data, row(A, "BL-E7", "2021-06-09"), row(A, day="2022-03-19"), row(B))
    validation = validate_round("2022E", data)
    outside = validation.outside.iloc[0]
    assert len(validation.outside) == 1
    assert (outside["moment"], outside["school_year"], outside["grade"]) == ("M", "2021-2022", 8)
    assert outside["pupil_id"] in set(validation.results.loc[validation.results["brinvest"] == "99ZA00", "pupil_id"])
    assert len(validation.results) == 2


@pytest.mark.slow
def test_a_result_outside_its_window_with_another_fault_is_not_among_those_kept_apart(data):
    deliver(data, row(A, day="2022-03-19", score="900"), row(A, "BL-E7", "2021-06-09"), row(B))
    assert validate_round("2022E", data).outside.empty


@pytest.mark.slow
def test_a_result_outside_its_window_that_is_delivered_again_in_good_order_is_not_kept_apart(data):
    deliver(data, row(A, day="2022-03-19"), row(B), name="a.csv")
    deliver(data, row(A, day="2022-01-19"), name="b.csv")
    assert validate_round("2022E", data).outside.empty


@pytest.mark.slow
def test_a_pupil_with_an_objection_is_known_by_pseudonym_also_when_nothing_was_delivered(data):
    deliver(data, row(A), row(B))
    before = validate_round("2022E", data)
    (data / "register/objections.csv").write_text(
        "brinvest,pupil_id,received_on\n99ZA00,LLN-Q7XK-1,2022-07-01\n99ZB00,LLN-GONE,2022-07-01\n"
    )
    withdrawn = validate_round("2022E", data).withdrawn
    known = before.results.set_index("brinvest")["pupil_id"]
    assert withdrawn.set_index("pupil_id")["n_rows"].get(known["99ZA00"]) == 1
    assert sorted(withdrawn["n_rows"]) == [0, 1]
    assert known["99ZB00"] not in set(withdrawn["pupil_id"])


# --- what is easily overlooked --------------------------------------------------------------------

NEARLY = ["lln-q7xk-1", "LLNQ7XK1", "LLN Q7XK-1", "0LLN-Q7XK-1"]


@pytest.mark.slow
@pytest.mark.parametrize("key", NEARLY)
def test_a_pupil_whose_key_is_nearly_that_of_an_objection_is_set_aside_until_the_key_is_right(data, key):
    change(data, "objections.csv", "received_on\n", f"received_on\n99ZA00,{key},2022-05-01\n")
    deliver(data, row(A), row(A, "BL-E7", "2021-06-09"), row(B))
    validation = validate_round("2022E", data)
    assert found(validation) == [
        ("objection-nearly", "error", "99ZA00", "cito/een.csv", 2, "LEERLING_ID"),
        ("objection-nearly", "error", "99ZA00", "cito/een.csv", 3, "LEERLING_ID"),
        ("objection-other-key", "error", "99ZA00", "register/objections.csv", 2, "pupil_id"),
    ]
    assert not validation.clean
    assert validation.results["brinvest"].tolist() == ["99ZB00"]
    assert not any("Q7XK" in told.upper() for told in validation.own_findings)


@pytest.mark.slow
def test_an_objection_of_a_pupil_that_nobody_knows_is_told_and_one_of_the_background_is_not(data):
    change(
        data,
        "objections.csv",
        "received_on\n",
        "received_on\n99ZA00,LLN-Q7XK-7,2022-05-01\n99ZA00,LLN-Q7XK-1,2022-05-01\n",
    )
    deliver(data, row(B))
    validation = validate_round("2022E", data)
    assert found(validation)[0] == ("objection-unknown", "warning", "99ZA00", "register/objections.csv", 2, "pupil_id")
    assert "objection-other-key" not in set(validation.findings["rule"])
    assert len(validation.results) == 1


@pytest.mark.slow
def test_an_objection_at_another_school_does_not_set_a_pupil_with_that_key_aside(data):
    change(data, "objections.csv", "received_on\n", "received_on\n99ZA00,lln-q7xk-2,2022-05-01\n")
    deliver(data, row(A), row(B))
    validation = validate_round("2022E", data)
    assert len(validation.results) == 2
    assert [rule for rule, *_ in found(validation)] == ["objection-unknown"]


def test_a_key_with_an_invisible_character_is_set_aside_and_never_used_beside_an_objection(data):
    change(data, "objections.csv", "received_on\n", f"received_on\n{A},2022-05-01\n")
    deliver(data, *(row(A.replace("Q7XK", key)) for key in ("Q7\u200bXK", "Q7\u00adXK", "Q7XK\u3000")), row(B))
    validation = validate_round("2022E", data)
    assert validation.results["brinvest"].tolist() == ["99ZB00"]
    assert [each[0] for each in found(validation)] == ["text-invisible"] * 3


@pytest.mark.slow
def test_two_children_whose_long_keys_a_spreadsheet_made_one_are_not_joined(data):
    deliver(data, row("99ZA00,2.3E+08"), row("99ZA00,2.3E+08", "BL-E7", "2021-06-09"), row(B))
    validation = validate_round("2022E", data)
    assert validation.results["brinvest"].tolist() == ["99ZB00"]
    assert {each[0] for each in found(validation)} == {"text-damaged"}


def test_results_of_earlier_years_only_and_results_that_no_step_uses_are_told(data):
    old = [row(A, "BL-M7", "2021-01-19"), row(A, "BL-E5", "2019-06-11"), row(A, "BL-M5", "2019-01-16")]
    deliver(data, *old, row(B), row(B, "BL-E7", "2021-06-09"))
    validation = validate_round("2022E", data)
    assert found(validation) == [
        ("rows-of-earlier-years", "warning", "99ZA00", "cito/een.csv", 2, "BRINVEST"),
        ("rows-too-old", "warning", "99ZA00", "cito/een.csv", 3, "BRINVEST"),
    ]
    assert "2 resultaten van voor schooljaar 2019-2020" in validation.findings["message"][1]
    assert len(validation.results) == 5


def test_a_bad_file_of_any_kind_is_a_finding_and_the_others_are_used(data):
    deliver(data, row(A), row(B))
    folder = data / "exports" / "2022E" / "cito"
    os.mkfifo(folder / "pijp.csv")
    (folder / "nul.csv").symlink_to("/dev/zero")
    (folder / "weg.csv").symlink_to(folder / "niets.csv")
    (folder / "lang.csv").write_text(f"{HEADER}\n{'x' * 200_000}\n")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).write_text(f"{HEADER}\n{row(A, 'BL-M7', score='x')}\n")
    validation = round_pipeline.validate("2022E", data)
    assert {(rule, file) for rule, _, _, file, *_ in found(validation)} == {
        ("file-unreadable", "cito/pijp.csv"),
        ("file-unreadable", "cito/nul.csv"),
        ("file-unreadable", "cito/weg.csv"),
        ("row-too-long", "cito/lang.csv"),
        ("score-not-numeric", r"cito/caf\xe9.csv"),
    }
    assert len(validation.results) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read any file")
def test_a_delivery_that_may_not_be_read_is_a_finding(data):
    deliver(data, row(A), row(B))
    deliver(data, row(A), name="dicht.csv")
    (data / "exports/2022E/cito/dicht.csv").chmod(0)
    assert [each[0] for each in found(round_pipeline.validate("2022E", data))] == ["file-unreadable"]


@pytest.mark.slow
def test_the_traits_of_schools_are_read_when_a_round_is_validated(data):
    deliver(data, row(A), row(B))
    (data / "background/schools.csv").write_text("brinvest,size\n99ZA00,0\n99ZB00,120\n")
    validation = validate_round("2022E", data)
    assert found(validation) == [("number-not-possible", "warning", None, "background/schools.csv", 2, "size")]
    assert validation.own_findings[0].startswith("background/schools.csv, rij 2, kolom size: ")
    (data / "background/schools.csv").write_text("brinvest,size\n99ZA00,veel\n")
    with pytest.raises(UnusableInput, match=r"schools\.csv, row 2, column size"):
        validate_round("2022E", data)


# --- one file, one row or one word ends no round -------------------------------------------------

ALSO_HERE = ["0LLN-Q7XK-1", "lln-q7xk-1"]


@pytest.mark.slow
@pytest.mark.parametrize("key", ALSO_HERE)
@pytest.mark.parametrize("exact_too", [False, True])
def test_an_objection_with_its_key_in_the_background_holds_for_a_pupil_delivered_under_nearly_that_key(
    data, key, exact_too
):
    change(data, "objections.csv", "received_on\n", "received_on\n99ZA00,LLN-Q7XK-1,2022-05-01\n")
    deliver(data, row(f"99ZA00,{key}"), row(B))
    if exact_too:
        deliver(data, row(A), name="ander.csv")
    made = validate_round("2022E", data)
    assert made.results["brinvest"].tolist() == ["99ZB00"]
    assert [each[0] for each in found(made)] == ["objection-nearly", "objection-other-key"]
    assert made.counts["withdrawn"] == exact_too


def test_a_pupil_of_the_background_is_another_than_the_pupil_of_an_objection_with_nearly_that_key(data):
    with (data / "background/pupils.csv").open("a") as file:
        file.write("99ZA00,LLN-Q7XK1,jongen,laag,nee,ja\n")
    change(data, "objections.csv", "received_on\n", "received_on\n99ZA00,LLN-Q7XK-1,2022-05-01\n")
    deliver(data, row("99ZA00,LLN-Q7XK1"), row(A), row(B))
    made = validate_round("2022E", data)
    assert (made.counts["used"], made.counts["withdrawn"], len(made.findings)) == (2, 1, 0)


LONG_AGO = ["1922-01-19", "0022-01-19", "0000-01-19", "1677-01-01", "2010-07-31"]


@pytest.mark.slow
def test_a_date_far_in_the_past_sets_its_row_aside_and_nothing_else(data):
    deliver(data, *(row(A, day=day) for day in LONG_AGO), row(B))
    made = validate_round("2022E", data)
    places = [(rule, *rest[2:]) for rule, _, *rest in found(made) if rule == "date-too-old"]
    assert places == [("date-too-old", n, "AFNAMEDATUM") for n in range(2, 2 + len(LONG_AGO))]
    assert made.results["brinvest"].tolist() == ["99ZB00"]


@pytest.mark.slow
def test_a_file_that_no_table_can_hold_is_set_aside_and_the_others_are_used(data, monkeypatch):
    real = validation.check

    def refusing(files, latest):
        if any("kapot" in file.file for file in files):
            raise ContractError("Table results, column school_year: a value does not match.")
        return real(files, latest)

    monkeypatch.setattr(validation, "check", refusing)
    for name in ("een.csv", "kapot1.csv", "drie.csv", "kapot2.csv"):
        deliver(data, row(A if name != "een.csv" else B), name=name)
    made = validate_round("2022E", data)
    told = [(rule, file) for rule, _, _, file, *_ in found(made)]
    assert told == [("file-not-processed", "cito/kapot1.csv"), ("file-not-processed", "cito/kapot2.csv")]
    assert made.results["source_file"].tolist() == ["cito/drie.csv", "cito/een.csv"]
    assert made.counts["quarantined"] == 2


@pytest.mark.slow
def test_what_a_computer_leaves_is_skipped_and_all_else_that_lies_astray_is_told_and_stops_nothing(data):
    deliver(data, row(A), row(B))
    round_folder = data / "exports/2022E"
    for name in ("desktop.ini", "Thumbs.db", "cito/Thumbs.db", "cito/._een.csv", "cito/__MACOSX/x", "__MACOSX/cito/x"):
        (round_folder / name).parent.mkdir(parents=True, exist_ok=True)
        (round_folder / name).write_bytes(b"\xd0\xcf\x11\xe0\x00\x01")
    assert found(validate_round("2022E", data)) == []
    (round_folder / "LEESMIJ.txt").write_text("hallo")
    (round_folder / "Parnasys").mkdir()
    (round_folder / "topicus").mkdir()
    (round_folder / "esis").write_text("een bestand")
    (round_folder / "cito/oud").symlink_to(data / "register")
    made = validate_round("2022E", data)
    assert {(rule, file) for rule, _, _, file, *_ in found(made)} == {
        ("delivery-file-stray", "exports/2022E/LEESMIJ.txt"),
        ("delivery-folder-misspelled", "exports/2022E/Parnasys/"),
        ("delivery-folder-stray", "exports/2022E/topicus/"),
        ("delivery-file-stray", "exports/2022E/esis"),
        ("delivery-folder-within", "cito/oud/"),
    }
    assert any("lijkt op parnassys" in told for told in made.own_findings)
    assert len(made.results) == 2


BROKEN = {
    "a word": ("cito/kapot.csv", b"zomaar tekst", True),
    "of this school": ("cito/kapot.csv", b"kop\n99ZB00,1\n", False),
    "of this school in UTF-16": ("cito/kapot.csv", "kop\n99zb00,1\n".encode("utf-16"), False),
    "empty, with this school in its name": ("cito/export-99zb00.csv", b"", False),
    "a zip": ("cito/kapot.csv", b"PK\x03\x04", False),
    "of this school, from another supplier": ("esis/kapot.csv", b"kop\n99ZB00,1\n", True),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", BROKEN)
def test_only_a_broken_file_that_may_hold_a_school_of_its_supplier_silences_that_the_school_is_absent(data, case):
    name, content, told = BROKEN[case]
    deliver(data, row(A))
    path = data / "exports/2022E" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    assert ("school-not-delivered" in [each[0] for each in found(validate_round("2022E", data))]) == told


def message(data: Path, eckids: dict[str, str], name: str = "een.xml", school: str = "99ZA00") -> None:
    """Deliver an UWLR message in which each pupil has the eckid, one line a result."""
    maker = ResultsMaker()
    for pupil in eckids:
        maker.add(pupil, "M5-2022", 250, school=school, scale="CITO-SP-3")
    rows = maker.table()
    folder = data / "exports/2022E/parnassys"
    folder.mkdir(parents=True, exist_ok=True)
    uwlr.write(rows.assign(eckid=rows["pupil_id"].map(eckids)), folder / name)


def rules(validation) -> list[str]:
    """The rules of the findings, without those that every one of these little rounds breaks."""
    usual = {"pupil-without-background", "school-not-delivered", "vendor-other"}
    return [each[0] for each in found(validation) if each[0] not in usual]


@pytest.mark.slow
@pytest.mark.parametrize("word", ["onbekend", "0", "https://ketenid.example/"])
def test_an_eckid_of_several_pupils_of_a_school_identifies_nobody_and_spreads_no_objection(data, word):
    change(data, "objections.csv", "received_on\n", "received_on\n99ZA00,P-1,2022-05-01\n")
    message(data, {f"P-{n}": word for n in range(1, 6)})
    message(data, {"Q-1": word.upper()}, "twee.xml", "99ZB00")
    made = validate_round("2022E", data)
    assert (made.counts["used"], made.counts["withdrawn"]) == (5, 1)
    assert made.results["pupil_id"].nunique() == 5
    assert rules(made) == ["eckid-shared", "eckid-shared"]
    first = made.findings[made.findings["rule"] == "eckid-shared"]
    assert first["file"].tolist() == ["parnassys/een.xml", "parnassys/twee.xml"]
    assert first["column"].tolist() == ["eckid"] * 2
    assert first["row"].notna().all()


def test_an_objection_holds_for_the_other_id_too_where_two_ids_of_a_school_have_one_eckid(data):
    change(data, "objections.csv", "received_on\n", "received_on\n99ZA00,P-1,2022-05-01\n")
    message(data, {"P-1": "een", "P-2": "een", "P-3": "twee"})
    made = validate_round("2022E", data)
    assert (made.counts["used"], made.counts["withdrawn"]) == (1, 2)
    assert sorted(rules(made)) == ["eckid-shared", "objection-elsewhere"]


@pytest.mark.slow
def test_an_objection_that_holds_at_another_school_by_the_eckid_is_told_with_the_number_of_keys(data):
    change(data, "objections.csv", "received_on\n", "received_on\n99ZA00,P-1,2022-05-01\n")
    message(data, {"P-1": "een", "P-2": "twee"})
    message(data, {"Q-1": "een", "Q-2": "drie"}, "twee.xml", "99ZB00")
    made = validate_round("2022E", data)
    assert (made.counts["used"], made.counts["withdrawn"]) == (2, 2)
    assert rules(made) == ["objection-elsewhere"]
    assert "Aantal andere sleutels: 1." in made.findings.set_index("rule")["message"]["objection-elsewhere"]
    assert not any(key in " ".join(made.own_findings) for key in ("P-1", "Q-1"))


@pytest.mark.slow
def test_a_message_on_one_line_is_used_whole_and_its_row_numbers_are_explained_where_a_finding_has_one(data):
    message(data, {f"P-{n}": f"e{n}" for n in range(5)})
    path = data / "exports/2022E/parnassys/een.xml"
    one_line = path.read_text(encoding="utf-8").replace("\n", "")
    path.write_text(one_line, encoding="utf-8")
    made = validate_round("2022E", data)
    assert made.results["source_row"].tolist() == [1, 2, 3, 4, 5]
    score = "vaardigheidsscore>250<"
    assert one_line.count(score) == 5
    path.write_text(one_line.replace(score, "vaardigheidsscore>veel<", 2), encoding="utf-8")
    made = validate_round("2022E", data)
    assert made.results["source_row"].tolist() == [3, 4, 5]
    places = made.findings[made.findings["rule"] == "score-not-numeric"]
    assert places["row"].tolist() == [1, 2]
    assert rules(made)[0] == "rows-counted"


@pytest.mark.slow
def test_two_files_whose_names_look_alike_are_two(data):
    folder = data / "exports/2022E/cito"
    deliver(data, row(A), name=r"caf\xe9.csv")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).write_text(f"{HEADER}\n{row(B)}\n")
    made = validate_round("2022E", data)
    assert sorted(made.results["source_file"]) == [r"cito/caf\\xe9.csv", r"cito/caf\xe9.csv"]


@pytest.mark.slow
def test_rows_of_the_background_of_schools_that_are_not_in_the_register_are_told_once_a_file(data):
    deliver(data, row(A), row(B))
    extra = "".join(f"98XX00,LLN-{number}\n" for number in range(7))
    (data / "background/pupils.csv").write_text(f"brinvest,pupil_id,sex\n{extra.replace(chr(10), ',meisje' + chr(10))}")
    (data / "background/schools.csv").write_text("brinvest,size\n99ZA00,50\n98XX00,120\n")
    validation = validate_round("2022E", data)
    unknown = validation.findings[validation.findings["rule"] == "background-school-unknown"]
    assert unknown[["file", "row"]].to_numpy().tolist() == [["background/pupils.csv", 2], ["background/schools.csv", 3]]
    assert unknown["message"].iloc[0].startswith("7 rijen")
    assert "De eerste rijen: 2, 3, 4, 5, 6." in unknown["message"].iloc[0]
    assert not unknown["message"].str.contains("LLN").any()
