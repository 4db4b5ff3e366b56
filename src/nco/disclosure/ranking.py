"""What a report may rank: of every figure how likely it is chance, and what is left of it after shrinkage.

From what is shown, so it gives nothing away that the reports do not.
"""

from typing import Any

import numpy as np
import pandas as pd

from nco.base.all_settings import Ranking
from nco_utils.params import START_TRAIT
from nco_utils.tables import ALL

from . import shrinkage
from .discovery import p_values, q_values

MEASURES = ("effect", "country", "change")  # of a whole school, at a step
_OF_DOMAINS = MEASURES[:2]  # of a domain as a whole
COLUMNS = (*(f"{name}_q" for name in MEASURES), "country_shrunken", "change_shrunken")
_GROWTH = ["mean_growth", "mean_growth_low", "mean_growth_high"]
_NEEDED = ["brinvest", "school_year", "trait", "national_mean", *_GROWTH] + [
    f"{name}{end}" for name in ("effect", "change") for end in ("", "_low", "_high")
]
_Figure = tuple[pd.Series, pd.Series, pd.Series]  # a value and the ends of its 95 % interval


def with_ranks(rows: pd.DataFrame, settings: Ranking) -> pd.DataFrame:
    """Return the rows of table `report`, rounded and with changes, with COLUMNS; the q of MEASURES comes with `judged`.

    rows: with `pool`, the number of the sector, cohort, step, domain and scale. Of whole schools the difference with
    the country is shrunken to 0, and the change to the mean of its pool.
    """
    made: dict[str, Any] = {f"{name}_q": np.nan for name in MEASURES}
    for name in ("country", "change"):
        value, low, high = _of_schools(rows, name)
        se = shrinkage.standard_error(low, high)
        found = shrinkage.shrink(value, se, rows["pool"], settings.minimum_schools, to_mean=name == "change")
        made[f"{name}_shrunken"] = found.estimate.round(1)
    return rows.assign(**made)


def against_country(rows: pd.DataFrame) -> _Figure:
    """Return growth minus that of the country, with the interval of the school's: the country is certain beside it."""
    value, low, high = (rows[name] - rows["national_mean"] for name in _GROWTH)
    return value, low, high


def judged(report: pd.DataFrame, pooled: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return tables `report` and `pooled` with the q-values (`discovery`) of the MEASURES of whole schools.

    Judged together is all that a report names of a whole school: the differences with the reference value, with the
    country and with a year ago at the steps of the newest cohort, and those of each domain as a whole. Judged by
    themselves, as other groups of pupils are, are the thirds by starting score against the same third of the country.
    """
    of_steps = pd.DataFrame({name: _of_newest(p_values(*_of_schools(report, name)), report) for name in MEASURES})
    of_domains = pooled[[f"{name}_p" for name in _OF_DOMAINS]].set_axis(list(_OF_DOMAINS), axis=1)
    p = pd.concat([of_steps, of_domains], ignore_index=True)
    in_report = pd.concat([report["brinvest"], pooled["brinvest"]], ignore_index=True)
    q = _q(p, in_report).round(4).add_suffix("_q")
    steps, domains = q.iloc[: len(report)].set_axis(report.index), q.iloc[len(report) :].set_axis(pooled.index)
    steps["country_q"] = steps["country_q"].fillna(_of_thirds(report))
    return report.assign(**steps), pooled.assign(**domains[[f"{name}_q" for name in _OF_DOMAINS]])


def judged_with(
    report: pd.DataFrame, more: pd.DataFrame, pooled: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return tables `report` and `pooled` as `judged` does, and between them `more` rows of the first, judged too."""
    names = [f"{name}_q" for name in MEASURES]
    needed = list(dict.fromkeys([*_NEEDED, *names]))
    rows, lasting = judged(pd.concat([report[needed], more[needed]], ignore_index=True), pooled)
    told, rest = rows[names].iloc[: len(report)], rows[names].iloc[len(report) :]
    return report.assign(**told.set_axis(report.index)), more.assign(**rest.set_axis(more.index)), lasting


def _of_thirds(report: pd.DataFrame) -> pd.Series:
    """The q-values of the difference of each third by starting score with the same third of the country."""
    apart = (part.where(report["trait"] == START_TRAIT) for part in against_country(report))
    return q_values(_of_newest(p_values(*apart), report), report["brinvest"]).round(4)


def _of_newest(p: pd.Series, rows: pd.DataFrame) -> pd.Series:
    return p.where(rows["school_year"] == rows["school_year"].max())


def _of_schools(rows: pd.DataFrame, name: str) -> _Figure:
    """A measure of whole schools, with its interval."""
    found = against_country(rows) if name == "country" else (rows[name], rows[f"{name}_low"], rows[f"{name}_high"])
    return tuple(part.where(rows["trait"] == ALL) for part in found)


def _q(p: pd.DataFrame, report: pd.Series) -> pd.DataFrame:
    """The q-values of all columns together."""
    flat = pd.Series(p.to_numpy().ravel())
    q = q_values(flat, report.repeat(p.shape[1]).reset_index(drop=True))
    return pd.DataFrame(q.to_numpy().reshape(p.shape), p.index, p.columns)
