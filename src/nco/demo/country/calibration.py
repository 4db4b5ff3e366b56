"""From published figures to a model of scores: what each part of a score's variance must be.

A standardised score at half-year t (0 is the first moment of the course, L is M8) is

    z_t = x'g_t + a_j + d_j t + n_jct + w_t,    w_t = stable + AR(1) + error,

with pupil's traits x, school level a, school drift d (the part of growth that a school keeps), an effect n of school,
cohort and moment, and the pupil's own course w. All variances follow from the published SDs of growth and of scores,
the effect of the earlier score, the trait effects and the two school ICCs; Var(z_t) = 1 at every moment.

The published correlation, SDs of scores and SD of growth contradict each other: growth from SD a to SD b has variance
(b - a)^2 + 2 a b (1 - r). A country is made to look at growth, so its SD and those of the scores are kept, and the
correlation is the one that follows (`half_year`).
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from nco_utils.errors import UnusableInput
from nco_utils.tables import DOMAINS

from .country_settings import EFFECTS, CountrySettings
from .population import Reference, reference


@dataclass(frozen=True)
class Course:
    """The course of one domain: T moments, k traits.

    effects (T, k); time (T,) in half-years from the start; school_level, school_drift, school_moment: variances;
    pupil_sd (T,): SD of w; stable, moving, error: shares of its variance, `persistence` the AR(1) coefficient.
    """

    effects: np.ndarray
    time: np.ndarray
    school_level: float
    school_drift: float
    school_moment: float
    pupil_sd: np.ndarray
    stable: float
    moving: float
    error: float
    persistence: float


@dataclass(frozen=True)
class Model:
    """The courses in the order of DOMAINS, and the means of the traits (k,) from which effects count."""

    courses: tuple[Course, ...]
    trait_means: np.ndarray


def solve(settings: CountrySettings) -> Model:
    """Return the model of scores that has the published figures; raises UnusableInput when they contradict."""
    traits = reference(settings)
    return Model(tuple(_course(settings, traits, domain) for domain in DOMAINS), traits.means)


def _course(settings: CountrySettings, traits: Reference, domain: str) -> Course:
    known, between_moments = settings.courses[domain], half_year(settings, domain)
    time = np.arange(len(settings.moments)) - settings.moments.index(known.start)
    effects = _effects(settings, DOMAINS.index(domain), known.earlier_score, time)
    explained = effects @ traits.covariance @ effects.T  # (T, T) covariance of x'g
    level, drift, moment = _school_variances(settings, traits, domain, effects, time)
    school = level + drift * np.outer(time, time) + moment * np.eye(len(time))
    variance = 1 - np.diag(explained) - np.diag(school)
    if (variance <= 0).any():
        raise UnusableInput(f"params/country.yml: courses.{domain}: traits and schools explain all variance.")
    sd = np.sqrt(variance)
    between = (between_moments - explained - school) / np.outer(sd, sd)
    own = np.mean([between[t, t + 1] for t in _steps(settings, domain)])
    first, last = np.flatnonzero(time == 0)[0], len(time) - 1
    long = (known.earlier_score * (1 - explained[first, first]) - level) / (sd[first] * sd[last])
    stable, moving, persistence = _pupil_shares(own, long, time[last], known.error, domain)
    return Course(effects, time, level, drift, moment, sd, stable, moving, known.error, persistence)


def half_year(settings: CountrySettings, domain: str) -> float:
    """Return the correlation of scores half a year apart with which growth has the published SD, on average over steps.

    Raises UnusableInput where no correlation does.
    """
    sd, growth_sd = _published_sd(settings, domain), settings.courses[domain].growth_sd
    before, after = np.array([(sd[t], sd[t + 1]) for t in _steps(settings, domain)]).T

    def gap(correlation: float) -> float:
        return np.mean(np.sqrt((after - before) ** 2 + 2 * before * after * (1 - correlation))) - growth_sd

    if gap(0.0) < 0 or gap(1.0) > 0:
        raise UnusableInput(f"params/country.yml: courses.{domain}: growth_sd and the SDs of Cito's scores contradict.")
    return brentq(gap, 0.0, 1.0)


def _effects(settings: CountrySettings, position: int, earlier_score: float, time: np.ndarray) -> np.ndarray:
    """Return effects (T, k), linear in time; that on M8 is the published one plus what the start carries over."""
    start = np.array([settings.pupils.effects[name].start[position] for name in EFFECTS])
    given = np.array([settings.pupils.effects[name].m8[position] for name in EFFECTS])
    end = given + earlier_score * start
    return start + np.outer(time / time[-1], end - start)


def _school_variances(
    settings: CountrySettings, traits: Reference, domain: str, effects: np.ndarray, time: np.ndarray
) -> tuple[float, float, float]:
    """Return the variances of level (chosen), drift and moment, from the ICCs of growth and of M8."""
    known, correlation = settings.courses[domain], half_year(settings, domain)
    sd = _published_sd(settings, domain)
    wanted, parts = 0.0, np.zeros(3)
    for t in _steps(settings, domain):
        before, after = sd[t], sd[t + 1]
        total = before**2 + after**2 - 2 * correlation * before * after
        change = after * effects[t + 1] - before * effects[t]
        wanted += known.growth_icc * total - change @ traits.within_school @ change
        parts += (after - before) ** 2, (after * time[t + 1] - before * time[t]) ** 2, before**2 + after**2
    first, length, carried = np.flatnonzero(time == 0)[0], time[-1], known.earlier_score
    explained = [effects[t] @ traits.covariance @ effects[t] for t in (first, -1)]
    left = 1 - explained[1] - carried**2 * (1 - explained[0])
    m8 = known.m8_icc * left - (1 - carried) ** 2 * known.school_level
    rows = [[parts[1], parts[2]], [length**2, 1 + carried**2]]
    drift, moment = np.linalg.solve(rows, [wanted - parts[0] * known.school_level, m8])
    if min(drift, moment) < 0:
        raise UnusableInput(f"params/country.yml: courses.{domain}: growth_icc, m8_icc and school_level contradict.")
    return known.school_level, float(drift), float(moment)


def _pupil_shares(half_year: float, long: float, length: int, error: float, domain: str) -> tuple[float, float, float]:
    """Return stable, moving and persistence p: stable + moving p = half_year, stable + moving p^length = long."""
    loss = 1 - error - half_year

    def gap(persistence: float) -> float:
        return loss * (1 - persistence**length) / (1 - persistence) - (1 - error - long)

    if loss <= 0 or gap(0.0) > 0 or gap(0.999) < 0:
        raise UnusableInput(f"params/country.yml: courses.{domain}: growth_sd, earlier_score and error contradict.")
    persistence = brentq(gap, 0.0, 0.999)
    moving = loss / (1 - persistence)
    if moving > 1 - error:
        raise UnusableInput(f"params/country.yml: courses.{domain}: error is too large for these correlations.")
    return 1 - error - moving, moving, persistence


def _published_sd(settings: CountrySettings, domain: str) -> np.ndarray:
    return np.array([np.nan if sd is None else sd for sd in settings.providers["cito"][domain].sd])


def _steps(settings: CountrySettings, domain: str) -> list[int]:
    sd = _published_sd(settings, domain)
    return [t for t in range(len(sd) - 1) if np.isfinite(sd[t]) and np.isfinite(sd[t + 1])]
