"""Key rotation: the same pupils under other pseudonyms, all tables or none."""

import shutil
import traceback

import pandas as pd
import pytest

from nco.command import cli
from nco.deliveries import rotation
from nco.register import keyfile
from nco.register.keyfile import Key, key_for
from nco.release import provenance
from nco_utils import data_folder, tables
from nco_utils.errors import UnusableInput
from tests.conftest import ROUND, original_ids

NEW = Key(bytes(range(32)))
WITH_PUPILS = (tables.RESULTS, tables.PUPILS, tables.GROWTH)


@pytest.fixture
def data(analysed, tmp_path):
    """A copy of the analysed demo."""
    shutil.copytree(analysed, tmp_path / "data")
    return tmp_path / "data"


def state(data) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (data / ROUND).iterdir() if path.is_file()}


@pytest.mark.slow
def test_every_pupil_gets_the_new_keys_pseudonym_and_all_else_stays(data):
    before = {table.name: tables.read(table, data / ROUND) for table in WITH_PUPILS}
    ids = original_ids(data)
    done = rotation.rotate(key_for(data), NEW, data)
    assert done.rounds == (ROUND,)
    assert done.n_tables == 5
    mapping = done.mapping.set_index("old")["new"]
    assert mapping.is_unique
    assert len(mapping) == 2287
    for table in WITH_PUPILS:
        after = tables.read(table, data / ROUND)
        expected = before[table.name].assign(pupil_id=before[table.name]["pupil_id"].map(mapping))
        pd.testing.assert_frame_equal(after, expected)
    assert original_ids(data).to_dict() == ids.rename(mapping).to_dict()
    assert data_folder.rounds_by_key(data) == {ROUND: NEW.number}
    assert not list((data / ROUND).glob("*.partial"))


@pytest.mark.slow
def test_a_rotated_round_is_the_one_that_validating_with_the_new_key_gives(data, tmp_path, monkeypatch):
    from nco.deliveries.validation import validate_round

    path = tmp_path / "new.key"
    new = keyfile.new_key(path)
    rotation.rotate(key_for(data), new, data)
    monkeypatch.setenv(keyfile.ENVIRONMENT_VARIABLE, str(path))
    made = validate_round(ROUND, data)
    pd.testing.assert_frame_equal(made.results, tables.read(tables.RESULTS, data / ROUND))
    pd.testing.assert_frame_equal(made.pupils, tables.read(tables.PUPILS, data / ROUND))


def test_joins_between_tables_stay_whole(data):
    rotation.rotate(key_for(data), NEW, data)
    results, pupils, pairs = (tables.read(table, data / ROUND) for table in WITH_PUPILS)
    keys = ["brinvest", "pupil_id"]
    assert len(results.merge(pupils, on=keys)) == len(results)
    assert len(pairs.merge(pupils, on=keys)) == len(pairs) == 2287


def test_there_and_back_gives_the_first_pseudonyms(data):
    before = {table.name: tables.read(table, data / ROUND) for table in WITH_PUPILS}
    rotation.rotate(key_for(data), NEW, data)
    rotation.rotate(NEW, key_for(data), data)
    for table in WITH_PUPILS:
        pd.testing.assert_frame_equal(tables.read(table, data / ROUND), before[table.name])


def test_a_rotation_that_stopped_half_way_is_finished_by_the_same_call(data, monkeypatch):
    path_type = type(data)
    replace, calls = path_type.replace, []

    def fail_at_the_second(self, target):
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(path_type, "replace", fail_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            rotation.rotate(key_for(data), NEW, data)
    assert data_folder.rounds_by_key(data) != {ROUND: NEW.number}
    assert not list((data / ROUND).glob("*.partial"))
    rotation.rotate(key_for(data), NEW, data)
    results, pupils, pairs = (set(tables.read(table, data / ROUND)["pupil_id"]) for table in WITH_PUPILS)
    assert results == pupils == pairs
    assert len(results) == 2287


def test_a_pupil_who_is_not_delivered_any_more_stops_the_rotation_before_anything_changes(data):
    export = next((data / "exports" / ROUND / "cito").iterdir())
    lines = export.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    gone = lines[1].split(",")[1]
    export.write_text("".join(line for line in lines if line.split(",")[1] != gone), encoding="utf-8-sig")
    background = data / "background" / "pupils.csv"
    lines = background.read_text().splitlines(keepends=True)
    background.write_text("".join(line for line in lines if line.split(",")[1] != gone))
    before = state(data)
    with pytest.raises(UnusableInput, match=r"(?s)1 row.*Nothing was changed.*nco validate 2022E") as raised:
        rotation.rotate(key_for(data), NEW, data)
    assert gone not in "".join(traceback.format_exception_only(raised.value))
    assert state(data) == before


def test_a_wrong_old_key_an_equal_new_key_and_a_folder_without_rounds_change_nothing(data, tmp_path):
    before = state(data)
    with pytest.raises(UnusableInput, match="a third key"):
        rotation.rotate(Key(bytes(range(1, 33))), NEW, data)
    with pytest.raises(UnusableInput, match="is the one in use"):
        rotation.rotate(key_for(data), key_for(data), data)
    with pytest.raises(UnusableInput, match="no round"):
        rotation.rotate(key_for(data), NEW, tmp_path)
    assert state(data) == before


def run(capsys, *arguments) -> tuple[int, str, str]:
    try:
        cli.app([str(argument) for argument in arguments], standalone_mode=True)
        code = 0
    except SystemExit as stopped:
        code = stopped.code or 0
    said = capsys.readouterr()
    return code, said.out, said.err


def test_the_command_makes_a_key_and_re_maps_to_it_and_shows_neither_key_nor_pupil(data, tmp_path, capsys, key_file):
    new = tmp_path / "new.key"
    code, out, err = run(capsys, "pseudonymise", "--data", data, "--new-key", new, "--rotate-to", new)
    assert (code, err) == (0, "")
    assert "5 tables of 2022E" in out
    assert f"export NCO_KEY_FILE={new}" in out
    for secret in (new.read_text().strip(), key_file.read_text().strip(), *original_ids(data).index[:3]):
        assert secret not in out
    assert data_folder.rounds_by_key(data) == {ROUND: keyfile.read_key(new).number}


def test_the_command_says_which_key_is_in_use_and_which_rounds_are_of_another(data, capsys, key_file):
    code, out, _ = run(capsys, "pseudonymise", "--data", data)
    assert code == 0
    assert str(key_file) in out
    assert "another" not in out
    keyfile.note_use(data / ROUND, "0" * 12)
    assert "With another key: 2022E" in run(capsys, "pseudonymise", "--data", data)[1]


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--new-key", "{data}/a.key"], "the data folder"),
        (["--rotate-to", "{data}/../none.key"], "does not exist"),
        (["--new-key", "{key}"], "stays as it is"),
    ],
)
def test_the_command_refuses_with_one_message(data, capsys, key_file, options, word):
    arguments = [option.format(data=data, key=key_file) for option in options]
    before = state(data)
    code, _, err = run(capsys, "pseudonymise", "--data", data, *arguments)
    assert code == 2
    assert word in err
    assert "Traceback" not in err
    assert state(data) == before


def test_the_command_refuses_a_data_folder_that_is_not_there(tmp_path, capsys):
    assert run(capsys, "pseudonymise", "--data", tmp_path / "nowhere", "--new-key", tmp_path / "a.key")[0] == 2
    assert not (tmp_path / "a.key").exists()


def test_a_rotation_changes_the_tables_and_their_hashes_go_along(data):
    rotation.rotate(key_for(data), NEW, data)
    provenance.require_as_written(provenance.COMMANDS, ROUND, data)
