"""What may go wrong around a release: nothing may be damaged by it, and what a person reads says what to do."""

import errno
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from nco.base import all_settings, swap_folders
from nco.base.failures import Unwritable
from nco.demo.country import country_files
from nco.release import dispatch, provenance, publication, release, round_pipeline, verify
from nco.render import embedded, engines, fonts, outputs, quarto
from nco.reports import document
from nco_utils.errors import UnusableInput
from tests.conftest import ROUND, SMALL
from tests.support import faults
from tests.support.faults import Call
from tests.support.reviewed import set_release

QUIET = lambda *_: None  # noqa: E731
HALF_MADE = {"making", "pages", "building"}  # in the folder of a round's work
HTML = ("--engine", "embedded", "--formats", "html")


@pytest.fixture
def data(analysed, tmp_path) -> Path:
    """The demo, validated and analysed: a release of it begins with making the reports."""
    target = tmp_path / "data"
    shutil.copytree(analysed, target)
    return target


def _request(data, out, **other) -> release.Request:
    request = {"engine": "embedded", "schools": SMALL[:2], "formats": ("html",)} | other
    return release.Request(ROUND, data, out, **request)


def _earlier(out: Path) -> Path:
    """An earlier release, to be left as it is."""
    page = out / ROUND / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("earlier")
    file = {"path": page.name, "sha256": hashlib.sha256(b"earlier").hexdigest(), "bytes": len(b"earlier")}
    (page.parent / "manifest.json").write_text(json.dumps({"round": ROUND, "reports": [], "pages": {"index": file}}))
    return page


def _left(out: Path) -> list[Path]:
    """What a run that was stopped left half-made."""
    work = out / ".work"
    return [path for path in work.rglob("*") if path.name in HALF_MADE or path.suffix in (".partial", ".new")]


# ------------------------------------------------------------------------------------------- killed


@pytest.mark.big
def test_a_run_that_is_killed_is_resumed_with_the_same_bytes_and_nothing_is_made_twice(data, tmp_path):
    options = (*HTML, "--schools", ",".join(SMALL[:2]))
    truth = Call(ROUND, data, tmp_path / "truth", options)
    assert truth.run() == 0
    call = replace(truth, out=tmp_path / "out")
    page = _earlier(call.out)
    with call.start() as process:
        store = call.work / "store"
        faults.wait_until(lambda: list(store.glob("*/*/made.json")))
        left = faults.offspring(process)
        process.kill()
    faults.wait_until(lambda: not any(each.is_running() and each.status() != "zombie" for each in left), 20)
    made = set(store.glob("*/*/made.json"))
    assert page.read_text() == "earlier"
    assert call.run() == 0
    assert call.bytes() == truth.bytes()
    assert made <= set(store.glob("*/*/made.json"))
    planned = [event for event in call.events() if event["event"] == "planned"]
    assert planned[-1]["there"] == len(made) > 0


@dataclass(frozen=True)
class Country:
    """Two releases of one country, made without a disturbance: their bytes and seconds, by their options."""

    call: Call
    truth: dict[tuple[str, ...], dict[str, bytes]]
    seconds: dict[tuple[str, ...], float]


ONE = (*HTML, "--schools", "90AA00")


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> Country:
    folder = tmp_path_factory.mktemp("country")
    country_files.write_country(folder / "data", 4, 3, False)
    call, truth, seconds = Call("2023E", folder / "data", folder / "out", HTML), {}, {}
    for options in (HTML, ONE):
        undisturbed = replace(call, options=options, out=folder / f"truth-{len(options)}")
        started = time.monotonic()
        assert undisturbed.run() == 0
        seconds[options], truth[options] = time.monotonic() - started, undisturbed.bytes()
    assert truth[HTML] != truth[ONE]
    return Country(call, truth, seconds)


@pytest.mark.big
@pytest.mark.parametrize("chain", range(5))
def test_kills_at_random_moments_and_a_resume_give_the_same_bytes_and_readers_never_see_a_mixed_state(
    country, chain, tmp_path
):
    """20 kills in 5 chains of runs: of a process that the run started, then of the run itself; the last is not killed.

    In the first chain there is no analysis yet, and it is a run with the whole country that is killed.
    """
    chance = random.Random(chain)
    goal, other = ((HTML, ONE), (ONE, HTML))[chain % 2]
    data = _delivered(country.call.data, tmp_path / "data") if chain == 0 else country.call.data
    call = Call(country.call.round_code, data, tmp_path / "out", goal)
    earlier = replace(call, options=other, data=country.call.data)
    longest = country.seconds[HTML] if chain == 0 else country.seconds[ONE]
    killed, runs = [], 0
    _publish(country.truth[other], call.published)
    with faults.watching(call.published) as watch:
        while len(killed) < 4:
            runs += 1
            assert runs < 20
            with call.start() as process:
                moments = sorted(chance.uniform(0, longest) for _ in range(2))
                killed += _kill_child(process, moments[0], chance) + _kill(process, moments[1] - moments[0])
            watch.look()
            if process.returncode == 0:  # it came through: there must be something to do again
                assert call.bytes() == country.truth[goal]
                shutil.rmtree(call.work / "store")
                assert earlier.run() == 0
        print("killed", killed, "of", runs, "runs")
        assert call.run() == 0
    assert watch.problems == []
    assert watch.manifests <= {files["manifest.json"].decode() for files in country.truth.values()}
    assert watch.looks > 20
    assert call.bytes() == country.truth[goal]
    assert verify.verify(call.published).problems == ()
    assert _left(call.out) == []
    assert not list(call.data.rglob("*.partial"))


def _kill_child(process: subprocess.Popen, seconds: float, chance: random.Random) -> list[str]:
    """Kill one of the processes that a run started, if it has any after so many seconds; say which."""
    time.sleep(seconds)
    children = faults.offspring(process)
    chosen = chance.choice(children) if children else None
    return [faults.kill(chosen)] if chosen and process.poll() is None else []


def _kill(process: subprocess.Popen, seconds: float) -> list[str]:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
    process.wait(300)
    return ["run"] if process.returncode == -signal.SIGKILL else []


STEPS = ["releases.keep", "publication.publish", "store.Store.sweep"]


@pytest.mark.big
@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_at_a_step_of_the_publication_is_resumed_with_the_same_bytes(country, tmp_path, step):
    """Also when the release is remembered already and nobody could read it yet."""
    call = replace(country.call, data=_delivered(country.call.data, tmp_path / "data"), out=tmp_path / "out")
    earlier = _publish(country.truth[ONE], call.published)
    program = (
        "import os, sys; from nco.release import publication, store\n"
        "from nco.disclosure import earlier_releases as releases\n"
        f"{step} = lambda *_: os.kill(os.getpid(), 9)\n"
        "from nco.command.program import main\n"
        "main()"
    )
    with call.start(["-c", program]) as process:
        assert process.wait(300) == -signal.SIGKILL
    assert call.bytes() == (country.truth[HTML] if step == "store.Store.sweep" else earlier)
    assert call.run() == 0
    assert call.bytes() == country.truth[HTML]
    assert _left(call.out) == []


def _delivered(data: Path, target: Path) -> Path:
    """A copy of a data folder as it was before anything was made of it."""
    shutil.copytree(data, target, ignore=shutil.ignore_patterns("20??E", "seen.json"))
    shutil.copytree(data / "exports", target / "exports", dirs_exist_ok=True)
    return target


def _publish(files: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return files


@pytest.mark.slow
def test_a_worker_that_is_killed_is_replaced_and_its_report_tried_once_more(data, tmp_path):
    call = Call(ROUND, data, tmp_path / "out", (*HTML, "--schools", SMALL[0]))
    with call.start() as process:
        faults.wait_until(lambda: faults.workers_of(process))
        faults.kill(faults.workers_of(process)[0])
    assert process.returncode == 0
    told = [event["event"] for event in call.events()]
    assert "again" in told
    assert "failed" not in told


def die(_) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_for_one(task) -> dict[str, str]:
    from nco.release.make import make

    return die(task) if task.sources[0].subject == SMALL[1] else make(task)


@pytest.mark.slow
def test_a_report_whose_process_dies_twice_is_named_and_the_others_are_published(data, tmp_path, monkeypatch):
    monkeypatch.setattr(dispatch, "make", die_for_one)
    finished = release.release(_request(data, tmp_path / "out"), QUIET)
    errors = {report.facts.subject: report.error for report in finished.reports if report.error}
    assert set(errors) == {SMALL[1]}
    assert "died" in errors[SMALL[1]]
    assert (finished.folder / "schools" / SMALL[0] / "report.html").is_file()


def hang_for_one(task) -> dict[str, str]:
    from nco.release.make import make

    return time.sleep(3600) if task.sources[0].subject == SMALL[1] else make(task)


@pytest.mark.big
def test_a_report_that_does_not_end_is_ended_and_named_and_the_others_are_published(data, tmp_path, monkeypatch):
    monkeypatch.setattr(dispatch, "make", hang_for_one)
    set_release(monkeypatch, limits=all_settings.load().release.limits.model_copy(update={"report": 100.0}))
    finished = release.release(_request(data, tmp_path / "out"), QUIET)
    errors = {report.facts.subject: report.error for report in finished.reports if report.error}
    assert set(errors) == {SMALL[1]}
    assert errors[SMALL[1]].startswith("it was not ready after 100 seconds and was ended")
    assert (finished.folder / "schools" / SMALL[0] / "report.html").is_file()


# --------------------------------------------------------------------------- full, read-only, not allowed


def full(*_) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def disk(tmp_path):
    with faults.mounted(tmp_path / "disk", 60) as found:
        yield found


def _refused(data: Path, out: Path, full_folder: Path, progress=QUIET) -> None:
    """A release stops with one message that names the folder and what to do; nothing is published or left half-made."""
    page = _earlier(out)
    with pytest.raises(Unwritable) as told:
        release.release(_request(data, out), progress)
    # On a disk of its own the folder is named alone; where a full disk is only played, all that could be full are.
    alone = full_folder.parent.stat().st_dev != Path(tempfile.gettempdir()).stat().st_dev
    named = str(told.value).partition(" cannot be written to: the disk is full")[0].split(" or ")
    assert named == [str(full_folder)] if alone else str(full_folder) in named
    assert "run the same command again" in str(told.value)
    assert told.value.__suppress_context__
    assert page.read_text() == "earlier"
    assert sorted(path.name for path in (out / ROUND).iterdir()) == ["index.html", "manifest.json"]
    assert _left(out) == []
    assert not list((data / ROUND / "published").glob("*"))


def _resumed(data: Path, out: Path) -> None:
    finished = release.release(_request(data, out), QUIET)
    assert all(report.error is None for report in finished.reports)
    assert verify.verify(finished.folder).problems == ()


@pytest.mark.slow
def test_a_disk_that_is_full_while_reports_are_made_stops_the_run_at_once(data, tmp_path, disk, monkeypatch):
    out = (disk.folder if disk else tmp_path) / "out"
    stages = []

    def progress(stage, done, total, failed):
        stages.append((stage, done, failed))

    if disk:  # the project is staged, then it is full
        staged = dispatch.engines.stage_project
        monkeypatch.setattr(dispatch.engines, "stage_project", lambda target: (staged(target), disk.fill())[0])
    else:
        monkeypatch.setattr(dispatch, "make", full)
    _refused(data, out, out, progress)
    assert stages == [("make", 0, 0)], "no report was counted as done or failed"
    if disk:
        disk.empty()
    monkeypatch.undo()
    _resumed(data, out)


@pytest.mark.slow
@pytest.mark.parametrize("step", [pytest.param("pages", marks=pytest.mark.big), "building"])
def test_a_disk_that_is_full_while_the_release_is_put_together_publishes_nothing(
    data, tmp_path, disk, monkeypatch, step
):
    out = (disk.folder if disk else tmp_path) / "out"
    module, name = {"pages": (release.pages, "explanation"), "building": (publication, "build")}[step]
    real = getattr(module, name)

    def filled(*arguments):
        if not disk:
            full(None)
        disk.fill()
        return real(*arguments)

    monkeypatch.setattr(module, name, filled)
    _refused(data, out, out)
    if disk:
        disk.empty()
    monkeypatch.undo()
    _resumed(data, out)


@pytest.mark.big
def test_a_data_folder_that_is_full_while_the_tables_are_made_publishes_nothing(analysed, tmp_path, disk, monkeypatch):
    data = (disk.folder if disk else tmp_path) / "data"
    shutil.copytree(analysed, data)
    (data / ROUND / "analysed").unlink()
    (data / ROUND / "validated").unlink()
    if not disk:  # an error that is put in reaches no other process
        monkeypatch.setattr(release.workers, "apart", lambda step, *given: step(*given))
        monkeypatch.setattr(round_pipeline, "analyse", full)

    def filled(stage, *_):
        if stage == "analyse" and disk:
            disk.fill()

    _refused(data, tmp_path / "out", data, filled)
    if disk:
        disk.empty()
    monkeypatch.undo()
    _resumed(data, tmp_path / "out")


@pytest.mark.slow
@pytest.mark.parametrize("wanted", ["html", "pdf", "docx"])
def test_a_disk_that_is_full_while_a_document_is_rendered_is_no_fault_of_the_document(
    tmp_path, disk, monkeypatch, wanted
):
    """Also where it is pandoc that meets it: half a file must not pass for a whole one."""
    folder, project = (disk.folder if disk else tmp_path) / "document", engines.stage_project(tmp_path / "project")
    document.write_text({"title": "T", "lang": "nl"}, "Tekst. " * 40_000, folder)
    if disk:
        disk.fill()
    else:
        monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        engines.EmbeddedEngine().render(
            [engines.ReportDocument("x", folder)], [wanted], project, datetime(2022, 10, 1, tzinfo=UTC)
        )


def test_a_disk_that_is_full_when_a_finished_file_is_written_is_no_fault_of_the_document(tmp_path, disk, monkeypatch):
    folder = disk.folder if disk else tmp_path
    if disk:
        disk.fill()
    else:
        monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        outputs.attempt(engines.ReportDocument("x", folder), "html", lambda _: b"x" * 100_000)


def test_an_output_folder_that_can_only_be_read_is_told_before_any_work(data, tmp_path, disk, monkeypatch):
    out = (disk.folder if disk else tmp_path) / "out"
    out.mkdir()
    if disk:
        disk.remount("ro")
    else:
        monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(OSError(errno.EROFS, "", str(out))))
    with pytest.raises(Unwritable, match="can only be read"):
        release.release(_request(data, out), QUIET)


def test_an_output_folder_of_somebody_else_is_told_before_any_work(data, tmp_path, monkeypatch):
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    if os.geteuid() == 0:  # who may write everywhere: said as the system would say it to others
        monkeypatch.setattr(Path, "mkdir", lambda *_, **__: (_ for _ in ()).throw(OSError(errno.EACCES, "", str(out))))
    with pytest.raises(Unwritable, match="no permission") as told:
        release.release(_request(data, out), QUIET)
    assert str(out) in str(told.value)


def test_a_file_in_the_place_of_the_output_folder_is_told(data, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(Unwritable, match="is a file"):
        release.release(_request(data, tmp_path / "out"), QUIET)


# ------------------------------------------------------------------------------------ a tool or font is missing


def _not_begun(data, tmp_path, words: str, **other) -> None:
    with pytest.raises(UnusableInput, match=words):
        release.release(_request(data, tmp_path / "out", **other), QUIET)
    assert not (tmp_path / "out").exists()


def test_a_missing_quarto_is_told_before_any_work(data, tmp_path, monkeypatch):
    monkeypatch.setattr(quarto, "find", lambda: None)
    _not_begun(data, tmp_path, "Quarto is not on the PATH", engine="quarto")


def test_a_quarto_that_does_not_start_is_told_before_any_work(data, tmp_path, monkeypatch):
    program = tmp_path / "quarto"
    program.write_text("no program")
    program.chmod(0o755)
    monkeypatch.setattr(quarto, "find", lambda: program)
    _not_begun(data, tmp_path, "does not start", engine="quarto")


def test_a_missing_pandoc_is_told_before_any_work(data, tmp_path, monkeypatch):
    def absent():
        raise OSError("No pandoc was found")

    monkeypatch.setattr(embedded.pypandoc, "get_pandoc_version", absent)
    _not_begun(data, tmp_path, "pypandoc-binary")


def test_a_missing_font_is_told_before_any_work(data, tmp_path, monkeypatch):
    monkeypatch.setattr(fonts.resources, "files", lambda name: (_ for _ in ()).throw(ModuleNotFoundError(name)))
    _not_begun(data, tmp_path, "fontpkg-fira-sans")


@pytest.mark.parametrize("package", ["typst", "pypandoc"])
def test_a_missing_package_is_told_without_a_traceback(data, tmp_path, package):
    program = f"import sys; sys.modules[{package!r}] = None; from nco.command.program import main; main()"
    call = ["release", ROUND, "--data", str(data), "--out", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", program, *call], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert package in done.stderr
    assert "Traceback" not in done.stderr


# ------------------------------------------------------------------------------------ two runs, and the clock


@pytest.mark.big
def test_of_two_runs_at_once_the_second_is_refused_with_the_first_named_and_the_first_comes_through(data, tmp_path):
    call = Call(ROUND, data, tmp_path / "out", (*HTML, "--schools", SMALL[0]))
    with call.start() as first:
        faults.wait_until(lambda: (call.work / "making").exists())
        with pytest.raises(UnusableInput, match=f"process {first.pid}"):
            release.release(_request(data, call.out), QUIET)
        assert (call.work / "making").exists()
    assert first.returncode == 0
    assert verify.verify(call.published).problems == ()


@pytest.mark.slow
def test_a_lock_of_a_run_that_was_killed_keeps_nobody_out(data, tmp_path):
    lock = tmp_path / "out/.work" / ROUND / "lock"
    lock.parent.mkdir(parents=True)
    lock.write_text(json.dumps({"process": os.getpid(), "since": "2022-01-01T00:00:00+00:00"}))
    _resumed(data, tmp_path / "out")


def _set_times(folder: Path, moment: float) -> None:
    for path in folder.rglob("*"):
        os.utime(path, (moment, moment))


@pytest.mark.big
def test_files_of_the_future_give_the_same_bytes(data, tmp_path):
    one = release.release(_request(data, tmp_path / "one"), QUIET).folder
    _set_times(data, time.time() + 10 * 365 * 86_400)
    two = release.release(_request(data, tmp_path / "two"), QUIET).folder
    assert faults.bytes_of(one) == faults.bytes_of(two)
    _set_times(tmp_path / "two/.work", time.time() + 10 * 365 * 86_400)
    again = release.release(_request(data, tmp_path / "two"), QUIET)
    assert (again.n_made, again.changed) == (0, False)


def test_a_delivery_that_is_older_than_the_one_before_it_is_noticed(data):
    """The clock was set back: only that a file is another counts, never which is the newer."""
    export = next((data / "exports" / ROUND).rglob("*.csv"))
    before = provenance.origin(ROUND, data)
    text = export.read_text(encoding="utf-8-sig")
    export.write_text(text.replace("1", "2", 1), encoding="utf-8-sig")
    os.utime(export, (0, 0))
    assert provenance.origin(ROUND, data).fingerprint != before.fingerprint


# ------------------------------------------------------------------------------------ an exchange in two steps


def test_a_release_that_was_moved_aside_is_put_back_by_the_next_run(tmp_path, monkeypatch):
    monkeypatch.setattr(swap_folders, "exchanged", lambda *_: False)
    target, new = tmp_path / ROUND, tmp_path / "new"
    for folder in (target, new):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    rename, moved = Path.rename, []

    def killed_after_the_first(path, to):
        if moved:
            raise KeyboardInterrupt
        moved.append(rename(path, to))

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Path, "rename", killed_after_the_first)
        swap_folders.put_in_place(new, target)
    assert not target.exists()
    swap_folders.mend(target)
    assert (target / "name").read_text() == ROUND
    swap_folders.put_in_place(new, target)
    swap_folders.mend(target)
    assert [path.name for path in tmp_path.iterdir()] == [ROUND]
