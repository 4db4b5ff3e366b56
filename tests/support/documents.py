"""Documents of slices as the notebooks make them, without a kernel, and their reports in every format."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from nbformat.v4 import new_code_cell, new_notebook, new_output

from nco.release import make
from nco.render import engines
from nco.reports import cover, document
from nco.reports.blocks import Text
from nco.reports.growth.slices import BoardSlice, Slice
from tests.support import chapters

FORMATS = ("html", "pdf", "docx")
PUBLISHED = datetime(2022, 10, 3, tzinfo=UTC)


def write(content: Slice | BoardSlice, folder: Path, *names: str) -> int:
    """Write the document of a slice, or of chapters that are named, into `folder`; return its number of figures."""
    shown = [Text(block) if isinstance(block, str) else block for block in chapters.shown(content, *names)]
    bundles = [block._repr_mimebundle_() for block in shown]
    outputs = [new_output("display_data", data=data, metadata=metadata) for data, metadata in bundles]
    notebook = new_notebook(cells=[new_code_cell("show(*blocks)", outputs=outputs)])
    return document.write(notebook, cover.front_matter(content), folder)


def rendered(
    contents: Mapping[str, Slice | BoardSlice], folder: Path, project: Path | None = None, names: tuple[str, ...] = ()
) -> dict[str, list[engines.Rendered]]:
    """Render the documents of slices as a release does, with their workbooks: by name what became of each file."""
    folders = {name: folder / f"{place:02d}" for place, name in enumerate(contents)}
    for name, content in contents.items():
        write(content, folders[name], *names)
    written = {name: [engines.ReportDocument(name, folders[name])] for name in contents}
    project = project or engines.stage_project(folder / "project")
    made = list(make.rendered_files(written, FORMATS, engines.EmbeddedEngine(), project, PUBLISHED))
    return {name: [each for subject, each in made if subject == name] for name in contents}
