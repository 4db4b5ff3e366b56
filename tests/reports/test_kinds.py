"""A kind of report is declared, and then planned, cut, made, listed and reviewed like any other."""

import ast
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from lxml import html
from nbformat.v4 import new_code_cell, new_notebook

from nco.base import all_settings, fingerprint
from nco.base.all_settings import ReportKind
from nco.release import dispatch, make, pages, planning, provenance, publication, release, round_pipeline
from nco.release.review import review_folder
from nco.render import engines
from nco.reports import kinds
from nco.reports.content import Content
from nco.reports.facts import ReportFacts
from nco_utils import __version__, tables
from nco_utils.errors import ContractError, UnusableInput
from nco_utils.params import project_root
from tests.support.reviewed import ROUND
from tests.support.slicing import REPORT, board

NAME, SUBJECT = "loopbaan", "66001"
CHAPTER = """from nco.reports.blocks import chapter, show
from nco.reports.growth.opened import report_of
report = report_of(slice_path)
show(chapter("Loopbanen", f"Van {report.n_careers} leerlingen is de loopbaan bekend."))"""


@dataclass(frozen=True)
class Careers(Content):
    """The slice of a kind that has nothing of growth."""

    n_careers: int
    version: str = __version__

    subject = property(lambda self: self.board_number)
    name = property(lambda self: self.board_name)
    about = property(lambda self: {"board": self.board_name})
    drawable = property(lambda self: False)
    names = property(lambda self: (self.board_name, self.notice))


def _facts(content: Careers) -> ReportFacts:
    facts = {"n_schools": 0, "n_pupils": content.n_careers, "n_shown": 1, "n_hidden": 0, "absent": ()}
    names = ("kind", "subject", "name", "board_number", "board_name", "fingerprint")
    return ReportFacts(**{name: getattr(content, name) for name in names}, **facts)


def _cut(shown, schools: pd.DataFrame, boards: pd.DataFrame) -> Iterator[Careers]:
    shared = ("round_code", "round_label", "school_year", "export_date", "publication", "notice")
    for each in boards.itertuples():
        facts = {name: getattr(REPORT, name) for name in shared}
        yield Careers(
            kind=NAME, board_number=each.board_number, board_name=each.board_name, n_careers=shown.n_careers, **facts
        )


STUDY = kinds.Study(
    "loopbanen", lambda *_: SimpleNamespace(pairs=None), lambda *_: SimpleNamespace(tables={}, n_careers=37), _cut
)


@pytest.fixture
def project(tmp_path, monkeypatch) -> Iterator[Path]:
    """A project with a kind of report more, of boards: its chapter is a notebook, its name in params/reports.yml."""
    project = tmp_path / "project"
    for name in ("params", "notebooks", "reports", "expectations"):
        shutil.copytree(project_root() / name, project / name)
    for path in project_root().glob("_*"):
        shutil.copy(path, project)
    first = new_code_cell("slice_path = ''", metadata={"tags": ["parameters"]})
    nbformat.write(new_notebook(cells=[first, new_code_cell(CHAPTER)]), project / "notebooks" / f"{NAME}.ipynb")
    monkeypatch.setenv("NCO_PROJECT", str(project))
    kind = kinds.Kind(NAME, kinds.BOARD, STUDY, lambda content: Careers(**content), _facts)
    monkeypatch.setitem(kinds.KINDS, NAME, kind)
    settings = all_settings.load()
    known = settings.reports | {NAME: ReportKind(chapters=(NAME,))}
    changed = settings.model_copy(update={"reports": known})
    monkeypatch.setattr(all_settings, "load", lambda: changed)
    _forget()  # a process knows one project
    yield project
    _forget()


def _forget() -> None:
    for known in (fingerprint.program, fingerprint.of_program):
        known.cache_clear()


@pytest.fixture
def register(monkeypatch) -> None:
    """Two boards, without the deliveries that make them take part."""
    boards = pd.DataFrame({"board_number": [SUBJECT, "66002"], "board_name": ["Stichting A", "Stichting B"]})
    schools = tables.empty(tables.SCHOOLS)
    monkeypatch.setattr(round_pipeline.enrolment, "read_register", lambda _: SimpleNamespace(boards=boards))
    monkeypatch.setattr(round_pipeline.enrolment, "taking_part", lambda *_: schools)


def _make(planned, request, engine, store, progress, log) -> dict[str, str]:
    """What a worker does, in this process, which knows the kind."""
    folder = request.work / "making"
    project = engines.stage_project(folder / "project")
    sources = [source for source in planned.sources if source.key not in planned.there]
    made_in = folder / "task", request.work / "store", request.data / ROUND / "failed"
    return make.make(
        make.MakeTask(tuple(sources), request.formats, "embedded", "nco", project, request.timestamp, *made_in)
    )


@pytest.mark.usefixtures("project", "register")
def test_a_kind_that_is_declared_is_cut_planned_made_listed_and_reviewed(tmp_path, monkeypatch):
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    shown = STUDY.protect(None, ROUND, data, all_settings.load())
    all_facts = round_pipeline._write_slices([(STUDY, shown)], ROUND, data)
    assert [(facts.kind, facts.subject, facts.n_pupils) for facts in all_facts] == [
        (NAME, SUBJECT, 37),
        (NAME, "66002", 37),
    ]
    assert kinds.read(round_pipeline.slice_path(data, ROUND, SUBJECT)).n_careers == 37

    analysis = round_pipeline.Analysis(all_facts, (), provenance.Origin({}, {}, "made", {}))
    monkeypatch.setattr(round_pipeline, "up_to_date", lambda *_: analysis)
    monkeypatch.setattr(dispatch, "run", _make)
    monkeypatch.setattr(pages, "explanation", lambda *_: {})
    monkeypatch.setattr(round_pipeline, "keep_released", lambda *_: None)
    request = planning.Request(ROUND, data, out, ("html",), engine="embedded")
    finished = release.release(request, lambda *_: None)

    assert finished.failed == {}
    made = out / ROUND / "boards" / SUBJECT / "report.html"
    assert "Van 37 leerlingen is de loopbaan bekend." in made.read_text(encoding="utf-8")
    index = html.parse(str(out / ROUND / "index.html")).getroot()
    assert index.xpath(f"//a[@href='boards/{SUBJECT}/report.html']")
    row = html.parse(str(finished.review)).getroot().get_element_by_id(SUBJECT)
    assert row.get("data-kind") == "board"
    assert "Stichting A" in row.text_content()
    candidates = review_folder.read(out, ROUND, request.work)
    assert SUBJECT in candidates.digests
    assert release.as_record(finished)["boards"] == {"made": 2}
    assert planning.plan(request, all_facts, engines.choose_engine("embedded")).there, "it is kept for the next release"


@pytest.mark.usefixtures("project", "register")
def test_two_reports_of_a_round_that_are_of_the_same_are_refused(tmp_path):
    shown = STUDY.protect(None, ROUND, tmp_path, None)
    with pytest.raises(ContractError, match=f"Two reports of {ROUND} are of {SUBJECT}"):
        round_pipeline._write_slices([(STUDY, shown), (STUDY, shown)], ROUND, tmp_path)


def test_each_kind_of_params_is_declared_and_one_that_is_not_is_named():
    settings = all_settings.load()
    assert {kind.name for kind in kinds.in_use(settings)} == set(settings.reports) >= {"school", "sbo", "board"}
    unknown = settings.model_copy(update={"reports": settings.reports | {"klas": settings.reports["board"]}})
    with pytest.raises(UnusableInput, match=r"reports\.yml names klas: no kind"):
        kinds.in_use(unknown)


def test_kinds_that_are_made_from_the_same_are_computed_and_protected_once():
    settings = all_settings.load()
    of = {name: kinds.KINDS[name].study for name in ("school", "sbo", "board")}
    assert kinds.studies(settings, ROUND).count(of["school"]) == 1
    assert len(set(of.values())) == 1


@pytest.mark.parametrize("content", [REPORT, replace(REPORT, kind="sbo"), board([REPORT])])
def test_where_a_report_lies_follows_from_its_subject(content):
    facts = kinds.facts_of(content)
    folder = "boards" if content.kind == "board" else "schools"
    assert publication.Report(facts).folder == Path(folder, content.subject)


# --- the source ---------------------------------------------------------------------------------

# A delivery report has a kind of its own: of a school or of a supplier.
_NO_REPORTS = {"src/nco/release/pages/delivery_page.py"}
_TYPES = {"Content", "Growth", "Slice", "BoardSlice", "Kind"}


def _asks(tree: ast.AST) -> Iterator[int]:
    """The lines that ask which kind a report is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
            names = {getattr(each, "id", getattr(each, "attr", "")) for each in ast.walk(node.args[1])}
            if names & _TYPES:
                yield node.lineno
        if isinstance(node, ast.MatchClass) and getattr(node.cls, "id", "") in _TYPES:
            yield node.lineno
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            named = any(isinstance(each, ast.Attribute) and each.attr in ("kind", "is_board") for each in sides)
            known = any(
                isinstance(each, ast.Constant) and each.value in kinds.KINDS
                for side in sides
                for each in ast.walk(side)
            )
            if named and known:
                yield node.lineno


@pytest.mark.slow
def test_no_code_but_the_declaration_asks_which_kind_a_report_is():
    root = project_root()
    asked = []
    for path in sorted((root / "src" / "nco").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name not in {"src/nco/reports/kinds.py", *_NO_REPORTS}:
            asked += [f"{name}:{line}" for line in _asks(ast.parse(path.read_text(encoding="utf-8")))]
    assert asked == []


@pytest.mark.parametrize(
    "source",
    [
        "isinstance(x, BoardSlice)",
        "isinstance(x, (Slice, slices.BoardSlice))",
        "report.kind == 'sbo'",
        "'board' != facts.kind",
        "x if report.kind in ('sbo', 'x') else y",
        "match x:\n    case Slice():\n        pass",
    ],
)
def test_code_that_asks_for_a_kind_is_found(source):
    assert list(_asks(ast.parse(source)))
