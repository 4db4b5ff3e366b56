"""Which schools a refused file names: in its name, in the head of its message, or in its column of codes.

Nothing else of such a file is believed: a code counts only where a code belongs, and only of a school of the register.
"""

import csv
import os
import re
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

from nco.base import readable

_CODE = r"([0-9]{2}[A-Z]{2})([0-9]{2})?"  # BRIN and, where it is there, vestiging
_IN_NAME = re.compile(rf"(?<![0-9A-Z]){_CODE}(?![0-9A-Z])", re.IGNORECASE)
_WHOLE = re.compile(_CODE, re.IGNORECASE)
_PLACE = re.compile(r"[0-9]{2}")
_HEAD = 65_536  # bytes of a message: the school is told before the results
_BRIN, _LOCATION = (
    re.compile(rf"<(?:[\w.-]+:)?{name}\s*>\s*({form})\s*<".encode(), re.IGNORECASE)
    for name, form in (("brincode", "[0-9]{2}[A-Z]{2}"), ("dependancecode", "[0-9]{2}"))
)
_WITH_LOCATION, _WITHOUT, _APART = "BRINVEST", "BRIN", "VESTIGING"  # names of columns
_SEPARATORS = ",;\t|"
_BINARY = re.compile(rb"[\x01-\x08\x0e-\x1f]")


def of_file(path: Path, n_rows: int, enrolled: Collection[str]) -> dict[str, int]:
    """Return the schools that a file names and how many of its `n_rows` rows are known to be theirs.

    Together no more than n_rows. A BRIN without a vestiging names all its enrolled locations; then no rows are known
    to be of one, unless it has one only.
    """
    data = readable.contents(path)
    names = in_name(path.name)
    if isinstance(data, readable.Unread):
        codes: Counter[str] = Counter()
    else:
        codes = _of_message(data, n_rows) or _of_column(data)
    return _enrolled(names, codes, n_rows, enrolled)


def in_name(name: str) -> set[str]:
    """Return the codes (BRIN, or BRIN and vestiging) in the name of a file or folder."""
    legible = os.fsencode(name).decode("utf-8", errors="replace")
    return {f"{brin}{place}".upper() for brin, place in _IN_NAME.findall(legible)}


def locations(code: str, enrolled: Collection[str]) -> list[str]:
    """Return the schools of the register that a code (BRIN, or BRIN and vestiging) can be of."""
    return sorted(school for school in enrolled if school == code or (len(code) == 4 and school[:4] == code))


def _enrolled(names: set[str], codes: Counter[str], n_rows: int, enrolled: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for code, n in sorted(codes.items()):
        theirs = locations(code, enrolled)
        for school in theirs:
            found[school] = found.get(school, 0) + (n if len(theirs) == 1 else 0)
    named = {school for code in names for school in locations(code, enrolled)}
    # A file of one school by its name, in which no school can be read, is that school's.
    alone = n_rows if len(named) == 1 and not codes else 0
    found |= dict.fromkeys(sorted(named - set(found)), alone)
    return found if sum(found.values()) <= n_rows else dict.fromkeys(found, 0)


def _of_message(data: bytes, n_rows: int) -> Counter[str]:
    """The school in the head of a message: all rows are of that one; of two codes nobody knows which."""
    head = data[:_HEAD].replace(b"\0", b"")  # UTF-16
    brins, places = (set(map(bytes.upper, form.findall(head))) for form in (_BRIN, _LOCATION))
    if len(brins) != 1 or len(places) > 1:
        return Counter()
    return Counter({b"".join([*brins, *(places or {b"00"})]).decode(): n_rows})


def _of_column(data: bytes) -> Counter[str]:
    """The codes in the column of codes of a text, whatever its encoding and separator, and their numbers of rows."""
    plain = data.replace(b"\0", b"").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").removeprefix(b"\xef\xbb\xbf")
    if _BINARY.search(plain):
        return Counter()
    rows = _rows([line for line in plain.decode("latin-1").splitlines() if line.strip()])
    header = [name.strip().upper() for name in next(rows, [])]
    name = _WITH_LOCATION if _WITH_LOCATION in header else _WITHOUT
    if header.count(name) != 1:
        return Counter()
    column, place = header.index(name), header.index(_APART) if name == _WITHOUT and _APART in header else None
    codes = (_code(row, column, place) for row in rows)
    return Counter(code for code in codes if code)


def _rows(lines: list[str]) -> Iterator[list[str]]:
    separator = max(_SEPARATORS, key=lines[0].count) if lines else ""
    for line in lines:
        try:  # a line at a time: a quote that is not closed takes no other lines with it
            yield next(csv.reader([line], delimiter=separator))
        except csv.Error:
            yield []


def _code(row: list[str], column: int, place: int | None) -> str | None:
    if column >= len(row) or not (found := _WHOLE.fullmatch(row[column].strip())):
        return None
    brin, location = found[1].upper(), found[2]
    if place is not None and not location:
        location = (row[place].strip() if place < len(row) else "") or "00"
        if not _PLACE.fullmatch(location):
            return brin
    return f"{brin}{location or ''}"
