"""The parent's side of the fork engine: a papermill engine that needs no kernel, sockets or threads.

A forked copy of this process runs the cells (`forkshell`) and writes what they show to a pipe; what comes
out of that pipe is filed here, under the cells of the notebook.
"""

import json
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Pipe
from typing import Any

from nbformat import NotebookNode, from_dict
from papermill.engines import Engine
from papermill.log import logger

from nco_utils.errors import NcoError

from .forkshell import DIED, run_cells, runs

Message = tuple[str, dict[str, Any]]

LANGUAGE_INFO = {
    "name": "python",
    "version": sys.version.split()[0],
    "mimetype": "text/x-python",
    "file_extension": ".py",
    "pygments_lexer": "ipython3",
    "codemirror_mode": {"name": "ipython", "version": 3},
    "nbconvert_exporter": "python",
}
LAST_WORDS_SECONDS = 10.0  # for the exit handlers that a notebook registered, unless it is said
MOST_SHOWN = 50_000_000  # bytes of a cell, unless it is said


class ForkEngine(Engine):
    """A papermill engine that forks this process instead of starting a kernel.

    What is imported here is imported in the notebook, so the caller imports first (`preloading.preload`).
    No other thread may run in the caller: the child would inherit its locks, held for ever. Figures of
    pyplot appear when shown (`plt.show()`) or when a cell's last line, and are closed after their cell.
    """

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        log_output: bool = False,
        stdout_file: Any = None,
        stderr_file: Any = None,
        execution_timeout: float | None = None,
        last_words: float = LAST_WORDS_SECONDS,
        most_shown: int = MOST_SHOWN,
        **_unused: Any,
    ) -> None:
        """Run the code cells up to the first that fails; papermill raises for that one afterwards.

        A cell whose process dies, that takes over `execution_timeout` seconds or shows over `most_shown` bytes, gets an
        error output like any other failing cell; so does the last one when what the notebook left to do at its exit
        takes over `last_words` seconds. Raises NcoError where there is no fork (Windows).
        """
        nb_man.nb.metadata["language_info"] = from_dict(LANGUAGE_INFO)
        files = {"stdout": stdout_file, "stderr": stderr_file}
        with ForkedShell(nb_man.nb.cells, execution_timeout, last_words, most_shown) as child:
            last, failed = None, False
            for index, cell in enumerate(nb_man.nb.cells):
                last = (cell, index) if runs(cell) else last
                nb_man.cell_start(cell, index)
                try:
                    if runs(cell) and not _file_outputs(child, cell, nb_man, files, log_output):
                        nb_man.cell_exception(cell, cell_index=index)
                        failed = True
                        break
                finally:
                    nb_man.cell_complete(cell, cell_index=index)
            if (problem := child.finish()) and last and not failed:
                child.outputs_of(last[0]).add(*problem)
                nb_man.cell_exception(last[0], cell_index=last[1])


def _file_outputs(child: "ForkedShell", cell: NotebookNode, nb_man: Any, files: dict, log_output: bool) -> bool:
    """Add to `cell` what the child says about it, until its end; whether it succeeded."""
    outputs = child.outputs_of(cell)
    for kind, content in child.messages():
        match kind:
            case "start":
                cell.execution_count = content["count"]
            case "end":
                return content["ok"]
            case _:
                outputs.add(kind, content)
        if kind == "stream":
            _copy_stream(content, files, log_output)
        nb_man.autosave_cell()
    return False


def _copy_stream(content: dict, files: dict, log_output: bool) -> None:
    """What papermill's options --log-output, --stdout-file and --stderr-file ask for."""
    if log_output:
        logger.info(content["text"])
    if file := files[content["name"]]:
        file.write(content["text"])
        file.flush()


class CellOutputs:
    """The outputs of one cell, as messages come in."""

    def __init__(self, cell: NotebookNode, displays: dict[str, list[NotebookNode]]):
        self.outputs = cell.outputs
        self.displays = displays  # of the whole notebook: a later cell may update a display
        self.clear_at_next = False

    def add(self, kind: str, content: dict) -> None:
        """Add, update or clear; text goes on where the previous text of the same stream stopped."""
        if kind == "clear_output":
            self.clear_at_next = content["wait"]
            if not content["wait"]:
                self.outputs.clear()
            return
        if kind == "update_display_data":
            for shown in self.displays.get(content["id"], []):
                shown.update(from_dict({"data": content["data"], "metadata": content["metadata"]}))
            return
        if self.clear_at_next:
            self.outputs.clear()
            self.clear_at_next = False
        last = self.outputs[-1] if self.outputs else {}
        if kind == "stream" and last.get("name") == content["name"]:
            last["text"] += content["text"]
            return
        display_id = content.pop("id", None)
        # Not by nbformat's own function: that checks each output by schema, half a millisecond, and the notebook as a
        # whole is checked when it is written.
        output = from_dict({"output_type": kind, **content})
        self.outputs.append(output)
        if display_id:
            self.displays.setdefault(display_id, []).append(output)


class ForkedShell:
    """The child process, seen from the parent; leaving the context kills and reaps it, whatever happened."""

    def __init__(self, cells: list[NotebookNode], timeout: float | None, last_words: float, most_shown: int):
        self.cells = cells
        self.timeout = timeout
        self.last_words = last_words
        self.most_shown = most_shown
        self.displays: dict[str, list[NotebookNode]] = {}
        self.waiting: deque[Message] = deque()
        self.shown = 0  # bytes, of the cell that runs

    def __enter__(self) -> "ForkedShell":
        """Fork; the child starts on the first cell at once."""
        if not hasattr(os, "fork"):
            raise NcoError("the engine 'nco' needs an operating system that can fork; use the engine 'kernel'")
        # Text that waits in a buffer here would come out of the child a second time.
        sys.stdout.flush()
        sys.stderr.flush()
        self.reader, writer = Pipe(duplex=False)
        lifeline, self.alive = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.alive)
            run_cells(self.cells, self.reader, writer, lifeline)
        os.close(lifeline)
        writer.close()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave no child, alive or zombie."""
        self._reap()
        self.reader.close()
        os.close(self.alive)

    def outputs_of(self, cell: NotebookNode) -> CellOutputs:
        """A place for the messages about one cell."""
        return CellOutputs(cell, self.displays)

    def messages(self) -> Iterator[Message]:
        """What the child says of one cell; of one that dies, or is too slow or says too much, the last is an error."""
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        self.shown = 0
        while True:
            try:
                yield self._next_message(deadline)
                if self.shown > self.most_shown:
                    self._end()
                    yield _own_error("CellShowsTooMuch", f"the cell showed more than {self.most_shown:,} bytes")
                    return
            except TimeoutError:
                self._end()
                yield _own_error("CellTimeout", f"the cell took longer than {self.timeout:g} seconds")
                return
            except (EOFError, OSError):  # OSError: killed halfway a message
                yield _own_error(DIED, f"the process running this cell {self._reap()}")
                return

    def _next_message(self, deadline: float | None) -> Message:
        while not self.waiting:
            left = None if deadline is None else deadline - time.monotonic()
            # Also while there is always something to read: a cell may print for ever.
            if left is not None and (left <= 0 or not self.reader.poll(left)):
                raise TimeoutError
            said = self.reader.recv_bytes()
            self.shown += len(said)
            self.waiting.extend(json.loads(said))
        return self.waiting.popleft()

    def finish(self) -> Message | None:
        """Let the child run its exit handlers and close the files that the notebook left open; an error if it cannot.

        A child that is not ready in time is killed; what it had written to its files is in them.
        """
        deadline = time.monotonic() + self.last_words
        try:
            while True:
                self._next_message(deadline)
        except TimeoutError:
            self._reap()
            told = f"what the notebook left to do at its exit took longer than {self.last_words:g} seconds"
            return _own_error("ExitTimeout", told)
        except (EOFError, OSError):
            return None

    def _end(self) -> None:
        """Have the child stop what it does and close its files, as at its exit; kill it when it does not."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        self.waiting.clear()
        self.finish()
        self._reap()

    def _reap(self) -> str:
        """Make sure that the child is gone and leaves no zombie; how it ended, in words."""
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)  # with what its cells started, which is of its group
            os.kill(self.pid, signal.SIGKILL)  # does nothing to a child that has ended but is not reaped
            _, status = os.waitpid(self.pid, 0)
            self.pid, self.exit_code = 0, os.waitstatus_to_exitcode(status)
        if self.exit_code < 0:
            return f"was killed by {signal.Signals(-self.exit_code).name}"
        return f"ended with exit code {self.exit_code}"


def _own_error(name: str, message: str) -> Message:
    return "error", {"ename": name, "evalue": message, "traceback": [f"{name}: {message}"]}
