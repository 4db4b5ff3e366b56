"""The delivery report (leveringsverslag), per supplier and school: what arrived, what was used, what to mend by when.

Files and row numbers only, never a pupil's value. `delivery_files` writes them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from nco.base import all_settings
from nco.base.dutch import count, date_words, texts
from nco_utils.params import Round
from nco_utils.tables import VENDORS

from . import without_growth
from .delivery_matters import FOLDER, Lost, Matter, Reader, Told, by_reader, matters
from .quarantine import RefusedFile
from .validation import Validation

COUNTS = ("n_rows", "n_used", "n_quarantined", "n_superseded", "n_withdrawn")
STATES = ("breach", "refused", "nothing", "aside", "rest", "used")  # what needs attention most comes first
_WITHOUT_ROWS = ("file-empty", "file-without-rows")
SHOWN_LINES = 100  # of files or schools, on a page; the CSV has all


@dataclass(frozen=True)
class Line:
    """A line of the account: a file, a school or the total, with its numbers of rows in the order of COUNTS.

    refused: a file that is set aside whole; unknown: of which nobody can say how many rows are in it, or the school's.
    """

    name: str
    counts: tuple[int, ...]
    refused: bool = False
    unknown: bool = False


@dataclass(frozen=True)
class Report:
    """One delivery report; `vendor` of a school is the one in the register.

    files and schools: the first lines of the account, those that need attention first, and how many more there are.
    """

    kind: str
    id: str
    name: str
    board: str | None
    vendor: str | None
    round: str
    next_deadline: str | None
    state: str
    summary: tuple[str, ...]
    files: tuple[Line, ...]
    more_files: int
    total: Line
    schools: tuple[Line, ...]
    more_schools: int
    errors: tuple[Matter, ...]
    checks: tuple[Matter, ...]
    others: tuple[Matter, ...]
    notes: tuple[Matter, ...]

    @property
    def settled(self) -> bool:
        """Whether nothing is asked of the reader and every row was dealt with."""
        return self.state in ("rest", "used") and not self.errors and not self.checks

    @property
    def counts(self) -> dict[str, int]:
        """The numbers of rows in all its files."""
        return dict(zip(COUNTS, self.total.counts, strict=True))

    @property
    def n_asked(self) -> int:
        """How many things the reader is asked to mend or to look at."""
        return len(self.errors) + len(self.checks)


@dataclass(frozen=True)
class _About:
    """Whom a report is for, and of a supplier the schools of which rows are set aside."""

    kind: str
    id: str
    name: str
    board: str | None
    vendor: str | None
    schools: tuple[Line, ...]


@dataclass(frozen=True)
class Part:
    """What one report is about: its rows of ACCOUNT, as tuples in the order of the columns, and what it tells."""

    account: list
    told: list[Told]


@dataclass(frozen=True)
class Basis:
    """What all reports of a round go by."""

    validation: Validation
    schools: pd.DataFrame
    code: str
    days: Mapping[str, date | None]
    lost: Lost
    growth: without_growth.WithoutGrowth

    @property
    def until(self) -> date | None:
        """The last day for a new delivery."""
        return self.days["delivery"]


def basis(validation: Validation, schools: pd.DataFrame, round_: Round, round_code: str, today: date) -> Basis:
    """Return what the reports of a round go by; schools: the participation. `today` decides which deadline is next."""
    settings = all_settings.load()
    growth = without_growth.find(
        validation.results,
        validation.outside,
        round_,
        settings.profile.minimum_group,
        settings.validation.growth_missing_share,
    )
    days = {name: getattr(round_, name) for name in ("approval_deadline", "contract_deadline")}
    still = {name: day if day >= today else None for name, day in days.items()}
    return Basis(
        validation,
        schools,
        round_code,
        {"delivery": round_.next_deadline(today), "never": None, **still},
        Lost(validation),
        growth,
    )


def supplier_reports(of: Basis) -> Iterator[tuple[Report, Part]]:
    """Yield the report of every supplier with a delivery, a finding or a school that takes part."""
    validation, schools = of.validation, of.schools
    names, words = schools.set_index("brinvest")["school_name"].to_dict(), texts(FOLDER)
    found = by_reader(validation, of.growth.lacking, schools["brinvest"], "vendor")
    accounts = _accounts(validation, "vendor")
    expected = set(schools.loc[schools["refused"].isna(), "vendor"])
    lacking_growth = _vendors_of(validation, of.growth.schools)
    for vendor in VENDORS:
        account = accounts.get(vendor, [])
        if not account and vendor not in found and vendor not in expected:
            continue
        lines = _lines(account, "brinvest", names, words["no_school"], {})
        wrong = sorted((line for line in lines if line.counts[2]), key=lambda line: (-line.counts[2], line.name))
        refused = {file.file: file for file in validation.refused if file.vendor == vendor}
        about = _About("supplier", vendor, words["vendors"][vendor], None, vendor, tuple(wrong))
        nothing = [words["not_expected"], *_deliver_by(of.until, "supplier")]
        yield _report(of, account, found.get(vendor, []), refused, nothing, [], vendor in lacking_growth, about)


def school_reports(of: Basis) -> Iterator[tuple[Report, Part]]:
    """Yield the report of every school of the register that takes part or of which something was delivered."""
    validation, schools = of.validation, of.schools
    found = by_reader(validation, of.growth.lacking, schools["brinvest"], "brinvest")
    accounts = _accounts(validation, "brinvest")
    for school in schools.itertuples():
        account, theirs = accounts.get(school.brinvest, []), found.get(school.brinvest, [])
        if not account and not theirs and pd.notna(school.refused):
            continue
        refused = {file.file: file for file in validation.refused if school.brinvest in file.schools}
        maybe = _maybe(validation.refused, school, bool(account))
        about = _About("school", school.brinvest, school.school_name, school.board_name, school.vendor, ())
        nothing = _not_delivered(school, of, bool(maybe))
        yield _report(of, account, theirs, refused, nothing, maybe, school.brinvest in of.growth.schools, about)


def _report(
    of: Basis,
    account: list,
    found: list,
    refused: Mapping[str, RefusedFile],
    nothing: list[str],
    maybe: list[str],
    some_without_growth: bool,
    about: "_About",
) -> tuple[Report, Part]:
    files = _lines(account, "file", {}, "", refused)
    total = Line("", tuple(sum(line.counts[n] for line in files) for n in range(len(COUNTS))))
    reader = Reader(about.kind, of.days, total.counts[1] > 0)
    pairs = matters(found, of.lost, reader)
    by_kind: dict[str, list[Matter]] = defaultdict(list)
    for matter, _ in pairs:
        by_kind[matter.kind].append(matter)
    state = _state(files, total, pairs)
    if files:
        summary = [*_counted(total), *_refused(files, reader), *maybe]
        summary.append(_then(by_kind, total, of.until, some_without_growth, reader))
    else:
        summary = [*nothing, *maybe]
    report = Report(
        kind=about.kind,
        id=about.id,
        name=about.name,
        board=about.board,
        vendor=about.vendor,
        round=of.code,
        next_deadline=of.until.isoformat() if of.until else None,
        state=state,
        summary=tuple(summary),
        files=files[:SHOWN_LINES],
        more_files=max(0, len(files) - SHOWN_LINES),
        total=total,
        schools=about.schools[:SHOWN_LINES],
        more_schools=max(0, len(about.schools) - SHOWN_LINES),
        errors=tuple(by_kind["errors"]),
        checks=tuple(by_kind["checks"]),
        others=tuple(by_kind["others"]),
        notes=tuple(by_kind["notes"]),
    )
    return report, Part(account, [told for _, single in pairs for told in single])


def _state(files: tuple[Line, ...], total: Line, pairs: list[tuple[Matter, list[Told]]]) -> str:
    if any(matter.breach for matter, _ in pairs):
        return "breach"
    if any(line.refused for line in files):
        return "refused"
    if not files:
        return "nothing"
    if total.counts[2]:
        return "aside"
    return "used" if total.counts[0] == total.counts[1] else "rest"


def _counted(total: Line) -> list[str]:
    """What became of the rows, in a sentence; none where no row can be counted."""
    words = texts(FOLDER)
    numbers = dict(zip(COUNTS, total.counts, strict=True))
    said = {
        "rows": _rows(numbers["n_rows"]),
        "used": count(numbers["n_used"]),
        "quarantined": count(numbers["n_quarantined"]),
    }
    match numbers:
        case {"n_rows": 0}:
            return []
        case {"n_used": 0}:
            first = "none_used"
        case {"n_quarantined": n} if n:
            first = "some_used"
        case {"n_rows": n, "n_used": used} if n != used:
            first = "nothing_aside"
        case _:
            first = "all_used"
    gone = [(name, numbers[f"n_{name}"]) for name in ("superseded", "withdrawn")]
    return [" ".join([words[first].format(**said), *(words[name].format(n=count(n)) for name, n in gone if n)])]


def _refused(files: tuple[Line, ...], reader: Reader) -> list[str]:
    """How many files were refused, and where nobody can say how many rows were in one."""
    words, n = texts(FOLDER), sum(line.refused for line in files)
    if not n:
        return []
    said = words["refused"][reader.kind]["one" if n == 1 else "more"].format(n=count(n))
    return [said, *([words["unknown_rows"]] if any(line.unknown for line in files) else [])]


def _then(
    by_kind: Mapping[str, list[Matter]], total: Line, until: date | None, some_without_growth: bool, reader: Reader
) -> str:
    """What the reader has to do."""
    words = texts(FOLDER)
    day = date_words(until.isoformat()) if until else ""
    if by_kind["errors"]:
        return words["deadline"][reader.kind].format(day=day) if until else words["too_late"]
    if by_kind["checks"]:
        return words["check_by"].format(day=day) if until else words["check"]
    if by_kind["others"] or total.counts[2]:
        return words["nothing_to_mend"]
    return words["some_without_growth"][reader.kind] if some_without_growth else words["nothing_to_do"]


def _not_delivered(school, of: Basis, maybe: bool) -> list[str]:
    """What a school reads of which nothing was delivered."""
    words = texts(FOLDER)
    said = [words["not_delivered"]]
    if pd.notna(school.refused):
        return [*said, words["not_approved" if school.refused == "approval-missing" else "takes_no_part"]]
    return said if maybe else [*said, *_deliver_by(of.until, "school")]


def _deliver_by(until: date | None, kind: str) -> list[str]:
    words = texts(FOLDER)
    if not until:
        return [words["too_late_to_deliver"]]
    return [words["deliver_by"][kind].format(day=date_words(until.isoformat()))]


def _maybe(refused: tuple[RefusedFile, ...], school, delivered: bool) -> list[str]:
    """That the school's results may be in a file of its supplier that names no school, where that can be."""
    if delivered:
        return []
    n = sum(not each.schools and each.may_hold(school.brinvest, school.vendor) for each in refused)
    words = texts(FOLDER)["broken_files"]
    return [words["one" if n == 1 else "more"].format(n=count(n))] if n else []


def _vendors_of(validation: Validation, schools: frozenset[str]) -> set[str]:
    results = validation.results
    return set(results.loc[results["brinvest"].isin(schools), "vendor"].unique())


def _lines(
    account: list, by: str, names: Mapping[str, str], unknown: str, refused: Mapping[str, RefusedFile]
) -> tuple[Line, ...]:
    """The account by file or school; of files those that need attention come first."""
    sums: dict[str, list[int]] = {}
    for row in account:
        key = getattr(row, by)
        known = pd.notna(key)
        name = f"{names.get(key, '')} {key}".strip() if known else unknown
        line = sums.setdefault(name, [0] * len(COUNTS))
        for place, column in enumerate(COUNTS):
            line[place] += int(getattr(row, column))
    lines = [Line(name, tuple(counts), *_refusal(refused.get(name), counts)) for name, counts in sums.items()]
    return tuple(sorted(lines, key=lambda line: (not line.refused, -line.counts[2], line.name)))


def _refusal(file: RefusedFile | None, counts: list[int]) -> tuple[bool, bool]:
    """Whether a file was refused, and whether it may hold rows that nobody can count."""
    return file is not None, file is not None and not any(counts) and file.rule not in _WITHOUT_ROWS


def _accounts(validation: Validation, by: str) -> dict[str, list]:
    """Split the account by supplier or school."""
    parts: dict[str, list] = defaultdict(list)
    for row in validation.account.itertuples(index=False):
        if pd.notna(key := getattr(row, by)):
            parts[key].append(row)
    return parts


def _rows(n: int) -> str:
    words = texts(FOLDER)
    return f"{count(n)} {words['row'] if n == 1 else words['rows']}"
