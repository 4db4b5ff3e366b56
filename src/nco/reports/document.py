"""From an executed report notebook to the document that both rendering engines read.

A document is a folder: `report.md` (front matter and Markdown), `figures/`, and `tables.json`: every table of the
report with its numbers as numbers, for the workbook beside the report. Only blocks (`nco.reports.blocks`) come into it;
a researcher's notes, prints and frames stay in the notebook.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from .blocks import KIND, drawing_path, figure_markdown

if TYPE_CHECKING:
    from nbformat import NotebookNode


TABLES = "tables.json"


def part(notebook: "NotebookNode", chapters: Sequence[str]) -> "NotebookNode":
    """Return of an executed notebook of joined chapters the cells of some of these, in the order of their names."""
    from nbformat.v4 import new_notebook

    cells: dict[str, list] = {name: [] for name in chapters}
    for cell in notebook.cells:
        if place := cell.metadata.get("nco"):
            cells.get(place["chapter"], []).append(cell)
    return new_notebook(cells=[cell for name in chapters for cell in cells[name]])


def write(notebook: "NotebookNode", front_matter: dict, folder: Path) -> int:
    """Write the document of an executed notebook into `folder` and return its number of printed figures.

    `front_matter` is what the cover, the headers and the file's properties say (`chapters.front_matter`).
    """
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    passages, tables, drawn = [], [], 0
    for data, block in _blocks(notebook):
        if block["kind"] == "figure":
            path = folder / drawing_path(block)
            path.parent.mkdir(exist_ok=True)
            path.write_text(data["image/svg+xml"], encoding="utf-8")
            passages.append(figure_markdown(block))
            drawn += block["chosen"]
        else:
            passages.append(data["text/markdown"])
            if block["kind"] == "table":
                tables.append({name: value for name, value in block.items() if name != "kind"})
    (folder / TABLES).write_text(json.dumps(tables, ensure_ascii=False, indent=1), encoding="utf-8")
    write_text(front_matter, "\n\n".join(passages), folder)
    return drawn


def write_text(front_matter: dict, body: str, folder: Path) -> None:
    """Write a document of Markdown alone into `folder`, which is made; what `front_matter` has empty is left out."""
    known = {name: value for name, value in front_matter.items() if value}
    head = yaml.safe_dump(known, allow_unicode=True, sort_keys=False, width=1000)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(f"---\n{head}---\n\n{body}\n", encoding="utf-8")


def _blocks(notebook: "NotebookNode") -> Iterator[tuple[dict, dict]]:
    """The data and the description of every block that the notebook shows, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            block = output.get("metadata", {}).get(KIND)
            if block:
                yield output["data"], block
