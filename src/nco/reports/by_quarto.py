"""Figures when Quarto itself runs a chapter: with caption and alternative text.

Quarto makes a figure of any drawing that a cell shows, but knows no caption and no alternative text of it.
"""

from pathlib import Path

from nco.base import pictures
from nco.base.extension import EXTENSION
from nco.base.typst_call import brand_fonts


def draw(place: str, svg: str) -> None:
    """Write a figure's drawing where its Markdown says it is, and for Word as a picture, with the brand's fonts.

    place: from the notebook's folder, where its cells run.
    """
    path = Path(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg, encoding="utf-8")
    if EXTENSION.is_dir():
        pictures.picture(path, brand_fonts(Path()))
