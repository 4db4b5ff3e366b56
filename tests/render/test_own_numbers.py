"""The checks before publication: a report holds its own figures and numbers, and of nobody else."""

import re
import shutil
import zipfile
from dataclasses import replace

import pytest

from nco.base.failures import RenderError
from nco.release import make
from nco.render import engines, own_numbers
from tests.support import documents
from tests.support.hard import ALL

OWN, OTHER = "99AA00", "99BB00"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Two schools that differ in name and numbers only: their documents, and their files by format."""
    folder = tmp_path_factory.mktemp("reports")
    one = replace(ALL["een groep"], brinvest=OWN)
    other = replace(one, brinvest=OTHER, school_name="Een andere school", results=tuple(map(_other, one.results)))
    project = engines.stage_project(folder / "project")
    found = {}
    for content in (one, other):
        place = folder / content.brinvest
        documents.write(content, place)
        made = make.rendered_files(
            {OWN: [engines.ReportDocument(content.brinvest, place)]}, documents.FORMATS, engines.EmbeddedEngine(),
            project, documents.PUBLISHED,
        )  # fmt: skip
        found[content.brinvest] = (place, {each.format: each.path for _, each in made})
    return found


def _other(result):
    """A result with other figures."""
    return replace(result, mean_growth=result.mean_growth + 3) if result.mean_growth is not None else result


@pytest.fixture
def own(reports, tmp_path):
    """A copy of the first school's report, to be spoilt."""
    place, files = reports[OWN]
    shutil.copytree(place, tmp_path / "own")
    copied = {name: tmp_path / "own" / path.name for name, path in files.items()}
    return own_numbers.Expected(tmp_path / "own", OWN), copied


@pytest.mark.slow
def test_a_report_as_it_was_made_passes_with_its_numbers_of_figures_tables_and_pages(own):
    expected, files = own
    counts = own_numbers.check(expected, files)
    text = (expected.folder / "report.md").read_text()
    assert counts["figures"] == text.count(".svg)") > 0
    assert counts["tables"] > 0
    assert counts["pages"] > 3


@pytest.mark.parametrize("name", ["html", "pdf", "docx", "xlsx"])
def test_a_whole_file_of_another_school_is_caught_in_every_format(own, reports, name):
    expected, files = own
    shutil.copy(reports[OTHER][1][name], files[name])
    with pytest.raises(RenderError, match=f"{name}: it holds the code of another school: {OTHER}"):
        own_numbers.check(expected, files)


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_a_figure_of_another_school_is_caught_also_when_all_else_is_right(own, reports, name, tmp_path):
    """As when two renders share a folder: the text is of this school, the drawing in it of another."""
    expected, files = own
    mixed = tmp_path / "mixed"
    shutil.copytree(expected.folder, mixed)
    other = reports[OTHER][0]
    drawn = sorted(path.name for path in (mixed / "figures").glob("*.svg"))
    swapped = next(name for name in drawn if _shown(mixed, name) != _shown(other, name))
    shutil.copy(other / "figures" / swapped, mixed / "figures" / swapped)
    _swap_alt(mixed, other, swapped)
    engine, project = engines.EmbeddedEngine(), engines.stage_project(tmp_path / "project")
    made = engine.render([engines.ReportDocument("mixed", mixed)], [name], project, documents.PUBLISHED)
    assert made[0].error is None
    with pytest.raises(RenderError, match=rf"{name}: figure \d+ "):
        own_numbers.check(expected, files | {name: made[0].path})


def _swap_alt(mixed, other, swapped):
    """Give a figure the words of the other school too: a file has them from the same place as the drawing."""
    path = mixed / "report.md"
    path.write_text(path.read_text().replace(_shown(mixed, swapped), _shown(other, swapped)))


def _shown(folder, name) -> str:
    """The line that shows a figure: its caption, and the words for who cannot see it."""
    return re.search(rf"!\[[^\]]*\]\(figures/{re.escape(name)}\).*", (folder / "report.md").read_text())[0]


def test_a_drawing_of_another_school_in_a_page_is_caught_by_its_numbers_alone(own, reports):
    expected, files = own
    svg = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
    theirs = [each for each in svg.findall(reports[OTHER][1]["html"].read_text()) if 'role="img"' in each]
    page = files["html"].read_text()
    ours = [each for each in svg.findall(page) if 'role="img"' in each]
    place = next(n for n, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
    label = re.search(r'aria-label="[^"]*"', ours[place])
    swapped = re.sub(r'aria-label="[^"]*"', lambda _: label[0], theirs[place])
    files["html"].write_text(page.replace(ours[place], swapped))
    with pytest.raises(RenderError, match=rf"figure {place + 1} is not the one that was drawn"):
        own_numbers.check(expected, files)


def test_another_number_in_a_table_is_caught(own):
    expected, files = own
    page = files["html"].read_text()
    changed = re.sub(
        r"(<td[^>]*>[^<]*?)(\d+)()", lambda found: f"{found[1]}{int(found[2]) + 1}{found[3]}", page, count=1
    )
    assert changed != page
    files["html"].write_text(changed)
    with pytest.raises(RenderError, match="does not have the numbers"):
        own_numbers.check(expected, files)


@pytest.mark.parametrize("name", ["html", "pdf", "docx"])
def test_a_lost_figure_is_caught_in_every_format(own, name, tmp_path):
    expected, files = own
    lost = tmp_path / "lost"
    shutil.copytree(expected.folder, lost)
    path = lost / "report.md"
    path.write_text(re.sub(r"!\[[^\]]*\]\(figures/.*", "", path.read_text(), count=1))
    engine, project = engines.EmbeddedEngine(), engines.stage_project(tmp_path / "project")
    made = engine.render([engines.ReportDocument("lost", lost)], [name], project, documents.PUBLISHED)
    with pytest.raises(RenderError, match=rf"{name}: it shows \d+ of \d+ figures"):
        own_numbers.check(expected, files | {name: made[0].path})


def test_a_file_that_does_not_say_of_whom_it_is_does_not_pass(own):
    expected, files = own
    with zipfile.ZipFile(files["xlsx"]) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    with zipfile.ZipFile(files["xlsx"], "w") as book:
        for name, data in parts.items():
            book.writestr(name, data.replace(OWN.encode(), b"").replace(b"99AA-00", b""))
    with pytest.raises(RenderError, match="xlsx: it does not say of whom it is"):
        own_numbers.check(expected, files)


@pytest.mark.parametrize("word", ["nan", "NaN", "inf", "-inf", "None", "<NA>", "NaT"])
def test_what_a_program_writes_for_no_number_is_caught_in_the_text_that_all_formats_are_made_of(own, word, monkeypatch):
    expected, files = own
    source = expected.folder / "report.md"
    source.write_text(source.read_text(encoding="utf-8") + f"\n\nDe groei is {word} punten.\n", encoding="utf-8")
    with pytest.raises(RenderError, match="where a number should be"):
        own_numbers.check(expected, files)
    monkeypatch.setattr(own_numbers, "_check_numbers", lambda _: None)
    own_numbers.check(expected, files)  # without the check it would be published


def test_a_class_or_school_of_that_name_is_no_missing_number(own):
    expected, files = own
    source = expected.folder / "report.md"
    source.write_text(source.read_text(encoding="utf-8") + "\n\nKlas inf van Obs Nan.\n", encoding="utf-8")
    own_numbers.check(replace(expected, names=("inf", "Obs Nan")), files)
    with pytest.raises(RenderError, match="'inf'"):
        own_numbers.check(expected, files)
