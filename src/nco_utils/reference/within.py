"""What the reference model would say if it knew nothing of schools: for researchers, beside it; in no report.

The traits of schools in the reference model take along what goes with them: if schools with a high schoolweging do
better or worse than their pupils explain, their reference value does too. Here only the differences between pupils of
one school are used, and the effect of a school holds all that goes with its traits. The truth lies between the two.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..diagnostics import fitted_schools
from ..models.random_intercept import orthonormalised, placed
from ..models.statistics import checked, gathered
from ..params import ReferenceModel
from ..spread import own_variances
from ..tables import MODEL_KEYS
from . import References, covariates
from .covariates import SCORE, Known


@dataclass(frozen=True)
class Within:
    """Both side by side, for every model that was fitted.

    `terms`: MODEL_KEYS, term, estimate and se of the reference model, within and within_se. `schools`: the whole
    schools of table `reference` with effect_within and effect_within_se; in points.
    """

    terms: pd.DataFrame
    schools: pd.DataFrame


def beside(pairs: pd.DataFrame, known: Known, model: ReferenceModel, references: References) -> Within:
    """Return the coefficients within schools and the effects by them alone, beside those of the `references`.

    `pairs` is the canonical table `growth` that the references are of. Coefficients are those of least squares on the
    deviations from the school's means. The effect is the school's mean growth minus the country's, less those
    coefficients times what its pupils differ from the country's: over all pupils it is 0. They come from all schools,
    for the level of a school has no part in them. The earlier score is regressed on the school's mean for its
    measurement error, by the `reliability` of the model: there is no school mean here to do so.

    Source: Mundlak (1978), Econometrica 46(1); regression calibration: Carroll et al. (2006), Measurement error in
    nonlinear models, ch. 4.
    """
    frame = covariates.linked(pairs, known, model)
    schools = fitted_schools(references.units)
    wanted = set(schools[MODEL_KEYS].itertuples(index=False, name=None))
    made = [
        _within(keys, frame.take(rows), model)
        for keys, rows in frame.groupby(MODEL_KEYS, observed=True).indices.items()
        if keys in wanted
    ]
    if not made:
        return Within(
            references.terms.assign(within=np.nan, within_se=np.nan),
            schools.assign(effect_within=np.nan, effect_within_se=np.nan),
        )
    terms, effects = (pd.concat(parts, ignore_index=True) for parts in zip(*made, strict=True))
    default = references.terms[[*MODEL_KEYS, "term", "estimate", "se"]]
    return Within(
        default.merge(terms, on=[*MODEL_KEYS, "term"], how="inner"),
        schools.merge(effects, on=[*MODEL_KEYS, "brinvest"], how="left"),
    )


def _within(keys: tuple[str, ...], frame: pd.DataFrame, model: ReferenceModel) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the coefficients and the effects of the schools of one model."""
    frame["brinvest"] = frame["brinvest"].cat.remove_unused_categories()
    school, names = frame["brinvest"].cat.codes.to_numpy(int), frame["brinvest"].cat.categories
    calibrated = expected_scores(frame, school, model.reliability)
    of_pupils = model.model_copy(update={"school_mean_of": (), "school_numbers": (), "school_classes": ()})
    design = covariates.design(calibrated, of_pupils)
    x, y = design.matrix[:, 1:], calibrated["growth"].to_numpy()  # without the intercept: every school has its own
    means, mean = _means(x, school), _means(y[:, None], school)[:, 0]
    basis = orthonormalised(gathered(*checked(y - mean[school], x - means[school], school)))
    freedom = len(y) - len(names) - len(basis.ols)
    sigma2 = basis.norm**2 / freedom if freedom > 0 else np.nan
    beta, vcov = placed(basis.back @ basis.ols, sigma2 * basis.back @ basis.back.T, basis.kept)
    counted, distance = np.nan_to_num(beta), means - x.mean(axis=0)
    variance = own_variances(y - x @ counted, school, np.zeros(len(names), int), np.full(len(names), sigma2))
    of_coefficients = np.einsum("jp,pq,jq->j", distance, np.nan_to_num(vcov), distance)
    labels = dict(zip(MODEL_KEYS, keys, strict=True))
    terms = pd.DataFrame({"term": design.terms[1:], "within": beta, "within_se": np.sqrt(vcov.diagonal())})
    effects = {
        "brinvest": names.astype("str"),
        "effect_within": mean - y.mean() - distance @ counted,
        "effect_within_se": np.sqrt(variance / np.bincount(school) + of_coefficients),
    }
    return terms.assign(**labels), pd.DataFrame(effects).assign(**labels)


def expected_scores(frame: pd.DataFrame, school: np.ndarray, reliability: float) -> pd.DataFrame:
    """Return the pairs of one model with the earlier score that is expected of a pupil, and growth from that score.

    `school` is the number of each pair's school, `reliability` the share of true variance in the score of all pupils. A
    score is drawn toward the school's mean by its reliability within schools; the means of schools stay as they are.
    """
    score = frame[SCORE].to_numpy()
    mean = _means(score[:, None], school)[school, 0]
    within = ((score - mean) ** 2).sum() / max(len(score) - school.max() - 1, 1)
    share = max(0.0, 1 - (1 - reliability) * score.var() / within) if within else 1.0
    off = (1 - share) * (score - mean)
    return frame.assign(**{SCORE: score - off, "growth": frame["growth"] + off})


def _means(columns: np.ndarray, school: np.ndarray) -> np.ndarray:
    """Return the mean of every column (n, p) per school (J, p)."""
    sums = np.stack([np.bincount(school, column) for column in columns.T], axis=1)
    return sums / np.bincount(school)[:, None]


def agreement(schools: pd.DataFrame) -> pd.DataFrame:
    """Return per domain how far the effects of schools spread by either model, and how they correlate.

    `schools` is that of `Within`; without a model there is no row.
    """
    by_domain = dict(iter(schools.groupby("domain")))
    return pd.DataFrame(
        {
            "effect": {domain: part["effect"].std() for domain, part in by_domain.items()},
            "effect_within": {domain: part["effect_within"].std() for domain, part in by_domain.items()},
            "correlation": {domain: part["effect"].corr(part["effect_within"]) for domain, part in by_domain.items()},
        }
    )
