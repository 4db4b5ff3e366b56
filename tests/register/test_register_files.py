"""What people do to files of the register and the background, and what is said of it: refused, or told."""

import os
import re
from pathlib import Path

import pytest

from nco.base import all_settings
from nco.register.enrolment import participation, read_all_background, read_notice, read_register
from nco.register.findings import Finding
from nco.release import provenance
from nco_utils.errors import UnusableInput
from nco_utils.tables import BACKGROUND, REGISTER
from tests.register.test_enrolment import FILES

TRAITS = "brinvest,size,urbanity,schoolweging,denomination\n99ZA00,210,2,29.8,Openbaar\n99ZA01,95,3,31.2,Openbaar\n"
HISTORY = "brinvest,board_number,from,until\n99ZA00,99802,,2022-07-31\n99ZA00,99801,2022-08-01,\n"
LEVELS = "brinvest,school_year,subject,n_below_1f,n_1f,n_2f_or_1s\n99ZA00,2021-2022,lezen,1,9,12\n"
ALL = FILES | {
    "background/schools.csv": TRAITS,
    "background/reference_levels.csv": LEVELS,
    "register/school_boards.csv": HISTORY,
}


@pytest.fixture
def data(tmp_path) -> Path:
    for name, text in ALL.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def read(data: Path) -> tuple[Finding, ...]:
    return read_register(data).findings + read_all_background(data).findings


def refused(data: Path, file: str, text: str | bytes) -> str:
    """What is said of the data folder with another text in a file; never a pupil's key."""
    path = data / file
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UnusableInput) as raised:
        read(data)
    said = str(raised.value)
    assert said.startswith(str(data))
    assert "LLN" not in said.replace(path.name, "")
    path.write_text(ALL[file], encoding="utf-8")
    return said.removeprefix(str(data) + "/")


def test_a_register_and_background_without_faults_have_no_findings(data):
    assert read(data) == ()


MISSPELLED = {
    "register/boards.csv": {"board_number,board_name": ["Board_Number,board_name", "board_number,board name"]},
    "register/schools.csv": {
        "denomination,vendor": ["denominatie,vendor", "denomination,vendor,Closed", "denomination,vendor,geopend"],
    },
    "register/school_boards.csv": {"from,until": ["From,until", "from,untill", "vanaf,until", "form,until"]},
    "background/pupils.csv": {
        "sex,ses_class": ["geslacht,ses_class", "Sex,ses_class", "sex,SES class", "sexe,ses_class"],
        "minority": ["minoritiy", "Opleiding ouders", "houshold"],
    },
    "background/reference_levels.csv": {
        "subject,n_below_1f": ["vak,n_below_1f", "subject,lager1f", "Subject,n_below_1f"]
    },
    "background/schools.csv": {"size,urbanity": ["Size,urbanity", "size,stedelijkheid", "sise,urbanity"]},
}


@pytest.mark.parametrize("file", MISSPELLED)
def test_a_column_with_nearly_the_name_of_one_that_is_not_there_is_refused_with_the_name_that_is_meant(data, file):
    for right, wrongs in MISSPELLED[file].items():
        for wrong in wrongs:
            text = ALL[file].replace(right, wrong, 1)
            if len(wrong.split(",")) > len(right.split(",")):
                text = "\n".join(line + "," * (place > 0) for place, line in enumerate(text.splitlines()))
            said = refused(data, file, text)
            assert said.startswith(f"{file}, row 1: the column ")
            assert "did you mean " in said


def test_a_known_column_twice_in_other_capitals_is_refused(data):
    text = TRAITS.replace("denomination", "denomination,Size").replace("Openbaar", "Openbaar,100")
    assert "did you mean size" in refused(data, "background/schools.csv", text)


def test_a_column_of_something_else_is_told_once_with_its_place_and_what_is_lacking(data):
    lines = ALL["background/pupils.csv"].splitlines()
    text = "\n".join(line + ("," + ("opmerking" if place == 0 else "LLN")) for place, line in enumerate(lines))
    (data / "background/pupils.csv").write_text(text, encoding="utf-8")
    (found,) = read(data)
    assert (found.rule, found.severity) == ("register-column-unknown", "warning")
    assert (found.file, found.row, found.column) == ("background/pupils.csv", 1, "opmerking")
    assert "education, migration" in found.message
    assert "LLN" not in str(found)


IDENTIFIERS = ["bsn", "BSN", "Burgerservicenummer", "onderwijsnummer", "achternaam", "geboortedatum", "e-mail"]


@pytest.mark.parametrize("name", IDENTIFIERS)
@pytest.mark.parametrize("file", ["background/pupils.csv", "register/objections.csv"])
def test_a_column_of_direct_identifiers_of_pupils_is_refused(data, file, name):
    lines = ALL[file].splitlines()
    text = "\n".join(f"{line},{name if place == 0 else '111222333'}" for place, line in enumerate(lines))
    said = refused(data, file, text)
    assert said.startswith(f"{file}, row 1, column ")
    assert "identifier-" in said
    assert "111222333" not in said


def test_a_board_may_have_a_telephone_and_no_citizen_service_number(data):
    text = "board_number,board_name,{}\n99801,Bestuur Een,1\n99802,Bestuur Twee,2\n"
    assert "identifier-bsn" in refused(data, "register/boards.csv", text.format("bsn"))
    (data / "register/boards.csv").write_text(text.format("telefoon"))
    assert [(found.rule, found.column) for found in read(data)] == [
        ("register-column-unknown", "telefoon"),
        ("contracts-not-kept", "contract_received_on"),
    ]


def test_a_file_with_nearly_the_name_of_one_that_is_not_there_is_refused_and_another_is_told(data):
    (data / "background/schools.csv").rename(data / "background/Schools.csv")
    with pytest.raises(UnusableInput, match=r"Schools\.csv is not read: did you mean schools\.csv"):
        read(data)
    (data / "background/Schools.csv").rename(data / "background/schools.csv")
    (data / "background/schools oud.csv").write_text("x")
    (data / "register/.DS_Store").write_text("x")
    (found,) = read(data)
    assert (found.rule, found.file) == ("register-file-unknown", "background/schools oud.csv")


KEYS = {
    "register/boards.csv": ("99802", "board_number"),
    "register/schools.csv": ("99ZA00", "brinvest"),
    "register/approvals.csv": ("99ZA00", "brinvest"),
    "register/objections.csv": ("LLN-1", "pupil_id"),
    "register/school_boards.csv": ("99802", "board_number"),
    "background/pupils.csv": ("LLN-1", "pupil_id"),
    "background/schools.csv": ("99ZA00", "brinvest"),
}
DAMAGE = ["{}\u00a0", "\u200b{}", "{}\u3000", "\u200f{}", "\u00ad{}", "{}\t", "2,3E+08", "1.5e+09", "#N/B", "=1"]


@pytest.mark.slow
@pytest.mark.parametrize("file", KEYS)
def test_a_key_with_an_invisible_character_or_damaged_by_a_spreadsheet_is_refused_with_row_and_column(data, file):
    key, column = KEYS[file]
    row = next(n for n, line in enumerate(ALL[file].splitlines(), 1) if key in line)
    for damage in DAMAGE:
        damaged = damage.format(key)
        said = refused(data, file, ALL[file].replace(key, f'"{damaged}"', 1))
        assert said.startswith(f"{file}, row {row}, column {column}: the value ")
        assert "cannot be seen" in said or "spreadsheet" in said


def test_a_value_with_an_invisible_character_is_refused_as_such(data):
    said = refused(data, "background/schools.csv", TRAITS.replace("29.8", "29.8\u00a0"))
    assert said.startswith("background/schools.csv, row 2, column schoolweging: the value holds a character")
    said = refused(data, "background/schools.csv", TRAITS.replace("Openbaar", "Open\u00adbaar", 1))
    assert said.startswith("background/schools.csv, row 2, column denomination: the value holds a character")


@pytest.mark.parametrize("size", ["0", "-5", "10001"])
def test_a_size_that_cannot_be_is_told_with_row_and_column_and_counts_as_unknown(data, size):
    (data / "background/schools.csv").write_text(TRAITS.replace("95", size))
    background = read_all_background(data)
    assert background.school_traits["size"].isna().tolist() == [False, True]
    (found,) = background.findings
    assert (found.rule, found.severity) == ("number-not-possible", "warning")
    assert (found.file, found.row, found.column) == ("background/schools.csv", 3, "size")


def test_a_weighting_that_cannot_be_is_told_too_and_the_ends_of_the_scale_are_not(data):
    (data / "background/schools.csv").write_text(TRAITS.replace("29.8", "0").replace("31.2", "41"))
    assert [(found.row, found.column) for found in read(data)] == [(2, "schoolweging"), (3, "schoolweging")]
    (data / "background/schools.csv").write_text(TRAITS.replace("29.8", "20").replace("31.2", "40"))
    assert read(data) == ()


REFUSED = {
    "a number of 400 digits": (
        "background/schools.csv",
        "210",
        "1" + "0" * 400,
        "row 2, column size: the value has more",
    ),
    "a masked number": ("background/schools.csv", "210", "<5", "row 2, column size: the value is not an integer"),
    "school years that do not follow": (
        "register/approvals.csv",
        "2021-2022",
        "2021-2023",
        "row 2, column school_year",
    ),
    "boards that share a day": ("register/school_boards.csv", "2022-08-01", "2022-07-31", "row 3: the row gives"),
    "boards without end": (
        "register/school_boards.csv",
        "2022-07-31",
        "",
        "row 3: the row gives the school two boards",
    ),
    "a line end in a field": (
        "register/boards.csv",
        "Bestuur Een",
        '"Bestuur\nEen"',
        "row 2, column board_name: the value has a line end",
    ),
    "an open quote": (
        "register/boards.csv",
        "Bestuur Een",
        '"Bestuur Een',
        "not comma-separated text in UTF-8: the quotes",
    ),
    "semicolons": ("register/boards.csv", ",", ";", "its fields are separated by semicolons"),
    "a row that is too long": ("register/boards.csv", "Bestuur Een", "x" * 200_000, "row 2 is longer than 100,000"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_place(data, case):
    file, old, new, told = REFUSED[case]
    assert told in refused(data, file, ALL[file].replace(old, new, 1 if old != "," else -1))


def test_a_line_end_in_a_file_that_lost_its_header_is_told_without_a_value_of_that_row(data):
    rows = '99AA00,LLN001\n99AA00,"LLN\n002"\n'
    assert "row 2, column 2: the value has a line end" in refused(data, "background/pupils.csv", rows)
    assert "row 2, column 3: the value has a line end" in refused(
        data, "background/pupils.csv", rows.replace('"L', '"1","L')
    )


def test_a_school_that_closes_before_it_opens_is_refused(data):
    text = FILES["register/schools.csv"].replace("vendor\n", "vendor,opened,closed\n").replace("cito\n", "cito,,\n")
    text = text.replace("esis\n", "esis,2022-08-01,2010-07-31\n").replace("parnassys\n", "parnassys,,\n")
    assert "row 3: the row closes before it opens" in refused(data, "register/schools.csv", text)


def test_another_encoding_is_named_with_the_row(data):
    file = "register/boards.csv"
    assert "stored as UTF-16" in refused(data, file, ALL[file].encode("utf-16"))
    assert "row 3 is in another encoding" in refused(data, file, ALL[file].replace("Twee", "Tweeë").encode("cp1252"))


def test_empty_rows_at_the_end_are_none(data):
    (data / "register/boards.csv").write_text(FILES["register/boards.csv"] + ",\n\n,\n")
    assert len(read_register(data).boards) == 2


@pytest.mark.parametrize(
    "file", [*(f"register/{each.name}.csv" for each in REGISTER), *(f"background/{b}" for b in BACKGROUND)]
)
def test_a_pipe_or_a_folder_in_the_place_of_a_file_is_refused_and_not_waited_for(data, file):
    path = data / file
    for make in (os.mkfifo, os.mkdir):
        path.unlink()
        make(path)
        with pytest.raises(UnusableInput, match="Check that it is an ordinary file"):
            read(data)
        path.rmdir() if path.is_dir() else path.unlink()
        path.write_text(ALL[file])


def test_a_notice_in_another_encoding_is_named(data):
    assert read_notice(data) == ""
    (data / "notice.txt").write_bytes("Eén\nen tweeë".encode("cp1252"))
    with pytest.raises(UnusableInput, match=r"notice\.txt is not .*: row 1 is in another encoding"):
        read_notice(data)
    (data / "notice.txt").write_text("Voorlopig: één ronde\n", encoding="utf-8")
    assert read_notice(data) == "Voorlopig: één ronde"


@pytest.mark.parametrize("name", ["contract", "Contract_date", "contract datum", "Getekend op", "received on"])
def test_a_column_that_people_call_the_contract_is_refused_and_never_a_contract_for_everybody(data, name):
    text = f"board_number,board_name,{name}\n99801,Bestuur Een,\n99802,Bestuur Twee,2021-01-01\n"
    assert "did you mean contract_received_on?" in refused(data, "register/boards.csv", text)


LINKS = ["register/school_boards.csv", "background/schools.csv", "notice.txt", "register/boards.csv"]


@pytest.mark.parametrize("file", LINKS)
@pytest.mark.parametrize("target", ["elsewhere/nothing.csv", "itself"])
def test_a_link_that_leads_nowhere_is_no_file_that_was_left_out(data, file, target):
    path = data / file
    path.unlink(missing_ok=True)
    path.symlink_to(path.name if target == "itself" else target)
    with pytest.raises(UnusableInput, match=f"{path.name} (is a link that leads nowhere|cannot be read)"):
        read(data)
        read_notice(data)


def test_a_link_that_leads_nowhere_makes_a_round_another_one(data):
    (data / "exports/2022E/cito").mkdir(parents=True)
    before = provenance.origin("2022E", data).fingerprint
    (data / "notice.txt").symlink_to("nowhere")
    assert provenance.origin("2022E", data).fingerprint != before
    (data / "notice.txt").unlink()
    os.mkfifo(data / "notice.txt")
    assert provenance.origin("2022E", data).fingerprint != before


@pytest.mark.parametrize("name", ["Notice.txt", "notice.TXT", "notitie.txt", "notice.txt.txt", "notice.md", "NOTICE"])
def test_a_notice_under_nearly_its_name_is_refused_wherever_the_data_are_read(data, name):
    (data / name).write_text("Voorlopige cijfers.", encoding="utf-8")
    for reader in (read_notice, read_register):
        with pytest.raises(UnusableInput, match=r"is not read: did you mean notice\.txt"):
            reader(data)
    (data / "notice.txt").write_text("Voorlopige cijfers.", encoding="utf-8")
    assert read_notice(data) == "Voorlopige cijfers."


def test_a_spreadsheet_in_the_place_of_an_optional_file_is_refused(data):
    (data / "background/schools.csv").rename(data / "background/schools.xlsx")
    with pytest.raises(UnusableInput, match=r"schools\.xlsx is not read: did you mean schools\.csv"):
        read(data)


@pytest.mark.parametrize("year", ["0202", "0001", "0021", "1899", "2099", "9999"])
def test_a_day_that_cannot_be_is_told_with_row_and_column_and_counts_as_not_filled_in(data, year):
    (data / "register/boards.csv").write_text(
        f"board_number,board_name,contract_received_on\n99801,Bestuur Een,{year}-05-19\n99802,Bestuur Twee,2021-05-19\n"
    )
    (found,) = read(data)
    assert (found.rule, found.severity) == ("date-not-possible", "warning")
    assert (found.file, found.row, found.column) == ("register/boards.csv", 2, "contract_received_on")
    assert "01-01-2000 tot en met 31-12-2049" in found.message
    boards = read_register(data).boards
    assert boards["contract_received_on"].isna().tolist() == [True, False]


@pytest.mark.parametrize("file", ["approvals.csv", "objections.csv"])
def test_an_approval_on_a_day_that_cannot_be_is_none_and_an_objection_stays_one(data, file):
    path = data / "register" / file
    text = re.sub(r"20[0-9]{2}(-[0-9]{2}-[0-9]{2})", r"0021\1", path.read_text())
    assert "0021" in text
    path.write_text(text)
    column = "approved_on" if file == "approvals.csv" else "received_on"
    assert {(each.rule, each.file, each.column) for each in read(data)} == {
        ("date-not-possible", f"register/{file}", column)
    }
    register = read_register(data)
    if file == "approvals.csv":
        states = participation(register, all_settings.load().round("2022E"))["approval"]
        assert set(states) == {"missing"}
    else:
        assert len(register.objections) == len(text.splitlines()) - 1


def test_a_column_without_a_name_that_has_something_in_it_is_refused_and_an_empty_one_is_not(data):
    file = "background/pupils.csv"
    lines = ALL[file].splitlines()
    filled = "\n".join(line + ("," if place == 0 else ",LLN 111222333") for place, line in enumerate(lines))
    said = refused(data, file, filled)
    assert f"column {len(lines[0].split(',')) + 1}: the column has no name, and row 2 has something in it" in said
    assert "111222333" not in said
    (data / file).write_text("\n".join(f"{line}," for line in lines))
    assert read(data) == ()


FORMS = {
    "UTF-16 without a mark": (lambda text: text.encode("utf-16-le"), "is stored as UTF-16, without a mark"),
    "UTF-16 the other way": (lambda text: text.encode("utf-16-be"), "is stored as UTF-16, without a mark"),
    "UTF-32": (lambda text: text.encode("utf-32"), "is stored as UTF-32"),
    "UTF-32 without a mark": (lambda text: text.encode("utf-32-be"), "is stored as UTF-32, without a mark"),
    "two marks": (lambda text: 2 * b"\xef\xbb\xbf" + text.encode(), "begins with two byte order marks"),
    "a zero byte": (lambda text: text.encode().replace(b",", b"\0,", 1), "row 1, column 1: the value has a zero byte"),
    "a line for Excel": (lambda text: f"sep=,\n{text}".encode(), "tells a spreadsheet which sign separates fields"),
    "that line in quotes": (lambda text: f'"sep=;"\r\n{text}'.encode(), "tells a spreadsheet which sign"),
}


@pytest.mark.parametrize(("stored", "words"), FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("file", ["register/boards.csv", "background/schools.csv"])
def test_text_that_is_stored_in_another_form_is_called_what_it_is(data, file, stored, words):
    assert words in refused(data, file, stored(ALL[file]))


def test_a_notice_in_another_encoding_is_not_called_comma_separated(data):
    (data / "notice.txt").write_bytes("Voorlopig: één ronde".encode("cp1252"))
    with pytest.raises(UnusableInput, match=r"notice\.txt is not text in UTF-8: row 1 is in another encoding"):
        read_notice(data)
    (data / "notice.txt").write_bytes("Voorlopig".encode("utf-16-le"))
    with pytest.raises(UnusableInput, match=r"notice\.txt is not text in UTF-8: it is stored as UTF-16"):
        read_notice(data)


def test_what_of_reference_levels_cannot_be_is_refused_with_its_place_or_told(data):
    file = "background/reference_levels.csv"
    for wrong, column in (("<5", "n_below_1f"), ("1,5", ""), ("-", "n_below_1f")):
        assert f"row 2{', column ' + column if column else ''}" in refused(
            data, file, LEVELS.replace(",1,9", f",{wrong},9")
        )
    assert "column subject" in refused(data, file, LEVELS.replace("lezen", "taal"))
    assert "column school_year" in refused(data, file, LEVELS.replace("2021-2022", "2021-2023"))
    assert "the same brinvest, school_year, subject" in refused(data, file, LEVELS + LEVELS.splitlines()[1] + "\n")
    (data / file).write_text(LEVELS.replace(",1,9", ",-1,9"))
    (found,) = read(data)
    assert (found.rule, found.file, found.row, found.column) == ("number-not-possible", file, 2, "n_below_1f")
    (data / file).write_text(LEVELS.replace(",1,9", ",,9"))
    assert read(data) == ()
