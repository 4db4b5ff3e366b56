"""Importing this imports all that chapters need: for `multiprocessing.set_forkserver_preload`."""

from .preloading import preload

preload()
