"""The begin score of a step, made so coarse that two steps side by side give no pupil away.

Two steps that follow each other share a moment: the sum of scores there is known of the pupils of the one (begin score
plus growth) and of those of the other (begin score). Where the pupils differ by a few, the difference of the sums is
theirs. So a begin score is published as an interval, in which the mean lies anywhere: its place is drawn by lot, and
it is so wide that the sum of scores stays open by `protected_spread` standard deviations of a score, from each step.
That width is one for a scale: with two widths and one lot, two steps of the same pupils would give the lot away.

The lot is drawn once for a run: the steps one after the other, up to this one, of just the same pupils with the same
scores in between. Their begin scores follow from each other by the growth that is published, so other lots would narrow
what is known of them all; and where the pupils or a score change, another lot keeps the difference open. The lot comes
from all scores at the begin of the run, which nobody outside the school has: so every release draws the same, whatever
the key of the pseudonyms.
Source: the cell key method (Thompson, Broadfoot & Elazar 2013; Eurostat, for the census of 2021), of which this is
the form for means with a known growth between them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nco_utils.steps import STEPS
from nco_utils.tables import BLOCK_KEYS as UNIT_OF_SUPPRESSION

_CHAIN = ["brinvest", "domain", "scale", "pupils"]  # the same pupils on one scale, step after step
_LOTS = 2.0**64
_DECIMALS = 6  # of a score: sums of the same results in another order differ further on


def sets(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return of every block of `pairs` (table growth) UNIT_OF_SUPPRESSION, `begin`, `pupils`, `scores` and `later`.

    begin: the earlier moment as a number, one more half a year later. pupils, scores and later: numbers that say which
    pupils these are, and which scores they had then and at the later moment; none depends on the order of the pairs.
    """
    hashed = pairs[UNIT_OF_SUPPRESSION].assign(
        pupils=pd.util.hash_array(pairs["pupil_id"].to_numpy(dtype=object)),
        scores=pd.util.hash_array(pairs["score_before"].round(_DECIMALS).to_numpy("float64")),
        later=pd.util.hash_array(pairs["score_after"].round(_DECIMALS).to_numpy("float64")),
    )
    found = hashed.groupby(UNIT_OF_SUPPRESSION)[["pupils", "scores", "later"]].sum().reset_index()
    return found.assign(begin=_begin(found["school_year"], found["step"]))


def sets_of_country(pairs: pd.DataFrame, sector: Sequence[str]) -> pd.DataFrame:
    """Return `sets` of all schools of a sector (n,) together: it stands in the place of the school."""
    return sets(pairs.assign(brinvest=sector))


def lots(now: pd.DataFrame, before: Sequence[pd.DataFrame]) -> np.ndarray:
    """Return the lot of each block of `now`, between -1/2 and 1/2, as earlier releases drew it if they did.

    `now` and each of `before`, the oldest first, are `sets` of blocks whose begin scores are published, of the school
    year of the round: so a later release never comes before an earlier one.
    """
    same = [*_CHAIN, "begin", "scores"]
    known = pd.concat([*before, now], ignore_index=True).drop_duplicates(same)
    own = pd.util.hash_pandas_object(known[["brinvest", "domain", "scale", "scores", "begin"]], index=False)
    known = known.assign(lot=own.to_numpy() / _LOTS - 0.5)
    drawn = [known.iloc[:0]]
    for begin, here in known.groupby("begin"):
        # The step before, of these pupils with just these scores at its end: a corrected score is another begin.
        last = drawn[-1][drawn[-1]["begin"] == begin - 1].drop_duplicates([*_CHAIN, "later"])
        last = last[[*_CHAIN, "later", "lot"]].rename(columns={"later": "scores", "lot": "run"})
        followed = here.merge(last, on=[*_CHAIN, "scores"], how="left")
        drawn.append(followed.assign(lot=followed["run"].fillna(followed["lot"])).drop(columns="run"))
    return now.merge(pd.concat(drawn)[[*same, "lot"]], on=same, how="left", validate="many_to_one")["lot"].to_numpy()


def interval(mean: np.ndarray, n: np.ndarray, lot: np.ndarray, width: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the ends (U,) of what is told of a mean score of n pupils, in tenths of a point, rounded outwards.

    `width`: how far the sum of their scores stays open, in points.
    """
    half = width / n / 2
    middle = mean + lot * 2 * half
    return np.floor((middle - half) * 10) / 10, np.ceil((middle + half) * 10) / 10


def _begin(school_year: pd.Series, step: pd.Series) -> np.ndarray:
    """M of 2021-2022 is 4042 and E 4043; a step over the summer begins in the school year before."""
    year, end = school_year.str[:4].astype("int64"), step.str.split("-").str[1].str[0]
    moments = {name: STEPS.year_of(name) for name in STEPS.ends}
    length = end.map({name: len(found) for name, found in moments.items()})
    place = end.map({name: found.index(STEPS.steps[name]) for name, found in moments.items()})
    return (length * (year - end.map(STEPS.over_summer)) + place).to_numpy("int64")
