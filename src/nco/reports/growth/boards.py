"""The schools of a board: their names and order, why one is not in a figure, and which of them are taken together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import hypot

from nco.base.dutch import texts

from .rows import NOT_COMPARED, Ends, Overall, ReportRow, middle
from .slices import BoardSlice, SchoolPart, Total
from .verdicts import COUNTRY, REFERENCE

SBO = "sbo"
Row = tuple[SchoolPart, Overall]


def named(school: SchoolPart) -> str:
    """Return how a school is called: of one for special education with `(sbo)` behind its name."""
    return texts("board")["sbo_name"].format(school=school.school_name) if school.sector == SBO else school.school_name


def alphabetical(schools: Iterable[SchoolPart]) -> list[SchoolPart]:
    """Return the schools in the one order that every table and figure has: by name."""
    return sorted(schools, key=lambda school: (school.school_name.casefold(), school.brinvest))


def with_figure(domain: str, report: BoardSlice) -> list[Row]:
    """Return the schools with a figure for the domain, by name, with all its steps together."""
    return [(school, each) for school in alphabetical(report.shown) for each in school.overall if each.domain == domain]


def drawn(domain: str, report: BoardSlice, in_sd: bool) -> tuple[str, list[Row]]:
    """Return beside what the schools of a figure stand, and those that are in it: the reference value, if any has one.

    in_sd: only those whose difference is known in standard deviations of school means.
    """
    rows = with_figure(domain, report)
    expected = [row for row in rows if row[1].effect is not None and not (in_sd and _in_sd(row[1]) is None)]
    if expected:
        return REFERENCE, expected
    return COUNTRY, [row for row in rows if row[1].standardised is not None]


def _in_sd(figure: Overall) -> float | None:
    return middle(figure.in_sd(REFERENCE))


def absent(domain: str, report: BoardSlice, measure: str, there: Sequence[Row]) -> dict[str, list[SchoolPart]]:
    """Return the schools that are not in a figure, by why not: names of texts."""
    inside = {school.brinvest for school, _ in there}
    found: dict[str, list[SchoolPart]] = {}
    for school in alphabetical(report.schools):
        if school.brinvest not in inside:
            found.setdefault(_why(domain, school, measure), []).append(school)
    return found


def _why(domain: str, school: SchoolPart, measure: str) -> str:
    results = [result for result in school.results if result.domain == domain]
    shown = [result for result in results if result.shown]
    if not shown:
        statuses = {result.status for result in results}
        known = [("hidden", "hidden"), (NOT_COMPARED, "no_country")]
        return next((why for name, why in known if name in statuses), "no_growth" if statuses else "no_results")
    if measure == COUNTRY:
        return "no_country"
    if any(result.effect is not None for result in shown):
        return "no_scale"
    if school.sector == SBO:
        return "sbo"
    models = {result.model for result in shown}
    return next((name for name in ("too_few_schools", "too_few_pupils") if name in models), "no_reference")


@dataclass(frozen=True)
class Together:
    """The schools of a board at a step with a test, together, and what they are beside.

    total: of all shown schools, or of those that can be compared; left_out: the others.
    """

    total: Total
    national: float | None
    reference: float | None
    left_out: tuple[SchoolPart, ...] = ()


def together(total: Total, report: BoardSlice) -> Together:
    """Return a total beside the country and the reference value of the same schools.

    Where some of them have neither, or not the one that others have, it is of those that can be compared, if these are
    two or more: made of what their own reports show, so that it tells nothing else.
    """
    members = [(s, r) for s in alphabetical(report.shown) for r in s.results if r.shown and is_of(r, total)]
    wanted = [name for name in ("national_mean", "reference") if any(getattr(r, name) is not None for _, r in members)]
    fit = [(s, r) for s, r in members if all(getattr(r, name) is not None for name in wanted)]
    if len(fit) == len(members) or len(fit) < 2 or not wanted:
        told = _mean(r for _, r in members)
        return Together(total, told["national_mean"], told["reference"])
    told = _mean(r for _, r in fit)
    inside = {s.brinvest for s, _ in fit}
    low, high = _interval([r for _, r in fit], told["mean_growth"] or 0.0)
    whole = replace(
        total, n_schools_shown=len(fit), n_pupils=sum(r.n_pupils or 0 for _, r in fit), mean_growth=told["mean_growth"],
        mean_growth_low=low, mean_growth_high=high,
    )  # fmt: skip
    left_out = tuple(s for s, _ in members if s.brinvest not in inside)
    return Together(whole, told["national_mean"], told["reference"], left_out)


def is_of(result: ReportRow, total: Total) -> bool:
    """Whether a result is of the step, domain and scale of a total."""
    return (result.domain, result.step, str(result.scale)) == (total.domain, total.step, total.scale)


def _mean(rows: Iterable[ReportRow]) -> dict[str, float | None]:
    """The means over pupils; none of what one of the rows lacks."""
    rows, made = list(rows), {}
    pupils = sum(r.n_pupils or 0 for r in rows)
    for name in ("mean_growth", "national_mean", "reference"):
        values = [(r.n_pupils or 0, getattr(r, name)) for r in rows]
        known = pupils and all(value is not None for _, value in values)
        made[name] = round(sum(n * value for n, value in values) / pupils, 1) if known else None
    return made


def _interval(rows: Sequence[ReportRow], mean: float) -> Ends:
    """The 95 % interval, the schools taken as independent; none where one of them has none."""
    if any(r.mean_growth_low is None or r.mean_growth_high is None for r in rows):
        return None, None
    halves = ((r.n_pupils or 0) * ((r.mean_growth_high or 0) - (r.mean_growth_low or 0)) / 2 for r in rows)
    margin = hypot(*halves) / sum(r.n_pupils or 0 for r in rows)
    return round(mean - margin, 1), round(mean + margin, 1)
