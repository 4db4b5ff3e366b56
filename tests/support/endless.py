"""Tasks that do not end by themselves; it imports little, for every process of such a task does."""

import os
import signal
import subprocess
import time
from pathlib import Path


def go_on(how: str) -> str:
    """Go on for ever, if told to."""
    match how:
        case "loops":
            while True:
                pass
        case "stopped":
            os.kill(os.getpid(), signal.SIGSTOP)
        case "deaf":
            for each in (signal.SIGTERM, signal.SIGINT, signal.SIGIO):
                signal.signal(each, signal.SIG_IGN)
            time.sleep(600)
    return how


def late(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def leave_a_child(note: str) -> int:
    child = subprocess.Popen(["sleep", "600"])
    Path(note).write_text(str(child.pid))
    return child.pid
