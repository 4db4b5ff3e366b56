"""Whether all of a document stands on its pages: of a PDF, and of a Word document as LibreOffice lays it out."""

import ctypes
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pypdfium2 as pdfium
from pypdfium2 import raw

from . import docx, docx_styles

_SLACK = 1.0  # points: a picture that fills a page may be a hair larger
_BLEEDS = 0.5  # of the page's width or height: an area as large may run off it, a mark of a figure may not
_LONGEST = 40  # letters of a text that are told
_PATIENCE = 180  # seconds for a Word document


def beyond_edges(data: bytes) -> str | None:
    """Return which text or drawing of a PDF is not wholly on its page, the first of them; None when all are.

    What Typst may not break runs on below the edge, where no other check looks.
    """
    with pdfium.PdfDocument(data) as document:
        for number, page in enumerate(document, start=1):
            for told in _beyond(page):
                return f"on page {number} {told} is not wholly on the page"
    return None


def beyond_edges_in_word(path: Path) -> str | None:
    """Return what of a Word document is not on its pages as LibreOffice lays it out; None when all is.

    LibreOffice leaves out what is wholly beyond an edge: every letter must be there too. That it cannot lay the
    document out, or not in time, is returned as well.
    """
    made = _laid_out(path)
    if isinstance(made, str):
        return made
    with pdfium.PdfDocument(made) as document:
        found = Counter(_letters(" ".join(page.get_textpage().get_text_range() for page in document)))
    parts = docx.unpacked(path.read_bytes())
    lost = Counter(_letters(docx.text(parts))) - found
    told = f"{lost.total()} letters are on no page" if lost else None
    return beyond_edges(made) or told or _too_large(docx.sizes(parts["word/document.xml"]))


def _too_large(pictures: list[tuple[float, float]]) -> str | None:
    """What of the pictures of a Word document does not fit on its page: LibreOffice leaves the rest out."""
    width, height = (docx.points(docx_styles.PAGE[name]) for name in ("width", "height"))
    return next((f"a picture is {w:.0f} by {h:.0f} points" for w, h in pictures if w > width or h > height), None)


def libreoffice() -> str | None:
    """Return LibreOffice's program, where it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def _beyond(page: pdfium.PdfPage) -> Iterator[str]:
    """What is not wholly on a page, in words."""
    width, height = page.get_size()
    # Not through the library's own objects: a report has ten thousand pieces of text.
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    for place in range(raw.FPDFPage_CountObjects(page.raw)):
        thing = raw.FPDFPage_GetObject(page.raw, place)
        kind = raw.FPDFPageObj_GetType(thing)
        raw.FPDFPageObj_GetBounds(thing, left, bottom, right, top)
        within = left.value > -_SLACK and bottom.value > -_SLACK
        if within and right.value < width + _SLACK and top.value < height + _SLACK:
            continue
        is_path = kind == raw.FPDF_PAGEOBJ_PATH
        if is_path and (right.value - left.value > _BLEEDS * width or top.value - bottom.value > _BLEEDS * height):
            continue
        yield (
            f"the text {_text(page, thing)!r}"
            if kind == raw.FPDF_PAGEOBJ_TEXT
            else "a mark"
            if is_path
            else "a drawing"
        )


def _text(page: pdfium.PdfPage, thing: object) -> str:
    around = page.get_textpage()
    length = raw.FPDFTextObj_GetText(thing, around.raw, None, 0)  # in bytes
    letters = ctypes.create_string_buffer(length)
    raw.FPDFTextObj_GetText(thing, around.raw, ctypes.cast(letters, ctypes.POINTER(ctypes.c_ushort)), length)
    return letters.raw.decode("utf-16-le").rstrip("\0").strip()[:_LONGEST]


def _laid_out(path: Path) -> bytes | str:
    """A Word document as a PDF, or why there is none; in a profile of its own, for which no other run waits."""
    with TemporaryDirectory(prefix=".word-", dir=path.resolve().parent) as folder:
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = [libreoffice(), profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(path.resolve())]
        try:
            said = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            return f"LibreOffice was not ready after {_PATIENCE} seconds"
        made = Path(folder) / f"{path.stem}.pdf"
        if not made.is_file():
            return f"LibreOffice cannot lay it out: {(said.stderr or said.stdout).strip()[-200:]}"
        return made.read_bytes()


def _letters(text: str) -> Iterator[str]:
    return filter(str.isalnum, unicodedata.normalize("NFKC", text))
