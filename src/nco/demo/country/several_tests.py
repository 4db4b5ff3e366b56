"""Schools of the fictitious country that take tests of more than one provider: by jaargroep, by class, or since a year.

Drawn from a stream of random numbers of its own, so that all else of the country is as it is without them.
"""

import numpy as np
import pandas as pd

from .country_settings import CountrySettings

OTHERS = {"cito": ("iep", "boom"), "iep": ("cito", "boom"), "boom": ("iep", "cito")}  # Diataal's days are its own
BY_GRADE, BY_CLASS, SINCE, THREE = ("by_grade", "by_class", "since", "three")
_FROM_GRADE, _THIRD_FROM, _LAST_YEAR = 6, 7, 2


def kinds(schools: pd.DataFrame, settings: CountrySettings, rng: np.random.Generator) -> pd.Series:
    """Return of every school how it comes to several tests; none of most.

    The vendor Cito delivers its own tests only.
    """
    able = (schools["vendor"] != "cito") & schools["provider"].isin(list(OTHERS)) & schools["closed"].isna()
    places = rng.permutation(np.flatnonzero(able))
    found, at = pd.Series(None, schools.index, dtype=object), 0
    for kind, share in settings.schools.several_tests.items():
        n = round(share * len(schools))
        found.iloc[places[at : at + n]] = kind
        at += n
    return found


def provider_of(schools: pd.DataFrame, school: np.ndarray, grade: np.ndarray, year: np.ndarray, place: np.ndarray):
    """Return the provider of the tests of pupils in a grade and school year; place: of a pupil in its jaargroep."""
    own, kind = (schools[name].to_numpy(object)[school] for name in ("provider", "several_tests"))
    second, third = (np.array([OTHERS.get(each, (each, each))[n] for each in own], dtype=object) for n in (0, 1))
    other = ((kind == BY_GRADE) & (grade >= _FROM_GRADE)) | ((kind == BY_CLASS) & (place % 2 == 1))
    other |= (kind == SINCE) & (year >= _LAST_YEAR)
    other |= (kind == THREE) & (grade >= _FROM_GRADE - 1)
    return np.where((kind == THREE) & (grade >= _THIRD_FROM), third, np.where(other, second, own))
