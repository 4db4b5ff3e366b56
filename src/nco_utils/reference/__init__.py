"""The predicted reference value: what a school with exactly these pupils would most likely grow.

Per sector, cohort, step, domain and scale: growth = earlier score + traits of the pupil + traits of the
school + random school intercept. A school's reference value comes from the model fitted without it, and so
does that of a part of its pupils (a subgroup).
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from .. import tables
from ..models import Estimate, estimate
from ..params import ReferenceModel, checked_model
from ..spread import own_variances
from ..tables import MODEL_KEYS
from . import covariates
from .covariates import Design, Known
from .units import Inside, Membership, Part

WORKERS = 2  # models fitted at the same time
_COMPUTED = (
    "reference",
    "reference_se",
    "effect",
    "effect_se",
    "effect_shrunken",
    "effect_shrunken_se",
    "reliability",
)


@dataclass(frozen=True)
class References:
    """The reference values (table `reference`), the models (`model_terms`, `model_notes`) and every fitted pair.

    `model` is what they were fitted with, which need not be what the settings say.

    `fitted` holds brinvest, pupil_id, the keys of the model, `predicted` (fixed part) and `residual` (observed
    minus fixed part minus school intercept), for diagnostics only.
    """

    units: pd.DataFrame
    terms: pd.DataFrame
    notes: pd.DataFrame
    fitted: pd.DataFrame
    model: ReferenceModel


@dataclass(frozen=True)
class _Fitted:
    """One model: what it computes of its units, its tables, and of its pairs the fixed part and the residual."""

    part: Part
    state: str
    computed: dict[str, np.ndarray] = field(default_factory=dict)
    terms: pd.DataFrame | None = None
    notes: pd.DataFrame | None = None
    predicted: np.ndarray | None = None
    residual: np.ndarray | None = None


def references(
    pairs: pd.DataFrame, figures: pd.DataFrame, members: pd.DataFrame, known: Known, model: ReferenceModel
) -> References:
    """Fit one model per sector, cohort, step, domain and scale and compare every unit with its reference value.

    `pairs` and `figures` are the canonical tables `growth` and `figures`, `members` is that of `subgroups.members`.
    With fewer schools or pupils than `model` asks for, or in a sector that it is not for, there is no reference
    value, and column `model` says why. The variance within a school is its own, drawn toward that of the others
    (`spread`). A covariate that has one value only or depends on others is left out and noted. Raises UnusableInput for
    a model that was varied to what cannot be fitted.
    """
    model = checked_model(model)
    frame = covariates.linked(pairs, known, model)
    membership = Membership.of(frame, figures, members)
    traits = frame.drop(columns=MODEL_KEYS)

    def fit(part: Part) -> _Fitted:
        return _fit(traits.take(part.rows), part, membership, model)

    with ThreadPoolExecutor(WORKERS) as pool:  # the linear algebra of two models runs at the same time
        made = list(pool.map(fit, membership.parts()))
    computed = {name: np.full(len(figures), np.nan) for name in _COMPUTED}
    state = np.empty(len(figures), dtype=object)
    for one in made:
        state[one.part.units] = one.state
        for name, values in one.computed.items():
            computed[name][one.part.units] = values
    observed = figures[[*tables.UNIT_KEYS, "sector", "n_pupils", "mean_growth", "mean_growth_se"]]
    models = [one for one in made if one.state == "fitted"]
    return References(
        tables.conform(observed.assign(model=state, **computed), tables.REFERENCE),
        _table([one.terms.assign(**one.part.keys) for one in models], tables.MODEL_TERMS),
        _table([one.notes.assign(**one.part.keys) for one in models], tables.MODEL_NOTES),
        _fitted(pairs, models),
        model,
    )


def _fit(data: pd.DataFrame, part: Part, membership: Membership, model: ReferenceModel) -> _Fitted:
    data["brinvest"] = data["brinvest"].cat.remove_unused_categories()
    reason = _no_model(data, part, model)
    if reason:
        return _Fitted(part, reason)
    design = covariates.design(data, model)
    y, school = data["growth"].to_numpy(), data["brinvest"].cat.codes.to_numpy()
    found = estimate(model.estimator, y, design.matrix, school)
    fixed = design.matrix @ _dropped_as_0(found.beta)
    one_part = np.zeros(len(found.groups), dtype=int)
    sigma2 = own_variances(y - fixed, school, one_part, found.sigma2_without)
    return _Fitted(
        part,
        "fitted",
        _compared(y, design, membership.inside(part), found, sigma2),
        _terms(design, found).assign(estimator=model.estimator),
        _notes(design, found),
        fixed,
        y - fixed - np.nan_to_num(found.blup)[school],
    )


def _no_model(data: pd.DataFrame, part: Part, model: ReferenceModel) -> str:
    """Return why there is no model; empty when there is."""
    if part.keys["sector"] in model.not_for:
        return "not_for_sbo"
    if len(data["brinvest"].cat.categories) < model.minimum_schools:
        return "too_few_schools"
    return "too_few_pupils" if len(data) < model.minimum_pupils else ""


def _compared(
    y: np.ndarray, design: Design, inside: Inside, fit: Estimate, sigma2: np.ndarray
) -> dict[str, np.ndarray]:
    """Return reference, effect and shrunken effect of each unit (U,); `sigma2` is that within each school (J,).

    Var(observed - reference - u_j) = sigma2_j / n + x' V x for the n pupils of a unit with mean covariates x, V =
    Var(beta) of the fit without school j (Snijders & Bosker 2012, ch. 5; Searle et al. 1992, ch. 7). sigma2_j is that
    of all pupils of the school, for a part of them too. Only whole schools are shrunken: the model has no effect of a
    part, nor of the only school of its category.
    """
    school, whole = inside.school, inside.whole
    n = np.bincount(inside.unit, minlength=len(school)).astype(float)
    average = csr_array((1 / n[inside.unit], (inside.unit, inside.pair)), shape=(len(n), len(y)))
    means = average @ design.matrix
    known = np.isfinite(fit.sigma2_without[school])
    prediction = np.einsum("up,up->u", means, _dropped_as_0(fit.beta_without)[school])
    variance = _quadratic(means, _dropped_as_0(fit.vcov_without), school)
    # The coefficient of a category that no other school has takes that school's effect: nothing is left to shrink.
    taken = (np.isnan(fit.beta_without) & fit.kept).any(axis=1)
    whole = whole & ~taken[school]
    reference = np.where(known, prediction, np.nan)
    return {
        "reference": reference,
        "reference_se": np.where(known, np.sqrt(variance), np.nan),
        "effect": average @ y - reference,
        "effect_se": np.sqrt(sigma2[school] / n + variance),
        "effect_shrunken": np.where(whole, fit.blup[school], np.nan),
        "effect_shrunken_se": np.where(whole, fit.blup_se[school], np.nan),
        "reliability": np.where(whole, fit.tau2 / (fit.tau2 + fit.sigma2 / n), np.nan),
    }


def _dropped_as_0(coefficients: np.ndarray) -> np.ndarray:
    """Return them with 0 for a column that was dropped: its pupils count as the category compared with."""
    dropped = np.isnan(coefficients)
    return np.where(dropped, 0.0, coefficients) if dropped.any() else coefficients


def _quadratic(means: np.ndarray, vcov: np.ndarray, school: np.ndarray) -> np.ndarray:
    """Return x' V x for every unit, with V (J, p, p) of its school."""
    order = np.argsort(school, kind="stable")
    counts = np.bincount(school, minlength=len(vcov))
    place = np.empty(len(school), int)  # of the unit among those of its school
    place[order] = np.arange(len(school)) - np.repeat(np.cumsum(counts) - counts, counts)
    x = np.zeros((len(vcov), counts.max(), means.shape[1]))
    x[school, place] = means
    return np.einsum("jup,jup->ju", x @ vcov, x)[school, place]


def _terms(design: Design, fit: Estimate) -> pd.DataFrame:
    names = [*design.terms, "sigma2", "tau2"]
    return pd.DataFrame({"term": names, "estimate": [*fit.beta, fit.sigma2, fit.tau2], "se": [*fit.se, np.nan, np.nan]})


def _notes(design: Design, fit: Estimate) -> pd.DataFrame:
    notes = [(name, "constant") for name in design.constant]
    notes += [(name, "collinear") for name, kept in zip(design.terms, fit.kept, strict=True) if not kept]
    return pd.DataFrame(notes, columns=["term", "note"])


def _fitted(pairs: pd.DataFrame, models: list[_Fitted]) -> pd.DataFrame:
    if not models:
        return pd.DataFrame()
    columns = ((one.part.rows, one.predicted, one.residual) for one in models)
    rows, predicted, residual = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    frame = pairs[["brinvest", "pupil_id"]].take(rows).reset_index(drop=True)
    for name in MODEL_KEYS:
        values = pd.Categorical([one.part.keys[name] for one in models])
        frame[name] = values.repeat([len(one.part.rows) for one in models])
    return frame.assign(predicted=predicted, residual=residual)


def _table(parts: list[pd.DataFrame], table: tables.Table) -> pd.DataFrame:
    present = [part.reindex(columns=table.column_names) for part in parts if len(part)]
    return tables.conform(pd.concat(present, ignore_index=True) if present else tables.empty(table), table)
