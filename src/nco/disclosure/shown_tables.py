"""The tables of disclosure: what this release may use of the pairs, what it hides, and what reports may show."""

from nco_utils.tables import LEVEL_CLASSES, YEAR_PATTERN
from nco_utils.tables.columns import (
    BOARD_PATTERN,
    BRINVEST,
    COHORT,
    DOMAIN,
    MODEL,
    MODEL_STATES,
    POINTS,
    SCALE,
    STEP,
    TRAIT,
    UNIT,
    UNIT_OF_SUPPRESSION,
    VALUE,
    names,
)
from nco_utils.tables.computed import PERCENTILES, SCHOOL_SD, WITHOUT_GROWTH, count, percentiles
from nco_utils.tables.schema import Column, Table

BLOCK_STATES = ("new", "unchanged", "frozen", "hidden")
# A reader is not told which hidden figure is small and which one protects it: that would narrow the bounds.
REPORT_STATES = ("shown", "hidden", "other_scale", "no_growth")
REASONS = ("small_group", "complementary", "split", "earlier_release", "objection")
LEVEL_STATES = ("shown", "few", "hidden")
_PERCENT = "percentage points"
SPREADS = ("step", "steps")  # what school means spread over: one step, or all of a domain and scale together


# Of all tests together figures are in standard deviations of school means, not in points.
_SCALE_OR_ALL = Column("scale", "text", "code of the ability scale; all: every test together, then in SD of schools")


def _interval(name: str, meaning: str, unit: str) -> tuple[Column, ...]:
    """A figure and its 95 % interval."""
    return (
        Column(name, "number", meaning, unit, nullable=True),
        Column(f"{name}_low", "number", "lower bound of its 95 % interval", unit, nullable=True),
        Column(f"{name}_high", "number", "upper bound of its 95 % interval", unit, nullable=True),
    )


def _q(name: str, what: str) -> Column:
    return Column(name, "number", f"false discovery rate at which {what} may be named", "0-1", nullable=True)


def _levels(name: str, of: str) -> tuple[Column, ...]:
    """The percentiles of the score at the later moment."""
    meaning = f"percentile of the score at the later moment{of}; empty where too few pupils lie on either side"
    return tuple(Column(f"{name}_p{p}", "number", f"{p}th {meaning}", POINTS, nullable=True) for p in PERCENTILES)


def _lasting(name: str, what: str) -> tuple[Column, ...]:
    """The columns of one measure of table `pooled`."""
    shrunken = "conditional standard deviation of that"
    newest = "of the newest school year alone"
    return (
        Column(f"{name}_n_steps", "integer", "steps of a cohort in the estimate", "steps", nullable=True),
        Column(f"{name}_n_years", "integer", "school years in the estimate", "school years", nullable=True),
        *_interval(name, f"{what}, mean weighted by precision", POINTS),
        *_interval(f"{name}_year", f"{what}, {newest}", POINTS),
        Column(f"{name}_sd", "number", "standard deviation of school means at its steps, mean", POINTS, nullable=True),
        Column(f"{name}_usual", "number", "national mean growth at its steps, mean", POINTS, nullable=True),
        Column(f"{name}_p", "number", "its two-sided p-value", "0-1", nullable=True),
        _q(f"{name}_q", "it"),
        Column(f"{name}_tau2", "number", "variance between schools in it", "points squared", nullable=True),
        Column(f"{name}_shrunken", "number", "empirical Bayes estimate, to 0", POINTS, nullable=True),
        Column(f"{name}_shrunken_se", "number", shrunken, POINTS, nullable=True),
    )


BLOCKS = Table(
    "blocks",
    "which pairs of one school this release uses, given the releases before it; for researchers only",
    (
        *UNIT_OF_SUPPRESSION,
        Column("decision", "text", "as new, as before, frozen as released before, or hidden", allowed=BLOCK_STATES),
    ),
    key=names(UNIT_OF_SUPPRESSION),
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
        count("n_pupils", "pupils with growth", nullable=True),
        count("n_without_growth", "pupils with a result but no growth", nullable=True),
        count("n_results_other_scale", "results on two scales", "results", nullable=True),
        *(count(name, meaning, nullable=True) for name, meaning in WITHOUT_GROWTH.items()),
        count("percent_with_growth", "share of the tested pupils that have growth, 5 to 95", "%", nullable=True),
        *_interval("mean_growth", "mean growth", POINTS),
        Column(
            "mean_before_low",
            "number",
            "lowest that the mean score at the earlier moment can be",
            POINTS,
            nullable=True,
        ),
        Column("mean_before_high", "number", "highest that it can be", POINTS, nullable=True),
        *percentiles("; empty where too few pupils lie on either side"),
        *_levels("level", ""),
        *_interval("standardised", "growth minus national mean", SCHOOL_SD),
        count("national_pupils", "pupils in the national mean", nullable=True),
        count("national_schools", "schools in the national mean", "schools", nullable=True),
        Column("national_before", "number", "national mean score at the earlier moment, nearly", POINTS, nullable=True),
        Column("national_mean", "number", "national mean growth", POINTS, nullable=True),
        *_levels("national_level", " of the shown schools"),
        Column("country_shrunken", "number", "mean_growth minus national_mean, empirical Bayes", POINTS, nullable=True),
        _q("country_q", "mean_growth minus national_mean"),
        *_interval("change", "mean_growth minus that of a year before, both as shown", POINTS),
        Column("change_shrunken", "number", "empirical Bayes estimate, to the pool's mean", POINTS, nullable=True),
        _q("change_q", "the change"),
        Column("model", "text", "fitted, or why there is no reference", allowed=MODEL_STATES, nullable=True),
        *_interval("reference", "predicted reference value", POINTS),
        *_interval("effect", "observed minus reference", POINTS),
        Column("effect_shrunken", "number", "empirical Bayes estimate", POINTS, nullable=True),
        _q("effect_q", "the effect"),
        Column("reliability", "number", "share of true variance in the effect", "0-1", nullable=True),
    ),
    key=names(UNIT),
)

_OF_HISTORY = (
    "scale", "status", "n_pupils", "mean_growth", "mean_growth_low", "mean_growth_high", "mean_before_low",
    "mean_before_high", "standardised", "standardised_low", "standardised_high", "national_before", "national_mean",
    "country_shrunken", "country_q",
)  # fmt: skip

COUNTRY = Table(
    "country",
    "what every report may tell of the country: one sector, cohort, step, domain, scale, trait and value a row",
    (
        *MODEL,
        TRAIT,
        VALUE,
        count("n_pupils", "pairs"),
        count("n_schools", "schools with at least one pair", "schools"),
        Column("mean_before", "number", "mean score at the earlier moment, nearly", POINTS, nullable=True),
        Column("mean_growth", "number", "mean over all pairs", POINTS),
        Column("sd_pupils", "number", "standard deviation over pupils", POINTS, nullable=True),
        Column("sd_within", "number", "pooled standard deviation within schools", POINTS, nullable=True),
        Column("sd_schools", "number", "standard deviation of the means of the shown schools", POINTS, nullable=True),
        Column("spread", "text", "whether that is of this step or of more steps", allowed=SPREADS, nullable=True),
        *_levels("level", " of the shown schools"),
    ),
    key=(*names(MODEL), "trait", "value"),
)

POOLED = Table(
    "pooled",
    "one school, domain and scale a row: what its reports showed, over all steps, cohorts and rounds together",
    (
        BRINVEST,
        DOMAIN,
        _SCALE_OR_ALL,
        *_lasting("effect", "observed minus reference"),
        *_lasting("country", "growth minus national mean"),
        *_interval("standardised", "growth minus national mean, of each step in its own spread", SCHOOL_SD),
    ),
    key=("brinvest", "domain", "scale"),
)

ALL_TESTS = Table(
    "all_tests",
    "a step in which pupils of one school take tests on several scales: those that its report shows, together",
    (
        BRINVEST,
        COHORT,
        DOMAIN,
        STEP,
        count("n_tests", "tests in the figures", "tests"),
        count("n_pupils", "pupils with growth by those tests"),
        *_interval("standardised", "growth minus national mean, mean over the pupils", SCHOOL_SD),
        Column("country_shrunken", "number", "empirical Bayes estimate, to 0", SCHOOL_SD, nullable=True),
        _q("country_q", "it"),
        *_interval("effect", "observed minus reference, mean over the pupils that have it", SCHOOL_SD),
        Column("effect_shrunken", "number", "empirical Bayes estimate, to 0", SCHOOL_SD, nullable=True),
        _q("effect_q", "the effect"),
    ),
    key=("brinvest", "school_year", "domain", "step"),
)

TREND = Table(
    "trend",
    "one school, domain, scale and school year a row: what its reports showed of that year, all steps together",
    (
        BRINVEST,
        DOMAIN,
        _SCALE_OR_ALL,
        COHORT,
        count("n_steps", "steps in the estimates", "steps"),
        *_interval("effect", "observed minus reference, mean weighted by precision", POINTS),
        *_interval("country", "growth minus national mean, mean weighted by precision", POINTS),
        *_interval("standardised", "growth minus national mean, of each step in its own spread", SCHOOL_SD),
    ),
    key=("brinvest", "domain", "scale", "school_year"),
)

HISTORY = Table(
    "history",
    "what earlier reports showed of a whole school in their own school year, as they did: one step a row",
    (
        BRINVEST,
        COHORT,
        DOMAIN,
        STEP,
        *(REPORT[name] for name in _OF_HISTORY),
    ),
    key=("brinvest", "school_year", "domain", "step", "scale"),
)

CLASS_LEVELS = Table(
    "class_levels",
    "the mean level after a step of the shown schools of one schoolweging class, where that may be told",
    (
        *MODEL,
        Column("weging_class", "text", "schoolweging, from and up to, as 27-29"),
        count("n_schools", "schools in the mean", "schools"),
        Column("level", "number", "mean score at the later moment, nearly", POINTS),
    ),
    key=(*names(MODEL), "weging_class"),
)

CATEGORIES = Table(
    "categories",
    "of a category of the test at the end of a step: which share of its items the pupils of the step had right",
    (
        *UNIT_OF_SUPPRESSION,
        Column("category", "text", "category of the test, as params/scales.yml names it"),
        count("n_pupils", "pupils of the step with scores by category"),
        count("share", "items that they had right, mean over pupils, 5 to 95", "%"),
        count("national_pupils", "those pupils of all schools that are told"),
        count("national_schools", "schools that are told", "schools"),
        count("national_share", "items that these had right, mean over pupils", "%"),
        Column("pupil_sd", "number", "standard deviation of pupils within those schools", _PERCENT, nullable=True),
        Column("country", "number", "share minus national_share", _PERCENT),
        Column("country_low", "number", "lower bound of its 95 % interval", _PERCENT, nullable=True),
        Column("country_high", "number", "upper bound of its 95 % interval", _PERCENT, nullable=True),
        Column("country_sd", "number", "standard deviation of the shares of the schools", _PERCENT, nullable=True),
        _q("country_q", "the difference"),
    ),
    key=(*names(UNIT_OF_SUPPRESSION), "category"),
)

POOLED_GROUPS = Table(
    "pooled_groups",
    "one group of pupils of a school, domain and scale a row: what its report shows, over all steps together",
    (
        BRINVEST,
        DOMAIN,
        _SCALE_OR_ALL,
        TRAIT,
        VALUE,
        count("n_steps", "steps at which the group is shown", "steps"),
        count("n_pupils", "pupils with growth, counted at each step"),
        *_interval("country", "growth minus that of the same group in the country, mean weighted by precision", POINTS),
        *_interval("gap", "growth minus that of the last group of its trait, mean weighted by precision", POINTS),
        _q("gap_q", "the gap"),
    ),
    key=("brinvest", "domain", "scale", "trait", "value"),
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
        count("n_schools_shown", "schools of the board whose figures are shown", "schools"),
        count("n_pupils", "pupils with growth of those schools", nullable=True),
        *_interval("mean_growth", "mean growth of those schools together", POINTS),
    ),
    key=("board_number", "school_year", "step", "domain", "scale"),
)

LEVEL_COUNTS = Table(
    "level_counts",
    "results on the reference levels that this round uses, of all subjects of a school year together; researchers only",
    (
        BRINVEST,
        Column("school_year", "text", "school year of the tests", pattern=YEAR_PATTERN),
        *(Column(name, "integer", f"results: {meaning}", "results") for name, meaning in LEVEL_CLASSES.items()),
        count("n_pupils", "pupils of the subject with most"),
    ),
    key=("brinvest", "school_year"),
)

_LEAST = "whether that is the least that it can be"
LEVELS = Table(
    "levels",
    "reference levels at the end of groep 8 that reports may show: one school a row, its school years together",
    (
        BRINVEST,
        Column("first_year", "text", "first school year that is in it", pattern=YEAR_PATTERN),
        Column("last_year", "text", "last school year that is in it", pattern=YEAR_PATTERN),
        count("n_years", "school years in it", "school years"),
        Column("status", "text", "shown, or why nothing is", allowed=LEVEL_STATES),
        count("n_pupils", "pupils", nullable=True),
        Column("reached_1f", "number", "results of 1F or higher", "%", nullable=True),
        Column("least_1f", "flag", _LEAST),
        Column("reached_2f", "number", "results of 1S (rekenen) or 2F", "%", nullable=True),
        Column("weging_from", "number", "class of the schoolweging, from", nullable=True),
        Column("weging_to", "number", "class of the schoolweging, up to", nullable=True),
        *(
            Column(f"{what}_{level}", "number", f"{meaning}, {level.upper()}", "%", nullable=True)
            for what, meaning in (("signal", "signaleringswaarde"), ("similar", "what comparable schools reach"))
            for level in ("1f", "2f")
        ),
    ),
    key=("brinvest",),
)
