"""Keep the project's notebooks readable in a diff: no outputs, one parameters cell, stable cell ids.

`python -m nco.notebooks.tidy check` says what is wrong (exit code 1), `clean` mends what can be mended: in the
notebooks that are named behind it, or in all.
"""

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nco_utils import params

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAXIMUM_LINES = 15
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def paths() -> list[Path]:
    """Return the notebooks of the project."""
    return sorted((params.project_root() / "notebooks").glob("*.ipynb"))


def problems(path: Path) -> list[str]:
    """Return what keeps a notebook from being committed; nothing when it is fine."""
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = []
    if [is_parameters(cell) for cell in code].count(True) != 1 or not is_parameters(code[0]):
        found.append("its first code cell, and no other, must be tagged `parameters`")
    if any(len(cell.source.splitlines()) > MAXIMUM_LINES for cell in code):
        found.append(f"a cell has more than {MAXIMUM_LINES} lines: move the work into the module")
    if any(_shows(cell.source) > 1 for cell in code):
        found.append("a cell shows more than one section: give each a cell of its own")
    if notebook.cells[0].cell_type != "markdown":
        found.append("it does not begin with a cell that says what it is for")
    if path.read_text(encoding="utf-8") != _text(_cleaned(notebook)):
        found.append("it holds outputs or editor metadata: run `make clean-notebooks`")
    return found


def clean(path: Path) -> None:
    """Rewrite a notebook without outputs, counts, editor metadata and injected parameters, its cells numbered anew."""
    import nbformat

    path.write_text(_text(_cleaned(nbformat.read(path, as_version=4))), encoding="utf-8")


def is_parameters(cell: "NotebookNode") -> bool:
    """Whether this is the cell that papermill replaces the values of."""
    return "parameters" in cell.metadata.get("tags", [])


def _shows(source: str) -> int:
    """How many statements of a cell show something; a loop is one. None of a cell that is not plain Python."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return 0

    def shows(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "show"

    return sum(any(map(shows, ast.walk(statement))) for statement in statements)


def _cleaned(notebook: "NotebookNode") -> "NotebookNode":
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    cells = []
    own = [cell for cell in notebook.cells if "injected-parameters" not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(own, start=1):
        make = new_code_cell if cell.cell_type == "code" else new_markdown_cell
        tags = cell.metadata.get("tags", [])
        cells.append(make(cell.source, id=f"cell-{number:02d}", metadata={"tags": tags} if tags else {}))
    fresh = new_notebook(metadata=_METADATA, cells=cells)
    fresh.nbformat_minor = 5
    return fresh


def _text(notebook: "NotebookNode") -> str:
    import nbformat

    return nbformat.writes(notebook).rstrip("\n") + "\n"


def main(arguments: list[str]) -> int:
    """Run `check` or `clean` over the notebooks that are named, or all; returns the exit code."""
    if arguments[:1] not in (["check"], ["clean"]):
        print("usage: python -m nco.notebooks.tidy check|clean [NOTEBOOK...]")
        return 2
    chosen = [Path(name) for name in arguments[1:]] or paths()
    if arguments[0] == "clean":
        for path in chosen:
            clean(path)
        return 0
    found = [f"{path.name}: {problem}" for path in chosen for problem in problems(path)]
    print("\n".join(found) or f"{len(chosen)} notebooks are clean.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
