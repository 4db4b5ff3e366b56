"""Scores by category in the group analysis: what stands where, and that sentences say what the rule does."""

import json
from dataclasses import asdict, replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nco.base.dutch import texts
from nco.disclosure import shown_tables
from nco.reports.blocks import Table
from nco.reports.growth import slices
from nco.reports.growth.chapters import groepsanalyse
from nco.reports.growth.rows import Category
from nco.reports.growth.verdicts import COUNTRY, HIGHER, LOWER, SIMILAR, UNSURE
from nco_utils import tables
from tests.support import chapters
from tests.support.slicing import RULE, SHOWN, report

NAMES = ("getallen", "verhoudingen", "meten en meetkunde", "verbanden")
GETALLEN = Category(
    "rekenen_wiskunde", "E7-M8", "CITO-RW-3", "getallen", 25, 72, 900, 12, 64, 8.0, 1.0, 15.0, 5.0, 0.01
)
MATHS = replace(SHOWN, domain="rekenen_wiskunde", scale="CITO-RW-3")
WORDS = texts("group_analysis")


def of(*found: Category) -> slices.Slice:
    return report([MATHS], categories=tuple(found))


def test_without_categories_the_chapter_says_nothing_of_them():
    assert groepsanalyse.categories(of(), 8) == []
    assert groepsanalyse.category_table(of(), "rekenen_wiskunde") is None
    assert "onderdelen" not in groepsanalyse.reading(of()).lower()


def test_a_jaargroep_without_categories_has_none_where_another_has():
    assert groepsanalyse.categories(of(GETALLEN), 7) == []
    table, _ = groepsanalyse.categories(of(GETALLEN), 8)
    assert table.texts == [["Rekenen-wiskunde (M8)", "Getallen", "72", "64", "\u2191\u00a0hoger", "8", "1 tot 15"]]
    assert WORDS["read_categories"] in groepsanalyse.reading(of(GETALLEN))


def test_only_the_last_test_of_a_domain_is_printed_and_all_are_in_the_workbook():
    """In groep 5 the tests are M5 and E5."""
    both = [replace(GETALLEN, step=step, share=share) for step, share in (("E4-M5", 60), ("M5-E5", 70))]
    table, _ = groepsanalyse.categories(of(*both), 5)
    assert [row[0] for row in table.texts] == ["Rekenen-wiskunde (E5)"]
    book = groepsanalyse.category_table(of(*both), "rekenen_wiskunde")
    assert [row[1] for row in book.texts] == ["M5", "E5"] and not book.printed and book.sheet


def test_categories_stand_in_the_order_of_the_settings():
    found = [replace(GETALLEN, category=name) for name in sorted(NAMES)]
    table, _ = groepsanalyse.categories(of(*found), 8)
    assert [row[1].lower() for row in table.texts] == list(NAMES)


@st.composite
def some_categories(draw) -> tuple[Category, ...]:
    made = []
    for name in NAMES:
        apart, half = draw(st.integers(-20, 20)), draw(st.integers(0, 15))
        made.append(
            replace(
                GETALLEN, category=name, share=64 + apart, country=float(apart), country_low=float(apart - half),
                country_high=float(apart + half), country_q=draw(st.sampled_from([0.001, 0.04, 0.3])),
                country_sd=draw(st.sampled_from([None, 5.0, 40.0])),
            )
        )  # fmt: skip
    return tuple(made)


def _plain(word: str) -> str:
    return word.replace("\u00a0", " ")


@given(some_categories())
def test_table_sentence_and_workbook_say_of_a_category_what_the_rule_says(found):
    whole = of(*found)
    verdicts = {each.category: RULE.verdict(each, COUNTRY) for each in found}
    table, said = groepsanalyse.categories(whole, 8)
    words = {row[1].lower(): _plain(row[4]) for row in table.texts}
    book = {row[2].lower(): _plain(row[-1]) for row in groepsanalyse.category_table(whole, "rekenen_wiskunde").texts}
    assert words == book == {name: _plain(texts("outcomes")[verdict]) for name, verdict in verdicts.items()}
    named = {}
    for verdict in (HIGHER, LOWER, SIMILAR):
        begin = WORDS[f"category_{verdict}"].split("{")[0]
        rest = said.split(begin)[1].split(".")[0] if begin in said else ""
        named |= {name: verdict for name in NAMES if f"{name} (" in rest}
    assert named == {name: verdict for name, verdict in verdicts.items() if verdict != UNSURE}
    unsure = UNSURE in verdicts.values()
    assert (WORDS["categories_unsure"] in said or WORDS["categories_other"] in said) is unsure


def test_a_difference_that_is_not_more_than_chance_is_not_called_one_though_its_interval_lies_on_one_side():
    assert RULE.verdict(GETALLEN, COUNTRY) == HIGHER
    assert RULE.verdict(replace(GETALLEN, country_q=0.2), COUNTRY) == UNSURE
    assert RULE.verdict(replace(GETALLEN, country_sd=40.0), COUNTRY) == SIMILAR, "within the band"


def test_every_number_that_is_printed_is_in_the_workbook():
    found = [replace(GETALLEN, category=name, share=70 + place) for place, name in enumerate(NAMES)]
    shown = [each for each in chapters.shown(of(*found), "groepsanalyse") if isinstance(each, Table)]
    (printed,) = (each for each in shown if each.name == "tabel-onderdelen-groep-8")
    (book,) = (each for each in shown if each.sheet == WORDS["onderdelen_sheet"])
    for row, own in zip(printed.rows, book.rows, strict=True):
        assert [row[1], *row[2:4], *row[5:]] == [own[2], own[4], own[5], own[8], own[9]]


def test_a_slice_that_was_written_is_read_with_its_categories(tmp_path):
    whole = of(GETALLEN)
    assert slices.school(json.loads(json.dumps(asdict(whole)))).categories == (GETALLEN,)


def test_a_school_gets_its_own_categories_and_no_board_has_them():
    rows = pd.DataFrame([asdict(GETALLEN) | {"brinvest": name, "school_year": "2021-2022"} for name in ("99ZA00",)])
    found = slices.figures_of(Category, tables.conform(rows.assign(pupil_sd=13.0), shown_tables.CATEGORIES))
    assert found["99ZA00"] == [GETALLEN] and found["99ZB00"] == []
    assert "categories" not in slices.BoardSlice.__dataclass_fields__


@pytest.mark.parametrize("share", [5, 95])
def test_the_ends_of_what_is_told_are_explained_where_categories_are(share):
    assert f"{share}%" in WORDS["read_categories"].replace("\n", " ")
