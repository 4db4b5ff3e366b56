"""What stands in one place, of which the reader of a page chooses: all is on the page, paper has the chosen one."""

import re
from dataclasses import replace

import pytest
from lxml import html
from pypdf import PdfReader

from nco.base.dutch import texts
from nco.render import accepted, docx, engines, own_numbers
from nco.reports.blocks import APART
from nco.reports.growth import norms
from nco.reports.growth.rows import ClassLevel
from tests.support import documents
from tests.support.levelled import at, followed
from tests.support.slicing import SHOWN, YEAR, YEAR_BEFORE, board

IEP = replace(SHOWN, scale="IEP-LEZEN")
STEPS = ("M6-E6", "M7-E7", "E7-M8")
ROWS = [at(level, replace(IEP, step=step)) for step, level in zip(STEPS, (44.0, 60.0, 76.0), strict=True)]
LEVELS = tuple(
    ClassLevel(IEP.domain, step, year, "IEP-LEZEN", 7, 61.5) for step in STEPS for year in (YEAR, YEAR_BEFORE)
)
CHOSEN = norms.LINE_1F
SCHOOL = replace(followed(ROWS), class_levels=LEVELS, norm=CHOSEN)
# So many that a page with scripts finds rows of their tables.
NAMES = ("Ark", "Berk", "Cirkel", "Duif", "Eik", "Fontein", "Gaarde", "Haven", "Iep")
BOARD = board([SCHOOL, *(replace(SCHOOL, brinvest=f"99B{name[0]}00", school_name=f"Obs De {name}") for name in NAMES)])
BOARD = replace(BOARD, norm=CHOSEN, schools=tuple(replace(s, class_levels=LEVELS) for s in BOARD.schools))
OF = {
    "school": (SCHOOL, "schoolanalyse", "school_analysis"),
    "board": (BOARD, "bestuur", "board"),
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return engines.stage_project(tmp_path_factory.mktemp("style") / "project")


@pytest.fixture(scope="module", params=OF)
def made(request, project, tmp_path_factory):
    """Which names the options have, and the files of one report by format, with its folder."""
    content, chapter, words = OF[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    documents.write(content, folder, chapter)
    document = engines.ReportDocument(content.subject, folder)
    rendered = engines.EmbeddedEngine().render([document], documents.FORMATS, project, documents.PUBLISHED)
    assert [each.error for each in rendered] == [None] * 3
    return texts(words)["norms"], {each.format: each.path for each in rendered}, folder, content


def _options(page) -> list:
    return page.xpath("//main//*[@data-keuze]")


def test_the_page_has_every_norm_and_shows_the_chosen_one_without_scripts(made):
    called, files, _, _ = made
    page = html.parse(str(files["html"])).getroot()
    there = {each.get("data-keuze"): set() for each in _options(page)}
    for each in _options(page):
        there[each.get("data-keuze")].add("hidden" in each.attrib)
    assert there == {called[name]: {name != CHOSEN} for name in norms.NORMS}
    accepted.check_html(files["html"])


def test_paper_has_the_chosen_norm_only(made):
    called, files, _, _ = made
    pages = " ".join(" ".join(page.extract_text() for page in PdfReader(files["pdf"]).pages).split())
    body = docx.unpacked(files["docx"].read_bytes())["word/document.xml"].decode()
    word = " ".join([*re.findall('descr="([^"]*)"', body), re.sub("<[^>]+>", "", body)])
    for said in (pages, word):
        assert f"aast {called[CHOSEN]}" in said
        assert not [name for name in norms.NORMS if name != CHOSEN and f"aast {called[name]}" in said]


def test_a_figure_or_table_has_one_number_beside_every_norm_and_an_identifier_of_its_own(made):
    _, files, _, _ = made
    page = html.parse(str(files["html"])).getroot()
    identifiers = page.xpath("//main//@id")
    assert len(set(identifiers)) == len(identifiers)
    numbers = {}
    for each in page.xpath("//main//*[contains(@class, 'nummer')]"):
        option = each.xpath("string(ancestor::*[@data-keuze]/@data-keuze)")
        numbers.setdefault(option, []).append(each.text_content())
    without = numbers.pop("") if "" in numbers else []
    assert len({tuple(told) for told in numbers.values()}) == 1
    kinds = [*without, *next(iter(numbers.values()))]
    for kind in ("Figuur", "Tabel"):
        found = sorted(int(number.split()[1]) for number in kinds if number.startswith(kind))
        assert found == list(range(1, len(found) + 1))


def test_the_figures_and_tables_of_all_norms_are_checked_against_the_document(made):
    _, files, folder, content = made
    counts = own_numbers.check(own_numbers.Expected(folder, content.subject), files)
    page = html.parse(str(files["html"])).getroot()
    assert counts["figures"] == len(page.xpath("//main//figure[not(ancestor::*[@hidden])]"))
    assert counts["tables"] == len(page.xpath("//main//table[not(ancestor::*[@hidden])]"))
    text = files["html"].read_text(encoding="utf-8")
    option = _options(page)[-1]
    said = next(iter(option.xpath(".//*[local-name()='text']/text() | .//td/text()")))
    wrong = text[: (start := text.rindex(f">{said}<"))] + text[start:].replace(f">{said}<", ">anders<", 1)
    files["html"].write_text(wrong, encoding="utf-8")
    with pytest.raises(Exception, match=r"figure|table"):
        own_numbers.check(own_numbers.Expected(folder, content.subject), {"html": files["html"]})
    files["html"].write_text(text, encoding="utf-8")


def test_word_has_no_picture_of_a_drawing_that_only_the_page_shows(made):
    _, _, folder, _ = made
    apart = {path.suffix for path in (folder / APART).glob("*")}
    assert apart <= {".svg"}
