"""What the files of one report say, read back from each format: passages of text, tables, figures and sheets."""

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import openpyxl
from lxml import etree, html
from pypdf import PdfReader

from nco.render import docx
from nco.reports.blocks import Table, TableColumn
from nco.reports.growth.slices import BoardSlice, Slice
from tests.support import pdf, pdf_places

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SVG = "{http://www.w3.org/2000/svg}"
Rows = list[list[str]]  # the headings of a table, then its rows


@dataclass(frozen=True)
class Drawn:
    """A figure as a reader gets it: its text with places (SVG user units), and its alternative text."""

    name: str
    alt: str
    texts: tuple[tuple[float, float, str], ...]  # x, y, text


@dataclass
class Printed:
    """The files of one report in `folder`, and the slice that they were made from."""

    content: Slice | BoardSlice
    folder: Path

    @cached_property
    def tables(self) -> list[Table]:
        """Every table with its values, as the document keeps them for the workbook."""
        return [_table(each) for each in json.loads((self.folder / "tables.json").read_text(encoding="utf-8"))]

    @property
    def expected(self) -> list[Rows]:
        """What every printed table must say, cell by cell."""
        return [[[c.title for c in t.columns], *t.texts] for t in self.tables if t.printed and t.chosen]

    # HTML

    @cached_property
    def page(self) -> html.HtmlElement:
        """The page as it is without scripts, and as it begins with them."""
        page = html.parse(str(self.folder / "report.html")).getroot()
        for other in page.xpath("//main//*[@hidden]"):
            other.drop_tree()
        return page

    @property
    def html_tables(self) -> list[Rows]:
        tables = self.page.find(".//main").iter("table")
        return [[[said(c) for c in row.iter("th", "td")] for row in table.iter("tr")] for table in tables]

    @cached_property
    def html_figures(self) -> list[Drawn]:
        figures = []
        for figure in self.page.xpath("//main//figure[.//*[@role='img']]"):
            svg = figure.xpath(".//*[@role='img']")[0]
            name = figure.get("id") or figure.xpath("ancestor-or-self::*[@id]")[-1].get("id")
            figures.append(Drawn(name, svg.get("aria-label"), tuple(_svg_texts(svg))))
        return figures

    @cached_property
    def passages(self) -> list[str]:
        """Every paragraph, heading, item, caption and cell of the page, without its drawings."""
        main = html.fromstring(html.tostring(self.page.find(".//main")))
        for drawing in main.xpath("//*[@role='img']"):
            drawing.drop_tree()
        inline = ("strong", "em", "a", "span", "sup", "br", "code")
        blocks = [element for element in main.iter() if isinstance(element.tag, str) and element.tag not in inline]
        leaves = [block for block in blocks if all(child.tag in inline for child in block)]
        found = [said(leaf) for leaf in leaves]
        assert squeezed("".join(found)) == squeezed("".join(main.itertext()))
        return found

    @property
    def html_front(self) -> list[str]:
        """What the page says outside its text: its head, cover and contents."""
        found = [self.page.findtext(".//title"), *self.page.xpath("//meta[@name!='viewport']/@content")]
        outside = self.page.xpath(
            "//body//*[not(ancestor-or-self::main) and not(ancestor-or-self::style or ancestor-or-self::script)]/text()"
        )
        return [text for text in (*found, *outside) if text and text.strip()]

    # PDF

    @cached_property
    def reader(self) -> PdfReader:
        return PdfReader(self.folder / "report.pdf")

    @cached_property
    def _marked(self) -> dict[tuple[int, int], str]:
        """The text of every marked piece, by page and mark."""
        found: dict[tuple[int, int], str] = {}
        self.running = []
        for number, sheet in enumerate(self.reader.pages):
            for piece in pdf_places.pieces(sheet):
                if piece.decoration or piece.mark is None:
                    self.running.append(piece.text)
                else:
                    found[number, piece.mark] = found.get((number, piece.mark), "") + piece.text
        return found

    def pdf_text(self, tag: dict) -> str:
        return "".join(self._marked.get(place, "") for place in pdf.pieces(tag, self.reader))

    @property
    def pdf_tables(self) -> list[Rows]:
        def under(tag: dict, *kinds: str) -> list[dict]:
            return [each for each in pdf.structure(tag) if each.get("/S") in kinds]

        return [
            [[self.pdf_text(cell) for cell in under(row, "/TH", "/TD")] for row in under(table, "/TR")]
            for table in pdf.tags(self.reader, "/Table")
        ]

    @property
    def pdf_figures(self) -> list[tuple[str, str]]:
        """Alternative text and letters of every figure."""
        return [(tag.get("/Alt"), self.pdf_text(tag)) for tag in pdf.tags(self.reader, "/Figure", "/Formula")]

    @property
    def pdf_body(self) -> str:
        """All text in reading order, without that of figures and the dots before items."""
        drawn = {p for tag in pdf.tags(self.reader, "/Figure", "/Formula") for p in pdf.pieces(tag, self.reader)}
        places = pdf.pieces(self.reader.root_object["/StructTreeRoot"], self.reader)
        return "".join(self._marked.get(place, "") for place in places if place not in drawn).replace("•", "")

    @property
    def pdf_running(self) -> list[str]:
        """Running heads, feet and what else has no tag."""
        assert self._marked
        return self.running

    # DOCX

    @cached_property
    def _word(self) -> dict[str, etree._Element]:
        parts = docx.unpacked((self.folder / "report.docx").read_bytes())
        return {name: etree.fromstring(part) for name, part in parts.items() if name.endswith(".xml")}

    @property
    def docx_tables(self) -> list[Rows]:
        """The tables, but for the last, of what there is to know of the document."""
        tables = list(self._word["word/document.xml"].iter(f"{W}tbl"))[:-1]
        return [[[_word_text(c) for c in row.iter(f"{W}tc")] for row in table.iter(f"{W}tr")] for table in tables]

    @property
    def docx_alts(self) -> list[str]:
        return self._word["word/document.xml"].xpath("//*[local-name()='inline']/*[local-name()='docPr']/@descr")

    @property
    def docx_parts(self) -> tuple[str, str]:
        """The text before the first chapter and that of the last table, and the text between."""
        front, text = [], []
        last = set(list(self._word["word/document.xml"].iter(f"{W}tbl"))[-1].iter(f"{W}p"))
        for paragraph in self._word["word/document.xml"].iter(f"{W}p"):
            if paragraph in last:
                front.append(_word_text(paragraph))
                continue
            styles = [style.get(f"{W}val") for style in paragraph.iter(f"{W}pStyle")]
            here = text if text or "Heading1" in styles else front
            here.append(_word_text(paragraph))
        return "\n".join(front), "".join(text)

    @property
    def docx_properties(self) -> list[str]:
        """Headers, footers and what the file says about itself, but for its dates."""
        kept = [part for name, part in self._word.items() if re.search(r"header|footer", name)]
        core = self._word["docProps/core.xml"]
        dates = re.compile(r"created|modified")
        told = [node.text for node in core.iter() if node.text and not dates.search(str(node.tag))]
        return [*(_word_text(part) for part in kept), *told]

    # Workbook

    @cached_property
    def book(self) -> openpyxl.Workbook:
        return openpyxl.load_workbook(self.folder / "report.xlsx")


def said(element: html.HtmlElement) -> str:
    """The text of an element in one line."""
    return " ".join(element.text_content().split())


def squeezed(text: str) -> str:
    """A text without what differs with the place where a line breaks: space and hyphens. Commas and minuses stay."""
    return re.sub(r"[\s\-\u00ad\u2010\u2011]", "", text)


def _table(kept: dict) -> Table:
    rows = tuple(tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row) for row in kept["rows"])
    titled = tuple(TableColumn(**column) for column in kept["columns"])
    about = tuple(tuple(pair) for pair in kept["about"])
    return Table(**kept | {"rows": rows, "columns": titled, "about": about})


def _word_text(element: etree._Element) -> str:
    return "".join(node.text or "" if node.tag == f"{W}t" else " " for node in element.iter(f"{W}t", f"{W}br"))


def _svg_texts(svg: etree._Element) -> list[tuple[float, float, str]]:
    """Every text of a drawing with its place; matplotlib gives it as x and y, or as a translation."""
    found = []
    for node in (each for each in svg.iter() if isinstance(each.tag, str) and each.tag.split("}")[-1] == "text"):
        moved = re.search(r"translate\(([-\d.]+)[ ,]+([-\d.]+)\)", node.get("transform") or "")
        place = moved.groups() if moved else (node.get("x"), node.get("y"))
        found.append((float(place[0]), float(place[1]), "".join(node.itertext()).strip()))
    return found
