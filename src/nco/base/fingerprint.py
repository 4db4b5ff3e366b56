"""What work depends on, as a hash: the program, its settings, and files."""

import errno
import hashlib
import json
import platform
import re
import stat
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

from nco.base import notes
from nco_utils import params, write_whole
from nco_utils.errors import UnusableInput

from . import all_settings, characters
from .sealed import of_file as of_file

UNREADABLE = "unreadable"  # in the place of the hash of a file that may not be read
# What a report is made with, besides its slice and the packages of the lock.
_PROGRAM = ("src/**/*.py", "params/**/*.yml", "notebooks/*.ipynb", "expectations/*", "docs/methode.qmd",
            "reports/**/*", "requirements.lock")  # fmt: skip
_STAGED = (
    "_output",
    ".quarto",
    "fonts",
    "figures",
    "brand.css",
    "brand.typ",
    "reference.docx",
    "words.json",
    "styles.html",
)
_STYLE_GUIDE = "huisstijl"  # no part of a report, nor is what `quarto render` makes of it
# Not of a report: compiled files, and how many processes make a release and who reads it, which another choice of
# would else make every report anew. What a report does depend on in release.yml is read as a setting.
_ELSEWHERE = ("__pycache__", "release.yml", "review")


def files(folder: Path, above: frozenset[Path] = frozenset()) -> Iterator[Path]:
    """Yield every file below a folder, also in folders that are links, and what stands in the place of one.

    above: the folders around it, as they are.
    """
    place = folder.resolve()
    if not folder.is_dir() or place in above:  # a link to a folder around it leads nowhere new
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from files(path, above | {place})
        else:  # a link that leads nowhere, too: its reader says so
            yield path


def of(*parts: object) -> str:
    """Return the SHA-256 of plain values: texts, numbers, None, and lists and mappings of these."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def program() -> dict[str, str]:
    """Return the SHA-256 of every file of the project that a report's bytes may depend on, by its path there.

    As it was when this process first asked: what it has imported and read is of that moment.
    """
    return _program()


def require_unchanged() -> None:
    """Raise UnusableInput, with its path, when a file of `program` is not what it was: chapters are read when used."""
    before, now = program(), _program()
    if changed := sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path)):
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UnusableInput(
            f"The program changed while the release was made ({changed[0]}{more}), so nothing was published. Run the "
            "release again: as it was before, to publish what is made, or as it is now, to make all reports anew."
        )


def _program() -> dict[str, str]:
    root = params.project_root()
    found = {path for pattern in _PROGRAM for path in _matching(root, pattern) if path.is_file()}
    own = sorted(
        path
        for path in found
        if not set(path.relative_to(root).parts) & {*_STAGED, *_ELSEWHERE} and not path.name.startswith(_STYLE_GUIDE)
    )
    return {path.relative_to(root).as_posix(): of_file(path) for path in own}


def _matching(root: Path, pattern: str) -> Iterable[Path]:
    """The files of a pattern; its folders may be links, which the pattern of a path does not follow."""
    folder, deep, name = pattern.partition("/**/")
    return (path for path in files(root / folder) if path.match(name)) if deep else root.glob(pattern)


@cache
def of_program() -> str:
    """Return the hash of the program, its chapters, settings and brand, and what is installed to run it."""
    settings = all_settings.load().release
    return of(program(), platform.python_version(), packages(), settings.disclosure, settings.export)


@cache
def packages() -> dict[str, str]:
    """Return the installed version of every package that the program needs."""
    needed = (re.match(r"[\w.-]+", line)[0] for line in metadata.requires("nco-utils") if "extra ==" not in line)
    return {name: metadata.version(name) for name in sorted(needed)}


class Seen:
    """Hashes of files that were read before, by what the file system says of them.

    A file with the size, the inode and both times of the one that was hashed is that file: so thousands of deliveries
    are looked at in a moment. Only equality counts, so a clock that was set back changes nothing.
    """

    _remedy = "Remove it: every file is then looked at anew."

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, list] = notes.mapping(path, self._remedy) or {}
        self._now: dict[str, list] = {}

    def of(self, root: Path, files: Iterable[Path]) -> dict[str, str]:
        """Return the SHA-256 of each file, by its path below `root`."""
        return {characters.legible(path.relative_to(root).as_posix()): self._hash(path) for path in sorted(files)}

    def keep(self) -> None:
        """Remember what was hashed for the next run."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with write_whole.written(self._path, shared=True) as partial:
            partial.write_text(json.dumps(self._now), encoding="utf-8")

    def _hash(self, path: Path) -> str:
        known = self._known.get(str(path))
        if known and not (isinstance(known, list) and isinstance(known[-1], str)):
            raise UnusableInput(f"{self._path} is damaged. {self._remedy}")
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
                return UNREADABLE
            mark = [status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns]
            found = known[-1] if known and known[:-1] == mark else of_file(path)
        except OSError as problem:
            if isinstance(problem, PermissionError | FileNotFoundError) or problem.errno == errno.ELOOP:
                return UNREADABLE  # its reader says so
            raise
        self._now[str(path)] = [*mark, found]
        return found
