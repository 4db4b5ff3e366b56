"""The tables that the analysis computes: pairs, coverage, national means, figures and reference values.

A unit is one school, cohort, step, domain, scale, trait and value; trait `all` is the whole school.
"""

from .columns import (
    ALL,
    BRINVEST,
    COHORT,
    DOMAIN,
    ESTIMATORS,
    GROUP,
    MODEL,
    MODEL_STATES,
    NOTE_CODES,
    POINTS,
    PUPIL,
    PUPILS,
    SCALE,
    SECTOR,
    START,
    STEP,
    TRAIT,
    UNIT,
    VALUE,
    names,
)
from .schema import Column, Table

SCHOOL_SD = "SD of school means"
WITHOUT_GROWTH = {
    "n_one_moment": "pupils with results at one of the two moments only",
    "n_other_scale": "pupils without two results on one scale",
    "n_other_grade": "pupils whose jaargroep did not follow the step",
    "n_out_of_window": "pupils whose result of the missing moment lies outside its window",
}
PERCENTILES = (10, 25, 50, 75, 90)


def percentiles(more: str = "") -> tuple[Column, ...]:
    """Return the columns of the percentiles of growth; `more` is added to what they mean."""
    return tuple(
        Column(f"p{p}", "number", f"{p}th percentile of growth{more}", POINTS, nullable=True) for p in PERCENTILES
    )


def count(name: str, meaning: str, unit: str = PUPILS, nullable: bool = False) -> Column:
    """Return a column of a whole number, of pupils if nothing else is said."""
    return Column(name, "integer", meaning, unit, nullable=nullable)


GROWTH = Table(
    "growth",
    "one pair of consecutive results a row, of both cohorts of the round",
    (
        BRINVEST,
        PUPIL,
        DOMAIN,
        SCALE,
        STEP,
        COHORT,
        GROUP,
        START,
        Column("score_before", "number", "ability score at the earlier moment", POINTS),
        Column("score_after", "number", "ability score at the later moment", POINTS),
        Column("growth", "number", "score_after minus score_before", POINTS),
        Column("days_between", "integer", "days between the two tests", "days"),
    ),
    key=("brinvest", "pupil_id", "domain", "scale", "step", "school_year"),
)

COVERAGE = Table(
    "coverage",
    "per school, cohort, domain and step: how many pupils could and could not give growth, and why",
    (
        BRINVEST,
        COHORT,
        DOMAIN,
        STEP,
        count("n_pupils", "pupils with a result at either moment"),
        count("n_growth", "pupils with growth"),
        *(count(name, meaning) for name, meaning in WITHOUT_GROWTH.items()),
        count("n_results_other_scale", "results of the pupils of n_other_scale", "results"),
    ),
    key=("brinvest", "school_year", "domain", "step"),
)

WITHDRAWN = Table(
    "withdrawn",
    "one pupil with an objection a row, by pseudonym: they leave what earlier rounds kept, too",
    (BRINVEST, PUPIL, count("n_rows", "rows delivered of the pupil this round, and not used", "rows")),
    key=("brinvest", "pupil_id"),
)

NATIONAL = Table(
    "national",
    "one sector, cohort, step, domain, scale, trait and value a row: the growth of all schools together",
    (
        *MODEL,
        TRAIT,
        VALUE,
        count("n_pupils", "pairs"),
        count("n_schools", "schools with at least one pair", "schools"),
        Column("mean_before", "number", "mean score at the earlier moment", POINTS),
        Column("mean_growth", "number", "mean over all pairs", POINTS),
        Column("sd_pupils", "number", "standard deviation over pupils", POINTS, nullable=True),
        Column("sd_within", "number", "pooled standard deviation within schools", POINTS, nullable=True),
        Column("sd_schools", "number", "standard deviation of the school means", POINTS, nullable=True),
    ),
    key=(*names(MODEL), "trait", "value"),
)

FIGURES = Table(
    "figures",
    "one unit a row: what is known of it before disclosure control; for researchers only",
    (
        *UNIT,
        SECTOR,
        count("n_pupils", "pairs of the unit"),
        Column("mean_before", "number", "mean score at the earlier moment", POINTS),
        Column("mean_growth", "number", "mean growth", POINTS),
        Column("mean_growth_se", "number", "its standard error", POINTS, nullable=True),
        *percentiles(),
        Column("standardised", "number", f"growth minus national mean of {ALL}", SCHOOL_SD, nullable=True),
        Column("standardised_se", "number", "its standard error", SCHOOL_SD, nullable=True),
        Column("standardised_pupils", "number", "growth minus national mean", "SD of pupils", nullable=True),
    ),
    key=names(UNIT),
)

REFERENCE = Table(
    "reference",
    "one unit a row: observed growth against the predicted reference value",
    (
        *UNIT,
        SECTOR,
        count("n_pupils", "pairs of the unit"),
        Column("mean_growth", "number", "observed mean growth", POINTS),
        Column("mean_growth_se", "number", "its standard error", POINTS, nullable=True),
        Column("model", "text", "fitted, or why there is no reference", allowed=MODEL_STATES),
        Column("reference", "number", "predicted reference value, fitted without the school", POINTS, nullable=True),
        Column("reference_se", "number", "its standard error", POINTS, nullable=True),
        Column("effect", "number", "observed minus reference", POINTS, nullable=True),
        Column("effect_se", "number", "its standard error", POINTS, nullable=True),
        Column("effect_shrunken", "number", f"empirical Bayes estimate; trait {ALL} only", POINTS, nullable=True),
        Column("effect_shrunken_se", "number", "its conditional standard deviation", POINTS, nullable=True),
        Column("reliability", "number", "share of true variance in the observed effect", "0-1", nullable=True),
    ),
    key=names(UNIT),
)

MODEL_TERMS = Table(
    "model_terms",
    "one coefficient of a reference model a row, fitted on all schools",
    (
        *MODEL,
        Column("estimator", "text", "how the model was fitted", allowed=ESTIMATORS),
        Column("term", "text", "covariate, or sigma2 and tau2 (variances within and between schools)"),
        Column("estimate", "number", "estimate; empty for a covariate that was dropped", nullable=True),
        Column("se", "number", "standard error; empty for variances", nullable=True),
    ),
    key=(*names(MODEL), "term"),
)

MODEL_NOTES = Table(
    "model_notes",
    "one covariate that a reference model left out a row, and why",
    (*MODEL, Column("term", "text", "covariate"), Column("note", "text", "why it was left out", allowed=NOTE_CODES)),
    key=(*names(MODEL), "term"),
)

MODEL_SETTINGS = Table(
    "model_settings",
    "one setting that the reference models were fitted with a row, whatever the settings are now",
    (
        Column("setting", "text", "its name in params/reference.yml"),
        Column("value", "text", "its value, as JSON"),
    ),
    key=("setting",),
)
