"""What a release knows of each report without opening its slice: a line of `slices.json`.

A country's slices are hundreds of megabytes; a run that has nothing to do must not read them.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from .errors import UnusableInput
from .slices import BOARD, BoardSlice, Slice

INDEX = "slices.json"  # in a round's folder


@dataclass(frozen=True)
class Card:
    """One report: what it is of, and what an index or a reviewer wants to know of its content.

    fingerprint: of the slice. n_schools: of a board. n_pupils: of the largest shown result of a school. n_shown and
    n_hidden: results (of all pupils, of a board those of its schools). absent: domains without growth, with the status.
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

    @property
    def is_board(self) -> bool:
        """Whether the report is of a board."""
        return self.kind == BOARD


def card(content: Slice | BoardSlice) -> Card:
    """Return the card of a slice."""
    board = isinstance(content, BoardSlice)
    results = [r for school in content.schools for r in school.results] if board else list(content.results)
    shown = [result for result in results if result.shown]
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
    )


def write(cards: Iterable[Card], path: Path) -> None:
    """Write the cards, whole or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(
        json.dumps([asdict(each) for each in cards], ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )
    partial.replace(path)


def read(path: Path) -> Sequence[Card]:
    """Read the cards that `write` made; raises UnusableInput when they are not there or not of this version."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [Card(**row | {"absent": tuple((domain, status) for domain, status in row["absent"])}) for row in rows]
    except (OSError, ValueError, TypeError, KeyError):
        raise UnusableInput(f"{path} is not there or not of this version. Run `nco analyse` again.") from None
