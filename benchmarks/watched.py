"""A command with its wall time, and the memory and processor time of all its processes."""

import resource
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

_EVERY = 0.5  # seconds between two looks; one costs some 20 ms of processor time


@dataclass(frozen=True)
class Run:
    """What a command took. together: most memory of all its processes, what they share counted once; largest: of one.

    Memory in bytes; seconds of the clock, and work in seconds of processor time of all its processes.
    """

    seconds: float
    work: float
    together: int
    largest: int
    output: str


def run(command: Sequence[object], accepted: Sequence[int] = (0,)) -> Run:
    """Run a command to its end; raises SystemExit with what it said when it ends with another code than `accepted`."""
    started = time.perf_counter()
    peak = _Peak()
    with subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watcher = threading.Thread(target=peak.watch, args=(psutil.Process(process.pid),), daemon=True)
        watcher.start()
        output, said = process.communicate()
    seconds = time.perf_counter() - started
    peak.ended.set()
    watcher.join()
    if process.returncode not in accepted:
        raise SystemExit(f"{' '.join(process.args)} ended with {process.returncode}:\n{said[-2000:]}")
    return Run(seconds, peak.work, peak.together, peak.largest, output)


def work() -> float:
    """Return the seconds of processor time of this process and of those that it has ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


class _Peak:
    """The most seen so far of a process and all that come from it."""

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.together = self.largest = 0
        self.work = 0.0

    def watch(self, root: psutil.Process) -> None:
        """Look again and again, until the process has ended."""
        while not self.ended.wait(_EVERY):
            try:
                family = [root, *root.children(recursive=True)]
            except psutil.NoSuchProcess:
                return
            # What a process has used goes to its parent when it has ended, so the sum only grows.
            self.work = max(self.work, sum(map(_work, family)))
            sizes = [size for each in family if (size := _sizes(each))]
            self.together = max(self.together, sum(shared for shared, _ in sizes))
            self.largest = max([self.largest, *(alone for _, alone in sizes)])


def _sizes(process: psutil.Process) -> tuple[int, int] | None:
    """A process's share of memory (PSS, where the system tells it) and all that it sees (RSS); None if it has ended."""
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return None
    return getattr(memory, "pss", memory.rss), memory.rss


def _work(process: psutil.Process) -> float:
    """Seconds of processor time of a process and of the children that it has waited for."""
    try:
        used = process.cpu_times()
    except psutil.Error:
        return 0.0
    return used.user + used.system + used.children_user + used.children_system
