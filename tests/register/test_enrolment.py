"""The register and the background: what is read, and what is refused with file, row and column."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from nco.base import all_settings
from nco.register.enrolment import (
    participation,
    read_background,
    read_register,
    read_school_traits,
    taking_part,
    without_objections,
)
from nco_utils.errors import UnusableInput

FILES = {
    "register/boards.csv": "board_number,board_name\n99801,Bestuur Een\n99802,Bestuur Twee\n",
    "register/schools.csv": (
        "brinvest,school_name,board_number,sector,denomination,vendor\n"
        "99ZA00,School A,99801,bo,Openbaar,cito\n"
        "99ZA01,School B,99801,sbo,Openbaar,esis\n"
        '99ZB00,"School C, de derde",99802,bo,Rooms-Katholiek,parnassys\n'
    ),
    "register/approvals.csv": "brinvest,school_year,approved_on\n99ZA00,2021-2022,2022-03-01\n",
    "register/objections.csv": "brinvest,pupil_id,received_on\n99ZA00,LLN-1,2021-10-04\n",
    "background/pupils.csv": (
        "brinvest,pupil_id,sex,ses_class,minority,repeated_grade\n"
        "99ZA00,LLN-1,jongen,laag,nee,ja\n"
        "99ZA00,LLN-2,meisje,,nee,\n"
    ),
}


@pytest.fixture
def data(tmp_path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_register_is_read_in_the_order_of_its_files(data):
    register = read_register(data)
    assert register.boards["board_number"].tolist() == ["99801", "99802"]
    assert register.schools["brinvest"].tolist() == ["99ZA00", "99ZA01", "99ZB00"]
    assert register.schools["school_name"].tolist()[2] == "School C, de derde"
    assert register.approvals["approved_on"].tolist() == [pd.Timestamp("2022-03-01")]
    assert register.objections["pupil_id"].tolist() == ["LLN-1"]


def test_an_empty_trait_is_unknown_and_no_pupil_is_dropped(data):
    pupils = read_background(data)
    assert pupils["pupil_id"].tolist() == ["LLN-1", "LLN-2"]
    assert pupils.loc[1, ["ses_class", "repeated_grade"]].tolist() == ["onbekend", "onbekend"]


def test_bom_other_column_order_further_columns_and_spaces_are_read(data):
    text = "note,board_name,board_number\nx, Bestuur Een ,99801\n,Bestuur Twee,99802\n"
    (data / "register/boards.csv").write_text(text, encoding="utf-8-sig")
    assert read_register(data).boards["board_name"].tolist() == ["Bestuur Een", "Bestuur Twee"]


def test_a_pupil_with_an_objection_leaves_and_a_namesake_at_another_school_stays(data):
    results = pd.DataFrame({"brinvest": ["99ZA00", "99ZA00", "99ZB00"], "pupil_id": ["LLN-1", "LLN-2", "LLN-1"]})
    left = without_objections(results, read_register(data).objections)
    assert left.to_numpy().tolist() == [["99ZA00", "LLN-2"], ["99ZB00", "LLN-1"]]
    assert without_objections(results, read_register(data).objections.head(0)).equals(results)


REFUSED = {
    "no column": ("register/boards.csv", "board_name", "name", "row 1: the header needs the column board_name"),
    "column twice": ("register/boards.csv", "board_number,board_name", "board_number,board_name,board_name", "row 1"),
    "row too short": ("register/boards.csv", "99801,Bestuur Een", "99801", "row 2: 1 fields instead of 2"),
    "blank line": ("register/boards.csv", "99802", "\n99802", "row 3"),
    "board number": ("register/boards.csv", "99802", "9980", "row 3, column board_number"),
    "board unknown": ("register/schools.csv", "99802,bo", "99803,bo", "row 4, column board_number"),
    "school twice": ("register/schools.csv", "99ZA01", "99ZA00", "row 3"),
    "brin malformed": ("register/schools.csv", "99ZB00", "99zb00", "row 4, column brinvest"),
    "name empty": ("register/schools.csv", "School A", "", "row 2, column school_name"),
    "sector unknown": ("register/schools.csv", "sbo", "so", "row 3, column sector: the value is none of: bo, sbo, vo"),
    "vendor unknown": ("register/schools.csv", "esis", "magister", "row 3, column vendor"),
    "approval of no school": ("register/approvals.csv", "99ZA00", "99ZX00", "row 2, column brinvest"),
    "approval date": ("register/approvals.csv", "2022-03-01", "1-3-2022", "row 2, column approved_on"),
    "approval year": ("register/approvals.csv", "2021-2022", "2021/22", "row 2, column school_year"),
    "objection at no school": ("register/objections.csv", "99ZA00", "99ZX00", "row 2, column brinvest"),
    "impossible date": ("register/objections.csv", "2021-10-04", "2021-02-30", "row 2, column received_on"),
    "pupil twice": ("background/pupils.csv", "LLN-2", "LLN-1", "row 3"),
    "pupil key empty": ("background/pupils.csv", "LLN-2", "", "row 3, column pupil_id"),
    "trait unknown": ("background/pupils.csv", "meisje", "vrouw", "row 3, column sex"),
    "quote left open": ("background/pupils.csv", "LLN-2", '"LLN-2', "is not comma-separated text in UTF-8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_its_place_and_never_a_pupils_value(data, case):
    file, old, new, told = REFUSED[case]
    path = data / file
    path.write_text(FILES[file].replace(old, new, 1), encoding="utf-8")
    with pytest.raises(UnusableInput) as raised:
        read_register(data)
        read_background(data)
    message = str(raised.value)
    assert message.startswith(str(path))
    assert told in message
    assert not any(value in message for value in ("LLN", "vrouw", "2021-02-30"))


@pytest.mark.parametrize("file", FILES)
def test_a_missing_or_wrongly_encoded_file_is_named(data, file):
    path = data / file
    path.write_bytes("brinvest,pupil_id\n99ZA00,Zoë\n".encode("cp1252"))
    with pytest.raises(UnusableInput, match=r"is not comma-separated text in UTF-8") as raised:
        read_register(data)
        read_background(data)
    assert str(path) in str(raised.value)
    path.unlink()
    with pytest.raises(UnusableInput, match="does not exist") as raised:
        read_register(data)
        read_background(data)
    assert str(path) in str(raised.value)


def test_a_missing_folder_and_an_empty_file_are_named(data, tmp_path):
    with pytest.raises(UnusableInput, match=r"nowhere.register.boards.csv does not exist"):
        read_register(tmp_path / "nowhere")
    (data / "register/boards.csv").write_text("")
    with pytest.raises(UnusableInput, match=r"boards.csv, row 1: the header needs"):
        read_register(data)


BOARDS = "board_number,board_name,contract_received_on\n99801,Bestuur Een,{one}\n99802,Bestuur Twee,{two}\n"


def standing(data: Path, code: str) -> dict[str, object]:
    """Which school is refused by which rule in a round."""
    frame = participation(read_register(data), all_settings.load().round(code))
    return frame.set_index("brinvest")["refused"].astype("object").where(lambda s: s.notna(), None).to_dict()


def register(data: Path, **files: str) -> None:
    for name, text in files.items():
        (data / "register" / f"{name}.csv").write_text(text, encoding="utf-8")


def approvals(*schools: str) -> str:
    years = {"2020-2021": "2021-07-31", "2021-2022": "2022-03-07", "2022-2023": "2023-03-07"}
    rows = [f"{school},{year},{day}\n" for school in schools for year, day in years.items()]
    return "".join(["brinvest,school_year,approved_on\n", *rows])


ALL = ("99ZA00", "99ZA01", "99ZB00")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("received", "first"),
    [
        ("2021-05-21", "2021E"),
        ("2021-05-22", "2022M"),
        ("2021-11-15", "2022M"),
        ("2021-11-16", "2022E"),
        ("2022-05-01", "2022E"),
        ("2022-05-02", "2023M"),
        ("", None),
    ],
)
def test_the_day_of_the_contract_decides_the_first_round(data, received, first):
    register(data, boards=BOARDS.format(one="2021-01-04", two=received), approvals=approvals(*ALL))
    rounds = ["2021E", "2022M", "2022E", "2023M", "2023E"]
    begun = [code for code in rounds if standing(data, code)["99ZB00"] is None]
    assert begun == (rounds[rounds.index(first) :] if first else [])
    rule = "school-contract-late" if received else "school-contract-missing"
    assert {standing(data, code)["99ZB00"] for code in rounds if code not in begun} <= {rule}
    assert all(standing(data, code)["99ZA00"] is None for code in rounds)


def test_a_register_without_days_of_contracts_has_a_contract_for_every_board(data):
    register(data, approvals=approvals(*ALL))
    assert set(standing(data, "2021E").values()) == {None}


@pytest.mark.parametrize(
    ("code", "deadline"),
    [
        ("2021E", "2021-07-31"),
        ("2022M", "2022-03-07"),
        ("2022E", "2022-07-31"),
        ("2023M", "2023-03-07"),
        ("2023E", "2023-07-31"),
    ],
)
def test_an_approval_counts_up_to_the_deadline_of_the_round_and_for_its_own_school_year(data, code, deadline):
    year = all_settings.load().round(code).school_year
    day_after = pd.Timestamp(deadline) + pd.Timedelta(days=1)
    lines = [f"99ZA00,{year},{deadline}", f"99ZA01,{year},{day_after:%Y-%m-%d}", f"99ZB00,2019-2020,{deadline}"]
    register(data, approvals="\n".join(["brinvest,school_year,approved_on", *lines, ""]))
    assert standing(data, code) == {"99ZA00": None, "99ZA01": "approval-late", "99ZB00": "approval-missing"}


def test_the_exports_follow_the_approvals_by_a_day_and_publication_comes_last():
    for round_ in all_settings.load().rounds.values():
        assert round_.export_date - round_.approval_deadline == timedelta(days=1)
        assert round_.contract_deadline < round_.approval_deadline < round_.publication
        assert round_.next_deadline(round_.approval_deadline) == round_.approval_deadline
        assert round_.next_deadline(round_.export_date) == round_.export_date
        assert round_.next_deadline(round_.publication + timedelta(days=1)) is None


def test_a_school_that_closes_or_opens_takes_part_in_the_rounds_in_which_it_was_open(data):
    schools = FILES["register/schools.csv"].replace("vendor\n", "vendor,opened,closed\n")
    schools = schools.replace("cito\n", "cito,,2022-07-31\n").replace("esis\n", "esis,2022-08-01,\n")
    register(data, schools=schools.replace("parnassys\n", "parnassys,,\n"), approvals=approvals(*ALL))
    rounds = ["2021E", "2022M", "2022E", "2023M", "2023E"]
    assert [code for code in rounds if standing(data, code)["99ZA00"] is None] == ["2021E", "2022M", "2022E"]
    assert [code for code in rounds if standing(data, code)["99ZA01"] is None] == ["2023M", "2023E"]
    assert standing(data, "2023M")["99ZA00"] == "school-closed"


def test_a_school_that_changes_board_keeps_the_board_that_it_had_in_earlier_rounds(data):
    register(
        data,
        boards=BOARDS.format(one="2022-05-01", two="2021-01-04"),
        approvals=approvals(*ALL),
        school_boards="brinvest,board_number,from,until\n99ZA00,99802,,2022-07-31\n",
    )
    boards = {}
    for code in ("2022M", "2022E", "2023M"):
        frame = participation(read_register(data), all_settings.load().round(code)).set_index("brinvest")
        boards[code] = frame.loc["99ZA00", ["board_number", "board_name"]].tolist()
    assert boards == {
        "2022M": ["99802", "Bestuur Twee"],
        "2022E": ["99802", "Bestuur Twee"],
        "2023M": ["99801", "Bestuur Een"],
    }
    # under its earlier board it took part before the contract of the board it has now
    assert standing(data, "2022M")["99ZA00"] is None
    assert standing(data, "2022M")["99ZA01"] == "school-contract-late"


def test_only_schools_that_take_part_get_a_report(data):
    register(data, approvals=approvals("99ZA00", "99ZB00"))
    frame = taking_part(read_register(data), all_settings.load().round("2022E"))
    assert frame["brinvest"].tolist() == ["99ZA00", "99ZB00"]


WRONG_HISTORIES = {
    "two boards on one day": ("99ZA00,99802,,2022-07-31\n99ZA00,99801,2022-07-30,\n", "row 3"),
    "ends before it begins": ("99ZA00,99802,2022-08-01,2022-07-31\n", "row 2"),
    "unknown school": ("99ZX00,99802,,2022-07-31\n", "row 2, column brinvest"),
    "unknown board": ("99ZA00,99805,,2022-07-31\n", "row 2, column board_number"),
}


@pytest.mark.parametrize("case", WRONG_HISTORIES)
def test_a_history_of_boards_that_cannot_be_is_refused_with_its_place(data, case):
    lines, told = WRONG_HISTORIES[case]
    register(data, school_boards="brinvest,board_number,from,until\n" + lines)
    with pytest.raises(UnusableInput) as raised:
        read_register(data)
    assert str(raised.value).startswith(str(data / "register" / "school_boards.csv"))
    assert told in str(raised.value)


def test_a_trait_without_a_column_is_unknown_for_every_pupil(data):
    pupils = read_background(data)
    for trait in ("education", "migration", "household", "income"):
        assert set(pupils[trait]) == {"onbekend"}
    assert pupils["months_older"].isna().all()


def test_a_number_of_a_pupil_is_read_and_a_text_in_its_place_is_refused_without_the_text(data):
    path = data / "background/pupils.csv"
    path.write_text("brinvest,pupil_id,sex,months_older\n99ZA00,LLN-1,jongen,-3.5\n99ZA00,LLN-2,meisje,\n")
    assert read_background(data)["months_older"].iloc[0] == -3.5
    path.write_text("brinvest,pupil_id,sex,months_older\n99ZA00,LLN-1,jongen,drie\n")
    with pytest.raises(UnusableInput, match="row 2, column months_older") as error:
        read_background(data)
    assert "drie" not in str(error.value)


def test_school_traits_are_read_from_the_background_and_are_none_without_the_file(data):
    assert read_school_traits(data).empty
    path = data / "background/schools.csv"
    path.write_text("brinvest,size,urbanity,schoolweging\n99ZA00,210,2,29.81\n99ZA01,,,\n")
    traits = read_school_traits(data)
    assert traits.loc[0, ["size", "urbanity", "schoolweging"]].tolist() == [210, 2, 29.81]
    assert traits.loc[1, ["size", "urbanity", "schoolweging", "denomination"]].isna().all()


@pytest.mark.parametrize("wrong", ["0", "6", "2.5", "stad"])
def test_an_urbanity_that_is_not_one_of_the_five_classes_is_refused(data, wrong):
    (data / "background/schools.csv").write_text(f"brinvest,urbanity\n99ZA00,1\n99ZA01,{wrong}\n")
    with pytest.raises(UnusableInput, match="row 3, column urbanity"):
        read_school_traits(data)
