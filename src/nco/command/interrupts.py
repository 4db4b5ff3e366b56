"""Ctrl-C at any moment, from the first import on, ends the program with exit code 130.

This module imports nearly nothing, so that there is hardly a moment before it. Until a command begins nothing is at
work, and the program leaves at once; while one is at work Ctrl-C is an exception, so that what was begun is ended.
"""

import atexit
import os
import signal
import sys

INTERRUPTED = 130  # exit code
_TOLD = "\nnco: interrupted; what was published stays whole. Run the same command again to go on.\n"
_asked = False  # whether Ctrl-C was pressed while a command was at work


def begin() -> None:
    """Say that a command is at work from now on."""
    if signal.getsignal(signal.SIGINT) is at_once:
        sys.unraisablehook = _unraisable
        signal.signal(signal.SIGINT, _raise)


class EndedBySignals:
    """A context in which the program cleans up when the system, or somebody, ends it.

    It leaves as if it were done, with 128 and the signal. What Ctrl-C does is not changed. Outside the main thread,
    where no signal arrives, nothing is.
    """

    def __enter__(self) -> None:
        """Handle the signals."""
        try:
            self._before = {number: signal.signal(number, _leave_by) for number in (signal.SIGTERM, signal.SIGHUP)}
        except ValueError:
            self._before = {}

    def __exit__(self, *_: object) -> None:
        """Put back who handled them."""
        for number, handler in self._before.items():
            signal.signal(number, handler)


def was_interrupted() -> bool:
    """Return whether Ctrl-C was pressed; whatever an exception became of by then, the run was interrupted."""
    return _asked


def leave(code: int) -> None:
    """End the program with this exit code; Ctrl-C changes nothing about it any more."""
    if signal.getsignal(signal.SIGINT) is _raise:
        signal.signal(signal.SIGINT, lambda *_: os._exit(code))
    if _asked:
        # Python would end itself by SIGINT when Ctrl-C came within an `exec`, such as of an import, whoever caught it.
        atexit._run_exitfuncs()
        os._exit(code)
    raise SystemExit(code)


def tell() -> None:
    """Say that the program was interrupted."""
    try:  # noqa: SIM105 - contextlib would be imported for it
        os.write(2, _TOLD.encode())
    except OSError:
        pass


def at_once(*_: object) -> None:
    """Tell it and leave, while no command is at work: a handler of the signal."""
    tell()
    os._exit(INTERRUPTED)


def _leave_by(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _raise(*_: object) -> None:
    global _asked
    _asked = True
    raise KeyboardInterrupt


def _unraisable(what: "sys.UnraisableHookArgs") -> None:
    """Ctrl-C where Python drops exceptions, such as in a finaliser, counts a moment later; others are told as ever."""
    if what.exc_type is KeyboardInterrupt:
        from threading import Timer

        Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(what)
