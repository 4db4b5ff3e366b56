"""Making reports: the task that a worker does, from slices to checked files in the store."""

import shutil
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from pathlib import Path

from nco.base import all_settings, disk, fingerprint, private, workers
from nco.base.all_settings import REPORT
from nco.base.failures import Killed, RenderError
from nco.notebooks import execute
from nco.notebooks.forkshell import DIED
from nco.render import accepted, cards, engines, outputs, own_numbers, pupilrows, sheets, spreadsheet, workbook
from nco.reports import cover, document, house_style, kinds
from nco.reports.content import Content
from nco_utils import write_whole
from nco_utils.errors import NcoError

from .pages import notebook_page
from .store import Store

NOTEBOOK = "report.ipynb"
_CARDS = ".cards"  # in the folder of a report in the making
# Else it would be kept, and published, as the report of the other slice.
_REPLACED = "its slice was replaced meanwhile, by another analysis; run the release again"
_REWRITTEN = "a chapter was changed meanwhile; run the release again, and change nothing until it is ready"


@dataclass(frozen=True)
class Source:
    """One report to make: what it is of, its slice and chapters with their SHA-256, and the key it is kept under.

    parts: the name of each of its documents, the report itself first, with the chapters of it; none: all are of the
    report itself. cards: for whom there is a quality card beside it.
    """

    subject: str
    slice_path: Path
    slice_sha256: str
    notebooks: tuple[Path, ...]
    notebooks_sha256: tuple[str, ...]
    key: str
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    cards: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        subject: str,
        slice_path: Path,
        slice_sha256: str,
        notebooks: tuple[Path, ...],
        key: str,
        parts: tuple[tuple[str, tuple[str, ...]], ...] = (),
    ) -> "Source":
        """Return the report of these chapters as they are now."""
        return cls(subject, slice_path, slice_sha256, notebooks, tuple(map(fingerprint.of_file, notebooks)), key, parts)

    @property
    def chapters(self) -> dict[str, tuple[str, ...]]:
        """The chapters of each document, by its name."""
        return dict(self.parts or [(REPORT, tuple(path.stem for path in self.notebooks))])

    def documents(self, folder: Path) -> list[engines.ReportDocument]:
        """Return its documents with `folder` as the place of the report itself, and of the others folders in it."""
        return [
            engines.ReportDocument(self.subject, folder)
            if name == REPORT
            else engines.ReportDocument(f"{self.subject}.{name}", folder / name, name)
            for name in self.chapters
        ]


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
    """Run the chapters of one report and write its documents into the new folder `folder`; return how many figures.

    Each chapter runs once, in whichever documents it stands. The figures are those of the report itself.

    Raises ChapterError for a failing cell, with the notebook kept in `failed`, Killed when the process of the notebook
    died, and RenderError when figures may be shown and there is no drawing at all, when a chapter shows rows of pupils,
    and when the slice or a chapter is not, or no longer, the one of the plan.
    """
    # Read before the chapters are: what runs them is forked from here, and has the slice then.
    content = kinds.read(source.slice_path)
    if content.fingerprint != source.slice_sha256:
        raise RenderError(_REPLACED)
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
    notebook_page.write(executed, content, folder / notebook_page.NAME, homes=_homes(source))
    figures = {}
    for each in source.documents(folder):
        shown = document.part(executed, source.chapters[each.stem])
        figures[each.stem] = document.write(shown, cover.front_matter(content, each.stem), each.folder)
    if content.drawable and not figures[REPORT]:
        raise RenderError("its chapters ran, but drew nothing")
    return figures[REPORT]


def _homes(source: Source) -> dict[str, str]:
    """The document in which a reader finds a chapter's figures: the first that it stands in."""
    return {chapter: name for name, chapters in reversed(source.chapters.items()) for chapter in chapters}


def _make(task: MakeTask) -> dict[str, str]:
    errors, written = {}, {}
    for source in task.sources:
        folder = task.work / source.subject
        for kept in task.failed.glob(f"{source.subject}.*"):  # of an earlier attempt
            kept.unlink(missing_ok=True)
        try:
            write_document(source, folder, task.failed, task.notebook_engine)
            written[source.subject] = source.documents(folder)
        except Killed:
            raise
        except NcoError as problem:
            errors[source.subject] = str(problem)
    files, unmade, warnings = _render(written, task)
    errors |= unmade
    store = Store(task.store)
    for source in task.sources:
        if source.subject not in errors:
            try:
                found = files[source.subject], store, warnings[source.subject]
                _keep(source, written[source.subject], *found, task.project)
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
    written: dict[str, list[engines.ReportDocument]], task: MakeTask
) -> tuple[dict[str, dict[str, Path]], dict[str, str], dict[str, set[str]]]:
    """The files of each report by what they are called, why there are none (it is all or nothing), and warnings."""
    if not written:
        return {}, {}, {}
    project = task.work / ".project"
    shutil.copytree(task.project, project)
    files: dict[str, dict[str, Path]] = {subject: {} for subject in written}
    errors: dict[str, str] = {}
    warnings: dict[str, set[str]] = {subject: set() for subject in written}
    engine, tell = engines.choose_engine(task.engine), _told(written)
    for subject, rendered in rendered_files(written, task.formats, engine, project, task.timestamp, tell):
        warnings[subject].update(rendered.warnings)
        if rendered.path:
            files[subject][outputs.called(rendered.path)] = rendered.path
        else:
            errors.setdefault(subject, f"{rendered.format}: {rendered.error}")
    return files, errors, warnings


def _told(written: dict[str, list[engines.ReportDocument]]) -> outputs.Progress:
    """Tell how many reports are ready, by how many documents are: those of a report come one after the other."""
    if len(written) < 2:
        return outputs.quiet
    ends = list(accumulate(map(len, written.values())))
    return lambda ready: workers.tell(bisect_right(ends, ready))


def rendered_files(
    written: Mapping[str, Sequence[engines.ReportDocument]],
    formats: Sequence[str],
    engine: engines.Engine,
    project: Path,
    timestamp: datetime,
    progress: outputs.Progress = outputs.quiet,
) -> Iterator[tuple[str, engines.Rendered]]:
    """Yield, with the subject of its report, what became of each file: every document's formats, and its tables.

    written: the documents of each report, by its subject.
    """
    subjects = {each.name: subject for subject, documents in written.items() for each in documents}
    documents = [each for documents in written.values() for each in documents]
    for rendered in engine.render(documents, formats, project, timestamp, progress):
        yield subjects[rendered.name], rendered
    style = house_style.read(project)
    for subject, own in written.items():
        yield from ((subject, made) for made in tables_of(own, style))


def tables_of(documents: Sequence[engines.ReportDocument], style: house_style.Brand) -> Iterator[engines.Rendered]:
    """Yield what became of the files with the tables of a report's documents, which lie beside the first of them.

    Raises the OSError of a full disk and the like.
    """
    first, *others = documents
    book = None
    for kind in (workbook, spreadsheet):
        try:
            book = book or sheets.read(first.folder, [each.folder for each in others])
            path, error = kind.write(book, first.folder, style), None
        except (RenderError, OSError, ValueError) as problem:
            if disk.stopping(problem):
                raise
            path, error = None, str(problem)
        yield engines.Rendered(first.name, kind.FORMAT, path, 0.0, error)


def _keep(
    source: Source,
    documents: Sequence[engines.ReportDocument],
    files: dict[str, Path],
    store: Store,
    warnings: set[str],
    project: Path,
) -> None:
    """Check what was made, make the cards beside it, and keep it all."""
    content, counts = kinds.read(source.slice_path), Counter[str]()
    for each in documents:
        own = {name: path for name, path in files.items() if path.parent == each.folder}
        counts.update(own_numbers.check(own_numbers.Expected(each.folder, source.subject, content.names), own))
    made = [card(content, role) for role in source.cards if (card := kinds.of(content).card)]
    for path in cards.write(made, documents[0].folder / _CARDS, project):
        own_numbers.check_card(own_numbers.Expected(path.parent, source.subject, content.names), path)
        files[outputs.called(path)] = path
    if all_settings.load().release.lays_out(kinds.of(content).subject.folder):
        for path in files.values():
            if path.suffix == ".docx":
                accepted.check_word_layout(path)
    store.put(source.key, files, dict(counts), [documents[0].folder / notebook_page.NAME], warnings)
