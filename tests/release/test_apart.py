"""Folders of one command that lie in each other, in any way, are refused before anything is written."""

from pathlib import Path

import pytest

from nco.demo import bdf_data
from nco.register import keyfile
from nco.release import apart, planning, release, round_pipeline
from nco_utils import params
from nco_utils.errors import UnusableInput

ROUND = "2022E"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A data folder `data`, with what is delivered and the notes of somebody else."""
    for name in ("register", "background", f"exports/{ROUND}/cito", ROUND):
        (tmp_path / "data" / name).mkdir(parents=True)
        (tmp_path / "data" / name / "notes.txt").write_text("of somebody")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def link(path: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def everything(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


OVERLAPS = {
    "the same": ("data", "data", ()),
    "the data in the output": ("data", ".", ()),
    "the data where the release comes": ("o/2022E", "o", (("o/2022E", "data"),)),
    "the output in the data": ("data", "data/reports", ()),
    "the output where the tables come": ("data", "data/2022E", ()),
    "the output among the deliveries": ("data", "data/exports/2022E", ()),
    "written in another way": ("data", "x/../data/../data", (("x", "elsewhere"),)),
    "the output is a link to the data": ("data", "o", (("o", "data"),)),
    "the data are a link into the output": ("d", "o", (("d", "o/2022E"),)),
    "the release is a link into the data": ("data", "o", (("o/2022E", "data/2022E"),)),
    "the work is a link into the data": ("data", "o", (("o/.work", "data/.work"),)),
    "the release is a link to the register": ("data", "o", (("o/2022E", "data/register"),)),
    "the deliveries are a link to the release": ("d", "o", (("d/exports", "o/2022E/x"),)),
    "the verdicts lie in the release": ("data", "o", (("o/.review", "o/2022E/x"),)),
    "the tables of the round are the deliveries": ("d", "o", (("d/exports", "e"), ("d/2022E", "e/2022E"))),
}


@pytest.mark.parametrize(("data", "out", "links"), OVERLAPS.values(), ids=OVERLAPS)
def test_a_release_is_refused_when_its_folders_overlap_in_any_way_and_loses_nothing(place, data, out, links):
    for path, target in links:
        link(place / path, place / target)
    before = everything(place)
    with pytest.raises(UnusableInput, match=r"overlap.*Choose folders that lie apart"):
        release.release(planning.Request(ROUND, Path(data), Path(out), engine="embedded"), lambda *_: None)
    assert everything(place) == before


@pytest.mark.parametrize("step", [round_pipeline.validate, round_pipeline.analyse])
@pytest.mark.parametrize("read", ["register", "background", "exports"])
def test_validating_and_analysing_write_in_no_folder_that_is_delivered(place, step, read):
    link(place / "d" / ROUND, place / "data" / read)
    for name in ("register", "background", "exports"):
        link(place / "d" / name, place / "data" / name)
    before = everything(place)
    with pytest.raises(UnusableInput, match="overlap"):
        step(ROUND, place / "d")
    assert everything(place) == before


@pytest.mark.parametrize(
    ("data", "out", "links"),
    [
        ("data", "o", ()),
        ("data", "data-reports", ()),
        ("data", "data 2", ()),
        ("d", "o", (("d", "data"), ("o", "elsewhere/o"))),
        ("data", "o", (("o/.work", "bigger/work"),)),
        ("data", "o", (("data/exports/2022M", "elsewhere/2022M"),)),
    ],
)
def test_folders_that_lie_apart_may_be_anywhere_and_links(place, data, out, links):
    for path, target in links:
        link(place / path, place / target)
    apart.require_apart(ROUND, Path(data), Path(out))


@pytest.mark.parametrize("name", ["reports/quarto/new", "params", "src/nco/x", "notebooks/demo"])
def test_nothing_is_written_among_the_files_of_the_program(place, name):
    folder = params.project_root() / name
    with pytest.raises(UnusableInput, match="part of the program"):
        apart.require_apart(ROUND, place / "data", folder)
    with pytest.raises(UnusableInput, match="part of the program"):
        apart.require_apart(ROUND, folder, place / "o")
    with pytest.raises(UnusableInput, match="part of the program"), bdf_data.replacing(folder):
        pytest.fail("a demo was made there")


def test_a_folder_beside_those_of_the_program_is_where_the_demo_is(place):
    apart.require_apart(ROUND, params.project_root() / "data" / "demo", params.project_root() / "out" / "demo")


def test_a_key_in_the_output_folder_which_others_get_is_refused(place, monkeypatch):
    key = place / "o" / "pseudonym.key"
    keyfile.new_key(key)
    monkeypatch.setenv(keyfile.ENVIRONMENT_VARIABLE, str(key))
    with pytest.raises(UnusableInput, match="lies in the output folder"):
        release.release(planning.Request(ROUND, place / "data", place / "o", engine="embedded"), lambda *_: None)
    assert key.is_file()


def test_a_demo_that_holds_something_of_somebody_else_is_not_made_again(tmp_path):
    folder = tmp_path / "demo"
    with bdf_data.replacing(folder) as new:
        new.mkdir()
        (new / bdf_data.MARKER).touch()
    (folder / ROUND).mkdir()
    with bdf_data.replacing(folder) as new:
        new.mkdir()
        (new / bdf_data.MARKER).touch()
    assert not (folder / ROUND).exists(), "what was made of the demo goes with it"
    (folder / "reports").mkdir()
    (folder / "reports" / "notes.txt").touch()
    with pytest.raises(UnusableInput, match="holds what no demo has: reports"), bdf_data.replacing(folder):
        pytest.fail("a demo was made there")
    assert (folder / "reports" / "notes.txt").is_file()
