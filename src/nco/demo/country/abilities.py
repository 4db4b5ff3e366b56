"""The abilities of the fictitious pupils: every moment of every domain, standardised to the country."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .calibration import Course, Model
from .country_settings import CountrySettings
from .population import design

_HIGHEST = 8  # groep


@dataclass(frozen=True)
class Span:
    """The school years of a country's results: so many from the first on.

    A pupil's cohort is its groep in the first school year; 0 and below for who came to groep 3 after that year and the
    next: from `lowest` to 8.
    """

    first: int
    years: int

    @property
    def lowest(self) -> int:
        """The cohort that is in groep 3 in the last school year, and one younger."""
        return 4 - self.years

    @property
    def cohorts(self) -> int:
        """How many cohorts there are."""
        return _HIGHEST - self.lowest + 1

    def pupils(self, size: pd.Series) -> pd.Series:
        """Return how many pupils schools have in all cohorts; size: in groep 1-8."""
        return (size * self.cohorts / _HIGHEST).round().astype(int)

    @property
    def names(self) -> list[str]:
        """The school years, as 2020-2021."""
        return [f"{first}-{first + 1}" for first in range(self.first, self.first + self.years)]


USUAL = Span(2020, 3)


def abilities(
    pupils: pd.DataFrame,
    n_schools: int,
    settings: CountrySettings,
    model: Model,
    rng: np.random.Generator,
    span: Span = USUAL,
) -> np.ndarray:
    """Return standardised scores (n, T, 3): mean 0 and SD 1 over the country's bo pupils at every moment and domain.

    pupils: traits (`population.traits`) with `school` (0..n_schools-1), `cohort` (of the span) and `sector`.
    """
    centred = design(pupils) - model.trait_means
    shape = len(pupils), len(model.courses[0].time), len(model.courses)
    own = _related(settings.domain_correlation.pupil, len(model.courses))
    among_schools = _related(settings.domain_correlation.school, len(model.courses))
    level, drift = (rng.standard_normal((n_schools, shape[2])) @ among_schools.T for _ in range(2))
    moment = rng.standard_normal((n_schools, span.cohorts, *shape[1:]))
    stable = rng.standard_normal((shape[0], shape[2])) @ own.T
    moving = rng.standard_normal(shape) @ own.T
    error = rng.standard_normal(shape)
    scores = np.empty(shape)
    school, cohort = pupils["school"].to_numpy(), pupils["cohort"].to_numpy() - span.lowest
    for d, course in enumerate(model.courses):
        of_school = np.sqrt(course.school_level) * level[:, d, None] + np.sqrt(course.school_drift) * np.outer(
            drift[:, d], course.time
        )
        of_cohort = np.sqrt(course.school_moment) * moment[..., d]
        of_pupil = course.pupil_sd * _course(course, stable[:, d], moving[..., d], error[..., d])
        scores[..., d] = centred @ course.effects.T + of_school[school] + of_cohort[school, cohort] + of_pupil
    scores[(pupils["sector"] == "sbo").to_numpy()] += settings.pupils.sbo_shift
    return scores


def _course(course: Course, stable: np.ndarray, moving: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return the pupils' own courses (n, T), of variance 1, from standard normal (n,), (n, T) and (n, T)."""
    autoregressive = np.empty_like(moving)
    autoregressive[:, 0] = moving[:, 0]
    fresh = np.sqrt(1 - course.persistence**2)
    for t in range(1, moving.shape[1]):
        autoregressive[:, t] = course.persistence * autoregressive[:, t - 1] + fresh * moving[:, t]
    parts = np.sqrt(course.stable) * stable[:, None] + np.sqrt(course.moving) * autoregressive
    return parts + np.sqrt(course.error) * error


def _related(correlation: float, n: int) -> np.ndarray:
    """Return the Cholesky factor of n variables with one correlation."""
    return np.linalg.cholesky(np.full((n, n), correlation) + (1 - correlation) * np.eye(n))
