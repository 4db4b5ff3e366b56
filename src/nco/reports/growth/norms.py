"""With what a level is compared: the national mean, schools of the same schoolweging class, or a development line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar, get_args

from nco.base import all_settings
from nco.base.all_settings import Norm
from nco.base.dutch import texts
from nco_utils.steps import STEPS

from ..blocks import Block, Item, options
from .rows import ReportRow
from .slices import BoardSlice, SchoolPart, Slice
from .verdicts import Rule

NATIONAL, CLASS, LINE_1F, LINE_2F = NORMS = get_args(Norm)
_Report = TypeVar("_Report", Slice, BoardSlice)


def value(report: Slice | SchoolPart, result: ReportRow, norm: str) -> float | None:
    """Return a norm at the later moment of a step; None where the test has none, or it may not be told."""
    match norm:
        case "national":
            return result.national_level
        case "class":
            return _of_class(report, result)
    line = all_settings.load().norms.lines.get(str(result.scale), {}).get(norm)  # type: ignore[call-overload]
    return round(line.end - line.step * steps_left(result), 1) if line else None


def chosen(report: Slice, results: list[ReportRow]) -> str:
    """Return the norm for the results of a domain: the one that was chosen where any has it, else the national mean."""
    known = any(value(report, result, report.norm) is not None for result in results)
    return report.norm if known else NATIONAL


def steps_left(result: ReportRow) -> int:
    """Return how many steps come after this one, up to the end of the last grade."""
    years = STEPS.last_grade - int(result.moment[1:])
    here = STEPS.ends.index(result.moment[0])
    return (years + 1) * len(STEPS.ends) - here - 1


def beside_each(
    report: _Report, known: Callable[[str], bool], make: Callable[[_Report], Item], called: Mapping[str, str]
) -> list[str | Block] | Item:
    """Return what `make` makes of a report beside the chosen norm, and beside the others for who chooses on the page.

    known: whether a norm is known of any figure; called: how each is called. What is the same beside every norm is
    there once; a figure that there is not beside the chosen one, is not there.
    """
    names = [name for name in NORMS if known(name)]
    first = report.norm if report.norm in names else NATIONAL
    chosen, *others = [(first, make(report))] + [
        (name, make(replace(report, norm=name))) for name in names if name != first
    ]
    is_text = isinstance(chosen[1], str)
    if not (chosen[1] or is_text) or all(made == chosen[1] for _, made in others):
        return chosen[1]
    lacking = "" if is_text else texts("school_analysis")["no_figure"]
    return options((name, called[name], made or lacking) for name, made in (chosen, *others))


def _of_class(report: Slice | SchoolPart, result: ReportRow) -> float | None:
    step = result.domain, result.step, result.scale, result.school_year
    found = (each for each in report.class_levels if (each.domain, each.step, each.scale, each.school_year) == step)
    return next((each.level for each in found), None)


@dataclass(frozen=True)
class Part:
    """What the figures of the school analysis show of a domain: its steps of all school years, on one scale.

    norm: the one that they are compared with; values: of it, by step and school year.
    """

    domain: str
    norm: str
    rows: tuple[ReportRow, ...]
    values: Mapping[tuple[str, str], float | None]

    @property
    def known(self) -> bool:
        """Whether the norm is known of any step."""
        return any(value is not None for value in self.values.values())

    def value(self, row: ReportRow) -> float | None:
        """Return the norm at the later moment of a step."""
        return self.values.get((row.step, row.school_year))

    def verdict(self, row: ReportRow) -> str | None:
        """Return what the rule of verdicts says of the level against the norm."""
        return Rule.level(row.level, self.value(row))

    def apart(self, row: ReportRow) -> tuple[float, float] | None:
        """Return between what the level lies above the norm; None where either is not known."""
        (low, high), norm = row.level, self.value(row)
        return None if low is None or high is None or norm is None else (round(low - norm, 1), round(high - norm, 1))

    def at(self, step: str, school_year: str) -> ReportRow | None:
        """Return the row of a step in a school year."""
        return next((row for row in self.rows if (row.step, row.school_year) == (step, school_year)), None)
