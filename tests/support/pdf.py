"""What a program reads of a PDF: its bookmarks, its tags, and its text as a screen reader gets it."""

from collections.abc import Iterator
from pathlib import Path

from pypdf import PdfReader
from pypdf.generic import ContentStream, NameObject


def bookmarks(reader: PdfReader) -> list[tuple[int, str, int]]:
    """Level, title and number of the page of every bookmark, in order."""

    def below(entries: list, level: int) -> Iterator[tuple[int, str, int]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from below(entry, level + 1)
            else:
                yield level, entry.title, reader.get_destination_page_number(entry)

    return list(below(reader.outline, 1))


def structure(tag: dict) -> Iterator[dict]:
    """What hangs under a tag, in reading order: tags (with /S), and pieces of a page's text (with /Pg and /MCID)."""
    found = tag.get("/K", [])
    for each in found if isinstance(found, list) else [found]:
        child = each.get_object()
        if isinstance(child, dict):
            yield child
            yield from structure(child)
        else:
            yield {"/Pg": tag["/Pg"], "/MCID": int(child)}


def tags(reader: PdfReader, *kinds: str) -> list[dict]:
    """Every tag of these kinds, in reading order."""
    return [tag for tag in structure(reader.root_object["/StructTreeRoot"]) if tag.get("/S") in kinds]


def pieces(tag: dict, reader: PdfReader) -> list[tuple[int, int]]:
    """The page of every piece of text under a tag, and its number on that page, in reading order."""
    return [(page_of(piece, reader), piece["/MCID"]) for piece in structure(tag) if "/MCID" in piece]


def page_of(tag: dict, reader: PdfReader) -> int:
    """The number of the page that a tag or piece stands on."""
    return reader.get_page_number(tag["/Pg"].get_object())


def tagged_text(path: Path) -> str:
    """The text layer in its own order, without what is marked as decoration: running heads and page numbers."""
    reader = PdfReader(path)
    return "\n".join(_without_decoration(sheet, reader).extract_text() for sheet in reader.pages)


def _without_decoration(sheet, reader: PdfReader):
    content = ContentStream(sheet.get_contents(), reader, "bytes")  # strings as they stand, to be decoded later
    kept, depth = [], 0
    for operands, operator in content.operations:
        if operator in (b"BDC", b"BMC") and (depth or operands[0] == "/Artifact"):
            depth += 1
        elif operator == b"EMC" and depth:
            depth -= 1
        elif not depth:
            kept.append((operands, operator))
    content.operations = kept
    sheet[NameObject("/Contents")] = content
    return sheet
