import importlib
import re

import pytest

from nco_utils import params
from nco_utils.blocks import Figure, Table
from nco_utils.chapters import account, annex, conversation, cover, growth, summary
from nco_utils.slices import BoardSlice
from tests.hard import ALL, SCHOOLS
from tests.slicing import REPORT, report, text

CHAPTERS = {
    "samenvatting": "summary",
    "leergroei": "growth",
    "referentie": "reference",
    "groepen": "grades",
    "subgroepen": "subgroups",
    "gesprek": "conversation",
    "verantwoording": "account",
    "bijlage": "annex",
}


def blocks(content) -> list:
    """All blocks of a report, as its chapters show them one after the other."""
    if isinstance(content, BoardSlice):
        chapter = importlib.import_module("nco_utils.chapters.board")
        return [*chapter.blocks(content), *chapter.account_blocks(content), *chapter.annex_blocks(content)]
    modules = [CHAPTERS[name] for name in params.load().reports[content.kind].chapters]
    return [
        block for name in modules for block in importlib.import_module(f"nco_utils.chapters.{name}").blocks(content)
    ]


@pytest.fixture(scope="module", params=ALL)
def made(request) -> list:
    return blocks(ALL[request.param])


def test_every_link_leads_to_a_table_of_the_report(made):
    tables = {block.name for block in made if isinstance(block, Table) and block.printed}
    assert set(re.findall(r"\(#([a-z0-9_-]+)\)", text(made))) <= tables


def test_figures_and_tables_have_names_of_their_own(made):
    names = [block.name for block in made if isinstance(block, Figure | Table)]
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
    assert titles[0] == "# In het kort\n"


def test_the_chapters_of_a_school_and_of_an_sbo_school_are_those_of_params():
    reports = params.load().reports
    assert set(reports["school"].chapters) == set(CHAPTERS)
    assert set(reports["school"].chapters) - set(reports["sbo"].chapters) == {"referentie"}


def test_an_sbo_report_says_that_it_has_no_reference_value_and_never_uses_one():
    made = text(blocks(SCHOOLS["speciaal basisonderwijs"]))
    assert "voor het speciaal basisonderwijs is die er nog niet" in made
    assert "Voorspelde referentiewaarde" not in made
    assert "hoger dan verwacht" not in made


def test_a_report_with_nothing_to_show_says_so_and_why_without_a_single_figure():
    for name in ("alles verborgen", "geen resultaten"):
        made = blocks(SCHOOLS[name])
        assert not any(isinstance(block, Figure) for block in made)
        assert "geen cijfers" in text(made) or "geen toetsresultaten" in text(made)


def test_the_summary_names_at_most_three_things_that_stand_out():
    assert len(summary.stands_out(SCHOOLS["grote getallen"])) == summary.MOST


def test_every_figure_is_read_once_with_the_schools_own_numbers():
    reading = [block for block in growth.blocks(SCHOOLS["volledig"]) if "{.uitleg}" in str(block)]
    assert len(reading) == 2
    assert "25 leerlingen gemiddeld 7,0 punten" in reading[0]


def test_a_few_missing_pupils_ask_no_question_and_many_do():
    asked = text(conversation.blocks(report([*REPORT.results])))
    assert "Wie misten de toets" not in asked
    low = [result.__class__(**vars(result) | {"percent_with_growth": 75}) for result in REPORT.results]
    assert "Wie misten de toets" in text(conversation.blocks(report(low)))


def test_the_colophon_says_what_the_report_was_made_from():
    rows = dict(account.colophon(REPORT)[1].rows)
    assert rows["Gegevens van de export van"] == "1 augustus 2022"
    assert rows["Vergeleken schooljaren"] == "2021-2022, nog zonder jaar ervoor"
    assert rows["Controlegetal van de gegevens"] == REPORT.fingerprint[:16]
    assert "REML" in rows["Model"]
    assert rows["Programma"].startswith("nco-utils ")


def test_names_from_the_register_are_shown_as_they_stand():
    assert cover.front_matter(REPORT)["school"] == r"Obs Het \*Testje\*"
    assert cover.pairs(REPORT)["School"] == "Obs Het *Testje*"


def test_the_annex_holds_every_shown_result_of_both_cohorts():
    tables = [block for block in annex.blocks(SCHOOLS["volledig"]) if isinstance(block, Table)]
    rows = [row for table in tables if table.sheet == "Groei" for row in table.rows]
    assert len(rows) == 2 * len(SCHOOLS["volledig"].shown)
