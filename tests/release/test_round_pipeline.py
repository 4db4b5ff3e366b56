"""What a validated round leaves on disk."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from nco.base import all_settings, sealed
from nco.command import cli
from nco.disclosure import earlier_releases
from nco.register import delivery_tables, enrolment
from nco.release import provenance, report_facts, round_pipeline
from nco.reports import explanation, kinds
from nco.reports.content import Content
from nco.reports.growth import shown
from nco_utils import tables
from nco_utils.errors import UnusableInput
from nco_utils.params import Subgroup
from tests.base.test_locking import holder
from tests.deliveries.test_validate import A, B, change, deliver, row
from tests.deliveries.test_validate import data as data
from tests.support import chapters, slicing
from tests.support.machines import contents


@pytest.mark.slow
def test_a_round_with_something_set_aside_leaves_its_tables_and_reports_and_goes_on(data):
    deliver(data, row(A), row(B), row(B, "RW-M8"))
    checked = round_pipeline.validate("2022E", data)
    folder = data / "2022E"
    for name, table in (
        ("results", tables.RESULTS),
        ("quarantine", delivery_tables.QUARANTINE),
        ("account", delivery_tables.ACCOUNT),
    ):
        pd.testing.assert_frame_equal(tables.read(table, folder), getattr(checked, name))
    assert round_pipeline.set_aside("2022E", data)["rule"].tolist() == ["scale-of-other-domain"]
    assert (folder / "leveringsverslag/schools/99ZB00.html").is_file()
    assert not list(folder.glob(".*"))


@pytest.mark.slow
def test_a_delivery_of_which_nothing_is_usable_leaves_no_results_of_an_earlier_one(data):
    deliver(data, row(A), row(B))
    round_pipeline.validate("2022E", data)
    deliver(data, row(A, score="999"))
    with pytest.raises(UnusableInput, match="niets bruikbaar"):
        round_pipeline.validate("2022E", data)
    folder = data / "2022E"
    assert not (folder / "results.parquet").exists()
    assert tables.read(delivery_tables.ACCOUNT, folder)["n_quarantined"].tolist() == [1]
    assert "Daarvan is niets gebruikt" in (folder / "leveringsverslag/schools/99ZA00.html").read_text(encoding="utf-8")


@pytest.mark.big
def test_a_round_in_which_no_pupil_has_two_tests_in_a_row_is_analysed_and_every_report_says_so(data):
    deliver(data, row(A), row(B))
    made = round_pipeline.up_to_date("2022E", data)
    assert [(facts.n_shown, facts.n_hidden) for facts in made.all_facts] == [(0, 0)] * len(made.all_facts) != []
    for facts in made.all_facts:
        content = kinds.read(round_pipeline.slice_path(data, "2022E", facts.subject))
        assert not content.drawable
        told = slicing.text(chapters.shown(content, all_settings.load().reports[facts.kind].chapters[0]))
        assert "waarmee we leergroei kunnen berekenen" in told or "geen enkele leerling" in told
    found = explanation.figures(data / "2022E", "2021-2022", data, all_settings.load())
    assert (found.schools, len(found.national)) == (0, 0)


def test_a_school_without_approval_gets_no_report(data):
    change(data, "approvals.csv", "99ZB00,2021-2022,2022-07-31\n", "")
    schools = enrolment.taking_part(enrolment.read_register(data), all_settings.load().round("2022E"))
    assert schools["brinvest"].tolist() == ["99ZA00"]


@pytest.fixture
def swift(data, monkeypatch) -> Path:
    """A round of which what the validation and the analysis do takes no time, and is counted."""
    folder = data / "2022E"
    folder.mkdir(exist_ok=True)
    (folder / "results.parquet").touch()

    def validate(round_code, data):
        provenance.note(provenance.VALIDATED, round_code, data, provenance.origin(round_code, data))

    def compute(national, round_code, data, _):
        with (data / round_code / "analyses").open("a") as file:
            file.write("x")
        return data

    def write_slices(*_):
        report_facts.write([], folder / report_facts.INDEX)
        return ()

    monkeypatch.setattr(round_pipeline, "validate", validate)
    monkeypatch.setattr(round_pipeline, "_national_notebook", compute)
    nothing = SimpleNamespace(tables={}, pairs=None)
    study = kinds.Study("landelijk", lambda *_: nothing, lambda *_: nothing, None)
    monkeypatch.setattr(kinds, "studies", lambda *_: [study])
    monkeypatch.setattr(round_pipeline.sealed, "keep", lambda *_: None)
    monkeypatch.setattr(round_pipeline, "_seal", lambda *_: None)
    monkeypatch.setattr(provenance, "require_as_written", lambda *_: None)
    monkeypatch.setattr(round_pipeline, "_write_slices", write_slices)
    return data


def _n_analyses(data: Path) -> int:
    return len((data / "2022E/analyses").read_text())


def test_a_round_is_analysed_anew_only_when_something_was_delivered(swift):
    for n in (1, 1, 2, 2):
        if n == 2:
            deliver(swift, row(A))
        round_pipeline.up_to_date("2022E", swift)
        assert _n_analyses(swift) == n


def test_a_delivery_that_comes_during_the_analysis_is_in_it(swift):
    made = round_pipeline.up_to_date(
        "2022E", swift, lambda stage: deliver(swift, row(A)) if stage == "analyse" else None
    )
    assert _n_analyses(swift) == 2
    assert made.made_of == provenance.origin("2022E", swift)


def test_the_last_analysis_counts_when_nothing_came_during_it(swift):
    scores = iter(range(100, 102))

    def twice(stage):
        if stage == "analyse" and (score := next(scores, None)):
            deliver(swift, row(A, score=score))

    assert round_pipeline.up_to_date("2022E", swift, twice).made_of == provenance.origin("2022E", swift)
    assert _n_analyses(swift) == 3


def test_deliveries_that_never_stop_coming_are_told(swift):
    scores = iter(range(100, 200))
    with pytest.raises(UnusableInput, match="had changed meanwhile"):
        round_pipeline.up_to_date("2022E", swift, lambda _: deliver(swift, row(A, score=next(scores))))


@pytest.mark.big
def test_while_a_round_is_analysed_anew_its_slices_stay_and_those_of_who_left_go(analysed, tmp_path, monkeypatch):
    data = shutil.copytree(analysed, tmp_path / "data")
    slices = round_pipeline.slice_path(data, "2022E", "x").parent
    before, there = contents(slices), []
    (slices / "99ZZ99.json").write_text("of a school that left")
    page = data / "2022E/landelijk.html"
    monkeypatch.setattr(round_pipeline, "_national_notebook", lambda *_: page)
    monkeypatch.setattr(Content, "write", lambda _, path: there.append(path.exists()))
    round_pipeline.analyse("2022E", data)
    assert len(there) == len(before)
    assert all(there)
    assert contents(slices) == before


@pytest.mark.parametrize("step", ["validate", "analyse"])
def test_by_hand_nobody_validates_or_analyses_where_another_run_does(data, step, capsys):
    with holder(data / provenance.WORK / "lock") as other:
        try:
            with pytest.raises(SystemExit) as ended:
                cli.app([step, "2022E", "--data", str(data)])
        finally:
            other.kill()
    assert ended.value.code == 2
    assert f"process {other.pid}" in capsys.readouterr().err


def test_what_is_released_is_kept_and_asks_for_no_new_analysis_but_what_came_meanwhile_does(swift, monkeypatch):
    monkeypatch.setattr(round_pipeline.earlier_releases, "keep", lambda code, data: _keep(data / code / "published/1"))
    round_pipeline.up_to_date("2022E", swift)
    round_pipeline.keep_released("2022E", swift, [])
    round_pipeline.up_to_date("2022E", swift)
    assert _n_analyses(swift) == 1
    deliver(swift, row(A))
    round_pipeline.keep_released("2022E", swift, [])
    round_pipeline.up_to_date("2022E", swift)
    assert _n_analyses(swift) == 2


def _keep(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table").write_text("kept")


def test_a_release_of_an_earlier_analysis_is_not_kept(swift, monkeypatch):
    monkeypatch.setattr(round_pipeline.earlier_releases, "keep", lambda *_: pytest.fail("kept"))
    round_pipeline.up_to_date("2022E", swift)
    with pytest.raises(UnusableInput, match="analysed 2022E anew"):
        round_pipeline.keep_released("2022E", swift, ["a facts"])


def _rewritten(path: Path) -> None:
    """The same table in another order: what a run by hand leaves that computes the same."""
    pd.read_parquet(path).iloc[::-1].to_parquet(path, index=False)


def _edited(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" ")


CHANGED = {
    **{f"{name}.parquet": (_rewritten, "analyse") for name in ("reference", "growth", "report", "country", "figures")},
    **{f"{name}.parquet": (_edited, "analyse") for name in ("model_terms", "model_settings", "pooled", "blocks")},
    **{f"{name}.parquet": (_rewritten, "validate") for name in ("results", "pupils")},
    "withdrawn.parquet": (_edited, "validate"),
    "slices/99AA00.json": (_edited, "analyse"),
    "slices.json": (_edited, "analyse"),
    "landelijk.html": (_edited, "analyse"),
    "coverage.parquet": (Path.unlink, "analyse"),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_release_is_made_of_what_the_steps_wrote_or_not_at_all(analysed, tmp_path, name):
    data = shutil.copytree(analysed, tmp_path / "data")
    change, step = CHANGED[name]
    change(data / "2022E" / name)
    with pytest.raises(UnusableInput, match=rf"{name} .*Run `nco {step} 2022E --data .*` again"):
        round_pipeline.up_to_date("2022E", data, lambda stage: pytest.fail(stage))


def test_without_the_hashes_a_changed_table_would_be_released(analysed, tmp_path, monkeypatch):
    """What the test above protects against."""
    data = shutil.copytree(analysed, tmp_path / "data")
    _rewritten(data / "2022E" / "reference.parquet")
    monkeypatch.setattr(provenance, "require_as_written", lambda *_: None)
    round_pipeline.up_to_date("2022E", data, lambda stage: pytest.fail(stage))


def test_a_table_that_changes_while_reports_are_made_is_not_published(analysed, tmp_path):
    data = shutil.copytree(analysed, tmp_path / "data")
    released = round_pipeline.up_to_date("2022E", data).all_facts
    _rewritten(data / "2022E" / "model_terms.parquet")
    with pytest.raises(UnusableInput, match=r"model_terms\.parquet"):
        round_pipeline.keep_released("2022E", data, released)
    assert not (data / "2022E" / "published").exists()


@pytest.mark.parametrize(
    ("code", "note", "name", "step"),
    [
        ("2022M", "validated.json", "results.parquet", "nco validate 2022M"),
        ("2022M", "analysed.json", "growth.parquet", "nco analyse 2022M"),
        ("2022M/published/1", earlier_releases.SEAL, "report.parquet", "nco release"),
    ],
)
def test_a_table_of_an_earlier_round_that_was_changed_is_not_built_upon(data, code, note, name, step):
    folder = data / code
    folder.mkdir(parents=True)
    (folder / name).write_text("as it was written")
    sealed.keep(folder / note, [folder / name])
    provenance.require_as_written([], "2022E", data)
    (folder / name).write_text("changed")
    with pytest.raises(UnusableInput, match=rf"{name} is not what `{step}"):
        provenance.require_as_written([], "2022E", data)


def test_validated_results_that_somebody_changed_are_not_analysed(analysed, tmp_path):
    data = shutil.copytree(analysed, tmp_path / "data")
    _rewritten(data / "2022E" / "results.parquet")
    with pytest.raises(UnusableInput, match=r"results\.parquet is not what `nco validate"):
        round_pipeline.analyse("2022E", data)


@pytest.mark.parametrize(
    "splits",
    [{}, {"sex": Subgroup(values=("jongen", "meisje"))}],
    ids=["none of what the notebook made", "fewer than the notebook made"],
)
def test_groups_of_pupils_that_only_the_notebook_makes_are_refused(analysed, splits):
    """The rules for small groups go by the settings: nothing would hide such a group."""
    figures = tables.read(tables.FIGURES, analysed / "2022E")
    shown._require_own_splits(figures, all_settings.load())
    fewer = all_settings.load().model_copy(update={"subgroups": splits})
    extra = figures.head(1).assign(trait="minority", value="ja")
    with pytest.raises(UnusableInput, match=r"splits pupils by minority otherwise than params/subgroups\.yml"):
        shown._require_own_splits(extra, fewer)
    with pytest.raises(UnusableInput, match="splits pupils by sex"):
        shown._require_own_splits(figures.head(1).assign(trait="sex", value="onbekend"), fewer)
