"""What reports on the school closures may show: disclosure control over all compared cohorts, and the slices."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from nco.base.all_settings import Settings
from nco.disclosure import protect as disclosure
from nco.disclosure import settle as settling
from nco.disclosure import shown_tables
from nco.disclosure.delays import delay_tables, told
from nco.disclosure.obligations import remember
from nco.register import enrolment
from nco_utils import cohorts, growth, tables
from nco_utils.growth import Growth

from ..growth import shown as of_growth
from ..growth.shown import Settlement
from . import slices

KIND = "covid"
# What later releases must know of this one: which pupils each shown figure is of. Not the figures themselves, as those
# of reports on growth are: nobody was told these.
_KEPT = [*tables.UNIT_KEYS, "status", "n_pupils", "national_pupils", "national_schools"]


@dataclass(frozen=True)
class Shown:
    """The tables of what reports show, and of why the rest is not; and what all slices of the round hold."""

    tables: dict[tables.Table, pd.DataFrame]
    context: slices.Context


def narrowed(settings: Settings) -> Settings:
    """Return the settings with the pupils split by the traits of params/covid.yml only."""
    splits = {trait: settings.subgroups[trait] for trait in settings.covid.traits}
    return settings.model_copy(update={"subgroups": splits})


def paired(round_code: str, data: Path, settings: Settings) -> Growth:
    """Return the pairs of the compared cohorts, of tests of the providers that count, from the round's deliveries."""
    folder, which = data / round_code, settings.covid
    results, outside = (tables.read(table, folder) for table in (tables.RESULTS, tables.RESULTS_OUTSIDE))
    results, outside = (frame[frame["provider"].isin(which.providers)] for frame in (results, outside))
    cohorts.require_possible_scores(results, settings.scales)
    return growth.pair_cohorts(results.reset_index(drop=True), which.years, [which.moment], outside)


def settle(round_code: str, data: Path, settings: Settings) -> Settlement:
    """Settle, once, which pairs this release uses: before the notebook, which cannot change it."""
    settings = narrowed(settings)
    of_round = paired(round_code, data, settings)
    past = settling.side_by_side(of_round.pairs, data, round_code, settings)
    settled = settling.decide(past, data / round_code)
    return Settlement(settled, of_round.coverage, remember(past, settled, data, round_code))


def protect(settlement: Settlement, round_code: str, data: Path, settings: Settings) -> Shown:
    """Apply disclosure control to all compared cohorts at once, and make of what is left what reports show.

    Writes what was settled, whatever the notebook wrote of it. Raises UnusableInput when it computed its tables of
    something else, or split pupils otherwise than the settings do.
    """
    settings, folder = narrowed(settings), data / round_code
    schools = enrolment.read_register(data).schools
    computed = of_growth.computed_of(
        settlement, folder, schools, settings, {"figures": tables.FIGURES, "national": tables.NATIONAL}
    )
    shifts, delays = (tables.read(table, folder) for table in delay_tables.COMPUTED)
    settling.require_of(settlement.pairs, delay_tables.SHIFTS, shifts, schools, settings)
    protected = disclosure.protect(computed, settlement.obliged, settings)
    found = told.Cohorts(protected.report, protected.country, computed.national, shifts, delays)
    of_country = told.of_country(found, settings)
    country = told.country_table(of_country)
    made = {
        shown_tables.REPORT: _without_figures(protected.report),
        shown_tables.SUPPRESSED: protected.suppressed,
        delay_tables.COUNTRY_DELAYS: country,
        delay_tables.SCHOOL_DELAYS: told.of_schools(found, of_country, settings),
        delay_tables.SCHOOL_SHIFTS: told.cohorts_of_schools(found, of_country),
    }
    context = slices.Context(
        round_code,
        settings.round(round_code),
        enrolment.read_notice(data),
        settings.profile.minimum_group,
        settings.reference.similar_band,
        settings.ranking.false_discovery_rate,
        settings.covid.affected,
        settings.covid.before,
        KIND,
        slices.country_of(country),
    )
    return Shown(made, context)


def cut(shown: Shown, schools: pd.DataFrame, boards: pd.DataFrame) -> Iterator[slices.Slice]:
    """Cut the slices, as `slices.cut` does."""
    return slices.cut(schools, boards, shown.tables, shown.context)


def _without_figures(report: pd.DataFrame) -> pd.DataFrame:
    others = [name for name in shown_tables.REPORT.column_names if name not in _KEPT]
    return tables.conform(report.assign(**dict.fromkeys(others)), shown_tables.REPORT)
