"""The program around the commands: it is ready for Ctrl-C before anything else is imported."""

import signal

from .interrupts import at_once


def main() -> None:
    """Run the command that was asked for."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a job in the background ignores Ctrl-C
        signal.signal(signal.SIGINT, at_once)
    from . import cli

    cli.run()
