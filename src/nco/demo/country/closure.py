"""The school closures of 2020 in the fictitious country: who fell behind how far, and who missed the test after."""

import numpy as np

from nco_utils.tables import DOMAINS

from .abilities import Span
from .calibration import half_year
from .country_settings import CountrySettings

SPAN = Span(2016, 7)  # from the first of the years before up to the last that every country has
_FIRST_GRADE = 3
_END_OF_YEAR = 1  # of the two moments of a groep


def delayed(standardised: np.ndarray, cohort: np.ndarray, settings: CountrySettings, span: Span) -> np.ndarray:
    """Return the standardised scores (n, T, 3) of pupils, lower from the end of that school year on; cohort (n,)."""
    year = _year(settings, span)
    if year is None:
        return standardised
    made = standardised.copy()
    for position, domain in enumerate(DOMAINS):
        sd = settings.providers["cito"][domain].sd
        for grade, effect in settings.closure.effects[domain].items():
            end = 2 * (grade - _FIRST_GRADE) + _END_OF_YEAR
            before, after = sd[end - 1], sd[end]
            if before is None or after is None:
                continue
            spread = np.sqrt(before**2 + after**2 - 2 * half_year(settings, domain) * before * after)
            here = cohort == grade - year
            made[here, end:, position] += effect * spread / after
    return made


def after_closure(year: np.ndarray, span: Span, settings: CountrySettings) -> np.ndarray:
    """Return which of the tests (n, T) are those at the end of that school year; year: of each, from 0."""
    of_closure = _year(settings, span)
    is_end = np.arange(year.shape[1]) % 2 == _END_OF_YEAR
    return (year == of_closure) & is_end if of_closure is not None else np.zeros(year.shape, dtype=bool)


def missed(settings: CountrySettings) -> np.ndarray:
    """Return the share of pupils without the test at the end of that year, by domain."""
    return np.array([settings.closure.missing[domain] for domain in DOMAINS])


def _year(settings: CountrySettings, span: Span) -> int | None:
    names = span.names
    return names.index(settings.closure.school_year) if settings.closure.school_year in names else None
