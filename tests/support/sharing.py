"""What takes long to make, made by one of the test processes for all of them."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder that `make` filled in the process that came first, while the others wait; only to be read."""
    here = factory.getbasetemp()
    base = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here
    folder, made = base / name, base / f"{name}.made"
    with (base / f"{name}.lock").open("w") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)  # of this process only: what it starts does not hold it on
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
