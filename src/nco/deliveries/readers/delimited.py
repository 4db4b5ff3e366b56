"""Reads delimited text whole and strictly: encoding, separator, header and the width of every row; and writes it."""

import csv
import re
from dataclasses import dataclass
from io import StringIO
from itertools import count
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from nco.base import all_settings
from nco.register import identifiers
from nco.register.findings import BrokenFile, Finding, finding, safe_column_name

_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL_BYTES = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\r\n")
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # the first two bytes of UTF-16
_EMPTY = b'" \t'  # what an empty row may hold beside separators
_SEPARATORS = {",": "komma", ";": "puntkomma", "\t": "tab", "|": "verticale streep"}


@dataclass(frozen=True)
class Layout:
    """How one dialect writes its text files.

    content: what the search for direct identifiers has to know of the columns. optional: columns that a file may lack.
    """

    vendor: str
    columns: tuple[str, ...]
    separator: str
    encoding: str
    encoding_name: str
    score_column: str
    content: identifiers.Content
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """All columns that are read."""
        return (*self.columns, *self.optional)


@dataclass(frozen=True)
class _Text:
    """A file's text in UTF-8 with line ends of one byte, and the number of each row that is not blank."""

    data: bytes
    starts: np.ndarray
    ends: np.ndarray
    numbers: np.ndarray

    def line(self, place: int) -> str:
        return self.data[self.starts[place] : self.ends[place]].decode("utf-8")


def header_names(data: bytes) -> set[str]:
    """Return the names in the first line, in capitals, whatever its encoding and separator: to know a dialect by."""
    wide = data[:2] in _WIDE
    line = data[:8192].decode("utf-16" if wide else "utf-8-sig", errors="replace").replace("\0", "")
    return {name.strip(' "').upper() for name in re.split(r"[,;\t|]", re.split(r"[\r\n]", line)[0])}


def read(data: bytes, layout: Layout, file: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the file's rows as text, and the findings about its header.

    The frame has the layout's columns (an empty cell is a missing value), those that may lack where the file has them,
    source_file and source_row (the header is row 1). Other columns are not kept. Raises BrokenFile, also for a direct
    identifier in any column.
    """
    text = _lines(_decoded(data, layout, file))
    if not text.numbers.size:
        raise BrokenFile(finding("file-empty", file, vendor=layout.vendor))
    _refuse_long_rows(text, layout, file)
    text, empty = _without_empty_rows(text, layout)
    if b'"' in text.data:
        text = _without_plain_quotes(text, layout) or text
    if b'"' in text.data:
        header, frame = _quoted(text, layout, file)
    else:
        header = text.line(0).split(layout.separator)
        _check_header(header, int(text.numbers[0]), layout, file)
        _check_widths(text, header, layout, file)
        frame = _parsed(text, header, layout)
    if frame.empty:
        raise BrokenFile(finding("file-without-rows", file, vendor=layout.vendor))
    if found := identifiers.in_content(frame, layout.content, file, layout.vendor):
        raise BrokenFile(*found)
    there = [name for name in layout.known if name in header]
    frame = frame[[*there, "source_row"]]
    frame.insert(len(there), "source_file", pd.Series(file, index=frame.index, dtype="str"))
    found = _header_findings(header, int(text.numbers[0]), layout, file)
    if empty.size:
        found.append(finding("rows-empty", file, int(empty[0]), vendor=layout.vendor, n=len(empty)))
    return frame, found


def write(rows: pd.DataFrame, layout: Layout, path: Path) -> None:
    """Write rows of text as a file of the layout; the columns that `rows` has not are left empty.

    Those that a file may lack are there where any row has something in them.
    """
    there = [name for name in layout.optional if name in rows and rows[name].fillna("").ne("").any()]
    texts = rows.reindex(columns=[*layout.columns, *there])
    texts.to_csv(path, index=False, sep=layout.separator, encoding=layout.encoding, lineterminator="\r\n")


def _decoded(data: bytes, layout: Layout, file: str) -> bytes:
    """Return the file's text as UTF-8."""
    stripped = data.removeprefix(b"\xef\xbb\xbf")
    wrong = None
    if data[:2] in _WIDE:
        wrong = 0
    elif layout.encoding != "utf-8-sig" and _is_wide_utf8(data):
        # Valid UTF-8 with letters outside ASCII reads as Windows-1252 without an error, as nonsense.
        wrong = re.search(rb"[\x80-\xff]", data).start()
    else:
        try:
            text = data.decode(layout.encoding)
        except UnicodeDecodeError as error:
            wrong = error.start
    if wrong is not None:
        row, column = _place(data[:wrong].decode(layout.encoding, errors="replace"), layout)
        words = {"encoding": layout.encoding_name, "found": ", maar als UTF-16" if data[:2] in _WIDE else ""}
        raise BrokenFile(finding("encoding-wrong", file, row, column, vendor=layout.vendor, **words))
    plain = stripped if layout.encoding == "utf-8-sig" else text.encode()
    if len(plain.translate(None, _CONTROL_BYTES)) != len(plain):
        control = re.search(b"[" + re.escape(_CONTROL_BYTES) + b"]", plain).start()
        row, column = _place(plain[:control].decode(), layout)
        raise BrokenFile(finding("text-control-character", file, row, column, vendor=layout.vendor))
    return plain


def _is_wide_utf8(data: bytes) -> bool:
    if data.isascii():
        return False
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _place(before: str, layout: Layout) -> tuple[int, str | None]:
    """Return the row and, where the header names it, the column that follow the text `before`."""
    lines = _LINE_END.split(before)
    return len(lines), _column(lines[0].split(layout.separator), lines[-1].count(layout.separator), layout)


def _column(header: list[str], position: int, layout: Layout) -> str | None:
    name = header[position].strip('"') if position < len(header) else None
    return name if name in layout.known else None


def _lines(data: bytes) -> _Text:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    ends = np.flatnonzero(np.frombuffer(data, dtype="uint8") == ord("\n"))
    ends = np.append(ends, len(data))
    starts = np.append(0, ends[:-1] + 1)
    full = np.flatnonzero(ends > starts)  # a row number counts blank lines too, as an editor does
    return _Text(data, starts[full], ends[full], full + 1)


def _refuse_long_rows(text: _Text, layout: Layout, file: str) -> None:
    most = all_settings.load().reading.bounds.row_bytes
    long = np.flatnonzero(text.ends - text.starts > most)
    if long.size:
        raise BrokenFile(finding("row-too-long", file, int(text.numbers[long[0]]), vendor=layout.vendor, most=most))


def _without_empty_rows(text: _Text, layout: Layout) -> tuple[_Text, np.ndarray]:
    """Return the text with blank lines in the place of rows without any content, and the numbers of those rows."""
    nothing = _EMPTY + layout.separator.encode()
    first = np.frombuffer(text.data, dtype="uint8")[text.starts]
    places = [
        place
        for place in np.flatnonzero(np.isin(first, list(nothing)))
        if not text.data[text.starts[place] : text.ends[place]].translate(None, nothing)
    ]
    if not places:
        return text, np.array([], dtype="int64")
    parts, begin = [], 0
    for place in places:
        parts.append(text.data[begin : text.starts[place]])
        begin = text.ends[place]
    return _lines(b"".join([*parts, text.data[begin:]])), text.numbers[places]


def _without_plain_quotes(text: _Text, layout: Layout) -> _Text | None:
    """Return the text without its quotes if they only surround whole fields without a separator; else None."""
    content = np.frombuffer(text.data, dtype="uint8")
    separator, line_end = ord(layout.separator), ord("\n")
    quotes = np.flatnonzero(content == ord('"'))
    if len(quotes) % 2:
        return None
    padded = np.concatenate([[line_end], content, [line_end]])
    around = np.concatenate([padded[quotes[0::2]], padded[quotes[1::2] + 2]])  # before an opening, after a closing one
    marks = np.flatnonzero((content == separator) | (content == line_end))
    holds_mark = np.searchsorted(marks, quotes[0::2]) != np.searchsorted(marks, quotes[1::2])
    if holds_mark.any() or not np.isin(around, (separator, line_end)).all():
        return None
    plain = _lines(text.data.translate(None, b'"'))
    return plain if len(plain.numbers) == len(text.numbers) else None


def _check_header(header: list[str], row: int, layout: Layout, file: str) -> None:
    where = {"file": file, "row": row, "vendor": layout.vendor}
    if len(header) > (most := all_settings.load().reading.bounds.columns):
        raise BrokenFile(finding("too-many-columns", n=len(header), most=most, **where))
    others = [separator for separator in _SEPARATORS if separator != layout.separator and separator in header[0]]
    names = header[0].split(others[0]) if len(header) == 1 and others else header
    if found := identifiers.in_names([name.strip(' "') for name in names], file, row, layout.vendor):
        raise BrokenFile(*found)
    if len(header) == 1 and others:
        words = {"found": _SEPARATORS[others[0]], "expected": _SEPARATORS[layout.separator]}
        raise BrokenFile(finding("separator-wrong", **where, **words))
    twice = [name for name in layout.known if header.count(name) > 1]
    if twice:
        raise BrokenFile(*(finding("column-twice", column=name, **where) for name in twice))
    missing = [name for name in layout.columns if name not in header]
    if missing:
        raise BrokenFile(*(_missing_column(name, header, layout, where) for name in missing))


def _missing_column(name: str, header: list[str], layout: Layout, where: dict) -> Finding:
    place = layout.columns.index(name)
    needed = [each for each in header if each not in layout.optional]
    renamed = len(needed) == len(layout.columns) and header[place] not in layout.known
    return finding("column-renamed" if renamed else "column-missing", column=name, position=place + 1, **where)


def _header_findings(header: list[str], row: int, layout: Layout, file: str) -> list[Finding]:
    where = {"file": file, "row": row, "vendor": layout.vendor}
    extra = [safe_column_name(name, place) for place, name in enumerate(header, 1) if name not in layout.known]
    found = [finding("column-extra", column=name, **where) for name in dict.fromkeys(extra)]
    if [name for name in header if name in layout.known] != [name for name in layout.known if name in header]:
        found.append(finding("columns-reordered", **where))
    return found


def _check_widths(text: _Text, header: list[str], layout: Layout, file: str) -> None:
    marks = np.flatnonzero(np.frombuffer(text.data, dtype="uint8") == ord(layout.separator))
    widths = np.searchsorted(marks, text.ends) - np.searchsorted(marks, text.starts) + 1
    wrong = np.flatnonzero(widths != len(header))
    if wrong.size:
        place = int(wrong[0])
        fields = text.line(place).split(layout.separator)
        last = place == len(text.numbers) - 1
        raise BrokenFile(_width_finding(int(text.numbers[place]), fields, last, header, layout, file))


def _parsed(text: _Text, header: list[str], layout: Layout) -> pd.DataFrame:
    if len(text.numbers) == 1:
        return pd.DataFrame()
    body = text.data[text.starts[1] :]
    names = [str(place) for place in range(len(header))]  # a delivered header may hold a name twice
    table = pyarrow.csv.read_csv(
        pa.BufferReader(body),
        # One block: a thread less, and no row is too long for it.
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=len(body) + 1, column_names=names),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=layout.separator, quote_char=False, double_quote=False, ignore_empty_lines=True
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=True, null_values=[""]
        ),
    )
    return _frame([pd.Series(column.to_pandas(), dtype="str") for column in table], header, text.numbers[1:], layout)


def _quoted(text: _Text, layout: Layout, file: str) -> tuple[list[str], pd.DataFrame]:
    """Return header and rows of a text with separators or quotes inside quoted fields; slower."""
    reader = csv.reader(StringIO(text.data.decode(), newline=""), delimiter=layout.separator, strict=True)
    header: list[str] = []
    rows, numbers = [], []
    for number in count(1):
        fields = _next_fields(reader)
        if fields is None:
            break
        if not isinstance(fields, list):
            raise BrokenFile(finding("row-unreadable", file, number, vendor=layout.vendor))
        if reader.line_num != number:
            broken = next((place for place, field in enumerate(fields) if _LINE_END.search(field)), len(fields))
            column = _column(header or fields, broken, layout)
            raise BrokenFile(finding("text-control-character", file, number, column, vendor=layout.vendor))
        if not fields:
            continue
        if header:
            rows.append(fields)
            numbers.append(number)
        else:
            header = fields
            _check_header(header, number, layout, file)
    for place, fields in enumerate(rows):
        if len(fields) != len(header):
            last = place == len(rows) - 1
            raise BrokenFile(_width_finding(numbers[place], fields, last, header, layout, file))
    columns = [pd.Series(values, dtype="str") for values in zip(*rows, strict=True)]
    columns = [values.where(values != "") for values in columns]
    return header, _frame(columns, header, np.array(numbers), layout) if rows else pd.DataFrame()


def _next_fields(reader) -> list[str] | bool | None:
    # Caught here, so that no exception raised later has the row in its context.
    try:
        return next(reader)
    except StopIteration:
        return None
    except csv.Error:
        return False


def _frame(columns: list[pd.Series], header: list[str], numbers: np.ndarray, layout: Layout) -> pd.DataFrame:
    names = [
        name if name in layout.known else f"extra {safe_column_name(name, place)} {place}"
        for place, name in enumerate(header, 1)
    ]
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)), copy=False)
    return frame.assign(source_row=numbers.astype("int64"))


def _width_finding(number: int, fields: list[str], last: bool, header: list[str], layout: Layout, file: str) -> Finding:
    where = {"file": file, "row": number, "vendor": layout.vendor}
    score = header.index(layout.score_column)
    if last and len(fields) < len(header):
        return finding("row-truncated", column=_column(header, len(fields) - 1, layout), **where)
    if (
        layout.separator == ","
        and len(fields) == len(header) + 1
        and all(f.isdecimal() for f in fields[score : score + 2])
    ):
        return finding("row-decimal-comma", column=layout.score_column, **where)
    return finding("row-width", found=len(fields), expected=len(header), **where)
