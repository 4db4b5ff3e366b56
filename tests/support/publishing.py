"""Small countries for tests of disclosure control: pairs and traits in, what a release shows out."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from nco.base import all_settings
from nco.disclosure import earlier_releases, obligations, protect, settle, shown_tables
from nco.register import enrolment
from nco_utils import national as figures
from nco_utils import subgroups, tables
from tests.attack.counts import REST, Public

ROUNDS = ("2022M", "2022E", "2023M")
STEP = {"domain": "spelling", "scale": "CITO-SP-3", "step": "E6-M7", "school_year": "2021-2022"}
VALUES = {
    "sex": ["jongen", "meisje", "onbekend"],
    "education": ["laag", "midden", "hoog", "onbekend"],
    "migration": ["geen", "westers", "niet_westers", "onbekend"],
    "income": ["onder_modaal", "midden", "boven_2x_modaal", "onbekend"],
    "household": ["twee_ouders", "anders", "onbekend"],
}


@dataclass(frozen=True)
class Country:
    """Everybody of a country: `pairs` (table growth) and `pupils` (table pupils); `special`: its schools of sbo."""

    pairs: pd.DataFrame
    pupils: pd.DataFrame
    special: frozenset[str] = frozenset()


def school(number: int) -> str:
    """Return the code of a school."""
    return f"{10 + number // 26:02d}A{chr(65 + number % 26)}00"


def country(sizes: list[int], seed: int = 0, unknown: float = 0.1, **step) -> Country:
    """A country of schools of these sizes; every pupil has traits by chance, unknown ones for a part."""
    random = np.random.default_rng(seed)
    names = np.repeat([school(i) for i in range(len(sizes))], sizes)
    ids = [f"{name}-{i}" for i, name in enumerate(names)]
    pairs = pd.DataFrame({"brinvest": names, "pupil_id": ids, **STEP, **step, "group": None, "days_between": 200})
    pairs["score_before"] = random.normal(200, 30, len(pairs)).round(3)
    pairs["growth"] = random.normal(10, 15, len(pairs)).round(3)
    pairs["score_after"] = pairs["score_before"] + pairs["growth"]
    pairs["start"] = subgroups.starting_thirds(pairs)
    pupils = pd.DataFrame({"brinvest": names, "pupil_id": ids, "months_older": 0.0})
    for trait, values in VALUES.items():
        share = [(1 - unknown) / (len(values) - 1)] * (len(values) - 1) + [unknown]
        pupils[trait] = random.choice(values, len(pupils), p=share)
    for name in ("ses_class", "minority", "repeated_grade"):
        pupils[name] = "onbekend"
    return Country(tables.conform(pairs, tables.GROWTH), tables.conform(pupils, tables.PUPILS))


def with_next_step(made: Country, missing: int = 1, seed: int = 1) -> Country:
    """The country with the step after its own, from the same middle test; so many pupils a school miss the last one."""
    random = np.random.default_rng(seed)
    stays = made.pairs.groupby("brinvest").cumcount() >= missing
    later = made.pairs[stays].assign(step="M7-E7", score_before=lambda pairs: pairs["score_after"])
    later["growth"] = random.normal(8, 15, len(later)).round(3)
    later["score_after"] = later["score_before"] + later["growth"]
    return Country(tables.conform(pd.concat([made.pairs, later]), tables.GROWTH), made.pupils)


def told_of(schools: int = 5) -> all_settings.Settings:
    """Return the settings, with national means of so few schools.

    Of few, so that a small country has national figures, which are what attacks work with: every other protection must
    hold without the number of schools.
    """
    settings = all_settings.load()
    few = settings.profile.minimum_schools.model_copy(update={"mean": schools})
    profile = settings.profile.model_copy(update={"minimum_schools": few})
    return settings.model_copy(update={"disclosure": settings.disclosure | {settings.release.disclosure: profile}})


def publish(
    data: Path,
    round_code: str,
    made: Country,
    withdrawn: list[tuple[str, str]] = (),
    settings: all_settings.Settings | None = None,
    **counts: int,
) -> protect.Protected:
    """Release a country as the round's, beside the earlier rounds in `data`; returns what may be shown.

    settings: those of `told_of`, unless others are given. counts: so many pupils without growth at every school, by
    why (see `coverage`).
    """
    folder, settings = data / round_code, settings or told_of()
    objections = pd.DataFrame(withdrawn, columns=["brinvest", "pupil_id"]).assign(n_rows=2)
    _write_register(data, made)
    tables.write(made.pupils, tables.PUPILS, folder)
    tables.write(objections, tables.WITHDRAWN, folder)
    past = settle.side_by_side(made.pairs, data, round_code, settings)
    settled = settle.decide(past, folder)
    tables.write(settled.pairs, tables.GROWTH, folder)
    tables.write(settled.blocks, shown_tables.BLOCKS, folder)
    schools = enrolment.read_register(data).schools
    obliged = obligations.remember(past, settled, data, round_code)
    whole = replace(computed(made, settled, schools, obliged), coverage=coverage(made.pairs, **counts))
    protected = protect.protect(whole, obliged, settings)
    tables.write(protected.report, shown_tables.REPORT, folder)
    tables.write(protected.boards, shown_tables.BOARD_REPORT, folder)
    return protected


def computed(made: Country, settled: settle.Settled, schools: pd.DataFrame, obliged) -> protect.Computed:
    """The tables of a country, with a reference value that is as good as any."""
    settings = all_settings.load()
    members = subgroups.members(settled.pairs, obliged.pupils, settings.subgroups)
    national = figures.national(settled.pairs, schools, members)
    units = figures.figures(settled.pairs, schools, national, members)
    reference = units.reindex(columns=tables.REFERENCE.column_names).assign(model="fitted")
    reference = reference.fillna(dict.fromkeys(tables.REFERENCE.column_names[12:], 1.23456))
    return protect.Computed(
        settled.pairs,
        obliged.pupils,
        settled.blocks,
        coverage(made.pairs),
        units,
        tables.conform(reference, tables.REFERENCE),
        national,
        schools,
    )


def coverage(pairs: pd.DataFrame, **counts) -> pd.DataFrame:
    """Table coverage of pairs, with so many pupils without growth at every school."""
    keys = ["brinvest", "school_year", "domain", "step"]
    frame = pairs.groupby(keys).size().rename("n_growth").reset_index()
    frame = frame.assign(**{name: 0 for name in tables.COVERAGE.column_names if name not in [*keys, "n_growth"]})
    frame = frame.assign(**counts)
    frame["n_pupils"] = frame["n_growth"] + frame[[name for name in counts if name.startswith("n_o")]].sum(axis=1)
    return tables.conform(frame, tables.COVERAGE)


def public(data: Path, round_code: str, folder: Path | None = None) -> Public:
    """What the reports of a release say, for the attacker; `folder`: of its tables, if not that of the round."""
    settings, folder = all_settings.load(), folder or data / round_code
    traits = settle.split_traits(settings)
    codes = earlier_releases.earlier(round_code, data, settings)
    pupils = earlier_releases.first_published(codes, data, tables.read(tables.PUPILS, folder), traits)
    pairs = earlier_releases.with_traits(tables.read(tables.GROWTH, folder), pupils, traits)
    versions = earlier_releases.versions(pairs, traits)["version"].reset_index()
    schools = enrolment.read_register(data).schools.set_index("brinvest")
    own = parts_of(pairs, settings).merge(versions, on=settle.UNIT_OF_SUPPRESSION)
    return Public(tables.read(shown_tables.REPORT, folder), schools["sector"], schools["board_number"], versions, own)


def shown_sets(releases: list[tuple[str, Path]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what releases (code and folder of their tables) show and of whom, for `tests.attack.scores`."""
    settings, shown, everybody = all_settings.load(), [], []
    for code, folder in releases:
        report = tables.read(shown_tables.REPORT, folder)
        shown.append(report[report["status"] == "shown"].assign(release=code))
        pairs = tables.read(tables.GROWTH, folder).assign(release=code, trait=tables.ALL, value=tables.ALL)
        members = subgroups.members(pairs, tables.read(tables.PUPILS, folder), settings.subgroups)
        everybody.append(pairs)
        everybody += [
            pairs.assign(trait=trait, value=members[trait].astype(object)).dropna(subset="value") for trait in members
        ]
    unit = ["release", *tables.UNIT_KEYS]
    columns = [*unit, "pupil_id", "score_before", "score_after"]
    return (
        pd.concat(shown)[[*unit, "mean_before_low", "mean_before_high"]],
        pd.concat(frame[columns] for frame in everybody),
    )


def parts_of(pairs: pd.DataFrame, settings: all_settings.Settings) -> pd.DataFrame:
    """The pupils of every block, whole and by every value of a trait: UNIT_OF_SUPPRESSION, trait, value, n."""
    units = [pairs.assign(trait=tables.ALL, value=tables.ALL)]
    for trait in _valued(settings):
        shown = pairs[trait].where(pairs[trait].isin(settings.subgroups[trait].values), REST)
        units.append(pairs.assign(trait=trait, value=shown))
    unit = [*settle.UNIT_OF_SUPPRESSION, "trait", "value"]
    counted = pd.concat(each[unit] for each in units).groupby(unit).size().rename("n")
    traits = {name: [*settings.subgroups[name].values, REST] for name in _valued(settings)}
    wanted = pd.DataFrame(
        [("all", "all"), *((t, v) for t, values in traits.items() for v in values)], columns=["trait", "value"]
    )
    every = pairs[settle.UNIT_OF_SUPPRESSION].drop_duplicates().merge(wanted, how="cross")
    return every.merge(counted.reset_index(), on=unit, how="left").fillna({"n": 0})


def _valued(settings: all_settings.Settings) -> list[str]:
    """The traits with displayed values: those of pupils, and the third by starting score."""
    return [trait for trait, split in settings.subgroups.items() if split.values]


def _write_register(data: Path, made: Country) -> None:
    """A register of all schools that occur, four to a board; those of earlier rounds stay in it."""
    folder = data / "register"
    folder.mkdir(parents=True, exist_ok=True)
    names = set(made.pairs["brinvest"])
    for path in folder.glob("schools.csv"):
        names |= set(pd.read_csv(path, dtype=str)["brinvest"])
    rows = [
        {
            "brinvest": name,
            "school_name": f"School {name}",
            "board_number": f"{90000 + place // 4}",
            "sector": "sbo" if name in made.special else "bo",
            "denomination": "Openbaar",
            "vendor": "cito",
            "provider": "cito",
        }
        for place, name in enumerate(sorted(names))
    ]
    schools = pd.DataFrame(rows)
    boards = schools[["board_number"]].drop_duplicates().assign(board_name="Bestuur", contract_received_on="2020-01-01")
    schools.assign(opened="", closed="").to_csv(folder / "schools.csv", index=False)
    boards.to_csv(folder / "boards.csv", index=False)
    approvals = schools[["brinvest"]].assign(school_year="2021-2022", approved_on=date(2022, 1, 1))
    approvals.to_csv(folder / "approvals.csv", index=False)
    pd.DataFrame(columns=["brinvest", "pupil_id", "received_on"]).to_csv(folder / "objections.csv", index=False)
