"""The engine inside this package: pandoc and Typst from the lock."""

import json
import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pypandoc
import typst

from nco.base import disk
from nco.base.extension import EXTENSION
from nco.base.failures import Killed, RenderError
from nco.base.pictures import rasterise
from nco.base.tool_messages import one_line
from nco.base.typst_call import brand_fonts, typeset
from nco_utils import strict_yaml
from nco_utils.errors import UnusableInput

from . import docx, pdf, plain_rows
from .outputs import SOURCE, Progress, Rendered, ReportDocument, attempt, aware, known, quiet

_PANDOC = {"html": "html", "pdf": "typst", "docx": "docx"}  # what pandoc writes for our formats
_BODY = "word/document.xml"


@dataclass(frozen=True)
class _Style:
    """A staged project as the embedded engine uses it: `_extension.yml` with its files."""

    extension: Path
    pdf_standards: tuple[str, ...]
    formats: dict[str, dict[str, Any]]  # what embedded.lua is told, by pandoc's name of the format
    common: dict[str, Any]
    fonts: typst.Fonts

    @classmethod
    def read(cls, project: Path) -> "_Style":
        extension = (project / EXTENSION).resolve()
        named = strict_yaml.read(extension / "_extension.yml")["contributes"]["formats"]
        styles = extension / "styles.html"
        rules = [(extension / name).read_text(encoding="utf-8") for name in named["html"]["css"]]
        styles.write_text("<style>\n" + "\n".join(rules) + "</style>\n", encoding="utf-8")
        formats = {
            # The style goes in as text: pandoc's own --embed-resources takes a second a page for the same result.
            "html": named["html"] | {"styles": str(styles)},
            "typst": named["typst"] | {"template": "embedded.typ"},
            "docx": named["docx"],
        }
        common = named["common"]
        return cls(extension, tuple(named["typst"]["pdf-standard"]), formats, common, brand_fonts(project))

    def told(self, formats: Iterable[str]) -> str:
        """What embedded.lua is told to make these formats, by pandoc's names."""
        words = json.dumps({"lang": self.common["lang"], "nco": self.common["nco"]})
        chosen = {name: self.formats[name] for name in formats}
        return json.dumps({"words": f"---\n{words}\n---\n", "filters": self.common["filters"], "formats": chosen})


class EmbeddedEngine:
    """Pandoc and Typst from the lock: nothing to install, and the same input gives the same bytes."""

    name = "embedded"

    @cached_property
    def version(self) -> str:
        """The tools and their versions, for the manifest."""
        try:
            return f"pandoc {pypandoc.get_pandoc_version()} + typst {version('typst')}"
        except OSError:
            raise UnusableInput(
                "Pandoc is not there. It comes with the Python package pypandoc-binary: run `make install`."
            ) from None

    def render(
        self,
        documents: Sequence[ReportDocument],
        formats: Iterable[str],
        project: Path,
        timestamp: datetime,
        progress: Progress = quiet,
    ) -> list[Rendered]:
        """Render every document in every format; a failure's reason is in its `Rendered.error`."""
        style, wanted, moment = _Style.read(project), known(formats), int(aware(timestamp).timestamp())
        made = []
        for number, document in enumerate(documents, start=1):
            made += _Rendering(document, style, moment).made(wanted)
            progress(number)
        return made


@dataclass(frozen=True)
class _Rendering:
    """One document on its way to its formats; `moment` is the time that files carry, in seconds since 1970."""

    document: ReportDocument
    style: _Style
    moment: int

    def made(self, wanted: Sequence[str]) -> list[Rendered]:
        """Make the wanted formats: pandoc writes all of them at once, and each is then finished and checked."""
        started = time.perf_counter()
        finish = {"html": _written, "pdf": self._pdf, "docx": _written}
        written = self._written(wanted)
        share = (time.perf_counter() - started) / max(1, len(wanted))
        return [attempt(self.document, name, lambda _, n=name: finish[n](written[n]), share) for name in wanted]

    def _written(self, wanted: Sequence[str]) -> dict[str, bytes | RenderError]:
        """What pandoc makes of the document in each format, or why it does not."""
        refused: dict[str, bytes | RenderError] = {}
        if "docx" in wanted:
            try:
                rasterise(self.document.folder, self.style.fonts)
            except RenderError as problem:
                refused["docx"] = problem
        asked = [_PANDOC[name] for name in wanted if name not in refused]
        try:
            text, rows = plain_rows.taken((self.document.folder / SOURCE).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as problem:
            return dict.fromkeys(wanted, RenderError(f"{self.document.folder / SOURCE} cannot be read: {problem}"))
        # Beside the document: it goes with it when a run is stopped, and there is one disk to be full.
        with TemporaryDirectory(prefix=".pandoc-", dir=self.document.folder.resolve()) as folder:
            said = self._pandoc(text, asked, folder)
            made = {name: _found(Path(folder), name, said, rows) for name in asked}
        return {name: made[_PANDOC[name]] for name in wanted if name not in refused} | refused

    def _pandoc(self, text: str, formats: Sequence[str], folder: str) -> str:
        """Write the formats as files of `folder`; return what pandoc said."""
        extension = self.style.extension
        # A larger nursery spares pandoc's garbage collector: a sixth of the time, and 70 MB less.
        command = [pypandoc.get_pandoc_path(), "+RTS", "-A64m", "-RTS", "lua", extension / "embedded.lua"]
        done = subprocess.run(
            [*command, extension, self.style.told(formats), folder],
            cwd=self.document.folder,
            input=text.encode(),
            capture_output=True,
            check=False,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(self.moment)},
        )
        said = done.stderr.decode("utf-8", "replace")
        if done.returncode < 0:
            raise Killed("pandoc was killed: is there memory enough?")
        if done.returncode and (problem := disk.stopping_in(said)):
            raise problem
        return said

    def _pdf(self, written: bytes | RenderError) -> bytes:
        how = {"format": "pdf", "pdf_standards": list(self.style.pdf_standards), "timestamp": self.moment}
        return pdf.compact(typeset(_written(written), self.document.folder, self.style.fonts, **how))


def _found(folder: Path, name: str, said: str, rows: list[plain_rows.Rows]) -> bytes | RenderError:
    """What embedded.lua wrote in a format, with the tables' rows, or why it did not."""
    if (folder / f"{name}.error").is_file():
        return RenderError(one_line(f"Error running filter\n{(folder / f'{name}.error').read_text(encoding='utf-8')}"))
    if not (folder / name).is_file():
        return RenderError(one_line(said))
    made, form = (folder / name).read_bytes(), plain_rows.FORMATS[name]
    try:
        if name != "docx":
            return plain_rows.put_back(made.decode(), rows, form).encode()
        parts = docx.unpacked(made)
        parts[_BODY] = plain_rows.put_back(parts[_BODY].decode(), rows, form).encode()
        return docx.finished(parts)
    except RenderError as problem:
        return problem


def _written(made: bytes | RenderError) -> bytes:
    """What was written; raises what kept it from being written."""
    if isinstance(made, RenderError):
        raise made
    return made
