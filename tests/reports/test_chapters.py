import ast
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from nco.base import all_settings, dutch
from nco.base.dutch import texts
from nco.reports import cover, kinds
from nco.reports.blocks import Drawing, Table, chapter, passage, section, subsection
from nco.reports.growth import chapters as chapter_modules
from nco.reports.growth.chapters import samenvatting, verantwoording
from nco_utils import params
from tests.support import chapters, varied
from tests.support.hard import ALL, SCHOOLS
from tests.support.slicing import REPORT, board, hidden, report, text


@pytest.fixture(scope="module", params=ALL)
def made(request) -> list:
    return chapters.shown(ALL[request.param])


def test_every_link_leads_to_a_table_of_the_report(made):
    tables = {block.name for block in made if isinstance(block, Table) and block.printed}
    assert set(re.findall(r"\(#([a-z0-9_-]+)\)", text(made))) <= tables


def test_figures_and_tables_have_names_of_their_own(made):
    names = [block.name for block in made if isinstance(block, Drawing | Table)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z0-9_-]+", name) for name in names)


def test_tables_that_share_a_sheet_share_their_columns(made):
    sheets = {}
    for block in made:
        if isinstance(block, Table) and block.sheet:
            columns = ([name for name, _ in block.about], [column.title for column in block.columns])
            assert sheets.setdefault(block.sheet, columns) == columns


def test_every_table_has_its_rows_whole_and_its_first_column_named(made):
    for table in (block for block in made if isinstance(block, Table)):
        assert table.rows
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert all(row[0] for row in table.rows)


def test_nothing_is_left_unsaid_or_in_english(made):
    said = text(block for block in made if block)
    for wrong in ("None", "nan", "{domain}", "{step", "hidden", "shown", "no_growth"):
        assert wrong not in said


def test_every_chapter_has_one_title(made):
    titles = [block for block in made if isinstance(block, str) and block.startswith("# ")]
    assert len(titles) == len(set(titles))
    assert titles[0] in ("# In het kort\n", "# Welke scholen vragen aandacht?\n", "# Wat vraagt aandacht?\n")


def test_an_sbo_school_has_its_own_chapters_and_no_analysis_of_levels():
    reports = all_settings.load().reports
    points = {"leergroei", "referentie", "schoolanalyse", "groepsanalyse"}
    named = {*reports["sbo"].chapters, *(name for each in reports["sbo"].documents.values() for name in each)}
    assert not named & points
    assert {*reports["school"].chapters} - points <= named


def test_no_figure_in_points_of_an_sbo_school_is_anywhere_in_its_report_its_workbook_or_its_cards():
    """The school's numbers in points are told of the same school as bo, and none of them as sbo."""
    points = (
        "mean_growth", "mean_growth_low", "mean_growth_high", "national_mean", "national_before", "mean_before_low",
        "mean_before_high", "p10", "p25", "p50", "p75", "p90", "level_p50", "national_level_p50",
    )  # fmt: skip
    as_bo, as_sbo = varied.school(2, kind="sbo"), varied.SPECIAL
    rows = [*as_bo.results, *as_bo.others]
    numbers = {dutch.number(value) for row in rows for name in points if (value := getattr(row, name)) is not None}
    names = all_settings.load().reports["school"].chapters
    assert len(told_numbers(as_bo, *names) & numbers) > 40
    assert told_numbers(as_sbo, *all_settings.load().reports["sbo"].chapters) & numbers == set()
    for row in (*as_sbo.results, *as_sbo.others):
        assert [name for name in points if getattr(row, name) is not None] == []
    assert told_numbers(board([as_sbo]), "bestuur") & numbers == set()


def told_numbers(content, *names: str) -> set[str]:
    """The numbers of one decimal in what the chapters show, printed or in the workbook only, and on the cards."""
    blocks = chapters.shown(content, *names)
    cells = [" ".join(row) for block in blocks if isinstance(block, Table) for row in block.texts]
    kind = kinds.of(content)
    cards = [
        " ".join(map(str, row))
        for role in kind.roles
        for section in kind.card(content, role).sections
        for row in (section.grid.rows if section.grid else ())
    ]
    drawn = [block.svg for block in blocks if isinstance(block, Drawing)]
    return set(re.findall(r"(?<![\d,])−?\d+,\d(?!\d)", " ".join([text(blocks), *cells, *cards, *drawn])))


def test_an_sbo_report_says_that_it_has_no_reference_value_and_never_uses_one():
    made = text(chapters.shown(SCHOOLS["speciaal basisonderwijs"]))
    assert "voor het speciaal basisonderwijs is die er nog niet" in made
    assert "Voorspelde referentiewaarde" not in made
    assert "hoger dan verwacht" not in made


def test_a_report_with_nothing_to_show_says_so_and_why_without_a_single_figure():
    for name in ("alles verborgen", "geen resultaten"):
        made = chapters.shown(SCHOOLS[name])
        assert not any(isinstance(block, Drawing) for block in made)
        assert "geen cijfers" in text(made) or "geen toetsresultaten" in text(made)


def test_the_summary_names_at_most_three_things_that_stand_out():
    assert len(samenvatting.stands_out(SCHOOLS["grote getallen"])) == samenvatting.MOST


def test_the_figures_are_read_once_with_the_schools_own_numbers():
    reading = [block for block in chapters.shown(SCHOOLS["volledig"]) if "{.uitleg}" in str(block)]
    assert len(reading) == 1
    explained = verantwoording.reading(SCHOOLS["volledig"])
    assert "25 leerlingen groeiden daar gemiddeld 7,0 punten" in explained
    assert "de stap E5–M6: eind 5–midden groep 6" in explained


def test_every_test_that_there_is_has_a_name_and_a_version_for_readers():
    assert set(texts("tests")) == set(params.load().scales)


def test_a_few_missing_pupils_ask_no_question_and_many_do():
    asked = text(chapters.shown(report([*REPORT.results]), "gesprek"))
    assert "Welke leerlingen misten de toets" not in asked
    low = [result.__class__(**vars(result) | {"percent_with_growth": 75}) for result in REPORT.results]
    assert "Welke leerlingen misten de toets" in text(chapters.shown(report(low), "gesprek"))


def test_the_colophon_says_what_the_report_was_made_from():
    rows = dict(verantwoording.colophon(REPORT).rows)
    assert rows["Gegevens van de export van"] == "1 augustus 2022"
    assert rows["Vergeleken schooljaren"] == "2021-2022, nog zonder jaar ervoor"
    assert rows["Controlegetal van de gegevens"] == REPORT.fingerprint[:16]
    assert rows["Model"].startswith("met een eigen effect van elke school")
    assert rows["Programma"].startswith("nco-utils ")


def test_names_from_the_register_are_shown_as_they_stand():
    assert cover.front_matter(REPORT)["school"] == r"Obs Het \*Testje\*"
    assert cover.pairs(REPORT)["School"] == "Obs Het *Testje*"


def test_the_annex_holds_every_shown_result_of_both_cohorts():
    tables = [block for block in chapters.shown(SCHOOLS["volledig"], "bijlage") if isinstance(block, Table)]
    rows = [row for table in tables if table.sheet == "Groei" for row in table.rows]
    assert len(rows) == 2 * len(SCHOOLS["volledig"].shown)


# --- a chapter is its notebook --------------------------------------------------------------------

NOTEBOOKS = ["bestuur", *all_settings.load().reports["school"].chapters]


def content_of(name: str):
    """A slice of which the chapter shows every section."""
    if name == "bestuur":
        return ALL["gemengd bestuur"]
    full = SCHOOLS["volledig"]
    results = [replace(full.results[0], percent_with_growth=70), *full.results[1:]]
    unknown = hidden("other_scale", domain="spelling", step="M8-E8")
    others = tuple(part for part in full.others if part.trait != "income")
    return replace(full, results=(*results, unknown), others=others)


def headings(made: list) -> list[str]:
    return [block.split("\n")[0] for block in made if isinstance(block, str) and block.startswith("#")]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_each_section_of_a_chapter_is_in_a_cell_of_its_own(name):
    made = [(source, headings(blocks)) for source, blocks in chapters.cells(content_of(name), name)]
    assert any(titles for _, titles in made) or name == "bijlage"
    for source, titles in made:
        highest = min((len(title.split()[0]) for title in titles), default=0)
        assert sum(title.startswith("#" * highest + " ") for title in titles) <= 1 or source.startswith("for "), source


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_cell_that_is_taken_out_takes_only_its_own_section_out_of_the_report(name):
    content = content_of(name)
    whole = [made for _, made in chapters.cells(content, name)]
    showing = [number for number, made in enumerate(whole) if made]
    assert showing
    for number in showing:
        rest = [block for made in (*whole[:number], *whole[number + 1 :]) for block in made]
        left = chapters.cells(content, name, without=number)
        assert [block for _, made in left for block in made] == rest


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_sections_in_another_order_are_a_report_in_that_order(name):
    """But for what a cell names for those after it, a chapter's cells know nothing of each other."""
    content = content_of(name)
    sources = chapters.code(name)
    shown = dict(chapters.cells(content, name))
    backwards = [source for source in sources if "groups =" in source or not shown[source]]
    backwards += [source for source in reversed(sources) if source not in backwards]
    assert dict(chapters.run(content, backwards)) == shown


def test_no_module_of_a_chapter_makes_a_heading_or_a_chapter_as_a_whole():
    folder = Path(chapter_modules.__file__).parent
    for module in folder.glob("*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        texts = [
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        assert not [text for text in texts if re.match("#+ ", text)], module.name
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not used & {"chapter", "section", "subsection", "passage", "show"}, module.name


def test_a_heading_with_nothing_to_read_under_it_is_not_shown():
    hidden_table = Table("t", "c", (), ((),), printed=False)
    for nothing in (None, "", [], [None, [""]], section("Binnen", None)):
        assert section("Buiten", nothing, intro="Inleiding") == []
    assert section("Alleen in het rekenblad", hidden_table) == [hidden_table]
    assert chapter("Titel") == ["# Titel\n"]
    assert section("Kop", subsection("Binnen", "tekst"), intro="Eerst") == [
        "## Kop\n",
        "Eerst",
        "### Binnen\n",
        "tekst",
    ]
    assert passage("Kop", "") == ""


def test_a_setting_that_is_varied_in_a_cell_changes_what_the_cells_after_it_show():
    content, cells = content_of("groepen"), chapters.code("groepen")
    varied = 'settings = settings.model_copy(update={"subgroups": {"sex": settings.subgroups["sex"]}})'
    made = text(block for _, shown in chapters.run(content, [cells[0], varied, *cells[1:]]) for block in shown)
    assert "Geslacht jongens" in made
    assert "Opleiding van de ouders laag" not in made
    assert "Opleiding van de ouders laag" in text(chapters.shown(content, "groepen"))
    assert varied in notebook_text("groepen"), "the notebook shows how"


def notebook_text(name: str) -> str:
    notebook = nbformat.read(params.project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
    return "\n".join(cell.source for cell in notebook.cells)


def test_of_a_domain_without_figures_for_several_reasons_each_is_said_of_its_own_steps():
    told = samenvatting.not_shown(
        report([hidden("no_growth", step="M3-E3"), hidden(step="M5-E5"), hidden(step="M6-E6")])
    )
    assert "**Begrijpend lezen, midden–eind groep 3**: de leergroei kunnen we niet berekenen" in told
    assert "**Begrijpend lezen, de andere stappen**: we laten geen cijfers zien" in told
    assert "**Begrijpend lezen**: we laten geen cijfers zien" in samenvatting.not_shown(report([hidden()]))
