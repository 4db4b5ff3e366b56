"""A report may have further documents of the same slice: made, checked, listed, published and judged with it."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from lxml import html
from pypdf import PdfReader

from nco.base import all_settings
from nco.base.all_settings import ReportKind
from nco.release import make, provenance, publication, release, report_facts, round_pipeline, verify
from nco.release.planning import Request
from nco.release.review import review_folder
from nco.release.store import Store
from nco.render import engines, outputs, quarto
from nco.reports import kinds
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root
from tests.conftest import ROUND, SMALL
from tests.support import standin

SCHOOL = SMALL[1]
CHAPTERS = ("samenvatting", "leergroei", "bijlage")
FURTHER = {"analyse": ("referentie", "leergroei", "bijlage")}  # a figure names its table, which must be there
KIND = ReportKind(chapters=CHAPTERS, documents=FURTHER)


def _task(analysed: Path, folder: Path, formats=("html", "pdf", "docx"), engine="embedded") -> make.MakeTask:
    """What a worker is told to do for the report of a school with a further document."""
    path = round_pipeline.slice_path(analysed, ROUND, SCHOOL)
    notebooks = tuple(project_root() / name for name in KIND.notebooks)
    parts = tuple(KIND.parts.items())
    source = make.Source.of(SCHOOL, path, kinds.read(path).fingerprint, notebooks, "ab" * 32, parts)
    folders = {"work": folder / "work", "store": folder / "store", "failed": folder / "failed"}
    project = engines.stage_project(folder / "project")
    return make.MakeTask((source,), formats, engine, "nco", project, datetime(2022, 10, 1, tzinfo=UTC), **folders)


@pytest.fixture(scope="module")
def made(analysed, tmp_path_factory) -> dict[str, Path]:
    """The files of the report, by what they are called in it."""
    task = _task(analysed, tmp_path_factory.mktemp("made"))
    assert make.make(task) == {}
    store = Store(task.store)
    return {name: store.path("ab" * 32) / file.name for name, file in store.get("ab" * 32).files.items()}


def _headings(page: Path) -> list[str]:
    return html.parse(str(page)).getroot().xpath("//main//h1//text()")


def _figures(page: Path) -> list[str]:
    return html.parse(str(page)).getroot().xpath("//figure//*[@role='img']/@aria-label")


def test_a_further_document_has_its_chapters_in_every_format_under_its_own_name(made):
    assert {path.name for path in made.values()} >= {
        f"{stem}.{kind}" for stem in ("report", "analyse") for kind in ("html", "pdf", "docx")
    } | {"report.xlsx"}
    assert not {path for path in made.values() if path.stem == "analyse" and path.suffix == ".xlsx"}
    of_report, of_analysis = (html.parse(str(made[name])).getroot() for name in ("html", "analyse.html"))
    assert of_report.findtext(".//title") != of_analysis.findtext(".//title")
    growth = set(_figures(made["html"]))
    assert growth
    assert growth < set(_figures(made["analyse.html"])), "leergroei stands in both, referentie in one"
    assert PdfReader(made["analyse.pdf"]).metadata.title.startswith("Analyse")


def test_the_workbook_has_the_tables_of_all_documents_and_those_of_a_chapter_in_two_once(made):
    sheets = openpyxl.load_workbook(made["xlsx"]).worksheets[1:]
    rows = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in sheets}
    assert rows
    for title, found in rows.items():
        assert len(set(found)) == len(found), f"{title} has a row twice"


@pytest.mark.slow
def test_quarto_makes_a_further_document_too(analysed, tmp_path, monkeypatch):
    program = quarto.find() or standin.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    task = _task(analysed, tmp_path, engine="quarto")
    assert make.make(task) == {}
    assert {"html", "pdf", "docx", "analyse.html", "analyse.pdf", "analyse.docx"} <= Store(task.store).get(
        "ab" * 32
    ).files.keys()


@pytest.mark.slow
def test_a_further_document_that_cannot_be_made_leaves_no_report(analysed, tmp_path, monkeypatch):
    task, whole = _task(analysed, tmp_path, ("html",)), engines.EmbeddedEngine.render

    def spoilt(self, documents, *rest, **more):
        for each in documents:
            if each.stem == "analyse":
                (each.folder / outputs.SOURCE).write_text(
                    '![x](figures/geen.svg){#figuur-x fig-alt="x"}', encoding="utf-8"
                )
        return whole(self, documents, *rest, **more)

    monkeypatch.setattr(engines.EmbeddedEngine, "render", spoilt)
    assert SCHOOL in make.make(task)
    assert Store(task.store).get("ab" * 32) is None


@pytest.mark.slow
def test_a_figure_of_another_document_is_refused_in_a_further_document(analysed, tmp_path, monkeypatch):
    task, whole = _task(analysed, tmp_path, ("html",)), engines.EmbeddedEngine.render

    def mixed(self, documents, *rest, **more):
        made = whole(self, documents, *rest, **more)
        first, other = documents
        shutil.copyfile(first.path("html"), other.path("html"))
        return made

    monkeypatch.setattr(engines.EmbeddedEngine, "render", mixed)
    assert "html: it shows" in make.make(task)[SCHOOL]


@pytest.fixture(scope="module")
def released(analysed, tmp_path_factory):
    """A release of one school whose report has a further document, as settings say."""
    folder = tmp_path_factory.mktemp("released")
    data = shutil.copytree(analysed, folder / "data")
    settings = all_settings.load()
    facts = tuple(report_facts.read(data / ROUND / report_facts.INDEX))
    changed = settings.model_copy(update={"reports": settings.reports | {"school": KIND}})
    known = round_pipeline.Analysis(facts, (), provenance.origin(ROUND, data))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(all_settings, "load", lambda: changed)
        patched.setattr(round_pipeline, "up_to_date", lambda *_: known)
        request = Request(ROUND, data, folder / "out", engine="embedded", schools=(SCHOOL,))
        return release.release(request, lambda *_: None), request


@pytest.mark.slow
def test_a_release_publishes_lists_and_proves_all_documents_of_a_report_as_one(released):
    finished, request = released
    (report,) = finished.schools
    assert "analyse.html" in report.files
    folder = finished.folder / "schools" / SCHOOL
    assert {path.name for path in folder.iterdir()} == {file.name for file in report.files.values()}
    manifest = json.loads((finished.folder / publication.MANIFEST).read_text(encoding="utf-8"))
    (entry,) = (each for each in manifest["reports"] if each["subject"] == SCHOOL)
    assert entry["files"]["analyse.pdf"]["path"] == f"schools/{SCHOOL}/analyse.pdf"
    assert verify.verify(finished.folder).problems == ()
    (folder / "analyse.docx").unlink()
    assert verify.verify(finished.folder).problems == (f"schools/{SCHOOL}/analyse.docx is missing",)
    shutil.copyfile(Store(request.work / "store").path(report.key) / "analyse.docx", folder / "analyse.docx")

    index = html.parse(str(finished.folder / "index.html")).getroot()
    (cell,) = index.xpath(f"//tr[.//a[contains(@href, '{SCHOOL}')]]/td[last()]")
    assert "Analyse: HTML" in " ".join(cell.text_content().split())
    assert {link.rpartition("/")[2] for link in cell.xpath(".//a/@href")} == {
        file.name for file in report.files.values()
    }


@pytest.mark.slow
def test_reviewers_open_all_documents_and_judge_them_as_one(released):
    finished, request = released
    (row,) = review_folder.read(request.out, ROUND, request.work).rows
    assert len(review_folder.read(request.out, ROUND, request.work).digests) == 1
    page = html.parse(str(finished.folder / "review" / "index.html")).getroot()
    (link,) = page.xpath("//a[@data-open='analyse html']/@href")
    assert (finished.folder / "review" / link).is_file()
    assert row.files["analyse.html"] == link
    notebook = html.parse(str(finished.folder / "review" / row.notebook)).getroot()
    homes = {str(link).partition("#")[0] for link in notebook.xpath("//main//a/@href") if "#figuur" in str(link)}
    assert homes == {"report.html", "analyse.html"}


@pytest.mark.parametrize("name", ["report", "notebook", "figures"])
def test_a_further_document_cannot_take_the_name_of_what_lies_there(name):
    with pytest.raises(ValueError, match=f"no further document can have the name {name}"):
        ReportKind(chapters=CHAPTERS, documents={name: ("leergroei",)})


def test_a_chapter_of_a_further_document_that_there_is_not_is_refused():
    settings = all_settings.load()
    wrong = ReportKind(chapters=CHAPTERS, documents={"analyse": ("bestaatniet",)})
    with pytest.raises(UnusableInput, match=r"notebooks/bestaatniet\.ipynb"):
        all_settings.require_notebooks(settings.model_copy(update={"reports": settings.reports | {"school": wrong}}))
