import json
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

# In a process of its own: what waits for the answers is a thread, and the tests of this process fork.
SCRIPT = """
import json, sys
from concurrent.futures import ThreadPoolExecutor
from nco.base.workers_in_dask import WorkersInDask
from tests.base import test_workers
from tests.support import cluster
workers = WorkersInDask()
def tell(*what): print(json.dumps(what), flush=True)
"""


def script(text: str, *arguments: object) -> subprocess.Popen:
    command = [sys.executable, "-c", SCRIPT + text, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.big
def test_threads_hand_in_tasks_side_by_side_and_each_gets_its_own_outcome():
    text = """
with ThreadPoolExecutor(4) as threads:
    for outcome in threads.map(lambda n: workers.do(test_workers.double, n), range(12)):
        tell(outcome.task, outcome.value)
tell(workers.do(test_workers.misbehave, "killed").died, workers.do(test_workers.misbehave, "fine").value)
"""
    told = [json.loads(line) for line in script(text).communicate(timeout=60)[0].splitlines()]
    assert told == [[n, 2 * n] for n in range(12)] + [[True, "fine"]]


def test_when_the_process_that_forks_dies_nobody_waits_in_vain():
    text = """
with ThreadPoolExecutor(1) as threads:
    waiting = threads.submit(workers.do, cluster.linger, sys.argv[1])
    workers._process.kill()
    tell(waiting.result().died, workers.do(test_workers.double, 1).died, workers.alive)
"""
    told, _ = script(text, "/").communicate(timeout=60)
    assert json.loads(told) == [True, True, False]


@pytest.mark.slow
def test_a_task_that_does_not_end_is_ended_and_named_and_so_is_a_process_that_forks_no_more():
    text = """
import os, signal
from nco.base import workers_in_dask as side
from tests.support import endless
tell(workers.do(endless.go_on, "loops", 10).error)
side._spare = lambda: 1.0
os.kill(workers._process.pid, signal.SIGSTOP)
tell(workers.do(endless.late, 0, 1.0).died)
"""
    told = [json.loads(line) for line in script(text).communicate(timeout=200)[0].splitlines()]
    assert told[0][0].startswith("it was not ready after 10 seconds and was ended")
    assert told[1] == [True]


@pytest.mark.big
def test_all_processes_end_with_the_worker_however_that_ends(tmp_path):
    worker = script("tell(workers._process.pid)\nhands.do(cluster.linger, sys.argv[1])", tmp_path)
    with worker:
        host = psutil.Process(*json.loads(worker.stdout.readline()))
        tasks = _begun(tmp_path)
        worker.kill()
    gone, alive = psutil.wait_procs([host, *tasks], timeout=20)
    assert not alive
    assert len(gone) == 2


def _begun(folder: Path) -> list[psutil.Process]:
    for _ in range(300):
        if found := list(folder.glob("begun-*")):
            return [psutil.Process(int(path.name.partition("-")[2])) for path in found]
        time.sleep(0.1)
    raise AssertionError("no task began")
