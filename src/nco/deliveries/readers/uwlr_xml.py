"""Reads a UWLR message as a stream: no DTD, no entities, no network, and nothing but the agreed structure.

What is wrong with the structure becomes a finding in `uwlr_faults`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from itertools import zip_longest

import pandas as pd
import pyarrow as pa
from lxml import etree

from nco.base import all_settings
from nco.register import identifiers
from nco.register.findings import BrokenFile, finding
from nco_utils.params import project_root

from . import uwlr_faults
from .uwlr_faults import Fault, broken

MESSAGE = "http://www.edustandaard.nl/leerresultaten/2/leerresultaten"
SCORE = "http://www.edustandaard.nl/oso_gegevensset/1.2/dossier"
VERSIONS = ("2.2", "2.2.1")

TEXTS = (  # the columns of the rows of a message, in the supplier's names
    "leerlingid", "eckid", "key", "afnamedatum", "toetscode", "toetsonderdeelcode", "score", "vaardigheidsscore",
    "codevaardigheidsschaal", "niveau", "functioneringsniveau", "dle", "resultaatverwerkerid", "infourl",
    "anderresultaat", "aantalopgaven", "aantalgoed",
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
    **{f"{{{SCORE}}}{name}": TEXTS.index(name) for name in (
        "vaardigheidsscore", "codevaardigheidsschaal", "aantalopgaven", "aantalgoed",
    )},
}  # fmt: skip
_KEY, _OTHER = TEXTS.index("key"), TEXTS.index("anderresultaat")
# Of the standard's types decimal, integer and date, around whose values space does not count.
_TYPED = frozenset(TEXTS.index(name) for name in (
    "afnamedatum", "score", "vaardigheidsscore", "aantalopgaven", "aantalgoed",
))  # fmt: skip
_XML_SPACE = " \t\r\n"
_OF_TEST = ("leerjaar", "vakgebied")  # what is read of the description of a test
_CHUNK = 50_000  # results kept as Python texts at a time
_PARTS = ("school", "toetsafnames", "toetsen")
_PARENTS = {"school": "leerresultaten_verzoek", "toetsafname": "toetsafnames", "toets": "toetsen"}
_ANY_PLACE = "anderresultaat"  # what is in it is free, and is kept as its text
_CHILD = {"toetsafnames": "toetsafname", "toetsen": "toets"}
_SPACE, _ROOT = re.compile(rb"\s*"), re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
_BEFORE_ROOT = ((b"<?", b"?>"), (b"<!--", b"-->"))
_TAGS_INSIDE = (f"{{{MESSAGE}}}toetsafname", f"{{{MESSAGE}}}toets")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)")
_INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"  # of attributes that say how to read an element, not what
_WIDE = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16",
         b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}  # fmt: skip
_START = 1024  # bytes in which a file's encoding is told


@dataclass
class Message:
    """What a message holds: `school` and `tests` by element name, and one result a row with its place.

    lines: of the elements of `school`. twice: the codes of tests that are described in two different ways. typed:
    whether elements say of what type they are.
    """

    typed: bool = False
    school: dict[str, str | None] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    tests: dict[str | None, dict[str, str | None]] = field(default_factory=dict)
    twice: set[str | None] = field(default_factory=set)
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
        """The results: TEXTS and source_row: the line, or where `counted` which result of the message it is."""
        rows = pd.concat(self._parts, ignore_index=True)
        return rows.assign(source_row=range(1, len(rows) + 1)) if self.counted else rows

    @property
    def counted(self) -> bool:
        """Whether a line holds several results, so that a line number tells nobody which one is meant."""
        return pd.concat(part["source_row"] for part in self._parts).duplicated().any()


def is_xml(data: bytes) -> bool:
    """Return whether the file means to be XML, whatever its encoding."""
    wide = _wide(data)
    start = (
        data[:_START].decode(wide, errors="replace") if wide else data[:_START].decode("utf-8-sig", errors="replace")
    )
    return start.lstrip("\ufeff \t\r\n").startswith("<")


def read(data: bytes, file: str) -> Message:
    """Return the message; raises BrokenFile, with the line number as row, for anything but the agreed structure."""
    _refuse_other_text(data, file)
    if found := _FORBIDDEN.search(data):
        raise broken("xml-forbidden", file, _line(data, found.start()))
    _refuse_other_root(data, file)
    message = Message(typed=_INSTANCE[1:-1].encode() in data)
    fault = _parse(data, message)
    # Raised here: no exception of the parser, which quotes the file, may be its context.
    if fault is not None:
        raise BrokenFile(uwlr_faults.told(fault, file))
    if (message.school["xsdversie"] or "").strip() not in VERSIONS:
        raise broken("xml-version", file, message.lines["xsdversie"])
    return message


def _wide(data: bytes) -> str | None:
    return next((name for mark, name in _WIDE.items() if data.startswith(mark)), None)


def _refuse_other_text(data: bytes, file: str) -> None:
    declared = re.match(
        rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.-]+)["']""", data[:_START].removeprefix(b"\xef\xbb\xbf")
    )
    wrong, found = None, ""
    if wide := _wide(data):
        wrong, found = 0, f", maar als {wide[:6].upper()}"
    elif declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        wrong = 0
    elif not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError as error:
            wrong = error.start
    if wrong is not None:
        raise broken("encoding-wrong", file, _line(data, wrong), encoding="UTF-8", found=found)


def _refuse_other_root(data: bytes, file: str) -> None:
    """Refuse a file whose first element is another one, before it is read."""
    place = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    while True:
        place = _SPACE.match(data, place).end()
        end = next((sign for mark, sign in _BEFORE_ROOT if data.startswith(mark, place)), None)
        if end is None or (place := data.find(end, place)) < 0:
            break
        place += len(end)
    root = _ROOT.match(data, place) if place >= 0 else None
    if root and root[1] == b"Envelope":
        raise broken("xml-soap", file, _line(data, place))
    if root and root[1] != b"leerresultaten_verzoek":
        # Nobody's dialect: it came from the supplier in whose folder it is.
        raise BrokenFile(finding("xml-other-message", file, _line(data, place)))


def _parse(data: bytes, message: Message) -> Fault | None:
    """Fill the message; returns the first fault."""
    tags = [f"{{{MESSAGE}}}{name}" for name in (*_PARENTS, _ANY_PLACE)]
    options = {"remove_blank_text": True, "resolve_entities": False, "no_network": True, "load_dtd": False}
    stream = etree.iterparse(BytesIO(data), events=("end", "comment", "pi"), tag=tags, **options)
    try:
        for event, element in stream:
            if event != "end":  # they may hold anything, and are looked at as text
                message.other.append(element.text or "")
            elif element.tag == tags[-1]:
                if fault := _free_fault(element):
                    return fault
                _flatten(element)
            elif fault := _structure_fault(element, message) or _take(element, message) or _forget(element):
                return fault
    except etree.XMLSyntaxError as error:
        return Fault(error.lineno or 1, rule=uwlr_faults.of_parser(error))
    message.finish()
    return _outline_fault(stream.root)


def _structure_fault(element, message: Message) -> Fault | None:
    """Return what is wrong with the structure of a school, toetsafname or toets, and with its place."""
    parent, before = element.getparent(), next(element.itersiblings("*", preceding=True), None)
    if parent is None or etree.QName(parent).localname != _PARENTS[etree.QName(element).localname]:
        return Fault(element.sourceline, (element.tag,), "xml-element-misplaced")
    if before is not None and before.tag != element.tag:
        return uwlr_faults.unexpected(before, (etree.QName(element).localname,))
    if message.typed:
        for each in element.iter("*"):
            for name in [name for name in each.attrib if name.startswith(_INSTANCE)]:
                del each.attrib[name]
    if message.schema.validate(element):
        return None
    return uwlr_faults.of_schema(message.schema.error_log[0])


def _outline_fault(root) -> Fault | None:
    """Return what is wrong around the parts that were checked by themselves."""
    if root.tag != f"{{{MESSAGE}}}leerresultaten_verzoek":
        return Fault(root.sourceline, rule="xml-version")
    parts = list(root.iterchildren("*"))
    for part, name in zip_longest(parts, _PARTS):
        if part is None:
            return uwlr_faults.missing(root, name)
        if name is None or part.tag != f"{{{MESSAGE}}}{name}":
            return uwlr_faults.unexpected(part, (name,) if name else ())
        if part.attrib:
            return Fault(part.sourceline, (part.tag,), "xml-attribute-unknown")
        if name != "school" and len(part) == 0:
            return uwlr_faults.missing(part, _CHILD[name])
    last = next((each for part in parts[1:] for each in part.iterchildren("*") if each.tag not in _TAGS_INSIDE), None)
    if last is not None:
        return uwlr_faults.unexpected(last, ())
    loose = next((part for part in (root, *parts[1:]) if _has_loose_text(part)), None)
    return None if loose is None else Fault(loose.sourceline, (loose.tag,), "xml-text")


def _has_loose_text(parent) -> bool:
    return any((text or "").strip() for text in (parent.text, *(each.tail for each in parent)))


def _free_fault(element) -> Fault | None:
    """Return what is wrong with a part whose structure is free: too deep, or with an element for an identifier."""
    if _too_deep(all_settings.load().reading.bounds.xml_depth)(element):
        return Fault(element.sourceline, (element.tag,), "xml-too-large")
    names = (name for each in element.iterdescendants("*") for name in (each.tag, *each.attrib))
    found = next((name for name in names if identifiers.announced(etree.QName(name).localname)), None)
    return None if found is None else Fault(element.sourceline, (found,), "xml-element-unknown")


@cache
def _too_deep(most: int) -> etree.XPath:
    return etree.XPath(f"boolean({'/'.join(['*'] * most)})")


def _flatten(element) -> None:
    """Leave the text of a free part only: an element in it is none of the result's own."""
    text, tail = "".join(element.itertext()), element.tail
    element.clear()
    element.text, element.tail = text or None, tail


def _take(element, message: Message) -> Fault | None:
    match etree.QName(element).localname:
        case "toetsafname":
            for row, line in _results(element):
                message.add(row, line)
        case "school":
            message.school = {etree.QName(each).localname: _text(each) for each in element.iterchildren("*")}
            message.lines = {etree.QName(each).localname: each.sourceline for each in element.iterchildren("*")}
        case "toets":
            if _too_deep(all_settings.load().reading.bounds.xml_depth)(element):
                return Fault(element.sourceline, (element.tag,), "xml-too-large")
            test = {etree.QName(each).localname: _text(each) for each in element.iterchildren("*")}
            before = message.tests.setdefault(test["toetscode"], test)
            if any(before.get(name) != test.get(name) for name in _OF_TEST):
                message.twice.add(test["toetscode"])
            message.other += [text for text in element.itertext() if text]
    return None


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
            code = (_text(each) or "").strip()
        elif tag == _VALUE:
            if name := _REFERENCE.get(code):
                row[TEXTS.index(name)] = _text(each)
        else:
            place = _PLACES[tag]
            text = _text(each)
            if place in _TYPED:
                text = (text or "").strip(_XML_SPACE) or None
            row[place] = text or " " if place == _OTHER else text
    yield row, line


def _text(element) -> str | None:
    """Return all text of an element: a comment in the middle of it does not end it."""
    return ("".join(element.itertext()) or None) if len(element) else element.text


def _forget(element) -> Fault | None:
    """Free what has been read and all before it; returns text that stands loose between."""
    parent = element.getparent()
    if (parent.text or "").strip() or any((each.tail or "").strip() for each in element.itersiblings(preceding=True)):
        return Fault(parent.sourceline, (parent.tag,), "xml-text")
    if element.tag in _TAGS_INSIDE:
        # The last one stays, so that the next can see what stands before it.
        element.clear(keep_tail=True)
        while parent[0] is not element:
            del parent[0]
    return None


def _frame(texts: list[list[str | None]], lines: list[int]) -> pd.DataFrame:
    columns = zip(*texts, strict=True) if texts else [[] for _ in TEXTS]
    # By way of Arrow: half the time of a Series for each column, which counts with a file for every school.
    table = pa.table({name: pa.array(texts, pa.large_string()) for name, texts in zip(TEXTS, columns, strict=True)})
    return table.to_pandas(use_threads=False).assign(source_row=pd.Series(lines, dtype="int64"))


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(project_root() / "expectations" / "uwlr.xsd"))


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, max(place, 0)) + 1
