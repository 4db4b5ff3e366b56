"""The child's side of the fork engine: an IPython shell that runs cells and reports over a pipe."""

import atexit
import base64
import gc
import importlib
import io
import json
import logging
import os
import signal
import sys
import threading
from collections import deque
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

from nco.base import die_with_parent

# IPython imports these when a shell starts; here that happens once, before the fork.
for _module in ("application", "completerlib", "magics.execution", "oinspect"):
    importlib.import_module(f"IPython.core.{_module}")

_FILE = io.IOBase.__base__  # of every file; the abstract class itself would ask each type of object at length
DIED = "CellProcessDied"  # the exception of a cell whose process was killed, or left
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"


def runs(cell: NotebookNode) -> bool:
    """Whether the standard engine would run this cell too."""
    skipped = "skip-execution" in cell.metadata.get("tags", [])
    return cell.cell_type == "code" and bool(cell.source.strip()) and not skipped


def run_cells(cells: list[NotebookNode], reader: Connection, writer: Connection, lifeline: int) -> NoReturn:
    """Run the code cells and leave this process; never returns into the parent's code.

    lifeline: a pipe of which only the parent holds the other end.
    """
    status = 70  # EX_SOFTWARE: we failed, not the notebook
    try:
        reader.close()
        die_with_parent.end_with(lifeline, signal.SIG_DFL)
        channel = Channel(writer)
        _leave_the_parent_behind(channel)
        shell = _new_shell(channel)
        for cell in filter(runs, cells):
            channel.send("start", count=shell.execution_count)
            if not shell.run_to_end(cell):
                break
        status = 0
        _write_open_files()  # before the exit handlers, which may take too long
        atexit._run_exitfuncs()  # only those since the fork; IPython's own empties the namespace
        channel.flush()
    except BrokenPipeError:  # nobody listens any more: the parent was killed
        pass
    finally:
        os._exit(status)


def _write_open_files() -> None:
    """Have what was written to files that are still open in them: this process may be killed at any moment."""
    for each in gc.get_objects():
        if issubclass(type(each), _FILE) and type(each) is not CellStream:
            with suppress(OSError, ValueError):  # closed, or only to be read
                each.flush()


def _stop(*_: object) -> NoReturn:
    raise SystemExit(1)


def _leave_the_parent_behind(channel: "Channel") -> None:
    """Give this copy of the process what a fresh kernel would have."""
    os.setpgid(0, 0)  # so that what the cells start can be ended with them
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, and it kills us
    signal.signal(signal.SIGTERM, _stop)  # an exception in the cell: its files are closed
    atexit._clear()  # as multiprocessing does: the parent's exit handlers are the parent's
    logging.root.handlers.clear()  # those write to the parent's streams
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what C code prints must not end up in the parent's (--json) output
    sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115
    sys.stdout, sys.stderr = CellStream("stdout", channel), CellStream("stderr", channel)
    os.register_at_fork(after_in_child=channel.abandon)
    if "" not in sys.path:
        sys.path.insert(0, "")  # modules beside the notebook, as in Jupyter
    if random := sys.modules.get("numpy.random"):
        random.seed()  # else every child draws the same "random" numbers


class Channel:
    """The child's end of the pipe; threads and nested calls (a print in `__del__`) may use it at once."""

    def __init__(self, writer: Connection):
        self.writer = writer
        self.queue: deque[str] = deque()
        self.sending = threading.Lock()

    def post(self, kind: str, **content: Any) -> None:
        """Queue one message; an object that JSON cannot hold fails here, in the cell that showed it."""
        self.queue.append(json.dumps((kind, content), default=_plain))

    def send(self, kind: str, **content: Any) -> None:
        """Queue one message and send all that wait."""
        self.post(kind, **content)
        self.flush()

    def flush(self) -> None:
        """Send what waits, unless a caller further up (or another thread) is busy doing that."""
        while self.queue and self.sending.acquire(blocking=False):
            try:
                waiting = [self.queue.popleft() for _ in range(len(self.queue))]
                if not self.writer.closed:
                    self.writer.send_bytes(f"[{','.join(waiting)}]".encode())
            finally:
                self.sending.release()

    def abandon(self) -> None:
        """In a fork of the child: keep out of the pipe, or the parent would wait for this process too."""
        self.writer.close()
        self.queue.clear()
        self.sending = threading.Lock()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__


def _plain(value: Any) -> Any:
    """What JSON does not know: bytes (images) travel as base64, as Jupyter does; numbers of numpy as numbers."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.item() if hasattr(value, "item") else str(value)


class CellStream(io.TextIOBase):
    """Standard output or error of the cells; sent line by line, so a crash loses nothing."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, name: str, channel: Channel):
        self.name = name
        self.channel = channel

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Queue text, and send it when a line is complete."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if text:
            self.channel.post("stream", name=self.name, text=text)
        if "\n" in text:
            self.channel.flush()
        return len(text)

    def flush(self) -> None:
        """Send what waits."""
        self.channel.flush()


class CellPublisher(DisplayPublisher):
    """What `display()` calls."""

    def publish(self, data, metadata=None, *, transient=None, update=False, **_unused) -> None:
        """Send a display, or the update of one that was shown under an id."""
        self._validate_data(data, metadata)
        kind = "update_display_data" if update else "display_data"
        display_id = (transient or {}).get("display_id")
        self.shell.channel.send(kind, data=data, metadata=metadata or {}, id=display_id)

    def clear_output(self, wait: bool = False) -> None:
        """Empty the cell, now or at its next output."""
        self.shell.channel.send("clear_output", wait=wait)


class CellDisplayHook(DisplayHook):
    """What shows the value of a cell's last line."""

    def write_output_prompt(self) -> None:
        """Nothing: the number travels with the value."""

    def write_format_data(self, format_dict: dict, md_dict: dict | None = None) -> None:
        """Send the value in all its formats."""
        count = self.prompt_count
        self.shell.channel.send("execute_result", data=format_dict, metadata=md_dict or {}, execution_count=count)

    def finish_displayhook(self) -> None:
        """Nothing to flush."""
        self._is_active = False


class CellShell(InteractiveShell):
    """An IPython shell that talks to a channel and keeps no history or profile on disk."""

    channel: Channel
    error_sent = False

    def init_ipython_dir(self, ipython_dir: str | None) -> None:
        """None: many children at once, and home may be read-only."""

    def init_profile_dir(self, profile_dir: Any) -> None:
        """None, so a person's own start-up files change no report."""

    def enable_gui(self, gui: str | None = None) -> None:
        """Nothing: there is no event loop."""

    def ask_exit(self) -> None:
        """What `exit` and `quit` call."""
        raise SystemExit(0)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.error_sent = True
        self.channel.send("error", ename=etype.__name__, evalue=str(evalue), traceback=stb)

    def run_to_end(self, cell: NotebookNode) -> bool:
        """Run one cell and tell how it ended."""
        self.error_sent = False
        result = self.run_cell(cell.source, store_history=True, cell_id=cell.get("id"))
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not self.error_sent:  # a wrong magic command only prints its error
            self._showtraceback(type(error), error, [f"{type(error).__name__}: {error}"])
        self.channel.send("end", ok=result.success)
        return result.success


def _new_shell(channel: Channel) -> CellShell:
    if InteractiveShell.initialized():
        type(InteractiveShell.instance()).clear_instance()
    shell = CellShell.instance(
        config=Config(HistoryManager={"enabled": False, "hist_file": ":memory:"}),
        displayhook_class=CellDisplayHook,
        display_pub_class=CellPublisher,
        display_page=True,  # `object?` shows its text; a pager would wait for a key
    )
    shell.channel = channel
    # Before matplotlib's own hook, which would show every open figure at the end of a cell.
    shell.events.register("post_execute", _close_figures)
    # With MPLBACKEND=agg, right for a server, plt.show() shows nothing and nobody notices.
    os.environ["MPLBACKEND"] = INLINE_BACKEND
    if "matplotlib" in sys.modules:
        shell.enable_matplotlib("inline")
    return shell


def _close_figures() -> None:
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")
