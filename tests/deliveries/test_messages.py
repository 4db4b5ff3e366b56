"""What messages say of themselves: which of two is the later, and what is said of a day or a year that cannot be."""

from datetime import date

import pytest

from nco.base import all_settings
from nco.deliveries import messages, readers
from tests.support.golden import GOLDEN

MESSAGE = (GOLDEN / "pass" / "uwlr-all-tests.xml").read_text(encoding="utf-8")  # its last test: 2022-01-19
CSV = (GOLDEN / "pass" / "all-tests.csv").read_bytes()
ROUND = all_settings.load().round("2022E")
LATEST = ROUND.publication
IMPOSSIBLE = [
    "0001-01-01T00:00:00", "2099-01-01T00:00:00", "2022-01-18T23:59:59", "12023-08-01T06:00:00", "2022-10-04T06:00:00",
    "9999-12-31T23:59:59-14:00", "-2022-08-01T06:00:00",
]  # fmt: skip
POSSIBLE = ["2022-01-19T00:00:00", "2022-10-02T24:00:00Z", "2022-07-31T24:00:00", "2022-08-01T06:00:00.123+02:00"]


@pytest.fixture
def read(tmp_path):
    def of(name: str, created: str = "2022-08-01T06:00:00", year: str = "2021-2022") -> readers.RawFile:
        text = MESSAGE.replace("2022-08-01T06:00:00", created).replace(">2021-2022<", f">{year}<")
        (tmp_path / name).write_bytes(CSV if name.endswith(".csv") else text.encode())
        return readers.read_raw(tmp_path / name)

    return of


def told(*files: readers.RawFile) -> list[tuple]:
    found = messages.findings(files, ROUND, LATEST)
    return [(each.rule, each.severity, each.file, each.brinvest, each.row, each.column) for each in found]


@pytest.mark.parametrize("created", IMPOSSIBLE)
def test_a_message_of_a_day_that_cannot_be_is_told_with_its_place_and_counts_as_the_oldest(read, created):
    wrong, right = read("b.xml", created), read("a.xml", "2022-02-01T06:00:00")
    assert told(right, wrong) == [("message-date-not-possible", "warning", "b.xml", "99ZA00", 3, "aanmaakdatum")]
    assert messages.order([wrong, right], LATEST) == {"b.xml": 0, "a.xml": 1}


@pytest.mark.parametrize("created", POSSIBLE)
def test_a_message_of_a_day_that_can_be_is_in_its_order_and_nothing_is_said(read, created):
    files = [read("b.xml", "2022-01-19T00:00:00"), read("a.xml", created)]
    assert told(*files) == []
    assert messages.order(files[::-1], date(2022, 10, 3))["a.xml"] == (created != POSSIBLE[0])


def test_files_without_a_day_come_last_by_their_name(read):
    files = [read("z.csv"), read("b.csv"), read("a.xml"), read("0.xml", "2099-01-01T00:00:00")]
    assert sorted(messages.order(files, LATEST), key=messages.order(files, LATEST).get) == [
        "0.xml",
        "a.xml",
        "b.csv",
        "z.csv",
    ]
    assert told(files[0]) == []


@pytest.mark.parametrize("year", ["2020-2021", "2022-2023", "2021-2023"])
def test_a_message_of_another_school_year_than_the_round_is_told(read, year):
    assert told(read("a.xml", year=year)) == [
        ("message-other-school-year", "warning", "a.xml", "99ZA00", 3, "schooljaar"),
    ]
