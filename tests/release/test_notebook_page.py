import re
from pathlib import Path

import nbformat
import pytest
from lxml import html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nco.notebooks import execute
from nco.release import make
from nco.release.pages import notebook_page
from nco.reports import kinds
from tests.support.slicing import REPORT, board

SHOWS = """from nco.reports.blocks import Drawing, Table, show
svg = '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="alt"><text>drawn</text></svg>'
show("::: {.kernpunt}\\nEen **box**\\n:::", Drawing("figuur-een", svg, "Een [figuur] & meer", "alt"))"""


@pytest.fixture
def run(tmp_path):
    """Run a chapter of these cells for the slice of one school, as a worker does; return its folder and `failed`."""
    slice_path = tmp_path / "99AA00.json"
    REPORT.write(slice_path)

    def write(*sources: str) -> Path:
        chapter = tmp_path / "chapter.ipynb"
        first = new_code_cell("slice_path = ''", metadata={"tags": ["parameters"]})
        nbformat.write(new_notebook(cells=[first, new_markdown_cell("# Kop"), *map(new_code_cell, sources)]), chapter)
        source = make.Source.of("99AA00", slice_path, kinds.read(slice_path).fingerprint, (chapter,), "key")
        make.write_document(source, tmp_path / "work", tmp_path / "failed")
        return tmp_path / "work" / notebook_page.NAME

    return write


def test_a_report_keeps_a_page_of_its_notebook_with_the_code_and_what_it_showed(run):
    shown = html.parse(str(run(SHOWS, "print(6 * 7)"))).getroot()
    assert "print(6 * 7)" in re.sub(r"\s+", " ", shown.text_content())
    assert "42" in shown.text_content()
    assert REPORT.school_name in shown.xpath("string(//h1)")
    assert shown.xpath("//main//strong/text()") == ["box"]
    assert ":::" not in shown.xpath("string(//*[contains(@class, 'output_markdown')])"), "what only pandoc reads"


def test_its_figures_are_those_of_the_report_beside_it(run):
    page = html.parse(str(run(SHOWS))).getroot()
    (link,) = page.xpath("//main//a[starts-with(@href, 'report.html#')]")
    assert link.get("href") == "report.html#figuur-een"
    assert link.text_content() == "Een [figuur] & meer"
    assert not page.xpath("//*[local-name()='svg']")


def test_it_runs_nothing_and_asks_for_nothing_but_its_style(run):
    page = html.parse(str(run(SHOWS, "from IPython.display import HTML\nHTML('<script>alert(1)</script>')"))).getroot()
    assert not page.xpath("//script | //iframe")
    assert page.xpath("//link[@rel='stylesheet']/@href") == [f"../../{notebook_page.STYLE}"]


def test_a_failing_report_leaves_a_page_with_the_cell_and_the_traceback_and_the_figures_so_far(run, tmp_path):
    with pytest.raises(execute.ChapterError, match="ZeroDivisionError"):
        run(SHOWS, "een = 1\neen / 0", "print('never')")
    page = html.parse(str(tmp_path / "failed" / "99AA00.html")).getroot()
    text = page.text_content()
    assert "ZeroDivisionError" in text
    assert "een / 0" in text
    assert "drawn" in page.xpath("string(//*[local-name()='svg'])")
    assert not page.xpath("//a[starts-with(@href, 'report.html')]"), "there is no report"


def test_a_name_is_text_never_mark_up(tmp_path):
    made = board([REPORT], board_name="Stichting <b>& Co</b>")
    notebook_page.write(new_notebook(cells=[]), made, tmp_path / "p.html")
    assert html.parse(str(tmp_path / "p.html")).getroot().xpath("string(//h1)") == "Notebook van Stichting <b>& Co</b>"


def test_the_notebook_itself_is_left_as_it_was(tmp_path):
    cell = new_code_cell("1", metadata={"tags": ["x"]})
    cell.outputs = [nbformat.v4.new_output("display_data", data={"text/plain": "p", "text/markdown": "m"})]
    notebook = new_notebook(cells=[cell])
    before = nbformat.writes(notebook)
    notebook_page.write(notebook, REPORT, tmp_path / "p.html")
    assert nbformat.writes(notebook) == before
