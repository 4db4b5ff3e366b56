"""What is wrong with the structure of a UWLR message, as a finding that says which thing it is.

What the parser says of it quotes the file and is not passed on; of names only those of the standard are.
"""

import re
from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from nco.register import identifiers
from nco.register.findings import BrokenFile, Finding, finding
from nco_utils.params import project_root

VENDOR = "parnassys"
_TOO_LARGE = (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG)  # the parser's own bounds
_TYPES = {
    "SCHEMAV_CVC_PATTERN_VALID": "xml-value",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "xml-value",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "xml-attribute-missing",
    "SCHEMAV_CVC_TYPE_3_1_1": "xml-attribute-unknown",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "xml-attribute-unknown",
    "SCHEMAV_CVC_TYPE_3_1_2": "xml-text",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": "xml-text",
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": "xml-text",
}
_EXAMPLES = {"schooljaar": "2021-2022", "aanmaakdatum": "2022-08-01T06:00:00"}


@dataclass(frozen=True)
class Fault:
    """The line of what is wrong, the elements or attributes that it is about, its rule, and words for its message."""

    line: int
    names: tuple[str, ...] = ()
    rule: str = "xml-structure"
    words: dict[str, str] = field(default_factory=dict)


def unexpected(element, expected: tuple[str, ...]) -> Fault:
    """Return the fault of an element that stands where only `expected` may."""
    return _unexpected(element.sourceline, (str(element.tag),), expected)


def missing(element, name: str) -> Fault:
    """Return the fault of an element without a child of this name."""
    return Fault(element.sourceline, (str(element.tag),), "xml-element-missing", {"expected": name})


def of_parser(error: etree.XMLSyntaxError) -> str:
    """Return the rule that a file breaks which the parser does not read on."""
    # A comment that is too long has the number of one that does not end.
    return "xml-too-large" if error.code in _TOO_LARGE or "too big" in error.msg else "xml-not-well-formed"


def of_schema(said) -> Fault:
    """Return the fault that the schema's first complaint is about."""
    names = tuple(re.findall(r"(?:Element|attribute) '([^']*)'", said.message))
    if said.type_name != "SCHEMAV_ELEMENT_CONTENT":
        rule = _TYPES.get(said.type_name, "xml-structure")
        words = {
            "xml-value": {"example": _EXAMPLES.get(_local(names[0]), "")},
            "xml-attribute-missing": {"name": "key"},
        }
        return Fault(said.line, names, rule, words.get(rule, {}))
    told, _, rest = said.message.partition("Expected is")
    expected = tuple(name for name in re.findall(r"\{[^}]*\}(\w+)", rest) if name in _known_names())
    if "Missing child element" in told:
        needed = [name for name in expected if name not in _optional()] or list(expected)
        return Fault(said.line, names, "xml-element-missing", {"expected": _either(needed)})
    return _unexpected(said.line, names, expected)


def told(fault: Fault, file: str) -> Finding:
    """Return the finding of a fault."""
    names = [_local(name) for name in fault.names]
    for name in names:
        if name not in _known_names() and (rule := identifiers.announced(name)):
            return finding(rule, file, fault.line, vendor=VENDOR)
    known = next((name for name in names if name in _known_names()), None)
    return finding(fault.rule, file, fault.line, known, vendor=VENDOR, **fault.words)


def broken(rule: str, file: str, row: int, **words: object) -> BrokenFile:
    """Return the error of a file that breaks a rule in a row."""
    return BrokenFile(finding(rule, file, row, vendor=VENDOR, **words))


def _unexpected(line: int, names: tuple[str, ...], expected: tuple[str, ...]) -> Fault:
    name = _local(names[0])
    words = {"expected": _either(expected) if expected else "geen element meer"}
    if name in expected:
        return Fault(line, names, "xml-namespace")
    if name == "schoolkey":
        return Fault(line, names, "xml-schoolkey")
    return Fault(line, names, "xml-element-misplaced" if name in _known_names() else "xml-element-unknown", words)


def _either(names: tuple[str, ...] | list[str]) -> str:
    return " of ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


@cache
def _known_names() -> frozenset[str]:
    outline = ("leerresultaten_verzoek", "school", "toetsafnames", "toetsen")
    return frozenset(outline).union(*(file.xpath("//@name") for file in _schemas()))


@cache
def _optional() -> frozenset[str]:
    return frozenset(name for file in _schemas() for name in file.xpath("//*[@minOccurs='0']/@name"))


def _schemas() -> list:
    folder = project_root() / "expectations"
    return [etree.parse(folder / name) for name in ("uwlr.xsd", "uwlr-score.xsd")]
