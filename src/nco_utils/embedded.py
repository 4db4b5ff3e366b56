"""The engine inside this package: pandoc and Typst from the lock."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pypandoc
import typst
import yaml

from . import docx
from .complaint import one_line
from .drawings import brand_fonts, rasterise
from .gate import RenderError
from .outputs import SOURCE, Rendered, ReportDocument, attempt, aware, known

EXTENSION = Path("_extensions") / "nco"
_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class _Style:
    """A staged project as the embedded engine uses it: `_extension.yml` with its files."""

    extension: Path
    html: dict[str, Any]
    typst: dict[str, Any]
    docx: dict[str, Any]
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
        kinds = [{**common, **formats[name]} for name in ("html", "typst", "docx")]
        return cls(extension, *kinds, words, styles, brand_fonts(project))

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
            "docx": lambda document: _docx(document, style, timestamp),
        }
        wanted = known(formats)
        return [attempt(document, name, makers[name]) for document in documents for name in wanted]


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


def _docx(document: ReportDocument, style: _Style, timestamp: datetime) -> bytes:
    rasterise(document.folder, style.fonts)
    template, reference = (f"--{name}={style.extension / style.docx[name]}" for name in ("template", "reference-doc"))
    options = ["--to=docx", "--output=-", template, reference, *style.filters()]
    return docx.finish(_pandoc(document, options, {"SOURCE_DATE_EPOCH": str(int(aware(timestamp).timestamp()))}))


def _pandoc(document: ReportDocument, options: Sequence[str], settings: Mapping[str, str] = _NO_SETTINGS) -> bytes:
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
    environment = {**os.environ, **settings}
    done = subprocess.run(command, cwd=document.folder, capture_output=True, check=False, env=environment)
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
            timestamp=int(aware(timestamp).timestamp()),
        )
    except typst.TypstError as problem:
        raise RenderError(one_line(" ".join([problem.message, *problem.hints]))) from problem
