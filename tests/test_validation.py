"""A whole round: files against the register and the background, and the message of a delivery that fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from nco_utils.errors import UnusableInput
from nco_utils.exports import cito
from nco_utils.validation import DeliveryFailed, require_passed, validate_round

HEADER = ",".join(cito.COLUMNS)
FILES = {
    "register/boards.csv": "board_number,board_name\n99801,Bestuur Een\n",
    "register/schools.csv": (
        "brinvest,school_name,board_number,sector,denomination,vendor\n"
        "99ZA00,School A,99801,bo,Openbaar,cito\n"
        "99ZB00,School B,99801,bo,Openbaar,cito\n"
    ),
    "register/approvals.csv": "brinvest,school_year,approved_on\n",
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
    shown = validation.findings[["rule", "severity", "brinvest", "file", "row", "column"]].astype("object")
    return [tuple(record) for record in shown.where(shown.notna(), None).to_numpy().tolist()]


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
    assert validation.passed
    assert found(validation) == []
    assert validation.results[["source_file", "source_row", "brinvest"]].to_numpy().tolist() == [
        ["cito/a.csv", 2, "99ZA00"],
        ["cito/b.csv", 2, "99ZB00"],
        ["cito/b.csv", 3, "99ZB00"],
    ]


def test_a_school_that_is_not_enrolled_is_an_error_at_its_first_row_and_gives_no_result(data):
    deliver(data, row(A), row(B), row("99ZX00,LLN-Q7XK-3"), row("99ZX00,LLN-Q7XK-4"))
    validation = validate_round("2022E", data)
    assert found(validation) == [("school-not-enrolled", "error", "99ZX00", "cito/een.csv", 4, "BRINVEST")]
    assert not validation.passed
    assert validation.results["brinvest"].tolist() == ["99ZA00", "99ZB00"]


def test_a_pupil_without_background_is_a_warning_and_stays(data):
    deliver(data, row(A), row(B), row("99ZA00,LLN-Q7XK-2"), row("99ZA00,LLN-Q7XK-2", "BL-E7", "2021-06-09"))
    validation = validate_round("2022E", data)
    assert found(validation) == [("pupil-without-background", "warning", "99ZA00", "cito/een.csv", 4, "LEERLING_ID")]
    assert validation.passed
    assert len(validation.results) == 4


def test_an_enrolled_school_without_a_row_is_a_warning_that_points_into_the_register(data):
    deliver(data, row(A))
    validation = validate_round("2022E", data)
    assert found(validation) == [
        ("school-not-delivered", "warning", "99ZB00", "register/schools.csv", 3, "brinvest"),
    ]
    assert validation.passed


def test_a_pupil_with_an_objection_is_in_no_result_and_no_finding(data):
    objection = FILES["register/objections.csv"] + "99ZA00,LLN-Q7XK-9,2022-09-01\n"
    (data / "register/objections.csv").write_text(objection, encoding="utf-8")
    deliver(data, row(A), row(B), row("99ZA00,LLN-Q7XK-9"))
    validation = validate_round("2022E", data)
    assert validation.results["pupil_id"].tolist() == ["LLN-Q7XK-1", "LLN-Q7XK-2"]
    assert found(validation) == []


def test_a_broken_file_does_not_hide_the_others_and_makes_no_school_look_absent(data):
    deliver(data, row(A), name="a.csv")
    deliver(data, row(B), name="b.csv", header=HEADER.replace("SCHAAL", "SCALE"))
    validation = validate_round("2022E", data)
    assert found(validation) == [("column-renamed", "error", None, "cito/b.csv", 1, "SCHAAL")]
    assert validation.results["brinvest"].tolist() == ["99ZA00"]


def test_only_broken_files_give_findings_and_no_results(data):
    deliver(data)
    validation = validate_round("2022E", data)
    assert found(validation) == [("file-without-rows", "error", None, "cito/een.csv", None, None)]
    assert validation.results.empty


def test_a_test_after_the_rounds_publication_is_in_the_future(data):
    deliver(data, row(A), row(B, "BL-M8", "2022-12-05"))
    rules = validate_round("2022E", data).findings["rule"].tolist()
    assert rules == ["date-in-future"]


def test_a_failed_delivery_names_file_row_column_and_what_to_do_and_no_pupils_value(data):
    bad = [row(f"99ZA00,LLN-Q7XK-{n}", score="137.125") for n in range(10, 17)]
    deliver(data, row(A), row(B), *bad)
    validation = validate_round("2022E", data)
    with pytest.raises(DeliveryFailed) as raised:
        require_passed(validation, "2022E", data / "2022E" / "findings.parquet")
    lines = str(raised.value).splitlines()
    assert lines[0] == "De levering van ronde 2022E heeft 7 fouten; er is niets gemaakt."
    assert lines[1] == (
        "  cito/een.csv, rij 4, kolom VAARDIGHEIDSSCORE, school 99ZA00: "
        "Deze vaardigheidsscore kan op deze schaal niet voorkomen. "
        "Controleer of score en schaalcode bij elkaar horen; een ruwe score of percentage is geen vaardigheidsscore."
    )
    assert lines[6:] == ["  En nog 2.", f"Alle bevindingen staan in {data / '2022E' / 'findings.parquet'}."]
    assert "Q7XK" not in str(raised.value)
    assert "137" not in str(raised.value)


def test_a_delivery_with_warnings_only_does_not_fail(data):
    deliver(data, row(A), row(B, day="2022-04-01"))
    validation = validate_round("2022E", data)
    assert validation.findings["rule"].tolist() == ["date-outside-window"]
    require_passed(validation, "2022E", data / "2022E" / "findings.parquet")


def test_a_wrong_round_and_missing_or_misplaced_exports_are_refused(data):
    with pytest.raises(UnusableInput, match="Round '2022X' does not exist"):
        validate_round("2022X", data)
    with pytest.raises(UnusableInput, match=r"2022E does not exist: there is no delivery for this round"):
        validate_round("2022E", data)
    (data / "exports/2022E/cito").mkdir(parents=True)
    with pytest.raises(UnusableInput, match="holds no file"):
        validate_round("2022E", data)
    (data / "exports/2022E/cito/2022").mkdir()
    with pytest.raises(UnusableInput, match="is a folder"):
        validate_round("2022E", data)
    (data / "exports/2022E/cito/2022").rmdir()
    (data / "exports/2022E/los.csv").write_text("x")
    with pytest.raises(UnusableInput, match=r"los.csv is not the folder of a vendor"):
        validate_round("2022E", data)


WATCHED = """
import socket, sys, threading
import nco_utils.validation as validation
assert "great_expectations" not in sys.modules, "loaded before it is needed"
def refuse(*_):
    raise SystemExit("a connection was tried")
socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
assert validation.validate_round("2022E", sys.argv[1]).passed
assert "great_expectations" in sys.modules
assert threading.active_count() == 1, "a thread was left"
"""


def test_validation_is_lazy_sends_nothing_leaves_no_thread_and_writes_nothing_at_home(data, tmp_path_factory):
    deliver(data, row(A), row(B))
    home = tmp_path_factory.mktemp("home")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, str(data)], env=environment, cwd=elsewhere, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert (ran.stdout, ran.stderr) == ("", "")
    assert list(home.rglob("*")) == list(elsewhere.rglob("*")) == []
