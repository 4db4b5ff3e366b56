"""One figure of a report: a row of table `report` as its chapters see it, and the steps of a domain together.

A figure is in points of its test, or where there is no one test, or points are not shown, in standard deviations of
school means (`in_points`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from nco_utils.steps import STEPS
from nco_utils.tables import ALL

Ends = tuple[float | None, float | None]  # of an interval
NOT_COMPARED = "not_compared"  # the status of what would be shown beside the country only, and has none


@dataclass(frozen=True)
class ReportRow:
    """One row of table `report`: a unit of the school (cohort, step, domain, trait, value); None: not shown."""

    domain: str
    step: str
    school_year: str
    trait: str
    value: str
    scale: str | None
    status: str
    n_pupils: int | None = None
    n_without_growth: int | None = None
    n_results_other_scale: int | None = None
    n_one_moment: int | None = None
    n_other_scale: int | None = None
    n_other_grade: int | None = None
    n_out_of_window: int | None = None
    percent_with_growth: int | None = None
    mean_growth: float | None = None
    mean_growth_low: float | None = None
    mean_growth_high: float | None = None
    mean_before_low: float | None = None
    mean_before_high: float | None = None
    p10: float | None = None
    p25: float | None = None
    p50: float | None = None
    p75: float | None = None
    p90: float | None = None
    level_p10: float | None = None
    level_p25: float | None = None
    level_p50: float | None = None
    level_p75: float | None = None
    level_p90: float | None = None
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None
    national_pupils: int | None = None
    national_schools: int | None = None
    national_before: float | None = None
    national_mean: float | None = None
    national_level_p10: float | None = None
    national_level_p25: float | None = None
    national_level_p50: float | None = None
    national_level_p75: float | None = None
    national_level_p90: float | None = None
    country_shrunken: float | None = None
    country_q: float | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    change_shrunken: float | None = None
    change_q: float | None = None
    model: str | None = None
    reference: float | None = None
    reference_low: float | None = None
    reference_high: float | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    effect_shrunken: float | None = None
    effect_q: float | None = None
    reliability: float | None = None

    @property
    def shown(self) -> bool:
        """Whether the school's figures may be shown."""
        return self.status == "shown"

    @property
    def half(self) -> str:
        """The first figure that is there in part, or not where it must be: no report can say that; empty when whole.

        What is shown has pupils and growth. An interval has both ends, and the figure that it is of; a reference value
        has a difference beside it, and a difference a reference value.
        """
        if self.shown and (self.n_pupils is None or self.mean_growth is None):
            return "mean_growth"
        if (self.reference is None) != (self.effect is None):
            return "reference"
        for name in ("mean_growth", "standardised", "change", "reference", "effect"):
            value, low, high = (getattr(self, f"{name}{end}") is None for end in ("", "_low", "_high"))
            if low != high or (value and not low):
                return name
        return "" if (self.mean_before_low is None) == (self.mean_before_high is None) else "mean_before"

    @property
    def in_points(self) -> bool:
        """Whether its figures are in points; else they are in standard deviations."""
        return self.mean_growth is not None

    @property
    def has_reference(self) -> bool:
        """Whether there is a reference value, or the difference with it, to show."""
        return self.effect is not None

    @property
    def country(self) -> float | None:
        """Growth minus that of the country."""
        return self._beside_country(self.mean_growth) if self.in_points else self.standardised

    @property
    def country_low(self) -> float | None:
        """The lower end of the interval of that: the country is as good as certain beside a school."""
        return self._beside_country(self.mean_growth_low) if self.in_points else self.standardised_low

    @property
    def country_high(self) -> float | None:
        """The upper end of the interval of that."""
        return self._beside_country(self.mean_growth_high) if self.in_points else self.standardised_high

    def _beside_country(self, value: float | None) -> float | None:
        return None if value is None or self.national_mean is None else round(value - self.national_mean, 1)

    @property
    def level(self) -> Ends:
        """Between what the mean score at the later moment lies: that at the earlier one, and the growth."""
        if self.mean_before_low is None or self.mean_before_high is None or self.mean_growth is None:
            return None, None
        return round(self.mean_before_low + self.mean_growth, 1), round(self.mean_before_high + self.mean_growth, 1)

    @property
    def national_level(self) -> float | None:
        """The national mean score at the later moment, nearly."""
        known = self.national_before is not None and self.national_mean is not None
        return round(self.national_before + self.national_mean, 1) if known else None  # type: ignore[operator]

    @property
    def moment(self) -> str:
        """The later moment, such as M5."""
        return self.step.split("-")[1]

    def in_sd(self, measure: str) -> Ends:
        """Return the interval of `country`, `effect` or `change` in standard deviations of school means."""
        if not self.in_points:
            return getattr(self, f"{measure}_low"), getattr(self, f"{measure}_high")
        if measure == "country" and self.trait == ALL:
            return self.standardised_low, self.standardised_high
        return _in_sd(getattr(self, f"{measure}_low"), getattr(self, f"{measure}_high"), self.sd)

    @property
    def sd(self) -> float | None:
        """How many points a standard deviation of school means is; None where it is not known."""
        known = None not in (self.standardised_low, self.mean_growth_low)
        width = (self.standardised_high - self.standardised_low) if known else 0
        return (self.mean_growth_high - self.mean_growth_low) / width if width > 0 else None

    def usual_in_a_month(self, measure: str) -> float | None:
        """Return how much the country grows in a month of schooling at this step; the same for any measure."""
        return None if self.national_mean is None else self.national_mean / months(self.step)

    @property
    def grade(self) -> int:
        """The jaargroep at the later moment of the step."""
        return int(self.step[-1])


@dataclass(frozen=True)
class Pooled:
    """A row of table `pooled`: one domain on one scale, over all steps, cohorts and rounds that were shown."""

    domain: str
    scale: str
    effect_n_steps: int | None = None
    effect_n_years: int | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    effect_year: float | None = None
    effect_year_low: float | None = None
    effect_year_high: float | None = None
    effect_sd: float | None = None
    effect_usual: float | None = None
    effect_q: float | None = None
    effect_shrunken: float | None = None
    country_n_steps: int | None = None
    country_n_years: int | None = None
    country: float | None = None
    country_low: float | None = None
    country_high: float | None = None
    country_year: float | None = None
    country_year_low: float | None = None
    country_year_high: float | None = None
    country_sd: float | None = None
    country_usual: float | None = None
    country_q: float | None = None
    country_shrunken: float | None = None
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None


@dataclass(frozen=True, kw_only=True)
class Overall(Pooled):
    """All shown steps of one domain and scale together: growth in the round's school year, and the row of `pooled`.

    n_pupils counts a pupil once for every step; the means of growth are over pupils and steps. months: of schooling in
    a step. Of all tests together (scale ALL) there is no growth in points: differences are in standard deviations.
    """

    n_steps: int
    n_pupils: int
    mean_growth: float | None
    months: float

    @property
    def in_points(self) -> bool:
        """Whether its figures are in points; else they are in standard deviations."""
        return self.mean_growth is not None

    @property
    def has_reference(self) -> bool:
        """Whether there is a reference value to show."""
        return self.effect is not None

    def in_sd(self, measure: str) -> Ends:
        """Return the interval of `country` or `effect` in standard deviations of school means."""
        if measure == "country":
            return self.standardised_low, self.standardised_high
        return _in_sd(*(getattr(self, f"{measure}_{end}") for end in ("low", "high", "sd")))

    def on_one_scale(self, measure: str) -> tuple[float | None, float | None, float | None, float | None]:
        """Return a difference, the ends of its interval and its careful estimate, in standard deviations."""
        sd, careful = getattr(self, f"{measure}_sd"), getattr(self, f"{measure}_shrunken")
        if not sd:
            return None, None, None, None
        known = getattr(self, measure)
        value = self.standardised if measure == "country" else None if known is None else round(known / sd, 2)
        return value, *self.in_sd(measure), None if careful is None else round(careful / sd, 2)

    def usual_in_a_month(self, measure: str) -> float | None:
        """Return how much the country grows in a month of schooling, at the steps of this measure."""
        usual = getattr(self, f"{measure}_usual")
        return None if usual is None else usual / self.months


@dataclass(frozen=True)
class Year:
    """A row of table `trend`: one domain on one scale in one school year, all shown steps together."""

    domain: str
    scale: str
    school_year: str
    n_steps: int
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    country: float | None = None
    country_low: float | None = None
    country_high: float | None = None
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None

    @property
    def in_points(self) -> bool:
        """Whether its differences are in points; else they are in standard deviations."""
        return self.scale != ALL


@dataclass(frozen=True)
class Then:
    """A row of table `history`: a step of the whole school, as an earlier report showed it."""

    domain: str
    step: str
    school_year: str
    scale: str | None
    status: str
    n_pupils: int | None = None
    mean_growth: float | None = None
    mean_growth_low: float | None = None
    mean_growth_high: float | None = None
    mean_before_low: float | None = None
    mean_before_high: float | None = None
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None
    national_before: float | None = None
    national_mean: float | None = None
    country_shrunken: float | None = None
    country_q: float | None = None

    @property
    def row(self) -> ReportRow:
        """The same as a row of a report."""
        return ReportRow(trait=ALL, value=ALL, **vars(self))


@dataclass(frozen=True)
class ClassLevel:
    """A row of table `class_levels`: the mean level of schools of this school's schoolweging class after a step."""

    domain: str
    step: str
    school_year: str
    scale: str
    n_schools: int
    level: float


@dataclass(frozen=True)
class Category:
    """A row of table `categories`: which share of the items of a category a step's pupils had right, in percent."""

    domain: str
    step: str
    scale: str
    category: str
    n_pupils: int
    share: int
    national_pupils: int
    national_schools: int
    national_share: int
    country: float
    country_low: float | None = None
    country_high: float | None = None
    country_sd: float | None = None
    country_q: float | None = None

    @property
    def grade(self) -> int:
        """The jaargroep at the test."""
        return int(self.step[-1])

    @property
    def moment(self) -> str:
        """The moment of the test, such as M5."""
        return self.step.split("-")[1]

    def in_sd(self, measure: str) -> Ends:
        """Return the interval of `country` in standard deviations of the schools' shares."""
        return _in_sd(*(getattr(self, f"{measure}_{end}") for end in ("low", "high", "sd")))


@dataclass(frozen=True)
class Group:
    """A row of table `pooled_groups`: a group of pupils in one domain on one scale, all shown steps together.

    country: beside the same group in the country; gap: beside the last group of the trait, in the row of the first.
    """

    domain: str
    scale: str
    trait: str
    value: str
    n_steps: int
    n_pupils: int
    country: float | None = None
    country_low: float | None = None
    country_high: float | None = None
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None
    gap_q: float | None = None

    @property
    def in_points(self) -> bool:
        """Whether its figures are in points; else they are in standard deviations."""
        return self.scale != ALL


@dataclass(frozen=True)
class Levels:
    """A row of table `levels`: reference levels at the end of groep 8, and the inspectorate's values beside them."""

    first_year: str
    last_year: str
    n_years: int
    status: str
    n_pupils: int | None = None
    reached_1f: float | None = None
    least_1f: bool = False
    reached_2f: float | None = None
    weging_from: float | None = None
    weging_to: float | None = None
    signal_1f: float | None = None
    signal_2f: float | None = None
    similar_1f: float | None = None
    similar_2f: float | None = None


def middle(ends: Ends) -> float | None:
    """Return the middle of an interval: the figure that it is of; None where it is not known."""
    low, high = ends
    return None if low is None or high is None else round((low + high) / 2, 2)


def _in_sd(low: float | None, high: float | None, sd: float | None) -> Ends:
    return (None, None) if low is None or high is None or not sd else (round(low / sd, 2), round(high / sd, 2))


def months(step: str) -> float:
    """Return the months of schooling in a step: ten in a school year, as in the didactic age (DL)."""
    return 10 / len(STEPS.year_of(step.split("-")[1][0]))


def step_order(step: str) -> tuple[int, int]:
    """Return a key that puts steps in the order in which a pupil takes them: M4-E4, E4-M5, M5-E5."""
    later = step.split("-")[1]
    return int(later[1:]), STEPS.order(later[0])


def by_step(results: Iterable[ReportRow], all_tests: Iterable[ReportRow]) -> tuple[ReportRow, ...]:
    """Return one row for every step of a cohort: of several tests all together, else what tells most of the school."""
    together = {_step(row): row for row in all_tests}
    found: dict[tuple[str, str, str], ReportRow] = {}
    for row in results:
        key = _step(row)
        if key in together:
            found[key] = together[key]
        elif key not in found or _tells(row) > _tells(found[key]):
            found[key] = row
    return tuple(found.values())


def _step(row: ReportRow) -> tuple[str, str, str]:
    return row.domain, row.step, row.school_year


def _tells(row: ReportRow) -> tuple[bool, bool, int]:
    return row.shown, row.standardised is not None, row.n_pupils or 0


def without_points(row: ReportRow) -> ReportRow:
    """Return a row of a whole school without any figure in points: differences in standard deviations instead.

    What is not compared with the country has no such figure, so nothing is shown.
    """
    if not row.shown or not row.in_points:
        return row
    kept = {name: getattr(row, name) for name in _WITHOUT_POINTS}
    if row.standardised is None:
        return ReportRow(**{name: kept[name] for name in _UNIT}, status=NOT_COMPARED)
    for measure in ("change", "effect"):
        kept |= {f"{measure}{end}": _over(getattr(row, f"{measure}{end}"), row.sd) for end in ("", "_low", "_high")}
    kept |= {f"{name}_shrunken": _over(getattr(row, f"{name}_shrunken"), row.sd)
             for name in ("country", "change", "effect")}  # fmt: skip
    return ReportRow(**kept)


def _over(value: float | None, sd: float | None) -> float | None:
    return None if value is None or not sd else round(value / sd, 2)


_UNIT = ("domain", "step", "school_year", "trait", "value", "scale")
_WITHOUT_POINTS = (
    *_UNIT, "status", "n_pupils", "n_without_growth", "n_one_moment", "n_other_scale", "n_other_grade",
    "n_out_of_window", "percent_with_growth", "standardised", "standardised_low", "standardised_high",
    "national_pupils", "national_schools", "country_q", "change_q", "model", "effect_q",
)  # fmt: skip


def overall(
    results: Iterable[ReportRow], pooled: Iterable[Pooled] = (), all_tests: Iterable[ReportRow] = ()
) -> tuple[Overall, ...]:
    """Return for every domain with shown results its steps together, from what is shown of them.

    results: of one school and one cohort, all pupils; pooled, all_tests: of that school. Of a domain with several
    tests, now or before, or without points, all tests are together, in standard deviations.
    """
    shown, together = _whole(results), list(all_tests)
    lasting = {(each.domain, each.scale): each for each in pooled}
    made = []
    for domain in dict.fromkeys(row.domain for row in shown):
        rows = [row for row in shown if row.domain == domain]
        one = len({row.scale for row in rows}) == 1 and (domain, ALL) not in lasting and all(r.in_points for r in rows)
        made.append(_overall(rows, lasting) if one else _of_all_tests(by_step(rows, together), lasting))
    return tuple(made)


def by_test(results: Iterable[ReportRow], pooled: Iterable[Pooled], domains: Iterable[Overall]) -> tuple[Overall, ...]:
    """Return the steps together by each test, of the domains of which `overall` has all tests together."""
    of = [each.domain for each in domains if each.scale == ALL]
    shown = [row for row in _whole(results) if row.domain in of and row.in_points]
    lasting = {(each.domain, each.scale): each for each in pooled}
    keys = dict.fromkeys((row.domain, row.scale) for row in shown)
    return tuple(_overall([row for row in shown if (row.domain, row.scale) == key], lasting) for key in keys)


def _whole(results: Iterable[ReportRow]) -> list[ReportRow]:
    return [result for result in results if result.shown and result.trait == ALL]


def _of_all_tests(results: Sequence[ReportRow], lasting: dict[tuple[str, str], Pooled]) -> Overall:
    key = results[0].domain, ALL
    whole = lasting.get(key, Pooled(*key))
    for measure in ("effect", "country"):
        whole = _of_the_only_step(whole, measure, [without_points(row) for row in results])
    return Overall(
        **vars(whole),
        n_steps=len(results),
        n_pupils=sum(result.n_pupils or 0 for result in results),
        mean_growth=None,
        months=months(results[0].step),
    )


def _overall(results: Sequence[ReportRow], lasting: dict[tuple[str, str], Pooled]) -> Overall:
    first = results[0]
    key = first.domain, str(first.scale)
    whole = lasting.get(key, Pooled(*key))
    for measure in ("effect", "country"):
        whole = _of_the_only_step(whole, measure, results)
    return Overall(
        **vars(whole),
        n_steps=len(results),
        n_pupils=sum(result.n_pupils or 0 for result in results),
        mean_growth=_mean((r.n_pupils, r.mean_growth) for r in results),
        months=months(first.step),
    )


def _of_the_only_step(whole: Pooled, measure: str, results: Sequence[ReportRow]) -> Pooled:
    """A domain of one step says of it exactly what the step says."""
    only = [result for result in results if getattr(result, measure) is not None]
    if getattr(whole, f"{measure}_n_steps") != 1 or len(only) != 1:
        return whole
    names = [f"{measure}{part}" for part in ("", "_low", "_high", "_q", "_shrunken")]
    names += [f"standardised{part}" for part in ("", "_low", "_high")] if measure == "country" else []
    return replace(whole, **{name: getattr(only[0], name) for name in names})


def _mean(weighted: Iterable[tuple[int | None, float | None]]) -> float:
    pairs = [(n or 0, value or 0.0) for n, value in weighted]  # of what is shown both are known
    return round(sum(n * value for n, value in pairs) / sum(n for n, _ in pairs), 1)
