"""Shrunken estimates: a school's figure drawn towards what is usual, as far as it may be chance (empirical Bayes)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.meta_analysis import combine_effects

from nco_utils.national import Z95


@dataclass(frozen=True)
class Shrunken:
    """Estimates and their conditional standard deviations (n,), and `tau2` (n,): the variance between schools."""

    estimate: pd.Series
    se: pd.Series
    tau2: pd.Series


def standard_error(low: pd.Series, high: pd.Series) -> pd.Series:
    """Return the standard error (n,) of figures with a shown 95 % interval; empty where rounding closed it."""
    error = (high - low) / (2 * Z95)
    return error.where(error > 0)


def shrink(value: pd.Series, se: pd.Series, pool: pd.Series, minimum: int, to_mean: bool = False) -> Shrunken:
    """Shrink every school's figure to 0, or `to_mean`: to the mean of its pool.

    value, se, pool: (n,). tau2 is Paule and Mandel's (1982) of the pool, and the estimate centre + tau2 / (tau2 + se2)
    (value - centre) (Morris 1983). Empty in pools of fewer than `minimum` figures, and where there is no figure.
    """
    made = pd.DataFrame(np.nan, index=value.index, columns=["centre", "tau2"])
    known = value.notna() & se.notna()
    for rows in value[known].groupby(pool[known]).indices.values():
        if len(rows) >= minimum:
            at = value.index[known][rows]
            with np.errstate(divide="ignore"):  # it divides by the spread, for something else, and there may be none
                of = combine_effects(value[at].to_numpy(), se[at].to_numpy() ** 2, method_re="iterated")
            made.loc[at] = of.mean_effect_re if to_mean else 0.0, of.tau2
    centre, tau2, variance = made["centre"], made["tau2"], se**2
    trust = tau2 / (tau2 + variance)
    return Shrunken(centre + trust * (value - centre), np.sqrt(trust * variance), tau2)
