"""The school analysis: level against a norm, growth, cohorts and four fields, and that each says what it may say."""

import re
from dataclasses import replace

import pytest
from pydantic import ValidationError

from nco.base import all_settings
from nco.base.all_settings import Norms
from nco.base.dutch import step_code, texts
from nco.reports import labels
from nco.reports.blocks import Drawing, Table
from nco.reports.drawing import Canvas
from nco.reports.growth import norms
from nco.reports.growth.chapters import schoolanalyse
from nco.reports.growth.charts import cohorts
from nco.reports.growth.rows import ClassLevel
from nco.reports.growth.verdicts import COUNTRY, HIGHER, LOWER, UNSURE, Rule
from tests.support import chapters
from tests.support.levelled import at, followed, then
from tests.support.slicing import ALONE, SHOWN, YEAR, YEAR_BEFORE, every_step, hidden, report, text

NORM = SHOWN.national_level  # 46.5
HIGH, LOW, NEAR = (at(NORM + apart, SHOWN) for apart in (5, -5, 0))
GREW = {
    "standardised": 1.71, "standardised_low": 1.0, "standardised_high": 2.42, "mean_growth": 12.0,
    "mean_growth_low": 9.8, "mean_growth_high": 14.2,
}  # fmt: skip
WHOLE = followed(every_step())
SETTINGS = all_settings.load().norms


# --- the verdict of a level ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "norm", "verdict"),
    [
        ((50.0, 52.0), 50.0, HIGHER),  # a score on the norm counts as above, as with IEP
        ((50.0, 52.0), 50.1, UNSURE),
        ((50.0, 52.0), 52.0, UNSURE),
        ((50.0, 52.0), 52.1, LOWER),
        ((50.0, 52.0), None, None),
        ((None, None), 50.0, None),
    ],
)
def test_a_level_is_above_or_below_a_norm_only_with_all_that_it_can_be(ends, norm, verdict):
    assert Rule.level(ends, norm) == verdict


@pytest.mark.parametrize(("row", "word"), [(HIGH, "boven"), (LOW, "onder"), (NEAR, "rond")])
def test_a_cell_says_its_level_and_its_growth_in_a_word_a_mark_and_a_colour(row, word):
    drawing = schoolanalyse.trend(report([row]))
    assert f">{word}<" in drawing.svg
    assert f"{word} de norm" in drawing.alt
    above, below = ">boven<" in drawing.svg, ">onder<" in drawing.svg
    tints = drawing.svg.count("<rect")
    assert tints == above + below, "a tint without a word, or a word without its tint"


def test_every_verdict_of_growth_is_that_of_the_one_rule():
    rows = [replace(SHOWN, **GREW), *(replace(SHOWN, step=step) for step in ("M5-E5", "E5-M6"))]
    made = report(rows)
    told = {row[0]: row[-1] for row in schoolanalyse.table(made, SHOWN.domain).texts}
    assert told == {step_code(row.step): texts("outcomes")[made.rule.verdict(row, COUNTRY)] for row in made.shown}
    assert "hoger" in told["E7–M8"]
    assert ">hoger<" in schoolanalyse.trend(made).svg


# --- norms ---------------------------------------------------------------------------------------


def _iep(**facts):
    return replace(SHOWN, scale="IEP-LEZEN", domain="begrijpend_lezen", **facts)


@pytest.mark.parametrize(("step", "line_1f", "line_2f"), [("M8-E8", 60, 80), ("E7-M8", 56, 75), ("E2-M3", 16, 25)])
def test_a_development_line_ends_at_the_published_score_of_its_reference_level(step, line_1f, line_2f):
    row = _iep(step=step)
    assert [norms.value(report(), row, name) for name in (norms.LINE_1F, norms.LINE_2F)] == [line_1f, line_2f]


def test_a_test_without_published_reference_levels_has_no_line_and_says_so():
    made = report([replace(SHOWN, scale="CITO-BL-3")], norm=norms.LINE_1F)
    assert norms.value(made, made.results[0], norms.LINE_1F) is None
    assert "is de lijn naar 1F niet bekend" in schoolanalyse.norm(made)
    assert "naast het landelijk gemiddelde" in schoolanalyse.trend(made).svg


def test_a_line_before_the_end_of_groep_8_is_told_to_be_this_projects_choice():
    told = schoolanalyse.norm(report([_iep()], norm=norms.LINE_2F))
    assert "80 punten aan het eind van groep 8" in told
    assert "onze keuze" in told


def test_the_level_of_a_schools_class_is_that_of_its_step_year_and_scale_only():
    of = ClassLevel(SHOWN.domain, SHOWN.step, YEAR, SHOWN.scale, 7, 48.2)
    others = [replace(of, step="M5-E5"), replace(of, school_year=YEAR_BEFORE), replace(of, scale="CITO-BL-3")]
    told = [norms.value(report(class_levels=(level,)), SHOWN, norms.CLASS) for level in (of, *others)]
    assert told == [48.2, None, None, None]


def test_the_norm_of_a_school_goes_before_that_of_its_board_and_that_before_the_default():
    chosen = SETTINGS.model_copy(update={"boards": {"66000": "class"}, "schools": {"90AA00": "line_1f"}})
    told = [chosen.of(*each) for each in (("90AA00", "66000"), ("90AB00", "66000"), ("90AC00", "66001"))]
    assert told == ["line_1f", "class", SETTINGS.default]


@pytest.mark.parametrize(
    "wrong", [{"default": "best"}, {"schools": {"90AA": "class"}}, {"boards": {"1": "class"}}, {"classes": (20, 20)}]
)
def test_a_norm_that_cannot_be_meant_is_refused(wrong):
    with pytest.raises(ValidationError):
        Norms.model_validate(SETTINGS.model_dump() | wrong)


def test_all_four_norms_are_in_the_workbook_whichever_is_chosen():
    level = ClassLevel("begrijpend_lezen", "E7-M8", YEAR, "IEP-LEZEN", 7, 48.2)
    for norm in norms.NORMS:
        (row,) = schoolanalyse.table(report([_iep()], norm=norm, class_levels=(level,)), "begrijpend_lezen").texts
        assert row[4:8] == ["46,5", "48,2", "56,0", "75,0"]


# --- years, cohorts, fields ----------------------------------------------------------------------


def test_without_earlier_reports_there_is_one_column_and_with_them_one_a_school_year():
    assert [YEAR_BEFORE in schoolanalyse.trend(made).svg for made in (report(every_step()), WHOLE)] == [False, True]


def test_the_last_three_school_years_stand_side_by_side_and_all_are_in_the_workbook():
    years = ["2018-2019", "2019-2020", YEAR_BEFORE]
    made = replace(report([SHOWN]), history=then(replace(SHOWN, school_year=year) for year in years))
    drawn = schoolanalyse.trend(made).svg
    assert [year in drawn for year in (*years, YEAR)] == [False, True, True, True]
    assert [row[1] for row in schoolanalyse.table(made, SHOWN.domain).texts] == [*years, YEAR]


def test_what_is_hidden_says_so_and_has_no_verdict():
    made = replace(report([SHOWN]), history=then([hidden(school_year=YEAR_BEFORE)]))
    drawn = schoolanalyse.trend(made)
    assert drawn.svg.count(">niet getoond<") == 1
    assert f"in {YEAR_BEFORE} niet getoond" in drawn.alt
    assert [row[1] for row in schoolanalyse.table(made, SHOWN.domain).texts] == [YEAR]


def test_a_figure_of_few_pupils_has_a_star_and_a_sentence():
    few, many = report([replace(SHOWN, n_pupils=9)]), report([replace(SHOWN, n_pupils=10)])
    assert "*<" in schoolanalyse.trend(few).svg
    assert "(9 leerlingen)" in schoolanalyse.small(few)
    assert "*<" not in schoolanalyse.trend(many).svg
    assert schoolanalyse.small(many) == ""


def _cohorts(made) -> list[list[tuple[str, str]]]:
    return [[(row.step, row.school_year) for row in rows] for _, rows in cohorts.lines(_part(made))]


def _part(made, domain: str = SHOWN.domain):
    return schoolanalyse._part(made, domain)


def test_a_cohort_is_the_same_pupils_a_grade_further_each_school_year():
    rows = [replace(SHOWN, step=step) for step in ("M5-E5", "M6-E6", "M7-E7")]
    lines = _cohorts(followed(rows))
    assert lines == [
        [("M5-E5", YEAR_BEFORE), ("M6-E6", YEAR)],
        [("M6-E6", YEAR_BEFORE), ("M7-E7", YEAR)],
    ]


def test_a_cohort_that_is_seen_once_is_no_line_and_without_lines_there_is_no_figure():
    assert schoolanalyse.cohorts(report([SHOWN])) is None


def test_levels_of_another_test_are_in_no_line_and_no_cell_of_this_one():
    rows = [replace(SHOWN, step=step, scale="IEP-LEZEN") for step in ("M6-E6", "M7-E7")]
    made = followed(rows)
    other = replace(made, history=tuple(replace(each, scale="CITO-BL-3") for each in made.history))
    assert _cohorts(made)
    assert _cohorts(other) == []
    assert [schoolanalyse.trend(each).svg.count(">–<") for each in (made, other)] == [0, 2]


def test_every_jaargroep_is_one_point_in_the_four_fields_of_the_last_step_of_this_year():
    spoken = schoolanalyse.fields(WHOLE).alt
    points = re.findall(r"Rekenen-wiskunde, groep (\d)", spoken)
    assert points == ["3", "4", "5", "6", "7", "8"]
    drawn = re.findall(
        r">([ME]\d)<", schoolanalyse.fields(report([replace(SHOWN, step=s) for s in ("E4-M5", "M5-E5")])).svg
    )
    assert drawn == ["E5"]


def test_a_point_lies_in_a_field_only_when_level_and_growth_are_both_clear():
    clear = schoolanalyse.positions(report([replace(HIGH, **GREW, mean_before_low=41.0, mean_before_high=43.0)]))
    assert "boven de norm, met meer groei" in clear
    for row in (HIGH, replace(NEAR, **GREW, mean_before_low=33.0, mean_before_high=36.0)):
        assert schoolanalyse.positions(report([row])).startswith("Geen enkel punt")


def test_the_groups_to_look_at_first_are_those_below_the_norm_for_certain():
    assert "groep 8" in schoolanalyse.attention(report([LOW]))
    assert schoolanalyse.attention(report([NEAR])) == ""
    assert schoolanalyse.attention(report([HIGH])) == ""


def test_a_school_with_nothing_to_compare_with_has_no_figure_and_says_so():
    made = report([replace(SHOWN, **ALONE)])
    shown = chapters.shown(made, "schoolanalyse")
    assert not any(isinstance(block, Drawing) for block in shown)
    assert "te weinig scholen" in text(block for block in shown if not isinstance(block, Table))


def test_a_school_of_which_nothing_may_be_shown_says_so_and_nothing_else():
    shown = chapters.shown(report([hidden()]), "schoolanalyse")
    assert "kunnen we geen niveau laten zien" in text(shown)
    assert not any(isinstance(block, Drawing | Table) for block in shown)


@pytest.mark.parametrize("made", [WHOLE, replace(WHOLE, norm="class"), report([replace(SHOWN, n_pupils=7)])])
def test_every_number_that_a_figure_says_is_the_difference_of_two_of_the_workbook(made):
    tables = [each for each in chapters.shown(made, "schoolanalyse") if isinstance(each, Table)]
    apart = {
        f"{end - row[4]:.1f}".replace(".", ",").replace("-", "−")
        for each in tables
        for row in each.rows
        for end in row[3]
    }
    for drawing in filter(None, (schoolanalyse.cohorts(made), schoolanalyse.fields(made))):
        said = {each.replace("-", "−") for each in re.findall(r"−?\d+,\d+", drawing.alt)}
        assert said <= apart
        assert said


def test_a_name_covers_no_mark_and_no_other_name():
    places = [(1.0, 1.0), (1.08, 1.0), (1.0, 1.08), (1.2, 1.05)]
    marks = [labels.mark(*place) for place in places]
    named = [labels.Label(*place, f"E{n}") for n, place in enumerate(places)]
    taken = labels.write(Canvas(2), named, marks, [], labels.Box(0, 0, 4, 2))
    assert not any(box.overlaps(mark) for box in taken for mark in marks)
    assert not any(one.overlaps(other) for n, one in enumerate(taken) for other in taken[:n])
