"""What every kind of report is made from: the slice, everything its chapters may know, after disclosure control.

A slice is one JSON file, so a reviewer can read what a report was made from and a hash proves it.
"""

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nco.base.dutch import location, texts
from nco.base.markdown import escape
from nco_utils import __version__, write_whole
from nco_utils.errors import ContractError


@dataclass(frozen=True)
class Content:
    """What the slice of a report of any kind holds; `kind` is a name of `kinds.KINDS`."""

    kind: str
    round_code: str
    round_label: str
    school_year: str
    export_date: str
    publication: str
    board_number: str
    board_name: str
    notice: str
    version = __version__  # a field of each kind, where it comes last

    @property
    def subject(self) -> str:
        """The code of what the report is of, such as a brinvest; no two reports of a round have the same."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """The name of what the report is of, as in the register."""
        raise NotImplementedError

    @property
    def about(self) -> dict[str, str]:
        """What the cover says of what the report is of, by the name of its label."""
        raise NotImplementedError

    @property
    def front_matter(self) -> dict[str, str]:
        """What the document's metadata hold of it, beside what all reports have."""
        return {}

    @property
    def drawable(self) -> bool:
        """Whether the report has any figure that can be drawn."""
        raise NotImplementedError

    @property
    def names(self) -> tuple[str, ...]:
        """What others wrote and the report prints: names of the register and of classes, and the notice."""
        raise NotImplementedError

    @cached_property  # asked for twice a report
    def text(self) -> str:
        """The slice's file: JSON, a figure a line."""
        lines = (f"{json.dumps(field.name)}: {_lines(getattr(self, field.name))}" for field in fields(self))
        try:
            return "{\n" + ",\n".join(lines) + "\n}\n"
        except ValueError:  # of a number that JSON has not
            raise ContractError(f"The slice of {self.subject} would hold a figure that is no number.") from None

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the slice's file, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def reference_number(self) -> str:
        """The number on the cover: round, subject and the first eight digits of the fingerprint."""
        return f"NCO-{self.round_code}-{self.subject}-{self.fingerprint[:8]}"

    def write(self, path: Path) -> None:
        """Write the slice's file, whole or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole.write_text(path, self.text)


class OfSchool(Content):
    """What the slice of any report of one school says of its school; the fields are those of its kind."""

    brinvest: str
    school_name: str
    sector: str

    @property
    def subject(self) -> str:
        """The school's brinvest."""
        return self.brinvest

    @property
    def name(self) -> str:
        """The school's name."""
        return self.school_name

    @property
    def about(self) -> dict[str, str]:
        """Board, school, brinvest and sector."""
        written = {"school": self.school_name, "brinvest": location(self.brinvest), "sector": self._sector_name}
        return {"board": f"{self.board_name} ({self.board_number})"} | written

    @property
    def front_matter(self) -> dict[str, str]:
        """Board, brinvest and sector."""
        return {"board": escape(self.board_name), "brinvest": self.brinvest, "sector": self._sector_name}

    @property
    def _sector_name(self) -> str:
        name: str = texts("sectors")[self.sector]
        return name


def _lines(value: object) -> str:
    """A field as JSON, the rows of a table a line each: with an indent Python's slow encoder would write it."""
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)


def _plain(value: Any) -> object:
    """What JSON does not know: our rows, and numbers of numpy."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return float(value)
