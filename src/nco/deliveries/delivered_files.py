"""What lies in the folder of a round's deliveries: the files that can be read, and those that are set aside whole."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

import pandas as pd

from nco.base import characters, passing
from nco.register.findings import BrokenFile, Finding, finding
from nco_utils.errors import UnusableInput
from nco_utils.tables import VENDORS

from . import named_schools, pseudonyms, quarantine
from .quarantine import RefusedFile
from .readers import RawFile, read_files

NOT_PROCESSED = "file-not-processed"
_UNPACKED = ("__MACOSX",)  # what a Mac puts beside the files of a zip
_SHOWN = 5  # strays in the message of a folder without a delivery


@dataclass(frozen=True)
class Deliveries:
    """What was delivered for a round: the files, those that are set aside whole, and findings on either and on strays.

    No eckid in the files stands for several pupils of a school. twins: see `pseudonyms.without_shared_eckids`.
    enrolled: the schools of the register.
    """

    files: list[RawFile]
    refused: list[RefusedFile]
    findings: list[Finding | pd.DataFrame]
    twins: pd.DataFrame
    enrolled: frozenset[str] = frozenset()

    def without(self, breaking: list[RawFile]) -> "Deliveries":
        """Return the deliveries with some of the files set aside, because no table can hold what is in them."""
        names = {file.file for file in breaking}
        refused, findings = [], []
        for file in breaking:
            vendor = file.file.partition("/")[0]
            delivered = file.dialect.schools(file.rows).dropna()
            counts = delivered[delivered.isin(self.enrolled)].value_counts().sort_index()
            brins, schools = frozenset(delivered.str[:4]), {school: int(n) for school, n in counts.items()}
            refused.append(RefusedFile(vendor, file.file, NOT_PROCESSED, len(file.rows), brins, schools))
            findings.append(finding(NOT_PROCESSED, file.file, vendor=vendor))
        files = [file for file in self.files if file.file not in names]
        return replace(self, files=files, refused=[*self.refused, *refused], findings=[*self.findings, *findings])


def read_all(folder: Path, enrolled: Collection[str] = ()) -> Deliveries:
    """Return what was delivered in the folder of a round; raises UnusableInput when there is no file at all.

    enrolled: the schools of the register: one that a file names is told, should the file be refused.
    """
    files: list[RawFile] = []
    refused: list[RefusedFile] = []
    broken: list[Finding | pd.DataFrame] = []
    paths, strays = _delivered_files(folder)
    places = [(path, f"{path.parent.name}/{characters.legible(path.name)}") for path in paths]
    for (path, name), found in zip(places, read_files(places), strict=True):
        if not isinstance(found, BrokenFile):
            files.append(found)
            continue
        # A file of no known dialect still came from the supplier in whose folder it is.
        broken.extend(replace(each, vendor=each.vendor or path.parent.name) for each in found.findings)
        rule = found.findings[0].rule
        n_rows, brins = quarantine.rows_in(path), quarantine.brins_in(path)
        schools = named_schools.of_file(path, n_rows, enrolled)
        refused.append(RefusedFile(path.parent.name, name, rule, n_rows, brins, schools))
    files, shared, twins = pseudonyms.without_shared_eckids(files)
    return Deliveries(files, refused, [*broken, *strays, *shared], twins, frozenset(enrolled))


def _delivered_files(folder: Path) -> tuple[list[Path], list[Finding]]:
    """Return the files in the suppliers' folders, and a finding for everything else that lies there."""
    place = f"Deliveries go into {folder}/<vendor>/, with as vendor {', '.join(VENDORS)}."
    if not folder.is_dir():
        raise UnusableInput(f"{folder} does not exist: there is no delivery for this round. {place}")
    files, strays = [], []
    for path in _entries(folder):
        if path.name in VENDORS and path.is_dir():
            for each in _entries(path):
                if each.is_dir():
                    name = f"{path.name}/{characters.legible(each.name)}/"
                    strays.append(finding("delivery-folder-within", name, vendor=path.name))
                else:
                    files.append(each)
            continue
        is_folder = path.is_dir()
        name = f"exports/{folder.name}/{characters.legible(path.name)}{'/' if is_folder else ''}"
        meant = get_close_matches(path.name.strip().casefold(), VENDORS, n=1) if is_folder else []
        if meant:
            strays.append(finding("delivery-folder-misspelled", name, meant=meant[0]))
        else:
            vendors = ", ".join(VENDORS)
            strays.append(finding(f"delivery-{'folder' if is_folder else 'file'}-stray", name, vendors=vendors))
    if not files:
        raise UnusableInput("\n".join([f"{folder} holds no file of a vendor. {place}", *map(str, strays[:_SHOWN])]))
    return files, strays


def _entries(folder: Path) -> list[Path]:
    # Names with a dot are the file manager's (.DS_Store), not a delivery.
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if not (path.name.startswith(".") or path.name in _UNPACKED or passing.is_passing(path.name))
        )
    except OSError:
        raise UnusableInput(f"{folder} cannot be read. Check that you have the right to read it.") from None
