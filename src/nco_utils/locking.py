"""One run at a time on one output folder, and whose turn it is.

The operating system holds the lock: it ends with the process, however that ends, so no lock outlives its run.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from .errors import UnusableInput


@contextmanager
def lock(path: Path, shared: bool = False, wait: bool = False) -> Iterator[None]:
    """Hold the lock `path`, which is made; `shared` with others that share it.

    Raises UnusableInput, naming the process that holds it, unless `wait`; then it waits for its turn.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(file, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise UnusableInput(f"{_holder(path)} is at work in {path.parent}. Wait until it is ready.") from None
        if not shared:
            file.truncate(0)
            file.write(json.dumps({"process": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}))
            file.flush()
        yield  # closing the file gives the lock back


def _holder(path: Path) -> str:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return f"Another run (process {told['process']}, since {told['since']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "Another run"
