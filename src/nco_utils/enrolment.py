"""The enrolment register (boards, schools, approvals, objections) and the pupils' background."""

import csv
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pandas as pd

from .errors import UnusableInput
from .tables import APPROVALS, BOARDS, OBJECTIONS, PUPILS, SCHOOLS, UNKNOWN, Column, Table, conform

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

NOTICE_FILE = "notice.txt"


@dataclass(frozen=True)
class Register:
    """Who takes part: the tables BOARDS, SCHOOLS, APPROVALS and OBJECTIONS, rows in the order of their files."""

    boards: pd.DataFrame
    schools: pd.DataFrame
    approvals: pd.DataFrame
    objections: pd.DataFrame


def read_register(data: Path) -> Register:
    """Read `data/register/*.csv`.

    Raises UnusableInput, naming file, row and column, for a missing folder, file or column, a
    malformed value, a school that stands twice, a school whose board is not in boards.csv, and an
    approval or objection for a school that is not in schools.csv.
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
    return Register(boards, schools, approvals, objections)


def read_background(data: Path) -> pd.DataFrame:
    """Read `data/background/pupils.csv` as the table PUPILS; an empty trait is unknown.

    Raises UnusableInput as `read_register` does.
    """
    return _read(Path(data) / "background", PUPILS)


def read_notice(data: Path) -> str:
    """Return the sentence that every report from this data folder must show; empty when there is none."""
    file = data / NOTICE_FILE
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""


def without_objections(results: pd.DataFrame, objections: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of pupils without an objection; any table with brinvest and pupil_id."""
    pupils = pd.MultiIndex.from_frame(results[["brinvest", "pupil_id"]])
    objected = pd.MultiIndex.from_frame(objections[["brinvest", "pupil_id"]])
    return results[~pupils.isin(objected)].reset_index(drop=True)


def row_in_file(position: int) -> int:
    """Return the row in its file of the row at `position` of a register table; the header is row 1."""
    return position + 2


def _read(folder: Path, table: Table) -> pd.DataFrame:
    path = folder / f"{table.name}.csv"
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
    for name in table.column_names:
        if header.count(name) != 1:
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
    frame = pd.DataFrame(rows[1:], columns=header, dtype="str")[table.column_names]
    return frame.apply(lambda column: column.str.strip())


def _checked(values: pd.Series, column: Column, path: Path) -> pd.Series:
    if not column.nullable:
        _refuse(path, values.isna(), "is empty. Fill it in.", column)
    if column.allowed:
        wrong = values.notna() & ~values.isin(column.allowed)
        _refuse(path, wrong, f"is none of: {', '.join(column.allowed)}.", column)
    if column.pattern:
        wrong = values.notna() & ~_matches(values, column.pattern)
        _refuse(path, wrong, f"does not have the form {column.pattern} ({column.meaning}).", column)
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
