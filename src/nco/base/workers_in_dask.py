"""The processes that make reports within a worker of another system, such as dask's, that has threads of its own.

A report's process is forked, and must have neither threads nor the state of an earlier report. So a worker starts one
process without threads (`python -m nco.base.workers_in_dask`), sends it tasks and gets their outcomes back; that one
forks for each task as `nco.base.workers` does. It ends with the worker, however that ends.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from itertools import count
from multiprocessing.connection import Connection, Pipe
from queue import Empty, SimpleQueue
from typing import Any

from . import all_settings
from .threads import ONE_THREAD
from .workers import Outcome, Processes

_DIED = Outcome(None, error="the process that starts the others died", died=True)


class WorkersInDask:
    """The worker's side: any number of its threads may hand in a task at once."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=os.environ | ONE_THREAD,
                start_new_session=True,  # Ctrl-C is for who started the worker
            )
        self._numbers, self._answers, self._lock = count(), {}, threading.Lock()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether it can still be given tasks."""
        return self._process.poll() is None

    def do(self, function: Callable[[Any], Any], task: Any, seconds: float | None = None) -> Outcome:
        """Return the outcome of `function(task)` in a process of its own, ended when it takes longer than `seconds`.

        The function must be importable.
        """
        answer: SimpleQueue[Outcome] = SimpleQueue()
        with self._lock:
            number = next(self._numbers)
            self._answers[number] = answer
            try:
                self._connection.send((number, function, task, seconds))
            except OSError:
                self._answers.pop(number, None)
                answer.put(_DIED)
        try:
            outcome = answer.get(timeout=None if seconds is None else seconds + _spare())
        except Empty:  # the other process keeps the time, unless it was stopped itself
            self._process.kill()
            outcome = answer.get()
        return replace(outcome, task=task)

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while True:
                number, outcome = self._connection.recv()
                self._answers.pop(number).put(outcome)
        self._process.wait()
        with self._lock:  # so that nobody hands in a task that is waited for in vain
            self._connection.close()
            for number in list(self._answers):
                self._answers.pop(number).put(_DIED)


def _spare() -> float:
    """Seconds that the other process may take to start a process, twice, and to end it."""
    limits = all_settings.load().release.limits
    return 2 * limits.start + 4 * limits.end


def serve(control: Connection) -> None:
    """Do the tasks that come in, each in a process of its own, until the other side is gone."""
    numbers: dict[Connection, int] = {}
    with closing(Processes()) as processes, suppress(EOFError, OSError):
        while True:
            for ready in processes.ready(control):
                if ready is control:
                    number, function, task, seconds = control.recv()
                    numbers[processes.start(function, task, seconds)] = number
                elif isinstance(heard := processes.heard(ready), Outcome):  # the other side is told of no steps
                    control.send((numbers.pop(ready), replace(heard, task=None)))  # which it has


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
