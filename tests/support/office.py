"""LibreOffice, which opens what the program writes for it, and what an OpenDocument spreadsheet holds."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from nco.render import layout
from nco.render.opendocument import NAMESPACES

THERE = pytest.mark.skipif(not layout.libreoffice(), reason="LibreOffice is not installed")
_PATIENCE = 240


def opened(path: Path, kind: str, folder: Path) -> Path | None:
    """Open a file in LibreOffice and save it as another kind in `folder`; nothing when it cannot."""
    profile = f"-env:UserInstallation={(folder / 'profile').resolve().as_uri()}"
    folder.mkdir(parents=True, exist_ok=True)
    command = [layout.libreoffice(), profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(path)]
    subprocess.run(command, capture_output=True, timeout=_PATIENCE, check=False)
    made = folder / f"{path.stem}.{kind.partition(':')[0]}"
    return made if made.is_file() else None


def convert(path: Path, kind: str, folder: Path) -> Path:
    """Open a file in LibreOffice and save it as another kind in `folder`."""
    made = opened(path, kind, folder)
    assert made, f"LibreOffice cannot make {kind} of {path.name}"
    return made


def content(path: Path, part: str = "content.xml") -> etree._Element:
    """A part of an office file."""
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read(part))


def sheets(path: Path) -> dict[str, list[list[str | float | None]]]:
    """The cells of a spreadsheet by sheet, row by row; what is merged away is None."""
    found = {}
    for table in content(path).iterfind(".//table:table", NAMESPACES):
        rows = table.iterfind(".//table:table-row", NAMESPACES)
        found[table.get(f"{{{NAMESPACES['table']}}}name")] = [[_value(cell) for cell in row] for row in rows]
    return found


def _value(cell: etree._Element) -> str | float | None:
    match cell.get(f"{{{NAMESPACES['office']}}}value-type"):
        case "float":
            return float(cell.get(f"{{{NAMESPACES['office']}}}value"))
        case "string":
            return "".join(cell.itertext())
        case _:
            return None
