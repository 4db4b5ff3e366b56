"""The entry point by which papermill finds the fork engine, which it asks for while it is itself being imported."""

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    """`ForkEngine`, imported when it is asked for.

    Hence not at the top of a module: whoever imports that first would import papermill halfway, which would ask for the
    engine before there is one.
    """
    if name != "ForkEngine":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    importlib.import_module("papermill")
    return importlib.import_module(".forkengine", __package__).ForkEngine
