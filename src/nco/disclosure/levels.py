"""How far apart the scores at the later moment of a step lie: quantiles of a whole school, and of the schools shown.

A quantile of some dozens of pupils is one pupil's score, and says how many lie below it. Two sets of pupils at one
moment, a few apart, then tell on which side those few lie; the next step, with the number of its pupils in each third
by starting score, is such a set. So a level is the mean of the scores around the quantile, `protected_ranks` on either
side: how many pupils lie below it stays open by as many on either side, and nobody's score is told. Only whole schools
have levels, in the round's own school year, with `minimum_tail` pupils on either side. Releases that would differ by a
few pupils do not come to be (`nco.disclosure.settle`). The country's are of the schools that are shown: so they say
nothing of the others.
"""

import numpy as np
import pandas as pd

from nco.base.all_settings import DisclosureProfile
from nco_utils import tables
from nco_utils.tables.computed import PERCENTILES
from nco_utils.tables.schema import places_in

from .earlier_releases import UNIT_OF_SUPPRESSION
from .suppress import Decisions

LEVELS = tuple(f"level_p{percentile}" for percentile in PERCENTILES)


def of_schools(pairs: pd.DataFrame, decisions: Decisions, profile: DisclosureProfile) -> pd.DataFrame:
    """Return LEVELS of the shown blocks of the round's own school year, by their number (the index)."""
    return _quantiles(*_shown(pairs, decisions), profile)


def of_country(pairs: pd.DataFrame, decisions: Decisions, profile: DisclosureProfile) -> pd.DataFrame:
    """Return LEVELS of the shown schools of every pool together, by the pool's number; of too few schools none."""
    scores, number = _shown(pairs, decisions)
    schools = pd.Series(decisions.pool[number.unique()]).value_counts()
    enough = schools.index[schools >= profile.minimum_schools.mean]
    told = np.setdiff1d(enough, decisions.silent[tables.ALL])
    pool = pd.Series(decisions.pool[number], number.index)
    return _quantiles(scores[pool.isin(told)], pool[pool.isin(told)], profile)


def _shown(pairs: pd.DataFrame, decisions: Decisions) -> tuple[pd.Series, pd.Series]:
    """The scores at the later moment of the blocks that are shown, and the number of the block of each."""
    now = pairs[pairs["school_year"] == pairs["school_year"].max()]
    number = pd.Series(places_in(now, decisions.blocks, UNIT_OF_SUPPRESSION), now.index)
    shown = decisions.shown[tables.ALL].to_numpy()[number]
    return now.loc[shown, "score_after"], number[shown]


def _quantiles(scores: pd.Series, of: pd.Series, profile: DisclosureProfile) -> pd.DataFrame:
    """LEVELS by the number in `of`; empty with too few pupils on either side."""
    order = np.lexsort((scores.to_numpy(), of.to_numpy()))
    numbers, starts, n = np.unique(of.to_numpy()[order], return_index=True, return_counts=True)
    sums: np.ndarray = np.append(0.0, np.cumsum(scores.to_numpy()[order]))
    found = {}
    for name, percentile in zip(LEVELS, PERCENTILES, strict=True):
        enough = n * min(percentile, 100 - percentile) >= 100 * profile.minimum_tail
        low, high = around(n, percentile, profile.protected_ranks)
        first, last = starts + np.maximum(low, 0), starts + np.minimum(high, n - 1)
        found[name] = np.where(enough, (sums[last + 1] - sums[first]) / (last - first + 1), np.nan)
    return pd.DataFrame(found, index=pd.Index(numbers))


def around(n: np.ndarray, percentile: int, ranks: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest place, from 0, of the scores that the level of n pupils is the mean of."""
    place = (n - 1) * percentile / 100
    return (np.floor(place) - ranks).astype("int64"), (np.ceil(place) + ranks).astype("int64")
