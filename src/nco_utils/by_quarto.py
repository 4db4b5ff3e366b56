"""What a chapter shows when Quarto itself runs it: the cover's words, and figures with caption and alternative text.

Quarto makes a figure of any drawing that a cell shows, but knows no caption and no alternative text of it.
"""

import json
from pathlib import Path

from IPython.display import display

from . import drawings
from .brand import EXTENSION
from .chapters import cover
from .slices import BoardSlice, Slice
from .typesetting import brand_fonts

FOLDER = Path("figures")  # beside the notebook, where its cells run


def tell(report: Slice | BoardSlice) -> None:
    """Show what the report's cover says, for `chapter.lua`."""
    matter = json.dumps(cover.front_matter(report), ensure_ascii=False)
    display({"text/markdown": f"````{{.nco-about}}\n{matter}\n````"}, raw=True)


def draw(name: str, svg: str) -> None:
    """Write a figure's drawing where its Markdown says it is, and for Word as a picture, with the brand's fonts."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.svg"
    path.write_text(svg, encoding="utf-8")
    if EXTENSION.is_dir():
        drawings.picture(path, brand_fonts(Path()))
