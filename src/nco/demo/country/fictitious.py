"""The register of the fictitious country: boards, schools, contracts and approvals, none of which exists."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from nco.base import all_settings
from nco_utils.params import Round

from .country_settings import CountrySettings
from .names import BOARD_PLACES, SCHOOL_BEGINS, SCHOOL_ENDS

FIRST_BRIN = 90  # DUO has given out no BRIN from 90AA on
FIRST_BOARD = 66_000  # DUO has given out no board number from 66000 to 66999
MOST_SCHOOLS = 6_500
_BOARD_KINDS = {
    "Openbaar": ("Stichting Openbaar Onderwijs", "Obs"),
    "Rooms-Katholiek": ("Stichting Katholiek Onderwijs", "Rkbs"),
    "Protestants-Christelijk": ("Vereniging voor Christelijk Onderwijs", "Cbs"),
    "Algemeen bijzonder": ("Vereniging voor Bijzonder Onderwijs", "Basisschool"),
}
_CLOSING = date(2022, 7, 31)  # the last day of the schools that close, and of the board that a school leaves


@dataclass(frozen=True)
class Enrolled:
    """Who takes part: tables BOARDS, SCHOOLS, SCHOOL_BOARDS and APPROVALS, and what the country is made from.

    `schools` has, beside the columns of SCHOOLS: size (pupils in groep 1-8), urbanity, schoolweging, disadvantage
    (standard normal), first_round, nine_digit_keys, has_eckid and late (Diataal E test in the next year).
    """

    boards: pd.DataFrame
    schools: pd.DataFrame
    school_boards: pd.DataFrame
    approvals: pd.DataFrame


def rounds_of(closure: bool) -> dict[str, Round]:
    """Return the rounds of a country, by their code: those with reports of their own only of one with the closures."""
    return {code: round_ for code, round_ in all_settings.load().rounds.items() if closure or not round_.reports}


def enrol(n: int, settings: CountrySettings, rng: np.random.Generator, closure: bool = False) -> Enrolled:
    """Return a country of n schools; closure: as of `country.generate`."""
    of_school = _board_of_each(n, settings, rng)
    boards = _boards(of_school, settings, rng)
    schools = _schools(of_school, boards, settings, rng)
    return Enrolled(
        boards[["board_number", "board_name", "contract_received_on"]],
        schools,
        _school_boards(schools, boards, settings, rng),
        _approvals(schools, rng, closure),
    )


def _board_of_each(n: int, settings: CountrySettings, rng: np.random.Generator) -> np.ndarray:
    """Return the board of each school, ascending; every board has at least one."""
    n_boards = max(1, round(n / settings.schools.per_board))
    weights = rng.lognormal(0, settings.schools.board_spread, n_boards)
    sizes = 1 + rng.multinomial(n - n_boards, weights / weights.sum())
    return np.repeat(np.arange(n_boards), sizes)


def _boards(of_school: np.ndarray, settings: CountrySettings, rng: np.random.Generator) -> pd.DataFrame:
    sizes = np.bincount(of_school)
    kinds = _shared_out(sizes, settings.schools.denominations, rng)
    first = _shared_out(sizes, settings.schools.contracts, rng)
    deadline = pd.to_datetime([all_settings.load().rounds[code].contract_deadline for code in first])
    numbers = np.arange(len(sizes))
    return pd.DataFrame(
        {
            "board_number": [str(FIRST_BOARD + number) for number in numbers],
            # The number in brackets: no real board is called so.
            "board_name": [
                f"{_BOARD_KINDS[kind][0]} {BOARD_PLACES[number % len(BOARD_PLACES)]} (fictief {number + 1})"
                for kind, number in zip(kinds, numbers, strict=True)
            ],
            "contract_received_on": deadline - pd.to_timedelta(rng.integers(1, 60, len(sizes)), unit="D"),
            "denomination": kinds,
            "first_round": first,
        }
    )


def _schools(
    of_school: np.ndarray, boards: pd.DataFrame, settings: CountrySettings, rng: np.random.Generator
) -> pd.DataFrame:
    n, chosen = len(of_school), settings.schools
    of_board = boards.loc[of_school].reset_index(drop=True)
    vendor = _in_turn(of_school, chosen.vendors, rng)
    provider = _providers(vendor, chosen.providers, rng)
    disadvantage = norm.ppf(_spread(n, rng))
    weging = chosen.schoolweging
    return pd.DataFrame(
        {
            "brinvest": _brinvests(of_school, chosen.second_location_share, rng),
            "school_name": [_school_name(position, kind) for position, kind in enumerate(of_board["denomination"])],
            "board_number": of_board["board_number"],
            "sector": np.where(_some(n, chosen.sbo_share, rng), "sbo", "bo"),
            "denomination": of_board["denomination"],
            "vendor": vendor,
            "provider": provider,
            "opened": pd.NaT,
            "closed": pd.Series(pd.Timestamp(_CLOSING), range(n)).where(_some(n, chosen.closed_share, rng)),
            "size": _sizes(n, settings, rng),
            "urbanity": _urbanity(disadvantage, settings, rng),
            "schoolweging": np.clip(weging.mean + weging.sd * disadvantage, weging.lowest, weging.highest).round(2),
            "disadvantage": disadvantage,
            "first_round": of_board["first_round"],
            "nine_digit_keys": _some(n, chosen.nine_digit_keys_share, rng),
            "has_eckid": _some(n, chosen.eckid_share, rng) & (vendor == "parnassys"),
            "late": _some(n, settings.tests.diataal_late_share, rng) & (provider == "diataal"),
        }
    )


def _school_name(position: int, denomination: str) -> str:
    begin, end = SCHOOL_BEGINS[position % len(SCHOOL_BEGINS)], SCHOOL_ENDS[position % len(SCHOOL_ENDS)]
    return f"{_BOARD_KINDS[denomination][1]} De {begin}{end} (fictief {position + 1})"


def _brinvests(of_school: np.ndarray, share: float, rng: np.random.Generator) -> list[str]:
    """Return BRIN and vestiging; a second location follows its first, under one board."""
    wanted = _some(len(of_school), share, rng)
    brin, found = -1, []
    for position, second in enumerate(wanted):
        here = position > 0 and of_school[position] == of_school[position - 1] and found[-1].endswith("00")
        if second and here:
            found.append(found[-1][:4] + "01")
            continue
        brin += 1
        tens, letters = divmod(brin, 676)
        found.append(f"{FIRST_BRIN + tens}{chr(65 + letters // 26)}{chr(65 + letters % 26)}00")
    return found


def _providers(vendor: np.ndarray, shares: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Return the test provider of each school; the vendor Cito delivers its own tests only."""
    provider = np.full(len(vendor), "cito", dtype=object)
    other = np.flatnonzero(vendor != "cito")
    counts = {name: round(share * len(vendor)) for name, share in shares.items() if name != "cito"}
    taken = np.repeat(list(counts), list(counts.values()))[: len(other)]
    provider[rng.permutation(other)[: len(taken)]] = taken
    return provider


def _sizes(n: int, settings: CountrySettings, rng: np.random.Generator) -> np.ndarray:
    classes = settings.schools.sizes
    place = np.searchsorted(np.cumsum([each.share for each in classes])[:-1], _spread(n, rng))
    lowest, highest, skew = (
        np.array([getattr(each, name) for each in classes])[place] for name in ("lowest", "highest", "skew")
    )
    return (lowest + (highest - lowest) * rng.random(n) ** skew).round().astype(int)


def _urbanity(disadvantage: np.ndarray, settings: CountrySettings, rng: np.random.Generator) -> np.ndarray:
    r = settings.schools.urbanity_schoolweging
    rural = -r * disadvantage + np.sqrt(1 - r**2) * rng.standard_normal(len(disadvantage))
    return 1 + np.searchsorted(norm.ppf(np.cumsum(settings.schools.urbanity)[:-1]), rural)


def _school_boards(
    schools: pd.DataFrame, boards: pd.DataFrame, settings: CountrySettings, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the history of the schools that came from another board, one that takes part from the same round on."""
    numbers, first = boards["board_number"], boards["first_round"]
    other = numbers.groupby(first).transform(lambda same: np.roll(same, 1))
    moved = _some(len(schools), settings.schools.changed_board_share, rng) & schools["closed"].isna()
    before = schools["board_number"].map(dict(zip(numbers, other, strict=True)))
    changed = schools[moved & (before != schools["board_number"])]
    before = before[changed.index]
    last = pd.Timestamp(_CLOSING)
    return pd.concat(
        [
            pd.DataFrame({"brinvest": changed["brinvest"], "board_number": before, "from": pd.NaT, "until": last}),
            pd.DataFrame(
                {
                    "brinvest": changed["brinvest"],
                    "board_number": changed["board_number"],
                    "from": last + pd.Timedelta(days=1),
                    "until": pd.NaT,
                }
            ),
        ],
        ignore_index=True,
    )


def _approvals(schools: pd.DataFrame, rng: np.random.Generator, closure: bool) -> pd.DataFrame:
    """Return one approval per school and school year, in time for the first round in which it delivers."""
    rounds = rounds_of(closure)
    order = list(rounds)
    found = []
    for year in sorted({round_.school_year for round_ in rounds.values()}):
        of_year = [position for position, code in enumerate(order) if rounds[code].school_year == year]
        first = schools["first_round"].map(order.index).clip(lower=of_year[0])
        closed = schools["closed"].notna() & (int(year[:4]) >= _CLOSING.year)
        taking_part = (first <= of_year[-1]) & ~closed
        deadline = pd.to_datetime([rounds[order[position]].approval_deadline for position in first[taking_part]])
        days = pd.to_timedelta(rng.integers(1, 60, taking_part.sum()), unit="D")
        approved = {"brinvest": schools.loc[taking_part, "brinvest"], "school_year": year}
        found.append(pd.DataFrame(approved | {"approved_on": deadline - days}))
    return pd.concat(found, ignore_index=True)


def _some(n: int, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return which of n schools, exactly that share of them (rounded), have something."""
    return rng.permutation(n) < round(share * n)


def _spread(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n uniform numbers, one in every n-th of the unit interval: small countries look like large ones."""
    return (rng.permutation(n) + rng.uniform(0.05, 0.95, n)) / n


def _shared_out(sizes: np.ndarray, shares: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Return a class for each board, such that the classes have about these shares of the schools."""
    order = rng.permutation(len(sizes))
    middle = (np.cumsum(sizes[order]) - sizes[order] / 2) / sizes.sum()
    found = np.empty(len(sizes), dtype=object)
    found[order] = np.array(list(shares), dtype=object)[np.searchsorted(np.cumsum(list(shares.values()))[:-1], middle)]
    return found


def _in_turn(of_school: np.ndarray, shares: dict[str, float], rng: np.random.Generator) -> np.ndarray:
    """Return a class for each school with exactly these shares; a board has one, but for those at a border."""
    order = np.argsort(rng.permutation(of_school[-1] + 1)[of_school], kind="stable")
    place = np.searchsorted(np.cumsum(list(shares.values()))[:-1], (np.arange(len(order)) + 0.5) / len(order))
    found = np.empty(len(order), dtype=object)
    found[order] = np.array(list(shares), dtype=object)[place]
    return found
