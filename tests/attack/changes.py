"""What two releases say by their difference: a count that is one lower tells that one pupil left."""

import pandas as pd

from nco.disclosure.counts import COUNTS
from nco_utils import tables

FEW = 5
_COUNTED = tuple(name for name in COUNTS if name != "percent_with_growth")  # the share follows from them
_ROW = [*tables.UNIT_KEYS]


def few_apart(releases: list[pd.DataFrame]) -> pd.DataFrame:
    """Return every count of a school that two releases (tables report) publish with a difference of 1 to FEW."""
    found = []
    for place, later in enumerate(releases):
        for earlier in releases[:place]:
            both = earlier.merge(later, on=_ROW, suffixes=("_then", "_now"))
            for name in _COUNTED:
                apart = (both[f"{name}_now"] - both[f"{name}_then"]).abs()
                rows = both[(apart > 0) & (apart <= FEW)]
                found.append(rows[_ROW].assign(count=name, then=rows[f"{name}_then"], now=rows[f"{name}_now"]))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*_ROW, "count", "then", "now"])
