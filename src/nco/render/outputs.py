"""The files that a report consists of, and the one way to make each: accepted, or not there at all."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nco.base import disk
from nco.base.all_settings import REPORT
from nco.base.failures import RenderError
from nco_utils import write_whole
from nco_utils.errors import UnusableInput

from .accepted import CHECKS

SOURCE = "report.md"
OUTPUTS = {"html": "report.html", "pdf": "report.pdf", "docx": "report.docx"}
_ORDER = (*OUTPUTS, "odt", "xlsx", "ods")  # in which a reader is offered them
Progress = Callable[[int], None]  # called with how many documents are ready


def quiet(_: int) -> None:
    """Tell nobody how many documents are ready."""


@dataclass(frozen=True)
class ReportDocument:
    """One document's source, `folder/report.md` with `folder/figures/`; outputs are written beside it.

    stem: what its files are called: those of the report itself, or of a further document of the same slice.
    """

    name: str
    folder: Path
    stem: str = REPORT

    def path(self, wanted: str) -> Path:
        """Return where the file of a format comes."""
        return self.folder / f"{self.stem}.{wanted}"


@dataclass(frozen=True)
class Rendered:
    """What became of one format of one document: a path, or the reason why there is none.

    warnings: what the engine has to say of the document though it made it.
    """

    name: str
    format: str
    path: Path | None
    seconds: float
    error: str | None
    warnings: tuple[str, ...] = ()


def known(formats: Iterable[str]) -> list[str]:
    """Return the formats, each once and in order; raises UnusableInput for one that there is not, and for none."""
    wanted = set(formats)
    if strange := sorted(wanted - OUTPUTS.keys()):
        named = ", ".join(map(repr, strange))
        raise UnusableInput(f"There is no format {named}. Formats: {', '.join(OUTPUTS)}; the workbook is always made.")
    if not wanted:
        raise UnusableInput(f"Name at least one format: {', '.join(OUTPUTS)}. The workbook is always made beside it.")
    return [name for name in OUTPUTS if name in wanted]


def called(path: Path) -> str:
    """Return what a file of a report is called in it: of the report itself by its format, else by its name."""
    return path.suffix[1:] if path.stem == REPORT else path.name


def of_format(name: str) -> str:
    """Return the format of a file by what it is called."""
    return name.rpartition(".")[2]


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Return what files are called, by what they are of: the report itself first, each in order of its formats."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(name.rpartition(".")[0] or REPORT, []).append(name)
    ordered = sorted(found, key=lambda stem: (stem != REPORT, stem))
    return {stem: sorted(found[stem], key=lambda name: _ORDER.index(of_format(name))) for stem in ordered}


def in_order(names: Iterable[str]) -> list[str]:
    """Return what files are called in the order in which a reader is offered them."""
    return [name for group in grouped(names).values() for name in group]


def attempt(
    document: ReportDocument, wanted: str, make: Callable[[ReportDocument], bytes], spent: float = 0.0
) -> Rendered:
    """Make one file, see that it is accepted and put it in place; any failure becomes the answer's error."""
    started = time.perf_counter()
    path = document.path(wanted)
    error = None
    try:
        with write_whole.written(path) as new:
            new.write_bytes(make(document))
            CHECKS[wanted](new)
    except (RenderError, OSError) as problem:
        if disk.stopping(problem):
            raise
        error = str(problem)
        # A report of an earlier run must not pass for this one's.
        path.unlink(missing_ok=True)
    seconds = spent + time.perf_counter() - started
    return Rendered(document.name, wanted, None if error else path, seconds, error)


def aware(moment: datetime) -> datetime:
    """Return the time with a zone: UTC when it has none, never this machine's, on which no byte may depend."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
