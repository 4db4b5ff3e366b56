"""A document's drawings as pictures, for formats that show no SVG."""

from pathlib import Path

import typst

from .typst_call import typeset

# Dots per inch of the drawing's own size; shown 1.15 times as large that is 150, as print asks of a document. At 200
# the pictures of a school that may show everything weigh a third more and take half as long again.
_RESOLUTION = 173
# White, not see-through: dark letters would be lost on the dark page that some readers choose.
_PAGE = "#set page(width: auto, height: auto, margin: 0pt, fill: white)"


def picture(drawing: Path, fonts: typst.Fonts) -> None:
    """Write `<name>.png` beside the drawing `<name>.svg`; raises RenderError for one that is none."""
    source = f'{_PAGE}\n#image("{drawing.name}")'.encode()
    drawing.with_suffix(".png").write_bytes(typeset(source, drawing.parent, fonts, format="png", ppi=_RESOLUTION))


def rasterise(folder: Path, fonts: typst.Fonts) -> None:
    """Write `<name>.png` beside every `figures/<name>.svg` of the document in `folder`, all in one call.

    The same drawings give the same bytes. Raises RenderError for a drawing that is none.
    """
    drawings = sorted((folder / "figures").glob("*.svg"))
    if not drawings:
        return
    images = [f'#image("figures/{path.name}")' for path in drawings]
    source = "\n".join([_PAGE, "\n#pagebreak()\n".join(images)]).encode()
    pages = typeset(source, folder, fonts, format="png", ppi=_RESOLUTION)
    for path, page in zip(drawings, pages if isinstance(pages, list) else [pages], strict=True):
        path.with_suffix(".png").write_bytes(page)
