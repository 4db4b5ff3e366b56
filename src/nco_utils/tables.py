"""Every canonical table, declared once: columns, types, units, allowed values.

Readers, suites, notebooks, documentation and tests refer to these declarations; nothing else says
what a table looks like.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from .errors import ContractError

Kind = Literal["text", "integer", "number", "date", "flag"]

_PANDAS_TYPES = {"text": "str", "integer": "Int64", "number": "float64", "date": "datetime64[s]", "flag": "bool"}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning, unit, allowed values, pattern and whether it may be empty."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    pattern: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One canonical table: its columns in order and the columns that together are unique."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def column_names(self) -> list[str]:
        """The names of the columns, in order."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> Column:
        """The declaration of one column; KeyError when the table has none of that name."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


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
    ),
    key=("brinvest",),
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
    APPROVALS,
    OBJECTIONS,
    PUPILS,
    RESULTS,
    FINDINGS,
    GROWTH,
    COVERAGE,
    NATIONAL,
    REFERENCE,
    MODEL_TERMS,
    REPORT,
)


def conform(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return `frame` with exactly the table's columns, in order and of the declared types.

    Raises ContractError, naming table and column, for a missing column, a type that cannot be
    had, an empty value in a column that may have none, a value that is not allowed or a key that
    stands twice.
    """
    missing = [name for name in table.column_names if name not in frame.columns]
    if missing:
        raise ContractError(f"Table {table.name} lacks the column(s) {', '.join(missing)}.")
    checked = {column.name: _conform_column(frame[column.name], column, table.name) for column in table.columns}
    result = pd.DataFrame(checked, columns=table.column_names).reset_index(drop=True)
    if result.duplicated(list(table.key)).any():
        raise ContractError(f"Table {table.name} has two rows with the same {', '.join(table.key)}.")
    return result


def _conform_column(values: pd.Series, column: Column, table_name: str) -> pd.Series:
    where = f"Table {table_name}, column {column.name}"
    try:
        typed = values.astype(_PANDAS_TYPES[column.kind])
    except (TypeError, ValueError):
        # `from None`: the original message would quote a value
        raise ContractError(f"{where}: a value is not of kind {column.kind}.") from None
    empty = typed.isna()
    if empty.any() and not column.nullable:
        raise ContractError(f"{where}: {int(empty.sum())} value(s) are empty.")
    present = typed[~empty]
    if column.allowed and not present.isin(column.allowed).all():
        raise ContractError(f"{where}: a value is not one of {', '.join(column.allowed)}.")
    if column.pattern and not present.str.match(column.pattern).all():
        raise ContractError(f"{where}: a value does not match {column.pattern}.")
    return typed


def empty(table: Table) -> pd.DataFrame:
    """Return the table without rows."""
    return conform(pd.DataFrame({name: [] for name in table.column_names}), table)


def write(frame: pd.DataFrame, table: Table, folder: Path) -> Path:
    """Write the table as Parquet into `folder` under its own name, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{table.name}.parquet"
    partial = target.with_suffix(".parquet.partial")
    conform(frame, table).to_parquet(partial, index=False)
    partial.replace(target)
    return target


def read(table: Table, folder: Path) -> pd.DataFrame:
    """Read a table that `write` made; raises ContractError when it is not there."""
    path = folder / f"{table.name}.parquet"
    if not path.is_file():
        raise ContractError(f"{path} does not exist: run the step that makes the table {table.name} first.")
    return conform(pd.read_parquet(path), table)


def data_dictionary() -> str:
    """Return the data dictionary of all canonical tables as Markdown (`docs/data-dictionary.md`)."""
    lines = ["# Data dictionary", "", "Made from `nco_utils.tables` by `make docs`; do not edit by hand.", ""]
    for table in TABLES:
        lines += [f"## {table.name}", "", f"{table.meaning[0].upper()}{table.meaning[1:]}.", ""]
        lines += [f"Unique: {', '.join(f'`{name}`' for name in table.key)}.", ""]
        lines += ["| column | kind | meaning | unit | values |", "|---|---|---|---|---|"]
        for column in table.columns:
            values = ", ".join(column.allowed) or (f"`{column.pattern}`" if column.pattern else "")
            values += " (may be empty)" if column.nullable else ""
            lines.append(f"| `{column.name}` | {column.kind} | {column.meaning} | {column.unit} | {values.strip()} |")
        lines.append("")
    return "\n".join(lines)
