import os
import signal
import threading
import time
from pathlib import Path

import pytest

from nco.base import all_settings, workers
from nco_utils.errors import UnusableInput
from tests.support import endless


def double(n: int) -> int:
    return 2 * n


def misbehave(kind: str) -> str:
    match kind:
        case "user":
            raise UnusableInput("file x.csv, row 3: mend it")
        case "bug":
            raise ValueError("pupil 17001 scored 46")
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exit":
            os._exit(7)
    return kind


def state(_: int) -> int:
    state.calls = getattr(state, "calls", 0) + 1
    return state.calls


def linger(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


@pytest.mark.slow
def test_every_task_has_its_outcome():
    outcomes = list(workers.run(double, list(range(7)), 2))
    assert sorted((o.task, o.value) for o in outcomes) == [(n, 2 * n) for n in range(7)]


@pytest.mark.slow
def test_a_task_that_fails_or_dies_is_told_and_the_others_go_on():
    outcomes = {o.task: o for o in workers.run(misbehave, ["user", "bug", "killed", "exit", "fine"], 2)}
    assert outcomes["fine"].value == "fine"
    assert outcomes["user"].error == "file x.csv, row 3: mend it"
    assert "ValueError" in outcomes["bug"].error
    assert "died" in outcomes["killed"].error
    assert "died" in outcomes["exit"].error


def test_the_message_of_an_unexpected_error_is_not_passed_on():
    (outcome,) = workers.run(misbehave, ["bug"], 1)
    assert "17001" not in outcome.error
    assert "test_workers.py line" in outcome.error


def test_no_task_sees_the_state_of_another():
    assert [o.value for o in workers.run(state, [1, 2, 3], 1)] == [1, 1, 1]


def test_no_tasks_give_no_outcomes():
    assert list(workers.run(double, [], 2)) == []


def test_stopping_early_ends_the_running_tasks(tmp_path):
    running = workers.run(linger, [str(tmp_path)] * 2, 2)

    def interrupt(*_):
        if len(list(tmp_path.iterdir())) == 2:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
    with pytest.raises(KeyboardInterrupt):
        next(running)
    pids = [int(path.name) for path in tmp_path.iterdir()]
    assert len(pids) == 2
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.fixture
def impatient(monkeypatch):
    """Nothing is waited for long; so the server, which these tests stop, imports little before it forks."""
    from tests.support.reviewed import set_release  # not at the top: every process of these tests imports this module

    limits = all_settings.load().release.limits.model_copy(update={"start": 15.0, "end": 0.5})
    set_release(monkeypatch, limits=limits)
    monkeypatch.setattr(workers, "PRELOADED", ("nco.base.workers",))
    workers._kill_server()
    yield
    workers._kill_server()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["loops", "stopped", "deaf"])
def test_a_task_that_does_not_end_is_ended_and_named_and_the_others_go_on(impatient, how):
    started = time.monotonic()
    outcomes = {o.task: o for o in workers.run(endless.go_on, ["fine", how, "too"], 2, seconds=8)}
    assert outcomes[how].error.startswith("it was not ready after 8 seconds and was ended")
    assert not outcomes[how].died, "it would take as long again"
    assert (outcomes["fine"].value, outcomes["too"].value) == ("fine", "too")
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_without_a_limit_a_task_is_waited_for():
    """The protection is off: what takes longer than it would allow comes through."""
    (outcome,) = workers.run(endless.late, [0.5], 1)
    assert outcome.value == 0.5


def test_what_a_task_started_ends_with_it(impatient, tmp_path):
    (outcome,) = workers.run(endless.leave_a_child, [str(tmp_path / "pid")], 1)
    child = int((tmp_path / "pid").read_text())
    assert outcome.value
    for _ in range(100):
        if not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2]:
            return
        time.sleep(0.1)
    raise AssertionError("it goes on")


def _stop_server() -> int:
    server = workers.forkserver._forkserver._forkserver_pid
    os.kill(server, signal.SIGSTOP)
    return server


@pytest.mark.slow
def test_a_server_that_is_stopped_is_replaced_before_a_task_starts(impatient):
    workers.apart(endless.late, 0)
    stopped = _stop_server()
    assert workers.apart(endless.late, 0.1) == 0.1
    assert workers.forkserver._forkserver._forkserver_pid != stopped


@pytest.mark.slow
def test_a_server_that_is_stopped_while_tasks_run_keeps_nobody_waiting(impatient):
    running = workers.run(endless.late, [1.0, 1.1], 2)
    crew_is_there = threading.Timer(0.5, _stop_server)
    workers.apart(endless.late, 0)
    crew_is_there.start()
    started = time.monotonic()
    assert sorted(outcome.value for outcome in running) == [1.0, 1.1]
    assert time.monotonic() - started < 60
    assert workers.apart(endless.late, 0.1) == 0.1


def test_ctrl_c_that_another_thread_takes_waits_until_the_process_is_known():
    """Such as the thread of a progress bar: blocking the signal in the main thread alone does not hold it back."""
    stop, known = threading.Event(), []
    threading.Thread(target=stop.wait).start()
    try:
        with pytest.raises(KeyboardInterrupt), workers._uninterrupted():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.2)
            known.append("process")
    finally:
        stop.set()
    assert known == ["process"]


@pytest.mark.slow
def test_what_is_done_apart_gives_its_value_from_a_process_of_its_own():
    assert workers.apart(double, 21) == 42
    assert workers.apart(os.getpid) != os.getpid()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "reason"), [("user", "row 3: mend it"), ("exit", "died"), ("bug", "unexpected")])
def test_what_fails_apart_says_why(kind, reason):
    with pytest.raises(UnusableInput, match=reason) as failure:
        workers.apart(misbehave, kind)
    assert "17001" not in str(failure.value)


def in_steps(n: int) -> int:
    for done in range(1, n + 1):
        workers.tell(done)
    return n


def test_a_task_tells_how_far_it_is_before_its_outcome_and_one_that_nobody_started_tells_nobody():
    heard = list(workers.run(in_steps, [3], 1))
    assert [(each.task, each.done) for each in heard[:-1]] == [(3, 1), (3, 2), (3, 3)]
    assert heard[-1].value == 3
    assert workers.apart(in_steps, 2) == in_steps(2) == 2
