"""The round of the school closures, from the delivered files to the published reports, in a fictitious country."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pypdfium2 as pdfium
import pytest
from lxml import html

from nco.base import all_settings
from nco.base.dutch import texts
from nco.demo.country import country_settings
from nco.disclosure.delays import delay_tables
from nco.register import enrolment
from nco.release import planning, release, round_pipeline
from nco.reports import kinds
from nco_utils import tables
from tests.attack import published
from tests.support import closure
from tests.support.sharing import once

ROUND, MOST_PAGES = "2021C", 16
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def published_folder(closure_data, tmp_path_factory) -> Path:
    """A release of three schools: the largest, a small one, and one without figures."""

    def make(folder: Path) -> None:
        data = shutil.copytree(closure_data, folder / "data")
        chosen = tuple(facts.subject for facts in some(data))
        request = planning.Request(ROUND, data, folder / "out", engine="embedded", workers=1, schools=chosen)
        finished = release.release(request, lambda *_: None)
        assert finished.failed == {}

    return once(tmp_path_factory, "closure-release", make)


def some(data: Path) -> list:
    facts = sorted(round_pipeline.up_to_date(ROUND, data).all_facts, key=lambda each: each.n_pupils or 0)
    with_figures = [each for each in facts if each.n_shown]
    return [with_figures[-1], with_figures[0], next(each for each in facts if not each.n_shown)]


def test_every_school_that_enrolled_in_time_gets_a_report_and_no_board_or_later_school(closure_data):
    register, round_ = enrolment.read_register(closure_data), all_settings.load().round(ROUND)
    made = round_pipeline.up_to_date(ROUND, closure_data).all_facts
    assert {each.kind for each in made} == {"covid"}
    assert {each.subject for each in made} == set(enrolment.taking_part(register, round_)["brinvest"])
    received = register.boards.set_index("board_number")["contract_received_on"]
    assert (received[[each.board_number for each in made]] <= pd.Timestamp(round_.contract_deadline)).all()
    numbers = [kinds.read(round_pipeline.slice_path(closure_data, ROUND, e.subject)).reference_number for e in made]
    assert sorted(numbers) == [f"202103{place:04d}" for place in range(1, len(made) + 1)]


def test_the_effects_that_the_country_was_made_with_come_back(closure_data):
    delays = tables.read(delay_tables.DELAYS, closure_data / ROUND).query("sector == 'bo' and trait == 'all'")
    truth = closure.beside_truth(delays, country_settings.load().closure.effects)
    assert len(truth) == 14
    assert (truth["off"].abs() < 4).all()
    assert np.sqrt((truth["off"] ** 2).mean()) < 1.7


def test_a_report_has_at_most_sixteen_pages_all_more_than_half_full_and_no_number_that_its_workbook_has_not(
    published_folder,
):
    folders = sorted((published_folder / "out" / ROUND / "schools").iterdir())
    assert len(folders) == 3
    for folder in folders:
        with pdfium.PdfDocument(folder / "report.pdf") as document:
            assert len(document) <= MOST_PAGES
            assert min([filled(page) for page in document][:-1]) > 0.5
        assert published.strangers(folder) - EXPLAINED == set()


def filled(page: pdfium.PdfPage) -> float:
    """How much of a page is above its lowest text or drawing, but for the line at its foot."""
    height = page.get_size()[1]
    ends = [(bottom, top) for _, bottom, _, top in (each.get_bounds() for each in page.get_objects())]
    return 1 - min(bottom for bottom, top in ends if bottom > 0.075 * height and top < 0.95 * height) / height


EXPLAINED = {"3,0"}  # the name of the test: LVS 3.0


def test_the_index_the_explanation_and_the_page_of_reviewers_are_there(published_folder):
    out = published_folder / "out" / ROUND
    index = html.parse(str(out / "index.html")).getroot().text_content()
    assert texts("index")["school"]["heading"] in index
    explained = html.parse(str(out / "methode.html")).getroot().text_content()
    assert "Engzell" in explained
    assert "2016-2017" in explained
    assert (out / "review" / "index.html").is_file()


def test_the_half_yearly_round_after_it_has_the_same_pupils_or_says_nothing(closure_data, tmp_path):
    """The year before of the first half-yearly round has the cohort of the closures: the very pairs that were shown."""
    data = shutil.copytree(closure_data, tmp_path / "data")
    round_pipeline.up_to_date("2021E", data)
    shown = {code: published.shown(data / code) for code in (ROUND, "2021E")}
    both = shown[ROUND].merge(shown["2021E"], on=tables.UNIT_KEYS, suffixes=("_then", "_now"))
    assert len(both)
    assert (both["n_pupils_then"] == both["n_pupils_now"]).all()
