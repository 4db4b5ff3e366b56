"""What readers get: the folder of a release with its manifest, put in place as one whole."""

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from . import __version__, render
from .slices import BOARD, BoardSlice, Slice

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Report:
    """What became of one report: its files by format (paths within the release), or why there are none."""

    slice: Slice | BoardSlice
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


def report_folder(content: Slice | BoardSlice) -> Path:
    """Return where the files of a school's or a board's report lie, within the release's folder."""
    return Path("boards" if content.kind == BOARD else "schools") / content.subject


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
                "kind": report.slice.kind,
                "subject": report.slice.subject,
                "state": report.state,
                "reason": report.error,
                "slice_sha256": report.slice.fingerprint,
                "files": {name: _file(path, folder) for name, path in sorted(report.files.items())},
            }
            for report in reports
        ],
    }
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def publish(building: Path, target: Path) -> None:
    """Put a finished release in the place of the earlier one, which stays until the new one is there."""
    earlier = target.with_name(f".{target.name}.earlier")
    shutil.rmtree(earlier, ignore_errors=True)
    if target.exists():
        target.rename(earlier)
    building.rename(target)
    shutil.rmtree(earlier, ignore_errors=True)


def _file(path: Path, folder: Path) -> dict:
    data = (folder / path).read_bytes()
    return {"path": path.as_posix(), "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
