"""A dask cluster in a process of its own, and clients of it: dask's threads must not be in a process that forks.

`python -m tests.support.cluster` starts two workers, says where, and ends when its input does;
`python -m tests.support.cluster ADDRESS FOLDER FUNCTION TASK...` has the workers do tasks and prints the outcomes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil

from nco.release import scheduler
from nco_utils.errors import NcoError
from tests.base.test_workers import misbehave, state

__all__ = ["kill_the_worker_once", "linger", "misbehave", "state"]  # what a client can have done

OWN = [sys.executable, "-m", "tests.support.cluster"]


@contextmanager
def cluster(**environment: str) -> Iterator[tuple[str, subprocess.Popen]]:
    """Two workers of one thread each: the address of their scheduler, and its process."""
    process = subprocess.Popen(
        OWN, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | environment
    )
    with process:
        yield process.stdout.readline().strip(), process
        process.stdin.close()


def do(address: str, folder: Path, function: str, *tasks: object) -> subprocess.Popen:
    """Start a client that has the cluster do tasks; it prints the outcomes, or the message of an error."""
    command = [*OWN, address, str(folder), function, *map(str, tasks)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def outcomes(client: subprocess.Popen) -> list[dict]:
    """Wait for a client and return what it printed."""
    return [json.loads(line) for line in client.communicate(timeout=120)[0].splitlines()]


def kill_the_worker_once(folder: str) -> str:
    """Kill the dask worker that this task is done for; well-behaved when that was done before."""
    killed = Path(folder) / "killed"
    if not killed.exists():
        killed.touch()
        psutil.Process().parents()[2].kill()  # above the server of forks and the process that started that
        time.sleep(60)
    return "done"


def linger(folder: str) -> None:
    """Say that this task has begun, and take a long time."""
    (Path(folder) / f"begun-{os.getpid()}").touch()
    time.sleep(60)


def _serve() -> None:
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as served:
        print(served.scheduler_address, flush=True)
        sys.stdin.read()


def _client(address: str, folder: str, name: str, *tasks: str) -> None:
    from tests.support import cluster as module  # by its name: what is in __main__ cannot be imported elsewhere

    try:
        with (
            scheduler.connected(address, Path(folder), []) as (runner, _),
            closing(runner(getattr(module, name), tasks)) as found,
        ):
            for outcome in found:
                print(json.dumps(vars(outcome)), flush=True)
    except NcoError as problem:
        print(json.dumps({"refused": str(problem)}))


if __name__ == "__main__":
    _client(*sys.argv[1:]) if sys.argv[1:] else _serve()
