"""The tables of deliveries: findings, what is set aside, how every row ended; and the domain scores of results."""

from nco_utils.tables.columns import BRINVEST_PATTERN, VENDORS
from nco_utils.tables.schema import Column, Table

QUARANTINE_LEVELS = ("file", "school", "row")
SEVERITIES = ("error", "warning", "info")


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

DOMAIN_SCORES = Table(
    "domain_scores",
    "the scores by category of a test, of the results that have them: one result a row",
    (
        Column("source_file", "text", "delivered file, as in table results"),
        Column("source_row", "integer", "row in that file"),
        Column("domain_scores", "text", "right answers of all items by category: getallen=12/20|verbanden=3/8"),
    ),
    key=("source_file", "source_row"),
)
