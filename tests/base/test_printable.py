"""Names that a report cannot print are refused in the register, with file, row and column; all others are printed."""

from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from pypdf import PdfReader

from nco.base import all_settings, printable
from nco.register.enrolment import read_notice, read_register
from nco.render import fonts
from nco.reports import house_style
from nco_utils import params
from nco_utils.errors import UnusableInput
from tests.register.test_enrolment import FILES
from tests.register.test_enrolment import data as data
from tests.render.test_hard import outside, over
from tests.support import documents, pdf_places
from tests.support.hard import SCHOOLS

SETTINGS = all_settings.load().names
WIDE = "Interconfessionele "  # a word that occurs in names


def test_every_character_that_a_name_may_hold_is_in_every_font_and_in_its_cut_for_a_page():
    allowed = {code for first, last in SETTINGS.characters for code in range(first, last + 1)}
    for face in house_style.read(params.project_root() / "reports" / "quarto").faces:
        assert allowed - set(TTFont(fonts.font_file(face)).getBestCmap()) == set()
    assert allowed - set(fonts.WEB_CHARACTERS) == set()


@pytest.mark.parametrize(
    "name",
    [
        "Obs 't Kofschip",
        "Æbeløskolen",
        "École Île-de-France",
        "Súdwest-Fryslân (dé)",
        "Nº 5 & Zo – “Oost”…",
        "Ĳsselschool",
        "Phở Việt",
    ],
)
def test_a_name_in_latin_letters_is_read_as_it_stands(name, data):
    _write(data, name)
    assert read_register(data).schools["school_name"].tolist()[1] == name


def test_a_letter_and_its_diacritic_apart_are_read_as_one(data):
    _write(data, "Cafe\u0301 Zoe\u0308")
    assert read_register(data).schools["school_name"].tolist()[1] == "Café Zoë"


REFUSED = {
    "a NUL": ("School\x00B", "the value has a zero byte"),
    "a vertical tab": ("School\x0bB", r"U\+000B"),
    "a line break": ("School\nB", "the value has a line end"),
    "a tab": ("School\tB", r"U\+0009"),
    "an emoji": ("De Kikkers \U0001f438", r"character 12 .* U\+1F438 \(frog face\)"),
    "Chinese": ("\u4e2d\u6587 School", r"U\+4E2D"),
    "Arabic": ("Basisschool \u0627\u0644", r"U\+0627"),
    "no width": ("School\u200bB", r"U\+200B"),
    "a soft hyphen": ("Basis\u00adschool", r"U\+00AD"),
    "a mark for the other direction": ("School \u202eB", r"U\+202E"),
    "a private character": ("School \ue000", r"U\+E000"),
    "half a pair": ("School \ud83d", "UTF-8"),
    "invisible characters alone": ("\u200b\u2060\u200b", r"U\+200B"),
    "an invisible letter": ("\u3164", r"U\+3164"),
    "no letter": ("--- 12 ---", "has no letter"),
    "too many letters": (WIDE * 9, r"has 170 characters; reports have room for 150\. Shorten it"),
    "too long a word": ("Samenwerkings" * 4, r"has a word of 52 characters; .* Put a space or hyphen in it"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize(("file", "row", "column"), [("schools", 3, "school_name"), ("boards", 2, "board_name")])
def test_a_name_that_reports_cannot_print_is_refused_with_row_and_column(kind, file, row, column, data):
    name, told = REFUSED[kind]
    _write(data, name, file)
    with pytest.raises(UnusableInput, match=told) as refused:
        read_register(data)
    if kind != "half a pair":
        assert f"{file}.csv, row {row}, column {column}: the value has" in str(refused.value)


def _write(data, name, file="schools"):
    path, old = data / "register" / f"{file}.csv", {"schools": "School B", "boards": "Bestuur Een"}[file]
    text = FILES[f"register/{file}.csv"].replace(old, f'"{name}"')
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def test_a_notice_is_one_line_and_one_that_reports_cannot_print_is_refused_by_its_file(tmp_path):
    notice = tmp_path / "notice.txt"
    notice.write_text("Voorlopig:\n\ngroepen van <6 & 't *oude* LVS\n", encoding="utf-8")
    assert read_notice(tmp_path) == "Voorlopig: groepen van <6 & 't *oude* LVS"
    for text, told in (
        ("Let op \U0001f600", r"notice.txt: the notice has as character 8 .* U\+1F600"),
        ("a " * 400, "has 799"),
    ):
        notice.write_text(text, encoding="utf-8")
        with pytest.raises(UnusableInput, match=told):
            read_notice(tmp_path)


LONGEST = {
    "names": (WIDE * 8)[:150].strip(),
    "words": "Samenwerkingsschoolvereniging " * 5,
    "no space": "-".join(["Samenwerkingsschoolvereniging"] * 5),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", LONGEST)
def test_the_longest_names_and_notice_stand_on_the_cover_and_over_nothing(kind, tmp_path):
    name, notice = LONGEST[kind].strip(), ("Een lange melding. " * 40)[: SETTINGS.longest_notice].strip()
    assert printable.problem(name, SETTINGS.longest_name) is None
    content = replace(SCHOOLS["zes leerlingen"], school_name=name, board_name=name, notice=notice)
    made = documents.rendered({"a": content}, tmp_path)["a"]
    assert [each.error for each in made] == [None] * 5
    reader = PdfReader(made[1].path)
    sheets = [[piece for piece in pdf_places.pieces(page) if piece.text.strip()] for page in reader.pages]
    assert outside(sheets) == []
    assert [pair for sheet in sheets for pair in over(sheet)] == []
    # Its own metadata stand below it, on the same page.
    assert "Referentienummer" in reader.pages[0].extract_text()
