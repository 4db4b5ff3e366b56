import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nco.base import all_settings
from nco.base.threads import ONE_THREAD
from nco.notebooks.execute import ChapterError, execute, join_chapters
from nco_utils.errors import NcoError, UnusableInput
from tests.support.reviewed import set_release

PARAMETERS = 'x = 1\nschool: str = "99ZZ00"  # BRIN and vestiging\noptions = dict(a=1, b=2)'
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}
IMPORTS = """
from nco.release.preloading import skip_slow_imports
skip_slow_imports()
from nco.notebooks.execute import Path, execute
"""
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SHOWS_EVERYTHING = [
    "print('one')\nprint('two')\nx * 2",
    "import sys\nprint('careful', file=sys.stderr)",
    "from IPython.display import HTML, display\nprint('before')\ndisplay(HTML('<b>bold</b>'))\nprint('after')",
    """class Chart:
    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": "chart", "image/svg+xml": "<svg/>", "image/png": b"\\x89PNG"}
        return data, {"image/svg+xml": {"alt": "a line that rises"}}
display(Chart())
Chart()""",
    "import pandas as pd\npd.DataFrame({'n': [1, 2]})",
    "handle = display('first', display_id=True)",
    "handle.update('second')",
    "from IPython.display import clear_output\nprint('gone')\nclear_output()\nprint('stays')",
    "print('gone too')\nclear_output(wait=True)\nprint('replaced')",
    "   ",
    "None",
    "[x, 'semicolon'];",
    "!echo from the shell",
    "%matplotlib inline\nimport matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(1, 1))\nplt.show()",
    "import os\nos.path.basename(os.getcwd())",
]


def notebook(*sources: str, parameters: str = PARAMETERS) -> nbformat.NotebookNode:
    first = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    cells = [new_markdown_cell("# A chapter"), first, *(new_code_cell(source) for source in sources)]
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL})


def run(folder: Path, *sources: str, **options) -> nbformat.NotebookNode:
    """The executed notebook."""
    execute(notebook(*sources), folder / "out.ipynb", options.pop("parameters", {}), cwd=folder, **options)
    return nbformat.read(folder / "out.ipynb", as_version=4)


def failed_run(folder: Path, *sources: str) -> tuple[ChapterError, nbformat.NotebookNode]:
    with pytest.raises(ChapterError) as raised:
        run(folder, *sources)
    return raised.value, nbformat.read(folder / "out.failed.ipynb", as_version=4)


def code_cells(executed: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in executed.cells if cell.cell_type == "code"]


def last_text(executed: nbformat.NotebookNode) -> str:
    return executed.cells[-1].outputs[-1].text


def error_of(executed: nbformat.NotebookNode) -> nbformat.NotebookNode:
    (error,) = [o for cell in code_cells(executed) for o in cell.outputs if o.output_type == "error"]
    return error


def wait_until(condition, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


@pytest.fixture(scope="module")
def both_engines(tmp_path_factory) -> dict[str, nbformat.NotebookNode]:
    folder = tmp_path_factory.mktemp("engines")
    return {engine: run(folder, *SHOWS_EVERYTHING, parameters={"x": 21}, engine=engine) for engine in ("kernel", "nco")}


# --------------------------------------------------------------------------------- the engine's outputs


@pytest.mark.slow
def test_both_engines_give_the_same_outputs(both_engines):
    expected, actual = (code_cells(both_engines[engine]) for engine in ("kernel", "nco"))
    assert [cell.source for cell in actual] == [cell.source for cell in expected]
    for ours, theirs in zip(actual, expected, strict=True):
        assert ours.outputs == theirs.outputs, ours.source
        assert ours.execution_count == theirs.execution_count, ours.source


@pytest.mark.slow
def test_both_engines_give_the_same_language_metadata(both_engines):
    assert both_engines["nco"].metadata.language_info == both_engines["kernel"].metadata.language_info


def test_papermills_own_metadata_is_intact(both_engines):
    executed = both_engines["nco"]
    assert executed.metadata.papermill.parameters == {"x": 21}
    assert executed.metadata.papermill.exception is None
    assert executed.metadata.papermill.duration > 0
    (injected,) = [cell for cell in executed.cells if "injected-parameters" in cell.metadata.tags]
    assert injected.source == "# Parameters\nx = 21\n"
    for cell in executed.cells:
        assert cell.metadata.papermill.status == "completed"
        assert cell.metadata.papermill.start_time <= cell.metadata.papermill.end_time


def test_the_output_names_no_folder_and_holds_no_second_copy_of_the_input(both_engines):
    assert both_engines["nco"].metadata.papermill.input_path == "out.ipynb"
    assert both_engines["nco"].metadata.papermill.output_path == "out.ipynb"


def test_metadata_of_a_rich_output_survives(both_engines):
    (cell,) = [cell for cell in code_cells(both_engines["nco"]) if "class Chart" in cell.source]
    display, result = cell.outputs
    assert (display.output_type, result.output_type) == ("display_data", "execute_result")
    for output in cell.outputs:
        assert output.metadata == {"image/svg+xml": {"alt": "a line that rises"}}
        assert output.data == {"text/plain": "chart", "image/svg+xml": "<svg/>", "image/png": "iVBORw=="}


def test_standard_output_and_error_keep_their_order_and_join_only_when_adjacent(tmp_path):
    error = "file=sys.stderr"
    source = f"import sys\nprint('a')\nprint('b')\nprint('c', {error})\nprint('d', end='')\nprint('e', {error})"
    executed = run(tmp_path, source)
    streams = [(output.name, output.text) for output in executed.cells[-1].outputs]
    assert streams == [("stdout", "a\nb\n"), ("stderr", "c\n"), ("stdout", "d"), ("stderr", "e\n")]


def test_warnings_and_logging_appear_as_standard_error(tmp_path):
    executed = run(tmp_path, "import logging\nlogging.warning('look here')")
    assert executed.cells[-1].outputs == [
        {"output_type": "stream", "name": "stderr", "text": "WARNING:root:look here\n"}
    ]


def test_a_shown_figure_is_an_image_even_when_the_environment_asks_for_agg(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    executed = run(
        tmp_path,
        "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(1, 1))\nplt.show()",
        "figure",
    )
    shown, as_last_line = executed.cells[-2].outputs, executed.cells[-1].outputs
    assert [output.output_type for output in shown] == ["display_data"]
    assert [output.output_type for output in as_last_line] == ["execute_result"]
    assert shown[0].data["image/png"] and as_last_line[0].data["image/png"]


def test_a_figure_that_is_not_shown_does_not_appear(tmp_path):
    executed = run(tmp_path, "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()", "plt.show()")
    assert [output for cell in code_cells(executed) for output in cell.outputs] == []


def test_forks_and_threads_of_a_cell_do_not_disturb_its_outputs(tmp_path):
    executed = run(
        tmp_path,
        """import multiprocessing, threading
fork = multiprocessing.get_context("fork")
worker = fork.Process(target=print, args=("from a fork",))
worker.start()
threads = [threading.Thread(target=print, args=("y" * 50_000,)) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
worker.join()
worker.exitcode""",
    )
    text, result = executed.cells[-1].outputs
    assert text.text.count("y") == 8 * 50_000
    assert result.data["text/plain"] == "0"


# ------------------------------------------------------------------------- a fresh process for every run


@pytest.mark.slow
def test_nothing_of_one_run_is_left_in_the_next(tmp_path):
    run(tmp_path, "import sys, math\nleft = 1\nmath.left = 1\nsys.modules['left'] = math")
    executed = run(tmp_path, "import sys, math\nprint('left' in dir(), hasattr(math, 'left'), 'left' in sys.modules)")
    assert last_text(executed) == "False False False\n"


def test_a_run_changes_nothing_in_the_caller(tmp_path):
    before = (Path.cwd(), sys.stdout, sys.modules["__main__"], os.environ.get("MPLBACKEND"))
    run(tmp_path, "import os\nos.environ['MPLBACKEND'] = 'svg'\nos.chdir('/')")
    assert before == (Path.cwd(), sys.stdout, sys.modules["__main__"], os.environ.get("MPLBACKEND"))


@pytest.mark.slow
def test_every_run_draws_its_own_random_numbers(tmp_path):
    import numpy.random  # noqa: F401  # imported here, so its state is inherited

    draws = [last_text(run(tmp_path, "import numpy as np\nprint(np.random.rand())")) for _ in range(2)]
    assert draws[0] != draws[1]


def test_a_notebook_imports_modules_from_its_folder(tmp_path):
    (tmp_path / "beside_the_notebook.py").write_text("ANSWER = 42")
    executed = run(tmp_path, "import beside_the_notebook\nprint(beside_the_notebook.ANSWER)")
    assert last_text(executed) == "42\n"


def test_files_left_open_are_written_and_exit_handlers_run(tmp_path):
    run(
        tmp_path,
        """import atexit, pathlib
left_open = open("open.txt", "w")
left_open.write("all of it")
atexit.register(lambda: pathlib.Path("handler.txt").write_text("ran"))""",
    )
    assert (tmp_path / "open.txt").read_text() == "all of it"
    assert (tmp_path / "handler.txt").read_text() == "ran"


def test_a_question_gets_no_answer_instead_of_waiting_for_one(tmp_path):
    error, _ = failed_run(tmp_path, "input('your name? ')")
    assert error.exception == "EOFError"


# --------------------------------------------------------------------------------- cells that go wrong


@pytest.mark.slow
def test_a_failing_cell_stops_the_run_and_shows_its_error(tmp_path):
    error, kept = failed_run(tmp_path, "print('fine')", "print('so far')\n1 / 0", "print('never')")
    assert (error.notebook, error.chapter, error.cell) == ("out.ipynb", "out", 4)
    assert error.exception == "ZeroDivisionError"
    assert error.kept == tmp_path / "out.failed.ipynb"
    _, fine, failing, never = code_cells(kept)
    assert fine.metadata.papermill.status == "completed"
    assert failing.metadata.papermill.status == "failed"
    assert failing.metadata.papermill.exception is True
    assert failing.outputs[0].text == "so far\n"
    assert (failing.outputs[1].ename, failing.outputs[1].evalue) == ("ZeroDivisionError", "division by zero")
    assert "1 / 0" in papermill.exceptions.strip_color("\n".join(failing.outputs[1].traceback))
    assert never.outputs == [] and never.execution_count is None


def test_papermill_raises_its_own_error_for_a_failing_cell(tmp_path):
    with pytest.raises(papermill.PapermillExecutionError) as raised:
        papermill.execute_notebook(notebook("1 / 0"), tmp_path / "out.ipynb", engine_name="nco", progress_bar=False)
    assert (raised.value.ename, raised.value.exec_count) == ("ZeroDivisionError", 2)


def test_the_message_of_an_exception_is_not_told(tmp_path):
    error, _ = failed_run(tmp_path, "raise ValueError('Jan Jansen scored 43.71')")
    told = "".join(traceback.format_exception(error))
    assert "ValueError" in told
    assert "Jansen" not in told and "43.71" not in told


def test_a_chapter_error_crosses_a_process_border():
    error = ChapterError("school.ipynb", "leergroei", 7, "KeyError", Path("school.failed.ipynb"))
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize(
    ("source", "ename"),
    [("def (", "SyntaxError"), ("%no_such_magic", "UsageError"), ("raise KeyboardInterrupt", "KeyboardInterrupt")],
)
def test_every_kind_of_error_fails_the_cell(tmp_path, source, ename):
    error, kept = failed_run(tmp_path, source, "print('never')")
    assert error.exception == ename == error_of(kept).ename


def test_an_error_that_a_cell_only_shows_is_a_failure_too(tmp_path):
    shown = "try:\n    1 / 0\nexcept ZeroDivisionError:\n    get_ipython().showtraceback()"
    error, _ = failed_run(tmp_path, shown, "print('goes on')")
    assert (error.cell, error.exception) == (3, "ZeroDivisionError")
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.parametrize("source", ["import sys\nsys.exit()", "exit()", "quit"])
def test_leaving_early_is_a_failure_because_the_rest_was_not_run(tmp_path, source):
    error, _ = failed_run(tmp_path, source, "print('never')")
    assert error.exception == "SystemExit"


@pytest.mark.parametrize(
    ("source", "how"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "was killed by SIGKILL"),
        ("import ctypes, faulthandler\nfaulthandler.disable()\nctypes.string_at(0)", "was killed by SIGSEGV"),
        ("import os\nos._exit(3)", "ended with exit code 3"),
        ("import os\nos._exit(0)", "ended with exit code 0"),
    ],
)
def test_a_process_that_dies_is_named_with_its_cell(tmp_path, source, how):
    error, kept = failed_run(tmp_path, "print('fine')", f"print('last words')\n{source}", "print('never')")
    assert (error.cell, error.exception) == (4, "CellProcessDied")
    assert error_of(kept).evalue == f"the process running this cell {how}"
    assert code_cells(kept)[2].outputs[0].text == "last words\n"
    assert code_cells(kept)[2].execution_count == 3


@pytest.mark.slow
def test_a_cell_over_its_time_is_stopped(tmp_path):
    with pytest.raises(papermill.PapermillExecutionError) as raised:
        papermill.execute_notebook(
            notebook("import time\ntime.sleep(60)"),
            tmp_path / "out.ipynb",
            engine_name="nco",
            execution_timeout=0.3,
            progress_bar=False,
        )
    assert raised.value.ename == "CellTimeout"
    assert raised.value.evalue == "the cell took longer than 0.3 seconds"


ENDLESS = {
    "loops": "while True: pass",
    "prints": "while True: print('again')",
    "refuses": "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass",
    "elsewhere": "!sleep 600",
}


@pytest.mark.parametrize("how", ENDLESS)
def test_a_cell_that_does_not_end_is_ended_and_named_and_what_it_wrote_is_whole(tmp_path, monkeypatch, how):
    limit(monkeypatch, end=0.5)
    source = f"left_open = open('left', 'w')\nleft_open.write('x' * 70_000)\n{ENDLESS[how]}"
    with pytest.raises(ChapterError, match=r"cell 4 took longer than release.limits .* and was ended") as raised:
        run(tmp_path, "1", source, "2", seconds=1.0)
    assert raised.value.exception == "CellTimeout"
    assert how == "refuses" or (tmp_path / "left").read_text() == "x" * 70_000
    assert not [each for each in psutil.Process().children(recursive=True) if each.name() == "sleep"]


def test_a_cell_that_shows_too_much_is_ended_and_named(tmp_path, monkeypatch):
    limit(monkeypatch, shown=100_000, end=0.5)
    with pytest.raises(ChapterError, match=r"cell 3 showed more than release.limits .* allow"):
        run(tmp_path, ENDLESS["prints"])


def test_a_notebook_that_leaves_something_endless_for_its_exit_is_said_so_and_its_files_are_whole(
    tmp_path, monkeypatch
):
    limit(monkeypatch, end=0.5)
    source = "import atexit, time\natexit.register(time.sleep, 600)\nleft_open = open('left', 'w')\n"
    with pytest.raises(ChapterError, match=r"cell 3 left exit handlers that did not end in time") as raised:
        run(tmp_path, source + "left_open.write('x' * 70_000)")
    assert raised.value.exception == "ExitTimeout"
    assert (tmp_path / "left").read_text() == "x" * 70_000
    assert not (tmp_path / "out.ipynb").exists()


@pytest.mark.slow
def test_the_limits_of_a_cell_hold_for_jupyters_own_kernel_too(tmp_path):
    with pytest.raises(NcoError, match=r"a cell took longer than release.limits"):
        run(tmp_path, "import time\ntime.sleep(60)", engine="kernel", seconds=1.0)


def limit(monkeypatch, **limits) -> None:
    set_release(monkeypatch, limits=all_settings.load().release.limits.model_copy(update=limits))


@pytest.mark.slow
def test_no_child_is_left_after_any_ending(tmp_path):
    before = psutil.Process().children()  # such as the server that workers are forked from
    run(tmp_path, "1")
    failed_run(tmp_path, "1 / 0")
    failed_run(tmp_path, "import os\nos._exit(3)")
    assert psutil.Process().children() == before, "neither running nor zombie"


@pytest.mark.slow
@linux_only
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_or_killed_caller_leaves_no_child(tmp_path, ending):
    reports_its_pid = "import os, time, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))"
    goes_on = "while True:\n    print('still here')\n    time.sleep(0.1)"
    nbformat.write(notebook(reports_its_pid, goes_on), tmp_path / "in.ipynb")
    call = "execute(Path('in.ipynb'), Path('out.ipynb'), {}, cwd=Path('.'))"
    caller = subprocess.Popen([sys.executable, "-c", IMPORTS + call], cwd=tmp_path, stderr=subprocess.PIPE)
    pid_file = tmp_path / "pid"
    wait_until(lambda: pid_file.exists() and pid_file.read_text())
    caller.send_signal(ending)
    _, told = caller.communicate(timeout=60)
    assert caller.returncode != 0
    assert (ending == signal.SIGINT) == (b"KeyboardInterrupt" in told)
    wait_until(lambda: not is_alive(int(pid_file.read_text())))
    assert not (tmp_path / "out.ipynb").exists()


# ------------------------------------------------------------------------------- execute: all or nothing


def test_an_unknown_parameter_is_refused_by_name(tmp_path):
    with pytest.raises(UnusableInput, match=r"out\.ipynb: unknown parameter scool; .* options, school, x"):
        run(tmp_path, "1", parameters={"scool": "99ZZ00"})
    assert list(tmp_path.iterdir()) == []


def test_every_way_of_declaring_a_parameter_counts(tmp_path):
    executed = run(tmp_path, "print(x, school, options)", parameters={"x": 2, "school": "01AB00", "options": {"a": 3}})
    assert last_text(executed) == "2 01AB00 {'a': 3}\n"


def test_a_failing_run_leaves_the_earlier_output_as_it_was(tmp_path):
    (tmp_path / "out.ipynb").write_text("of last week")
    failed_run(tmp_path, "1 / 0")
    assert (tmp_path / "out.ipynb").read_text() == "of last week"
    assert {path.name for path in tmp_path.iterdir()} == {"out.ipynb", "out.failed.ipynb"}


@pytest.mark.slow
def test_a_run_that_succeeds_at_last_leaves_only_its_output(tmp_path):
    failed_run(tmp_path, "1 / 0")
    run(tmp_path, "1")
    assert {path.name for path in tmp_path.iterdir()} == {"out.ipynb"}


def test_while_running_there_is_no_output_yet(tmp_path):
    executed = run(tmp_path, "import os\nprint(os.path.exists('out.ipynb'))")
    assert last_text(executed) == "False\n"


def test_braces_in_a_folder_name_are_no_parameters(tmp_path):
    folder = tmp_path / "round {2026}"
    folder.mkdir()
    run(folder, "1")
    assert [path.name for path in folder.iterdir()] == ["out.ipynb"]


def test_the_notebook_itself_is_not_changed(tmp_path):
    given = notebook("1")
    before = nbformat.writes(given)
    execute(given, tmp_path / "out.ipynb", {"x": 2}, cwd=tmp_path)
    assert nbformat.writes(given) == before


@pytest.mark.parametrize("content", [None, "{not json", '{"cells": 3}'])
def test_an_unreadable_notebook_is_named(tmp_path, content):
    path = tmp_path / "in.ipynb"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnusableInput, match=r"in\.ipynb"):
        execute(path, tmp_path / "out.ipynb", {}, cwd=tmp_path)


def test_a_missing_working_folder_is_named(tmp_path):
    with pytest.raises(UnusableInput, match="nowhere"):
        execute(notebook("1"), tmp_path / "out.ipynb", {}, cwd=tmp_path / "nowhere")


@pytest.mark.filterwarnings("ignore")
def test_a_kernel_that_dies_is_told_by_the_standard_engine_too(tmp_path):
    with pytest.raises(NcoError, match="kernel died"):
        run(tmp_path, "import os\nos._exit(3)", engine="kernel")
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------- joining chapters


def write_chapter(folder: Path, name: str, *sources: str, **options) -> Path:
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook(*sources, **options), path)
    return path


def test_joined_chapters_have_one_parameters_cell_and_all_other_cells_in_order(tmp_path):
    paths = [write_chapter(tmp_path, "leergroei", "1", "2"), write_chapter(tmp_path, "referentie", "3")]
    joined = join_chapters(paths)
    assert [cell.source for cell in joined.cells] == [PARAMETERS, "# A chapter", "1", "2", "# A chapter", "3"]
    assert [cell.source for cell in joined.cells if "parameters" in cell.metadata.get("tags", [])] == [PARAMETERS]
    assert joined.metadata.kernelspec.name == "python3"


def test_joined_cells_know_their_chapter_and_have_the_same_unique_ids_every_time(tmp_path):
    paths = [write_chapter(tmp_path, "leergroei", "1"), write_chapter(tmp_path, "sbo café", "2")]
    joined = join_chapters(paths)
    ids = [cell.id for cell in joined.cells]
    assert ids == ["leergroei-2", "leergroei-1", "leergroei-3", "sbo-caf--1", "sbo-caf--3"]
    assert [cell.metadata.nco.chapter for cell in joined.cells] == ["leergroei"] * 3 + ["sbo café"] * 2
    nbformat.validate(joined)
    assert join_chapters(paths) == joined


def test_a_joined_notebook_runs_and_its_errors_name_the_chapter(tmp_path):
    paths = [write_chapter(tmp_path, "leergroei", "print(x)"), write_chapter(tmp_path, "referentie", "1 / 0")]
    with pytest.raises(ChapterError) as raised:
        execute(join_chapters(paths), tmp_path / "school.ipynb", {"x": 3}, cwd=tmp_path)
    assert (raised.value.notebook, raised.value.chapter, raised.value.cell) == ("school.ipynb", "referentie", 3)


def test_chapters_with_different_parameters_are_refused(tmp_path):
    paths = [write_chapter(tmp_path, "leergroei"), write_chapter(tmp_path, "referentie", parameters="x = 2")]
    with pytest.raises(UnusableInput, match=r"referentie\.ipynb: its parameters cell differs"):
        join_chapters(paths)


@pytest.mark.parametrize("tagged", [0, 2])
def test_a_chapter_needs_exactly_one_parameters_cell(tmp_path, tagged):
    cells = [new_code_cell("x = 1", metadata={"tags": ["parameters"]}) for _ in range(tagged)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "odd.ipynb")
    with pytest.raises(UnusableInput, match=rf"odd\.ipynb: needs exactly one .* found {tagged}"):
        join_chapters([tmp_path / "odd.ipynb"])


def test_a_chapter_cannot_be_joined_twice(tmp_path):
    path = write_chapter(tmp_path, "leergroei")
    with pytest.raises(UnusableInput, match="same name"):
        join_chapters([path, path])


def test_joining_nothing_is_refused():
    with pytest.raises(UnusableInput, match="no chapters"):
        join_chapters([])


# ------------------------------------------------------------------------------------ in other processes


@pytest.mark.slow
def test_the_papermill_command_knows_the_engine(tmp_path):
    nbformat.write(notebook("print(x + 1)"), tmp_path / "in.ipynb")
    command = [sys.executable, "-m", "papermill", "--engine", "nco", "in.ipynb", "out.ipynb", "-p", "x", "3"]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run([*command, "--log-output"], cwd=tmp_path, check=True, capture_output=True, env=environment)
    executed = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert last_text(executed) == "4\n"
    assert executed.metadata.papermill.parameters == {"x": 3}


@pytest.mark.slow
@linux_only
def test_preloading_and_running_leave_a_process_with_one_thread(tmp_path):
    nbformat.write(notebook("print(x)"), tmp_path / "in.ipynb")
    script = """
import nco.release.preload
import os
import sys
import threading
from nco.notebooks.execute import Path, execute
assert "nco.notebooks.forkengine" in sys.modules and "seaborn" in sys.modules
for _ in range(2):
    print(threading.active_count(), len(os.listdir("/proc/self/task")))
    execute(Path("in.ipynb"), Path("out.ipynb"), {"x": 2}, cwd=Path("."))
"""
    environment = {**os.environ, **ONE_THREAD}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout == "1 1\n1 1\n"


@pytest.mark.slow
def test_importing_this_module_first_does_not_trip_over_papermills_entry_point():
    script = """
from nco.notebooks.entry_point import ForkEngine
from papermill.engines import papermill_engines
assert papermill_engines.get_engine("nco") is ForkEngine
"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.slow
def test_skipping_slow_imports_leaves_a_working_papermill(tmp_path):
    nbformat.write(notebook("print(x)"), tmp_path / "in.ipynb")
    script = """
from nco.notebooks.execute import Path, execute
from nco.release.preloading import skip_slow_imports
import sys
assert not {"nbformat", "papermill", "jsonschema"} & set(sys.modules), "too late to skip anything"
skip_slow_imports()
execute(Path("in.ipynb"), Path("out.ipynb"), {"x": 2}, cwd=Path("."))
assert sys.modules["rfc3987_syntax"] is None
"""
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    assert last_text(nbformat.read(tmp_path / "out.ipynb", as_version=4)) == "2\n"
