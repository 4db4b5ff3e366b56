import json
from dataclasses import replace

import pytest

from nco.release.review import verdicts
from nco.release.review.verdicts import Verdict
from nco_utils.errors import UnusableInput

APPROVED = Verdict("99AA00", True, "", "j.jansen", "2023-09-28T13:05:11+00:00", "a" * 64)
REJECTED = replace(APPROVED, approved=False, note="figuur 2 klopt niet")
DIGEST, OTHER = APPROVED.digest, "b" * 64


def settled(mode: str, verdict: Verdict | None, digest: str = DIGEST, sample=()):
    return verdicts.settle({"99AA00": digest}, {"99AA00": verdict} if verdict else {}, mode, sample)


@pytest.mark.parametrize("mode", ["all", "sample", "none"])
@pytest.mark.parametrize("sample", [(), ("99AA00",)])
def test_a_rejected_report_is_left_out_and_nobody_waits_for_it(mode, sample):
    found = settled(mode, REJECTED, sample=sample)
    assert (found.waiting, found.left_out) == ((), {"99AA00": "rejected"})


@pytest.mark.parametrize("mode", ["all", "sample", "none"])
@pytest.mark.parametrize("verdict", [APPROVED, REJECTED])
def test_a_report_that_changed_since_its_verdict_is_left_out_whatever_the_verdict_was(mode, verdict):
    assert settled(mode, verdict, OTHER).left_out == {"99AA00": "changed"}


@pytest.mark.parametrize("mode", ["all", "sample", "none"])
def test_a_report_that_is_approved_as_it_is_is_published(mode):
    assert settled(mode, APPROVED, sample=("99AA00",)) == verdicts.Settled((), {})


@pytest.mark.parametrize(
    ("mode", "sample", "waits"),
    [("all", (), True), ("sample", ("99AA00",), True), ("sample", ("99AB00",), False), ("none", ("99AA00",), False)],
)
def test_without_a_verdict_all_waits_for_every_report_sample_for_its_own_and_none_for_nothing(mode, sample, waits):
    assert settled(mode, None, sample=sample) == verdicts.Settled(("99AA00",) if waits else (), {})


@pytest.mark.parametrize(("mode", "waits"), [("all", True), ("sample", True), ("none", False)])
def test_a_changed_report_is_waited_for_also_outside_the_sample_but_not_by_none(mode, waits):
    assert bool(settled(mode, APPROVED, OTHER).waiting) == waits


def test_verdicts_on_reports_that_were_not_made_mean_nothing():
    assert verdicts.settle({}, {"99AA00": REJECTED}, "all", ("99AA00",)) == verdicts.Settled((), {})


def test_the_last_verdict_in_the_file_counts_whatever_the_clock_said(tmp_path):
    file = verdicts.path(tmp_path, "2022E")
    verdicts.record([REJECTED], file)
    earlier = replace(APPROVED, at="2001-01-01T00:00:00+00:00")
    verdicts.record([earlier, replace(APPROVED, subject="99AB00")], file)
    assert verdicts.last(file) == {"99AA00": earlier, "99AB00": replace(APPROVED, subject="99AB00")}
    assert len(file.read_text().splitlines()) == 3, "nothing that was recorded goes"


def test_there_are_no_verdicts_before_the_first(tmp_path):
    assert verdicts.last(verdicts.path(tmp_path, "2022E")) == {}


def test_half_a_line_of_a_run_that_was_stopped_is_no_verdict_and_goes_with_the_next(tmp_path):
    file = tmp_path / "v.jsonl"
    verdicts.record([APPROVED], file)
    with file.open("a") as stream:
        stream.write('{"subject": "99AA00", "approved": fal')
    assert verdicts.last(file) == {"99AA00": APPROVED}
    verdicts.record([REJECTED], file)
    assert [json.loads(line)["approved"] for line in file.read_text().splitlines()] == [True, False]


@pytest.mark.parametrize("line", ["not JSON", "[]", '{"subject": "99AA00"}', '{"extra": 1}'])
def test_a_whole_line_that_is_no_verdict_is_named_and_nothing_is_guessed(tmp_path, line):
    file = tmp_path / "v.jsonl"
    verdicts.record([APPROVED], file)
    with file.open("a") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(UnusableInput, match=r"v\.jsonl line 2"):
        verdicts.last(file)


def test_when_the_disk_is_full_nothing_is_recorded_and_what_was_stays(tmp_path, monkeypatch):
    file = tmp_path / "v.jsonl"
    verdicts.record([APPROVED], file)
    before = file.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(verdicts.os, "fsync", full)
    with pytest.raises(UnusableInput, match=r"No space left.*Nothing was recorded"):
        verdicts.record([REJECTED], file)
    assert file.read_bytes() == before


def test_where_nobody_has_a_name_it_is_asked_for(monkeypatch):
    def nobody():
        raise KeyError("getpwuid(): uid not found: 4711")

    monkeypatch.setattr(verdicts.getpass, "getuser", nobody)
    with pytest.raises(UnusableInput, match="--by"):
        verdicts.reviewer()
