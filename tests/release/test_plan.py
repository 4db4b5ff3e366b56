"""What a release is asked to make: the same wish in other words is the same request, and an empty wish is none."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from nco.command import cli
from nco.release import planning
from nco.reports import facts, kinds
from nco_utils.errors import UnusableInput
from tests.support.slicing import board, report

DATA, OUT = Path("data"), Path("out")


def request(*formats: str) -> planning.Request:
    return planning.Request("2022E", DATA, OUT, formats)


@pytest.mark.parametrize("formats", [("html", "pdf"), ("pdf", "html"), ("html", "pdf", "html"), ("pdf", "pdf", "html")])
def test_a_format_named_twice_or_in_another_order_is_the_same_request(formats):
    assert request(*formats) == request("html", "pdf")


def test_no_format_at_all_is_refused_and_not_a_release_of_workbooks():
    with pytest.raises(UnusableInput, match="at least one format: html, pdf, docx"):
        request()
    with pytest.raises(UnusableInput, match="no format 'word'"):
        request("html", "word")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--formats", ""], "at least one format"),
        (["--formats", " , "], "at least one format"),
        (["--formats", "html,xlsx"], "no format 'xlsx'"),
        (["--schools", ""], "--schools names no school"),
        (["--schools", " ,,"], "--schools names no school"),
    ],
)
def test_an_option_that_says_nothing_is_refused_and_never_taken_for_everything(tmp_path, options, words):
    """As of a script with an empty variable: it would release all schools, or workbooks only."""
    done = CliRunner().invoke(cli.app, ["release", "2022E", "--data", str(tmp_path), "--out", str(tmp_path), *options])
    assert done.exit_code == 2
    assert words in done.output
    assert list(tmp_path.iterdir()) == []


def _country() -> list[facts.ReportFacts]:
    """Two boards, of two schools and of one."""
    pair = [report(brinvest=name, board_number="99801") for name in ("99AA00", "99AB00")]
    alone = [report(brinvest="99AC00", board_number="99802")]
    return [kinds.facts_of(each) for each in (*pair, *alone, board(pair), board(alone))]


@pytest.mark.parametrize(
    ("chosen", "planned", "in_part"),
    [
        ((), {"99AA00", "99AB00", "99AC00", "99801", "99802"}, []),
        (("99AA00",), {"99AA00"}, ["99801"]),
        (("99AA00", "99AB00"), {"99AA00", "99AB00", "99801"}, []),
        (("99AB00", "99AC00"), {"99AB00", "99AC00", "99802"}, ["99801"]),
    ],
)
def test_a_board_is_asked_for_only_with_all_its_schools(chosen, planned, in_part):
    made = _country()
    assert {facts.subject for facts in planning._chosen(made, chosen)} == planned
    assert [facts.subject for facts in planning.boards_in_part(made, chosen)] == in_part


def test_a_school_that_there_is_not_is_refused_by_name():
    with pytest.raises(UnusableInput, match="99ZZ00"):
        planning._chosen(_country(), ("99AA00", "99ZZ00"))
