"""The tables that are computed: pairs, coverage, figures, reference values and what may be shown of them.

A unit is one school, cohort, step, domain, scale, trait and value; trait `all` is the whole school.
"""

from .columns import (
    ALL,
    BLOCK,
    BLOCK_STATES,
    BOARD_PATTERN,
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
    REASONS,
    REPORT_STATES,
    SCALE,
    SECTOR,
    SPREADS,
    STEP,
    TRAIT,
    UNIT,
    VALUE,
    names,
)
from .schema import Column, Table

_SCHOOL_SD = "SD of school means"
WITHOUT_GROWTH = {
    "n_one_moment": "pupils with results at one of the two moments only",
    "n_other_scale": "pupils without two results on one scale",
    "n_other_grade": "pupils whose jaargroep did not follow the step",
    "n_out_of_window": "pupils whose result of the missing moment lies outside its window",
}
PERCENTILES = (10, 25, 50, 75, 90)


def _percentiles(more: str = "") -> tuple[Column, ...]:
    return tuple(
        Column(f"p{p}", "number", f"{p}th percentile of growth{more}", POINTS, nullable=True) for p in PERCENTILES
    )


def _interval(name: str, meaning: str, unit: str) -> tuple[Column, ...]:
    """A figure and its 95 % interval."""
    return (
        Column(name, "number", meaning, unit, nullable=True),
        Column(f"{name}_low", "number", "lower bound of its 95 % interval", unit, nullable=True),
        Column(f"{name}_high", "number", "upper bound of its 95 % interval", unit, nullable=True),
    )


def _q(name: str, what: str) -> Column:
    return Column(name, "number", f"false discovery rate at which {what} may be named", "0-1", nullable=True)


def _lasting(name: str, what: str) -> tuple[Column, ...]:
    """The columns of one measure of table `pooled`."""
    shrunken = "conditional standard deviation of that"
    return (
        Column(f"{name}_n_steps", "integer", "steps of a cohort in the estimate", "steps", nullable=True),
        *_interval(name, f"{what}, mean weighted by precision", POINTS),
        Column(f"{name}_p", "number", "its two-sided p-value", "0-1", nullable=True),
        _q(f"{name}_q", "it"),
        Column(f"{name}_tau2", "number", "variance between schools in it", "points squared", nullable=True),
        Column(f"{name}_shrunken", "number", "empirical Bayes estimate, to 0", POINTS, nullable=True),
        Column(f"{name}_shrunken_se", "number", shrunken, POINTS, nullable=True),
    )


def _count(name: str, meaning: str, unit: str = PUPILS, nullable: bool = False) -> Column:
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
        _count("n_pupils", "pupils with a result at either moment"),
        _count("n_growth", "pupils with growth"),
        *(_count(name, meaning) for name, meaning in WITHOUT_GROWTH.items()),
        _count("n_results_other_scale", "results of the pupils of n_other_scale", "results"),
    ),
    key=("brinvest", "school_year", "domain", "step"),
)

WITHDRAWN = Table(
    "withdrawn",
    "one pupil with an objection a row, by pseudonym: they leave what earlier rounds kept, too",
    (BRINVEST, PUPIL, _count("n_rows", "rows delivered of the pupil this round, and not used", "rows")),
    key=("brinvest", "pupil_id"),
)

NATIONAL = Table(
    "national",
    "one sector, cohort, step, domain, scale, trait and value a row: the growth of all schools together",
    (
        *MODEL,
        TRAIT,
        VALUE,
        _count("n_pupils", "pairs"),
        _count("n_schools", "schools with at least one pair", "schools"),
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
        _count("n_pupils", "pairs of the unit"),
        Column("mean_before", "number", "mean score at the earlier moment", POINTS),
        Column("mean_growth", "number", "mean growth", POINTS),
        Column("mean_growth_se", "number", "its standard error", POINTS, nullable=True),
        *_percentiles(),
        Column("standardised", "number", f"growth minus national mean of {ALL}", _SCHOOL_SD, nullable=True),
        Column("standardised_se", "number", "its standard error", _SCHOOL_SD, nullable=True),
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
        _count("n_pupils", "pairs of the unit"),
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

BLOCKS = Table(
    "blocks",
    "which pairs of one school this release uses, given the releases before it; for researchers only",
    (
        *BLOCK,
        Column("decision", "text", "as new, as before, frozen as released before, or hidden", allowed=BLOCK_STATES),
    ),
    key=names(BLOCK),
)

SUPPRESSED = Table(
    "suppressed",
    "one hidden unit a row, and the reason; for researchers only, never in a report",
    (*UNIT, Column("reason", "text", "why it is hidden", allowed=REASONS)),
    key=names(UNIT),
)

REPORT = Table(
    "report",
    "what one school's report may show: rounded and after disclosure control, one unit a row",
    (
        BRINVEST,
        COHORT,
        DOMAIN,
        STEP,
        Column("scale", "text", "code of the ability scale; empty without growth", nullable=True),
        TRAIT,
        VALUE,
        Column("status", "text", "shown, or why nothing is", allowed=REPORT_STATES),
        _count("n_pupils", "pupils with growth", nullable=True),
        _count("n_without_growth", "pupils with a result but no growth", nullable=True),
        _count("n_results_other_scale", "results on two scales", "results", nullable=True),
        *(_count(name, meaning, nullable=True) for name, meaning in WITHOUT_GROWTH.items()),
        _count("percent_with_growth", "share of the tested pupils that have growth, 5 to 95", "%", nullable=True),
        *_interval("mean_growth", "mean growth", POINTS),
        Column(
            "mean_before_low",
            "number",
            "lowest that the mean score at the earlier moment can be",
            POINTS,
            nullable=True,
        ),
        Column("mean_before_high", "number", "highest that it can be", POINTS, nullable=True),
        *_percentiles("; empty where too few pupils lie on either side"),
        *_interval("standardised", "growth minus national mean", _SCHOOL_SD),
        _count("national_pupils", "pupils in the national mean", nullable=True),
        _count("national_schools", "schools in the national mean", "schools", nullable=True),
        Column("national_before", "number", "national mean score at the earlier moment, nearly", POINTS, nullable=True),
        Column("national_mean", "number", "national mean growth", POINTS, nullable=True),
        Column("country_shrunken", "number", "mean_growth minus national_mean, empirical Bayes", POINTS, nullable=True),
        _q("country_q", "mean_growth minus national_mean"),
        *_interval("change", "mean_growth minus that of a year before, both as shown", POINTS),
        Column("change_shrunken", "number", "empirical Bayes estimate, to the pool's mean", POINTS, nullable=True),
        _q("change_q", "the change"),
        _q("gap_q", "mean_growth minus that of the last group of its trait"),
        Column("model", "text", "fitted, or why there is no reference", allowed=MODEL_STATES, nullable=True),
        *_interval("reference", "predicted reference value", POINTS),
        *_interval("effect", "observed minus reference", POINTS),
        Column("effect_shrunken", "number", "empirical Bayes estimate", POINTS, nullable=True),
        _q("effect_q", "the effect"),
        Column("reliability", "number", "share of true variance in the effect", "0-1", nullable=True),
    ),
    key=names(UNIT),
)

COUNTRY = Table(
    "country",
    "what every report may tell of the country: one sector, cohort, step, domain, scale, trait and value a row",
    (
        *MODEL,
        TRAIT,
        VALUE,
        _count("n_pupils", "pairs"),
        _count("n_schools", "schools with at least one pair", "schools"),
        Column("mean_before", "number", "mean score at the earlier moment, nearly", POINTS, nullable=True),
        Column("mean_growth", "number", "mean over all pairs", POINTS),
        Column("sd_pupils", "number", "standard deviation over pupils", POINTS, nullable=True),
        Column("sd_within", "number", "pooled standard deviation within schools", POINTS, nullable=True),
        Column("sd_schools", "number", "standard deviation of the means of the shown schools", POINTS, nullable=True),
        Column("spread", "text", "whether that is of this step or of more steps", allowed=SPREADS, nullable=True),
    ),
    key=(*names(MODEL), "trait", "value"),
)

POOLED = Table(
    "pooled",
    "one school, domain and scale a row: what its reports showed, over all steps, cohorts and rounds together",
    (
        BRINVEST,
        DOMAIN,
        SCALE,
        *_lasting("effect", "observed minus reference"),
        *_lasting("country", "growth minus national mean"),
    ),
    key=("brinvest", "domain", "scale"),
)

BOARD_REPORT = Table(
    "board_report",
    "what one board's overview may show: the shown schools together, one cohort, step, domain and scale a row",
    (
        Column("board_number", "text", "bestuursnummer", pattern=BOARD_PATTERN),
        COHORT,
        STEP,
        DOMAIN,
        SCALE,
        _count("n_schools_shown", "schools of the board whose figures are shown", "schools"),
        _count("n_pupils", "pupils with growth of those schools", nullable=True),
        *_interval("mean_growth", "mean growth of those schools together", POINTS),
    ),
    key=("board_number", "school_year", "step", "domain", "scale"),
)
