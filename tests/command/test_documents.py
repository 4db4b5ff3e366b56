"""What README, CONTRIBUTING and docs name is there: links, headings, files, modules, commands, the map of the rooms."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from typer.main import get_command

from nco.command import cli
from nco_utils.params import project_root

ROOT = project_root()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")])
MADE = {"notebooks/_output"}  # by a command that the document names
_CODE = re.compile(r"```.*?```", re.DOTALL)
_FOLDERS = "src|tests|params|notebooks|expectations|reports|docs|benchmarks"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
every_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def anchors(path: Path) -> set[str]:
    """The headings of a document as a code host links to them."""
    headings = re.findall(r"^#+ (.*)$", _CODE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def module(name: str) -> bool:
    """Whether a dotted name is a module or a folder of modules of this project, or something that one has."""
    parts = name.split(".")
    for n in range(len(parts), 0, -1):
        place = ROOT.joinpath("src", *parts[:n])
        files = [file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file()]
        if files or place.is_dir():
            return n == len(parts) or any(re.search(rf"\b{parts[n]}\b", file.read_text()) for file in files)
    return False


@every_document
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path):
    for target, heading in re.findall(r"\]\(([^)#]*)(?:#([^)]+))?\)", path.read_text(encoding="utf-8")):
        if re.match("[a-z]+:", target):
            continue
        file = (path.parent / target).resolve() if target else path
        assert file.exists(), target
        assert not heading or heading in anchors(file), f"{target}#{heading}"


@every_document
def test_every_file_and_module_that_is_named_is_there(path):
    text = path.read_text(encoding="utf-8")
    files = {named.split()[0].rstrip("/") for named in re.findall(rf"`((?:{_FOLDERS})/[^`*<…{{]+)`", text)}
    assert {file for file in files - MADE if not (ROOT / file).exists()} == set()
    names = re.findall(r"\bnco(?:_utils)?(?:\.[A-Za-z_]\w*)+", text)
    assert {name for name in names if not module(name)} == set()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_the_text_of_a_notebook_names_is_there_and_imported_in_it(path):
    cells = nbformat.read(path, as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    names = re.findall(r"\bnco(?:_utils)?(?:\.[A-Za-z_]\w*)+", text)
    assert {name for name in names if not module(name)} == set()
    imported = {}
    for node in ast.walk(ast.parse("\n".join(cell.source for cell in cells if cell.cell_type == "code"))):
        if isinstance(node, ast.ImportFrom):
            imported |= {each.name: f"{node.module}.{each.name}" for each in node.names}
    for name, attribute in re.findall(r"`([a-z_]+)\.(?!xlsx)([A-Za-z_]+)(?=[`(])", text):
        assert name in imported, f"{name}.{attribute}"
        assert module(f"{imported[name]}.{attribute}"), f"{name}.{attribute}"


@every_document
def test_every_command_and_option_that_is_named_exists(path):
    commands = get_command(cli.app).commands
    said = re.findall(r"(?:^|`|/)nco ([a-z]+)([^`\n|]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
    for name, rest in said:
        assert name in commands, name
        known = {"--help", *(option for each in commands[name].params for option in each.opts)}
        assert set(re.findall(r"(?<!\S)\[?(--[a-z-]+)", rest)) <= known, f"nco {name}{rest}"


def mapped() -> dict[str, set[str]]:
    """The modules of each room by the table of docs/architecture.md; `pages/ (a, b)` is a folder with its modules."""
    found = {}
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room, modules in re.findall(r"^\| `(nco\.\w+|nco_utils)` \| .* \| (.*) \|$", text, re.MULTILINE):
        found[room] = set()
        for name, inside in re.findall(r"([\w.]+)(?:/(?: \(([^)]*)\))?)?(?:, |$)", modules):
            within = inside.split(", ") if inside else []
            found[room] |= {name, *(f"{name}.{each}" for each in within)}
    return found


def in_tree(room: str) -> set[str]:
    """The modules and folders of modules of a room, but for the room itself."""
    place = ROOT.joinpath("src", *room.split("."))
    paths = [path.relative_to(place) for path in place.rglob("*.py")]
    modules = {".".join(path.with_suffix("").parts) for path in paths if path.name != "__init__.py"}
    return modules | {".".join(path.parent.parts) for path in paths if path.parent.parts}


def test_the_map_of_the_rooms_is_the_tree():
    rooms = {f"nco.{path.name}" for path in (ROOT / "src" / "nco").iterdir() if any(path.glob("**/*.py"))}
    assert set(mapped()) == rooms | {"nco_utils"}
    for room, modules in mapped().items():
        assert modules == in_tree(room), room


def test_a_name_that_is_not_there_is_seen():
    assert module("nco_utils.tables")
    assert not module("nco_utils.no_such_module")
    assert not module("nco_utils.tables.no_such_table")
