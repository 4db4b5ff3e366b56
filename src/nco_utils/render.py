"""Reports from markdown to HTML, PDF and DOCX, by Quarto or by the engine inside this package.

Both engines use the same sources (`reports/quarto/`), both are held to the same `gate`, and a
document that fails never stops the others.
"""

import shutil
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

from . import brand, docx, pdf, quarto, room
from .complaint import one_line
from .drawings import rasterise
from .embedded import EmbeddedEngine
from .errors import UnusableInput
from .fonts import font_file
from .gate import RenderError
from .outputs import OUTPUTS, SOURCE, Rendered, ReportDocument, attempt, aware, known
from .params import project_root
from .typesetting import brand_fonts

__all__ = [
    "OUTPUTS",
    "SOURCE",
    "EmbeddedEngine",
    "Engine",
    "QuartoEngine",
    "RenderError",
    "Rendered",
    "ReportDocument",
    "check_fonts",
    "choose_engine",
    "stage_project",
]


class Engine(Protocol):
    """Something that renders documents with a staged project."""

    name: str

    @property
    def version(self) -> str:
        """The tools and their versions, for the manifest."""

    def render(
        self, documents: Sequence[ReportDocument], formats: Iterable[str], project: Path, timestamp: datetime
    ) -> list[Rendered]:
        """Render every document in every format; a failure's reason is in its `Rendered.error`."""


def stage_project(target: Path) -> Path:
    """Copy `reports/quarto` to the new folder `target`, with fonts and brand files in place, and return it."""
    generated = shutil.ignore_patterns(".quarto", "_output", "huisstijl*")
    shutil.copytree(project_root() / "reports" / "quarto", target, ignore=generated)
    brand.stage(target)
    return target


def check_fonts() -> None:
    """Raise UnusableInput, naming it, when a font of the brand is not there."""
    for face in brand.read(project_root() / "reports" / "quarto").faces:
        font_file(face)


def choose_engine(name: str) -> Engine:
    """Return the engine of that name; `auto` takes Quarto when it is on the PATH, else the embedded one.

    Raises UnusableInput for an unknown name, and for `quarto` where there is no Quarto.
    """
    program = quarto.find()
    match name:
        case "auto" | "quarto" if program:
            return QuartoEngine(program)
        case "auto" | "embedded":
            return EmbeddedEngine()
        case "quarto":
            raise UnusableInput(
                "Quarto is not on the PATH. Install it (see environment.yml), or choose --engine embedded, "
                "which needs nothing more than this package."
            )
    raise UnusableInput(f"There is no engine {name!r}. Engines: auto, embedded, quarto.")


class QuartoEngine:
    """Quarto from the PATH: many documents in one call, and again without those that it refuses."""

    name = "quarto"

    def __init__(self, program: Path) -> None:
        self._program = program

    @cached_property
    def version(self) -> str:
        """The tool and its version, for the manifest."""
        return f"quarto {quarto.version(self._program)}"

    def render(
        self, documents: Sequence[ReportDocument], formats: Iterable[str], project: Path, timestamp: datetime
    ) -> list[Rendered]:
        """Render every document in every format; a failure's reason is in its `Rendered.error`."""
        wanted = known(formats)
        done = _undrawn(documents, wanted, project) if "docx" in wanted else {}
        ready = [document for document in documents if (document.name, "docx") not in done]
        for start in range(0, len(ready), quarto.LARGEST_CALL):
            done |= self._isolated(ready[start : start + quarto.LARGEST_CALL], wanted, project, timestamp)
        return [done[document.name, name] for document in documents for name in wanted]

    def _isolated(
        self, documents: Sequence[ReportDocument], formats: list[str], project: Path, timestamp: datetime
    ) -> dict[tuple[str, str], Rendered]:
        """Render in one call; what that left unmade goes into two smaller ones, until each culprit is alone."""
        done, unmade = self._call(documents, formats, project, timestamp)
        if len(documents) > 1 and unmade:
            # Quarto stops at the first document that it refuses; if it made none, any of them may be the one.
            first = 1 if len(unmade) < len(documents) else len(unmade) // 2
            for part in (unmade[:first], unmade[first:]):
                done |= self._isolated(part, formats, project, timestamp) if part else {}
        return done

    def _call(
        self, documents: Sequence[ReportDocument], formats: list[str], project: Path, timestamp: datetime
    ) -> tuple[dict[tuple[str, str], Rendered], list[ReportDocument]]:
        """Return what became of each file in one call of Quarto, and the documents that it did not finish."""
        started = time.perf_counter()
        folders = {document.name: document.folder for document in documents}
        made, said = quarto.render(self._program, project, folders, formats, aware(timestamp))
        share = (time.perf_counter() - started) / (len(documents) * len(formats))

        def take(document: ReportDocument, wanted: str) -> bytes:
            if (document.name, wanted) not in made:
                if problem := room.stopping_in(said):
                    raise problem
                raise RenderError(one_line(said) or "Quarto made no file and gave no reason.")
            data = made[document.name, wanted].read_bytes()
            return {"docx": docx.finish, "pdf": pdf.compact}.get(wanted, bytes)(data)

        done = {
            (document.name, wanted): attempt(document, wanted, lambda d, f=wanted: take(d, f), share)
            for document in documents
            for wanted in formats
        }
        return done, [d for d in documents if any((d.name, wanted) not in made for wanted in formats)]


def _undrawn(
    documents: Sequence[ReportDocument], formats: Sequence[str], project: Path
) -> dict[tuple[str, str], Rendered]:
    """Draw the pictures of every document; return what becomes of those that have a drawing that is none."""
    fonts, refused = brand_fonts(project), {}
    for document in documents:
        try:
            rasterise(document.folder, fonts)
        except RenderError as problem:
            refused |= {
                (document.name, name): Rendered(document.name, name, None, 0.0, str(problem)) for name in formats
            }
    return refused
