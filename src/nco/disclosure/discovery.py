"""False discoveries: which of all the figures of all the reports are more than chance.

A report has dozens of figures, so with a 5 % interval each nearly every report of schools without any effect would name
one. Reports are read one by one, so the promise is about reports: of those that name something, at most the chosen
share rests on chance alone (Benjamini & Bogomolov 2014, Selective inference on multiple families of hypotheses, Journal
of the Royal Statistical Society B 76(1)).
"""

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from nco_utils.national import Z95

_HALF_DIGIT = 0.05  # a shown number has one decimal: an interval that rounding closed is taken to be as wide as this


def p_values(value: pd.Series, low: pd.Series, high: pd.Series) -> pd.Series:
    """Return the two-sided p-values (n,) of figures that are shown with a 95 % interval; empty without one."""
    margin = ((high - low) / 2).clip(lower=_HALF_DIGIT)
    return pd.Series(2 * norm.sf((value / margin).abs() * Z95), index=value.index)


def q_values(p: pd.Series, report: pd.Series) -> pd.Series:
    """Return of every figure the lowest false discovery rate (n,) at which it may be named; empty where `p` is.

    report: (n,) the report that each figure is in. At a rate a, the R of G reports are chosen whose smallest p-value,
    adjusted for all its figures (Benjamini & Hochberg within the report), is significant at a by Benjamini & Hochberg
    over all reports; in these, figures are named whose adjusted p-value is at most a R / G. So a report without any
    effect names something with a chance of at most a R / G, and a report with one figure more is judged more strictly.
    """
    known = p.dropna()
    if known.empty:
        return p.astype("float64")
    of = report[known.index]
    within = known.groupby(of).transform(_adjusted)
    chosen = np.sort(_adjusted(within.groupby(of).min()))  # of the reports: from this rate on so many are chosen
    g, x = len(chosen), within.to_numpy()
    number = np.arange(1, g + 1)
    # The lowest rate a with a R(a) / G >= x: with k reports chosen it is max(chosen_k, x G / k). The first of the two
    # grows with k and the second falls, so the best k lies where they cross.
    after = np.searchsorted(chosen * number / g, x)
    at = np.where(after < g, chosen[np.minimum(after, g - 1)], np.inf)
    before = np.where(after > 0, x * g / np.maximum(after, 1), np.inf)
    return pd.Series(np.minimum(at, before).clip(max=1.0), index=known.index).reindex(p.index)


def _adjusted(p: pd.Series) -> np.ndarray:
    """Benjamini & Hochberg's adjusted p-values."""
    return multipletests(p.to_numpy(), method="fdr_bh")[1]
