"""Making reports: the task that a worker does, from slices to checked files in the store."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nco.base import all_settings, disk, fingerprint, private, workers
from nco.base.failures import Killed, RenderError
from nco.notebooks import execute
from nco.notebooks.forkshell import DIED
from nco.render import accepted, engines, outputs, own_numbers, pupilrows, workbook
from nco.reports import cover, document, house_style, kinds
from nco.reports.content import Content
from nco_utils import write_whole
from nco_utils.errors import NcoError

from .pages import notebook_page
from .store import Store

NOTEBOOK = "report.ipynb"
# Else it would be kept, and published, as the report of the other slice.
_REPLACED = "its slice was replaced meanwhile, by another analysis; run the release again"
_REWRITTEN = "a chapter was changed meanwhile; run the release again, and change nothing until it is ready"


@dataclass(frozen=True)
class Source:
    """One report to make: what it is of, its slice and chapters with their SHA-256, and the key it is kept under."""

    subject: str
    slice_path: Path
    slice_sha256: str
    notebooks: tuple[Path, ...]
    notebooks_sha256: tuple[str, ...]
    key: str

    @classmethod
    def of(cls, subject: str, slice_path: Path, slice_sha256: str, notebooks: tuple[Path, ...], key: str) -> "Source":
        """Return the report of these chapters as they are now."""
        return cls(subject, slice_path, slice_sha256, notebooks, tuple(map(fingerprint.of_file, notebooks)), key)


@dataclass(frozen=True)
class MakeTask:
    """Make reports together, because an engine may take seconds to start.

    work: a folder is made beside it, of this task alone. failed: where the notebook of a report that fails goes, with
    its page; the notebook shows the whole exception, so it may show a pupil's value, and is the only file that may.
    """

    sources: tuple[Source, ...]
    formats: tuple[str, ...]
    engine: str
    notebook_engine: str
    project: Path
    timestamp: datetime
    work: Path
    store: Path
    failed: Path


def make(task: MakeTask) -> dict[str, str]:
    """Make, check and keep the reports of a task; return why, by subject, for those that failed.

    The engine makes its project folder its own (two renders in one folder give the wrong school's figures), so a task
    gets a copy of the staged project.
    """
    # A machine that was taken for dead, or what a killed run left, may still be at the same task, so each attempt has a
    # name of its own.
    own = replace(task, work=task.work.with_name(f"{task.work.name}.{write_whole.unique()}"))
    own.work.mkdir(parents=True)
    try:
        return _make(own)
    except OSError as problem:
        problem.filename = problem.filename or str(own.work)  # a full disk does not say which it is
        raise
    finally:
        shutil.rmtree(own.work, ignore_errors=True)


def write_document(source: Source, folder: Path, failed: Path, notebook_engine: str = "nco") -> int:
    """Run the chapters of one report and write its document into the new folder `folder`; return how many figures.

    Raises ChapterError for a failing cell, with the notebook kept in `failed`, Killed when the process of the notebook
    died, and RenderError when figures may be shown and there is no drawing at all, when a chapter shows rows of pupils,
    and when the slice or a chapter is not, or no longer, the one of the plan.
    """
    # Read before the chapters are: what runs them is forked from here, and has the slice then.
    content = kinds.read(source.slice_path)
    if content.fingerprint != source.slice_sha256:
        raise RenderError(_REPLACED)
    front_matter = cover.front_matter(content)
    folder.mkdir(parents=True)
    joined = execute.join_chapters(source.notebooks)
    if tuple(map(fingerprint.of_file, source.notebooks)) != source.notebooks_sha256:
        raise RenderError(_REWRITTEN)
    values = {"slice_path": str(source.slice_path)}
    try:
        cwd = source.notebooks[0].parent
        executed = execute.execute(joined, folder / NOTEBOOK, values, engine=notebook_engine, cwd=cwd)
    except execute.ChapterError as failure:
        kept = _kept(failure.kept, source, failed)
        _keep_page(kept, content)
        told = execute.ChapterError("report", failure.chapter, failure.cell, failure.exception, kept)
        raise (Killed(str(told)) if failure.exception == DIED else told) from None
    if not source.slice_path.is_file() or fingerprint.of_file(source.slice_path) != source.slice_sha256:
        raise RenderError(_REPLACED)
    pupilrows.refuse(executed)
    notebook_page.write(executed, content, folder / notebook_page.NAME)
    figures = document.write(executed, front_matter, folder)
    if content.drawable and not figures:
        raise RenderError("its chapters ran, but drew nothing")
    return figures


def _make(task: MakeTask) -> dict[str, str]:
    errors, documents = {}, {}
    for source in task.sources:
        folder = task.work / source.subject
        for kept in task.failed.glob(f"{source.subject}.*"):  # of an earlier attempt
            kept.unlink(missing_ok=True)
        try:
            write_document(source, folder, task.failed, task.notebook_engine)
            documents[source.subject] = engines.ReportDocument(source.subject, folder)
        except Killed:
            raise
        except NcoError as problem:
            errors[source.subject] = str(problem)
    files, unmade, warnings = _render(list(documents.values()), task)
    errors |= unmade
    store = Store(task.store)
    for source in task.sources:
        if source.subject not in errors:
            try:
                folder = documents[source.subject].folder
                _keep(source, folder, files[source.subject], store, warnings[source.subject])
            except RenderError as problem:
                errors[source.subject] = str(problem)
        if source.subject in errors:
            _keep_failed(source, task.work / source.subject, task.failed)
    return errors


def _keep_failed(source: Source, folder: Path, failed: Path) -> None:
    """Keep the notebook of a report that ran to its end but failed afterwards, for inspection."""
    if (folder / NOTEBOOK).is_file():
        kept = _kept(folder / NOTEBOOK, source, failed)
        with suppress(NcoError):  # the slice may be what went wrong
            _keep_page(kept, kinds.read(source.slice_path))


def _kept(notebook: Path, source: Source, failed: Path) -> Path:
    """Move the notebook of a report that failed to where it is kept; return its place."""
    kept = Path(shutil.move(notebook, private.folder(failed) / f"{source.subject}.ipynb"))
    kept.chmod(private.FILE)
    return kept


@private.made()
def _keep_page(kept: Path, content: Content) -> None:
    """Write the page of a failed report's notebook beside it: what a reviewer opens first."""
    import nbformat

    notebook_page.write(nbformat.read(kept, as_version=4), content, kept.with_suffix(".html"), whole=False)


def _render(
    documents: list[engines.ReportDocument], task: MakeTask
) -> tuple[dict[str, dict[str, Path]], dict[str, str], dict[str, set[str]]]:
    """The files of each document by format, why there are none (a report is all its files or nothing), and warnings."""
    if not documents:
        return {}, {}, {}
    project = task.work / ".project"
    shutil.copytree(task.project, project)
    files: dict[str, dict[str, Path]] = {each.name: {} for each in documents}
    errors: dict[str, str] = {}
    warnings: dict[str, set[str]] = {each.name: set() for each in documents}
    engine, tell = engines.choose_engine(task.engine), workers.tell if len(documents) > 1 else outputs.quiet
    for rendered in rendered_files(documents, task.formats, engine, project, task.timestamp, tell):
        warnings[rendered.name].update(rendered.warnings)
        if rendered.error:
            errors[rendered.name] = f"{rendered.format}: {rendered.error}"
        else:
            files[rendered.name][rendered.format] = rendered.path
    return files, errors, warnings


def rendered_files(
    documents: Sequence[engines.ReportDocument],
    formats: Sequence[str],
    engine: engines.Engine,
    project: Path,
    timestamp: datetime,
    progress: outputs.Progress = outputs.quiet,
) -> Iterator[engines.Rendered]:
    """Yield what became of each file of each document: every format, and the workbook."""
    yield from engine.render(documents, formats, project, timestamp, progress)
    style = house_style.read(project)
    yield from (workbook_of(each, style) for each in documents)


def workbook_of(report: engines.ReportDocument, style: house_style.Brand) -> engines.Rendered:
    """Return what became of the workbook of a document; raises the OSError of a full disk and the like."""
    try:
        path, error = workbook.write(report.folder, style), None
    except (RenderError, OSError, ValueError) as problem:
        if disk.stopping(problem):
            raise
        path, error = None, str(problem)
    return engines.Rendered(report.name, workbook.FORMAT, path, 0.0, error)


def _keep(source: Source, folder: Path, files: dict[str, Path], store: Store, warnings: set[str]) -> None:
    content = kinds.read(source.slice_path)
    counts = own_numbers.check(own_numbers.Expected(folder, source.subject, content.names), files)
    if "docx" in files and all_settings.load().release.lays_out(kinds.of(content).subject.folder):
        accepted.check_word_layout(files["docx"])
    store.put(source.key, files, counts, [folder / notebook_page.NAME], warnings)
