"""A country with known truth: pairs, background and school effects, for tests and benchmarks of the models.

Growth is made with every covariate of domain practice: a curved regression on the earlier score, the traits of the
pupil and of the school, a random school effect and noise. Some of every trait is unknown, and not at random. `Truth`
departs from that: scores with a measurement error, noise of another shape or size, effects that go with a trait.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nco_utils import national as figures
from nco_utils import reference, subgroups, tables
from nco_utils.params import ReferenceModel, Subgroup
from nco_utils.reference.covariates import Known

SIGMA, TAU = 12.0, 1.4  # points within and between schools: ICC .013, as of half-year growth in maths
MEAN, SD = 206.6, 26.0  # points: the earlier score
GAINED = 12.0  # points, in the half year before it
YEAR, STEP, DOMAIN, SCALE = "2021-2022", "M5-E5", "rekenen_wiskunde", "CITO-RW-3"
_SHARES = {
    "sex": {"jongen": 0.511, "meisje": 0.489},
    "education": {"laag": 0.072, "midden": 0.244, "hoog": 0.468, tables.UNKNOWN: 0.216},
    "migration": {"geen": 0.72, "westers": 0.08, "niet_westers": 0.18, tables.UNKNOWN: 0.02},
    "household": {"twee_ouders": 0.78, "anders": 0.2, tables.UNKNOWN: 0.02},
    "income": {"onder_modaal": 0.25, "midden": 0.48, "boven_2x_modaal": 0.25, tables.UNKNOWN: 0.02},
    "repeated_grade": {"nee": 0.9, "ja": 0.08, tables.UNKNOWN: 0.02},
}
_EFFECTS = {  # points of growth
    "education": {"laag": -0.9, "hoog": 1.6, tables.UNKNOWN: 0.3},
    "sex": {"meisje": -0.8},
    "migration": {"niet_westers": 0.9, "westers": 0.5},
    "household": {"anders": -0.7},
    "income": {"boven_2x_modaal": 0.6, tables.UNKNOWN: -0.4},
    "repeated_grade": {"ja": -1.2},
}
_DENOMINATIONS = ["Openbaar", "Rooms-Katholiek", "Protestants-Christelijk", "Algemeen bijzonder", "Islamitisch"]


@dataclass(frozen=True)
class Truth:
    """What a country is like; as it stands what the model assumes, with scores that have no error.

    tau, sigma: points between and within schools. reliability: share of true variance in the observed score; both
    tests have an error. intake: SD of the schools' mean true score, in SDs of pupils within schools. skewness: that
    of the noise, from 0. spread: SD over schools of the logarithm of their noise's SD. fan: that logarithm falls so
    much per SD of the true score. with_weighting: the correlation of the effect with schoolweging. with_intake: with
    the mean true score that the school draws from.
    """

    tau: float = TAU
    sigma: float = SIGMA
    reliability: float = 1.0
    intake: float = 0.0
    skewness: float = 0.0
    spread: float = 0.0
    fan: float = 0.0
    with_weighting: float = 0.0
    with_intake: float = 0.0


AS_ASSUMED = Truth()


@dataclass(frozen=True)
class Simulated:
    """The tables, and of every school the truth: effect, mean of growth but for that effect, mean earlier score (J,).

    `before` is the school's mean of the true earlier scores, without their errors. `earlier` is the score of the test
    before that (n,), with an error of its own.
    """

    pairs: pd.DataFrame
    known: Known
    effect: pd.Series
    expected: pd.Series
    before: pd.Series | None = None
    earlier: np.ndarray | None = None

    def figures(self, members: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return table `figures` of all units."""
        national = figures.national(self.pairs, self.known.schools)
        return figures.figures(self.pairs, self.known.schools, national, members)

    def members(self, splits: dict[str, Subgroup]) -> pd.DataFrame:
        """Return which pair is in which subgroup."""
        return subgroups.members(self.pairs, self.known.pupils, splits)


def simulate(
    schools: int, seed: int, *, pupils: int = 25, tau: float | None = None, truth: Truth = AS_ASSUMED
) -> Simulated:
    """Make schools of `pupils` pupils on average, in one step of one domain on one scale; `tau` stands for truth's."""
    truth = truth if tau is None else replace(truth, tau=tau)
    # What departs from the model has draws of its own: a country as assumed is the same with and without them.
    rng, other = np.random.default_rng(seed), np.random.default_rng([seed, 1])
    traits = _schools(schools, rng)
    sizes = np.maximum(2, rng.poisson(pupils, schools) + rng.integers(-pupils // 2, pupils // 2 + 1, schools))
    school = np.repeat(np.arange(schools), sizes)
    background = _pupils(traits, school, rng)
    intake = other.standard_normal(schools)
    standard, growth, days = _growth(background, traits, school, truth.intake * intake, rng)
    effect = _effects(traits, intake, truth, rng)
    before, n = MEAN + SD * standard, len(school)
    gained = growth + effect[school] + _noise(standard, school, truth, rng, other)
    errors = SD * standard.std() * np.sqrt(1 / truth.reliability - 1) * other.standard_normal((3, n))
    seen, observed = before + errors[0], gained + errors[1] - errors[0]
    pairs = {
        "brinvest": background["brinvest"],
        "pupil_id": background["pupil_id"],
        **{"domain": DOMAIN, "scale": SCALE, "step": STEP, "school_year": YEAR},
        "group": np.where(rng.random(n) < 0.5, "5A", "5B"),
        "start": None,
        "score_before": seen,
        "score_after": seen + observed,
        "growth": observed,
        "days_between": days,
    }
    names = traits["brinvest"]
    return Simulated(
        tables.conform(pd.DataFrame(pairs), tables.GROWTH),
        _known(traits, background),
        pd.Series(effect, names),
        pd.Series(np.bincount(school, growth) / sizes, names),
        pd.Series(np.bincount(school, before) / sizes, names),
        before - GAINED - truth.sigma * other.standard_normal(n) + errors[2],
    )


def compared(country: Simulated, model: ReferenceModel) -> pd.DataFrame:
    """Return table `reference` of the schools, and beside it the truth, schoolweging and the SD of their pupils.

    `pooled_se` is the standard error of the effect that they would have if the variance within all schools were one.
    """
    nobody = country.members({})
    made = reference.references(country.pairs, country.figures(nobody), nobody, country.known, model)
    schools = made.units.set_index("brinvest").astype({"n_pupils": float})
    traits = country.known.school_traits.set_index("brinvest")
    sigma2 = made.terms.set_index("term")["estimate"]["sigma2"]
    return schools.assign(
        pooled_se=np.sqrt(sigma2 / schools["n_pupils"] + schools["reference_se"] ** 2),
        true_effect=country.effect,
        expected=country.expected,
        before=country.before,
        schoolweging=traits["schoolweging"],
        sd=country.pairs.groupby("brinvest")["growth"].std(),
    ).reset_index()


def _effects(traits: pd.DataFrame, intake: np.ndarray, truth: Truth, rng: np.random.Generator) -> np.ndarray:
    weighting = (traits["schoolweging"].to_numpy() - 30) / 3.7
    rest = np.sqrt(1 - truth.with_weighting**2 - truth.with_intake**2)
    own = rest * rng.standard_normal(len(traits))
    return truth.tau * (truth.with_weighting * weighting + truth.with_intake * intake + own)


def _noise(
    standard: np.ndarray, school: np.ndarray, truth: Truth, rng: np.random.Generator, other: np.random.Generator
) -> np.ndarray:
    """Return the pupils' noise (n,): a gamma distribution where it is skewed; sigma squared is its mean square."""
    noise = rng.standard_normal(len(school))
    if truth.skewness:
        shape = 4 / truth.skewness**2
        noise = (other.gamma(shape, size=len(school)) - shape) / np.sqrt(shape)
    size = np.exp(truth.spread * other.standard_normal(school.max() + 1)[school] - truth.fan * standard)
    return truth.sigma * noise * size / np.sqrt((size**2).mean())


def _schools(n: int, rng: np.random.Generator) -> pd.DataFrame:
    number = np.arange(n)
    letters = [f"{chr(65 + k // 26 % 26)}{chr(65 + k % 26)}" for k in number]
    frame = {
        "brinvest": [f"{10 + k // 676:02d}{pair}00" for k, pair in zip(number, letters, strict=True)],
        "size": rng.integers(60, 500, n),
        "urbanity": rng.integers(1, 6, n),
        "schoolweging": np.clip(30 + 3.7 * rng.standard_normal(n), 20, 40).round(2),
        "denomination": rng.choice(_DENOMINATIONS, n, p=[0.33, 0.3, 0.25, 0.08, 0.04]),
    }
    return pd.DataFrame(frame)


def _pupils(schools: pd.DataFrame, school: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    n, weighting = len(school), (schools["schoolweging"].to_numpy()[school] - 30) / 3.7
    frame = {
        "brinvest": schools["brinvest"].to_numpy()[school],
        "pupil_id": np.char.add("P", np.arange(n).astype(str)),
        "ses_class": tables.UNKNOWN,
        "minority": tables.UNKNOWN,
    }
    for trait, shares in _SHARES.items():
        # A higher weighting moves pupils to one end of every trait but sex: schools differ in their intake.
        u = np.clip(rng.random(n) + (trait != "sex") * 0.06 * weighting, 0, 1 - 1e-9)
        place = np.searchsorted(np.cumsum(list(shares.values())), u, side="right").clip(max=len(shares) - 1)
        frame[trait] = np.array(list(shares), dtype=object)[place]
    older = rng.uniform(-6, 6, n).round() + 12 * (frame["repeated_grade"] == "ja")
    frame["months_older"] = np.where(rng.random(n) < 0.03, np.nan, older)
    return pd.DataFrame(frame)


def _growth(
    pupils: pd.DataFrame, schools: pd.DataFrame, school: np.ndarray, intake: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the earlier score, 0 on average in SDs, growth but for effect and noise, and days between; all (n,)."""
    n, weighting = len(school), schools["schoolweging"].to_numpy()[school] - 30
    traits = sum(pupils[name].map(effects).fillna(0).to_numpy(float) for name, effects in _EFFECTS.items())
    standard = 0.15 * traits - 0.03 * weighting + rng.standard_normal(n) + intake[school]
    days = rng.integers(125, 150, len(schools))[school] + rng.integers(0, 5, n)
    months = np.nan_to_num(pupils["months_older"].to_numpy())
    of_school = {"urbanity": 0.15, "size": -0.002}
    return (
        standard,
        12
        + traits
        - 3.4 * standard
        - 1.2 * np.tanh(standard)
        + 0.05 * (days - 137)
        - 0.06 * months
        - 0.12 * weighting
        + sum(slope * schools[name].to_numpy(float)[school] for name, slope in of_school.items()),
        days,
    )


def _known(schools: pd.DataFrame, pupils: pd.DataFrame) -> Known:
    register = schools[["brinvest", "denomination"]].assign(
        school_name="De School", board_number="40001", sector="bo", vendor="cito", provider="cito"
    )
    register = register.assign(opened=pd.NaT, closed=pd.NaT)
    background = schools.assign(schoolweging=schools["schoolweging"])
    return Known(
        tables.conform(pupils, tables.PUPILS),
        tables.conform(register, tables.SCHOOLS),
        tables.conform(background, tables.SCHOOL_TRAITS),
    )
