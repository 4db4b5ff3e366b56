import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import shown_tables
from nco.register import enrolment
from nco.release.round_pipeline import slice_path
from nco.reports import kinds
from nco.reports.growth import slices
from nco.reports.growth.slices import Total
from nco_utils import tables
from nco_utils.errors import ContractError, UnusableInput
from tests.support.slicing import REPORT, SHOWN, YEAR_BEFORE, board, hidden, parts, report

ROUND = all_settings.load().round("2022E")


def test_a_slice_reads_back_as_it_was_written(tmp_path):
    REPORT.write(tmp_path / "s.json")
    assert kinds.read(tmp_path / "s.json") == REPORT


def test_the_reference_number_changes_with_any_figure():
    changed = replace(REPORT, results=(replace(REPORT.results[0], effect=1.5),))
    assert changed.reference_number != REPORT.reference_number
    assert REPORT.reference_number.startswith("NCO-2022E-99AA00-")


@pytest.mark.parametrize("content", [None, "", "{}", '{"results": 3}', "[]", "\x00"])
def test_an_absent_or_broken_slice_is_said_in_one_sentence(tmp_path, content):
    path = tmp_path / "s.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UnusableInput, match="analyse"):
        kinds.read(path)


def test_every_enrolled_school_has_a_slice_also_without_results():
    schools = pd.DataFrame([{name: getattr(REPORT, name, "cito") for name in tables.SCHOOLS.column_names}])
    boards = pd.DataFrame([{"board_number": REPORT.board_number, "board_name": REPORT.board_name}])
    context = slices.Context("2022E", ROUND, "", 6, 0.5, 0.05, ("score_before",), "random_intercept")
    content, _ = slices.cut(
        schools, boards, tables.empty(shown_tables.REPORT), tables.empty(shown_tables.BOARD_REPORT), context
    )
    assert content.results == ()
    assert content.school_name == REPORT.school_name


def test_what_a_school_showed_over_all_rounds_is_in_its_own_slice_and_its_boards_and_nowhere_else(tmp_path):
    names = tables.SCHOOLS.column_names
    schools = pd.DataFrame(
        [{name: getattr(REPORT, name, "cito") for name in names} | {"brinvest": code} for code in ("99AA00", "99AB00")]
    )
    boards = pd.DataFrame([{"board_number": REPORT.board_number, "board_name": REPORT.board_name}])
    context = slices.Context("2022E", ROUND, "", 6, 0.5, 0.05, ("score_before",), "random_intercept")
    row = dict.fromkeys(shown_tables.POOLED.column_names) | {"brinvest": "99AA00", "domain": "spelling", "scale": "S"}
    lasting = tables.conform(pd.DataFrame([row | {"effect": 1.25, "effect_n_steps": 4}]), shown_tables.POOLED)
    shown = vars(replace(SHOWN, domain="spelling", scale="S"))
    results = tables.conform(
        pd.DataFrame([shown | {"brinvest": code} for code in schools["brinvest"]]), shown_tables.REPORT
    )
    totals = tables.empty(shown_tables.BOARD_REPORT)
    one, other, of_board = slices.cut(schools, boards, results, totals, context, lasting)
    assert [(each.effect, each.effect_n_steps) for each in one.overall] == [(1.25, 4)]
    assert [(each.effect, each.effect_n_steps) for each in other.overall] == [(None, None)]
    assert [school.overall for school in of_board.schools] == [one.overall, other.overall]
    for content in (one, of_board):
        content.write(tmp_path / "s.json")
        assert kinds.read(tmp_path / "s.json") == content


def test_the_traits_of_a_report_are_those_of_the_models_that_its_own_reference_values_are_of():
    key = ("bo", SHOWN.school_year, SHOWN.step, SHOWN.domain, SHOWN.scale)
    terms = {key: ("score_before", "sex"), ("bo", *key[1:3], "spelling", "S"): ("score_before", "income")}
    every = ("score_before", "income", "sex")
    context = slices.Context("2022E", ROUND, "", 6, 0.5, 0.05, every, "random_intercept", terms_of=terms)
    assert context.terms("bo", [SHOWN]) == ("score_before", "sex")
    assert context.terms("bo", [SHOWN, replace(SHOWN, domain="spelling", scale="S")]) == every
    assert context.terms("sbo", [SHOWN]) == every, "there is no model: what the others hold"


def test_a_boards_slice_reads_back_as_it_was_written(tmp_path):
    content = board([REPORT], [Total("spelling", "M5-E5", "S", 2, 40, 7.1, 5.0, 9.2)])
    content.write(tmp_path / "b.json")
    assert kinds.read(tmp_path / "b.json") == content


def test_a_school_has_the_report_of_its_sector_where_there_is_one():
    boards = pd.DataFrame([{"board_number": REPORT.board_number, "board_name": REPORT.board_name}])
    context = slices.Context("2022E", ROUND, "", 6, 0.5, 0.05, (), "random_intercept", kinds=("school", "sbo"))
    nothing, kinds = (tables.empty(shown_tables.REPORT), tables.empty(shown_tables.BOARD_REPORT)), {}
    for sector in ("bo", "sbo", "vo"):
        row = {name: getattr(REPORT, name, "cito") for name in tables.SCHOOLS.column_names} | {"sector": sector}
        content, _ = slices.cut(pd.DataFrame([row]), boards, *nothing, context)
        kinds[sector] = content.kind
    assert kinds == {"bo": "school", "sbo": "sbo", "vo": "school"}


def test_the_slice_of_a_sector_without_points_holds_none_and_so_does_its_boards():
    """The same rows of two schools; the file of the one whose sector is shown no points has no figure in points."""
    boards = pd.DataFrame([{"board_number": REPORT.board_number, "board_name": REPORT.board_name}])
    about = {name: getattr(REPORT, name, "cito") for name in tables.SCHOOLS.column_names}
    schools = pd.DataFrame([about, about | {"brinvest": "99AB00", "sector": "sbo"}])
    context = slices.Context("2022E", ROUND, "", 6, 0.5, 0.05, (), "random_intercept", standardised_only=("sbo",))
    rows = [vars(row) for row in (SHOWN, replace(SHOWN, school_year=YEAR_BEFORE), *parts([SHOWN], "sex", "jongen"))]
    frame = pd.DataFrame([row | {"brinvest": code} for code in schools["brinvest"] for row in rows])
    report = tables.conform(frame, shown_tables.REPORT)
    bo, sbo, of_board = slices.cut(schools, boards, report, tables.empty(shown_tables.BOARD_REPORT), context)
    points = re.compile(r'"(mean_growth|mean_before|p\d\d|level_p|national_mean|national_before|reference)\w*": -?\d')
    assert points.search(bo.text)
    assert points.search(sbo.text) is None
    assert sbo.results[0].standardised == SHOWN.standardised
    assert [row.trait for row in sbo.others] == ["all"]
    assert of_board.schools[1].results == sbo.results


def test_a_slice_of_several_tests_reads_back_as_it_was_written(tmp_path):
    content = report([SHOWN, replace(SHOWN, scale="ANDERS"), replace(SHOWN, step="M5-E5", scale="ANDERS")])
    assert content.all_tests
    assert len(content.by_test) == 2
    content.write(tmp_path / "s.json")
    assert kinds.read(tmp_path / "s.json") == content


def test_a_boards_slice_holds_of_a_school_only_what_its_own_slice_shows(analysed):
    folder = slice_path(analysed, "2022E", "x").parent
    schools = {path.stem: kinds.read(path) for path in folder.glob("??????.json")}
    seen = []
    for path in folder.glob("?????.json"):
        content = kinds.read(path)
        for school in content.schools:
            assert school.results == schools[school.brinvest].results
            assert school.overall == schools[school.brinvest].overall
            seen.append(school.brinvest)
    assert sorted(seen) == sorted(schools)


def test_cohorts_and_parts_are_told_apart():
    earlier, part = replace(SHOWN, school_year=YEAR_BEFORE), parts([SHOWN], "sex", "jongen")[0]
    content = report([SHOWN, hidden(step="M5-E5")], [earlier, part, replace(part, school_year=YEAR_BEFORE)])
    bare = {f"{name}_q": None for name in ("effect", "country", "change")}
    for told, there in ((content.shown, SHOWN), (content.earlier, earlier), (content.parts, part)):
        assert [replace(result, **bare) for result in told] == [there]


def test_the_slice_of_a_small_school_holds_no_figure_of_its_pupils(analysed):
    growth = tables.read(tables.GROWTH, analysed / "2022E")
    sizes = growth.groupby("brinvest").size()
    small = sizes[sizes <= 5].index
    assert len(small) == 3
    for brinvest in small:
        content = json.loads(slice_path(analysed, "2022E", brinvest).read_text())
        for row in content["results"]:
            own = {k: v for k, v in row.items() if k.startswith(("n_", "mean", "stand", "ref", "eff", "rel"))}
            assert set(own.values()) == {None}
        assert content["trend"] == content["groups"] == content["overall"] == []


def test_no_slice_holds_the_key_of_a_pupil(analysed):
    pseudonyms = set(tables.read(tables.PUPILS, analysed / "2022E")["pupil_id"])
    keys = set(enrolment.read_background(analysed)["pupil_id"]) | pseudonyms
    assert len(keys) == 2 * 2287
    for path in slice_path(analysed, "2022E", "x").parent.iterdir():
        words = set(path.read_text().replace('"', " ").replace(",", " ").split())
        assert not words & keys


def test_a_figure_that_is_no_number_makes_no_slice(tmp_path):
    wrong = report([replace(SHOWN, effect=float("inf"))])
    with pytest.raises(ContractError, match="slice of 99AA00"):
        wrong.write(tmp_path / "s.json")
    assert not (tmp_path / "s.json").exists()


def test_a_slice_with_what_json_calls_no_number_is_not_read(tmp_path):
    (tmp_path / "s.json").write_text(REPORT.text.replace('"effect": 1.4', '"effect": NaN'))
    with pytest.raises(UnusableInput, match="not a slice"):
        kinds.read(tmp_path / "s.json")


HALF = {
    "growth": ({"mean_growth": None, "mean_growth_low": None, "mean_growth_high": None}, "mean_growth"),
    "pupils": ({"n_pupils": None}, "mean_growth"),
    "an end of an interval": ({"mean_growth_high": None}, "mean_growth"),
    "a reference value": ({"reference": None, "reference_low": None, "reference_high": None}, "reference"),
    "a difference": ({"effect": None, "effect_low": None, "effect_high": None}, "reference"),
    "an end of a difference": ({"effect_low": None}, "effect"),
    "what its interval is of": ({"standardised": None}, "standardised"),
    "an end of the begin score": ({"mean_before_low": None}, "mean_before"),
}


@pytest.mark.parametrize("missing", HALF)
def test_a_figure_of_which_a_part_is_missing_is_refused_by_school_and_name(missing):
    """Empty is what there is no figure of; what is empty beside its own other half is a fault."""
    facts, name = HALF[missing]
    assert SHOWN.half == ""
    assert hidden().half == ""
    wrong = replace(SHOWN, **facts)
    assert wrong.half == name
    row = {column: getattr(wrong, column, None) for column in shown_tables.REPORT.column_names} | {"brinvest": "99AA00"}
    schools = pd.DataFrame([{each: getattr(REPORT, each, "cito") for each in tables.SCHOOLS.column_names}])
    boards = pd.DataFrame([{"board_number": REPORT.board_number, "board_name": REPORT.board_name}])
    context = slices.Context("2022E", ROUND, "", 6, 0.5, 0.05, ("score_before",), "random_intercept")
    totals = tables.empty(shown_tables.BOARD_REPORT)
    with pytest.raises(ContractError, match=f"figure {name} of 99AA00"):
        next(slices.cut(schools, boards, tables.conform(pd.DataFrame([row]), shown_tables.REPORT), totals, context))
