"""How keys, codes and values are written: what cannot be seen, and what a spreadsheet made of them, in every file."""

import pandas as pd
import pytest

from nco.base import characters
from nco.base.characters import DAMAGED, INVISIBLE

UNSEEN = {
    "no-break space": "L\u00a012", "line end": "L12\n", "tab": "\tL12", "zero width": "L\u200b12",
    "wide space": "L12\u3000", "right to left": "\u200fL12", "soft hyphen": "L\u00ad12",
    "line separator": "L12\u2028", "mark": "\ufeffL12",
    "variation": "L12\ufe0f", "joiner": "L\u034f12", "filler": "\u3164L12", "braille": "L\u280012",
    "control": "L\x8512", "private": "L\ue00012", "lost": "J\ufffdrg",
}  # fmt: skip
SPREADSHEET = [
    "2,3E+08", "2.34e+08", "1E-05", "7,5E9", "####", "#N/B", "#DIV/0!", "#WAARDE!", "NULL", "NaN", "none", "=A1+1",
]  # fmt: skip
OF_KEYS = ["123.0", "123,00", "3-mrt", "MEI-12", "12-jan-23", "123456789012345000", "2022-01-18 00:00:00"]
GOOD = ["L-12&é", "5E12", "12E34", "91EA00", "Nanda", "12 34", "1-2", "RW-M5", "1234567890123456", "#12", "99AA00", "0"]


def faults(texts: list[str], key: bool) -> list[str | None]:
    found = characters.faults(pd.Series(texts, dtype="str"), key)
    return [None if pd.isna(each) else each for each in found]


@pytest.mark.parametrize("kind", UNSEEN)
def test_a_character_that_cannot_be_seen_is_found_in_keys_and_in_values(kind):
    assert faults([UNSEEN[kind]], key=True) == faults([UNSEEN[kind]], key=False) == [INVISIBLE]


def test_two_ways_to_write_one_letter_are_told_apart_in_keys_only():
    assert faults(["Zoe\u0308", "\uff11\uff12"], key=True) == [INVISIBLE, INVISIBLE]
    assert faults(["Zoe\u0308"], key=False) == [None]


def test_what_a_spreadsheet_makes_of_a_key_is_found_and_what_looks_like_it_is_not():
    assert faults(SPREADSHEET, key=True) == faults(SPREADSHEET, key=False) == [DAMAGED] * len(SPREADSHEET)
    assert faults(OF_KEYS, key=True) == [DAMAGED] * len(OF_KEYS)
    assert faults(GOOD, key=True) == [None] * len(GOOD)


def test_a_score_may_have_decimals_and_nothing_is_wrong_with_nothing():
    assert faults(["150,0", "150.0"], key=False) == [None, None]
    assert characters.faults(pd.Series([pd.NA, ""], dtype="str"), key=True).isna().all()


def test_a_squeezed_key_lacks_what_is_easily_lost():
    keys = pd.Series(["0012", "12", "aa-50", "AA 50", "A\u200bA50", "000", pd.NA], dtype="str")
    assert characters.squeezed(keys).tolist()[:-1] == ["12", "12", "aa50", "aa50", "aa50", "0"]


ALIKE = [
    "caf\udce9",
    r"caf\xe9",
    "caf\u00e9",
    r"caf\\xe9",
    "a\x85",
    "a\udc85",
    r"a\u0085",
    "a\n",
    r"a\n",
    "a\u200b",
    r"a\u200b",
]


def test_no_two_names_of_files_are_written_alike():
    assert len({characters.legible(name) for name in ALIKE}) == len(ALIKE)


def test_any_name_of_a_file_can_be_written():
    names = {"caf\udce9.xml": r"caf\xe9.xml", "a\nb.xml": r"a\nb.xml", "é–x.xml": "é–x.xml", "a\u200bb": r"a\u200bb"}
    for name, told in names.items():
        assert characters.legible(name) == told
        told.encode("utf-8")
