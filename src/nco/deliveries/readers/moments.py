"""When a test was taken: the school year of a date, the window of a moment, and the moment of a window."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nco.base.reading_settings import Window

DEFAULT = "default"  # the windows of a provider that has none of its own
Windows = Mapping[str, Mapping[str, Window]]


def school_years(dates: pd.Series) -> pd.Series:
    """Return the school year (`2021-2022`) of each date; a school year begins on 1 August."""
    return _years(dates.dt.year - (dates.dt.month < 8))


def years_of_tests(dates: pd.Series, late: pd.Series) -> pd.Series:
    """Return the school year that each test belongs to; a late one (a flag) belongs to the year before."""
    return _years(dates.dt.year - (dates.dt.month < 8) - late.fillna(False).astype(int))


def shifted_grade(grade: pd.Series, late: pd.Series) -> pd.Series:
    """Return the jaargroep that each test belongs to: that of the year before for a late one."""
    return grade - late.fillna(False).astype(int)


def in_window(dates: pd.Series, moments: pd.Series, providers: pd.Series, windows: Windows) -> pd.Series:
    """Return whether each date lies in the provider's window of its moment (B, M, E).

    Empty where the date is unknown; False where there is no moment.
    """
    day = _days(dates)
    inside = np.zeros(len(dates), dtype=bool)
    for moment, theirs, window in _all(providers, windows):
        inside |= theirs & (moments == moment).to_numpy(bool) & _within(day, window)
    return pd.Series(inside, index=dates.index).astype("boolean").mask(dates.isna())


def moment_of(dates: pd.Series, providers: pd.Series, windows: Windows) -> pd.Series:
    """Return the moment in whose window each date lies; empty where there is none."""
    day = _days(dates)
    found = pd.Series(pd.NA, index=dates.index, dtype="str")
    for moment, theirs, window in _all(providers, windows):
        found[theirs & _within(day, window)] = moment
    return found


def _all(providers: pd.Series, windows: Windows):
    """Yield every moment, whose rows its window is for, and the window; a provider's own before the default."""
    for moment, window in windows[DEFAULT].items():
        own = [provider for provider, theirs in windows.items() if moment in theirs and provider != DEFAULT]
        yield moment, ~providers.isin(own).to_numpy(), window
        for provider in own:
            yield moment, (providers == provider).to_numpy(bool), windows[provider][moment]


def _years(first: pd.Series) -> pd.Series:
    distinct = pd.Series(first.dropna().unique())
    texts = distinct.astype("int64").astype("str") + "-" + (distinct.astype("int64") + 1).astype("str")
    return first.map(dict(zip(distinct, texts, strict=True))).astype("str")


def _days(dates: pd.Series) -> np.ndarray:
    # 29 February belongs to the window that ends on the 28th: both are the last day of the month.
    day = (dates.dt.month * 100 + dates.dt.day).fillna(0).to_numpy().astype(int)
    return np.where(day == 229, 228, day)


def _within(day: np.ndarray, window: Window) -> np.ndarray:
    first, last = (int(text.replace("-", "")) for text in (window.first, window.last))
    if first <= last:
        return (day >= first) & (day <= last)
    return (day >= first) | ((day > 0) & (day <= last))  # over New Year
