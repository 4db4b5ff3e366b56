import errno
import os
import shutil
from collections import namedtuple

import pytest

from nco.base import all_settings
from nco.command import doctor
from nco.register import keyfile
from nco.render import quarto


def found(checks, name) -> doctor.Check:
    return next(check for check in checks if check.name == name)


def test_a_machine_that_can_release_misses_nothing(demo_data, tmp_path):
    assert [check for check in doctor.examine(demo_data, tmp_path / "out") if check.state == "missing"] == []


def test_a_missing_quarto_is_a_note_and_an_old_one_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(quarto, "find", lambda: None)
    assert found(doctor.examine(), "quarto").state == "note"
    program = tmp_path / "quarto"
    program.write_text("#!/bin/sh\necho 1.4.550\n")
    program.chmod(0o755)
    monkeypatch.setattr(quarto, "find", lambda: program)
    assert found(doctor.examine(), "quarto").state == "missing"


def test_a_font_that_is_not_installed_is_missing(monkeypatch):
    def absent(face):
        raise doctor.NcoError("_brand.yml: font 'X' needs the Python package fontpkg-x.")

    monkeypatch.setattr("nco.render.fonts.font_file", absent)
    check = found(doctor.examine(), "fonts")
    assert check.state == "missing"
    assert "fontpkg-x" in check.found


def test_a_full_disk_is_said_with_what_is_needed(monkeypatch, demo_data, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1, 1, 1_000_000))
    check = found(doctor.examine(demo_data, tmp_path), "disk")
    assert check.state == "missing"
    assert "131 schools" in check.advice


@pytest.mark.skipif(os.geteuid() == 0, reason="everything may be written to by root")
def test_an_output_folder_that_cannot_be_written_to_is_missing(tmp_path):
    tmp_path.chmod(0o500)
    assert found(doctor.examine(out=tmp_path / "out"), "output folder").state == "missing"


@pytest.mark.parametrize(
    ("broken", "state", "words"),
    [
        ("fcntl.flock", "missing", "no locks"),
        ("os.link", "note", "three times the room"),
        ("swap_folders.exchanged", "note", "no release"),
    ],
)
def test_a_file_system_without_what_a_release_uses_is_told(monkeypatch, tmp_path, broken, state, words):
    def refused(*_):
        if broken == "swap_folders.exchanged":
            return False
        raise OSError(errno.ENOTSUP, "")

    module, name = broken.split(".")
    monkeypatch.setattr(getattr(doctor, module), name, refused)
    check = found(doctor.examine(out=tmp_path / "out"), "file system")
    assert (check.state, words in check.found) == (state, True)
    assert list(tmp_path.iterdir()) == [], "nothing of the test files stays"


def test_the_extras_that_are_there_are_told(monkeypatch):
    monkeypatch.setattr(doctor, "_installed", lambda name: name != "jupyterlab")
    assert "lab no" in found(doctor.examine(), "extras").found


def test_an_incomplete_data_folder_names_its_missing_files(tmp_path):
    check = found(doctor.examine(tmp_path), "data folder")
    assert check.state == "missing"
    assert "register/schools.csv" in check.found


def test_a_chapter_without_a_notebook_is_missing(monkeypatch):
    settings = all_settings.load()
    odd = settings.model_copy(update={"reports": {"school": all_settings.ReportKind(chapters=("bestaat-niet",))}})
    monkeypatch.setattr(all_settings, "load", lambda: odd)
    assert "bestaat-niet" in found(doctor.examine(), "settings").found


def test_what_publication_waits_for_is_told():
    assert f"verdicts on: {all_settings.load().release.review}" in found(doctor.examine(), "settings").found


def test_a_package_of_another_version_than_the_lock_is_noted(monkeypatch):
    monkeypatch.setattr(doctor, "_locked", lambda: [("numpy", "0.1")])
    check = found(doctor.examine(), "packages")
    assert check.state == "note"
    assert "instead of 0.1" in check.found


def test_a_key_file_that_is_named_and_not_there_is_missing_and_none_is_made(monkeypatch, tmp_path):
    monkeypatch.setenv(keyfile.ENVIRONMENT_VARIABLE, str(tmp_path / "a.key"))
    check = found(doctor.examine(tmp_path / "data"), "key")
    assert check.state == "missing"
    assert f"--new-key {tmp_path / 'a.key'}" in check.found
    assert not (tmp_path / "a.key").exists()


def test_folders_that_overlap_are_told(tmp_path):
    assert found(doctor.examine(tmp_path / "data", tmp_path / "out"), "folders").state == "ok"
    (tmp_path / "data").mkdir()
    check = found(doctor.examine(tmp_path / "data", tmp_path), "folders")
    assert check.state == "missing"
    assert "overlap" in check.found


def test_rounds_of_a_key_that_is_not_in_use_or_not_there_are_told(monkeypatch, tmp_path):
    (tmp_path / "data" / "2022M").mkdir(parents=True)
    keyfile.note_use(tmp_path / "data" / "2022M", "0123456789ab")
    check = found(doctor.examine(tmp_path / "data"), "pseudonym key")
    assert check.state == "missing"
    assert "2022M was made with another" in check.found
    monkeypatch.delenv(keyfile.ENVIRONMENT_VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "empty"))
    assert found(doctor.examine(tmp_path / "data"), "key").state == "missing"


def test_a_check_that_breaks_never_stops_the_others(monkeypatch):
    monkeypatch.setattr(doctor.house_style, "read", lambda _: 1 / 0)
    checks = doctor.examine()
    assert "ZeroDivisionError" in found(checks, "fonts").found
    assert found(checks, "clock").state == "ok"
