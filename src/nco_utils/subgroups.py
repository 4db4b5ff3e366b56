"""Subgroups: which pairs belong to which displayed value of which trait."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .params import GROUP_TRAIT as GROUP
from .params import START_TRAIT as START
from .params import Subgroup, require_splits
from .tables.columns import THIRDS
from .tables.schema import places_in

PUPIL = ["brinvest", "pupil_id"]
_OF_COUNTRY = ["school_year", "step", "domain", "scale"]
_DECIMALS = 6  # of a score: means of the same results in another order differ further on


def members(pairs: pd.DataFrame, pupils: pd.DataFrame, subgroups: Mapping[str, Subgroup]) -> pd.DataFrame:
    """Return for every pair its value of each trait: a category, missing for a value that is not displayed (the rest).

    `pairs` and `pupils` are the tables `growth` and `pupils`, `subgroups` those of the settings. One column a trait;
    the index is that of `pairs`. The categories of trait group are the names of all classes of all schools. Raises
    UnusableInput for a trait, or a value, that no pupil has.
    """
    require_splits(subgroups)
    position = places_in(pairs, pupils, PUPIL)
    columns = {}
    for trait, settings in subgroups.items():
        if trait == GROUP:
            columns[trait] = pairs[GROUP].astype("category")
            continue
        if trait == START:
            columns[trait] = pd.Categorical(pairs[START], categories=list(settings.values))
            continue
        codes = pd.Index(settings.values).get_indexer(pupils[trait]).astype("int8")
        # The pupil at place -1 is the one that no background knows.
        columns[trait] = pd.Categorical.from_codes(np.append(codes, -1)[position], categories=list(settings.values))
    return pd.DataFrame(columns, index=pairs.index)


def minimum_values(subgroups: Mapping[str, Subgroup]) -> dict[str, int]:
    """Return for each trait how many values a school must have for a split."""
    return {trait: settings.minimum_values for trait, settings in subgroups.items()}


def starting_thirds(pairs: pd.DataFrame, before: Sequence[pd.DataFrame] = ()) -> pd.Series:
    """Return the third (THIRDS) of the country's scores at the earlier moment that each pair begins in.

    Of each cohort, step, domain and scale, all sectors together; equal scores are in one third. `before`: pairs of
    earlier releases with their thirds, the oldest first. The first that has a cohort, step, domain and scale says where
    its thirds end: else one pupil more in the country would move another one from third to third.
    """
    limits = pd.concat([*map(_ends, before), _tertiles(pairs)])
    limits = limits[~limits.index.duplicated()]
    at = limits.index.get_indexer(pd.MultiIndex.from_frame(pairs[_OF_COUNTRY]))
    above = _score(pairs).to_numpy()[:, None] > limits.to_numpy()[at]
    return pd.Series(pd.array(THIRDS, dtype="str").take(above.sum(axis=1)), pairs.index)


def _tertiles(pairs: pd.DataFrame) -> pd.DataFrame:
    """The highest score of the first two thirds: scores that there are, so that they can be read off the pairs."""
    by = _score(pairs).groupby([pairs[name] for name in _OF_COUNTRY])
    return pd.DataFrame({part: by.quantile((part + 1) / 3, interpolation="lower") for part in (0, 1)})


def _ends(pairs: pd.DataFrame) -> pd.DataFrame:
    keys = [pairs[name] for name in (*_OF_COUNTRY, START)]
    ends = _score(pairs).groupby(keys).max().unstack().reindex(columns=list(THIRDS[:2])).fillna(-np.inf)
    return ends.cummax(axis=1).set_axis([0, 1], axis=1)


def _score(pairs: pd.DataFrame) -> pd.Series:
    return pairs["score_before"].round(_DECIMALS)
