"""Reads delimited text whole and strictly: encoding, separator, header and the width of every row."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import count, islice

import pandas as pd

from .rules import BrokenFile, Finding, finding, safe_column_name

_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SEPARATORS = {",": "komma", ";": "puntkomma", "\t": "tab", "|": "verticale streep"}
_CHUNK = 100_000  # rows kept as Python strings at a time: the frame is several times smaller


@dataclass(frozen=True)
class Layout:
    """How one dialect writes its text files."""

    vendor: str
    columns: tuple[str, ...]
    separator: str
    encoding: str
    encoding_name: str
    score_column: str


def header_names(data: bytes) -> set[str]:
    """Return the names in the first line, whatever its encoding and separator: to recognise a dialect by."""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    line = data[:8192].decode("utf-16" if wide else "utf-8-sig", errors="replace").replace("\0", "")
    return {name.strip(' "').upper() for name in re.split(r"[,;\t|]", re.split(r"[\r\n]", line)[0])}


def read(data: bytes, layout: Layout, file: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the file's rows as text, and the findings about its header.

    The frame has the layout's columns (an empty cell is a missing value), source_file and
    source_row (the header is row 1). Other columns are not read. Raises BrokenFile.
    """
    rows = _rows(_decoded(data, layout, file), layout, file)
    header = _header(rows, layout, file)
    frame = _frame(rows, header, layout, file)
    if frame.empty:
        raise BrokenFile(finding("file-without-rows", file, vendor=layout.vendor))
    return frame, _header_findings(header, layout, file)


def _decoded(data: bytes, layout: Layout, file: str) -> str:
    try:
        text = data.decode(layout.encoding)
    except UnicodeDecodeError as error:
        row, column = _place(data[: error.start].decode(layout.encoding, errors="replace"), layout)
        broken = finding("encoding-wrong", file, row, column, vendor=layout.vendor, encoding=layout.encoding_name)
        # `from None`: the original error holds the bytes of the file
        raise BrokenFile(broken) from None
    if control := _CONTROL.search(text):
        row, column = _place(text[: control.start()], layout)
        raise BrokenFile(finding("text-control-character", file, row, column, vendor=layout.vendor))
    return text


def _place(before: str, layout: Layout) -> tuple[int, str | None]:
    """Return the row and, where the header names it, the column that follow the text `before`."""
    lines = _LINE_END.split(before)
    return len(lines), _column(lines[0].split(layout.separator), lines[-1].count(layout.separator), layout)


def _column(header: list[str], position: int, layout: Layout) -> str | None:
    name = header[position].strip('"') if position < len(header) else None
    return name if name in layout.columns else None


def _rows(text: str, layout: Layout, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield row number and fields; a row number counts blank lines too, as an editor does."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=layout.separator, strict=True)
    header: list[str] = []
    for number in count(1):
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error:
            # `from None`: a row may hold anything
            raise BrokenFile(finding("row-unreadable", file, number, vendor=layout.vendor)) from None
        header = header or fields
        if reader.line_num != number:
            broken = next((place for place, field in enumerate(fields) if _LINE_END.search(field)), len(header))
            column = _column(header, broken, layout)
            raise BrokenFile(finding("text-control-character", file, number, column, vendor=layout.vendor))
        if fields:
            yield number, fields


def _header(rows: Iterator[tuple[int, list[str]]], layout: Layout, file: str) -> list[str]:
    number, header = next(rows, (0, []))
    if not header:
        raise BrokenFile(finding("file-empty", file, vendor=layout.vendor))
    where = {"file": file, "row": number, "vendor": layout.vendor}
    others = [separator for separator in _SEPARATORS if separator != layout.separator and separator in header[0]]
    if len(header) == 1 and others:
        names = {"found": _SEPARATORS[others[0]], "expected": _SEPARATORS[layout.separator]}
        raise BrokenFile(finding("separator-wrong", **where, **names))
    twice = [name for name in layout.columns if header.count(name) > 1]
    if twice:
        raise BrokenFile(*(finding("column-twice", column=name, **where) for name in twice))
    missing = [name for name in layout.columns if name not in header]
    if missing:
        raise BrokenFile(*(_missing_column(name, header, layout, where) for name in missing))
    return header


def _missing_column(name: str, header: list[str], layout: Layout, where: dict) -> Finding:
    place = layout.columns.index(name)
    renamed = len(header) == len(layout.columns) and header[place] not in layout.columns
    return finding("column-renamed" if renamed else "column-missing", column=name, position=place + 1, **where)


def _header_findings(header: list[str], layout: Layout, file: str) -> list[Finding]:
    where = {"file": file, "row": 1, "vendor": layout.vendor}
    extra = [safe_column_name(name, place) for place, name in enumerate(header, 1) if name not in layout.columns]
    found = [finding("column-extra", column=name, **where) for name in dict.fromkeys(extra)]
    if [name for name in header if name in layout.columns] != list(layout.columns):
        found.append(finding("columns-reordered", **where))
    return found


def _frame(rows: Iterator[tuple[int, list[str]]], header: list[str], layout: Layout, file: str) -> pd.DataFrame:
    chunks, numbers = [_as_text([], header)], []
    while chunk := list(islice(rows, _CHUNK)):
        for number, fields in chunk:
            if len(fields) != len(header):
                last = number == chunk[-1][0] and next(rows, None) is None
                raise BrokenFile(_width_finding(number, fields, last, header, layout, file))
            numbers.append(number)
        chunks.append(_as_text([fields for _, fields in chunk], header))
    frame = pd.concat(chunks, ignore_index=True)[list(layout.columns)]
    return frame.assign(source_file=pd.Series(file, index=frame.index, dtype="str"), source_row=numbers)


def _as_text(rows: list[list[str]], header: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=header, dtype="str")
    return frame.where(frame != "")


def _width_finding(number: int, fields: list[str], last: bool, header: list[str], layout: Layout, file: str) -> Finding:
    where = {"file": file, "row": number, "vendor": layout.vendor}
    score = header.index(layout.score_column)
    if last and len(fields) < len(header):
        return finding("row-truncated", column=_column(header, len(fields) - 1, layout), **where)
    if len(fields) == len(header) + 1 and all(field.isdecimal() for field in fields[score : score + 2]):
        return finding("row-decimal-comma", column=layout.score_column, **where)
    return finding("row-width", found=len(fields), expected=len(header), **where)
