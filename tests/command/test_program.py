"""Ctrl-C at any moment, and an output that takes nothing: an exit code and one message, never a traceback."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from tests.conftest import ROUND

NCO = [sys.executable, "-m", "nco"]


def interrupted(arguments: list, seconds: float) -> tuple[int, str]:
    """Press Ctrl-C in a command after so many seconds, as a terminal does; return its exit code and stderr."""
    process = subprocess.Popen(
        [*NCO, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=120)
    return process.returncode, said


# While Python itself starts nobody can answer; then while this program is imported, and while its workers are.
@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.3, 0.6, 1.0, 2.0, 3.5, 5.5])
def test_ctrl_c_at_any_moment_exits_130_with_one_message_and_no_traceback(demo_data, tmp_path, seconds):
    data = shutil.copytree(demo_data, tmp_path / "data")
    code, said = interrupted(["validate", ROUND, "--data", data], seconds)
    assert code == 130, said
    assert "Traceback" not in said
    assert said.count("nco: interrupted") == 1


INTERRUPTED_WHILE = """
import os, signal, sys
from nco.command import program
from nco.release import round_pipeline
{what}
sys.argv = ["nco", "status", "2022E", "--data", {data!r}]
program.main()
"""
WHILE = {
    "a library makes another exception of it": """
def status(*_):
    try: os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt: raise ImportError("half imported") from None
""",
    "a mistake is told": """
from nco_utils.errors import UnusableInput
def status(*_):
    try: os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt: raise UnusableInput("mend it") from None
""",
    "it is pressed again while it ends": """
def status(*_):
    try: os.kill(os.getpid(), signal.SIGINT)
    finally: os.kill(os.getpid(), signal.SIGINT)
""",
    "a text is executed": """
def status(*_):
    exec("os.kill(os.getpid(), signal.SIGINT)", globals())
""",
    "a finaliser is at work": """
class Ends:
    def __del__(self): os.kill(os.getpid(), signal.SIGINT)
def status(*_):
    Ends()
    import time; time.sleep(20)
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("moment", WHILE)
def test_ctrl_c_exits_130_also_when(tmp_path, moment):
    what = f"{WHILE[moment]}\nfrom nco.deliveries import status as statuses\nstatuses.status = status"
    text = INTERRUPTED_WHILE.format(what=what, data=str(tmp_path))
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 130, done.stderr
    assert done.stderr.count("nco: interrupted") == 1
    assert "Traceback" not in done.stderr


def test_without_the_handler_python_would_tell_a_traceback(tmp_path):
    """The protection is off: the same moment, with Python's own handling of Ctrl-C."""
    text = "import os, signal\nexec('os.kill(os.getpid(), signal.SIGINT)')"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == -signal.SIGINT
    assert "Traceback" in done.stderr


@pytest.mark.slow
def test_a_job_in_the_background_goes_on_when_ctrl_c_is_pressed(tmp_path):
    """A shell starts it with Ctrl-C ignored, and this program leaves it so."""
    text = (
        "import os, signal, sys\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "from nco.command import program, cli\n"
        "cli.run = lambda: (os.kill(os.getpid(), signal.SIGINT), print('went on'))\nprogram.main()"
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "went on\n")


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")  # noqa: PTH110
@pytest.mark.parametrize("options", [["doctor"], ["doctor", "--json"], ["--help"]])
def test_an_output_that_is_full_exits_2_and_says_so_once(options):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*NCO, *options], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "cannot be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.slow
def test_a_reader_who_leaves_is_no_fault_of_the_program():
    process = subprocess.Popen([*NCO, "doctor"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait() == 2
    assert "Traceback" not in said
    assert "Broken pipe" in said


def test_the_program_imports_nearly_nothing_before_it_can_be_interrupted():
    text = "import sys; before = set(sys.modules); import nco.command.program; "
    text += "print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    others = [name for name in done.stdout.split() if name.split(".")[0] != "nco"]
    assert len(others) < 14, others
