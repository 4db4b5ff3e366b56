"""The pages of a release in a browser: on a screen, on a phone, on paper, with the keyboard, without scripts.

Needs Chromium, Node and npm, and once the package registry; without them these tests are skipped, but fail where
the environment variable CI is set.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html
from pypdf import PdfReader

from nco.base.dutch import texts
from nco.render import engines
from nco.reports.growth import norms
from tests.conftest import ROUND
from tests.render import test_options
from tests.support import documents
from tests.support.browsing import SOURCES

pytestmark = pytest.mark.slow

WITH_CONTENTS = ("report", "analysis", "board", "explanation", "style")
WITH_CHOICE = ("analysis", "board")
PAGES = (*WITH_CONTENTS, "index", "delivery", "deliveries")

each_page = pytest.mark.parametrize("name", PAGES)
each_choice = pytest.mark.parametrize("name", WITH_CHOICE)
each_contents = pytest.mark.parametrize("name", WITH_CONTENTS)


# Of which a test has its own choice of norm: here not the first of all, and not the last.
SCHOOL, BOARD = (replace(each, norm=norms.CLASS) for each in (test_options.SCHOOL, test_options.BOARD))


@pytest.fixture(scope="module")
def paths(small_release, style_guide, analysed, tmp_path_factory) -> dict[str, Path]:
    """The pages by kind, two of them with several norms, and one that is wrong in every way."""
    chosen = {name: tmp_path_factory.mktemp(name) for name in WITH_CHOICE}
    documents.write(SCHOOL, chosen["analysis"], "schoolanalyse", "groepsanalyse")
    documents.write(BOARD, chosen["board"])
    made = [engines.ReportDocument(name, folder) for name, folder in chosen.items()]
    project = engines.stage_project(tmp_path_factory.mktemp("style") / "project")
    engines.EmbeddedEngine().render(made, ["html"], project, documents.PUBLISHED)
    (delivery,) = (analysed / ROUND / "leveringsverslag" / "suppliers").glob("*.html")
    return {
        **{name: folder / "report.html" for name, folder in chosen.items()},
        "report": small_release.folder / "schools" / "99AA00" / "report.html",
        "explanation": small_release.folder / "methode.html",
        "style": style_guide / "report.html",
        "index": small_release.folder / "index.html",
        "delivery": delivery,
        "deliveries": analysed / ROUND / "leveringsverslag" / "index.html",
        "broken": SOURCES / "broken.html",
    }


@pytest.fixture(scope="module")
def seen(request, browser) -> dict[str, dict]:
    """What the browser saw of every page (see look.mjs), with the page's path and that of its PDF."""
    paths = request.getfixturevalue("paths")  # only now: without a browser there is no need to make a release
    pages = browser.see("look.mjs", folder=str(browser.folder), pages={name: str(path) for name, path in paths.items()})
    return {name: pages[name] | {"path": path, "pdf": browser.folder / f"{name}.pdf"} for name, path in paths.items()}


def letters(text: str) -> str:
    """The letters and digits of a text: lines and hyphens fall differently on each page."""
    return "".join(filter(str.isalnum, text))


def body(path: Path) -> html.HtmlElement:
    """What a page holds; of what a reader may choose from, that which is there before."""
    element = html.document_fromstring(path.read_bytes()).body
    for other in element.xpath(".//script | .//style | .//*[@hidden]"):
        other.drop_tree()
    return element


def lost_on_paper(shown: str, pdf: Path) -> Counter:
    """The letters that a page shows and its PDF lacks; a table's heading may be there more than once."""
    printed = "".join(sheet.extract_text() for sheet in PdfReader(pdf).pages)
    return Counter(letters(shown)) - Counter(letters(printed))


@each_page
@pytest.mark.parametrize("width", ["wide", "phone"])
def test_no_rule_of_wcag_a_and_aa_is_violated(seen, name, width):
    assert seen[name][width]["violations"] == []


@each_page
def test_a_page_never_scrolls_sideways_on_a_phone(seen, name):
    assert seen[name]["phone"]["width"] <= 360


@each_page
def test_a_page_asks_for_nothing_but_itself(seen, name):
    assert seen[name]["requests"] == []


@each_page
def test_all_text_and_the_contents_list_are_there_without_scripts(seen, name):
    page = body(seen[name]["path"])
    assert letters(seen[name]["scriptless"]["page"]) == letters(page.text_content())
    links = [link.text_content() for link in page.xpath(".//nav//a")]
    assert seen[name]["scriptless"]["contents"] == links
    assert bool(links) == (name in WITH_CONTENTS)


def test_a_mark_that_is_pointed_at_or_come_to_with_the_keyboard_says_its_sentence(seen):
    says = seen["report"]["wide"]["says"]
    first, second = says["sentences"]
    assert [(each["said"], each["shown"]) for each in says["told"]] == [(first, True), (first, True), (second, True)]
    assert [each["focused"] for each in says["told"]] == [None, first, second]


def test_a_search_leaves_the_rows_of_a_table_that_have_its_words_and_says_how_many(seen):
    found = next(page["wide"]["says"]["rows"] for page in seen.values() if page["wide"]["says"]["rows"])
    assert 0 < len(found["left"]) < found["all"]
    assert all(found["word"].lower() in row.lower() for row in found["left"])
    assert found["status"].startswith(str(len(found["left"])))
    assert found["again"] == found["all"]


@each_choice
def test_who_chooses_another_norm_with_the_keyboard_sees_all_of_the_page_beside_it_and_is_told(seen, name):
    choice, texts_of = seen[name]["wide"]["choice"], texts("school_analysis" if name == "analysis" else "board")
    first, second = choice["options"][:2]
    assert choice["options"] == [
        texts_of["norms"][each] for each in (norms.CLASS, norms.NATIONAL, norms.LINE_1F, norms.LINE_2F)
    ]
    assert choice["label"] == "Naast welke norm?"
    assert (choice["before"]["shown"], set(choice["before"]["values"])) == ([first], {first})
    assert (choice["after"]["shown"], set(choice["after"]["values"])) == ([second], {second})
    assert set(choice["before"]["told"]) == {""}
    assert [told for told in choice["after"]["told"] if told] == [f"Hier staat nu: naast {second}."]
    assert choice["focused"]
    assert (choice["before"]["covered"], choice["after"]["covered"]) == (0, 0), "a field lies over what it is of"
    assert choice["violations"] == []
    captions = choice["before"]["captions"], choice["after"]["captions"]
    assert len(captions[0]) == len(captions[1]) > 0
    for before, after in zip(*captions, strict=True):
        assert before != after
        assert second in after or name == "analysis"


def test_a_page_without_several_norms_has_no_choice(seen):
    assert [name for name, page in seen.items() if page["wide"]["choice"]] == list(WITH_CHOICE)


@each_choice
def test_without_scripts_the_page_is_whole_with_the_chosen_norm_and_has_no_field(seen, name):
    page = seen[name]["scriptless"]["page"]
    assert "Naast welke norm?" not in page
    assert texts("board")["norms"]["class"] in page or texts("school_analysis")["norms"]["class"] in page


@each_contents
def test_the_contents_list_stays_in_view_beside_the_last_chapter(seen, name):
    contents = seen[name]["wide"]["contents"]
    assert contents["scrolled"] > 800, "more than one screen"
    assert contents["inView"]


@each_contents
def test_every_link_of_the_contents_list_leads_to_the_heading_that_it_names(seen, name):
    links = seen[name]["wide"]["contents"]["links"]
    assert [link["heading"] for link in links] == [link["text"] for link in links]


@each_page
def test_nothing_is_cut_off_on_paper(seen, name):
    assert seen[name]["paper"]["cut"] == []
    assert lost_on_paper(seen[name]["paper"]["text"], seen[name]["pdf"]) == {}


@each_page
def test_a_page_is_printed_on_a4(seen, name):
    boxes = [sheet.mediabox for sheet in PdfReader(seen[name]["pdf"]).pages]
    assert {(round(box.width), round(box.height)) for box in boxes} == {(595, 842)}


@each_page
def test_the_first_tab_shows_the_skip_link_which_leads_to_the_text(seen, name):
    keyboard = seen[name]["wide"]["keyboard"]
    first = keyboard["stops"][0]
    assert first["href"] == "#" + body(seen[name]["path"]).xpath("string(.//main/@id)")
    assert first["inView"]
    assert keyboard["skippedTo"] == "main"


@each_page
def test_tab_comes_to_every_link_and_table_in_order_and_shows_where_it_is(seen, name):
    keyboard = seen[name]["wide"]["keyboard"]
    assert [stop["place"] for stop in keyboard["stops"]] == list(range(len(keyboard["reachable"])))
    assert [stop["html"] for stop in keyboard["stops"] if not (stop["inView"] and stop["marked"])] == []


def test_a_page_that_breaks_every_promise_is_seen_to_break_them(seen):
    broken = seen["broken"]
    keyboard, contents = broken["wide"]["keyboard"], broken["wide"]["contents"]
    for width in ("wide", "phone"):
        rules = {text.split(":")[0] for text in broken[width]["violations"]}
        assert rules >= {"html-has-lang", "color-contrast", "image-alt"}
    assert broken["phone"]["width"] > 360
    assert set(broken["requests"]) == {"https://example.org/image.png"}
    text = broken["scriptless"]["page"]
    assert [words for words in ("Faint", "Never shown", "Written by a script") if words in text] == ["Faint"]
    assert not contents["inView"]
    assert [link["heading"] for link in contents["links"]] == [None, "There"]
    assert [element.split('"')[1] for element in broken["paper"]["cut"]] == ["hidden", "wide", "cut"]
    assert lost_on_paper("that is cut off", broken["pdf"])
    assert keyboard["stops"][0]["html"].startswith('<a tabindex="2"')
    assert not keyboard["stops"][0]["marked"]
    assert keyboard["skippedTo"] == "a"
