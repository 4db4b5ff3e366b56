"""Names beside marks: each stands where it covers no mark and no other name, as near to its own mark as can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from .drawing import SMALL, Canvas

_LETTER = 0.5  # of the size of the letters: the width of one, on average
_OFF = 0.075  # inches from the middle of a mark to its name
_MARK = 0.055  # inches from the middle of a mark to its edge, nearly
_DISTANCES = (1.0, 1.6, 2.4, 3.4)
_SIDES = ((1, 0), (-1, 0), (0.7, -1), (0.7, 1), (-0.7, -1), (-0.7, 1))
_COVERS, _CROSSES, _FAR = 100.0, 3.0, 0.4  # what is worst comes first


@dataclass(frozen=True)
class Box:
    """A place on the sheet, in inches."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        """Whether the two have any place in common."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def holds(self, other: "Box") -> bool:
        """Whether the other lies within this one."""
        inside = self.left <= other.left and other.right <= self.right
        return inside and self.top <= other.top and other.bottom <= self.bottom


@dataclass(frozen=True)
class Label:
    """The name of a mark at a place."""

    x: float
    y: float
    text: str
    name: str = "foreground"


def mark(x: float, y: float) -> Box:
    """Return the place that a mark takes."""
    return Box(x - _MARK, y - _MARK, x + _MARK, y + _MARK)


def write(sheet: Canvas, labels: Sequence[Label], marks: Sequence[Box], lines: Sequence[Box], within: Box) -> list[Box]:
    """Write the labels, in order; return the place of each. marks: never covered; lines: not where it can be helped."""
    taken: list[Box] = []
    for label in labels:
        found = min(_candidates(label), key=lambda each: _cost(each, [*marks, *taken], lines, within))
        _, align, box = found
        x = box.left if align == "left" else box.right
        sheet.text(x, (box.top + box.bottom) / 2, label.text, align=align, name=label.name)
        taken.append(box)
    return taken


_Candidate = tuple[int, str, Box]


def _candidates(label: Label) -> list[_Candidate]:
    wide, half = len(label.text) * _LETTER * SMALL / 72, SMALL / 72 * 0.55
    found = []
    for order, (distance, (right, down)) in enumerate(product(_DISTANCES, _SIDES)):
        x, y = label.x + right * distance * _OFF, label.y + down * distance * _OFF * 1.7
        left = x if right > 0 else x - wide
        found.append((order, "left" if right > 0 else "right", Box(left, y - half, left + wide, y + half)))
    return found


def _cost(candidate: _Candidate, taken: Sequence[Box], lines: Sequence[Box], within: Box) -> float:
    order, _, box = candidate
    covered = sum(box.overlaps(other) for other in taken) + (0 if within.holds(box) else 1)
    return covered * _COVERS + sum(box.overlaps(line) for line in lines) * _CROSSES + order * _FAR
