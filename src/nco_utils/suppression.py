"""Which units may be shown: the primary rule, whole splits, complementary suppression and earlier releases together.

Every decision is made here, once, over all schools; `nco_utils.disclosure` makes the tables that follow from it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import protection, tables
from .memory import Memory
from .params import DisclosureProfile, Params
from .protection import NOW, POOL
from .releases import BLOCK
from .schema import places_in
from .subgroups import GROUP, members

SMALL, COMPLEMENTARY, SPLIT, EARLIER, OBJECTION = tables.REASONS


@dataclass(frozen=True)
class Decisions:
    """What may be shown of every block, whole and by every trait.

    `blocks` (B rows): BLOCK, sector, n. `pool` (B,): the number of its pool. `shown`, `reason` and `there` have a row a
    block and a column a trait, trait all among them: whether it may be shown, why not, and whether the country (or
    the school: its classes) is split by the trait at all. `silent` has by trait the pools without a country's figure;
    those of trait all may not be compared with the country in any way.
    """

    blocks: pd.DataFrame
    pool: np.ndarray
    shown: pd.DataFrame
    reason: pd.DataFrame
    there: pd.DataFrame
    silent: dict[str, np.ndarray]


@dataclass(frozen=True)
class _Split:
    """One trait of all blocks: the pupils of each value, the rest last (B, values + 1), and whether it is a split."""

    trait: str
    cells: np.ndarray
    exists: np.ndarray  # (B, values + 1): whether anybody in the country has that value
    there: np.ndarray


def decide(
    pairs: pd.DataFrame, pupils: pd.DataFrame, whole: pd.DataFrame, memory: Memory, settings: Params
) -> Decisions:
    """Return what may be shown of the country's pairs (table growth).

    `pupils`: the traits that the figures were made with; `whole`: BLOCK, sector and n_pupils of every block.
    """
    blocks = whole[[*BLOCK, "sector", "n_pupils"]].rename(columns={"n_pupils": "n"})
    # The order decides between equals: that of the schools' codes, never that of the rows.
    blocks = blocks.sort_values([*POOL, "brinvest"], ignore_index=True)
    pool = blocks.groupby(POOL).ngroup().to_numpy()
    hidden, reason, silent = _blocks(blocks, pool, memory, settings.profile)
    shown, reasons, there = {tables.ALL: ~hidden}, {tables.ALL: reason}, {tables.ALL: np.ones(len(blocks), bool)}
    quiet = {tables.ALL: silent}
    for split in _splits(pairs, pupils, blocks, pool, settings):
        name = split.trait
        hidden, reason, quiet[name] = _one_split(
            split, blocks.assign(shown=shown[tables.ALL]), pool, memory, silent, settings.profile
        )
        shown[name], there[name] = ~hidden, split.there
        reasons[name] = np.where(hidden & ~shown[tables.ALL], reasons[tables.ALL], reason)
    return Decisions(blocks, pool, pd.DataFrame(shown), pd.DataFrame(reasons), pd.DataFrame(there), quiet)


def _blocks(blocks: pd.DataFrame, pool: np.ndarray, memory: Memory, profile: DisclosureProfile) -> tuple:
    n = blocks["n"].to_numpy(int)
    was = blocks[BLOCK].merge(memory.blocks, on=BLOCK, how="left")
    fixed, shown_before = was["shown"].notna().to_numpy(), was["shown"].eq(True).to_numpy()
    small = n < profile.minimum_group
    hidden = np.where(fixed, ~shown_before, small)
    era = was["era"].fillna(NOW).to_numpy()
    found = protection.blocks(pool, n, hidden, fixed, era, profile.protected_width)
    reason = np.select([~found.rows, small, fixed], ["", SMALL, EARLIER], COMPLEMENTARY)
    return found.rows, reason, found.silent


def _splits(pairs, pupils, blocks: pd.DataFrame, pool: np.ndarray, settings: Params):
    """Every trait of all blocks, counted over the pairs: a figure does not tell of a value that a school has alone."""
    number, size = places_in(pairs, blocks, BLOCK), len(blocks)
    values_of = members(pairs, pupils, settings.subgroups)
    for trait, subgroup in settings.subgroups.items():
        values = values_of[trait].cat
        codes, k = values.codes.to_numpy("int64"), len(values.categories)
        if trait == GROUP:
            yield _classes(number, codes, k, size, subgroup.minimum_values)
            continue
        cells = np.bincount(number * (k + 1) + np.where(codes < 0, k, codes), minlength=size * (k + 1))
        cells = cells.reshape(size, k + 1)
        exists = pd.DataFrame(cells).groupby(pool).transform("sum").to_numpy() > 0
        yield _Split(trait, cells, exists, exists[:, :k].any(axis=1))


def _classes(number: np.ndarray, codes: np.ndarray, k: int, size: int, minimum_values: int) -> _Split:
    """The classes of a block as two columns: the smallest class, and the pupils of no class."""
    inside = codes >= 0
    present, n = np.unique(number[inside] * max(1, k) + codes[inside], return_counts=True)
    of_block = present // max(1, k)
    smallest = np.full(size, np.iinfo(int).max)
    np.minimum.at(smallest, of_block, n)
    there = np.bincount(of_block, minlength=size) >= minimum_values
    rest = np.bincount(number[~inside], minlength=size)
    cells = np.column_stack([np.where(there, smallest, 0), rest])
    return _Split(GROUP, cells, np.ones(cells.shape, bool), there)


def _one_split(
    split: _Split, blocks: pd.DataFrame, pool: np.ndarray, memory: Memory, silent: np.ndarray, profile
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Whether one trait is hidden in every block, why, and the pools without a country's figure by that trait."""
    block_shown, minimum = blocks["shown"].to_numpy(), profile.minimum_group
    values, rest = split.cells[:, :-1], split.cells[:, -1]
    small = ((values < minimum) & split.exists[:, :-1]).any(axis=1) | ((rest > 0) & (rest < minimum))
    before = memory.splits[memory.splits["trait"] == split.trait].drop(columns="trait")
    was = blocks[BLOCK].merge(before, on=BLOCK, how="left")
    fixed, shown_before = was["shown"].notna().to_numpy(), was["shown"].eq(True).to_numpy()
    primary = ~block_shown | np.where(fixed, ~shown_before, small)
    if split.trait == GROUP:
        hidden, quiet = primary, np.array([], dtype=int)
    else:
        era = was["era"].fillna(NOW).to_numpy()
        found = protection.split(
            pool, split.cells, block_shown, primary, fixed | ~block_shown, era, profile.protected_width
        )
        now = memory.silent.loc[memory.silent["trait"] == split.trait, POOL]
        now = pool[pd.MultiIndex.from_frame(blocks[POOL]).isin(pd.MultiIndex.from_frame(now))]
        quiet = np.unique(np.concatenate([found.silent, silent, now]))
        hidden = np.where(np.isin(pool, quiet), primary, found.rows)
    return hidden, np.select([~hidden, small, fixed], ["", SPLIT, EARLIER], COMPLEMENTARY), quiet
