"""Finished reports, kept by the hash of everything that they depend on: what is here is never made again.

A report is put in place by one rename, so what is here is whole, whenever a run was stopped.
"""

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from .fingerprint import of_file, unique

MADE = "made.json"


@dataclass(frozen=True)
class File:
    """One file of a report: its name, SHA-256 and size."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Made:
    """A finished report: its files by format, and what was counted in it (figures, tables, pages)."""

    files: dict[str, File]
    counts: dict[str, int]


class Store:
    """The finished reports in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the report of this key is, or will be."""
        return self.folder / key[:2] / key

    def get(self, key: str) -> Made | None:
        """Return the finished report of this key; None when there is none."""
        try:
            content = json.loads((self.path(key) / MADE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return Made({name: File(**file) for name, file in content["files"].items()}, content["counts"])

    def put(self, key: str, files: dict[str, Path], counts: dict[str, int], more: Iterable[Path] = ()) -> Made:
        """Keep the files of a report, by moving them; `more` is kept beside them, but is no part of the report.

        Two processes may make the same report: their files are the same, and the first one's stay.
        """
        target = self.path(key)
        building = target.with_name(f".{key}.{unique()}")
        building.mkdir(parents=True)
        kept = {}
        for name, path in files.items():
            moved = path.replace(building / path.name)
            kept[name] = File(path.name, of_file(moved), moved.stat().st_size)
        for path in more:
            path.replace(building / path.name)
        made = Made(kept, counts)
        (building / MADE).write_text(json.dumps(asdict(made), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        try:
            building.rename(target)
        except OSError:
            if not self.get(key):
                shutil.rmtree(target, ignore_errors=True)  # of a run that was stopped while it swept
                building.rename(target)
            shutil.rmtree(building, ignore_errors=True)
        return made

    def sweep(self, keep: Iterable[str]) -> int:
        """Remove every report of another key, and what stopped runs left; return how many were removed."""
        kept, removed = set(keep), 0
        for path in self.folder.glob("*/*"):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
                removed += not path.name.startswith(".")
        return removed
