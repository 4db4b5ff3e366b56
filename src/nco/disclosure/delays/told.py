"""What reports may tell of delay: figures of what may be shown of every cohort, and nothing else.

A school's figure is made of cohorts that are each shown by themselves (`nco.disclosure.protect`), so it gives nothing
away that these do not; the country's is told where every cohort's national mean of the same pupils may be.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from nco.base.all_settings import Settings
from nco_utils import tables
from nco_utils.national import Z95
from nco_utils.tables import ALL

from .. import shrinkage
from ..discovery import p_values, q_values
from . import delay_tables
from .estimate import SERIES

_ROW = [*SERIES, "trait", "value"]
_UNIT = ["brinvest", *_ROW]
_DOMAIN = ["brinvest", "sector", "domain", "trait", "value"]
_ONE, _TWO = 1, 2  # decimals
_FIGURES = {"delay": _ONE, "standardised": _TWO, "country": _ONE, "gap": _ONE}


@dataclass(frozen=True)
class Cohorts:
    """What the figures are made of.

    report: table report of all compared cohorts, after disclosure control; country: table country. national: table
    national, of which `country` is what may be told. shifts, delays: what the national notebook computed.
    """

    report: pd.DataFrame
    country: pd.DataFrame
    national: pd.DataFrame
    shifts: pd.DataFrame
    delays: pd.DataFrame


def of_country(cohorts: Cohorts, settings: Settings) -> pd.DataFrame:
    """Return the rows of table `delays` that may be told, unrounded.

    Told by a trait is what may be of every compared cohort; of all steps together, where each of them may.
    """
    cohort = [*_ROW, "school_year"]
    compared = cohorts.national[cohorts.national["school_year"].isin(settings.covid.years)]
    both = compared[cohort].merge(cohorts.country[cohort], how="left", indicator="told")
    silent = both.loc[both["told"] == "left_only", [*SERIES, "trait"]].drop_duplicates()
    of_domain = silent.assign(step=ALL, scale=ALL)
    untold = pd.concat([silent, of_domain, of_domain.assign(domain=ALL)])
    gone = pd.MultiIndex.from_frame(cohorts.delays[[*SERIES, "trait"]]).isin(pd.MultiIndex.from_frame(untold))
    return cohorts.delays[~gone].reset_index(drop=True)


def country_table(told: pd.DataFrame) -> pd.DataFrame:
    """Return table `country_delays` of the rows that may be told."""
    made = _with_ends(told, {"delay": "delay_se", "standardised": "standardised_se"})
    return tables.conform(_rounded(made), delay_tables.COUNTRY_DELAYS)


def of_schools(cohorts: Cohorts, told: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return table `school_delays`: of every step, of all steps of a domain together, and of groups of pupils.

    told: what may be told of the country. Groups are told of all steps together only.
    """
    steps = _steps(_adjusted(cohorts, told), settings)
    whole = steps[steps["trait"] == ALL]
    last = {trait: split.values[-1] for trait, split in settings.subgroups.items()}
    shown = pd.concat([whole, _together(steps).merge(_gaps(steps, last), how="left")], ignore_index=True)
    found = _with_statuses(shown, cohorts, settings)
    return tables.conform(_judged(_shrunken(_rounded(found), settings)), delay_tables.SCHOOL_DELAYS)


def cohorts_of_schools(cohorts: Cohorts, told: pd.DataFrame) -> pd.DataFrame:
    """Return table `school_shifts`: growth of every shown cohort, beside that of the country at the same steps."""
    keys = ["sector", "school_year", "domain", "step", "scale"]
    whole = cohorts.shifts[cohorts.shifts["trait"] == ALL]
    of_country = _weighted(whole, ["shift"], keys, "n_pupils").rename(columns={"shift": "national"})
    own = _shown_units(cohorts).query("trait == @ALL").merge(of_country, on=keys)
    own = own.merge(told.loc[told["trait"] == ALL, [*SERIES, "rmse"]], on=SERIES)
    own["variance"] = own["n_pupils"] * own["rmse"] ** 2
    by = ["brinvest", "school_year", "domain"]
    sums = own.groupby(by)[["n_pupils", "variance"]].sum()
    made = _weighted(own, ["shift", "national"], by, "n_pupils").set_index(by).join(sums)
    margin = Z95 * np.sqrt(made["variance"]) / made["n_pupils"]
    made = made.assign(shift_low=made["shift"] - margin, shift_high=made["shift"] + margin)
    return tables.conform(made.round(_ONE).reset_index(), delay_tables.SCHOOL_SHIFTS)


def _shown_units(cohorts: Cohorts) -> pd.DataFrame:
    """The units of table `shifts` that may be shown."""
    shown = cohorts.report.loc[cohorts.report["status"] == "shown", tables.UNIT_KEYS]
    return cohorts.shifts.merge(shown, on=tables.UNIT_KEYS)


def _adjusted(cohorts: Cohorts, told: pd.DataFrame) -> pd.DataFrame:
    """The units with their growth as it would be in the middle of years and days, by the country's model of them."""
    models = told.drop(columns=["n_schools", "n_affected", "n_before"])
    units = _shown_units(cohorts).merge(models, on=_ROW, suffixes=("", "_effect"))
    year = (units["school_year"].str[:4].astype(int) - units["year_mean"]) / units["year_sd"]
    days = (units["days"] - units["days_mean"]) / units["days_sd"]
    units["adjusted"] = units["shift"] - units["year"] * year - units["days_effect"] * days
    return units.rename(columns={"delay": "national"})


def _steps(units: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The delay of every school's group of pupils at every step: of shown cohorts, enough of them."""
    names = ["adjusted", "mean_growth"]
    affected = units["school_year"] == settings.covid.affected
    after = units[affected].set_index(_UNIT)
    before = units[units["school_year"].isin(settings.covid.before)]
    sums = before.groupby(_UNIT).agg(n_before=("n_pupils", "sum"), n_years=("school_year", "nunique"))
    means = _weighted(before, names, _UNIT, "n_pupils").set_index(_UNIT).add_suffix("_then").join(sums)
    both = after.join(means[means["n_years"] >= settings.covid.least_years], how="inner")
    error = np.sqrt(1 / both["n_pupils"] + 1 / both["n_before"])
    made = both.assign(
        n_affected=both["n_pupils"],
        delay=both["adjusted"] - both["adjusted_then"],
        se=both["rmse"] * error,
        standardised=(both["mean_growth"] - both["mean_growth_then"]) / both["sd"],
        standardised_se=error,
    ).reset_index()
    return made[
        [*_UNIT, "n_affected", "n_before", "n_years", "delay", "se", "standardised", "standardised_se", "national"]
    ]


def _together(steps: pd.DataFrame) -> pd.DataFrame:
    """All steps of a domain together: means weighted by precision, of all pupils and of each group."""
    weighted = steps.assign(weight=1 / steps["se"] ** 2)
    sums = weighted.groupby(_DOMAIN).agg(
        n_affected=("n_affected", "sum"), n_before=("n_before", "sum"), n_years=("n_years", "max"),
        weight=("weight", "sum"),
    )  # fmt: skip
    parts = weighted.assign(part=(weighted["weight"] * weighted["standardised_se"]) ** 2)
    means = _weighted(weighted, ["delay", "standardised", "national"], _DOMAIN, "weight").set_index(_DOMAIN)
    error = np.sqrt(parts.groupby(_DOMAIN)["part"].sum()) / sums["weight"]
    made = means.join(sums).assign(se=1 / np.sqrt(sums["weight"]), standardised_se=error, step=ALL, scale=ALL)
    return made.drop(columns="weight").reset_index()


def _gaps(steps: pd.DataFrame, last: dict[str, str]) -> pd.DataFrame:
    """The delay of the first group of a trait minus that of the last, at the steps where both are shown."""
    rows = steps[steps["trait"] != ALL]
    is_last = rows["value"] == rows["trait"].map(last)
    keys = [name for name in _UNIT if name != "value"]
    both = rows[~is_last].merge(rows.loc[is_last, [*keys, "delay", "se"]], on=keys, suffixes=("", "_last"))
    both = both.assign(gap=both["delay"] - both["delay_last"], weight=1 / (both["se"] ** 2 + both["se_last"] ** 2))
    made = _weighted(both, ["gap"], _DOMAIN, "weight").set_index(_DOMAIN)
    margin = Z95 / np.sqrt(both.groupby(_DOMAIN)["weight"].sum())
    return made.assign(gap_low=made["gap"] - margin, gap_high=made["gap"] + margin).reset_index()


def _with_statuses(shown: pd.DataFrame, cohorts: Cohorts, settings: Settings) -> pd.DataFrame:
    """The shown rows with their intervals, and a row for every other step at which the affected cohort has results."""
    made = shown.assign(status="shown", country=shown["delay"] - shown["national"])
    made = _with_ends(made, {"delay": "se", "standardised": "standardised_se", "country": "se"})
    sector = cohorts.shifts.drop_duplicates("brinvest").set_index("brinvest")["sector"]
    whole = cohorts.report[cohorts.report["trait"] == ALL]
    whole = whole.assign(sector=whole["brinvest"].map(sector), scale=whole["scale"].fillna(ALL)).dropna(subset="sector")
    keys = ["brinvest", *SERIES]
    after = whole[whole["school_year"] == settings.covid.affected].set_index(keys)["status"]
    before = whole[whole["school_year"].isin(settings.covid.before)].groupby(keys)["status"]
    enough = before.agg(lambda each: (each == "shown").sum() >= settings.covid.least_years).reindex(after.index)
    concealed = before.agg(lambda each: (each == "hidden").any()).reindex(after.index)
    status = np.select(
        [after == "hidden", after != "shown", enough.eq(True), concealed.eq(True)],
        ["hidden", "no_growth", "no_country", "hidden"],
        "few_years",
    )
    others = after.to_frame().assign(status=status).reset_index().assign(trait=ALL, value=ALL)
    seen = pd.MultiIndex.from_frame(others[_UNIT]).isin(pd.MultiIndex.from_frame(made[_UNIT]))
    return pd.concat([made, others[~seen]], ignore_index=True)


def _with_ends(rows: pd.DataFrame, errors: dict[str, str]) -> pd.DataFrame:
    """The rows with the ends of the 95 % intervals of figures; errors: the column of each one's standard error."""
    ends = {"_low": -Z95, "_high": Z95}
    found = {f"{name}{end}": rows[name] + z * rows[se] for name, se in errors.items() for end, z in ends.items()}
    return rows.assign(**found)


def _rounded(rows: pd.DataFrame) -> pd.DataFrame:
    decimals = {f"{name}{end}": digits for name, digits in _FIGURES.items() for end in ("", "_low", "_high")}
    return rows.round({name: digits for name, digits in (decimals | {"national": _ONE}).items() if name in rows})


def _shrunken(rows: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """The rows with careful estimates of whole schools: drawn to the country, as far as they may be chance."""
    whole = rows["trait"] == ALL
    pool = rows[["sector", "domain", "step", "scale"]].agg("|".join, axis=1)
    value = rows["country"].where(whole)
    se = shrinkage.standard_error(rows["country_low"], rows["country_high"])
    found = shrinkage.shrink(value, se, pool, settings.ranking.minimum_schools)
    schools = value.groupby(pool).transform("count")
    spread = value.groupby(pool).transform("std").where(schools >= settings.profile.minimum_schools.spread)
    return rows.assign(
        country_shrunken=found.estimate.round(_ONE),
        delay_shrunken=(rows["national"] + found.estimate).round(_ONE),
        spread=spread.where(value.notna()).round(_TWO),
    )


def _judged(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with q-values: a report's delays and differences with the country together, its gaps by themselves."""
    own = rows["trait"] == ALL
    p = {
        name: p_values(*(rows[f"{name}{end}"] for end in ("", "_low", "_high"))) for name in ("delay", "country", "gap")
    }
    both = pd.concat([p["delay"].where(own), p["country"].where(own)], ignore_index=True)
    q = q_values(both, pd.concat([rows["brinvest"]] * 2, ignore_index=True)).round(4).to_numpy()
    return rows.assign(
        delay_q=q[: len(rows)], country_q=q[len(rows) :], gap_q=q_values(p["gap"], rows["brinvest"]).round(4)
    )


def _weighted(rows: pd.DataFrame, names: list[str], by: list[str], weight: str) -> pd.DataFrame:
    """The means of columns, weighted, by some keys."""
    parts = rows[by].assign(**{name: rows[name] * rows[weight] for name in names}, weight=rows[weight])
    sums = parts.groupby(by).sum()
    return sums[names].div(sums["weight"], axis=0).reset_index()
