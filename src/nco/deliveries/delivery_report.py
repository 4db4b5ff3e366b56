"""The delivery report (leveringsverslag), per supplier and school: what arrived, what was used, what to mend by when.

Files and row numbers only, never a pupil's value. `delivery_files` writes them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from nco.base.dutch import count, date_words, texts
from nco.register.delivery_tables import SEVERITIES
from nco_utils.params import Round
from nco_utils.tables import VENDORS

from .validation import Validation

FOLDER = "leveringsverslag"
COUNTS = ("n_rows", "n_used", "n_quarantined", "n_superseded", "n_withdrawn")
SHOWN_PLACES = 5  # of one matter; the CSV has all
SHOWN_SCHOOLS = 100  # on a supplier's page; the CSV has all


@dataclass(frozen=True)
class Line:
    """A line of the account: a file, a school or the total, with its numbers of rows in the order of COUNTS."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Matter:
    """One thing that is wrong: the rule in words, how often and first where, what to do and until when."""

    rule: str
    severity: str
    message: str
    action: str
    until: str | None
    times: int
    schools: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def until_words(self) -> str:
        """The last day in words."""
        return date_words(self.until) if self.until else ""

    @property
    def often(self) -> str:
        """How often it was found."""
        words = texts(FOLDER)
        return words["once"] if self.times == 1 else words["times"].format(n=count(self.times))

    @property
    def school_words(self) -> str:
        """The first of its schools, and how many more there are."""
        more = len(self.schools) - SHOWN_PLACES
        said = ", ".join(self.schools[:SHOWN_PLACES])
        return f"{said} {texts(FOLDER)['more'].format(n=count(more))}" if more > 0 else said


@dataclass(frozen=True)
class Report:
    """One delivery report; `vendor` of a school is the one in the register."""

    kind: str
    id: str
    name: str
    board: str | None
    vendor: str | None
    round: str
    next_deadline: str | None
    summary: tuple[str, ...]
    files: tuple[Line, ...]
    total: Line
    schools: tuple[Line, ...]
    more_schools: int
    errors: tuple[Matter, ...]
    remarks: tuple[Matter, ...]

    @property
    def settled(self) -> bool:
        """Whether nothing is asked of the reader."""
        return bool(self.files) and not self.errors and not self.counts["n_quarantined"]

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of rows in all its files."""
        return dict(zip(COUNTS, self.total.counts, strict=True))


@dataclass(frozen=True)
class Part:
    """The rows of ACCOUNT and FINDINGS that one report is about, as tuples in the order of the tables' columns."""

    account: list
    findings: list


def supplier_reports(
    validation: Validation, schools: pd.DataFrame, round_: Round, round_code: str, today: date
) -> Iterable[tuple[Report, Part]]:
    """Yield the report of every supplier with a delivery, a finding or a school that takes part."""
    names, words = schools.set_index("brinvest")["school_name"].to_dict(), texts(FOLDER)
    parts = _parts(validation, "vendor")
    expected = set(schools.loc[schools["refused"].isna(), "vendor"])
    for vendor in VENDORS:
        part = parts.get(vendor)
        if part is None and vendor not in expected:
            continue
        part = part or Part([], [])
        lines = _lines(part.account, "brinvest", names, words["no_school"])
        wrong = sorted((line for line in lines if line.counts[2]), key=lambda line: (-line.counts[2], line.name))
        yield (
            _report(
                part,
                round_.next_deadline(today),
                kind="supplier",
                id=vendor,
                name=words["vendors"][vendor],
                board=None,
                vendor=vendor,
                round=round_code,
                empty=[words["not_expected"]],
                schools=tuple(wrong[:SHOWN_SCHOOLS]),
                more_schools=max(0, len(wrong) - SHOWN_SCHOOLS),
            ),
            part,
        )


def school_reports(
    validation: Validation, schools: pd.DataFrame, round_: Round, round_code: str, today: date
) -> Iterable[tuple[Report, Part]]:
    """Yield the report of every school of the register that takes part or of which something was delivered."""
    words, parts = texts(FOLDER), _parts(validation, "brinvest")
    whole = validation.quarantine[validation.quarantine["level"] == "file"]
    broken = whole.groupby("vendor").size().to_dict()
    for school in schools.itertuples():
        part = parts.get(school.brinvest)
        if part is None and pd.notna(school.refused):
            continue
        lacking = [words["not_delivered"]]
        if school.vendor in broken:
            lacking.append(words["broken_files"].format(n=broken[school.vendor]))
        part = part or Part([], [])
        yield (
            _report(
                part,
                round_.next_deadline(today),
                kind="school",
                id=school.brinvest,
                name=school.school_name,
                board=school.board_name,
                vendor=school.vendor,
                round=round_code,
                empty=lacking,
                schools=(),
                more_schools=0,
            ),
            part,
        )


def _report(part: Part, until: date | None, *, empty: Sequence[str], **about: object) -> Report:
    files = _lines(part.account, "file", {}, "")
    total = Line("", tuple(sum(line.counts[n] for line in files) for n in range(len(COUNTS))))
    errors, remarks = [], []
    for matter in _matters(part.findings, until):
        (errors if matter.severity == "error" else remarks).append(matter)
    summary = _summary(total, errors, remarks, until) if files else tuple(empty)
    return Report(
        **about,
        next_deadline=until.isoformat() if until else None,
        summary=summary,
        files=files,
        total=total,
        errors=tuple(errors),
        remarks=tuple(remarks),
    )


def _summary(total: Line, errors: list[Matter], remarks: list[Matter], until: date | None) -> tuple[str, ...]:
    words = texts(FOLDER)
    numbers = dict(zip(COUNTS, total.counts, strict=True))
    said = {
        "rows": _rows(numbers["n_rows"]),
        "used": count(numbers["n_used"]),
        "quarantined": count(numbers["n_quarantined"]),
    }
    match numbers:
        case {"n_used": 0, "n_quarantined": n} if n:
            first = "none_used"
        case {"n_quarantined": n} if n:
            first = "some_used"
        case {"n_rows": n, "n_used": used} if n != used:
            first = "nothing_aside"
        case _:
            first = "all_used"
    if errors or numbers["n_quarantined"]:
        then = words["deadline"].format(day=date_words(until.isoformat())) if until else words["too_late"]
    else:
        then = words["remarks" if remarks else "nothing_to_do"]
    return words[first].format(**said), then


def _matters(findings: list, until: date | None) -> list[Matter]:
    """Group findings by what is wrong: errors first, then what occurs most."""
    groups = defaultdict(list)
    for found in findings:
        groups[found.rule, found.severity, found.message, found.action].append(found)
    matters = [
        Matter(
            rule,
            severity,
            message,
            action,
            until.isoformat() if until and severity == "error" else None,
            len(found),
            tuple(sorted({each.brinvest for each in found if pd.notna(each.brinvest)})),
            _places(found),
        )
        for (rule, severity, message, action), found in groups.items()
    ]
    return sorted(matters, key=lambda m: (SEVERITIES.index(m.severity), -m.times, m.rule, m.message))


def _places(found: list) -> tuple[str, ...]:
    words = texts(FOLDER)
    by_column = defaultdict(list)
    for each in found[:SHOWN_PLACES]:
        by_column[each.file, each.column if pd.notna(each.column) else ""].append(each.row)
    places = []
    for (file, column), numbers in by_column.items():
        rows = [str(row) for row in numbers if pd.notna(row)]
        if not rows:
            places.append(file)
            continue
        listed = rows[0] if len(rows) == 1 else f"{', '.join(rows[:-1])} {words['and']} {rows[-1]}"
        said = f"{words['row'] if len(rows) == 1 else words['rows']} {listed}"
        places.append(words["places_column" if column else "places"].format(file=file, rows=said, column=column))
    if len(found) > SHOWN_PLACES:
        places.append(words["more_places"].format(n=count(len(found) - SHOWN_PLACES)))
    return tuple(places)


def _lines(account: list, by: str, names: Mapping[str, str], unknown: str) -> tuple[Line, ...]:
    sums: dict[str, list[int]] = {}
    for row in account:
        key = getattr(row, by)
        known = pd.notna(key)
        name = f"{names.get(key, '')} {key}".strip() if known else unknown
        line = sums.setdefault(name, [0] * len(COUNTS))
        for place, column in enumerate(COUNTS):
            line[place] += int(getattr(row, column))
    return tuple(Line(name, tuple(counts)) for name, counts in sums.items())


def _parts(validation: Validation, by: str) -> dict[str, Part]:
    """Split the account and the findings by supplier or school."""
    parts: dict[str, Part] = defaultdict(lambda: Part([], []))
    for row in validation.account.itertuples(index=False):
        parts[getattr(row, by)].account.append(row)
    for row in validation.findings.itertuples(index=False):
        parts[getattr(row, by)].findings.append(row)
    return {key: part for key, part in parts.items() if pd.notna(key)}


def _rows(n: int) -> str:
    words = texts(FOLDER)
    return f"{count(n)} {words['row'] if n == 1 else words['rows']}"
