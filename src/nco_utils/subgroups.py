"""Subgroups: which pairs belong to which displayed value of which trait."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from .params import GROUP_TRAIT as GROUP
from .params import Subgroup, require_splits
from .tables.schema import places_in

PUPIL = ["brinvest", "pupil_id"]


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
        codes = pd.Index(settings.values).get_indexer(pupils[trait]).astype("int8")
        # The pupil at place -1 is the one that no background knows.
        columns[trait] = pd.Categorical.from_codes(np.append(codes, -1)[position], categories=list(settings.values))
    return pd.DataFrame(columns, index=pairs.index)


def minimum_values(subgroups: Mapping[str, Subgroup]) -> dict[str, int]:
    """Return for each trait how many values a school must have for a split."""
    return {trait: settings.minimum_values for trait, settings in subgroups.items()}
