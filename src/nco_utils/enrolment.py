"""The enrolment register (boards, schools, approvals, objections), who takes part in a round, and the background."""

import csv
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path

import pandas as pd

from . import params, printable
from .errors import UnusableInput
from .params import Round
from .tables import (
    APPROVALS,
    BOARDS,
    OBJECTIONS,
    PUPILS,
    SCHOOL_BOARDS,
    SCHOOL_TRAITS,
    SCHOOLS,
    UNKNOWN,
    Column,
    Table,
    conform,
    empty,
)

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_NUMBERS = {"integer": r"^-?[0-9]+$", "number": r"^-?[0-9]+(?:\.[0-9]+)?$"}
_URBANITY = (1, 5)  # CBS: 1 very urban, 5 not urban
# A register without this column keeps no contracts: the boards in it have one. An empty cell is a missing contract.
_WITHOUT_COLUMN = {"contract_received_on": "1900-01-01"}

NOTICE_FILE = "notice.txt"
GIVEN, LATE, MISSING = "given", "late", "missing"  # a contract or an approval, as of a round's deadline


@dataclass(frozen=True)
class Register:
    """The tables BOARDS, SCHOOLS, APPROVALS, OBJECTIONS and SCHOOL_BOARDS, rows in the order of their files."""

    boards: pd.DataFrame
    schools: pd.DataFrame
    approvals: pd.DataFrame
    objections: pd.DataFrame
    history: pd.DataFrame = field(default_factory=lambda: empty(SCHOOL_BOARDS))


def read_register(data: Path) -> Register:
    """Read `data/register/*.csv`; a column that may be empty may be left out, and so may school_boards.csv.

    Raises UnusableInput, naming file, row and column, for a missing folder, file or column, a
    malformed value, a school that stands twice or has two boards on one day, a school whose board is not
    in boards.csv, and an approval, objection or earlier board of a school that is not in schools.csv.
    """
    folder = Path(data) / "register"
    boards = _read(folder, BOARDS)
    schools = _read(folder, SCHOOLS)
    _refuse_unknown(folder, schools, "schools.csv", "board_number", boards, "boards.csv")
    approvals = _read(folder, APPROVALS)
    _refuse_unknown(folder, approvals, "approvals.csv", "brinvest", schools, "schools.csv")
    objections = _read(folder, OBJECTIONS)
    # An objection under a wrong school would leave the pupil in: it must stop everything.
    _refuse_unknown(folder, objections, "objections.csv", "brinvest", schools, "schools.csv")
    return Register(boards, schools, approvals, objections, _read_history(folder, schools, boards))


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


def taking_part(register: Register, round_: Round) -> pd.DataFrame:
    """Return the rows of `participation` of the schools that take part: those that get a report."""
    frame = participation(register, round_)
    return frame[frame["refused"].isna()].reset_index(drop=True)


def read_background(data: Path) -> pd.DataFrame:
    """Read `data/background/pupils.csv` as the table PUPILS; an empty trait, and one without a column, is unknown.

    Raises UnusableInput as `read_register` does.
    """
    return _read(Path(data) / "background", PUPILS)


def read_school_traits(data: Path) -> pd.DataFrame:
    """Read `data/background/schools.csv` as the table SCHOOL_TRAITS; without that file it has no rows.

    Raises UnusableInput as `read_register` does, and for an urbanity that is not 1 to 5.
    """
    path = Path(data) / "background" / "schools.csv"
    if not path.is_file():
        return empty(SCHOOL_TRAITS)
    traits = _read(path.parent, SCHOOL_TRAITS, path.stem)
    wrong = traits["urbanity"].notna() & ~traits["urbanity"].between(*_URBANITY).fillna(False)
    _refuse(path, wrong.astype(bool), "is not 1 to 5.", SCHOOL_TRAITS["urbanity"])
    return traits


def read_notice(data: Path) -> str:
    """Return the sentence that every report from this data folder must show; empty when there is none.

    Raises UnusableInput, naming the file, for one that reports cannot print.
    """
    file = data / NOTICE_FILE
    text = printable.settled(" ".join(file.read_text(encoding="utf-8").split())) if file.is_file() else ""
    if text and (problem := printable.complaint(text, params.load().names.longest_notice)):
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


def row_in_file(position: int) -> int:
    """Return the row in its file of the row at `position` of a register table; the header is row 1."""
    return position + 2


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


def _read_history(folder: Path, schools: pd.DataFrame, boards: pd.DataFrame) -> pd.DataFrame:
    path = folder / f"{SCHOOL_BOARDS.name}.csv"
    if not path.is_file():
        return empty(SCHOOL_BOARDS)
    history = _read(folder, SCHOOL_BOARDS)
    _refuse_unknown(folder, history, path.name, "brinvest", schools, "schools.csv")
    _refuse_unknown(folder, history, path.name, "board_number", boards, "boards.csv")
    _refuse(path, history["until"] < history["from"], "ends before it begins. Correct from or until.")
    in_order = history.sort_values(["brinvest", "from"], na_position="first", kind="stable")
    earlier = in_order.groupby("brinvest")["until"].shift()
    follows = in_order["brinvest"].duplicated()
    overlap = follows & (earlier.isna() | in_order["from"].isna() | (in_order["from"] < earlier))
    _refuse(path, overlap.sort_index(), "gives the school two boards on one day. Correct from or until.")
    return history


def _read(folder: Path, table: Table, stem: str | None = None) -> pd.DataFrame:
    path = folder / f"{stem or table.name}.csv"
    frame = _text(path, table)
    for column in table.columns:
        values = frame[column.name].mask(frame[column.name] == "")
        if UNKNOWN in column.allowed:
            values = values.fillna(UNKNOWN)
        frame[column.name] = _checked(values, column, path)
    twice = frame.duplicated(list(table.key))
    if twice.any():
        _refuse(path, twice, f"has the same {', '.join(table.key)} as an earlier row. Keep one of them.")
    return conform(frame, table)


def _text(path: Path, table: Table) -> pd.DataFrame:
    if not path.is_file():
        raise UnusableInput(f"{path} does not exist. Put the file there, or name another folder with --data.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = list(csv.reader(StringIO(text, newline=""), strict=True))
    except OSError:
        raise UnusableInput(f"{path} cannot be read. Check that you have the right to read it.") from None
    except (UnicodeDecodeError, csv.Error):
        # `from None`: the original error quotes the file
        raise UnusableInput(f"{path} is not comma-separated text in UTF-8. Save it as such.") from None
    header = [name.strip() for name in rows[0]] if rows else []
    may_lack = [column.name for column in table.columns if column.nullable or UNKNOWN in column.allowed]
    left_out = [name for name in may_lack if name not in header]
    for name in table.column_names:
        if header.count(name) != 1 and name not in left_out:
            raise UnusableInput(
                f"{path}, row 1: the header needs the column {name} once. "
                f"Columns: {', '.join(table.column_names)}, separated by commas."
            )
    for number, row in enumerate(rows, start=1):
        if len(row) != len(header):
            raise UnusableInput(
                f"{path}, row {number}: {len(row)} fields instead of {len(header)}. "
                "Put a field that holds a comma in quotes, and leave no blank lines."
            )
    frame = pd.DataFrame(rows[1:], columns=header, dtype="str")
    frame = frame.assign(**{name: _WITHOUT_COLUMN.get(name, "") for name in left_out})[table.column_names]
    return frame.apply(lambda column: column.str.strip())


def _checked(values: pd.Series, column: Column, path: Path) -> pd.Series:
    if not column.nullable:
        _refuse(path, values.isna(), "is empty. Fill it in.", column)
    if column.printed:
        values = values.map(printable.settled, na_action="ignore")
        problems = values.map(lambda name: printable.complaint(name, params.load().names.longest_name))
        _refuse(path, problems.notna(), problems.dropna().head(1).squeeze(), column)
    if column.allowed:
        wrong = values.notna() & ~values.isin(column.allowed)
        _refuse(path, wrong, f"is none of: {', '.join(column.allowed)}.", column)
    if column.pattern:
        wrong = values.notna() & ~_matches(values, column.pattern)
        _refuse(path, wrong, f"does not have the form {column.pattern} ({column.meaning}).", column)
    if column.kind in _NUMBERS:
        wrong = values.notna() & ~_matches(values, _NUMBERS[column.kind])
        _refuse(path, wrong, f"is not a{'n' * (column.kind == 'integer')} {column.kind}.", column)
        return pd.to_numeric(values)
    if column.kind == "date":
        dates = pd.to_datetime(values.where(_matches(values, _DATE)), format="%Y-%m-%d", errors="coerce")
        _refuse(path, values.notna() & dates.isna(), "is not a date. Write it as YYYY-MM-DD.", column)
        return dates
    return values


def _matches(values: pd.Series, pattern: str) -> pd.Series:
    return values.str.fullmatch(pattern.strip("^$")).fillna(False).astype(bool)


def _refuse_unknown(
    folder: Path, frame: pd.DataFrame, file: str, column: str, known: pd.DataFrame, known_file: str
) -> None:
    unknown = ~frame[column].isin(known[column])
    _refuse(folder / file, unknown, f"is not in {known_file}. Correct it, or add it there.", SCHOOLS[column])


def _refuse(path: Path, wrong: pd.Series, problem: str, column: Column | None = None) -> None:
    """Raise UnusableInput for the first wrong row, if there is one; never with the value."""
    if not wrong.any():
        return
    row = row_in_file(int(wrong.to_numpy().argmax()))
    more = f" ({int(wrong.sum()) - 1} more such rows.)" if wrong.sum() > 1 else ""
    where = f"{path}, row {row}" + (f", column {column.name}: the value" if column else ": the row")
    raise UnusableInput(f"{where} {problem}{more}")
