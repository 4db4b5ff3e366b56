"""What a step wrote is what is read later, or a refusal that names the file and the step."""

import pytest

from nco.base import sealed
from nco_utils.errors import UnusableInput


@pytest.fixture
def note(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("a.parquet", "deep/b.json"):
        (tmp_path / name).write_text(name)
    sealed.keep(tmp_path / "made.json", [tmp_path / "a.parquet", tmp_path / "deep/b.json"])
    return tmp_path / "made.json"


def test_files_as_they_were_written_pass_and_files_that_were_not_noted_too(note):
    (note.parent / "other").write_text("of somebody else")
    sealed.require(note, "nco analyse")


@pytest.mark.parametrize("name", ["a.parquet", "deep/b.json"])
def test_a_file_that_was_changed_is_named_with_the_step_to_run_again(note, name):
    (note.parent / name).write_text("changed")
    with pytest.raises(UnusableInput, match=rf"{name} is not what `nco analyse` wrote.*Run `nco analyse` again"):
        sealed.require(note, "nco analyse")


def test_a_file_that_is_gone_is_named(note):
    (note.parent / "a.parquet").unlink()
    with pytest.raises(UnusableInput, match=r"a\.parquet is gone"):
        sealed.require(note, "nco analyse")


@pytest.mark.parametrize("content", [None, "", '{"a.parq'])
def test_without_a_note_nothing_is_proven(note, content):
    note.unlink() if content is None else note.write_text(content)
    with pytest.raises(UnusableInput, match=r"made\.json is not there"):
        sealed.require(note, "nco analyse")


def test_what_the_program_rewrites_itself_is_noted_anew_and_nothing_else_is(note):
    for name in ("a.parquet", "deep/b.json"):
        (note.parent / name).write_text("rewritten")
    sealed.renew(note, [note.parent / "a.parquet", note.parent / "never noted"])
    with pytest.raises(UnusableInput, match=r"deep/b\.json"):
        sealed.require(note, "nco analyse")
    sealed.renew(note, [note.parent / "deep/b.json"])
    sealed.require(note, "nco analyse")


def test_where_nothing_was_noted_nothing_is_noted_anew(tmp_path):
    sealed.renew(tmp_path / "made.json", [tmp_path / "a"])
    assert not (tmp_path / "made.json").exists()
