"""Complementary suppression: which counts to hide besides the small ones, so that no sum gives one away.

Two kinds of tables, one a pool (the sector, cohort, step, domain and scale whose country total is published):

* the blocks of a pool: the schools' numbers of pupils, with the country's total;
* one trait of a pool: schools x values (and the rest), with the country's totals by value and the schools' totals.

A reader knows the visible cells, hence the sums of the hidden ones. What those sums leave open for one hidden
cell is known in closed form: the bounds of the transport problem (Frechet; Dobra & Fienberg 2000, PNAS 97(22)).
A reader may also be an insider: a school knows its own hidden cells and a board those of its schools, and subtracts
them. So the sums must protect what is left after any one of these is taken out, as well as the whole.
With more releases a reader also knows the sum over the cells that stood hidden in exactly the same releases: the
`era` of a cell. Every era of a pool must be safe by itself, and then all sums together are.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

POOL = ["sector", "school_year", "step", "domain", "scale"]
NOW = ""  # the era of what no earlier release had hidden
OUTSIDER = -1  # who knows the hidden cells of no school
Owners = tuple[np.ndarray, ...]  # of every cell the number of each that knows it


@dataclass(frozen=True)
class Hidden:
    """The rows to hide (a flag a row of the input), and the pools whose country total must stay away all the same."""

    rows: np.ndarray
    silent: np.ndarray


@dataclass(frozen=True)
class Cells:
    """Blocks that may be hidden, one entry each, in an order that decides between equals.

    pool: the number of its pool; owners: see `owners`; hidden: whether it is already; fixed: whether that may not be
    changed; era: NOW, or in which earlier releases it stood hidden.
    """

    pool: np.ndarray
    owners: Owners
    hidden: np.ndarray
    fixed: np.ndarray
    era: np.ndarray


def hide_blocks(cells: Cells, n: np.ndarray, width: int) -> Hidden:
    """Hide blocks of n pupils, smallest first, until the country's total protects every hidden one.

    The total S of m hidden blocks leaves every one of them anything from 1 to S - m + 1: open by more than `width` when
    S - m > width and m > 1. The same holds for what an insider does not know. A pool in which hiding everything is
    not enough keeps only what was hidden at first, and is `silent`.
    """

    def exposed(rows: np.ndarray) -> pd.DataFrame:
        return exposed_blocks(cells.pool[rows], n[rows], some(cells.owners, rows), cells.era[rows], width)

    return _until_safe(cells, n, exposed, lambda found: np.ones(len(n), bool))


def split(cells: Cells, counts: np.ndarray, known: np.ndarray, width: int) -> Hidden:
    """Hide one trait of more schools, smallest first, until all totals together protect every hidden cell.

    `counts` (schools, values + 1): the rest last; `known`: whether the school's own total is visible. A pool
    that cannot be protected, because the country itself has too few pupils of a value, keeps only what was hidden
    at first, and is `silent`.
    """
    anybody = pd.DataFrame(counts).groupby(cells.pool).transform("sum").to_numpy() > 0

    def exposed(rows: np.ndarray) -> pd.DataFrame:
        pool, era = cells.pool[rows], cells.era[rows]
        return exposed_splits(pool, counts[rows], known[rows], some(cells.owners, rows), era, anybody[rows], width)

    def useful(found: pd.DataFrame) -> np.ndarray:
        return ~np.isin(cells.pool, found.loc[found["rest"], "pool"]) | (counts[:, -1] > 0)

    return _until_safe(cells, counts.sum(axis=1), exposed, useful)


def owners(brinvest: pd.Series, boards: pd.Series) -> Owners:
    """Return of every row the number of its board and of its school, none of them twice; `boards`: by brinvest."""
    board, named = pd.factorize(brinvest.map(boards).fillna(brinvest))
    return board, len(named) + pd.factorize(brinvest)[0]


def some(owners: Owners, rows: np.ndarray) -> Owners:
    """Return the owners of some of the cells."""
    return tuple(of[rows] for of in owners)


def exposed_blocks(pool: np.ndarray, n: np.ndarray, owners: Owners, era: np.ndarray, width: int) -> pd.DataFrame:
    """Return the (pool, era) of hidden blocks whose sum does not protect them, and from whom (`owner`).

    All entries are of hidden blocks. `owner` is OUTSIDER, or who can compute a block of another one.
    """
    frame = pd.DataFrame({"pool": pool, "era": era, "size": 1, "sum": n})
    left = _without_each_owner(frame, owners, ["size", "sum"])
    narrow = (left["size"] < 2) | (left["sum"] - left["size"] <= width)
    return left.loc[narrow, ["pool", "era", "owner"]].reset_index(drop=True)


def exposed_splits(
    pool: np.ndarray,
    counts: np.ndarray,
    known: np.ndarray,
    owners: Owners,
    era: np.ndarray,
    counted: np.ndarray,
    width: int,
) -> pd.DataFrame:
    """Return the (pool, era, owner) of hidden splits whose sums do not protect them; `rest`: for want of pupils there.

    A cell of a school with n pupils, in a column with c of the t pupils, is open by min(n, c, t - n, t - c). The
    schools of unknown size form one row, whose parts are open by more than that row's cells. `counted` (entries,
    values + 1): whether the country has anybody of that value at all; where nobody is, nothing is hidden.
    """
    columns = [f"c{i}" for i in range(counts.shape[1])]
    frame = pd.DataFrame(counts, columns=columns).assign(pool=pool, era=era, size=1)
    frame["largest"] = np.where(known, counts.sum(axis=1), 0)
    exists = pd.DataFrame(counted, columns=columns).groupby([pool, era]).any()
    left = _without_each_owner(frame, owners, ["size", *columns])
    sums, total = left[columns].to_numpy(), left[columns].to_numpy().sum(axis=1)
    there = exists.reindex(pd.MultiIndex.from_frame(left[["pool", "era"]])).to_numpy()
    inner = total - _largest_left(frame, owners, left) <= width
    scarce = there & (sums <= width)
    crowded = there & (total[:, None] - sums <= width)
    found = left[["pool", "era", "owner"]].assign(rest=scarce[:, -1])
    return found[inner | scarce.any(axis=1) | crowded.any(axis=1)].reset_index(drop=True)


def _without_each_owner(frame: pd.DataFrame, owners: Owners, columns: list[str]) -> pd.DataFrame:
    """The sums of every (pool, era), and what is left of them without each owner, where anything is.

    `kind`: the place in `owners` of who is left out; -1 for the outsider.
    """
    sums = frame.groupby(["pool", "era"])[columns].sum()
    found = [sums.reset_index().assign(owner=OUTSIDER, kind=-1)]
    for kind, owner in enumerate(owners):
        theirs = frame.assign(owner=owner).groupby(["pool", "era", "owner"])[columns].sum()
        left = sums.reindex(theirs.index.droplevel("owner")).to_numpy() - theirs.to_numpy()
        others = pd.DataFrame(left, theirs.index, columns).reset_index().assign(kind=kind)
        found.append(others[others["size"] > 0])
    return pd.concat(found, ignore_index=True)


def _largest_left(frame: pd.DataFrame, owners: Owners, left: pd.DataFrame) -> np.ndarray:
    """The largest known row of every (pool, era) in `left`, its owner's own rows left out."""
    places = pd.MultiIndex.from_frame(left[["pool", "era"]])
    found = frame.groupby(["pool", "era"])["largest"].max().reindex(places).to_numpy()
    for kind, owner in enumerate(owners):
        best = frame.assign(owner=owner).groupby(["pool", "era", "owner"])["largest"].max().reset_index()
        best = best.sort_values("largest", ascending=False, kind="stable")
        group = best.groupby(["pool", "era"])
        first = group.head(1).set_index(["pool", "era"])["owner"].reindex(places).to_numpy()
        second = best[group.cumcount() == 1].set_index(["pool", "era"])["largest"].reindex(places).fillna(0).to_numpy()
        own = (left["kind"] == kind).to_numpy() & (first == left["owner"].to_numpy())
        found = np.where(own, second, found)
    return found


def _until_safe(cells: Cells, sizes: np.ndarray, exposed, useful) -> Hidden:
    """Hide the smallest block that helps of every pool that is not safe, until all are or nothing helps."""
    rows = cells.hidden.copy()
    found = exposed(rows)
    while True:
        now = found[found["era"] == NOW]
        free = ~rows & ~cells.fixed & useful(now) & _helps(cells, now)
        chosen = _first(cells.pool, np.flatnonzero(free), sizes)
        if not len(chosen):
            break
        rows[chosen] = True
        changed = cells.pool[chosen]  # the others stay as they are
        found = pd.concat([found[~found["pool"].isin(changed)], exposed(rows & np.isin(cells.pool, changed))])
    silent = found["pool"].unique()
    return Hidden(np.where(np.isin(cells.pool, silent), cells.hidden, rows), silent)


def _helps(cells: Cells, found: pd.DataFrame) -> np.ndarray:
    """Whether a block more changes what somebody can compute: of one of its own a board knows all anyway."""
    if found.empty:
        return np.zeros(len(cells.pool), bool)
    of = found.groupby("pool")["owner"].agg(["nunique", "first"]).reindex(cells.pool)
    return (of["nunique"].fillna(0).to_numpy() > 0) & (
        (of["nunique"].to_numpy() > 1) | (of["first"].to_numpy() != cells.owners[0])
    )


def _first(pool: np.ndarray, places: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return of every pool the first place by size; between equals the earlier one."""
    order = places[np.lexsort((places, sizes[places], pool[places]))]
    return order[np.unique(pool[order], return_index=True)[1]]
