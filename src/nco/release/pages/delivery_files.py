"""The files of delivery reports, in `DIR/<round>/leveringsverslag/{suppliers,schools}/`, and their index.

Every report is a page (HTML), its findings and its counts (CSV), and all of it as data (JSON). What the page tells is
what the CSV tells, in the same order.
"""

import csv
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from io import StringIO
from pathlib import Path

import pandas as pd

from nco.base import all_settings, swap_folders
from nco.base.dutch import texts
from nco.deliveries import delivery_report
from nco.deliveries.delivery_report import FOLDER, Part, Report
from nco.deliveries.validation import Validation
from nco.register import enrolment
from nco.register.delivery_tables import ACCOUNT

from . import delivery_index, delivery_page


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
    notice = enrolment.read_notice(Path(data))
    shell = delivery_page.shell(round_, notice, building / ".shell")
    basis = delivery_report.basis(validation, schools, round_, round_code, today)
    entries: dict[str, list[delivery_index.Entry]] = {}
    for folder, reports in (
        ("suppliers", delivery_report.supplier_reports(basis)),
        ("schools", delivery_report.school_reports(basis)),
    ):
        (building / folder).mkdir(parents=True)
        found = []
        for report, part in reports:
            _write(report, part, shell, building / folder)
            found.append(delivery_index.Entry.of(report))
        entries[folder] = delivery_index.in_order(found)
    around = delivery_page.shell(round_, notice, building / ".shell", texts(FOLDER)["index"]["title"])
    page = delivery_page.index(around, delivery_index.body(**entries))
    (building / "index.html").write_text(page, encoding="utf-8")
    listed = _csv(texts(FOLDER)["index"]["csv"], delivery_index.lines(**entries))
    (building / "index.csv").write_text(listed, encoding="utf-8-sig", newline="")
    swap_folders.put_in_place(building, target)
    return target


def _write(report: Report, part: Part, shell: str, folder: Path) -> None:
    words = texts(FOLDER)
    page = delivery_page.page(shell, report)
    found = [[*map(_cell, told._replace(severity=words["severities"][told.severity]))] for told in part.told]
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


def _cell(value: object) -> str:
    return "" if pd.isna(value) else str(value)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    # Semicolons and a BOM: what a spreadsheet set to Dutch opens as a table.
    text = StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
