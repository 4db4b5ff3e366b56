"""The suite of table results, made of the table's declaration: `make docs` writes it to `expectations/results.json`."""

import json
from typing import Any

from nco.base.dutch import texts
from nco_utils.tables import RESULTS

NAME = "results"


def declared() -> dict[str, Any]:
    """Return the suite: what RESULTS declares of its columns and its key, each as an expectation with a rule."""
    found = []
    for column in RESULTS.columns:
        if not column.nullable:
            found.append(_rule("expect_column_values_to_not_be_null", "missing", column.name))
        if column.allowed:
            values = {"value_set": list(column.allowed)}
            found.append(_rule("expect_column_values_to_be_in_set", "unknown", column.name, **values))
        if column.pattern:
            found.append(_rule("expect_column_values_to_match_regex", "pattern", column.name, regex=column.pattern))
    found.append(_rule("expect_compound_columns_to_be_unique", "twice", None, column_list=list(RESULTS.key)))
    about = "What table results (nco_utils.tables) declares, as a suite; made by `make docs`."
    return {"name": NAME, "meta": {"about": about}, "expectations": found}


def _rule(kind: str, what: str, column: str | None, **how: object) -> dict[str, Any]:
    words = texts("results_suite")
    named = {"column": column} if column else {}
    return {
        "type": kind,
        "kwargs": named | how,
        "severity": "critical",
        "meta": {
            "rule": f"{NAME}-{(column or 'key').replace('_', '-')}-{what}",
            **named,
            "nl": {"message": words[what].format(column=column), "action": words["action"]},
        },
    }


def text() -> str:
    """Return the suite as the text of its file."""
    return json.dumps(declared(), ensure_ascii=False, indent=2) + "\n"
