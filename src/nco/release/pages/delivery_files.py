"""The files of delivery reports, in `DIR/<round>/leveringsverslag/{suppliers,schools}/`.

Every report is a page (HTML), its findings and its counts (CSV), and all of it as data (JSON).
"""

import csv
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from io import StringIO
from pathlib import Path

import pandas as pd

from nco.base import all_settings, swap_folders
from nco.base.dutch import texts
from nco.deliveries.delivery_report import FOLDER, Part, Report, school_reports, supplier_reports
from nco.deliveries.validation import Validation
from nco.register import enrolment
from nco.register.delivery_tables import ACCOUNT

from . import delivery_page

_FINDING = ("rule", "severity", "vendor", "brinvest", "file", "row", "column", "message", "action")


def write(validation: Validation, round_code: str, data: Path, today: date) -> Path:
    """Write the reports of a round, in the place of earlier ones, and return their folder.

    A supplier has a report when it delivered or should have; a school when it takes part or was delivered.
    `today` decides which deadline is the next.
    """
    round_ = all_settings.load().round(round_code)
    schools = enrolment.participation(enrolment.read_register(data), round_)
    target = Path(data) / round_code / FOLDER
    building = target.with_name(f".{FOLDER}.new")
    shutil.rmtree(building, ignore_errors=True)
    shell = delivery_page.shell(round_, enrolment.read_notice(Path(data)), building / ".shell")
    for folder, reports in (
        ("suppliers", supplier_reports(validation, schools, round_, round_code, today)),
        ("schools", school_reports(validation, schools, round_, round_code, today)),
    ):
        (building / folder).mkdir(parents=True)
        for report, part in reports:
            _write(report, part, shell, building / folder)
    swap_folders.put_in_place(building, target)
    return target


def _write(report: Report, part: Part, shell: str, folder: Path) -> None:
    words = texts(FOLDER)
    page = delivery_page.page(shell, report)
    found = [_finding(row, words["severities"], report.next_deadline or "") for row in part.findings]
    counted = [[_cell(getattr(row, name)) for name in ACCOUNT.column_names] for row in part.account]
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
