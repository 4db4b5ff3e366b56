"""Every table that there is, in the order in which they are made, and the data dictionary that describes them."""

from nco.register import delivery_tables
from nco_utils import tables

from . import shown_tables
from .delays import delay_tables

TABLES = (
    tables.BOARDS,
    tables.SCHOOLS,
    tables.SCHOOL_BOARDS,
    tables.APPROVALS,
    tables.OBJECTIONS,
    tables.PUPILS,
    tables.SCHOOL_TRAITS,
    tables.REFERENCE_LEVELS,
    tables.RESULTS,
    tables.RESULTS_OUTSIDE,
    delivery_tables.DOMAIN_SCORES,
    delivery_tables.FINDINGS,
    delivery_tables.QUARANTINE,
    delivery_tables.ACCOUNT,
    tables.GROWTH,
    shown_tables.BLOCKS,
    tables.COVERAGE,
    tables.WITHDRAWN,
    tables.NATIONAL,
    tables.FIGURES,
    tables.REFERENCE,
    tables.MODEL_TERMS,
    tables.MODEL_NOTES,
    tables.MODEL_SETTINGS,
    shown_tables.SUPPRESSED,
    shown_tables.REPORT,
    shown_tables.ALL_TESTS,
    shown_tables.POOLED,
    shown_tables.TREND,
    shown_tables.HISTORY,
    shown_tables.CLASS_LEVELS,
    shown_tables.POOLED_GROUPS,
    shown_tables.CATEGORIES,
    shown_tables.BOARD_REPORT,
    shown_tables.COUNTRY,
    shown_tables.LEVEL_COUNTS,
    shown_tables.LEVELS,
    *delay_tables.COMPUTED,
    *delay_tables.SHOWN,
)

# What the national notebook of the growth reports writes: of a variant, and of the release also table growth.
OF_VARIANT = (
    shown_tables.BLOCKS,
    tables.COVERAGE,
    tables.NATIONAL,
    tables.FIGURES,
    tables.REFERENCE,
    tables.MODEL_TERMS,
    tables.MODEL_NOTES,
    tables.MODEL_SETTINGS,
)
OF_GROWTH = (tables.GROWTH, *OF_VARIANT)
# The same of the reports on the school closures.
OF_COVID = (
    tables.GROWTH,
    shown_tables.BLOCKS,
    tables.COVERAGE,
    tables.NATIONAL,
    tables.FIGURES,
    *delay_tables.COMPUTED,
)


def data_dictionary() -> str:
    """Return the data dictionary of all tables as Markdown (`docs/data-dictionary.md`)."""
    lines = [
        "# Data dictionary",
        "",
        "Made from the declarations of the tables by `make docs`; do not edit by hand.",
        "",
    ]
    for table in TABLES:
        lines += [f"## {table.name}", "", f"{table.meaning[0].upper()}{table.meaning[1:]}.", ""]
        lines += [f"Unique: {', '.join(f'`{name}`' for name in table.key)}.", ""]
        lines += ["| column | kind | meaning | unit | values |", "|---|---|---|---|---|"]
        for column in table.columns:
            values = ", ".join(column.allowed) or (f"`{column.pattern}`" if column.pattern else "")
            values += " (may be empty)" if column.nullable else ""
            values += " as `params/names.yml` says" if column.printed else ""
            lines.append(f"| `{column.name}` | {column.kind} | {column.meaning} | {column.unit} | {values.strip()} |")
        lines.append("")
    return "\n".join(lines)
