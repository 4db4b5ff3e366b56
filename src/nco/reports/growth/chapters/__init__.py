"""The figures, tables and sentences of each chapter, from the report's slice: one module a chapter.

Which of them a chapter shows, in which order and under which heading, is in its notebook (`notebooks/`). A function
returns nothing (an empty text or list, or None) where there is nothing to say. The texts are in `params/texts/nl.yml`.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from nco.base.dutch import capital, count, domain_name, listed, texts

from ...blocks import Cell, Drawing, Table, TableColumn
from ..rows import NOT_COMPARED, Overall, ReportRow
from ..sentences import Stepped, domain_slug, steps_named
from ..slices import Slice
from ..verdicts import COUNTRY, REFERENCE, Compared, Figure, Rule

Blocks = list[str | Drawing | Table]


class _OfDomain(Protocol):
    @property
    def domain(self) -> str: ...


_Row = TypeVar("_Row", bound=_OfDomain)


def domains(report: Slice) -> list[str]:
    """Return the domains of which the school has results, in the order of the report."""
    return list(by_domain(report.results))


def in_domain(results: Iterable[_Row], domain: str) -> list[_Row]:
    """Return the results of one domain."""
    return [result for result in results if result.domain == domain]


def together(report: Slice, domain: str) -> Overall:
    """Return all shown steps of a domain together; there must be one."""
    return next(each for each in report.overall if each.domain == domain)


def whole(report: Slice, domain: str, measure: str) -> Figure:
    """Return what tells the outcome of a domain: all its steps together, or the only step itself."""
    figure, shown = together(report, domain), in_domain(report.shown, domain)
    if not figure.in_points:
        return figure
    steps = [result for result in shown if getattr(result, measure) is not None] or shown
    return steps[0] if len(steps) == 1 and (getattr(figure, f"{measure}_n_steps") or 0) <= 1 else figure


def by_domain(results: Iterable[ReportRow]) -> dict[str, list[ReportRow]]:
    """Return the results of each domain, in the order in which they come."""
    found: dict[str, list[ReportRow]] = {}
    for result in results:
        found.setdefault(result.domain, []).append(result)
    return found


def has_reference(results: Sequence[ReportRow]) -> bool:
    """Whether any of the results has a predicted reference value to show."""
    return any(result.has_reference for result in results)


def compared_with(report: Slice) -> str:
    """Return what the figures of a school's report are compared with: the reference value, or else the country."""
    return REFERENCE if has_reference(report.shown) else COUNTRY


def outcome_word(figure: Compared, measure: str, rule: Rule) -> str:
    """Return the outcome of a figure that is shown in a few words, also where it is compared with nothing."""
    return texts("outcomes")[rule.verdict(figure, measure) or "unknown"]


def absent_word(results: Iterable[ReportRow]) -> str:
    """Return why none of the results has an outcome: not shown, no growth, or, where there are none, a dash."""
    status = {result.status for result in results}
    known = [("hidden", "hidden"), (NOT_COMPARED, "unknown")]
    found = next((word for name, word in known if name in status), "no_growth" if status else "none")
    return texts("outcomes")[found]


def period(figures: Iterable[Overall], year: str) -> str:
    """Return of which school years the differences of domains as a whole are, as the end of a caption."""
    known = (getattr(each, f"{measure}_n_years") for each in figures for measure in (COUNTRY, REFERENCE))
    n = max((n for n in known if n is not None), default=1)
    return texts("growth")["period_years" if n > 1 else "period"].format(n=count(n), year=year)


class Judged(Protocol):
    """A report whose figures are judged."""

    @property
    def false_discovery_rate(self) -> float:
        """The share of reports with a finding that may rest on chance."""


def chance(report: Judged) -> str:
    """Return how the report reckons with chance, for who reads that something stands out."""
    return texts("summary")["chance"].format(n=count(round(1 / report.false_discovery_rate)))


def compared(results: Iterable[ReportRow | Overall]) -> bool:
    """Whether any of the figures stands beside the country or its reference value."""
    return any(figure.effect is not None or figure.standardised is not None for figure in results)


def bounds(low: float | None, high: float | None) -> Cell:
    """Return an interval as a cell; nothing when it is not known."""
    return None if low is None or high is None else (low, high)


def begin(result: ReportRow) -> Cell:
    """Return between what the mean score at the earlier moment lies."""
    return bounds(result.mean_before_low, result.mean_before_high)


def columns(titles: Sequence[str], *kinds: str | tuple[str, int]) -> tuple[TableColumn, ...]:
    """Return the columns of a table; a kind may come with its number of decimals."""
    made = ((kind, 1) if isinstance(kind, str) else kind for kind in kinds)
    return tuple(TableColumn(title, *kind) for title, kind in zip(titles, made, strict=True))


def about_domain(domain: str) -> tuple[tuple[str, str], ...]:
    """Return what a table of one domain is of, for the workbook."""
    return ((texts("annex")["subject"], capital(domain_name(domain))),)


def higher_and_lower(verdicts: Iterable[tuple[str | None, Stepped]], words: dict[str, str]) -> str:
    """Return the steps of which the outcome is higher, and those of which it is lower; nothing when there are none.

    words: a text for each, with the steps to be filled in.
    """
    judged = list(verdicts)
    named = []
    for wanted in ("higher", "lower"):
        steps = [result for verdict, result in judged if verdict == wanted]
        if steps:
            named.append(words[wanted].format(steps=steps_named(steps)))
    return "; ".join(named)


def table_name(kind: str, domain: str) -> str:
    """Return the identifier of the annex's table of this kind (growth, reference, ... or a trait) for a domain."""
    return f"tabel-{texts('annex')['kinds'].get(kind, kind)}-{domain_slug(domain)}"


def in_workbook(*sheets: str) -> str:
    """Return the sentence that says on which sheets of the workbook the figures are; sheets: texts of the annex."""
    words = texts("annex")
    return on_sheets(*(words[f"{sheet}_sheet"] for sheet in sheets))


def on_sheets(*names: str) -> str:
    """Return the sentence that says on which sheets of the workbook the figures are, by the names of the sheets."""
    sentence: str = texts("report")["in_workbook" if len(names) == 1 else "in_workbooks"]
    return sentence.format(sheets=listed(f"*{name}*" for name in names))


def told_against(figure: Figure) -> str:
    """Return what a figure beside others is told against: its reference value; of one without, the country."""
    return REFERENCE if figure.has_reference else COUNTRY


def main_measure(figure: Figure) -> str | None:
    """Return what a figure is told against: its reference value, else the country; None where there is neither."""
    for measure in (REFERENCE, COUNTRY):
        if getattr(figure, measure) is not None:
            return measure
    return None
