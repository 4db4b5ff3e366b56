"""What is made of a round before its reports: validated results, national tables, one slice per school."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path

import pandas as pd

from nco.base import all_settings, locking, private, sealed
from nco.deliveries import validation
from nco.disclosure import earlier_releases, settle
from nco.notebooks import execute, variants
from nco.register import delivery_tables, enrolment, keyfile
from nco.reports import kinds
from nco_utils import params, tables
from nco_utils.errors import ContractError, UnusableInput

from . import apart, provenance, report_facts
from .pages import delivery_files, notebook_page
from .report_facts import ReportFacts

_PATIENCE = 3  # analyses of a round that changes all the time
_VALIDATED = (
    tables.RESULTS,
    tables.RESULTS_OUTSIDE,
    tables.PUPILS,
    tables.WITHDRAWN,
    delivery_tables.FINDINGS,
    delivery_tables.QUARANTINE,
    delivery_tables.ACCOUNT,
    delivery_tables.DOMAIN_SCORES,
)


@dataclass(frozen=True)
class Analysis:
    """The facts of all reports, those of schools first, the reviewer's pages of the national notebooks, and what of."""

    all_facts: tuple[ReportFacts, ...]
    pages: tuple[Path, ...]
    made_of: provenance.Origin


def validate(round_code: str, data: Path) -> validation.Validation:
    """Validate the deliveries of a round and write what came of it to `data/<round>/`.

    Writes tables `results`, `results_outside`, `pupils`, `withdrawn`, `findings`, `quarantine`, `account` and
    `domain_scores`, and the delivery reports. Raises UnusableInput, naming the first errors, when nothing can be used;
    then there are no results, so that nothing is made from an earlier delivery by mistake.
    """
    apart.require_apart(round_code, data)
    _require_key(round_code, data)
    provenance.forget((provenance.VALIDATED, provenance.ANALYSED), round_code, data)
    made_of = provenance.origin(round_code, data)
    checked = validation.validate_round(round_code, data)
    folder = private.folder(data / round_code)
    _results_file(folder).unlink(missing_ok=True)
    with private.made():
        findings_file = tables.write(checked.findings, delivery_tables.FINDINGS, folder)
        tables.write(checked.quarantine, delivery_tables.QUARANTINE, folder)
        tables.write(checked.account, delivery_tables.ACCOUNT, folder)
    delivery_files.write(checked, round_code, data, date.today())  # for others: reviewers get these files too
    validation.require_usable(checked, round_code, findings_file)
    with private.made():
        tables.write(checked.pupils, tables.PUPILS, folder)
        tables.write(checked.outside, tables.RESULTS_OUTSIDE, folder)
        tables.write(checked.withdrawn, tables.WITHDRAWN, folder)
        tables.write(checked.results, tables.RESULTS, folder)
        tables.write(checked.domain_scores, delivery_tables.DOMAIN_SCORES, folder)
        keyfile.note_use(folder, checked.key_number)
        _seal(provenance.VALIDATED, _VALIDATED, round_code, data)
        provenance.note(provenance.VALIDATED, round_code, data, made_of)
    return checked


def set_aside(round_code: str, data: Path) -> pd.DataFrame:
    """Return table `quarantine` of a validated round: what its reports were made without."""
    return tables.read(delivery_tables.QUARANTINE, data / round_code)


@private.made()
def analyse(round_code: str, data: Path) -> Analysis:
    """Compute growth and reference values of all schools together and write their slices.

    Writes the national tables, the executed national notebook with its page, and the tables that may be shown of each
    study (`kinds.Study`), and one slice per report, to `data/<round>/`. Raises UnusableInput when there are no
    validated results.
    """
    settings = all_settings.load()
    settings.round(round_code)
    folder, studies = data / round_code, kinds.studies(settings, round_code)
    apart.require_apart(round_code, data)
    _require_key(round_code, data)
    if not _results_file(folder).is_file():
        raise UnusableInput(f"{folder} has no validated results. Run `nco validate {round_code} --data {data}` first.")
    provenance.require_as_written([provenance.VALIDATED], round_code, data)
    provenance.forget([provenance.ANALYSED], round_code, data)
    made_of = provenance.origin(round_code, data)
    pages, protected = [], []
    for study in studies:
        settled = study.settle(round_code, data, settings)
        pages.append(_national_notebook(study.national, round_code, data, settled.pairs))
        protected.append(study.protect(settled, round_code, data, settings))
    shown = {table: frame for each in protected for table, frame in each.tables.items()}
    for table, frame in shown.items():
        tables.write(frame, table, folder)
    computed = tuple(table for study in studies for table in study.computed)
    sealed.keep(folder / variants.SEAL, [folder / f"{table.name}.parquet" for table in computed])
    made = _write_slices(zip(studies, protected, strict=True), round_code, data)
    written = [*pages, folder / report_facts.INDEX, *(slice_path(data, round_code, facts.subject) for facts in made)]
    _seal(provenance.ANALYSED, (*computed, *shown), round_code, data, written)
    if provenance.noted(provenance.VALIDATED, round_code, data) == made_of.fingerprint:
        provenance.note(provenance.ANALYSED, round_code, data, made_of)
    return Analysis(made, tuple(pages), made_of)


def _here(step: Callable, *given: object) -> object:
    return step(*given)


def up_to_date(
    round_code: str, data: Path, stage: Callable[[str], None] = lambda _: None, do: Callable = _here
) -> Analysis:
    """Return the analysis of what is delivered now: validated and analysed anew only when something changed.

    stage: called with validate and with analyse when these begin. do: calls these two with what is given for them. What
    the analysis depends on: the program and its settings, the key of the pseudonyms, everything delivered, and what was
    released before; what comes while it is made is in it too. Of several runs on one data folder the first does it and
    the others wait for that. Raises UnusableInput as those do, when the data change all the time, and, naming the file,
    when something else changed what the validation or the analysis wrote.
    """
    _require_key(round_code, data)
    with turn(data, wait=True):
        for n_analyses in count():
            now = provenance.origin(round_code, data)
            if provenance.noted(provenance.ANALYSED, round_code, data) == now.fingerprint:
                provenance.require_as_written(provenance.COMMANDS, round_code, data)
                studies = kinds.studies(all_settings.load(), round_code)
                pages = tuple(_page(each.national, round_code, data) for each in studies)
                return Analysis(tuple(report_facts.read(data / round_code / report_facts.INDEX)), pages, now)
            if n_analyses == _PATIENCE:
                raise UnusableInput(
                    f"Each time that {round_code} was analysed, something in {data} had changed meanwhile: a delivery, "
                    "the register or the background. Run again when all is there."
                )
            if provenance.noted(provenance.VALIDATED, round_code, data) != now.fingerprint:
                stage("validate")
                do(_validate_only, round_code, data)
            stage("analyse")
            do(analyse, round_code, data)


def _require_key(round_code: str, data: Path) -> None:
    settings = all_settings.load()
    settings.round(round_code)
    earlier_releases.require_one_key(round_code, data, settings)


def _validate_only(round_code: str, data: Path) -> None:
    """Validate; what it found is on the disk, and too much to hand to another process."""
    validate(round_code, data)


@private.made()
def keep_released(round_code: str, data: Path, released: Sequence[ReportFacts]) -> None:
    """Keep what is released now, as `releases.keep` does.

    released: the facts of the analysis that the release is made from. Raises UnusableInput, and keeps nothing, when
    another run has analysed the round anew since, or something else changed what the analysis wrote.
    """
    with turn(data, wait=True):
        if report_facts.read(data / round_code / report_facts.INDEX) != list(released):
            raise UnusableInput(
                f"Another run analysed {round_code} anew in {data} while these reports were made, so they are not "
                "published. Run the release again: what did not change is not made again."
            )
        # The slices were looked at by who made reports of them.
        provenance.require_as_written(provenance.COMMANDS, round_code, data, ".parquet")
        earlier_releases.keep(round_code, data)


def turn(data: Path, wait: bool = False) -> AbstractContextManager[None]:
    """Be the only one that validates, analyses, or looks whether that is needed, in a data folder.

    Raises UnusableInput, naming the process that is at work there, unless `wait`. A folder that is not there is not
    made: whoever reads it says so.
    """
    return locking.lock(data / provenance.WORK / "lock", wait=wait) if data.is_dir() else nullcontext()


def _page(national: str, round_code: str, data: Path) -> Path:
    return data / round_code / f"{national}.html"


def slice_path(data: Path, round_code: str, subject: str) -> Path:
    """Return where the slice of the report of a school (its brinvest) or of a board (its number) lies."""
    return data / round_code / "slices" / f"{subject}.json"


def _write_slices(
    made: Iterable[tuple[kinds.Study, kinds.Protected]], round_code: str, data: Path
) -> tuple[ReportFacts, ...]:
    """Write every slice, one at a time: those of a whole country would not fit in memory together."""
    register = enrolment.read_register(data)
    schools = enrolment.taking_part(register, all_settings.load().round(round_code))[tables.SCHOOLS.column_names]
    index = data / round_code / report_facts.INDEX
    index.unlink(missing_ok=True)
    found: dict[str, ReportFacts] = {}
    for study, shown in made:
        for each in study.cut(shown, schools, register.boards):
            if each.subject in found:
                raise ContractError(f"Two reports of {round_code} are of {each.subject}: nothing was made of them.")
            each.write(slice_path(data, round_code, each.subject))
            found[each.subject] = kinds.facts_of(each)
    # Not before: a release that is at work reads them, and finds those that did not change as they were.
    written = {slice_path(data, round_code, subject) for subject in found}
    for path in set(slice_path(data, round_code, "").parent.glob("*")) - written:
        path.unlink()
    ordered = tuple(sorted(found.values(), key=lambda each: (kinds.place(each), each.subject)))
    report_facts.write(ordered, index)
    return ordered


def _national_notebook(national: str, round_code: str, data: Path, settled: settle.Settled | None) -> Path:
    """Run a national notebook, which computes and writes the tables, and render it for the reviewer."""
    source = params.project_root() / "notebooks" / f"{national}.ipynb"
    output = data.resolve() / round_code / source.name
    values = {"data": str(data.resolve()), "round_code": round_code}
    seconds = all_settings.load().release.limits.national_cell
    with variants.official(output.parent, settled):
        execute.execute(source, output, values, cwd=source.parent, seconds=seconds)
    if not (output.parent / variants.SEAL).is_file():
        raise UnusableInput(
            f"{source} ran, but wrote no tables of {round_code}. Its last cell must call `variants.write`, or "
            "`variants.write_tables`, with `data` and `round_code` as they were given."
        )
    page = _page(national, round_code, data)
    notebook_page.write_whole(output, page)
    return page


def _seal(step: str, made: Iterable[tables.Table], round_code: str, data: Path, others: Iterable[Path] = ()) -> None:
    """Note the hashes of what a step wrote: a release is made of that, or not at all."""
    paths = [data / round_code / f"{table.name}.parquet" for table in made]
    sealed.keep(provenance.seal(step, round_code, data), [*paths, *others])


def _results_file(folder: Path) -> Path:
    return folder / f"{tables.RESULTS.name}.parquet"
