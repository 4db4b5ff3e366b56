import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nco.base import locking
from nco.base.failures import RenderError
from nco.release import make, planning, release, round_pipeline, shards
from nco.release.make import Source
from nco.release.shards import Shard
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root
from tests.base.test_locking import holder
from tests.conftest import ROUND, SMALL

QUIET = lambda *_: None  # noqa: E731


def plan(n: int) -> planning.Plan:
    names = [f"{place:02}" for place in range(n)]
    sources = tuple(Source(name, Path(name), name, (), (), name) for name in names)
    return planning.Plan(sources, frozenset(names[:4]))


def test_a_part_is_written_as_i_of_n():
    assert shards.parse("3/16") == Shard(3, 16)
    assert str(shards.parse(" 1/1 ")) == "1/1"


@pytest.mark.parametrize("text", ["0/3", "4/3", "3", "1/0", "-1/3", "1/3/5", "a/b", "1,5/3", ""])
def test_what_is_no_part_is_refused_with_what_to_write(text):
    with pytest.raises(UnusableInput, match="from 1 to N"):
        shards.parse(text)


@pytest.mark.parametrize(("n_reports", "total"), [(10, 3), (2, 5), (7, 1)])
def test_all_parts_together_are_the_release_and_no_report_is_in_two(n_reports, total):
    whole = plan(n_reports)
    parts = [Shard(number, total).of(whole) for number in range(1, total + 1)]
    assert sorted(source.key for part in parts for source in part.sources) == [s.key for s in whole.sources]
    assert frozenset().union(*(part.there for part in parts)) == whole.there & {s.key for s in whole.sources}
    sizes = [len(part.sources) for part in parts]
    assert max(sizes) - min(sizes) <= 1


def test_neighbours_in_the_plan_go_to_different_parts():
    """The boards, which are larger, come last together."""
    assert [source.key for source in Shard(2, 4).of(plan(10)).sources] == ["01", "05", "09"]


def _request(data, out) -> release.Request:
    return release.Request(ROUND, data, out, engine="embedded", schools=SMALL, formats=("html",))


@pytest.mark.parametrize(("shared", "other"), [(True, "Shards are"), (False, "Another run is")])
def test_a_whole_run_and_shards_keep_each_other_out_and_say_who_is_at_work(demo_data, tmp_path, shared, other):
    out = tmp_path / "out"
    with holder(out / ".work" / ROUND / "lock", shared=shared) as process:
        try:
            with pytest.raises(UnusableInput, match=f"{other} .*process {process.pid} on ") as told:
                if shared:
                    release.release(_request(demo_data, out), QUIET)
                else:
                    release.shard(_request(demo_data, out), Shard(1, 2), QUIET)
            assert str(out) in str(told.value)
        finally:
            process.kill()
    assert not (out / ROUND).exists()


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch):
    def none(*_):
        raise OSError(locking.errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locking.fcntl, "flock", none)
    with pytest.raises(UnusableInput, match="no locks"), locking.lock(tmp_path / "lock"):
        pass


@pytest.mark.slow
def test_a_part_with_a_scheduler_is_refused(tmp_path):
    command = [sys.executable, "-m", "nco", "release", ROUND, "--data", tmp_path, "--out", tmp_path / "out"]
    options = ["--shard", "1/2", "--scheduler", "tcp://127.0.0.1:8786"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "choose one" in done.stderr


def test_a_slice_that_another_analysis_replaced_is_not_made_into_the_report_of_the_plan(analysed, tmp_path):
    chapter = project_root() / "notebooks" / "samenvatting.ipynb"
    source = Source.of(SMALL[0], round_pipeline.slice_path(analysed, ROUND, SMALL[0]), "0" * 64, (chapter,), "key")
    with pytest.raises(RenderError, match="another analysis"):
        make.write_document(source, tmp_path / "work", tmp_path / "failed")
    assert not (tmp_path / "failed").exists()


@pytest.mark.big
def test_runs_on_one_data_folder_analyse_it_once_and_what_is_published_stays_up_to_date(demo_data, tmp_path):
    """Two releases of other folders begin together; a third finds nothing to analyse."""
    data = tmp_path / "data"
    shutil.copytree(demo_data, data)
    shutil.rmtree(data / ROUND, ignore_errors=True)
    command = [sys.executable, "-m", "nco", "release", ROUND, "--data", data, "--engine", "embedded"]
    command += ["--schools", SMALL[0], "--formats", "html", "--out"]
    runs = [subprocess.Popen([*command, tmp_path / name], stderr=subprocess.PIPE, text=True) for name in ("a", "b")]
    told = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0], told
    assert sorted("Computing growth" in text for text in told) == [False, True]
    manifests = [(tmp_path / name / ROUND / "manifest.json").read_bytes() for name in ("a", "b")]
    assert manifests[0] == manifests[1]
    third = subprocess.run([*command, tmp_path / "a"], capture_output=True, text=True, check=False)
    assert "all were there" in third.stdout, third.stderr
    assert "Computing" not in third.stderr
