"""Hand tasks to a running dask.distributed scheduler, whose workers may be on many machines.

The workers share the file system with this process and have the same project; both are looked at before a report is
made, and the program again at every task, because a worker may come later.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from nco.base import fingerprint
from nco.base.workers import Outcome
from nco.base.workers_in_dask import WorkersInDask
from nco_utils import write_whole
from nco_utils.errors import UnusableInput

SECONDS_TO_ANSWER = 20  # of a scheduler
SECONDS_TO_COME = 120  # of the first worker
SECONDS_TO_SEE = 30  # what another machine wrote: network file systems remember what was not there
_starting = Lock()


def check(address: str) -> None:
    """Raise UnusableInput when there is no dask here, or no scheduler at this address: before any work is done.

    It starts no thread, so that the analysis can still fork.
    """
    if find_spec("distributed") is None:
        raise UnusableInput("--scheduler needs the extra dask: pip install 'nco-utils[dask]' (it is in the lock too).")
    try:
        parts = urlsplit(address)
        place = (parts.hostname or "", parts.port or 0)
    except ValueError:
        place = ("", 0)
    if not all(place) or parts.scheme not in ("tcp", "tls"):
        raise UnusableInput(f"{address} is no address of a scheduler. Write it as dask tells it: tcp://host:8786.")
    try:
        socket.create_connection(place, SECONDS_TO_ANSWER).close()
    except OSError as problem:
        raise UnusableInput(
            f"No scheduler answers at {address} ({problem.strerror or problem}). Start one: dask scheduler"
        ) from None


@contextmanager
def connected(address: str, folder: Path, needed: Sequence[Path]) -> Iterator[tuple[Callable, int]]:
    """Give what does the work of `workers.run` on the scheduler's workers, and how many tasks they do at once.

    It takes `seconds` too. folder: a new one, in which every worker must be able to write. needed: what every worker
    must see too. Raises
    UnusableInput, naming the workers and what is the matter, when one has another program or does not see these.
    """
    from distributed import Client

    try:
        client = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise UnusableInput(f"The scheduler at {address} gives no answer ({type(problem).__name__}).") from None
    try:
        program = fingerprint.of_program()
        _check_workers(client, address, program, folder, needed)
        yield partial(_run, client, address, program), sum(client.nthreads().values())
    finally:
        with suppress(Exception):  # of a scheduler that is lost already
            client.close(timeout=SECONDS_TO_ANSWER)


def _check_workers(client: Any, address: str, program: str, folder: Path, needed: Sequence[Path]) -> None:
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_COME)
    except TimeoutError:
        raise UnusableInput(f"The scheduler at {address} has no workers. Start them: dask worker {address}") from None
    paths = [str(path) for path in needed]
    found = client.run(look, program, str(folder), paths, on_error="return")
    unfit = {worker: _told(told) for worker, told in found.items() if told is not None}
    if unfit:
        told = "\n".join(f"  {worker} {problem}" for worker, problem in sorted(unfit.items()))
        raise UnusableInput(
            f"{len(unfit)} of the {len(found)} workers of {address} cannot make these reports:\n{told}\n"
            "Give them this project and these folders, and start them anew: they remember what they began with."
        )


def _told(problem: object) -> str:
    if isinstance(problem, ImportError | AttributeError):
        return "does not have this project, or has another version of it"
    return problem if isinstance(problem, str) else f"cannot be asked ({type(problem).__name__})"


async def look(program: str, folder: str, needed: Sequence[str]) -> str | None:
    """Say why reports cannot be made here, on a worker; None when they can."""
    if problem := _other_program(program):
        return problem
    for _ in range(SECONDS_TO_SEE):
        unseen = [path for path in (folder, *needed) if not Path(path).exists()]
        if not unseen:
            break
        await asyncio.sleep(1)
    else:
        return f"on {socket.gethostname()} does not see {', '.join(unseen)}"
    try:
        (Path(folder) / write_whole.unique()).mkdir()
    except OSError as problem:
        return f"on {socket.gethostname()} cannot write in {folder} ({problem.strerror})"
    return None


def _other_program(program: str) -> str | None:
    own = fingerprint.of_program()
    if own == program:
        return None
    return f"on {socket.gethostname()} has another program or other settings ({own[:8]}, not {program[:8]})"


def _run(
    client: Any,
    address: str,
    program: str,
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
    seconds: float | None = None,
) -> Iterator[Outcome]:
    """As `workers.run`, but on the workers of the client's scheduler."""
    from distributed import as_completed

    futures = client.map(partial(_do, program, function, seconds), tasks, pure=False)
    of = {future.key: task for future, task in zip(futures, tasks, strict=True)}
    try:
        for future in as_completed(futures, loop=client.loop):
            yield _outcome(of[future.key], future, address)
    finally:
        with suppress(Exception):  # of a scheduler that is lost already
            client.cancel(futures)


def _outcome(task: Any, future: Any, address: str) -> Outcome:
    from concurrent.futures import CancelledError

    from distributed.scheduler import KilledWorker

    try:
        return replace(future.result(), task=task)
    except KilledWorker:
        return Outcome(task, error="the worker that made it died, and so did others", died=True)
    except CancelledError:
        raise UnusableInput(
            f"The scheduler at {address} is lost. Nothing was published; what is made is kept. Start a scheduler and "
            "run the release again, or run it without --scheduler."
        ) from None
    except Exception as error:  # the message could hold a pupil's value
        return Outcome(task, error=f"unexpected {type(error).__name__} on a worker of {address}")


def _do(program: str, function: Callable[[Any], Any], seconds: float | None, task: Any) -> Outcome:
    """Do one task, in a thread of a worker; the outcome comes without the task, which the other side has."""
    if problem := _other_program(program):
        # At once, so it would be given most of the tasks.
        return Outcome(None, stop=UnusableInput(f"A worker {problem}: start it anew. What is made is kept."))
    return replace(_own_workers().do(function, task, seconds), task=None)


def _own_workers() -> WorkersInDask:
    """The processes of this worker, started at its first task and again when they died."""
    with _starting:
        if not _workers().alive:
            _workers.cache_clear()
        return _workers()


@cache
def _workers() -> WorkersInDask:
    return WorkersInDask()
