"""A process whose parent was killed ends at once, before it can write where a later run is at work.

Nobody is left to end it, and it may start no thread to watch (it forks): so the system sends it a signal when the other
end of a pipe, which only the parent holds, is closed.
"""

import fcntl
import os
import select
import signal
from collections.abc import Callable
from contextlib import suppress


def end_with(lifeline: int, handler: Callable | signal.Handlers) -> None:
    """Have SIGIO sent, and handled by `handler`, when nobody holds the other end of the pipe `lifeline` any more.

    Where the system cannot do this for pipes the process goes on until it finds nobody to answer to.
    """
    signal.signal(signal.SIGIO, handler)
    with suppress(OSError):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([lifeline], [], [], 0)[0]:  # it was closed before the signal was asked for
        signal.raise_signal(signal.SIGIO)
