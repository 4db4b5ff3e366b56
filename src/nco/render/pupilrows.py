"""Pupils' rows among what a notebook shows: a chapter is given a slice, but could read a table of pupils itself.

What reviewers get is looked through first. Rows are known by the pseudonyms in them, and by the names of columns that
only tables of pupils have; numbers without any name cannot be told from a school's own.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from nco.base.failures import RenderError
from nco.deliveries.pseudonyms import LENGTH
from nco.deliveries.readers import cito, esis, uwlr
from nco.disclosure import all_tables
from nco.reports.blocks import KIND
from nco_utils import tables
from nco_utils.tables import columns

if TYPE_CHECKING:
    from nbformat import NotebookNode

# 26 characters of base32, of which the last stands for three bits, and a digit: no word has one within.
_PSEUDONYM = re.compile(rf"(?<![A-Za-z0-9])(?=[a-z]*[2-7])[a-z2-7]{{{LENGTH - 1}}}[aeimquy4](?![A-Za-z0-9])")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STYLED = re.compile(r"\x1b\[[0-9;]*m")
_FEW = 2  # names of a table of pupils in one text: one could be a word of a sentence
# Columns of pupils' tables that are words of a report too, and terms of the reference model.
_IN_REPORTS = {"growth", "group", "grade", "moment", "score", "days_between", "months_older"}
_KEYS = {"pupil_id", "delivered_id", "eckid"} | {dialect.PUPIL_COLUMN for dialect in (cito, esis, uwlr)}


def refuse(notebook: "NotebookNode") -> None:
    """Raise RenderError, naming chapter and cell and no value, when a cell of a notebook shows rows of pupils."""
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if what := shown_in(output):
                place = cell.metadata.get("nco", {"chapter": "?", "cell": number})
                raise RenderError(
                    f"chapter {place['chapter']}, cell {place['cell']} shows rows of pupils ({what}). A chapter may "
                    "show what is in its slice and nothing else: take that out."
                )


def shown_in(output: "NotebookNode") -> str | None:
    """Return by what an output of a cell shows pupils' rows, if it does."""
    is_block = bool(output.get("metadata", {}).get(KIND))
    for text in _texts(output):
        plain = _STYLED.sub("", text)
        if _PSEUDONYM.search(plain):
            return "pseudonyms"
        if is_block:  # of a report: its sentences may have any word
            continue
        words = set(_WORD.findall(plain))
        named = sorted(words & _KEYS) or sorted(words & _pupil_columns())
        if words & _KEYS or len(named) >= _FEW:
            return f"columns {', '.join(named)}"
    return None


@cache
def _pupil_columns() -> frozenset[str]:
    """The names that only columns of tables of pupils have."""
    of_pupils = [table for table in all_tables.TABLES if columns.PUPIL.name in table.column_names]
    others = {name for table in all_tables.TABLES if table not in of_pupils for name in table.column_names}
    traits = {column.name for column in tables.PUPILS.columns}
    return frozenset({name for table in of_pupils for name in table.column_names} - others - traits - _IN_REPORTS)


def _texts(output: "NotebookNode") -> Iterator[str]:
    """Every text of an output; not pictures, which are no text."""
    yield output.get("text", "")
    yield output.get("evalue", "")
    yield from output.get("traceback", [])
    for kind, value in output.get("data", {}).items():
        if isinstance(value, str) and (not kind.startswith("image/") or kind == "image/svg+xml"):
            yield value
        elif isinstance(value, dict | list):  # JSON
            yield repr(value)
