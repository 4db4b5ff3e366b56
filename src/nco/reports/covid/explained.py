"""The technical explanation of a round on the school closures: `docs/methode-covid.qmd` with its numbers filled in."""

from pathlib import Path

import pandas as pd

from nco.base.all_settings import Settings
from nco.base.dutch import capital, count, domain_name, listed, number, texts
from nco.disclosure.delays import delay_tables
from nco.register import enrolment
from nco_utils import __version__, tables
from nco_utils.tables import ALL

from .. import explanation
from ..blocks import Table
from ..growth.chapters import columns

NAME = "methode-covid"
SECTOR = "bo"  # whose figures the explanation has: of the others there are few schools


def write(round_code: str, data: Path, settings: Settings, folder: Path) -> None:
    """Write the explanation of a round as a document (`report.md`) into the new folder `folder`."""
    told = tables.read(delay_tables.COUNTRY_DELAYS, data / round_code)
    known = told["n_affected"].ge(settings.export.minimum_cell) & told["n_before"].ge(settings.export.minimum_cell)
    told = told[known & (told["sector"] == SECTOR) & (told["trait"] == ALL) & (told["step"] == ALL)]
    holds: dict[str, bool] = {}  # every passage is of every round
    filled = _values(round_code, told, settings), {"tabel-land": _table(told, settings)}, holds
    explanation.write_filled(NAME, filled, round_code, enrolment.read_notice(data), settings, folder)


def _values(round_code: str, told: pd.DataFrame, settings: Settings) -> dict[str, str]:
    round_, which, profile = settings.round(round_code), settings.covid, settings.profile
    return {
        "ronde.naam": f"ronde {round_code} ({round_.label})",
        "ronde.scholen": count(int(told["n_schools"].max())) if len(told) else "0",
        "jaren.geraakt": which.affected,
        "jaren.ervoor": listed(which.before),
        "jaren.minstens": count(which.least_years),
        "deelgroepen.namen": listed(texts("subgroups")["names"][trait] for trait in which.traits),
        "privacy.grootste-verborgen": count(profile.minimum_group - 1),
        "privacy.scholen-gemiddelde": count(profile.minimum_schools.mean),
        "privacy.scholen-spreiding": count(profile.minimum_schools.spread),
        "privacy.band": number(settings.reference.similar_band),
        "melding.grens": f"{number(100 * settings.ranking.false_discovery_rate, 0)} procent",
        "melding.minimum-scholen": count(settings.ranking.minimum_schools),
        "versie": __version__,
    }


def _table(told: pd.DataFrame, settings: Settings) -> str:
    words = texts("covid")["explained"]
    rows = tuple(
        (
            capital(texts("covid")["all_domains"] if row.domain == ALL else domain_name(row.domain)),
            row.n_affected,
            row.n_before,
            row.n_schools,
            row.delay,
            (row.delay_low, row.delay_high),
            None if pd.isna(row.standardised) else row.standardised,
        )
        for row in told.itertuples()
    )
    if not rows:
        return texts("method")["no_rows"]
    titled = columns(words["header"], "words", "count", "count", "count", "number", "interval", ("number", 2))
    return Table("tabel-land", words["table"].format(affected=settings.covid.affected), titled, rows).markdown
