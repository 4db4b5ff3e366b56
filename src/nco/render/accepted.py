"""What a finished file must be before it may be published: whole, readable for everyone, standing alone."""

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from zipfile import BadZipFile

from lxml import etree, html

from nco.base.failures import RenderError
from nco_utils import write_whole

from . import docx

# Bytes. A report is read on a phone and mailed by a board; a page has its fonts and figures within it.
# A Word document has pictures for drawings: of a school that may show every split of every step 2.2 MB, of a board with
# 124 schools 3.8 MB.
LARGEST = {
    "html": 1_500_000,
    "pdf": 1_000_000,
    "docx": 5_000_000,
    "xlsx": 1_000_000,
    "ods": 1_000_000,
    "odt": 1_000_000,
}
# What a browser would fetch when the page opens; a link that a reader may follow is not among them.
LOADS = (
    "//@src | //@srcset | //@poster | //@data | //link/@href"
    " | //*[local-name()='image' or local-name()='use']/@*[local-name()='href' or name()='xlink:href']"
)

_ODF = {"text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0", "xlink": "http://www.w3.org/1999/xlink"}


def check_pdf(path: Path) -> None:
    """Raise RenderError unless a PDF declares PDF/UA-1 and PDF/A-2a, is of a size, and all of it is on its pages.

    It has a title and a language.
    """
    from . import layout  # PDFium, which a run that makes nothing does without

    check_size(path)
    packet = re.search(rb"<\?xpacket begin.*?\?>(.*?)<\?xpacket end", path.read_bytes(), re.DOTALL)
    if not packet:
        raise RenderError(f"{_name(path)}: no XMP metadata, so no PDF/UA and no PDF/A.")
    metadata = etree.fromstring(packet.group(1).strip())
    values = {
        "PDF/UA-1": metadata.xpath("string(//*[local-name()='part' and contains(namespace-uri(), 'pdfua')])") == "1",
        "PDF/A-2a": metadata.xpath("string(//*[local-name()='part' and contains(namespace-uri(), 'pdfa/')])") == "2"
        and metadata.xpath("string(//*[local-name()='conformance'])") == "A",
        "a title": metadata.xpath("normalize-space(//*[local-name()='title'])"),
        "a language": metadata.xpath("normalize-space(//*[local-name()='language'])"),
    }
    missing = [name for name, there in values.items() if not there]
    if missing:
        raise RenderError(f"{_name(path)}: the PDF lacks {', '.join(missing)}.")
    if told := layout.beyond_edges(path.read_bytes()):
        raise RenderError(f"{_name(path)}: {told}.")


def check_html(path: Path) -> None:
    """Raise RenderError unless the page stands alone, names its language and title, and is small enough."""
    data = path.read_bytes()
    page = html.document_fromstring(data)
    styles = " ".join(page.xpath("//style/text() | //@style"))
    loads = [*page.xpath(LOADS), *re.findall(r"(?:url\(\s*|@import\s+)[\"']?([^\"')\s]+)", styles)]
    outside = [load for load in loads if not load.startswith(("data:", "#"))]
    problems = {
        f"it loads {outside[0][:80]!r} from elsewhere" if outside else "": bool(outside),
        "it has a script that its own policy does not name": not _named(page),
        "it names no language": not page.get("lang"),
        "it has no title": not page.xpath("normalize-space(//head/title)"),
    }
    _refuse(path, problems)
    check_size(path)


def _named(page: html.HtmlElement) -> bool:
    """Whether every script is one of the page's own, known to its policy by its hash: no other can run."""
    policy = " ".join(page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content"))
    hashes = re.findall(r"'sha256-([^']+)'", policy)
    scripts = page.xpath("//script")
    made = [b64encode(sha256((script.text or "").encode()).digest()).decode() for script in scripts]
    closed = "default-src 'none'" in policy and "'unsafe-inline'" not in policy.partition("script-src")[2]
    return not scripts or (closed and set(made) <= set(hashes))


def check_docx(path: Path) -> None:
    """Raise RenderError unless a Word document is whole, stands alone, can be read aloud, and is small enough.

    It has a title and a language, every picture has a text alternative, and every table a heading row.
    """
    check_size(path)
    parts, relations = _office_parts(path, "Word document", "docProps/core.xml", "word/document.xml")
    core, body = parts.values()
    pictures = body.xpath("//*[local-name()='drawing']//*[local-name()='docPr']")
    problems = _loads(relations) | {
        "it names no language": not _property(core, "language"),
        "it has no title": not _property(core, "title"),
        "a picture has no text alternative": any(not picture.get("descr", "").strip() for picture in pictures),
        "a table has no heading row": any(t.find(f".//{docx.W}tblHeader") is None for t in body.iter(f"{docx.W}tbl")),
    }
    _refuse(path, problems)


def check_word_layout(path: Path) -> None:
    """Raise RenderError unless all of a Word document is on its pages, as LibreOffice lays it out.

    Without LibreOffice nobody knows: then it does nothing.
    """
    from . import layout

    told = layout.libreoffice() and layout.beyond_edges_in_word(path)
    if told:
        raise RenderError(f"{_name(path)}: {told}.")


def check_xlsx(path: Path) -> None:
    """Raise RenderError unless a workbook is whole, has a title, loads nothing, and is small enough."""
    check_size(path)
    parts, relations = _office_parts(path, "workbook", "docProps/core.xml", "xl/workbook.xml")
    _refuse(path, _loads(relations) | {"it has no title": not _property(parts["docProps/core.xml"], "title")})


def check_opendocument(path: Path) -> None:
    """Raise RenderError unless an OpenDocument file is whole, has title and language, loads nothing, and is small."""
    check_size(path)
    try:
        parts = docx.unpacked(path.read_bytes())
        kind, known = parts["mimetype"].decode(), etree.fromstring(parts["meta.xml"])
        read = {name: etree.fromstring(part) for name, part in parts.items() if name.endswith(".xml")}
        listed = set(read["META-INF/manifest.xml"].xpath("//@*[local-name()='full-path']"))
    except (BadZipFile, KeyError, UnicodeDecodeError, etree.XMLSyntaxError) as problem:
        raise RenderError(f"{_name(path)}: it is no OpenDocument file.") from problem
    links = [
        str(link)
        for part in read.values()
        for link in part.xpath("//*[not(self::text:a)]/@xlink:href", namespaces=_ODF)
    ]
    outside = [link for link in links if not link.startswith("#")]
    problems = {
        "it does not say what kind of file it is": not kind.startswith("application/vnd.oasis.opendocument."),
        "its manifest is not of its parts": listed != {"/", *parts} - {"mimetype", "META-INF/manifest.xml"},
        "it has no title": not _property(known, "title"),
        "it names no language": not _property(known, "language"),
        f"it loads {outside[0][:80]!r} from elsewhere" if outside else "": bool(outside),
    }
    _refuse(path, problems)


def _office_parts(path: Path, kind: str, *needed: str) -> tuple[dict[str, etree._Element], list[etree._Element]]:
    """The parts that are needed, and all relations."""
    try:
        parts = docx.unpacked(path.read_bytes())
        found = {name: etree.fromstring(parts[name]) for name in needed}
        relations = [etree.fromstring(part) for name, part in parts.items() if name.endswith(".rels")]
    except (BadZipFile, KeyError, etree.XMLSyntaxError) as problem:
        raise RenderError(f"{_name(path)}: it is no {kind}.") from problem
    return found, relations


def _property(core: etree._Element, name: str) -> str:
    return core.xpath("normalize-space(//*[local-name()=$name])", name=name)


def _loads(relations: list[etree._Element]) -> dict[str, bool]:
    """The problem of what a program would fetch; a link that a reader may follow is none."""
    outside = [link for root in relations for link in root.iterfind("*[@TargetMode='External']")]
    loads = [link.get("Target") for link in outside if not link.get("Type").endswith("/hyperlink")]
    return {f"it loads {loads[0][:80]!r} from elsewhere" if loads else "": bool(loads)}


def check_size(path: Path) -> None:
    """Raise RenderError for a file that is over the limit of its format."""
    size, limit = path.stat().st_size, LARGEST[_format(path)]
    _refuse(path, {f"it is {size} bytes, over {limit}": size > limit})


def _name(path: Path) -> str:
    """The name that a file has, or will have once it is whole: its folder is one that nobody finds back."""
    return path.name[1:].removesuffix(write_whole.PARTIAL) if path.suffix == write_whole.PARTIAL else path.name


def _format(path: Path) -> str:
    return _name(path).rpartition(".")[2]


def _refuse(path: Path, problems: dict[str, bool]) -> None:
    if any(problems.values()):
        raise RenderError(f"{_name(path)}: {'; '.join(text for text, holds in problems.items() if holds)}.")


CHECKS: dict[str, Callable[[Path], None]] = {"html": check_html, "pdf": check_pdf, "docx": check_docx}
