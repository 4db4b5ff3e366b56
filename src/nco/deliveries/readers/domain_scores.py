"""Scores by category of a test (domeinscores): right answers of all items, as `getallen=12/20|verbanden=3/8`.

They are read strictly, and stand beside a result: what is wrong with them never keeps the result itself out.
"""

import re
from collections.abc import Mapping

import pandas as pd

from nco.register.domain_scores import split
from nco_utils.params import Scale

from .coded import coded, joined, plain

PATTERN, IMPOSSIBLE, UNKNOWN = "pattern", "impossible", "unknown"
_ONE = r"[a-z](?:[a-z -]{0,38}[a-z])?=[0-9]{1,3}/[0-9]{1,3}"
_CELL = re.compile(rf"{_ONE}(?:\|{_ONE}){{0,19}}")


def facts(cells: pd.Series, scale: pd.Series, scales: Mapping[str, Scale]) -> dict[str, pd.Series]:
    """Return domain_scores, empty where a cell has a fault, and domain_scores_fault: its first one, of the three.

    cells: text; scale: categories. Of a scale that is not known the names are not judged.
    """
    names = {code: frozenset(each.categories) for code, each in scales.items()}
    in_codes = cells if isinstance(cells.dtype, pd.CategoricalDtype) else coded(cells)

    def judged(texts: pd.Series, of: pd.Series) -> pd.Series:
        return pd.Series([_fault(*pair, names) for pair in zip(texts, of, strict=True)], dtype="str")

    fault = joined(in_codes, scale, judged)
    text = plain(in_codes)
    return {"domain_scores": text.where(fault.isna()), "domain_scores_fault": plain(fault)}


def _fault(cell: str | None, scale: str | None, names: Mapping[str, frozenset[str]]) -> str | None:
    if not isinstance(cell, str):
        return None
    if not _CELL.fullmatch(cell):
        return PATTERN
    parts = split(cell)
    if len({name for name, *_ in parts}) < len(parts) or any(right > items or items == 0 for _, right, items in parts):
        return IMPOSSIBLE
    known = names.get(scale) if isinstance(scale, str) else None
    return UNKNOWN if known is not None and not known.issuperset(name for name, *_ in parts) else None
