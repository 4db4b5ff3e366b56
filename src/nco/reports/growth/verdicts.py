"""The one rule by which a report calls a figure higher, lower or about equal: every place of a report asks here.

A figure is about equal when its whole interval lies within the band; higher or lower when that is more than chance
among all that the reports compare (its q-value, `nco.disclosure.discovery`), and the careful estimate says so too. Of
all else it cannot be said: what is not clear is not equal.
"""

from dataclasses import dataclass
from typing import Protocol

from .rows import Ends, Overall, ReportRow

HIGHER, LOWER, SIMILAR, UNSURE = "higher", "lower", "similar", "unsure"
CLEAR = (HIGHER, LOWER)
COUNTRY, REFERENCE, CHANGE = "country", "effect", "change"  # what it is compared with: the measure's name in a row

Figure = ReportRow | Overall


class Compared(Protocol):
    """A figure with differences: each a value, the ends of its interval, its q-value, and a careful estimate."""

    def in_sd(self, measure: str, /) -> Ends:
        """Return the ends of the interval of a difference, in standard deviations of schools."""


class First(Protocol):
    """The first of two groups of pupils, with the difference between the two."""

    @property
    def gap(self) -> float | None:
        """The difference."""

    @property
    def gap_q(self) -> float | None:
        """The false discovery rate at which it may be named."""


@dataclass(frozen=True)
class Rule:
    """band: within which growth is about equal, in standard deviations of school means; rate: of false discoveries."""

    band: float
    rate: float

    def verdict(self, figure: Compared, measure: str) -> str | None:
        """Return HIGHER, LOWER, SIMILAR or UNSURE by COUNTRY, REFERENCE or CHANGE; None where that is not known.

        A domain as a whole is not compared with a year ago.
        """
        value, q = getattr(figure, measure, None), getattr(figure, f"{measure}_q", None)
        if value is None:
            return None
        low, high = figure.in_sd(measure)
        if low is not None and high is not None and -self.band <= low and high <= self.band:
            return SIMILAR
        return self._clear(value, q, careful(figure, measure))

    @staticmethod
    def level(ends: Ends, norm: float | None) -> str | None:
        """Return HIGHER when all that a mean level can be lies on the norm or above, LOWER when all lies below it.

        UNSURE when the norm lies between its ends; None where either is not known. It is of these pupils, at this
        moment, so chance has no part in it.
        """
        low, high = ends
        if low is None or high is None or norm is None:
            return None
        return HIGHER if low >= norm else LOWER if high < norm else UNSURE

    def between(self, first: First) -> str | None:
        """Return whether the first group of a trait grew more (HIGHER) than the last, less (LOWER), or UNSURE.

        By their own interval, of all steps together. None where the two are not shown beside each other.
        """
        return None if first.gap is None else self._clear(first.gap, first.gap_q, None)

    def _clear(self, value: float, q: float | None, careful: float | None) -> str:
        if q is None or q >= self.rate or (careful is not None and careful * value <= 0):
            return UNSURE
        return HIGHER if value > 0 else LOWER


def careful(figure: Compared, measure: str) -> float | None:
    """Return the estimate that is drawn to what is usual as far as it may be chance; None where there is none."""
    found: float | None = getattr(figure, f"{measure}_shrunken", None)
    return found


def apart(figure: Compared, measure: str) -> bool:
    """Return whether the interval of a difference does not hold zero, which alone does not make it clear."""
    low, high = (getattr(figure, f"{measure}_{end}") for end in ("low", "high"))
    return low is not None and high is not None and (low > 0 or high < 0)


def months(figure: Figure, measure: str) -> float | None:
    """Return in how many months of schooling the country grows as much as the careful estimate of a difference."""
    usual, estimate = figure.usual_in_a_month(measure), careful(figure, measure)
    return abs(estimate) / usual if estimate is not None and usual is not None and usual > 0 else None
