"""Put a folder in the place of another by one rename, so that a reader sees the one or the other, whole."""

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2  # linux/fs.h, renameat2(2)
_RENAME_SWAP = 2  # macOS, renamex_np(2)


def put_in_place(new: Path, target: Path) -> None:
    """Rename the folder `new` to `target`; what was there until then is removed afterwards.

    Where the system cannot exchange two folders, the earlier one is moved aside first: for a moment there is none.
    """
    if not target.exists():
        new.rename(target)
        return
    if exchanged(new, target):
        shutil.rmtree(new, ignore_errors=True)
        return
    aside = _aside(target)
    shutil.rmtree(aside, ignore_errors=True)
    target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        aside.rename(target)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def mend(target: Path) -> None:
    """Put back what `put_in_place` moved aside, if it was stopped before the new folder was there."""
    if _aside(target).exists() and not target.exists():
        _aside(target).rename(target)
    shutil.rmtree(_aside(target), ignore_errors=True)


def _aside(target: Path) -> Path:
    return target.with_name(f".{target.name}.earlier")


def exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the file system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            done = library.renamex_np(first, second, _RENAME_SWAP)
        else:
            done = library.renameat2(_AT_FDCWD, first, _AT_FDCWD, second, _RENAME_EXCHANGE)
    except AttributeError:
        return False
    if done == 0:
        return True
    if ctypes.get_errno() in (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP):
        return False
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
