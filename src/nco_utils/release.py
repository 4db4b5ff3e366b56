"""A release: plan what is to be made, make it, check it, and publish it as one whole.

Work is keyed by a hash of everything that it depends on: what was made before is never made again, a run that was
stopped goes on where it was, and a report that fails never stops the others.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from . import __version__, fingerprint, locking, pages, params, publication, releases, render, rounds, workers
from .cards import Card
from .errors import UnusableInput
from .making import MakeTask, Source, make
from .publication import Report
from .store import Store

WORK = ".work"  # in the output folder: the store, and what is in the making
BATCH = 12  # reports in one call of an engine that takes seconds to start

Progress = Callable[[str, int, int, int], None]  # stage, done, total, failed


@dataclass(frozen=True)
class Request:
    """What to release: of which round, from which data folder, to where and how."""

    round_code: str
    data: Path
    out: Path
    formats: tuple[str, ...] = tuple(render.OUTPUTS)
    engine: str = "auto"
    notebook_engine: str = "nco"
    workers: int | None = None
    schools: tuple[str, ...] = ()

    @property
    def work(self) -> Path:
        """Where the round's work is kept."""
        return self.out / WORK / self.round_code

    @property
    def published(self) -> Path:
        """Where readers find the release."""
        return self.out / self.round_code


@dataclass(frozen=True)
class Release:
    """A finished run: what became of every report, how many were made now, and where the release is, if there is one.

    changed: whether what is published was replaced.
    """

    reports: tuple[Report, ...]
    folder: Path | None
    engine: str
    n_made: int = 0
    changed: bool = True

    @property
    def schools(self) -> tuple[Report, ...]:
        """The reports of schools."""
        return tuple(report for report in self.reports if not report.card.is_board)

    @property
    def boards(self) -> tuple[Report, ...]:
        """The reports of boards."""
        return tuple(report for report in self.reports if report.card.is_board)


def release(request: Request, progress: Progress) -> Release:
    """Validate, analyse, make and check every report, and publish them in `request.out/<round>`.

    A report that fails is left out and named; the others are published. Nothing is published when no report of a school
    could be made; then, and when the run is interrupted, an earlier release stays as it was. Raises UnusableInput for a
    call, settings or data from which nothing can be made, and when another run is at work in the same folder.
    """
    engine = render.choose_engine(request.engine)
    _check(request)
    with _locked(request):
        analysis = rounds.up_to_date(request.round_code, request.data, lambda stage: progress(stage, 0, 1, 0))
        store = Store(request.work / "store")
        planned = plan(request, analysis.cards, engine)
        errors = _run(planned, request, engine, store, progress)
        reports = tuple(_report(card, planned, errors, store) for card in analysis.cards)
        if not any(report.files for report in reports):
            return Release(reports, None, engine.version)
        changed = _publish(request, reports, engine, store)
        made = sum(source.key not in planned.there for source in planned.sources) - len(errors)
        return Release(reports, request.published, engine.version, made, changed)


@dataclass(frozen=True)
class Plan:
    """The reports to make, and the keys of those that are there already."""

    sources: tuple[Source, ...]
    there: frozenset[str]


def plan(request: Request, cards: Sequence[Card], engine: render.Engine) -> Plan:
    """Return every report that is asked for, with the key of everything that it depends on."""
    store, reports = Store(request.work / "store"), params.load().reports
    when, program = _timestamp(request).isoformat(), fingerprint.of_program()
    sources = []
    for card in _chosen(cards, request.schools):
        chapters = reports[card.kind].chapters
        made_with = (program, chapters, sorted(request.formats), engine.name, engine.version, when)
        sources.append(
            Source(
                card.subject,
                rounds.slice_path(request.data, request.round_code, card.subject).resolve(),
                tuple(params.project_root() / "notebooks" / f"{name}.ipynb" for name in chapters),
                fingerprint.of(card.fingerprint, *made_with),
            )
        )
    return Plan(tuple(sources), frozenset(source.key for source in sources if store.get(source.key)))


def _check(request: Request) -> None:
    """Refuse what can be refused before any work is done."""
    params.load().round(request.round_code)
    if unknown := set(request.formats) - set(render.OUTPUTS):
        raise UnusableInput(f"Unknown format(s): {', '.join(sorted(unknown))}. There are: {', '.join(render.OUTPUTS)}.")
    if request.notebook_engine not in ("nco", "kernel"):
        raise UnusableInput(f"There is no notebook engine {request.notebook_engine!r}. There are: nco, kernel.")
    if request.workers is not None and request.workers < 1:
        raise UnusableInput("--workers must be at least 1.")
    if not request.data.is_dir():
        raise UnusableInput(f"The data folder {request.data} does not exist. `nco demo --data DIR --real` makes one.")


@contextmanager
def _locked(request: Request) -> Iterator[None]:
    """One run at a time in an output folder; what an earlier one left half-made goes."""
    try:
        request.work.mkdir(parents=True, exist_ok=True)
        with locking.lock(request.work / "lock"):
            _clean(request)
            yield
            _clean(request)
    except OSError as problem:
        if problem.filename and Path(problem.filename).is_relative_to(request.out):
            raise UnusableInput(f"{request.out} cannot be written to: {problem.strerror}.") from None
        raise


def _clean(request: Request) -> None:
    for name in ("making", "pages", "building"):
        shutil.rmtree(request.work / name, ignore_errors=True)


def _chosen(cards: Sequence[Card], chosen: Sequence[str]) -> list[Card]:
    """The reports to make: all, or those of the chosen schools and of the boards that have one of these."""
    if unknown := set(chosen) - {card.subject for card in cards if not card.is_board}:
        names = ", ".join(sorted(unknown))
        raise UnusableInput(f"No report in this round: {names}. `nco status` says which schools take part.")
    if not chosen:
        return list(cards)
    boards = {card.board_number for card in cards if card.subject in chosen}
    return [card for card in cards if card.subject in chosen or (card.is_board and card.subject in boards)]


def _run(planned: Plan, request: Request, engine: render.Engine, store: Store, progress: Progress) -> dict[str, str]:
    """Make what is not there yet; return why, by subject, for what failed. A task whose process died is done again."""
    todo = [source for source in planned.sources if source.key not in planned.there]
    if not todo:
        return {}
    project = render.stage_project(request.work / "making" / "project")
    n_workers = request.workers or params.load().release.workers
    size = 1 if engine.name == "embedded" else max(1, min(BATCH, -(-len(todo) // n_workers)))
    tasks = [
        _task(tuple(todo[start : start + size]), request, engine, project, store) for start in range(0, len(todo), size)
    ]
    errors: dict[str, str] = {}
    done = 0
    for attempt in (1, 2):
        again = []
        with closing(workers.run(make, tasks, n_workers)) as outcomes:
            for outcome in outcomes:
                sources = outcome.task.sources
                if outcome.died and attempt == 1:
                    again += [_task((source,), request, engine, project, store) for source in sources]
                    continue
                failed = dict.fromkeys((source.subject for source in sources), outcome.error)
                errors |= failed if outcome.error else outcome.value
                done += len(sources)
                progress("make", done, len(todo), len(errors))
        tasks = again
    return errors


def _task(
    sources: tuple[Source, ...], request: Request, engine: render.Engine, project: Path, store: Store
) -> MakeTask:
    return MakeTask(
        sources,
        request.formats,
        engine.name,
        request.notebook_engine,
        project,
        _timestamp(request),
        request.work / "making" / sources[0].subject,
        store.folder,
        request.data / request.round_code / "failed",
    )


def _report(card: Card, planned: Plan, errors: dict[str, str], store: Store) -> Report:
    source = next((each for each in planned.sources if each.subject == card.subject), None)
    if source is None:
        return Report(card, requested=False)
    made = None if card.subject in errors else store.get(source.key)
    if made is None:
        return Report(card, error=errors.get(card.subject, "it was made, but is not there"))
    return Report(card, made.files, made.counts, source.key)


def _publish(request: Request, reports: tuple[Report, ...], engine: render.Engine, store: Store) -> bool:
    """Publish the release, unless just this is published; return whether it was."""
    stage = pages.Stage(request.work / "pages", store, _timestamp(request))
    made = pages.explanation(request.round_code, request.data, request.formats, engine, stage)
    made |= pages.overview(request.round_code, request.data, reports, list(made), stage)
    text = publication.manifest(reports, made, _facts(request, engine))
    if text == publication.published_manifest(request.published):
        return False
    building = request.work / "building"
    publication.build(building, reports, made, text, store)
    # Before anybody can read it: a release that nobody remembers would not be protected against the next.
    releases.keep(request.round_code, request.data)
    rounds.note_analysed(request.round_code, request.data)
    publication.publish(building, request.published)
    store.sweep({report.key for report in reports if report.key} | {page.key for page in made.values()})
    return True


def _facts(request: Request, engine: render.Engine) -> dict:
    """What a release was made of and with."""
    return {
        "round": request.round_code,
        "made_with": {
            "nco-utils": __version__,
            "program": fingerprint.of_program(),
            "engine": engine.name,
            "engine_version": engine.version,
        },
    }


def _timestamp(request: Request) -> datetime:
    """The time that files carry: the publication date, so that the same input gives the same bytes."""
    return datetime.combine(params.load().round(request.round_code).publication, time(12), UTC)
