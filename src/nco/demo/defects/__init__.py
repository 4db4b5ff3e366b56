"""Puts every defect that real deliveries have into the fictitious country's last round, and says where.

A school has at most one, and so has a file that is broken as a whole: what must be found is exactly what is listed.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nco.base import all_settings
from nco_utils.errors import UnusableInput
from nco_utils.tables import VENDORS

from ..country import Country
from .defect_kinds import KINDS, Defect
from .defect_sites import Place, Site
from .tampering import DelimitedFile, MessageFile, opened

LIST = "defects.csv"
COLUMNS = ("defect", "round", "rule", "severity", "vendor", "brinvest", "file", "row", "column", "what")
_CLEAN_SHARE = 0.25  # of a supplier's schools: these get no defect, however many kinds there are
_FEWEST_PUPILS = 70  # so that a few wrong rows of a school are few


@dataclass(frozen=True)
class Task:
    """A defect for one school (two for a defect between schools) of a supplier."""

    defect: Defect
    vendor: str
    schools: tuple[str, ...]


def plan(made: Country) -> list[Task]:
    """Return who gets which defect: every kind once, then at the other suppliers too while enough schools stay clean.

    Raises UnusableInput when the country is too small to have every kind.
    """
    free = _free_schools(made)
    fewest_clean = {vendor: round(len(schools) * _CLEAN_SHARE) for vendor, schools in free.items()}
    tasks = []
    # Kinds that few suppliers can have go first: the others find a school anyhow.
    for kind in sorted(KINDS, key=lambda kind: (len(kind.vendors), len(kind.providers))):
        vendors = sorted(kind.vendors, key=lambda vendor: -len(free[vendor]))
        task = next((task for vendor in vendors if (task := _task(kind, vendor, free))), None)
        if task is None:
            raise UnusableInput(f"There are too few schools for every defect ({kind.name}). Add some with --schools.")
        tasks.append(task)
    done = {(task.defect.name, task.vendor) for task in tasks}
    for kind in KINDS:
        for vendor in kind.vendors:
            if (kind.name, vendor) not in done and len(free[vendor]) - kind.n_schools >= fewest_clean[vendor]:
                task = _task(kind, vendor, free)
                tasks += [task] if task else []
    return tasks


def inject(folder: Path, made: Country, tasks: list[Task]) -> pd.DataFrame:
    """Put the planned defects into the last round of a data folder; returns the list of them, written to LIST.

    Columns: COLUMNS, one place a row; `rule` is empty where nothing must be found.
    """
    code = list(all_settings.load().rounds)[-1]
    exports = folder / "exports" / code
    board_of = dict(zip(made.enrolled.schools["brinvest"], made.enrolled.schools["board_number"], strict=True))
    shared: dict[Path, DelimitedFile] = {}
    found = []
    # Schools leave a shared file before anything in it is changed: the rows after them move up.
    for task in sorted(tasks, key=lambda each: not each.defect.alone):
        files = [_file(exports, task, school, board_of[school], code, shared) for school in task.schools]
        sites = [Site(file, school, folder, code) for file, school in zip(files, task.schools, strict=True)]
        school_of = {file.path: school for file, school in zip(files, task.schools, strict=True)}
        for place in task.defect.put(*sites):
            school = school_of.get(place.file, task.schools[0])
            found.append(_listed(task.defect, place, folder, code) | {"vendor": task.vendor, "brinvest": school})
        for file in files:
            if file.path not in shared and not task.defect.alone:
                file.save()
    for file in shared.values():
        if len(file.rows) > 1:
            file.save()
        else:  # all its schools have a file of their own now
            file.path.unlink()
    listed = pd.DataFrame(found, columns=COLUMNS).astype({"row": "Int64"})
    listed.to_csv(folder / LIST, index=False)
    return listed


def _file(
    exports: Path, task: Task, school: str, board: str, code: str, shared: dict[Path, DelimitedFile]
) -> DelimitedFile | MessageFile:
    """Return the file to be changed: the school's own, or the shared one it is in."""
    if task.vendor == "parnassys":
        return opened(exports / task.vendor / f"{school}-{code}.xml", task.vendor)
    path = exports / task.vendor / f"{board if task.vendor == 'esis' else task.vendor}-{code}.csv"
    if path not in shared:
        shared[path] = opened(path, task.vendor)
    return shared[path].move(school, path.with_stem(f"{path.stem}-{school}")) if task.defect.alone else shared[path]


def _listed(defect: Defect, place: Place, folder: Path, code: str) -> dict[str, object]:
    round_ = place.round or code
    return {
        "defect": defect.name,
        "round": round_,
        "rule": defect.rule,
        "severity": defect.severity,
        "file": place.file.relative_to(folder / "exports" / round_).as_posix(),
        "row": place.row,
        "column": place.column,
        "what": defect.what,
    }


def _task(kind: Defect, vendor: str, free: dict[str, pd.DataFrame]) -> Task | None:
    """Take schools for a defect from the free ones; None when none fit."""
    schools = free[vendor]
    fit = schools[schools["provider"].isin(kind.providers) & (schools["has_eckid"] | (not kind.needs_eckid))]
    if len(fit) < kind.n_schools:
        return None
    chosen = fit["brinvest"].iloc[: kind.n_schools]
    free[vendor] = schools[~schools["brinvest"].isin(chosen)]
    return Task(kind, vendor, tuple(chosen))


def _free_schools(made: Country) -> dict[str, pd.DataFrame]:
    """Return the schools that can have a defect, those with Cito's tests last: only some defects need those."""
    schools = made.enrolled.schools
    possible = schools[schools["closed"].isna() & (schools["size"] >= _FEWEST_PUPILS) & (schools["sector"] == "bo")]
    ordered = possible.sort_values("provider", key=lambda names: names == "cito", kind="stable")
    return {vendor: ordered[ordered["vendor"] == vendor] for vendor in VENDORS}
