"""What the notebooks of chapters show of a slice, without a kernel: their cells run here, one after the other."""

from collections.abc import Iterator, Sequence
from functools import cache
from unittest.mock import patch

import nbformat

from nco.base import all_settings
from nco.notebooks import tidy
from nco.reports import blocks, kinds
from nco.reports.blocks import Block, Text
from nco.reports.growth.slices import BoardSlice, Slice
from nco_utils import params

Content = Slice | BoardSlice


def shown(content: Content, *names: str) -> list[str | Block]:
    """The blocks of a report as its chapters show them one after the other, or of the chapters that are named."""
    return [block for _, made in cells(content, *names) for block in made]


def cells(content: Content, *names: str, without: int | None = None) -> list[tuple[str, list[str | Block]]]:
    """The source of each cell of code, and the blocks that it shows; `without`: a cell that is taken out."""
    sources = [source for name in names or all_settings.load().reports[content.kind].chapters for source in code(name)]
    if without is not None:
        sources = sources[:without] + sources[without + 1 :]
    return list(run(content, sources))


@cache
def code(name: str) -> list[str]:
    """The cells of code of a chapter's notebook, but the one with its parameters."""
    notebook = nbformat.read(params.project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code" and not tidy.is_parameters(cell)]


def run(content: Content, sources: Sequence[str]) -> Iterator[tuple[str, list[str | Block]]]:
    """Run cells; yield the source of each with the blocks that it shows."""
    shown: list[str | Block] = []
    names = {"slice_path": "the slice"}

    def display(block: Block) -> None:
        shown.append(block.markdown if isinstance(block, Text) else block)

    with patch.object(blocks, "display", display), patch.object(kinds, "read", lambda _: content):
        for source in sources:
            exec(_compiled(source), names)
            yield source, shown.copy()
            shown.clear()


@cache
def _compiled(source: str):
    return compile(source, "a cell", "exec")
