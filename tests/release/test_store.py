import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from nco.release.store import MADE, Store


def _files(folder, text: str = "inhoud"):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    path.write_text(text)
    return {"html": path}


def test_what_was_put_is_there_with_its_hash_and_size(tmp_path):
    store = Store(tmp_path / "store")
    made = store.put("ab12", _files(tmp_path / "work"), {"figures": 3})
    assert store.get("ab12") == made
    assert made.files["html"].bytes == 6
    assert (store.path("ab12") / "report.html").read_text() == "inhoud"
    assert not (tmp_path / "work" / "report.html").exists()


def test_nothing_is_there_until_it_is_whole(tmp_path, monkeypatch):
    store = Store(tmp_path / "store")

    def stopped(self, target):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(tmp_path), "rename", stopped)
        try:
            store.put("ab12", _files(tmp_path / "work"), {})
        except KeyboardInterrupt:
            assert store.get("ab12") is None
    store.put("ab12", _files(tmp_path / "again"), {})
    assert store.get("ab12")


def test_a_report_without_its_note_does_not_count_and_is_made_again(tmp_path):
    store = Store(tmp_path / "store")
    store.put("ab12", _files(tmp_path / "work"), {})
    (store.path("ab12") / MADE).unlink()
    assert store.get("ab12") is None
    store.put("ab12", _files(tmp_path / "work"), {})
    assert store.get("ab12")


def test_a_report_of_which_a_file_is_gone_or_of_another_size_does_not_count(tmp_path):
    """As after a power failure: the note may be on the disk before the report is."""
    store = Store(tmp_path / "store")
    for spoil in (lambda path: path.unlink(), lambda path: path.write_text("in")):
        store.put("ab12", _files(tmp_path / "work"), {})
        spoil(store.path("ab12") / "report.html")
        assert store.get("ab12") is None
    made = store.put("ab12", _files(tmp_path / "work"), {})
    assert store.get("ab12") == made


def test_a_run_that_is_stopped_while_it_sweeps_leaves_nothing_that_counts(tmp_path, monkeypatch):
    store = Store(tmp_path / "store")
    store.put("ab12", _files(tmp_path / "work"), {})

    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "rmtree", stopped)
    with pytest.raises(KeyboardInterrupt):
        store.sweep({})
    assert (store.path("ab12") / "report.html").is_file()
    assert store.get("ab12") is None


def test_many_at_once_with_the_same_key_leave_one_whole_report(tmp_path):
    """Also those of two machines that have the same number of process."""
    store = Store(tmp_path / "store")
    with ThreadPoolExecutor(12) as threads:
        files = [_files(tmp_path / f"work{n}") for n in range(12)]
        made = list(threads.map(lambda each: store.put("ab12", each, {"figures": 1}), files))
    assert made == [store.get("ab12")] * 12
    assert store.get("ab12").counts == {"figures": 1}
    assert [path.name for path in (tmp_path / "store" / "ab").iterdir()] == ["ab12"]


def test_sweeping_leaves_only_what_is_to_be_kept(tmp_path):
    store = Store(tmp_path / "store")
    for key in ("ab12", "ab34", "cd56"):
        store.put(key, _files(tmp_path / key), {})
    (tmp_path / "store" / "ab" / ".ab99.123").mkdir()
    assert store.sweep({"ab34"}) == 2
    assert [path.name for path in (tmp_path / "store").glob("*/*")] == ["ab34"]
