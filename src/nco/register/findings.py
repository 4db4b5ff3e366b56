"""What can be wrong with a delivery: rules with their texts, and the findings they give."""

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from functools import cache

import pandas as pd

from nco.base import notes
from nco.base.failures import ExportError
from nco_utils import noted
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root
from nco_utils.tables import BRINVEST_PATTERN, conform, empty

from .delivery_tables import FINDINGS

ROWS_COUNTED = "rows-counted"  # says what the row numbers of a file's other findings mean
READERS = ("school", "supplier")  # of delivery reports
ACTORS = (*READERS, "board", "nco")
_SEVERITY = {"critical": "error", "warning": "warning", "info": "info"}  # Great Expectations' word -> ours


@dataclass(frozen=True)
class Rule:
    """One rule: what it is called, how much it matters, and what the supplier reads (Dutch).

    `keeps_out` says that a row that breaks the rule gives no result. An error always keeps it out. `column_in`: which
    column of the rows names the one that a finding is about, where that differs. who: who can mend it, of ACTORS.
    until: what its last day is that of: delivery, approval_deadline, contract_deadline or never. told: what a reader of
    a delivery report (school or supplier) is told to do, where that is not `action`.
    """

    id: str
    severity: str
    message: str
    action: str
    column: str | None = None
    keeps_out: bool = False
    column_in: str | None = None
    who: tuple[str, ...] = ("nco",)
    until: str = "delivery"
    told: Mapping[str, str] = field(default_factory=dict, hash=False)

    def worded(self, **words: object) -> "Rule":
        """Return the rule with `{words}` filled in; a word is never a pupil's value."""
        return replace(self, message=self.message.format(**words), action=self.action.format(**words))


@dataclass(frozen=True)
class Finding:
    """One row of the table `findings`."""

    rule: str
    severity: str
    vendor: str | None
    brinvest: str | None
    file: str
    row: int | None
    column: str | None
    message: str
    action: str

    def __str__(self) -> str:
        """Return the finding as a sentence for the command line: where, what, what to do."""
        row = "" if pd.isna(self.row) else f", rij {self.row}"
        column = "" if pd.isna(self.column) else f", kolom {self.column}"
        school = "" if pd.isna(self.brinvest) else f", school {self.brinvest}"
        return f"{self.file}{row}{column}{school}: {self.message} {self.action}"


@dataclass(frozen=True)
class Sent:
    """What a message says of itself: its school year and when it was made, and in which rows.

    created: None where that is no moment that a computer can hold.
    """

    school_year: str
    school_year_row: int
    created: pd.Timestamp | None
    created_row: int


class BrokenFile(ExportError):
    """A file that cannot be read as a delivery, with the findings that say why."""

    def __init__(self, *findings: Finding):
        super().__init__(*findings)
        self.findings = findings

    def __str__(self) -> str:
        """Return one line for each finding."""
        return "\n".join(map(str, self.findings))


def expectations_file(name: str) -> dict:
    """Return `expectations/<name>.json`; raises UnusableInput when it cannot be read."""
    path = project_root() / "expectations" / f"{name}.json"
    content = None
    with suppress(OSError, ValueError):
        content = notes.loaded(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise UnusableInput(f"{path} cannot be read as JSON. Restore it from the repository.")
    return content


def suite_rules(name: str) -> dict[str, Rule]:
    """Return the rules of one Great Expectations suite, by id."""
    path = project_root() / "expectations" / f"{name}.json"
    with noted.of(path, "Restore it from the repository."):
        expectations = expectations_file(name)["expectations"]
        return {each["meta"]["rule"]: _rule(each["meta"], _SEVERITY[each["severity"]]) for each in expectations}


@cache
def other_rules() -> dict[str, Rule]:
    """Return the rules that no suite can hold (structure of a file, several tables), by id."""
    return {each["rule"]: _rule(each, each["severity"]) for each in expectations_file("rules")["rules"]}


def _rule(meta: dict, severity: str) -> Rule:
    return Rule(
        id=meta["rule"],
        severity=severity,
        message=meta["nl"]["message"],
        action=meta["nl"]["action"],
        column=meta.get("column"),
        keeps_out=severity == "error" or meta.get("keeps_out", False),
        column_in=meta.get("column_in"),
        who=tuple(meta.get("who", ("nco",))),
        until=meta.get("until", "delivery"),
        told={reader: meta["nl"][reader] for reader in READERS if reader in meta["nl"]},
    )


def finding(
    rule: str,
    file: str,
    row: int | None = None,
    column: str | None = None,
    *,
    vendor: str | None = None,
    brinvest: str | None = None,
    **words: object,
) -> Finding:
    """Return the finding of one of the rules that are in no suite, with its texts filled in."""
    known = other_rules()[rule].worded(column=column, **words)
    return Finding(rule, known.severity, vendor, brinvest, file, row, column, known.message, known.action)


def matches(values: pd.Series, pattern: str) -> pd.Series:
    """Return for each text whether it has the pattern; a missing value has not."""
    return values.str.match(pattern).fillna(False).astype(bool)


def row_findings(rule: Rule, rows: pd.DataFrame, vendor: str) -> pd.DataFrame:
    """Return one finding for each of `rows` (columns source_file, source_row, brinvest)."""
    # A malformed BRINVEST may be a pupil's number in the wrong column: it is not repeated.
    school = rows["brinvest"].where(matches(rows["brinvest"], BRINVEST_PATTERN))
    return pd.DataFrame(
        {
            "rule": rule.id,
            "severity": rule.severity,
            "vendor": vendor,
            "brinvest": school,
            "file": rows["source_file"],
            "row": rows["source_row"],
            "column": rows[rule.column_in] if rule.column_in else rule.column,
            "message": rule.message,
            "action": rule.action,
        }
    )


def findings_table(parts: Iterable[pd.DataFrame | Finding]) -> pd.DataFrame:
    """Return all findings as one canonical table, in an order that depends on nothing but their content."""
    parts = list(parts)
    single = pd.DataFrame([asdict(part) for part in parts if isinstance(part, Finding)])
    frames = [part for part in [single, *parts] if isinstance(part, pd.DataFrame) and not part.empty]
    if not frames:
        return empty(FINDINGS)
    table = conform(pd.concat(frames, ignore_index=True), FINDINGS)
    return table.sort_values(["file", "row", "column", "rule"], na_position="first", ignore_index=True)


def without_needless(findings: pd.DataFrame) -> pd.DataFrame:
    """Return table FINDINGS without what row numbers mean in files of which no finding names a row."""
    numbered = findings["file"].isin(findings.loc[findings["row"].notna(), "file"])
    return findings[(findings["rule"] != ROWS_COUNTED) | numbered].reset_index(drop=True)


_HEADER_NAME = re.compile(r"[A-Za-z_][A-Za-z_ .-]{0,39}")


def safe_column_name(name: str, position: int) -> str:
    """Return a header's name if it looks like one, else its place: a header can hold a value by mistake."""
    return name if _HEADER_NAME.fullmatch(name) else str(position)
