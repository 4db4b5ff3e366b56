"""What an analysis was made of: any change that it depends on is noticed, and nothing else."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from nco.base import fingerprint
from nco.register import keyfile
from nco.release import provenance
from tests.conftest import ROUND


@pytest.fixture
def data(demo_data, tmp_path):
    """A copy of the demo's data, as it was delivered."""
    folder = tmp_path / "data"
    for name in ("register", "background", "exports"):
        shutil.copytree(demo_data / name, folder / name)
    shutil.copy(demo_data / "notice.txt", folder)
    return folder


def _export(data):
    (path,) = (data / "exports" / ROUND / "cito").iterdir()
    return path


def _other_digit(data):
    path = _export(data)
    text = path.read_bytes()
    path.write_bytes(text[:-3] + bytes([text[-3] ^ 1]) + text[-2:])


CHANGES = {
    "a digit in a delivery": _other_digit,
    "another file in the delivery": lambda data: (_export(data).with_name("more.csv")).write_text("x"),
    "the register": lambda data: (data / "register" / "approvals.csv").write_text(""),
    "the background": lambda data: (data / "background" / "pupils.csv").unlink(),
    "the notice": lambda data: (data / "notice.txt").write_text("anders"),
    "the tables of an earlier round": lambda data: _write(data / "2021E" / "results.parquet"),
    "a release of an earlier round": lambda data: _write(data / "2021E" / "published" / "1" / "report.parquet"),
    "a release of a later round": lambda data: _write(data / "2023M" / "published" / "1" / "report.parquet"),
    "another key": lambda data: _new_key(data),
}


def _write(path):
    path.parent.mkdir(parents=True)
    path.write_text("x")


def _new_key(data):
    path = data.parent / "other.key"
    keyfile.new_key(path)
    os.environ[keyfile.ENVIRONMENT_VARIABLE] = str(path)


@pytest.mark.parametrize("change", CHANGES)
def test_what_an_analysis_reads_is_noticed_when_it_changes(data, change, monkeypatch):
    monkeypatch.setenv(keyfile.ENVIRONMENT_VARIABLE, os.environ[keyfile.ENVIRONMENT_VARIABLE])
    before = provenance.origin(ROUND, data).fingerprint
    CHANGES[change](data)
    assert provenance.origin(ROUND, data).fingerprint != before


LINKS = {
    "a supplier's folder": lambda data: data / "exports" / ROUND / "cito",
    "the round's exports": lambda data: data / "exports" / ROUND,
    "all exports": lambda data: data / "exports",
    "the register": lambda data: data / "register",
}


@pytest.mark.parametrize("linked", LINKS.values(), ids=LINKS)
def test_what_lies_behind_a_link_is_noticed_when_it_changes(data, tmp_path, linked):
    here = provenance.origin(ROUND, data)
    folder = linked(data)
    elsewhere = shutil.move(folder, tmp_path / "elsewhere")
    folder.symlink_to(elsewhere)
    before = provenance.origin(ROUND, data)
    assert (before.delivered, before.fingerprint) == (here.delivered, here.fingerprint)
    _other_digit(data) if linked is not LINKS["the register"] else CHANGES["the register"](data)
    assert provenance.origin(ROUND, data).fingerprint != before.fingerprint


def test_a_link_that_leads_to_another_delivery_is_noticed(data, tmp_path):
    folder = data / "exports" / ROUND / "cito"
    first = Path(shutil.move(folder, tmp_path / "first"))
    second = shutil.copytree(first, tmp_path / "second")
    (second / _export_in(second).name).write_text("another")
    folder.symlink_to(first)
    before = provenance.origin(ROUND, data).fingerprint
    folder.unlink()
    folder.symlink_to(second)
    assert provenance.origin(ROUND, data).fingerprint != before


def _export_in(folder):
    (path,) = folder.iterdir()
    return path


def test_a_link_to_a_folder_around_it_is_no_endless_walk(data):
    (data / "register" / "again").symlink_to(data)
    assert "register/approvals.csv" in provenance.origin(ROUND, data).delivered


def test_another_program_is_another_origin(data, monkeypatch):
    before = provenance.origin(ROUND, data).fingerprint
    monkeypatch.setattr(fingerprint, "of_program", lambda: "another")
    assert provenance.origin(ROUND, data).fingerprint != before


def _later_round(data):
    _write(data / "2031E" / "results.parquet")
    _write(data / "exports" / "2031E" / "cito" / "x.csv")


OTHERS = {
    "times": lambda data: os.utime(_export(data), (0, 0)),
    "a file beside them": lambda data: (data / "README.md").write_text("x"),
    "what the round itself made": lambda data: _write(data / ROUND / "growth.parquet"),
    "a release of the round itself": lambda data: _write(data / ROUND / "published" / "1" / "report.parquet"),
    "a later round": _later_round,
    "the tables of a later round": lambda data: _write(data / "2023M" / "results.parquet"),
    "what a stopped run left": lambda data: _write(data / "2021E" / "published" / ".1" / "report.parquet"),
    "the known hashes": lambda data: (data / provenance.SEEN).write_text("broken"),
}


@pytest.mark.parametrize("change", OTHERS)
def test_what_an_analysis_does_not_read_may_change(data, change):
    before = provenance.origin(ROUND, data).fingerprint
    OTHERS[change](data)
    assert provenance.origin(ROUND, data).fingerprint == before


def test_a_file_with_an_older_time_and_the_same_size_is_read_again(data):
    """As after a clock was set back: what is new may look old."""
    before = provenance.origin(ROUND, data).fingerprint
    path, was = _export(data), _export(data).stat()
    _other_digit(data)
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns - 10**15))
    assert provenance.origin(ROUND, data).fingerprint != before


def test_an_origin_names_every_delivered_file(data):
    delivered = provenance.origin(ROUND, data).delivered
    there = {path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file()} - {provenance.SEEN}
    assert set(delivered) == there
    assert all(delivered[name] == fingerprint.of_file(data / name) for name in there)


def test_a_step_that_has_begun_is_not_noted_until_it_is_finished(data):
    made_of = provenance.origin(ROUND, data)
    (data / ROUND).mkdir()
    provenance.note(provenance.VALIDATED, ROUND, data, made_of)
    assert provenance.noted(provenance.VALIDATED, ROUND, data) == made_of.fingerprint
    provenance.forget([provenance.VALIDATED, provenance.ANALYSED], ROUND, data)
    assert provenance.noted(provenance.VALIDATED, ROUND, data) is None


def _guessed(told: str, texts: dict[str, str], hashed) -> list[str]:
    """Of whom an objection is, for who tries the file that each of the pupils would give."""
    return [pupil for pupil, text in texts.items() if hashed(text) == told]


def test_what_a_release_tells_of_its_deliveries_does_not_tell_who_objected(data):
    register = data / "register" / "objections.csv"
    row = "brinvest,pupil_id,received_on\n99AA00,{},2022-06-01\n"
    texts = {str(number): row.format(number) for number in range(1000, 1400)}
    register.write_text(texts["1234"])
    made_of = provenance.origin(ROUND, data)
    hashed = lambda text: hashlib.sha256(text.encode()).hexdigest()  # noqa: E731
    assert _guessed(made_of.delivered["register/objections.csv"], texts, hashed) == ["1234"], "plain, it would"
    assert set(made_of.sealed) == set(made_of.delivered)
    assert _guessed(made_of.sealed["register/objections.csv"], texts, hashed) == []
    assert not set(made_of.sealed.values()) & set(made_of.delivered.values())


def test_who_has_the_key_can_prove_what_a_release_was_made_of(data):
    first, again = provenance.origin(ROUND, data), provenance.origin(ROUND, data)
    assert first.sealed == again.sealed
    _other_digit(data)
    path = _export(data).relative_to(data).as_posix()
    assert provenance.origin(ROUND, data).sealed[path] != first.sealed[path]


def test_a_file_that_may_not_be_read_or_has_any_name_is_no_reason_to_stop(data, monkeypatch):
    export = _export(data)
    export.with_name("caf\udce9.csv").write_text("x")
    before = provenance.origin(ROUND, data)
    assert any(r"caf\xe9.csv" in path for path in before.delivered)

    def closed(path):
        raise PermissionError(path)

    (data / provenance.SEEN).unlink()
    monkeypatch.setattr(fingerprint, "of_file", closed)
    after = fingerprint.Seen(data / provenance.SEEN).of(data, [export])
    assert set(after.values()) == {fingerprint.UNREADABLE}
    assert before.delivered.keys() >= after.keys()
