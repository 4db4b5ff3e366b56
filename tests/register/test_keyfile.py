"""The key of the pseudonyms: where it may lie, who may read it, and that nothing shows it."""

import os
import pickle
import stat
import traceback

import pytest

from nco.register import keyfile
from nco.register.keyfile import ENVIRONMENT_VARIABLE, Key, KeyExists, key_for, key_path, new_key, read_key
from nco_utils import params
from nco_utils.errors import UnusableInput

SECRET = bytes(range(32))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "own" / "pseudonym.key"


@pytest.fixture
def written(path):
    path.parent.mkdir()
    path.write_text(SECRET.hex() + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def at_default(tmp_path, monkeypatch):
    """The default place of the key, in a configuration folder that is not there yet."""
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "nco" / "pseudonym.key"


def refused(call, *words: str) -> None:
    with pytest.raises(UnusableInput) as raised:
        call()
    for word in words:
        assert word in str(raised.value)
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert SECRET.hex()[:12] not in shown


def test_a_new_key_has_256_bits_is_for_its_owner_only_and_reads_back(path):
    made = new_key(path)
    assert len(made.secret) == 32
    assert read_key(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_a_generous_umask_changes_nothing(path):
    before = os.umask(0)
    try:
        new_key(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_new_keys_differ(path):
    assert new_key(path) != new_key(path.with_name("other.key"))


def test_a_new_key_never_replaces_a_file(written):
    before = written.read_bytes()
    with pytest.raises(KeyExists, match="exists and stays as it is"):
        new_key(written)
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]


def test_a_crash_while_writing_leaves_no_key_and_no_remains(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    refused(lambda: new_key(path), str(path), ENVIRONMENT_VARIABLE)
    assert list(path.parent.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    refused(lambda: new_key(tmp_path / "file" / "pseudonym.key"), "No key can be written")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o620, 0o700, 0o610])
def test_a_file_that_others_may_use_is_refused_with_what_to_run(written, mode):
    written.chmod(mode)
    refused(lambda: read_key(written), f"chmod 600 {written}")


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_for_its_owner_only_is_read(written, mode):
    written.chmod(mode)
    assert read_key(written) == Key(SECRET)


def test_a_file_of_another_user_is_refused_with_what_to_run(written, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: written.stat().st_uid + 1)
    refused(lambda: read_key(written), "another user", "install -m 600")


@pytest.mark.parametrize(
    "text", ["", "\n", SECRET.hex()[:-1], SECRET.hex() + "0", SECRET.hex().upper(), SECRET.hex() + "\n\n", "geheim"]
)
def test_a_file_that_holds_no_key_is_refused_without_what_it_holds(written, text):
    written.write_text(text)
    refused(lambda: read_key(written), "holds no key", "--new-key")


def test_what_is_not_a_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe", 0o600)
    refused(lambda: read_key(tmp_path / "pipe"), "is not a file")
    refused(lambda: read_key(tmp_path), "is not a file")


def test_a_place_in_the_project_is_refused_also_through_a_link(tmp_path, monkeypatch):
    project = tmp_path / "project"
    (project / "params").mkdir(parents=True)
    monkeypatch.setenv("NCO_PROJECT", str(project))
    (tmp_path / "link").symlink_to(project)
    for place in (project / "a.key", project / "data" / "a.key", tmp_path / "link" / "a.key"):
        refused(lambda place=place: new_key(place), "the project", ENVIRONMENT_VARIABLE)
        refused(lambda place=place: read_key(place), "the project")
    assert [file for file in project.rglob("*") if file.is_file()] == []


def test_the_checkout_itself_is_the_project():
    refused(lambda: new_key(params.project_root() / "pseudonym.key"), "the project")


def test_a_place_in_the_data_folder_is_refused_also_through_a_link(tmp_path, written):
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.key").symlink_to(written)
    (written.parent / "b.key").symlink_to(data / "c.key")
    refused(lambda: read_key(data / "a.key", data), "the data folder")
    refused(lambda: new_key(written.parent / "b.key", data), "the data folder")
    assert read_key(written, data) == Key(SECRET)


def test_the_environment_names_the_file_and_else_it_is_in_the_users_configuration(monkeypatch, tmp_path):
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "/somewhere/a.key")
    assert str(key_path()) == "/somewhere/a.key"
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    assert key_path() == tmp_path / "xdg" / "nco" / "pseudonym.key"
    for ignored in ("", "relative"):
        monkeypatch.setenv("XDG_CONFIG_HOME", ignored)
        assert key_path() == tmp_path / ".config" / "nco" / "pseudonym.key"


def test_the_first_use_makes_a_key_at_the_default_place_and_says_so_once(at_default, tmp_path, capsys):
    made = key_for(tmp_path / "data")
    assert stat.S_IMODE(at_default.stat().st_mode) == 0o600
    said = capsys.readouterr()
    assert said.out == ""
    assert str(at_default) in said.err
    assert made.secret.hex() not in said.err
    assert key_for(tmp_path / "data") == made
    assert capsys.readouterr().err == ""


def test_two_processes_at_once_have_one_key(at_default, tmp_path, monkeypatch):
    make = keyfile.new_key
    first = []

    def late(path, data=None):
        if not first:
            first.append(make(path, data))
        return make(path, data)

    monkeypatch.setattr(keyfile, "new_key", late)
    assert [key_for(tmp_path / "data")] == first
    assert at_default.exists()


def test_a_named_file_that_is_not_there_is_refused_and_not_made(monkeypatch, path, tmp_path):
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(path))
    refused(lambda: key_for(tmp_path / "data"), str(path), "does not exist", "nco pseudonymise")
    assert not path.parent.exists()


def test_a_lost_key_is_not_replaced_by_a_new_one_while_there_are_rounds_of_it(at_default, tmp_path):
    """All would be published under other pseudonyms, with the protection against earlier releases off."""
    data = tmp_path / "data"
    (data / "2022M").mkdir(parents=True)
    number = key_for(data).number
    keyfile.note_use(data / "2022M", number)
    at_default.rename(tmp_path / "copy.key")
    refused(lambda: key_for(data), "no key", str(at_default), "2022M", number, ENVIRONMENT_VARIABLE, "from a copy")
    assert not at_default.exists()
    (tmp_path / "copy.key").rename(at_default)
    assert key_for(data).number == number


def test_rounds_of_another_key_are_named(tmp_path, capsys):
    for code, number in {"2022M": "0" * 12, "2022E": key_for(tmp_path).number}.items():
        (tmp_path / code).mkdir()
        keyfile.note_use(tmp_path / code, number)
    assert capsys.readouterr().err == ""
    key_for(tmp_path)
    said = capsys.readouterr().err
    assert "2022M" in said
    assert "2022E" not in said


def test_a_key_shows_only_its_number_and_cannot_leave_the_process():
    key = Key(SECRET)
    for shown in (repr(key), str(key), f"{key}", repr([key]), repr({"key": key})):
        assert key.number in shown
        assert SECRET.hex()[:8] not in shown
        assert repr(SECRET)[2:10] not in shown
    with pytest.raises(TypeError, match="stays in the process"):
        pickle.dumps(key)


def test_the_number_tells_keys_apart_and_is_no_part_of_them():
    numbers = {Key(bytes([first]) + SECRET[1:]).number for first in range(256)}
    assert len(numbers) == 256
    assert not any(number in SECRET.hex() for number in numbers)
