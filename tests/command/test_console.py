from pathlib import Path

from nco.command import console


def test_the_rate_counts_from_the_beginning_of_a_stage(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    with console.Bar(silent=False) as bar:
        bar("make", 0, 60)
        now[0] += 20
        bar("make", 30, 60)
        now[0] += 20
        bar("make", 60, 60, 1)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "Making the reports 0/60",
        "Making the reports 30/60 (1.5/s)",
        "Making the reports 60/60 (1.5/s, 1 failed)",
    ]


def test_a_path_is_shown_as_it_is_seen_from_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "hier").mkdir()
    monkeypatch.chdir(tmp_path / "hier")
    assert console.near(tmp_path / "hier" / "uit") == Path("uit")
    assert console.near(tmp_path / "elders") == tmp_path / "elders"
    (tmp_path / "hier").rmdir()
    assert console.near(tmp_path / "elders") == tmp_path / "elders"
