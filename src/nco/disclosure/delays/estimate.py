"""Growth of the affected cohort against those before it: the models of the country, and the means of every unit.

Engzell, Frey & Verhagen: delta = a + b affected + c year + d days + e, with delta the growth of a pupil in percentiles
of all pupils of all cohorts at the same test, year and days standardised, and standard errors clustered on schools.
"""

# ruff: noqa: N806 - X is a matrix, named as in the literature.

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from nco_utils import subgroups, tables
from nco_utils.models.clustered import fit_clustered
from nco_utils.params import Subgroup
from nco_utils.tables import ALL, DOMAINS

from ..earlier_releases import sectors_of
from . import delay_tables

SERIES = ["sector", "domain", "step", "scale"]
_FEWEST_SCHOOLS, _FEWEST_PUPILS = 3, 10  # of a model: with fewer there is no standard error worth its name


def prepared(pairs: pd.DataFrame, schools: pd.DataFrame, affected: str) -> pd.DataFrame:
    """Return the pairs (table growth) with what the models are of, on the index of the pairs.

    sector, affected (1 or 0), before and after (percentiles of the country at either test), shift (after - before),
    sd (of pupils' growth before, in points) and standardised (growth minus its mean before, over sd).
    """
    frame = pairs.assign(sector=sectors_of(schools, pairs["brinvest"]), year=pairs["school_year"].str[:4].astype(int))
    frame["affected"] = (frame["school_year"] == affected).astype("float64")
    frame["before"], frame["after"] = (_percentile(frame, f"score_{end}", SERIES) for end in ("before", "after"))
    frame["shift"] = frame["after"] - frame["before"]
    earlier = frame["growth"].where(frame["affected"] == 0)
    of_series = earlier.groupby([frame[name] for name in SERIES])
    frame["sd"] = of_series.transform("std")
    frame["standardised"] = (frame["growth"] - of_series.transform("mean")) / frame["sd"].where(frame["sd"] > 0)
    return frame


def together(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the pupils (a row a cohort and step) who have growth in all domains, with that of all together.

    frame: as `prepared`. Their percentiles are those of the mean of their percentiles.
    """
    keys = ["brinvest", "pupil_id", "sector", "school_year", "year", "affected", "step"]
    one = frame.drop_duplicates([*keys, "domain"], keep=False)  # of a domain on two scales it is not known which
    of_all = one.groupby(keys).agg(
        n=("domain", "nunique"),
        before=("before", "mean"),
        after=("after", "mean"),
        days_between=("days_between", "mean"),
    )
    made = of_all[of_all["n"] == len(DOMAINS)].reset_index()
    for end in ("before", "after"):
        made[end] = _percentile(made, end, ["sector", "step"])
    return made.assign(shift=made["after"] - made["before"], domain=ALL, scale=ALL, sd=np.nan, standardised=np.nan)


def delays(
    frame: pd.DataFrame, pupils: pd.DataFrame, splits: Mapping[str, Subgroup], pairs: pd.DataFrame
) -> pd.DataFrame:
    """Return table `delays`: of every step, and of all steps of a domain together, all pupils and by each trait.

    frame: `prepared` of pairs (table growth), which are split as `subgroups.members` does.
    """
    members = subgroups.members(pairs, pupils, splits)
    rows = list(_models(frame, ALL, ALL))
    rows += [{**row, "domain": ALL} for row in _models(together(frame), ALL, ALL) if row["step"] == ALL]
    for trait, split in splits.items():
        for value in split.values:
            rows += _models(frame[(members[trait] == value).to_numpy()], trait, value)
    if not rows:
        return tables.empty(delay_tables.DELAYS)
    return tables.conform(pd.DataFrame(rows), delay_tables.DELAYS)


def shifts(
    frame: pd.DataFrame, pupils: pd.DataFrame, splits: Mapping[str, Subgroup], pairs: pd.DataFrame
) -> pd.DataFrame:
    """Return table `shifts`: the means of every unit; arguments as of `delays`."""
    members = subgroups.members(pairs, pupils, splits).astype("object").assign(**{ALL: ALL})
    parts = []
    for trait in members:
        of_trait = frame.assign(trait=trait, value=members[trait]).dropna(subset="value")
        means = of_trait.groupby([*tables.UNIT_KEYS, "sector"], observed=True).agg(
            n_pupils=("growth", "size"), mean_growth=("growth", "mean"), shift=("shift", "mean"),
            days=("days_between", "mean"),
        )  # fmt: skip
        parts.append(means.reset_index())
    return tables.conform(pd.concat(parts, ignore_index=True), delay_tables.SHIFTS)


def model(frame: pd.DataFrame) -> dict[str, float]:
    """Return the model of some pupils, by the names of table `delays`.

    frame: with shift, affected, year, days_between and brinvest.
    """
    scaled = {"year": _standard(frame["year"]), "days": _standard(frame["days_between"])}
    X = np.column_stack([np.ones(len(frame)), frame["affected"], *(values for values, _, _ in scaled.values())])
    fit = fit_clustered(frame["shift"].to_numpy("float64"), X, frame["brinvest"].to_numpy())
    se = np.sqrt(np.diag(fit.vcov))
    made = {"intercept": fit.beta[0], "delay": fit.beta[1], "delay_se": se[1], "rmse": np.sqrt(fit.sigma2)}
    for place, (name, (_, mean, sd)) in enumerate(scaled.items(), start=2):
        # One that is the same for all, or that follows from the others, has no part in the model.
        made |= {name: np.nan_to_num(fit.beta[place]), f"{name}_se": se[place], f"{name}_mean": mean, f"{name}_sd": sd}
    return made


def _models(frame: pd.DataFrame, trait: str, value: str) -> Iterator[dict]:
    """The rows of some pupils: of each step, and of the steps of each domain together."""
    for keys, part in frame.groupby(SERIES):
        yield from _row(part, dict(zip(SERIES, keys, strict=True)), trait, value, part["sd"].iloc[0])
    for (sector, domain), part in frame.groupby(["sector", "domain"]):
        series = {"sector": sector, "domain": domain, "step": ALL, "scale": ALL}
        yield from _row(part, series, trait, value, np.nan)


def _row(frame: pd.DataFrame, series: dict, trait: str, value: str, sd: float) -> Iterator[dict]:
    """The model of one step, or of several; nothing where one of the two sides has too few."""
    sides = frame["affected"].value_counts().reindex([1.0, 0.0], fill_value=0)
    schools = frame.loc[frame["affected"] == 1, "brinvest"].nunique()
    if sides.min() < _FEWEST_PUPILS or schools < _FEWEST_SCHOOLS:
        return
    row = series | {"trait": trait, "value": value, "n_affected": sides[1.0], "n_before": sides[0.0]}
    row |= {"n_schools": schools, "sd": sd, "standardised": np.nan, "standardised_se": np.nan} | model(frame)
    known = frame.dropna(subset="standardised")
    if len(known):
        X = np.column_stack([np.ones(len(known)), known["affected"]])
        fit = fit_clustered(known["standardised"].to_numpy("float64"), X, known["brinvest"].to_numpy())
        row |= {"standardised": fit.beta[1], "standardised_se": np.sqrt(fit.vcov[1, 1])}
    yield row


def _percentile(frame: pd.DataFrame, name: str, by: list[str]) -> pd.Series:
    """The percentile of a score among all cohorts together; equal scores are in the middle of their places."""
    group = frame[name].groupby([frame[key] for key in by])
    return 100 * (group.rank() - 0.5) / group.transform("size")


def _standard(values: pd.Series) -> tuple[np.ndarray, float, float]:
    mean, sd = float(values.mean()), float(values.std(ddof=0))
    return (values.to_numpy("float64") - mean) / (sd or 1.0), mean, sd or 1.0
