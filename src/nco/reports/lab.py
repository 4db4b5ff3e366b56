"""An extension of IPython for who changes the program in JupyterLab: the next cell goes by what was saved last.

`make lab` loads it (`notebooks/kernels/`); elsewhere `%load_ext nco.reports.lab` does. Changed modules are loaded anew,
and settings, texts and the house style are read anew. A kernel that no person sits at, as that of a release, is left
alone.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from nco.base import all_settings
from nco_utils import params

from . import block_html, drawing

_BY_A_PERSON = "JPY_SESSION_NAME"  # what Jupyter tells the kernel of a notebook that is open in it
_READ = ("params/**/*.yml", "reports/quarto/_brand.yml", "reports/quarto/_extensions/nco/*.css")


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Begin to look for changes before each cell."""
    if _BY_A_PERSON not in os.environ:
        return
    shell.run_line_magic("load_ext", "autoreload")
    shell.run_line_magic("autoreload", "2")
    shell.events.register("pre_run_cell", Watch(params.project_root()).look)


class Watch:
    """What was last read of a project's files; `look` has those that changed read again."""

    def __init__(self, root: Path):
        self.root = root
        self.seen = self._now()

    def look(self, _: object = None) -> None:
        """Forget what was read when a file changed since; the next that asks reads it."""
        now = self._now()
        if now != self.seen:
            self.seen = now
            all_settings.forget()
            drawing.house_style.cache_clear()
            block_html.style.cache_clear()

    def _now(self) -> Mapping[Path, int]:
        return {path: path.stat().st_mtime_ns for pattern in _READ for path in self.root.glob(pattern)}
