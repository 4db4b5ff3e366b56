"""A release takes the place of a release, and of nothing else."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from nco.base import swap_folders
from nco.release import ownership, verify
from nco_utils.errors import UnusableInput
from tests.support.reviewed import ROUND, Office, open_office, set_release


@pytest.fixture
def office(tmp_path, monkeypatch) -> Office:
    return open_office(tmp_path, monkeypatch)


def folder(office: Office) -> Path:
    return office.out / ROUND


def bytes_in(place: Path) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def _write(path: Path, text: str = "of somebody") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


FOREIGN = {
    "notes": lambda place: _write(place / "notes.txt"),
    "notes deep inside": lambda place: _write(place / "schools" / "99AA00" / "notes.txt"),
    "a folder of something": lambda place: _write(place / "archive" / "2019" / "a.csv"),
    "the folder of a school that there is not": lambda place: _write(place / "schools" / "99ZZ00" / "report.html"),
    "a hidden file": lambda place: _write(place / ".htaccess"),
    "a page of the same name": lambda place: _write(place / "index.html"),
    "a manifest of something else": lambda place: _write(place / "manifest.json", '{"name": "app"}'),
    "a manifest of another round": lambda place: _write(place / "manifest.json", '{"round": "2021E", "reports": []}'),
    "a broken manifest": lambda place: _write(place / "manifest.json", "["),
    "a review that is not ours": lambda place: _write(place / "review" / "mine.docx"),
    "a link to a folder": lambda place: (place / "photos").symlink_to("/tmp"),
    "a link to nothing": lambda place: (place / "gone").symlink_to("nowhere"),
    "a pipe": lambda place: os.mkfifo(place / "pipe"),
}


@pytest.mark.parametrize("put", FOREIGN.values(), ids=FOREIGN)
def test_a_folder_that_is_no_release_of_ours_is_never_replaced(office, put):
    folder(office).mkdir(parents=True)
    put(folder(office))
    before, there = bytes_in(folder(office)), ownership.entries(folder(office))
    with pytest.raises(UnusableInput, match="holds what no release put there"):
        office.release()
    assert (bytes_in(folder(office)), ownership.entries(folder(office))) == (before, there)
    assert office.n_made == 0, "it is told before any work is done"


PUT_LATER = {name: put for name, put in FOREIGN.items() if "manifest" not in name and "page" not in name}


@pytest.mark.parametrize("put", PUT_LATER.values(), ids=PUT_LATER)
def test_what_somebody_puts_into_a_release_is_kept_and_named(office, put):
    office.release()
    put(folder(office))
    before = bytes_in(folder(office))
    office.says["99AB00"] = "krimp"
    with pytest.raises(UnusableInput, match="holds what no release put there"):
        office.release()
    assert bytes_in(folder(office)) == before


@pytest.mark.parametrize("name", ["schools/99AB00/report.xlsx", "boards/99801/report.html", "index.html"])
@pytest.mark.parametrize("other", ["another text of some length", "x"])
def test_a_report_that_somebody_worked_in_is_kept_and_named(office, name, other):
    office.release()
    path = folder(office) / name
    path.unlink()  # as an editor does: it writes a new file in its place
    path.write_text(other)
    office.says["99AA00"] = "krimp"
    with pytest.raises(UnusableInput, match=f"changed since it was published: {name}"):
        office.release()
    assert path.read_text() == other
    path.rename(office.out / "mine")
    assert office.release().changed
    assert verify.verify(folder(office)).problems == ()


def test_a_change_that_keeps_the_size_is_seen_before_anything_is_replaced(office):
    office.release()
    path = folder(office) / "index.html"
    text = path.read_text()
    path.unlink()
    path.write_text(text.replace("e", "E", 1))
    office.says["99AA00"] = "krimp"
    with pytest.raises(UnusableInput, match=r"changed since it was published: index.html"):
        office.release()
    assert path.read_text() != text


def test_without_that_look_the_notes_of_somebody_would_be_gone(office, monkeypatch):
    office.release()
    _write(folder(office) / "notes.txt")
    office.says["99AB00"] = "krimp"
    monkeypatch.setattr(ownership, "require_ours", lambda *_, **__: None)
    assert office.release().changed
    assert not (folder(office) / "notes.txt").exists()


def test_what_comes_while_reports_are_made_is_seen_too(office, monkeypatch):
    office.release()
    office.says["99AB00"] = "krimp"
    make = office.make

    def meanwhile(*given):
        _write(folder(office) / "notes.txt")
        return make(*given)

    monkeypatch.setattr("nco.release.dispatch.run", meanwhile)
    with pytest.raises(UnusableInput, match=r"no release put there: notes.txt"):
        office.release()
    assert (folder(office) / "notes.txt").is_file()


def test_a_release_a_lost_file_an_empty_folder_and_what_a_file_manager_left_are_replaced(office):
    folder(office).mkdir(parents=True)
    office.release()
    (folder(office) / "schools" / "99AB00" / "report.html").unlink()
    for name in (".DS_Store", "schools/Thumbs.db", "review/._index.html", "review/.index.html.partial"):
        _write(folder(office) / name)
    office.says["99AB00"] = "krimp"
    assert office.release().changed
    assert verify.verify(folder(office)).problems == ()


def test_notes_of_a_reviewer_in_the_folder_of_the_review_are_kept_while_it_waits_too(office, monkeypatch):
    set_release(monkeypatch, review="all")
    assert office.release().waiting
    notes = folder(office) / "review" / "notes.md"
    _write(notes)
    office.says["99AB00"] = "krimp"
    with pytest.raises(UnusableInput, match=r"review/notes\.md"):
        office.release()
    assert notes.is_file()
    notes.unlink()
    assert office.release().waiting


def test_what_is_replaced_is_there_until_the_new_release_stands(office, monkeypatch):
    office.release()
    before = bytes_in(folder(office))
    office.says["99AB00"] = "krimp"

    def fails(new, target):
        raise OSError(18, os.strerror(18), str(target))

    monkeypatch.setattr(swap_folders, "exchanged", fails)
    with pytest.raises(UnusableInput, match="on another disk"):
        office.release()
    assert bytes_in(folder(office)) == before


def test_a_release_whose_place_is_a_link_is_refused_and_the_place_it_leads_to_stays_as_it_is(office, tmp_path):
    """By a link to a web server readers would keep the earlier release, and get the folder of the review too."""
    office.release()
    web = tmp_path / "web"
    shutil.move(folder(office), web / ROUND)
    folder(office).symlink_to(web / ROUND)
    before = bytes_in(web)
    office.says["99AB00"] = "krimp"
    with pytest.raises(UnusableInput, match=r"is a link.*Remove the link"):
        office.release()
    assert bytes_in(web) == before
    (web / ROUND).rename(tmp_path / "elsewhere")
    with pytest.raises(UnusableInput, match="is a link"):
        office.release()  # to nothing


def test_a_link_elsewhere_that_leads_to_the_release_shows_the_new_one(office, tmp_path):
    office.release()
    (tmp_path / "web").symlink_to(folder(office))
    office.says["99AB00"] = "krimp"
    office.release()
    assert "krimp" in (tmp_path / "web" / "schools" / "99AB00" / "report.html").read_text()


@pytest.fixture
def other_disk(tmp_path):
    """A folder on another file system than the output's."""
    for place in (Path("/dev/shm"), Path.home(), Path("/var/tmp")):
        if place.is_dir() and os.access(place, os.W_OK) and place.stat().st_dev != tmp_path.stat().st_dev:
            made = Path(tempfile.mkdtemp(dir=place))
            yield made
            shutil.rmtree(made)
            return
    pytest.skip("there is one file system only")


@pytest.mark.parametrize("name", [".work", f".work/{ROUND}", f".work/{ROUND}/store", ".review"])
def test_the_work_may_be_on_another_disk_than_the_release(office, other_disk, name):
    (office.out / name).parent.mkdir(parents=True)
    (office.out / name).symlink_to(other_disk)
    for text in ("groei", "krimp"):
        office.says["99AB00"] = text
        assert office.release().changed
        assert text in (folder(office) / "schools" / "99AB00" / "report.html").read_text()
        assert verify.verify(folder(office)).problems == ()
    assert not (office.out / f".{ROUND}.new").exists()


def test_a_copy_of_a_release_is_one(office, tmp_path):
    office.release()
    copy = shutil.copytree(office.out, tmp_path / "copy" / "out")
    ownership.require_ours(copy / ROUND, every_byte=True)
    manifest = copy / ROUND / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"round": "2021E"}))
    with pytest.raises(UnusableInput, match="no release put there"):
        ownership.require_ours(copy / ROUND)


DAMAGED = {
    "a path that is a list": '{"round": "2022E", "files": [{"path": [1], "sha256": 1, "bytes": "x"}]}',
    "a path that is a mapping": '{"round": "2022E", "files": [{"path": {"a": 1}, "sha256": "", "bytes": 1}]}',
    "lists in lists": '{"round": "2022E", "files": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "mappings in mappings": '{"round": "2022E", "a": ' + '{"a":' * 900 + "1" + "}" * 901,
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize("file", ["manifest.json", f"review/{ownership.CONTENTS}"])
def test_a_manifest_or_a_list_that_is_damaged_in_any_way_makes_a_folder_nobodys(tmp_path, file, text):
    target = tmp_path / "2022E"
    _write(target / file, text)
    _write(target / "review" / "page.html")
    with pytest.raises(UnusableInput, match="2022E holds what no release put there"):
        ownership.require_ours(target, every_byte=True)
