"""Changes delivered files on purpose, place by place, without knowing the rules that they break."""

import csv
import re
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

# What a defect calls a column -> the supplier's own name.
COLUMNS = {
    "cito": {
        "school": "BRINVEST",
        "pupil": "LEERLING_ID",
        "grade": "GROEP",
        "test": "TOETSCODE",
        "date": "AFNAMEDATUM",
        "scale": "SCHAAL",
        "score": "VAARDIGHEIDSSCORE",
    },
    "esis": {
        "school": "Brin",
        "location": "Vestiging",
        "pupil": "Leerlingnummer",
        "sex": "Geslacht",
        "grade": "Jaargroep",
        "test": "Toets",
        "moment": "Toetsmoment",
        "date": "Afnamedatum",
        "scale": "Schaal",
        "score": "Vaardigheidsscore",
    },
    "parnassys": {
        "school": "brincode",
        "location": "dependancecode",
        "pupil": "leerlingid",
        "test": "toetscode",
        "date": "afnamedatum",
        "scale": "codevaardigheidsschaal",
        "score": "vaardigheidsscore",
    },
}


_PART = "aantalgoed>"  # a `resultaat` of a part of a test has it, and no other


@dataclass(frozen=True)
class _Format:
    separator: str
    encoding: str
    day: str
    decimal: str


_FORMATS = {"cito": _Format(",", "utf-8-sig", "%Y-%m-%d", "."), "esis": _Format(";", "cp1252", "%d-%m-%Y", ",")}


class DelimitedFile:
    """A CSV export in memory; rows are numbered as in the file, the header is row 1."""

    def __init__(self, path: Path, vendor: str):
        self.path, self.vendor, self.format = path, vendor, _FORMATS[vendor]
        text = path.read_bytes().decode(self.format.encoding)
        self.rows = list(csv.reader(StringIO(text, newline=""), delimiter=self.format.separator))
        self._by_school: dict[str, list[int]] | None = None

    def name(self, column: str) -> str:
        """Return the supplier's name of a column."""
        return COLUMNS[self.vendor][column]

    def get(self, row: int, column: str) -> str:
        """Return the text of a cell."""
        return self.rows[row - 1][self.rows[0].index(self.name(column))]

    def set(self, row: int, column: str, text: str) -> None:
        """Change a cell."""
        self.rows[row - 1][self.rows[0].index(self.name(column))] = text

    def school(self, row: int) -> str:
        """Return BRIN and vestiging of a row."""
        return self.get(row, "school") + (self.get(row, "location") if "location" in COLUMNS[self.vendor] else "")

    def of_school(self, brinvest: str) -> list[int]:
        """Return the rows of a school, as it was called when the file was opened."""
        if self._by_school is None:
            self._by_school = {}
            for row in range(2, len(self.rows) + 1):
                self._by_school.setdefault(self.school(row), []).append(row)
        return self._by_school.get(brinvest, [])

    def day(self, row: int) -> date:
        """Return the date of the test."""
        text = self.get(row, "date")
        day, month, year = text.split("-") if self.vendor == "esis" else reversed(text.split("-"))
        return date(int(year), int(month), int(day))

    def set_day(self, row: int, day: date) -> None:
        """Change the date of the test."""
        self.set(row, "date", day.strftime(self.format.day))

    def score(self, row: int) -> float:
        """Return the score."""
        return float(self.get(row, "score").replace(",", "."))

    def set_score(self, row: int, score: float) -> None:
        """Change the score."""
        self.set(row, "score", f"{score:.1f}".replace(".", self.format.decimal))

    def code(self, row: int) -> str:
        """Return the test, such as BL-M5."""
        moment = self.get(row, "moment") if self.vendor == "esis" else ""
        return self.get(row, "test") + (f"-{moment}" if moment else "")

    def pupil(self, row: int) -> str:
        """Return the key of the pupil of a row."""
        return self.get(row, "pupil")

    def copy(self, row: int) -> int:
        """Append a copy of a row; returns its number."""
        self.rows.append(list(self.rows[row - 1]))
        return len(self.rows)

    def move(self, brinvest: str, path: Path) -> "DelimitedFile":
        """Take a school out into a file of its own."""
        theirs = set(self.of_school(brinvest))
        path.write_bytes(self._bytes([self.rows[0], *(self.rows[row - 1] for row in sorted(theirs))]))
        self.rows = [fields for row, fields in enumerate(self.rows, 1) if row not in theirs]
        self._by_school = None
        return DelimitedFile(path, self.vendor)

    def save(self, separator: str | None = None, encoding: str | None = None) -> None:
        """Write the file, if asked for with another separator or encoding."""
        self.path.write_bytes(self._bytes(self.rows, separator, encoding))

    def _bytes(self, rows: list[list[str]], separator: str | None = None, encoding: str | None = None) -> bytes:
        text = StringIO(newline="")
        csv.writer(text, delimiter=separator or self.format.separator, lineterminator="\r\n").writerows(rows)
        return text.getvalue().encode(encoding or self.format.encoding)


class MessageFile:
    """A UWLR message in memory, as lines of text; a row is the line of a `resultaat`, which stands on one line."""

    def __init__(self, path: Path, vendor: str = "parnassys"):
        self.path, self.vendor = path, vendor
        self.lines = path.read_text(encoding="utf-8").splitlines(keepends=True)

    def name(self, column: str) -> str:
        """Return the supplier's name of a column."""
        return COLUMNS[self.vendor][column]

    def of_school(self, _: str = "") -> list[int]:
        """Return the rows of the school: all of the message."""
        return [row for row, line in enumerate(self.lines, 1) if "<resultaat " in line and _PART not in line]

    def get(self, row: int, column: str) -> str:
        """Return the text of an element of a `resultaat`."""
        return re.search(rf"<(?:\w+:)?{self.name(column)}>([^<]*)<", self.lines[row - 1]).group(1)

    def set(self, row: int, column: str, text: str) -> None:
        """Change the text of an element of a `resultaat`."""
        pattern = rf"(<(?:\w+:)?{self.name(column)}>)[^<]*(<)"
        for place in self._with_parts(row):
            self.lines[place] = re.sub(pattern, rf"\g<1>{text}\g<2>", self.lines[place], count=1)

    def remove(self, row: int, column: str) -> None:
        """Take an element out of a `resultaat`."""
        pattern = rf"<((?:\w+:)?{self.name(column)})>[^<]*</\1>"
        for place in self._with_parts(row):
            self.lines[place] = re.sub(pattern, "", self.lines[place], count=1)

    def day(self, row: int) -> date:
        """Return the date of the test."""
        return date.fromisoformat(self.get(row, "date"))

    def set_day(self, row: int, day: date) -> None:
        """Change the date of the test."""
        self.set(row, "date", day.isoformat())

    def score(self, row: int) -> float:
        """Return the score."""
        return float(self.get(row, "score"))

    def set_score(self, row: int, score: float) -> None:
        """Change the score."""
        self.set(row, "score", f"{score:.1f}")

    def code(self, row: int) -> str:
        """Return the test, such as BL-M5, without the jaargroep of pupils who take another level."""
        return re.sub(r"-G[1-8]$", "", self.get(row, "test"))

    def pupil(self, row: int) -> str:
        """Return the key of the pupil of a row."""
        return self._of_pupil(row, self.name("pupil"))

    def eckid(self, row: int) -> str:
        """Return the chain identifier of the pupil of a row."""
        return self._of_pupil(row, "eckid")

    def put(self, old: str, new: str) -> None:
        """Replace a text wherever it stands."""
        self.lines = [line.replace(old, new) for line in self.lines]

    def save(self) -> None:
        """Write the message."""
        self.path.write_text("".join(self.lines), encoding="utf-8", newline="\n")

    def _with_parts(self, row: int) -> range:
        """Return the places of a `resultaat` and of those of the parts of its test, which follow it."""
        last = row
        while last < len(self.lines) and _PART in self.lines[last]:
            last += 1
        return range(row - 1, last)

    def _of_pupil(self, row: int, element: str) -> str:
        """Return the text of the nearest such element before a row."""
        before = "".join(self.lines[: row - 1])
        return re.findall(rf"<{element}>([^<]*)<", before)[-1]


def opened(path: Path, vendor: str) -> DelimitedFile | MessageFile:
    """Return the delivered file, to be changed."""
    return MessageFile(path, vendor) if vendor == "parnassys" else DelimitedFile(path, vendor)
