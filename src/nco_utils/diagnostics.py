"""What a reviewer needs to trust a round: cohorts side by side, variance components, calibration, residuals, movers.

Everything is of trait all. For researchers only: no rule for small groups has been applied here.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from . import tables
from .national import Z95
from .params import Params
from .reference import References, covariates
from .tables import ALL, MODEL_KEYS

_SERIES = [name for name in MODEL_KEYS if name != "school_year"]  # the same step, year after year
_SCHOOL_SERIES = ["brinvest", *_SERIES]
_FAR = 3  # standard deviations: 0.27 % of a normal distribution lies further away


def cohorts_side_by_side(national: pd.DataFrame, school_year: str, year_before: str) -> pd.DataFrame:
    """Return the country's growth of two cohorts, and what changed: in points, in its standard errors, in pupil SDs.

    `z` takes pupils of one school to be alike as far as the schools' means differ (sd_schools over the schools).
    """
    whole = national[national["trait"] == ALL].set_index(_SERIES)
    now, then = (whole[whole["school_year"] == year] for year in (school_year, year_before))
    both = now.join(then, how="outer", suffixes=("", "_before"))
    measures = ["n_pupils", "n_schools", "mean_growth", "sd_pupils"]
    frame = both[[f"{name}{suffix}" for name in measures for suffix in ("_before", "")]].copy()
    frame["change"] = both["mean_growth"] - both["mean_growth_before"]
    squares = [both[f"sd_schools{end}"] ** 2 / both[f"n_schools{end}"].astype("float64") for end in ("", "_before")]
    frame["z"] = frame["change"] / np.sqrt(sum(squares))
    frame["change_in_sd"] = frame["change"] / both["sd_pupils"]
    return frame


def trend(data: Path, settings: Params, made: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the country's mean growth of every analysed round of the data folder up to this one.

    `made` is this round's code with its table `national`, which need not be written yet. One row per series; columns
    are the cohorts and, of each, the rounds that have it.
    """
    last = max(settings.rounds[code].publication for code in made)
    earlier = [code for code in settings.rounds if code not in made and settings.rounds[code].publication < last]
    there = [code for code in earlier if (data / code / f"{tables.NATIONAL.name}.parquet").is_file()]
    found = {code: tables.read(tables.NATIONAL, data / code) for code in there} | dict(made)
    frame = pd.concat([country.assign(round=code) for code, country in found.items()], ignore_index=True)
    frame = frame[frame["trait"] == ALL]
    return frame.pivot(index=_SERIES, columns=["school_year", "round"], values="mean_growth").sort_index(axis=1)


def subgroup_gaps(national: pd.DataFrame) -> pd.DataFrame:
    """Return per sector, domain, trait and value: growth minus that of all pupils, in pupil SDs, over all steps.

    Weighted by the pupils of the value; `national` is the table, of one cohort or more.
    """
    whole = national[national["trait"] == ALL].set_index(MODEL_KEYS)[["mean_growth", "sd_pupils"]]
    if whole.empty:  # pandas joins no texts of nothing
        return pd.DataFrame()
    parts = national[national["trait"] != ALL].join(whole, on=MODEL_KEYS, suffixes=("", "_all"))
    gap = (parts["mean_growth"] - parts["mean_growth_all"]) / parts["sd_pupils_all"]
    keys = ["sector", "domain", "trait", "value"]
    weight = parts["n_pupils"].astype("float64").where(gap.notna(), 0)
    sums = parts[keys].assign(n=weight, gap=gap.fillna(0) * weight).groupby(keys).sum()
    return sums["gap"].div(sums["n"]).unstack("domain")


def outcomes(coverage: pd.DataFrame) -> pd.DataFrame:
    """Return per cohort, step and domain how many pupils had a result, and the share (0-1) of every outcome."""
    counts = coverage.groupby(["school_year", "step", "domain"]).sum(numeric_only=True).astype("float64")
    shares = [name for name in counts if name not in ("n_pupils", "n_results_other_scale")]
    return counts[["n_pupils"]].join(counts[shares].div(counts["n_pupils"], axis=0).rename(columns=lambda n: n[2:]))


def variance_components(references: References) -> pd.DataFrame:
    """Return per model the variances, the intraclass correlation and the median reliability of a school.

    Indexed by the keys of a model; variances in squared points of the scale.
    """
    terms = references.terms.set_index([*MODEL_KEYS, "term"])["estimate"].unstack("term")
    frame = terms.reindex(columns=["sigma2", "tau2"])
    frame["icc"] = frame["tau2"] / (frame["tau2"] + frame["sigma2"])
    fitted = fitted_schools(references.units)
    frame["median_reliability"] = fitted.groupby(MODEL_KEYS)["reliability"].median()
    frame["n_schools"] = fitted.groupby(MODEL_KEYS).size()
    return frame.rename_axis(columns=None)


def fitted_schools(units: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of table `reference` of whole schools that have a reference value."""
    return units[(units["model"] == "fitted") & (units["trait"] == ALL)]


def calibration(units: pd.DataFrame, groups: int = 10) -> pd.DataFrame:
    """Return observed growth against reference value in equally large groups of schools, weighted by pupils.

    `units` is table `reference`; groups run from the lowest to the highest reference value of a model.
    """
    fitted = fitted_schools(units)
    by = fitted.groupby(MODEL_KEYS)["reference"]
    group = _equal_groups(by.rank(method="first"), by.transform("size"), groups)
    return _weighted(fitted.assign(group=group), [*MODEL_KEYS, "group"])


def calibration_by(units: pd.DataFrame, school_traits: pd.DataFrame, trait: str, groups: int = 5) -> pd.DataFrame:
    """Return observed growth against reference value by a trait of the school, all models of a domain together.

    `trait` is a column of table `school_traits`; urbanity goes by its classes, another number in `groups` equally large
    groups of schools. `effect_in_sd` is the mean effect in standard deviations of the school effects of its own model;
    `z` that mean in its standard errors. A school that has no such trait is in no group.
    """
    values = school_traits.set_index("brinvest")[trait].dropna()
    if trait != "urbanity" and len(values):
        values = _equal_groups(values.astype("float64").rank(method="first"), len(values), groups)
    fitted = fitted_schools(units)
    fitted = fitted.assign(group=fitted["brinvest"].map(values).astype("Int64")).dropna(subset="group")
    spread = fitted.groupby(MODEL_KEYS)["effect"].transform("std")
    fitted["effect_in_sd"] = fitted["effect"] / spread.where(spread > 0)
    by = fitted.groupby(["domain", "group"])["effect_in_sd"]
    frame = pd.DataFrame({"n": by.size(), "effect_in_sd": by.mean(), "z": by.mean() / by.sem()})
    return frame.reset_index()


def residuals(fitted: pd.DataFrame) -> pd.DataFrame:
    """Return per model what the residuals of the pupils look like: of a normal distribution all but n and sd are 0.

    `fitted` is that of `References`. `far` is the share beyond three standard deviations, less that of the normal
    distribution; `slope` the correlation with the fitted value; `fan` that of their size with it (unequal spread).
    """
    if fitted.empty:
        return pd.DataFrame()
    rows = {}
    for keys, part in fitted.groupby(MODEL_KEYS, observed=True):
        residual, predicted = part["residual"].to_numpy(), part["predicted"].to_numpy()
        z = (residual - residual.mean()) / residual.std()
        constant = np.ptp(predicted) == 0
        rows[keys] = {
            "n": len(z),
            "sd": residual.std(),
            "skewness": (z**3).mean(),
            "kurtosis": (z**4).mean() - 3,
            "far": (np.abs(z) > _FAR).mean() - 0.0027,
            "slope": 0.0 if constant else np.corrcoef(predicted, residual)[0, 1],
            "fan": 0.0 if constant else np.corrcoef(predicted, np.abs(residual))[0, 1],
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(MODEL_KEYS)


def movers(
    figures: pd.DataFrame,
    units: pd.DataFrame,
    coverage: pd.DataFrame,
    school_year: str,
    year_before: str,
    most: int = 20,
) -> pd.DataFrame:
    """Return the schools whose growth changed most between the cohorts, for its uncertainty, and what goes with it.

    `figures`, `units` and `coverage` are the tables `figures`, `reference` and `coverage`. `z` is the change in its
    standard errors. The change of growth is that of the reference value (other pupils, other tests) and that of the
    effect (the rest); beside it the change of the earlier score, and of the share of pupils that have growth.
    """
    keys = ["brinvest", "school_year", "step", "domain", "scale"]
    whole = figures[figures["trait"] == ALL]
    known = fitted_schools(units)[[*keys, "reference", "effect"]]
    share = coverage.assign(covered=coverage["n_growth"] / coverage["n_pupils"].astype("float64"))
    frame = whole.merge(known, on=keys, how="left").merge(
        share[["brinvest", "school_year", "step", "domain", "covered"]], how="left"
    )
    frame = frame.set_index(_SCHOOL_SERIES)
    now, then = (frame[frame["school_year"] == year] for year in (school_year, year_before))
    both = now.join(then, how="inner", suffixes=("", "_before"))
    made = both[["n_pupils_before", "n_pupils"]].copy()
    for name in ("mean_growth", "reference", "effect", "mean_before", "covered"):
        made[f"d_{name}"] = both[name] - both[f"{name}_before"]
    error = np.sqrt(both["mean_growth_se"] ** 2 + both["mean_growth_se_before"] ** 2)
    made.insert(2, "z", made["d_mean_growth"] / error)
    made["why"] = _why(made)
    return made.sort_values("z", key=np.abs, ascending=False, kind="stable").head(most).reset_index()


def ordered_effects(units: pd.DataFrame) -> pd.DataFrame:
    """Return every school's effect with its 95 % interval, from low to high, without the school's name."""
    fitted = fitted_schools(units).sort_values("effect", ignore_index=True)
    frame = fitted[[*MODEL_KEYS, "effect"]].assign(
        low=fitted["effect"] - Z95 * fitted["effect_se"], high=fitted["effect"] + Z95 * fitted["effect_se"]
    )
    return frame.assign(excludes_zero=(frame["low"] > 0) | (frame["high"] < 0), position=range(1, len(frame) + 1))


def model_card(references: References, national: pd.DataFrame) -> pd.Series:
    """Return what the reference models of this round are, as they were fitted: one fact a row."""
    model, units = references.model, references.units
    held = covariates.fitted(references.terms, model)
    states = units[units["trait"] == ALL].drop_duplicates(MODEL_KEYS)["model"].value_counts()
    whole = national[national["trait"] == ALL]
    facts = {
        "estimator": model.estimator,
        "covariates": ", ".join(held),
        "asked for, in no model": ", ".join(name for name in model.terms if name not in held) or "none",
        "left out somewhere": ", ".join(sorted(references.notes["term"].unique())) or "none",
        "models fitted": int(states.get("fitted", 0)),
        **{f"no model: {state}": int(n) for state, n in states.items() if state != "fitted"},
        "fewest schools, pupils in a model": f"{model.minimum_schools}, {model.minimum_pupils}",
        "pairs": int(whole["n_pupils"].sum()),
        "schools with a reference value": int(fitted_schools(units)["brinvest"].nunique()),
        "not for": ", ".join(model.not_for) or "none",
        "knots of the earlier score": ", ".join(map(str, model.score_knots)) or "none: a straight line",
        "as logarithm": ", ".join(name for name in model.logarithm_of if name in model.school_numbers) or "none",
        "denominations": ", ".join(model.denominations) or "none",
        "reliability, in the variant within schools": str(model.reliability),
    }
    return pd.Series(facts, name="model card")


def _equal_groups(rank: pd.Series, size: pd.Series | int, groups: int) -> pd.Series:
    """The group, from 1, of each rank among `size`."""
    return ((rank - 1) * groups // size).astype(int) + 1


def _weighted(fitted: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    measures = ["mean_growth", "reference", "effect"]
    weights = fitted["n_pupils"].astype("float64")
    sums = fitted[keys].assign(n_pupils=weights, **{name: fitted[name] * weights for name in measures})
    means = sums.groupby(keys)[["n_pupils", *measures]].sum()
    means[measures] = means[measures].div(means["n_pupils"], axis=0)
    return means.assign(n_schools=fitted.groupby(keys).size()).reset_index()


def _why(made: pd.DataFrame) -> pd.Series:
    """Say of each change what it goes with most: other pupils who are tested, other pupils, or neither (effect)."""
    tested = made["d_covered"].abs() >= 0.2
    expected = made["d_reference"].abs() > made["d_effect"].abs()
    why = pd.Series("effect", index=made.index, dtype="str").mask(expected, "reference").mask(tested, "coverage")
    return why.mask(made["d_effect"].isna() & ~tested, "no reference")
