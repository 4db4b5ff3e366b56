"""Finished reports, kept by the hash of everything that they depend on: what is here is never made again.

A report is put in place by one rename, so what is here is whole, whenever a run was stopped.
"""

import json
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from nco.base import notes
from nco.base.fingerprint import of_file
from nco_utils import noted
from nco_utils.write_whole import unique

MADE = "made.json"


@dataclass(frozen=True)
class File:
    """One file of a report: its name, SHA-256 and size."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Made:
    """A finished report: its files by format, what was counted in it (figures, tables, pages), and what its engine
    warned of."""

    files: dict[str, File]
    counts: dict[str, int]
    warnings: tuple[str, ...] = ()


class Store:
    """The finished reports in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, key: str) -> Path:
        """Return where the report of this key is, or will be."""
        return self.folder / key[:2] / key

    def get(self, key: str) -> Made | None:
        """Return the finished report of this key; None when there is none, or a file is gone or of another size.

        Raises UnusableInput, naming the file, when what was noted of it is something else.
        """
        folder = self.path(key)
        remedy = f"Remove {folder}: the report is made again."
        if (content := notes.mapping(folder / MADE, remedy)) is None:
            return None
        with noted.of(folder / MADE, remedy), suppress(OSError):
            files = {name: File(**file) for name, file in content["files"].items()}
            made = Made(files, dict(content["counts"]), tuple(content["warnings"]))
            if all((folder / file.name).stat().st_size == file.bytes for file in made.files.values()):
                return made
        return None

    def put(
        self,
        key: str,
        files: dict[str, Path],
        counts: dict[str, int],
        more: Iterable[Path] = (),
        warnings: Iterable[str] = (),
    ) -> Made:
        """Keep the files of a report, by moving them; `more` is kept beside them, but is no part of the report.

        Two processes may make the same report: their files are the same, and the first one's stay.
        """
        target = self.path(key)
        building = target.with_name(f".{key}.{unique()}")
        building.mkdir(parents=True)
        kept = {}
        for name, path in files.items():
            moved = Path(shutil.move(path, building / path.name))  # perhaps to another disk
            kept[name] = File(path.name, of_file(moved), moved.stat().st_size)
        for path in more:
            shutil.move(path, building / path.name)
        made = Made(kept, counts, tuple(sorted(set(warnings))))
        (building / MADE).write_text(json.dumps(asdict(made), indent=1, sort_keys=True) + "\n", encoding="utf-8")
        try:
            building.rename(target)
        except OSError:
            if not self.get(key):
                self.remove(key)  # what a run left that was stopped while it swept
                building.rename(target)
            shutil.rmtree(building, ignore_errors=True)
        return made

    def remove(self, key: str) -> None:
        """Remove a report; a run that is stopped meanwhile leaves what counts as no report."""
        _remove(self.path(key))

    def sweep(self, keep: Iterable[str]) -> int:
        """Remove every report of another key, and what stopped runs left; return how many were removed."""
        kept, removed = set(keep), 0
        for path in self.folder.glob("*/*"):
            if path.name not in kept:
                _remove(path)
                removed += not path.name.startswith(".")
        return removed


def _remove(folder: Path) -> None:
    with suppress(OSError):
        (folder / MADE).unlink()
    shutil.rmtree(folder, ignore_errors=True)
