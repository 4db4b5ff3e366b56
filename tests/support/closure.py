"""Small countries with the school closures of 2020: pairs of four cohorts in, what the round's reports show out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nco.base import all_settings
from nco.disclosure import obligations, shown_tables
from nco.disclosure import settle as settling
from nco.disclosure.delays import delay_tables, estimate
from nco.register import enrolment
from nco.reports.covid import shown
from nco.reports.growth.shown import Settlement
from nco_utils import national as figures
from nco_utils import subgroups, tables
from tests.support import publishing
from tests.support.publishing import Country

ROUND = "2021C"


@dataclass(frozen=True)
class Released:
    """What a release of the round shows: tables school_delays, school_shifts, country_delays and report."""

    of_schools: pd.DataFrame
    cohorts: pd.DataFrame
    country: pd.DataFrame
    report: pd.DataFrame


def country(sizes: list[int], effect: float, seed: int = 0, step: str = "M5-E5") -> Country:
    """A country of schools of these sizes in every cohort; effect: on growth of the affected one, in points."""
    which, random = all_settings.load().covid, np.random.default_rng(seed)
    parts = []
    for place, year in enumerate(which.years):
        made = publishing.country(sizes, seed * 10 + place, 0.0, step=step, school_year=year)
        ids = f"{step}-{year}-" + made.pairs["pupil_id"]
        pairs = made.pairs.assign(pupil_id=ids, days_between=random.integers(110, 150, len(ids)))
        if year == which.affected:
            pairs = pairs.assign(growth=pairs["growth"] + effect, score_after=pairs["score_after"] + effect)
        parts.append(Country(pairs, made.pupils.assign(pupil_id=f"{step}-{year}-" + made.pupils["pupil_id"])))
    return together(*parts)


def together(*countries: Country) -> Country:
    """The pairs and pupils of several."""
    frames = ([getattr(each, name) for each in countries] for name in ("pairs", "pupils"))
    pairs, pupils = (pd.concat(parts, ignore_index=True) for parts in frames)
    return Country(tables.conform(pairs, tables.GROWTH), tables.conform(pupils, tables.PUPILS))


def register(made: Country) -> pd.DataFrame:
    """Table schools, as far as a computation needs it."""
    names = made.pairs["brinvest"].unique()
    return pd.DataFrame({"brinvest": names, "sector": "bo"})


def publish(data: Path, made: Country) -> Released:
    """Release a country as the round's, beside what is in `data`, and leave there what later releases must know."""
    settlement = settle(data, made)
    compute(data, made, settlement)
    found = shown.protect(settlement, ROUND, data, all_settings.load())
    for table, frame in found.tables.items():
        tables.write(frame, table, data / ROUND)
    names = (delay_tables.SCHOOL_DELAYS, delay_tables.SCHOOL_SHIFTS, delay_tables.COUNTRY_DELAYS, shown_tables.REPORT)
    return Released(*(found.tables[name] for name in names))


def settle(data: Path, made: Country) -> Settlement:
    """What the round uses of a country, beside what is in `data`."""
    folder, settings = data / ROUND, shown.narrowed(all_settings.load())
    publishing._write_register(data, made)
    tables.write(made.pupils, tables.PUPILS, folder)
    tables.write(tables.empty(tables.WITHDRAWN), tables.WITHDRAWN, folder)
    past = settling.side_by_side(made.pairs, data, ROUND, settings)
    settled = settling.decide(past, folder)
    obliged = obligations.remember(past, settled, data, ROUND)
    return Settlement(settled, publishing.coverage(made.pairs), obliged)


def compute(data: Path, made: Country, settlement: Settlement) -> None:
    """What the national notebook does."""
    folder, settings = data / ROUND, shown.narrowed(all_settings.load())
    schools, settled = enrolment.read_register(data).schools, settlement.pairs
    members = subgroups.members(settled.pairs, settled.pupils, settings.subgroups)
    national = figures.national(settled.pairs, schools, members)
    units = figures.figures(settled.pairs, schools, national, members)
    frame = estimate.prepared(settled.pairs, schools, settings.covid.affected)
    split = settled.pupils, settings.subgroups, settled.pairs
    written = {
        tables.NATIONAL: national,
        tables.FIGURES: units,
        delay_tables.SHIFTS: estimate.shifts(frame, *split),
        delay_tables.DELAYS: estimate.delays(frame, *split),
    }
    for table, made_of_it in written.items():
        tables.write(made_of_it, table, folder)


def beside_truth(delays: pd.DataFrame, effects: dict) -> pd.DataFrame:
    """Every step with the effect that a country was made with, and how far it is off in standard errors.

    delays: as table delays; effects: in SD of pupils' growth, by domain and groep.
    """
    steps = delays[delays["step"] != tables.ALL]
    truth = [effects[row.domain][int(row.step[-1])] for row in steps.itertuples()]
    return steps.assign(truth=truth, off=(steps["standardised"] - truth) / steps["standardised_se"])
