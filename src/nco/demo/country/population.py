"""The pupils of the fictitious country: their traits, drawn school by school from the schoolweging."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from nco_utils.tables import UNKNOWN

from .country_settings import EFFECTS, CountrySettings, Trait

_REFERENCE_PUPILS = 200_000
_REFERENCE_SEED = 20_230_801


def traits(disadvantage: np.ndarray, settings: CountrySettings, rng: np.random.Generator) -> pd.DataFrame:
    """Return one pupil a row: sex, age, education, migration, household, income, ses_class, repeated.

    disadvantage: (n,) of the pupil's school, standard normal. age: years older than the middle of the cohort.
    """
    pupils, n = settings.pupils, len(disadvantage)
    common = rng.standard_normal(n)
    latent = {
        name: _latent(getattr(pupils, name), disadvantage, common, rng)
        for name in ("education", "migration", "household", "income", "repeated")
    }
    frame = {name: _classes(values, getattr(pupils, name)) for name, values in latent.items()}
    unknown = rng.random(n) < pupils.education.missing
    frame["education"] = np.where(unknown, UNKNOWN, frame["education"])
    frame["sex"] = np.where(rng.random(n) < pupils.boys, "jongen", "meisje")
    frame["age"] = rng.uniform(-0.5, 0.5, n) + (frame["repeated"] == "ja")
    frame["ses_class"] = np.where(unknown, UNKNOWN, _fourths(latent["education"], latent["income"], pupils))
    return pd.DataFrame(frame)


def design(pupils: pd.DataFrame) -> np.ndarray:
    """Return the traits that have an effect, as numbers: (n, k) in the order of EFFECTS."""
    columns = {
        "education_laag": pupils["education"] == "laag",
        "education_hoog": pupils["education"] == "hoog",
        "education_missing": pupils["education"] == UNKNOWN,
        "age": pupils["age"],
        "girl": pupils["sex"] == "meisje",
        "westers": pupils["migration"] == "westers",
        "niet_westers": pupils["migration"] == "niet_westers",
        "not_two_parents": pupils["household"] == "anders",
    }
    return np.column_stack([columns[name].to_numpy(float) for name in EFFECTS])


@dataclass(frozen=True)
class Reference:
    """Of the traits with an effect: means (k,), covariance (k, k), and covariance between two pupils of one school."""

    means: np.ndarray
    covariance: np.ndarray
    within_school: np.ndarray


def reference(settings: CountrySettings) -> Reference:
    """Return means and covariances of the traits in the country.

    From pairs of pupils, each pair in a school of its own, drawn with a seed that never changes.
    """
    rng = np.random.default_rng(_REFERENCE_SEED)
    disadvantage = rng.standard_normal(_REFERENCE_PUPILS)
    first, second = (design(traits(disadvantage, settings, rng)) for _ in range(2))
    both = np.vstack([first, second])
    shared = np.cov(first.T, second.T)[: len(EFFECTS), len(EFFECTS) :]
    return Reference(both.mean(axis=0), np.cov(both.T), (shared + shared.T) / 2)


def _latent(trait: Trait, disadvantage: np.ndarray, common: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    own = np.sqrt(1 - trait.school**2 - trait.common**2)
    return trait.school * disadvantage + trait.common * common + own * rng.standard_normal(len(disadvantage))


def _classes(latent: np.ndarray, trait: Trait) -> np.ndarray:
    shares = np.array(list(trait.shares.values()))
    edges = norm.ppf(np.cumsum(shares / shares.sum())[:-1])
    return np.array(list(trait.shares), dtype=object)[np.searchsorted(edges, latent)]


def _fourths(education: np.ndarray, income: np.ndarray, pupils) -> np.ndarray:
    """Return the class of the mean of two standard normal variables; high is unfavourable."""
    a, b = pupils.education, pupils.income
    spread = np.sqrt(2 + 2 * (a.school * b.school + a.common * b.common))
    edges = norm.ppf([0.25, 0.5, 0.75]) * spread
    words = np.array(["hoog", "middenhoog", "middenlaag", "laag"], dtype=object)
    return words[np.searchsorted(edges, education + income)]
