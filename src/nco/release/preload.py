"""Importing this imports all that chapters need: for `multiprocessing.set_forkserver_preload`."""

import signal

signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who started the server that imports this

from .preloading import preload  # noqa: E402

preload()
