"""Every word and drawing stands on its page: tables break where they must, and what runs off one is not published."""

from dataclasses import replace

import pytest
from lxml import etree
from pypdf import PdfReader

from nco.base.all_settings import load
from nco.base.failures import RenderError
from nco.render import accepted, docx, embedded, engines, layout
from tests.base.test_markdown import _no_spaces
from tests.support import documents
from tests.support.hard import SCHOOLS
from tests.support.slicing import board

NAME = "Protestants-Christelijke Basisschool De Nieuwe Wereld aan de Zuidelijke Ringvaart {}"
with_libreoffice = pytest.mark.skipif(
    not layout.libreoffice(), reason="needs LibreOffice (apt-get install libreoffice-writer)"
)


def _board(n: int, name: str = NAME):
    one = SCHOOLS["een groep"]
    codes = [f"{10 + place // 26}A{chr(65 + place % 26)}00" for place in range(n)]
    return board(replace(one, brinvest=code, school_name=name.format(code[2:4])) for code in codes)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return engines.stage_project(tmp_path_factory.mktemp("style") / "project")


@pytest.fixture(scope="module", params=[14, *(pytest.param(n, marks=pytest.mark.big) for n in (9, 22, 25, 40))])
def large(request, project, tmp_path_factory):
    """A board of so many schools with long names: its slice, and its files by format."""
    content = _board(request.param)
    made = documents.rendered({"board": content}, tmp_path_factory.mktemp("board"), project)["board"]
    assert [each.error for each in made] == [None] * 5
    return content, {each.format: each.path for each in made}


@pytest.mark.slow
def test_every_row_of_a_large_board_is_on_a_page_with_the_heading_of_its_table(large):
    content, files = large
    sheets = [sheet.extract_text() for sheet in PdfReader(files["pdf"]).pages]
    text = _no_spaces("".join(sheets))
    # The overview, and growth and level of the domain: each names every school.
    assert [s.school_name for s in content.schools if text.count(_no_spaces(s.school_name)) < 3] == []
    last = _no_spaces(content.schools[-1].school_name)
    tables = [_no_spaces(sheet) for sheet in sheets]
    begins = next(number for number, sheet in enumerate(tables) if "Welkeschool,welkleerjaar?" in sheet and number > 1)
    # Of so many schools the table by jaargroep is printed, and that of every step is in the workbook.
    grade = content.schools[-1].results[0].step[-1]
    assert f"SchoolGroep{grade}" in next(sheet for sheet in tables[begins:] if last in sheet)


@pytest.mark.slow
def test_a_table_that_may_not_break_is_not_published(project, tmp_path):
    """The fault that the template prevents: without its measuring, rows of a board were lost below the page."""
    template = project / "_extensions" / "nco" / "typst-template.typ"
    as_it_is = template.read_text(encoding="utf-8")
    broken = as_it_is.replace("breakable: height > size.height", "breakable: false")
    broken = broken.replace("breakable: not fits", "breakable: false")
    assert broken != as_it_is
    template.write_text(broken, encoding="utf-8")
    try:
        made = documents.rendered({"board": _board(60)}, tmp_path, project)["board"]
    finally:
        template.write_text(as_it_is, encoding="utf-8")
    errors = {each.format: each.error for each in made}
    assert "is not wholly on the page" in errors.pop("pdf")
    assert set(errors.values()) == {None}


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("Een gewone zin.", None),
        ("#place(top, dy: 800pt)[Te laag]", "the text 'Te laag'"),
        ("#place(top + left, dx: -100pt)[Te ver]", "the text 'Te ver'"),
        ("#place(top, dx: 500pt)[Te breed]", "the text 'Te breed'"),
        ("#place(top, dy: -80pt)[Te hoog]", "the text 'Te hoog'"),
        ('#place(top, dx: 400pt, image(bytes(svg), format: "svg", width: 300pt))', "the text 'a'"),
        ("#place(top + left, dx: -100pt, rect(width: 900pt, height: 9pt))", None),  # an area may bleed off the page
        ('#place(top, dx: 400pt, image(bytes(dot), format: "svg", width: 300pt))', "a mark"),
        ('#place(top, dy: 780pt, image(bytes(dot), format: "svg", width: 300pt))', "a mark"),
        ('#place(top, image(bytes(dot), format: "svg", width: 300pt))', None),
    ],
)
def test_a_word_or_drawing_beyond_any_edge_is_seen_and_named(source, seen, project, tmp_path):
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text x='1' y='5'>a</text></svg>"
    dot = "<svg xmlns='http://www.w3.org/2000/svg' width='300' height='50'><circle cx='290' cy='20' r='4'/></svg>"
    text = f'#let svg = "{svg}"\n#let dot = "{dot}"\n#pagebreak(weak: true)\nEen\n#pagebreak()\n{source}'
    made = embedded.typeset(text.encode(), tmp_path, embedded.brand_fonts(project), format="pdf")
    assert layout.beyond_edges(made) == (seen and f"on page 2 {seen} is not wholly on the page")


@pytest.mark.slow
@with_libreoffice
def test_a_large_board_has_all_of_its_word_document_on_its_pages(large):
    _, files = large
    accepted.check_word_layout(files["docx"])


@pytest.mark.slow
@with_libreoffice
@pytest.mark.parametrize("width", [12_000, pytest.param(40_000, marks=pytest.mark.big)])
def test_a_word_document_whose_tables_run_off_the_page_is_not_published(width, large, tmp_path):
    """Off the edge in part, or so far that LibreOffice leaves it out."""
    parts = docx.unpacked(large[1]["docx"].read_bytes())
    root = etree.fromstring(parts["word/document.xml"])
    for table in root.iter(f"{docx.W}tbl"):
        for column in table.iter(f"{docx.W}gridCol"):
            column.set(f"{docx.W}w", str(width // 4))
        settings = table.find(f"{docx.W}tblPr")
        for name in ("tblW", "tblLayout"):
            for old in settings.findall(f"{docx.W}{name}"):
                settings.remove(old)
        settings.append(etree.Element(f"{docx.W}tblW", {f"{docx.W}type": "dxa", f"{docx.W}w": str(width)}))
        settings.append(etree.Element(f"{docx.W}tblLayout", {f"{docx.W}type": "fixed"}))
        for cell in table.iter(f"{docx.W}tcW"):
            cell.attrib.update({f"{docx.W}type": "dxa", f"{docx.W}w": str(width // 4)})
    parts["word/document.xml"] = etree.tostring(root)
    path = tmp_path / "report.docx"
    path.write_bytes(docx.packed(parts))
    with pytest.raises(RenderError, match=r"is not wholly on the page|letters are on no page"):
        accepted.check_word_layout(path)


@pytest.mark.slow
@with_libreoffice
def test_a_word_document_with_a_picture_larger_than_its_page_is_not_published(large, tmp_path):
    parts = docx.unpacked(large[1]["docx"].read_bytes())
    assert all(width < 500 and height < 720 for width, height in docx.sizes(parts["word/document.xml"]))
    root = etree.fromstring(parts["word/document.xml"])
    for extent in root.xpath("//*[local-name()='inline']//*[local-name()='extent' or local-name()='ext'][@cy]"):
        extent.set("cy", str(12_700 * 900))
    parts["word/document.xml"] = etree.tostring(root)
    path = tmp_path / "report.docx"
    path.write_bytes(docx.packed(parts))
    with pytest.raises(RenderError, match=r"is not wholly on the page|letters are on no page|a picture is"):
        accepted.check_word_layout(path)


def test_without_libreoffice_a_word_document_is_not_laid_out(monkeypatch, tmp_path):
    monkeypatch.setattr(layout, "libreoffice", lambda: None)
    accepted.check_word_layout(tmp_path / "there-is-none.docx")


def test_the_settings_say_of_which_reports_the_word_document_is_laid_out():
    settings = load().release
    asked = {mode: settings.model_copy(update={"word_layout": mode}) for mode in ("all", "boards", "none")}
    assert [(each.lays_out("boards"), each.lays_out("schools")) for each in asked.values()] == [
        (True, True), (True, False), (False, False)
    ]  # fmt: skip
