"""The house: a module says what it is, and none asks for one that asks for it. What may import what: `make lint`."""

import ast
from pathlib import Path
from statistics import median

import pytest

from nco_utils.params import project_root

PACKAGES = ("nco_utils", "nco")


def modules() -> dict[str, Path]:
    root = project_root() / "src"
    found = {}
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(name: str, path: Path, known: dict[str, Path]) -> set[str]:
    """The modules of ours that a module imports, wherever in it."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    found = set()
    for each in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(each, ast.Import):
            found |= {alias.name for alias in each.names}
        elif isinstance(each, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - each.level + 1] if each.level else []
            base = ".".join([*above, *([each.module] if each.module else [])])
            full = {alias.name: f"{base}.{alias.name}" for alias in each.names}
            found |= {name if name in known else base for name in full.values()}
    return found & known.keys() - {name}


def circle(arrows: dict[str, set[str]]) -> list[str]:
    """A chain of modules of which each imports the next and the last the first; empty when there is none."""

    seen: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in seen:
            return []
        for following in sorted(arrows[name]):
            if found := walk(following, (*way, name)):
                return found
        seen.add(name)
        return []

    return next((found for name in sorted(arrows) if (found := walk(name, ()))), [])


def test_every_module_says_in_one_line_what_it_is():
    for name, path in modules().items():
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        first = said.split("\n\n")[0]
        assert first and "\n" not in first, name


def test_no_module_imports_one_that_imports_it():
    known = modules()
    assert not circle({name: imported(name, path, known) for name, path in known.items()})


@pytest.mark.parametrize("arrows", [{"a": {"b"}, "b": {"a"}}, {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}])
def test_a_circle_of_modules_is_found(arrows):
    assert circle(arrows)


def test_what_a_researcher_reads_is_small():
    lines = [
        len(path.read_text(encoding="utf-8").splitlines()) for path in (project_root() / "src/nco_utils").rglob("*.py")
    ]
    assert sum(lines) < 3_700  # with levels of pupils, and table reference_levels, which people write
    assert max(lines) < 300
    assert median(lines) < 120
