"""The group analysis: levels beside the country, and growth of each third against the same third of the country."""

import re
from dataclasses import replace

import pytest

from nco.base.dutch import number, texts
from nco.reports.blocks import Table
from nco.reports.growth.chapters import groepen, groepsanalyse
from nco.reports.growth.charts import groups
from nco.reports.growth.verdicts import COUNTRY, HIGHER, SIMILAR, UNSURE
from tests.support import chapters
from tests.support.slicing import RULE, SETTINGS, SHOWN, every_step, hidden, parts, report, thirds, with_levels

LEVEL = with_levels([SHOWN])[0]
WHOLE = report(with_levels(every_step()), thirds(every_step(), laag=16.0))


def test_a_third_is_judged_against_the_same_third_of_the_country_and_not_against_all_pupils():
    """Of the lowest third 9.1 is what the country's grows; all pupils of the country grow 6.7."""
    low = next(part for part in report([SHOWN], thirds([SHOWN])).parts if part.value == "laag")
    assert (low.country, low.mean_growth - SHOWN.national_mean) == (0.0, pytest.approx(2.4))
    ends = low.in_sd(COUNTRY)
    assert sum(ends) == pytest.approx(0, abs=0.02), "its interval lies around the country's third"
    assert RULE.verdict(low, COUNTRY) in (UNSURE, SIMILAR)
    grew = next(part for part in report([SHOWN], thirds([SHOWN], laag=16.0)).parts if part.value == "laag")
    assert RULE.verdict(grew, COUNTRY) == HIGHER


def test_a_third_without_a_figure_of_the_country_is_in_no_figure_and_no_table():
    alone = report([SHOWN], [replace(part, national_mean=None) for part in thirds([SHOWN])])
    assert groepsanalyse.thirds(alone, 8) is None
    assert groepsanalyse.thirds_table(alone, SHOWN.domain) is None


def test_thirds_and_classes_are_not_among_the_groups_of_pupils_of_the_report():
    others = [*thirds([SHOWN]), *parts([SHOWN], "group", "8A", "8B"), *parts([SHOWN], "sex", "jongen", "meisje")]
    shown = groepen.shown_groups(report([SHOWN], others), SETTINGS.subgroups)
    assert {group.trait for group in shown} == {"sex"}


@pytest.mark.parametrize("grade", [3, 5, 8])
def test_every_number_of_a_figure_is_in_a_table_of_the_workbook(grade):
    tables = [each for each in chapters.shown(WHOLE, "groepsanalyse") if isinstance(each, Table) and each.sheet]
    told = {text for table in tables for row in table.texts for text in row}
    told |= {end for text in told for end in text.split(" tot ")}
    for drawing in (groepsanalyse.levels(WHOLE, grade), groepsanalyse.thirds(WHOLE, grade)):
        spoken = set(re.findall(r"−?\d+,\d+", drawing.alt))
        drawn = set(re.findall(r">(−?\d+,\d+)<", drawing.svg))
        assert spoken and spoken | drawn <= told


def test_a_group_like_the_country_lies_in_the_countrys_band():
    like = replace(
        LEVEL,
        level_p25=LEVEL.national_level_p25,
        level_p50=LEVEL.national_level_p50,
        level_p75=LEVEL.national_level_p75,
    )
    places = [groups._place(like, getattr(like, f"level_p{percentile}")) for percentile in (25, 50, 75)]
    assert places == [-1, 0, 1]


def test_a_domain_whose_country_has_no_quantiles_is_not_in_the_figure_and_stays_in_the_workbook():
    without = replace(LEVEL, **{f"national_level_p{p}": None for p in (10, 25, 50, 75, 90)})
    made = report([without])
    assert groepsanalyse.levels(made, 8) is None
    (row,) = groepsanalyse.level_table(made, SHOWN.domain).texts
    assert number(LEVEL.level_p50) in row


def test_a_jaargroep_of_which_nothing_may_be_shown_says_so_and_nothing_else():
    made = report([SHOWN, hidden(step="M5-E5")])
    assert groepsanalyse.hidden(made, 5)
    assert groepsanalyse.who_grew(made, 5) == ""
    assert [f(made, 5) for f in (groepsanalyse.levels, groepsanalyse.growth, groepsanalyse.thirds)] == [None] * 3


@pytest.mark.parametrize("classes", [2, 4, 5])
def test_every_class_that_may_be_shown_stands_beside_the_jaargroep_or_in_a_table_of_its_own(classes):
    names = [f"8{letter}" for letter in "ABCDE"[:classes]]
    made = report([SHOWN], parts([SHOWN], "group", *names))
    titles = [
        column.title
        for table in (groepsanalyse.growth(made, 8), groepsanalyse.classes(made, 8))
        for column in (table.columns if table else ())
    ]
    assert [title for title in titles if title in names] == names


def test_the_mean_after_a_step_is_the_begin_score_and_the_growth():
    low, high = SHOWN.level
    assert (low, high) == (SHOWN.mean_before_low + SHOWN.mean_growth, SHOWN.mean_before_high + SHOWN.mean_growth)


def test_regression_to_the_mean_is_explained_where_thirds_are_shown_and_only_there():
    sentence = "Een lage score is soms een slechte dag"
    assert sentence in texts("group_analysis")["read_thirds"]
    assert sentence in groepsanalyse.reading(WHOLE)
    assert sentence not in groepsanalyse.reading(report([SHOWN]))
