"""Where a round stands: which schools take part, which of them miss what, and until when that can be mended."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from nco.base import all_settings
from nco.register import delivery_tables
from nco.register.enrolment import GIVEN, given_by, participation, read_register
from nco_utils import tables
from nco_utils.params import Round

CONTRACT, APPROVAL, DELIVERY, QUARANTINE = MISSES = ("contract", "approval", "delivery", "quarantined rows")


@dataclass(frozen=True)
class Miss:
    """One thing that a school misses, and the last day on which it counts for this round."""

    what: str
    until: date
    n_rows: int | None = None


@dataclass(frozen=True)
class School:
    """One school that is open in the round, what it misses, and what its contract gives it (`given_by`)."""

    brinvest: str
    school_name: str
    board_number: str
    vendor: str
    takes_part: bool
    misses: tuple[Miss, ...]
    gets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """A round's schools, in order of the register; `refused_files` are the delivered files that are set aside whole.

    gives: what a contract gives in a round with reports of its own, with the last day.
    """

    round_code: str
    deadlines: dict[str, date]
    validated: bool
    schools: tuple[School, ...]
    refused_files: tuple[str, ...]
    gives: dict[str, date] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self.validated and not self.refused_files and not any(school.misses for school in self.schools)

    def number(self, what: str) -> int:
        """Return how many schools miss that."""
        return sum(any(miss.what == what for miss in school.misses) for school in self.schools)


def status(round_code: str, data: Path) -> Status:
    """Return where a round stands, from the register and from its latest validation, if there was one.

    Raises UnusableInput when there is no such round or no register.
    """
    round_ = all_settings.load().round(round_code)
    schools = participation(read_register(data), round_)
    folder = Path(data) / round_code
    validated = (folder / f"{delivery_tables.ACCOUNT.name}.parquet").is_file()
    account = tables.read(delivery_tables.ACCOUNT, folder) if validated else tables.empty(delivery_tables.ACCOUNT)
    quarantine = (
        tables.read(delivery_tables.QUARANTINE, folder) if validated else tables.empty(delivery_tables.QUARANTINE)
    )
    rows = account[account["n_rows"] > 0].groupby("brinvest")[["n_rows", "n_quarantined"]].sum()
    days = {
        name: getattr(round_, name) for name in ("contract_deadline", "approval_deadline", "export_date", "publication")
    }
    return Status(
        round_code,
        days,
        validated,
        tuple(_school(school, rows, days, round_) for school in schools[schools["open"]].itertuples()),
        tuple(dict.fromkeys(quarantine.loc[quarantine["level"] == "file", "file"])),
        dict.fromkeys(round_.reports, round_.contract_deadline) | round_.also,
    )


def as_record(found: Status) -> dict:
    """Return a status as what `nco status --json` prints."""
    return {
        "round": found.round_code,
        "complete": found.complete,
        "validated": found.validated,
        "deadlines": {name: day.isoformat() for name, day in found.deadlines.items()},
        "schools": len(found.schools),
        "taking_part": sum(school.takes_part for school in found.schools),
        "missing": {what: found.number(what) for what in MISSES},
        "refused_files": list(found.refused_files),
        **({"gives": _given(found)} if found.gives else {}),
        "incomplete": [
            {
                "brinvest": school.brinvest,
                "school_name": school.school_name,
                "board_number": school.board_number,
                "vendor": school.vendor,
                "takes_part": school.takes_part,
                "misses": [
                    {"what": miss.what, "until": miss.until.isoformat()}
                    | ({} if miss.n_rows is None else {"rows": miss.n_rows})
                    for miss in school.misses
                ],
            }
            | ({"gets": list(school.gets)} if found.gives else {})
            for school in found.schools
            if school.misses
        ],
    }


def _given(found: Status) -> dict[str, dict]:
    """Of all that a contract gives: until when, and how many schools get it."""
    return {
        name: {"until": last.isoformat(), "schools": sum(name in school.gets for school in found.schools)}
        for name, last in found.gives.items()
    }


def _school(school, rows: pd.DataFrame, days: dict[str, date], round_: Round) -> School:
    delivered = school.brinvest in rows.index
    misses = []
    if school.contract != GIVEN:
        misses.append(Miss(CONTRACT, days["contract_deadline"]))
    # Without a contract a school has nothing to approve yet.
    elif school.approval != GIVEN:
        misses.append(Miss(APPROVAL, days["approval_deadline"]))
    if school.contract == GIVEN and not delivered:
        misses.append(Miss(DELIVERY, days["export_date"]))
    if delivered and rows.at[school.brinvest, "n_quarantined"]:
        misses.append(Miss(QUARANTINE, days["publication"], int(rows.at[school.brinvest, "n_quarantined"])))
    return School(
        school.brinvest,
        school.school_name,
        school.board_number,
        school.vendor,
        pd.isna(school.refused),
        tuple(misses),
        given_by(None if pd.isna(school.contract_received_on) else school.contract_received_on.date(), round_),
    )
