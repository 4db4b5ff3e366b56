"""What a finished report must be before it may be published: its own figures and numbers, whole, and of nobody else.

The gates (`nco.render.accepted`) ask whether a file is good; these checks ask whether it is this report's. Two renders
that share a folder once gave one school another's figures, and nobody saw it.
"""

import json
import re
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html

from nco.base.failures import RenderError
from nco.reports import document
from nco.reports.blocks import APART, TableColumn

from . import pdf
from .outputs import SOURCE, of_format

_CODE = re.compile(r"(?<![0-9A-Za-z])([0-9]{2}[A-Z]{2})-?([0-9]{2})(?![0-9A-Za-z])")  # a brinvest, with or without dash
_FIGURE = re.compile(r'\]\((figures/[^)]+\.svg)\)\{[^}]*?fig-alt="((?:[^"\\]|\\.)*)"')  # as `document` writes
# As it may be set -> as it is typed.
_SET = str.maketrans("\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2212", "'''\"\"\"---")
_NO_NUMBER = re.compile(
    r"(?<![\w.])(?<!\w-)(?:nan|NaN|NaT|inf|Infinity|None|<NA>)(?![\w-])"
)  # as Python, pandas and JSON write it
_DOCX = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class Expected:
    """What the files of one report must hold: its document, and the code (brinvest or board number) that it is of.

    names: what else a report may hold codes in, as a name that tells of a location that was closed.
    """

    folder: Path
    own: str
    names: tuple[str, ...] = ()

    @property
    def codes(self) -> set[str]:
        """The codes that the files may hold."""
        return {self.own, *_codes(" ".join(self.names))}


def check(expected: Expected, files: dict[str, Path]) -> dict[str, int]:
    """Return how many figures, tables and pages the report has.

    files: of this document, by what they are called. Raises RenderError, saying what is wrong, when a figure, a table
    or a code in any of them is not that of this report.
    """
    _check_numbers(expected)
    figures, tables = _figures(expected.folder), [table for table in _tables(expected.folder) if table["printed"]]
    on_paper = [figure for figure in figures if figure.chosen], [table for table in tables if table.get("chosen", True)]
    counts = {"figures": len(on_paper[0]), "tables": len(on_paper[1])}
    for name, path in files.items():
        match of_format(name):
            case "html":
                page = html.parse(str(path)).getroot()
                _check_codes(name, _page_text(page), expected)
                _check_page(page, figures, tables)
            case "pdf":
                data = path.read_bytes()
                _check_codes(name, _pdf_text(data), expected)
                counts["pages"] = _check_pdf(pdf.tagged(data), *on_paper)
            case _:
                parts = _parts(path)
                _check_codes(name, " ".join(" ".join(root.itertext()) for root in parts.values()), expected)
                if of_format(name) == "docx":
                    _check_word(parts["word/document.xml"], *on_paper)
    return counts


def check_card(expected: Expected, path: Path) -> None:
    """Raise RenderError when a card says another school's code, or something where a number should be."""
    text = " ".join(" ".join(root.itertext()) for root in _parts(path).values())
    _check_codes(path.name, text, expected)
    _refuse_no_numbers(text, expected)


def _check_numbers(expected: Expected) -> None:
    """Refuse what a program writes where it knows no number; the files of every format are made of this text."""
    text = (expected.folder / SOURCE).read_text(encoding="utf-8")
    _refuse_no_numbers(f"{text} {json.dumps(_tables(expected.folder))}", expected)


def _refuse_no_numbers(text: str, expected: Expected) -> None:
    said = set(_NO_NUMBER.findall(text))
    if no_numbers := sorted(said - {word for name in expected.names for word in _NO_NUMBER.findall(name)}):
        raise RenderError(f"it says {', '.join(map(repr, no_numbers))} where a number should be")


def drawing_texts(svg: bytes) -> list[str]:
    """Return the texts in a drawing, in order: a drawing with other numbers has others."""
    return _texts(etree.fromstring(svg))


def _texts(drawing: etree._Element) -> list[str]:
    return ["".join(node.itertext()).strip() for node in drawing.iter("{*}text", "text")]


@dataclass(frozen=True)
class _Figure:
    """A figure of a document: its text alternative, and the texts in its drawing.

    chosen: whether paper has it too, and not only the page, for a reader who chooses it.
    """

    alt: str
    texts: list[str]
    chosen: bool


def _figures(folder: Path) -> list[_Figure]:
    """The figures of a document, in the order in which it shows them."""
    text = (folder / SOURCE).read_text(encoding="utf-8")
    return [
        _Figure(re.sub(r"\\(.)", r"\1", alt), drawing_texts((folder / path).read_bytes()), not path.startswith(APART))
        for path, alt in _FIGURE.findall(text)
    ]


def _tables(folder: Path) -> list[dict]:
    path = folder / document.TABLES
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def _check_page(page: etree._Element, figures: Sequence[_Figure], tables: Sequence[dict]) -> None:
    _check_figures(page, figures)
    _check_tables(page, tables)
    _check_alts("html", page.xpath("//figure//*[@role='img']/@aria-label"), figures)


def _check_pdf(found: pdf.Tagged, figures: Sequence[_Figure], tables: Sequence[dict]) -> int:
    """Check what the tags say; return the number of pages."""
    _check_alts("pdf", found.alts, figures)
    _check_number("pdf", "tables", found.tables, len(tables))
    return found.pages


def _check_word(body: etree._Element, figures: Sequence[_Figure], tables: Sequence[dict]) -> None:
    _check_alts("docx", body.xpath("//*[local-name()='drawing']//*[local-name()='docPr']/@descr"), figures)
    _check_number("docx", "tables", len(body.findall(f".//{_DOCX}tbl")), len(tables) + 1)  # the cover's


def _check_figures(page: etree._Element, expected: Sequence[_Figure]) -> None:
    shown = [_texts(drawing) for drawing in page.xpath("//figure//*[local-name()='svg']")]
    _check_number("html", "figures", len(shown), len(expected))
    for place, (texts, figure) in enumerate(zip(shown, expected, strict=True), start=1):
        if texts != figure.texts:
            raise RenderError(f"html: figure {place} is not the one that was drawn for this report")


def _check_alts(name: str, shown: Sequence[str], expected: Sequence[_Figure]) -> None:
    """The text alternatives hold the figures' numbers, in every format: another school's figure has others."""
    _check_number(name, "figures", len(shown), len(expected))
    for place, (alt, figure) in enumerate(zip(shown, expected, strict=True), start=1):
        if _letters(alt) != _letters(figure.alt):
            raise RenderError(f"{name}: figure {place} does not say what it says in this report")


def _check_number(name: str, what: str, shown: int, expected: int) -> None:
    if shown != expected:
        raise RenderError(f"{name}: it shows {shown} of {expected} {what}")


def _letters(text: str) -> str:
    """Letters and digits: quotes and spaces differ between formats."""
    return "".join(filter(str.isalnum, text))


def _check_tables(page: etree._Element, expected: Sequence[dict]) -> None:
    shown = [_cells(table) for table in page.xpath("//main//table")]
    _check_number("html", "tables", len(shown), len(expected))
    for cells, table in zip(shown, expected, strict=True):
        columns = [TableColumn(**column) for column in table["columns"]]
        wanted = [[_text(column, cell) for column, cell in zip(columns, row, strict=True)] for row in table["rows"]]
        if cells != wanted:
            raise RenderError(f"table {table['name']} does not have the numbers that were made for this report")


def _text(column: TableColumn, cell: object) -> str:
    return _plain(column.text(tuple(cell) if isinstance(cell, list) else cell))


def _cells(table: etree._Element) -> list[list[str]]:
    return [[_plain(cell.text_content()) for cell in row] for row in table.xpath("./tbody/tr")]


def _plain(text: str) -> str:
    """What a cell says, however it is set: quotes, dashes, dots and spaces differ between programs, words do not."""
    text = unicodedata.normalize("NFKC", text.replace("\xad", "")).translate(_SET)
    return re.sub(r"\s+", " ", re.sub("-+", "-", text)).strip()


def _check_codes(name: str, text: str, expected: Expected) -> None:
    found = _codes(text)
    if other := found - expected.codes:
        raise RenderError(f"{name}: it holds the code of another school: {', '.join(sorted(other))}")
    if expected.own not in found and expected.own not in text:
        raise RenderError(f"{name}: it does not say of whom it is")


def _codes(text: str) -> set[str]:
    return {"".join(code) for code in _CODE.findall(text)}


def _page_text(root: etree._Element) -> str:
    """All that a page says, its alternative texts and facts too; its styles are taken out."""
    for style in root.xpath("//style"):
        style.drop_tree()
    alts = " ".join(root.xpath("//@aria-label | //@alt | //meta/@content"))
    return f"{root.text_content()} {alts}"


def _pdf_text(data: bytes) -> str:
    """What a PDF says of itself; its pages are compressed, and made in one go from the page that is read above."""
    packet = re.search(rb"<\?xpacket begin.*?\?>(.*?)<\?xpacket end", data, re.DOTALL)
    return packet.group(1).decode("utf-8", "replace") if packet else ""


def _parts(path: Path) -> dict[str, etree._Element]:
    """The parts of an office file by name."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xml")]
        return {name: etree.fromstring(archive.read(name)) for name in names}
