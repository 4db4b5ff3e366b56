"""The slice of one report: everything its chapters may know, after disclosure control.

A slice is one JSON file, so a reviewer can read what a report was made from and a hash proves it.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, lru_cache
from itertools import compress
from pathlib import Path

import pandas as pd

from nco.disclosure import shown_tables
from nco_utils import __version__, noted, tables, write_whole
from nco_utils.errors import ContractError, UnusableInput
from nco_utils.params import Round
from nco_utils.tables import ALL, DOMAINS

from .rows import Overall, Pooled, ReportRow, overall, step_order

BOARD = "board"  # the report of params/reports.yml that is of a board


@dataclass(frozen=True)
class _Report:
    """What every report's slice holds; `kind` is a report of params/reports.yml.

    model_terms, estimator: what the reference model holds and how it was fitted, as the analysis did it.
    """

    kind: str
    round_code: str
    round_label: str
    school_year: str
    export_date: str
    publication: str
    board_number: str
    board_name: str
    notice: str
    minimum_group: int
    similar_band: float
    model_terms: tuple[str, ...]
    estimator: str

    @property
    def subject(self) -> str:
        """The code of what the report is of: a brinvest, or a board's number."""
        raise NotImplementedError

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


@dataclass(frozen=True)
class Slice(_Report):
    """What one school's report is made from.

    `results`: all its pupils, in the steps of the round's own school year. `others`: every other unit, so the same
    steps a year ago, and the parts of the school by each trait. `overall`: the steps of each domain together, of
    the round's own school year; `pooled`: with those of all rounds.
    """

    brinvest: str
    school_name: str
    sector: str
    denomination: str
    results: tuple[ReportRow, ...]
    others: tuple[ReportRow, ...] = ()
    overall: tuple[Overall, ...] = ()
    pooled: tuple[Pooled, ...] = ()
    version: str = __version__

    @property
    def subject(self) -> str:
        """The school's brinvest."""
        return self.brinvest

    @property
    def drawable(self) -> bool:
        """Whether any growth may be shown."""
        return bool(self.shown)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of school, board and classes, and the notice."""
        return (self.school_name, self.board_name, self.notice, *(part.value for part in self.parts))

    @property
    def shown(self) -> tuple[ReportRow, ...]:
        """The results whose figures may be shown."""
        return tuple(result for result in self.results if result.shown)

    @property
    def earlier(self) -> tuple[ReportRow, ...]:
        """All pupils, in the same steps a year ago."""
        return tuple(r for r in self.others if r.trait == ALL and r.school_year != self.school_year)

    @property
    def parts(self) -> tuple[ReportRow, ...]:
        """The parts of the school, by each trait, in the steps of the round's own school year."""
        return tuple(r for r in self.others if r.trait != ALL and r.school_year == self.school_year)


@dataclass(frozen=True)
class SchoolPart:
    """What a board's report shows of one of its schools: all its pupils, in the round's own school year."""

    brinvest: str
    school_name: str
    sector: str
    results: tuple[ReportRow, ...]
    overall: tuple[Overall, ...]
    pooled: tuple[Pooled, ...] = ()


_OF_SCHOOL = tuple(field.name for field in fields(SchoolPart))


@dataclass(frozen=True)
class Total:
    """A row of table `board_report`: the board's shown schools together."""

    domain: str
    step: str
    scale: str
    n_schools_shown: int
    n_pupils: int | None
    mean_growth: float | None
    mean_growth_low: float | None
    mean_growth_high: float | None


@dataclass(frozen=True)
class BoardSlice(_Report):
    """What one board's report is made from: what its schools' own reports show, and the totals of what is shown."""

    schools: tuple[SchoolPart, ...]
    totals: tuple[Total, ...] = ()
    version: str = __version__

    @property
    def subject(self) -> str:
        """The bestuursnummer."""
        return self.board_number

    @property
    def drawable(self) -> bool:
        """Whether any school stands beside the country or its reference value: growth alone is in tables."""
        told = (each for school in self.shown for each in school.overall)
        return any(each.effect is not None or each.standardised is not None for each in told)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the board and its schools, and the notice."""
        return (self.board_name, self.notice, *(school.school_name for school in self.schools))

    @property
    def shown(self) -> tuple[SchoolPart, ...]:
        """The schools of which any figure may be shown."""
        return tuple(school for school in self.schools if any(result.shown for result in school.results))


@dataclass(frozen=True)
class Context:
    """What the slices of one release share; kinds: the report of each sector, `school` for those without their own."""

    round_code: str
    round: Round
    notice: str
    minimum_group: int
    similar_band: float
    model_terms: tuple[str, ...]
    estimator: str
    kinds: tuple[str, ...] = ()


def cut(
    schools: pd.DataFrame,
    boards: pd.DataFrame,
    report: pd.DataFrame,
    totals: pd.DataFrame,
    context: Context,
    pooled: pd.DataFrame | None = None,
) -> Iterator[Slice | BoardSlice]:
    """Cut tables `report`, `board_report` and `pooled` into slices: board by board its schools' and then its own.

    schools, boards: the register's rows of who takes part. One at a time, so that whoever writes them need not hold
    them all. Raises ContractError, naming school and figure, for a figure that is there in part.
    """
    names = schools.merge(boards, on="board_number").sort_values(["board_number", "brinvest"])
    places = report.groupby("brinvest").indices
    lasting = _units(Pooled, tables.empty(shown_tables.POOLED) if pooled is None else pooled)
    sums = dict(iter(totals[totals["school_year"] == context.round.school_year].groupby("board_number")))
    for number, members in names.groupby("board_number"):
        rows = [row for brinvest in members["brinvest"] for row in places.get(brinvest, ())]
        units = _units(ReportRow, report.iloc[rows])
        made = [_slice(each, units[each["brinvest"]], lasting[each["brinvest"]], context) for each in _records(members)]
        yield from made
        yield BoardSlice(
            **_shared(BOARD, context),
            board_number=number,
            board_name=made[0].board_name,
            schools=tuple(SchoolPart(*(getattr(s, name) for name in _OF_SCHOOL)) for s in made),
            totals=tuple(_built(Total, sums.get(number, totals.head(0)))),
        )


def write(content: Slice | BoardSlice, path: Path) -> None:
    """Write a slice as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole.write_text(path, content.text)


def read(path: Path | str) -> Slice | BoardSlice:
    """Read a slice; raises UnusableInput when it is absent or not one of this version."""
    try:
        return _content(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnusableInput(
            f"{path} does not exist. `nco analyse` writes the slices; `make demo` those of the demo."
        ) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise UnusableInput(f"{path} is not a slice that this version can read. Run `nco analyse` again.") from None


@lru_cache(maxsize=1)  # every chapter of a report reads the same slice, which nobody can change
def _content(text: str) -> Slice | BoardSlice:
    content = noted.loaded(text, parse_constant=_no_number)
    content["model_terms"] = tuple(content["model_terms"])
    if content["kind"] != BOARD:
        return Slice(**_parsed(content))
    schools = tuple(SchoolPart(**_parsed(school)) for school in content["schools"])
    return BoardSlice(**content | {"schools": schools, "totals": tuple(Total(**row) for row in content["totals"])})


def _no_number(constant: str) -> None:
    raise ValueError(constant)


def _parsed(content: dict) -> dict:
    """A school's part of a slice with its figures as ReportRow, Overall and Pooled."""
    made = {"results": ReportRow, "others": ReportRow, "overall": Overall, "pooled": Pooled}
    return content | {
        name: tuple(kind(**row) for row in content[name]) for name, kind in made.items() if name in content
    }


def _units(kind: type, rows: pd.DataFrame) -> defaultdict[str, list]:
    """The rows of each school, each as a `kind`: those of a whole board made at once, because each frame costs its
    time."""
    units = defaultdict(list)
    for brinvest, unit in zip(rows["brinvest"], _built(kind, rows), strict=True):
        units[brinvest].append(unit)
    return units


def _slice(school: dict, units: list[ReportRow], pooled: list[Pooled], context: Context) -> Slice:
    for unit in units:
        if unit.half:
            raise ContractError(
                f"The figure {unit.half} of {school['brinvest']}, {unit.domain} {unit.step} {unit.school_year}, "
                f"{unit.trait} {unit.value}, is there in part: a report would have a hole. Nothing was made of it."
            )
    units = sorted(units, key=lambda unit: (DOMAINS.index(unit.domain), *step_order(unit.step)))
    own = [unit.trait == ALL and unit.school_year == context.round.school_year for unit in units]
    names = ("brinvest", "school_name", "board_number", "board_name", "sector", "denomination")
    results = tuple(compress(units, own))
    return Slice(
        **_shared(school["sector"] if school["sector"] in context.kinds else "school", context),
        **{name: school[name] for name in names},
        results=results,
        others=tuple(unit for unit, first in zip(units, own, strict=True) if not first),
        overall=overall(results),
        pooled=tuple(sorted(pooled, key=lambda each: (DOMAINS.index(each.domain), each.scale))),
    )


def _shared(kind: str, context: Context) -> dict:
    return {
        "kind": kind,
        "round_code": context.round_code,
        "round_label": context.round.label,
        "school_year": context.round.school_year,
        "export_date": context.round.export_date.isoformat(),
        "publication": context.round.publication.isoformat(),
        "notice": context.notice,
        "minimum_group": context.minimum_group,
        "similar_band": context.similar_band,
        "model_terms": context.model_terms,
        "estimator": context.estimator,
    }


def _built(kind: type, frame: pd.DataFrame) -> list:
    """The rows of a frame, each as a `kind` whose fields are columns."""
    return [kind(**row) for row in _records(frame[[field.name for field in fields(kind)]])]


def _records(frame: pd.DataFrame) -> list[dict]:
    """The rows as plain Python values, None for empty."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _lines(value: object) -> str:
    """A field as JSON, the rows of a table a line each: with an indent Python's slow encoder would write it."""
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return "[\n" + ",\n".join(map(_line, value)) + "\n]"
    return _line(value)


def _line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_plain, allow_nan=False)


def _plain(value: object) -> object:
    """What JSON does not know: our rows, and numbers of numpy."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return float(value)
