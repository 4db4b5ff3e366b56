import subprocess
import sys
import time

import pytest

from nco.base.locking import lock
from nco_utils.errors import UnusableInput

HOLD = "import sys, time; from pathlib import Path; from nco.base.locking import lock\n"


def holder(path, **how) -> subprocess.Popen:
    """A process that holds the lock until it is killed."""
    text = f"{HOLD}with lock(Path({str(path)!r}), **{how!r}):\n    print('held', flush=True)\n    time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_refused_and_told_who_is_at_work(tmp_path):
    with holder(tmp_path / "lock") as other:
        try:
            with pytest.raises(UnusableInput, match=f"process {other.pid}"), lock(tmp_path / "lock"):
                pass
        finally:
            other.kill()


def test_a_lock_ends_with_its_process_however_that_ends(tmp_path):
    with holder(tmp_path / "lock") as other:
        other.kill()
        other.wait()
        with lock(tmp_path / "lock"):
            pass


def test_those_who_share_a_lock_keep_out_only_who_does_not(tmp_path):
    with holder(tmp_path / "lock", shared=True) as other:
        try:
            with lock(tmp_path / "lock", shared=True):
                pass
            with pytest.raises(UnusableInput), lock(tmp_path / "lock"):
                pass
        finally:
            other.kill()


def test_who_waits_gets_its_turn(tmp_path):
    with holder(tmp_path / "lock") as other:
        started = time.monotonic()
        subprocess.Popen([sys.executable, "-c", f"import os, time; time.sleep(1); os.kill({other.pid}, 9)"])
        with lock(tmp_path / "lock", wait=True):
            assert time.monotonic() - started > 0.5
