"""What a finished file must be before it may be published: whole, readable for everyone, standing alone."""

import re
from collections.abc import Callable
from pathlib import Path

from lxml import etree, html

from .errors import NcoError

# A report is read on a phone and mailed by a board: fonts and figures together stay under this.
LARGEST_HTML = 1_500_000
# What a browser would fetch when the page opens; a link that a reader may follow is not among them.
LOADS = (
    "//@src | //@srcset | //@poster | //@data | //link/@href"
    " | //*[local-name()='image' or local-name()='use']/@*[local-name()='href' or name()='xlink:href']"
)


class RenderError(NcoError):
    """A report that could not be made, or is not fit to be published."""


def check_pdf(path: Path) -> None:
    """Raise RenderError unless the PDF declares PDF/UA-1 and PDF/A-2a and has a title and a language."""
    packet = re.search(rb"<\?xpacket begin.*?\?>(.*?)<\?xpacket end", path.read_bytes(), re.DOTALL)
    if not packet:
        raise RenderError(f"{path}: no XMP metadata, so no PDF/UA and no PDF/A.")
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
        raise RenderError(f"{path}: the PDF lacks {', '.join(missing)}.")


def check_html(path: Path) -> None:
    """Raise RenderError unless the page stands alone, names its language and title, and is small enough."""
    data = path.read_bytes()
    page = html.document_fromstring(data)
    styles = " ".join(page.xpath("//style/text() | //@style"))
    loads = [*page.xpath(LOADS), *re.findall(r"(?:url\(\s*|@import\s+)[\"']?([^\"')\s]+)", styles)]
    outside = [load for load in loads if not load.startswith(("data:", "#"))]
    problems = {
        f"it loads {outside[0][:80]!r} from elsewhere" if outside else "": bool(outside),
        "it has a script": bool(page.xpath("//script")),
        "it names no language": not page.get("lang"),
        "it has no title": not page.xpath("normalize-space(//head/title)"),
        f"it is {len(data)} bytes, over {LARGEST_HTML}": len(data) > LARGEST_HTML,
    }
    if any(problems.values()):
        raise RenderError(f"{path}: {'; '.join(text for text, holds in problems.items() if holds)}.")


def count_figures(page: Path) -> int:
    """Return the number of drawings with a text alternative that an HTML report shows."""
    return int(html.parse(str(page)).getroot().xpath("count(//figure//*[@role='img'])"))


CHECKS: dict[str, Callable[[Path], None]] = {"html": check_html, "pdf": check_pdf}
