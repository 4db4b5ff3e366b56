"""How the command ends when something is wrong: one message, an exit code, and no traceback of what a user can mend."""

import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from . import journal
from .errors import NcoError, unexpected


class Guarded(TyperGroup):
    """The commands; a user's mistake gives one message and exit code 2, Ctrl-C gives 130."""

    def invoke(self, ctx: typer.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except NcoError as problem:
            typer.echo(f"nco: {problem}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            told = "interrupted; what was published stays whole. Run the same command again to go on."
            typer.echo(f"\nnco: {told}", err=True)
            raise typer.Exit(130) from None


def run(app: Callable[[], object]) -> None:
    """Run the whole program; a fault of its own gives its place and exit code 70, never the exception's message."""
    try:
        app()
    except ModuleNotFoundError as problem:
        _stop(f"the Python package {problem.name!r} is not installed. Run `make install`.", 2)
    except Exception as problem:  # the message could hold a pupil's value, and what a job says may be kept
        frames = "".join(traceback.format_tb(problem.__traceback__))
        _stop(f"{unexpected(problem)}. This is a fault of the program; where it was:\n{frames}", journal.CRASHED)


def _stop(told: str, code: int) -> NoReturn:
    print(f"nco: {told}", file=sys.stderr)
    sys.exit(code)
