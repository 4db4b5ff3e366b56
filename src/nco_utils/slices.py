"""The slice of one report: everything its chapters may know, after disclosure control.

A slice is one JSON file, so a reviewer can read what a report was made from and a hash proves it.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from itertools import compress
from pathlib import Path

import pandas as pd

from . import __version__
from .errors import UnusableInput
from .params import Round
from .tables import ALL


@dataclass(frozen=True)
class Result:
    """One row of table `report`: a unit of the school (cohort, step, domain, trait, value); None: not shown."""

    domain: str
    step: str
    school_year: str
    trait: str
    value: str
    scale: str | None
    status: str
    n_pupils: int | None
    n_without_growth: int | None
    n_results_other_scale: int | None
    percent_with_growth: int | None
    mean_growth: float | None
    mean_growth_low: float | None
    mean_growth_high: float | None
    mean_before: float | None
    p10: float | None
    p25: float | None
    p50: float | None
    p75: float | None
    p90: float | None
    standardised: float | None
    standardised_low: float | None
    standardised_high: float | None
    national_pupils: int | None
    national_mean: float | None
    model: str | None
    reference: float | None
    reference_low: float | None
    reference_high: float | None
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    effect_shrunken: float | None
    reliability: float | None

    @property
    def shown(self) -> bool:
        """Whether the school's figures may be shown."""
        return self.status == "shown"

    @property
    def has_reference(self) -> bool:
        """Whether there is a reference value to show."""
        return self.reference is not None


@dataclass(frozen=True)
class Slice:
    """What one school's report is made from.

    `results`: all its pupils, in the steps of the round's own school year. `others`: every other unit, so the same
    steps a year ago, and the parts of the school by each trait.
    """

    round_code: str
    round_label: str
    publication: str
    brinvest: str
    school_name: str
    board_number: str
    board_name: str
    sector: str
    denomination: str
    notice: str
    minimum_group: int
    similar_band: float
    model_terms: tuple[str, ...]
    results: tuple[Result, ...]
    others: tuple[Result, ...] = ()
    version: str = __version__

    @property
    def shown(self) -> tuple[Result, ...]:
        """The results whose figures may be shown."""
        return tuple(result for result in self.results if result.shown)

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the slice's content, in hexadecimal."""
        return hashlib.sha256(_text(self).encode()).hexdigest()

    @property
    def reference_number(self) -> str:
        """The number on the cover: round, school and the first eight digits of the fingerprint."""
        return f"NCO-{self.round_code}-{self.brinvest}-{self.fingerprint[:8]}"


@dataclass(frozen=True)
class Context:
    """What the slices of one release share."""

    round_code: str
    round: Round
    notice: str
    minimum_group: int
    similar_band: float
    model_terms: tuple[str, ...]


def cut(schools: pd.DataFrame, boards: pd.DataFrame, report: pd.DataFrame, context: Context) -> list[Slice]:
    """Cut table `report` into one slice per enrolled school, in order of `brinvest`."""
    names = schools.merge(boards, on="board_number").sort_values("brinvest")
    rows = dict(iter(report.groupby("brinvest")))
    return [_slice(school, rows.get(school["brinvest"], report.head(0)), context) for school in _records(names)]


def write(content: Slice, path: Path) -> None:
    """Write a slice as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(_text(content) + "\n", encoding="utf-8")
    partial.replace(path)


def read(path: Path | str) -> Slice:
    """Read a slice; raises UnusableInput when it is absent or not one of this version."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        units = {name: tuple(Result(**row) for row in content.pop(name)) for name in ("results", "others")}
        return Slice(**content | units | {"model_terms": tuple(content["model_terms"])})
    except FileNotFoundError:
        raise UnusableInput(
            f"{path} does not exist. `nco analyse` writes the slices; `make demo` those of the demo."
        ) from None
    except (OSError, ValueError, TypeError, KeyError):
        raise UnusableInput(f"{path} is not a slice that this version can read. Run `nco analyse` again.") from None


def _slice(school: dict, rows: pd.DataFrame, context: Context) -> Slice:
    units = [Result(**row) for row in _records(rows[[field.name for field in fields(Result)]])]
    own = [unit.trait == ALL and unit.school_year == context.round.school_year for unit in units]
    return Slice(
        round_code=context.round_code,
        round_label=context.round.label,
        publication=context.round.publication.isoformat(),
        **{
            name: school[name]
            for name in ("brinvest", "school_name", "board_number", "board_name", "sector", "denomination")
        },
        notice=context.notice,
        minimum_group=context.minimum_group,
        similar_band=context.similar_band,
        model_terms=context.model_terms,
        results=tuple(compress(units, own)),
        others=tuple(unit for unit, first in zip(units, own, strict=True) if not first),
    )


def _records(frame: pd.DataFrame) -> list[dict]:
    """The rows as plain Python values, None for empty."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _text(content: Slice) -> str:
    return json.dumps(asdict(content), ensure_ascii=False, indent=1, sort_keys=True, default=float)
