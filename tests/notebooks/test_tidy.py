import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nco.base import all_settings
from nco.notebooks import execute, tidy
from nco.reports import kinds
from nco_utils import params

PATHS = tidy.paths()
QUICK = {"leergroei", "bestuur"}  # of every kind one; the others run in `make test-all`
WITHOUT_FIGURES = {"samenvatting", "gesprek", "verantwoording", "bijlage", "covid-inleiding", "covid-bijlage"}
NATIONAL = {study.national for code in all_settings.load().rounds for study in kinds.studies(all_settings.load(), code)}
CHAPTERS = {
    name for report in all_settings.load().reports.values() for names in report.parts.values() for name in names
}


@pytest.fixture
def notebook(tmp_path):
    """A clean notebook, to be spoiled."""

    def make(*cells):
        path = tmp_path / "n.ipynb"
        parameters = new_code_cell("x = 1", metadata={"tags": ["parameters"]})
        nbformat.write(new_notebook(cells=[new_markdown_cell("# Over"), parameters, *cells]), path)
        return path

    return make


def _quick(path):
    return pytest.param(path, marks=() if path.stem in QUICK else pytest.mark.big)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_committed_notebooks_have_one_parameters_cell_short_cells_and_no_outputs(path):
    assert tidy.problems(path) == []


def test_every_chapter_that_a_report_names_is_a_notebook_and_the_other_way_round():
    assert {path.stem for path in PATHS} == CHAPTERS | NATIONAL


@pytest.mark.parametrize("name", all_settings.load().reports)
def test_chapters_of_a_report_can_be_joined(name):
    chapters = all_settings.load().reports[name].chapters
    joined = execute.join_chapters([p for p in PATHS if p.stem in chapters])
    assert sum(tidy.is_parameters(cell) for cell in joined.cells) == 1


@pytest.mark.slow
@pytest.mark.parametrize("path", [_quick(path) for path in PATHS], ids=lambda path: path.stem)
def test_every_notebook_runs_alone_from_top_to_bottom_as_it_stands(path, request, tmp_path):
    """As in JupyterLab after `make demo`: the standard kernel, own folder, no parameters given.

    Those of the report on the school closures after `nco demo --schools 60 --closure`, which is another folder.
    """
    (tmp_path / "data").mkdir()
    closure = path.stem.startswith("covid")
    folder = request.getfixturevalue("closure_data" if closure else "analysed")
    shutil.copytree(folder, tmp_path / "data" / ("covid" if closure else "demo"))
    own = tmp_path / "notebooks"
    own.mkdir()
    shutil.copy(path, own)
    execute.execute(own / path.name, tmp_path / "out.ipynb", {}, engine="kernel", cwd=own)
    code = [cell for cell in nbformat.read(tmp_path / "out.ipynb", as_version=4).cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in code if cell.source)
    shown = [output for cell in code for output in cell.outputs]
    assert any("image/svg+xml" in o.get("data", {}) or "image/png" in o.get("data", {}) for o in shown) or (
        path.stem in WITHOUT_FIGURES and any(o.get("metadata", {}).get("nco") for o in shown)
    )


def test_a_notebook_with_outputs_is_found_and_mended(notebook):
    path = notebook(new_code_cell("1", execution_count=3, outputs=[new_output("stream", text="1")]))
    assert any("outputs" in problem for problem in tidy.problems(path))
    tidy.clean(path)
    assert tidy.problems(path) == []
    assert "stream" not in path.read_text()


def test_cleaning_twice_changes_nothing(notebook):
    path = notebook(new_code_cell("1"))
    tidy.clean(path)
    once = path.read_text()
    tidy.clean(path)
    assert path.read_text() == once


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (new_code_cell("\n".join(["x"] * 16)), "more than 15 lines"),
        (new_code_cell("y = 2", metadata={"tags": ["parameters"]}), "no other"),
        (new_code_cell("show(section('Een', x))\nfor y in x:\n    show(section(y))"), "more than one section"),
    ],
)
def test_long_cells_second_parameters_cells_and_cells_with_two_sections_are_found(notebook, cell, words):
    assert any(words in problem for problem in tidy.problems(notebook(cell)))


def test_a_loop_that_shows_a_section_for_each_domain_is_one_section(notebook):
    path = notebook(new_code_cell("for x in y:\n    show(section(x))\n    show(x)"))
    tidy.clean(path)
    assert tidy.problems(path) == []


def test_the_check_fails_when_a_notebook_is_not_clean(monkeypatch, notebook, capsys):
    monkeypatch.setattr(tidy, "paths", lambda: [notebook(new_code_cell("1", execution_count=1))])
    assert tidy.main(["check"]) == 1
    assert "n.ipynb" in capsys.readouterr().out
    assert tidy.main(["nonsense"]) == 2


def test_the_national_notebook_shows_how_to_vary_a_setting_and_hands_it_to_the_model():
    cells = nbformat.read(params.project_root() / "notebooks" / "landelijk.ipynb", as_version=4).cells
    told = next(cell.source for cell in cells if cell.source.startswith("## Referentiemodel"))
    names = {"settings": all_settings.load()}
    exec(re.search(r"```python\n(.*?)```", told, re.DOTALL)[1], names)
    assert names["settings"].reference.estimator == "ols_cluster" != all_settings.load().reference.estimator
    fits = [cell.source for cell in cells if "reference.references(" in cell.source and cell.cell_type == "code"]
    assert len(fits) == 1
    assert "settings.reference)" in fits[0]


def test_the_national_page_opens_without_the_network(analysed):
    page = (Path(analysed) / "2022E" / "landelijk.html").read_text(encoding="utf-8")
    from lxml import html

    root = html.document_fromstring(page)
    loads = [*root.xpath("//script/@src"), *root.xpath("//link/@href"), *root.xpath("//img/@src")]
    assert [load[:60] for load in loads if not load.startswith("data:")] == []
    assert "Hoeveel ligt er tussen scholen" in page


def test_cleaning_takes_out_what_papermill_and_quarto_put_in_and_only_of_the_notebook_that_is_named(notebook, tmp_path):
    injected = new_code_cell("x = 2", metadata={"tags": ["injected-parameters"]})
    shown = new_code_cell("x", outputs=[new_output("display_data", {"text/plain": "2"})])
    path = notebook(injected, shown)
    other = Path(shutil.copy(path, tmp_path / "other.ipynb"))
    before = other.read_bytes()
    assert tidy.main(["clean", str(path)]) == 0
    assert tidy.problems(path) == []
    assert [cell.source for cell in nbformat.read(path, as_version=4).cells] == ["# Over", "x = 1", "x"]
    assert other.read_bytes() == before
