"""The canonical tables of an analysis, each declared once: columns, types, units, allowed values.

Readers, suites, notebooks, documentation and tests refer to these declarations; nothing else says what a table looks
like. What can be done with a table (`schema`) is found here too, and so are the words of the tables (`columns`) and the
tables that are computed (`computed`).
"""

from . import columns
from .columns import ALL as ALL
from .columns import (
    BOARD_PATTERN,
    MOMENTS,
    PROVIDERS,
    SECTORS,
    UNKNOWN,
    VENDORS,
    YEAR_PATTERN,
    YES_NO,
)
from .columns import BRIN_PATTERN as BRIN_PATTERN
from .columns import BRINVEST_PATTERN as BRINVEST_PATTERN
from .columns import DOMAINS as DOMAINS
from .columns import ESTIMATORS as ESTIMATORS
from .columns import MODEL_STATES as MODEL_STATES
from .columns import STEP_PATTERN as STEP_PATTERN
from .computed import COVERAGE as COVERAGE
from .computed import FIGURES as FIGURES
from .computed import GROWTH as GROWTH
from .computed import MODEL_NOTES as MODEL_NOTES
from .computed import MODEL_SETTINGS as MODEL_SETTINGS
from .computed import MODEL_TERMS as MODEL_TERMS
from .computed import NATIONAL as NATIONAL
from .computed import REFERENCE as REFERENCE
from .computed import WITHDRAWN as WITHDRAWN
from .schema import Column, Table
from .schema import conform as conform
from .schema import empty as empty
from .schema import read as read
from .schema import write as write

UNIT_KEYS = list(columns.names(columns.UNIT))
BLOCK_KEYS = list(columns.names(columns.UNIT_OF_SUPPRESSION))
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

# Exclusive classes, as in DUO's open data: a pupil counts in one of them.
LEVEL_CLASSES = {
    "n_below_1f": "pupils below 1F",
    "n_1f": "pupils with 1F, and not 1S (rekenen) or 2F",
    "n_2f_or_1s": "pupils with 1S (rekenen) or 2F",
}
REFERENCE_LEVELS = Table(
    "reference_levels",
    "reference levels at the end of groep 8 (background/reference_levels.csv), one subject of a school year a row",
    (
        columns.BRINVEST,
        Column("school_year", "text", "school year of the test", pattern=YEAR_PATTERN),
        Column("subject", "text", "subject", allowed=("lezen", "taalverzorging", "rekenen")),
        *(Column(name, "integer", meaning, unit="pupils", nullable=True) for name, meaning in LEVEL_CLASSES.items()),
    ),
    key=("brinvest", "school_year", "subject"),
)

REGISTER = (BOARDS, SCHOOLS, APPROVALS, OBJECTIONS, SCHOOL_BOARDS)
BACKGROUND = {"pupils.csv": PUPILS, "schools.csv": SCHOOL_TRAITS, "reference_levels.csv": REFERENCE_LEVELS}

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
