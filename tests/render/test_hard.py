"""Every slice of hard.py as a finished report: made in all formats, within its pages, and none of them empty."""

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from nco.base import all_settings
from nco.base.dutch import capital, domain_name
from nco.release import make
from nco.render import accepted, docx, docx_styles, engines, layout
from nco.reports.growth.chapters import bestuur
from nco.reports.growth.slices import BoardSlice
from nco_utils import params
from nco_utils.tables import DOMAINS
from tests.render.test_engines import filled
from tests.support import documents, pdf, pdf_places
from tests.support.hard import ALL, BOARDS, TOTALS, members
from tests.support.slicing import board

# The most pages that a reader should get; a report that grows past them has to be shortened, or its bound argued.
PAGES = {
    "volledig": 10,
    "zes leerlingen": 6,
    "een groep": 8,
    "alles verborgen": 5,
    "veertig klassen": 10,
    "lange naam": 8,
    "eerste ronde": 10,
    "geen referentie": 9,
    "speciaal basisonderwijs": 7,
    "drie aanbieders": 16,
    "twee aanbieders": 13,
    "speciaal basisonderwijs, twee aanbieders": 7,
    "speciaal basisonderwijs, te weinig scholen": 5,
    "geen resultaten": 4,
    "enige school met haar toetsen": 9,
    "twee schalen": 7,
    "grote getallen": 10,
    "drie scholen": 9,
    "zestig scholen": 20,
    "bestuur zonder cijfers": 3,
    "bestuur van een enige school": 5,
    "gemengd bestuur": 7,
}
LEAST_FILLED = 0.5
MOST_PAGES = 10  # of a school with one test in every domain; a board of many schools has more
MOST_OF_ANY = 16
# The others are made by `make test-all`.
QUICK = ("zes leerlingen", "alles verborgen", "lange naam", "drie scholen")
MOST_SCHOOLS = 12  # a board of more has an overview of more than a page
MARGINS = (30, 26, 27, 21)  # millimetres: left, right, top, bottom (nco-margin)
SLACK = 1.5  # points by which two pieces may overlap: a chart's letters are placed one by one, with kerning
MM = 72 / 25.4
PAPER = 210 * MM, 297 * MM


@dataclass(frozen=True)
class Made:
    """A report in all its formats."""

    name: str
    paths: dict[str, Path]
    reader: PdfReader
    sheets: list[list[pdf_places.Piece]]  # the text of every page of the PDF


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return engines.stage_project(tmp_path_factory.mktemp("style") / "project")


def _params() -> list:
    return [pytest.param(name, marks=() if name in QUICK else pytest.mark.big) for name in ALL]


@pytest.fixture(scope="module", params=_params())
def made(request, project, tmp_path_factory) -> Made:
    name = request.param
    rendered = documents.rendered({name: ALL[name]}, tmp_path_factory.mktemp("hard"), project)[name]
    assert [(each.format, each.error) for each in rendered] == [(f, None) for f in (*documents.FORMATS, "xlsx", "ods")]
    paths = {each.format: each.path for each in rendered}
    reader = PdfReader(paths["pdf"])
    return Made(name, paths, reader, written(reader))


@pytest.mark.slow
def test_it_is_made_in_every_format_and_passes_every_gate(made):
    for kind, path in made.paths.items():
        (accepted.CHECKS | {"xlsx": accepted.check_xlsx, "ods": accepted.check_opendocument})[kind](path)
        assert path.name == f"report.{kind}"


def test_no_text_of_the_pdf_stands_outside_the_page_or_its_margins(made):
    assert outside(made.sheets) == []


def test_no_text_of_the_pdf_runs_over_other_text(made):
    assert [pair for sheet in made.sheets for pair in over(sheet)] == []


def test_no_text_of_the_style_guide_runs_over_other_text_nor_off_its_page(style_guide):
    sheets = written(PdfReader(style_guide / "report.pdf"))
    assert [pair for sheet in sheets for pair in over(sheet)] == []
    assert outside(sheets) == []


def test_the_pdf_has_no_more_pages_than_it_needs_and_none_is_all_but_empty(made):
    assert len(made.sheets) <= PAGES[made.name]
    assert made.name in BOARDS or PAGES[made.name] <= (MOST_OF_ANY if "aanbieders" in made.name else MOST_PAGES)
    # Text reaches so far on every page but the last; what stands below it on the first is of the whole document.
    assert [n for n, sheet in enumerate(made.reader.pages[:-1], start=1) if filled(sheet) < LEAST_FILLED] == []
    lines = [len({round(piece.base) for piece in sheet if not piece.decoration}) for sheet in made.sheets]
    assert [number for number, count in enumerate(lines, start=1) if count < 4] == []


@pytest.mark.slow
@pytest.mark.parametrize("schools", [3, 10, 25])
def test_a_domain_of_a_board_takes_two_pages_at_most(schools, project, tmp_path):
    totals = [replace(total, scale=total.domain, n_schools_shown=schools) for total in TOTALS if total.scale == "A"]
    content = board(members(schools), totals)
    rendered = documents.rendered({"board": content}, tmp_path, project)["board"]
    path = next(each.path for each in rendered if each.format == "pdf")
    begins = {title: page for level, title, page in pdf.bookmarks(PdfReader(path)) if level == 1}
    titles = [capital(domain_name(domain)) for domain in DOMAINS]
    after = list(begins)[list(begins).index(titles[-1]) + 1]
    pages = [begins[later] - begins[title] for title, later in pairwise([*titles, after])]
    assert max(pages) <= 2


def test_the_summary_is_on_one_page(made):
    content = ALL[made.name]
    of_board = isinstance(content, BoardSlice)
    if of_board and len(content.schools) > MOST_SCHOOLS:
        pytest.skip("the overview of a large board is longer")
    chapters = [(title, page) for level, title, page in pdf.bookmarks(made.reader) if level == 1]
    (first, begins), (following, ends) = chapters[:2]
    assert first == (bestuur.attention_heading(content) if of_board else "In het kort")
    body = [piece for piece in made.sheets[ends] if not piece.decoration]
    highest = max(body, key=lambda piece: piece.base)
    # The next chapter is on the same page, or is the first thing on the next one; a board has a table of all schools.
    assert ends == begins or (ends <= begins + 1 + of_board and following.startswith(highest.text.strip().split()[0]))


def test_the_word_document_has_no_table_or_picture_wider_than_its_text(made):
    body = docx.unpacked(made.paths["docx"].read_bytes())["word/document.xml"]
    root = accepted.etree.fromstring(body)
    widest = docx.points(docx_styles.TEXT_WIDTH)
    pictures = [int(value) / 12700 for value in root.xpath("//*[local-name()='inline']/*[local-name()='extent']/@cx")]
    tables = [
        sum(int(value) / 20 for value in grid.xpath("*/@*[local-name()='w']"))
        for grid in root.xpath("//*[local-name()='tblGrid']")
    ]
    assert tables
    assert max([*pictures, *tables]) <= widest + 1


@pytest.mark.slow
@pytest.mark.skipif(not layout.libreoffice(), reason="needs LibreOffice (apt-get install libreoffice-writer)")
def test_all_of_the_word_document_is_on_its_pages_in_libreoffice(made):
    assert layout.beyond_edges_in_word(made.paths["docx"]) is None


def test_the_workbook_opens_and_every_sheet_but_the_guide_has_rows(made):
    book = openpyxl.load_workbook(made.paths["xlsx"])
    assert book.sheetnames[0] == "Leeswijzer"
    assert all(sheet.max_row > 1 for sheet in book.worksheets[1:])


def test_every_hard_slice_has_its_bound():
    assert list(PAGES) == list(ALL)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["een groep", "speciaal basisonderwijs", "drie scholen", "bestuur van een enige school", "geen resultaten"]
)
def test_the_notebooks_make_the_same_document(name, tmp_path):
    content = ALL[name]
    content.write(tmp_path / "slice.json")
    notebooks = params.project_root() / "notebooks"
    paths = tuple(notebooks / f"{chapter}.ipynb" for chapter in all_settings.load().reports[content.kind].chapters)
    source = make.Source.of(name, tmp_path / "slice.json", content.fingerprint, paths, "")
    made = make.write_document(source, tmp_path / "run", tmp_path / "failed")
    assert made == documents.write(content, tmp_path / "fast")
    for file in [path for path in (tmp_path / "fast").rglob("*") if path.is_file()]:
        texts = [path.read_text() for path in (file, tmp_path / "run" / file.relative_to(tmp_path / "fast"))]
        one, other = (json.loads(text) if file.suffix == ".json" else text for text in texts)
        assert one == other, file.name


# --- what the checks would see -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ('![Hoog](figures/a.svg){fig-alt="Hoog."}', True),  # off the foot
        ("`" + "x" * 200 + "`", True),  # off the right
        ("Een gewone zin. " * 300, False),
    ],
)
def test_a_picture_or_word_that_runs_off_the_page_is_seen(body, seen, project, tmp_path):
    height = 900
    lines = "".join(f'<text x="0" y="{y}" font-size="9">regel {y}</text>' for y in range(10, height, 30))
    (tmp_path / "figures").mkdir()
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="{height}pt" viewBox="0 0 300 {height}">'
    (tmp_path / "figures" / "a.svg").write_text(f"{drawing}{lines}</svg>", encoding="utf-8")
    matter = {"title": "T", "lang": "nl", "school": "S", "round-label": "R", "date": "2022-10-01"}
    documents.document.write_text(matter, f"# Kop\n\n{body}", tmp_path)
    source = engines.ReportDocument("a", tmp_path)
    (done,) = engines.EmbeddedEngine().render([source], ["pdf"], project, documents.PUBLISHED)
    assert bool(done.error) == seen
    if seen:
        assert "is not wholly on the page" in done.error
        return
    sheets = [pdf_places.pieces(page) for page in PdfReader(done.path).pages]
    assert outside(sheets) == []


def test_two_texts_on_one_place_are_seen():
    one = pdf_places.Piece("95%-interval", 100, 160, 500, 9, False)
    assert over([one, pdf_places.Piece("referentie", 155, 200, 500.2, 9, False)]) == [("95%-interval", "referentie")]
    assert over([one, pdf_places.Piece("referentie", 160.5, 200, 500, 9, False)]) == []


def test_the_margins_are_those_of_the_template():
    typst = (params.project_root() / "reports/quarto/_extensions/nco/typst-template.typ").read_text(encoding="utf-8")
    assert "left: {}mm, right: {}mm, top: {}mm, bottom: {}mm".format(*MARGINS) in typst


def written(reader: PdfReader) -> list[list[pdf_places.Piece]]:
    """The text of every page."""
    return [[piece for piece in pdf_places.pieces(page) if piece.text.strip()] for page in reader.pages]


def outside(sheets: list[list[pdf_places.Piece]]) -> list[tuple[int, str]]:
    """Page and text of what stands outside the margins, or on the cover outside the page."""
    found = []
    width, height = PAPER
    for number, sheet in enumerate(sheets, start=1):
        left, right, top, bottom = (0, 0, 0, 0) if number == 1 else (side * MM for side in MARGINS)
        for piece in sheet:
            # Running heads stand in the margins above and below, as they should.
            above, below = (0, 0) if piece.decoration else (top, bottom)
            within = piece.left >= left - 1 and piece.right <= width - right + 1
            # Letters rise above their base line, and hang below it, by a part of their size.
            foot, head = piece.base - 0.25 * piece.size, piece.base + 0.6 * piece.size
            within &= below - 3 <= foot and head <= height - above + 3
            found += [] if within else [(number, piece.text)]
    return found


def over(pieces: list[pdf_places.Piece]) -> list[tuple[str, str]]:
    """The texts that overlap: base lines less than half a letter apart, and one begins before the other ends."""
    found, placed = [], sorted(pieces, key=lambda piece: (round(piece.base), piece.left))
    for place, one in enumerate(placed):
        for other in placed[place + 1 :]:
            if abs(round(one.base) - round(other.base)) > one.size / 2:
                break
            if one.left < other.right - SLACK and other.left < one.right - SLACK:
                found.append((one.text, other.text))
    return found
