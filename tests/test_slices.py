import json
from dataclasses import replace

import pandas as pd
import pytest

from nco_utils import enrolment, params, slices, tables
from nco_utils.errors import UnusableInput
from nco_utils.rounds import slice_path
from tests.test_wording import REPORT


def test_a_slice_reads_back_as_it_was_written(tmp_path):
    slices.write(REPORT, tmp_path / "s.json")
    assert slices.read(tmp_path / "s.json") == REPORT


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
        slices.read(path)


def test_every_enrolled_school_has_a_slice_also_without_results():
    schools = pd.DataFrame([{name: getattr(REPORT, name, "cito") for name in tables.SCHOOLS.column_names}])
    boards = pd.DataFrame([{"board_number": REPORT.board_number, "board_name": REPORT.board_name}])
    context = slices.Context("2022E", params.load().round("2022E"), "", 6, 0.5, ("score_before",))
    (content,) = slices.cut(schools, boards, tables.empty(tables.REPORT), context)
    assert content.results == ()
    assert content.school_name == REPORT.school_name


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


def test_no_slice_holds_the_key_of_a_pupil(analysed):
    pseudonyms = set(tables.read(tables.PUPILS, analysed / "2022E")["pupil_id"])
    keys = set(enrolment.read_background(analysed)["pupil_id"]) | pseudonyms
    assert len(keys) == 2 * 2287
    for path in slice_path(analysed, "2022E", "x").parent.iterdir():
        words = set(path.read_text().replace('"', " ").replace(",", " ").split())
        assert not words & keys
