"""Reports from markdown to HTML and PDF, by Quarto or by the engine inside this package.

Both engines use the same sources (`reports/quarto/`), both are held to the same gate (`check_html`,
`check_pdf`), and a document that fails never stops the others.
"""

import json
import re
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
from lxml import etree, html

from . import brand, quarto
from .errors import NcoError, UnusableInput
from .params import project_root

SOURCE = "report.md"
OUTPUTS = {"html": "report.html", "pdf": "report.pdf"}
EXTENSION = Path("_extensions") / "nco"
# A report is read on a phone and mailed by a board: fonts and figures together stay under this.
LARGEST_HTML = 1_500_000
# What a browser would fetch when the page opens; a link that a reader may follow is not among them.
LOADS = (
    "//@src | //@srcset | //@poster | //@data | //link/@href"
    " | //*[local-name()='image' or local-name()='use']/@*[local-name()='href' or name()='xlink:href']"
)


class RenderError(NcoError):
    """A report that could not be made, or is not fit to be published."""


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
        raise RenderError(_one_line(done.stderr.decode("utf-8", "replace")))
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
        raise RenderError(_one_line(" ".join([problem.message, *problem.hints]))) from problem


class QuartoEngine:
    """Quarto from the PATH: one call for all documents, then one by one for those that are missing."""

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
        wanted = _known(formats)
        done = {(r.name, r.format): r for r in self._batch(documents, wanted, project, timestamp)}
        if len(documents) > 1:
            culprits = [d for d in documents if any(done[d.name, f].error for f in wanted)]
            for document in culprits:
                alone = self._batch([document], wanted, project, timestamp)
                done |= {(r.name, r.format): r for r in alone}
        return [done[document.name, name] for document in documents for name in wanted]

    def _batch(
        self, documents: Sequence[ReportDocument], formats: list[str], project: Path, timestamp: datetime
    ) -> list[Rendered]:
        started = time.perf_counter()
        folders = {document.name: document.folder for document in documents}
        made, said = quarto.render(self._program, project, folders, formats, _aware(timestamp))
        share = (time.perf_counter() - started) / (len(documents) * len(formats))

        def take(name: str, wanted: str) -> bytes:
            if (name, wanted) not in made:
                raise RenderError(_one_line(said) or "Quarto made no file and gave no reason.")
            return made[name, wanted].read_bytes()

        return [
            _attempt(document, wanted, lambda d, f=wanted: take(d.name, f), share)
            for document in documents
            for wanted in formats
        ]


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


def check_pdf(path: Path) -> None:
    """Raise RenderError unless the PDF declares PDF/UA-1 and PDF/A-2a and has a title and a language."""
    packet = re.search(rb"<\?xpacket begin.*?\?>(.*?)<\?xpacket end", path.read_bytes(), re.DOTALL)
    if not packet:
        raise RenderError(f"{path}: no XMP metadata, so no PDF/UA and no PDF/A.")
    metadata = etree.fromstring(packet.group(1).strip())
    values = {
        "PDF/UA-1": metadata.xpath("string(//*[local-name()='part' and contains(namespace-uri(), 'pdfua')])") == "1",
        "PDF/A-2a": metadata.xpath("string(//*[local-name()='part' and contains(namespace-uri(), 'pdfa/')])") == "2"
        and metadata.xpath("string(//*[local-name()='conformance'])") == "A",
        "a title": metadata.xpath("normalize-space(//*[local-name()='title'])"),
        "a language": metadata.xpath("normalize-space(//*[local-name()='language'])"),
    }
    missing = [name for name, there in values.items() if not there]
    if missing:
        raise RenderError(f"{path}: the PDF lacks {', '.join(missing)}.")


def check_html(path: Path) -> None:
    """Raise RenderError unless the page stands alone, names its language and title, and is small enough."""
    data = path.read_bytes()
    page = html.document_fromstring(data)
    styles = " ".join(page.xpath("//style/text() | //@style"))
    loads = [*page.xpath(LOADS), *re.findall(r"(?:url\(\s*|@import\s+)[\"']?([^\"')\s]+)", styles)]
    outside = [load for load in loads if not load.startswith(("data:", "#"))]
    problems = {
        f"it loads {outside[0][:80]!r} from elsewhere" if outside else "": bool(outside),
        "it has a script": bool(page.xpath("//script")),
        "it names no language": not page.get("lang"),
        "it has no title": not page.xpath("normalize-space(//head/title)"),
        f"it is {len(data)} bytes, over {LARGEST_HTML}": len(data) > LARGEST_HTML,
    }
    if any(problems.values()):
        raise RenderError(f"{path}: {'; '.join(text for text, holds in problems.items() if holds)}.")


CHECKS: dict[str, Callable[[Path], None]] = {"html": check_html, "pdf": check_pdf}


def _aware(moment: datetime) -> datetime:
    """A time without a zone is UTC here, never this machine's zone: the bytes must not depend on that."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _one_line(said: str) -> str:
    """The reason in a tool's output, without stack traces, source excerpts and progress."""
    lines = [line.strip() for line in said.split("stack traceback:")[0].splitlines()]
    starts = [i for i, line in enumerate(lines) if line.startswith("Error running filter")]
    if starts:
        return re.sub(r"\S+\.lua:\d+: ", "", " ".join(lines[starts[-1] + 1 :])).strip()
    typst_errors = [line for line in lines if line.startswith(("error: ", "hint: "))]
    return " ".join(typst_errors or lines)[-500:].strip()
