"""The tables of delay: what the national notebook computes, and what reports may show of it."""

from nco_utils.tables.columns import (
    ALL,
    BRINVEST,
    COHORT,
    DOMAINS,
    POINTS,
    SECTOR,
    STEP_PATTERN,
    TRAIT,
    UNIT,
    VALUE,
    names,
)
from nco_utils.tables.computed import count
from nco_utils.tables.schema import Column, Table

PLACES = "percentile points"
PUPIL_SD = "SD of pupils' growth in the step"
SCHOOL_STATES = ("shown", "hidden", "few_years", "no_growth", "no_country")

_SERIES = (
    SECTOR,
    Column("domain", "text", f"domain of the tests; {ALL}: the mean of all three", allowed=(*DOMAINS, ALL)),
    Column(
        "step", "text", f"two moments, such as M5-E5; {ALL}: all steps together", pattern=rf"{STEP_PATTERN}|^{ALL}$"
    ),
    Column("scale", "text", f"code of the ability scale; {ALL}: all of them"),
)


def _figure(name: str, meaning: str, unit: str) -> tuple[Column, ...]:
    ends = {"": "", "_low": "lower bound of the 95 % interval of ", "_high": "upper bound of the 95 % interval of "}
    return tuple(Column(f"{name}{end}", "number", said + meaning, unit, nullable=True) for end, said in ends.items())


# Some pupils of the whole country, in a series of tests.
_COHORTS = (
    *_SERIES,
    TRAIT,
    VALUE,
    count("n_affected", "pairs of the affected cohort"),
    count("n_before", "pairs of the cohorts before it"),
    count("n_schools", "schools with pairs of the affected cohort", "schools"),
)

SHIFTS = Table(
    "shifts",
    "one unit of a compared cohort a row: mean growth in percentile points; for researchers only",
    (
        *UNIT,
        SECTOR,
        count("n_pupils", "pairs of the unit"),
        Column("mean_growth", "number", "mean growth", POINTS),
        Column("shift", "number", "mean growth in percentiles of the country's pupils of all cohorts", PLACES),
        Column("days", "number", "mean number of days between the two tests", "days"),
    ),
    key=names(UNIT),
)

DELAYS = Table(
    "delays",
    "growth of the affected cohort against those before it in the country, one model a row; for researchers only",
    (
        *_COHORTS,
        Column("intercept", "number", "growth before, in the middle of years and days", PLACES),
        Column("delay", "number", "growth of the affected cohort minus that", PLACES),
        Column("delay_se", "number", "its standard error, clustered on schools", PLACES),
        Column("year", "number", "growth for a standard deviation of the school year", PLACES),
        Column("year_se", "number", "its standard error", PLACES, nullable=True),
        Column("year_mean", "number", "mean of the school year's first year", "years"),
        Column("year_sd", "number", "its standard deviation", "years"),
        Column("days", "number", "growth for a standard deviation of the days between the tests", PLACES),
        Column("days_se", "number", "its standard error", PLACES, nullable=True),
        Column("days_mean", "number", "mean of the days between the tests", "days"),
        Column("days_sd", "number", "their standard deviation", "days"),
        Column("rmse", "number", "residual standard deviation", PLACES),
        Column("sd", "number", "standard deviation of pupils' growth before", POINTS, nullable=True),
        Column("standardised", "number", "growth minus mean growth before, over that", PUPIL_SD, nullable=True),
        Column("standardised_se", "number", "its standard error, clustered on schools", PUPIL_SD, nullable=True),
    ),
    key=(*names(_SERIES), "trait", "value"),
)

COUNTRY_DELAYS = Table(
    "country_delays",
    "what every report may tell of delay in the country: one sector, domain, step, scale, trait and value a row",
    (
        *_COHORTS,
        *_figure("delay", "growth of the affected cohort minus that of those before it", PLACES),
        *_figure("standardised", "the same without the trend and the days", PUPIL_SD),
    ),
    key=(*names(_SERIES), "trait", "value"),
)

SCHOOL_DELAYS = Table(
    "school_delays",
    "what one school's report may show of delay: one domain, step, scale, trait and value a row",
    (
        BRINVEST,
        *_SERIES,
        TRAIT,
        VALUE,
        Column("status", "text", "shown, or why nothing is", allowed=SCHOOL_STATES),
        count("n_affected", "pairs of the affected cohort", nullable=True),
        count("n_before", "pairs of the shown cohorts before it", nullable=True),
        count("n_years", "shown cohorts before it", "school years", nullable=True),
        *_figure("delay", "growth of the affected cohort minus that of those before it", PLACES),
        Column("delay_shrunken", "number", "empirical Bayes estimate, to the country's delay", PLACES, nullable=True),
        Column("delay_q", "number", "false discovery rate at which the delay may be named", "0-1", nullable=True),
        *_figure("standardised", "the same without the trend and the days", PUPIL_SD),
        Column("national", "number", "the country's delay at the same steps", PLACES, nullable=True),
        *_figure("country", "delay minus that of the country", PLACES),
        Column("country_shrunken", "number", "empirical Bayes estimate", PLACES, nullable=True),
        Column("country_q", "number", "false discovery rate at which that may be named", "0-1", nullable=True),
        Column("spread", "number", "standard deviation of that over the shown schools", PLACES, nullable=True),
        *_figure("gap", "delay minus that of the trait's last group; in the row of the first", PLACES),
        Column("gap_q", "number", "false discovery rate at which the gap may be named", "0-1", nullable=True),
    ),
    key=("brinvest", *names(_SERIES), "trait", "value"),
)

SCHOOL_SHIFTS = Table(
    "school_shifts",
    "growth of every shown cohort of a school in percentile points, all shown steps of a domain together",
    (
        BRINVEST,
        COHORT,
        Column("domain", "text", "domain of the tests", allowed=DOMAINS),
        count("n_pupils", "pairs"),
        *_figure("shift", "mean growth in percentiles of the country's pupils of all cohorts", PLACES),
        Column("national", "number", "that of the country at the same steps", PLACES),
    ),
    key=("brinvest", "school_year", "domain"),
)

COMPUTED = (SHIFTS, DELAYS)
SHOWN = (COUNTRY_DELAYS, SCHOOL_DELAYS, SCHOOL_SHIFTS)
