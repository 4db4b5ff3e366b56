"""Growth of the country and of every school: of all pupils and of the displayed values of each trait.

A split is one trait: a whole number for each pair's value, -1 for the rest. All sums are over those numbers.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from . import tables
from .errors import ContractError
from .spread import own_variances
from .subgroups import GROUP
from .tables import ALL, MODEL_KEYS
from .tables.computed import PERCENTILES

Z95 = 1.959963984540054  # standard normal quantile of a two-sided 95 % interval
_DENSE = 50_000_000  # numbers up to here get a place each; beyond, sorting takes less
_FEW_VALUES = 8
_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class _Split:
    """The values of one trait: `codes` of the pairs (n,), -1 for the rest, and the values' names."""

    trait: str
    codes: np.ndarray
    values: pd.Index


@dataclass(frozen=True)
class _Places:
    """The school and the model of every pair, as numbers, with what the numbers stand for."""

    model: np.ndarray
    models: pd.DataFrame  # MODEL_KEYS
    block: np.ndarray
    block_model: np.ndarray
    block_school: np.ndarray
    schools: pd.Index


@dataclass(frozen=True)
class _Units:
    """Sums over the pairs of each unit that has any: `unit` of the pairs (n,), -1 for the rest."""

    unit: np.ndarray
    block: np.ndarray
    value: np.ndarray
    n: np.ndarray
    mean_growth: np.ndarray
    mean_before: np.ndarray


def national(pairs: pd.DataFrame, schools: pd.DataFrame, members: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return table `national`: per sector, cohort, step, domain and scale the mean over pupils and three spreads.

    `schools` gives the sector of a school; `members` is that of `subgroups.members`: without it trait all only. The
    country has no figure of a class. `sd_within` pools the deviations from the school means over n - J degrees of
    freedom; it and `sd_schools` are empty where there are too few schools or pupils to have them.
    """
    places = _places(pairs, schools)
    parts = [_national(pairs, places, split) for split in _splits(pairs, members) if split.trait != GROUP]
    return tables.conform(pd.concat(parts, ignore_index=True), tables.NATIONAL)


def figures(
    pairs: pd.DataFrame,
    schools: pd.DataFrame,
    country: pd.DataFrame,
    members: pd.DataFrame | None = None,
    minimum_values: Mapping[str, int] = _NONE,
) -> pd.DataFrame:
    """Return table `figures`: every unit that has pupils; a trait of which a school has fewer values is no split of it.

    `minimum_values` says for each trait how many values there must be; two where it does not say.

    `country` is the table `national`. The standard error of a mean comes from the spread within the whole school,
    drawn toward that within all schools of the model (`spread`), for a subgroup too: it has no spread of its own.
    Standardised growth is against the country's pupils together: girls and boys of one school are then on one
    yardstick.
    """
    places = _places(pairs, schools)
    growth = pairs["growth"].to_numpy("float64")
    # One sort by block and growth serves the quantiles of every split.
    order = np.lexsort((growth, places.block))
    parts = [
        _figures(pairs, places, split, order, minimum_values.get(split.trait, 2)) for split in _splits(pairs, members)
    ]
    frame = pd.concat(parts, ignore_index=True)
    whole = country[country["trait"] == ALL].set_index(MODEL_KEYS)
    of_block = whole.index.get_indexer(pd.MultiIndex.from_frame(places.models))[places.block_model]
    pooled = whole["sd_within"].to_numpy()[of_block] ** 2
    within = own_variances(growth, places.block, places.block_model, pooled)
    block = frame.pop("block").to_numpy()
    at = of_block[block]
    spread = {name: whole[name].to_numpy()[at] for name in ("mean_growth", "sd_schools", "sd_pupils")}
    distance = frame["mean_growth"] - spread["mean_growth"]
    frame["mean_growth_se"] = np.sqrt(within[block] / frame["n_pupils"])
    positive = {name: np.where(spread[name] > 0, spread[name], np.nan) for name in ("sd_schools", "sd_pupils")}
    frame["standardised"] = distance / positive["sd_schools"]
    frame["standardised_se"] = frame["mean_growth_se"] / positive["sd_schools"]
    frame["standardised_pupils"] = distance / positive["sd_pupils"]
    return tables.conform(frame, tables.FIGURES, unique=True)


def _places(pairs: pd.DataFrame, schools: pd.DataFrame) -> _Places:
    school, names = pd.factorize(pairs["brinvest"])
    sectors = pd.Index(schools["brinvest"]).get_indexer(names)
    if (sectors < 0).any():
        raise ContractError(f"Table growth has {int((sectors < 0).sum())} school(s) that the register does not have.")
    columns = {name: pd.factorize(pairs[name], sort=True) for name in MODEL_KEYS if name != "sector"}
    sector, sector_names = pd.factorize(schools["sector"].to_numpy()[sectors], sort=True)
    columns = {"sector": (sector[school], sector_names)} | columns
    number = np.zeros(len(pairs), dtype="int64")
    for codes, texts in columns.values():
        number = number * max(1, len(texts)) + codes
    present, model = _numbered(number)
    models = {}
    for name, (_, texts) in reversed(columns.items()):
        present, code = np.divmod(present, max(1, len(texts)))
        models[name] = pd.array(texts, dtype="str")[code]
    blocks, block = _numbered(model * max(1, len(names)) + school)
    block_model, block_school = np.divmod(blocks, max(1, len(names)))
    return _Places(model, pd.DataFrame(models)[MODEL_KEYS], block, block_model, block_school, names)


def _numbered(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different numbers, in order, and the place of each in them: as np.unique, without its sort."""
    highest = int(numbers.max(initial=0))
    if highest > _DENSE:
        return np.unique(numbers, return_inverse=True)
    seen = np.zeros(highest + 1, dtype=bool)
    seen[numbers] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[numbers]


def _splits(pairs: pd.DataFrame, members: pd.DataFrame | None) -> Iterator[_Split]:
    yield _Split(ALL, np.zeros(len(pairs), dtype="int64"), pd.Index([ALL]))
    for trait in members if members is not None else ():
        values = members[trait].cat
        if len(values.categories):
            yield _Split(trait, values.codes.to_numpy("int64"), values.categories)


def _units(pairs: pd.DataFrame, places: _Places, split: _Split) -> _Units:
    k, inside = len(split.values), split.codes >= 0
    number = places.block * k + split.codes
    present, found = _numbered(number[inside])
    unit = np.full(len(pairs), -1)
    unit[inside] = found
    n = np.bincount(found, minlength=len(present))
    means = [
        np.bincount(found, weights=pairs[name].to_numpy("float64")[inside], minlength=len(present)) / n
        for name in ("growth", "score_before")
    ]
    block, value = np.divmod(present, k)
    return _Units(unit, block, value, n, *means)


def _national(pairs: pd.DataFrame, places: _Places, split: _Split) -> pd.DataFrame:
    units, k = _units(pairs, places, split), len(split.values)
    inside = units.unit >= 0
    of_unit = places.block_model[units.block] * k + units.value
    present, of_unit = _numbered(of_unit)
    of_pair = of_unit[units.unit[inside]]
    growth, before = (pairs[name].to_numpy("float64")[inside] for name in ("growth", "score_before"))
    size = len(present)
    n, n_schools = (np.bincount(each, minlength=size).astype("float64") for each in (of_pair, of_unit))
    mean = np.bincount(of_pair, weights=growth, minlength=size) / n
    of_schools = np.bincount(of_unit, weights=units.mean_growth, minlength=size) / n_schools
    squares = {
        "sd_pupils": (np.bincount(of_pair, (growth - mean[of_pair]) ** 2, size), n - 1),
        "sd_within": (np.bincount(of_pair, (growth - units.mean_growth[units.unit[inside]]) ** 2, size), n - n_schools),
        "sd_schools": (np.bincount(of_unit, (units.mean_growth - of_schools[of_unit]) ** 2, size), n_schools - 1),
    }
    spreads = {name: np.sqrt(total / np.where(free > 0, free, np.nan)) for name, (total, free) in squares.items()}
    model, value = np.divmod(present, k)
    return places.models.iloc[model].assign(
        trait=split.trait,
        value=split.values[value],
        n_pupils=n.astype("int64"),
        n_schools=n_schools.astype("int64"),
        mean_before=np.bincount(of_pair, weights=before, minlength=size) / n,
        mean_growth=mean,
        **spreads,
    )


def _figures(
    pairs: pd.DataFrame, places: _Places, split: _Split, order: np.ndarray, minimum_values: int
) -> pd.DataFrame:
    units = _units(pairs, places, split)
    model = places.block_model[units.block]
    names = {"brinvest": places.schools, **{name: places.models[name] for name in MODEL_KEYS}}
    at = {"brinvest": places.block_school[units.block]} | dict.fromkeys(MODEL_KEYS, model)
    frame = pd.DataFrame(
        {name: pd.array(texts, dtype="str")[at[name]] for name, texts in names.items()}
        | {
            "trait": pd.array([split.trait], dtype="str")[np.zeros(len(model), dtype=int)],
            "value": pd.array(split.values, dtype="str")[units.value],
            "block": units.block,
            "n_pupils": units.n,
            "mean_before": units.mean_before,
            "mean_growth": units.mean_growth,
        }
        | _quantiles(pairs["growth"].to_numpy("float64"), split, units, order)
    )
    if split.trait == ALL:
        return frame
    n_values = np.bincount(units.block, minlength=len(places.block_model))
    return frame[n_values[units.block] >= minimum_values]


def _quantiles(growth: np.ndarray, split: _Split, units: _Units, order: np.ndarray) -> dict[str, np.ndarray]:
    """The percentiles of each unit, between two values in proportion (Hyndman & Fan 1996, definition 7)."""
    starts = np.empty(len(units.n), dtype="int64")
    if len(split.values) <= _FEW_VALUES:
        # The pairs of one value stay in order of block and growth.
        of_value = [order[split.codes[order] == value] for value in range(len(split.values))]
        begin = 0
        for value, chosen in enumerate(of_value):
            theirs = units.value == value
            starts[theirs] = begin + np.cumsum(units.n[theirs]) - units.n[theirs]
            begin += len(chosen)
        ordered = growth[np.concatenate(of_value)]
    else:
        order = order[units.unit[order] >= 0]
        ordered = growth[order[np.argsort(units.unit[order], kind="stable")]]
        starts = np.cumsum(units.n) - units.n
    found = {}
    for percentile in PERCENTILES:
        place = (units.n - 1) * (percentile / 100)
        low = np.floor(place).astype("int64")
        high = np.minimum(low + 1, units.n - 1)
        one, other = ordered[starts + low], ordered[starts + high]
        found[f"p{percentile}"] = one + (place - low) * (other - one)
    return found
