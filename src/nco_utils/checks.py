"""What a finished report must be before it may be published: its own figures and numbers, whole, and of nobody else.

The gates (`nco_utils.gate`) ask whether a file is good; these checks ask whether it is this report's. Two renders that
share a folder once gave one school another's figures, and nobody saw it.
"""

import json
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html

from . import document
from .blocks import Column
from .gate import RenderError

_CODE = re.compile(r"(?<![0-9A-Za-z])([0-9]{2}[A-Z]{2})-?([0-9]{2})(?![0-9A-Za-z])")  # a brinvest, with or without dash
_DOCX = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@dataclass(frozen=True)
class Expected:
    """What the files of one report must hold: its document, and the code (brinvest or board number) that it is of."""

    folder: Path
    own: str


def check(expected: Expected, files: dict[str, Path]) -> dict[str, int]:
    """Return how many figures, tables and pages the report has.

    files: by format. Raises RenderError, saying what is wrong, when a figure, a table or a code in any of them is not
    that of this report.
    """
    figures = [drawing_texts(path.read_bytes()) for path in _drawings(expected.folder)]
    tables = [table for table in _tables(expected.folder) if table["printed"]]
    counts = {"figures": len(figures), "tables": len(tables)}
    for name, path in files.items():
        match name:
            case "html":
                root = html.parse(str(path)).getroot()
                _check_figures(root, figures)
                _check_tables(root, tables)
                text = _page_text(root)
            case "pdf":
                data = path.read_bytes()
                counts["pages"] = len(re.findall(rb"/Type\s*/Page\b", data))
                text = _pdf_text(data)
            case _:
                parts = _parts(path)
                text = " ".join(" ".join(root.itertext()) for root in parts.values())
        _check_codes(name, text, expected.own)
        if name == "docx":
            _check_word(parts["word/document.xml"], len(figures), len(tables))
    return counts


def drawing_texts(svg: bytes) -> list[str]:
    """Return the texts in a drawing, in order: a drawing with other numbers has others."""
    return _texts(etree.fromstring(svg))


def _texts(drawing: etree._Element) -> list[str]:
    return ["".join(node.itertext()).strip() for node in drawing.iter("{*}text", "text")]


def _drawings(folder: Path) -> list[Path]:
    """The drawings of a document, in the order in which it shows them."""
    text = (folder / "report.md").read_text(encoding="utf-8")
    return [folder / path for path in re.findall(r"\]\((figures/[^)]+\.svg)\)", text)]


def _tables(folder: Path) -> list[dict]:
    path = folder / document.TABLES
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def _check_figures(page: etree._Element, expected: Sequence[list[str]]) -> None:
    shown = [_texts(drawing) for drawing in page.xpath("//figure//*[local-name()='svg']")]
    if len(shown) != len(expected):
        raise RenderError(f"it shows {len(shown)} of {len(expected)} figures")
    for place, (one, other) in enumerate(zip(shown, expected, strict=True), start=1):
        if one != other:
            raise RenderError(f"figure {place} is not the one that was drawn for this report")


def _check_tables(page: etree._Element, expected: Sequence[dict]) -> None:
    shown = [_cells(table) for table in page.xpath("//main//table")]
    if len(shown) != len(expected):
        raise RenderError(f"it shows {len(shown)} of {len(expected)} tables")
    for cells, table in zip(shown, expected, strict=True):
        columns = [Column(**column) for column in table["columns"]]
        wanted = [[_text(column, cell) for column, cell in zip(columns, row, strict=True)] for row in table["rows"]]
        if cells != wanted:
            raise RenderError(f"table {table['name']} does not have the numbers that were made for this report")


def _text(column: Column, cell: object) -> str:
    return _plain(column.text(tuple(cell) if isinstance(cell, list) else cell))


def _cells(table: etree._Element) -> list[list[str]]:
    return [[_plain(cell.text_content()) for cell in row] for row in table.xpath("./tbody/tr")]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\xad", "")).strip()


def _check_codes(name: str, text: str, own: str) -> None:
    found = {"".join(code) for code in _CODE.findall(text)}
    if other := found - {own}:
        raise RenderError(f"{name}: it holds the code of another school: {', '.join(sorted(other))}")
    if own not in found and own not in text:
        raise RenderError(f"{name}: it does not say of whom it is")


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


def _check_word(body: etree._Element, figures: int, tables: int) -> None:
    drawn = len(body.xpath("//*[local-name()='drawing']"))
    if drawn != figures:
        raise RenderError(f"docx: it shows {drawn} of {figures} figures")
    # The cover has a table of its own.
    made = len(body.findall(f".//{_DOCX}tbl"))
    if made != tables + 1:
        raise RenderError(f"docx: it shows {made - 1} of {tables} tables")
