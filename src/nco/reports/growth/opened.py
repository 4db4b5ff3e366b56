"""The report that a chapter is of: its slice, read where the notebook begins."""

import json
import os
from pathlib import Path

from IPython.display import display

from nco_utils import BY_QUARTO

from .. import cover, kinds
from ..content import Content


def report_of(slice_path: Path | str) -> Content:
    """Return the slice; in a notebook that Quarto runs, show what the report's cover says, for `chapter.lua`.

    Raises UnusableInput as `kinds.read` does.
    """
    report = kinds.read(slice_path)
    if BY_QUARTO in os.environ:
        matter = json.dumps(cover.front_matter(report), ensure_ascii=False)
        display({"text/markdown": f"````{{.nco-about}}\n{matter}\n````"}, raw=True)
    return report
