"""Files that may hold something of a pupil, and logs: for their owner only, whatever the umask says."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

FOLDER, FILE = 0o700, 0o600


@contextmanager
def made() -> Iterator[None]:
    """What is made meanwhile by this process is for its owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def folder(path: Path) -> Path:
    """Make a folder for its owner only, and one that is there already too, if it is ours; return it."""
    with made():
        path.mkdir(parents=True, exist_ok=True)
    with suppress(PermissionError):  # somebody else's: they decide
        path.chmod(FOLDER)
    return path


def open_to_others(path: Path) -> list[Path]:
    """Return what every user of this machine can read of a folder and what is in it."""
    if not all(each.stat().st_mode & stat.S_IXOTH for each in _above(path.resolve())):
        return []
    return list(_open(path.resolve()))


def _above(path: Path) -> Sequence[Path]:
    return path.parents


def _open(path: Path) -> Iterator[Path]:
    mode = path.stat().st_mode
    if mode & stat.S_IROTH:
        yield path
    if path.is_dir() and mode & stat.S_IXOTH:
        with suppress(PermissionError):
            for inside in path.iterdir():
                if not inside.is_symlink():
                    yield from _open(inside)
