"""What a validated round leaves on disk."""

from pathlib import Path

import pandas as pd
import pytest

from nco_utils import enrolment, params, rounds, tables
from nco_utils.errors import UnusableInput
from tests.test_validation import FILES, A, B, change, deliver, row


@pytest.fixture
def data(tmp_path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_round_with_something_set_aside_leaves_its_tables_and_reports_and_goes_on(data):
    deliver(data, row(A), row(B), row(B, "RW-M8"))
    checked = rounds.validate("2022E", data)
    folder = data / "2022E"
    for name, table in (("results", tables.RESULTS), ("quarantine", tables.QUARANTINE), ("account", tables.ACCOUNT)):
        pd.testing.assert_frame_equal(tables.read(table, folder), getattr(checked, name))
    assert rounds.set_aside("2022E", data)["rule"].tolist() == ["scale-of-other-domain"]
    assert (folder / "leveringsverslag/schools/99ZB00.html").is_file()
    assert not list(folder.glob(".*"))


def test_a_delivery_of_which_nothing_is_usable_leaves_no_results_of_an_earlier_one(data):
    deliver(data, row(A), row(B))
    rounds.validate("2022E", data)
    deliver(data, row(A, score="999"))
    with pytest.raises(UnusableInput, match="niets bruikbaar"):
        rounds.validate("2022E", data)
    folder = data / "2022E"
    assert not (folder / "results.parquet").exists()
    assert tables.read(tables.ACCOUNT, folder)["n_quarantined"].tolist() == [1]
    assert "Daarvan is niets gebruikt" in (folder / "leveringsverslag/schools/99ZA00.html").read_text(encoding="utf-8")


def test_a_school_without_approval_gets_no_report(data):
    change(data, "approvals.csv", "99ZB00,2021-2022,2022-07-31\n", "")
    schools = enrolment.taking_part(enrolment.read_register(data), params.load().round("2022E"))
    assert schools["brinvest"].tolist() == ["99ZA00"]
