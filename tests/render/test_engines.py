import itertools
import os
import re
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import matplotlib as mpl
import psutil
import pytest
import yaml
from lxml import html
from matplotlib.figure import Figure
from pypdf import PdfReader

from nco.base.failures import RenderError
from nco.render import accepted, docx, engines, quarto, stage_style
from nco.render.engines import ReportDocument
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root
from tests.support import standin
from tests.support.pdf import tags

MOMENT = datetime(2022, 10, 1, tzinfo=UTC)
BOTH = ("html", "pdf")
ALL = (*BOTH, "docx")
LONG_NAME = "Protestants-Christelijke Daltonbasisschool ’t Kofschip-Île de Curaçao te Súdwest"
FRONT_MATTER = {
    "title": "Leergroei",
    "subtitle": "Schoolrapport",
    "lang": "nl",
    "school": "Basisschool De Regenboog",
    "board": "Stichting Voorbeeldonderwijs",
    "brinvest": "99AA00",
    "sector": "bo",
    "round": "2022E",
    "round-label": "Eind schooljaar 2021-2022",
    "date": "2022-10-01",
    "date-label": "1 oktober 2022",
    "reference": "NCO-2022E-99AA00-1a2b3c4d",
    "version": "0.1.0",
    "description": "De leergroei van één school.",
    "toc-title": "Inhoud",
    "cover": [{"label": "BRIN-vestiging", "value": "99AA00"}, {"label": "Publicatie", "value": "1 oktober 2022"}],
    "demo-notice": "Demonstratie: namen van school en bestuur verzonnen",
}
ALT = 'Staafdiagram: de eigen school groeide 21,3 punten, "landelijk" 18,0 punten.'
BODY = """# Samenvatting

::: {.kernpunt}
De leerlingen groeiden **ongeveer even hard** als het landelijk gemiddelde.
:::

De groei staat in [de figuur](#figuur-leergroei-1) en in [de tabel](#tabel-1).[^n]

[^n]: Leerlingen met een bezwaar tellen niet mee.

# Rekenen-wiskunde

## Groei per stap

![Leergroei per stap](figures/leergroei-1.svg){#figuur-leergroei-1 fig-alt="ALT"}

::: {.uitleg}
Vergelijk een stap alleen met dezelfde stap.
:::

| Stap  | Leerlingen | Eigen school |
|:------|-----------:|-------------:|
ROWS

: Leergroei bij rekenen, in punten {#tabel-1}

::: {.let-op}
Voor M7–E7 tonen we geen cijfers: −0,5 ≤ x ≤ +0,5.
:::

# Verantwoording

![Nog een figuur](figures/leergroei-2.svg){#figuur-leergroei-2 fig-alt="Lijndiagram." width=100%}

In ’s-Hertogenbosch zei men "groei" en bedoelde 'leergroei'.
"""


def write_report(folder: Path, *, rows: int = 3, body: str = BODY, **front) -> ReportDocument:
    """A report with every element that the contract knows."""
    (folder / "figures").mkdir(parents=True)
    for name in ("leergroei-1", "leergroei-2"):
        draw(folder / "figures" / f"{name}.svg")
    lines = "\n".join(f"| E{i} | {20 + i} | {18 + i},4 |" for i in range(rows))
    text = body.replace("ROWS", lines).replace("ALT", ALT.replace('"', '\\"'))
    head = yaml.safe_dump({**FRONT_MATTER, **front}, allow_unicode=True, sort_keys=False)
    (folder / "report.md").write_text(f"---\n{head}---\n\n{text}", encoding="utf-8")
    return ReportDocument(folder.name, folder)


def draw(path: Path) -> None:
    # The same salt on purpose: both drawings then use the same ids, as two notebooks' figures might.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "x", "font.family": "sans-serif"}):
        canvas = Figure(figsize=(4.8, 1.6), layout="constrained")
        axes = canvas.add_subplot()
        axes.barh(["Eigen school", "Landelijk"], [21.3, 18.0], color=["#C0272D", "#1D5FA8"], hatch="//")
        canvas.savefig(path, metadata={"Date": None})
    svg = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"font-family: [^;\"]+", "font-family: 'Fira Sans'", svg), encoding="utf-8")


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Path:
    return engines.stage_project(tmp_path_factory.mktemp("staged") / "project")


def make(document: ReportDocument, project: Path, formats=ALL) -> dict[str, engines.Rendered]:
    return {r.format: r for r in engines.EmbeddedEngine().render([document], formats, project, MOMENT)}


@pytest.fixture(scope="session")
def rendered(tmp_path_factory, project) -> dict[str, engines.Rendered]:
    made = make(write_report(tmp_path_factory.mktemp("sample") / "99AA00"), project)
    assert [made[name].error for name in ALL] == [None, None, None]
    return made


@pytest.fixture(scope="session")
def page(rendered) -> html.HtmlElement:
    return html.parse(str(rendered["html"].path)).getroot()


@pytest.fixture(scope="session")
def pdf(rendered) -> PdfReader:
    return PdfReader(rendered["pdf"].path)


def words(text: str) -> str:
    return " ".join(text.replace("\u2060", "").split())  # Typst joins words with an invisible sign


class TestHtml:
    def test_outputs_lie_beside_the_document(self, rendered):
        assert rendered["html"].path.name == "report.html"
        assert sorted(p.name for p in rendered["html"].path.parent.iterdir()) == [
            "figures", "report.docx", "report.html", "report.md", "report.pdf"
        ]  # fmt: skip

    def test_there_is_one_h1_with_title_and_school_and_no_level_is_skipped(self, page):
        (title,) = page.xpath("//h1")
        assert words(title.text_content()) == "Leergroei Basisschool De Regenboog"
        levels = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4")]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))

    def test_title_language_and_description_are_set(self, page):
        assert page.get("lang") == "nl"
        assert page.findtext(".//title") == "Leergroei – Basisschool De Regenboog – Eind schooljaar 2021-2022"
        assert page.xpath("string(//meta[@name='description']/@content)") == "De leergroei van één school."

    def test_landmarks_and_skip_link_lead_to_the_text(self, page):
        assert [page.xpath(f"count(//{tag})") for tag in ("header", "nav", "main", "footer")] == [1, 1, 1, 1]
        (skip,) = page.xpath("//body/a[1]/@href")
        assert page.xpath(f"//main[@id='{skip[1:]}']")
        assert page.xpath("//nav/@aria-label") == ["Inhoud"]

    def test_the_contents_list_chapters_and_sections(self, page):
        links = {a.get("href")[1:]: a.text_content() for a in page.xpath("//nav//a")}
        assert list(links.values()) == ["Samenvatting", "Rekenen-wiskunde", "Groei per stap", "Verantwoording"]
        assert all(page.xpath(f"//*[@id='{target}']") for target in links)

    def test_every_figure_is_a_drawing_with_its_alt_text_and_caption(self, page):
        figures = page.xpath("//figure")
        assert [f.get("id") for f in figures] == ["figuur-leergroei-1", "figuur-leergroei-2"]
        assert [f.xpath("string(.//*[@role='img']/@aria-label)") for f in figures] == [ALT, "Lijndiagram."]
        captions = [words(f.find("figcaption").text_content()) for f in figures]
        assert captions == ["Figuur 1 Leergroei per stap", "Figuur 2 Nog een figuur"]
        assert all("Eigen school" in f.text_content() for f in figures)  # text stays text

    def test_no_id_occurs_twice_though_both_drawings_use_the_same(self, page):
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids))
        used = re.findall(r"url\(#([^)]+)\)", html.tostring(page, encoding="unicode"))
        assert used
        assert set(used) <= set(ids)

    def test_drawings_use_no_namespaces_which_quarto_and_browsers_read_differently(self, page):
        drawings = html.tostring(page, encoding="unicode")
        assert "<use href=" in drawings
        assert "xlink" not in drawings

    def test_tables_have_caption_scopes_and_a_frame_for_the_keyboard(self, page):
        (table,) = page.xpath("//table")
        assert words(table.find("caption").text_content()) == "Tabel 1 Leergroei bij rekenen, in punten"
        assert table.get("id") == "tabel-1"
        assert table.xpath(".//thead//th/@scope") == ["col"] * 3
        assert table.xpath("./tbody/tr/th[1]/@scope") == ["row"] * 3
        assert not table.xpath("./tbody/tr/td[1][not(preceding-sibling::th)]")
        frame = table.getparent()
        assert (frame.get("tabindex"), frame.get("role")) == ("0", "region")
        assert page.xpath(f"//*[@id='{frame.get('aria-labelledby')}']")

    def test_boxes_are_notes_with_a_visible_word(self, page):
        notes = page.xpath("//*[@role='note']")
        assert [words(n.xpath("string(*[1])")) for n in notes] == ["Kernpunt", "Zo leest u dit", "Let op"]

    def test_cover_pairs_and_demonstration_notice_are_shown(self, page):
        assert page.xpath("//footer//dt/text()") == ["BRIN-vestiging", "Publicatie"]
        assert "Demonstratie" in page.xpath("string(//main/p[1])")

    def test_the_page_stands_alone_with_one_script_that_its_policy_names_and_is_small(self, rendered, page):
        accepted.check_html(rendered["html"].path)
        (script,) = page.xpath("//script")
        assert not script.get("src")
        assert len(script.text) < 5_000
        assert not page.xpath("//link[@rel='stylesheet']")
        assert rendered["html"].path.stat().st_size < 500_000

    def test_a_page_without_headings_has_no_empty_contents(self, tmp_path, project):
        made = make(write_report(tmp_path / "index", body="Alleen tekst."), project, ["html"])
        assert not html.parse(str(made["html"].path)).xpath("//nav")


class TestPdf:
    def test_properties_name_author_subject_and_keywords(self, pdf):
        assert pdf.metadata.author == "NCO leergroei"
        assert pdf.metadata.subject == "De leergroei van één school."
        assert "99AA00" in pdf.metadata["/Keywords"]
        assert pdf.metadata.creation_date == MOMENT

    def test_text_can_be_read_in_order(self, pdf):
        text = words(" ".join(p.extract_text() for p in pdf.pages))
        parts = [
            "Schoolrapport · Eind schooljaar 2021-2022", "Basisschool De Regenboog", "Stichting Voorbeeldonderwijs",
            "Demonstratie", "Kernpunt", "ongeveer even hard", "Groei per stap",
            "Figuur 1", "Leergroei per stap", "Eigen school", "Zo leest u dit", "Tabel 1",
            "E0 20 18,4", "Let op", "−0,5 ≤ x ≤ +0,5", "Figuur 2", "Nog een figuur",
        ]  # fmt: skip
        places, start = [], 0
        for part in parts:
            start = text.find(part, start)
            places.append((part, start))
        assert [part for part, place in places if place < 0] == []

    def test_every_page_but_the_cover_has_school_round_page_and_reference(self, pdf):
        total = len(pdf.pages)
        for number, sheet in enumerate(pdf.pages[1:], start=2):
            text = words(sheet.extract_text())
            assert f"Pagina {number} van {total}" in text
            assert "Referentie NCO-2022E-99AA00-1a2b3c4d" in text
            assert "Basisschool De Regenboog" in text
        assert "Pagina" not in pdf.pages[0].extract_text()

    def test_figures_carry_their_alt_text_in_the_tags(self, pdf):
        assert [tag["/Alt"] for tag in tags(pdf, "/Figure")] == [ALT, "Lijndiagram."]

    def test_only_the_brand_font_is_used(self, pdf):
        fonts = {
            str(font.get_object()["/BaseFont"]).split("+")[-1]
            for sheet in pdf.pages
            for font in sheet["/Resources"].get("/Font", {}).values()
        }
        assert fonts
        assert all(name.startswith("FiraSans") for name in fonts)

    def test_a_dutch_apostrophe_and_quotes_stay_as_written(self, pdf):
        text = words(" ".join(p.extract_text() for p in pdf.pages))
        assert "In ’s-Hertogenbosch zei men “groei” en bedoelde ‘leergroei’." in text

    def test_cover_and_message_are_one_page_with_what_there_is_to_know_at_its_foot(self, pdf):
        first = words(pdf.pages[0].extract_text())
        assert first.index("Basisschool De Regenboog") < first.index("ongeveer even hard")
        assert "BRIN-vestiging: 99AA00" in first
        assert "Inhoud" not in first

    @pytest.mark.parametrize("sections", [1, 3, 8])
    def test_no_page_but_the_last_is_left_more_than_half_empty(self, tmp_path, project, sections):
        start, end = BODY.index("## Groei per stap"), BODY.index("# Verantwoording")
        parts = [re.sub(r"#(figuur|tabel)-", rf"#\1-{n}-", BODY[start:end]) for n in range(sections)]
        body = re.sub(r"\[([^]]+)\]\(#.*?\)", r"\1", BODY[:start]) + "\n".join(parts) + BODY[end:]
        made = make(write_report(tmp_path / "report", body=body), project, ["pdf"])
        sheets = PdfReader(made["pdf"].path).pages
        assert [n for n, sheet in enumerate(sheets[:-1], start=1) if filled(sheet) < 0.5] == []

    def test_a_long_table_repeats_its_heading_on_each_page(self, tmp_path, project):
        made = make(write_report(tmp_path / "long", rows=70), project, ["pdf"])
        sheets = [words(p.extract_text()) for p in PdfReader(made["pdf"].path).pages]
        with_rows = [text for text in sheets if re.search(r"\bE\d+ \d+ \d+,4\b", text)]
        assert len(with_rows) >= 3
        assert all("Stap Leerlingen Eigen school" in text for text in with_rows)

    def test_a_name_of_80_characters_stays_whole_on_cover_and_in_properties(self, tmp_path, project):
        assert len(LONG_NAME) == 80
        made = make(write_report(tmp_path / "name", school=LONG_NAME), project)
        reader = PdfReader(made["pdf"].path)
        assert words(LONG_NAME) in words(reader.pages[0].extract_text())
        assert LONG_NAME in reader.metadata.title
        assert words(LONG_NAME) in words(html.parse(str(made["html"].path)).xpath("string(//h1)"))


def filled(sheet) -> float:
    """The share of the type area that lies above the lowest text on a page, its footer aside."""
    top, bottom = (297 - 27) * 72 / 25.4, 21 * 72 / 25.4
    heights = []

    def note(text, cm, tm, *_):
        if text.strip():
            heights.append(tm[4] * cm[1] + tm[5] * cm[3] + cm[5])

    sheet.extract_text(visitor_text=note)
    return (top - min(height for height in heights if height > bottom)) / (top - bottom)


class TestFailures:
    def failure(self, tmp_path, project, old, new) -> dict[str, str | None]:
        document = write_report(tmp_path / "bad")
        path = document.folder / "report.md"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
        return {name: result.error for name, result in make(document, project).items()}

    def test_a_figure_without_alt_text_fails_in_every_format_with_its_name(self, tmp_path, project):
        errors = self.failure(tmp_path, project, 'fig-alt="Lijndiagram."', "")
        assert all("'figuur-leergroei-2' has no alt text" in errors[name] for name in ALL)
        assert not list((tmp_path / "bad").glob("report.[hpd]*"))

    def test_typst_itself_refuses_a_drawing_without_alt_text(self, tmp_path, project):
        raw = '```{=typst}\n#image("figures/leergroei-1.svg")\n```\n\n# Verantwoording'
        errors = self.failure(tmp_path, project, "# Verantwoording", raw)
        assert errors["html"] is None
        assert "missing alt text" in errors["pdf"]
        assert "\n" not in errors["pdf"]

    def test_an_empty_column_heading_fails_with_the_tables_name(self, tmp_path, project):
        errors = self.failure(tmp_path, project, "| Stap  |", "|       |")
        assert all("'tabel-1' has an empty column heading" in errors[name] for name in ALL)

    def test_a_missing_figure_fails_with_its_path(self, tmp_path, project):
        errors = self.failure(tmp_path, project, "figures/leergroei-2.svg", "figures/weg.svg")
        assert all("figures/weg.svg" in errors[name] for name in ALL)

    def test_a_failed_document_never_stops_the_others(self, tmp_path, project):
        good, bad = write_report(tmp_path / "good"), write_report(tmp_path / "broken")
        (bad.folder / "report.md").unlink()
        results = engines.EmbeddedEngine().render([bad, good], BOTH, project, MOMENT)
        assert [(r.name, r.format, bool(r.error), bool(r.path)) for r in results] == [
            ("broken", "html", True, False), ("broken", "pdf", True, False),
            ("good", "html", False, True), ("good", "pdf", False, True),
        ]  # fmt: skip

    def test_an_earlier_report_does_not_pass_for_the_failed_one(self, tmp_path, project):
        document = write_report(tmp_path / "again")
        make(document, project)
        (document.folder / "figures" / "leergroei-1.svg").unlink()
        assert all(result.error for result in make(document, project).values())
        assert not (document.folder / "report.html").exists()

    def test_a_drawing_that_is_none_fails_with_a_reason(self, tmp_path, project):
        document = write_report(tmp_path / "bad")
        (document.folder / "figures" / "leergroei-1.svg").write_text("<svg width='9' height='9'><rect></svg>")
        made = make(document, project)
        assert "SVG" in made["docx"].error
        assert made["docx"].path is None

    def test_an_unknown_format_is_a_wrong_call(self, tmp_path, project):
        with pytest.raises(UnusableInput, match="'odt'"):
            engines.EmbeddedEngine().render([], ["odt"], project, MOMENT)


def test_the_same_input_gives_the_same_bytes_in_any_folder_and_time_zone(tmp_path, project, monkeypatch):
    first = make(write_report(tmp_path / "one"), project)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    # Several times: a program that walks a hash table is right now and then.
    for name in ("two", "three", "four"):
        document = write_report(tmp_path / "elsewhere" / name)
        for result in engines.EmbeddedEngine().render([document], ALL, project, MOMENT.replace(tzinfo=None)):
            assert result.path.read_bytes() == first[result.format].path.read_bytes()


def test_changing_the_brand_file_changes_every_format(tmp_path, project, rendered):
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    path = copy / "_brand.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("#0E4A5A", "#5A0E4A"), encoding="utf-8")
    stage_style.stage(copy)
    made = make(write_report(tmp_path / "other"), copy)
    assert "#5A0E4A" in made["html"].path.read_text(encoding="utf-8")
    assert "#0E4A5A" not in made["html"].path.read_text(encoding="utf-8")
    # Typst writes a colour as fractions of one: 5A 0E 4A.
    band = b"0.3529412 0.05490196 0.2901961"
    assert band in PdfReader(made["pdf"].path).pages[0].get_contents().get_data()
    assert band not in PdfReader(rendered["pdf"].path).pages[0].get_contents().get_data()
    styles = [docx.unpacked(kind["docx"].path.read_bytes())["word/styles.xml"] for kind in (made, rendered)]
    assert [b"5A0E4A" in part for part in styles] == [True, False]
    assert [b"0E4A5A" in part for part in styles] == [False, True]


class TestQuartoProject:
    """What Quarto reads, checked without Quarto."""

    sources = project_root() / "reports" / "quarto"

    def test_the_project_file_has_what_a_render_needs(self):
        settings = yaml.safe_load((self.sources / "_quarto.yml").read_text(encoding="utf-8"))
        assert settings["project"]["type"] == "default"
        assert settings["lang"] == "nl"
        assert settings["execute"] == {"enabled": False}
        assert set(settings["format"]) == set(quarto.FORMATS.values())
        assert all((self.sources / name).is_file() for name in settings["project"]["render"])

    def test_every_file_that_the_extension_names_is_there_once_staged(self, project):
        formats = extension(project)["contributes"]["formats"]
        folder = project / "_extensions" / "nco"
        names = [*formats["common"]["filters"], formats["html"]["template"], *formats["html"]["css"]]
        assert all((folder / name).is_file() for name in [*names, *formats["typst"]["template-partials"]])
        assert all((folder / formats["docx"][name]).is_file() for name in ("template", "reference-doc"))
        assert all((folder / path).is_dir() for path in formats["typst"]["font-paths"])

    def test_html_stands_alone_and_pdf_keeps_both_standards(self, project):
        formats = extension(project)["contributes"]["formats"]
        assert formats["html"] | {"theme": "none", "minimal": True, "embed-resources": True} == formats["html"]
        assert formats["typst"]["pdf-standard"] == ["ua-1", "a-2a"]

    def test_the_style_guide_renders_with_every_element(self, style_guide):
        page = html.parse(str(style_guide / "report.html"))
        assert len(page.xpath("//*[@role='note']")) == 3
        assert page.xpath("//figure")
        assert page.xpath("//table")


def extension(project: Path) -> dict:
    return yaml.safe_load((project / "_extensions/nco/_extension.yml").read_text(encoding="utf-8"))


@pytest.fixture
def fake_quarto(tmp_path, monkeypatch, rendered) -> Path:
    """Put a stand-in on the PATH that copies files that are accepted; returns the file that logs its calls."""
    program = standin.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STANDIN_SAMPLE", str(rendered["html"].path.parent))
    monkeypatch.setenv("STANDIN_LOG", str(tmp_path / "calls"))
    return tmp_path / "calls"


@pytest.fixture
def own_project(tmp_path, project) -> Path:
    return Path(shutil.copytree(project, tmp_path / "own"))


class TestQuartoEngine:
    def test_one_call_renders_all_documents(self, tmp_path, fake_quarto, own_project):
        documents = [write_report(tmp_path / name) for name in ("a", "b", "c")]
        results = engines.choose_engine("quarto").render(documents, ALL, own_project, MOMENT)
        assert [(r.name, r.format, r.error) for r in results] == [(n, f, None) for n in "abc" for f in ALL]
        assert all(r.path == tmp_path / r.name / f"report.{r.format}" and r.path.is_file() for r in results)
        (call,) = fake_quarto.read_text(encoding="utf-8").splitlines()
        targets = [f"documents/{name}/report.qmd" for name in "abc"]
        assert call.split("|") == ["render", *targets, "nco-html", "nco-typst", "nco-docx", "1664582400"]

    def test_one_format_asks_quarto_for_no_other(self, tmp_path, fake_quarto, own_project):
        engines.choose_engine("quarto").render([write_report(tmp_path / "a")], ["pdf"], own_project, MOMENT)
        assert not {"nco-html", "nco-docx"} & set(fake_quarto.read_text(encoding="utf-8").split("|"))
        assert not list((tmp_path / "a" / "figures").glob("*.png")), "pictures are for DOCX only"

    def test_a_document_with_a_drawing_that_is_none_is_not_given_to_quarto(self, tmp_path, fake_quarto, own_project):
        documents = [write_report(tmp_path / name) for name in "ab"]
        (tmp_path / "a" / "figures" / "leergroei-1.svg").write_text("geen tekening")
        results = engines.choose_engine("quarto").render(documents, ("html", "docx"), own_project, MOMENT)
        assert [(r.name, bool(r.error)) for r in results] == [("a", True), ("a", True), ("b", False), ("b", False)]
        assert "documents/a" not in fake_quarto.read_text(encoding="utf-8")

    def test_a_failed_call_is_retried_one_by_one_to_name_the_culprit(self, tmp_path, fake_quarto, own_project):
        documents = [
            write_report(tmp_path / "a"),
            write_report(tmp_path / "b", body="STUK"),
            write_report(tmp_path / "c"),
        ]
        results = engines.choose_engine("quarto").render(documents, ["html"], own_project, MOMENT)
        assert [(r.name, bool(r.path)) for r in results] == [("a", True), ("b", False), ("c", True)]
        assert results[1].error == "ERROR: error: deze deugt niet"
        assert len(fake_quarto.read_text(encoding="utf-8").splitlines()) == 3  # all, then b and c

    @pytest.mark.slow
    def test_documents_that_cannot_be_read_cost_the_others_a_few_calls_at_most(
        self, tmp_path, fake_quarto, own_project
    ):
        bodies = dict.fromkeys("abcdefghijklmnop", "Goed") | {"d": "ONLEESBAAR", "k": "STUK"}
        documents = [write_report(tmp_path / name, body=body) for name, body in bodies.items()]
        results = engines.choose_engine("quarto").render(documents, ["html"], own_project, MOMENT)
        assert {r.name: r.error for r in results if r.error} == {
            "d": "ERROR: YAMLException", "k": "ERROR: error: deze deugt niet"
        }  # fmt: skip
        assert [r.name for r in results] == list(bodies)
        assert len(fake_quarto.read_text(encoding="utf-8").splitlines()) <= 12

    def test_no_call_has_more_documents_than_its_limit(self, tmp_path, fake_quarto, own_project, monkeypatch):
        monkeypatch.setattr(quarto, "LARGEST_CALL", 2)
        documents = [write_report(tmp_path / name) for name in "abcde"]
        results = engines.choose_engine("quarto").render(documents, ["html"], own_project, MOMENT)
        assert [(r.name, r.error) for r in results] == [(name, None) for name in "abcde"]
        calls = fake_quarto.read_text(encoding="utf-8").splitlines()
        assert [call.count("report.qmd") for call in calls] == [2, 2, 1]

    def test_a_relative_project_folder_means_what_it_does_to_the_caller(
        self, tmp_path, fake_quarto, own_project, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        document = write_report(Path("a"))
        results = engines.choose_engine("quarto").render([document], ALL, own_project.relative_to(tmp_path), MOMENT)
        assert [r.error for r in results] == [None, None, None]

    def test_a_relative_folder_of_the_path_means_what_it_does_to_the_caller(
        self, tmp_path, fake_quarto, own_project, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("PATH", f"bin{os.pathsep}/usr/bin{os.pathsep}/bin")
        (result,) = engines.choose_engine("quarto").render(
            [write_report(tmp_path / "a")], ["html"], own_project, MOMENT
        )
        assert result.error is None

    def test_the_stand_in_refuses_what_quarto_refuses(self, tmp_path, fake_quarto, own_project):
        program = quarto.find()
        for arguments, told in (
            (["render", "weg"], "No valid input files passed to render"),
            (["render", own_project.name, "--formats", "html"], "Unknown option --formats"),
            (["render", own_project.name, "--to"], "Missing value"),
            (["render", own_project.name, "--to", "nco-odt"], "Unable to read the extension"),
            (["make", own_project.name], "Unknown command"),
        ):
            done = subprocess.run([program, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert (done.returncode, told in done.stderr) == (1, True), done.stderr

    def test_an_error_in_one_format_is_told_of_that_format(self, tmp_path, fake_quarto, own_project):
        documents = [write_report(tmp_path / "a", body="GEENPDF"), write_report(tmp_path / "b")]
        results = engines.choose_engine("quarto").render(documents, ALL, own_project, MOMENT)
        errors = {(r.name, r.format): r.error for r in results}
        assert errors.pop(("a", "pdf")) == "ERROR: Typst compilation failed"
        assert set(errors.values()) == {None}

    def test_what_quarto_warns_of_is_told_with_its_document(self, tmp_path, fake_quarto, own_project):
        documents = [write_report(tmp_path / name) for name in "ab"]
        results = engines.choose_engine("quarto").render(documents, BOTH, own_project, MOMENT)
        told = " ".join(standin.NO_VERAPDF.split())
        assert {r.name: r.warnings for r in results} == {"a": (told,), "b": (told,)}
        assert [r.error for r in results] == [None] * 4

    def test_a_pdf_that_does_not_keep_a_standard_by_verapdf_fails_and_the_other_documents_do_not(
        self, tmp_path, fake_quarto, own_project
    ):
        bodies = {"a": "Goed", "b": "ONGELDIG", "c": "Goed"}
        documents = [write_report(tmp_path / name, body=body) for name, body in bodies.items()]
        results = engines.choose_engine("quarto").render(documents, BOTH, own_project, MOMENT)
        (failed,) = [r for r in results if r.error]
        assert (failed.name, failed.format) == ("b", "pdf")
        assert failed.error == " ".join(standin.NOT_KEPT.split())
        assert not (tmp_path / "b" / "report.pdf").exists()

    def test_a_user_who_wants_no_colours_is_told_of_warnings_too(self, tmp_path, fake_quarto, own_project, monkeypatch):
        monkeypatch.setenv("NO_COLOR", "1")
        (result,) = engines.choose_engine("quarto").render([write_report(tmp_path / "a")], ["pdf"], own_project, MOMENT)
        assert result.warnings == (" ".join(standin.NO_VERAPDF.split()),)

    def test_documents_are_told_one_by_one_as_they_come(self, tmp_path, fake_quarto, own_project):
        documents = [write_report(tmp_path / name, body="STUK" if name == "b" else "Goed") for name in "abcd"]
        told = []
        engines.choose_engine("quarto").render(documents, ["html"], own_project, MOMENT, told.append)
        assert told == sorted(set(told))
        assert told[0] == 1
        assert told[-1] == 3, "b is never ready"

    def test_a_call_that_hangs_is_ended_with_all_that_it_started(self, tmp_path, fake_quarto, own_project, monkeypatch):
        monkeypatch.setattr(quarto, "PATIENCE", 1)
        monkeypatch.setattr(quarto, "PATIENCE_EACH", 1)
        document = write_report(tmp_path / "a", body="TRAAG")
        (result,) = engines.choose_engine("quarto").render([document], ["html"], own_project, MOMENT)
        assert result.error == "ERROR: Quarto was not ready after 2 seconds and has been stopped."
        assert ends(int(Path(f"{fake_quarto}.child").read_text(encoding="utf-8")))

    def test_a_second_batch_in_the_same_project_shows_nothing_of_the_first(self, tmp_path, fake_quarto, own_project):
        engine = engines.choose_engine("quarto")
        engine.render([write_report(tmp_path / "a")], ["html"], own_project, MOMENT)
        (result,) = engine.render([write_report(tmp_path / "x" / "a", body="STUK")], ["html"], own_project, MOMENT)
        assert result.path is None

    def test_the_gate_holds_for_quarto_too(self, tmp_path, fake_quarto, own_project, rendered, monkeypatch):
        monkeypatch.setitem(accepted.CHECKS, "html", refuse)
        (result,) = engines.choose_engine("quarto").render(
            [write_report(tmp_path / "a")], ["html"], own_project, MOMENT
        )
        assert result.error == "niet goed"

    def test_the_version_is_that_of_the_program(self, fake_quarto):
        assert engines.choose_engine("quarto").version == "quarto 1.10.18"

    @pytest.mark.skipif(not quarto.find(), reason="Quarto is not on the PATH")
    def test_quarto_and_the_embedded_engine_make_the_same_report(self, tmp_path, own_project, rendered, pdf):
        document = write_report(tmp_path / "99AA00")
        results = engines.QuartoEngine(quarto.find()).render([document], ALL, own_project, MOMENT)
        assert [r.error for r in results] == [None, None, None]
        text = [words(p.extract_text()) for p in PdfReader(results[1].path).pages]
        assert text == [words(p.extract_text()) for p in pdf.pages]
        pages = [html.parse(str(path)).xpath("//main")[0] for path in (results[0].path, rendered["html"].path)]
        assert words(pages[0].text_content()) == words(pages[1].text_content())
        bodies = [docx.unpacked(p.read_bytes())["word/document.xml"] for p in (results[2].path, rendered["docx"].path)]
        assert bodies[0] == bodies[1]


def ends(pid: int) -> bool:
    """Whether a process is gone within a second; a zombie, which nobody has waited for, is gone too."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.01)
    return False


def refuse(path: Path) -> None:
    raise RenderError("niet goed")


class TestChoice:
    def test_auto_takes_quarto_when_it_is_on_the_path(self, fake_quarto):
        assert engines.choose_engine("auto").name == "quarto"
        assert engines.choose_engine("embedded").name == "embedded"

    def test_auto_does_without_quarto(self, monkeypatch):
        monkeypatch.setattr(quarto, "find", lambda: None)
        assert engines.choose_engine("auto").name == "embedded"

    def test_asking_for_quarto_without_quarto_says_what_to_do(self, monkeypatch):
        monkeypatch.setattr(quarto, "find", lambda: None)
        with pytest.raises(UnusableInput, match="--engine embedded"):
            engines.choose_engine("quarto")

    def test_quarto_that_the_extra_put_beside_python_is_found_without_the_path(self, tmp_path, monkeypatch):
        program = standin.install(tmp_path / "bin")
        monkeypatch.setenv("PATH", "")
        monkeypatch.setattr(quarto.sys, "executable", str(program.with_name("python")))
        assert quarto.find() == program

    def test_an_unknown_engine_names_the_known(self):
        with pytest.raises(UnusableInput, match="auto, embedded, quarto"):
            engines.choose_engine("word")

    def test_the_embedded_engine_names_both_its_tools(self):
        assert re.fullmatch(r"pandoc 3\.\S+ \+ typst 0\.15\.\S+", engines.EmbeddedEngine().version)
