import re
import shutil
import signal
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from lxml import html

from nco.command import interrupts
from nco.release import round_pipeline, standalone
from nco.render import engines, quarto
from nco.reports import kinds
from nco_utils import params
from nco_utils.errors import UnusableInput
from tests.conftest import ROUND, SMALL
from tests.support import standin

SCHOOL, MOMENT = SMALL[1], datetime(2022, 10, 1, tzinfo=UTC)


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def released(small_release, tmp_path_factory) -> Path:
    """The data folder of the small release, to be worked in."""
    return shutil.copytree(small_release.folder.parents[1] / "data", tmp_path_factory.mktemp("released") / "data")


@pytest.fixture(scope="module")
def written(released, tmp_path_factory) -> standalone.Written:
    return standalone.write(ROUND, SCHOOL, released, tmp_path_factory.mktemp("to") / "een rapport", quiet)


def words(page: Path) -> str:
    main = html.parse(str(page)).xpath("//main")[0]
    return " ".join(main.text_content().split())


@pytest.mark.slow
def test_the_document_is_a_quarto_project_with_nothing_else_in_it(written):
    folder = written.path.parent
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert len([name for name in figures if name.endswith(".svg")]) == written.figures > 2
    assert figures == {f"{Path(name).stem}.{suffix}" for name in figures for suffix in ("svg", "png")}
    assert {path.name for path in folder.iterdir()} == {
        "report.qmd", "figures", "_quarto.yml", "_brand.yml", "_extensions", ".gitignore"
    }  # fmt: skip
    settings = yaml.safe_load((folder / "_quarto.yml").read_text(encoding="utf-8"))
    assert settings["project"]["render"] == ["report.qmd"]
    assert "pre-render" not in settings["project"], "it is rendered where our package is not"
    style = (folder / "_extensions" / "nco").iterdir()
    assert {"brand.css", "brand.typ", "reference.docx", "fonts"} <= {path.name for path in style}


def test_the_document_holds_what_the_published_report_holds_and_no_more(written, small_release, tmp_path):
    report = tmp_path / SCHOOL
    quarto_like = shutil.copytree(written.path.parent, tmp_path / "project")
    shutil.copytree(quarto_like / "figures", report / "figures")
    shutil.copy(quarto_like / "report.qmd", report / "report.md")
    document = engines.ReportDocument(SCHOOL, report)
    (made,) = engines.EmbeddedEngine().render([document], ["html"], quarto_like, MOMENT)
    published = small_release.folder / "schools" / SCHOOL / "report.html"
    assert words(made.path) == words(published)


def test_the_document_says_whether_its_figures_are_published(written, analysed, tmp_path):
    assert written.published
    data = shutil.copytree(analysed, tmp_path / "data")
    assert not standalone.write(ROUND, SCHOOL, data, tmp_path / "to", quiet).published


def test_the_report_of_a_board_can_be_written_too(released, tmp_path):
    content = kinds.read(round_pipeline.slice_path(released, ROUND, SCHOOL))
    made = standalone.write(ROUND, content.board_number, released, tmp_path / "to", quiet)
    assert content.board_name in made.path.read_text(encoding="utf-8")


def test_a_folder_with_something_in_it_and_a_school_without_a_report_are_refused(released, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "thesis.docx").touch()
    with pytest.raises(UnusableInput, match="is there already"):
        standalone.write(ROUND, SCHOOL, released, tmp_path / "own", quiet)
    with pytest.raises(UnusableInput, match="No report of 98ZZ99"):
        standalone.write(ROUND, "98ZZ99", released, tmp_path / "new", quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["own"]
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["thesis.docx"]


def test_the_folder_of_the_manuals_example_is_one_that_git_leaves_alone():
    manual = (params.project_root() / "docs" / "quarto.md").read_text(encoding="utf-8")
    (folder,) = re.findall(r"^nco document .* --to (\S+)$", manual, re.MULTILINE)
    assert f"\nquarto render {folder}\n" in manual
    ignored = (params.project_root() / ".gitignore").read_text(encoding="utf-8").split()
    assert f"/{Path(folder).parts[0]}/" in ignored


@pytest.mark.slow
def test_quarto_renders_the_document_from_wherever_it_is_called(written, tmp_path, monkeypatch):
    folder = shutil.copytree(written.path.parent, tmp_path / "een rapport")
    program = quarto.find()
    if not program:
        program = standin.install(tmp_path / "bin")
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1664582400")
    done = subprocess.run([program, "render", folder.name], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = {path.suffix for path in (folder / "_output").glob("report.*")}
    assert made == {".html", ".pdf", ".docx"}
    assert (folder / "_output" / "report.pdf").stat().st_size > 50_000


@pytest.mark.parametrize(
    "to", ["data/register/doc", "data/doc", "data", "out/2022E/doc", "out/doc", "other/exports/doc", "link/doc"]
)
def test_a_document_is_never_written_among_the_data_or_in_a_release(tmp_path, to):
    for name in ("data/register", "data/exports", "other/register", "other/exports", "out/.work", "out/2022E"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "out/2022E/manifest.json").write_text('{"round": "2022E"}')
    (tmp_path / "link").symlink_to("data/register")
    with pytest.raises(UnusableInput, match=r"--to.*Choose a folder elsewhere"):
        standalone.write(ROUND, SCHOOL, tmp_path / "data", tmp_path / to, quiet)
    assert not list(tmp_path.rglob("doc"))


@pytest.mark.parametrize("folder", ["src", "params/texts", "notebooks/x"])
def test_a_document_is_never_written_in_the_program(tmp_path, folder):
    with pytest.raises(UnusableInput, match="part of the program"):
        standalone.write(ROUND, SCHOOL, tmp_path, params.project_root() / folder / "doc", quiet)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_ended_leaves_no_folder_behind(released, tmp_path, monkeypatch, number):
    there = []

    def ended(_, building, __):
        building.mkdir()
        there.extend(path.name for path in tmp_path.iterdir())
        signal.raise_signal(number)

    monkeypatch.setattr(standalone, "_source", lambda *_: None)
    monkeypatch.setattr(standalone, "_build", ended)
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as ending, interrupts.EndedBySignals():
        standalone.write(ROUND, SCHOOL, released, tmp_path / "doc", quiet)
    assert ending.value.code == 128 + number
    assert len(there) == 1
    assert not list(tmp_path.iterdir())
    assert signal.getsignal(number) == before
