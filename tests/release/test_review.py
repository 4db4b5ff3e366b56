import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from typer.testing import CliRunner

from nco.base import all_settings
from nco.base.all_settings import Sample
from nco.command import cli, console
from nco.release import release, verify
from nco.release.review import review_folder, review_page, verdicts
from nco.release.review.reviewing import Asked, review_round
from nco_utils.errors import UnusableInput
from tests.support.reviewed import BOARD, ROUND, SCHOOLS, Office, open_office, set_release

EVERYONE = {*SCHOOLS, BOARD}
DRAWN = Sample(largest_changes=0, most_hidden=0, random=2)


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    return open_office(tmp_path, monkeypatch)


@pytest.fixture
def mode(monkeypatch):
    return lambda name, **other: set_release(monkeypatch, review=name, **other)


def say(office: Office, *subjects: str, approve: bool = True, note: str = "zie figuur 2", **other):
    return review_round(ROUND, office.out, Asked(subjects, approve, not approve, note, "j.jansen", **other))


def page(office: Office) -> html.HtmlElement:
    return html.parse(str(office.out / ROUND / "review" / "index.html")).getroot()


def rows(office: Office) -> dict[str, html.HtmlElement]:
    return {row.get("id"): row for row in page(office).xpath("//table[@id='rapporten']/tbody/tr")}


# --- what publication waits for -------------------------------------------------------------------


def test_all_waits_until_every_report_has_a_verdict_and_then_publishes_without_making_anything(office, mode):
    mode("all")
    first = office.release()
    assert (first.folder, set(first.waiting)) == (None, EVERYONE)
    assert office.published() == set()
    assert not (office.out / ROUND / "manifest.json").exists()
    assert len(say(office, *SCHOOLS).waiting) == 1
    assert office.release().folder is None
    assert say(office, BOARD).waiting == ()
    made = office.n_made
    last = office.release()
    assert last.folder == office.out / ROUND
    assert last.changed
    assert (last.n_made, office.n_made) == (0, made)
    assert office.published() == EVERYONE


def test_while_it_waits_readers_keep_the_earlier_release_and_reviewers_see_the_new_one(office, mode):
    office.release()
    before = (office.out / ROUND / "manifest.json").read_bytes()
    mode("all")
    office.says["99AB00"] = "krimp"
    assert office.release().waiting
    folder = office.out / ROUND
    assert (folder / "manifest.json").read_bytes() == before
    assert "groei" in (folder / "schools" / "99AB00" / "report.html").read_text()
    assert "krimp" in (folder / "review" / "schools" / "99AB00" / "report.html").read_text()
    assert verify.verify(folder).problems == ()


@pytest.mark.slow
def test_a_rejected_report_is_never_published_and_goes_when_it_was(office):
    office.release()
    assert office.published() == EVERYONE
    say(office, "99AB00", approve=False)
    finished = office.release()
    assert office.published() == EVERYONE - {"99AB00", BOARD}
    assert {r.facts.subject: r.state for r in finished.reports}["99AB00"] == "rejected"
    index = html.parse(str(office.out / ROUND / "index.html")).getroot().text_content()
    assert "afgekeurd, niet gepubliceerd" in index
    say(office, "99AB00")
    office.release()
    assert office.published() == EVERYONE, "the last verdict counts"


@pytest.mark.slow
def test_a_report_that_changed_since_its_verdict_is_left_out_by_none_and_waited_for_by_the_others(office, mode):
    say_all = (*SCHOOLS, BOARD)
    office.release()
    say(office, *say_all)
    office.says["99AC00"] = "krimp"
    finished = office.release()
    assert {r.facts.subject: r.state for r in finished.reports}["99AC00"] == "changed"
    assert office.published() == EVERYONE - {"99AC00", BOARD}
    for name in ("sample", "all"):
        mode(name)
        assert office.release().waiting == ("99AC00",)
    say(office, "99AC00")
    assert office.release().folder
    assert office.published() == EVERYONE


def _row(office: Office, subject: str) -> str:
    """What the published index says of a report."""
    index = html.parse(str(office.out / ROUND / "index.html")).getroot()
    (row,) = index.xpath(f"//tr[td[translate(., '-', '') = '{subject}']]")
    return row.text_content()


UNPUBLISHED = {
    "rejected": lambda office: say(office, "99AB00", approve=False),
    "changed": lambda office: say(office, "99AB00") and office.says.update({"99AB00": "krimp"}),
    "failed": lambda office: office.says.update({"99AB00": "krimp"}) or office.fails.add("99AB00"),
}


@pytest.mark.parametrize(("state", "happens"), UNPUBLISHED.items(), ids=UNPUBLISHED)
def test_a_school_without_a_published_report_is_in_no_published_report_of_its_board(office, state, happens):
    office.release()
    assert office.published() == EVERYONE
    happens(office)
    finished = office.release()
    states = {report.facts.subject: report.state for report in finished.reports}
    assert (states["99AB00"], states[BOARD]) == (state, "incomplete")
    assert office.published() == EVERYONE - {"99AB00", BOARD}
    assert finished.incomplete == {BOARD: ("99AB00",)}
    assert release.as_record(finished)["incomplete"] == {BOARD: ["99AB00"]}
    assert "van een school van dit bestuur is er geen rapport" in _row(office, BOARD)
    assert "25" in _row(office, "99AA00")
    assert "25" not in _row(office, "99AB00"), "how many pupils it has may be what is wrong"
    told = rows(office)[BOARD].text_content()
    assert "van een school van dit bestuur is er geen rapport" in told, "the reviewer sees it too"


def test_when_the_school_is_approved_after_all_the_boards_report_is_there_again_with_nothing_made(office, capsys):
    office.release()
    say(office, "99AB00", approve=False)
    console.print_release(office.release(), 1.0)
    assert (
        f"{BOARD}: left out, for it shows schools of which no report is published: 99AB00." in capsys.readouterr().out
    )
    say(office, "99AB00")
    finished = office.release()
    assert (office.published(), finished.incomplete, finished.n_made) == (EVERYONE, {}, 0)


def test_a_release_of_some_schools_of_a_board_has_no_report_of_the_board(office, capsys):
    finished = office.release(schools=SCHOOLS[:2])
    assert office.published() == {*SCHOOLS[:2]}
    assert finished.boards_in_part == (BOARD,)
    console.print_release(finished, 1.0)
    assert f"No reports of boards {BOARD}" in capsys.readouterr().out
    folder = office.out / ROUND
    assert BOARD not in (folder / "manifest.json").read_text() + (folder / "index.html").read_text()
    assert office.release(schools=SCHOOLS).boards_in_part == ()
    assert office.published() == EVERYONE


def test_a_round_that_waits_for_verdicts_is_not_published_because_the_setting_was_loosened(office, mode, capsys):
    mode("all")
    office.release()
    say(office, "99AA00")
    for looser in ("sample", "none"):
        mode(looser, sample=DRAWN)
        shutil.rmtree(office.out / ".work")  # which may be removed
        finished = office.release()
        assert (finished.folder, set(finished.waiting), finished.mode) == (None, EVERYONE - {"99AA00"}, "all")
        assert office.published() == set()
        console.print_release(finished, 1.0)
        told = capsys.readouterr().out
        assert f"release.review is {looser} now" in told
        assert "--looser-review" in told
        assert review_round(ROUND, office.out, Asked()).mode == "all"
    finished = office.release(looser_review=True)
    assert (finished.mode, finished.waiting) == ("none", ())
    assert office.published() == EVERYONE
    manifest = json.loads((office.out / ROUND / "manifest.json").read_text())
    assert manifest["waited_for"] == "none"
    assert office.release().mode == "none", "said once, it holds"


def test_a_stricter_setting_holds_at_once_and_the_manifest_says_what_was_waited_for(office, mode):
    office.release()
    mode("all")
    assert set(office.release().waiting) == EVERYONE
    assert set(office.release(looser_review=True).waiting) == EVERYONE, "it is not looser than the setting"
    say(office, *EVERYONE)
    office.release()
    assert json.loads((office.out / ROUND / "manifest.json").read_text())["waited_for"] == "all"


def test_the_same_bytes_made_again_keep_their_verdict(office, mode):
    mode("all")
    office.release()
    say(office, *SCHOOLS, BOARD)
    for path in sorted((office.out / ".work" / ROUND / "store").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    finished = office.release()
    assert finished.n_made == 4
    assert finished.folder


def test_after_a_run_that_was_stopped_a_verdict_is_on_what_the_page_shows(office, mode, monkeypatch):
    mode("all")
    office.release()
    office.says["99AB00"] = "krimp"

    def stopped(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(review_folder, "build", stopped)
        with pytest.raises(KeyboardInterrupt):
            office.release()
    assert "groei" in (office.out / ROUND / "review" / "schools" / "99AB00" / "report.html").read_text()
    say(office, *SCHOOLS, BOARD)
    assert office.release().waiting == ("99AB00",), "nobody has seen what it says now"


def test_sample_waits_for_the_sample_only(office, mode):
    mode("sample", sample=DRAWN)
    waiting = office.release().waiting
    assert len(waiting) == 2
    say(office, *waiting)
    office.release()
    assert office.published() == EVERYONE


def test_when_every_report_is_left_out_what_was_published_stays(office):
    office.release()
    say(office, *SCHOOLS, BOARD, approve=False)
    finished = office.release()
    assert (finished.folder, finished.waiting) == (None, ())
    assert office.published() == EVERYONE
    assert verify.verify(office.out / ROUND).problems == ()


def test_a_verdict_that_cannot_be_read_stops_publication(office):
    office.release()
    file = verdicts.path(office.out, ROUND)
    file.parent.mkdir()
    file.write_text("rubbish\n")
    with pytest.raises(UnusableInput, match="line 1"):
        office.release()


def test_the_manifest_says_who_decided_what_of_which_bytes(office):
    office.release()
    say(office, "99AA00", note="goed")
    office.release()
    manifest = json.loads((office.out / ROUND / "manifest.json").read_text())
    found = {report["subject"]: report["verdict"] for report in manifest["reports"]}
    assert found["99AB00"] is None
    digest = json.loads((office.out / ".work" / ROUND / "reports.json").read_text())["rows"][0]["digest"]
    assert found["99AA00"] | {"at": ""} == {
        "subject": "99AA00", "approved": True, "note": "goed", "by": "j.jansen", "at": "", "digest": digest
    }  # fmt: skip
    assert found["99AA00"]["at"].endswith("+00:00")


def test_another_choice_of_who_reviews_makes_no_report_anew(office, mode):
    office.release()
    mode("all", review_seed=2, workers=7)
    assert office.release().n_made == 0


# --- the page --------------------------------------------------------------------------------------


def test_the_page_shows_every_report_with_the_sample_first(office, mode):
    mode("sample", sample=DRAWN)
    waiting = set(office.release().waiting)
    found = rows(office)
    assert set(found) == EVERYONE
    assert set(list(found)[:2]) == waiting
    for subject, row in found.items():
        assert ("geloot" in row.text_content()) == ("wacht" in row.text_content()) == (subject in waiting)
        assert "3 fig." in row.text_content()


def test_every_link_leads_to_a_file_in_the_folder_and_none_outside(office):
    office.release()
    folder = office.out / ROUND / "review"
    links = [link for element, kind, link, _ in page(office).iterlinks() if kind in ("href", "src") and link[0] != "#"]
    paths = [link for link in links if not link.startswith("data:")]
    assert len(paths) == 4 * 2 + 4 + 4 + 3, "the name, HTML and XLSX; the notebooks; the deliveries"
    for path in paths:
        assert (folder / path).is_file(), path
        assert (folder / path).resolve().is_relative_to(folder.resolve())


def test_the_page_needs_nothing_from_elsewhere(office):
    office.release()
    text = (office.out / ROUND / "review" / "index.html").read_text()
    assert "http://" not in text.replace("http://www.w3.org/", "")
    assert "https://" not in text
    assert not page(office).xpath("//script/@src | //link[@rel='stylesheet']")


def test_names_notes_and_errors_are_text_never_mark_up(office):
    office.fails = {"99AC00"}
    office.release()
    say(office, "99AA00", note='<img src=x onerror="alert(1)">')
    assert not page(office).xpath("//tbody//b | //tbody//img")
    found = rows(office)
    assert "School 99AA00 groei <b>&" in found["99AA00"].text_content()
    assert '<img src=x onerror="alert(1)">' in found["99AA00"].text_content()


def test_a_verdict_is_on_the_page_at_once(office):
    office.release()
    assert "geen oordeel" in rows(office)["99AB00"].text_content()
    say(office, "99AB00", approve=False, note="figuur 2 klopt niet")
    told = rows(office)["99AB00"].text_content()
    assert "afgekeurd" in told
    assert "j.jansen" in told
    assert "figuur 2 klopt niet" in told


def test_a_failed_report_says_why_and_leads_to_its_notebook(office):
    office.fails = {"99AC00"}
    kept = office.data / ROUND / "failed" / "99AC00.html"
    kept.parent.mkdir(parents=True)
    kept.write_text("the failing cell")
    office.release()
    row = rows(office)["99AC00"]
    assert "ZeroDivisionError" in row.text_content()
    (link,) = set(row.xpath(".//a[@data-open='notebook']/@href"))
    assert (office.out / ROUND / "review" / link).read_text() == "the failing cell"


def test_the_command_on_the_page_is_what_nco_understands(office):
    office.release()
    table = page(office).get_element_by_id("rapporten")
    command, *arguments = table.get("data-command").split()
    seen = rows(office)["99AA00"].get("data-seen")
    asked = [*arguments, "--school", "99AA00", "--seen", seen, "--approve", "--by", "x", "--json"]
    done = CliRunner().invoke(cli.app, asked)
    assert command == "nco"
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["recorded"][0]["subject"] == "99AA00"


def test_the_folder_is_left_alone_when_nothing_changed_and_mended_when_it_is_gone(office):
    office.release()
    file = office.out / ROUND / "review" / "index.html"
    before = file.stat().st_ino
    assert not office.release().changed
    assert file.stat().st_ino == before
    file.with_name(".stamp").unlink()
    file.unlink()
    assert not office.release().changed
    assert file.is_file()


def test_a_release_that_waits_no_longer_shows_what_is_published_again(office, mode):
    office.release()
    mode("all")
    office.says["99AB00"] = "krimp"
    office.release()
    mode("none")
    office.says["99AB00"] = "groei"
    assert not office.release().changed
    assert "groei" in (office.out / ROUND / "review" / "schools" / "99AB00" / "report.html").read_text()


def test_the_page_of_a_whole_country_is_made_of_rows_that_say_all_without_a_script(office):
    office.release()
    candidates = review_folder.read(office.out, ROUND, office.request.work)
    many = tuple(replace(candidates.rows[0], subject=f"{10 + n // 100}AA{n % 100:02d}") for n in range(2000))
    text = review_page.page(replace(candidates, rows=many), {}, verdicts.Settled((), {}))
    assert len(html.document_fromstring(text).xpath("//tbody/tr")) == 2000
    assert len(text) < 4_000_000


# --- the command -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(("99AA00",), True, True, "x"), "not both"),
        (Asked(("99AA00",)), "--approve or --reject"),
        (Asked((), True), "--school"),
        (Asked(("99AA00",), reject=True), "--note"),
        (Asked(("99ZZ00",), True), "99ZZ00"),
        (Asked(("99AA00", "99ZZ00"), True), "99ZZ00"),
        (Asked(("99AA00", "99AB00"), True, seen="0" * 8), "one report"),
        (Asked(("99AA00",), True, seen="0" * 8), "made anew since you saw it"),
    ],
)
def test_a_call_that_cannot_be_meant_is_refused_and_records_nothing(office, asked, words):
    office.release()
    with pytest.raises(UnusableInput, match=words):
        review_round(ROUND, office.out, asked)
    assert not verdicts.path(office.out, ROUND).exists()


def test_without_a_release_there_is_nothing_to_review_and_nothing_is_made(tmp_path):
    with pytest.raises(UnusableInput, match="nco release"):
        review_round(ROUND, tmp_path / "out", Asked())
    assert not (tmp_path / "out").exists()


def test_a_report_that_failed_cannot_be_approved(office):
    office.fails = {"99AC00"}
    office.release()
    with pytest.raises(UnusableInput, match="99AC00"):
        say(office, "99AC00")


def test_when_the_page_cannot_be_written_the_verdict_is_kept_and_that_is_said(office, monkeypatch):
    office.release()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(review_folder, "rewrite_page", full)
    with pytest.raises(UnusableInput, match=r"is recorded.*No space left"):
        say(office, "99AA00")
    assert set(verdicts.last(verdicts.path(office.out, ROUND))) == {"99AA00"}


def test_who_may_only_read_is_told_what_is_waited_for_and_no_verdict_is_taken(office, monkeypatch):
    office.release()

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(verdicts.locking, "lock", refused)
    assert review_round(ROUND, office.out, Asked()).waiting == ()
    with pytest.raises(UnusableInput, match="cannot be written to: Permission denied"):
        say(office, "99AA00")


def run(office: Office, *arguments: str):
    return CliRunner().invoke(cli.app, ["review", ROUND, "--out", str(office.out), *arguments])


def test_without_a_verdict_the_command_lists_what_is_waited_for_and_where_the_page_is(office, mode):
    mode("sample", sample=DRAWN)
    waiting = office.release().waiting
    told = json.loads(run(office, "--json").stdout)
    assert told["mode"] == "sample"
    assert {report["subject"] for report in told["reports"]} == set(waiting)
    assert told["waiting"] == 2
    assert Path(told["page"]).is_file()
    prose = run(office).stdout
    assert all(subject in prose for subject in waiting)


def test_the_last_verdict_that_is_needed_says_what_to_do_next(office, mode):
    mode("all")
    office.release()
    assert "nco release" not in run(office, "--school", ",".join(SCHOOLS), "--approve", "--by", "x").stdout
    told = run(office, "--school", f"{BOARD}", "--reject", "--note", "nee", "--by", "x").stdout
    assert "Run `nco release 2022E` again" in told


def test_the_command_refuses_with_exit_code_2(office):
    office.release()
    done = run(office, "--school", "99AA00", "--reject", "--by", "x")
    assert done.exit_code == 2


def test_publication_waits_for_nobody_unless_params_say_so():
    assert all_settings.load().release.review == "none"
