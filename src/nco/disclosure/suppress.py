"""Which units may be shown: the primary rule, whole splits, complementary suppression and earlier releases together.

Every decision is made here, once, over all schools; `nco.disclosure.protect` makes the tables that follow from it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nco.base.all_settings import DisclosureProfile, Settings
from nco_utils import tables
from nco_utils.subgroups import GROUP, START, members
from nco_utils.tables.schema import places_in

from . import bounds, nesting, shown_tables
from .bounds import NOW, POOL, Cells, Owners
from .earlier_releases import UNIT_OF_SUPPRESSION
from .obligations import Obligations

SMALL, COMPLEMENTARY, SPLIT, EARLIER, OBJECTION = shown_tables.REASONS


@dataclass(frozen=True)
class Decisions:
    """What may be shown of every block, whole and by every trait.

    `blocks` (B rows): UNIT_OF_SUPPRESSION, sector, n. `pool` (B,): the number of its pool. `shown`, `reason` and
    `there` have a row a block and a column a trait, trait all among them: whether it may be shown, why not, and whether
    the country (or the school: its classes) is split by the trait at all. `silent` has by trait the pools without a
    country's figure: it would give something away, is of too few schools, or would take too many hidden splits. Those
    of trait all may not be compared with the country in any way.
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
    few: np.ndarray  # pools of which some value is of too few schools for a country's figure
    parts: nesting.Parts


@dataclass(frozen=True)
class _Before:
    """What earlier releases showed of each block (B,): `fixed`: whether they oblige this one; `shown`; `era`."""

    fixed: np.ndarray
    shown: np.ndarray
    era: np.ndarray

    @classmethod
    def of(cls, blocks: pd.DataFrame, statuses: pd.DataFrame) -> "_Before":
        was = blocks[UNIT_OF_SUPPRESSION].merge(statuses, on=UNIT_OF_SUPPRESSION, how="left")
        return cls(was["shown"].notna().to_numpy(), was["shown"].eq(True).to_numpy(), was["era"].fillna(NOW).to_numpy())


def decide(
    pairs: pd.DataFrame,
    pupils: pd.DataFrame,
    whole: pd.DataFrame,
    boards: pd.Series,
    obliged: Obligations,
    settings: Settings,
) -> Decisions:
    """Return what may be shown of the country's pairs (table growth).

    `pupils`: the traits that the figures were made with; `whole`: UNIT_OF_SUPPRESSION, sector and n_pupils of every
    block; `boards`: the board's number by brinvest, for a board knows what is hidden of its own schools, and each
    school its own.
    """
    blocks = whole[[*UNIT_OF_SUPPRESSION, "sector", "n_pupils"]].rename(columns={"n_pupils": "n"})
    # The order decides between equals: that of the schools' codes, never that of the rows.
    blocks = blocks.sort_values([*POOL, "brinvest"], ignore_index=True)
    pool = blocks.groupby(POOL).ngroup().to_numpy()
    owners = bounds.owners(blocks["brinvest"], boards)
    hidden, reason, silent = _blocks(blocks, pool, owners, obliged, settings.profile)
    shown, reasons, there = {tables.ALL: ~hidden}, {tables.ALL: reason}, {tables.ALL: np.ones(len(blocks), bool)}
    quiet = {tables.ALL: silent}
    splits = list(_splits(pairs, pupils, blocks, pool, settings))
    before_of = {split.trait: _before_split(blocks, split, obliged) for split in splits}
    primary = _primary(splits, before_of, ~hidden, settings.profile)
    for split in splits:
        name, before = split.trait, before_of[split.trait]
        hidden, quiet[name] = _one_split(split, primary[name], ~shown[tables.ALL], blocks, pool, owners, silent,
                                         before, obliged, settings.profile)  # fmt: skip
        if name == START:  # a third says something beside that of the country only
            hidden = hidden | np.isin(pool, quiet[name])
        own = np.select([~hidden, _small(split, settings.profile), before.fixed], ["", SPLIT, EARLIER], COMPLEMENTARY)
        shown[name], there[name] = ~hidden, split.there
        reasons[name] = np.where(hidden & ~shown[tables.ALL], reasons[tables.ALL], own)
    return Decisions(blocks, pool, pd.DataFrame(shown), pd.DataFrame(reasons), pd.DataFrame(there), quiet)


def _blocks(
    blocks: pd.DataFrame, pool: np.ndarray, owners: Owners, obliged: Obligations, profile: DisclosureProfile
) -> tuple:
    n, before = blocks["n"].to_numpy(int), _Before.of(blocks, obliged.blocks)
    small = n < profile.minimum_group
    hidden = np.where(before.fixed, ~before.shown, small)
    few = np.flatnonzero(np.bincount(pool) < profile.minimum_schools.mean)
    totalled = ~np.isin(pool, few)  # without a country's figure there is no sum that tells of a hidden block
    of = bounds.some(owners, totalled)
    cells = Cells(pool[totalled], of, hidden[totalled], before.fixed[totalled], before.era[totalled])
    found = bounds.hide_blocks(cells, n[totalled], profile.protected_width)
    hidden[totalled] = found.rows
    reason = np.select([~hidden, small, before.fixed], ["", SMALL, EARLIER], COMPLEMENTARY)
    return hidden, reason, np.union1d(found.silent, few)


def _splits(pairs, pupils, blocks: pd.DataFrame, pool: np.ndarray, settings: Settings):
    """Every trait of all blocks, counted over the pairs: a figure does not tell of a value that a school has alone."""
    number, size = places_in(pairs, blocks, UNIT_OF_SUPPRESSION), len(blocks)
    values_of = members(pairs, pupils, settings.subgroups)
    for trait, subgroup in settings.subgroups.items():
        values = values_of[trait].cat
        codes, k = values.codes.to_numpy("int64"), len(values.categories)
        if trait == GROUP:
            yield _classes(number, codes, k, size, subgroup.minimum_values)
            continue
        parts = nesting.Parts(number, np.where(codes < 0, k, codes), k + 1)
        cells = np.bincount(number * (k + 1) + parts.part, minlength=size * (k + 1)).reshape(size, k + 1)
        by_pool = pd.DataFrame(cells).groupby(pool)
        exists = by_pool.transform("sum").to_numpy() > 0
        schools = (pd.DataFrame(cells[:, :k]) > 0).groupby(pool).sum()
        few = (schools > 0) & (schools < settings.profile.minimum_schools.mean)
        few_pools = few.index[few.any(axis=1)].to_numpy()
        yield _Split(trait, cells, exists, exists[:, :k].any(axis=1), few_pools, parts)


def _classes(number: np.ndarray, codes: np.ndarray, k: int, size: int, minimum_values: int) -> _Split:
    """The classes of a block as two columns: the smallest class, and the pupils of no class."""
    inside = codes >= 0
    present, own, n = np.unique(number[inside] * max(1, k) + codes[inside], return_inverse=True, return_counts=True)
    of_block = present // max(1, k)
    smallest = np.full(size, np.iinfo(int).max)
    np.minimum.at(smallest, of_block, n)
    n_classes = np.bincount(of_block, minlength=size)
    there = n_classes >= minimum_values
    rest = np.bincount(number[~inside], minlength=size)
    cells = np.column_stack([np.where(there, smallest, 0), rest])
    # The classes of a block by their number within it; all that have no class, and what is no split, as the last part.
    most = int(n_classes[there].max(initial=0))
    part = np.full(len(number), most)
    place = (np.cumsum(n_classes) - n_classes)[number[inside]]
    part[inside] = np.where(there[number[inside]], own - place, most)
    parts = nesting.Parts(number, part, most + 1)
    return _Split(GROUP, cells, np.ones(cells.shape, bool), there, np.array([], dtype=int), parts)


def _small(split: _Split, profile: DisclosureProfile) -> np.ndarray:
    values, rest, minimum = split.cells[:, :-1], split.cells[:, -1], profile.minimum_group
    return ((values < minimum) & split.exists[:, :-1]).any(axis=1) | ((rest > 0) & (rest < minimum))


def _before_split(blocks: pd.DataFrame, split: _Split, obliged: Obligations) -> _Before:
    return _Before.of(blocks, obliged.splits[obliged.splits["trait"] == split.trait].drop(columns="trait"))


def _primary(
    splits: list[_Split], before_of: dict[str, _Before], visible: np.ndarray, profile: DisclosureProfile
) -> dict[str, np.ndarray]:
    """Which splits are hidden for themselves, by trait: of a hidden block, too small, or nested in one before it.

    Of two that give pupils away together the later is hidden, unless it was shown before and the other was not.
    """
    fixed, hidden = {}, {}
    for split in splits:
        before = before_of[split.trait]
        fixed[split.trait] = before.fixed
        hidden[split.trait] = ~visible | np.where(before.fixed, ~before.shown, _small(split, profile))
    for place, later in enumerate(splits):
        for earlier in splits[:place]:
            one, other = earlier.trait, later.trait
            both = ~hidden[one] & ~hidden[other] & earlier.there & later.there
            found = nesting.nested(earlier.parts, later.parts, both, profile.minimum_group)
            hidden[other] |= found & ~fixed[other]
            hidden[one] |= found & fixed[other] & ~fixed[one]
    return hidden


def _one_split(
    split: _Split, primary, hidden_blocks, blocks, pool, owners, silent, before: _Before, obliged, profile
) -> tuple[np.ndarray, np.ndarray]:
    """Whether one trait is hidden in every block, and the pools without a country's figure by that trait."""
    if split.trait == GROUP:
        return primary, np.array([], dtype=int)
    now = obliged.silent.loc[obliged.silent["trait"] == split.trait, POOL]
    now = pool[pd.MultiIndex.from_frame(blocks[POOL]).isin(pd.MultiIndex.from_frame(now))]
    untold = np.unique(np.concatenate([silent, split.few, now]))
    told = ~np.isin(pool, untold)
    of = bounds.some(owners, told)
    cells = Cells(pool[told], of, primary[told], (before.fixed | hidden_blocks)[told], before.era[told])
    found = bounds.split(cells, split.cells[told], ~hidden_blocks[told], profile.protected_width)
    silent = np.union1d(found.silent, _too_dear(cells, found.rows, split.cells[told], profile.most_hidden))
    hidden = primary.copy()
    hidden[told] = np.where(np.isin(cells.pool, silent), primary[told], found.rows)
    return hidden, np.union1d(untold, silent)


def _too_dear(cells: Cells, rows: np.ndarray, counts: np.ndarray, most: float) -> np.ndarray:
    """The pools in which more than `most` of the pupils' splits would be hidden to tell the country's figures."""
    n = np.where(cells.hidden, 0, counts.sum(axis=1))
    size = int(cells.pool.max(initial=-1)) + 1
    lost, there = np.bincount(cells.pool, n * rows, size), np.bincount(cells.pool, n, size)
    return np.flatnonzero(lost > most * there)
