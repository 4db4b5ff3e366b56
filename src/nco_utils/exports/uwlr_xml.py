"""Reads a UWLR message as a stream: no DTD, no entities, no network, and nothing but the agreed structure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from itertools import zip_longest

import pandas as pd
import pyarrow as pa
from lxml import etree

from ..params import project_root
from . import identifiers
from .rules import BrokenFile, Finding, finding

MESSAGE = "http://www.edustandaard.nl/leerresultaten/2/leerresultaten"
SCORE = "http://www.edustandaard.nl/oso_gegevensset/1.2/dossier"
VERSIONS = ("2.2", "2.2.1")
VENDOR = "parnassys"

TEXTS = (  # the columns of the rows of a message, in the supplier's names
    "leerlingid", "eckid", "key", "afnamedatum", "toetscode", "toetsonderdeelcode", "score", "vaardigheidsscore",
    "codevaardigheidsschaal", "niveau", "functioneringsniveau", "dle", "resultaatverwerkerid", "infourl",
    "anderresultaat",
)  # fmt: skip
_REFERENCE = {
    "IV": "niveau", "CIV": "niveau", "AE": "niveau", "CAE": "niveau",
    "FN": "functioneringsniveau", "ON": "functioneringsniveau", "DLE": "dle",
}  # fmt: skip
_RESULT, _CODE, _VALUE = f"{{{MESSAGE}}}resultaat", f"{{{SCORE}}}codereferentiescore", f"{{{SCORE}}}waarde"
_PLACES = {
    **{f"{{{MESSAGE}}}{name}": TEXTS.index(name) for name in (
        "leerlingid", "eckid", "afnamedatum", "toetscode", "toetsonderdeelcode", "score", "resultaatverwerkerid",
        "infourl", "anderresultaat",
    )},
    **{f"{{{SCORE}}}{name}": TEXTS.index(name) for name in ("vaardigheidsscore", "codevaardigheidsschaal")},
}  # fmt: skip
_KEY, _OTHER = TEXTS.index("key"), TEXTS.index("anderresultaat")
_OF_PUPIL = (TEXTS.index("leerlingid"), TEXTS.index("eckid"), TEXTS.index("resultaatverwerkerid"))
_CHUNK = 50_000  # results kept as Python texts at a time
_PARTS = ("school", "toetsafnames", "toetsen")
_PARENTS = {"school": "leerresultaten_verzoek", "toetsafname": "toetsafnames", "toets": "toetsen"}
_TAGS_INSIDE = (f"{{{MESSAGE}}}toetsafname", f"{{{MESSAGE}}}toets")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)")


@dataclass
class Message:
    """What a message holds: `school` and `tests` by element name, and one result a row with its line number."""

    school: dict[str, str | None] = field(default_factory=dict)
    tests: dict[str | None, dict[str, str | None]] = field(default_factory=dict)
    other: list[str] = field(default_factory=list)
    schema: etree.XMLSchema = field(default_factory=lambda: _schema())
    _texts: list[list[str | None]] = field(default_factory=list)
    _lines: list[int] = field(default_factory=list)
    _parts: list[pd.DataFrame] = field(default_factory=list)

    def add(self, texts: list[str | None], line: int) -> None:
        """Add a result."""
        self._texts.append(texts)
        self._lines.append(line)
        if len(self._texts) == _CHUNK:
            self.finish()

    def finish(self) -> None:
        """Put the results so far in a table: there they take several times less memory."""
        self._parts.append(_frame(self._texts, self._lines))
        self._texts, self._lines = [], []

    @property
    def rows(self) -> pd.DataFrame:
        """The results: TEXTS and source_row."""
        return pd.concat(self._parts, ignore_index=True)


@dataclass(frozen=True)
class _Fault:
    """The line of what is wrong, and the elements or attributes that it is about; none: it is no XML at all."""

    line: int
    names: tuple[str, ...] = ()


def read(data: bytes, file: str) -> Message:
    """Return the message; raises BrokenFile, with the line number as row, for anything but the agreed structure."""
    _refuse_other_text(data, file)
    if found := _FORBIDDEN.search(data):
        raise _broken("xml-forbidden", file, _line(data, found.start()))
    message = Message()
    fault = _parse(data, message)
    # Raised here: no exception of the parser, which quotes the file, may be its context.
    if fault is not None:
        raise BrokenFile(_finding(fault, file))
    if message.school["xsdversie"] not in VERSIONS:
        raise _broken("xml-version", file, _line(data, data.find(b"xsdversie")))
    return message


def _refuse_other_text(data: bytes, file: str) -> None:
    declared = re.match(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""", data.removeprefix(b"\xef\xbb\xbf"))
    wrong = None
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        wrong = 0
    elif not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            wrong = error.start
    if wrong is not None:
        raise _broken("encoding-wrong", file, _line(data, wrong), encoding="UTF-8")


def _parse(data: bytes, message: Message) -> _Fault | None:
    """Fill the message; returns the first fault."""
    tags = [f"{{{MESSAGE}}}{name}" for name in _PARENTS]
    options = {"remove_blank_text": True, "resolve_entities": False, "no_network": True, "load_dtd": False}
    stream = etree.iterparse(BytesIO(data), events=("end",), tag=tags, **options)
    try:
        for _, element in stream:
            if fault := _structure_fault(element, message):
                return fault
            _take(element, message)
    except etree.XMLSyntaxError as error:
        return _Fault(error.lineno or 1)
    message.finish()
    return _outline_fault(stream.root)


def _structure_fault(element, message: Message) -> _Fault | None:
    """Return what is wrong with the structure of a school, toetsafname or toets, and with its place."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None or etree.QName(parent).localname != _PARENTS[etree.QName(element).localname]:
        return _Fault(element.sourceline, (element.tag,))
    if before is not None and isinstance(before.tag, str) and before.tag != element.tag:
        return _Fault(before.sourceline, (str(before.tag),))
    if message.schema.validate(element):
        return None
    said = message.schema.error_log[0]
    return _Fault(said.line, tuple(re.findall(r"(?:Element|attribute) '([^']*)'", said.message)))


def _outline_fault(root) -> _Fault | None:
    """Return what is wrong around the parts that were checked by themselves."""
    if root.tag != f"{{{MESSAGE}}}leerresultaten_verzoek":
        return _Fault(root.sourceline, (root.tag,))
    parts = list(root.iterchildren("*"))
    for part, name in zip_longest(parts, _PARTS):
        if part is None or part.tag != f"{{{MESSAGE}}}{name}":
            return _Fault((root if part is None else part).sourceline, (name or "",) if part is None else (part.tag,))
        if part.attrib or (name != "school" and len(part) == 0):
            return _Fault(part.sourceline, (*part.attrib, part.tag))
    last = next((each for part in parts[1:] for each in part.iterchildren("*") if each.tag not in _TAGS_INSIDE), None)
    return None if last is None else _Fault(last.sourceline, (str(last.tag),))


def _take(element, message: Message) -> None:
    match etree.QName(element).localname:
        case "toetsafname":
            for row, line in _results(element):
                message.add(row, line)
        case "school":
            message.school = {etree.QName(each).localname: each.text for each in element.iterchildren("*")}
        case "toets":
            test = {etree.QName(each).localname: each.text for each in element.iterchildren("*")}
            message.tests[test["toetscode"]] = test
            message.other += [text for text in element.itertext() if text]
    _forget(element, message)


def _results(element) -> Iterator[tuple[list[str | None], int]]:
    """Yield the texts of each result of a pupil, and its line."""
    pupil: list[str | None] = [None] * len(TEXTS)
    row, line, code = pupil, 0, None
    for each in element.iter(_RESULT, _CODE, _VALUE, *_PLACES):
        tag = each.tag
        if tag == _RESULT:
            if row is not pupil:
                yield row, line
            row, line = pupil.copy(), each.sourceline
            row[_KEY] = each.get("key") or None
        elif tag == _CODE:
            code = each.text
        elif tag == _VALUE:
            if name := _REFERENCE.get(code):
                row[TEXTS.index(name)] = each.text
        else:
            place = _PLACES[tag]
            row[place] = "".join(each.itertext()) or " " if place == _OTHER else each.text
    yield row, line


def _forget(element, message: Message) -> None:
    """Free what has been read; comments and instructions may hold anything, and are looked at as text."""
    parent = element.getparent()
    message.other += [each.text or "" for each in parent.iter(etree.Comment, etree.PI)]
    if not element.tag.endswith("toetsafname"):
        return
    # The last one stays, so that the next can see what stands before it.
    element.clear(keep_tail=True)
    while parent[0] is not element:
        del parent[0]


def _frame(texts: list[list[str | None]], lines: list[int]) -> pd.DataFrame:
    columns = zip(*texts, strict=True) if texts else [[] for _ in TEXTS]
    # By way of Arrow: half the time of a Series for each column, which counts with a file for every school.
    table = pa.table({name: pa.array(texts, pa.large_string()) for name, texts in zip(TEXTS, columns, strict=True)})
    return table.to_pandas(use_threads=False).assign(source_row=pd.Series(lines, dtype="int64"))


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(project_root() / "expectations" / "uwlr.xsd"))


def _finding(fault: _Fault, file: str) -> Finding:
    """Return the finding of a fault; what the parser said of it quotes the file and is not passed on."""
    names = [name.rpartition("}")[2] for name in fault.names]
    if not names:
        return finding("xml-not-well-formed", file, fault.line, vendor=VENDOR)
    for name in names:
        if name not in _known_names() and (rule := identifiers.announced(name)):
            return finding(rule, file, fault.line, vendor=VENDOR)
    if names[0] == "leerresultaten_verzoek":
        return finding("xml-version", file, fault.line, vendor=VENDOR)
    known = next((name for name in names if name in _known_names()), None)
    return finding("xml-structure", file, fault.line, known, vendor=VENDOR)


@cache
def _known_names() -> frozenset[str]:
    folder = project_root() / "expectations"
    files = [etree.parse(folder / name) for name in ("uwlr.xsd", "uwlr-score.xsd")]
    return frozenset(_PARTS).union(*(file.xpath("//@name") for file in files))


def _broken(rule: str, file: str, row: int, **words: object) -> BrokenFile:
    return BrokenFile(finding(rule, file, row, vendor=VENDOR, **words))


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, max(place, 0)) + 1
