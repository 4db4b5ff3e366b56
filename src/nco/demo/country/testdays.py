"""The days on which the fictitious schools take their tests."""

import numpy as np
import pandas as pd

from .abilities import USUAL, Span
from .country_settings import Days, Tests

_M, _E = 0, 1


def test_days(
    tests: Tests,
    schools: pd.DataFrame,
    school: np.ndarray,
    cohort: np.ndarray,
    t: np.ndarray,
    d: np.ndarray,
    rng: np.random.Generator,
    span: Span = USUAL,
) -> np.ndarray:
    """Return the day of each test (n,) as datetime64[s], always a working day.

    A school takes a test of one groep and domain on one day; a few pupils a little later. schools: provider,
    late (Diataal's E test at the start of the next school year); cohort: groep in the first school year.
    """
    moment = t % 2
    kinds = np.array(_kinds(schools), dtype=object).T[school, moment]
    day = rng.random((len(schools), span.cohorts, t.max(initial=0) + 1, d.max(initial=0) + 1))
    day = day[school, cohort - span.lowest, t, d]
    later = np.where(rng.random(len(t)) < tests.later_share, rng.integers(1, 6, len(t)), 0)
    year = span.first + t // 2 + 3 - cohort
    found = np.empty(len(t), dtype="datetime64[D]")
    for kind, days in tests.days.items():
        here = kinds == kind
        found[here] = _working_days(days, span, year[here], np.floor(day[here] * days.days).astype(int) + later[here])
    return found.astype("datetime64[s]")


test_days.__test__ = False  # pytest would take it for a test


def _kinds(schools: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the period of each school's M and E tests."""
    boom, late = (schools["provider"] == "boom").to_numpy(), schools["late"].to_numpy(bool)
    middle = np.where(boom, "boom_M", "M")
    return middle, np.where(boom, "boom_E", np.where(late, "diataal_late", "E"))


def _working_days(days: Days, span: Span, school_year: np.ndarray, offset: np.ndarray) -> np.ndarray:
    month = int(days.first[:2])
    # December opens the M period; everything else of a school year lies in its second calendar year. The E test of
    # late summer falls in the next school year and belongs to this one.
    years = range(span.first, span.first + span.years)
    first = np.array([f"{year + (month != 12)}-{days.first}" for year in years], dtype="datetime64[D]")
    return np.busday_offset(first[school_year - span.first], offset, roll="forward", holidays=_holidays(span))


def _holidays(span: Span) -> np.ndarray:
    """Return the working days of the two weeks around New Year."""
    weeks = [
        np.arange(f"{year}-12-21", f"{year + 1}-01-05", dtype="datetime64[D]")
        for year in range(span.first, span.first + span.years)
    ]
    return np.concatenate(weeks)
