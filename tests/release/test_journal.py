import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from nco.base import journal
from nco.release import planning, release
from nco.release.make import Source
from nco_utils.errors import UnusableInput
from tests.conftest import ROUND, SMALL

SECRET = "pupil 17001 scored 46.25"
RUN = dict.fromkeys(("round", "data", "out", "engine", "engine_version", "notebook_engine"), "x")
RUN |= {"workers": 2, "formats": ("html",), "schools": ()}


def events(folder: Path) -> list[dict]:
    return [json.loads(line) for log in sorted(folder.glob("*.jsonl")) for line in log.read_text().splitlines()]


def begun(folder: Path) -> journal.Journal:
    log = journal.Journal()
    log.begin(folder, **RUN)
    return log


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("scored", {"pupil": "17001"}),
        ("failed", {"subject": "99AA00", "reason": "x", "score": 46}),
        ("failed", {"subject": "99AA00"}),
        ("failed", {"subject": "99AA00", "reason": ValueError(SECRET)}),
        ("run", RUN | {"version": "x", "program": "x", "python": "x", "process": 1, "schools": (17001,)}),
    ],
    ids=["unknown event", "unknown field", "missing field", "other type", "list of something else"],
)
def test_an_event_has_the_declared_fields_and_no_others(tmp_path, event, fields):
    log = begun(tmp_path)
    with pytest.raises(ValueError, match=r"declared|else than texts") as told:
        log.note(event, **fields)
    assert "17001" not in str(told.value)
    assert [each["event"] for each in events(tmp_path)] == ["run"]


def test_a_log_that_is_not_begun_takes_events_and_writes_none(tmp_path):
    log = journal.Journal()
    log.note("planned", reports=1, there=0)
    with pytest.raises(ValueError, match="declared"):
        log.note("planned", reports=1)
    log.end(0)
    assert list(tmp_path.iterdir()) == []


def test_a_stage_ends_where_the_next_one_begins(tmp_path):
    log = begun(tmp_path)
    log.stage("validate")
    log.stage("analyse")
    log.end(0)
    told = [(each["event"], each.get("stage")) for each in events(tmp_path)]
    stages = [("begins", "validate"), ("ends", "validate"), ("begins", "analyse"), ("ends", "analyse")]
    assert told == [("run", None), *stages, ("end", None)]


@pytest.mark.parametrize(
    ("problem", "code", "reason"),
    [
        (UnusableInput("file x.csv, row 3: mend it"), 2, "file x.csv, row 3: mend it"),
        (KeyboardInterrupt(), 130, None),
        (ValueError(SECRET), 70, "unexpected ValueError in test_journal.py"),
    ],
    ids=["user's mistake", "Ctrl-C", "fault of the program"],
)
def test_what_stops_a_run_is_noted_without_the_message_of_an_unexpected_error(tmp_path, problem, code, reason):
    with pytest.raises(type(problem)), journal.Journal() as log:
        log.begin(tmp_path, **RUN)
        raise problem
    found = events(tmp_path)
    assert found[-1]["exit_code"] == code
    assert [each["reason"].split(" line")[0] for each in found if each["event"] == "problem"] == (
        [reason] if reason else []
    )
    assert SECRET not in json.dumps(found)


def test_the_last_fifty_logs_are_kept_and_that_of_this_run_also_when_the_clock_was_set_back(tmp_path):
    for n in range(60):
        (tmp_path / f"29{n:02}0101T000000Z-1.jsonl").touch()
    begun(tmp_path).end(0)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == journal.KEPT
    assert names[-1].startswith("2959")
    assert [each["event"] for each in events(tmp_path)] == ["run", "end"]


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path):
    with Path("/dev/full").open("ab", buffering=0) as full:
        log = begun(tmp_path)
        log._file = full
        log.note("planned", reports=1, there=0)
        log.end(0)


@pytest.fixture
def data(analysed, tmp_path) -> Path:
    import shutil

    target = tmp_path / "data"
    shutil.copytree(analysed, target)
    return target


def _holding(secret: str, *folders: Path) -> list[Path]:
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if secret.encode() in path.read_bytes()]


@pytest.mark.slow
@pytest.mark.parametrize("notebook_engine", ["nco", pytest.param("kernel", marks=pytest.mark.big)])
def test_a_pupils_value_in_a_failing_chapter_is_in_the_kept_notebook_and_nowhere_else(
    data, tmp_path, monkeypatch, capfd, notebook_engine
):
    chapter = tmp_path / "chapter.ipynb"
    (tmp_path / "secret").write_text(SECRET)  # not in the code, which reviewers may see
    read = f"import sys\nfrom pathlib import Path\nsecret = Path({str(tmp_path / 'secret')!r}).read_text()\n"
    code = f"{read}print(secret)\nprint(secret, file=sys.stderr)\nraise ValueError(secret)"
    cells = [new_code_cell("slice_path = ''", metadata={"tags": ["parameters"]}), new_code_cell(code)]
    nbformat.write(new_notebook(cells=cells), chapter)
    plan = planning.plan

    def spoiled(*arguments):
        found = plan(*arguments)
        given = {source.subject: source for source in found.sources}
        was = given[SMALL[1]]
        given[SMALL[1]] = Source.of(was.subject, was.slice_path, was.slice_sha256, (chapter,), was.key)
        return replace(found, sources=tuple(given.values()))

    monkeypatch.setattr(planning, "plan", spoiled)
    out = tmp_path / "out"
    request = planning.Request(ROUND, data, out, ("html",), "embedded", notebook_engine, 2, SMALL[:2])
    with journal.Journal() as log:
        finished = release.release(request, lambda *_: None, log)
        log.end(1)
    errors = {report.facts.subject: report.error for report in finished.reports if report.error}
    assert set(errors) == {SMALL[1]}
    assert "cell 2 failed with ValueError" in errors[SMALL[1]]
    said = capfd.readouterr()
    assert SECRET not in said.out + said.err
    assert _holding(SECRET, out, data) == [data / ROUND / "failed" / f"{SMALL[1]}.ipynb"]
    assert "ValueError" in (data / ROUND / "failed" / f"{SMALL[1]}.html").read_text()
    told = events(out / ".work" / ROUND / "logs")
    assert [each["subject"] for each in told if each["event"] == "failed"] == [SMALL[1]]
    assert SMALL[0] in [each["subject"] for each in told if each["event"] == "made"]
    assert {each["event"] for each in told} >= {"run", "planned", "begins", "ends", "published", "end"}


@pytest.mark.slow
def test_a_fault_of_the_program_is_told_without_its_message_and_with_its_own_exit_code(data, tmp_path):
    program = (
        "from nco.release import round_pipeline as rounds\n"
        "def broken(*_): raise KeyError('" + SECRET + "')\n"
        "rounds.up_to_date = broken\n"
        "from nco.command.program import main\n"
        "main()"
    )
    call = ["release", ROUND, "--data", data, "--out", tmp_path / "out", "--engine", "embedded"]
    done = subprocess.run([sys.executable, "-c", program, *map(str, call)], capture_output=True, text=True, check=False)
    assert done.returncode == journal.CRASHED
    assert "unexpected KeyError in" in done.stderr
    assert SECRET not in done.stdout + done.stderr
    assert _holding(SECRET, tmp_path / "out") == []
    assert events(tmp_path / "out/.work" / ROUND / "logs")[-1]["exit_code"] == journal.CRASHED
