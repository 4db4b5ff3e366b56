"""What may be told of the country beside a school's figures: its means, and the spread that growth is divided by.

The spread is that of the visible schools: over all schools it would, with the national mean and the number of schools,
leave two hidden ones two candidates, of which one is right.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nco.base.all_settings import Settings
from nco_utils import tables
from nco_utils.tables.schema import places_in

from . import begin_score, levels, shown_tables
from .bounds import POOL
from .earlier_releases import UNIT_OF_SUPPRESSION
from .suppress import Decisions

OF_STEP, OF_STEPS = shown_tables.SPREADS
_SERIES = ["sector", "domain", "scale"]  # whose steps are pooled


def told(
    national: pd.DataFrame,
    pairs: pd.DataFrame,
    decisions: Decisions,
    begins: Sequence[pd.DataFrame],
    settings: Settings,
) -> pd.DataFrame:
    """Return the rows of table `national` that may be told, as table `country`, unrounded, with `pool`.

    `begins`: `begin_score.sets` of what earlier releases told. A mean score at the earlier moment is told of
    all pupils in the round's own school year, as coarse as a school's.
    """
    pools = decisions.blocks[POOL].assign(pool=decisions.pool).drop_duplicates()
    found = national.drop(columns=["sd_schools", "mean_before"]).merge(pools, on=POOL)
    for trait, silent in decisions.silent.items():
        found = found[(found["trait"] != trait) | ~found["pool"].isin(silent)]
    whole = found["trait"] == tables.ALL
    spreads = _spreads(pools, pairs, decisions, settings.profile)
    found = found.merge(spreads, on="pool", how="left").set_axis(found.index)
    found = found.merge(levels.of_country(pairs, decisions, settings.profile), "left", left_on="pool", right_index=True)
    found[list(levels.LEVELS)] = found[list(levels.LEVELS)].where(whole)
    found[["sd_schools", "spread"]] = found[["sd_schools", "spread"]].where(whole, None)
    begin = _begin(found[whole], pairs, decisions, begins, settings.begin_widths)
    return found.assign(mean_before=begin.reindex(found.index))


def standardised(frame: pd.DataFrame, pool: np.ndarray, told: pd.DataFrame) -> pd.DataFrame:
    """Return the units with their growth minus the national mean over the spread of the country, and its error."""
    whole = told[told["trait"] == tables.ALL].set_index("pool")[["mean_growth", "sd_schools"]].reindex(pool)
    spread = whole["sd_schools"].to_numpy(float)
    return frame.assign(
        standardised=(frame["mean_growth"] - whole["mean_growth"].to_numpy()) / spread,
        standardised_se=frame["mean_growth_se"] / spread,
    )


def _begin(rows, pairs, decisions: Decisions, begins, widths: dict[str, float]) -> pd.Series:
    """The mean score at the earlier moment of the rows, by the lot of the country's pupils."""
    now = pairs[pairs["school_year"] == pairs["school_year"].max()]
    number = places_in(now, decisions.blocks, UNIT_OF_SUPPRESSION)
    found = begin_score.sets_of_country(now, decisions.blocks["sector"].array[number])
    found["pool"] = places_in(found.rename(columns={"brinvest": "sector"}), rows, POOL)
    found = found[found["pool"] >= 0].reset_index(drop=True)
    place, lot = found["pool"].to_numpy(), begin_score.lots(found, begins)
    pool = decisions.pool[number]
    mean = now["score_before"].groupby(pool).mean()
    at = rows["pool"].to_numpy()[place]
    n = rows["n_pupils"].to_numpy(float)[place]
    values = mean.reindex(at).to_numpy() + lot * rows["scale"].map(widths).to_numpy(float)[place] / n
    return pd.Series(values, rows.index[place], dtype="float64")


def _spreads(pools: pd.DataFrame, pairs: pd.DataFrame, decisions: Decisions, profile) -> pd.DataFrame:
    """The standard deviation of the visible school means of every pool, and what it is of.

    With too few schools it is that of all steps of the sector, domain and scale together, in standard deviations within
    schools of each step: those differ from step to step, and most of the spread of school means is chance among pupils.
    """
    number = places_in(pairs, decisions.blocks, UNIT_OF_SUPPRESSION)
    growth, size = pairs["growth"].to_numpy(float), len(decisions.blocks)
    n = np.bincount(number, minlength=size)
    mean = np.bincount(number, growth, size) / np.maximum(n, 1)
    within = np.bincount(number, (growth - mean[number]) ** 2, size)
    blocks = pd.DataFrame({"pool": decisions.pool, "n": n, "mean": mean, "within": within})
    blocks = blocks[decisions.shown[tables.ALL].to_numpy()]
    by_pool = blocks.groupby("pool")
    frame = by_pool.agg(schools=("n", "size"), n=("n", "sum"), within=("within", "sum"), between=("mean", "var"))
    frame = frame.join(pools.set_index("pool")[_SERIES])
    frame["sd_within"] = np.sqrt(frame["within"] / (frame["n"] - frame["schools"]).where(lambda free: free > 0))
    free = frame["schools"] - 1
    ratio = (frame["between"] / frame["sd_within"] ** 2 * free).where(free > 0).fillna(0)
    together = frame[_SERIES].assign(ratio=ratio, free=free.where(ratio > 0, 0)).groupby(_SERIES).transform("sum")
    pooled = frame["sd_within"] * np.sqrt(together["ratio"] / together["free"].where(together["free"] > 0))
    least = profile.minimum_schools.spread
    own = frame["schools"] >= least
    pooled = pooled.where((together["free"] >= least - 1) & (free > 0))
    spread = np.sqrt(frame["between"]).where(own, pooled)
    spread = spread.where(spread > 0)
    frame = frame.assign(sd_schools=spread, spread=np.where(own, OF_STEP, OF_STEPS))
    frame["spread"] = frame["spread"].where(spread.notna(), None)
    return frame[["sd_schools", "spread"]].reset_index()
