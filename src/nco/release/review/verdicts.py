"""What reviewers decided of reports, and what that means for publication.

A verdict is on what was seen: the digest of a report's files. The same bytes made again keep theirs, others do not.
Verdicts are kept for ever, a line each, in the order in which they were given; the last one of a report counts.
"""

import errno
import getpass
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from io import RawIOBase
from pathlib import Path

from nco.base import locking, notes
from nco_utils import write_whole
from nco_utils.errors import UnusableInput

FOLDER = ".review"  # in the output folder
UNREAD, APPROVED, REJECTED, CHANGED = "unread", "approved", "rejected", "changed"
LEFT_OUT = (REJECTED, CHANGED)  # of any release
INCOMPLETE = "incomplete"  # a board's report that shows a school of which no report is published
MODES = ("none", "sample", "all")  # what publication may wait for, least first


@dataclass(frozen=True)
class Verdict:
    """What someone decided of a report (brinvest or board number), when (UTC), and the digest of what was seen."""

    subject: str
    approved: bool
    note: str
    by: str
    at: str
    digest: str


_KINDS = {"subject": str, "approved": bool, "note": str, "by": str, "at": str, "digest": str}


@dataclass(frozen=True)
class Settled:
    """What publication waits for, and why each report that it leaves out is left out (REJECTED, CHANGED, INCOMPLETE).

    mode: the one of MODES by which it waits.
    """

    waiting: tuple[str, ...]
    left_out: dict[str, str]
    mode: str = field(default=MODES[0], compare=False)


def standing(digest: str, verdict: Verdict | None) -> str:
    """Return how a report of this digest stands: UNREAD, APPROVED, REJECTED, or CHANGED since its last verdict."""
    if verdict is None:
        return UNREAD
    if verdict.digest != digest:
        return CHANGED
    return APPROVED if verdict.approved else REJECTED


def standings(digests: Mapping[str, str], last: Mapping[str, Verdict]) -> dict[str, str]:
    """Return how each report stands, by subject: digests of what they are now, and the last verdicts."""
    return {subject: standing(digest, last.get(subject)) for subject, digest in digests.items()}


def settle(digests: Mapping[str, str], last: Mapping[str, Verdict], mode: str, sample: Collection[str]) -> Settled:
    """Return what verdicts mean for the publication of the reports that were made.

    digests: by subject, of every report that was made; last: the last verdict of each that has one. mode: `all` waits
    for a verdict on what every report is now; `sample` for one on each of the sample and on each that changed since its
    verdict; `none` waits for nothing. In every mode a report with a verdict is published only when that approves
    exactly what it is now.
    """
    found = standings(digests, last)
    asked = {"all": found.keys(), "sample": set(sample), "none": ()}[mode]
    waiting = tuple(
        subject
        for subject, how in found.items()
        if (how == UNREAD and subject in asked) or (how == CHANGED and mode != "none")
    )
    return Settled(waiting, {subject: how for subject, how in found.items() if how in LEFT_OUT}, mode)


def stricter(*modes: str) -> str:
    """Return the one of MODES that waits for most."""
    return max(modes, key=MODES.index)


def path(out: Path, round_code: str) -> Path:
    """Return where the verdicts of a round are."""
    return out / FOLDER / f"{round_code}.jsonl"


def waited_for(out: Path, round_code: str) -> str:
    """Return the one of MODES that publication of the round has waited for; raises UnusableInput for another."""
    file = _waits(out, round_code)
    try:
        mode = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return MODES[0]
    except (OSError, UnicodeDecodeError):
        mode = None
    if mode not in MODES:
        raise UnusableInput(f"{file} must hold one of {', '.join(MODES)}: what the publication of the round waits for.")
    return mode


def note_waited_for(mode: str, out: Path, round_code: str) -> None:
    """Note what the publication of the round waits for, for a later run with another setting."""
    file = _waits(out, round_code)
    if mode != waited_for(out, round_code):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole.write_text(file, f"{mode}\n")


def _waits(out: Path, round_code: str) -> Path:
    return out / FOLDER / f"{round_code}.waits"


@contextmanager
def held(work: Path) -> Iterator[None]:
    """No verdict is given, and nothing is published on verdicts, while someone has this; waits for its turn."""
    with locking.lock(work / "verdicts.lock", wait=True):
        yield


def last(file: Path) -> dict[str, Verdict]:
    """Return the last verdict of every report that has one; raises UnusableInput for a file that is not of verdicts."""
    try:
        lines = file.read_bytes().split(b"\n")[:-1]  # a line without its end was never confirmed to anybody
    except FileNotFoundError:
        return {}
    except OSError as problem:
        raise UnusableInput(f"{file} cannot be read: {problem.strerror}.") from None
    found = {}
    for number, line in enumerate(lines, start=1):
        verdict = None
        with suppress(ValueError, TypeError):
            verdict = Verdict(**notes.loaded(line))
        if verdict is None or {name: type(value) for name, value in vars(verdict).items()} != _KINDS:
            raise UnusableInput(f"{file} line {number} is not a verdict. Mend or remove that line.")
        found[verdict.subject] = verdict
    return found


def record(verdicts: Iterable[Verdict], file: Path) -> None:
    """Add verdicts, all or none; they are on the disk when this returns. Call it while the verdicts are `held`.

    Raises UnusableInput when they cannot be written.
    """
    lines = "".join(json.dumps(asdict(verdict), ensure_ascii=False) + "\n" for verdict in verdicts).encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab+", buffering=0) as stream:  # else a failed write is tried again when it is closed
            n_whole = _whole(stream)
            stream.truncate(n_whole)  # what a run that was stopped left of a line
            try:
                _add(lines, stream)
            except OSError:
                os.ftruncate(stream.fileno(), n_whole)
                raise
    except OSError as problem:
        raise UnusableInput(f"{file} cannot be written: {problem.strerror}. Nothing was recorded.") from None


def reviewer() -> str:
    """Return the name of who is logged in; raises UnusableInput where nobody has one."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        raise UnusableInput("Nobody can tell who you are here. Say it with --by NAME.") from None


def now() -> str:
    """Return the time in UTC, in seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _add(lines: bytes, stream: RawIOBase) -> None:
    if stream.write(lines) != len(lines):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(stream.fileno())


def _whole(stream: RawIOBase) -> int:
    """The number of bytes up to the end of the last whole line."""
    stream.seek(0)
    return stream.read().rfind(b"\n") + 1
