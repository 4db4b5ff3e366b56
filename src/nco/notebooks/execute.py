"""Join chapters to one notebook and run it: completely, or not at all."""

import ast
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from nco.base import all_settings, disk
from nco_utils import FOR_REPORT, write_whole
from nco_utils.errors import NcoError, UnusableInput

# nbformat, papermill and matplotlib are imported where they are used: a command that runs no notebook
# should not wait for them, and `preloading.skip_slow_imports` must come before them.
if TYPE_CHECKING:
    from nbformat import NotebookNode

# Those of a cell that was ended because it took, showed, or left to do at the end, more than release.limits allow.
ENDED = {
    "CellTimeout": "took longer than release.limits (params/release.yml) allow, and was ended",
    "CellShowsTooMuch": "showed more than release.limits (params/release.yml) allow, and was ended",
    "ExitTimeout": "left exit handlers that did not end in time, and was ended",
}
KERNEL_METADATA = ("kernelspec", "language_info")


class ChapterError(NcoError):
    """A cell failed; says where and with what kind of exception, never its message (that may hold a pupil's value).

    `cell` counts from 1 in the chapter's own notebook, 0 is the cell with the injected parameters. `kept` is
    the notebook as far as it came, tracebacks included: not for publication.
    """

    def __init__(self, notebook: str, chapter: str, cell: int, exception: str, kept: Path):
        super().__init__(notebook, chapter, cell, exception, kept)  # all arguments: it crosses process borders
        self.notebook, self.chapter, self.cell = notebook, chapter, cell
        self.exception, self.kept = exception, kept

    def __str__(self) -> str:
        """Where and what kind."""
        where = f"{self.notebook}: chapter {self.chapter}, cell {self.cell}"
        became = ENDED.get(self.exception, f"failed with {self.exception}")
        return f"{where} {became}; open {self.kept} to see where it stopped"


def join_chapters(paths: Sequence[Path]) -> "NotebookNode":
    """Make one notebook of several chapters: their common parameters cell, then all their other cells in order.

    Cell ids are `<chapter>-<number>`, and `metadata.nco` of every cell names its chapter and its number there.
    Raises UnusableInput for a notebook that cannot be read, a chapter named twice, or parameters cells that
    are missing, doubled or different.
    """
    from nbformat.v4 import new_notebook

    if not paths:
        raise UnusableInput("no chapters to join: name at least one notebook")
    if len({_slug(path) for path in paths}) < len(paths):
        raise UnusableInput(f"two chapters have the same name in {', '.join(map(str, paths))}; rename one")
    chapters = [_labelled(_read(path), path) for path in paths]
    parameters = [_parameters_cell(chapter, path) for chapter, path in zip(chapters, paths, strict=True)]
    for cell, path in zip(parameters, paths, strict=True):
        if cell.source.strip() != parameters[0].source.strip():
            raise UnusableInput(f"{path}: its parameters cell differs from that of {paths[0]}; make them equal")
    others = [cell for chapter in chapters for cell in chapter.cells if not _is_parameters(cell)]
    metadata = {key: value for key, value in chapters[0].metadata.items() if key in KERNEL_METADATA}
    return new_notebook(metadata=metadata, cells=[parameters[0], *others])


def _read(path: Path) -> "NotebookNode":
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise UnusableInput(f"{path}: no such notebook") from None
    except Exception as error:  # nbformat raises whatever its JSON and schema libraries do
        raise UnusableInput(f"{path}: not a readable notebook ({type(error).__name__})") from error


def _slug(path: Path) -> str:
    """The chapter's name with only the characters, and at most the length, that a cell id may have."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", path.stem)[:58]


def _labelled(notebook: "NotebookNode", path: Path) -> "NotebookNode":
    """The notebook, each cell knowing its place: chapter, number, and an id made of the two."""
    for number, cell in enumerate(notebook.cells, start=1):
        cell.metadata["nco"] = {"chapter": path.stem, "cell": number}
        cell["id"] = f"{_slug(path)}-{number}"
    notebook.nbformat_minor = max(5, notebook.nbformat_minor)  # the first version with ids
    return notebook


def _is_parameters(cell: "NotebookNode") -> bool:
    return "parameters" in cell.metadata.get("tags", [])


def _parameters_cell(notebook: "NotebookNode", name: Path | str) -> "NotebookNode":
    """The one code cell tagged `parameters`; UnusableInput when there is none, or more than one."""
    cells = [cell for cell in notebook.cells if _is_parameters(cell)]
    if len(cells) != 1 or cells[0].cell_type != "code":
        raise UnusableInput(f"{name}: needs exactly one code cell tagged 'parameters', found {len(cells)} cells")
    return cells[0]


def execute(
    notebook: "NotebookNode | Path",
    output: Path,
    parameters: dict[str, Any],
    *,
    engine: Literal["nco", "kernel"] = "nco",
    cwd: Path,
    seconds: float | None = None,
) -> "NotebookNode":
    """Run a notebook with parameters in folder `cwd`; write it to `output` when every cell has succeeded; return it.

    Engine "nco" forks this process (see `ForkEngine`), "kernel" starts Jupyter's python3. A cell that takes longer than
    `seconds` (release.limits.cell) is ended, and has failed. Raises UnusableInput
    for a parameter that the notebook does not declare, and ChapterError for a failing cell; `output` is then
    left as it was, and what was run is kept beside it as `<output>.failed.ipynb`.
    """
    name = notebook.name if isinstance(notebook, Path) else output.name
    source = _read(notebook) if isinstance(notebook, Path) else deepcopy(notebook)
    _check_parameters(source, name, parameters)
    if not cwd.is_dir():
        raise UnusableInput(f"{cwd}: no such folder to run {name} in")
    if not any("nco" in cell.metadata for cell in source.cells):
        source = _labelled(source, Path(name))
    kept = output.with_suffix(".failed.ipynb")
    limits = all_settings.load().release.limits
    limits = limits.model_copy(update={"cell": seconds or limits.cell})
    executed = _run(source, name, output.name, parameters, engine, cwd, limits)
    failed = _failed_cell(executed)
    _write(executed, kept if failed else output)
    if failed:
        if problem := disk.stopping_in(_error_of(failed).get("evalue", "")):
            raise problem  # a full disk is no fault of the chapter
        raise _chapter_error(failed, name, kept)
    kept.unlink(missing_ok=True)  # of an earlier attempt
    return executed


def _check_parameters(notebook: "NotebookNode", name: str, parameters: dict[str, Any]) -> None:
    """UnusableInput for a parameter that the parameters cell does not assign: papermill only warns.

    Read as Python, because papermill's own parser overlooks lines with two equals signs.
    """
    if not parameters:
        return
    try:
        statements = ast.parse(_parameters_cell(notebook, name).source).body
    except SyntaxError as error:
        raise UnusableInput(f"{name}: the parameters cell is not Python, line {error.lineno}") from None
    targets = [target for line in statements for target in getattr(line, "targets", [getattr(line, "target", None)])]
    declared = {target.id for target in targets if isinstance(target, ast.Name)}
    if unknown := sorted(set(parameters) - declared):
        raise UnusableInput(
            f"{name}: unknown parameter {', '.join(unknown)}; its parameters cell has {', '.join(sorted(declared))}"
        )


def _run(
    source: "NotebookNode",
    name: str,
    output: str,
    parameters: dict[str, Any],
    engine: str,
    cwd: Path,
    limits: all_settings.Limits,
) -> "NotebookNode":
    """The notebook as far as it came; a failing cell is only marked in it.

    This is `papermill.execute_notebook`, step by step, but for its files: that writes the notebook of every report
    twice, once within its own metadata, and then once more with an error.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import engines, iorw, parameterize, utils
    from papermill import execute as steps
    from papermill.exceptions import PapermillExecutionError

    how = {"engine_name": {"nco": "nco", "kernel": None}[engine], "kernel_name": "python3"}
    notebook = iorw.load_notebook_node(source)
    if parameters:
        notebook = parameterize.parameterize_notebook(notebook, parameters, language="python", **how)
    notebook = steps.remove_error_markers(steps.prepare_notebook_metadata(notebook, name, output))
    try:
        with utils.chdir(str(cwd)), _for_report():
            notebook = engines.papermill_engines.execute_notebook_with_engine(
                nb=notebook,
                output_path=None,
                progress_bar=False,  # tqdm would start a thread, and those do not survive a fork
                log_output=False,
                start_timeout=60,
                execution_timeout=limits.cell,
                **(how if engine == "kernel" else how | {"last_words": limits.end, "most_shown": limits.shown}),
            )
        steps.raise_for_execution_errors(notebook, None)
    except PapermillExecutionError:
        pass  # it has said so in the notebook
    except DeadKernelError:
        raise NcoError(f"{output}: the kernel died; run it with the engine 'nco' to see in which cell") from None
    except CellTimeoutError:
        raise NcoError(
            f"{output}: a cell {ENDED['CellTimeout']}; run it with the engine 'nco' to see which cell"
        ) from None
    return notebook


@contextmanager
def _for_report() -> Iterator[None]:
    """Tell blocks that a program reads them: the notebook's process has the environment of this one."""
    before = os.environ.get(FOR_REPORT)
    os.environ[FOR_REPORT] = "1"
    try:
        yield
    finally:
        os.environ.pop(FOR_REPORT)
        if before is not None:
            os.environ[FOR_REPORT] = before


def _write(notebook: "NotebookNode", path: Path) -> None:
    import nbformat

    with write_whole.written(path, shared=True) as partial, partial.open("w", encoding="utf-8") as file:
        nbformat.write(notebook, file)


def _failed_cell(executed: "NotebookNode") -> "NotebookNode | None":
    """The cell that went wrong: it stopped the run, or shows an error and papermill raised for that.

    Papermill itself lets `sys.exit()` pass, with the cells after it not run.
    """
    for cell in executed.cells:
        if cell.metadata.get("papermill", {}).get("status") == "failed" or _errors(cell):
            return cell
    return None


def _errors(cell: "NotebookNode") -> list["NotebookNode"]:
    """The exceptions that a cell shows."""
    return [output for output in cell.get("outputs", []) if output.output_type == "error"]


def _error_of(cell: "NotebookNode") -> dict[str, Any]:
    return next(iter(_errors(cell)), {})


def _chapter_error(cell: "NotebookNode", name: str, kept: Path) -> ChapterError:
    # Only the cell that papermill injects, with the parameters, has no place.
    place = cell.metadata.get("nco", {"chapter": Path(name).stem, "cell": 0})
    exception = _error_of(cell).get("ename", "an error")
    return ChapterError(name, place["chapter"], place["cell"], exception, kept)
