import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.faults import wait_until

WAITS = """
import os, sys, time
from pathlib import Path
from nco.base import workers

def wait(folder):
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)
    (Path(folder) / "late").touch()

if __name__ == "__main__":
    list(workers.run(wait, sys.argv[1:] * 2, 2))
"""
QUIET = """
import sys
from pathlib import Path
from nbformat.v4 import new_code_cell, new_notebook
from nco.notebooks.execute import execute
code = "import os, time, pathlib\\npathlib.Path(str(os.getpid())).touch()\\ntime.sleep(60)"
execute(new_notebook(cells=[new_code_cell(code)]), Path("out.ipynb"), {}, cwd=Path(sys.argv[1]))
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def _killed(program: str, tmp_path: Path, n: int) -> None:
    """Kill the program when n of its processes are at work, and see them end long before they would by themselves."""
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "at work").mkdir()
    run = subprocess.Popen([sys.executable, tmp_path / "program.py", tmp_path / "at work"], cwd=tmp_path)
    wait_until(lambda: len(list((tmp_path / "at work").iterdir())) == n)
    pids = [int(path.name) for path in (tmp_path / "at work").iterdir()]
    run.send_signal(signal.SIGKILL)
    run.wait()
    wait_until(lambda: not any(map(_alive, pids)), seconds=10)


@pytest.mark.slow
def test_workers_end_when_their_run_is_killed(tmp_path):
    _killed(WAITS, tmp_path, 2)


@pytest.mark.slow
def test_a_notebook_that_says_nothing_ends_when_its_run_is_killed(tmp_path):
    _killed(QUIET, tmp_path, 1)
