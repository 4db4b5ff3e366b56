"""What the sums of all reports of all releases leave open for the numbers of pupils that stand in none.

The reader knows the visible figures, the country's totals, the rules, and even more than reports say: which hidden
groups are the same as before, and which were left out of the totals. An insider knows what is hidden of its own schools
as well.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, lil_array

from nco.base import all_settings
from nco.disclosure.bounds import POOL
from nco.disclosure.earlier_releases import KEY, UNIT_OF_SUPPRESSION
from nco_utils import tables

REST = "rest"
_DIRECTIONS = 25


@dataclass(frozen=True)
class Public:
    """One release: its report, the sector and board of its schools, and (more than readers have) its pairs' versions.

    `versions`: UNIT_OF_SUPPRESSION and version of every block that is in the country's totals. `own`:
    UNIT_OF_SUPPRESSION, version, trait, value and n of every part of them, of which a board knows those of its schools.
    """

    report: pd.DataFrame
    sectors: pd.Series
    boards: pd.Series
    versions: pd.DataFrame
    own: pd.DataFrame

    def of_pool(self, pool: tuple) -> "Public":
        """Return what the release says of one pool: sums of two pools have nothing in common."""
        wanted = dict(zip(POOL, pool, strict=True))

        def within(frame: pd.DataFrame) -> pd.DataFrame:
            here = frame["brinvest"].map(self.sectors) == wanted["sector"]
            for name in KEY:
                here &= frame[name] == wanted[name]
            return frame[here]

        return replace(self, report=within(self.report), versions=within(self.versions), own=within(self.own))


@dataclass(frozen=True)
class System:
    """Linear equations A x = b over the unknown numbers of pupils, named by (block, version, trait, value)."""

    names: list[tuple]
    matrix: csr_array
    total: np.ndarray
    lowest: np.ndarray

    def knowing(self, own: dict[tuple, float]) -> "System":
        """Return what is left unknown to a reader who knows some of the numbers."""
        left = [place for place, name in enumerate(self.names) if name not in own]
        value = np.array([own.get(name, 0.0) for name in self.names])
        return System(
            [self.names[place] for place in left],
            self.matrix[:, left],
            self.total - self.matrix @ value,
            self.lowest[left],
        )


def pools(releases: list[Public]) -> list[tuple]:
    """Return every pool that some release has a report of."""
    seen = pd.concat([r.report.assign(sector=r.report["brinvest"].map(r.sectors))[POOL] for r in releases])
    return [tuple(row) for row in seen.dropna().drop_duplicates().to_numpy()]


def found(releases: list[Public]) -> list[tuple[str, tuple]]:
    """Return what is open too little or has a mean that can be computed, and to whom: a board, a school, anybody ("").

    A board knows the numbers of its schools, a school its own.
    """
    public = system(releases)
    own = _own(releases, {name[0] for name in public.names})
    boards = pd.concat([release.boards for release in releases]).groupby(level=0).last()
    told = [("", name) for name in open_too_little(public, range(len(public.names)))]
    board_of = [boards.get(name[0], name[0]) for name in public.names]
    for board in sorted(set(board_of)):
        theirs = {name for name, of in zip(public.names, board_of, strict=True) if of == board}
        left = public.knowing({name: own[name] for name in theirs})
        told += [(board, name) for name in open_too_little(left, range(len(left.names)))]
        # What a school finds of another board, its own board finds as well: that knows more. Left: its own board's.
        for school in sorted({name[0] for name in theirs}):
            left = public.knowing({name: own[name] for name in theirs if name[0] == school})
            others = [place for place, name in enumerate(left.names) if name in theirs]
            told += [(school, name) for name in open_too_little(left, others)]
    return told


def open_too_little(found: System, places: Sequence[int]) -> list[tuple]:
    """Return the unknowns at `places` that are open by too little, or whose mean can be computed."""
    return list(dict.fromkeys([*exposed(found, places), *computable(found, places)])) if len(places) else []


def system(releases: list[Public]) -> System:
    """Return everything that the releases say about the numbers of pupils that stand in none of them."""
    known = _visible(releases)
    rows: list[tuple[dict, float]] = []
    for release in releases:
        rows += _sums(release, known)
    rows += _parts(rows, known)
    names = sorted({name for coefficients, _ in rows for name in coefficients})
    place = {name: i for i, name in enumerate(names)}
    matrix = lil_array((len(rows), len(names)))
    for i, (coefficients, _) in enumerate(rows):
        for name, coefficient in coefficients.items():
            matrix[i, place[name]] = coefficient
    lowest = np.array([1.0 if name[2] == tables.ALL else 0.0 for name in names])
    return System(names, matrix.tocsr(), np.array([total for _, total in rows]), lowest)


def bounds(found: System, chosen: list[tuple]) -> dict[tuple, tuple[float, float]]:
    """Return the lowest and highest number of pupils that fits all sums, of the chosen unknowns."""
    ends = {}
    for name in chosen:
        place = found.names.index(name)
        ends[name] = tuple(_extreme(found, place, sign)[place] for sign in (1, -1))
    return ends


def exposed(found: System, places: Sequence[int] | None = None, width: int = 5) -> list[tuple]:
    """Return the unknowns (at `places`, or all) that are open by no more than `width`, by linear programming."""
    places = range(len(found.names)) if places is None else places
    asked = np.isin(np.arange(len(found.names)), places)
    low, high = np.full(len(found.names), np.inf), np.full(len(found.names), -np.inf)
    narrow, random = [], np.random.default_rng(0)
    # What fits all sums lies between any two solutions: those that push all that is narrow yet open most of it at once.
    for _ in range(_DIRECTIONS):
        left = asked & ~(high - low > width + 1e-6)
        if not left.any():
            break
        solution = _solved(found, np.where(left, random.normal(size=len(left)), 0))
        low, high = np.minimum(low, solution), np.maximum(high, solution)
    for place in places:
        for sign in (1, -1):
            if high[place] - low[place] > width + 1e-6:
                break
            solution = _extreme(found, place, sign)
            low, high = np.minimum(low, solution), np.maximum(high, solution)
        if high[place] - low[place] <= width + 1e-6:
            narrow.append(found.names[place])
    return narrow


def _extreme(found: System, place: int, sign: int) -> np.ndarray:
    """A solution in which one unknown is as low (sign 1) or as high (-1) as can be; all others are below a million."""
    cost = np.zeros(len(found.names))
    cost[place] = sign
    return _solved(found, cost)


def _solved(found: System, cost: np.ndarray) -> np.ndarray:
    # Without whole numbers it is a linear program; this door to the same solver costs half of what linprog does.
    sums = LinearConstraint(found.matrix, found.total, found.total)
    solved = milp(cost, constraints=sums, bounds=Bounds(found.lowest, 1e6))
    assert solved.status == 0, solved.message
    return solved.x


def computable(found: System, places: Sequence[int] | None = None) -> list[tuple]:
    """Return the unknown groups (at `places`, or all) whose total growth, so whose mean, follows from visible totals.

    The totals of growth obey the same equations as the numbers of pupils, without bounds.
    """
    places = range(len(found.names)) if places is None else places
    chosen = found.matrix[:, list(places)].toarray()
    # What is left of an unknown beside what the sums span: 1 where they say nothing of it, 0 where all.
    free = 1 - (chosen * (_inverse(found.matrix) @ chosen)).sum(axis=0)
    return [found.names[place] for place, freedom in zip(places, free, strict=True) if freedom < 1e-7]


def _inverse(matrix: csr_array) -> np.ndarray:
    """The pseudo-inverse of the products of the rows of a matrix."""
    values, vectors = np.linalg.eigh((matrix @ matrix.T).toarray())
    kept = values > 1e-9 * values.max(initial=1)
    return (vectors[:, kept] / values[kept]) @ vectors[:, kept].T


def _own(releases: list[Public], schools: Collection[str]) -> dict[tuple, float]:
    known = {}
    for release in releases:
        for row in release.own[release.own["brinvest"].isin(schools)].to_dict("records"):
            known[(*_block(row), row["version"], row["trait"], row["value"])] = row["n"]
    return known


def _visible(releases: list[Public]) -> dict[tuple, float]:
    known = {}
    for release in releases:
        shown = release.report[release.report["status"] == "shown"].merge(release.versions, on=UNIT_OF_SUPPRESSION)
        for row in shown.to_dict("records"):
            known[(*_block(row), row["version"], row["trait"], row["value"])] = row["n_pupils"]
    return known | _rests(known)


def _rests(known: dict[tuple, float]) -> dict[tuple, float]:
    """The pupils of no displayed value, where all displayed values and the whole are visible."""
    subgroups = all_settings.load().subgroups
    parts = {}
    for (*group, trait, _), n in known.items():
        if trait != tables.ALL:
            parts[(*group, trait)] = parts.get((*group, trait), 0) + n
    rests = {}
    for (*group, trait), n in parts.items():
        if trait in subgroups and subgroups[trait].values:
            rests[(*group, trait, REST)] = known[(*group, tables.ALL, tables.ALL)] - n
    return rests


def _sums(release: Public, known: dict[tuple, float]) -> list[tuple[dict, float]]:
    """One equation for each total of the country that some report shows."""
    report = release.report.assign(sector=release.report["brinvest"].map(release.sectors))
    told = report[report["national_pupils"].notna()].drop_duplicates([*POOL, "trait", "value"])
    blocks = release.versions.assign(sector=release.versions["brinvest"].map(release.sectors))
    rows = []
    for pool, totals in told.groupby(POOL):
        members = blocks[(blocks[POOL] == list(pool)).all(axis=1)]
        groups = [(*_block(row), row["version"]) for row in members.to_dict("records")]
        totals = {(row["trait"], row["value"]): row["national_pupils"] for row in totals.to_dict("records")}
        for trait in {trait for trait, _ in totals} - {tables.ALL}:
            displayed = sum(n for (other, _), n in totals.items() if other == trait)
            totals[(trait, REST)] = totals[(tables.ALL, tables.ALL)] - displayed
        for (trait, value), total in totals.items():
            if total > 0:
                rows.append(_equation([(*group, trait, value) for group in groups], known, total))
    return [row for row in rows if row[0]]


def _parts(rows: list[tuple[dict, float]], known: dict[tuple, float]) -> list[tuple[dict, float]]:
    """The values of a trait and the rest of one group make its whole; groups of which a part stands in some sum."""
    wholes: dict[tuple, set] = {}
    for coefficients, _ in rows:
        for *group, trait, value in coefficients:
            if trait != tables.ALL:
                wholes.setdefault((*group, trait), set()).add(value)
    found = []
    for (*group, trait), values in wholes.items():
        coefficients, total = _equation([(*group, trait, value) for value in values], known, 0)
        whole, n = _equation([(*group, tables.ALL, tables.ALL)], known, 0)
        found.append((coefficients | dict.fromkeys(whole, -1.0), total - n))
    return found


def _equation(names: list[tuple], known: dict[tuple, float], total: float) -> tuple[dict, float]:
    unknown = {name: 1.0 for name in names if name not in known}
    return unknown, total - sum(known[name] for name in names if name in known)


def _block(row: dict) -> tuple:
    return (row["brinvest"], *(row[name] for name in KEY))
