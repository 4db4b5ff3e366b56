"""Pupils dealt at random over the schools of a country: nothing that its reports find then is of a school."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nco.base import all_settings
from nco.demo import country
from nco.disclosure import obligations, pooled, protect, ranking
from nco_utils import growth, reference, subgroups, tables
from nco_utils import national as figures
from nco_utils.reference import covariates


@dataclass(frozen=True)
class Released:
    """Tables `report` and `pooled` of a release, and the schools of its register."""

    report: pd.DataFrame
    pooled: pd.DataFrame
    schools: pd.DataFrame


_DEALT = ["sector", "provider", "cohort"]  # pupils change places with others of the same tests and years


def released(schools: int, seed: int, deal: bool = True, round_code: str = "2023E") -> Released:
    """Make the tables of a first release of a fictitious country; `deal`: its pupils at random over its schools."""
    settings, made = all_settings.load(), country.generate(schools, seed)
    parts = [(each.pupils, each.results) for _, each in country.boards(made)]
    pupils, results = (pd.concat(part, ignore_index=True) for part in zip(*parts, strict=True))
    enrolled = made.enrolled.schools
    if deal:
        place = _dealt(pupils.merge(enrolled[["brinvest", "provider"]], on="brinvest"), seed)
        pupils, results = (frame.assign(brinvest=frame["pupil_id"].map(place)) for frame in (pupils, results))
    results = results.assign(source_file="a", source_row=np.arange(len(results)))
    paired = growth.pair(tables.conform(results, tables.RESULTS), settings.round(round_code))
    register = tables.conform(enrolled.reindex(columns=tables.SCHOOLS.column_names), tables.SCHOOLS)
    known = covariates.Known(
        tables.conform(country.background(pupils), tables.PUPILS),
        register,
        tables.conform(enrolled[tables.SCHOOL_TRAITS.column_names], tables.SCHOOL_TRAITS),
    )
    members = subgroups.members(paired.pairs, known.pupils, settings.subgroups)
    national = figures.national(paired.pairs, register, members)
    least = subgroups.minimum_values(settings.subgroups)
    units = figures.figures(paired.pairs, register, national, members, least)
    blocks = paired.pairs[tables.BLOCK_KEYS].drop_duplicates().assign(decision="new")
    computed = protect.Computed(
        paired.pairs,
        known.pupils,
        blocks,
        paired.coverage,
        units,
        reference.references(paired.pairs, units, members, known, settings.reference).units,
        national,
        register,
    )
    report = protect.protect(computed, obligations.nothing(known.pupils), settings).report
    lasting = pooled.together([report], register.set_index("brinvest")["sector"], settings.ranking)
    return Released(*ranking.judged(report, lasting), register)


def _dealt(pupils: pd.DataFrame, seed: int) -> pd.Series:
    """The school of every pupil: every school keeps as many pupils of every year."""
    random = np.random.default_rng(seed)
    shuffled = pupils.groupby(_DEALT)["brinvest"].transform(lambda places: random.permutation(places))
    return pd.Series(shuffled.to_numpy(), pupils["pupil_id"])
