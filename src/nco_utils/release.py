"""A release: validate, analyse, make every school's report, and publish them as one whole."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from time import sleep

from . import enrolment, gate, method, params, publication, releases, render, rounds, workers
from .errors import UnusableInput
from .making import DocumentTask, RenderTask, make_document, render_documents
from .publication import Report
from .slices import Slice

REPORT = "school"  # the report of params/reports.yml that every school gets
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
    """A finished run: what became of every enrolled school, and where the release is, if there is one."""

    reports: tuple[Report, ...]
    folder: Path | None
    engine: str


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
    chosen = _chosen(analysis.slices, request.schools)
    with _building(request) as folder:
        project = render.stage_project(folder / ".project")
        made = _make(chosen, request, engine, folder, project, progress)
        reports = tuple(made.get(s.brinvest, Report(s, requested=False)) for s in analysis.slices)
        if not any(report.files for report in reports):
            return Release(reports, None, engine.version)
        explanation = _explanation(request, engine, folder, project)
        publication.write_index(folder, reports, explanation, project, _timestamp(request))
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


def _chosen(slices: Sequence[Slice], chosen: Sequence[str]) -> list[Slice]:
    if unknown := set(chosen) - {content.brinvest for content in slices}:
        names = ", ".join(sorted(unknown))
        raise UnusableInput(f"No report in this round: {names}. `nco status` says which schools take part.")
    return [content for content in slices if not chosen or content.brinvest in chosen]


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
    chosen: Sequence[Slice], request: Request, engine: render.Engine, folder: Path, project: Path, progress: Progress
) -> dict[str, Report]:
    """Make the reports of the chosen schools: all documents first, then the files, a batch at a time."""
    by_school = {content.brinvest: content for content in chosen}
    n_workers = request.workers or params.load().release.workers
    root = params.project_root()
    notebooks = tuple(root / "notebooks" / f"{name}.ipynb" for name in params.load().reports[REPORT].chapters)
    tasks = [_document_task(brinvest, notebooks, request, folder) for brinvest in by_school]
    figures, errors = {}, {}
    with closing(workers.run(make_document, tasks, n_workers)) as outcomes:
        for done, outcome in enumerate(outcomes, start=1):
            name = outcome.task.brinvest
            (errors if outcome.error else figures)[name] = outcome.error or outcome.value
            progress("execute", done, len(tasks))
    files: dict[str, dict[str, Path]] = {}
    batches = _render_tasks(figures, request, engine, folder, project, n_workers)
    with closing(workers.run(render_documents, batches, n_workers)) as outcomes:
        for outcome in outcomes:
            _collect(outcome, files, errors)
            progress("render", len(files), len(figures))
    made = [_report(content, files.get(name, {}), errors.get(name), folder) for name, content in by_school.items()]
    shutil.rmtree(folder / WORK, ignore_errors=True)
    return dict(zip(by_school, made, strict=True))


def _document_task(brinvest: str, notebooks: tuple[Path, ...], request: Request, folder: Path) -> DocumentTask:
    return DocumentTask(
        brinvest,
        rounds.slice_path(request.data, request.round_code, brinvest).resolve(),
        notebooks,
        folder / WORK / brinvest,
        request.data / request.round_code / "failed" / f"{brinvest}.ipynb",
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


def _report(content: Slice, files: dict[str, Path], error: str | None, folder: Path) -> Report:
    """A report is all its formats or nothing: only then do its files go to the school's own folder."""
    if error:
        return Report(content, error=error)
    school = publication.school_folder(content.brinvest)
    (folder / school).mkdir(parents=True)
    for path in files.values():
        path.rename(folder / school / path.name)
    return Report(content, {name: school / path.name for name, path in files.items()})


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
