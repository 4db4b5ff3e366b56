"""What the releases before this one oblige it to: statuses that stay, and country totals that must stay away."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nco_utils import tables

from . import begin_score, bounds, counts, earlier_releases, settle, shown_tables
from .bounds import POOL
from .earlier_releases import UNIT_OF_SUPPRESSION, Release


@dataclass(frozen=True)
class Obligations:
    """The units whose status stays, by block and by split, with the era of the hidden ones; and what is `silent`.

    `blocks`: UNIT_OF_SUPPRESSION, shown, era; `splits`: UNIT_OF_SUPPRESSION, trait, shown, era; `silent`: POOL and
    trait of which the country's figure would give something away now, beside what was released before; `objections`:
    UNIT_OF_SUPPRESSION, of which a pupil who was published before has left by an objection; `pupils`: table pupils,
    split as they were first published; `begins`: of each release whose begin scores it told (`begin_score.sets`), the
    oldest first; `counts`: what it told of who has no growth.
    """

    blocks: pd.DataFrame
    splits: pd.DataFrame
    silent: pd.DataFrame
    objections: pd.DataFrame
    pupils: pd.DataFrame
    begins: tuple[pd.DataFrame, ...]
    counts: counts.Earlier


def nothing(pupils: pd.DataFrame) -> Obligations:
    """Return those of a first release, with the pupils' own traits."""
    status = {"shown": pd.Series(dtype=bool), "era": pd.Series(dtype="str")}
    text = {name: pd.Series(dtype="str") for name in {*UNIT_OF_SUPPRESSION, *POOL, "trait"}}
    blocks = pd.DataFrame({name: text[name] for name in UNIT_OF_SUPPRESSION} | status)
    splits = pd.DataFrame({name: text[name] for name in (*UNIT_OF_SUPPRESSION, "trait")} | status)
    silent = pd.DataFrame({name: text[name] for name in (*POOL, "trait")})
    return Obligations(
        blocks, splits, silent, blocks[UNIT_OF_SUPPRESSION], pupils, (), counts.Earlier.of([], blocks["brinvest"])
    )


def remember(past: settle.Past, settled: settle.Settled, data: Path, round_code: str) -> Obligations:
    """Return what the earlier releases in `data` oblige this one to.

    `past`: what `settled` was decided from, this release and the earlier ones side by side.
    """
    if not past.releases:
        return nothing(past.pupils)
    past, decided = past.beside(settled.pairs), settled.blocks
    now = earlier_releases.versions(past.now, settle.split_traits(past.settings))["version"].reset_index()
    as_before = decided.loc[decided["decision"].isin([settle.UNCHANGED, settle.FROZEN]), UNIT_OF_SUPPRESSION]
    now = now.merge(as_before, on=UNIT_OF_SUPPRESSION)
    versions = [release.blocks[[*UNIT_OF_SUPPRESSION, "version"]] for release in past.releases]
    splits = [
        release.splits.merge(version, on=UNIT_OF_SUPPRESSION)
        for release, version in zip(past.releases, versions, strict=True)
    ]
    withdrawn = settle.withdrawn(data / round_code)
    reports = [tables.read(shown_tables.REPORT, data / code) for code in past.codes]
    return Obligations(
        _statuses(now, [release.blocks for release in past.releases], UNIT_OF_SUPPRESSION),
        _statuses(now, splits, [*UNIT_OF_SUPPRESSION, "trait"]),
        pd.concat([nothing(past.pupils).silent, *_silent(now, past, splits)]).drop_duplicates(ignore_index=True),
        _objected(past, withdrawn),
        past.pupils,
        tuple(
            _begins(report, tables.read(tables.GROWTH, data / code), past.schools)
            for code, report in zip(past.codes, reports, strict=True)
        ),
        counts.Earlier.of([counts.of_release(report) for report in reports], withdrawn["brinvest"]),
    )


def _begins(report: pd.DataFrame, pairs: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """The sets of pupils, of schools and of the country, whose begin scores a release told."""
    told = report[report["mean_before_low"].notna()]
    of_country = report[report["national_before"].notna()]
    of_country = of_country.assign(brinvest=earlier_releases.sectors_of(schools, of_country["brinvest"]))
    own = pairs[pairs["school_year"].isin(told["school_year"])]
    return pd.concat(
        [
            begin_score.sets(own).merge(told[UNIT_OF_SUPPRESSION].drop_duplicates(), on=UNIT_OF_SUPPRESSION),
            begin_score.sets_of_country(own, earlier_releases.sectors_of(schools, own["brinvest"]).array).merge(
                of_country[UNIT_OF_SUPPRESSION].drop_duplicates(), on=UNIT_OF_SUPPRESSION
            ),
        ],
        ignore_index=True,
    )


def cells_of(units: pd.DataFrame, whole: pd.DataFrame, displayed: list[str]) -> np.ndarray:
    """Return (blocks, values + 1): the pupils of each displayed value in every block of `whole`, the rest last.

    `units`: UNIT_OF_SUPPRESSION, value and n; `whole`: UNIT_OF_SUPPRESSION and n of all pupils.
    """
    wide = units[units["value"].isin(displayed)].set_index([*UNIT_OF_SUPPRESSION, "value"])["n"].unstack(fill_value=0)
    wide = wide.reindex(pd.MultiIndex.from_frame(whole[UNIT_OF_SUPPRESSION])).reindex(columns=displayed).fillna(0)
    shown = wide.to_numpy(int)
    return np.column_stack([shown, whole["n"].to_numpy(int) - shown.sum(axis=1)])


def _statuses(now: pd.DataFrame, before: list[pd.DataFrame], unit: list[str]) -> pd.DataFrame:
    """The status that each unit had in the last release that showed or hid the same version of its block."""
    last = pd.concat(frame.assign(number=number) for number, frame in enumerate(before))
    last = (
        last.merge(now, on=[*UNIT_OF_SUPPRESSION, "version"]).sort_values("number").drop_duplicates(unit, keep="last")
    )
    last["era"] = settle.eras(last, before, unit)
    return last[[*unit, "shown", "era"]].reset_index(drop=True)


def _objected(past: settle.Past, withdrawn: pd.DataFrame) -> pd.DataFrame:
    theirs = [
        release.pairs.merge(withdrawn, on=["brinvest", "pupil_id"])[UNIT_OF_SUPPRESSION] for release in past.releases
    ]
    return pd.concat(theirs).drop_duplicates(ignore_index=True)


def _silent(now: pd.DataFrame, past: settle.Past, splits: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The sums by value of the last release from which something left, or in which something stayed, unprotected.

    The last that told them: where a release told none, readers compare with the one before it.
    """
    found = []
    told = pd.concat(frame[frame["told"]].assign(number=number) for number, frame in enumerate(splits))
    newest = told.groupby([*POOL, "trait"])["number"].max().reset_index()
    for number, release in enumerate(past.releases):
        keys = newest.loc[newest["number"] == number, [*POOL, "trait"]]
        for trait, subgroup in past.settings.subgroups.items():
            pooled = splits[number][(splits[number]["trait"] == trait) & splits[number]["told"]].merge(keys)
            if len(pooled) and subgroup.values:
                found.append(_unprotected(pooled, release, now, splits, list(subgroup.values), past))
    return found


def _unprotected(pooled, release: Release, now, splits, displayed, past) -> pd.DataFrame:
    trait = pooled["trait"].iloc[0]
    pooled = pooled.merge(
        release.blocks[[*UNIT_OF_SUPPRESSION, "n", "shown"]], on=UNIT_OF_SUPPRESSION, suffixes=("", "_block")
    )
    units = (
        release.pairs.groupby([*UNIT_OF_SUPPRESSION, trait])
        .size()
        .rename("n")
        .rename_axis([*UNIT_OF_SUPPRESSION, "value"])
        .reset_index()
    )
    cells = cells_of(units, pooled, displayed)
    pool = pooled.groupby(POOL).ngroup().to_numpy()
    counted = pd.DataFrame(cells).groupby(pool).transform("sum").to_numpy() > 0
    stays = _within(pooled, now, [*UNIT_OF_SUPPRESSION, "version"])
    era = settle.eras(pooled, splits, [*UNIT_OF_SUPPRESSION, "trait"])
    hidden = ~pooled["shown"].to_numpy()
    # Where nothing left, the sums are those of the last release, which were safe.
    touched = pd.Series(hidden & ~stays).groupby([pool, era]).transform("any").to_numpy()
    bad, owners = set(), past.owners(pooled["brinvest"])
    width = past.settings.profile.protected_width
    for part in (stays, ~stays):
        rows = hidden & touched & part
        known = pooled["shown_block"].to_numpy()[rows]
        exposed = bounds.exposed_splits(
            pool[rows], cells[rows], known, bounds.some(owners, rows), era[rows], counted[rows], width
        )
        bad |= set(exposed["pool"])
    return pooled.loc[np.isin(pool, list(bad)), [*POOL, "trait"]].drop_duplicates()


def _within(frame: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> np.ndarray:
    return pd.MultiIndex.from_frame(frame[keys]).isin(pd.MultiIndex.from_frame(other[keys]))
