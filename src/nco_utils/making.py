"""Making reports: the two tasks that workers do, and what they need to know for them."""

import shutil
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from . import brand, document, execute, gate, render, slices, workbook
from .chapters import cover


@dataclass(frozen=True)
class DocumentTask:
    """Execute the chapters of a slice's report and write its document into `folder`."""

    name: str  # of what the report is: a brinvest, or a board's number
    slice_path: Path
    notebooks: tuple[Path, ...]
    folder: Path
    kept: Path  # where the notebook goes when a cell fails


@dataclass(frozen=True)
class RenderTask:
    """Render documents with an engine; `figures` says per document how many drawings it must have."""

    documents: tuple[render.ReportDocument, ...]
    figures: dict[str, int]
    formats: tuple[str, ...]
    engine: str
    project: Path
    timestamp: datetime


def make_document(task: DocumentTask) -> int:
    """Run the chapters of one report, write its document, and return its number of figures.

    Raises ChapterError for a failing cell, with the notebook kept at `task.kept`, and RenderError when
    figures may be shown and there is no drawing at all.
    """
    import nbformat

    content = slices.read(task.slice_path)
    executed = task.folder / "report.ipynb"
    task.folder.mkdir(parents=True)
    joined = execute.join_chapters(task.notebooks)
    try:
        execute.execute(joined, executed, {"slice_path": str(task.slice_path)}, cwd=task.notebooks[0].parent)
    except execute.ChapterError as failure:
        task.kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(failure.kept, task.kept)
        raise execute.ChapterError("report", failure.chapter, failure.cell, failure.exception, task.kept) from None
    front_matter = cover.front_matter(content)
    figures = document.write(nbformat.read(executed, as_version=4), front_matter, task.folder)
    if content.shown and not figures:
        raise gate.RenderError("its chapters ran, but drew nothing")
    return figures


def render_documents(task: RenderTask) -> list[render.Rendered]:
    """Render the documents of a task, with a workbook of each, and check that no drawing was lost on the way.

    The engine makes its project folder its own (two renders in one folder give the wrong school's
    figures), so a task gets a copy of the staged project.
    """
    engine, style = render.choose_engine(task.engine), brand.read(task.project)
    own = task.project.with_name(f"{task.project.name}-{task.documents[0].name}")
    shutil.copytree(task.project, own)
    try:
        rendered = engine.render(task.documents, task.formats, own, task.timestamp)
    finally:
        shutil.rmtree(own, ignore_errors=True)
    checked = [_with_all_figures(result, task.figures[result.name]) for result in rendered]
    return checked + [_workbook(document, style) for document in task.documents]


def _workbook(source: render.ReportDocument, style: brand.Brand) -> render.Rendered:
    started, error, path = time.perf_counter(), None, None
    try:
        path = workbook.write(source.folder, style)
    except (gate.RenderError, OSError, ValueError) as problem:
        error = str(problem)
    return render.Rendered(source.name, workbook.FORMAT, path, time.perf_counter() - started, error)


def _with_all_figures(result: render.Rendered, expected: int) -> render.Rendered:
    if result.format != "html" or not result.path:
        return result
    found = gate.count_figures(result.path)
    if found == expected:
        return result
    error = f"it shows {found} of {expected} figures"
    return render.Rendered(result.name, result.format, None, result.seconds, error)
