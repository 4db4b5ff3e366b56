"""One run at a time on one folder, and whose turn it is: on one machine, or on all that share the file system.

The operating system holds the lock: it ends with the process, however that ends, so no lock outlives its run.
"""

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from nco.base import notes
from nco_utils import write_whole
from nco_utils.errors import UnusableInput

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)


@contextmanager
def lock(path: Path, shared: bool = False, wait: bool = False) -> Iterator[None]:
    """Hold the lock `path`, which is made; `shared` with others that share it.

    Raises UnusableInput, naming the process that holds it, unless `wait`; then it waits for its turn. Raises
    UnusableInput also where the file system has no locks.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole.require_no_folder(path)
    with path.open("a+", encoding="utf-8") as file:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(file, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise UnusableInput(f"{_holder(path)} at work in {path.parent}. Wait until that is ready.") from None
        except OSError as problem:
            if problem.errno not in _NO_LOCKS:
                raise
            raise UnusableInput(
                f"The file system of {path.parent} has no locks (flock), so two runs could spoil each other's work. "
                "Choose a folder on another, or have it mounted with locks."
            ) from None
        _sign(file, shared)
        yield  # closing the file gives the lock back


def _sign(file: TextIO, shared: bool) -> None:
    """Say who holds the lock; of those who share it the last one."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    file.truncate(0)
    told = {"process": os.getpid(), "host": socket.gethostname(), "since": since, "shared": shared}
    file.write(f"{json.dumps(told)}\n")
    file.flush()


def _holder(path: Path) -> str:
    try:
        told = notes.loaded(path.read_text(encoding="utf-8").splitlines()[-1])
        who = f"process {told['process']} on {told['host']}, since {told['since']}"
        return f"Shards are (the last to begin: {who})" if told["shared"] else f"Another run is ({who})"
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return "Another run is"
