"""A chapter that shows rows of pupils is found before its notebook goes to reviewers."""

import os

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from nco.base.failures import RenderError
from nco.deliveries import pseudonyms
from nco.register import keyfile
from nco.release import make, round_pipeline
from nco.release.pages import notebook_page
from nco.render import pupilrows
from nco.reports import kinds
from nco.reports.blocks import KIND
from nco_utils import tables
from tests.conftest import ROUND, SMALL
from tests.release.test_notebook_page import SHOWS, run
from tests.support.slicing import REPORT

__all__ = ["run"]

PUPIL = "c7y2xwq3lmnopqrstuvabcdf4e"  # of the form of a pseudonym
FRAME = f"""import pandas as pd
rows = pd.DataFrame({{"pupil_id": ["{PUPIL}"] * 3, "score_before": 170.5, "score_after": 31.25}})
"""
SHOWN = {
    "a frame": "rows",
    "a printed frame": "print(rows)",
    "a frame without the pseudonym": "rows[['score_before', 'score_after']]",
    "rows as text": "print(rows.to_csv(header=False))",
    "rows as a list": "print(rows.to_dict('records'))",
    "one pseudonym": f"'leerling {PUPIL}.'",
    "a frame in HTML alone": "from IPython.display import HTML\nHTML(rows.to_html())",
    "what went to stderr": "import sys\nprint(rows, file=sys.stderr)",
    "a block of the report": f"from nco.reports.blocks import show\nshow('Leerling {PUPIL} groeide.')",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", SHOWN)
def test_a_chapter_that_shows_rows_of_pupils_makes_no_report_and_no_page_of_it_has_them(run, tmp_path, how):
    with pytest.raises(RenderError, match=r"chapter chapter, cell 4 shows rows of pupils \(") as told:
        run(SHOWS, FRAME + SHOWN[how])
    assert PUPIL not in str(told.value)
    assert not (tmp_path / "work" / notebook_page.NAME).exists()


def test_the_page_of_a_report_that_failed_has_no_rows_of_pupils_either(tmp_path):
    """Whatever else it failed of: also a cell that fails after the one with the rows."""
    outputs = [
        new_output("stream", name="stdout", text=f"pupil_id {PUPIL} 170.5"),
        new_output("execute_result", data={"text/plain": "170.5", "text/html": f"<td>{PUPIL}</td>"}),
        new_output("display_data", data={"text/markdown": f"Leerling {PUPIL}"}, metadata={KIND: {"kind": "text"}}),
        new_output("error", ename="ValueError", evalue=f"{PUPIL} 170.5", traceback=[f"rows: {PUPIL} 170.5"]),
    ]
    notebook = new_notebook(cells=[new_code_cell("1", outputs=outputs)])
    notebook_page.write(notebook, REPORT, tmp_path / "page.html", whole=False)
    page = (tmp_path / "page.html").read_text()
    assert "ValueError" in page
    assert PUPIL not in page
    assert "170.5" not in page


@pytest.mark.slow
def test_a_report_with_rows_of_pupils_fails_and_its_notebook_stays_in_the_data_folder(analysed, tmp_path):
    chapter = tmp_path / "chapter.ipynb"
    first = new_code_cell("slice_path = ''", metadata={"tags": ["parameters"]})
    reads = "from nco_utils import tables\nfrom pathlib import Path\n"
    reads += f"tables.read(tables.GROWTH, Path({str(analysed / ROUND)!r})).head(3)"
    nbformat.write(new_notebook(cells=[first, new_code_cell(reads)]), chapter)
    given = round_pipeline.slice_path(analysed, ROUND, SMALL[0])
    source = make.Source.of(SMALL[0], given, kinds.read(given).fingerprint, (chapter,), "ab" * 32)
    folders = {"work": tmp_path / "work", "store": tmp_path / "store", "failed": tmp_path / "failed"}
    task = make.MakeTask((source,), ("html",), "embedded", "nco", tmp_path, None, **folders)
    before = os.umask(0)
    try:
        errors = make.make(task)
    finally:
        os.umask(before)
    assert "cell 2 shows rows of pupils (" in errors[SMALL[0]]
    kept = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "failed").iterdir()}
    assert kept == {f"{SMALL[0]}.ipynb": 0o600, f"{SMALL[0]}.html": 0o600}
    assert (tmp_path / "failed").stat().st_mode & 0o777 == 0o700
    pupils = tables.read(tables.GROWTH, analysed / ROUND)["pupil_id"].head(3)
    page = (tmp_path / "failed" / f"{SMALL[0]}.html").read_text()
    assert not [pupil for pupil in pupils if pupil in page]
    assert not (tmp_path / "store").exists() or not list((tmp_path / "store").rglob("*.html"))


def test_every_pseudonym_is_recognised(tmp_path):
    key = keyfile.Key(bytes(32))
    who = pd.DataFrame({"vendor": "cito", "brinvest": "99AA00", "pupil_id": [f"{n}" for n in range(5_000)]})
    made = pseudonyms.of_pupils(who.assign(eckid=pd.Series(pd.NA, index=who.index, dtype="str")), key)
    missed = [each for each in made if not pupilrows._PSEUDONYM.search(f"id={each},")]
    assert len(missed) < 5_000 * 0.01, "those without any digit: 26 letters in 32, so 0.5 percent"


@pytest.mark.parametrize(
    "text",
    [
        "Leerlingvolgsysteemgegevens van overeenkomstigeleerlingenaantallen",
        "score_before",
        "('score_before', 'sex', 'ses_class', 'minority', 'months_older', 'days_between')",
        "trait value n mean_growth\nsex jongen 12 3.4\ngrade 7\ngrowth 3.4",
        "a" * 26,
        "3f2504e04f8911d39a0c0305e82c3301 " * 3,
    ],
)
def test_what_a_report_may_show_is_not_taken_for_rows_of_pupils(text):
    assert pupilrows.shown_in(new_output("stream", name="stdout", text=text)) is None


def test_no_chapter_of_ours_shows_rows_of_pupils(small_release):
    assert not small_release.failed
