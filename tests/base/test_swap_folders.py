import threading

import pytest

from nco.base import swap_folders


def _folder(path, text):
    path.mkdir()
    (path / "a").write_text(text)
    (path / "b").write_text(text)
    return path


@pytest.fixture(params=["exchange", "two renames"])
def way(request, monkeypatch):
    if request.param == "two renames":
        monkeypatch.setattr(swap_folders, "exchanged", lambda *_: False)
    return request.param


def test_the_new_folder_comes_in_the_place_of_the_earlier_one_and_nothing_is_left(tmp_path, way):
    _folder(tmp_path / "target", "old")
    swap_folders.put_in_place(_folder(tmp_path / "new", "new"), tmp_path / "target")
    assert (tmp_path / "target" / "a").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_the_first_folder_needs_no_exchange(tmp_path, way):
    swap_folders.put_in_place(_folder(tmp_path / "new", "new"), tmp_path / "target")
    assert (tmp_path / "target" / "b").read_text() == "new"


def test_a_reader_always_sees_a_whole_folder(tmp_path):
    if not swap_folders.exchanged(_folder(tmp_path / "x", "x"), _folder(tmp_path / "y", "y")):
        pytest.skip("this file system cannot exchange two folders")
    target, seen, stop = _folder(tmp_path / "target", "0"), set(), threading.Event()

    def read():
        while not stop.is_set():
            try:
                seen.add((target / "a").read_text())
            except FileNotFoundError:
                seen.add("none")

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 300):
        swap_folders.put_in_place(_folder(tmp_path / f"new{number}", str(number)), target)
    stop.set()
    reader.join()
    assert "none" not in seen
    assert len(seen) > 3
