"""Which schools a refused file names: only where a code belongs, and only schools of the register."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.deliveries import named_schools

ENROLLED = ("99AA00", "99AB00", "99AB01", "99AC00")
HEADER = "BRINVEST,LEERLING_ID,GROEP"
MESSAGE = "<?xml version='1.0'?><v><school><l:brincode>99AA</l:brincode>{}</school><resultaat/><resultaat/>"


def named(tmp_path, content: str | bytes, name: str = "levering.csv", n_rows: int = 3) -> dict[str, int]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return named_schools.of_file(path, n_rows, ENROLLED)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("99AA00-2023E.xml", {"99AA00": 3}),
        ("cito-2023E-99aa00_2.csv", {"99AA00": 3}),
        ("99AC.csv", {"99AC00": 3}),
        ("99AB.csv", {"99AB00": 0, "99AB01": 0}),  # nobody can say of which of the two
        ("99AA00-99AC00.csv", {"99AA00": 0, "99AC00": 0}),
        ("99ZZ00.csv", {}),  # of no school of the register
        ("199AA00.csv", {}),  # part of another number
        ("levering.csv", {}),
    ],
)
def test_a_code_in_the_name_is_that_of_the_school_of_the_register(tmp_path, name, found):
    assert named(tmp_path, b"PK\x03\x04 99AC00", name) == found


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_column_of_codes_is_read_whatever_separator_and_encoding(tmp_path, separator, encoding):
    lines = [HEADER, "99AA00,x,5", "99AC00,é,5", "99aa00,y,5"]
    content = "\r\n".join(lines).replace(",", separator).encode(encoding)
    assert named(tmp_path, content) == {"99AA00": 2, "99AC00": 1}


def test_an_empty_vestiging_is_the_main_one_and_an_impossible_one_names_all(tmp_path):
    content = 'Brin;Vestiging;Leerlingnummer\n99AB;;1\n"99AB";"01";2\n99AB;x;3\n'
    assert named(tmp_path, content) == {"99AB00": 1, "99AB01": 1}


def test_codes_elsewhere_in_a_file_name_nobody(tmp_path):
    assert named(tmp_path, "LEERLING_ID,OPMERKING\n99AA00,zie 99AC00\n") == {}
    assert named(tmp_path, f"{HEADER}\n,99AA00,99AC00\nx 99AA00,1,2\n") == {}
    assert named(tmp_path, "BRINVEST,BRINVEST\n99AA00,99AC00\n") == {}


def test_a_message_is_of_the_school_in_its_head(tmp_path):
    place = "<l:dependancecode> 00 </l:dependancecode>"
    assert named(tmp_path, MESSAGE.format(place), n_rows=2) == {"99AA00": 2}
    assert named(tmp_path, MESSAGE.format(""), n_rows=2) == {"99AA00": 2}
    assert named(tmp_path, MESSAGE.format(place).encode("utf-16"), n_rows=2) == {"99AA00": 2}
    assert named(tmp_path, MESSAGE.format("<brincode>99AC</brincode>"), n_rows=2) == {}  # of which of the two?
    assert named(tmp_path, MESSAGE.format("<dependancecode>07</dependancecode>"), n_rows=2) == {}


def test_an_open_quote_takes_no_other_line_with_it(tmp_path):
    assert named(tmp_path, f'{HEADER}\n99AA00,"x,5\n99AC00,y,5\n') == {"99AA00": 1, "99AC00": 1}


@settings(max_examples=150)
@given(content=st.binary(max_size=300) | st.text(max_size=200).map(str.encode), n_rows=st.integers(0, 5))
def test_no_file_names_a_school_out_of_the_register_or_more_rows_than_it_has(tmp_path_factory, content, n_rows):
    path = tmp_path_factory.getbasetemp() / "99AA00.csv"
    path.write_bytes(b"BRINVEST,LEERLING_ID\n99AC00,1\n" + content)
    found = named_schools.of_file(path, n_rows, ENROLLED)
    assert set(found) <= set(ENROLLED)
    assert {"99AA00"} <= set(found)
    assert sum(found.values()) <= n_rows
