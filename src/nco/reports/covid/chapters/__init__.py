"""The figures, tables and sentences of each chapter on the school closures: one module a chapter.

Which of them a chapter shows is in its notebook (`notebooks/covid-....ipynb`); the texts are in `params/texts/nl.yml`.
"""

from collections.abc import Iterable

from nco.base.dutch import listed, number, texts
from nco_utils.tables import DOMAINS

from ...blocks import Cell
from ...growth.verdicts import Rule
from ..slices import Delay, Slice

DELAY = "delay"  # the measure beside the years before; beside the country it is `verdicts.COUNTRY`


def domains(report: Slice) -> list[str]:
    """Return the domains of which the school has results, in the order of reports."""
    return [domain for domain in DOMAINS if in_domain(report.steps, domain)]


def in_domain(rows: Iterable[Delay], domain: str) -> list[Delay]:
    """Return the rows of one domain."""
    return [row for row in rows if row.domain == domain]


def together(report: Slice, domain: str) -> Delay | None:
    """Return all shown steps of a domain together; None where none is shown."""
    return next(iter(in_domain(report.overall, domain)), None)


def places(value: float) -> str:
    """Return a size in places, in the singular for 1."""
    words = texts("covid")["places"]
    return f"{number(abs(value))} {words['one' if abs(value) == 1 else 'more']}"


def more(value: float) -> str:
    """Return whether growth was more or less, as a word behind its size."""
    word: str = texts("covid")["more"]["lower" if value < 0 else "higher"]
    return word


def outcome(row: Delay | None, measure: str, rule: Rule) -> str:
    """Return the outcome of a figure in a few words, or why there is none."""
    if row is None or not row.shown:
        return texts("covid")["words"][row.status if row else "none"]
    return texts("outcomes")[rule.verdict(row, measure) or "unknown"]


def interval(low: float | None, high: float | None) -> Cell:
    """Return an interval as a cell; nothing when it is not known."""
    return None if low is None or high is None else (low, high)


def apart(row: Delay, measure: str = DELAY) -> bool:
    """Return whether the interval of a difference does not hold zero, which alone does not make it clear."""
    low, high = (getattr(row, f"{measure}_{end}") for end in ("low", "high"))
    return low is not None and high is not None and (low > 0 or high < 0)


def years(report: Slice) -> str:
    """Return the years before, in words."""
    return listed(report.before)


def in_workbook(*sheets: str) -> str:
    """Return the sentence that says on which sheets of the workbook the figures are."""
    words = texts("covid")
    named = listed(f"*{words['sheets'][sheet]}*" for sheet in sheets)
    sentence: str = texts("report")["in_workbook" if len(sheets) == 1 else "in_workbooks"]
    return sentence.format(sheets=named)
