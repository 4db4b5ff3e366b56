"""What messages say of themselves: when they were made, which decides which of two counts, and of which school year."""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from nco.register.findings import Finding, finding, matches
from nco_utils.params import Round
from nco_utils.tables import BRINVEST_PATTERN

from .readers import RawFile
from .readers.facts import ISO_DATE

_DATE_COLUMN, _YEAR_COLUMN = "aanmaakdatum", "schooljaar"


def order(files: Sequence[RawFile], latest: date) -> dict[str, int]:
    """Return for each file its place in the order of delivery: by the day it says it was made, else by name.

    A message whose day of making cannot be is the first: nobody knows whether it is the later of two.
    """

    def place(file: RawFile) -> tuple[int, pd.Timestamp, str]:
        if file.sent is None:
            return 2, pd.Timestamp.min, file.file
        return (1, file.sent.created, file.file) if _possible(file, latest) else (0, pd.Timestamp.min, file.file)

    return {file.file: number for number, file in enumerate(sorted(files, key=place))}


def findings(files: Sequence[RawFile], round_: Round, latest: date) -> list[Finding]:
    """Return a finding for every message that was made on a day that cannot be, and for one of another school year."""
    found = []
    for file in files:
        if file.sent is None:
            continue
        where = {"vendor": file.dialect.VENDOR, "brinvest": _school(file)}
        if not _possible(file, latest):
            found.append(finding("message-date-not-possible", file.file, file.sent.created_row, _DATE_COLUMN, **where))
        if file.sent.school_year != round_.school_year:
            year = {"school_year": round_.school_year}
            place = (file.file, file.sent.school_year_row, _YEAR_COLUMN)
            found.append(finding("message-other-school-year", *place, **where, **year))
    return found


def _possible(file: RawFile, latest: date) -> bool:
    """Return whether a message can have been made when it says: after its last test, and before publication."""
    created = file.sent.created
    if created is None or created.date() > latest:
        return False
    days = file.rows["afnamedatum"].str[:10]
    days = days[matches(days, ISO_DATE) & (days <= latest.isoformat())]
    return days.empty or created.date().isoformat() >= days.max()


def _school(file: RawFile) -> str | None:
    school = file.dialect.schools(file.rows).iloc[:1]
    return school.iloc[0] if matches(school, BRINVEST_PATTERN).all() else None
