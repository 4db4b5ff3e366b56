"""The fictitious country: boards, schools, pupils and three school years of test results, the same for one seed."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from string import ascii_uppercase

import numpy as np
import pandas as pd

from nco.base import all_settings
from nco_utils.errors import UnusableInput
from nco_utils.tables import DOMAINS

from . import calibration, country_settings, several_tests
from .abilities import USUAL, Span, abilities
from .categories import domain_scores
from .closure import SPAN, after_closure, delayed, missed
from .country_settings import CountrySettings
from .end_levels import end_levels
from .fictitious import MOST_SCHOOLS, Enrolled, enrol
from .population import traits
from .testdays import test_days

PREFIXES = {"begrijpend_lezen": "BL", "spelling": "SP", "rekenen_wiskunde": "RW"}
_FIRST_KEY, _FIRST_NINE_DIGIT_KEY = 1_000_000, 230_000_000
_LEVELS = np.array(["V", "IV", "III", "II", "I"], dtype=object)  # fifths; I is the highest
_FIFTHS = [-0.8416, -0.2533, 0.2533, 0.8416]  # of the standard normal
# The streams of random numbers: the register, each board, reference levels, each board's scores by category, schools
# with several tests.
_REGISTER, _PUPILS, _LEVELS_OF, _CATEGORIES, _SEVERAL = 0, 1, 2, 3, 4


@dataclass(frozen=True)
class Country:
    """A country of `n_schools`, made from `seed`: its register; pupils and results come board by board."""

    n_schools: int
    seed: int
    settings: CountrySettings
    model: calibration.Model
    enrolled: Enrolled
    span: Span = USUAL

    @cached_property
    def first_pupil(self) -> dict[str, int]:
        """The number of the first pupil of each board."""
        schools = self.enrolled.schools
        sizes = self.span.pupils(schools["size"]).groupby(schools["board_number"], sort=False).sum()
        return dict(zip(sizes.index, np.cumsum(sizes) - sizes, strict=True))


@dataclass(frozen=True)
class BoardPupils:
    """The pupils of one board (a row each, with traits) and their results (RESULTS without source, and more).

    `results` has, beside the columns of RESULTS but for source_file and source_row: sex, group, eckid, dle, level
    and domain_scores.
    """

    pupils: pd.DataFrame
    results: pd.DataFrame


def generate(schools: int, seed: int, closure: bool = False) -> Country:
    """Return the country of that many schools and that seed; raises UnusableInput for a number that cannot be.

    closure: with the school years before, so that the school closures of 2020 are in it, and their round.
    """
    if not 1 <= schools <= MOST_SCHOOLS:
        raise UnusableInput(f"A country has 1 to {MOST_SCHOOLS:,} schools, not {schools:,}.")
    settings = country_settings.load()
    if closure:
        of_schools = settings.schools.model_copy(update={"contracts": settings.closure.contracts})
        settings = settings.model_copy(update={"schools": of_schools})
    enrolled = enrol(schools, settings, np.random.default_rng([seed, _REGISTER]), closure)
    kinds = several_tests.kinds(enrolled.schools, settings, np.random.default_rng([seed, _SEVERAL]))
    enrolled = replace(enrolled, schools=enrolled.schools.assign(several_tests=kinds))
    return Country(schools, seed, settings, calibration.solve(settings), enrolled, SPAN if closure else USUAL)


def boards(country: Country) -> Iterator[tuple[str, BoardPupils]]:
    """Yield every board's number and pupils, in the order of the register."""
    for number in country.enrolled.boards["board_number"]:
        yield number, board(country, number)


def board(country: Country, number: str) -> BoardPupils:
    """Return the pupils and results of one board: the same whichever boards were made before."""
    position = int(country.enrolled.boards["board_number"].searchsorted(number))
    rng = np.random.default_rng([country.seed, _PUPILS, position])
    schools = country.enrolled.schools.query("board_number == @number").reset_index(drop=True)
    pupils = _pupils(country, schools, number, rng)
    standardised = abilities(pupils, len(schools), country.settings, country.model, rng, country.span)
    standardised = delayed(standardised, pupils["cohort"].to_numpy(), country.settings, country.span)
    found = _results(country, schools, pupils, standardised, rng)
    results, apart = found.drop(columns=["z", "school"]), np.random.default_rng([country.seed, _CATEGORIES, position])
    school, z = (found[name].to_numpy() for name in ("school", "z"))
    results["domain_scores"] = domain_scores(results, school, z, country.settings.domain_scores, apart)
    return BoardPupils(pupils, results)


def reference_levels(country: Country) -> pd.DataFrame:
    """Return the rows of background/reference_levels.csv: table REFERENCE_LEVELS."""
    rng = np.random.default_rng([country.seed, _LEVELS_OF])
    return end_levels(country.enrolled.schools, country.settings, rng)


def _pupils(country: Country, schools: pd.DataFrame, number: str, rng: np.random.Generator) -> pd.DataFrame:
    school = np.repeat(np.arange(len(schools)), country.span.pupils(schools["size"]))
    of_school = schools.loc[school].reset_index(drop=True)
    counted = country.first_pupil[number] + np.arange(len(school))
    keys = np.where(of_school["nine_digit_keys"], _FIRST_NINE_DIGIT_KEY, _FIRST_KEY) + counted
    cohort = rng.integers(country.span.lowest, country.span.lowest + country.span.cohorts, len(school))
    drawn = traits(of_school["disadvantage"].to_numpy(), country.settings, rng)
    objected = rng.random(len(school)) < country.settings.schools.objections_share
    columns = {"brinvest": of_school["brinvest"], "pupil_id": keys.astype(str), "school": school, "cohort": cohort}
    eckid = [_eckid(country.seed, n) if has else None for n, has in zip(counted, of_school["has_eckid"], strict=True)]
    return pd.concat(
        [pd.DataFrame(columns), drawn, of_school[["sector"]], pd.DataFrame({"objected": objected, "eckid": eckid})],
        axis=1,
    )


def _eckid(seed: int, number: int) -> str:
    """Return a chain identifier of the right form that was never given out."""
    return f"https://ketenid.nl/demo/{hashlib.sha512(f'{seed}/{number}'.encode()).hexdigest()}"


def background(pupils: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of background/pupils.csv: table PUPILS."""
    return pd.DataFrame(
        {
            "brinvest": pupils["brinvest"],
            "pupil_id": pupils["pupil_id"],
            "sex": pupils["sex"],
            "ses_class": pupils["ses_class"],
            "minority": np.where(pupils["migration"] == "geen", "nee", "ja"),
            "repeated_grade": pupils["repeated"],
            "education": pupils["education"],
            "migration": pupils["migration"],
            "household": pupils["household"],
            "income": pupils["income"],
            "months_older": (pupils["age"] * 12).round().astype(int),
        }
    )


def _results(
    country: Country,
    schools: pd.DataFrame,
    pupils: pd.DataFrame,
    standardised: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return every test that was taken, ordered by school, pupil, moment and domain; with its school and z."""
    settings, span = country.settings, country.span
    provider_at = _providers(country, schools, pupils)
    i, t, d = np.nonzero(_taken(country, schools, pupils, provider_at, rng))
    school, cohort = pupils["school"].to_numpy()[i], pupils["cohort"].to_numpy()[i]
    grade, moment = t // 2 + 3, np.array(["M", "E"], dtype=object)[t % 2]
    year = grade - cohort
    provider = provider_at[i, t]
    level = grade - _below(settings, provider, t, rng)
    z = standardised[i, t, d]
    score, scale = _scores(settings, provider, t, d, z)
    test_level = moment + level.astype(str).astype(object)
    prefix = np.array([PREFIXES[domain] for domain in DOMAINS], dtype=object)[d]
    years = np.array(span.names, dtype=object)
    return pd.DataFrame(
        {
            "vendor": schools["vendor"].to_numpy(object)[school],
            "provider": provider,
            "brinvest": pupils["brinvest"].to_numpy(object)[i],
            "pupil_id": pupils["pupil_id"].to_numpy(object)[i],
            "domain": np.array(DOMAINS, dtype=object)[d],
            # Boom's tests have continuous norms: their code names no moment.
            "test_code": np.where(provider == "boom", prefix, prefix + "-" + test_level),
            "scale": scale,
            "school_year": years[year],
            "moment": moment,
            "grade": grade,
            "test_level": test_level,
            "test_date": test_days(settings.tests, schools, school, cohort, t, d, rng, span),
            "score": score,
            "sex": pupils["sex"].to_numpy(object)[i],
            "group": grade.astype(str).astype(object) + _classes(settings, pupils)[i],
            "eckid": pupils["eckid"].to_numpy(object)[i],
            "dle": _dle(settings, provider, d, score),
            "level": np.where(provider == "cito", _LEVELS[np.searchsorted(_FIFTHS, z)], None),
            "z": z,
            "school": school,
        }
    )


def _classes(settings: CountrySettings, pupils: pd.DataFrame) -> np.ndarray:
    """Return the letter of each pupil's class: a jaargroep that is large has several, which stay together."""
    of_grade = pupils.groupby(["school", "cohort"])["pupil_id"]
    classes = 1 + of_grade.transform("size") // settings.schools.two_classes_from
    return np.array(list(ascii_uppercase), dtype=object)[(of_grade.cumcount() % classes).to_numpy()]


def _providers(country: Country, schools: pd.DataFrame, pupils: pd.DataFrame) -> np.ndarray:
    """Return (n, T): the provider of every pupil's tests at every moment."""
    n_moments = len(country.settings.moments)
    school = pupils["school"].to_numpy()
    grade: np.ndarray = np.arange(n_moments) // 2 + 3
    place = pupils.groupby(["school", "cohort"]).cumcount().to_numpy()
    i, t = (each.ravel() for each in np.indices((len(pupils), n_moments)))
    # Which tests a school takes is of the years that every country has.
    year = grade[t] - pupils["cohort"].to_numpy()[i] - (country.span.years - USUAL.years)
    return several_tests.provider_of(schools, school[i], grade[t], year, place[i]).reshape(-1, n_moments)


def _taken(
    country: Country,
    schools: pd.DataFrame,
    pupils: pd.DataFrame,
    provider: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return (n, T, 3): which tests lie in the school years, exist at the provider, and were not missed."""
    settings, span = country.settings, country.span
    grade = np.arange(len(settings.moments)) // 2 + 3
    year = grade - pupils["cohort"].to_numpy()[:, None]
    closed = schools["closed"].notna().to_numpy()[pupils["school"]]
    attended = (year >= 0) & (year < span.years - closed[:, None])  # schools close before the last year
    missing = np.array([settings.tests.missing[domain] for domain in DOMAINS]).T
    missing = np.where(after_closure(year, span, settings)[..., None], missed(settings), missing)
    taken = attended[..., None] & (rng.random((len(pupils), *missing.shape[1:])) >= missing)
    exists = {
        provider: np.array([[mean is not None for mean in scales[domain].mean] for domain in DOMAINS]).T
        for provider, scales in settings.providers.items()
    }
    at, moments = np.empty(taken.shape, bool), np.arange(len(settings.moments))
    for name, tests in exists.items():
        at[provider == name] = tests[np.broadcast_to(moments, provider.shape)[provider == name]]
    return taken & at


def _below(settings: CountrySettings, provider: np.ndarray, t: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return 1 for a test of Cito one level below the pupil's groep, else 0."""
    possible = provider == "cito"
    lower_exists = t >= 3  # the level of E3 is the lowest that all domains have
    return (possible & lower_exists & (rng.random(len(t)) < settings.tests.other_level_share)).astype(int)


def _scores(
    settings: CountrySettings, provider: np.ndarray, t: np.ndarray, d: np.ndarray, z: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return scores with one decimal, within what the scale has, and the codes of the scales."""
    score, scale = np.empty(len(z)), np.empty(len(z), dtype=object)
    for name in np.unique(provider.astype(str)):
        for position, domain in enumerate(DOMAINS):
            known, here = settings.providers[name][domain], (provider == name) & (d == position)
            mean, sd = (np.array(values, dtype=float)[t[here]] for values in (known.mean, known.sd))
            limits = all_settings.load().scales[known.scale]
            score[here] = np.clip(mean + sd * z[here], limits.lowest, limits.highest)
            scale[here] = known.scale
    return score.round(1), scale


def _dle(settings: CountrySettings, provider: np.ndarray, d: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the DL at which the average pupil has this score: 5 at M3, 5 more every half-year."""
    dle = np.empty(len(score))
    for name in np.unique(provider.astype(str)):
        for position, domain in enumerate(DOMAINS):
            here = (provider == name) & (d == position)
            mean = np.array(settings.providers[name][domain].mean, dtype=float)
            dl = 5.0 * (np.arange(len(mean)) + 1)
            dle[here] = np.interp(score[here], mean[np.isfinite(mean)], dl[np.isfinite(mean)])
    return dle.round().astype(int)


def all_results(country: Country) -> pd.DataFrame:
    """Return the results of all boards in one table; for countries that fit in memory."""
    return pd.concat([made.results for _, made in boards(country)], ignore_index=True)
