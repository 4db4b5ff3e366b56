"""The PDFs of a release as a reader's program sees them, beside the page (HTML) that was made of the same report.

What single elements look like in a PDF is in test_render.py; what holds for pages in test_browser.py.
"""

import io
import json
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html
from pypdf import PdfReader
from pypdf.generic import IndirectObject

from nco.base import typst_call
from nco.render import accepted, embedded
from nco.render.pdf import compact, tagged
from tests.conftest import SMALL
from tests.render.test_engines import make, project, write_report  # noqa: F401
from tests.support import pdf

DOCUMENTS = (*(f"schools/{school}/report" for school in SMALL), "methode", "huisstijl")
HEADINGS = ("h2", "h3", "h4")  # a page's h1 is its title; in a PDF the chapters are H1
LISTED = 2  # levels in both contents lists: toc-depth in _extension.yml
PASSAGES = (*HEADINGS, "p", "figcaption", "caption", "dt", "th", "td", "li[not(p)]", "dd[not(p)]")


@dataclass(frozen=True)
class Document:
    """A PDF and the page of the same report."""

    path: Path
    reader: PdfReader
    page: html.HtmlElement

    @property
    def main(self) -> html.HtmlElement:
        """The page's text."""
        return self.page.find(".//main")

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of the page's headings, as levels in the PDF."""
        found = self.main.xpath("|".join(f".//{name}" for name in HEADINGS))
        return [(HEADINGS.index(heading.tag) + 1, heading.text_content()) for heading in found]


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request, small_release, style_guide) -> Document:
    """Each PDF of the release, and the style guide, for the elements that no report of the demo has."""
    path = style_guide / "report.pdf"
    if request.param != "huisstijl":
        path = (small_release.folder / request.param).with_suffix(".pdf")
    return Document(path, PdfReader(path), html.parse(str(path.with_suffix(".html"))).getroot())


def letters(text: str) -> str:
    """The letters and digits of a text: lines and hyphens fall differently in each format."""
    return "".join(filter(str.isalnum, text))


def test_a_published_pdf_is_tagged_and_declares_pdf_ua_1_and_pdf_a_2a(document):
    accepted.check_pdf(document.path)
    assert document.reader.root_object["/MarkInfo"]["/Marked"]


def test_its_language_and_title_are_those_of_the_page_and_the_window_shows_the_title(document):
    assert document.reader.root_object["/Lang"] == document.page.get("lang") == "nl"
    assert document.reader.metadata.title == document.page.findtext(".//title") != ""
    assert document.reader.root_object["/ViewerPreferences"]["/DisplayDocTitle"]


def test_its_bookmarks_are_the_chapters_and_sections_that_the_page_shows(document):
    shown = [(level, title) for level, title, _ in pdf.bookmarks(document.reader)]
    assert shown == document.headings
    listed = [link.text_content() for link in document.page.xpath("//nav//a")]
    assert listed == [title for level, title in shown if level <= LISTED] != []


def test_its_headings_are_tagged_with_their_level_where_the_bookmarks_lead(document):
    found = [(int(tag["/S"][2:]), tag["/T"], pdf.page_of(tag, document.reader)) for tag in heading_tags(document)]
    contents = [(1, document.page.findtext(".//nav//summary"), 0)] if document.path.stem == "methode" else []
    assert found == [*contents, *pdf.bookmarks(document.reader)]


def heading_tags(document: Document) -> list[dict]:
    return pdf.tags(document.reader, *(f"/H{level}" for level in range(1, 7)))


def test_every_drawing_has_the_alternative_text_that_it_has_on_the_page(document):
    alternatives = document.main.xpath(".//*[@role='img']/@aria-label | .//img/@alt")
    drawings = pdf.tags(document.reader, "/Figure", "/Formula")
    assert [drawing.get("/Alt") for drawing in drawings] == alternatives


def test_every_column_heading_of_a_table_is_tagged_as_one(document):
    tables = document.main.xpath(".//table")
    headings = [len(table.xpath("./thead//th")) for table in tables]
    cells = [len(table.xpath("./tbody//*[self::th or self::td]")) for table in tables]
    found = pdf.tags(document.reader, "/Table")
    assert [len(scopes(table)) for table in found] == headings
    assert {scope for table in found for scope in scopes(table)} <= {"/Column"}
    assert [sum(tag.get("/S") == "/TD" for tag in pdf.structure(table)) for table in found] == cells


def scopes(table: dict) -> list[str | None]:
    """What the heading cells of a table say that they are the heading of."""
    cells = [tag for tag in pdf.structure(table) if tag.get("/S") == "/TH"]
    attributes = [[each.get_object() for each in cell.get("/A", [])] for cell in cells]
    return [next((each["/Scope"] for each in found if "/Scope" in each), None) for found in attributes]


def test_its_text_comes_in_the_order_of_the_page(document):
    """Every heading, paragraph, caption, item and cell, whole, and none of it marked as decoration."""
    text, place, missed = letters(pdf.tagged_text(document.path)), 0, []
    for passage in document.main.xpath("|".join(f".//{name}" for name in PASSAGES)):
        if passage.xpath("ancestor::*[contains(@class, 'footnotes')]"):
            continue  # at the end of a page, but at the foot of a sheet
        words = letters(passage.text_content())
        found = text.find(words, place)
        if found < 0:
            missed.append(passage.text_content())
        else:
            place = found + len(words)
    assert missed == []


def test_a_screen_reader_reads_in_the_order_of_the_text_and_leaves_nothing_out(document):
    found = pdf.pieces(document.reader.root_object["/StructTreeRoot"], document.reader)
    # A footnote is read where its number stands, and written at the foot of the sheet.
    notes = {piece for note in pdf.tags(document.reader, "/Note") for piece in pdf.pieces(note, document.reader)}
    text = [piece for piece in found if piece not in notes]
    # What there is to know of the document is read after its name, and stands at the foot of the first page.
    first, others = ([piece for piece in text if (piece[0] == 0) == of_first] for of_first in (True, False))
    assert sum(one > other for one, other in pairwise(first)) <= 1
    assert text == [*first, *sorted(others)]
    written = [sheet.get_contents().get_data().count(b"/MCID ") for sheet in document.reader.pages]
    assert [sum(number == page for number, _ in found) for page in range(len(written))] == written


def test_text_copied_from_it_holds_no_invisible_characters(document):
    """Typst's contents list once put a word joiner (U+2060) before digits everywhere."""
    text = "".join(sheet.extract_text() for sheet in document.reader.pages)
    assert not set(text) & set("\u2060\u200b\ufeff\ufffd")


def _named(thing) -> str:
    """An object in words, without the memory address of its reader."""
    return re.sub(r"(IndirectObject\(\d+, 0), \d+", r"\1", str(thing))


def _whole(tmp_path, project, monkeypatch) -> bytes:  # noqa: F811
    """A report's PDF as Typst writes it."""
    monkeypatch.setattr(embedded.pdf, "compact", lambda data: data)
    return make(write_report(tmp_path / "report"), project, ["pdf"])["pdf"].path.read_bytes()


def test_a_compact_pdf_holds_the_same_objects_and_is_smaller(tmp_path, project, monkeypatch):  # noqa: F811
    whole = _whole(tmp_path, project, monkeypatch)
    small = compact(whole)
    readers = [PdfReader(io.BytesIO(data), strict=True) for data in (whole, small)]
    for number in range(1, readers[0].trailer["/Size"]):
        one, other = (reader.get_object(IndirectObject(number, 0, reader)) for reader in readers)
        assert _named(one) == _named(other)
        if hasattr(one, "get_data"):
            assert one.get_data() == other.get_data()
    for name in ("/Root", "/Info", "/ID"):
        assert _named(readers[0].trailer[name]) == _named(readers[1].trailer[name])
    assert len(small) < 0.8 * len(whole)  # of many pages 0.4: a short one is mostly its fonts


def test_a_compact_pdf_still_passes_the_gate_and_stays_as_it_is(tmp_path, project):  # noqa: F811
    path = make(write_report(tmp_path / "report"), project, ["pdf"])["pdf"].path
    accepted.check_pdf(path)
    data = path.read_bytes()
    assert b"/ObjStm" in data
    assert compact(data) == data


ALTS = [
    "een lijn (95%-interval (3 tot 17))",
    "open (",
    "dicht )) en \\( \\",
    "\u2212 min (min)",
    "regel\nregel",
    "(",
    "\u00eb (\u00e9)",
]


def test_a_text_alternative_is_read_as_it_was_written(tmp_path, project):  # noqa: F811
    drawing = (
        "#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>\"), format: \"svg\", alt: {})"
    )
    source = '#set document(title: "t")\n' + "\n".join(
        drawing.format(json.dumps(alt, ensure_ascii=False)) for alt in ALTS
    )
    how = {"format": "pdf", "pdf_standards": ["ua-1"], "timestamp": 0}
    made = compact(typst_call.typeset(source.encode(), tmp_path, typst_call.brand_fonts(project), **how))
    assert list(tagged(made).alts) == ALTS
    assert [str(tag["/Alt"]) for tag in pdf.tags(PdfReader(io.BytesIO(made)), "/Figure")] == ALTS
