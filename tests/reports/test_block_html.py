"""Blocks in JupyterLab: as in the report, for a person; a program that makes a report gets none of it."""

import os
import re

import pytest
from lxml import html

from nco.notebooks.execute import execute
from nco.reports import block_html
from nco.reports.blocks import Drawing, Table, Text
from nco.reports.growth.sentences import box
from nco_utils import BY_QUARTO, FOR_REPORT, params
from tests.render.test_engines import project  # noqa: F401
from tests.reports.test_document import FIGURE, TABLE
from tests.support import chapters
from tests.support.hard import ALL, SCHOOLS


@pytest.fixture(autouse=True)
def by_a_person(monkeypatch):
    monkeypatch.delenv(FOR_REPORT, raising=False)
    monkeypatch.delenv(BY_QUARTO, raising=False)


@pytest.fixture
def shell(monkeypatch):
    """An IPython of which the number of the cell can be chosen."""

    class Shell:
        execution_count = 1

    shell = Shell()
    monkeypatch.setattr(block_html, "get_ipython", lambda: shell)
    monkeypatch.setattr(block_html, "_styled", None)
    return shell


def looked_at(block) -> str:
    """What a block is in JupyterLab, but for the style."""
    shown = block._repr_mimebundle_()[0]["text/html"]
    return re.sub(r"<style>.*?</style>\n", "", shown, flags=re.DOTALL)


def words(page: str) -> str:
    return " ".join(html.fragment_fromstring(page, create_parent=True).text_content().split())


@pytest.mark.parametrize("name", ALL)
def test_no_block_of_a_report_shows_a_mark_of_pandocs(name):
    for block in chapters.shown(ALL[name]):
        if not isinstance(block, Table) or block.printed:
            told = words(looked_at(Text(block) if isinstance(block, str) else block))
            assert told
            assert not re.search(r":::|\{[.#]|\*\*|\|-|^#|\\", told), told


def test_a_box_is_a_box_with_its_name_and_what_stands_around_it_stays_text():
    page = html.fromstring(looked_at(Text(f"Ervoor\n\n{box('let-op', '- **een**')}\nErna")))
    (div,) = page.xpath("//div[@class='let-op']")
    assert [child.tag for child in div] == ["div", "ul"]
    assert (div.get("role"), div[0].text, div.xpath("string(ul/li/strong)")) == ("note", "Let op", "een")
    assert [p.text for p in page.xpath("./p")] == ["Ervoor", "Erna"]


def test_a_figure_has_its_caption_its_drawing_as_it_is_and_its_alternative_text_to_be_read():
    figures = [block for block in chapters.shown(SCHOOLS["volledig"]) if isinstance(block, Drawing)]
    for figure in (FIGURE, *figures):
        page = html.fromstring(looked_at(figure))
        assert figure.caption in " ".join(page.find(".//figcaption").text_content().split())
        assert page.find(".//svg").get("aria-label") == figure.alt
        details = page.find(".//details")
        assert "open" in details.attrib
        assert details.text_content() == f"Alternatieve tekst{figure.alt}"
        assert figure.svg.split(">", 1)[1].strip() in looked_at(figure)


def test_a_table_has_its_caption_headings_and_cells_and_figures_stand_right():
    page = html.fromstring(looked_at(TABLE))
    assert page.xpath("string(//caption)") == "Tabel Bijschrift"
    assert page.xpath("//thead//th/text()") == [column.title for column in TABLE.columns]
    assert page.xpath("//tbody/tr/th/text()") == ["Groei", "Klein"]
    assert page.xpath("//tbody/tr[1]/td/text()") == ["7,0", "−0,5 tot 2,0", "1.234"]
    assert page.xpath("//tbody/tr[1]/td/@style") == ["text-align: right;"] * 3


def test_words_that_others_wrote_are_words_and_no_markup():
    for block in (Text("Klas <script>x</script>"), Drawing("f", "<svg/>", "<b>x</b>", '"><b>')):
        assert not html.fromstring(looked_at(block)).xpath("//script | //b")
    table = Table("t", "c", TABLE.columns[:1], (("<b>*Klas*</b>",),))
    assert html.fromstring(looked_at(table)).xpath("//tbody//th/text()") == ["<b>*Klas*</b>"]


def test_the_style_comes_once_a_cell_and_again_with_the_next(shell):
    def styled(block) -> int:
        return block._repr_mimebundle_()[0]["text/html"].count("<style>")

    assert [styled(Text("een")), styled(FIGURE), styled(TABLE)] == [1, 0, 0]
    shell.execution_count = 2
    assert [styled(TABLE), styled(TABLE)] == [1, 0]


def test_the_style_reaches_nothing_outside_the_blocks_and_has_the_type_of_charts(project):  # noqa: F811
    style = block_html.style(project).removeprefix("<style>\n").removesuffix("</style>\n")
    *faces, scoped = re.split(r"^(?=\.nco-blok)", style, flags=re.MULTILINE)
    assert re.findall(r"font-weight: (\d+)", "".join(faces)) == ["400", "600"]
    assert all(line.startswith("@font-face") for line in "".join(faces).split("\n") if line)
    assert 'font-family: "Fira Sans"' in "".join(faces)
    depth, outside = 0, []
    for place, mark in enumerate(scoped):
        depth += (mark == "{") - (mark == "}")
        if not depth and mark == "}":
            outside.append(place)
    assert outside == [len(scoped.rstrip()) - 1], "one rule, of blocks, holds all"
    assert not re.search(r"\bmain\b|@page|:root", scoped)


def test_a_table_for_the_workbook_only_shows_nothing():
    kept = Table("t", "c", TABLE.columns[:1], (("x",),), printed=False)
    assert "text/html" not in kept._repr_mimebundle_()[0]


@pytest.mark.parametrize("program", [FOR_REPORT, BY_QUARTO])
def test_a_program_that_reads_the_blocks_gets_them_without(program, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # by Quarto, a figure writes its drawing beside the notebook
    monkeypatch.setenv(program, "1")
    for block in (Text("een"), FIGURE, TABLE):
        assert "text/html" not in block._repr_mimebundle_()[0]


def test_a_chapter_that_is_run_for_a_report_shows_what_the_document_needs_and_no_more(tmp_path):
    SCHOOLS["een groep"].write(tmp_path / "slice.json")
    chapter = params.project_root() / "notebooks" / "leergroei.ipynb"
    ran = execute(chapter, tmp_path / "ran.ipynb", {"slice_path": str(tmp_path / "slice.json")}, cwd=tmp_path)
    kinds = {kind for cell in ran.cells for output in cell.get("outputs", []) for kind in output["data"]}
    assert kinds == {"text/markdown", "image/svg+xml", "text/plain"}
    assert FOR_REPORT not in os.environ
