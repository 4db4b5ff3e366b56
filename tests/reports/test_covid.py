"""The report on the school closures: what it says in every situation, in one voice, and what its cover says."""

import re
from datetime import date

import pytest

from nco.base.dutch import texts
from nco.register.enrolment import given_by
from nco.reports import cover, kinds
from nco.reports.blocks import Drawing, Table
from nco.reports.covid.chapters import DELAY, bijlage, groei, groepen, inleiding, omvang, outcome
from nco.reports.covid.slices import Slice
from nco.reports.growth.verdicts import COUNTRY
from tests.support import chapters
from tests.support.crisis import COUNTRY_ROW, ROUND, SETTINGS, SITUATIONS, UNSURE
from tests.support.slicing import text

CHAPTERS = SETTINGS.reports["covid"].chapters


def shown(content: Slice) -> str:
    return "\n\n".join(text(chapters.shown(content, name)) for name in CHAPTERS)


@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS)
def test_every_situation_is_told_in_sentences_that_a_reader_at_b1_can_read(situation):
    said = shown(SITUATIONS[situation])
    for wrong in ("None", "nan", "higher", "lower", "hidden", "few_years", "{{"):
        assert wrong not in re.sub(r"\{[.#][\w-]+\}", "", said), wrong
    worded = re.sub(r"\|.*|^: .*|\{[.#][\w-]+\}|^#.*|^:::.*", "", said, flags=re.MULTILINE)
    for sentence in re.split(r"(?<=[.?!:;])\s+|\n\s*\n|\n\s*- ", worded):
        assert len(sentence.split()) <= 30, sentence


def test_what_stands_out_is_said_first_and_is_what_the_tables_say():
    for name, content in SITUATIONS.items():
        clear = [
            (row, measure)
            for row in (*content.overall, *content.shown)
            for measure in (DELAY, COUNTRY)
            if content.rule.verdict(row, measure) in ("higher", "lower")
        ]
        assert bool(inleiding.stands_out(content)) == bool(clear), name
        if content.shown:
            nothing = texts("covid")["nothing_stands_out"] in inleiding.key_finding(content)
            assert nothing == (not clear)


def test_a_step_has_one_verdict_in_table_sentence_and_figure():
    content = SITUATIONS["lower at a step"]
    row = next(each for each in content.shown if each.step == "M5-E5")
    word = outcome(row, DELAY, content.rule)
    assert "lager" in word
    table = omvang.by_step(content)
    assert table.texts == [["Midden–eind groep 5", word], ["Midden–eind groep 6", "niet te zeggen"]]
    assert "lager bij midden–eind groep 5" in groei.steps(content, "spelling")
    sheet = bijlage.steps(content)[0]
    assert [cells[1] for cells in sheet.texts] == [word, "niet te zeggen", "niet te zeggen"]


def test_a_delay_that_chance_may_explain_is_not_named_whatever_the_country_did():
    said = groei.sentence(SITUATIONS["nothing stands out"], "spelling")
    assert "niet te zeggen" in said
    assert "lager" not in said.replace("hoger of lager", "")


def test_that_an_interval_beside_zero_is_not_clear_is_explained():
    content = SITUATIONS["beside zero, and not clear"]
    assert "bij zoveel uitkomsten naast elkaar" in groei.sentence(content, "spelling")
    assert inleiding.by_chance(content) == texts("summary")["chance_apart"]
    assert inleiding.by_chance(SITUATIONS["nothing stands out"]) == ""


def test_a_difference_within_the_band_is_about_equal_to_the_country():
    assert "ongeveer gelijk" in groei.sentence(SITUATIONS["like the country"], "spelling")


def test_the_further_behind_of_two_groups_is_named():
    traits = {"sex": SETTINGS.subgroups["sex"]}
    # boys grew nine places less beside the years before than girls
    told = groepen.differences(SITUATIONS["a group behind"], traits)
    assert told == "**Meisjes** bleven bij spelling minder achter dan jongens."
    assert "niet te zeggen" in groepen.differences(SITUATIONS["with groups"], traits)


def test_the_cover_names_the_denomination_and_has_a_number_as_ncos():
    content = SITUATIONS["nothing stands out"]
    said = cover.pairs(content)
    assert said["Onderwijsrichting"] == "Openbaar"
    assert said["Referentienummer"] == "2021030006"
    assert cover.front_matter(content)["title"] == "Leergroei in de coronacrisis"


def test_a_slice_is_read_back_as_it_was_written(tmp_path):
    content = SITUATIONS["with groups"]
    content.write(tmp_path / "a.json")
    assert kinds.read(tmp_path / "a.json") == content
    facts = kinds.facts_of(content)
    assert (facts.kind, facts.n_shown, facts.n_pupils) == ("covid", 12, 25)


def test_every_figure_has_its_numbers_in_the_workbook():
    content = SITUATIONS["with groups"]
    tables = [*bijlage.steps(content), *bijlage.groups(content), *bijlage.cohorts(content), *bijlage.country(content)]
    cells = {str(cell) for table in tables for row in table.rows for cell in row}
    assert all(isinstance(table, Table) and table.sheet and not table.printed for table in tables)
    drawn = [
        groei.beside_country(content, "spelling"),
        groei.through_years(content, "spelling"),
        omvang.figure(content),
    ]
    assert all(isinstance(each, Drawing) for each in drawn)
    for value in (UNSURE.delay, UNSURE.national, UNSURE.delay_shrunken, -0.5, COUNTRY_ROW.delay):
        assert str(value) in cells


# --- who gets it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "gets"),
    [
        ("2020-11-27", ("covid", "jaarlijks-groeihoofdstuk")),
        ("2020-11-28", ("jaarlijks-groeihoofdstuk",)),
        ("2021-02-01", ("jaarlijks-groeihoofdstuk",)),
        ("2021-02-02", ()),
        (None, ()),
    ],
)
def test_who_enrolled_by_27_november_2020_gets_it_and_who_came_later_the_yearly_chapter_only(day, gets):
    assert given_by(date.fromisoformat(day) if day else None, SETTINGS.round(ROUND)) == gets


def test_a_round_makes_its_own_reports_and_no_other_round_does():
    assert SETTINGS.reports_of(ROUND) == ("covid",)
    others = [SETTINGS.reports_of(code) for code in SETTINGS.rounds if code != ROUND]
    assert others
    assert all("covid" not in names and "school" in names for names in others)
    assert [study.national for study in kinds.studies(SETTINGS, ROUND)] == ["covid"]
    assert [study.national for study in kinds.studies(SETTINGS, "2022E")] == ["landelijk"]
