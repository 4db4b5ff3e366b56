"""Room on the disk: how much a release needs, and what is said when a folder cannot be written to.

Every report would fail for it, so a run stops at the first one, in whichever process that is: what a library or a
tool says of a full disk comes back here as the OSError that it was.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nco.base.failures import Unwritable
from nco_utils.errors import NcoError

DISK_A_SCHOOL = 3_000_000  # bytes, measured: a school's files in all formats with their notebook
_AGAIN = "Then run the same command again: what is ready is kept."
# Of each kind why, and what to do about it.
_KINDS = {
    errno.ENOSPC: ("the disk is full ({free} free now)", "Make room: {need}"),
    errno.EDQUOT: ("your quota of this disk is used up", "Make room: {need}"),
    errno.EROFS: ("it is on a disk that can only be read", "Choose another folder, or have the disk made writable."),
    errno.EACCES: ("you have no permission for {path}", "Give yourself write permission, or choose another folder."),
    errno.EPERM: ("you have no permission for {path}", "Give yourself write permission, or choose another folder."),
    errno.EIO: ("the disk fails (input/output error)", "Have the disk looked at, or choose another folder."),
    errno.ENOTDIR: ("{path} is a file, or lies in one", "Choose another folder, or move the file."),
    errno.EISDIR: ("{path} is a folder, where a file must come", "Move it elsewhere."),
    errno.EXDEV: ("{path} is on another disk", "Have both on one disk: no link or disk inside this folder."),
    errno.EBUSY: ("{path} is in use, perhaps as a disk of its own", "Choose another folder."),
    errno.EEXIST: ("{path} is in the way", "Choose another folder, or move what is there."),
}
_STOPPING = frozenset(_KINDS) - {
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.EXDEV,
    errno.EBUSY,
}  # those that every other report would meet too
_NEARLY_NOTHING = 1_000_000  # bytes free: less is a full disk
_LITTLE = 100_000_000  # bytes free: such a disk may have been full a moment ago


def needed(data: Path | None) -> tuple[int, int]:
    """Return how many schools a data folder has (100 when that cannot be seen) and the bytes that a release needs."""
    register = data / "register" / "schools.csv" if data else None
    try:
        n_schools = max(1, len(register.read_text(encoding="utf-8").splitlines()) - 1) if register else 100
    except (OSError, UnicodeDecodeError):
        n_schools = 100
    return n_schools, 2 * n_schools * DISK_A_SCHOOL  # the release in the making, and the one before it


def stopping(problem: BaseException | None) -> OSError | None:
    """Return the OSError for which a whole run must stop, if that is what a problem is, or came from.

    It has its number and its path only: the text of an exception could hold anything.
    """
    while problem and not isinstance(problem, NcoError):
        if isinstance(problem, OSError) and problem.errno in _STOPPING:
            return OSError(problem.errno, os.strerror(problem.errno), problem.filename)
        if isinstance(problem, shutil.Error) and (found := _of_many(problem)):
            return found
        problem = problem.__cause__ or problem.__context__
    return None


def _of_many(problem: shutil.Error) -> OSError | None:
    """What stopped the copy of a folder, which has no number: a list of files, each with what was said of it."""
    for copied in problem.args[0] if problem.args and isinstance(problem.args[0], list) else []:
        if found := stopping_in(str(copied[-1])):
            return OSError(found.errno, found.strerror, str(copied[1]))
    return None


def said_of(problem: BaseException) -> str | None:
    """Return what to tell of a disk that took nothing more, where no folder was `watched`; None of anything else."""
    found = stopping(problem)
    return _said(found, (), None) if found else None


def require_temporary() -> None:
    """Raise Unwritable when there is no folder for temporary files: our own tools use TMPDIR without a word of it."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        folder = os.environ.get(name)
        if folder and not (Path(folder).is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise Unwritable(
                f"{name} names {folder} for temporary files, which is no folder that you can write in. Make it, or "
                f"take the name away: unset {name}."
            )
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise Unwritable(
            "No folder for temporary files can be written in: /tmp is full, or not yours. Make room there, or name "
            "another folder: export TMPDIR=DIR."
        ) from None


def stopping_in(said: str) -> OSError | None:
    """Return the OSError for which a whole run must stop, if that is what a tool or a notebook says it met."""
    for number in sorted(_STOPPING):
        if os.strerror(number) in said:
            return OSError(number, os.strerror(number))
    return None


@contextmanager
def watched(*folders: Path, data: Path | None = None) -> Iterator[None]:
    """Say what is wrong when one of the folders cannot be written to; `data`: whose release it is.

    Raises Unwritable in the place of the OSError.
    """
    require_temporary()
    try:
        yield
    except NcoError:
        raise
    except Exception as problem:
        found = stopping(problem) or problem
        if not isinstance(found, OSError) or found.errno not in _KINDS:
            raise
        # A file in the way elsewhere is a fault of the program, to be seen as one.
        if found.errno not in _STOPPING and not _within(found.filename, folders):
            raise
        raise Unwritable(_said(found, folders, data)) from None


def _said(problem: OSError, folders: tuple[Path, ...], data: Path | None) -> str:
    where = _where(problem, folders)
    why, remedy = _KINDS[problem.errno]
    n_schools, need = needed(data)
    free = shutil.disk_usage(existing(where[0])).free
    need_told = f"a release of {n_schools:,} schools needs {need / 1e9:.2g} GB." if data else "see `nco doctor`."
    told = {"free": f"{free / 1e6:,.0f} MB", "need": need_told, "path": problem.filename or where[0]}
    named = " or ".join(str(folder) for folder in where)
    return f"{named} cannot be written to: {why.format(**told)}. {remedy.format(**told)} {_AGAIN}"


def _where(problem: OSError, folders: tuple[Path, ...]) -> list[Path]:
    """The folder that cannot be written to; all that it can be where the system does not say which."""
    candidates = [*folders, Path(tempfile.tempdir or "/tmp")]  # which is known by now, and may be full
    if problem.filename:
        return [folder for folder in candidates if _within(problem.filename, [folder])][:1] or [Path(problem.filename)]
    full = [folder for folder in candidates if _is_full(existing(folder))] or _fullest(candidates)
    return full[:1] if full and problem.errno == errno.ENOSPC else list(folders) or candidates


def _fullest(folders: list[Path]) -> list[Path]:
    """The folder with the least room, where that is little: what was half-made there may be gone again by now."""
    free = {folder: shutil.disk_usage(existing(folder)).free for folder in folders}
    return [folder for folder in folders if free[folder] == min(free.values()) < _LITTLE]


def _is_full(folder: Path) -> bool:
    """Whether there is nearly nothing left: of bytes, or of the files that a disk can have."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize < _NEARLY_NOTHING or (found.f_files > 0 and found.f_favail == 0)


def _within(path: str | None, folders: tuple[Path, ...] | list[Path]) -> bool:
    found = Path(os.fsdecode(path)).resolve() if isinstance(path, str | bytes) else None
    return bool(found) and any(found.is_relative_to(folder.resolve()) for folder in folders)


def existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.resolve().parents) if path.exists())
