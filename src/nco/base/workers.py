"""Run one task a process, a few at a time, each forked from a server that has everything imported.

A process per task means clean state for every school, and a task that dies takes nothing with it.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from nco.base.failures import Killed, unexpected
from nco_utils.errors import NcoError, UnusableInput

from . import all_settings, die_with_parent, disk


@dataclass(frozen=True)
class Outcome:
    """What became of one task: its value, or the reason why there is none."""

    task: Any
    value: Any = None
    error: str | None = None
    died: bool = False  # its process, or one that it needs, was ended before it had an answer
    stop: Exception | None = None  # for which every other task would fail too
    seconds: float = 0.0


@dataclass(frozen=True)
class Step:
    """How far a task is, in its own count; its outcome comes later."""

    task: Any
    done: int


def apart(function: Callable, *given: Any) -> Any:
    """Call a function in a process of its own, which gives all its memory back; return its value.

    Function, what is given and value must be picklable. Raises UnusableInput with the reason when the function failed
    or its process died, and the OSError of a full disk and the like.
    """
    with closing(run(_call, [(function, given)], 1)) as heard:
        (outcome,) = (each for each in heard if isinstance(each, Outcome))
    if outcome.stop:
        raise outcome.stop
    if outcome.error:
        raise UnusableInput(outcome.error)
    return outcome.value


def _call(task: tuple[Callable, tuple]) -> Any:
    function, given = task
    return function(*given)


def run(
    function: Callable[[Any], Any], tasks: Sequence[Any], workers: int, seconds: float | None = None
) -> Iterator[Outcome | Step]:
    """Yield the outcome of `function(task)` for every task, in order of completion, and the steps that it tells.

    `function` must be importable, tasks and values must be picklable. A task that raises or dies, or takes longer than
    `seconds`, gives an outcome with an error; the others go on. When the generator is closed, running tasks are ended:
    use `contextlib.closing`, because an exception in the caller's loop alone does not close it in time.
    """
    waiting = list(reversed(tasks))
    with closing(Processes()) as processes:
        while waiting or processes.receivers:
            while waiting and len(processes.receivers) < workers:
                processes.start(function, waiting.pop(), seconds)
            for receiver in processes.ready():
                yield processes.heard(receiver)


@dataclass(frozen=True)
class _Job:
    """A task, its process, and how long that may take, and until when by the monotonic clock."""

    task: Any
    process: BaseProcess
    seconds: float | None
    until: float


PRELOADED = ("nco.release.preload",)  # by the server that processes are forked from


class Processes:
    """The processes that are at work, one a task, each known by the connection that its answer comes from."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(list(PRELOADED))
        self._running: dict[Connection, _Job] = {}

    @property
    def receivers(self) -> list[Connection]:
        """What to wait for: readable as soon as the process has answered or died."""
        return list(self._running)

    def start(self, function: Callable[[Any], Any], task: Any, seconds: float | None = None) -> Connection:
        """Start `function(task)` in a process of its own, which is ended when it takes longer than `seconds`."""
        with _uninterrupted():  # else Ctrl-C could leave a process behind that nobody knows of
            receiver, process = _start(self._context, function, task)
            until = float("inf") if seconds is None else time.monotonic() + seconds
            self._running[receiver] = _Job(task, process, seconds, until)
        return receiver

    def ready(self, *others: Connection) -> list[Connection]:
        """Wait until there is something to read, or a task's time is up; return whose, of `others` too."""
        first = min((job.until for job in self._running.values()), default=float("inf"))
        patience = None if first == float("inf") else max(0.0, first - time.monotonic())
        found = wait([*others, *self._running], patience)
        now = time.monotonic()
        return [*found, *(each for each, job in self._running.items() if job.until <= now and each not in found)]

    def heard(self, receiver: Connection) -> Outcome | Step:
        """Return what became of the task of this connection, or how far it is: it has told, died, or its time is up."""
        job = self._running[receiver]
        heard = _heard(job.task, job.process, receiver) if receiver.poll() else _overdue(job, receiver)
        if isinstance(heard, Outcome):
            del self._running[receiver]
        return heard

    def close(self) -> None:
        """End the processes that are still at work."""
        for job in self._running.values():  # all are told before one is waited for
            job.process.terminate()
        for receiver, job in self._running.items():
            _wait_for_end(job.process)
            receiver.close()
        self._running.clear()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for a moment; processes started meanwhile never see it, not even while they start."""
    resource_tracker.ensure_running()  # it would take the block away when it is started meanwhile
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # Another thread (a progress bar's) can take the signal all the same; Python would then raise it here.
    handler, held = signal.getsignal(signal.SIGINT), []
    ours = callable(handler) and threading.current_thread() is threading.main_thread()
    if ours:
        signal.signal(signal.SIGINT, lambda *arguments: held.append(arguments))
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for arguments in held[:1]:  # whatever became of the process
            handler(*arguments)


def _start(context: Any, function: Callable, task: Any) -> tuple[Connection, BaseProcess]:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(function, task, sender))
    seconds = all_settings.load().release.limits.start
    for attempt in (1, 2):
        try:
            with _impatient(seconds):
                process.start()
            break
        except (EOFError, ConnectionError):  # the server was killed just now; there is another at the next call
            if attempt == 2:
                raise UnusableInput(
                    "No process could be started, twice: what forks them ended, or did not answer in "
                    f"{seconds:g} seconds (release.limits.start in params/release.yml). Is this machine much too busy?"
                ) from None
    sender.close()  # so that the receiver sees the end when the process dies
    return receiver, process


_teller: Connection | None = None  # of the task that this process is for


def tell(done: int) -> None:
    """Tell whoever started this task how far it is; nothing where nobody did."""
    if _teller:
        with suppress(BrokenPipeError):
            _teller.send({"step": done})


@contextmanager
def _impatient(seconds: float) -> Iterator[None]:
    """Kill the server that processes are forked from when it does not fork one in time, such as when it was stopped."""
    timer = threading.Timer(seconds, _kill_server)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _kill_server() -> None:
    """Kill the server, if there is one; the next process that is started gets another."""
    if server := forkserver._forkserver._forkserver_pid:  # Python has no public name for it
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(server, signal.SIGKILL)
            os.waitid(os.P_PID, server, os.WEXITED | os.WNOWAIT)  # multiprocessing itself reaps it


def _wait_for_end(process: BaseProcess) -> None:
    """Wait until a process that is to end is gone, and end what it started; it has a while to do so itself.

    It may be stopped, or so may the server that it was forked from, who would tell that it is gone.
    """
    for harder in (None, process.kill, _kill_server):
        if harder:
            harder()
        process.join(all_settings.load().release.limits.end)
        if process.exitcode is not None:
            break
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # what it started and left: its group has its number


def _overdue(job: _Job, receiver: Connection) -> Outcome:
    job.process.terminate()
    _wait_for_end(job.process)
    receiver.close()
    told = f"it was not ready after {job.seconds:g} seconds and was ended (release.limits in params/release.yml)"
    return Outcome(job.task, error=told, seconds=job.seconds)


def _work(function: Callable, task: Any, sender: Connection) -> None:
    global _teller
    _teller = sender
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it ends its workers itself
    os.setpgid(0, 0)  # so that what it starts can be ended with it
    signal.signal(signal.SIGTERM, _leave)
    die_with_parent.end_with(multiprocessing.parent_process().sentinel, _leave)
    started = time.perf_counter()
    answer: dict[str, Any] = {}
    try:
        answer["value"] = function(task)
    except Killed as error:
        answer |= {"error": str(error), "died": True}
    except NcoError as error:
        answer["error"] = str(error)
    except Exception as error:  # the message could hold a pupil's value
        answer |= {"error": unexpected(error), "stop": disk.stopping(error)}
    with suppress(BrokenPipeError):
        sender.send(answer | {"seconds": time.perf_counter() - started})


def _leave(*_: object) -> None:
    sys.exit(1)  # an exception, so that a task can end its own children


def _heard(task: Any, process: BaseProcess, receiver: Connection) -> Outcome | Step:
    try:
        answer = receiver.recv()
        if "step" in answer:
            return Step(task, answer["step"])
    except (EOFError, OSError):  # OSError: killed halfway its answer
        _wait_for_end(process)
        answer = {"error": f"its process died (exit code {process.exitcode})", "died": True}
    _wait_for_end(process)
    receiver.close()
    return Outcome(task, **answer)
