"""What a release knows of each report without opening its slice: a line of `slices.json`.

A country's slices are hundreds of megabytes; a run that has nothing to do must not read them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nco.reports.growth.rows import ReportRow
from nco.reports.growth.sentences import direction, national_verdict
from nco.reports.growth.slices import BOARD, BoardSlice, Slice
from nco_utils import noted, write_whole
from nco_utils.errors import UnusableInput

INDEX = "slices.json"  # in a round's folder


@dataclass(frozen=True)
class Card:
    """One report: what it is of, and what an index or a reviewer wants to know of its content.

    fingerprint: of the slice. n_schools: of a board. n_pupils: of the largest shown result of a school. n_shown and
    n_hidden: results (of all pupils, of a board those of its schools). absent: domains without growth, with the status.
    change: see `largest_change`. n_higher, n_lower: shown results that stand out; outstanding: which, of a school.
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

    @property
    def is_board(self) -> bool:
        """Whether the report is of a board."""
        return self.kind == BOARD


def card(content: Slice | BoardSlice) -> Card:
    """Return the card of a slice."""
    board = isinstance(content, BoardSlice)
    results = [r for school in content.schools for r in school.results] if board else list(content.results)
    shown = [result for result in results if result.shown]
    parts = [school.results for school in content.schools] if board else [content.results]
    told = [each for part in parts for each in _outstanding([r for r in part if r.shown], content.similar_band)]
    absent = {(r.domain, r.status) for r in results if r.status in ("other_scale", "no_growth")}
    return Card(
        content.kind,
        content.subject,
        content.board_name if board else content.school_name,
        content.board_number,
        content.board_name,
        content.fingerprint,
        len(content.schools) if board else 1,
        max((result.n_pupils for result in shown), default=None),
        len(shown),
        sum(result.status == "hidden" for result in results),
        () if board else tuple(sorted(absent)),
        None if board else largest_change(content),
        sum(verdict == "higher" for *_, verdict in told),
        sum(verdict == "lower" for *_, verdict in told),
        () if board else tuple(told),
    )


def largest_change(content: Slice) -> float | None:
    """Return how far a school's growth moved since a year ago, at most, in standard deviations of school means.

    Per step and domain the distance to the country then and now are compared, so that a year in which all schools grew
    less is no change of theirs. None when no step is shown in both years.
    """
    then = {(r.domain, r.step, r.scale): r.standardised for r in content.earlier if r.shown}
    moved = [
        result.standardised - before
        for result in content.shown
        if result.standardised is not None
        and (before := then.get((result.domain, result.step, result.scale))) is not None
    ]
    return round(max(moved, key=abs), 2) if moved else None


def _outstanding(results: Sequence[ReportRow], band: float) -> list[tuple[str, str, str]]:
    """The shown results that are clearly higher or lower than the reference value, or than the country without one."""
    compared = any(result.has_reference for result in results)
    found = []
    for result in results:
        verdict = direction(result.effect_low, result.effect_high) if compared else national_verdict(result, band)
        if verdict in ("higher", "lower"):
            found.append((result.domain, result.step, verdict))
    return found


def write(cards: Iterable[Card], path: Path) -> None:
    """Write the cards, whole or not at all."""
    write_whole.write_text(path, json.dumps([asdict(each) for each in cards], ensure_ascii=False, indent=0) + "\n")


def read(path: Path) -> Sequence[Card]:
    """Read the cards that `write` made; raises UnusableInput when they are not there or not of this version."""
    try:
        rows = noted.loaded(path.read_text(encoding="utf-8"))
        if not isinstance(rows, list):
            raise TypeError("no list of cards")  # noqa: TRY301
        return [
            Card(**row | {name: tuple(map(tuple, row[name])) for name in ("absent", "outstanding")}) for row in rows
        ]
    except (OSError, ValueError, TypeError, KeyError):
        raise UnusableInput(f"{path} is not there or not of this version. Run `nco analyse` again.") from None
