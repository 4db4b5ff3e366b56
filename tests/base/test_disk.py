import errno
import os
import shutil
from collections import namedtuple

import pytest

from nco.base import disk
from nco.base.failures import Unwritable
from nco_utils.errors import UnusableInput

SECRET = "pupil 17001"


def failed(number: int, path: object = None) -> OSError:
    return OSError(number, f"{os.strerror(number)} {SECRET}", path and str(path))


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO])
def test_every_kind_is_told_with_the_folder_and_what_to_do_and_nothing_else_of_the_error(tmp_path, number):
    with pytest.raises(Unwritable) as told, disk.watched(tmp_path / "out", tmp_path / "data"):
        raise failed(number, tmp_path / "data" / "2022E" / "growth.parquet")
    assert str(told.value).startswith(f"{tmp_path / 'data'} cannot be written to: ")
    assert "run the same command again" in str(told.value)
    assert SECRET not in str(told.value)


def test_where_the_system_does_not_say_which_folder_both_are_named(tmp_path):
    with pytest.raises(Unwritable, match=r"out or .*data cannot be written to"):  # noqa: SIM117
        with disk.watched(tmp_path / "out", tmp_path / "data"):
            raise failed(errno.EDQUOT)


def test_a_full_disk_behind_a_librarys_own_error_is_found():
    try:
        try:
            raise failed(errno.ENOSPC)
        except OSError as problem:
            raise ValueError("could not create the file") from problem
    except ValueError as problem:
        found = disk.stopping(problem)
    assert found.errno == errno.ENOSPC
    assert SECRET not in str(found)


def test_what_a_tool_says_of_a_full_disk_is_found_and_other_words_are_not():
    assert disk.stopping_in("pandoc: report.html: No space left on device (os error 28)").errno == errno.ENOSPC
    assert disk.stopping_in("error: unknown variable: space") is None


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EINVAL, errno.ENOTEMPTY])
def test_other_errors_of_files_are_left_alone(tmp_path, number):
    with pytest.raises(OSError, match=SECRET) as told, disk.watched(tmp_path):
        raise failed(number, tmp_path / "x")
    assert not isinstance(told.value, Unwritable)


def test_a_file_in_the_way_elsewhere_is_left_alone(tmp_path):
    with pytest.raises(FileExistsError), disk.watched(tmp_path / "out"):
        raise failed(errno.EEXIST, tmp_path / "elsewhere")


def test_a_message_that_is_for_the_user_already_stays_as_it_is(tmp_path):
    with pytest.raises(UnusableInput, match="row 3"), disk.watched(tmp_path):
        try:
            raise failed(errno.EACCES, tmp_path)
        except OSError:
            raise UnusableInput("file x.csv, row 3: mend it") from None


def test_what_a_release_needs_follows_the_register(tmp_path):
    assert disk.needed(None)[0] == 100
    (tmp_path / "register").mkdir()
    (tmp_path / "register" / "schools.csv").write_text("brinvest\n99AA00\n99AB00\n")
    assert disk.needed(tmp_path) == (2, 4 * disk.DISK_A_SCHOOL)


def test_a_full_disk_that_a_copy_of_a_folder_met_is_told_with_that_folder(tmp_path):
    """Python tells of it without a number: a list of files and what was said of each."""
    said = f"[Errno {errno.ENOSPC}] {os.strerror(errno.ENOSPC)}: {SECRET}"
    with pytest.raises(Unwritable, match="out cannot be written to: the disk is full") as told:  # noqa: SIM117
        with disk.watched(tmp_path / "out", tmp_path / "data"):
            raise shutil.Error([(str(tmp_path / "from"), str(tmp_path / "out" / "to"), said)])
    assert SECRET not in str(told.value)


def test_other_troubles_of_a_copy_are_left_alone(tmp_path):
    with pytest.raises(shutil.Error), disk.watched(tmp_path):
        raise shutil.Error([(str(tmp_path / "a"), str(tmp_path / "b"), "[Errno 2] No such file")])


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
@pytest.mark.parametrize("kind", ["gone", "a file"])
def test_a_temporary_folder_that_is_none_is_told_before_any_work(tmp_path, monkeypatch, name, kind):
    (tmp_path / "a file").touch()
    monkeypatch.setenv(name, str(tmp_path / kind))
    begun = []
    with pytest.raises(Unwritable, match=rf"{name} names .*{kind} for temporary files.*unset {name}"):  # noqa: SIM117
        with disk.watched(tmp_path):
            begun.append("work")
    assert not begun


def test_no_temporary_folder_at_all_is_told(tmp_path, monkeypatch):
    def nowhere():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(disk.tempfile, "gettempdir", nowhere)
    with pytest.raises(Unwritable, match="No folder for temporary files"), disk.watched(tmp_path):
        pass


def test_a_full_disk_that_nobody_foresaw_is_told_with_its_place_and_other_errors_are_not():
    assert disk.said_of(failed(errno.ENOSPC, "/nowhere/x")).startswith("/nowhere/x cannot be written to")
    assert SECRET not in disk.said_of(failed(errno.ENOSPC))
    assert disk.said_of(failed(errno.ENOENT, "/nowhere/x")) is None
    assert disk.said_of(ValueError(SECRET)) is None


def test_a_disk_that_is_hardly_full_any_more_is_the_one_that_is_named(tmp_path, monkeypatch):
    """What a run left half-made is removed by the time that it is told."""
    usage = namedtuple("usage", "free")
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: usage(3_000_000 if path.name == "out" else 10**12))
    (tmp_path / "out").mkdir()
    with pytest.raises(Unwritable, match=rf"^{tmp_path}/out cannot be written to: the disk is full \(3 MB"):  # noqa: SIM117
        with disk.watched(tmp_path / "data", tmp_path / "out"):
            raise failed(errno.ENOSPC)
