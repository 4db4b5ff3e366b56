"""A document's drawings as pictures, for formats that show no SVG."""

from pathlib import Path

import typst

from .complaint import one_line
from .gate import RenderError

# Dots per inch of the drawing's own size; shown 1.15 times as large that is 150, as print asks of a document. At 200
# the pictures of a school that may show everything weigh a third more and take half as long again.
_RESOLUTION = 173
# White, not see-through: dark letters would be lost on the dark page that some readers choose.
_PAGE = "#set page(width: auto, height: auto, margin: 0pt, fill: white)"


def brand_fonts(project: Path) -> typst.Fonts:
    """Return the fonts of a staged project, and no others: the same report on every machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[project / "fonts"])


def rasterise(folder: Path, fonts: typst.Fonts) -> None:
    """Write `<name>.png` beside every `figures/<name>.svg` of the document in `folder`, all in one call.

    The same drawings give the same bytes. Raises RenderError for a drawing that is none.
    """
    drawings = sorted((folder / "figures").glob("*.svg"))
    if not drawings:
        return
    images = [f'#image("figures/{path.name}")' for path in drawings]
    try:
        pages = typst.compile(
            "\n".join([_PAGE, "\n#pagebreak()\n".join(images)]).encode(),
            format="png",
            ppi=_RESOLUTION,
            root=folder,
            font_paths=fonts,
            ignore_system_fonts=True,
        )
    except typst.TypstError as problem:
        raise RenderError(one_line(" ".join([problem.message, *problem.hints]))) from problem
    for path, page in zip(drawings, pages if isinstance(pages, list) else [pages], strict=True):
        path.with_suffix(".png").write_bytes(page)
