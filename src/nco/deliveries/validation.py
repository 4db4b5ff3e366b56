"""Validates a round: every delivered file, against the rules of its dialect and against the register."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

import numpy as np
import pandas as pd

from nco.base import all_settings, characters, passing, reading_settings
from nco.register.enrolment import (
    Background,
    Register,
    has_objection,
    participation,
    read_all_background,
    read_register,
    without_objections,
)
from nco.register.findings import BrokenFile, Finding, finding, findings_table, matches, without_needless
from nco.register.keyfile import Key, key_for
from nco_utils.errors import ContractError, UnusableInput
from nco_utils.params import Round
from nco_utils.tables import BRINVEST_PATTERN, RESULTS, RESULTS_OUTSIDE, VENDORS, conform, empty
from nco_utils.tables import WITHDRAWN as WITHDRAWN_PUPILS

from . import crosschecks, messages, pseudonyms, quarantine
from .quarantine import QUARANTINED, SUPERSEDED, USED, WITHDRAWN, RefusedFile
from .readers import DIALECTS, OUTSIDE_WINDOW, Delivery, RawFile, check, read_files
from .readers.suites import broken_rows

_MOMENT = ["brinvest", "pupil_id", "domain", "scale", "school_year", "moment"]  # results of one are averaged
NOT_PROCESSED = "file-not-processed"
_UNPACKED = ("__MACOSX",)  # what a Mac puts beside the files of a zip
_SHOWN = 5  # findings in the message of a delivery that fails; the table has all


@dataclass(frozen=True)
class Validation:
    """A validated round: tables RESULTS (the rows that are used), FINDINGS, QUARANTINE, ACCOUNT and PUPILS.

    outside and withdrawn are the tables RESULTS_OUTSIDE and WITHDRAWN.

    Pupils have their pseudonyms everywhere; key_number says of which key.
    """

    results: pd.DataFrame
    findings: pd.DataFrame
    quarantine: pd.DataFrame
    account: pd.DataFrame
    pupils: pd.DataFrame
    key_number: str
    outside: pd.DataFrame = field(default_factory=lambda: empty(RESULTS_OUTSIDE))
    withdrawn: pd.DataFrame = field(default_factory=lambda: empty(WITHDRAWN_PUPILS))

    @property
    def clean(self) -> bool:
        """Whether nothing is set aside."""
        return self.quarantine.empty

    @property
    def own_findings(self) -> list[str]:
        """The findings on the register and the background, as sentences: no supplier can mend these."""
        own = self.findings[self.findings["vendor"].isna()]
        return [str(Finding(**row)) for row in own.to_dict("records")]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows were delivered, and in which state they ended."""
        states = ("rows", *quarantine.STATES)
        return {state: int(self.account[f"n_{state}"].sum()) for state in states}


class DeliveryFailed(UnusableInput):
    """A round of whose delivery nothing can be used."""


def validate_round(code: str, data: Path) -> Validation:
    """Read and validate every export of the round in `data/exports/<code>/<vendor>/`.

    Pupils with an objection are left out before anything else, and pseudonyms take the place of the other pupils'
    ids. Raises UnusableInput when there is no such round, register, background, export or usable key; what is wrong
    inside a file is a finding.
    """
    settings = all_settings.load()
    round_ = settings.round(code)
    register, known = read_register(data), read_all_background(data)
    schools = participation(register, round_)
    delivered = read_all(Path(data) / "exports" / code)
    key = key_for(Path(data))

    def validated(of: Deliveries) -> Validation:
        return _validate(of, register, known, schools, key, round_, settings.validation)

    try:
        return validated(delivered)
    except ContractError:
        breaking = _breaking(delivered.files, lambda files: validated(replace(delivered, files=files)))
        if not breaking:
            raise
        return validated(delivered.without(breaking))


def _validate(
    delivered: "Deliveries",
    register: Register,
    known: Background,
    schools: pd.DataFrame,
    key: Key,
    round_: Round,
    settings: reading_settings.ValidationSettings,
) -> Validation:
    latest = round_.publication  # not today: the same deliveries give the same results on any day
    files, refused = delivered.files, delivered.refused
    order, told = messages.order(files, latest), messages.findings(files, round_, latest)
    pupils = pseudonyms.everyone(files, known.pupils, register)
    reached = pd.concat([pupils, delivered.twins], ignore_index=True)
    objections = pseudonyms.same_pupils(register.objections, reached)
    pupils = pupils.assign(pseudonym=pseudonyms.of_pupils(pupils, key))
    background = pseudonyms.in_background(without_objections(known.pupils, objections), pupils)
    files, withdrawn = _withdraw(files, objections)
    deliveries = [check(same, latest) for same in _by_dialect(files)]
    rows = pseudonyms.in_rows(_delivered_rows(deliveries, order), pupils)
    rows = quarantine.supersede(rows, schools.set_index("brinvest")["vendor"].to_dict())
    near, unmatched = crosschecks.unmatched_objections(register.objections, rows, withdrawn, known.pupils)
    rows = quarantine.set_aside(rows, near, crosschecks.NEARLY)
    rows, found = _cross_check(rows, schools, round_, settings)
    results = _results_of(deliveries, rows[rows["state"] == USED], order)
    schools_there = {*rows["brinvest"].dropna(), *withdrawn["brinvest"].dropna()}
    findings = [
        *delivered.findings,
        *register.findings,
        *known.findings,
        *crosschecks.background_of_unknown_schools(known, register.schools),
        *told,
        *unmatched,
        *crosschecks.objections_elsewhere(register.objections, withdrawn, reached),
        *crosschecks.rows_near_an_objection(rows, near),
        *(_still_open(each.findings, rows, results, order) for each in deliveries),
        *found,
        *crosschecks.pupils_without_background(rows, background),
        *crosschecks.schools_not_delivered(schools_there, schools, refused),
    ]
    counted = pd.concat([rows, withdrawn.drop(columns="pupil_id").assign(state=WITHDRAWN)], ignore_index=True)
    return Validation(
        results,
        without_needless(findings_table(findings)),
        quarantine.quarantine_table(rows, refused),
        quarantine.account_table(counted, refused),
        background,
        key.number,
        _outside(deliveries, rows, order),
        pseudonyms.of_objections(objections, withdrawn, pupils),
    )


def _breaking(files: list[RawFile], validated: Callable[[list[RawFile]], object]) -> list[RawFile]:
    """Return the files that cannot be validated, each by itself."""
    try:
        validated(files)
    except ContractError:
        if len(files) == 1:
            return files
        half = len(files) // 2
        return [*_breaking(files[:half], validated), *_breaking(files[half:], validated)]
    return []


def require_usable(validation: Validation, code: str, findings_file: Path) -> None:
    """Raise DeliveryFailed, naming the first errors and where all findings are, unless something can be used."""
    if not validation.results.empty:
        return
    errors = validation.findings[validation.findings["severity"] == "error"]
    faults = "1 fout" if len(errors) == 1 else f"{len(errors)} fouten"
    lines = [f"In de levering van ronde {code} is niets bruikbaar ({faults}); er is niets gemaakt."]
    lines += [f"  {Finding(**row)}" for row in errors.head(_SHOWN).to_dict("records")]
    if len(errors) > _SHOWN:
        lines.append(f"  En nog {len(errors) - _SHOWN}.")
    lines.append(f"Alle bevindingen staan in {findings_file}.")
    raise DeliveryFailed("\n".join(lines))


def _cross_check(
    rows: pd.DataFrame, schools: pd.DataFrame, round_: Round, settings: reading_settings.ValidationSettings
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Quarantine what only all rows together show to be wrong, and return the findings."""
    shared = crosschecks.shared_pupil_ids(rows)
    rows = quarantine.set_aside(rows, shared, crosschecks.SHARED_ID)
    rows = rows.assign(bad=rows["bad"] | rows.index.isin(shared))
    refused = crosschecks.refused_schools(rows, schools)
    rows, too_many = quarantine.set_schools_aside(rows, refused, settings)
    return rows, [
        *crosschecks.pupils_sharing_an_id(rows, shared),
        *crosschecks.schools_refused(rows, refused, round_),
        *crosschecks.schools_from_another_vendor(rows, schools),
        *crosschecks.schools_with_too_many_bad_rows(rows, too_many),
        *crosschecks.pupils_at_two_schools(rows),
        *crosschecks.rows_of_other_years(rows, round_),
    ]


def _withdraw(files: list[RawFile], objections: pd.DataFrame) -> tuple[list[RawFile], pd.DataFrame]:
    """Return the files without the rows of pupils with an objection, and whose and where those rows were."""
    names = (*pseudonyms.WHO, "source_file", "source_row")
    kept, gone = [], [pd.DataFrame({name: pd.Series(dtype="object") for name in names})]
    for file in files:
        school = file.dialect.schools(file.rows)
        out = has_objection(school, file.rows[file.dialect.PUPIL_COLUMN], objections)
        if out.any():
            places = file.rows.loc[out, ["source_file", "source_row"]]
            ids = file.rows.loc[out, file.dialect.PUPIL_COLUMN]
            gone.append(places.assign(vendor=file.dialect.VENDOR, brinvest=school[out], pupil_id=ids))
            file = replace(file, rows=file.rows[~out].reset_index(drop=True))
        if len(file.rows):
            kept.append(file)
    return kept, pd.concat(gone[1:] or gone, ignore_index=True)


def _delivered_rows(deliveries: list[Delivery], order: dict[str, int]) -> pd.DataFrame:
    """Return every delivered row as `nco.deliveries.quarantine` wants it."""
    if not deliveries:
        return quarantine.no_rows()
    rows = pd.concat([_rows_of_delivery(delivery, order) for delivery in deliveries], ignore_index=True)
    # A malformed BRINVEST may be a pupil's number in the wrong column: it goes nowhere.
    schools = pd.Series(rows["brinvest"].dropna().unique(), dtype="str")
    well_formed = rows["brinvest"].isin(schools[matches(schools, BRINVEST_PATTERN)])
    return rows.assign(brinvest=rows["brinvest"].where(well_formed), order=rows["source_file"].map(order))


def _rows_of_delivery(delivery: Delivery, order: dict[str, int]) -> pd.DataFrame:
    vendor = next(dialect.VENDOR for dialect in DIALECTS if delivery.dialect == dialect.NAME)
    errors = delivery.findings.loc[delivery.findings["severity"] == "error", "rule"].unique()
    rows = delivery.rows.assign(vendor=vendor, bad=delivery.rows["kept_out"].isin(errors))
    # The second half of a test gives no result of its own.
    return rows.assign(has_result=np.isin(_places(rows, order), _places(delivery.results, order)))


def _outside(deliveries: list[Delivery], rows: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    """Return the results set aside for the day of their test alone; of one that was delivered twice, one."""
    rows = rows[(rows["state"] == QUARANTINED) & (rows["rule"] == OUTSIDE_WINDOW)]
    found = _results_of([replace(each, results=each.outside) for each in deliveries], rows, order)
    return conform(found.drop_duplicates(list(RESULTS.key)), RESULTS_OUTSIDE)


def _results_of(deliveries: list[Delivery], rows: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    """Return the results of these rows, with the rows' pseudonyms in the place of the pupils' ids."""
    places = _places(rows, order)
    parts = [each.results[np.isin(_places(each.results, order), places)] for each in deliveries]
    results = pd.concat([empty(RESULTS), *parts], ignore_index=True)
    if results.empty:
        return results
    found = pd.Index(places).get_indexer(_places(results, order))
    results["pupil_id"] = rows["pupil_id"].iloc[found].to_numpy()
    faults = broken_rows("results", results, {})
    if faults:
        raise ContractError(f"The reader of this delivery breaks the table results: {', '.join(sorted(faults))}.")
    return conform(results, replace(RESULTS, key=("source_file", "source_row")))


def _still_open(
    findings: pd.DataFrame, rows: pd.DataFrame, results: pd.DataFrame, order: dict[str, int]
) -> pd.DataFrame:
    """Return the findings without those that another delivery answers.

    These are the findings on rows that a later delivery replaces, and a half-result whose other half is not used.
    """
    there = findings[findings["row"].notna() & findings["file"].isin(order)]
    places = _places(there.rename(columns={"file": "source_file", "row": "source_row"}), order)
    replaced = rows[(rows["state"] == SUPERSEDED) & ~rows["copy_of_earlier"]]
    averaged = results[results.duplicated(_MOMENT, keep=False)]
    alone = (there["rule"] == "half-result").to_numpy() & ~np.isin(places, _places(averaged, order))
    return findings.drop(there.index[alone | np.isin(places, _places(replaced, order))])


def _places(frame: pd.DataFrame, order: dict[str, int]) -> np.ndarray:
    """Return one whole number for every file and row (n,): much faster to look up than the two together."""
    return (frame["source_file"].map(order).to_numpy("int64") << 32) | frame["source_row"].to_numpy("int64")


def _by_dialect(files: list[RawFile]) -> list[list[RawFile]]:
    return [same for dialect in DIALECTS if (same := [file for file in files if file.dialect is dialect])]


@dataclass(frozen=True)
class Deliveries:
    """What was delivered for a round: the files, those that are set aside whole, and findings on either and on strays.

    No eckid in the files stands for several pupils of a school. twins: see `pseudonyms.without_shared_eckids`.
    """

    files: list[RawFile]
    refused: list[RefusedFile]
    findings: list[Finding | pd.DataFrame]
    twins: pd.DataFrame

    def without(self, breaking: list[RawFile]) -> "Deliveries":
        """Return the deliveries with some of the files set aside, because no table can hold what is in them."""
        names = {file.file for file in breaking}
        refused, findings = [], []
        for file in breaking:
            vendor = file.file.partition("/")[0]
            brins = frozenset(file.dialect.schools(file.rows).dropna().str[:4])
            refused.append(RefusedFile(vendor, file.file, NOT_PROCESSED, len(file.rows), brins))
            findings.append(finding(NOT_PROCESSED, file.file, vendor=vendor))
        files = [file for file in self.files if file.file not in names]
        return Deliveries(files, [*self.refused, *refused], [*self.findings, *findings], self.twins)


def read_all(folder: Path) -> Deliveries:
    """Return what was delivered in the folder of a round; raises UnusableInput when there is no file at all."""
    files, refused, broken = [], [], []
    paths, strays = _delivered_files(folder)
    places = [(path, f"{path.parent.name}/{characters.legible(path.name)}") for path in paths]
    for (path, name), found in zip(places, read_files(places), strict=True):
        if not isinstance(found, BrokenFile):
            files.append(found)
            continue
        # A file of no known dialect still came from the supplier in whose folder it is.
        broken.extend(replace(each, vendor=each.vendor or path.parent.name) for each in found.findings)
        rule = found.findings[0].rule
        n_rows, brins = quarantine.rows_in(path), quarantine.brins_in(path)
        refused.append(RefusedFile(path.parent.name, name, rule, n_rows, brins))
    files, shared, twins = pseudonyms.without_shared_eckids(files)
    return Deliveries(files, refused, [*broken, *strays, *shared], twins)


def _delivered_files(folder: Path) -> tuple[list[Path], list[Finding]]:
    """Return the files in the suppliers' folders, and a finding for everything else that lies there."""
    place = f"Deliveries go into {folder}/<vendor>/, with as vendor {', '.join(VENDORS)}."
    if not folder.is_dir():
        raise UnusableInput(f"{folder} does not exist: there is no delivery for this round. {place}")
    files, strays = [], []
    for path in _entries(folder):
        if path.name in VENDORS and path.is_dir():
            for each in _entries(path):
                if each.is_dir():
                    name = f"{path.name}/{characters.legible(each.name)}/"
                    strays.append(finding("delivery-folder-within", name, vendor=path.name))
                else:
                    files.append(each)
            continue
        is_folder = path.is_dir()
        name = f"exports/{folder.name}/{characters.legible(path.name)}{'/' if is_folder else ''}"
        meant = get_close_matches(path.name.strip().casefold(), VENDORS, n=1) if is_folder else []
        if meant:
            strays.append(finding("delivery-folder-misspelled", name, meant=meant[0]))
        else:
            vendors = ", ".join(VENDORS)
            strays.append(finding(f"delivery-{'folder' if is_folder else 'file'}-stray", name, vendors=vendors))
    if not files:
        raise UnusableInput("\n".join([f"{folder} holds no file of a vendor. {place}", *map(str, strays[:_SHOWN])]))
    return files, strays


def _entries(folder: Path) -> list[Path]:
    # Names with a dot are the file manager's (.DS_Store), not a delivery.
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if not (path.name.startswith(".") or path.name in _UNPACKED or passing.is_passing(path.name))
        )
    except OSError:
        raise UnusableInput(f"{folder} cannot be read. Check that you have the right to read it.") from None
