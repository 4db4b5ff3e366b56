"""The project's own files that are read as they are used: each must be what its name says, before any work is done."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml
from jinja2 import Environment
from lxml import etree

from nco.base import notes
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root

from . import fingerprint

_TEXT = (".css", ".js", ".lua", ".lock", ".openxml", ".qmd", ".typ")


@cache
def require_whole() -> None:
    """Raise UnusableInput, naming the first file that is not what its name says: damaged, cut off, or not UTF-8."""
    root = project_root()
    for name in fingerprint.program():
        path = root / name
        if not _is_whole(path):
            raise UnusableInput(
                f"{path} is damaged: it cannot be read as {path.suffix[1:]} in UTF-8. Restore it from the repository, "
                "or mend what was changed in it."
            )


def _is_whole(path: Path) -> bool:
    read = _READERS.get(path.suffix)
    if read is None:
        return True
    try:
        content = path.read_bytes()
        content.decode("utf-8")
        return read(content, path) is not None
    except FileNotFoundError:
        return False
    except OSError as problem:
        if problem.errno:  # of the disk; the parser of XML has some without a number
            raise
        return False
    except Exception:  # whatever each parser does
        return False


def _mapping(content: bytes, _: Path) -> dict | None:
    found = notes.loaded(content)
    return found if isinstance(found, dict) and found else None


def _schema(content: bytes, path: Path) -> object:
    tree = etree.parse(path)
    return etree.XMLSchema(tree) if path.name == "uwlr.xsd" else tree


_READERS: dict[str, Callable[[bytes, Path], object]] = {
    **dict.fromkeys(_TEXT, lambda content, _: content.decode("utf-8")),
    ".html": lambda content, _: Environment().parse(content.decode("utf-8")),
    ".ipynb": _mapping,
    ".json": _mapping,
    ".svg": lambda content, _: etree.fromstring(content),
    ".xsd": _schema,
    ".yml": lambda content, _: yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader)),
}
