"""The figures, tables and sentences of each chapter on the school closures: one module a chapter.

Which of them a chapter shows is in its notebook (`notebooks/covid-....ipynb`); the texts are in `params/texts/nl.yml`.
"""

from nco.base.dutch import listed, number, texts
from nco_utils.tables import DOMAINS

from ...growth.chapters import in_domain, on_sheets
from ...growth.verdicts import Rule
from ..slices import Delay, Slice

DELAY = "delay"  # the measure beside the years before; beside the country it is `verdicts.COUNTRY`


def domains(report: Slice) -> list[str]:
    """Return the domains of which the school has results, in the order of reports."""
    return [domain for domain in DOMAINS if in_domain(report.steps, domain)]


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


def years(report: Slice) -> str:
    """Return the years before, in words."""
    return listed(report.before)


def in_workbook(*sheets: str) -> str:
    """Return the sentence that says on which sheets of the workbook the figures are."""
    return on_sheets(*(texts("covid")["sheets"][sheet] for sheet in sheets))
