"""OpenDocument files: their package, what is known of the file, and the names of their XML (ODF 1.3, ISO/IEC 26300)."""

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from typing import Any

from lxml import etree

from nco.base.markdown import plain

from .docx import ALWAYS

TEXT = "application/vnd.oasis.opendocument.text"
SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
VERSION = "1.3"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = {
    **{name: f"{_OASIS}:{name}:1.0" for name in ("office", "style", "text", "table", "meta", "config", "form")},
    "number": f"{_OASIS}:datastyle:1.0",
    "fo": f"{_OASIS}:xsl-fo-compatible:1.0",
    "svg": f"{_OASIS}:svg-compatible:1.0",
    "draw": f"{_OASIS}:drawing:1.0",
    "loext": "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
    "ooo": "http://openoffice.org/2004/office",  # of names in settings
    "xlink": "http://www.w3.org/1999/xlink",
}
_MANIFEST = f"{_OASIS}:manifest:1.0"


def add(parent: etree._Element, name: str, text: str | None = None, **attributes: Any) -> etree._Element:
    """Add an element and return it; a name is written `text:p`, an attribute `text_style__name` for text:style-name."""
    made = etree.SubElement(parent, _name(name), {_attribute(key): str(value) for key, value in attributes.items()})
    made.text = text
    return made


def root(name: str) -> etree._Element:
    """Return the first element of a part, which knows every namespace."""
    made = etree.Element(_name(name), nsmap=NAMESPACES)
    made.set(_name("office:version"), VERSION)
    return made


@cache
def _name(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


@cache
def _attribute(key: str) -> str:
    prefix, _, local = key.partition("_")
    return _name(f"{prefix}:{local.replace('__', '-')}")


def meta(title: str, author: str, matter: Mapping[str, Any]) -> etree._Element:
    """Return what is known of the file: its title, language, author, day and what it is about."""
    made = root("office:document-meta")
    known = add(made, "office:meta")
    add(known, "dc:title", title)
    add(known, "dc:description", plain(matter.get("description", "")))
    add(known, "dc:creator", author)
    if day := matter.get("date"):
        add(known, "meta:creation-date", f"{day}T00:00:00")
        add(known, "dc:date", f"{day}T00:00:00")
    add(known, "dc:language", matter.get("lang", "nl"))
    return made


def packed(kind: str, parts: Mapping[str, etree._Element]) -> bytes:
    """Return parts as a file of a kind; the same parts give the same bytes."""
    manifest = etree.Element(f"{{{_MANIFEST}}}manifest", nsmap={"manifest": _MANIFEST})
    manifest.set(f"{{{_MANIFEST}}}version", VERSION)
    for path, medium in (("/", kind), *((name, "text/xml") for name in sorted(parts))):
        entry = etree.SubElement(manifest, f"{{{_MANIFEST}}}file-entry")
        entry.set(f"{{{_MANIFEST}}}full-path", path)
        entry.set(f"{{{_MANIFEST}}}media-type", medium)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # The first part, as it is: programs read in the first bytes what kind of file this is.
        archive.writestr(zipfile.ZipInfo("mimetype", ALWAYS), kind, zipfile.ZIP_STORED)
        for name, part in (("META-INF/manifest.xml", manifest), *sorted(parts.items())):
            content = etree.tostring(part, encoding="UTF-8", xml_declaration=True)
            archive.writestr(zipfile.ZipInfo(name, ALWAYS), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()
