"""A name is printed exactly as the register has it: whatever it holds, in every format."""

import json
from dataclasses import replace

import pypandoc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from openpyxl import load_workbook
from pypdf import PdfReader

from nco.base.failures import RenderError
from nco.base.markdown import escape, plain, quoted
from nco.render import engines, own_numbers
from tests.render.test_docx import read, styled
from tests.support import documents
from tests.support.hard import SCHOOLS
from tests.support.slicing import board

NAMES = [
    "Obs 't Proefpad",
    "Obs 's Morgens d'Orient",
    'Cbs "Het Anker"',
    "Obs De Linde -- locatie Noord",
    "Rkbs Wacht...",
    "Pcbs R&amp;D &eacute; & Zo",
    "Obs A --- B -5 -- C-?D",
    "St. Jozef en Mr. P. v.d. Berg",
    "1. Openbare School",
    "a) School",
    "- School",
    "De *Ster* van _x_",
    "A|B",
    "#1 $x$ x^2^ ~y~ @z",
    "<b>vet</b> <!-- x -->",
    "[x](http://y.nl)",
    "{{< env HOME >}} {{{< meta title >}}}",
    "Sint-Jan/\u2019t Hof \u201cNoord\u201d \u2013 Zuid\u2026",
    "50% \\\\ `code`",
    "School 12AB01",
]
LETTERS = st.characters(codec="ascii", exclude_categories=("Cc",))


@pytest.mark.parametrize("name", NAMES)
def test_markdown_shows_a_name_as_it_stands_in_running_text_in_a_heading_and_in_quotes(name):
    assert _shown(escape(name)) == name
    assert plain(escape(name)) == name
    page = pypandoc.convert_text(f"[x]{{title={quoted(name)}}}", "html", format="markdown", extra_args=["--wrap=none"])
    assert html.fromstring(page).xpath("//@title") == [name]


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(st.lists(st.text(LETTERS, max_size=12).map(lambda text: f"a{text}b"), min_size=40, max_size=40))
def test_markdown_shows_any_words_as_they_stand(names):
    """Many in one call of pandoc, as names of schools in a table."""
    names = [" ".join(name.split()) for name in names]
    text = "\n\n".join(map(escape, names))
    page = html.fromstring(pypandoc.convert_text(text, "html", format="markdown", extra_args=["--wrap=none"]))
    assert [paragraph.text_content() for paragraph in page.iter("p")] == names


def _shown(markdown: str) -> str:
    """What pandoc makes of a line of a document's front matter."""
    front = f"---\nschool: {json.dumps(markdown)}\n---\n"
    read = json.loads(pypandoc.convert_text(front, "json", format="markdown"))
    assert read["meta"]["school"]["t"] == "MetaInlines"
    page = pypandoc.convert_text(markdown, "html", format="markdown", extra_args=["--wrap=none"])
    return html.fromstring(page).text_content()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A board whose schools have these names, with one for itself: its document, and its files by format."""
    one = SCHOOLS["een groep"]
    members = [
        replace(one, brinvest=f"99A{chr(65 + place)}00", school_name=name, board_name=NAMES[0], notice=NAMES[4])
        for place, name in enumerate(NAMES)
    ]
    content = board(members)
    folder = tmp_path_factory.mktemp("names")
    files = documents.rendered({"board": content}, folder)["board"]
    assert [each.error for each in files] == [None] * 5
    return content, folder / "00", {each.format: each.path for each in files}


@pytest.mark.slow
def test_a_board_of_such_names_passes_the_checks_before_publication(made):
    content, folder, files = made
    codes = [school.brinvest for school in content.schools]
    own_numbers.check(own_numbers.Expected(folder, content.subject, (*content.names, *codes)), files)


def test_every_name_is_printed_exactly_in_the_page(made):
    _, _, files = made
    page = html.parse(str(files["html"])).getroot()
    (overview,) = page.xpath("//table[@id='tabel-overzicht']")
    assert sorted(row[0].text_content() for row in overview.xpath("./tbody/tr")) == sorted(NAMES)  # by name there
    assert page.xpath("//span[@class='school']/text()") == [NAMES[0]]
    assert [text.strip() for text in page.xpath("//p[@class='melding']/text()")] == [NAMES[4]]
    spoken = " ".join(page.xpath("//@aria-label"))
    assert all(name in spoken for name in NAMES)


@pytest.mark.slow
def test_every_name_is_printed_exactly_in_the_pdf(made):
    _, _, files = made
    reader = PdfReader(files["pdf"])
    text = _no_spaces("".join(sheet.extract_text() for sheet in reader.pages))
    assert [name for name in NAMES if _no_spaces(name) not in text] == []
    assert reader.metadata.title.split(" \u2013 ")[1] == NAMES[0]


def test_every_name_is_printed_exactly_in_the_word_document(made):
    _, _, files = made
    body = read(files["docx"])["word/document.xml"]
    text = _no_spaces("".join(body.itertext()))
    assert [name for name in NAMES if _no_spaces(name) not in text] == []
    assert styled(body, "Schoolnaam") == [NAMES[0]]


def test_every_name_is_printed_exactly_in_the_workbook(made):
    _, _, files = made
    book = load_workbook(files["xlsx"])
    cells = {cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row}
    assert {*NAMES} <= cells


def _no_spaces(text: str) -> str:
    return "".join(text.split())


def test_no_name_is_a_shortcode_to_quarto_neither_in_the_text_nor_in_what_the_filter_writes(
    made, tmp_path, monkeypatch
):
    """Quarto carries out `{{< ... >}}` in the text before it is read, and in raw code afterwards."""
    _, folder, _ = made
    text = (folder / "report.md").read_text(encoding="utf-8")
    assert "{{<" not in text
    project = engines.stage_project(tmp_path / "project")
    lua = project / "_extensions" / "nco" / "nco.lua"
    words = "nco: {publisher: a, figure: b, table: c, kernpunt: d, uitleg: e, let-op: f, reference: g}"
    (tmp_path / "words.yml").write_text(words)
    monkeypatch.chdir(folder)
    how = [f"--lua-filter={lua}", f"--metadata-file={tmp_path / 'words.yml'}", "--standalone"]
    typst = pypandoc.convert_text(text, "typst", format="markdown", extra_args=how)
    assert "env HOME" in typst
    assert "{{<" not in typst


def test_a_code_in_a_name_is_no_other_school_but_one_beside_it_is(made):
    content, folder, files = made
    codes = [school.brinvest for school in content.schools]
    with pytest.raises(RenderError, match="it holds the code of another school: 12AB01"):
        own_numbers.check(own_numbers.Expected(folder, content.subject, tuple(codes)), files)
