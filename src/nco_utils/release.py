"""A release: validate, analyse, make the report of every school and board, and publish them as one whole."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from time import sleep

from . import enrolment, gate, index, method, params, publication, releases, render, rounds, workers
from .errors import UnusableInput
from .making import DocumentTask, RenderTask, make_document, render_documents
from .publication import Report
from .slices import BOARD, BoardSlice, Slice

WORK = ".work"  # documents in the making, within the folder that becomes the release
CHUNK = 12  # documents per render task: few enough to spread, many enough to share an engine's start
_REMOVAL_TRIES = 50

Progress = Callable[[str, int, int], None]  # stage, done, total


@dataclass(frozen=True)
class Request:
    """What to release: of which round, from which data folder, to where and how."""

    round_code: str
    data: Path
    out: Path
    formats: tuple[str, ...] = tuple(render.OUTPUTS)
    engine: str = "auto"
    workers: int | None = None
    schools: tuple[str, ...] = ()


@dataclass(frozen=True)
class Release:
    """A finished run: what became of every report, and where the release is, if there is one."""

    reports: tuple[Report, ...]
    folder: Path | None
    engine: str

    @property
    def schools(self) -> tuple[Report, ...]:
        """The reports of schools."""
        return tuple(report for report in self.reports if report.slice.kind != BOARD)

    @property
    def boards(self) -> tuple[Report, ...]:
        """The reports of boards."""
        return tuple(report for report in self.reports if report.slice.kind == BOARD)


def release(request: Request, progress: Progress) -> Release:
    """Validate, analyse, make and check every report, and publish them in `request.out/<round>`.

    A school whose report fails is left out and named; the others are published. Nothing is published when
    no report could be made; then, and when the run is interrupted, an earlier release stays as it was.
    Raises UnusableInput for a call, settings or data from which nothing can be made.
    """
    engine = render.choose_engine(request.engine)
    _check(request)
    progress("validate", 0, 1)
    rounds.validate(request.round_code, request.data)
    progress("analyse", 0, 1)
    analysis = rounds.analyse(request.round_code, request.data)
    chosen = _chosen(analysis, request.schools)
    with _building(request) as folder:
        project = render.stage_project(folder / ".project")
        made = _make(chosen, request, engine, folder, project, progress)
        every = (*analysis.slices, *analysis.boards)
        reports = tuple(made.get(each.subject, Report(each, requested=False)) for each in every)
        if not any(report.files for report in reports):
            return Release(reports, None, engine.version)
        explanation = _explanation(request, engine, folder, project)
        index.write(folder, reports, explanation, project, _timestamp(request))
        publication.write_manifest(folder, reports, explanation, request.round_code, engine)
        shutil.rmtree(project)
        # Before anybody can read it: a release that nobody remembers would not be protected against the next.
        releases.keep(request.round_code, request.data)
        published = request.out / request.round_code
        publication.publish(folder, published)
        return Release(reports, published, engine.version)


def _check(request: Request) -> None:
    """Refuse what can be refused before any work is done."""
    params.load().round(request.round_code)
    if unknown := set(request.formats) - set(render.OUTPUTS):
        raise UnusableInput(f"Unknown format(s): {', '.join(sorted(unknown))}. There are: {', '.join(render.OUTPUTS)}.")
    if request.workers is not None and request.workers < 1:
        raise UnusableInput("--workers must be at least 1.")
    if not request.data.is_dir():
        raise UnusableInput(f"The data folder {request.data} does not exist. `nco demo --data DIR --real` makes one.")


def _chosen(analysis: rounds.Analysis, chosen: Sequence[str]) -> list[Slice | BoardSlice]:
    """The reports to make: all, or those of the chosen schools and of the boards that have one of these."""
    if unknown := set(chosen) - {content.brinvest for content in analysis.slices}:
        names = ", ".join(sorted(unknown))
        raise UnusableInput(f"No report in this round: {names}. `nco status` says which schools take part.")
    schools = [content for content in analysis.slices if not chosen or content.brinvest in chosen]
    numbers = {content.board_number for content in schools}
    return [*schools, *(content for content in analysis.boards if content.board_number in numbers)]


@contextmanager
def _building(request: Request) -> Iterator[Path]:
    """A folder beside the release to be, gone afterwards whatever happens."""
    folder = request.out / f".{request.round_code}.building-{os.getpid()}"
    try:
        folder.mkdir(parents=True)
    except OSError as problem:
        raise UnusableInput(f"{request.out} cannot be written to: {problem.strerror}.") from None
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    # A process that is being stopped may still write: what it adds while the folder is emptied goes the next time.
    for _ in range(_REMOVAL_TRIES):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        sleep(0.1)


def _make(
    chosen: Sequence[Slice | BoardSlice],
    request: Request,
    engine: render.Engine,
    folder: Path,
    project: Path,
    progress: Progress,
) -> dict[str, Report]:
    """Make the chosen reports: all documents first, then the files, a batch at a time."""
    by_name = {content.subject: content for content in chosen}
    n_workers = request.workers or params.load().release.workers
    tasks = [_document_task(content, request, folder) for content in chosen]
    figures, errors = {}, {}
    with closing(workers.run(make_document, tasks, n_workers)) as outcomes:
        for done, outcome in enumerate(outcomes, start=1):
            name = outcome.task.name
            (errors if outcome.error else figures)[name] = outcome.error or outcome.value
            progress("execute", done, len(tasks))
    files: dict[str, dict[str, Path]] = {}
    batches = _render_tasks(figures, request, engine, folder, project, n_workers)
    with closing(workers.run(render_documents, batches, n_workers)) as outcomes:
        for outcome in outcomes:
            _collect(outcome, files, errors)
            progress("render", len(files), len(figures))
    made = [_report(content, files.get(name, {}), errors.get(name), folder) for name, content in by_name.items()]
    shutil.rmtree(folder / WORK, ignore_errors=True)
    return dict(zip(by_name, made, strict=True))


def _document_task(content: Slice | BoardSlice, request: Request, folder: Path) -> DocumentTask:
    name, chapters = content.subject, params.load().reports[content.kind].chapters
    return DocumentTask(
        name,
        rounds.slice_path(request.data, request.round_code, name).resolve(),
        tuple(params.project_root() / "notebooks" / f"{chapter}.ipynb" for chapter in chapters),
        folder / WORK / name,
        request.data / request.round_code / "failed" / f"{name}.ipynb",
    )


def _render_tasks(
    figures: dict[str, int], request: Request, engine: render.Engine, folder: Path, project: Path, n_workers: int
) -> list[RenderTask]:
    """Batches of documents: large enough to share an engine's start, small enough to keep all workers busy."""
    names = sorted(figures)
    size = max(1, min(CHUNK, -(-len(names) // n_workers))) if engine.name == "embedded" else -(-len(names) // n_workers)
    batches = [names[start : start + size] for start in range(0, len(names), max(size, 1))]
    return [
        RenderTask(
            tuple(render.ReportDocument(name, folder / WORK / name) for name in batch),
            {name: figures[name] for name in batch},
            request.formats,
            engine.name,
            project,
            _timestamp(request),
        )
        for batch in batches
    ]


def _collect(outcome: workers.Outcome, files: dict[str, dict[str, Path]], errors: dict[str, str]) -> None:
    """Note what a batch made; when its process died, none of its documents has its files."""
    for document in outcome.task.documents:
        files[document.name] = {}
        if outcome.error:
            errors[document.name] = outcome.error
    for rendered in outcome.value or []:
        if rendered.error:
            errors[rendered.name] = f"{rendered.format}: {rendered.error}"
        else:
            files[rendered.name][rendered.format] = rendered.path


def _report(content: Slice | BoardSlice, files: dict[str, Path], error: str | None, folder: Path) -> Report:
    """A report is all its formats or nothing: only then do its files go to a folder of their own."""
    if error:
        return Report(content, error=error)
    own = publication.report_folder(content)
    (folder / own).mkdir(parents=True)
    for path in files.values():
        path.rename(folder / own / path.name)
    return Report(content, {name: own / path.name for name, path in files.items()})


def _explanation(request: Request, engine: render.Engine, folder: Path, project: Path) -> dict[str, Path]:
    """Make the technical explanation of the round; return its files by format, within the release.

    Raises RenderError: without it nobody can see how the numbers came about, so there is no release then.
    """
    settings, data = params.load(), request.data
    school_year = settings.round(request.round_code).school_year
    found = method.figures(data / request.round_code, school_year, data, settings)
    made = folder / WORK / method.NAME
    method.write(found, request.round_code, enrolment.read_notice(data), settings, made)
    document = render.ReportDocument(method.NAME, made)
    files = {}
    for rendered in engine.render([document], request.formats, project, _timestamp(request)):
        if rendered.error:
            raise gate.RenderError(f"The technical explanation cannot be made: {rendered.error}")
        files[rendered.format] = Path(f"{method.NAME}{rendered.path.suffix}")
        rendered.path.rename(folder / files[rendered.format])
    shutil.rmtree(folder / WORK)
    return files


def _timestamp(request: Request) -> datetime:
    """The time that files carry: the publication date, so that the same input gives the same bytes."""
    return datetime.combine(params.load().round(request.round_code).publication, time(12), UTC)
