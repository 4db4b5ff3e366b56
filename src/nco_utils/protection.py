"""Complementary suppression: which counts to hide besides the small ones, so that no sum gives one away.

Two kinds of tables, one a pool (the sector, cohort, step, domain and scale whose country total is published):

* the blocks of a pool: the schools' numbers of pupils, with the country's total;
* one trait of a pool: schools x values (and the rest), with the country's totals by value and the schools' totals.

A reader knows the visible cells, hence the sums of the hidden ones. What those sums leave open for one hidden
cell is known in closed form: the bounds of the transport problem (Frechet; Dobra & Fienberg 2000, PNAS 97(22)).
With more releases a reader also knows the sum over the cells that stood hidden in exactly the same releases: the
`era` of a cell. Every era of a pool must be safe by itself, and then all sums together are.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

POOL = ["sector", "school_year", "step", "domain", "scale"]
NOW = ""  # the era of what no earlier release had hidden


@dataclass(frozen=True)
class Hidden:
    """The rows to hide (a flag a row of the input), and the pools whose country total must stay away all the same."""

    rows: np.ndarray
    silent: np.ndarray


def blocks(
    pool: np.ndarray, n: np.ndarray, hidden: np.ndarray, fixed: np.ndarray, era: np.ndarray, width: int
) -> Hidden:
    """Hide blocks, smallest first, until the country's total protects every hidden one.

    All inputs have one entry a block, in an order that decides between equals: the pool's number, the pupils,
    whether it is hidden already, whether that may not be changed, and its era. The total S of m hidden blocks leaves
    every one of them anything from 1 to S - m + 1: open by more than `width` when S - m > width and m > 1. A pool
    in which hiding everything is not enough keeps only what was hidden at first, and is `silent`.
    """
    rows = hidden.copy()
    while True:
        exposed = np.isin(pool, _exposed_blocks(pool, n, rows, era, width, only=NOW))
        chosen = _first(pool, np.flatnonzero(exposed & ~rows & ~fixed), (n,))
        if not len(chosen):
            break
        rows[chosen] = True
    silent = _exposed_blocks(pool, n, rows, era, width)
    return Hidden(np.where(np.isin(pool, silent), hidden, rows), silent)


def split(
    pool: np.ndarray,
    cells: np.ndarray,
    known: np.ndarray,
    hidden: np.ndarray,
    fixed: np.ndarray,
    era: np.ndarray,
    width: int,
) -> Hidden:
    """Hide one trait of more schools, smallest first, until all totals together protect every hidden cell.

    `cells` (schools, values + 1) holds the counts, the rest last; `known`: whether the school's own total is
    visible. The others are as for `blocks`. A pool that cannot be protected, because the country itself has too
    few pupils of a value, keeps only what was hidden at first, and is `silent`.
    """
    rows = hidden.copy()
    while True:
        found = _exposed_splits(pool, cells, known, rows, era, width)
        now = found[found["era"] == NOW]
        exposed = np.isin(pool, now["pool"])
        wants_rest = np.isin(pool, now.loc[now["rest"], "pool"])
        free = exposed & ~rows & ~fixed & (~wants_rest | (cells[:, -1] > 0))
        chosen = _first(pool, np.flatnonzero(free), (cells.sum(axis=1),))
        if not len(chosen):
            break
        rows[chosen] = True
    silent = found["pool"].unique()
    return Hidden(np.where(np.isin(pool, silent), hidden, rows), silent)


def exposed_blocks(pool: np.ndarray, n: np.ndarray, era: np.ndarray, width: int) -> pd.DataFrame:
    """Return the (pool, era) of hidden blocks whose sum does not protect them; all entries are of hidden blocks."""
    sums = pd.DataFrame({"pool": pool, "era": era, "n": n}).groupby(["pool", "era"])["n"].agg(["size", "sum"])
    exposed = (sums["size"] < 2) | (sums["sum"] - sums["size"] <= width)
    return sums.index[exposed].to_frame(index=False)


def exposed_splits(
    pool: np.ndarray, cells: np.ndarray, known: np.ndarray, era: np.ndarray, counted: np.ndarray, width: int
) -> pd.DataFrame:
    """Return the (pool, era) of hidden splits whose sums do not protect them; `rest`: for want of pupils in the rest.

    A cell of a school with n pupils, in a column with c of the t pupils, is open by min(n, c, t - n, t - c). The
    schools of unknown size form one row, whose parts are open by more than that row's cells. `counted` (entries,
    values + 1): whether the country has anybody of that value at all; where nobody is, nothing is hidden.
    """
    n = cells.sum(axis=1)
    frame = pd.DataFrame(cells).assign(pool=pool, era=era, largest=np.where(known, n, 0))
    columns = list(range(cells.shape[1]))
    by_era = frame.groupby(["pool", "era"])
    sums = by_era[columns].sum()
    exists = pd.DataFrame(counted).groupby([pool, era]).any().to_numpy()
    total = sums.to_numpy().sum(axis=1)
    inner = total - by_era["largest"].max().to_numpy() <= width
    scarce = exists & (sums.to_numpy() <= width)
    crowded = exists & (total[:, None] - sums.to_numpy() <= width)
    found = sums.index.to_frame(index=False).assign(rest=scarce[:, -1])
    return found[inner | scarce.any(axis=1) | crowded.any(axis=1)]


def _exposed_blocks(pool, n, rows, era, width, only=None) -> np.ndarray:
    found = exposed_blocks(pool[rows], n[rows], era[rows], width)
    return found.loc[(found["era"] == only) | (only is None), "pool"].unique()


def _exposed_splits(pool, cells, known, rows, era, width) -> pd.DataFrame:
    anybody = pd.DataFrame(cells).groupby(pool).transform("sum").to_numpy() > 0
    return exposed_splits(pool[rows], cells[rows], known[rows], era[rows], anybody[rows], width)


def _first(pool: np.ndarray, places: np.ndarray, sizes: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return of every pool the first place by size; between equals the earlier one."""
    order = places[np.lexsort((places, *(size[places] for size in sizes), pool[places]))]
    return order[np.unique(pool[order], return_index=True)[1]]
