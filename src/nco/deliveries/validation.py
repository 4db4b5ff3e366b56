"""Validates a round: every delivered file, against the rules of its dialect and against the register."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pandas as pd

from nco.base import all_settings
from nco.base.reading_settings import ValidationSettings
from nco.register.delivery_tables import DOMAIN_SCORES
from nco.register.enrolment import (
    Background,
    Register,
    has_objection,
    participation,
    read_all_background,
    read_register,
    without_objections,
)
from nco.register.findings import Finding, findings_table, without_needless
from nco.register.keyfile import Key, key_for
from nco_utils.errors import ContractError, UnusableInput
from nco_utils.params import Round
from nco_utils.tables import RESULTS_OUTSIDE, empty
from nco_utils.tables import WITHDRAWN as WITHDRAWN_PUPILS

from . import crosschecks, messages, pseudonyms, quarantine
from .delivered_files import Deliveries, read_all
from .delivered_rows import delivered_rows, domain_scores, outside, results_of, still_open
from .quarantine import USED, WITHDRAWN
from .readers import DIALECTS, Delivery, RawFile, check

_SHOWN = 5  # findings in the message of a delivery that fails; the table has all


@dataclass(frozen=True)
class Validation:
    """A validated round: tables RESULTS (the rows that are used), FINDINGS, QUARANTINE, ACCOUNT and PUPILS.

    outside, withdrawn and domain_scores are the tables RESULTS_OUTSIDE, WITHDRAWN and DOMAIN_SCORES; refused: the files
    that are set aside whole.

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
    refused: tuple[quarantine.RefusedFile, ...] = ()
    domain_scores: pd.DataFrame = field(default_factory=lambda: empty(DOMAIN_SCORES))

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
    asked = _Asked.of(code, data)
    delivered = read_all(Path(data) / "exports" / code, asked.register.schools["brinvest"])

    def validated(of: Deliveries) -> Validation:
        rows = _read(of, asked)
        rows = _withdraw(rows)
        rows = _pseudonymise(rows)
        rows = _settle_rows(rows)
        return _with_findings(rows)

    try:
        return validated(delivered)
    except ContractError:
        breaking = _breaking(delivered.files, lambda files: validated(replace(delivered, files=files)))
        if not breaking:
            raise
        return validated(delivered.without(breaking))


@dataclass(frozen=True)
class _Asked:
    """What a validation goes by: the round, who takes part, the background, the settings and the key in use."""

    round: Round
    register: Register
    known: Background
    schools: pd.DataFrame
    key: Key
    settings: ValidationSettings

    @classmethod
    def of(cls, code: str, data: Path) -> "_Asked":
        settings = all_settings.load()
        round_ = settings.round(code)
        register, known = read_register(data), read_all_background(data)
        return cls(round_, register, known, participation(register, round_), key_for(Path(data)), settings.validation)

    @property
    def latest(self) -> date:
        """The last day of which a test can be: not today, so that a delivery gives the same results on any day."""
        return self.round.publication


@dataclass(frozen=True)
class _Rows:
    """Every delivered row on its way to the tables, as the last step left it.

    files: as they were read, until pseudonyms come; then deliveries, of each dialect, and `frame`, a row each, as
    `quarantine` wants it. order: of each file, from old to new. pupils: everyone, and with twins `reached`. objections:
    of whom, under every id; withdrawn: where their rows were. background: table PUPILS. findings: of the steps so far;
    cross_checked: what only all rows together show.
    """

    asked: _Asked
    delivered: Deliveries
    order: dict[str, int]
    files: list[RawFile]
    pupils: pd.DataFrame
    findings: list[Finding | pd.DataFrame]
    objections: pd.DataFrame = field(default_factory=pd.DataFrame)
    withdrawn: pd.DataFrame = field(default_factory=pd.DataFrame)
    background: pd.DataFrame = field(default_factory=pd.DataFrame)
    deliveries: tuple[Delivery, ...] = ()
    frame: pd.DataFrame = field(default_factory=quarantine.no_rows)
    cross_checked: list[pd.DataFrame] = field(default_factory=list)

    @property
    def reached(self) -> pd.DataFrame:
        """Everyone whom an objection can be about."""
        return pd.concat([self.pupils, self.delivered.twins], ignore_index=True)


def _read(delivered: Deliveries, asked: _Asked) -> _Rows:
    """Step 1: say which delivery comes after which, and which pupils there are."""
    told = messages.findings(delivered.files, asked.round, asked.latest)
    found = [
        *delivered.findings,
        *asked.register.findings,
        *asked.known.findings,
        *crosschecks.background_of_unknown_schools(asked.known, asked.register.schools),
        *told,
    ]
    pupils = pseudonyms.everyone(delivered.files, asked.known.pupils, asked.register)
    return _Rows(asked, delivered, messages.order(delivered.files, asked.latest), delivered.files, pupils, found)


def _withdraw(rows: _Rows) -> _Rows:
    """Step 2: leave out the rows of pupils with an objection, before anything is done with them."""
    objections = pseudonyms.same_pupils(rows.asked.register.objections, rows.reached)
    files, withdrawn = _without_rows_of(rows.files, objections)
    return replace(rows, files=files, objections=objections, withdrawn=withdrawn)


def _pseudonymise(rows: _Rows) -> _Rows:
    """Step 3: check every file by the rules of its dialect, and give pupils their pseudonyms, here for good."""
    pupils = rows.pupils.assign(pseudonym=pseudonyms.of_pupils(rows.pupils, rows.asked.key))
    own = without_objections(rows.asked.known.pupils, rows.objections)
    deliveries = tuple(check(same, rows.asked.latest) for same in _by_dialect(rows.files))
    return replace(
        rows,
        files=[],
        pupils=pupils,
        background=pseudonyms.in_background(own, pupils),
        deliveries=deliveries,
        frame=pseudonyms.in_rows(delivered_rows(deliveries, rows.order), pupils),
    )


def _settle_rows(rows: _Rows) -> _Rows:
    """Step 4: say of every row how it ends: used, superseded or in quarantine, and what shows why."""
    asked = rows.asked
    frame = quarantine.supersede(rows.frame, asked.schools.set_index("brinvest")["vendor"].to_dict())
    near, unmatched = crosschecks.unmatched_objections(
        asked.register.objections, frame, rows.withdrawn, asked.known.pupils
    )
    frame = quarantine.set_aside(frame, near, crosschecks.NEARLY)
    frame, found = _cross_check(frame, asked.schools, asked.round, asked.settings)
    elsewhere = crosschecks.objections_elsewhere(asked.register.objections, rows.withdrawn, rows.reached)
    told = [*unmatched, *elsewhere, *crosschecks.rows_near_an_objection(frame, near)]
    return replace(rows, frame=frame, findings=[*rows.findings, *told], cross_checked=found)


def _with_findings(rows: _Rows) -> Validation:
    """Step 5: make the tables of the rows, with all that was found and is not answered by another delivery."""
    asked, frame, withdrawn = rows.asked, rows.frame, rows.withdrawn
    results = results_of(rows.deliveries, frame[frame["state"] == USED], rows.order)
    schools_there = {*frame["brinvest"].dropna(), *withdrawn["brinvest"].dropna()}
    findings = [
        *rows.findings,
        *(still_open(each.findings, frame, results, rows.order) for each in rows.deliveries),
        *rows.cross_checked,
        *crosschecks.pupils_without_background(frame, rows.background),
        *crosschecks.schools_not_delivered(schools_there, asked.schools, rows.delivered.refused),
    ]
    counted = pd.concat([frame, withdrawn.drop(columns="pupil_id").assign(state=WITHDRAWN)], ignore_index=True)
    return Validation(
        results,
        without_needless(findings_table(findings)),
        quarantine.quarantine_table(frame, rows.delivered.refused),
        quarantine.account_table(counted, rows.delivered.refused),
        rows.background,
        asked.key.number,
        outside(rows.deliveries, frame, rows.order),
        pseudonyms.of_objections(rows.objections, withdrawn, rows.pupils),
        tuple(rows.delivered.refused),
        domain_scores(rows.deliveries, results, rows.order),
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
    rows: pd.DataFrame, schools: pd.DataFrame, round_: Round, settings: ValidationSettings
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


def _without_rows_of(files: list[RawFile], objections: pd.DataFrame) -> tuple[list[RawFile], pd.DataFrame]:
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


def _by_dialect(files: list[RawFile]) -> list[list[RawFile]]:
    return [same for dialect in DIALECTS if (same := [file for file in files if file.dialect is dialect])]
