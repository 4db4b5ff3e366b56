"""What somebody does who has the chapters and the layout, but not this system: a loop of commands, report by report.

For each report, of a school or a board: the `papermill` command on the joined chapters, with Jupyter's own kernel; the
document of what that gave; and then one call per format, one after another. A call renders one format of one report,
with this project's own engine (`python -m benchmarks.naive html FOLDER PROJECT`) or with `quarto render`. Nothing is
done twice that such a loop would do once: the chapters are joined, and the project with its fonts is staged, before the
loop begins, and the document is written in the loop's own process. Nothing is checked, kept or published either.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import yaml

from nco.base import all_settings

from . import watched

FORMATS = ("html", "pdf", "docx")
WORKBOOK = "xlsx"
_MOMENT = datetime(2022, 10, 3, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Loop:
    """What a loop works with: the joined chapters by kind, the staged project, and the folder in which it works."""

    joined: dict[str, Path]
    notebooks: Path
    project: Path
    folder: Path

    @classmethod
    def begin(cls, folder: Path) -> "Loop":
        """Join the chapters of each kind of report and stage the project."""
        import nbformat

        from nco.notebooks import execute
        from nco.render import engines
        from nco_utils import params

        notebooks = params.project_root() / "notebooks"
        folder.mkdir(parents=True)
        joined = {}
        for kind, report in all_settings.load().reports.items():
            joined[kind] = folder / f"{kind}.ipynb"
            chapters = [notebooks / f"{name}.ipynb" for name in report.chapters]
            nbformat.write(execute.join_chapters(chapters), joined[kind])
        project = engines.stage_project(folder / "project")
        _let_quarto_find(project)
        return cls(joined, notebooks, project, folder)

    def make(self, slice_path: Path, program: Path | None = None) -> tuple[dict[str, float], float]:
        """Make one report; return the seconds of each step, and those of processor time together.

        program: the `quarto` to render with.
        """
        report = self.project / "documents" / slice_path.stem
        shutil.rmtree(report, ignore_errors=True)
        report.mkdir(parents=True)
        before = watched.work()
        return {
            name: _timed(command) for name, command in self._steps(slice_path, report, program)
        }, watched.work() - before

    def _steps(self, slice_path: Path, report: Path, program: Path | None) -> Iterator[tuple[str, list | tuple]]:
        from nco.reports import kinds

        kind = kinds.read(slice_path).kind
        executed = self.folder / f"{slice_path.stem}.ipynb"
        papermill = [sys.executable, "-m", "papermill", self.joined[kind], executed, "-p", "slice_path", slice_path]
        yield "papermill", [*papermill, "--cwd", self.notebooks, "-k", "python3"]
        yield "document", (_write_document, executed, slice_path, report, self.project, program)
        for name in FORMATS:
            if program:
                yield name, [program, "render", report / "report.qmd", "--to", _quarto_formats()[name]]
            else:
                yield name, [sys.executable, "-m", "benchmarks.naive", name, report, self.project]
        yield WORKBOOK, [sys.executable, "-m", "benchmarks.naive", WORKBOOK, report, self.project]


def _let_quarto_find(project: Path) -> None:
    """Name the reports in the project: a file that it does not name is rendered without the project's extension."""
    path = project / "_quarto.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["project"]["render"] = ["documents/*/report.qmd"]
    path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")


def _timed(step: list | tuple) -> float:
    """The seconds of a command (a list), or of a function with its arguments (a tuple)."""
    started = time.perf_counter()
    if isinstance(step, tuple):
        step[0](*step[1:])
    else:
        done = subprocess.run([str(part) for part in step], capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(done.args)} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return time.perf_counter() - started


def _quarto_formats() -> dict[str, str]:
    from nco.render import quarto

    return quarto.FORMATS


def _write_document(executed: Path, slice_path: Path, report: Path, project: Path, program: Path | None) -> None:
    import nbformat

    from nco.base import pictures, typst_call
    from nco.reports import cover, document, kinds

    document.write(nbformat.read(executed, as_version=4), cover.front_matter(kinds.read(slice_path)), report)
    if program:
        shutil.copy(report / "report.md", report / "report.qmd")
        pictures.rasterise(report, typst_call.brand_fonts(project))  # Word shows pictures; Quarto draws none


def main(arguments: Sequence[str]) -> None:
    """Render one format of the report in a folder: FORMAT FOLDER PROJECT."""
    from nco.render import engines, sheets, workbook
    from nco.reports import house_style

    wanted, folder, project = arguments[0], Path(arguments[1]), Path(arguments[2])
    if wanted == WORKBOOK:
        workbook.write(sheets.read(folder), folder, house_style.read(project))
        return
    document = engines.ReportDocument(folder.name, folder)
    (rendered,) = engines.EmbeddedEngine().render([document], [wanted], project, _MOMENT)
    if rendered.error:
        raise SystemExit(rendered.error)


if __name__ == "__main__":
    main(sys.argv[1:])
