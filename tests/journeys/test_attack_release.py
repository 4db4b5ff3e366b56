"""Whole releases of three rounds, attacked with what is published: nothing is found of five or fewer pupils."""

import pytest

from nco.demo.country import country_files
from nco.release import planning, release, round_pipeline
from tests.attack import cost, mishaps, published
from tests.attack.__main__ import attack
from tests.conftest import RELEASED

ROUNDS = ("2022M", "2022E", "2023M")
QUIET = lambda *_: None  # noqa: E731


@pytest.mark.big
@pytest.mark.parametrize(("schools", "formats"), [(12, ("html", "pdf", "docx")), (40, ("html",))])
def test_three_rounds_with_an_objection_a_departure_and_a_correction_give_nobody_away(tmp_path, schools, formats):
    """Of 150 schools: `python -m tests.attack DATA OUT ROUND...`, for it takes most of an hour."""
    data, out = tmp_path / "data", tmp_path / "out"
    country_files.write_country(data, schools, 7, False, (*ROUNDS, "2021E"))
    touched = []
    for earlier, code in zip((None, *ROUNDS), ROUNDS, strict=False):
        touched += mishaps.between(data, earlier, code) if earlier else []
        release.release(planning.Request(code, data, out, formats=formats, engine="embedded", workers=2), QUIET)
    assert len(touched) >= 4
    found = attack(data, out, list(ROUNDS))
    assert found.figures > 100 * schools
    assert found.clean, (found.scores, found.counts, found.changes)


@pytest.mark.big
def test_protection_costs_at_most_five_percent_of_the_pupils_figures_in_a_country_of_150(tmp_path):
    country_files.write_country(tmp_path, 150, 7, False, (ROUNDS[0], "2021E"))
    round_pipeline.up_to_date(ROUNDS[0], tmp_path)
    found = cost.lost(tmp_path / ROUNDS[0])
    assert found.loc["together", "shown"] > 100_000
    assert found.loc["together", "share"] <= 0.05
    assert found.loc["all", "share"] <= 0.02, "figures of whole schools"


def test_the_attack_reads_in_the_workbooks_what_the_slices_say(small_release, analysed):
    """So it attacks what is published, and all of it."""
    read = published.figures(small_release.folder)
    report = published.shown(analysed / "2022E")
    keys = ["brinvest", "school_year", "domain", "step", "trait", "value"]
    told = report[report["brinvest"].isin(read["brinvest"]) & (report["trait"] != "group")]
    both = told.merge(read, on=keys, how="outer", suffixes=("", "_read"), indicator=True)
    assert (both["_merge"] == "both").all()
    # Of the year before the workbooks do not say of how many schools the country is.
    both["national_schools"] = both["national_schools"].where(both["school_year"] == both["school_year"].max())
    for name in ("n_pupils", "mean_growth", "national_mean", "national_schools", "mean_before_low", "mean_before_high"):
        same = both[name].astype(float).fillna(-1) == both[f"{name}_read"].astype(float).fillna(-1)
        assert same.all(), name


@pytest.mark.slow
def test_no_other_format_holds_a_number_that_the_workbook_does_not(small_release):
    folders = sorted((small_release.folder / "schools").iterdir())
    assert len(folders) == len(RELEASED)
    for folder in folders:
        assert published.strangers(folder) == set()


def test_a_number_that_only_one_format_holds_is_seen(small_release, tmp_path):
    (folder, *_) = sorted((small_release.folder / "schools").iterdir())
    for name in ("report.html", "report.xlsx"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    (tmp_path / "report.html").write_text(page.replace("</main>", "<p>123,456</p></main>"), encoding="utf-8")
    assert published.strangers(tmp_path) == {"123,456"}
