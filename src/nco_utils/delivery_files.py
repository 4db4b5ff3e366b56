"""The files of one delivery report: its page, its findings and its counts as CSV, and all of it as JSON."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import pandas as pd

from . import delivery_page
from .dutch import texts
from .tables import ACCOUNT

_FINDING = ("rule", "severity", "vendor", "brinvest", "file", "row", "column", "message", "action")


def write(report, account: Iterable, findings: Iterable, shell: str, folder: Path) -> None:
    """Write `report` (a `delivery_report.Report`) into `folder`; account and findings are rows of those tables."""
    words = texts("leveringsverslag")
    page = delivery_page.page(shell, report)
    found = [_finding(row, words["severities"], report.next_deadline or "") for row in findings]
    counted = [[_cell(getattr(row, name)) for name in ACCOUNT.column_names] for row in account]
    content = asdict(report) | {"counts": report.counts}
    (folder / f"{report.id}.html").write_text(page, encoding="utf-8")
    (folder / f"{report.id}.csv").write_text(_csv(words["csv_findings"], found), encoding="utf-8-sig", newline="")
    (folder / f"{report.id}-telling.csv").write_text(
        _csv(words["csv_account"], counted), encoding="utf-8-sig", newline=""
    )
    (folder / f"{report.id}.json").write_text(
        json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )


def _finding(row, severities: Mapping[str, str], until: str) -> list[str]:
    cells = {name: _cell(getattr(row, name)) for name in _FINDING}
    cells["severity"] = severities[row.severity]
    return [*cells.values(), until if row.severity == "error" else ""]


def _cell(value: object) -> str:
    return "" if pd.isna(value) else str(value)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    # Semicolons and a BOM: what a spreadsheet set to Dutch opens as a table.
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
