"""Run one task a process, a few at a time, each forked from a server that has everything imported.

A process per task means clean state for every school, and a task that dies takes nothing with it.
"""

import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from . import orphans, room
from .errors import Killed, NcoError, UnusableInput, unexpected


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


def run(function: Callable[[Any], Any], tasks: Sequence[Any], workers: int) -> Iterator[Outcome | Step]:
    """Yield the outcome of `function(task)` for every task, in order of completion, and the steps that it tells.

    `function` must be importable, tasks and values must be picklable. A task that raises or dies gives an
    outcome with an error; the others go on. When the generator is closed, running tasks are ended: use
    `contextlib.closing`, because an exception in the caller's loop alone does not close it in time.
    """
    waiting = list(reversed(tasks))
    with closing(Crew()) as crew:
        while waiting or crew.receivers:
            while waiting and len(crew.receivers) < workers:
                crew.start(function, waiting.pop())
            for receiver in wait(crew.receivers):
                yield crew.heard(receiver)


class Crew:
    """The processes that are at work, one a task, each known by the connection that its answer comes from."""

    def __init__(self) -> None:
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["nco_utils.preload"])
        self._running: dict[Connection, tuple[Any, BaseProcess]] = {}

    @property
    def receivers(self) -> list[Connection]:
        """What to wait for: readable as soon as the process has answered or died."""
        return list(self._running)

    def start(self, function: Callable[[Any], Any], task: Any) -> Connection:
        """Start `function(task)` in a process of its own."""
        with _uninterrupted():  # else Ctrl-C could leave a process behind that nobody knows of
            receiver, process = _start(self._context, function, task)
            self._running[receiver] = (task, process)
        return receiver

    def heard(self, receiver: Connection) -> Outcome | Step:
        """Return what became of the task of this connection, or how far it is, when it has told or its process died."""
        heard = _heard(*self._running[receiver], receiver)
        if isinstance(heard, Outcome):
            del self._running[receiver]
        return heard

    def close(self) -> None:
        """End the processes that are still at work."""
        for receiver, (_, process) in self._running.items():
            process.terminate()
            process.join()
            receiver.close()
        self._running.clear()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back for a moment; processes started meanwhile never see it, not even while they start."""
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
    for arguments in held[:1]:
        handler(*arguments)


def _start(context: Any, function: Callable, task: Any) -> tuple[Connection, BaseProcess]:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(function, task, sender))
    try:
        process.start()
    except (EOFError, ConnectionError):  # the server was killed just now; there is another at the next call
        process.start()
    sender.close()  # so that the receiver sees the end when the process dies
    return receiver, process


_teller: Connection | None = None  # of the task that this process is for


def tell(done: int) -> None:
    """Tell whoever started this task how far it is; nothing where nobody did."""
    if _teller:
        with suppress(BrokenPipeError):
            _teller.send({"step": done})


def _work(function: Callable, task: Any, sender: Connection) -> None:
    global _teller
    _teller = sender
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's: it ends its workers itself
    signal.signal(signal.SIGTERM, _leave)
    orphans.end_with(multiprocessing.parent_process().sentinel, _leave)
    started = time.perf_counter()
    answer: dict[str, Any] = {}
    try:
        answer["value"] = function(task)
    except Killed as error:
        answer |= {"error": str(error), "died": True}
    except NcoError as error:
        answer["error"] = str(error)
    except Exception as error:  # the message could hold a pupil's value
        answer |= {"error": unexpected(error), "stop": room.stopping(error)}
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
        process.join()
        answer = {"error": f"its process died (exit code {process.exitcode})", "died": True}
    process.join()
    receiver.close()
    return Outcome(task, **answer)
