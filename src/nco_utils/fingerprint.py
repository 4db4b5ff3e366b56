"""What work depends on, as a hash: the program, its settings, and files."""

import hashlib
import json
import os
import socket
import uuid
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from . import params

_CHUNK = 1 << 20
# What a report is made with, besides its slice and the packages of the lock.
_PROGRAM = ("src/nco_utils/**/*.py", "params/**/*.yml", "notebooks/*.ipynb", "expectations/*", "docs/methode.qmd",
            "reports/**/*", "requirements.lock")  # fmt: skip
_STAGED = ("_output", ".quarto", "fonts", "brand.css", "brand.typ", "reference.docx", "words.json", "styles.html")

# Not of a report: compiled files, and how many processes make a release and who reads it, which another choice of
# would else make every report anew. What a report does depend on in release.yml is read as a setting.
_ELSEWHERE = ("__pycache__", "release.yml", "review")


def of_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_CHUNK):
            digest.update(block)
    return digest.hexdigest()


def of(*parts: object) -> str:
    """Return the SHA-256 of plain values: texts, numbers, None, and lists and mappings of these."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def program() -> dict[str, str]:
    """Return the SHA-256 of every file of the project that a report's bytes may depend on, by its path there."""
    root = params.project_root()
    files = {path for pattern in _PROGRAM for path in root.glob(pattern) if path.is_file()}
    own = sorted(path for path in files if not set(path.relative_to(root).parts) & {*_STAGED, *_ELSEWHERE})
    return {path.relative_to(root).as_posix(): of_file(path) for path in own}


@cache
def of_program() -> str:
    """Return the hash of the program, its chapters, settings and brand, and the lock."""
    settings = params.load().release
    return of(program(), settings.disclosure, settings.export)


def unique() -> str:
    """Return a name that no other process uses, on whatever machine: of what is in the making on a shared disk."""
    return f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"


class Seen:
    """Hashes of files that were read before, by what the file system says of them.

    A file with the size, the inode and both times of the one that was hashed is that file: so thousands of deliveries
    are looked at in a moment. Only equality counts, so a clock that was set back changes nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, list] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}
        self._now: dict[str, list] = {}

    def of(self, root: Path, files: Iterable[Path]) -> dict[str, str]:
        """Return the SHA-256 of each file, by its path below `root`."""
        return {path.relative_to(root).as_posix(): self._hash(path) for path in sorted(files)}

    def keep(self) -> None:
        """Remember what was hashed for the next run."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        partial = self._path.with_suffix(f".{unique()}.partial")
        partial.write_text(json.dumps(self._now), encoding="utf-8")
        partial.replace(self._path)

    def _hash(self, path: Path) -> str:
        status = path.stat()
        mark = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
        known = self._known.get(str(path))
        found = known[-1] if known and known[:-1] == mark else of_file(path)
        self._now[str(path)] = [*mark, found]
        return found
