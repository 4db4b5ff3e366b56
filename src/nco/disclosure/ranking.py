"""What a report may rank: of every figure how likely it is chance, and what is left of it after shrinkage.

From what is shown, so it gives nothing away that the reports do not.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nco.base.all_settings import Ranking
from nco_utils.params import Subgroup
from nco_utils.tables import ALL

from . import shrinkage
from .discovery import p_values, q_values

FAMILIES = (("effect", "country", "change"), ("gap",))  # what is judged together
COLUMNS = (*(f"{name}_q" for family in FAMILIES for name in family), "country_shrunken", "change_shrunken")
_SAME = ["brinvest", "school_year", "domain", "step", "scale", "trait"]
_GROWTH = ["mean_growth", "mean_growth_low", "mean_growth_high"]
_Figure = tuple[pd.Series, pd.Series, pd.Series]  # a value and the ends of its 95 % interval


def with_ranks(rows: pd.DataFrame, splits: Mapping[str, Subgroup], settings: Ranking) -> pd.DataFrame:
    """Return the rows of table `report`, rounded and with changes, with COLUMNS.

    rows: with `pool`, the number of the sector, cohort, step, domain and scale. The q-values (`discovery`) are of the
    newest cohort. Judged together: all that a report names of the whole school, its differences with the reference
    value, with the country and with a year ago; and apart from these the gaps between the first and the last group by
    each trait of `splits`, each in the row of the first. Of whole schools the difference with the country is shrunken
    to 0, and the change to the mean of its pool.
    """
    figures = _figures(rows, splits)
    p = pd.DataFrame({name: p_values(*figure) for name, figure in figures.items()})
    p = p.where(rows["school_year"] == rows["school_year"].max())
    made = {f"{name}_q": q.round(4) for family in FAMILIES for name, q in _q(p[list(family)], rows["brinvest"]).items()}
    for name in ("country", "change"):
        value, low, high = figures[name]
        se = shrinkage.standard_error(low, high)
        found = shrinkage.shrink(value, se, rows["pool"], settings.minimum_schools, to_mean=name == "change")
        made[f"{name}_shrunken"] = found.estimate.round(1)
    return rows.assign(**made)


def against_country(rows: pd.DataFrame) -> _Figure:
    """Return growth minus that of the country, with the interval of the school's: the country is certain beside it."""
    value, low, high = (rows[name] - rows["national_mean"] for name in _GROWTH)
    return value, low, high


def _figures(rows: pd.DataFrame, splits: Mapping[str, Subgroup]) -> dict[str, _Figure]:
    whole = rows["trait"] == ALL
    of_school = {name: _figure(rows, name) for name in ("effect", "change")} | {"country": against_country(rows)}
    found = {name: tuple(part.where(whole) for part in figure) for name, figure in of_school.items()}
    return found | {"gap": _gaps(rows, splits)}


def _figure(rows: pd.DataFrame, name: str) -> _Figure:
    return rows[name], rows[f"{name}_low"], rows[f"{name}_high"]


def _gaps(rows: pd.DataFrame, splits: Mapping[str, Subgroup]) -> _Figure:
    """In the row of the first group its mean growth minus that of the last: other pupils, so the variances add."""
    ends = pd.DataFrame(
        [(trait, split.values[0], split.values[-1]) for trait, split in splits.items() if len(split.values) > 1],
        columns=["trait", "value", "other"],
    )
    first = rows[[*_SAME, "value"]].merge(ends, on=["trait", "value"], how="left")
    last = rows.loc[rows["trait"] != ALL, [*_SAME, "value", *_GROWTH]].rename(columns={"value": "other"})
    other = first.merge(last, on=[*_SAME, "other"], how="left").set_index(rows.index)
    gap = rows["mean_growth"] - other["mean_growth"]
    margin = np.hypot(*((each["mean_growth_high"] - each["mean_growth_low"]) / 2 for each in (rows, other)))
    return gap, gap - margin, gap + margin


def _q(p: pd.DataFrame, report: pd.Series) -> pd.DataFrame:
    """The q-values of all columns together."""
    flat = pd.Series(p.to_numpy().ravel())
    q = q_values(flat, report.repeat(p.shape[1]).reset_index(drop=True))
    return pd.DataFrame(q.to_numpy().reshape(p.shape), p.index, p.columns)
