"""What may hold something of a pupil is for its owner only, whatever the umask says."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from nco.base import private
from nco.base.journal import Journal
from nco.command import doctor
from nco.disclosure import earlier_releases
from nco.release import round_pipeline
from tests.conftest import ROUND


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.rglob("*")]}


def test_a_file_and_a_folder_that_are_made_privately_are_for_their_owner_only(tmp_path, umask):
    with private.made():
        (tmp_path / "file").write_text("x")
    private.folder(tmp_path / "a" / "b")
    assert modes(tmp_path) | {tmp_path.name: 0} == {tmp_path.name: 0, "file": 0o600, "a": 0o700, "b": 0o700}
    assert os.umask(umask) == umask, "it is as it was"


def test_a_folder_that_was_open_is_closed(tmp_path):
    (tmp_path / "2022E").mkdir(mode=0o755)
    assert modes(private.folder(tmp_path / "2022E")) == {"2022E": 0o700}


def test_without_it_the_umask_decides(tmp_path):
    """The protection is off."""
    before = os.umask(0)
    try:
        (tmp_path / "file").write_text("x")
    finally:
        os.umask(before)
    assert modes(tmp_path)["file"] == 0o666


def test_the_log_of_a_run_is_for_its_owner_only(tmp_path, monkeypatch):
    before = os.umask(0)
    try:
        with Journal() as log:
            log.begin(
                tmp_path / "logs", round=ROUND, data="d", out="o", engine="e", engine_version="1", notebook_engine="n",
                workers=1, formats=(), schools=(),
            )  # fmt: skip
            log.end(0)
    finally:
        os.umask(before)
    assert set(modes(tmp_path / "logs").values()) == {0o700, 0o600}


@pytest.mark.slow
def test_every_table_of_a_round_is_for_its_owner_only_and_delivery_reports_are_as_the_umask_says(demo_data, tmp_path):
    data = shutil.copytree(demo_data, tmp_path / "data")
    before = os.umask(0)
    try:
        round_pipeline.validate(ROUND, data)
        releases_made = [name for name in earlier_releases._KEPT if not (data / ROUND / name).exists()]
        for name in releases_made:
            (data / ROUND / name).write_bytes(b"x")
        with private.made():
            earlier_releases.keep(ROUND, data)
    finally:
        os.umask(before)
    reports = data / ROUND / "leveringsverslag"
    made = [
        path for path in (data / ROUND).rglob("*") if reports not in path.parents and path.name not in releases_made
    ]
    found = {path: stat.S_IMODE(path.stat().st_mode) for path in made}
    tables = {path.name: mode for path, mode in found.items() if path.suffix == ".parquet"}
    assert len(tables) >= 7
    assert set(tables.values()) == {0o600}
    assert {mode for path, mode in found.items() if path.is_dir() and path != reports} == {0o700}
    assert stat.S_IMODE((data / ROUND).stat().st_mode) == 0o700
    assert stat.S_IMODE(next(reports.rglob("*.html")).stat().st_mode) == 0o666
    assert stat.S_IMODE((data / ".work" / "seen.json").stat().st_mode) == 0o600


def _reachable(monkeypatch, folder: Path) -> None:
    """Let others come as far as a folder; pytest's own are closed."""
    monkeypatch.setattr(private, "_above", lambda _: [folder.parent])
    folder.parent.chmod(0o755)


def test_doctor_says_when_others_can_read_the_data_and_what_to_do(tmp_path, monkeypatch):
    data = tmp_path / "data"
    (data / "register").mkdir(parents=True)
    (data / "register" / "schools.csv").write_text("x")
    _reachable(monkeypatch, data)
    for path in [data, *data.rglob("*")]:
        path.chmod(0o755)
    (check,) = (each for each in doctor.examine(data) if each.name == "privacy")
    assert check.state == "note"
    assert "every user of this machine can read 3 files and folders" in check.found
    assert f"chmod -R go-rwx {data}" in check.advice


@pytest.mark.parametrize("closed", ["data", "above"])
def test_doctor_says_nothing_of_data_that_nobody_can_come_at(tmp_path, monkeypatch, closed):
    data = tmp_path / "data"
    data.mkdir()
    (data / "pupils.csv").write_text("x")
    (data / "pupils.csv").chmod(0o644)
    _reachable(monkeypatch, data)
    (data if closed == "data" else tmp_path).chmod(0o700)
    (check,) = (each for each in doctor.examine(data) if each.name == "privacy")
    assert check.state == "ok"
