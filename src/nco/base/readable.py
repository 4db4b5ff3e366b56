"""Reads a file that others brought: an ordinary one, of a bounded size; none is waited for or fills the memory."""

import os
import stat
from enum import Enum
from pathlib import Path

from . import all_settings


class Unread(Enum):
    """Why a file was not read."""

    ABSENT = "does not exist"
    NOT_ORDINARY = "is not an ordinary file"
    FORBIDDEN = "cannot be read"
    TOO_LARGE = "is too large"


def contents(path: Path) -> bytes | Unread:
    """Return the bytes of a file, or why not; never waits for a pipe, and reads no more than `bounds.file_bytes`."""
    most = all_settings.load().reading.bounds.file_bytes
    # Returned, not raised: an exception that the caller raises then has no other as its context.
    try:
        # Not waiting for a pipe's other end, should the file become one after it was looked at.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                return Unread.NOT_ORDINARY
            data = stream.read(min(status.st_size, most) + 1)
    except FileNotFoundError:
        return Unread.ABSENT
    except IsADirectoryError:
        return Unread.NOT_ORDINARY
    except OSError:
        return Unread.FORBIDDEN if path.is_file() else Unread.NOT_ORDINARY
    return Unread.TOO_LARGE if len(data) > most else data
