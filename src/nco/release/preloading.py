"""What a process imports before its work, and what it had better not import: a worker is forked from one that did."""

import gc
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from contextlib import suppress

from nco_utils.errors import NcoError

PRELOADED = (  # with what they would otherwise import at their first use, in every child anew
    "matplotlib.backends.backend_svg",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "nbformat",
    "numpy",
    "pandas.core.methods.to_dict",
    "pandas.io.formats.html",
    "papermill",
    "pyarrow.pandas_compat",
    "seaborn",
    "nco.notebooks.forkengine",
    "nco.release.pages.notebook_page",
)
OWN_PACKAGES = ("nco.reports.growth.chapters", "nco.reports.growth.charts")  # with all their modules
OWN_MODULES = ("nco.reports.blocks", "nco.reports.growth.sentences", "nco.reports.kinds")


def skip_slow_imports() -> None:
    """Keep out `rfc3987_syntax`, which comes with JupyterLab; call this before anything imports jsonschema.

    It builds a grammar of 1 to 2 seconds at every start, to check a format (IRI) that no notebook schema or
    suite of ours uses; without it jsonschema only leaves that check out.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not to be found


def preload() -> None:
    """Import once all that chapters need, in the process that will fork; leaves no thread running.

    For `multiprocessing.set_forkserver_preload(["nco.release.preload"])`, with `threads.ONE_THREAD` in the environment.
    """
    skip_slow_imports()
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")  # a thread of pyarrow's
    import matplotlib

    matplotlib.use("agg")
    for module in PRELOADED:
        importlib.import_module(module)
    for module in (*OWN_MODULES, *_modules(OWN_PACKAGES)):
        importlib.import_module(module)
    matplotlib.backends.backend_registry.list_all()  # looks through every installed package for backends
    with suppress(NcoError):  # the task that needs them says it; an exception here would end the server silently
        _read_what_all_need()
    gc.collect()
    gc.freeze()  # a collection in a child would otherwise touch, and so copy, all of the parent's memory


def _modules(packages: Sequence[str]) -> list[str]:
    """The modules of packages, by their full names."""
    found = (pkgutil.iter_modules(importlib.import_module(name).__path__, f"{name}.") for name in packages)
    return [module.name for modules in found for module in modules]


def _read_what_all_need() -> None:
    """Settings, texts, the brand and the templates of notebooks, which every child would otherwise read anew."""
    from nco.base import all_settings, reader_texts
    from nco.reports import drawing

    from .pages import notebook_page

    notebook_page.preload()
    all_settings.load()
    reader_texts.load()
    drawing.colour("foreground")
