"""Every canonical table, declared once: columns, types, units, allowed values.

Readers, suites, notebooks, documentation and tests refer to these declarations; nothing else says
what a table looks like. What can be done with a table (`schema`) is found here too, and so are the words
of the tables (`columns`) and the tables that are computed (`figure_tables`).
"""

from . import columns, schema
from .columns import ALL as ALL
from .columns import (
    BOARD_PATTERN,
    BRINVEST_PATTERN,
    MOMENTS,
    PROVIDERS,
    QUARANTINE_LEVELS,
    SECTORS,
    SEVERITIES,
    UNKNOWN,
    VENDORS,
    YEAR_PATTERN,
    YES_NO,
)
from .columns import BRIN_PATTERN as BRIN_PATTERN
from .columns import DOMAINS as DOMAINS
from .columns import ESTIMATORS as ESTIMATORS
from .columns import MODEL_STATES as MODEL_STATES
from .columns import REASONS as REASONS
from .columns import REPORT_STATES as REPORT_STATES
from .columns import SPREADS as SPREADS
from .columns import STEP_PATTERN as STEP_PATTERN
from .computed import (
    BLOCKS,
    BOARD_REPORT,
    COUNTRY,
    COVERAGE,
    FIGURES,
    GROWTH,
    MODEL_NOTES,
    MODEL_SETTINGS,
    MODEL_TERMS,
    NATIONAL,
    POOLED,
    REFERENCE,
    REPORT,
    SUPPRESSED,
    WITHDRAWN,
)
from .schema import Column, Table
from .schema import conform as conform
from .schema import empty as empty
from .schema import read as read
from .schema import write as write

UNIT_KEYS = list(columns.names(columns.UNIT))
BLOCK_KEYS = list(columns.names(columns.BLOCK))
MODEL_KEYS = list(columns.names(columns.MODEL))

BOARDS = Table(
    "boards",
    "enrolled school boards (schoolbesturen)",
    (
        Column("board_number", "text", "bestuursnummer", pattern=BOARD_PATTERN),
        Column("board_name", "text", "name of the board", printed=True),
        Column("contract_received_on", "date", "day the signed contract was received", nullable=True),
    ),
    key=("board_number",),
)

SCHOOLS = Table(
    "schools",
    "enrolled school locations",
    (
        columns.BRINVEST,
        Column("school_name", "text", "name of the school", printed=True),
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
        columns.BRINVEST,
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
        columns.BRINVEST,
        Column("school_year", "text", "school year that is approved", pattern=YEAR_PATTERN),
        Column("approved_on", "date", "day of the approval"),
    ),
    key=("brinvest", "school_year"),
)

OBJECTIONS = Table(
    "objections",
    "objections of parents (bezwaren): these pupils leave before anything is computed",
    (
        columns.BRINVEST,
        columns.PUPIL,
        Column("received_on", "date", "day the objection was received"),
    ),
    key=("brinvest", "pupil_id"),
)

PUPILS = Table(
    "pupils",
    "background of the pupils; an unknown trait is a category of its own",
    (
        columns.BRINVEST,
        columns.PUPIL,
        Column("sex", "text", "sex", allowed=("jongen", "meisje", UNKNOWN)),
        Column(
            "ses_class",
            "text",
            "socio-economic status of the parents, in fourths of the population",
            allowed=("laag", "middenlaag", "middenhoog", "hoog", UNKNOWN),
        ),
        Column("minority", "text", "belongs to an ethnic minority", allowed=YES_NO),
        Column("repeated_grade", "text", "has repeated a grade (doublure)", allowed=YES_NO),
        Column("education", "text", "highest education of the parents", allowed=("laag", "midden", "hoog", UNKNOWN)),
        Column("migration", "text", "migration background", allowed=("geen", "westers", "niet_westers", UNKNOWN)),
        Column("household", "text", "parents in the household", allowed=("twee_ouders", "anders", UNKNOWN)),
        Column(
            "income",
            "text",
            "income of the household",
            allowed=("onder_modaal", "midden", "boven_2x_modaal", UNKNOWN),
        ),
        Column("months_older", "number", "age above the middle of the cohort", unit="months", nullable=True),
    ),
    key=("brinvest", "pupil_id"),
)

SCHOOL_TRAITS = Table(
    "school_traits",
    "background of the school locations (background/schools.csv); what is empty is unknown",
    (
        columns.BRINVEST,
        Column("size", "integer", "pupils of the school", unit="pupils", nullable=True),
        Column(
            "urbanity",
            "integer",
            "urbanity (stedelijkheid): 1 for 2,500 addresses per km2 or more, to 5 for fewer than 500 (CBS)",
            nullable=True,
        ),
        Column("schoolweging", "number", "school weighting (CBS), 20 favourable to 40", nullable=True),
        Column("denomination", "text", "denomination (denominatie)", nullable=True),
    ),
    key=("brinvest",),
)

REGISTER = (BOARDS, SCHOOLS, APPROVALS, OBJECTIONS, SCHOOL_BOARDS)
BACKGROUND = {"pupils.csv": PUPILS, "schools.csv": SCHOOL_TRAITS}

RESULTS = Table(
    "results",
    "one test result a row",
    (
        Column("vendor", "text", "supplier of the delivery", allowed=VENDORS),
        Column("provider", "text", "publisher of the test (toetsaanbieder)", allowed=PROVIDERS),
        columns.BRINVEST,
        columns.PUPIL,
        columns.DOMAIN,
        Column("test_code", "text", "code of the test as delivered"),
        columns.SCALE,
        Column("school_year", "text", "school year of the test", pattern=YEAR_PATTERN),
        Column("moment", "text", "toetsmoment: begin, midden or eind", allowed=MOMENTS),
        Column("grade", "integer", "jaargroep of the pupil at the test"),
        Column("test_level", "text", "level of the test, such as M8; may differ from the jaargroep"),
        Column("test_date", "date", "date of the test"),
        Column("score", "number", "ability score (vaardigheidsscore)", unit=columns.POINTS),
        Column("source_file", "text", "delivered file, relative to the round's export folder"),
        Column("source_row", "integer", "row in that file, as docs/formats.md counts; the header is row 1"),
        columns.GROUP,
    ),
    key=("brinvest", "pupil_id", "test_code", "scale", "test_date"),
)

RESULTS_OUTSIDE = Table(
    "results_outside",
    "results as in table results, of a test taken outside the window of its moment: counted, never used",
    RESULTS.columns,
    key=RESULTS.key,
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
        Column("column", "text", "column in the file, in the supplier's own name; several with commas", nullable=True),
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

TABLES = (
    BOARDS,
    SCHOOLS,
    SCHOOL_BOARDS,
    APPROVALS,
    OBJECTIONS,
    PUPILS,
    SCHOOL_TRAITS,
    RESULTS,
    RESULTS_OUTSIDE,
    FINDINGS,
    QUARANTINE,
    ACCOUNT,
    GROWTH,
    BLOCKS,
    COVERAGE,
    WITHDRAWN,
    NATIONAL,
    FIGURES,
    REFERENCE,
    MODEL_TERMS,
    MODEL_NOTES,
    MODEL_SETTINGS,
    SUPPRESSED,
    REPORT,
    POOLED,
    BOARD_REPORT,
    COUNTRY,
)


def data_dictionary() -> str:
    """Return the data dictionary of all canonical tables as Markdown (`docs/data-dictionary.md`)."""
    return schema.data_dictionary(TABLES)
