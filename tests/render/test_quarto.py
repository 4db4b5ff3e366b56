"""Quarto: a stand-in where there is none (`tests.support.standin`), and Quarto itself where there is."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from lxml import html

from nco.notebooks import execute
from nco.render import accepted, docx, engines, quarto
from nco_utils import BY_QUARTO
from nco_utils.params import project_root
from tests.conftest import ROUND, SMALL
from tests.render.test_engines import MOMENT, words
from tests.support import standin

REAL = pytest.mark.skipif(not quarto.find(), reason="Quarto is not on the PATH")
SCHOOL = SMALL[2]
NCO = [sys.executable, "-m", "nco"]
SUFFIX = {"nco-html": "html", "nco-typst": "pdf", "nco-docx": "docx"}


@pytest.fixture
def program(tmp_path) -> Path:
    """Quarto, or the stand-in."""
    return quarto.find() or standin.install(tmp_path / "bin")


def environment(program: Path) -> dict[str, str]:
    """With Quarto first on the PATH, and behind it the Python that has the packages."""
    path = os.pathsep.join([str(program.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    return os.environ | {"PATH": path, "SOURCE_DATE_EPOCH": str(int(MOMENT.timestamp()))}


@pytest.mark.slow
def test_a_release_with_quarto_and_relative_folders_is_published_and_tells_what_quarto_warns(
    analysed, tmp_path, program
):
    shutil.copytree(analysed, tmp_path / "één land" / "data")
    (tmp_path / "elders").mkdir()
    arguments = [ROUND, "--data", "../één land/data", "--out", "mijn uit", "--schools", SCHOOL]
    done = subprocess.run(
        [*NCO, "release", *arguments, "--engine", "quarto", "--workers", "1"],
        cwd=tmp_path / "elders", env=environment(program), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"Open mijn uit/{ROUND}/index.html" in done.stdout
    published = tmp_path / "elders" / "mijn uit" / ROUND
    assert {path.name for path in (published / "schools" / SCHOOL).iterdir()} == {
        *(f"report.{kind}" for kind in ("html", "pdf", "docx", "xlsx", "ods")),
        *(f"analyse.{kind}" for kind in ("html", "pdf", "docx")),
        *(f"kaart-{role}.{kind}" for role in ("leerkracht", "intern-begeleider") for kind in ("docx", "odt")),
    }  # fmt: skip
    assert (published / "methode.pdf").is_file()
    lines = [line for line in done.stderr.splitlines() if line.startswith("Making the reports")]
    assert lines[0] == "Making the reports", "its rate counts from here, where none is ready"
    if not quarto.find():
        assert "Warning (2 reports and pages): PDF standard validation requested but verapdf" in done.stdout
        (log,) = (published.parent / ".work" / ROUND / "logs").iterdir()
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert [event["reports"] for event in events if event["event"] == "warned"] == [2]


TELLS = """
import sys
from pathlib import Path
from nco.release import planning, release
round_code, data, out, *schools = sys.argv[1:]
request = planning.Request(round_code, Path(data), Path(out), ("html",), "quarto", workers=1, schools=tuple(schools))
release.release(request, lambda stage, done, total, failed=0: print(stage, done, total, failed))
"""


@pytest.mark.slow
def test_the_reports_of_a_batch_are_counted_as_they_come(analysed, tmp_path, program):
    data = shutil.copytree(analysed, tmp_path / "data")
    # A process of its own: the server of its workers has the environment that it was started with.
    done = subprocess.run(
        [sys.executable, "-c", TELLS, ROUND, data, tmp_path / "out", *SMALL],
        # A stand-in that is done at once is heard once.
        env=environment(program) | {"STANDIN_PAUSE": "0.5"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    told = [line.split() for line in done.stdout.splitlines() if line.startswith("make ")]
    assert {failed for *_, failed in told} == {"0"}
    made = [int(ready) for _, ready, *_ in told]
    assert made[0] == 0
    assert made == sorted(made)
    assert set(made) == set(range(len(SMALL) + 1)), "all are in one call of Quarto"


@pytest.fixture
def clone(tmp_path) -> Path:
    """The project as a clean clone has it, in a folder with a space: nothing that is made, and no package of ours."""
    target = tmp_path / "mijn kloon"
    for name in ("reports/quarto", "notebooks"):
        made = shutil.ignore_patterns("_output", ".quarto", "fonts", "brand.*", "reference.docx", "*.png", "figures_*")
        shutil.copytree(project_root() / name, target / name, ignore=made, symlinks=True)
    return target


@pytest.mark.slow
@pytest.mark.parametrize("format", SUFFIX)
def test_quarto_render_makes_the_whole_style_guide_in_a_clean_clone(clone, program, format):
    folder = clone / "reports" / "quarto"
    command = [program, "render", "reports/quarto", "--to", format]
    done = subprocess.run(command, cwd=clone, env=environment(program), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = (folder / "_output").glob(f"*.{SUFFIX[format]}")
    accepted.CHECKS[SUFFIX[format]](made)  # a page stands alone, a PDF keeps its standards, Word's pictures have words
    if format == "nco-html":
        page = made.read_text(encoding="utf-8")
        assert page.count("@font-face") == 4
        assert "--nco-color-primary: #0E4A5A" in page
    if format == "nco-docx":
        assert any("media" in name for name in docx.unpacked(made.read_bytes()))
    ignored = (project_root() / ".gitignore").read_text(encoding="utf-8")
    assert "/reports/quarto/huisstijl*\n!/reports/quarto/huisstijl.qmd\n" in ignored


def test_the_step_before_a_render_says_what_is_missing(tmp_path):
    script = project_root() / "reports" / "quarto" / "_extensions" / "nco" / "stage.py"
    alone = shutil.copy(script, tmp_path)
    done = subprocess.run(
        ["/usr/bin/env", "-i", shutil.which("python3", path="/usr/bin:/usr/local/bin"), "-S", alone],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "make install" in done.stderr


@pytest.mark.slow
def test_an_extension_in_another_project_is_staged_with_the_house_brand(tmp_path):
    other = tmp_path / "ander project"
    made = shutil.ignore_patterns("fonts", "brand.*", "reference.docx")
    shutil.copytree(project_root() / "reports/quarto/_extensions", other / "_extensions", ignore=made)
    stage = other / "_extensions" / "nco" / "stage.py"
    subprocess.run([sys.executable, stage], cwd=other, check=True, capture_output=True)
    names = {path.name for path in stage.parent.iterdir()}
    assert {"brand.css", "brand.typ", "reference.docx", "fonts"} <= names
    extension = yaml.safe_load((stage.parent / "_extension.yml").read_text(encoding="utf-8"))
    assert [(stage.parent / path).is_dir() for path in extension["contributes"]["formats"]["typst"]["font-paths"]] == [
        True
    ]


def as_quarto_reads(notebook) -> str:
    """The Markdown that Quarto makes of an executed notebook: prose as it is, every output in a cell."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        shown = [output["data"]["text/markdown"] for output in cell.outputs]
        outputs = "\n\n".join(f"::: {{.cell-output .cell-output-display}}\n{text}\n:::" for text in shown)
        parts.append(f":::: {{.cell}}\n\n{outputs}\n\n::::")
    return "---\ntitle: Hoofdstuk\nlang: nl\ntoc-title: Inhoud\nnco-chapter: true\n---\n\n" + "\n\n".join(parts)


@pytest.mark.slow
def test_a_chapter_that_quarto_runs_has_cover_captions_and_alternatives_and_no_prose_of_the_researcher(
    analysed, tmp_path, monkeypatch
):
    project = engines.stage_project(tmp_path / "project")
    chapter = project_root() / "notebooks" / "leergroei.ipynb"
    monkeypatch.setenv(BY_QUARTO, "retina")
    values = {"slice_path": str(analysed / ROUND / "slices" / f"{SMALL[1]}.json")}
    ran = execute.execute(chapter, tmp_path / "ran.ipynb", values, cwd=project)
    monkeypatch.delenv(BY_QUARTO)
    (project / "report.md").write_text(as_quarto_reads(ran), encoding="utf-8")
    document = engines.ReportDocument("hoofdstuk", project)
    results = engines.EmbeddedEngine().render([document], ("html", "pdf", "docx"), project, MOMENT)
    assert [each.error for each in results] == [None, None, None]
    page = html.parse(str(results[0].path)).getroot()
    matter = json.loads(re.search(r"\{\.nco-about\}\n(.*)\n", as_quarto_reads(ran))[1])
    assert words(page.xpath("string(//h1)")).startswith("Leergroei ")
    assert matter["school"] in words(page.xpath("string(//h1)"))
    assert page.xpath("//footer//dt")
    figures = page.xpath("//figure")
    assert len(figures) == 1
    assert all(figure.xpath("string(.//*[@role='img']/@aria-label)") for figure in figures)
    assert [words(f.find("figcaption").text_content())[:8] for f in figures] == ["Figuur 1"]
    text = page.xpath("string(//main)")
    assert "voor u als onderzoeker" not in text, "its prose is for the researcher"
    assert "nco-about" not in text
    here = set(page.xpath("//@id"))
    assert {target[1:] for target in page.xpath("//main//a/@href") if target.startswith("#")} <= here


@REAL
@pytest.mark.parametrize("format", SUFFIX)
def test_quarto_runs_a_chapter_in_house_style_and_leaves_the_notebook_clean(analysed, clone, program, format):
    given = analysed / ROUND / "slices" / f"{SMALL[1]}.json"
    before = (clone / "notebooks" / "leergroei.ipynb").read_bytes()
    command = [program, "render", "notebooks/leergroei.ipynb", "--execute", "-P", f"slice_path:{given}", "--to", format]
    done = subprocess.run(command, cwd=clone, env=environment(program), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = clone / "notebooks" / "_output" / f"leergroei.{SUFFIX[format]}"
    accepted.CHECKS[SUFFIX[format]](made)
    assert (clone / "notebooks" / "leergroei.ipynb").read_bytes() == before


@REAL
def test_verapdf_that_refuses_a_pdf_keeps_it_from_being_published(tmp_path, program, monkeypatch):
    from tests.render.test_engines import write_report

    verapdf = tmp_path / "tools" / "verapdf"
    verapdf.parent.mkdir()
    verapdf.write_text(
        "#!/bin/sh\necho '<validationReport isCompliant=\"false\"><rule><description>Geen titel</description></rule>'\n"
    )
    verapdf.chmod(0o755)
    monkeypatch.setenv("PATH", f"{verapdf.parent}{os.pathsep}{environment(program)['PATH']}")
    project = engines.stage_project(tmp_path / "project")
    documents = [write_report(tmp_path / name) for name in ("a", "b")]
    results = engines.QuartoEngine(program).render(documents, ("html", "pdf"), project, MOMENT)
    assert [(each.format, bool(each.error)) for each in results] == [("html", False), ("pdf", True)] * 2
    assert results[1].error == "PDF validation failed for ua-1: Geen titel PDF validation failed for a-2a: Geen titel"


@REAL
def test_quarto_itself_names_the_format_that_it_refuses(tmp_path, program):
    from tests.render.test_engines import write_report

    raw = '```{=typst}\n#image("figures/leergroei-1.svg")\n```\n\nGoed.'
    documents = [write_report(tmp_path / "a", body=raw), write_report(tmp_path / "b")]
    project = engines.stage_project(tmp_path / "project")
    results = engines.QuartoEngine(program).render(documents, ("html", "pdf", "docx"), project, MOMENT)
    assert [(each.name, each.format) for each in results if each.error] == [("a", "pdf")]
    assert "missing alt text" in results[1].error


def test_the_lock_of_quarto_adds_to_the_other_lock_and_holds_nothing_of_it():
    pins = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
    locks = [
        (project_root() / name).read_text(encoding="utf-8")
        for name in ("requirements.lock", "requirements-quarto.lock")
    ]
    default, extra = (set(pins.findall(lock)) for lock in locks)
    assert "quarto-cli" in extra, "make quarto installs it"
    assert "quarto-cli" not in default, "nobody downloads Quarto who did not ask for it"
    assert not default & extra
    assert locks[1].count("--hash=sha256:") >= len(extra)


def test_make_quarto_says_why_it_failed_where_quarto_cannot_be_downloaded(tmp_path):
    place = tmp_path / ".venv"
    (place / "bin").mkdir(parents=True)
    for name in ("Makefile", "requirements.lock", "requirements-quarto.lock", "pyproject.toml"):
        shutil.copy(project_root() / name, tmp_path)
    (place / "bin" / "python").write_text("#!/bin/sh\necho 'ValueError: nothing to open' >&2\nexit 1\n")
    (place / "bin" / "python").chmod(0o755)
    (place / "installed").touch()
    done = subprocess.run(["make", "quarto"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "make quarto: not installed. The package quarto-cli downloads Quarto from github.com" in done.stderr
