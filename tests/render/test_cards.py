"""The files of the cards: of one page, to be filled in, and what is filled in stays, also through LibreOffice."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree
from pypdf import PdfReader

from nco.base.failures import RenderError
from nco.render import accepted, cards, docx, engines, own_numbers
from nco.render.docx import W
from nco.render.opendocument import NAMESPACES
from nco.reports import kinds
from nco.reports.growth import quality_cards
from tests.support import office
from tests.support.hard import ALL

EVERY = [(name, role) for name, content in ALL.items() for role in kinds.of(content).roles]
NOTICE = "Namen van scholen en besturen zijn verzonnen; de leerlingen zijn dat niet."


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return engines.stage_project(tmp_path_factory.mktemp("project") / "project")


@pytest.fixture
def made(project, tmp_path) -> dict[str, Path]:
    """The teacher's card of a school in both formats."""
    return {path.suffix[1:]: path for path in cards.write([_card("volledig")], tmp_path / "made", project)}


def _card(name, role=quality_cards.TEACHER):
    return kinds.of(ALL[name]).card(ALL[name], role)


# --- a script that fills in ----------------------------------------------------------------------


def _fill_docx(path: Path, values: dict[str, str]) -> None:
    """Fill in content controls by their tags, as a program for Word would."""
    parts = docx.unpacked(path.read_bytes())
    root = etree.fromstring(parts["word/document.xml"])
    for control in root.iter(f"{W}sdt"):
        tag = control.find(f"{W}sdtPr/{W}tag").get(f"{W}val")
        if tag in values:
            control.find(f"{W}sdtPr").remove(control.find(f"{W}sdtPr/{W}showingPlcHdr"))
            (text,) = control.iter(f"{W}t")
            text.text = values[tag]
            if (day := control.find(f"{W}sdtPr/{W}date")) is not None:
                day.set(f"{W}fullDate", "2023-02-01T00:00:00Z")
    parts["word/document.xml"] = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    path.write_bytes(docx.packed(parts))


def _in_docx(path: Path) -> dict[str, str]:
    """What stands in each content control, by its tag."""
    root = office.content(path, "word/document.xml")
    tags = {control: control.find(f"{W}sdtPr/{W}tag") for control in root.iter(f"{W}sdt")}
    return {
        tag.get(f"{W}val"): "".join(each.text or "" for each in control.iter(f"{W}t"))
        for control, tag in tags.items()
        if tag is not None
    }


def _in_odt(path: Path) -> dict[str, str]:
    """What stands in each input field, by its title."""
    named = f"{{{NAMESPACES['text']}}}description"
    fields = office.content(path).iter(f"{{{NAMESPACES['text']}}}text-input")
    return {field.get(named): "".join(field.itertext()) for field in fields if field.get(named)}


def _fill_odt(path: Path, values: dict[str, str]) -> None:
    parts = docx.unpacked(path.read_bytes())
    root = etree.fromstring(parts["content.xml"])
    for field in root.iter(f"{{{NAMESPACES['text']}}}text-input"):
        named = field.get(f"{{{NAMESPACES['text']}}}description")
        field.text = values.get(named, field.text)
    for control in root.iter(f"{{{NAMESPACES['loext']}}}content-control"):
        named = control.get(f"{{{NAMESPACES['loext']}}}alias")
        if named in values:
            control[0].text = values[named]
    parts["content.xml"] = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    path.write_bytes(docx.packed(parts))


# --- what is promised ----------------------------------------------------------------------------


def test_every_field_is_a_content_control_with_tag_title_and_hint_and_a_day_is_picked(made):
    fields = {field.tag: field for field in _card("volledig").fields}
    assert _in_docx(made["docx"]) == {tag: field.hint for tag, field in fields.items()}
    for control in office.content(made["docx"], "word/document.xml").iter(f"{W}sdt"):
        about = control.find(f"{W}sdtPr")
        field = fields[about.find(f"{W}tag").get(f"{W}val")]
        assert about.find(f"{W}alias").get(f"{W}val") == field.title
        assert (about.find(f"{W}date") is not None) == (field.kind == "date")
        assert about.find(f"{W}showingPlcHdr") is not None
        assert about.find(f"{W}lock").get(f"{W}val") == "sdtLocked"


def test_every_field_of_the_odt_is_an_input_field_with_its_title_or_a_picker_of_dates(made):
    fields = _card("volledig").fields
    assert _in_odt(made["odt"]) == {field.title: field.hint for field in fields if field.kind == "text"}
    pickers = list(office.content(made["odt"]).iter(f"{{{NAMESPACES['loext']}}}content-control"))
    assert [each.get(f"{{{NAMESPACES['loext']}}}alias") for each in pickers] == [
        field.title for field in fields if field.kind == "date"
    ]
    assert all(each.get(f"{{{NAMESPACES['loext']}}}date") == "true" for each in pickers)


@pytest.mark.slow
@office.THERE
@pytest.mark.parametrize(("name", "role"), EVERY)
def test_a_card_is_one_page_in_both_formats_as_libreoffice_lays_it_out(name, role, project, tmp_path):
    content = replace(ALL[name], notice=NOTICE)
    for path in cards.write([kinds.of(content).card(content, role)], tmp_path / "made", project):
        pdf = office.convert(path, "pdf", tmp_path / path.suffix[1:])
        assert len(PdfReader(pdf).pages) == 1, path.name
        assert "Kwaliteitskaart" in PdfReader(pdf).pages[0].extract_text()


@pytest.mark.slow
@office.THERE
def test_what_a_script_fills_in_comes_back_from_word_and_through_libreoffice(made, tmp_path):
    card = _card("volledig")
    typed = {field.tag: f"getypt bij {field.tag} & <meer>" for field in card.fields}
    _fill_docx(made["docx"], typed)
    accepted.check_docx(made["docx"])
    assert _in_docx(made["docx"]) == typed
    free = office.convert(made["docx"], "odt", tmp_path / "free")
    back = office.convert(free, "docx", tmp_path / "back")
    told = " ".join(docx.text(docx.unpacked(back.read_bytes())).split())
    assert [text for text in typed.values() if text not in told] == []
    assert [field.hint for field in card.fields if field.hint in told] == []


@pytest.mark.slow
@office.THERE
def test_what_a_script_fills_in_comes_back_from_the_odt_that_libreoffice_saves(made, tmp_path):
    card = _card("volledig")
    typed = {field.title: f"getypt bij {field.tag} & <meer>" for field in card.fields}
    _fill_odt(made["odt"], typed)
    saved = office.convert(made["odt"], "odt", tmp_path / "saved")
    of_text = {field.title for field in card.fields if field.kind == "text"}
    assert _in_odt(saved) == {title: text for title, text in typed.items() if title in of_text}
    pickers = office.content(saved).iter(f"{{{NAMESPACES['loext']}}}content-control")
    days = ["".join(each.itertext()) for each in pickers]
    assert days == [typed[field.title] for field in card.fields if field.kind == "date"]


def test_both_files_have_title_language_headings_and_tables_with_a_heading_row(made):
    accepted.check_docx(made["docx"])
    accepted.check_opendocument(made["odt"])
    card = _card("volledig")
    headings = [card.title, *(section.title for section in card.sections)]
    text = f"{{{NAMESPACES['text']}}}"
    assert ["".join(each.itertext()) for each in office.content(made["odt"]).iter(f"{text}h")] == headings
    for table in office.content(made["odt"]).iter(f"{{{NAMESPACES['table']}}}table"):
        assert table.find(f"{{{NAMESPACES['table']}}}table-header-rows") is not None
        assert table.find(f"{{{NAMESPACES['table']}}}title").text
    body = office.content(made["docx"], "word/document.xml")
    styled = [each for each in body.iter(f"{W}pStyle") if each.get(f"{W}val") in ("Kaarttitel", "Kaartkop")]
    assert len(styled) == len(headings)
    styles = office.content(made["docx"], "word/styles.xml")
    for name, base in (("Kaarttitel", "Heading1"), ("Kaartkop", "Heading2")):
        (style,) = styles.xpath(f"//*[local-name()='style'][@*[local-name()='styleId']='{name}']")
        assert style.find(f"{W}basedOn").get(f"{W}val") == base


def test_every_part_of_the_word_document_that_is_named_is_there(made):
    parts = docx.unpacked(made["docx"].read_bytes())
    for each in etree.fromstring(parts["[Content_Types].xml"]):
        assert not each.get("PartName") or each.get("PartName").lstrip("/") in parts
    for each in etree.fromstring(parts["word/_rels/document.xml.rels"]):
        assert f"word/{each.get('Target')}" in parts


def test_names_with_signs_stand_on_the_card_as_they_are_written(project, tmp_path):
    content = replace(ALL["volledig"], school_name='Obs <"De & Ster">')
    for path in cards.write([quality_cards.of_school(content, "leerkracht")], tmp_path / "made", project):
        part = "word/document.xml" if path.suffix == ".docx" else "content.xml"
        assert 'Obs <"De & Ster">' in " ".join(office.content(path, part).itertext())


def test_the_same_card_gives_the_same_bytes(project, tmp_path, monkeypatch):
    one = [path.read_bytes() for path in cards.write([_card("volledig")], tmp_path / "a", project)]
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.sleep(2.1)  # a zip counts in steps of two seconds
    assert [path.read_bytes() for path in cards.write([_card("volledig")], tmp_path / "b", project)] == one


def test_a_card_of_another_school_is_refused(made):
    content = ALL["volledig"]
    for path in made.values():
        own_numbers.check_card(own_numbers.Expected(path.parent, content.brinvest, content.names), path)
        with pytest.raises(RenderError, match="holds the code of another school"):
            own_numbers.check_card(own_numbers.Expected(path.parent, "99ZZ00", content.names), path)
