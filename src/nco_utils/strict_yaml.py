"""YAML in which a name stands once in its mapping: of two that are the same, one would be dropped without a word."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from .errors import UnusableInput

# The loader in C reads the texts in a tenth of the time; PyYAML can be built without it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"
# What PyYAML lets through of Python's own when it makes a value of a text.
_UNFORESEEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
_KINDS = {"timestamp": "day or moment that exists", "int": "whole number", "float": "number", "bool": "yes or no"}
_DEEPEST = 50  # mappings and lists within each other


def read(path: Path) -> object:
    """Return what a file of YAML holds; raises UnusableInput, naming the file and the line, when it cannot be used."""
    try:
        return load(path.read_text(encoding="utf-8"), path)
    except OSError:
        raise UnusableInput(f"{path} cannot be read.") from None
    except UnicodeDecodeError:
        raise UnusableInput(f"{path} is not UTF-8 text. Save it as UTF-8.") from None


def load(text: str, source: Path) -> object:
    """Return what a text of YAML from the file `source` holds.

    Raises UnusableInput, naming the file and the line, for what is not YAML, a name that stands twice, a value that is
    not what it looks like (a day that does not exist) or says it is, and what lies too deep.
    """
    loader = None
    try:
        _require_shallow(text, source)
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            return None
        nodes = list(_nodes(node, set()))
        for value in (each for each in nodes if isinstance(each, yaml.ScalarNode)):
            _require_value(value, loader, source)
        for mapping in (each for each in nodes if isinstance(each, yaml.MappingNode)):
            _require_each_once(mapping, loader, source)
        return loader.construct_document(node)
    except (yaml.YAMLError, *_UNFORESEEN) as error:
        # Of the constructor of a list or a mapping; those of values are named with their line.
        raise UnusableInput(f"{source} is not valid YAML, so it cannot be read: {error}") from None
    finally:
        if loader:
            loader.dispose()


def _require_shallow(text: str, source: Path) -> None:
    """Refuse what lies too deep before it is composed: that takes a call within a call for every level."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise UnusableInput(
                f"{source} line {event.start_mark.line + 1} has more than {_DEEPEST} lists and mappings within each "
                "other. Check its brackets."
            )


def _nodes(node: yaml.Node, seen: set[int]) -> Iterator[yaml.Node]:
    """Every value, list and mapping of a document once, however often it is referred to."""
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    if isinstance(node, yaml.ScalarNode):
        return
    for part in node.value:
        for inside in part if isinstance(node, yaml.MappingNode) else [part]:
            yield from _nodes(inside, seen)


def _require_value(node: yaml.ScalarNode, loader: yaml.SafeLoader, source: Path) -> None:
    """Refuse a value of which nothing can be made; its constructors raise whatever Python does."""
    if node.tag == _MERGE:
        return
    try:
        loader.construct_object(node)
    except _UNFORESEEN:
        kind = node.tag.rpartition(":")[2]
        raise UnusableInput(
            f"{source} line {node.start_mark.line + 1} has {node.value!r}, which is no {_KINDS.get(kind, kind)}. "
            "Correct it, or put it in quotes if it is a text."
        ) from None


def _require_each_once(mapping: yaml.MappingNode, loader: yaml.SafeLoader, source: Path) -> None:
    first: dict[object, int] = {}
    for name, _ in mapping.value:
        if not isinstance(name, yaml.ScalarNode):
            continue
        # As it is read: yes and true are one name, "1" and 1 are two.
        read_as = name.value if name.tag == _MERGE else loader.construct_object(name)
        line = name.start_mark.line + 1
        if read_as in first:
            raise UnusableInput(
                f"{source} line {line} has {name.value!r} again, which line {first[read_as]} gave a value already. "
                "Only one of the two would count: keep one."
            )
        first[read_as] = line
