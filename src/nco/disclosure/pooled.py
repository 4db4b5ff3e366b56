"""A school's lasting difference: all that its reports showed of a domain, over steps and rounds, as one estimate.

One step of 25 pupils says little and ten steps of two or three years say much more. From what is shown, so it gives
nothing away that the reports do not.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import norm

from nco.base.all_settings import Ranking
from nco_utils import tables
from nco_utils.national import Z95
from nco_utils.steps import STEPS
from nco_utils.tables import ALL

from . import shown_tables, shrinkage
from .ranking import against_country

MEASURES = ("effect", "country")  # the difference with the reference value, and with the country
KEY = ["brinvest", "domain", "scale"]
_YEAR = [*KEY, "school_year"]
_STEP = ["brinvest", "school_year", "domain", "step"]
_UNIT = [*_STEP, "scale"]
_NOTHING = 1e-9  # schools of one size: nothing tells errors from true differences


def together(reports: Sequence[pd.DataFrame], sector: pd.Series, settings: Ranking) -> pd.DataFrame:
    """Return table `pooled` of the schools in the newest of `reports`: tables report, the newest first.

    sector: of every brinvest. A step of a cohort counts once, as the newest report that has it says. The estimate is
    the mean of a school's differences weighted by their precision, so it is of the school in these steps and cohorts;
    its variance counts that two steps in a row of the same pupils share a test (`_shared_test`). The same of the
    newest school year alone. The q-values come with `ranking.judged`. Shrunken to 0, within sector, domain and scale.
    What one standard deviation of school means is, how much the country grew, and standardised growth are means over
    the steps with the same weights.
    """
    rows = newest(reports)
    parts = [_measure(rows, name, *value, sector, settings) for name, value in _values(rows).items()]
    made = parts[0].join(parts[1], how="outer").reset_index()
    made = made.astype({f"{name}_n_{what}": "Int64" for name in MEASURES for what in ("steps", "years")})
    made[[f"{name}_q" for name in MEASURES]] = np.nan
    return tables.conform(_rounded(made), shown_tables.POOLED)


def by_year(reports: Sequence[pd.DataFrame], sector: pd.Series) -> pd.DataFrame:
    """Return table `trend` of the schools in the newest of `reports`: as `together`, of each school year by itself."""
    rows, parts = newest(reports), []
    for name, (value, low, high) in _values(rows).items():
        steps = _steps(rows, value, low, high, sector)
        # The step after the last of a school year lies in the next one.
        shared = _shared_test(steps).where(~_before_summer(steps["step"].str[-2:]), 0.0)
        n, estimate, error = _mean(steps, shared, _YEAR)
        parts.append(pd.DataFrame({f"{name}_n": n, **_interval(name, estimate, Z95 * error)}))
        if name == "country":
            sd = _weighted(steps, "sd", _YEAR)
            parts.append(
                pd.DataFrame(_interval("standardised", _weighted(steps, "standardised", _YEAR), Z95 * error / sd))
            )
    made = pd.concat(parts, axis=1)
    made["n_steps"] = made[["effect_n", "country_n"]].max(axis=1).astype("int64")
    return tables.conform(_rounded(made.reset_index()), shown_tables.TREND)


def _values(rows: pd.DataFrame) -> dict[str, tuple[pd.Series, pd.Series, pd.Series]]:
    """The value and the ends of the interval of both measures."""
    effect = rows["effect"], rows["effect_low"], rows["effect_high"]
    return {"effect": effect, "country": against_country(rows)}


def _interval(name: str, value: pd.Series, margin: pd.Series) -> dict[str, pd.Series]:
    return {name: value, f"{name}_low": value - margin, f"{name}_high": value + margin}


def newest(reports: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the shown rows of whole schools: of a step of a cohort those of the newest report, or none.

    Of the schools in the newest report.
    """
    kept, seen = [], pd.MultiIndex.from_frame(pd.DataFrame(columns=_STEP))
    for report in reports:
        whole = report[report["trait"] == ALL]
        steps = pd.MultiIndex.from_frame(whole[_STEP])
        kept.append(whole[~steps.isin(seen)])
        seen = seen.union(steps.unique())
    rows = pd.concat(kept, ignore_index=True)
    return rows[(rows["status"] == "shown") & rows["brinvest"].isin(reports[0]["brinvest"])]


def _measure(rows: pd.DataFrame, name: str, value, low, high, sector: pd.Series, settings: Ranking) -> pd.DataFrame:
    """The columns of one measure, by KEY."""
    steps = _steps(rows, value, low, high, sector)
    shared = _shared_test(steps)
    n, estimate, error = _mean(steps, shared)
    newest = steps["school_year"] == steps["school_year"].max()  # after which there is no step yet
    _, of_year, error_of_year = _mean(steps[newest], shared[newest])
    pool = steps.groupby(KEY)["pool"].first()
    shrunken = shrinkage.shrink(estimate, error, pool, settings.minimum_schools)
    columns = {
        "n_steps": n,
        "n_years": steps.groupby(KEY)["school_year"].nunique(),
        "": estimate,
        "low": estimate - Z95 * error,
        "high": estimate + Z95 * error,
        "year": of_year,
        "year_low": of_year - Z95 * error_of_year,
        "year_high": of_year + Z95 * error_of_year,
        "sd": (sd := _weighted(steps, "sd")),
        "usual": _weighted(steps, "usual"),
        "p": pd.Series(2 * norm.sf((estimate / error).abs()), index=estimate.index),
        "tau2": shrunken.tau2,
        "shrunken": shrunken.estimate,
        "shrunken_se": shrunken.se,
    }
    made = pd.DataFrame({f"{name}_{column}".rstrip("_"): values for column, values in columns.items()})
    if name != "country":
        return made
    standardised, margin = _weighted(steps, "standardised"), Z95 * error / sd
    return made.assign(
        standardised=standardised, standardised_low=standardised - margin, standardised_high=standardised + margin
    )


def _steps(rows: pd.DataFrame, value, low, high, sector: pd.Series) -> pd.DataFrame:
    """The steps at which a measure is known, with its standard error, the country's growth and the schools' spread."""
    se = shrinkage.standard_error(low, high)
    steps = rows[[*_UNIT, "standardised"]].assign(value=value.astype("float64"), se=se.astype("float64"))
    steps["usual"], steps["sd"] = rows["national_mean"], spread_of_schools(rows)
    steps = steps.dropna(subset=["value", "se"])
    return steps.assign(pool=steps["brinvest"].map(sector) + steps["domain"] + steps["scale"])


def _mean(steps: pd.DataFrame, shared: pd.Series, by: Sequence[str] = KEY) -> tuple[pd.Series, pd.Series, pd.Series]:
    """The number of steps, their mean weighted by precision, and its standard error, by KEY or what it is told."""
    weight, by = 1 / steps["se"] ** 2, list(by)
    found = steps[by].assign(n=1, weight=weight, sum=weight * steps["value"], shared=shared).groupby(by).sum()
    return found["n"], found["sum"] / found["weight"], np.sqrt(found["weight"] + 2 * found["shared"]) / found["weight"]


def _weighted(steps: pd.DataFrame, name: str, by: Sequence[str] = KEY) -> pd.Series:
    """The mean of a column over the steps that have it, weighted as the estimate is, by KEY or what it is told."""
    known, by = steps.dropna(subset=name), list(by)
    parts = known[by].assign(weight=1 / known["se"] ** 2, sum=known[name] / known["se"] ** 2).groupby(by).sum()
    return parts["sum"] / parts["weight"]


def spread_of_schools(rows: pd.DataFrame) -> pd.Series:
    """Return how many points one standard deviation of school means is: what makes a shown interval standardised."""
    points, standardised = ((rows[f"{name}_high"] - rows[f"{name}_low"]) for name in ("mean_growth", "standardised"))
    return (points / standardised.where(standardised > 0)).astype("float64")


def _shared_test(steps: pd.DataFrame) -> pd.Series:
    """Return for every step what the next one of the same pupils adds to the variance: w w' r s s', with w = 1 / s2.

    The test between two steps counts in both, with opposite signs, so their errors correlate by some r < 0. A product
    of two such differences is on average r s s' + g, with g that of the true differences, which does not shrink as
    schools grow: r is the slope, by least squares with a g of each pool and one r for all (a few hundred schools tell
    no more). A school's lasting difference is taken out first, which leaves r (1 - 2 / K) - 1 / K of K steps. r lies
    between -.5 (growth is all error of the tests) and 0, and is 0 where nothing tells it.
    """
    scale, product, of_r, both = _neighbours(steps)
    # Where true differences are large beside errors, in large schools, a product tells less.
    true = (both["deviation"] ** 2 - both["se"] ** 2).groupby(both["pool"]).transform("mean").clip(lower=0)
    weight = 1 / (1 + true * scale)
    product, of_r, scale = weight * product, weight * of_r, weight * scale
    # Frisch & Waugh: both sides without what a g of the pool explains.
    total = (scale**2).groupby(both["pool"]).transform("sum")
    product, of_r = (
        side - scale * (scale * side).groupby(both["pool"]).transform("sum") / total for side in (product, of_r)
    )
    told = (of_r**2).sum()
    r = np.clip((of_r * product).sum() / told, -0.5, 0.0) if told > _NOTHING else 0.0
    return pd.Series((r * scale / weight).to_numpy(), index=both["index"]).reindex(steps.index, fill_value=0.0)


def _neighbours(steps: pd.DataFrame) -> tuple[pd.Series, pd.Series, pd.Series, pd.DataFrame]:
    """Of every two steps in a row of one school: 1 / s s', the product of their deviations, its part of r, the rest."""
    by_school = steps.assign(weight=1 / steps["se"] ** 2).groupby(KEY)
    mean = (steps["value"] / steps["se"] ** 2).groupby([steps[name] for name in KEY]).transform("sum")
    mean /= by_school["weight"].transform("sum")
    steps = steps.assign(deviation=steps["value"] - mean, n=by_school["value"].transform("size"))
    begin, first, last = steps["school_year"].str[:4].astype("int64"), steps["step"].str[:2], steps["step"].str[-2:]
    # The step after M5-E5 is E5-M6 of the school year after; that after E4-M5 ends in the same one.
    here = steps.assign(moment=last, year=begin + _before_summer(last)).reset_index()
    after = steps.assign(moment=first, year=begin)[[*KEY, "moment", "year", "deviation", "se"]]
    both = here.merge(after, on=[*KEY, "moment", "year"], suffixes=("", "_after"))
    scale = 1 / (both["se"] * both["se_after"])
    product = both["deviation"] * both["deviation_after"] * scale + 1 / both["n"]
    return scale, product, 1 - 2 / both["n"], both


def _before_summer(moment: pd.Series) -> pd.Series:
    """Whether a moment is the last of its school year, so that the step after it ends in the next one."""
    return moment.str[0].isin([STEPS.steps[end] for end in STEPS.ends if STEPS.over_summer(end)])


def _rounded(made: pd.DataFrame) -> pd.DataFrame:
    """Two decimals, for an estimate over many steps is surer than what is shown of one; four of variances.

    A chance is not rounded to nothing: q-values are made of it.
    """
    columns = made.select_dtypes("float64").columns
    return made.round({name: 12 if name.endswith("_p") else 4 if name.endswith("_tau2") else 2 for name in columns})
