"""What plan, index and reviewers know of a report without opening its slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .content import Content


@dataclass(frozen=True)
class ReportFacts:
    """One report: what it is of, and what an index or a reviewer wants to know of its content.

    fingerprint: of the slice. n_schools: of a board. n_pupils: of the largest shown result of a school. n_shown and
    n_hidden: results (of all pupils, of a board those of its schools). absent: domains without growth, with the status.
    change: how far growth moved since a year ago, in standard deviations. n_higher, n_lower: shown results that stand
    out; outstanding: which, of a school.
    """

    kind: str
    subject: str
    name: str
    board_number: str
    board_name: str
    fingerprint: str
    n_schools: int
    n_pupils: int | None
    n_shown: int
    n_hidden: int
    absent: tuple[tuple[str, str], ...]
    change: float | None = None
    n_higher: int = 0
    n_lower: int = 0
    outstanding: tuple[tuple[str, str, str], ...] = ()  # domain, step, and higher or lower

    @classmethod
    def of(cls, content: Content, told: Sequence[tuple[str, str, str]], **facts: Any) -> "ReportFacts":
        """Return the facts of a slice; told: what stands out in it, by domain and step; facts: those of its kind."""
        return cls(
            kind=content.kind,
            subject=content.subject,
            name=content.name,
            board_number=content.board_number,
            board_name=content.board_name,
            fingerprint=content.fingerprint,
            n_higher=sum(verdict == "higher" for *_, verdict in told),
            n_lower=sum(verdict == "lower" for *_, verdict in told),
            **facts,
        )
