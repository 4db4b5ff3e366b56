"""The covariates of a reference model: what is known of pupils and schools, as columns of numbers.

An unknown class is a category of its own and an unknown number a column of its own: nobody is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .. import tables
from ..params import OTHER_DENOMINATION, ReferenceModel
from ..subgroups import PUPIL
from ..tables.schema import places_in

INTERCEPT = "intercept"
SCORE = "score_before"


@dataclass(frozen=True)
class Design:
    """The covariates of one model: X (n, p), the names of its columns (p,), and the covariates with one value only."""

    matrix: np.ndarray
    terms: tuple[str, ...]
    constant: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """What is known of pupils and schools: the canonical tables `pupils`, `schools` and `school_traits`."""

    pupils: pd.DataFrame
    schools: pd.DataFrame
    school_traits: pd.DataFrame


def linked(pairs: pd.DataFrame, known: Known, model: ReferenceModel) -> pd.DataFrame:
    """Return of every pair, in their order, the keys of its model, scores and growth, and all that `design` asks for.

    `pairs` is the canonical table `growth`. Classes come as categories whose first value is the one compared
    with; `brinvest` is a category too. A school's denomination is that of the register where its traits have
    none.
    """
    pupils = known.pupils
    pupil_row = places_in(pairs, pupils, PUPIL)
    school_row, labels = pd.factorize(pairs["brinvest"], sort=True)
    of_school = _of_schools(pd.Index(labels), known, model)
    frame = {"brinvest": pd.Categorical.from_codes(school_row, labels)}
    frame |= {name: pairs[name].to_numpy(float) for name in (SCORE, "growth")}
    for name in model.pupil_numbers:
        frame[name] = _taken(pupils[name], pupil_row) if name in pupils else pairs[name].to_numpy(float)
    for name in model.pupil_traits:
        frame[name] = _classes(pupils[name], tables.PUPILS[name].allowed, pupil_row)
    for name in ("sector", *model.school_numbers, *model.school_classes):
        frame[name] = of_school[name].array.take(school_row)
    return pd.DataFrame(frame | {name: pairs[name].array for name in tables.MODEL_KEYS if name != "sector"})


def design(frame: pd.DataFrame, model: ReferenceModel) -> Design:
    """Return the covariates of the pairs in `frame`, as `linked` gives them (n rows).

    The earlier score as a natural cubic spline; 0/1 columns for every class that occurs but the first;
    numbers from their mean, an unknown one as 0 with a 0/1 column beside it; and school means, from the overall
    one for a number. A school's mean is over its own pairs in `frame`; knots and other means are over all of them.
    """
    columns, constant = {INTERCEPT: np.ones(len(frame))}, []
    for name, made in _covariates(frame, model):
        columns |= made
        if not made:
            constant.append(name)
    return Design(np.column_stack(list(columns.values())), tuple(columns), tuple(constant))


def fitted(terms: pd.DataFrame, model: ReferenceModel) -> tuple[str, ...]:
    """Return the covariates of the model that have a coefficient in any that was fitted; all when none was.

    `terms` is table `model_terms`. A covariate with one value only, or that depends on others, has none.
    """
    with_one = set(terms.loc[terms["estimate"].notna(), "term"].str.split("=|, ", regex=True).str[0])
    return tuple(name for name in model.terms if name in with_one or terms.empty)


def natural_spline(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return a basis (n, K - 1) of the natural cubic splines with K knots, but for the constant; x itself comes first.

    Cubic between the knots and linear outside them. Fewer than three different knots give x alone. In units
    of the distance between the outer knots, so that columns are of one size.
    Source: Hastie, Tibshirani & Friedman (2009), The Elements of Statistical Learning, equations 5.4 and 5.5.
    """
    knots = np.unique(knots)
    if len(knots) < 3:
        return x[:, None]
    width = knots[-1] - knots[0]
    cubes = np.maximum((x[:, None] - knots) / width, 0) ** 3
    curved = (cubes[:, :-1] - cubes[:, -1:]) / ((knots[-1] - knots[:-1]) / width)
    return np.column_stack([x, curved[:, :-1] - curved[:, -1:]])


def _covariates(frame: pd.DataFrame, model: ReferenceModel) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """Yield every covariate of the model and its columns; no columns if it has one value only."""
    yield SCORE, _score(frame[SCORE].to_numpy(float), model)
    for name in (*model.pupil_traits, *model.school_classes):
        yield name, _indicators(name, frame[name])
    for name in (*model.pupil_numbers, *model.school_numbers):
        yield name, _number(name, frame[name].to_numpy(float))
    for name in model.school_mean_of:
        mean = _school_mean(frame, name)
        yield f"school_mean({name})", {f"school_mean({name})": mean} if np.ptp(mean) else {}


def _score(score: np.ndarray, model: ReferenceModel) -> dict[str, np.ndarray]:
    if not np.ptp(score):
        return {}
    basis = natural_spline(score - score.mean(), np.quantile(score - score.mean(), model.score_knots))
    return {SCORE if k == 0 else f"{SCORE}, curve {k}": column for k, column in enumerate(basis.T)}


def _indicators(name: str, values: pd.Series) -> dict[str, np.ndarray]:
    codes, categories = values.cat.codes.to_numpy(), values.cat.categories
    present = np.flatnonzero(np.bincount(codes, minlength=len(categories)))
    return {f"{name}={categories[k]}": (codes == k).astype(float) for k in present[1:]}


def _number(name: str, values: np.ndarray) -> dict[str, np.ndarray]:
    unknown = np.isnan(values)
    if unknown.all():
        return {}
    centred = np.where(unknown, 0.0, values - values[~unknown].mean())
    columns = {name: centred} if np.ptp(values[~unknown]) else {}
    return columns | ({f"{name}={tables.UNKNOWN}": unknown.astype(float)} if unknown.any() else {})


def _school_mean(frame: pd.DataFrame, name: str) -> np.ndarray:
    """The mean of the school's pupils of whom it is known; the overall mean where of none.

    Of a class the mean rank; of a number the mean from the overall one.
    """
    values, school = frame[name], frame["brinvest"].cat.codes.to_numpy()
    if isinstance(values.dtype, pd.CategoricalDtype):
        known, number = (values != tables.UNKNOWN).to_numpy(), values.cat.codes.to_numpy(float)
    else:
        known, number = values.notna().to_numpy(), values.to_numpy(float)
        number = number - number[known].mean() if known.any() else number
    if not known.any():
        return np.zeros(len(frame))
    counts, sums = np.bincount(school, known), np.bincount(school, np.where(known, number, 0.0))
    means = np.divide(sums, counts, out=np.full(len(counts), number[known].mean()), where=counts > 0)
    return means[school]


def _of_schools(labels: pd.Index, known: Known, model: ReferenceModel) -> pd.DataFrame:
    """Return the sector, numbers and classes of the schools in `labels`."""
    registered = known.schools.set_index("brinvest").reindex(labels)
    traits = known.school_traits.set_index("brinvest").reindex(labels)
    made = {"sector": registered["sector"].astype("category")}
    for name in model.school_numbers:
        number = traits[name].astype("float64")
        made[name] = np.log(number.where(number > 0)) if name in model.logarithm_of else number
    for name in model.school_classes:
        values = traits[name]
        if name == "denomination":
            values = values.fillna(registered[name])
            values = values.where(values.isna() | values.isin(model.denominations), OTHER_DENOMINATION)
            order = (*model.denominations, OTHER_DENOMINATION)
        else:
            order = sorted(values.dropna().unique())
        order = [*map(str, order), tables.UNKNOWN]
        made[name] = pd.Categorical(values.astype("str").fillna(tables.UNKNOWN), order)
    return pd.DataFrame(made, index=labels)


def _classes(values: pd.Series, allowed: tuple[str, ...], row: np.ndarray) -> pd.Categorical:
    codes = np.append(pd.Categorical(values, allowed).codes, allowed.index(tables.UNKNOWN))
    return pd.Categorical.from_codes(codes[row], allowed)


def _taken(values: pd.Series, row: np.ndarray) -> np.ndarray:
    return np.append(values.to_numpy(float), np.nan)[row]
