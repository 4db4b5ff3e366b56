"""How the command ends when something is wrong: one message, an exit code, and no traceback of what a user can mend."""

import io
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import typer
from typer.core import TyperGroup

from nco.base import disk, journal
from nco.base.failures import unexpected
from nco_utils.errors import NcoError

from . import interrupts


class Guarded(TyperGroup):
    """The commands; a user's mistake gives one message and exit code 2, Ctrl-C gives 130."""

    def invoke(self, ctx: typer.Context) -> Any:
        """Run the command that was asked for."""
        try:
            interrupts.begin()
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise typer.Exit(interrupts.INTERRUPTED) from None
        except NcoError as problem:
            if interrupts.was_interrupted():  # it is of what could not be done any more
                raise typer.Exit(interrupts.INTERRUPTED) from None
            typer.echo(f"nco: {problem}", err=True)
            raise typer.Exit(2) from None


class _Output(io.TextIOWrapper):
    """Stdout, which remembers why it took nothing more; an error of its own cannot be told from a disk's."""

    refused: str | None = None

    def __init__(self, stdout: TextIO):
        super().__init__(stdout.buffer, stdout.encoding, stdout.errors, line_buffering=stdout.line_buffering)

    def write(self, text: str) -> int:
        """Write, as ever."""
        try:
            return super().write(text)
        except OSError as problem:
            self.refused = problem.strerror
            raise

    def flush(self) -> None:
        """Flush, as ever."""
        try:
            super().flush()
        except OSError as problem:
            self.refused = problem.strerror
            raise


def run(app: Callable[[], object]) -> None:
    """Run the whole program and end it.

    What says nothing because its stdout is full, or a disk that is full without anybody who foresaw that, gives exit
    code 2; a fault of the program its place and exit code 70, never the exception's message.
    """
    code, sys.stdout = 0, _Output(sys.stdout)
    try:
        try:
            app()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        sys.stdout.flush()
    except BaseException as problem:
        code = _code_of(problem)
    if sys.stdout.refused and not interrupts.was_interrupted():
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what waits for it is dropped, else Python tries again at its end
        code = _tell(f"what it says cannot be written: {sys.stdout.refused}. Send its stdout elsewhere.", 2)
    if interrupts.was_interrupted() and code:
        code = interrupts.INTERRUPTED
    if code == interrupts.INTERRUPTED:
        interrupts.tell()
    interrupts.leave(code)


def _code_of(problem: BaseException) -> int:
    """Say what went wrong; return the exit code."""
    if isinstance(problem, KeyboardInterrupt) or interrupts.was_interrupted():
        return interrupts.INTERRUPTED
    if sys.stdout.refused:
        return 2
    if isinstance(problem, ModuleNotFoundError):
        return _tell(f"the Python package {problem.name!r} is not installed. Run `make install`.", 2)
    if told := disk.said_of(problem) or _missing(problem):
        return _tell(told, 2)
    # The message could hold a pupil's value, and what a job says may be kept.
    frames = "".join(traceback.format_tb(problem.__traceback__))
    return _tell(f"{unexpected(problem)}. This is a fault of the program; where it was:\n{frames}", journal.CRASHED)


def _missing(problem: BaseException) -> str | None:
    """What to tell of a file of the project that is gone."""
    if not isinstance(problem, FileNotFoundError) or not isinstance(problem.filename, str):
        return None
    from nco_utils import params

    with suppress(NcoError):
        if Path(problem.filename).is_relative_to(params.project_root()):
            return f"{problem.filename} is not there. Restore it from the repository."
    return None


def _tell(told: str, code: int) -> int:
    with suppress(OSError):  # nobody can be told
        print(f"nco: {told}", file=sys.stderr, flush=True)
    return code
