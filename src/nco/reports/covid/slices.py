"""The slice of a school's report on the school closures of 2020, and how it is cut."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from nco.disclosure.delays import delay_tables
from nco_utils import __version__
from nco_utils.params import Round
from nco_utils.tables import ALL, DOMAINS

from ..content import OfSchool
from ..growth.rows import Ends, step_order
from ..growth.slices import figures_of
from ..growth.verdicts import Rule


@dataclass(frozen=True)
class Delay:
    """A row of table `school_delays`: delay of some pupils at a step, or (step all) at all shown steps of a domain."""

    domain: str
    step: str
    scale: str
    trait: str
    value: str
    status: str
    n_affected: int | None = None
    n_before: int | None = None
    n_years: int | None = None
    delay: float | None = None
    delay_low: float | None = None
    delay_high: float | None = None
    delay_shrunken: float | None = None
    delay_q: float | None = None
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None
    national: float | None = None
    country: float | None = None
    country_low: float | None = None
    country_high: float | None = None
    country_shrunken: float | None = None
    country_q: float | None = None
    spread: float | None = None
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None
    gap_q: float | None = None

    @property
    def shown(self) -> bool:
        """Whether the figures may be shown."""
        return self.status == "shown"

    def in_sd(self, measure: str) -> Ends:
        """Return the ends of the interval of a difference in standard deviations of the schools' differences."""
        low, high = (getattr(self, f"{measure}_{end}") for end in ("low", "high"))
        return (low / self.spread, high / self.spread) if self.spread and low is not None else (None, None)


@dataclass(frozen=True)
class Shift:
    """A row of table `school_shifts`: growth of a cohort of the school, all shown steps of a domain together."""

    school_year: str
    domain: str
    n_pupils: int
    shift: float
    shift_low: float
    shift_high: float
    national: float


@dataclass(frozen=True)
class CountryDelay:
    """A row of table `country_delays`: the delay of pupils of the whole country."""

    domain: str
    step: str
    scale: str
    trait: str
    value: str
    n_affected: int
    n_before: int
    n_schools: int
    delay: float
    delay_low: float
    delay_high: float
    standardised: float | None = None
    standardised_low: float | None = None
    standardised_high: float | None = None


@dataclass(frozen=True)
class Slice(OfSchool):
    """What one school's report is made from.

    affected, before: the school years that are compared. number: of the report among those of the round.
    """

    brinvest: str
    school_name: str
    sector: str
    denomination: str
    number: int
    minimum_group: int
    similar_band: float
    false_discovery_rate: float
    affected: str
    before: tuple[str, ...]
    delays: tuple[Delay, ...] = ()
    shifts: tuple[Shift, ...] = ()
    country: tuple[CountryDelay, ...] = ()
    version: str = __version__

    @property
    def about(self) -> dict[str, str]:
        """Board, school, brinvest, sector and denomination."""
        return super().about | {"denomination": self.denomination}

    @property
    def reference_number(self) -> str:
        """The number on the cover, as NCO's: the month of publication and the report's number in it."""
        year, month, _ = self.publication.split("-")
        return f"{year}{month}{self.number:04d}"

    @property
    def drawable(self) -> bool:
        """Whether any difference of the school can be drawn; the country's alone is in tables."""
        return bool(self.shown)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of school and board, the denomination, and the notice."""
        return (self.school_name, self.board_name, self.denomination, self.notice)

    @property
    def rule(self) -> Rule:
        """The rule of the verdicts."""
        return Rule(self.similar_band, self.false_discovery_rate)

    @property
    def steps(self) -> tuple[Delay, ...]:
        """All pupils, at every step of which the affected cohort has results."""
        return tuple(row for row in self.delays if row.trait == ALL and row.step != ALL)

    @property
    def shown(self) -> tuple[Delay, ...]:
        """All pupils, at the steps that are shown."""
        return tuple(row for row in self.steps if row.shown)

    @property
    def groups(self) -> tuple[Delay, ...]:
        """Groups of pupils, all steps of a domain together."""
        return tuple(row for row in self.delays if row.trait != ALL)

    @property
    def overall(self) -> tuple[Delay, ...]:
        """All pupils, all steps of each domain together."""
        return tuple(row for row in self.delays if row.trait == ALL and row.step == ALL)

    def of_country(self, domain: str, step: str = ALL, trait: str = ALL, value: str = ALL) -> CountryDelay | None:
        """Return the country's delay of some pupils; None where it may not be told."""
        wanted = domain, step, trait, value
        return next((row for row in self.country if (row.domain, row.step, row.trait, row.value) == wanted), None)


@dataclass(frozen=True)
class Context:
    """What the slices of one release share; country: of each sector."""

    round_code: str
    round: Round
    notice: str
    minimum_group: int
    similar_band: float
    false_discovery_rate: float
    affected: str
    before: tuple[str, ...]
    kind: str
    country: Mapping[str, tuple[CountryDelay, ...]] = field(default_factory=dict)


def cut(schools: pd.DataFrame, boards: pd.DataFrame, shown: Mapping, context: Context) -> Iterator[Slice]:
    """Cut tables `school_delays` and `school_shifts` into the slices of the schools, one at a time.

    schools, boards: the register's rows of who takes part.
    """
    delays, shifts = (
        figures_of(kind, shown[table])
        for kind, table in ((Delay, delay_tables.SCHOOL_DELAYS), (Shift, delay_tables.SCHOOL_SHIFTS))
    )
    named = schools.merge(boards, on="board_number").sort_values("brinvest", ignore_index=True)
    for place, school in enumerate(named.itertuples(), start=1):
        yield Slice(
            kind=context.kind,
            round_code=context.round_code,
            round_label=context.round.label,
            school_year=context.round.school_year,
            export_date=context.round.export_date.isoformat(),
            publication=context.round.publication.isoformat(),
            board_number=school.board_number,
            board_name=school.board_name,
            notice=context.notice,
            brinvest=school.brinvest,
            school_name=school.school_name,
            sector=school.sector,
            denomination=school.denomination,
            number=place,
            minimum_group=context.minimum_group,
            similar_band=context.similar_band,
            false_discovery_rate=context.false_discovery_rate,
            affected=context.affected,
            before=context.before,
            delays=tuple(sorted(delays[school.brinvest], key=_order)),
            shifts=tuple(sorted(shifts[school.brinvest], key=lambda row: (DOMAINS.index(row.domain), row.school_year))),
            country=context.country.get(school.sector, ()),
        )


def read(content: dict) -> Slice:
    """Return the slice of a school that was read from its file."""
    rows = {"delays": Delay, "shifts": Shift, "country": CountryDelay}
    made: dict[str, Any] = {name: tuple(kind(**row) for row in content[name]) for name, kind in rows.items()}
    return Slice(**content | made | {"before": tuple(content["before"])})


def country_of(told: pd.DataFrame) -> dict[str, tuple[CountryDelay, ...]]:
    """Return the country's delays of each sector."""
    found = figures_of(CountryDelay, told.assign(brinvest=told["sector"]))
    return {sector: tuple(sorted(rows, key=_order)) for sector, rows in found.items()}


def _order(row: Delay | CountryDelay) -> tuple:
    """Domains in the order of reports, all pupils first, the steps in theirs and then all of them together."""
    domain = DOMAINS.index(row.domain) if row.domain in DOMAINS else len(DOMAINS)
    step = (99, 0) if row.step == ALL else step_order(row.step)
    return domain, row.trait != ALL, row.trait, row.value, *step, row.scale
