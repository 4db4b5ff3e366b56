"""Every canonical table, declared once: columns, types, units, allowed values.

Readers, suites, notebooks, documentation and tests refer to these declarations; nothing else says
what a table looks like. What can be done with a table (`schema`) is found here too.
"""

from . import schema
from .schema import Column, Table
from .schema import conform as conform
from .schema import empty as empty
from .schema import read as read
from .schema import write as write

BRIN_PATTERN = r"^[0-9]{2}[A-Z]{2}$"  # DUO: two digits, two letters
BRINVEST_PATTERN = r"^[0-9]{2}[A-Z]{2}[0-9]{2}$"  # BRIN followed by the two-digit vestigingsnummer
BOARD_PATTERN = r"^[0-9]{5}$"  # bestuursnummer
STEP_PATTERN = r"^[BME][1-8]-[BME][1-8]$"

DOMAINS = ("begrijpend_lezen", "spelling", "rekenen_wiskunde")
SECTORS = ("bo", "sbo", "vo")
VENDORS = ("parnassys", "esis", "cito")
PROVIDERS = ("cito", "iep", "boom", "diataal")
MOMENTS = ("B", "M", "E")
UNKNOWN = "onbekend"
YES_NO = ("nee", "ja", UNKNOWN)
QUARANTINE_LEVELS = ("file", "school", "row")
SEVERITIES = ("error", "warning", "info")
MODEL_STATES = ("fitted", "too_few_schools", "too_few_pupils")
REPORT_STATES = ("shown", "small_group", "complementary", "other_scale", "no_growth")

_POINTS = "points of the scale"

_BRINVEST = Column("brinvest", "text", "school location: BRIN and vestiging", pattern=BRINVEST_PATTERN)
_PUPIL = Column("pupil_id", "text", "key of the pupil, unique within the school location")
_DOMAIN = Column("domain", "text", "domain (vakgebied) of the test", allowed=DOMAINS)
_SCALE = Column("scale", "text", "code of the ability scale; scores of two scales are never compared")
_STEP = Column("step", "text", "two consecutive moments, such as E7-M8", pattern=STEP_PATTERN)

BOARDS = Table(
    "boards",
    "enrolled school boards (schoolbesturen)",
    (
        Column("board_number", "text", "bestuursnummer", pattern=BOARD_PATTERN),
        Column("board_name", "text", "name of the board"),
        Column("contract_received_on", "date", "day the signed contract was received", nullable=True),
    ),
    key=("board_number",),
)

SCHOOLS = Table(
    "schools",
    "enrolled school locations",
    (
        _BRINVEST,
        Column("school_name", "text", "name of the school"),
        Column("board_number", "text", "bestuursnummer of the board", pattern=BOARD_PATTERN),
        Column("sector", "text", "sector", allowed=SECTORS),
        Column("denomination", "text", "denomination (denominatie)"),
        Column("vendor", "text", "pupil-monitoring supplier that delivers", allowed=VENDORS),
        Column("provider", "text", "publisher of the tests that the school takes", allowed=PROVIDERS, nullable=True),
        Column("opened", "date", "first day of the school; empty: before the first round", nullable=True),
        Column("closed", "date", "last day of the school; empty: still open", nullable=True),
    ),
    key=("brinvest",),
)

SCHOOL_BOARDS = Table(
    "school_boards",
    "boards that a school had before, or has; on other days the board of table schools holds",
    (
        _BRINVEST,
        Column("board_number", "text", "bestuursnummer of the board", pattern=BOARD_PATTERN),
        Column("from", "date", "first day under this board; empty: always before", nullable=True),
        Column("until", "date", "last day under this board; empty: still so", nullable=True),
    ),
    key=("brinvest", "from"),
)

APPROVALS = Table(
    "approvals",
    "yearly approvals of the export by the schools (accordering)",
    (
        _BRINVEST,
        Column("school_year", "text", "school year that is approved", pattern=r"^20[0-9]{2}-20[0-9]{2}$"),
        Column("approved_on", "date", "day of the approval"),
    ),
    key=("brinvest", "school_year"),
)

OBJECTIONS = Table(
    "objections",
    "objections of parents (bezwaren): these pupils leave before anything is computed",
    (
        _BRINVEST,
        _PUPIL,
        Column("received_on", "date", "day the objection was received"),
    ),
    key=("brinvest", "pupil_id"),
)

PUPILS = Table(
    "pupils",
    "background of the pupils; an unknown trait is a category of its own",
    (
        _BRINVEST,
        _PUPIL,
        Column("sex", "text", "sex", allowed=("jongen", "meisje", UNKNOWN)),
        Column(
            "ses_class",
            "text",
            "socio-economic status of the parents, in fourths of the population",
            allowed=("laag", "middenlaag", "middenhoog", "hoog", UNKNOWN),
        ),
        Column("minority", "text", "belongs to an ethnic minority", allowed=YES_NO),
        Column("repeated_grade", "text", "has repeated a grade (doublure)", allowed=YES_NO),
    ),
    key=("brinvest", "pupil_id"),
)

RESULTS = Table(
    "results",
    "one test result a row",
    (
        Column("vendor", "text", "supplier of the delivery", allowed=VENDORS),
        Column("provider", "text", "publisher of the test (toetsaanbieder)", allowed=PROVIDERS),
        _BRINVEST,
        _PUPIL,
        _DOMAIN,
        Column("test_code", "text", "code of the test as delivered"),
        _SCALE,
        Column("school_year", "text", "school year of the test", pattern=r"^20[0-9]{2}-20[0-9]{2}$"),
        Column("moment", "text", "toetsmoment: begin, midden or eind", allowed=MOMENTS),
        Column("grade", "integer", "jaargroep of the pupil at the test"),
        Column("test_level", "text", "level of the test, such as M8; may differ from the jaargroep"),
        Column("test_date", "date", "date of the test"),
        Column("score", "number", "ability score (vaardigheidsscore)", unit=_POINTS),
        Column("source_file", "text", "delivered file, relative to the round's export folder"),
        Column("source_row", "integer", "row in that file; the header is row 1"),
    ),
    key=("brinvest", "pupil_id", "test_code", "scale", "test_date"),
)

FINDINGS = Table(
    "findings",
    "one validation finding a row; never a pupil's value",
    (
        Column("rule", "text", "identifier of the rule"),
        Column("severity", "text", "error, warning or info", allowed=SEVERITIES),
        Column("vendor", "text", "supplier of the delivery", nullable=True),
        Column("brinvest", "text", "school location, where the finding is about one", nullable=True),
        Column("file", "text", "delivered file"),
        Column("row", "integer", "row in the file; the header is row 1", nullable=True),
        Column("column", "text", "column in the file, in the supplier's own name", nullable=True),
        Column("message", "text", "what is wrong, in Dutch"),
        Column("action", "text", "what to do, in Dutch"),
    ),
    key=("rule", "file", "row", "column"),
)

QUARANTINE = Table(
    "quarantine",
    "what was delivered and is set aside: one file, school of a file, or row a row; never a pupil's value",
    (
        Column("level", "text", "whether a file, a school of it or one row is set aside", allowed=QUARANTINE_LEVELS),
        Column("rule", "text", "identifier of the rule that sets it aside"),
        Column("vendor", "text", "supplier of the delivery", allowed=VENDORS),
        Column("brinvest", "text", "school location", pattern=BRINVEST_PATTERN, nullable=True),
        Column("file", "text", "delivered file, relative to the round's export folder"),
        Column("row", "integer", "row in the file; the header is row 1", nullable=True),
        Column("n_rows", "integer", "delivered rows set aside by this", unit="rows"),
    ),
    key=("level", "file", "brinvest", "row", "rule"),
)

ACCOUNT = Table(
    "account",
    "one school of one delivered file a row: n_rows = n_used + n_quarantined + n_superseded + n_withdrawn",
    (
        Column("vendor", "text", "supplier of the delivery", allowed=VENDORS),
        Column("file", "text", "delivered file, relative to the round's export folder"),
        Column("brinvest", "text", "school location, where the rows name one", pattern=BRINVEST_PATTERN, nullable=True),
        Column("n_rows", "integer", "rows delivered", unit="rows"),
        Column("n_used", "integer", "rows in table results", unit="rows"),
        Column("n_quarantined", "integer", "rows set aside until they are mended", unit="rows"),
        Column("n_superseded", "integer", "rows that the same delivery or a later one has again", unit="rows"),
        Column("n_withdrawn", "integer", "rows of pupils with an objection", unit="rows"),
    ),
    key=("file", "brinvest"),
)

GROWTH = Table(
    "growth",
    "one pair of consecutive results a row",
    (
        _BRINVEST,
        _PUPIL,
        _DOMAIN,
        _SCALE,
        _STEP,
        Column("school_year", "text", "school year of the later moment", pattern=r"^20[0-9]{2}-20[0-9]{2}$"),
        Column("score_before", "number", "ability score at the earlier moment", unit=_POINTS),
        Column("score_after", "number", "ability score at the later moment", unit=_POINTS),
        Column("growth", "number", "score_after minus score_before", unit=_POINTS),
        Column("days_between", "integer", "days between the two tests", unit="days"),
    ),
    key=("brinvest", "pupil_id", "domain", "scale", "step", "school_year"),
)

COVERAGE = Table(
    "coverage",
    "per school, domain and step: how many pupils could and could not give growth, and why",
    (
        _BRINVEST,
        _DOMAIN,
        _STEP,
        Column("n_pupils", "integer", "pupils with a result at either moment", unit="pupils"),
        Column("n_growth", "integer", "pupils with growth", unit="pupils"),
        Column("n_one_moment", "integer", "pupils with results at one of the two moments only", unit="pupils"),
        Column("n_other_scale", "integer", "pupils without two results on one scale", unit="pupils"),
        Column("n_other_grade", "integer", "pupils whose jaargroep did not follow the step", unit="pupils"),
        Column("n_results_other_scale", "integer", "results of the pupils of n_other_scale", unit="results"),
    ),
    key=("brinvest", "domain", "step"),
)

NATIONAL = Table(
    "national",
    "one step, domain and scale a row: the growth of all schools together",
    (
        _STEP,
        _DOMAIN,
        _SCALE,
        Column("n_pupils", "integer", "pairs", unit="pupils"),
        Column("n_schools", "integer", "schools with at least one pair", unit="schools"),
        Column("mean_growth", "number", "mean over all pairs", unit=_POINTS),
        Column("sd_pupils", "number", "standard deviation over pupils", unit=_POINTS, nullable=True),
        Column("sd_within", "number", "pooled standard deviation within schools", unit=_POINTS, nullable=True),
        Column("sd_schools", "number", "standard deviation of the school means", unit=_POINTS, nullable=True),
    ),
    key=("step", "domain", "scale"),
)

REFERENCE = Table(
    "reference",
    "one school, step, domain and scale a row: observed growth against the predicted reference value",
    (
        _BRINVEST,
        _STEP,
        _DOMAIN,
        _SCALE,
        Column("n_pupils", "integer", "pairs of the school", unit="pupils"),
        Column("mean_growth", "number", "observed mean growth", unit=_POINTS),
        Column("mean_growth_se", "number", "its standard error", unit=_POINTS, nullable=True),
        Column("model", "text", "fitted, or why there is no model", allowed=MODEL_STATES),
        Column(
            "reference", "number", "predicted reference value, fitted without the school", unit=_POINTS, nullable=True
        ),
        Column("reference_se", "number", "its standard error", unit=_POINTS, nullable=True),
        Column("effect", "number", "observed minus reference", unit=_POINTS, nullable=True),
        Column("effect_se", "number", "its standard error", unit=_POINTS, nullable=True),
        Column("effect_shrunken", "number", "empirical Bayes estimate", unit=_POINTS, nullable=True),
        Column("effect_shrunken_se", "number", "its conditional standard deviation", unit=_POINTS, nullable=True),
        Column("reliability", "number", "share of true variance in the observed effect", unit="0-1", nullable=True),
    ),
    key=("brinvest", "step", "domain", "scale"),
)

MODEL_TERMS = Table(
    "model_terms",
    "one coefficient of a reference model a row, fitted on all schools",
    (
        _STEP,
        _DOMAIN,
        _SCALE,
        Column("term", "text", "covariate, or sigma2 and tau2 (variances within and between schools)"),
        Column("estimate", "number", "estimate; empty for a covariate that was dropped", nullable=True),
        Column("se", "number", "standard error; empty for variances", nullable=True),
    ),
    key=("step", "domain", "scale", "term"),
)

REPORT = Table(
    "report",
    "what one school's report may show: rounded and after disclosure control, one step and domain a row",
    (
        _BRINVEST,
        _DOMAIN,
        _STEP,
        Column("scale", "text", "code of the ability scale; empty without growth", nullable=True),
        Column("status", "text", "shown, or why nothing is", allowed=REPORT_STATES),
        Column("n_pupils", "integer", "pupils with growth", unit="pupils", nullable=True),
        Column("n_without_growth", "integer", "pupils with a result but no growth", unit="pupils", nullable=True),
        Column("n_results_other_scale", "integer", "results on two scales", unit="results", nullable=True),
        Column("mean_growth", "number", "mean growth of the school", unit=_POINTS, nullable=True),
        Column("mean_growth_low", "number", "lower bound of its 95 % interval", unit=_POINTS, nullable=True),
        Column("mean_growth_high", "number", "upper bound of its 95 % interval", unit=_POINTS, nullable=True),
        Column("standardised", "number", "growth minus national mean", unit="SD of school means", nullable=True),
        Column("standardised_low", "number", "lower bound", unit="SD of school means", nullable=True),
        Column("standardised_high", "number", "upper bound", unit="SD of school means", nullable=True),
        Column("national_pupils", "integer", "pupils in the national mean", unit="pupils", nullable=True),
        Column("national_mean", "number", "national mean growth", unit=_POINTS, nullable=True),
        Column("model", "text", "fitted, or why there is no reference", allowed=MODEL_STATES, nullable=True),
        Column("reference", "number", "predicted reference value", unit=_POINTS, nullable=True),
        Column("reference_low", "number", "lower bound of its 95 % interval", unit=_POINTS, nullable=True),
        Column("reference_high", "number", "upper bound of its 95 % interval", unit=_POINTS, nullable=True),
        Column("effect", "number", "observed minus reference", unit=_POINTS, nullable=True),
        Column("effect_low", "number", "lower bound of its 95 % interval", unit=_POINTS, nullable=True),
        Column("effect_high", "number", "upper bound of its 95 % interval", unit=_POINTS, nullable=True),
        Column("effect_shrunken", "number", "empirical Bayes estimate", unit=_POINTS, nullable=True),
        Column("reliability", "number", "share of true variance in the effect", unit="0-1", nullable=True),
    ),
    key=("brinvest", "domain", "step", "scale"),
)

TABLES = (
    BOARDS,
    SCHOOLS,
    SCHOOL_BOARDS,
    APPROVALS,
    OBJECTIONS,
    PUPILS,
    RESULTS,
    FINDINGS,
    QUARANTINE,
    ACCOUNT,
    GROWTH,
    COVERAGE,
    NATIONAL,
    REFERENCE,
    MODEL_TERMS,
    REPORT,
)


def data_dictionary() -> str:
    """Return the data dictionary of all canonical tables as Markdown (`docs/data-dictionary.md`)."""
    return schema.data_dictionary(TABLES)
