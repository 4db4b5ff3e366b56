"""PDF files made smaller: Typst writes each of a report's thousands of tags as an object of its own, uncompressed.

A report of thirty pages is 600 kB, of which its pages are 150. PDF 1.5 and later pack such objects together
(ISO 32000-1, 7.5.7 and 7.5.8), which PDF/A-2 and PDF/UA-1 allow: not a letter or tag of the document changes.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_PACK = 200  # objects in a pack: a reader unpacks all of it for one of them
_TABLE = re.compile(rb"xref\n0 (\d+)\n")
_TRAILER = re.compile(rb"trailer\n<<(.*?)>>\s*startxref", re.DOTALL)
_OBJECT = re.compile(rb"(\d+) 0 obj\s")
_ENTRY = 20  # bytes of a line in the table of places
_PLACE = ">BIH"  # a line of the new table: kind, place or pack, number in the pack
_PACKED = re.compile(rb"/Type/ObjStm/N \d+/First \d+/Filter/FlateDecode/Length (\d+)>>\nstream\n")  # as `_pack` writes
_ALT = re.compile(rb"/Alt(?:<FEFF([0-9A-F]*)>|(?=\())")  # as Typst writes
# Within a string in brackets (ISO 32000-1, 7.3.4.2): brackets in pairs stand for themselves, a backslash escapes.
_BRACKET = re.compile(rb"\\.|[()]", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}


@dataclass(frozen=True)
class Tagged:
    """What the tags of a document say: its pages, its tables, and the text alternative of every figure, in order."""

    pages: int
    tables: int
    alts: tuple[str, ...]


def tagged(data: bytes) -> Tagged:
    """Return what is tagged in a document that `compact` packed; nothing is found in one that it did not."""
    packs = (data[pack.end() :][: int(pack[1])] for pack in _PACKED.finditer(data))
    objects = b"\n".join(map(zlib.decompress, packs))
    alts = (
        _literal(objects, found.end()) if found[1] is None else bytes.fromhex(found[1].decode()).decode("utf-16-be")
        for found in _ALT.finditer(objects)
    )
    counts = (len(re.findall(kind, objects)) for kind in (rb"/Type/Page\b", rb"/S/Table\b"))
    return Tagged(*counts, tuple(alts))


def _literal(data: bytes, start: int) -> str:
    """The text of the string in brackets that begins at a place."""
    depth = 0
    for bracket in _BRACKET.finditer(data, start):
        depth += {b"(": 1, b")": -1}.get(bracket[0], 0)
        if not depth:
            return _ESCAPE.sub(_unescaped, data[start + 1 : bracket.start()]).decode("latin-1")
    return ""


def _unescaped(escape: re.Match) -> bytes:
    if escape[1].isdigit():
        return bytes([int(escape[1], 8) % 256])
    return _ESCAPED.get(escape[1], escape[1])


def compact(data: bytes) -> bytes:
    """Return the same document with its small objects packed; one that has packs already is returned as it is."""
    place = int(data[data.rindex(b"startxref") + 9 :].split()[0])
    table = _TABLE.match(data, place)
    trailer = _TRAILER.search(data, place)
    if not table or not trailer:
        return data
    streams, others = {}, {}
    for number, body in _objects(data, place, table):
        (streams if body.endswith(b"endstream") else others)[number] = body
    made = bytearray(data[: _first(data, table)])
    places = {0: (0, 0, 65535)}
    free = int(table[1])

    def add(number: int, body: bytes) -> None:
        places[number] = (1, len(made), 0)
        made.extend(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    for number, body in streams.items():
        add(number, body)
    numbers = list(others)
    for start in range(0, len(numbers), _PACK):
        part = numbers[start : start + _PACK]
        places |= {number: (2, free, turn) for turn, number in enumerate(part)}
        add(free, _pack({number: others[number] for number in part}))
        free += 1
    places[free] = (1, len(made), 0)
    lines = b"".join(struct.pack(_PLACE, *places[number]) for number in range(free + 1))
    # The trailer's own words, but for the number of objects.
    rest = re.sub(rb"/Size \d+", b"", trailer[1])
    start = len(made)
    made += b"%d 0 obj\n%s\nendobj\n" % (free, _stream(b"/Type/XRef/W[1 4 2]/Size %d%s" % (free + 1, rest), lines))
    return bytes(made) + b"startxref\n%d\n%%%%EOF" % start


def _first(data: bytes, table: re.Match) -> int:
    """Where the first object begins; before it stands the file's kind."""
    return min(_offsets(data, table).values())


def _offsets(data: bytes, table: re.Match) -> dict[int, int]:
    lines = (data[table.end() + _ENTRY * n :][:_ENTRY] for n in range(int(table[1])))
    return {n: int(line[:10]) for n, line in enumerate(lines) if line[17:18] == b"n"}


def _objects(data: bytes, end: int, table: re.Match) -> Iterator[tuple[int, bytes]]:
    """Number and content of every object, in the order of the file."""
    offsets = sorted((offset, number) for number, offset in _offsets(data, table).items())
    for (offset, number), (following, _) in zip(offsets, [*offsets[1:], (end, 0)], strict=True):
        start = _OBJECT.match(data, offset).end()
        yield number, data[start : data.rindex(b"endobj", start, following)].strip(b"\r\n ")


def _pack(objects: dict[int, bytes]) -> bytes:
    heads, place = [], 0
    for number, body in objects.items():
        heads.append(b"%d %d" % (number, place))
        place += len(body) + 1
    head = b" ".join(heads) + b"\n"
    return _stream(b"/Type/ObjStm/N %d/First %d" % (len(objects), len(head)), head + b"\n".join(objects.values()))


def _stream(facts: bytes, content: bytes) -> bytes:
    packed = zlib.compress(content, 6)
    return b"<<%s/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (facts, len(packed), packed)
