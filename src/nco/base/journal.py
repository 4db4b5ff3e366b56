"""What a run of `nco release` did, one JSON object a line, for who has to find out later.

An event has the fields that are declared here and no others, so that nothing of a pupil can slip in: subjects are
schools and boards, reasons are sentences of this program. A line that the disk has no room for is dropped; the run
itself says what it met.
"""

import json
import os
import platform
import time
from contextlib import suppress
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any

from nco.base.failures import unexpected
from nco_utils import __version__
from nco_utils.errors import NcoError

from . import fingerprint, private

KEPT = 50  # logs of a round
CRASHED, INTERRUPTED, REFUSED = 70, 130, 2  # exit codes
_RUN = ("round", "data", "out", "engine", "engine_version", "notebook_engine", "version", "program", "python")
EVENTS: dict[str, dict[str, type]] = {
    "run": dict.fromkeys(_RUN, str) | {"process": int, "workers": int, "formats": tuple, "schools": tuple},
    "begins": {"stage": str},
    "ends": {"stage": str, "seconds": float},
    "planned": {"reports": int, "there": int},
    "made": {"subject": str, "key": str, "seconds": float, "bytes": int},
    "failed": {"subject": str, "reason": str},
    "warned": {"reason": str, "reports": int},  # by the engine, of what it made
    "again": {"subject": str},  # the process that made it died
    "published": {"reports": int, "failed": int},
    "unchanged": {"reports": int, "failed": int},
    "waiting": {"reports": int, "failed": int},  # for a reviewer
    "nothing": {"reports": int, "failed": int},
    "problem": {"reason": str},
    "end": {"exit_code": int, "seconds": float},
}


class Journal:
    """The log of one run; until it is begun, what is noted goes nowhere.

    As a context it notes what stopped the run; a run that was not stopped is ended by `end`.
    """

    def __init__(self) -> None:
        self._file: FileIO | None = None
        self._started = self._stage_started = time.monotonic()
        self._stage: str | None = None

    def begin(self, folder: Path, **run: Any) -> None:
        """Begin the log in `folder`, with event run; of the earlier logs there the last ones stay."""
        private.folder(folder)
        for old in sorted(folder.glob("*.jsonl"))[: 1 - KEPT]:
            old.unlink(missing_ok=True)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.getpid()}.jsonl"
        with private.made():
            self._file = (folder / name).open("ab", buffering=0)
        versions = {"version": __version__, "program": fingerprint.of_program(), "python": platform.python_version()}
        self.note("run", process=os.getpid(), **versions, **run)

    def note(self, event: str, **fields: Any) -> None:
        """Add an event. Raises ValueError for one that is not declared, or with other fields than are."""
        declared = EVENTS.get(event)
        if declared is None or {name: type(value) for name, value in fields.items()} != declared:
            raise ValueError(f"The event {event!r} is not declared with the fields {', '.join(fields)} of these types.")
        if any(type(part) is not str for value in fields.values() if type(value) is tuple for part in value):
            raise ValueError(f"A list of the event {event!r} has something else than texts.")
        if self._file:
            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            line = json.dumps({"at": at, "event": event} | fields, ensure_ascii=False)
            with suppress(OSError):
                self._file.write(f"{line}\n".encode())

    def stage(self, name: str | None) -> None:
        """Note that a stage begins, which ends the one before it; None: that one only ends."""
        if self._stage:
            self.note("ends", stage=self._stage, seconds=_since(self._stage_started))
        self._stage, self._stage_started = name, time.monotonic()
        if name:
            self.note("begins", stage=name)

    def __enter__(self) -> "Journal":
        """Begin to count the seconds."""
        return self

    def __exit__(self, _: object, problem: BaseException | None, __: object) -> None:
        """Note what stopped the run."""
        match problem:
            case None:
                return
            case NcoError():
                self.note("problem", reason=str(problem))
                self.end(REFUSED)
            case KeyboardInterrupt():
                self.end(INTERRUPTED)
            case _:
                self.note("problem", reason=unexpected(problem))
                self.end(CRASHED)

    def end(self, exit_code: int) -> None:
        """Note how the run ended, and close the log."""
        self.stage(None)
        self.note("end", exit_code=exit_code, seconds=_since(self._started))
        if self._file:
            self._file.close()
            self._file = None


def _since(moment: float) -> float:
    return round(time.monotonic() - moment, 3)
