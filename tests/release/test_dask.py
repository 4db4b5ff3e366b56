import asyncio
import shutil
import socket
import time

import pytest

from nco.base import fingerprint
from nco.release import scheduler
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root
from tests.base.test_workers import misbehave
from tests.support import cluster

pytest.importorskip("distributed", reason="needs the extra dask")


KINDS = ("user", "bug", "killed", "exit", "fine")


@pytest.mark.parametrize(
    "address", ["node1:8786", "http://node1:8786", "tcp://node1", "tcp://:8786", "tcp://n:port", ""]
)
def test_an_address_that_is_none_is_refused_with_an_example(address):
    with pytest.raises(UnusableInput, match="tcp://host:8786"):
        scheduler.check(address)


def test_a_scheduler_that_is_not_there_is_told_at_once():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UnusableInput, match="No scheduler answers"):
            scheduler.check(address)


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(scheduler, "find_spec", lambda _: None)
    with pytest.raises(UnusableInput, match=r"nco-utils\[dask\]"):
        scheduler.check("tcp://127.0.0.1:8786")


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(scheduler, "SECONDS_TO_SEE", 1)
    told = asyncio.run(scheduler.look(fingerprint.of_program(), str(tmp_path / "elsewhere"), []))
    assert "does not see" in told
    assert "elsewhere" in told


def test_a_worker_that_cannot_write_in_the_folder_says_so(tmp_path):
    (tmp_path / "file").touch()
    told = asyncio.run(scheduler.look(fingerprint.of_program(), str(tmp_path / "file"), []))
    assert "cannot write" in told


def test_a_worker_with_another_program_refuses_a_task_even_when_it_came_later():
    outcome = scheduler._do("0" * 64, misbehave, None, "fine")
    assert outcome.value is None
    assert "another program" in str(outcome.stop), "not a report that failed: the worker would soon have done them all"


@pytest.fixture(scope="module")
def address():
    with cluster.cluster() as (address, _):
        yield address


@pytest.mark.big
def test_tasks_go_as_they_do_in_processes(address, tmp_path):
    found = {each["task"]: each for each in cluster.outcomes(cluster.do(address, tmp_path, "misbehave", *KINDS))}
    assert found["fine"]["value"] == "fine"
    assert found["user"]["error"] == "file x.csv, row 3: mend it"
    assert "ValueError" in found["bug"]["error"]
    assert "17001" not in found["bug"]["error"]
    assert [found[kind]["died"] for kind in KINDS] == [False, False, True, True, False]


@pytest.mark.big
def test_no_task_sees_the_state_of_another(address, tmp_path):
    done = cluster.outcomes(cluster.do(address, tmp_path, "state", *range(5)))
    assert [each["value"] for each in done] == [1] * 5


@pytest.mark.big
def test_the_task_of_a_worker_that_dies_is_done_by_another(address, tmp_path):
    (done,) = cluster.outcomes(cluster.do(address, tmp_path, "kill_the_worker_once", tmp_path))
    assert done["value"] == "done"
    assert (tmp_path / "killed").exists()


@pytest.mark.big
def test_a_worker_that_dies_where_dask_may_not_try_again_is_told_as_a_process_that_died(tmp_path):
    """So that the release does its tasks once more."""
    with cluster.cluster(DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0") as (address, _):
        (done,) = cluster.outcomes(cluster.do(address, tmp_path, "kill_the_worker_once", tmp_path))
    assert done["died"]


@pytest.mark.big
def test_a_scheduler_that_is_lost_gives_one_message_that_says_what_to_do(tmp_path):
    with cluster.cluster() as (address, process):
        client = cluster.do(address, tmp_path, "linger", tmp_path, tmp_path)
        while not list(tmp_path.glob("begun-*")):
            assert client.poll() is None
            time.sleep(0.1)
        process.kill()
        told = cluster.outcomes(client)
    assert len(told) == 1
    assert "is lost" in told[0]["refused"]
    assert "run the release again" in told[0]["refused"]


@pytest.mark.big
def test_workers_with_another_program_are_refused_by_name(tmp_path):
    other = tmp_path / "project"
    for name in ("params", "notebooks", "expectations"):
        shutil.copytree(project_root() / name, other / name)
    with cluster.cluster(NCO_PROJECT=str(other)) as (address, _):
        (told,) = cluster.outcomes(cluster.do(address, tmp_path, "linger", tmp_path))
    assert "2 of the 2 workers" in told["refused"]
    assert told["refused"].count("has another program") == 2
