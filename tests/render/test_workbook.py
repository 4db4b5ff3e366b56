import json
import time
from dataclasses import asdict, replace

import openpyxl
import pytest

from nco.base import markdown
from nco.release import make
from nco.render import accepted, sheets, workbook
from nco.render.engines import ReportDocument
from nco.reports import document, house_style
from nco.reports.blocks import Table, TableColumn
from nco_utils.params import project_root

STYLE = house_style.read(project_root() / "reports" / "quarto")
MATTER = {
    "title": "Leergroei",
    "school": r"Obs \*De Ster\*",
    "round-label": "Eind schooljaar 2021-2022",
    "date": "2022-10-01",
    "description": "De leergroei van één school.",
    "cover": [{"label": "BRIN en vestiging", "value": "99AA-00"}, {"label": "Ronde", "value": "2022E"}],
    "demo-notice": "Namen zijn verzonnen.",
}
COLUMNS = (
    TableColumn("Groep", "words"),
    TableColumn("Leerlingen", "count"),
    TableColumn("Groei"),
    TableColumn("Betrouwbaarheid", "number", 2),
    TableColumn("95%-interval", "interval"),
)
SPELLING = Table(
    "tabel-spelling",
    "Groei bij spelling",
    COLUMNS,
    (("Uw school", 1234, 7.25, 0.812, (-0.5, 2.0)), ("Jongens", "niet getoond", "niet getoond", None, "niet getoond")),
    "Groei",
    (("Vakgebied", "spelling"), ("Stap", "M7-E7")),
)
READING = replace(
    SPELLING,
    name="tabel-lezen",
    caption="Groei bij begrijpend lezen",
    rows=(("Uw school", 20, 3.0, 0.5, None),),
    about=(("Vakgebied", "begrijpend lezen"), ("Stap", "M7-E7")),
)
OTHER = Table(
    "tabel-x", "Iets anders", (TableColumn("Naam", "words"), TableColumn("n", "count")), (("a", 1),), "Iets: anders/1"
)
COLOPHON = Table("tabel-colofon", "Colofon", (TableColumn("Gegeven", "words"),), (("School",),))


def write_document(folder, *tables: Table, **matter):
    """A document with these tables, as `document.write` leaves it."""
    document.write_text(MATTER | matter, "Tekst", folder)
    (folder / document.TABLES).write_text(json.dumps([asdict(table) for table in tables]), encoding="utf-8")
    return folder


def _written(folder):
    return workbook.write(sheets.read(folder), folder, STYLE)


@pytest.fixture
def book(tmp_path) -> openpyxl.Workbook:
    folder = write_document(tmp_path / "99AA00", SPELLING, OTHER, READING, COLOPHON)
    return openpyxl.load_workbook(_written(folder))


def values(sheet) -> list[tuple]:
    return list(sheet.iter_rows(values_only=True))


def test_there_is_a_guide_and_a_sheet_for_each_name_in_order_of_appearance(book):
    assert book.sheetnames == ["Leeswijzer", "Groei", "Iets  anders 1"]


def test_tables_of_one_sheet_stand_below_one_heading_with_what_each_is_of_before_it(book):
    heading, *rows = values(book["Groei"])
    assert heading == (
        "Vakgebied", "Stap", "Groep", "Leerlingen", "Groei", "Betrouwbaarheid", "95%-interval, van", "95%-interval, tot"
    )  # fmt: skip
    assert rows == [
        ("spelling", "M7-E7", "Uw school", 1234, 7.25, 0.812, -0.5, 2),
        ("spelling", "M7-E7", "Jongens", "niet getoond", "niet getoond", None, "niet getoond", "niet getoond"),
        ("begrijpend lezen", "M7-E7", "Uw school", 20, 3, 0.5, None, None),
    ]


def test_numbers_have_the_decimals_of_their_column(book):
    formats = [cell.number_format for cell in book["Groei"][2]]
    assert formats == ["General", "General", "General", "#,##0", "0.0", "0.00", "0.0", "0.0"]
    assert all(cell.data_type == "n" for cell in book["Groei"][2][3:])


def test_a_table_of_no_sheet_is_left_out(book):
    assert "Gegeven" not in str([values(sheet) for sheet in book])


def test_the_guide_names_school_round_notice_and_what_each_sheet_holds(book):
    cells = [[cell for cell in row if cell] for row in values(book["Leeswijzer"])]
    for row in (
        ["Leergroei"],
        ["Obs *De Ster*"],
        ["Namen zijn verzonnen."],
        ["BRIN en vestiging", "99AA-00"],
        ["Groei", "Groei bij spelling; Groei bij begrijpend lezen"],
        ["Iets  anders 1", "Iets anders"],
    ):
        assert row in cells


def test_the_guide_links_to_every_sheet(book):
    links = [cell.hyperlink.location for row in book["Leeswijzer"] for cell in row if cell.hyperlink]
    assert links == ["'Groei'!A1", "'Iets  anders 1'!A1"]


def test_a_sheet_can_be_filtered_scrolled_and_printed_with_its_heading(book):
    sheet = book["Groei"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:H4"
    assert sheet.print_title_rows == "$1:$1"
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage


def test_headings_have_the_brands_colours_and_every_column_fits_its_words(book):
    heading = book["Groei"]["A1"]
    assert heading.fill.fgColor.rgb == "FF" + STYLE.colors["primary"][1:]
    assert heading.font.color.rgb == "FF" + STYLE.colors["background"][1:]
    widths = {letter: book["Groei"].column_dimensions[letter].width for letter in "AD"}
    assert widths["A"] > len("begrijpend lezen")
    assert widths["D"] > len("niet getoond")


def test_the_properties_name_title_author_and_date(book):
    known = book.properties
    assert known.title == "Leergroei – Obs *De Ster* – Eind schooljaar 2021-2022"
    assert (known.creator, known.description) == ("NCO leergroei", "De leergroei van één school.")
    assert known.created.date().isoformat() == "2022-10-01"


def test_a_report_without_figures_has_a_workbook_that_says_so(tmp_path):
    made = openpyxl.load_workbook(_written(write_document(tmp_path / "a", COLOPHON)))
    assert made.sheetnames == ["Leeswijzer"]
    assert "geen cijfers" in str(values(made["Leeswijzer"]))


def test_no_cell_is_a_formula(tmp_path):
    table = replace(OTHER, rows=(("=1+1", 1), ("+31", 2)))
    made = openpyxl.load_workbook(_written(write_document(tmp_path / "a", table)))
    assert [cell.data_type for cell in made.worksheets[1]["A"]] == ["s", "s", "s"]


def test_the_same_document_gives_the_same_bytes(tmp_path, monkeypatch):
    one = _written(write_document(tmp_path / "a", SPELLING, OTHER)).read_bytes()
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.sleep(2.1)  # a zip counts in steps of two seconds
    assert _written(write_document(tmp_path / "b", SPELLING, OTHER)).read_bytes() == one


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ((SPELLING, replace(OTHER, sheet="Groei")), "tabel-spelling, tabel-x"),
        ((SPELLING, replace(SPELLING, sheet="groei")), "same name: Groei, groei"),
        ((replace(OTHER, sheet="Leeswijzer"),), "same name: Leeswijzer"),
    ],
)
def test_tables_that_cannot_share_a_sheet_fail_the_report_with_their_names(tmp_path, tables, words):
    folder = write_document(tmp_path / "a", *tables)
    made, _ = make.tables_of([ReportDocument("a", folder)], STYLE)
    assert made.path is None
    assert words in made.error


def test_the_gate_holds_for_the_workbook(tmp_path, monkeypatch):
    monkeypatch.setitem(accepted.LARGEST, "xlsx", 100)
    folder = write_document(tmp_path / "a", SPELLING)
    made, _ = make.tables_of([ReportDocument("a", folder)], STYLE)
    assert "over 100" in made.error
    assert not (folder / workbook.NAME).exists()


def test_a_notice_is_shown_as_it_is_written_and_is_never_a_formula(tmp_path):
    folder = write_document(tmp_path / "99AA00", SPELLING, **{"demo-notice": markdown.escape("=1+1 *niet* <6")})
    cell = openpyxl.load_workbook(_written(folder)).worksheets[0]["A4"]
    assert (cell.value, cell.data_type) == ("=1+1 *niet* <6", "s")
