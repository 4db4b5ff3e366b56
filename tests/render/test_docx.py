import io
import re
import shutil
import zipfile

import pytest
from lxml import etree
from PIL import Image

from nco.base.failures import RenderError
from nco.render import accepted, docx, docx_styles, stage_style
from nco.render.docx import W
from nco.reports import house_style
from nco_utils.params import project_root
from tests.render.test_engines import ALT, BODY, LONG_NAME, make, project, rendered, words, write_report  # noqa: F401

SOURCES = project_root() / "reports" / "quarto"
NAMES = {
    "w": W.strip("{}"),
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "dc": "http://purl.org/dc/elements/1.1/",
    "cp": "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
}
BRAND = house_style.read(SOURCES)
OUTSIDE = '<Relationship Id="x" Type="t/{}" Target="http://x.nl/a" TargetMode="External"/></Relationships>'


def read(path) -> dict[str, etree._Element]:
    parts = docx.unpacked(path.read_bytes())
    return {name: etree.fromstring(part) for name, part in parts.items() if name.endswith((".xml", ".rels"))}


def find(root: etree._Element, path: str) -> list:
    return root.xpath(path, namespaces=NAMES)


def text(element: etree._Element) -> str:
    return words("".join(find(element, ".//w:t/text()")))


def styled(body: etree._Element, style: str) -> list[str]:
    """The paragraphs in a style, as text."""
    return [text(paragraph) for paragraph in find(body, f"//w:p[w:pPr/w:pStyle/@w:val='{style}']")]


def keeps_to_the_next(styles: dict[str, etree._Element], name: str) -> bool:
    """Whether paragraphs of a style stay on the page of what follows, by the style or one that it is based on."""
    if find(styles[name], "w:pPr/w:keepNext"):
        return True
    base = find(styles[name], "w:basedOn/@w:val")
    return bool(base) and base[0] in styles and keeps_to_the_next(styles, base[0])


@pytest.fixture(scope="module")
def parts(rendered) -> dict[str, etree._Element]:  # noqa: F811
    return read(rendered["docx"].path)


@pytest.fixture(scope="module")
def body(parts) -> etree._Element:
    return parts["word/document.xml"]


@pytest.fixture(scope="module")
def styles(parts) -> dict[str, etree._Element]:
    return {style.get(f"{W}styleId"): style for style in find(parts["word/styles.xml"], "//w:style")}


@pytest.fixture(scope="module")
def reference(project) -> etree._Element:  # noqa: F811
    """The styles of the reference document."""
    return read(project / "_extensions" / "nco" / "reference.docx")["word/styles.xml"]


class TestDocument:
    def test_the_first_page_begins_with_title_school_board_and_notice_and_metadata_come_last(self, body):
        order = [style for style in find(body, "//w:p/w:pPr/w:pStyle/@w:val") if not style.startswith("Tabel")]
        assert order[:6] == ["Title", "Subtitle", "Schoolnaam", "Bestuur", "Melding", "Heading1"]
        assert styled(body, "Title") == ["Leergroei"]
        assert styled(body, "Subtitle") == ["Schoolrapport · Eind schooljaar 2021-2022"]
        assert styled(body, "Schoolnaam") == ["Basisschool De Regenboog"]
        assert styled(body, "Bestuur") == ["Stichting Voorbeeldonderwijs"]
        assert "Demonstratie" in styled(body, "Melding")[0]
        rows = [[text(cell) for cell in find(row, "w:tc")] for row in find(find(body, "//w:tbl")[-1], "w:tr")]
        assert rows == [
            ["Kenmerken van dit rapport"], ["BRIN-vestiging", "99AA00"], ["Publicatie", "1 oktober 2022"]
        ]  # fmt: skip

    def test_a_report_has_no_contents_list_and_an_explanation_that_asks_for_one_has(self, body, project, tmp_path):  # noqa: F811
        assert styled(body, "TOCHeading") == []
        made = make(write_report(tmp_path / "long", **{"contents-page": True}), project, ["docx"])
        long = etree.fromstring(docx.unpacked(made["docx"].path.read_bytes())["word/document.xml"])
        assert styled(long, "TOCHeading") == ["Inhoud"]
        assert styled(long, "TOC1") == ["Samenvatting", "Rekenen-wiskunde", "Verantwoording"]

    def test_every_link_within_the_document_has_its_target(self, body):
        targets = find(body, "//w:hyperlink/@w:anchor")
        assert {"figuur-leergroei-1", "tabel-1"} <= set(targets)
        assert set(targets) <= set(find(body, "//w:bookmarkStart/@w:name"))

    def test_chapters_and_sections_are_headings(self, body):
        assert styled(body, "Heading1") == ["Samenvatting", "Rekenen-wiskunde", "Verantwoording"]
        assert styled(body, "Heading2") == ["Groei per stap"]

    def test_figures_have_numbered_captions_above_and_their_alt_text(self, body):
        assert styled(body, "ImageCaption") == ["Figuur 1 Leergroei per stap", "Figuur 2 Nog een figuur"]
        assert find(body, "//wp:docPr/@descr") == [ALT, "Lijndiagram."]
        following = find(body, "//w:p[w:pPr/w:pStyle/@w:val='ImageCaption']/following-sibling::w:p[1]")
        assert all(find(paragraph, ".//w:drawing") for paragraph in following)

    def test_a_figure_is_as_wide_as_in_the_pdf(self, body):
        own, whole = (int(value) / 12700 for value in find(body, "//wp:extent/@cx"))
        assert own == pytest.approx(4.8 * 72 * 1.1, abs=1)  # pandoc rounds to whole points
        assert whole == pytest.approx(docx.points(docx_styles.TEXT_WIDTH), abs=1)

    def test_tables_have_numbered_captions_a_repeated_heading_and_figures_at_the_right(self, body):
        assert styled(body, "TableCaption") == ["Tabel 1 Leergroei bij rekenen, in punten"]
        table = find(body, "//w:tbl")[0]
        assert [text(cell) for cell in find(table, "w:tr[w:trPr/w:tblHeader]/w:tc")] == [
            "Stap", "Leerlingen", "Eigen school"
        ]  # fmt: skip
        assert find(table, "w:tr[2]/w:tc/w:p/w:pPr/w:jc/@w:val") == ["left", "right", "right"]

    def test_a_short_table_stays_on_one_page_and_a_long_one_may_break(self, tmp_path, project, body, styles):  # noqa: F811
        kept = [style for style in styles if keeps_to_the_next(styles, style)]
        rows = find(find(body, "//w:tbl")[0], "w:tr")
        assert [find(row, ".//w:pStyle/@w:val")[0] in kept for row in rows] == [True, True, True, False]
        made = make(write_report(tmp_path / "long", rows=70), project, ["docx"])
        rows = find(find(read(made["docx"].path)["word/document.xml"], "//w:tbl")[0], "w:tr")
        assert [find(row, ".//w:pStyle/@w:val")[0] in kept for row in rows] == [True] + 70 * [False]

    def test_no_row_is_broken_over_two_pages(self, body):
        rows = find(body, "//w:tr")
        assert rows
        assert all(find(row, "w:trPr/w:cantSplit") for row in rows)

    def test_a_column_is_as_wide_as_its_longest_word(self, tmp_path, project):  # noqa: F811
        heading = "| Groei | Leerlingen | Spreiding van alle leerlingen in het land | Spreiding van schoolgemiddelden |"
        table = f"{heading}\n|:---|---:|---:|---:|\n| {'lang woord ' * 8} | 1 | 2 | 3 |\n\n: Bijschrift"
        made = make(write_report(tmp_path / "wide", body=table), project, ["docx"])
        wide = find(read(made["docx"].path)["word/document.xml"], "//w:tbl")[0]
        widths = [int(width) / 20 for width in find(wide, "w:tblGrid/w:gridCol/@w:w")]
        # A bold letter of 9.5 points is 5.4 points wide on average, and a cell has 7 points beside its text.
        assert widths[1] > len("Leerlingen") * 5.4 + 7
        assert widths[3] > len("schoolgemiddelden") * 5.4 + 7

    def test_boxes_have_their_label_and_every_paragraph_the_boxs_style(self, tmp_path, project, body):  # noqa: F811
        for style, label in (("Kernpunt", "Kernpunt"), ("Uitleg", "Zo leest u dit"), ("LetOp", "Let op")):
            assert styled(body, f"{style}Label") == [label]
            assert len(styled(body, style)) == 1
        lists = BODY.replace("De leerlingen groeiden", "- Een\n- Twee\n\nDe leerlingen groeiden")
        made = make(write_report(tmp_path / "list", body=lists), project, ["docx"])
        body = read(made["docx"].path)["word/document.xml"]
        assert styled(body, "KernpuntPunt") == ["Een", "Twee"]
        assert len(styled(body, "Kernpunt")) == 1

    def test_captions_labels_and_headings_keep_to_what_follows(self, styles):
        for style in ("Caption", "KernpuntLabel", "UitlegLabel", "LetOpLabel", "Heading1", "Heading2", "Tabelkop"):
            assert keeps_to_the_next(styles, style), style
        assert find(styles["ImageCaption"], "w:basedOn/@w:val") == ["Caption"]
        assert find(styles["TableCaption"], "w:basedOn/@w:val") == ["Caption"]

    def test_no_paragraph_is_there_for_the_space_only(self, body):
        paragraphs = find(body, "//w:p")
        assert [p for p in paragraphs if not text(p) and not find(p, ".//w:drawing")] == []

    def test_every_style_in_use_is_one_of_the_reference_document(self, body, reference):
        known = set(find(reference, "//w:style/@w:styleId"))
        assert set(find(body, "//w:pStyle/@w:val | //w:rStyle/@w:val | //w:tblStyle/@w:val")) <= known

    def test_every_style_that_the_filter_names_is_one_of_the_reference_document(self, styles):
        filters = (SOURCES / "_extensions" / "nco").glob("*.lua")
        lua = "".join(path.read_text(encoding="utf-8") for path in sorted(filters))
        named = set(re.findall(r'styled\("([^"]+)"', lua)) | set(re.findall(r'{ "([A-Z][a-z]+)", cover', lua))
        assert {"Figure", "toc 1", "Title"} <= named
        assert {docx_styles.style_id(name) for name in named} <= set(styles)

    def test_a_dutch_apostrophe_and_quotes_stay_as_written(self, body):
        assert "In ’s-Hertogenbosch zei men “groei” en bedoelde ‘leergroei’." in text(body)

    def test_a_name_of_80_characters_is_on_the_cover_and_in_the_properties(self, tmp_path, project):  # noqa: F811
        made = read(make(write_report(tmp_path / "name", school=LONG_NAME), project, ["docx"])["docx"].path)
        assert styled(made["word/document.xml"], "Schoolnaam") == [words(LONG_NAME)]
        assert LONG_NAME in find(made["docProps/core.xml"], "string(//dc:title)")

    def test_a_document_without_cover_and_chapters_is_made_too(self, tmp_path, project):  # noqa: F811
        bare = dict.fromkeys(("subtitle", "school", "board", "cover", "demo-notice", "round-label"))
        made = make(write_report(tmp_path / "bare", body="Alleen tekst.", **bare), project, ["docx"])
        body = read(made["docx"].path)["word/document.xml"]
        assert [text(paragraph) for paragraph in find(body, "//w:p")] == ["Leergroei", "Alleen tekst."]


class TestProperties:
    def test_title_author_language_description_keywords_and_date(self, parts):
        core = parts["docProps/core.xml"]
        title = "Leergroei – Basisschool De Regenboog – Eind schooljaar 2021-2022"
        assert find(core, "string(//dc:title)") == title
        assert find(core, "string(//dc:creator)") == "NCO leergroei"
        assert find(core, "string(//dc:language)") == "nl-NL"
        assert find(core, "string(//dc:description)") == "De leergroei van één school."
        assert "99AA00" in find(core, "string(//cp:keywords)")
        assert "2022-10-01T00:00:00Z" in text_of(core)

    def test_nothing_else_of_the_documents_metadata_is_in_the_file(self, parts):
        assert len(parts["docProps/custom.xml"]) == len(parts["docProps/app.xml"]) == 0

    def test_every_page_but_the_cover_has_title_brand_and_page_number(self, parts, body):
        (section,) = find(body, "//w:sectPr")
        assert find(section, "w:titlePg")
        kinds = find(section, "w:headerReference/@w:type | w:footerReference/@w:type")
        assert sorted(kinds) == ["default", "default", "first"]
        header, footer = parts["word/header2.xml"], parts["word/footer1.xml"]
        assert find(header, "string(//w:fldSimple/@w:instr)").strip() == "TITLE"
        assert text(header) == "Leergroei – Basisschool De Regenboog – Eind schooljaar 2021-2022"
        assert [field.strip() for field in find(footer, "//w:fldSimple/@w:instr")] == ["PAGE", "NUMPAGES"]
        assert text(footer).startswith("NCO leergroeiPagina ")

    def test_the_page_is_a4_with_the_margins_of_the_pdf(self, body):
        typst = (SOURCES / "_extensions" / "nco" / "typst-template.typ").read_text(encoding="utf-8")
        margins = dict(re.findall(r"(\w+): (\d+)mm", re.search(r"nco-margin = \((.*)\)", typst)[1]))
        (size,), (margin,) = find(body, "//w:pgSz"), find(body, "//w:pgMar")
        assert (size.get(f"{W}w"), size.get(f"{W}h")) == ("11906", "16838")
        for side, length in margins.items():
            assert int(margin.get(f"{W}{side}")) == docx.twips(docx.points(int(length)))

    def test_letters_colours_lines_and_language_are_the_brands(self, reference, styles):
        defaults = find(reference, "//w:docDefaults")[0]
        assert set(find(defaults, ".//w:rFonts/@*")) == {BRAND.base.family}
        assert find(defaults, ".//w:color/@w:val") == [BRAND.base.color[1:]]
        assert find(defaults, ".//w:lang/@w:val") == ["nl-NL"]
        assert int(find(defaults, ".//w:spacing/@w:line")[0]) == round(240 * BRAND.base.line_height / 1.2)
        assert find(styles["Heading1"], ".//w:color/@w:val") == [BRAND.headings.color[1:]]
        assert find(styles["Kernpunt"], ".//w:shd/@w:fill") == [BRAND.colors["mist"][1:]]
        assert find(styles["Kernpunt"], ".//w:pBdr/w:left/@w:color") == [BRAND.colors["primary"][1:]]
        colors = set(find(reference, "//@w:color | //w:color/@w:val | //@w:fill")) - {"auto"}
        assert {f"#{color}" for color in colors} <= set(BRAND.colors.values())

    def test_no_style_takes_letters_or_colours_from_words_own_theme(self, reference):
        assert not find(reference, "//@w:asciiTheme | //@w:themeColor")


def text_of(element: etree._Element) -> str:
    return " ".join(element.itertext())


def test_pictures_are_white_sharp_and_the_same_each_time(rendered):  # noqa: F811
    folder = rendered["docx"].path.parent / "figures"
    assert sorted(path.name for path in folder.iterdir()) == [
        "leergroei-1.png", "leergroei-1.svg", "leergroei-2.png", "leergroei-2.svg"
    ]  # fmt: skip
    picture = Image.open(folder / "leergroei-1.png").convert("RGBA")
    assert picture.width == pytest.approx(4.8 * 1.15 * 150, rel=0.01)
    assert picture.getpixel((0, 0)) == (255, 255, 255, 255)


def test_no_part_of_the_zip_tells_when_it_was_made(rendered):  # noqa: F811
    with zipfile.ZipFile(rendered["docx"].path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.namelist()[0] == "[Content_Types].xml"


def test_the_reference_document_has_the_same_bytes_each_time(tmp_path, project):  # noqa: F811
    copy = tmp_path / "project"
    shutil.copytree(project, copy)
    stage_style.stage(copy)
    name = "_extensions/nco/reference.docx"
    assert (copy / name).read_bytes() == (project / name).read_bytes()


class TestGate:
    @pytest.fixture
    def change(self, tmp_path, rendered):  # noqa: F811
        """The rendered document with one text replaced in one of its parts."""

        def changed(name: str, old: str, new: str):
            parts = docx.unpacked(rendered["docx"].path.read_bytes())
            assert old.encode() in parts[name]
            path = tmp_path / ".report.docx.partial"
            path.write_bytes(docx.packed(parts | {name: parts[name].replace(old.encode(), new.encode())}))
            return path

        return changed

    @pytest.mark.parametrize(
        ("name", "old", "new", "complaint"),
        [
            ("word/document.xml", 'descr="Lijndiagram."', 'descr=" "', "a picture has no text alternative"),
            ("word/document.xml", "<w:tblHeader", "<w:cantSplit", "a table has no heading row"),
            ("docProps/core.xml", "<dc:language>nl-NL", "<dc:language>", "names no language"),
            (
                "word/_rels/document.xml.rels",
                "</Relationships>",
                OUTSIDE.format("image"),
                "'http://x.nl/a' from elsewhere",
            ),
            ("word/_rels/document.xml.rels", "</Relationships>", OUTSIDE.format("hyperlink"), None),
        ],
    )
    def test_a_document_that_is_not_fit_is_refused(self, change, name, old, new, complaint):
        path = change(name, old, new)
        if not complaint:
            return accepted.check_docx(path)
        with pytest.raises(RenderError, match=re.escape(complaint)):
            accepted.check_docx(path)

    def test_a_document_without_title_is_refused(self, change, parts):
        title = find(parts["docProps/core.xml"], "string(//dc:title)")
        with pytest.raises(RenderError, match="it has no title"):
            accepted.check_docx(change("docProps/core.xml", title, " "))

    @pytest.mark.parametrize("content", [b"", b"geen zip", None])
    def test_a_file_that_is_no_document_is_refused(self, tmp_path, content):
        path, archive = tmp_path / "report.docx", io.BytesIO()
        zipfile.ZipFile(archive, "w").close()
        path.write_bytes(archive.getvalue() if content is None else content)
        with pytest.raises(RenderError, match="no Word document"):
            accepted.check_docx(path)
