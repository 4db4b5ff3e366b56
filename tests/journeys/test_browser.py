"""The pages of a release in a browser: on a screen, on a phone, on paper, with the keyboard, without scripts.

Needs Chromium, Node and npm, and once the package registry; without them these tests are skipped, but fail where
the environment variable CI is set.
"""

from collections import Counter
from pathlib import Path

import pytest
from lxml import html
from pypdf import PdfReader

from tests.conftest import ROUND
from tests.support.browsing import SOURCES

pytestmark = pytest.mark.slow

WITH_CONTENTS = ("report", "explanation", "style")
PAGES = (*WITH_CONTENTS, "index", "delivery", "deliveries")

each_page = pytest.mark.parametrize("name", PAGES)
each_contents = pytest.mark.parametrize("name", WITH_CONTENTS)


@pytest.fixture(scope="module")
def paths(small_release, style_guide, analysed) -> dict[str, Path]:
    """The pages by kind, and one that is wrong in every way."""
    (delivery,) = (analysed / ROUND / "leveringsverslag" / "suppliers").glob("*.html")
    return {
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
    element = html.document_fromstring(path.read_bytes()).body
    for other in element.xpath(".//script | .//style"):
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
