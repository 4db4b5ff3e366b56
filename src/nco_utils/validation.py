"""Validates a round: every delivered file, against the rules of its dialect and against the register."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pandas as pd

from . import params
from .enrolment import Register, read_background, read_register, row_in_file, without_objections
from .errors import ContractError, UnusableInput
from .exports import DIALECTS, Delivery, RawFile, check, read_raw
from .exports.rules import BrokenFile, Finding, finding, findings_table, matches, other_rules, row_findings
from .exports.suites import broken_rows
from .tables import BRINVEST_PATTERN, RESULTS, VENDORS, conform, empty

_SHOWN = 5  # findings in the message of a delivery that fails; the table has all


@dataclass(frozen=True)
class Validation:
    """A validated round: tables RESULTS (rows that can be used) and FINDINGS; passed when no finding is an error."""

    results: pd.DataFrame
    findings: pd.DataFrame
    passed: bool


class DeliveryFailed(UnusableInput):
    """A round whose delivery has errors, so that nothing is made from it."""


def validate_round(code: str, data: Path) -> Validation:
    """Read and validate every export of the round in `data/exports/<code>/<vendor>/`.

    Pupils with an objection are left out of the results. Raises UnusableInput when there is no such
    round, register, background or export; what is wrong inside a file is a finding.
    """
    latest = min(params.load().round(code).publication, date.today())
    register, background = read_register(data), read_background(data)
    files, broken = _read_all(Path(data) / "exports" / code)
    deliveries = [check(same, latest) for same in _by_dialect(files)]
    results = _used_results(deliveries, register)
    findings = [
        *broken,
        *(delivery.findings for delivery in deliveries),
        *schools_not_enrolled(files, register),
        *pupils_without_background(results, background),
        # an unreadable file would make each of its schools look absent
        *([] if broken else schools_not_delivered(files, register)),
    ]
    table = findings_table(findings)
    return Validation(results, table, passed=not (table["severity"] == "error").any())


def require_passed(validation: Validation, code: str, findings_file: Path) -> None:
    """Raise DeliveryFailed, naming the first errors and where all findings are, unless the round passed."""
    if validation.passed:
        return
    errors = validation.findings[validation.findings["severity"] == "error"]
    faults = "1 fout" if len(errors) == 1 else f"{len(errors)} fouten"
    lines = [f"De levering van ronde {code} heeft {faults}; er is niets gemaakt."]
    lines += [f"  {Finding(**row)}" for row in errors.head(_SHOWN).to_dict("records")]
    if len(errors) > _SHOWN:
        lines.append(f"  En nog {len(errors) - _SHOWN}.")
    lines.append(f"Alle bevindingen staan in {findings_file}.")
    raise DeliveryFailed("\n".join(lines))


def schools_not_enrolled(files: list[RawFile], register: Register) -> list[pd.DataFrame]:
    """Return a finding for every school of a file that is not in the register, at its first row."""
    found = []
    for file in files:
        rows = file.rows.assign(brinvest=file.dialect.schools(file.rows)).drop_duplicates("brinvest")
        # A malformed BRIN already has its own finding.
        unknown = matches(rows["brinvest"], BRINVEST_PATTERN) & ~rows["brinvest"].isin(register.schools["brinvest"])
        rule = replace(other_rules()["school-not-enrolled"], column=file.dialect.SCHOOL_COLUMN)
        found.append(row_findings(rule, rows[unknown], file.dialect.VENDOR))
    return found


def pupils_without_background(results: pd.DataFrame, background: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a finding for every pupil with results and no row in background/pupils.csv, at the first row."""
    rule = other_rules()["pupil-without-background"]
    columns = {dialect.VENDOR: dialect.PUPIL_COLUMN for dialect in DIALECTS}
    known = pd.MultiIndex.from_frame(background[["brinvest", "pupil_id"]])
    pupils = results.drop_duplicates(["source_file", "brinvest", "pupil_id"])
    lacking = pupils[~pd.MultiIndex.from_frame(pupils[["brinvest", "pupil_id"]]).isin(known)]
    return [
        row_findings(replace(rule, column=columns[vendor]), rows, vendor) for vendor, rows in lacking.groupby("vendor")
    ]


def schools_not_delivered(files: list[RawFile], register: Register) -> list[Finding]:
    """Return a finding for every enrolled school without a single row in the round's files."""
    delivered = {school for file in files for school in file.dialect.schools(file.rows).dropna().unique()}
    return [
        finding(
            "school-not-delivered",
            "register/schools.csv",
            row_in_file(position),
            "brinvest",
            vendor=school.vendor,
            brinvest=school.brinvest,
        )
        for position, school in enumerate(register.schools.itertuples())
        if school.brinvest not in delivered
    ]


def _used_results(deliveries: list[Delivery], register: Register) -> pd.DataFrame:
    """Return the results of enrolled schools and of pupils without an objection."""
    results = pd.concat([empty(RESULTS), *(delivery.results for delivery in deliveries)], ignore_index=True)
    results = results[results["brinvest"].isin(register.schools["brinvest"])]
    results = without_objections(results, register.objections)
    if results.empty:
        return results
    faults = broken_rows("results", results, {})
    if faults:
        raise ContractError(f"The reader of this delivery breaks the table results: {', '.join(sorted(faults))}.")
    return conform(results, RESULTS)


def _by_dialect(files: list[RawFile]) -> list[list[RawFile]]:
    return [same for dialect in DIALECTS if (same := [file for file in files if file.dialect is dialect])]


def _read_all(folder: Path) -> tuple[list[RawFile], list[Finding]]:
    files, broken = [], []
    for path in _delivered_files(folder):
        try:
            files.append(read_raw(path, f"{path.parent.name}/{path.name}"))
        except BrokenFile as error:
            broken.extend(error.findings)
    return files, broken


def _delivered_files(folder: Path) -> list[Path]:
    place = f"Deliveries go into {folder}/<vendor>/, with as vendor {', '.join(VENDORS)}."
    if not folder.is_dir():
        raise UnusableInput(f"{folder} does not exist: there is no delivery for this round. {place}")
    files = []
    for vendor in _visible(folder):
        if vendor.name not in VENDORS or not vendor.is_dir():
            raise UnusableInput(f"{vendor} is not the folder of a vendor. {place}")
        for path in _visible(vendor):
            if path.is_dir():
                raise UnusableInput(f"{path} is a folder. Put the delivered files themselves into {vendor}.")
            files.append(path)
    if not files:
        raise UnusableInput(f"{folder} holds no file. {place}")
    return files


def _visible(folder: Path) -> list[Path]:
    # Names with a dot are the file manager's (.DS_Store), not a delivery.
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
