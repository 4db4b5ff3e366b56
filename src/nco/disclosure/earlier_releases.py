"""The releases before this one, as a reader of all their reports knows them.

A version of a block is its pairs with everything a figure of it depends on: two releases with the same version
show the same figures, and say nothing by their difference.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nco.base import sealed
from nco.base.all_settings import Settings
from nco.register import keyfile
from nco_utils import data_folder, subgroups, tables
from nco_utils.data_folder import PUBLISHED
from nco_utils.params import PAIR_TRAITS

from . import shown_tables
from .bounds import POOL

UNIT_OF_SUPPRESSION = tables.BLOCK_KEYS
KEY = [name for name in UNIT_OF_SUPPRESSION if name != "brinvest"]  # a block's cohort, step, domain and scale
REST = ""  # all values of a trait that are not displayed, together
_PAIR = ["pupil_id", "score_before", "score_after"]
SEAL = data_folder.RELEASED_SEAL  # beside the tables of a release: their hashes
_KEPT = [f"{table.name}.parquet" for table in (tables.GROWTH, shown_tables.REPORT, tables.PUPILS)]
# Kept where they are: older versions of the program made none.
_ALSO = [f"{table.name}.parquet" for table in (shown_tables.CLASS_LEVELS, shown_tables.CATEGORIES)]
_DECIMALS = 6  # of a score: sums of the same results in another order differ further on


@dataclass(frozen=True)
class Release:
    """One earlier release, for the blocks of the keys of this one.

    `pairs`: table growth with the split traits. `blocks`: UNIT_OF_SUPPRESSION, sector, n, version, shown, and told
    (whether the country's figure was published). `splits`: UNIT_OF_SUPPRESSION, sector, trait, shown and told, for
    every trait of every block.
    """

    code: str
    pairs: pd.DataFrame
    blocks: pd.DataFrame
    splits: pd.DataFrame


def earlier(round_code: str, data: Path, settings: Settings) -> list[str]:
    """Return the folders in `data` with the tables of what was released of this round and those before it.

    Those are what `keep` kept, the oldest round first. An earlier round of which nothing was kept counts as released as
    it was analysed: rather too much protected than too little.
    """
    codes = _in_order(settings)
    codes = codes[: codes.index(round_code)]
    found = [kept for code in codes for kept in _kept(code, data) or ([code] if _analysed(data / code) else [])]
    return found + _kept(round_code, data)


def later(round_code: str, data: Path, settings: Settings) -> list[str]:
    """Return the rounds after this one, in the calendar, that were released already."""
    codes = _in_order(settings)
    return [code for code in codes[codes.index(round_code) + 1 :] if _kept(code, data)]


def before(round_code: str, data: Path, settings: Settings) -> list[str]:
    """Return the folders in `data` with the tables of all that was released before this release.

    Those of `earlier`, and of rounds after this one that were released out of the calendar's order: a reader of all
    reports compares with these too. The round's own come last.
    """
    own = _kept(round_code, data)
    others = earlier(round_code, data, settings)[: -len(own) or None]
    return [*others, *(kept for code in later(round_code, data, settings) for kept in _kept(code, data)), *own]


def reports(codes: Iterable[str], data: Path, withdrawn: pd.DataFrame) -> list[pd.DataFrame]:
    """Return table `report` of earlier releases (`earlier`), without the blocks that hold a pupil who has left since.

    withdrawn: brinvest and pupil_id of the objections that are known now.
    """
    found = []
    for code in codes:
        report = tables.read(shown_tables.REPORT, data / code)
        left = tables.read(tables.GROWTH, data / code).merge(withdrawn, on=["brinvest", "pupil_id"])[
            UNIT_OF_SUPPRESSION
        ]
        found.append(
            report[~pd.MultiIndex.from_frame(report[UNIT_OF_SUPPRESSION]).isin(pd.MultiIndex.from_frame(left))]
        )
    return found


def told(table: tables.Table, codes: Iterable[str], data: Path) -> list[pd.DataFrame]:
    """Return table `class_levels` or `categories` of earlier releases, as far as they have one."""
    there = [data / code for code in codes if (data / code / f"{table.name}.parquet").is_file()]
    return [tables.read(table, folder) for folder in there]


def keep(round_code: str, data: Path) -> None:
    """Keep the tables of what is released now, for later releases must not differ from it by a few pupils.

    Nothing is kept twice: the same release again adds nothing.
    """
    if is_kept(round_code, data):
        return
    folder, kept = data / round_code, _kept(round_code, data)
    target = folder / PUBLISHED / str(len(kept) + 1)
    building = target.with_name(f".{target.name}")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    names = _to_keep(folder)
    for name in names:
        shutil.copyfile(folder / name, building / name)
    if (folder / data_folder.USE_FILE).is_file():  # what the round was made with may be removed, and made anew
        shutil.copyfile(folder / data_folder.USE_FILE, building / data_folder.USE_FILE)
    sealed.keep(building / SEAL, [building / name for name in names])
    building.rename(target)


def is_kept(round_code: str, data: Path) -> bool:
    """Return whether the last that was released of a round is its analysis as it is now."""
    folder, kept = data / round_code, _kept(round_code, data)
    return bool(kept) and all(_same(data / kept[-1] / name, folder / name) for name in _to_keep(folder))


def require_one_key(round_code: str, data: Path, settings: Settings) -> None:
    """Raise UnusableInput unless all that this release is held against has the pseudonyms of the key in use.

    That is what was released before, and the results of earlier rounds, of which a year before may come.
    """
    codes = _in_order(settings)
    held = [*before(round_code, data, settings), *codes[: codes.index(round_code)]]
    keyfile.require_same(keyfile.own_key(keyfile.key_path(), data), held, data)


def _in_order(settings: Settings) -> list[str]:
    """The rounds in the order of the calendar."""
    return sorted(settings.rounds, key=lambda code: (settings.rounds[code].export_date, code))


def _kept(code: str, data: Path) -> list[str]:
    folder = data / code / PUBLISHED
    names = [path.name for path in folder.iterdir() if path.name.isdigit()] if folder.is_dir() else []
    return [f"{code}/{PUBLISHED}/{name}" for name in sorted(names, key=int)]


def _to_keep(folder: Path) -> list[str]:
    return [*_KEPT, *(name for name in _ALSO if (folder / name).is_file())]


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and one.read_bytes() == other.read_bytes()


def _analysed(folder: Path) -> bool:
    return all((folder / name).is_file() for name in _KEPT)


def first_published(codes: Iterable[str], data: Path, pupils: pd.DataFrame, traits: list[str]) -> pd.DataFrame:
    """Return table `pupils` with the split traits of every pupil as the first release with that pupil had them.

    Otherwise a changed trait would move one pupil from one published group to another, and the difference of the
    two releases would be that pupil's growth.
    """
    keys, kept = ["brinvest", "pupil_id"], []
    for code in codes:
        seen = tables.read(tables.GROWTH, data / code)[keys].drop_duplicates()
        kept.append(seen.merge(tables.read(tables.PUPILS, data / code), on=keys))
    if not kept:
        return pupils
    first = pd.concat(kept, ignore_index=True).drop_duplicates(keys)
    gone = first[~pd.MultiIndex.from_frame(first[keys]).isin(pd.MultiIndex.from_frame(pupils[keys]))]
    everyone = pd.concat([pupils, gone], ignore_index=True).set_index(keys)
    everyone.update(first.set_index(keys)[traits])
    return tables.conform(everyone.reset_index(), tables.PUPILS)


def with_traits(pairs: pd.DataFrame, pupils: pd.DataFrame, traits: list[str]) -> pd.DataFrame:
    """Return the pairs with the split traits beside them, unknown where there is no background."""
    found = pairs.merge(pupils[["brinvest", "pupil_id", *traits]], on=["brinvest", "pupil_id"], how="left")
    return found.fillna(dict.fromkeys(traits, tables.UNKNOWN) | {"group": REST})


def versions(pairs: pd.DataFrame, traits: list[str]) -> pd.DataFrame:
    """Return per block (index) its number of pupils `n` and its `version`, of pairs with traits."""
    content = pairs[[*_PAIR, *PAIR_TRAITS, *traits]].round(_DECIMALS)
    # A sum of hashes does not depend on the order of the pairs.
    hashed = pairs[UNIT_OF_SUPPRESSION].assign(version=pd.util.hash_pandas_object(content, index=False))
    return hashed.groupby(UNIT_OF_SUPPRESSION)["version"].agg(n="size", version="sum")


def changed(now: pd.DataFrame, then: pd.DataFrame, traits: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return how many pupils differ between two versions: UNIT_OF_SUPPRESSION, trait, value and n; of trait all, and
    by each trait.

    A pupil differs who is in one version only, or with another score, class, third or trait. `traits`: the displayed
    values of each; the other values are one, REST. Without displayed values (the class) every value is.
    """
    content = [*_PAIR[1:], *PAIR_TRAITS, *(name for name in traits if name not in PAIR_TRAITS)]
    now, then = (frame[[*UNIT_OF_SUPPRESSION, "pupil_id", *content]].round(_DECIMALS) for frame in (now, then))
    both = now.merge(then, how="outer", indicator="side")
    both = both[both["side"] != "both"]
    counts = [_count(both.assign(trait=tables.ALL, value=tables.ALL))]
    for trait, displayed in traits.items():
        value = both[trait].where(both[trait].isin(displayed), REST) if displayed else both[trait]
        counts.append(_count(both.assign(trait=trait, value=value)))
    return pd.concat(counts, ignore_index=True)


def read(
    codes: list[str], data: Path, keys: pd.DataFrame, pupils: pd.DataFrame, schools: pd.DataFrame, traits: list[str]
) -> list[Release]:
    """Return the earlier releases, of the keys (KEY) that this release has too, as far as they have any.

    `pupils` as `first_published` gives them; `schools`: table schools, for the sectors.
    """
    found: list[Release] = []
    for code in codes:
        found.append(_read(code, data, keys, pupils, schools, traits, [each.pairs for each in found]))
    return found


def sectors_of(schools: pd.DataFrame, brinvest: pd.Series) -> pd.Series:
    """Return the sector of every row; that of a school which is enrolled no longer is taken to be bo."""
    return brinvest.map(schools.set_index("brinvest")["sector"]).fillna("bo").astype("str")


def _read(code, data, keys, pupils, schools, traits, before) -> Release:
    pairs = with_traits(tables.read(tables.GROWTH, data / code).merge(keys, on=KEY), pupils, traits)
    if pairs[subgroups.START].isna().any():  # an older version of the program knew no thirds
        pairs[subgroups.START] = pairs[subgroups.START].fillna(subgroups.starting_thirds(pairs, before))
    report = tables.read(shown_tables.REPORT, data / code).dropna(subset="scale").merge(keys, on=KEY)
    report["sector"] = sectors_of(schools, report["brinvest"])
    blocks = versions(pairs, traits).reset_index()
    blocks["sector"] = sectors_of(schools, blocks["brinvest"])
    splits = blocks[[*UNIT_OF_SUPPRESSION, "sector"]].merge(
        pd.DataFrame({"trait": [*traits, *PAIR_TRAITS]}), how="cross"
    )
    blocks = _published(blocks.assign(trait=tables.ALL), report).drop(columns="trait")
    return Release(code, pairs, blocks, _published(splits, report))


def _published(units: pd.DataFrame, report: pd.DataFrame) -> pd.DataFrame:
    """The units (UNIT_OF_SUPPRESSION, sector, trait) with shown and told, as the report has them."""
    shown = report.loc[report["status"] == "shown", [*UNIT_OF_SUPPRESSION, "trait"]].drop_duplicates()
    told = report.loc[report["national_pupils"].notna(), [*POOL, "trait"]].drop_duplicates()
    units = units.merge(shown.assign(shown=True), on=[*UNIT_OF_SUPPRESSION, "trait"], how="left")
    units = units.merge(told.assign(told=True), on=[*POOL, "trait"], how="left")
    return units.assign(shown=units["shown"].notna(), told=units["told"].notna())


def _count(rows: pd.DataFrame) -> pd.DataFrame:
    unit = [*UNIT_OF_SUPPRESSION, "trait", "value"]
    return rows[[*unit, "pupil_id"]].drop_duplicates().groupby(unit).size().rename("n").reset_index()
