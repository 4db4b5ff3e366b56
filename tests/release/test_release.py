import hashlib
import json
import re
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from lxml import etree, html
from pypdf import PdfReader

from nco.base import all_settings, dutch, fingerprint
from nco.release import make, pages, planning, provenance, release, report_facts, round_pipeline, verify
from nco.release.store import Store
from nco.render import accepted, docx, engines
from nco.reports import kinds
from nco.reports.growth import slices
from nco_utils import tables
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root
from tests.conftest import RELEASED, ROUND, SMALL, WHOLE, original_ids
from tests.support.machines import contents
from tests.support.reviewed import set_release

QUIET = lambda *_: None  # noqa: E731


def _pdf_text(path) -> str:
    text = " ".join(page.extract_text() for page in PdfReader(path).pages)
    return re.sub(r"\s+", " ", text.replace("\xad", ""))


def _docx_text(path) -> str:
    """The words of a document and those for who cannot see its pictures, which have no letters."""
    body = etree.fromstring(docx.unpacked(path.read_bytes())["word/document.xml"])
    words = ["".join(paragraph.itertext(f"{docx.W}t")) for paragraph in body.iter(f"{docx.W}p")]
    return re.sub(r"\s+", " ", " ".join([*words, *body.xpath("//*[local-name()='docPr']/@descr")]))


def _html_text(path) -> str:
    root = html.parse(str(path)).getroot()
    for style in root.xpath("//style"):
        style.drop_tree()
    return re.sub(r"\s+", " ", root.text_content())


@dataclass(frozen=True)
class Made:
    """A report of the release: what it was made from, and its files by format as full paths."""

    slice: slices.Slice | slices.BoardSlice
    files: dict[str, Path]


@pytest.fixture
def made(small_release, analysed):
    """The reports of the release by school, their files as full paths."""
    return _by_subject(small_release.schools, small_release.folder, analysed)


@pytest.fixture
def made_boards(small_release, analysed):
    """The reports of the release by board, their files as full paths."""
    return _by_subject(small_release.boards, small_release.folder, analysed)


def _by_subject(reports, folder, data) -> dict[str, Made]:
    return {
        report.facts.subject: Made(
            kinds.read(round_pipeline.slice_path(data, ROUND, report.facts.subject)),
            {name: folder / path for name, path in report.paths.items()},
        )
        for report in reports
    }


@pytest.mark.slow
def test_from_the_delivered_csv_to_the_numbers_in_the_pdf_of_five_schools(made, bdf, analysed):
    """The means are computed here from the source itself; schools are recognised by their pupils' keys."""
    assert set(made) == set(RELEASED)
    gain = (bdf["langPOST"] - bdf["langPRET"]).set_axis(bdf["pupilNR"].astype(str))
    pairs = tables.read(tables.GROWTH, analysed / ROUND)
    delivered_id = pairs["pupil_id"].map(original_ids(analysed))
    for brinvest, report in made.items():
        own = gain[delivered_id[pairs["brinvest"] == brinvest]]
        texts = [_pdf_text(report.files["pdf"]), _html_text(report.files["html"])]
        for text in texts:
            assert report.slice.school_name in text
            if len(own) <= 5:
                assert "5 of minder leerlingen" in text
                continue
            assert dutch.pupils(len(own)) in text
            assert dutch.points(round(abs(own.mean()), 1)) in text
            assert dutch.points(round(gain.mean(), 1)) in text
            result = report.slice.shown[0]
            assert dutch.interval(result.effect_low, result.effect_high) in text
            assert dutch.number(result.reference) in text


def _texts(report) -> list[str]:
    return [_pdf_text(report.files["pdf"]), _html_text(report.files["html"]), _docx_text(report.files["docx"])]


@pytest.mark.slow
def test_arithmetic_is_said_to_have_no_growth_and_how_many_results_that_concerns(made, analysed):
    results = tables.read(tables.RESULTS, analysed / ROUND)
    arithmetic = results[results["domain"] == "rekenen_wiskunde"].groupby("brinvest").size()
    for brinvest, report in made.items():
        text = _pdf_text(report.files["pdf"])
        assert "geen leergroei berekenen" in text
        counted = f"{arithmetic[brinvest]} toetsresultaten"
        assert (counted in text) == (arithmetic[brinvest] > 10), "two results a pupil; at most five pupils are hidden"


@pytest.mark.slow
def test_no_report_names_another_school_or_shows_a_pupil(made, analysed):
    ids = original_ids(analysed)
    keys = {*ids, *ids.index}
    for brinvest, report in made.items():
        for text in _texts(report):
            assert brinvest[:4] in text
            assert not set(re.findall(r"99[A-Z]{2}-?0\d", text)) - {brinvest, f"{brinvest[:4]}-{brinvest[4:]}"}
            assert not set(re.findall(r"\w+", text)) & keys


def test_a_board_has_a_report_when_all_its_schools_are_released_and_else_none(small_release, made, made_boards):
    (board,) = made_boards
    assert {school.brinvest for school in made_boards[board].slice.schools} == set(WHOLE)
    for text in _texts(made_boards[board]):
        for school in made_boards[board].slice.schools:
            assert school.school_name in text
    other = made[SMALL[0]].slice.board_number
    assert small_release.boards_in_part == (other,)
    assert not [path for path in small_release.folder.rglob(f"{other}*") if "review" not in path.parts]


def test_a_boards_report_shows_nothing_of_a_school_that_its_own_report_hides(analysed, task):
    path = round_pipeline.slice_path(analysed, ROUND, "99801")
    board = kinds.read(path)
    source = make.Source.of(board.subject, path, board.fingerprint, _notebooks("bestuur"), "cd" * 32)
    assert make.make(replace(task, sources=(source,))) == {}
    hidden = {s.school_name for s in board.schools} - {s.school_name for s in board.shown}
    assert len(hidden) == 1
    book = openpyxl.load_workbook(Store(task.store).path(source.key) / "report.xlsx").worksheets
    named = {cell.value for sheet in book[1:] if sheet.title != "Dekking" for cell in sheet["B"]}
    assert len(named) > len(board.shown)
    assert not named & hidden


@pytest.mark.slow
def test_the_demo_says_in_every_report_that_names_are_invented(made):
    for report in made.values():
        assert report.slice.notice
        assert report.slice.notice in _html_text(report.files["html"])
        assert report.slice.notice in _pdf_text(report.files["pdf"])
        assert report.slice.notice in _docx_text(report.files["docx"])


def test_the_index_lists_every_school_that_was_asked_for_with_state_and_working_links(small_release):
    index = html.parse(str(small_release.folder / "index.html")).getroot()
    boards, schools = (table.xpath(".//tbody/tr") for table in index.xpath("//table"))
    assert len(boards) == len(small_release.boards)
    assert len(schools) == len(RELEASED)
    links = [str(link) for link in index.xpath("//tbody//a/@href")]
    made = [report for report in small_release.reports if report.files]
    assert len(made) > len(RELEASED)
    kinds_of_files = [link.rpartition(".")[2] for link in links if "/report." in link]
    assert kinds_of_files == ["html", "pdf", "docx", "xlsx", "ods"] * len(made)
    analyses = [link.rpartition(".")[2] for link in links if "/analyse." in link]
    assert analyses == ["html", "pdf", "docx"] * len(RELEASED)
    cards = [
        f"{report.folder.as_posix()}/{name}" for report in made for name in report.files if name.startswith("kaart")
    ]
    assert sorted(link for link in links if "/kaart-" in link) == sorted(cards)
    assert len(cards) == 4 * len(RELEASED) + 2 * len(small_release.boards)
    assert all((small_release.folder / link).is_file() for link in links)
    text = _html_text(small_release.folder / "index.html")
    assert "niet getoond" in text


def test_the_manifest_has_every_file_with_its_hash(small_release):
    manifest = json.loads((small_release.folder / "manifest.json").read_text())
    files = [file for report in manifest["reports"] for file in report["files"].values()]
    cards = [file for file in files if "/kaart-" in file["path"]]
    analyses = [file for file in files if "/analyse." in file["path"]]
    of_reports = len(files) - len(cards) - len(analyses)
    assert of_reports == 5 * sum(bool(report.files) for report in small_release.reports)
    assert len(analyses) == 3 * len(RELEASED)
    assert len(cards) == 4 * len(RELEASED) + 2 * len(small_release.boards)
    assert set(manifest["pages"]) == {"index.html", "methode.html", "methode.pdf", "methode.docx"}
    files += manifest["pages"].values()
    for file in files:
        data = (small_release.folder / file["path"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file["sha256"]
    assert manifest["made_with"]["engine"] == "embedded"


def test_only_the_release_is_left_in_the_output_folder(small_release):
    assert {path.name for path in small_release.folder.parent.iterdir()} == {ROUND, planning.WORK}
    assert {path.name for path in small_release.folder.iterdir()} == {
        "boards",
        "index.html",
        "manifest.json",
        "methode.docx",
        "methode.html",
        "methode.pdf",
        "review",
        "schools",
    }
    for school in (small_release.folder / "schools").iterdir():
        assert {path.name for path in school.iterdir()} == {
            *(f"report.{kind}" for kind in ("html", "pdf", "docx", "xlsx", "ods")),
            *(f"analyse.{kind}" for kind in ("html", "pdf", "docx")),
            *(f"kaart-{role}.{kind}" for role in ("leerkracht", "intern-begeleider") for kind in ("docx", "odt")),
        }  # fmt: skip


@pytest.fixture
def after_analysis(analysed, tmp_path, monkeypatch):
    """A copy of the demo, analysed before: these tests are about what comes after."""
    data = tmp_path / "data"
    shutil.copytree(analysed, data)
    known = round_pipeline.Analysis(
        tuple(report_facts.read(data / ROUND / report_facts.INDEX)),
        (data / ROUND / "landelijk.html",),
        provenance.origin(ROUND, data),
    )
    monkeypatch.setattr(round_pipeline, "up_to_date", lambda *_: known)
    return data


def _request(data, out, **other) -> planning.Request:
    return planning.Request(ROUND, data, out, **{"engine": "embedded", "schools": SMALL, "formats": ("html",)} | other)


def test_a_release_of_some_schools_names_no_other_school_or_board(small_release, analysed):
    """Who gets it does not read who else takes part."""
    others = {facts.subject for facts in report_facts.read(analysed / ROUND / report_facts.INDEX)}
    others -= {report.facts.subject for report in small_release.reports}
    assert len(others) > 100
    manifest = (small_release.folder / "manifest.json").read_text(encoding="utf-8")
    index = (small_release.folder / "index.html").read_text(encoding="utf-8")
    assert not [subject for subject in others if re.search(rf"\b{subject}\b", manifest + index)]


def test_the_manifest_holds_no_plain_hash_of_a_delivery(small_release, analysed):
    made_of = provenance.origin(ROUND, analysed)
    manifest = (small_release.folder / "manifest.json").read_text(encoding="utf-8")
    assert "register/objections.csv" in manifest
    assert not [path for path, digest in made_of.delivered.items() if digest in manifest]


@pytest.mark.slow
def test_a_school_that_fails_is_named_and_the_others_are_published(after_analysis, tmp_path):
    round_pipeline.slice_path(after_analysis, ROUND, SMALL[1]).write_text("{}")
    finished = release.release(_request(after_analysis, tmp_path / "out"), QUIET)
    states = {report.facts.subject: report.state for report in finished.reports}
    assert states[SMALL[1]] == "failed"
    assert sorted(path.name for path in (finished.folder / "schools").iterdir()) == sorted({*SMALL} - {SMALL[1]})


@pytest.fixture
def task(analysed, tmp_path):
    """What a worker is told to do for one school: its page and its workbook."""
    given = round_pipeline.slice_path(analysed, ROUND, SMALL[0])
    source = make.Source.of(SMALL[0], given, kinds.read(given).fingerprint, _notebooks("samenvatting"), "ab" * 32)
    now, project = datetime(2022, 10, 1, tzinfo=UTC), engines.stage_project(tmp_path / "project")
    folders = {"work": tmp_path / "work", "store": tmp_path / "store", "failed": tmp_path / "failed"}
    return make.MakeTask((source,), ("html",), "embedded", "nco", project, now, **folders)


def _notebooks(*names) -> tuple[Path, ...]:
    return tuple(project_root() / "notebooks" / f"{name}.ipynb" for name in names)


def test_a_school_whose_workbook_fails_has_no_report_at_all(task, monkeypatch):
    monkeypatch.setitem(accepted.LARGEST, "xlsx", 100)
    errors = make.make(task)
    assert errors[SMALL[0]].startswith("xlsx: ")
    assert not list(task.store.rglob("report.*"))


def test_a_failing_cell_leaves_its_notebook_for_inspection_and_no_message_of_the_exception(task, tmp_path):
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    chapter = tmp_path / "chapter.ipynb"
    cells = [new_code_cell("slice_path = ''", metadata={"tags": ["parameters"]}), new_code_cell("1 / 0  # 17001")]
    nbformat.write(new_notebook(cells=cells), chapter)
    given = task.sources[0]
    source = make.Source.of(given.subject, given.slice_path, given.slice_sha256, (chapter,), given.key)
    broken = replace(task, sources=(source,))
    errors = make.make(broken)
    assert "chapter chapter, cell 2 failed with ZeroDivisionError" in errors[SMALL[0]]
    assert "17001" not in errors[SMALL[0]]
    assert "ZeroDivisionError" in (task.failed / f"{SMALL[0]}.ipynb").read_text()


def test_a_report_with_an_endless_chapter_is_ended_and_named_with_its_cell(task, tmp_path, monkeypatch):
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    set_release(monkeypatch, limits=all_settings.load().release.limits.model_copy(update={"cell": 1.0, "end": 0.5}))
    chapter = tmp_path / "chapter.ipynb"
    cells = [new_code_cell("slice_path = ''", metadata={"tags": ["parameters"]}), new_code_cell("while True: pass")]
    nbformat.write(new_notebook(cells=cells), chapter)
    given = task.sources[0]
    source = make.Source.of(given.subject, given.slice_path, given.slice_sha256, (chapter,), given.key)
    errors = make.make(replace(task, sources=(source,)))
    assert "chapter chapter, cell 2 took longer than release.limits" in errors[SMALL[0]]


def test_a_chapter_that_changes_during_a_run_makes_no_report_under_the_key_of_what_it_was(task, tmp_path):
    chapter = tmp_path / "chapter.ipynb"
    chapter.write_bytes(task.sources[0].notebooks[0].read_bytes())
    source = replace(task.sources[0], notebooks=(chapter,))
    chapter.write_bytes(chapter.read_bytes() + b"\n")
    errors = make.make(replace(task, sources=(source,)))
    assert "a chapter was changed meanwhile" in errors[SMALL[0]]
    assert not list(task.store.rglob("report.*"))


def test_a_program_that_changes_during_a_run_publishes_nothing(after_analysis, tmp_path, monkeypatch):
    program = fingerprint.program() | {"notebooks/samenvatting.ipynb": "0" * 64}
    monkeypatch.setattr(fingerprint, "_program", lambda: program)
    with pytest.raises(UnusableInput, match=r"samenvatting.*nothing was published"):
        release.release(_request(after_analysis, tmp_path / "out", schools=SMALL[:1]), QUIET)
    assert not (tmp_path / "out" / ROUND).exists()


def test_a_page_is_not_kept_under_the_key_of_the_program_that_was(tmp_path, monkeypatch):
    monkeypatch.setattr(pages.index, "page", lambda *_: "in another style")
    store = Store(tmp_path / "store")
    stage = pages.Stage(tmp_path / "pages", store, datetime(2022, 10, 1, tzinfo=UTC))
    program = fingerprint.program() | {"reports/quarto/_brand.yml": "0" * 64}
    monkeypatch.setattr(fingerprint, "_program", lambda: program)
    with pytest.raises(UnusableInput, match="_brand"):
        stage.page("index.html", {}, "text")
    assert not store.folder.exists()


@pytest.mark.slow
def test_a_published_file_that_somebody_changed_is_made_anew_and_never_published_as_it_is(after_analysis, tmp_path):
    request = _request(after_analysis, tmp_path / "out", schools=SMALL[:1])
    report = release.release(request, QUIET).folder / "schools" / SMALL[0] / "report.html"
    made = report.read_bytes()
    for other, state in ((made.replace(b"<main", b"<Main", 1), "shares its size"), (made + b"x", "is longer")):
        report.write_bytes(other)  # in place: the store has the same file
        (report.parents[2] / "index.html").unlink()
        told = "was changed after it was made" if state == "shares its size" else "changed since it was published"
        with pytest.raises(UnusableInput, match=told):
            release.release(request, QUIET)
        report.rename(tmp_path / state)  # it may be somebody's work
        assert release.release(request, QUIET).n_made == 1
        assert report.read_bytes() == made
        assert (tmp_path / state).read_bytes() == other
    assert verify.verify(request.published).problems == ()


@pytest.fixture
def earlier(tmp_path) -> Path:
    """A release of the round, of a page."""
    folder = tmp_path / "out" / ROUND
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("earlier")
    page = {"path": "index.html", "sha256": fingerprint.of_file(folder / "index.html"), "bytes": len("earlier")}
    (folder / "manifest.json").write_text(json.dumps({"round": ROUND, "pages": {"index.html": page}, "reports": []}))
    return folder


def test_when_no_report_can_be_made_the_earlier_release_stays(after_analysis, tmp_path, earlier):
    for path in round_pipeline.slice_path(after_analysis, ROUND, "x").parent.iterdir():
        path.unlink()
    finished = release.release(_request(after_analysis, tmp_path / "out"), QUIET)
    assert finished.folder is None
    assert (earlier / "index.html").read_text() == "earlier"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {ROUND, planning.WORK}


def test_an_interrupted_release_leaves_the_earlier_one_and_nothing_half_made(after_analysis, tmp_path, earlier):
    def interrupt(stage, done, *_):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        release.release(_request(after_analysis, tmp_path / "out"), interrupt)
    assert (earlier / "index.html").read_text() == "earlier"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {ROUND, planning.WORK}


@pytest.mark.slow
def test_the_same_input_gives_the_same_bytes(small_release, after_analysis, tmp_path):
    request = _request(after_analysis, tmp_path / "out", formats=tuple(engines.OUTPUTS), schools=RELEASED)
    again = release.release(request, QUIET)
    one, two = contents(small_release.folder), contents(again.folder)
    assert len(one) == 5 + sum(len(report.files) for report in small_release.reports)
    assert len(small_release.boards) > 0
    assert [name for name in one.keys() | two.keys() if one.get(name) != two.get(name)] == []


@pytest.mark.slow
def test_a_second_run_makes_nothing_and_leaves_what_is_published_alone(after_analysis, tmp_path):
    request = _request(after_analysis, tmp_path / "out", schools=("99EO00",))
    first = release.release(request, QUIET)
    was = first.folder.stat().st_ino
    second = release.release(request, QUIET)
    assert (first.changed, second.changed) == (True, False)
    assert (first.n_made, second.n_made) == (2, 0), "the one school of a board, and the board"
    assert first.folder.stat().st_ino == was


@pytest.mark.slow
def test_after_a_release_of_one_school_the_others_need_not_be_made_again(after_analysis, tmp_path):
    made = [release.release(_request(after_analysis, tmp_path / "out", schools=SMALL[:n]), QUIET) for n in (2, 1, 2)]
    assert made[0].n_made == 2
    assert [(len(each.schools), each.n_made) for each in made[1:]] == [(1, 0), (2, 0)]


@pytest.mark.slow
def test_a_file_that_was_lost_from_what_is_published_comes_back_from_what_was_made(after_analysis, tmp_path):
    request = _request(after_analysis, tmp_path / "out", schools=SMALL[:1])
    lost = release.release(request, QUIET).folder / "schools" / SMALL[0] / "report.html"
    lost.unlink()
    again = release.release(request, QUIET)
    assert (again.changed, again.n_made) == (True, 0)
    assert lost.is_file()
    assert verify.verify(again.folder).problems == ()


@pytest.mark.slow
def test_after_one_slice_has_changed_only_its_report_is_made_again(after_analysis, tmp_path, monkeypatch):
    request = _request(after_analysis, tmp_path / "out")
    first = release.release(request, QUIET)
    path = round_pipeline.slice_path(after_analysis, ROUND, SMALL[1])
    changed = replace(kinds.read(path), school_name="Obs De Nieuwe Naam")
    changed.write(path)
    known = round_pipeline.up_to_date(ROUND, after_analysis)
    reports = tuple(kinds.facts_of(changed) if each.subject == SMALL[1] else each for each in known.all_facts)
    made_of = replace(known.made_of, fingerprint="another")
    report_facts.write(reports, after_analysis / ROUND / report_facts.INDEX)
    monkeypatch.setattr(round_pipeline, "up_to_date", lambda *_: replace(known, all_facts=reports, made_of=made_of))
    second = release.release(request, QUIET)
    assert second.n_made == 1
    pages = [folder / "schools" / SMALL[1] / "report.html" for folder in (first.folder, second.folder)]
    assert "De Nieuwe Naam" in pages[1].read_text()


@pytest.mark.big
def test_both_notebook_engines_give_the_same_files(after_analysis, tmp_path):
    """The one forks a process in which everything is imported, the other starts Jupyter's own kernel."""
    request = {"schools": SMALL[:1], "formats": ("html", "pdf", "docx")}
    forked = release.release(_request(after_analysis, tmp_path / "forked", **request), QUIET).folder
    kernel = _request(after_analysis, tmp_path / "kernel", **request, notebook_engine="kernel")
    started = release.release(kernel, QUIET).folder
    files = contents(forked)
    assert len(files) > 8
    assert [name for name, data in contents(started).items() if files.get(name) != data] == []


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"formats": ("html", "word")}, "word"),
        ({"workers": 0}, "at least 1"),
        ({"engine": "latex"}, "latex"),
        ({"schools": ("99ZZ99",)}, "99ZZ99"),
    ],
)
def test_a_wrong_call_is_refused_before_any_work(after_analysis, tmp_path, other, words):
    with pytest.raises(UnusableInput, match=words):
        release.release(_request(after_analysis, tmp_path / "out", **other), QUIET)
    assert not (tmp_path / "out" / ROUND).exists()


def test_a_chapter_that_cannot_be_joined_is_found_before_anything_is_validated(demo_data, tmp_path, monkeypatch):
    import nbformat
    from nbformat.v4 import new_code_cell, new_notebook

    project = tmp_path / "project"
    for name in ("params", "notebooks", "expectations", "reports", "docs"):
        shutil.copytree(project_root() / name, project / name)
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), project / "notebooks" / "gesprek.ipynb")
    data = shutil.copytree(demo_data, tmp_path / "data")
    monkeypatch.setattr(planning.params, "project_root", lambda: project)
    monkeypatch.setattr(round_pipeline, "validate", lambda *_: pytest.fail("it was validated"))
    with pytest.raises(UnusableInput, match=r"gesprek\.ipynb: needs exactly one code cell tagged 'parameters'"):
        release.release(_request(data, tmp_path / "out"), QUIET)
