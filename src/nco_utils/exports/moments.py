"""When a test was taken: the school year of a date, and the window of a moment."""

from collections.abc import Mapping

import pandas as pd

from ..params import Window


def school_years(dates: pd.Series) -> pd.Series:
    """Return the school year (`2021-2022`) of each date; a school year begins on 1 August."""
    first = dates.dt.year - (dates.dt.month < 8)
    return first.astype("str") + "-" + (first + 1).astype("str")


def in_window(dates: pd.Series, moments: pd.Series, windows: Mapping[str, Window]) -> pd.Series:
    """Return whether each date lies in the window of its moment (B, M, E); empty where either is unknown."""
    # 29 February belongs to the window that ends on the 28th: both are the last day of the month.
    day = dates.dt.strftime("%m-%d").replace("02-29", "02-28")
    inside = pd.Series(pd.NA, index=dates.index, dtype="boolean")
    for moment, window in windows.items():
        after, before = day >= window.first, day <= window.last
        within = (after & before) if window.first <= window.last else (after | before)  # over New Year
        here = (moments == moment) & dates.notna()
        inside[here] = within[here]
    return inside
