"""One figure of a report: a row of table `report` as its chapters see it, and the steps of a domain together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nco_utils.steps import STEPS
from nco_utils.tables import ALL


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
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None
    national_pupils: int | None = None
    national_schools: int | None = None
    national_before: float | None = None
    national_mean: float | None = None
    country_shrunken: float | None = None
    country_q: float | None = None
    change: float | None = None
    change_low: float | None = None
    change_high: float | None = None
    change_shrunken: float | None = None
    change_q: float | None = None
    gap_q: float | None = None
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
    def has_reference(self) -> bool:
        """Whether there is a reference value to show."""
        return self.reference is not None

    @property
    def grade(self) -> int:
        """The jaargroep at the later moment of the step."""
        return int(self.step[-1])


@dataclass(frozen=True)
class Overall:
    """All shown steps of one domain and scale together, of one cohort: the mean over pupils and steps.

    n_pupils counts a pupil once for every step. The interval of a mean is that of independent steps: the squared
    margins add, each times the square of its share of the pupils.
    """

    domain: str
    scale: str
    n_steps: int
    n_pupils: int
    mean_growth: float
    national_mean: float | None = None
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None
    difference: float | None = None  # mean growth minus national mean
    difference_low: float | None = None
    difference_high: float | None = None
    n_steps_reference: int = 0
    reference: float | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None

    @property
    def has_reference(self) -> bool:
        """Whether there is a reference value to show."""
        return self.effect is not None


@dataclass(frozen=True)
class Pooled:
    """A row of table `pooled`: one domain on one scale, over all steps, cohorts and rounds that were shown."""

    domain: str
    scale: str
    effect_n_steps: int | None = None
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    effect_p: float | None = None
    effect_q: float | None = None
    effect_tau2: float | None = None
    effect_shrunken: float | None = None
    effect_shrunken_se: float | None = None
    country_n_steps: int | None = None
    country: float | None = None
    country_low: float | None = None
    country_high: float | None = None
    country_p: float | None = None
    country_q: float | None = None
    country_tau2: float | None = None
    country_shrunken: float | None = None
    country_shrunken_se: float | None = None


def step_order(step: str) -> tuple[int, int]:
    """Return a key that puts steps in the order in which a pupil takes them: M4-E4, E4-M5, M5-E5."""
    later = step.split("-")[1]
    return int(later[1:]), STEPS.order(later[0])


def overall(results: Iterable[ReportRow]) -> tuple[Overall, ...]:
    """Return for every domain with shown results the figure of its steps together, from what is shown of them.

    `results`: of one school and one cohort, all pupils. Of a domain on several scales the one with most pupils: points
    of two scales cannot be added up.
    """
    shown = [result for result in results if result.shown and result.trait == ALL]
    domains = list(dict.fromkeys(result.domain for result in shown))
    return tuple(_overall(_largest_scale([r for r in shown if r.domain == domain])) for domain in domains)


def _largest_scale(results: list[ReportRow]) -> list[ReportRow]:
    pupils = Counter()
    for result in results:
        pupils[result.scale] += result.n_pupils
    scale, _ = pupils.most_common(1)[0]
    return [result for result in results if result.scale == scale]


def _overall(results: list[ReportRow]) -> Overall:
    first = results[0]
    against = [r for r in results if r.national_mean is not None]
    within = [r for r in results if r.standardised is not None]
    expected = [r for r in results if r.effect is not None]
    return Overall(
        first.domain,
        first.scale,
        len(results),
        sum(result.n_pupils for result in results),
        _mean((r.n_pupils, r.mean_growth) for r in results),
        _mean((r.n_pupils, r.national_mean) for r in against),
        *_together([(r.n_pupils, r.standardised, r.standardised_low, r.standardised_high) for r in within], 2),
        *_together([_difference(r) for r in against]),
        len(expected),
        _mean((r.n_pupils, r.reference) for r in expected),
        *_together([(r.n_pupils, r.effect, r.effect_low, r.effect_high) for r in expected]),
    )


_Part = tuple[int, float, float | None, float | None]  # pupils, value, and the ends of its interval


def _difference(result: ReportRow) -> _Part:
    """A school's mean growth minus the national mean, which is as good as certain beside it."""
    ends = (
        None if end is None else end - result.national_mean for end in (result.mean_growth_low, result.mean_growth_high)
    )
    return (result.n_pupils, result.mean_growth - result.national_mean, *ends)


def _together(parts: list[_Part], decimals: int = 1) -> tuple[float | None, float | None, float | None]:
    """The mean and its interval; one part is itself, so that its own interval and this one say the same."""
    mean = _mean(((n, value) for n, value, _, _ in parts), decimals)
    if mean is None or any(low is None for _, _, low, _ in parts):
        return mean, None, None
    if len(parts) == 1:
        return mean, round(parts[0][2], decimals), round(parts[0][3], decimals)
    margin = sum((n * (high - low) / 2) ** 2 for n, _, low, high in parts) ** 0.5 / sum(n for n, *_ in parts)
    value = sum(n * value for n, value, _, _ in parts) / sum(n for n, *_ in parts)
    return mean, round(value - margin, decimals), round(value + margin, decimals)


def _mean(weighted: Iterable[tuple[int, float]], decimals: int = 1) -> float | None:
    pairs = list(weighted)
    return round(sum(n * value for n, value in pairs) / sum(n for n, _ in pairs), decimals) if pairs else None
