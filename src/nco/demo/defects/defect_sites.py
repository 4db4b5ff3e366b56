"""What a defect is done to, and the place where it must be found."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .tampering import DelimitedFile, MessageFile

YEAR = 2023  # of the M tests in the last round


@dataclass(frozen=True)
class Place:
    """Where a defect must be found: in the file, at a row, in a column; of an earlier round if `round` says so."""

    file: Path
    row: int | None = None
    column: str | None = None
    round: str | None = None


@dataclass(frozen=True)
class Site:
    """What a defect is done to: a school's rows in an opened file, and the data folder it lies in."""

    file: DelimitedFile | MessageFile
    school: str
    folder: Path
    code: str

    def at(self, row: int | None = None, column: str | None = None) -> Place:
        """Return a place in this file; `column` as the supplier calls it."""
        return Place(self.file.path, row, column)

    def m_test(self, fits: Callable[[int], bool] = lambda _: True) -> int:
        """Return the row of an M test of the last school year: the one in the middle of those that fit."""
        rows = [row for row in self.file.of_school(self.school) if self._is_m_test(row) and fits(row)]
        return rows[len(rows) // 2]

    def _is_m_test(self, row: int) -> bool:
        day = self.file.day(row)
        return day.year == YEAR and day.month < 3
