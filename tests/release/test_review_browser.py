"""The page of the review in a browser: searched, sorted and walked through with the keyboard, on a screen and a phone.

Needs what `tests.journeys.test_browser` needs.
"""

from dataclasses import replace

import pytest

from nco.release.review import review_folder, review_page
from nco.release.review.verdicts import Settled
from tests.support.reviewed import BOARD, ROUND, SCHOOLS, open_office, set_release

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seen(browser, tmp_path_factory) -> dict:
    """What the browser saw (see review.mjs) of the page of three schools, one of which failed, and their board."""
    with pytest.MonkeyPatch.context() as patch:
        office = open_office(tmp_path_factory.mktemp("review"), patch)
        set_release(patch, review="all")
        office.says["99AB00"] = "Vennehûs"
        office.fails = {"99AC00"}
        kept = office.data / ROUND / "failed" / "99AC00.html"
        kept.parent.mkdir()
        kept.write_text("the failing cell")
        office.release()
    page = office.out / ROUND / "review" / "index.html"
    many = page.with_name("many.html")
    candidates = review_folder.read(office.out, ROUND, office.request.work)
    rows = tuple(replace(candidates.rows[0], subject=f"99{n:04d}", order=None) for n in range(450))
    many.write_text(review_page.page(replace(candidates, rows=rows), {}, Settled((), {})))
    return browser.see("review.mjs", page=str(page), many=str(many), search="VENNEHUS 99ab")


def test_no_rule_of_wcag_a_and_aa_is_violated_in_any_state_of_the_page(seen):
    assert seen["fresh"] == []
    assert seen["panel"]["violations"] == []
    assert seen["help"]["violations"] == []
    assert seen["phone"]["violations"] == []


def test_the_page_asks_for_nothing_but_itself_and_its_script_has_no_error(seen):
    assert seen["requests"] == []


def test_a_phone_never_scrolls_sideways(seen):
    assert seen["phone"]["width"] <= 360


def test_searching_finds_by_any_of_the_words_without_case_or_accents_and_says_how_many(seen):
    assert set(seen["all"]) == {*SCHOOLS, BOARD}
    assert seen["found"] == ["99AB00"]
    assert (seen["status"], seen["foundStatus"]) == ("4 van 4 rapporten", "1 van 4 rapporten")
    assert seen["cleared"] == seen["all"]


def test_reports_can_be_chosen_by_how_they_stand_and_of_whom_they_are(seen):
    made = set(seen["all"]) - {"99AC00"}
    assert seen["chosenBy"]["failed"] == ["99AC00"]
    assert (
        set(seen["chosenBy"]["waiting"]) == set(seen["chosenBy"]["sample"]) == set(seen["chosenBy"]["unread"]) == made
    )
    assert seen["chosenBy"]["rejected"] == []
    assert seen["boards"] == [BOARD]


def test_a_head_sorts_up_then_down_then_back_to_the_sample_first(seen):
    up, down, back = seen["sorted"]
    assert up == ["ascending", [BOARD, *SCHOOLS]]
    assert down == ["descending", [BOARD, *SCHOOLS][::-1]]
    assert back == [None, seen["all"]]


def test_keys_move_through_the_reports_and_the_focus_goes_along(seen):
    one, two, three, _ = seen["all"]
    assert seen["moved"] == [one, two, three, two, one]
    assert seen["focused"] == one


def test_the_chosen_report_shows_the_exact_commands_for_a_verdict(seen):
    approve, reject = seen["panel"]["commands"]
    assert approve.startswith(f"nco review {ROUND} --out ")
    assert f"--school {seen['all'][0]} --seen " in approve
    assert approve.endswith(" --approve")
    assert reject.endswith('--reject --note "waarom"')


def test_keys_open_what_they_say_and_can_be_turned_off(seen):
    assert seen["opened"]["Enter"].endswith("/report.html")
    assert seen["opened"]["n"].endswith("/notebook.html")
    assert seen["opened"]["l"].startswith("leveringsverslag/schools/")
    assert seen["help"]["open"]
    assert seen["withoutShortcuts"] == seen["all"][0]


def test_all_reports_are_there_without_scripts(seen):
    for subject in SCHOOLS:
        assert f"School {subject}" in seen["scriptless"]
    assert "ZeroDivisionError" in seen["scriptless"]


def test_of_hundreds_of_reports_a_share_is_shown_and_more_when_asked_or_when_the_keyboard_goes_there(seen):
    first, moved, at, clicked = seen["many"]
    assert first == [200, "450 van 450 rapporten", "Toon meer (nog 250)"]
    assert moved == [400, "450 van 450 rapporten", "Toon meer (nog 50)"]
    assert at == "990200"
    assert clicked[:2] == [450, "450 van 450 rapporten"]
