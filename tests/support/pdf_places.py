"""Where text stands on the pages of a PDF: every piece with its place, so that a test sees what runs over what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pypdf import PageObject
from pypdf.generic import ContentStream

Matrix = tuple[float, float, float, float, float, float]
_SAME: Matrix = (1, 0, 0, 1, 0, 0)
_DECORATION = "decoration"


@dataclass(frozen=True)
class Piece:
    """A piece of text in one line; places in points from the left bottom corner of the page, `base` its base line."""

    text: str
    left: float
    right: float
    base: float
    size: float
    decoration: bool  # running heads and page numbers
    mark: int | None = None  # by which a tag of the structure finds it (MCID)


class _Font:
    """The widths and letters of a font with two bytes a letter, as Typst writes them."""

    def __init__(self, font: dict) -> None:
        self._font = font
        self._inner = font["/DescendantFonts"][0].get_object()

    @cached_property
    def widths(self) -> dict[int, float]:
        """Thousandths of the size, by code."""
        found, given = {}, list(self._inner.get("/W", []))
        while given:
            first, second = int(given.pop(0)), given.pop(0)
            if isinstance(second, list):
                found.update({first + place: float(width) for place, width in enumerate(second)})
            else:
                found.update(dict.fromkeys(range(first, int(second) + 1), float(given.pop(0))))
        return found

    @cached_property
    def letters(self) -> dict[int, str]:
        """What a reader copies, by code."""
        cmap = self._font["/ToUnicode"].get_object().get_data().decode("latin-1")
        found = {}
        for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.DOTALL):
            for code, text in re.findall(r"<(\w+)>\s*<(\w+)>", block):
                found[int(code, 16)] = _utf16(text)
        for block in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.DOTALL):
            for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
                start = int(text, 16)
                found |= {code: chr(start + n) for n, code in enumerate(range(int(first, 16), int(last, 16) + 1))}
        return found

    def read(self, raw: bytes) -> Iterator[tuple[str, float]]:
        """The letters of a string, each with its width at size 1."""
        for code in (int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)):
            yield self.letters.get(code, ""), self.widths.get(code, 1000) / 1000


def pieces(page: PageObject) -> list[Piece]:
    """Every piece of text that a page shows, in the order in which it is written."""
    found, stack, marks = [], [], []
    matrix, text, line, font, size = _SAME, _SAME, _SAME, None, 0.0
    fonts = {name: _Font(font.get_object()) for name, font in page["/Resources"].get("/Font", {}).items()}
    for operands, operator in ContentStream(page.get_contents(), page.pdf, "bytes").operations:
        match operator:
            case b"q":
                stack.append((matrix, font, size))
            case b"Q":
                matrix, font, size = stack.pop()
            case b"cm":
                matrix = _times(tuple(map(float, operands)), matrix)
            case b"BT":
                text = line = _SAME
            case b"Tm":
                text = line = tuple(map(float, operands))
            case b"Td" | b"TD":
                text = line = _times((1, 0, 0, 1, *map(float, operands)), line)
            case b"Tf":
                font, size = fonts[operands[0]], float(operands[1])
            case b"BDC":
                marks.append(operands[1].get("/MCID", _DECORATION if operands[0] == "/Artifact" else None))
            case b"BMC":
                marks.append(_DECORATION if operands[0] == "/Artifact" else None)
            case b"EMC":
                marks.pop()
            case b"TJ" | b"Tj":
                strings = operands[0] if operator == b"TJ" else operands
                piece, width = _shown(strings, font, size, _times(text, matrix), marks)
                text = _times((1, 0, 0, 1, width, 0), text)
                found += [piece] if piece.text else []
    return found


def _shown(strings: list, font: _Font, size: float, place: Matrix, marks: list) -> tuple[Piece, float]:
    """The piece of one string with its kerning, and how far the next one stands from its beginning."""
    width, seen, letters = 0.0, 0.0, []
    for each in strings:
        if isinstance(each, bytes):
            for letter, advance in font.read(bytes(each)):
                width += advance * size
                seen = width if letter.strip() else seen
                letters.append(letter)
        else:
            width -= float(each) / 1000 * size
    a, _, _, d, x, y = place
    mark = next((int(each) for each in reversed(marks) if each not in (None, _DECORATION)), None)
    return Piece("".join(letters), x, x + a * seen, y, abs(d) * size, _DECORATION in marks, mark), width


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def _utf16(text: str) -> str:
    return bytes.fromhex(text).decode("utf-16-be", "replace")
