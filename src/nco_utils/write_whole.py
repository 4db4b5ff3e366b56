"""Files that are there whole or not at all, whenever the process that writes them is stopped."""

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UnusableInput

PARTIAL = ".partial"  # how the name of a file ends that is being written


@contextmanager
def written(path: Path, *, shared: bool = False) -> Iterator[Path]:
    """Give a place beside `path` to write a file at; it is put at `path` by one rename when nothing was raised.

    shared: whether other processes may write it at the same time; then the last counts.
    """
    require_no_folder(path)
    own = f".{unique()}" if shared else ""
    partial = path.with_name(f".{path.name}{own}{PARTIAL}")
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def require_no_folder(path: Path) -> None:
    """Raise UnusableInput when a folder stands where this program has a file of its own."""
    if path.is_dir():
        raise UnusableInput(f"{path} is a folder, where a file of this program must come. Move it elsewhere.")


def write_text(path: Path, text: str) -> None:
    """Write a text file, as `written` does."""
    with written(path) as partial:
        partial.write_text(text, encoding="utf-8")


def unique() -> str:
    """Return a name that no other process uses, on whatever machine: of what is in the making on a shared disk."""
    return f"{socket.gethostname()}.{os.getpid()}.{uuid.uuid4().hex[:8]}"
