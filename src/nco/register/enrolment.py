"""The enrolment register (boards, schools, approvals, objections), who takes part in a round, and the background."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from nco.base import all_settings, printable
from nco_utils.errors import UnusableInput
from nco_utils.params import Round
from nco_utils.tables import (
    BACKGROUND,
    PUPILS,
    REFERENCE_LEVELS,
    REGISTER,
    SCHOOL_BOARDS,
    SCHOOL_TRAITS,
    SCHOOLS,
    Table,
    empty,
)

from . import register_files
from .findings import Finding
from .register_files import Read, refuse

_URBANITY = (1, 5)  # CBS: 1 very urban, 5 not urban
NOTICE_FILE = "notice.txt"
_OF_PEOPLE = ("register", "background", "exports", NOTICE_FILE)  # in the data folder: what others bring
GIVEN, LATE, MISSING = "given", "late", "missing"  # a contract or an approval, as of a round's deadline


@dataclass(frozen=True)
class Register:
    """The tables BOARDS, SCHOOLS, APPROVALS, OBJECTIONS and SCHOOL_BOARDS, rows in the order of their files.

    findings: what of the files is not used.
    """

    boards: pd.DataFrame
    schools: pd.DataFrame
    approvals: pd.DataFrame
    objections: pd.DataFrame
    history: pd.DataFrame = field(default_factory=lambda: empty(SCHOOL_BOARDS))
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Background:
    """The tables PUPILS, SCHOOL_TRAITS and REFERENCE_LEVELS, and what of their files is not used."""

    pupils: pd.DataFrame
    school_traits: pd.DataFrame
    levels: pd.DataFrame = field(default_factory=lambda: empty(REFERENCE_LEVELS))
    findings: tuple[Finding, ...] = ()


def read_register(data: Path) -> Register:
    """Read `data/register/*.csv`; a column that may be empty may be left out, and so may school_boards.csv.

    Raises UnusableInput, naming file, row and column, for a missing folder, file or column, a
    malformed value, a misspelled name of a file or column, a school that stands twice, has two boards on one day or
    closes before it opens, a school whose board is not in boards.csv, and an approval, objection or earlier board of a
    school that is not in schools.csv.
    """
    folder = Path(data) / "register"
    _refuse_near_names(folder.parent)
    others = _unknown_files(folder, [f"{table.name}.csv" for table in REGISTER])
    read = [_read(folder, table) for table in REGISTER]
    boards, schools, approvals, objections, history = (each.frame for each in read)
    _refuse_unknown(folder, schools, "schools.csv", "board_number", boards, "boards.csv")
    refuse(
        folder / "schools.csv", schools["closed"] < schools["opened"], "closes before it opens. Correct one of them."
    )
    _refuse_unknown(folder, approvals, "approvals.csv", "brinvest", schools, "schools.csv")
    # An objection under a wrong school would leave the pupil in: it must stop everything.
    _refuse_unknown(folder, objections, "objections.csv", "brinvest", schools, "schools.csv")
    _check_history(folder, history, schools, boards)
    found = (*others, *(each for one in read for each in one.findings))
    return Register(boards, schools, approvals, objections, history, found)


def participation(register: Register, round_: Round) -> pd.DataFrame:
    """Return how every school of the register stands in a round, as of that round: one school a row, in order.

    Columns: those of SCHOOLS, with the board of the round's last day for approval; board_name and
    contract_received_on of that board; approved_on; open (flag); contract and approval (given, late or
    missing); refused (the rule for which its results are not used; empty when it takes part).
    """
    day = pd.Timestamp(round_.approval_deadline)
    schools = register.schools.assign(board_number=_boards_on(register, day))
    frame = schools.merge(register.boards, on="board_number", how="left", validate="many_to_one")
    approvals = register.approvals[register.approvals["school_year"] == round_.school_year]
    frame = frame.merge(approvals[["brinvest", "approved_on"]], on="brinvest", how="left", validate="one_to_one")
    opened = frame["opened"].isna() | (frame["opened"] <= day)
    frame["open"] = opened & (frame["closed"].isna() | (frame["closed"] >= day))
    frame["contract"] = _in_time(frame["contract_received_on"], round_.contract_deadline)
    frame["approval"] = _in_time(frame["approved_on"], round_.approval_deadline)
    refused = pd.Series(pd.NA, index=frame.index, dtype="str")
    refused = refused.mask(frame["approval"] != GIVEN, "approval-" + frame["approval"])
    refused = refused.mask(frame["contract"] != GIVEN, "school-contract-" + frame["contract"])
    return frame.assign(refused=refused.mask(~frame["open"], "school-closed"))


def given_by(received_on: date | None, round_: Round) -> tuple[str, ...]:
    """Return what a contract that was received on a day gives of a round: its own reports, and what else it names.

    A round without reports of its own gives those that all rounds have: nothing is named here.
    """
    if received_on is None:
        return ()
    own = round_.reports if received_on <= round_.contract_deadline else ()
    return (*own, *(name for name, last in round_.also.items() if received_on <= last))


def taking_part(register: Register, round_: Round) -> pd.DataFrame:
    """Return the rows of `participation` of the schools that take part: those that get a report."""
    frame = participation(register, round_)
    return frame[frame["refused"].isna()].reset_index(drop=True)


def read_all_background(data: Path) -> Background:
    """Read `data/background/{pupils,schools,reference_levels}.csv`; the last two may be left out.

    An empty trait, and one without a column, is unknown, and so is a number that cannot be. Raises UnusableInput as
    `read_register` does, and for an urbanity that is not 1 to 5.
    """
    folder = Path(data) / "background"
    others = _unknown_files(folder, list(BACKGROUND))
    pupils = _read(folder, PUPILS)
    traits, levels = _read_traits(folder), _read(folder, REFERENCE_LEVELS)
    found = (*others, *pupils.findings, *traits.findings, *levels.findings)
    return Background(pupils.frame, traits.frame, levels.frame, found)


def read_background(data: Path) -> pd.DataFrame:
    """Return table PUPILS only, as `read_all_background` does."""
    return _read(Path(data) / "background", PUPILS).frame


def read_school_traits(data: Path) -> pd.DataFrame:
    """Return table SCHOOL_TRAITS only, as `read_all_background` does."""
    return _read_traits(Path(data) / "background").frame


def read_reference_levels(data: Path) -> pd.DataFrame:
    """Return table REFERENCE_LEVELS only, as `read_all_background` does; empty without its file."""
    return _read(Path(data) / "background", REFERENCE_LEVELS).frame


def read_notice(data: Path) -> str:
    """Return the sentence that every report from this data folder must show, as plain text; empty when there is none.

    Raises UnusableInput, naming the file, for one that is not text in UTF-8 or that reports cannot print, for a link
    that leads nowhere, and for a file with nearly the name of one that is not there.
    """
    file = Path(data) / NOTICE_FILE
    _refuse_near_names(file.parent)
    text = printable.settled(" ".join(register_files.decoded(file).split())) if register_files.is_given(file) else ""
    if text and (problem := printable.problem(text, all_settings.load().names.longest_notice)):
        raise UnusableInput(f"{file}: the notice {problem}")
    return text


def has_objection(brinvest: pd.Series, pupil_id: pd.Series, objections: pd.DataFrame) -> pd.Series:
    """Return for each pupil whether there is an objection, however late it came."""
    # Most schools have none: the pairs are compared for the others only.
    found = brinvest.isin(objections["brinvest"]) & pupil_id.isin(objections["pupil_id"])
    pairs = pd.MultiIndex.from_arrays([brinvest[found], pupil_id[found]])
    found[found] = pairs.isin(pd.MultiIndex.from_frame(objections[["brinvest", "pupil_id"]]))
    return found


def without_objections(results: pd.DataFrame, objections: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of pupils without an objection; any table with brinvest and pupil_id."""
    return results[~has_objection(results["brinvest"], results["pupil_id"], objections)].reset_index(drop=True)


def _boards_on(register: Register, day: pd.Timestamp) -> pd.Series:
    """Return the board of every school on a day: that of its history, else the one it has now."""
    history = register.history
    begun = history["from"].isna() | (history["from"] <= day)
    then = history[begun & (history["until"].isna() | (history["until"] >= day))]
    last = then.sort_values("from", na_position="first").drop_duplicates("brinvest", keep="last")
    boards = register.schools["brinvest"].map(last.set_index("brinvest")["board_number"]).astype("str")
    return boards.fillna(register.schools["board_number"])


def _in_time(days: pd.Series, deadline: date) -> pd.Series:
    late = days > pd.Timestamp(deadline)
    return pd.Series(GIVEN, index=days.index, dtype="str").mask(late, LATE).mask(days.isna(), MISSING)


def _check_history(folder: Path, history: pd.DataFrame, schools: pd.DataFrame, boards: pd.DataFrame) -> None:
    path = folder / f"{SCHOOL_BOARDS.name}.csv"
    _refuse_unknown(folder, history, path.name, "brinvest", schools, "schools.csv")
    _refuse_unknown(folder, history, path.name, "board_number", boards, "boards.csv")
    refuse(path, history["until"] < history["from"], "ends before it begins. Correct from or until.")
    in_order = history.sort_values(["brinvest", "from"], na_position="first", kind="stable")
    earlier = in_order.groupby("brinvest")["until"].shift()
    follows = in_order["brinvest"].duplicated()
    overlap = follows & (earlier.isna() | in_order["from"].isna() | (in_order["from"] <= earlier))
    refuse(path, overlap.sort_index(), "gives the school two boards on one day. Correct from or until.")


def _read_traits(folder: Path) -> Read:
    path = folder / "schools.csv"
    traits = _read(folder, SCHOOL_TRAITS, path.name)
    urbanity = traits.frame["urbanity"]
    wrong = urbanity.notna() & ~urbanity.between(*_URBANITY).fillna(False)
    refuse(path, wrong.astype(bool), "is not 1 to 5.", SCHOOL_TRAITS["urbanity"])
    return traits


def _read(folder: Path, table: Table, name: str | None = None) -> Read:
    path = folder / (name or f"{table.name}.csv")
    if table in (SCHOOL_BOARDS, SCHOOL_TRAITS, REFERENCE_LEVELS) and not register_files.is_given(path):
        return Read(empty(table))
    return register_files.read(path, table)


def _unknown_files(folder: Path, known: list[str]) -> list[Finding]:
    return register_files.unknown_files(folder, known) if folder.is_dir() else []


def _refuse_near_names(data: Path) -> None:
    if data.is_dir():
        register_files.refuse_near_names(data, _OF_PEOPLE)


def _refuse_unknown(
    folder: Path, frame: pd.DataFrame, file: str, column: str, known: pd.DataFrame, known_file: str
) -> None:
    unknown = ~frame[column].isin(known[column])
    refuse(folder / file, unknown, f"is not in {known_file}. Correct it, or add it there.", SCHOOLS[column])
