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
from nco.disclosure import earlier_releases, obligations, pooled, protect, settle, shown_tables
from nco.notebooks import execute, variants
from nco.register import delivery_tables, enrolment, keyfile
from nco.reports.growth import slices
from nco_utils import cohorts, growth, params, reference, tables
from nco_utils.errors import UnusableInput
from nco_utils.reference import covariates

from . import apart, provenance
from . import report_facts as cards
from .pages import delivery_files, notebook_page

NATIONAL_NOTEBOOK = "landelijk"
_PATIENCE = 3  # analyses of a round that changes all the time
_VALIDATED = (
    tables.RESULTS,
    tables.RESULTS_OUTSIDE,
    tables.PUPILS,
    tables.WITHDRAWN,
    delivery_tables.FINDINGS,
    delivery_tables.QUARANTINE,
    delivery_tables.ACCOUNT,
)
_PROTECTED = (
    shown_tables.REPORT,
    shown_tables.POOLED,
    shown_tables.BOARD_REPORT,
    shown_tables.COUNTRY,
    shown_tables.SUPPRESSED,
)


@dataclass(frozen=True)
class Analysis:
    """The cards of all reports, those of schools first, the reviewer's page of the national notebook, and what of."""

    cards: tuple[cards.Card, ...]
    page: Path
    made_of: provenance.Origin


def validate(round_code: str, data: Path) -> validation.Validation:
    """Validate the deliveries of a round and write what came of it to `data/<round>/`.

    Writes tables `results`, `results_outside`, `pupils`, `withdrawn`, `findings`, `quarantine` and `account`, and the
    delivery reports. Raises UnusableInput, naming the first errors, when nothing can be used; then there are no
    results, so that nothing is made from an earlier delivery by mistake.
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

    Writes the national tables, the executed national notebook with its page, tables `report`, `pooled`, `board_report`,
    `country` and `suppressed`, and one slice per school that takes part, and per board, to `data/<round>/`. Raises
    UnusableInput when there are no validated results.
    """
    settings = all_settings.load()
    round_ = settings.round(round_code)
    folder = data / round_code
    apart.require_apart(round_code, data)
    _require_key(round_code, data)
    if not _results_file(folder).is_file():
        raise UnusableInput(f"{folder} has no validated results. Run `nco validate {round_code} --data {data}` first.")
    provenance.require_as_written([provenance.VALIDATED], round_code, data)
    provenance.forget([provenance.ANALYSED], round_code, data)
    made_of = provenance.origin(round_code, data)
    history = _settle(round_code, data, settings)
    page = _national_notebook(round_code, data, history.settled)
    _keep_settled(history, round_code, data, settings)
    model, terms = reference.read_model(folder), tables.read(tables.MODEL_TERMS, folder)
    protected = _protect(round_code, data, settings, history.remembered)
    lasting = _pooled(protected.report, round_code, data, settings)
    tables.write(protected.report, shown_tables.REPORT, folder)
    tables.write(lasting, shown_tables.POOLED, folder)
    tables.write(protected.boards, shown_tables.BOARD_REPORT, folder)
    tables.write(protected.country, shown_tables.COUNTRY, folder)
    tables.write(protected.suppressed, shown_tables.SUPPRESSED, folder)
    context = slices.Context(
        round_code,
        round_,
        enrolment.read_notice(data),
        settings.profile.minimum_group,
        model.similar_band,
        covariates.fitted(terms, model),
        model.estimator,
        tuple(settings.reports),
    )
    analysis = Analysis(_write_slices(protected, lasting, context, data), page, made_of)
    made = [page, folder / cards.INDEX, *(slice_path(data, round_code, card.subject) for card in analysis.cards)]
    _seal(provenance.ANALYSED, (tables.GROWTH, *variants.TABLES, *_PROTECTED), round_code, data, made)
    if provenance.noted(provenance.VALIDATED, round_code, data) == made_of.fingerprint:
        provenance.note(provenance.ANALYSED, round_code, data, made_of)
    return analysis


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
                return Analysis(tuple(cards.read(data / round_code / cards.INDEX)), _page(round_code, data), now)
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
def keep_released(round_code: str, data: Path, released: Sequence[cards.Card]) -> None:
    """Keep what is released now, as `releases.keep` does.

    released: the cards of the analysis that the release is made from. Raises UnusableInput, and keeps nothing, when
    another run has analysed the round anew since, or something else changed what the analysis wrote.
    """
    with turn(data, wait=True):
        if cards.read(data / round_code / cards.INDEX) != list(released):
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


def _page(round_code: str, data: Path) -> Path:
    return data / round_code / f"{NATIONAL_NOTEBOOK}.html"


def slice_path(data: Path, round_code: str, subject: str) -> Path:
    """Return where the slice of the report of a school (its brinvest) or of a board (its number) lies."""
    return data / round_code / "slices" / f"{subject}.json"


@dataclass(frozen=True)
class _History:
    """What is settled before anything is computed: of which pairs, and what earlier releases oblige to."""

    settled: settle.Settled
    coverage: pd.DataFrame
    remembered: obligations.Memory


def _settle(round_code: str, data: Path, settings: all_settings.Settings) -> _History:
    """Pair the results and settle, once, which pairs this release uses: before the notebook, which cannot change it."""
    schools = enrolment.read_register(data).schools
    results = cohorts.read(data, round_code, settings, schools)
    paired = growth.pair(results.now, settings.round(round_code), results.year_before, results.outside)
    past = settle.side_by_side(paired.pairs, data, round_code, settings)
    settled = settle.decide(past, data / round_code)
    return _History(settled, paired.coverage, obligations.remember(past, settled, data, round_code))


def _keep_settled(history: _History, round_code: str, data: Path, settings: all_settings.Settings) -> None:
    """Write what was settled, whatever the notebook wrote of it; refuse tables that it computed of something else."""
    folder, schools = data / round_code, enrolment.read_register(data).schools
    _require_own_splits(tables.read(tables.FIGURES, folder), settings)
    for table in (tables.FIGURES, tables.REFERENCE, tables.NATIONAL):
        settle.require_of(history.settled, table, tables.read(table, folder), schools, settings)
    tables.write(history.settled.pairs, tables.GROWTH, folder)
    tables.write(history.settled.blocks, shown_tables.BLOCKS, folder)
    tables.write(history.coverage, tables.COVERAGE, folder)
    paths = [folder / f"{table.name}.parquet" for table in (tables.GROWTH, *variants.TABLES)]
    sealed.keep(folder / variants.SEAL, paths)


def _protect(
    round_code: str, data: Path, settings: all_settings.Settings, remembered: obligations.Memory
) -> protect.Protected:
    """Apply disclosure control to what the national notebook wrote, over all schools and boards at once."""
    folder = data / round_code
    names = {
        "pairs": tables.GROWTH,
        "blocks": shown_tables.BLOCKS,
        "coverage": tables.COVERAGE,
        "figures": tables.FIGURES,
        "reference": tables.REFERENCE,
        "national": tables.NATIONAL,
    }
    read = {name: tables.read(table, folder) for name, table in names.items()}
    schools = enrolment.read_register(data).schools
    computed = protect.Computed(**read, pupils=remembered.pupils, schools=schools)
    return protect.protect(computed, remembered, settings)


def _require_own_splits(figures: pd.DataFrame, settings: all_settings.Settings) -> None:
    """Refuse groups of pupils that the notebook made and the settings do not have: nothing would protect those."""
    known = {trait: set(split.values) for trait, split in settings.subgroups.items()} | {tables.ALL: {tables.ALL}}
    for trait, values in figures.groupby("trait")["value"].unique().items():
        if trait not in known or (known[trait] and not known[trait].issuperset(values)):
            raise UnusableInput(
                f"notebooks/{NATIONAL_NOTEBOOK}.ipynb splits pupils by {trait} otherwise than params/subgroups.yml: "
                "change it there, so that the rules for small groups count it."
            )


def _pooled(report: pd.DataFrame, round_code: str, data: Path, settings: all_settings.Settings) -> pd.DataFrame:
    """Table `pooled`, from what this round and the earlier ones show."""
    codes = earlier_releases.earlier(round_code, data, settings)
    before = earlier_releases.reports(codes, data, settle.withdrawn(data / round_code))
    sector = enrolment.read_register(data).schools.set_index("brinvest")["sector"]
    return pooled.together([report, *reversed(before)], sector, settings.ranking)


def _write_slices(
    protected: protect.Protected, lasting: pd.DataFrame, context: slices.Context, data: Path
) -> tuple[cards.Card, ...]:
    """Write every slice, a board at a time: those of a whole country would not fit in memory together."""
    register = enrolment.read_register(data)
    schools = enrolment.taking_part(register, all_settings.load().round(context.round_code))
    index = data / context.round_code / cards.INDEX
    index.unlink(missing_ok=True)
    made = []
    for content in slices.cut(
        schools[tables.SCHOOLS.column_names], register.boards, protected.report, protected.boards, context, lasting
    ):
        slices.write(content, slice_path(data, context.round_code, content.subject))
        made.append(cards.card(content))
    # Not before: a release that is at work reads them, and finds those that did not change as they were.
    written = {slice_path(data, context.round_code, each.subject) for each in made}
    for path in set(slice_path(data, context.round_code, "").parent.glob("*")) - written:
        path.unlink()
    made.sort(key=lambda each: (each.is_board, each.subject))
    cards.write(made, index)
    return tuple(made)


def _national_notebook(round_code: str, data: Path, settled: settle.Settled | None) -> Path:
    """Run the national notebook, which computes and writes the tables, and render it for the reviewer."""
    source = params.project_root() / "notebooks" / f"{NATIONAL_NOTEBOOK}.ipynb"
    output = data.resolve() / round_code / source.name
    values = {"data": str(data.resolve()), "round_code": round_code}
    seconds = all_settings.load().release.limits.national_cell
    with variants.official(output.parent, settled):
        execute.execute(source, output, values, cwd=source.parent, seconds=seconds)
    if not (output.parent / variants.SEAL).is_file():
        raise UnusableInput(
            f"{source} ran, but wrote no tables of {round_code}. Its last cell must call `variants.write`, with `data` "
            "and `round_code` as they were given."
        )
    page = output.with_suffix(".html")
    notebook_page.write_whole(output, page)
    return page


def _seal(step: str, made: Iterable[tables.Table], round_code: str, data: Path, others: Iterable[Path] = ()) -> None:
    """Note the hashes of what a step wrote: a release is made of that, or not at all."""
    paths = [data / round_code / f"{table.name}.parquet" for table in made]
    sealed.keep(provenance.seal(step, round_code, data), [*paths, *others])


def _results_file(folder: Path) -> Path:
    return folder / f"{tables.RESULTS.name}.parquet"
