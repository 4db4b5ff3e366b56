"""The predicted reference value: what a school with exactly these pupils would most likely grow.

Per step, domain and scale: growth = earlier score + traits of the pupil + traits of the school +
random school intercept, by REML. A school's reference value comes from the model fitted without it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import multilevel, tables
from .params import ReferenceModel

STEP_KEYS = ["step", "domain", "scale"]
INTERCEPT = "intercept"


@dataclass(frozen=True)
class Design:
    """The covariates of one model: X (n, p), the names of its columns (p,)."""

    matrix: np.ndarray
    terms: tuple[str, ...]


@dataclass(frozen=True)
class References:
    """The reference values (table `reference`), the models (table `model_terms`) and every pair's fitted value.

    `fitted` holds brinvest, pupil_id, the step keys, `predicted` (fixed part) and `residual` (observed
    minus fixed part minus school intercept), for diagnostics only.
    """

    schools: pd.DataFrame
    terms: pd.DataFrame
    fitted: pd.DataFrame


def references(pairs: pd.DataFrame, pupils: pd.DataFrame, national: pd.DataFrame, model: ReferenceModel) -> References:
    """Fit one model per step, domain and scale and compare every school with its reference value.

    `pairs`, `pupils` and `national` are the canonical tables `growth`, `pupils` and `national`. With
    fewer schools or pupils than `model` asks for there is no reference value, and `model` says why.
    """
    traits = pairs.merge(_traits(pupils, model), on=["brinvest", "pupil_id"], how="left")
    within = national.set_index(STEP_KEYS)["sd_within"]
    parts = [_one_model(frame, within[keys], model) for keys, frame in traits.groupby(STEP_KEYS)]
    schools, terms, fitted = ([part[i] for part in parts if part[i] is not None] for i in range(3))
    return References(
        tables.conform(_stack(schools, tables.REFERENCE), tables.REFERENCE),
        tables.conform(_stack(terms, tables.MODEL_TERMS), tables.MODEL_TERMS),
        pd.concat(fitted, ignore_index=True) if fitted else pd.DataFrame(),
    )


def design(frame: pd.DataFrame, model: ReferenceModel) -> Design:
    """Return the covariates of the pairs in `frame` (n rows, with the traits beside them).

    The earlier score, 0/1 columns for every value of a trait but the first declared one that occurs
    (an unknown value is a category of its own), and the school mean of the ordered traits, as the
    mean rank of the pupils of whom the trait is known.
    """
    columns = {INTERCEPT: np.ones(len(frame)), "score_before": frame["score_before"].to_numpy(float)}
    for trait in model.pupil_traits:
        present = [value for value in tables.PUPILS[trait].allowed if (frame[trait] == value).any()]
        for value in present[1:]:
            columns[f"{trait}={value}"] = (frame[trait] == value).to_numpy(float)
    for trait in model.school_mean_of:
        columns[f"school_mean({trait})"] = _school_mean_rank(frame, trait)
    return Design(np.column_stack(list(columns.values())), tuple(columns))


def _traits(pupils: pd.DataFrame, model: ReferenceModel) -> pd.DataFrame:
    return pupils[["brinvest", "pupil_id", *model.pupil_traits]]


def _school_mean_rank(frame: pd.DataFrame, trait: str) -> np.ndarray:
    ranks = {value: rank for rank, value in enumerate(tables.PUPILS[trait].allowed) if value != tables.UNKNOWN}
    rank = frame[trait].map(ranks).astype(float)
    school = rank.groupby(frame["brinvest"]).transform("mean")
    return school.fillna(rank.mean()).to_numpy()


def _one_model(frame: pd.DataFrame, sd_within: float, model: ReferenceModel) -> tuple:
    frame = frame.fillna(dict.fromkeys(model.pupil_traits, tables.UNKNOWN))
    schools = _observed(frame, sd_within)
    if len(schools) < model.minimum_schools:
        return schools.assign(model="too_few_schools"), None, None
    if len(frame) < model.minimum_pupils:
        return schools.assign(model="too_few_pupils"), None, None
    covariates = design(frame, model)
    data = frame["growth"].to_numpy(float), covariates.matrix, frame["brinvest"].to_numpy()
    fit = multilevel.fit_random_intercept(*data)
    without = multilevel.leave_one_group_out(*data)
    return _compare(schools, frame, covariates, fit, without), _terms(frame, covariates, fit), _fitted(frame, data, fit)


def _observed(frame: pd.DataFrame, sd_within: float) -> pd.DataFrame:
    """Per school: n, mean growth and its standard error from the pooled spread within schools."""
    keys = ["brinvest", *STEP_KEYS]
    schools = frame.groupby(keys)["growth"].agg(n_pupils="size", mean_growth="mean").reset_index()
    schools["mean_growth_se"] = sd_within / np.sqrt(schools["n_pupils"])
    return schools.reindex(columns=tables.REFERENCE.column_names)


def _compare(schools, frame, covariates, fit, without) -> pd.DataFrame:
    """Reference, effect and shrunken effect per school.

    Var(observed - reference - u_j) = sigma2 / n_j + x_j' V x_j, with sigma2 and V = Var(beta) of the fit
    without school j, so independent of its pupils (Snijders & Bosker 2012, ch. 5; Searle et al. 1992, ch. 7).
    """
    schools = schools.set_index("brinvest").loc[fit.groups].reset_index()
    means = pd.DataFrame(covariates.matrix).groupby(frame["brinvest"].to_numpy()).mean().loc[fit.groups].to_numpy()
    beta, vcov = np.nan_to_num(without.beta), np.nan_to_num(without.vcov)
    prediction = np.einsum("jp,jp->j", means, beta)
    prediction_variance = np.einsum("jp,jpq,jq->j", means, vcov, means)
    n = schools["n_pupils"].to_numpy(float)
    return schools.assign(
        model="fitted",
        reference=prediction,
        reference_se=np.sqrt(prediction_variance),
        effect=schools["mean_growth"] - prediction,
        effect_se=np.sqrt(without.sigma2 / n + prediction_variance),
        effect_shrunken=fit.blup,
        effect_shrunken_se=fit.blup_se,
        reliability=fit.tau2 / (fit.tau2 + fit.sigma2 / n),
    )


def _terms(frame: pd.DataFrame, covariates: Design, fit) -> pd.DataFrame:
    names = [*covariates.terms, "sigma2", "tau2"]
    terms = pd.DataFrame({"term": names, "estimate": [*fit.beta, fit.sigma2, fit.tau2], "se": [*fit.se, None, None]})
    return terms.assign(**{key: frame[key].iloc[0] for key in STEP_KEYS})


def _fitted(frame: pd.DataFrame, data: tuple, fit) -> pd.DataFrame:
    growth, matrix, groups = data
    fixed = matrix @ np.nan_to_num(fit.beta)
    school = pd.Series(fit.blup, index=fit.groups).loc[groups].to_numpy()
    keys = frame[["brinvest", "pupil_id", *STEP_KEYS]].reset_index(drop=True)
    return keys.assign(predicted=fixed, residual=growth - fixed - school)


def _stack(parts: list[pd.DataFrame], table: tables.Table) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True) if parts else tables.empty(table)
