"""The program around the commands: it is ready for Ctrl-C before anything else is imported."""

import signal
import sys

from .interrupts import at_once


def main() -> None:
    """Run the command that was asked for."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a job in the background ignores Ctrl-C
        signal.signal(signal.SIGINT, at_once)
    from nco_utils.errors import UnusableInput

    try:
        from . import cli
    except UnusableInput as problem:  # params/steps.yml is read where the tables are declared, so by every command
        print(problem, file=sys.stderr)
        sys.exit(2)
    cli.run()
