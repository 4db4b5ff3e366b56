"""Reports from markdown to HTML and PDF, by Quarto or by the engine inside this package.

Both engines use the same sources (`reports/quarto/`), both are held to the same `gate`, and a
document that fails never stops the others.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import pypandoc
import typst
import yaml

from . import brand, quarto
from .complaint import one_line
from .errors import UnusableInput
from .gate import CHECKS, RenderError
from .params import project_root

SOURCE = "report.md"
OUTPUTS = {"html": "report.html", "pdf": "report.pdf"}
EXTENSION = Path("_extensions") / "nco"


@dataclass(frozen=True)
class ReportDocument:
    """One report's source, `folder/report.md` with `folder/figures/`; outputs are written beside it."""

    name: str
    folder: Path


@dataclass(frozen=True)
class Rendered:
    """What became of one format of one document: a path, or the reason why there is none."""

    name: str
    format: str
    path: Path | None
    seconds: float
    error: str | None


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


@dataclass(frozen=True)
class _Style:
    """A staged project as the embedded engine uses it: `_extension.yml` with its files."""

    extension: Path
    html: dict[str, Any]
    typst: dict[str, Any]
    words: Path
    styles: Path
    fonts: typst.Fonts

    @classmethod
    def read(cls, project: Path) -> "_Style":
        extension = (project / EXTENSION).resolve()
        formats = yaml.safe_load((extension / "_extension.yml").read_text(encoding="utf-8"))["contributes"]["formats"]
        common = formats["common"]
        words = extension / "words.json"
        words.write_text(json.dumps({"lang": common["lang"], "nco": common["nco"]}), encoding="utf-8")
        styles = extension / "styles.html"
        rules = [(extension / name).read_text(encoding="utf-8") for name in formats["html"]["css"]]
        styles.write_text("<style>\n" + "\n".join(rules) + "</style>\n", encoding="utf-8")
        # Only the brand's own fonts: the same report on every machine.
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[project / "fonts"])
        return cls(extension, {**common, **formats["html"]}, {**common, **formats["typst"]}, words, styles, fonts)

    def filters(self) -> list[str]:
        """The options that make pandoc run our filter with our words."""
        names = [f"--lua-filter={self.extension / name}" for name in self.html["filters"]]
        return [*names, f"--metadata-file={self.words}"]


class EmbeddedEngine:
    """Pandoc and Typst from the lock: nothing to install, and the same input gives the same bytes."""

    name = "embedded"

    @cached_property
    def version(self) -> str:
        """The tools and their versions, for the manifest."""
        return f"pandoc {pypandoc.get_pandoc_version()} + typst {version('typst')}"

    def render(
        self, documents: Sequence[ReportDocument], formats: Iterable[str], project: Path, timestamp: datetime
    ) -> list[Rendered]:
        """Render every document in every format; a failure's reason is in its `Rendered.error`."""
        style = _Style.read(project)
        makers: dict[str, Callable[[ReportDocument], bytes]] = {
            "html": lambda document: _pandoc(document, _html_options(style)),
            "pdf": lambda document: _typst(_pandoc(document, _typst_options(style)), document, style, timestamp),
        }
        wanted = _known(formats)
        return [_attempt(document, name, makers[name]) for document in documents for name in wanted]


def _html_options(style: _Style) -> list[str]:
    # The style goes in as text: pandoc's own --embed-resources takes a second a page for the same result.
    options = ["--to=html5", f"--template={style.extension / style.html['template']}"]
    return [
        *options,
        f"--include-in-header={style.styles}",
        "--section-divs",
        "--toc",
        f"--toc-depth={style.html['toc-depth']}",
        *style.filters(),
    ]


def _typst_options(style: _Style) -> list[str]:
    template = f"--template={style.extension / 'embedded.typ'}"
    return ["--to=typst", template, "--toc", f"--toc-depth={style.typst['toc-depth']}", *style.filters()]


def _pandoc(document: ReportDocument, options: Sequence[str]) -> bytes:
    # A larger nursery spares pandoc's garbage collector: a sixth of the time, and 70 MB less.
    command = [
        pypandoc.get_pandoc_path(),
        "+RTS",
        "-A64m",
        "-RTS",
        SOURCE,
        "--from=markdown",
        "--standalone",
        "--wrap=none",
        *options,
    ]
    done = subprocess.run(command, cwd=document.folder, capture_output=True, check=False)
    if done.returncode:
        raise RenderError(one_line(done.stderr.decode("utf-8", "replace")))
    return done.stdout


def _typst(source: bytes, document: ReportDocument, style: _Style, timestamp: datetime) -> bytes:
    try:
        return typst.compile(
            source,
            format="pdf",
            root=document.folder,
            font_paths=style.fonts,
            ignore_system_fonts=True,
            pdf_standards=list(style.typst["pdf-standard"]),
            timestamp=int(_aware(timestamp).timestamp()),
        )
    except typst.TypstError as problem:
        raise RenderError(one_line(" ".join([problem.message, *problem.hints]))) from problem


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
        wanted, done = _known(formats), {}
        for start in range(0, len(documents), quarto.LARGEST_CALL):
            done |= self._isolated(documents[start : start + quarto.LARGEST_CALL], wanted, project, timestamp)
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
        made, said = quarto.render(self._program, project, folders, formats, _aware(timestamp))
        share = (time.perf_counter() - started) / (len(documents) * len(formats))

        def take(document: ReportDocument, wanted: str) -> bytes:
            if (document.name, wanted) not in made:
                raise RenderError(one_line(said) or "Quarto made no file and gave no reason.")
            return made[document.name, wanted].read_bytes()

        done = {
            (document.name, wanted): _attempt(document, wanted, lambda d, f=wanted: take(d, f), share)
            for document in documents
            for wanted in formats
        }
        return done, [d for d in documents if any((d.name, wanted) not in made for wanted in formats)]


def _known(formats: Iterable[str]) -> list[str]:
    wanted = list(formats)
    for name in wanted:
        if name not in OUTPUTS:
            raise UnusableInput(f"There is no format {name!r}. Formats: {', '.join(OUTPUTS)}.")
    return wanted


def _attempt(
    document: ReportDocument, wanted: str, make: Callable[[ReportDocument], bytes], spent: float = 0.0
) -> Rendered:
    """Make one file, hold it to its gate and put it in place; any failure becomes the answer's error."""
    started = time.perf_counter()
    path = document.folder / OUTPUTS[wanted]
    new = path.with_suffix(path.suffix + ".new")
    error = None
    try:
        new.write_bytes(make(document))
        CHECKS[wanted](new)
        new.replace(path)
    except (RenderError, OSError) as problem:
        error = str(problem)
        new.unlink(missing_ok=True)
        # A report of an earlier run must not pass for this one's.
        path.unlink(missing_ok=True)
    seconds = spent + time.perf_counter() - started
    return Rendered(document.name, wanted, None if error else path, seconds, error)


def _aware(moment: datetime) -> datetime:
    """A time without a zone is UTC here, never this machine's zone: the bytes must not depend on that."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
