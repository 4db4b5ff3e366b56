"""All pupils of a school together where they take tests of several makers: on one scale, in spreads of school means.

Points of two tests have no unit in common. So of each step the growth by each test, minus that of the country and in
standard deviations of school means, is averaged over the pupils. It is made of what a report shows of each test and of
nothing else, for a figure of all pupils, less those of the tests that are shown, would be that of the test that is
hidden. Of a school that is shown standardised figures only, all are made so.
"""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from nco.base.all_settings import Ranking
from nco_utils import tables
from nco_utils.tables import ALL

from . import pooled, shown_tables, shrinkage

_STEP = ["brinvest", "school_year", "domain", "step"]
_UNIT = [*_STEP, "trait", "value"]
_POOL = ["sector", "school_year", "domain", "step", "scale"]
_OF = ["brinvest", "domain"]


def where(reports: Sequence[pd.DataFrame], sector: pd.Series, only: Collection[str]) -> pd.DataFrame:
    """Return the schools and domains (brinvest, domain) that are told of on one scale over all tests.

    Those with figures of several tests in what `reports` (tables report, the newest first) show; and all of sectors
    that are shown standardised figures only: `only`, a column of what is returned too.
    """
    told = pooled.newest(reports)
    scales = told.groupby(_OF)["scale"].nunique().reset_index()
    scales["only"] = scales["brinvest"].map(sector).isin(list(only))
    return scales.loc[(scales["scale"] > 1) | scales["only"], [*_OF, "only"]].reset_index(drop=True)


def beside(by_test: pd.DataFrame, together: pd.DataFrame, of: pd.DataFrame, table: tables.Table) -> pd.DataFrame:
    """Return the rows by test and, of the schools and domains of `where`, those of all tests together.

    Of a school that is shown standardised figures only there are none by test.
    """
    mine = pd.MultiIndex.from_frame(together[_OF]).isin(pd.MultiIndex.from_frame(of[_OF]))
    points = ~pd.MultiIndex.from_frame(by_test[_OF]).isin(pd.MultiIndex.from_frame(of.loc[of["only"], _OF]))
    return tables.conform(pd.concat([by_test[points], together[mine]], ignore_index=True), table)


def on_one_scale(report: pd.DataFrame, sector: pd.Series, split: Collection[str] = ()) -> pd.DataFrame:
    """Return the shown rows of a table report with every step once, on scale ALL, in standard deviations.

    sector: of every brinvest; split: the schools of which the groups of pupils are there too. n_tests: the tests in a
    figure, weighted by their pupils. A test that is not compared with the country counts in none. A group's growth is
    told from the country's whole, for two groups may have made the tests in unlike numbers. A step of which nothing
    can be said is `hidden`.
    """
    rows = report[(report["trait"] == ALL) | report["brinvest"].isin(list(split))]
    shown = rows[rows["status"] == "shown"]
    parts = _parts(shown.assign(sector=shown["brinvest"].map(sector)))
    growth, effect = _mean(parts, "own"), _mean(parts, "effect")
    known = parts[parts["own"].notna()].groupby(_UNIT)
    made = pd.DataFrame({"n_tests": known.size(), "n_pupils": known["n"].sum()})
    made["national_mean"] = _mean(parts, "usual", of="own")["usual"]
    made = made.join(growth.add_prefix("mean_growth_")).join(effect)
    made = made.rename(columns={f"mean_growth_own{end}": f"mean_growth{end}" for end in ("", "_low", "_high")})
    for end in ("", "_low", "_high"):
        made[f"standardised{end}"] = made[f"mean_growth{end}"] - made["national_mean"]
    steps = report.loc[report["trait"] == ALL, _STEP].drop_duplicates().assign(trait=ALL, value=ALL)
    found = steps.merge(made.reset_index(), on=_UNIT, how="outer")
    status = np.where(found["n_tests"].notna(), "shown", "hidden")
    return found.assign(scale=ALL, status=status)


def steps(report: pd.DataFrame, scaled: pd.DataFrame, sector: pd.Series, settings: Ranking) -> pd.DataFrame:
    """Return, as rows of table report, the steps in which a school's pupils take several tests: all of them together.

    scaled: the report `on_one_scale`. In standard deviations, as if the country grew nothing; shrunken to 0 within the
    same step of all schools. The q-values come with `ranking.judged`, and the rest with `told`.
    """
    rows = scaled[(scaled["status"] == "shown") & (scaled["trait"] == ALL)].reset_index(drop=True)
    pool = rows["brinvest"].map(sector) + rows["school_year"] + rows["domain"] + rows["step"]
    made = rows.assign(national_mean=0.0)
    for name, shrunken in (("standardised", "country_shrunken"), ("effect", "effect_shrunken")):
        se = shrinkage.standard_error(rows[f"{name}_low"], rows[f"{name}_high"])
        made[shrunken] = shrinkage.shrink(rows[name], se, pool, settings.minimum_schools).estimate
    for end in ("", "_low", "_high"):
        made[f"mean_growth{end}"] = made[f"standardised{end}"]
    several = made[made["n_tests"] > 1].reset_index(drop=True)
    return several.reindex(columns=[*report.columns, "n_tests"]).astype({"n_pupils": "Int64", "n_tests": "Int64"})


def told(rows: pd.DataFrame) -> pd.DataFrame:
    """Return table `all_tests` of the rows of `steps`, judged."""
    columns = rows.select_dtypes("float64").columns
    rounded = rows.round({name: 4 if name.endswith("_q") else 2 for name in columns})
    return tables.conform(rounded, shown_tables.ALL_TESTS)


def _parts(shown: pd.DataFrame) -> pd.DataFrame:
    """Growth by each test, in standard deviations: `own`, of which the country's is `usual`, and `effect`."""
    whole = (shown["trait"] == ALL).to_numpy()
    spread = pooled.spread_of_schools(shown[whole]).groupby([shown.loc[whole, name] for name in _POOL]).median()
    national = shown.loc[whole].groupby(_POOL)["national_mean"].first()
    at = pd.MultiIndex.from_frame(shown[_POOL])
    sd, base = spread.reindex(at).to_numpy(float), national.reindex(at).to_numpy(float)
    usual = np.where(whole, base, shown["national_mean"].to_numpy(float) - base) / sd
    made = shown[_UNIT].assign(n=shown["n_pupils"].to_numpy(float), usual=usual)
    for end in ("", "_low", "_high"):
        of_group = (shown[f"mean_growth{end}"].to_numpy(float) - base) / sd
        of_whole = shown[f"standardised{end}"].to_numpy(float) + usual
        made[f"own{end}"] = np.where(whole, of_whole, of_group)
        made[f"effect{end}"] = np.where(whole, shown[f"effect{end}"].to_numpy(float) / sd, np.nan)
    return made


def _mean(parts: pd.DataFrame, name: str, of: str = "") -> pd.DataFrame:
    """The mean of a figure over the pupils of the tests that have it, with its interval, by _UNIT.

    of: over those that have another figure; empty where one of these has not this one.
    """
    rows = parts[parts[of or name].notna()]
    sums = rows[_UNIT].assign(n=rows["n"], sum=rows["n"] * rows[name], known=rows[name].notna())
    if not of:
        sums["squares"] = (rows["n"] * (rows[f"{name}_high"] - rows[f"{name}_low"]) / 2) ** 2
        sums["narrow"] = sums["squares"].isna()
    found = sums.groupby(_UNIT).agg(dict.fromkeys(sums.columns.difference(_UNIT), "sum"), min_count=1)
    mean = found["sum"] / found["n"]
    if of:
        complete = sums.groupby(_UNIT)["known"].all()
        return pd.DataFrame({name: mean.where(complete)})
    margin = (np.sqrt(found["squares"]) / found["n"]).where(~sums.groupby(_UNIT)["narrow"].any())
    return pd.DataFrame({name: mean, f"{name}_low": mean - margin, f"{name}_high": mean + margin})
