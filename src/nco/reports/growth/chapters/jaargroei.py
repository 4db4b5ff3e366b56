"""Growth over a year: the last two half-years together, each as the report of its round told it.

Nothing is compared anew: what is higher or lower than elsewhere is in those reports.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from nco.base.dutch import domain_name, location, step_code, texts
from nco_utils.steps import STEPS, year_before

from ...blocks import Cell, Table
from ..rows import ReportRow, step_order
from ..sentences import domain_slug
from ..slices import Growth, SchoolPart, Slice
from . import bounds, by_domain, columns


@dataclass(frozen=True)
class OverYear:
    """The last half-year of a jaargroep and the one before it, of one school, on one scale."""

    school: Slice | SchoolPart
    before: ReportRow
    last: ReportRow

    @property
    def growth(self) -> float | None:
        """The growth of both together, in points; None where points are not shown."""
        return _sum(self.before.mean_growth, self.last.mean_growth)

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Between what that lies: of both ends together, which is too wide rather than too narrow.

        How far the two go together is not published; whatever it is, the standard error of the sum is at most the sum.
        """
        return (
            _sum(self.before.mean_growth_low, self.last.mean_growth_low),
            _sum(self.before.mean_growth_high, self.last.mean_growth_high),
        )

    @property
    def country(self) -> float | None:
        """The growth of the country in both together, in points."""
        return _sum(self.before.national_mean, self.last.national_mean) if self.growth is not None else None


def years(report: Growth) -> list[OverYear]:
    """Return every jaargroep of which both last half-years may be shown, on one scale, by domain and grade."""
    return [year for school in report.of_schools for year in _of_school(school)]


def intro(report: Growth) -> str:
    """Return of which rounds it is and how it is read, or that there is no year to tell."""
    words = texts("year_growth")
    if not (found := years(report)):
        return words["none"]
    told = [words["intro"], words["rounds"].format(first=_half(found[0].before), last=_half(found[0].last))]
    return " ".join([*told, words["interval"] if any(year.growth is not None for year in found) else words["no_sum"]])


def tables(report: Growth) -> list[Table]:
    """Return a table a domain: both half-years and the year together, of every jaargroep, beside the country."""
    found = years(report)
    return [_table(report, domain, found) for domain in by_domain(year.last for year in found)]


def _table(report: Growth, domain: str, found: Iterable[OverYear]) -> Table:
    words = texts("year_growth")
    here = [year for year in found if year.last.domain == domain]
    points = any(year.growth is not None for year in here)
    many = len(report.of_schools) > 1
    titles = [*([words["school"]] if many else []), *words["header" if points else "header_standardised"]]
    kinds = ["words"] * (len(titles) - (5 if points else 2))
    numbers = ["number", "number", "number", "interval", "number"] if points else ["number", "number"]
    rows = tuple((*_named(year, many), *_figures(year, points)) for year in here)
    caption = words["caption" if points else "caption_standardised"].format(domain=domain_name(domain))
    return Table(f"tabel-jaargroei-{domain_slug(domain)}", caption, columns(titles, *kinds, *numbers), rows)


def _named(year: OverYear, many: bool) -> tuple[str, ...]:
    grade = texts("year_growth")["steps"].format(first=step_code(year.before.step), last=step_code(year.last.step))
    return (*((_school(year.school),) if many else ()), grade)


def _school(school: Slice | SchoolPart) -> str:
    return f"{school.school_name} ({location(school.brinvest)})"


def _figures(year: OverYear, points: bool) -> tuple[Cell, ...]:
    if not points:
        return year.before.standardised, year.last.standardised
    return year.before.mean_growth, year.last.mean_growth, year.growth, bounds(*year.interval), year.country


def _of_school(school: Slice | SchoolPart) -> list[OverYear]:
    shown = [row for row in school.results if row.shown]
    known = {_key(row): row for row in [*shown, *(then.row for then in school.history if then.status == "shown")]}
    ends = [row.step.split("-")[1][0] for row in shown]
    newest = max(ends, key=STEPS.order, default="")
    found = []
    for row in sorted(shown, key=lambda row: step_order(row.step)):
        begin, end = row.step.split("-")
        if end[0] != newest:
            continue
        over = STEPS.over_summer(end[0])
        year = year_before(row.school_year) if over else row.school_year
        before = known.get((row.domain, STEPS.name(begin[0], int(begin[1:])), year, row.scale))
        if before is not None:
            found.append(OverYear(school, before, row))
    return found


def _key(row: ReportRow) -> tuple[str, str, str, str | None]:
    return row.domain, row.step, row.school_year, row.scale


def _half(row: ReportRow) -> str:
    """A half-year as readers know the rounds: the moment at which it ends, and the school year."""
    moment = texts("moments")[row.step.split("-")[1][0]]
    return texts("year_growth")["half"].format(moment=moment, year=row.school_year)


def _sum(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else round(one + other, 1)
