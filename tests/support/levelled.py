"""Schools with levels and earlier school years for the school analysis: what their slices hold."""

from collections.abc import Iterable
from dataclasses import fields, replace

from nco.reports.growth.rows import ReportRow, Then
from nco.reports.growth.slices import Slice

from .slicing import YEAR_BEFORE, judged, report

_OF_THEN = [field.name for field in fields(Then)]


def then(rows: Iterable[ReportRow]) -> tuple[Then, ...]:
    """The rows as table `history` has them."""
    return tuple(Then(**{name: getattr(row, name) for name in _OF_THEN}) for row in rows)


def followed(rows: Iterable[ReportRow], year: str = YEAR_BEFORE, **facts) -> Slice:
    """The slice of a school whose report of a year before showed the same, with other figures where they are given."""
    rows = list(rows)
    earlier, _, _ = judged([replace(row, school_year=year) for row in rows])
    return replace(report(rows), history=then(earlier), **facts)


def at(level: float, row: ReportRow, wide: float = 2.0, **facts) -> ReportRow:
    """The row with its level around a score: so much growth lower it began."""
    begin = level - (row.mean_growth or 0)
    return replace(row, mean_before_low=begin - wide / 2, mean_before_high=begin + wide / 2, **facts)
