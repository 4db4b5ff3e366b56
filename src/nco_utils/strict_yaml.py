"""YAML in which a name stands once in its mapping: of two that are the same, one would be dropped without a word."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from .errors import UnusableInput

# The loader in C reads the texts in a tenth of the time; PyYAML can be built without it.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGE = "tag:yaml.org,2002:merge"


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

    Raises UnusableInput, naming the file and the line, for what is not YAML and for a name that stands twice.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        for mapping in _mappings(node, set()):
            _require_each_once(mapping, loader, source)
        return loader.construct_document(node)
    except yaml.YAMLError as error:
        raise UnusableInput(f"{source} is not valid YAML, so it cannot be read: {error}") from None
    finally:
        loader.dispose()


def _mappings(node: yaml.Node, seen: set[int]) -> Iterator[yaml.MappingNode]:
    """Every mapping of a document once, however often it is referred to."""
    if isinstance(node, yaml.ScalarNode) or id(node) in seen:
        return
    seen.add(id(node))
    inside = node.value
    if isinstance(node, yaml.MappingNode):
        yield node
        inside = [part for pair in node.value for part in pair]
    for part in inside:
        yield from _mappings(part, seen)


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
