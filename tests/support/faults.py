"""What the fault tests do to a release, and how they look at one while it happens."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from nco.release.publication import MANIFEST, REVIEW, listed


@dataclass(frozen=True)
class Call:
    """One release: of which round, from and to where, with which options."""

    round_code: str
    data: Path
    out: Path
    options: tuple[str, ...] = ()

    @property
    def published(self) -> Path:
        return self.out / self.round_code

    @property
    def work(self) -> Path:
        return self.out / ".work" / self.round_code

    def start(self, program: Sequence[str] = ("-m", "nco")) -> subprocess.Popen:
        """Start it; what it says goes to a file beside the output. program: what Python runs."""
        folders = ["--data", str(self.data), "--out", str(self.out)]
        with self.out.with_name("said.txt").open("a") as said:
            return subprocess.Popen(
                [sys.executable, *program, "release", self.round_code, *folders, *self.options],
                stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def run(self) -> int:
        with self.start() as process:
            return process.wait(300)

    def bytes(self) -> dict[str, bytes]:
        """Every file that is published, by its path."""
        return bytes_of(self.published)

    def events(self) -> list[dict]:
        """What the logs of all runs say, in order."""
        lines = [line for log in sorted((self.work / "logs").glob("*")) for line in log.read_text().splitlines()]
        return [json.loads(line) for line in lines]


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a release, by its path; what reviewers read beside it is no part of it."""
    files = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name.as_posix(): path.read_bytes() for name, path in files.items() if name.parts[0] != REVIEW}


def offspring(process: subprocess.Popen) -> list[psutil.Process]:
    """What a run started: the fork server, its workers, and what these run."""
    with suppress(psutil.NoSuchProcess):
        found = psutil.Process(process.pid).children(recursive=True)
        return [each for each in found if "resource_tracker" not in " ".join(_told(each))]
    return []


def workers_of(process: subprocess.Popen) -> list[psutil.Process]:
    """The workers of a run, and what they run: everything but the fork server and the run's own child."""
    return [each for each in offspring(process) if _parent(each) not in (process.pid, None)]


def _told(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def _parent(process: psutil.Process) -> int | None:
    with suppress(psutil.Error):
        return process.ppid()
    return None


def wait_until(holds: Callable[[], object], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def kill(process: psutil.Process) -> str:
    """Kill a process; return what it was."""
    told = "fork server" if "forkserver" in " ".join(_told(process)) else process.name()
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGKILL)
    return told


def seen(folder: Path) -> str | None:
    """Return the manifest of what a reader sees in `folder`, every file compared with it; None when there is nothing.

    All is read through one handle of the folder, which stays that of the release that it was opened on. So a file that
    is missing, strange or of another release is a mixed state, unless another release has taken the folder's place
    meanwhile (its inode is another): the earlier one may then be removed, and the reader looks again.
    """
    while True:
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            return None
        try:
            return _whole(handle)
        except (AssertionError, OSError):
            if os.fstat(handle).st_ino == folder.stat().st_ino:
                raise
        finally:
            os.close(handle)


def _whole(handle: int) -> str:
    text = _read("manifest.json", handle).decode()
    found = {}
    for where, folders, names, inner in os.fwalk(".", dir_fd=handle):
        if where == ".":
            folders.remove(REVIEW) if REVIEW in folders else None
        for name in names:
            path = os.path.normpath(os.path.join(where, name))  # noqa: PTH118
            found[path] = hashlib.sha256(_read(name, inner)).hexdigest()
    del found[MANIFEST]
    assert found == {file["path"]: file["sha256"] for file in listed(json.loads(text))}
    return text


def _read(name: str, folder: int) -> bytes:
    with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder), "rb") as file:
        return file.read()


@dataclass
class Watch:
    """What was seen of a published folder, time after time, and what was wrong with it."""

    folder: Path
    looks: int = 0
    manifests: set[str | None] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def look(self) -> None:
        try:
            self.manifests.add(seen(self.folder))
        except (AssertionError, OSError, ValueError) as problem:
            self.problems.append(repr(problem)[:500])
        self.looks += 1


@contextmanager
def watching(folder: Path) -> Iterator[Watch]:
    """Look at a published folder all the time, as a reader might."""
    watch, stop = Watch(folder), threading.Event()

    def look() -> None:
        while not stop.wait(0.05):
            watch.look()

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        stop.set()
        thread.join()
        watch.look()


@dataclass(frozen=True)
class Disk:
    """A small disk of its own: filled, emptied, and made read-only."""

    folder: Path
    filler: str = "filler"

    def fill(self) -> None:
        with suppress(OSError), (self.folder / self.filler).open("ab", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)

    def empty(self) -> None:
        (self.folder / self.filler).unlink()

    def remount(self, option: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{option}", str(self.folder)], check=True)


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Disk | None]:
    """A disk in memory; None where this user may not mount one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)
