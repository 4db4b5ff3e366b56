"""How far apart the scores at the later moment of a step lie: quantiles of a whole school, and of the schools shown.

A quantile is nearly one pupil's score, but nobody knows whose, as long as `minimum_tail` pupils lie on either side. Two
sets of pupils at one moment, a few apart, would tell on which side of a quantile those few lie. So only whole schools
have them, in the round's own school year: of one moment, domain and scale a school has one set then, for each moment
ends one step. Releases that would differ by a few pupils do not come to be (`nco.disclosure.settle`). The country's are
of the schools that are shown: so they say nothing of the others.
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
    """LEVELS, between two scores in proportion as those of growth are; empty with too few pupils on either side."""
    by = scores.groupby(of)
    n = by.size()
    found = {}
    for name, percentile in zip(LEVELS, PERCENTILES, strict=True):
        enough = n * min(percentile, 100 - percentile) >= 100 * profile.minimum_tail
        found[name] = by.quantile(percentile / 100).where(enough)
    return pd.DataFrame(found)
