"""The report on the school closures: what it says in every situation, in one voice, and what its cover says."""

import re
from dataclasses import replace
from datetime import date

import pytest

from nco.base import all_settings
from nco.base.dutch import texts
from nco.register.enrolment import given_by
from nco.reports import cover, kinds
from nco.reports.blocks import Drawing, Table
from nco.reports.covid.chapters import DELAY, bijlage, groei, groepen, inleiding, omvang, outcome
from nco.reports.covid.slices import CountryDelay, Delay, Shift, Slice
from nco.reports.growth.verdicts import COUNTRY
from nco_utils.tables import ALL, DOMAINS
from tests.support import chapters
from tests.support.slicing import text

ROUND, SETTINGS = "2021C", all_settings.load()
STEPS = ("M4-E4", "M5-E5", "M6-E6", "M7-E7")
CHAPTERS = SETTINGS.reports["covid"].chapters
UNSURE = Delay(
    domain="spelling", step="M5-E5", scale="CITO-SP-3", trait=ALL, value=ALL, status="shown", n_affected=25,
    n_before=74, n_years=3, delay=-2.4, delay_low=-9.9, delay_high=5.1, delay_shrunken=-2.9, delay_q=0.6,
    standardised=-0.12, standardised_low=-0.57, standardised_high=0.33, national=-3.0, country=0.6, country_low=-6.9,
    country_high=8.1, country_shrunken=0.1, country_q=0.9, spread=4.0,
)  # fmt: skip
LOWER = {"delay": -12.0, "delay_low": -17.0, "delay_high": -7.0, "delay_shrunken": -6.2, "delay_q": 0.001}
BEHIND = {"country": -9.0, "country_low": -14.0, "country_high": -4.0, "country_shrunken": -3.2, "country_q": 0.01}
AHEAD = {name: -value if name != "country_q" else value for name, value in BEHIND.items()}
AHEAD |= {"country_low": 4.0, "country_high": 14.0}
SIMILAR = {"country": 0.1, "country_low": -1.5, "country_high": 1.7, "country_q": 0.9}
COUNTRY_ROW = CountryDelay("spelling", ALL, ALL, ALL, ALL, 2185, 11478, 32, -2.1, -3.3, -1.0, -0.12, -0.17, -0.07)


def country() -> tuple[CountryDelay, ...]:
    rows = [replace(COUNTRY_ROW, domain=domain, step=step) for domain in DOMAINS for step in (*STEPS, ALL)]
    groups = [("sex", "jongen"), ("sex", "meisje"), ("income", "onder_modaal")]
    rows += [replace(COUNTRY_ROW, domain=d, trait=t, value=v) for d in DOMAINS for t, v in groups]
    return (*rows, replace(COUNTRY_ROW, domain=ALL, standardised=None, standardised_low=None, standardised_high=None))


def hidden(status: str = "hidden", **facts) -> Delay:
    unit = {name: getattr(UNSURE, name) for name in ("domain", "step", "scale", "trait", "value")}
    return Delay(**unit | {"status": status} | facts)


def whole(rows: list[Delay], **facts) -> list[Delay]:
    """The rows of steps, and of each domain a row of all its shown steps together."""
    there = dict.fromkeys(row.domain for row in rows if row.shown)
    return [*rows, *(replace(UNSURE, domain=domain, step=ALL, scale=ALL, n_affected=100, **facts) for domain in there)]


def every_step(**facts) -> list[Delay]:
    return [replace(UNSURE, domain=domain, step=step, **facts) for domain in DOMAINS for step in STEPS]


def report(rows: list[Delay], **facts) -> Slice:
    round_ = SETTINGS.round(ROUND)
    shared = {
        "kind": "covid", "round_code": ROUND, "round_label": round_.label, "school_year": round_.school_year,
        "export_date": round_.export_date.isoformat(), "publication": round_.publication.isoformat(),
        "board_number": "99801", "board_name": "Stichting Proef", "notice": "", "brinvest": "99AA00",
        "school_name": "Obs Het Testje", "sector": "bo", "denomination": "Openbaar", "number": 6, "minimum_group": 6,
        "similar_band": 0.5, "false_discovery_rate": 0.05, "affected": "2019-2020",
        "before": ("2016-2017", "2017-2018", "2018-2019"), "country": country(),
    }  # fmt: skip
    shown = dict.fromkeys(row.domain for row in rows if row.shown)
    years = (*shared["before"], shared["affected"])
    shifts = tuple(Shift(year, domain, 100, -0.5, -3.0, 2.0, 0.4) for domain in shown for year in years)
    return Slice(**shared | {"delays": tuple(rows), "shifts": shifts} | facts)


def groups(**gap) -> list[Delay]:
    facts = {"step": ALL, "scale": ALL, "trait": "sex", "delay_shrunken": None, "delay_q": None, "country_q": None}
    rows = [replace(UNSURE, **facts, value=value) for value in ("jongen", "meisje")]
    return [replace(rows[0], **{"gap": -1.0, "gap_low": -8.0, "gap_high": 6.0, "gap_q": 0.7} | gap), rows[1]]


SITUATIONS = {
    "nothing stands out": report(whole(every_step())),
    "lower": report(whole(every_step(), **LOWER, **BEHIND)),
    "lower at a step": report(whole([replace(UNSURE, **LOWER), replace(UNSURE, step="M6-E6")])),
    "ahead of the country": report(whole(every_step(), **AHEAD)),
    "like the country": report(whole(every_step(), **SIMILAR)),
    "beside zero, and not clear": report(whole(every_step(), delay=-4.1, delay_low=-6.9, delay_high=-1.2)),
    "one step": report(whole([UNSURE])),
    "a part hidden": report(whole([UNSURE, hidden(step="M4-E4"), hidden("few_years", step="M6-E6")])),
    "all hidden": report([hidden(), hidden("no_growth", domain="rekenen_wiskunde")]),
    "no country": report([hidden("no_country")], country=()),
    "no tests": report([]),
    "with groups": report([*whole(every_step()), *groups()]),
    "a group behind": report([*whole(every_step()), *groups(gap=-9.0, gap_low=-14.0, gap_high=-4.0, gap_q=0.01)]),
}  # fmt: skip


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
