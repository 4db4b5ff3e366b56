"""The spreadsheet beside the workbook: the same sheets and numbers, in a file that any office program opens."""

import time
import zipfile
from dataclasses import replace

import openpyxl
import pytest

from nco.base.failures import RenderError
from nco.release import make
from nco.render import accepted, docx, layout, opendocument, sheets, spreadsheet, workbook
from nco.render.engines import ReportDocument
from tests.render.test_workbook import COLOPHON, OTHER, READING, SPELLING, STYLE, write_document
from tests.support import documents, office
from tests.support.hard import ALL


def _both(folder):
    """The workbook and the spreadsheet of a document."""
    first, second = make.tables_of([ReportDocument(folder.name, folder)], STYLE)
    assert (first.error, second.error) == (None, None)
    return first.path, second.path


def _cells(path) -> dict[str, list[list]]:
    """The cells of a workbook by sheet, row by row."""
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in openpyxl.load_workbook(path)
    }


def _filled(rows: dict[str, list[list]]) -> dict[str, list[list]]:
    """The rows without the empty cells at their ends, which programs keep or not."""

    def cut(row: list) -> list:
        while row and row[-1] is None:
            row = row[:-1]
        return row

    return {name: [cut(row) for row in found] for name, found in rows.items()}


@pytest.fixture
def small(tmp_path):
    return write_document(tmp_path / "99AA00", SPELLING, OTHER, READING, COLOPHON)


def test_every_cell_is_that_of_the_workbook(small):
    excel, free = _both(small)
    assert _filled(office.sheets(free)) == _filled(_cells(excel))
    assert ["spelling", "M7-E7", "Uw school", 1234.0, 7.25, 0.812, -0.5, 2.0] in office.sheets(free)["Groei"]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(ALL))
def test_every_cell_of_a_report_is_that_of_the_workbook(name, tmp_path):
    documents.write(ALL[name], tmp_path / "report")
    excel, free = _both(tmp_path / "report")
    assert _filled(office.sheets(free)) == _filled(_cells(excel))


@pytest.fixture
def calc(tmp_path):
    """LibreOffice with its spreadsheets, which are a package of their own."""
    given = tmp_path / "given.csv"
    given.write_text("a,b\n", encoding="utf-8")
    if not layout.libreoffice() or not office.opened(given, "ods", tmp_path / "calc"):
        pytest.skip("LibreOffice Calc is not installed")


@pytest.mark.slow
@pytest.mark.usefixtures("calc")
def test_libreoffice_reads_the_values_that_the_workbook_has(small, tmp_path):
    excel, free = _both(small)
    read = office.convert(free, "xlsx", tmp_path / "read")
    assert _filled(_cells(read)) == _filled(_cells(excel))
    sheet = openpyxl.load_workbook(read)["Groei"]
    assert sheet.auto_filter.ref == "A1:H4"
    assert [cell.number_format for cell in sheet[2]][3:6] == ["#,##0", "0.0", "0.00"]
    guide = openpyxl.load_workbook(read)["Leeswijzer"]
    links = [cell.hyperlink.location for row in guide for cell in row if cell.hyperlink]
    assert [link.replace("'", "").replace("!", ".").lstrip("#") for link in links] == ["Groei.A1", "Iets  anders 1.A1"]


def test_the_headings_of_every_sheet_stay_in_sight(small):
    _, free = _both(small)
    frozen = office.content(free, "settings.xml").xpath("//*[@*[.='VerticalSplitPosition']]")
    assert [each.getparent().get(f"{{{opendocument.NAMESPACES['config']}}}name") for each in frozen] == [
        "Groei", "Iets  anders 1"
    ]  # fmt: skip
    assert {each.text for each in frozen} == {"1"}


def test_the_file_says_first_what_kind_it_is_and_names_every_part(small):
    _, free = _both(small)
    assert free.read_bytes()[30:].startswith(b"mimetype" + opendocument.SPREADSHEET.encode())
    accepted.check_opendocument(free)


def test_what_begins_as_a_formula_is_words(tmp_path):
    table = replace(OTHER, rows=(("=1+1", 1), ("<b>&", 2)))
    _, free = _both(write_document(tmp_path / "a", table))
    assert office.sheets(free)["Iets  anders 1"][1:] == [["=1+1", 1.0], ["<b>&", 2.0]]
    assert not office.content(free).xpath("//@*[local-name()='formula']")


def test_the_same_document_gives_the_same_bytes(tmp_path, monkeypatch):
    _, one = _both(write_document(tmp_path / "a", SPELLING, OTHER))
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.sleep(2.1)  # a zip counts in steps of two seconds
    _, other = _both(write_document(tmp_path / "b", SPELLING, OTHER))
    assert one.read_bytes() == other.read_bytes()


def test_a_report_without_figures_has_a_spreadsheet_that_says_so(tmp_path):
    _, free = _both(write_document(tmp_path / "a", COLOPHON))
    assert list(office.sheets(free)) == ["Leeswijzer"]
    assert "geen cijfers" in str(office.sheets(free))


def test_numbers_look_as_they_are_written_in_dutch(small):
    _, free = _both(small)
    text = " ".join(office.content(free).itertext())
    assert "1.234" in text
    assert "0,81" in text


def test_the_gate_holds_for_the_spreadsheet(small, monkeypatch):
    monkeypatch.setitem(accepted.LARGEST, "ods", 100)
    made = list(make.tables_of([ReportDocument("a", small)], STYLE))
    assert "over 100" in made[1].error
    assert not (small / spreadsheet.NAME).exists()
    assert (small / workbook.NAME).exists()


_ELSEWHERE = b'<draw:image xlink:href="https://example.org/x"/><text:a '


def _replaced(parts, name, old, new):
    assert old in parts[name]
    parts[name] = parts[name].replace(old, new)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda parts: parts.pop("content.xml"), "manifest is not of its parts"),
        (lambda parts: parts.pop("meta.xml"), "is no OpenDocument file"),
        (lambda parts: parts.update({"content.xml": b"<x"}), "is no OpenDocument file"),
        (lambda parts: _replaced(parts, "content.xml", b"<text:a ", _ELSEWHERE), "loads 'https://"),
        (lambda parts: _replaced(parts, "meta.xml", b"dc:language", b"dc:taal"), "names no language"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_whole_or_stands_not_alone_is_refused(small, spoil, told):
    _, free = _both(small)
    parts = docx.unpacked(free.read_bytes())
    spoil(parts)
    with zipfile.ZipFile(free, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    with pytest.raises(RenderError, match=told):
        accepted.check_opendocument(free)


def test_tables_are_read_once_for_both_files(small, monkeypatch):
    read, calls = sheets.read, []
    monkeypatch.setattr(sheets, "read", lambda *given: calls.append(given) or read(*given))
    _both(small)
    assert len(calls) == 1
