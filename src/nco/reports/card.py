"""A card: one page that a report's figures are on, with fields that people fill in."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Field:
    """A field to fill in. tag: by which a program finds it; title: what it asks; hint: what stands in it until then."""

    tag: str
    title: str
    hint: str
    kind: Literal["text", "date"] = "text"


@dataclass(frozen=True)
class Grid:
    """A table with a heading row: its cells are words, or fields. widths: of the columns, in parts of a hundred."""

    title: str
    header: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str | Field, ...], ...]


@dataclass(frozen=True)
class Section:
    """A part of a card under its heading: a text, points below each other, and a table; each may be absent."""

    title: str
    text: str = ""
    points: tuple[str, ...] = ()
    grid: Grid | None = None


@dataclass(frozen=True)
class Card:
    """A card as it is written into a file.

    role: for whom, as in the file's name. about: of whom the figures are, and of when. notice: what the data folder
    says of all reports. date: of publication, by ISO 8601.
    """

    role: str
    title: str
    about: tuple[str, ...]
    notice: str
    description: str
    date: str
    intro: str
    sections: tuple[Section, ...]

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{PREFIX}{self.role}"

    @property
    def fields(self) -> list[Field]:
        """Its fields, in order."""
        grids = [section.grid for section in self.sections if section.grid]
        return [cell for grid in grids for row in grid.rows for cell in row if isinstance(cell, Field)]

    @property
    def text(self) -> str:
        """All its words, those in fields too."""
        said = [self.title, *self.about, self.notice, self.intro]
        for section in self.sections:
            said += [section.title, section.text, *section.points]
            for row in section.grid.rows if section.grid else ():
                said += [cell.hint if isinstance(cell, Field) else cell for cell in row]
        return " ".join(said)


PREFIX = "kaart-"  # of the names of files
