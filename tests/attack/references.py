"""Whether reference values give begin scores away: they depend on the exact mean, of which an interval is told.

The reader knows more than reports say: the exact begin scores of nine tenths of the schools, to learn from. What is
learnt of the others, from everything that their reports show of a step, is the share of the variance within the
interval that is explained: 1 gives all away, 0 or below nothing.
"""

import numpy as np
import pandas as pd

from nco_utils import tables

_STEP = ["domain", "step", "scale", "school_year"]
_FOLDS, _SCHOOLS = 10, 60
_TOLD = ["n_pupils", "mean_before_low", "mean_growth", "standardised", "reference", "reference_low", "effect"]


def explained(report: pd.DataFrame, figures: pd.DataFrame, denominations: pd.Series) -> pd.DataFrame:
    """Return of each step of `_SCHOOLS` schools or more: `schools` and `explained`, out of a tenfold cross-validation.

    report: table `report`, as shown. figures: its exact `mean_before`. denominations: by school.
    """
    shown = report[report["status"] == "shown"]
    whole = shown[shown["trait"] == tables.ALL].dropna(subset=[*_TOLD, "mean_before_high"])
    whole = whole.merge(figures[[*tables.UNIT_KEYS, "mean_before"]], on=tables.UNIT_KEYS)
    parts = shown[shown["trait"] != tables.ALL]
    parts = parts.pivot_table("n_pupils", tables.BLOCK_KEYS, ["trait", "value"])
    rows = []
    for step, here in whole.groupby(_STEP):
        if len(here) < _SCHOOLS:
            continue
        counts = parts.reindex(pd.MultiIndex.from_frame(here[tables.BLOCK_KEYS]))
        shares = counts.div(here["n_pupils"].to_numpy(), axis=0).to_numpy(float)
        kinds = pd.get_dummies(here["brinvest"].map(denominations)).to_numpy(float)
        told = here[_TOLD].to_numpy(float)
        known = np.column_stack([told, 1 / told[:, :1], np.nan_to_num(shares), np.isnan(shares), kinds])
        middle = (here["mean_before_low"] + here["mean_before_high"]) / 2
        rows.append((*step, len(here), _learnt(known, (here["mean_before"] - middle).to_numpy(float))))
    return pd.DataFrame(rows, columns=[*_STEP, "schools", "explained"])


def _learnt(known: np.ndarray, place: np.ndarray) -> float:
    """The share of the variance of `place` (n,) that ridge regression on `known` (n, k) foretells of other schools."""
    spread = known.std(axis=0)
    known = (known - known.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    fold = np.random.default_rng(0).permutation(len(place)) % _FOLDS
    best = -np.inf
    for penalty in (1e-3, 1, 10, 100, 1000):
        foretold = np.empty(len(place))
        for each in range(_FOLDS):
            learn, x = fold != each, known[fold != each]
            middle = place[learn].mean()
            weights = np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ (place[learn] - middle))
            foretold[~learn] = middle + known[~learn] @ weights
        best = max(best, 1 - ((place - foretold) ** 2).sum() / ((place - place.mean()) ** 2).sum())
    return best
