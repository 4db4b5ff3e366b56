"""Figures when Quarto itself runs a chapter: with caption and alternative text.

Quarto makes a figure of any drawing that a cell shows, but knows no caption and no alternative text of it.
"""

from pathlib import Path

from nco.base import pictures
from nco.base.extension import EXTENSION
from nco.base.typst_call import brand_fonts

FOLDER = Path("figures")  # beside the notebook, where its cells run


def draw(name: str, svg: str) -> None:
    """Write a figure's drawing where its Markdown says it is, and for Word as a picture, with the brand's fonts."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.svg"
    path.write_text(svg, encoding="utf-8")
    if EXTENSION.is_dir():
        pictures.picture(path, brand_fonts(Path()))
