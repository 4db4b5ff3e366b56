"""Reports from markdown to HTML, PDF and DOCX, by Quarto or by the engine inside this package.

Both engines use the same sources (`reports/quarto/`), both are held to the same (`accepted`), and a
document that fails never stops the others.
"""

import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

from nco.base import disk
from nco.base.failures import RenderError
from nco.base.pictures import rasterise
from nco.base.tool_messages import one_line
from nco.base.typst_call import brand_fonts
from nco.reports import house_style
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root

from . import docx, pdf, quarto, stage_style
from .embedded import EmbeddedEngine
from .fonts import font_file
from .outputs import OUTPUTS, SOURCE, Progress, Rendered, ReportDocument, attempt, aware, known, quiet

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
        self,
        documents: Sequence[ReportDocument],
        formats: Iterable[str],
        project: Path,
        timestamp: datetime,
        progress: Progress = quiet,
    ) -> list[Rendered]:
        """Render every document in every format; a failure's reason is in its `Rendered.error`.

        progress: called with how many documents are ready, by an engine that takes many at once.
        """


def stage_project(target: Path) -> Path:
    """Copy `reports/quarto` to the new folder `target`, with fonts and brand files in place, and return it."""
    other = shutil.ignore_patterns(".quarto", "_output", "huisstijl*", "figures", "__pycache__")
    shutil.copytree(project_root() / "reports" / "quarto", target, ignore=other)
    stage_style.stage(target)
    return target


def check_fonts() -> None:
    """Raise UnusableInput, naming it, when a font of the brand is not there."""
    for face in house_style.read(project_root() / "reports" / "quarto").faces:
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
                "Quarto is not on the PATH. Install it (`make quarto`, or see environment.yml), or choose "
                "--engine embedded, which needs nothing more than this package."
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
        self,
        documents: Sequence[ReportDocument],
        formats: Iterable[str],
        project: Path,
        timestamp: datetime,
        progress: Progress = quiet,
    ) -> list[Rendered]:
        """Render every document in every format; a failure's reason is in its `Rendered.error`."""
        wanted = known(formats)
        done = _undrawn(documents, wanted, project) if "docx" in wanted else {}
        ready = [document for document in documents if (document.name, "docx") not in done]
        batch = _Batch(self._program, project, aware(timestamp), progress)
        for start in range(0, len(ready), quarto.LARGEST_CALL):
            done |= batch.made(ready[start : start + quarto.LARGEST_CALL], wanted)
        return [done[document.name, name] for document in documents for name in wanted]


@dataclass
class _Batch:
    """Documents that go through Quarto in as few calls as can be; `ready`: how many of them are."""

    program: Path
    project: Path
    timestamp: datetime
    progress: Progress
    ready: int = 0

    def made(self, documents: Sequence[ReportDocument], formats: list[str]) -> dict[tuple[str, str], Rendered]:
        """Make them in one call; what that left unmade goes into smaller ones, until each culprit is alone."""
        done, unmade = self._call(documents, formats)
        if not unmade:
            return done
        if len(documents) > 1:
            # Quarto stops at the first document that it refuses; if it made none, any of them may be the one.
            first = 1 if len(unmade) < len(documents) else len(unmade) // 2
            for part in (unmade[:first], unmade[first:]):
                done |= self.made(part, formats) if part else {}
        elif len(formats) > 1:  # it makes no file of a document of which it refuses one: each format tells for itself
            for wanted in formats:
                done |= self._call(documents, [wanted])[0]
        return done

    def _call(
        self, documents: Sequence[ReportDocument], formats: list[str]
    ) -> tuple[dict[tuple[str, str], Rendered], list[ReportDocument]]:
        """Return what became of each file in one call of Quarto, and the documents that it did not finish."""
        started, before = time.perf_counter(), self.ready
        folders = {document.name: document.folder for document in documents}
        call = quarto.render(
            self.program, self.project, folders, formats, self.timestamp, lambda n: self._tell(before + n)
        )
        share = (time.perf_counter() - started) / (len(documents) * len(formats))

        def take(document: ReportDocument, wanted: str) -> bytes:
            if (document.name, wanted) not in call.made:
                if problem := disk.stopping_in(call.said):
                    raise problem
                raise RenderError(one_line(call.said) or "Quarto made no file and gave no reason.")
            if wanted == "pdf" and (found := call.not_kept(document.name)):
                raise RenderError(found)
            data = call.made[document.name, wanted].read_bytes()
            return {"docx": docx.finish, "pdf": pdf.compact}.get(wanted, bytes)(data)

        done = {
            (document.name, wanted): replace(
                attempt(document, wanted, lambda d, f=wanted: take(d, f), share), warnings=call.warnings[document.name]
            )
            for document in documents
            for wanted in formats
        }
        unmade = [d for d in documents if any((d.name, wanted) not in call.made for wanted in formats)]
        self._tell(before + len(documents) - len(unmade))
        return done, unmade

    def _tell(self, ready: int) -> None:
        """Say how many documents are ready; a call that fails had begun with some in vain, which counts no one back."""
        if ready > self.ready:
            self.ready = ready
            self.progress(ready)


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
