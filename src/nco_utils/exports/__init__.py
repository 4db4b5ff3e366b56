"""Vendor exports: reads a delivered file of any dialect, checks it, and gives canonical results."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import ModuleType

import pandas as pd

from .. import params
from ..tables import RESULTS, empty
from . import cito
from .rules import BrokenFile, Finding, finding, findings_table, row_findings, suite_rules
from .suites import broken_rows

DIALECTS: tuple[ModuleType, ...] = (cito,)


@dataclass(frozen=True)
class RawFile:
    """One file as delivered: its dialect, its rows as text, and what its header gave to remark."""

    dialect: ModuleType
    file: str
    rows: pd.DataFrame
    findings: list[Finding]


@dataclass(frozen=True)
class Delivery:
    """What a delivery holds: tables RESULTS (the rows that can be used) and FINDINGS."""

    dialect: str
    results: pd.DataFrame
    findings: pd.DataFrame


def read_export(path: Path | str) -> Delivery:
    """Read and check one delivered file by itself.

    Raises ExportError, naming file, row and column, when the file is of no known dialect or its
    structure is broken. A row that breaks a rule is a finding and gives no result.
    """
    raw = read_raw(Path(path))
    return check([raw], date.today())


def read_raw(path: Path, name: str | None = None) -> RawFile:
    """Read one file as text, in the dialect that the file itself shows; raises BrokenFile.

    name: what findings call the file, by default its own name.
    """
    file = name or path.name
    try:
        data = path.read_bytes()
    except OSError:
        raise BrokenFile(finding("file-unreadable", file)) from None
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise BrokenFile(finding("file-empty", file))
    for dialect in DIALECTS:
        if dialect.recognises(data):
            rows, findings = dialect.read(data, file)
            return RawFile(dialect, file, rows, findings)
    raise BrokenFile(finding("dialect-unknown", file, row=1))


def check(files: list[RawFile], latest: date) -> Delivery:
    """Check all files of one dialect in one call of its suite; `latest` is the last possible day of a test."""
    dialect, settings = files[0].dialect, params.load()
    rows = dialect.with_facts(pd.concat([file.rows for file in files], ignore_index=True), settings, latest)
    parameters = dialect.suite_parameters(settings)
    words = {"latest": latest, "scales": ", ".join(parameters["scales"])}
    rules = suite_rules(dialect.NAME)
    usable = pd.Series(True, index=rows.index)
    findings = [found for file in files for found in file.findings]
    for rule_id, positions in broken_rows(dialect.NAME, rows, parameters).items():
        findings.append(row_findings(rules[rule_id].worded(**words), rows.iloc[positions], dialect.VENDOR))
        usable.iloc[positions] &= not rules[rule_id].keeps_out
    results = dialect.to_results(rows[usable]) if usable.any() else empty(RESULTS)
    return Delivery(dialect.NAME, results, findings_table(findings))
