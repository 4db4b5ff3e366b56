"""Reads one file of the register or the background as a table, strictly, and says what people do that it cannot read.

A mistake that would go unnoticed stops the round with file, row and column, and never with a pupil's value: a column
with nearly the name of one that is not there, a key that does not look like what it is, a pupil's identifier. What is
not read, and what cannot be, is a finding.
"""

import codecs
import csv
import difflib
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pandas as pd

from nco.base import all_settings, characters, printable, readable
from nco_utils.errors import UnusableInput
from nco_utils.tables import UNKNOWN, Column, Table, conform
from nco_utils.tables.columns import YEAR_PATTERN

from . import identifiers
from .findings import Finding, finding, safe_column_name

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NUMBERS = {"integer": r"-?[0-9]+", "number": r"-?[0-9]+(?:\.[0-9]+)?"}
_SHOWN = 100  # findings of one column; each says how many there are
# Whoever keeps a register may name a board's own telephone: of these files only pupils' rows must not.
_OF_ANYBODY = (identifiers.BSN, identifiers.ONDERWIJSNUMMER)
# A register without this column keeps no contracts: the boards in it have one. An empty cell is a missing contract.
_WITHOUT_COLUMN = {"contract_received_on": "1900-01-01"}
_SEPARATOR_LINE = re.compile(r'"?\s*sep\s*=.{0,5}"?,*[\r\n]', re.IGNORECASE)
_BEGIN = 200  # bytes of a file that show how it is stored
_SIGNS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_FAULTS = {
    characters.INVISIBLE: "holds a character that cannot be seen, or one in an unusual form. Type the value again.",
    characters.DAMAGED: "was changed by a spreadsheet or another program (a power of 10, a decimal in a key, an error, "
    "a word for nothing). Put in what it was.",
}


@dataclass(frozen=True)
class Read:
    """What a file holds: the table, rows in the order of the file, and what of the file is not used."""

    frame: pd.DataFrame
    findings: tuple[Finding, ...] = ()


def read(path: Path, table: Table) -> Read:
    """Read a file as the table; a column that may be empty may be left out.

    Raises UnusableInput, naming file, row and column, for a missing file or column, a malformed value or one of which
    it matters how it is written, a column that is a misspelled one, and a pupil's identifier.
    """
    header, rows = _text(path)
    places, found = _named(path, header, rows, table)
    frame = pd.DataFrame(rows, columns=range(len(header)), dtype="str")
    columns = {}
    for column in table.columns:
        if column.name in places:
            values = frame[places[column.name]].str.strip(" ")
        else:
            values = pd.Series("", index=frame.index, dtype="str")
        values = values.mask(values == "")
        if UNKNOWN in column.allowed:
            values = values.fillna(UNKNOWN)
        columns[column.name], more = _possible(_checked(values, column, path), column, path)
        found += more
        if column.name in _WITHOUT_COLUMN and column.name not in places:
            columns[column.name] = pd.Series(pd.Timestamp(_WITHOUT_COLUMN[column.name]), index=frame.index)
            if found:  # of a column that nobody knows: perhaps that is the one
                found.append(finding("contracts-not-kept", shown(path), 1, column.name))
    frame = pd.DataFrame(columns)
    twice = frame.duplicated(list(table.key))
    refuse(path, twice, f"has the same {', '.join(table.key)} as an earlier row. Keep one of them.")
    # What cannot be counts as not filled in, also where that is no choice.
    bounded = all_settings.load().reading.possible
    gaps = [replace(column, nullable=column.nullable or column.name in bounded) for column in table.columns]
    return Read(conform(frame, replace(table, columns=tuple(gaps))), tuple(found))


def unknown_files(folder: Path, known: Iterable[str]) -> list[Finding]:
    """Return a finding for every file of the folder that nothing reads.

    Raises UnusableInput for one that has nearly the name of a file that is not there.
    """
    refuse_near_names(folder, known)
    return [
        finding("register-file-unknown", f"{folder.name}/{characters.legible(path.name)}")
        for path in _seen(folder)
        if path.name not in known
    ]


def refuse_near_names(folder: Path, known: Iterable[str]) -> None:
    """Raise UnusableInput for a file or folder with nearly the name of a known one that is not there."""
    there = _seen(folder)
    absent = [name for name in known if name not in {path.name for path in there}]
    stems = {Path(name).stem: name for name in absent}
    for path in (path for path in there if path.name not in known):
        if meant := _meant(path.name, absent, {}) or stems.get(_meant(path.stem, list(stems), {})):
            raise UnusableInput(
                f"{path.with_name(characters.legible(path.name))} is not read: did you mean {meant}? Rename it, or "
                "move it elsewhere."
            )


def is_given(path: Path) -> bool:
    """Whether a file that may be left out is not: a link that leads nowhere is one that somebody meant to give."""
    return os.path.lexists(path)


def _seen(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith((".", "~")))
    except OSError:
        raise UnusableInput(
            f"{folder} cannot be read. Check that it is a folder that you have the right to read."
        ) from None


def row_in_file(position: int) -> int:
    """Return the row in its file of the row at `position` of a register table; the header is row 1."""
    return position + 2


def refuse(path: Path, wrong: pd.Series, problem: str, column: Column | None = None) -> None:
    """Raise UnusableInput for the first wrong row, if there is one; never with the value."""
    if not wrong.any():
        return
    row = row_in_file(int(wrong.to_numpy().argmax()))
    more = f" ({int(wrong.sum()) - 1} more such rows.)" if wrong.sum() > 1 else ""
    where = f"{path}, row {row}" + (f", column {column.name}: the value" if column else ": the row")
    raise UnusableInput(f"{where} {problem}{more}")


def shown(path: Path) -> str:
    """Return what findings call a file: its folder and name."""
    return f"{path.parent.name}/{path.name}"


def decoded(path: Path) -> str:
    """Return the text of a file in UTF-8; raises UnusableInput for one that is not there, or cannot be read as such."""
    data = readable.contents(path)
    match data:
        case readable.Unread.ABSENT if is_given(path):
            raise UnusableInput(f"{path} is a link that leads nowhere. Put the file there, or remove the link.")
        case readable.Unread.ABSENT:
            raise UnusableInput(f"{path} does not exist. Put the file there, or name another folder with --data.")
        case readable.Unread.TOO_LARGE:
            most = all_settings.load().reading.bounds.file_bytes
            raise UnusableInput(f"{path} is larger than {most:,} bytes. Is it the right file?")
        case readable.Unread():
            raise UnusableInput(
                f"{path} cannot be read. Check that it is an ordinary file and that you have the right to read it."
            )
    kind = "comma-separated text" if path.suffix == ".csv" else "text"
    if form := _form(data):
        raise UnusableInput(f"{path} is not {kind} in UTF-8: it {form}. Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
    raise UnusableInput(f"{path} is not {kind} in UTF-8: row {row} is in another encoding. Save it as UTF-8.")


def _form(data: bytes) -> str | None:
    """Return in what other form text is stored, if it is: by the mark at its begin, or by the zeros in its letters."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "is stored as UTF-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "is stored as UTF-16"
    if data.startswith(2 * codecs.BOM_UTF8):
        return "begins with two byte order marks; one at most may be there"
    begin = data[:_BEGIN]
    for width, name in ((4, "UTF-32"), (2, "UTF-16")):
        letters = [begin[place::width] for place in range(width)]
        # Of Latin letters all bytes but one are zero, nearly always.
        empty = sum(2 * part.count(0) > len(part) for part in letters)
        if len(begin) >= 2 * width and empty == width - 1:
            return f"is stored as {name}, without a mark"
    return None


def _text(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of a file; empty rows at its end are none."""
    text, most = decoded(path), all_settings.load().reading.bounds.row_bytes
    if _SEPARATOR_LINE.match(text):
        raise UnusableInput(
            f"{path}, row 1 tells a spreadsheet which sign separates fields (sep=). Remove that row: the columns come "
            "first, and fields are separated by commas."
        )
    for number, line in enumerate(StringIO(text, newline=""), 1):
        if len(line) > most:
            raise UnusableInput(f"{path}, row {number} is longer than {most:,} characters. Check quotes and line ends.")
    rows: list[list[str]] = []
    has_zero = "\0" in text
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            rows.append(row)
            if has_zero and any("\0" in value for value in row):
                raise _no_value(path, rows, {"\0"}, "the value has a zero byte, as no text does. Retype it.")
            if reader.line_num != len(rows):
                raise _no_value(path, rows, {"\n", "\r"}, "the value has a line end. Write it on one line.")
    except csv.Error:
        # `from None`: the original error quotes the file
        raise _no_csv(path, f"the quotes in row {len(rows) + 1} do not match") from None
    while rows and not any(cell.strip() for cell in rows[-1]):
        rows.pop()
    header = [name.strip() for name in rows[0]] if rows else []
    if len(header) == 1 and (sign := next((sign for sign in _SIGNS if sign in header[0]), None)):
        raise _no_csv(path, f"its fields are separated by {_SIGNS[sign]}")
    if len(header) > (most := all_settings.load().reading.bounds.columns):
        raise UnusableInput(f"{path}, row 1: {len(header):,} columns; at most {most} are read. Leave out the others.")
    return header, rows[1:]


def _no_value(path: Path, rows: list[list[str]], signs: set[str], why: str) -> UnusableInput:
    """What to raise for the last row, of which a value has one of these signs."""
    place = next(place for place, value in enumerate(rows[-1]) if signs & {*value})
    column = safe_column_name(rows[0][place] if place < len(rows[0]) else "", place + 1)
    return UnusableInput(f"{path}, row {len(rows)}, column {column}: {why}")


def _no_csv(path: Path, why: str) -> UnusableInput:
    return UnusableInput(f"{path} is not comma-separated text in UTF-8: {why}. Save it as such.")


def _named(path: Path, header: list[str], rows: list[list[str]], table: Table) -> tuple[dict[str, int], list[Finding]]:
    """Return the place of each column of the table, and a finding for each column that is none of it."""
    known = table.column_names
    other = {name: place for place, name in enumerate(header) if name and name not in known}
    for place in (place for place, name in enumerate(header) if not name):
        if row := next((n for n, row in enumerate(rows, 2) if place < len(row) and row[place].strip()), None):
            raise UnusableInput(
                f"{path}, row 1, column {place + 1}: the column has no name, and row {row} has something in it. Give "
                "it its name, or remove the column."
            )
    for name, place in other.items():
        column = safe_column_name(name, place + 1)
        rule = identifiers.announced(name)
        if rule in _OF_ANYBODY or (rule and "pupil_id" in known):
            raise UnusableInput(
                f"{path}, row 1, column {column}: the name is that of a direct identifier ({rule}), which may not be "
                "here. Remove the column, and erase copies of the file."
            )
        absent = [each for each in known if each not in header]
        if meant := _meant(name, absent, all_settings.load().reading.columns.words) or _same(name, known):
            raise UnusableInput(
                f"{path}, row 1: the column {column} is not read: did you mean {meant}? Write its name exactly so, or "
                "give the column another name."
            )
    may_lack = [column.name for column in table.columns if column.nullable or UNKNOWN in column.allowed]
    for name in known:
        if header.count(name) > 1 or (name not in header and name not in may_lack):
            raise UnusableInput(
                f"{path}, row 1: the header needs the column {name} once. "
                f"Columns: {', '.join(known)}, separated by commas."
            )
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            raise UnusableInput(
                f"{path}, row {number}: {len(row)} fields instead of {len(header)}. "
                "Put a field that holds a comma in quotes, and leave no blank lines."
            )
    lacking = ", ".join(name for name in may_lack if name not in header) or "geen"
    return {name: place for place, name in enumerate(header)}, [
        finding("register-column-unknown", shown(path), 1, safe_column_name(name, place + 1), lacking=lacking)
        for name, place in other.items()
    ]


def _meant(name: str, absent: list[str], words: Mapping[str, Iterable[str]]) -> str | None:
    """Return which of the absent names is meant by `name`, if any is."""
    if found := _same(name, absent):
        return found
    told = _plain(name)
    if found := next((each for each in absent if told in map(_plain, words.get(each, ()))), None):
        return found
    close = difflib.get_close_matches(told, map(_plain, absent), 1, all_settings.load().reading.columns.alike)
    return next(each for each in absent if _plain(each) == close[0]) if close else None


def _same(name: str, known: list[str]) -> str | None:
    return next((each for each in known if _plain(each) == _plain(name)), None)


def _plain(name: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", name).casefold() if sign.isalnum())


def _checked(values: pd.Series, column: Column, path: Path) -> pd.Series:
    if not column.nullable:
        refuse(path, values.isna(), "is empty. Fill it in.", column)
    if column.printed:
        values = values.map(printable.settled, na_action="ignore")
        problems = values.map(lambda name: printable.problem(name, all_settings.load().names.longest_name))
        refuse(path, problems.notna(), problems.dropna().head(1).squeeze(), column)
    else:
        faults = characters.faults(values, key=bool(column.pattern) or column.name == "pupil_id")
        for fault, problem in _FAULTS.items():
            refuse(path, faults == fault, problem, column)
    if column.allowed:
        refuse(path, values.notna() & ~values.isin(column.allowed), f"is none of: {', '.join(column.allowed)}.", column)
    if column.pattern:
        wrong = values.notna() & ~_matches(values, column.pattern.strip("^$"))
        refuse(path, wrong, f"does not have the form {column.pattern} ({column.meaning}).", column)
    if column.pattern == YEAR_PATTERN:
        years = values.str.split("-", expand=True).reindex(columns=[0, 1]).astype("float64")
        refuse(path, (years[1] != years[0] + 1) & values.notna(), "is not two years that follow each other.", column)
    if column.kind in _NUMBERS:
        refuse(
            path,
            values.notna() & ~_matches(values, _NUMBERS[column.kind]),
            f"is not a{'n' * (column.kind == 'integer')} {column.kind}.",
            column,
        )
        most = all_settings.load().reading.bounds.digits
        refuse(path, values.str.count("[0-9]") > most, f"has more than {most} digits.", column)
        return pd.to_numeric(values)
    if column.kind == "date":
        dates = pd.to_datetime(values.where(_matches(values, _DATE)), format="%Y-%m-%d", errors="coerce")
        refuse(path, values.notna() & dates.isna(), "is not a date. Write it as YYYY-MM-DD.", column)
        return dates
    return values


def _possible(values: pd.Series, column: Column, path: Path) -> tuple[pd.Series, list[Finding]]:
    """Return the numbers or days that can be, and a finding for each that cannot and counts as unknown."""
    if column.name not in all_settings.load().reading.possible:
        return values, []
    bounds = all_settings.load().reading.possible[column.name]
    if is_date := column.kind == "date":
        wrong = values.notna() & ~values.between(*map(pd.Timestamp, bounds))
        lowest, highest = (f"{day:%d-%m-%Y}" for day in bounds)
    else:
        wrong = values.notna() & ~values.between(*bounds)
        lowest, highest = (f"{bound:g}" for bound in bounds)
    words = {"lowest": lowest, "highest": highest, "n": int(wrong.sum())}
    rule = "date-not-possible" if is_date else "number-not-possible"
    return values.mask(wrong), [
        finding(rule, shown(path), row_in_file(int(position)), column.name, **words)
        for position in wrong.to_numpy().nonzero()[0][:_SHOWN]
    ]


def _matches(values: pd.Series, pattern: str) -> pd.Series:
    return values.str.fullmatch(pattern).fillna(False).astype(bool)
