"""Which pairs and units a model is about, and which pair is in which unit, as whole numbers.

A country has millions of pairs and units: texts are turned into numbers once, for all models together.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..tables import ALL, MODEL_KEYS


@dataclass(frozen=True)
class Part:
    """One model's share: its keys, its rows in `growth` and its rows in `figures`."""

    keys: dict[str, str]
    rows: np.ndarray  # (n,)
    units: np.ndarray  # (U,)


@dataclass(frozen=True)
class Inside:
    """Who is in which unit of one model; a pair is in several units."""

    school: np.ndarray  # (U,) number of the unit's school, in order of its name
    whole: np.ndarray  # (U,) whether the unit is the whole school
    unit: np.ndarray  # (m,) unit
    pair: np.ndarray  # (m,) and pair that is in it


@dataclass(frozen=True)
class Membership:
    """Numbers for the texts of the tables `growth` (N rows) and `figures` (F rows)."""

    pair_model: np.ndarray  # (N,)
    pair_school: np.ndarray  # (N,)
    unit_model: np.ndarray  # (F,)
    unit_school: np.ndarray  # (F,)
    unit_trait: np.ndarray  # (F,)
    models: tuple[pd.Index, ...]  # labels of each of MODEL_KEYS
    traits: list[str]  # of unit_trait
    values: dict[str, tuple[np.ndarray, np.ndarray]]  # of each trait: of the pairs (N,), of the units (F,)

    @classmethod
    def of(cls, keys: pd.DataFrame, figures: pd.DataFrame, members: pd.DataFrame) -> "Membership":
        """Build it from MODEL_KEYS and brinvest of all pairs, table `figures` and `subgroups.members`."""
        labels = {name: pd.Index(sorted(keys[name].unique())) for name in (*MODEL_KEYS, "brinvest")}
        pairs, units = ({name: _codes(t[name], labels[name]) for name in labels} for t in (keys, figures))
        shape = tuple(len(labels[name]) for name in MODEL_KEYS)
        pair_model, unit_model = (np.ravel_multi_index([c[k] for k in MODEL_KEYS], shape) for c in (pairs, units))
        traits = [ALL, *members.columns]
        value, names = pd.factorize(figures["value"])
        values = {}
        for trait in members:
            here = members[trait].cat
            values[trait] = here.codes.to_numpy(), pd.Index(here.categories.astype("str")).get_indexer(names)[value]
        return cls(
            pair_model,
            pairs["brinvest"],
            unit_model,
            units["brinvest"],
            _codes(figures["trait"], pd.Index(traits)),
            tuple(labels[name] for name in MODEL_KEYS),
            traits,
            values,
        )

    def parts(self) -> Iterator[Part]:
        """Yield the models in order of their keys."""
        units = _rows_of_each(self.unit_model)
        for number, rows in _rows_of_each(self.pair_model).items():
            places = np.unravel_index(number, tuple(map(len, self.models)))
            labels = (names[place] for names, place in zip(self.models, places, strict=True))
            yield Part(dict(zip(MODEL_KEYS, labels, strict=True)), rows, units[number])

    def inside(self, part: Part) -> Inside:
        """Return who is in which unit of one model."""
        schools, school = np.unique(self.unit_school[part.units], return_inverse=True)
        own = np.searchsorted(schools, self.pair_school[part.rows])
        trait = self.unit_trait[part.units]
        whole = trait == 0
        found = [_found(whole, school, own)]
        for number, name in enumerate(self.traits[1:], 1):
            of_pairs, of_units = self.values[name][0][part.rows], self.values[name][1][part.units]
            k = int(of_pairs.max()) + 1
            if k:
                pair = np.where(of_pairs >= 0, own * k + of_pairs, -1)
                found.append(_found(trait == number, school * k + of_units, pair))
        unit, pair = (np.concatenate(column) for column in zip(*found, strict=True))
        return Inside(school, whole, unit, pair)


def _found(here: np.ndarray, unit: np.ndarray, pair: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the units `here` and pairs with the same number; -1 is nowhere."""
    places = np.flatnonzero(here)
    at = pd.Index(unit[places]).get_indexer(pair)
    inside = np.flatnonzero(at >= 0)
    return places[at[inside]], inside


def _codes(values: pd.Series, labels: pd.Index) -> np.ndarray:
    """Return the place of each value among the labels; -1 where it is not one of them."""
    codes, different = pd.factorize(values)
    return labels.get_indexer(different)[codes]


def _rows_of_each(number: np.ndarray) -> dict[int, np.ndarray]:
    order = np.argsort(number, kind="stable")
    different, starts = np.unique(number[order], return_index=True)
    parts = np.split(order, starts[1:]) if len(number) else []
    return dict(zip(different.tolist(), parts, strict=True))
