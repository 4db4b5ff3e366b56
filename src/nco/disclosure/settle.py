"""Differencing over releases: which pairs this release uses, given what the releases before it have shown.

Two figures of one group, one pupil apart, give that pupil's growth. So a block (school, cohort, step, domain and
scale) that changed by a few pupils keeps the pairs of the release before; where an objection forbids that, it
leaves this release altogether, the country's figures too. What leaves the hidden part of a sum, or enters it, must
be protected by itself, because the sums of two releases differ by exactly that (`bounds`, eras).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from nco.base.all_settings import Settings
from nco.register import enrolment
from nco_utils import subgroups, tables
from nco_utils.errors import UnusableInput
from nco_utils.params import PAIR_TRAITS
from nco_utils.tables.schema import Table

from . import bounds, earlier_releases, shown_tables
from .bounds import NOW, POOL
from .earlier_releases import KEY, UNIT_OF_SUPPRESSION, Release

NEW, UNCHANGED, FROZEN, HIDDEN = "new", "unchanged", "frozen", "hidden"
_GONE = "gone"  # no pairs any more, and not a block of this release


@dataclass(frozen=True)
class Settled:
    """The pairs that this release uses (table growth), what was decided of every block, and the pupils' traits.

    `blocks`: table blocks. `pupils`: table pupils, with the split traits as they were first published. All that
    is computed of this release must come from these, so that every number agrees.
    """

    pairs: pd.DataFrame
    blocks: pd.DataFrame
    pupils: pd.DataFrame


@dataclass(frozen=True)
class Past:
    """This release and the earlier ones side by side: `now` are its own pairs with the split traits."""

    now: pd.DataFrame
    pupils: pd.DataFrame
    schools: pd.DataFrame
    releases: list[Release]
    settings: Settings

    @property
    def codes(self) -> list[str]:
        """The earlier releases, oldest first."""
        return [release.code for release in self.releases]

    def owners(self, brinvest: pd.Series) -> bounds.Owners:
        """Return of every row who knows its school: see `bounds.owners`."""
        return bounds.owners(brinvest, self.schools.set_index("brinvest")["board_number"])

    def beside(self, pairs: pd.DataFrame) -> "Past":
        """Return the same with other pairs as its own (table growth), and of earlier releases what has their keys."""
        keys = pairs[KEY].drop_duplicates()
        parts = [
            Release(each.code, *(frame.merge(keys, on=KEY) for frame in (each.pairs, each.blocks, each.splits)))
            for each in self.releases
        ]
        return replace(
            self,
            now=earlier_releases.with_traits(pairs, self.pupils, split_traits(self.settings)),
            releases=parts,
        )


def settle(pairs: pd.DataFrame, data: Path | str, round_code: str, settings: Settings) -> Settled:
    """Decide which pairs this release uses: `pairs` (table growth), but for blocks that would give pupils away.

    A block is `new` (used as it is: never published, or changed by a whole group of pupils), `unchanged`, `frozen`
    (the pairs of the release before, because a few pupils changed) or `hidden` (not used at all). Reads the
    tables pupils, withdrawn, growth and report of the rounds in `data`, and its register.
    """
    return decide(side_by_side(pairs, Path(data), round_code, settings), Path(data) / round_code)


def decide(past: Past, folder: Path) -> Settled:
    """Decide as `settle` does, of this release and the earlier ones side by side; folder: of the round."""
    if not past.releases:
        blocks = past.now[UNIT_OF_SUPPRESSION].drop_duplicates().assign(decision=NEW)
        return Settled(past.now, tables.conform(blocks, shown_tables.BLOCKS), past.pupils)
    decided = _decide(past, withdrawn(folder))
    decided = _withhold_companions(decided, past)
    decided = _withhold_newcomers(decided, past)
    blocks = tables.conform(decided[decided["decision"] != _GONE], shown_tables.BLOCKS)
    used = _pairs(decided, past)
    return Settled(used, blocks, _without_strangers(past.pupils, used, folder))


def require_of(settled: Settled, table: Table, frame: pd.DataFrame, schools: pd.DataFrame, settings: Settings) -> None:
    """Raise UnusableInput when a table of means (figures, reference, national) is of other pairs than the settled ones.

    Whoever computes it holds all pairs, and could leave out or alter what was settled; then it would tell of pupils
    whom the difference with an earlier release gives away. schools: table schools.
    """
    members = subgroups.members(settled.pairs, settled.pupils, settings.subgroups)
    pairs = settled.pairs.assign(sector=earlier_releases.sectors_of(schools, settled.pairs["brinvest"]))
    key = [name for name in table.key if name not in ("trait", "value")]
    sums = {"mean_growth": ("growth", "mean"), "mean_before": ("score_before", "mean")}
    sums = {name: how for name, how in sums.items() if name in table.column_names}
    for trait, rows in frame.groupby("trait"):
        value = tables.ALL if trait == tables.ALL else members[trait].astype("object")
        grouped = pairs.assign(value=value).dropna(subset="value").groupby([*key, "value"])
        own = grouped.agg(n_pupils=("growth", "size"), **sums)
        there = own.reindex(pd.MultiIndex.from_frame(rows[[*key, "value"]]))
        same = there["n_pupils"].to_numpy() == rows["n_pupils"].to_numpy("float64")
        for mean in sums:
            same &= np.isclose(there[mean].to_numpy(), rows[mean].to_numpy(), rtol=1e-9, atol=1e-6)
        if not same.all():
            raise UnusableInput(
                f"Table {table.name} has {int((~same).sum())} row(s) of trait {trait} that are of other pairs than "
                "this release may use beside the earlier ones. Compute it from `settled` in the national "
                "notebook, as that was given."
            )


def side_by_side(pairs: pd.DataFrame, data: Path, round_code: str, settings: Settings) -> Past:
    """Return the pairs with their traits beside the earlier releases of the same cohorts, steps, domains and scales."""
    traits = split_traits(settings)
    codes = earlier_releases.before(round_code, data, settings)
    pupils = tables.read(tables.PUPILS, data / round_code)
    pupils = earlier_releases.first_published(codes, data, pupils, traits)
    schools = enrolment.read_register(data).schools if codes else pd.DataFrame()
    keys = pairs[KEY].drop_duplicates()
    before = earlier_releases.read(codes, data, keys, pupils, schools, traits)
    if before:
        pairs = pairs.assign(start=subgroups.starting_thirds(pairs, [release.pairs for release in before]))
    now = earlier_releases.with_traits(pairs, pupils, traits) if codes else pairs
    return Past(now, pupils, schools, before, settings)


def split_traits(settings: Settings) -> list[str]:
    """Return the traits of pupils by which they are split; class and third are of the pair, not of the pupil."""
    return [trait for trait in settings.subgroups if trait not in PAIR_TRAITS]


def eras(versions: pd.DataFrame, before: list[pd.DataFrame], unit: list[str]) -> np.ndarray:
    """Return for every row of `versions` (unit, version) in which earlier releases that version stood hidden.

    `before` has a frame per release with unit, version, shown and told; where the country's figure was not told
    nothing was in a sum.
    """
    found = np.full(len(versions), NOW, dtype=object)
    for number, release in enumerate(before):
        pooled = release.loc[~release["shown"] & release["told"], [*unit, "version"]]
        same = pd.MultiIndex.from_frame(versions[[*unit, "version"]]).isin(pd.MultiIndex.from_frame(pooled))
        found[same] += f"{number}."
    return found


def _decide(past: Past, withdrawn: pd.DataFrame) -> pd.DataFrame:
    """Every block of this release and the earlier ones: UNIT_OF_SUPPRESSION, version, n, source and decision.

    `source`: the number of the release whose pairs count when it is frozen, the last that has the block.
    """
    split = split_traits(past.settings)
    found = earlier_releases.versions(past.now, split)
    index = found.index
    for release in past.releases:
        index = index.union(pd.MultiIndex.from_frame(release.blocks[UNIT_OF_SUPPRESSION]))
    frame = found.reindex(index)
    frame["source"], frame["small"], frame["same"], frame["objection"], frame["lapsed"] = -1, False, False, False, False
    for number, release in enumerate(past.releases):
        there = frame.index.isin(pd.MultiIndex.from_frame(release.blocks[UNIT_OF_SUPPRESSION]))
        in_keys = frame.index.droplevel("brinvest").isin(pd.MultiIndex.from_frame(release.blocks[KEY]))
        then = release.blocks.set_index(UNIT_OF_SUPPRESSION)["version"].reindex(frame.index)
        same = there & (then == frame["version"]).to_numpy()
        frame["small"] |= _slightly_changed(past, release, frame.index[there & ~same])(frame.index)
        frame["source"] = frame["source"].mask(there, number)
        frame["same"] = frame["same"].mask(there, same)
        frame["lapsed"] = frame["lapsed"].mask(in_keys, ~there & (frame["source"] >= 0))
        theirs = release.pairs.merge(withdrawn, on=["brinvest", "pupil_id"])
        objected = frame.index.isin(pd.MultiIndex.from_frame(theirs[UNIT_OF_SUPPRESSION]))
        frame["objection"] = frame["objection"].mask(there, objected)
    frame["decision"] = _decision(frame)
    return frame.reset_index()


def _decision(frame: pd.DataFrame) -> np.ndarray:
    small, same, absent = frame["small"], frame["same"], frame["n"].isna()
    choices = [
        (frame["source"] < 0, NEW),
        (frame["lapsed"] & absent, _GONE),
        (frame["lapsed"] & (same | small), HIDDEN),
        (same, UNCHANGED),
        (small & frame["objection"], HIDDEN),
        (small, FROZEN),
        (absent, _GONE),
    ]
    return np.select([condition.to_numpy() for condition, _ in choices], [choice for _, choice in choices], NEW)


def _slightly_changed(past: Past, release: Release, index: pd.MultiIndex):
    """Whether 1 to 5 pupils of a published unit differ, or of the rest beside it, for the blocks of `index`."""
    chosen = index.to_frame(index=False)
    traits = {trait: subgroup.values for trait, subgroup in past.settings.subgroups.items()}
    counts = earlier_releases.changed(
        past.now.merge(chosen, on=UNIT_OF_SUPPRESSION), release.pairs.merge(chosen, on=UNIT_OF_SUPPRESSION), traits
    )
    shown = release.splits.loc[release.splits["shown"], [*UNIT_OF_SUPPRESSION, "trait"]]
    told = (counts["trait"] == tables.ALL) | pd.MultiIndex.from_frame(counts[[*UNIT_OF_SUPPRESSION, "trait"]]).isin(
        pd.MultiIndex.from_frame(shown)
    )
    few = counts[told & (counts["n"] < past.settings.profile.minimum_group)]
    slight = pd.MultiIndex.from_frame(few[UNIT_OF_SUPPRESSION])
    return lambda blocks: blocks.isin(slight)


def _withhold_companions(decided: pd.DataFrame, past: Past) -> pd.DataFrame:
    """Hide more of what stood hidden before, where the difference with the last release would give a block away.

    Of every era, those that leave the hidden sum and those that stay must each be protected; smallest first.
    """
    last = pd.concat([release.blocks.assign(number=i) for i, release in enumerate(past.releases)])
    last = last[last["told"]].merge(decided[[*UNIT_OF_SUPPRESSION, "source", "decision"]], on=UNIT_OF_SUPPRESSION)
    newest = last.groupby(POOL)["number"].transform("max")  # of those that told the country's figure
    pooled = last[(last["number"] == newest) & ~last["shown"]].reset_index(drop=True)
    if pooled.empty:
        return decided
    pooled["era"] = eras(pooled, [release.blocks for release in past.releases], UNIT_OF_SUPPRESSION)
    pooled["stays"] = pooled["decision"].isin([UNCHANGED, FROZEN])
    width = past.settings.profile.protected_width
    companions = [
        _companions(members, past, width) for _, members in pooled.groupby([*POOL, "era"]) if not members["stays"].all()
    ]
    chosen = pd.concat([pooled.loc[[], UNIT_OF_SUPPRESSION], *companions])
    withheld = pd.MultiIndex.from_frame(decided[UNIT_OF_SUPPRESSION]).isin(pd.MultiIndex.from_frame(chosen))
    return decided.assign(decision=decided["decision"].mask(withheld, HIDDEN))


def _companions(members: pd.DataFrame, past: Past, width: int) -> pd.DataFrame:
    """The blocks of one era that must leave along with those that leave."""
    staying = members[members["stays"]].sort_values(["n", "brinvest"])
    leaving = members[~members["stays"]]
    for extra in range(len(staying) + 1):
        gone, left = pd.concat([leaving, staying.iloc[:extra]]), staying.iloc[extra:]
        if _protected(gone, past, width) and _protected(left, past, width):
            return staying.iloc[:extra][UNIT_OF_SUPPRESSION]
    return staying[UNIT_OF_SUPPRESSION]


def _protected(members: pd.DataFrame, past: Past, width: int) -> bool:
    same, n = np.zeros(len(members)), members["n"].to_numpy(int)
    return bounds.exposed_blocks(same, n, past.owners(members["brinvest"]), same, width).empty


def _withhold_newcomers(decided: pd.DataFrame, past: Past) -> pd.DataFrame:
    """Hide the new small blocks of a sum that was published before, where nothing new can protect them."""
    units = _current(decided, past)
    pool = units.groupby(POOL).ngroup().to_numpy()
    profile = past.settings.profile
    fixed = units["decision"].isin([UNCHANGED, FROZEN]).to_numpy()
    hidden = np.where(fixed, ~units["shown"], units["n"] < profile.minimum_group).astype(bool)
    cells = bounds.Cells(pool, past.owners(units["brinvest"]), hidden, fixed, units["era"].to_numpy())
    silent = bounds.hide_blocks(cells, units["n"].to_numpy(int), profile.protected_width).silent
    told = pd.concat([release.blocks.loc[release.blocks["told"], POOL] for release in past.releases])
    before = pd.MultiIndex.from_frame(units[POOL]).isin(pd.MultiIndex.from_frame(told))
    chosen = units.loc[np.isin(pool, silent) & before & hidden & ~fixed, UNIT_OF_SUPPRESSION]
    withheld = pd.MultiIndex.from_frame(decided[UNIT_OF_SUPPRESSION]).isin(pd.MultiIndex.from_frame(chosen))
    return decided.assign(decision=decided["decision"].mask(withheld, HIDDEN))


def _current(decided: pd.DataFrame, past: Past) -> pd.DataFrame:
    """The blocks that this release uses: with n, sector, era, and shown as it was where they are as before."""
    frames = [release.blocks.assign(source=i) for i, release in enumerate(past.releases)]
    kept = decided[decided["decision"].isin([UNCHANGED, FROZEN])].drop(columns=["n", "version"])
    kept = kept.merge(pd.concat(frames), on=[*UNIT_OF_SUPPRESSION, "source"])
    kept["era"] = eras(kept, [release.blocks for release in past.releases], UNIT_OF_SUPPRESSION)
    new = decided[decided["decision"] == NEW].assign(shown=False, era=NOW)
    new["sector"] = earlier_releases.sectors_of(past.schools, new["brinvest"])
    return pd.concat([kept, new]).sort_values([*POOL, "brinvest"], ignore_index=True)


def _pairs(decided: pd.DataFrame, past: Past) -> pd.DataFrame:
    used = decided.loc[decided["decision"].isin([NEW, UNCHANGED]), UNIT_OF_SUPPRESSION]
    parts = [past.now.merge(used, on=UNIT_OF_SUPPRESSION)]
    for number, release in enumerate(past.releases):
        frozen = decided.loc[(decided["decision"] == FROZEN) & (decided["source"] == number), UNIT_OF_SUPPRESSION]
        parts.append(release.pairs.merge(frozen, on=UNIT_OF_SUPPRESSION))
    pairs = pd.concat(parts, ignore_index=True)
    return tables.conform(pairs.assign(group=pairs["group"].replace(earlier_releases.REST, None)), tables.GROWTH)


def _without_strangers(pupils: pd.DataFrame, used: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """The pupils of this round's own background, and those of frozen pairs; nobody else of an earlier release."""
    keys = ["brinvest", "pupil_id"]
    known = pd.concat([tables.read(tables.PUPILS, folder)[keys], used[keys]]).drop_duplicates()
    return tables.conform(pupils.merge(known, on=keys), tables.PUPILS)


def withdrawn(folder: Path) -> pd.DataFrame:
    """Return the pupils (brinvest, pupil_id) of whom an objection is known in a round, by pseudonym."""
    if not (folder / f"{tables.WITHDRAWN.name}.parquet").is_file():
        return pd.DataFrame({"brinvest": pd.Series(dtype="str"), "pupil_id": pd.Series(dtype="str")})
    return tables.read(tables.WITHDRAWN, folder)[["brinvest", "pupil_id"]]
