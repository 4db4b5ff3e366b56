"""What readers get: the folder of a release with its index and manifest, put in place as one whole."""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from . import __version__, document, dutch, render
from .blocks import escape
from .dutch import count, texts
from .slices import Slice

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Report:
    """What became of one school's report: its files by format (paths within the release), or why there are none."""

    slice: Slice
    files: dict[str, Path] = field(default_factory=dict)
    error: str | None = None
    requested: bool = True

    @property
    def state(self) -> str:
        """made, hidden (made, but without figures), failed or skipped."""
        if not self.requested:
            return "skipped"
        if self.error:
            return "failed"
        return "made" if self.slice.shown else "hidden"


def school_folder(brinvest: str) -> Path:
    """Return where a school's files lie, within the release's folder."""
    return Path("schools") / brinvest


def write_manifest(
    folder: Path, reports: tuple[Report, ...], explanation: dict[str, Path], round_code: str, engine: render.Engine
) -> None:
    """Write what the release consists of: every file with its SHA-256, and what it was made with.

    explanation: the files of the technical explanation by format, as paths within the release.
    """
    content = {
        "round": round_code,
        "made_with": {"nco-utils": __version__, "engine": engine.name, "engine_version": engine.version},
        "explanation": {name: _file(path, folder) for name, path in sorted(explanation.items())},
        "reports": [
            {
                "brinvest": report.slice.brinvest,
                "state": report.state,
                "reason": report.error,
                "slice_sha256": report.slice.fingerprint,
                "files": {name: _file(path, folder) for name, path in sorted(report.files.items())},
            }
            for report in reports
        ],
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_index(
    folder: Path, reports: tuple[Report, ...], explanation: dict[str, Path], project: Path, timestamp: datetime
) -> None:
    """Write `index.html`: every school with its pupils, its state and links to its reports, and the explanation.

    Raises RenderError when the page cannot be rendered.
    """
    words, round_code = texts("index"), reports[0].slice.round_code
    made = sum(bool(report.files) for report in reports)
    matter = {
        "title": words["title"].format(round=reports[0].slice.round_label),
        "lang": "nl",
        "round": round_code,
        "date": reports[0].slice.publication,
        "date-label": dutch.date_words(reports[0].slice.publication),
        "demo-notice": reports[0].slice.notice,
    }
    links = ", ".join(f"[{name.upper()}]({path.as_posix()})" for name, path in explanation.items())
    intro = (
        f"{words['intro'].format(made=count(made), total=count(len(reports)))} {words['method'].format(links=links)}"
    )
    rows = [_row(words["header"]), "|:--|:--|:--|--:|:--|:--|", *(_index_row(report) for report in reports)]
    table = "\n".join([*rows, "", f": {words['caption']} {{#tabel-scholen}}"])
    page = folder / ".index"
    document.write_text(matter, f"{intro}\n\n{table}", page)
    (rendered,) = render.EmbeddedEngine().render([render.ReportDocument("index", page)], ["html"], project, timestamp)
    if rendered.error:
        raise render.RenderError(f"The index cannot be made: {rendered.error}")
    rendered.path.replace(folder / "index.html")
    shutil.rmtree(page)


def publish(building: Path, target: Path) -> None:
    """Put a finished release in the place of the earlier one, which stays until the new one is there."""
    earlier = target.with_name(f".{target.name}.earlier")
    shutil.rmtree(earlier, ignore_errors=True)
    if target.exists():
        target.rename(earlier)
    building.rename(target)
    shutil.rmtree(earlier, ignore_errors=True)


def _index_row(report: Report) -> str:
    content, words = report.slice, texts("index")
    links = "&nbsp;·&nbsp;".join(
        f'[{name.upper()}]({path.as_posix()} "{escape(content.school_name)}, {name.upper()}")'
        for name, path in report.files.items()
    )
    state = words[f"status_{report.state}"]
    cells = (content.school_name, f"{content.brinvest[:4]}-{content.brinvest[4:]}", content.board_name)
    return _row([*map(escape, cells), _pupils(content), state, links or "–"])


def _pupils(content: Slice) -> str:
    """The pupils of the largest result that may be shown; words where none may."""
    words = texts("index")
    if content.shown:
        return count(max(result.n_pupils for result in content.shown))
    hidden = any(result.status == "hidden" for result in content.results)
    return words["protected"] if hidden else words["none"]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _file(path: Path, folder: Path) -> dict:
    data = (folder / path).read_bytes()
    return {"path": path.as_posix(), "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
