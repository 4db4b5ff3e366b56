"""What a reviewer needs to trust a round: variance components, calibration, the spread of school effects."""

import pandas as pd

from .disclosure import Z95
from .reference import STEP_KEYS, References


def variance_components(references: References) -> pd.DataFrame:
    """Return per model the variances, the intraclass correlation and the median reliability of a school.

    Indexed by step, domain and scale; variances in squared points of the scale.
    """
    terms = references.terms.set_index([*STEP_KEYS, "term"])["estimate"].unstack("term")
    frame = terms.reindex(columns=["sigma2", "tau2"])
    frame["icc"] = frame["tau2"] / (frame["tau2"] + frame["sigma2"])
    frame["median_reliability"] = references.schools.groupby(STEP_KEYS)["reliability"].median()
    return frame.rename_axis(columns=None)


def calibration(schools: pd.DataFrame, groups: int = 10) -> pd.DataFrame:
    """Return observed growth against reference value in equally large groups of schools, weighted by pupils.

    `schools` is table `reference`; groups run from the lowest to the highest reference value of a model.
    """
    fitted = schools[schools["model"] == "fitted"].copy()
    rank = fitted.groupby(STEP_KEYS)["reference"].rank(method="first", pct=True)
    fitted["group"] = (rank * groups).clip(upper=groups - 1e-9).astype(int) + 1
    measures = ["mean_growth", "reference", "effect"]
    fitted[measures] = fitted[measures].mul(fitted["n_pupils"].astype(float), axis=0)
    keys = [*STEP_KEYS, "group"]
    sums = fitted.groupby(keys)[["n_pupils", *measures]].sum()
    sums[measures] = sums[measures].div(sums["n_pupils"].astype(float), axis=0)
    return sums.assign(n_schools=fitted.groupby(keys).size()).reset_index()


def ordered_effects(schools: pd.DataFrame) -> pd.DataFrame:
    """Return every school's effect with its 95 % interval, from low to high, without the school's name."""
    fitted = schools[schools["model"] == "fitted"].sort_values("effect", ignore_index=True)
    frame = fitted[[*STEP_KEYS, "effect"]].assign(
        low=fitted["effect"] - Z95 * fitted["effect_se"], high=fitted["effect"] + Z95 * fitted["effect_se"]
    )
    return frame.assign(excludes_zero=(frame["low"] > 0) | (frame["high"] < 0), position=range(1, len(frame) + 1))
