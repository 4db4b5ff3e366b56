"""Word documents as files: their parts, and what is done to one that pandoc or Quarto made."""

import io
import zipfile
from collections.abc import Mapping

from lxml import etree

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W = f"{{{_W}}}"
EMU = 12700  # of these in a point: what drawings are measured in
_TITLE = "{http://purl.org/dc/elements/1.1/}title"
# The first moment that a zip can hold: the same bytes whenever a file is made.
ALWAYS = (1980, 1, 1, 0, 0, 0)
_SCHEMAS = "http://schemas.openxmlformats.org/officeDocument/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NO_PROPERTIES = f'{_HEAD}<Properties xmlns="{_SCHEMAS}/custom-properties"/>'.encode()
_NO_STATISTICS = f'{_HEAD}<Properties xmlns="{_SCHEMAS}/extended-properties"/>'.encode()


def finish(data: bytes) -> bytes:
    """Return a document with its title in the page headers, whole table rows, and nothing of the tools that made it.

    Word shows a field's last value until somebody prints, so the TITLE field gets its value here. The document's
    own metadata, which pandoc and Quarto each copy in full into the file's properties, is left out, and so are the
    numbers of pages and words, which are those of pandoc's example.
    """
    return finished(unpacked(data))


def finished(parts: dict[str, bytes]) -> bytes:
    """Do what `finish` does with the parts of a document."""
    title = etree.fromstring(parts["docProps/core.xml"]).findtext(_TITLE) or ""
    for name in parts:
        if name.startswith("word/header") and b" TITLE " in parts[name]:
            parts[name] = _titled(parts[name], title)
    parts["word/document.xml"] = _with_whole_rows(parts["word/document.xml"])
    parts["docProps/custom.xml"], parts["docProps/app.xml"] = _NO_PROPERTIES, _NO_STATISTICS
    return packed(parts)


def _titled(header: bytes, title: str) -> bytes:
    root = etree.fromstring(header)
    for field in root.iter(f"{W}fldSimple"):
        if field.get(f"{W}instr").strip() == "TITLE":
            field.find(f".//{W}t").text = title
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def _with_whole_rows(document: bytes) -> bytes:
    """No row goes on to the next page; a table's style can say so too, but not every program listens."""
    root = etree.fromstring(document)
    for row in root.iter(f"{W}tr"):
        settings = row.find(f"{W}trPr")
        if settings is None:
            row.insert(0, settings := etree.Element(f"{W}trPr"))
        settings.insert(0, etree.Element(f"{W}cantSplit"))
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)


def text(parts: Mapping[str, bytes]) -> str:
    """Return the words of a document, without its page headers and the words of its pictures."""
    return " ".join(each.text or "" for each in etree.fromstring(parts["word/document.xml"]).iter(f"{W}t"))


def sizes(document: bytes) -> list[tuple[float, float]]:
    """Return the width and the height of every picture, in points."""
    found = etree.fromstring(document).xpath(
        "//*[local-name()='inline' or local-name()='anchor']/*[local-name()='extent']"
    )
    return [(int(each.get("cx")) / EMU, int(each.get("cy")) / EMU) for each in found]


def unpacked(data: bytes) -> dict[str, bytes]:
    """Return the parts of a document by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Return parts as a document; the same parts give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # Programs look at the first part to see what kind of file it is.
        for name in sorted(parts, key=lambda name: (name != "[Content_Types].xml", name)):
            entry = zipfile.ZipInfo(name, ALWAYS)
            entry.external_attr = 0o644 << 16
            # A picture has been packed already.
            archive.writestr(entry, parts[name], zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED)
    return target.getvalue()


def element(text: str) -> etree._Element:
    """Return an element written with the prefix `w:`."""
    (found,) = etree.fromstring(f'<w:x xmlns:w="{_W}">{text}</w:x>')
    return found


def points(millimetres: float) -> float:
    """Return a length in points."""
    return millimetres * 72 / 25.4


def twips(length: float) -> int:
    """Return a length in points as the twentieths that the format counts in."""
    return round(20 * length)
