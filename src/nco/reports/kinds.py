"""The kinds of reports: each is declared here once, and nothing else asks which kind a report is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from nco.base import notes
from nco.base.all_settings import Settings
from nco.base.dutch import location
from nco.disclosure import all_tables
from nco_utils import tables
from nco_utils.errors import UnusableInput

from .card import Card
from .content import Content
from .covid import facts as covid_facts
from .covid import shown as covid_shown
from .covid import slices as covid_slices
from .facts import ReportFacts
from .growth import facts, shown, slices


@dataclass(frozen=True)
class Subject:
    """What reports are of.

    folder: of its reports in a release. gathers: whether its report shows the schools of one board, which have reports
    of their own; such a report is published with all of these only. written: its code as people read it.
    """

    name: str
    folder: str
    gathers: bool = False
    written: Callable[[str], str] = str


class Settled(Protocol):
    """What a study settles before its notebook runs, which cannot change it."""

    @property
    def pairs(self) -> Any:
        """What the notebook computes from; it asks `nco.notebooks.variants.settled` for it."""


class Protected(Protocol):
    """What the reports of a study may show: its tables after disclosure control, and what else they are cut of."""

    @property
    def tables(self) -> dict[tables.Table, pd.DataFrame]:
        """The tables, which are written to the round's folder."""


@dataclass(frozen=True)
class Study:
    """What one or more kinds are made from: computed, protected and cut for the whole country in one go.

    national: the notebook that computes its national tables, and of no other study. settle: of a round, the data folder
    and the settings, what these are computed from. protect: of that, and the same, what may be shown; it reads what the
    notebook wrote, and refuses what is of something else than was settled. cut: of what may be shown, and of the
    register's rows of the schools and of the boards that take part, the slices of all its kinds, one at a time.
    computed: the tables that the notebook writes. explain: writes the technical explanation of a round into a new
    folder.
    """

    national: str
    settle: Callable[[str, Path, Settings], Settled]
    protect: Callable[[Any, str, Path, Settings], Any]
    cut: Callable[[Any, pd.DataFrame, pd.DataFrame], Iterator[Content]]
    computed: tuple[tables.Table, ...] = ()
    explain: Callable[[str, Path, Settings, Path], None] | None = None


@dataclass(frozen=True)
class Kind:
    """A kind of report; its chapters are in params/reports.yml, what it is called in params/texts/nl.yml.

    read: its slice, from the JSON of its file. facts: what is known of a slice without opening it. has_reference:
    whether its schools have a predicted reference value. roles: for whom there is a quality card; card: that of a role.
    """

    name: str
    subject: Subject
    study: Study
    read: Callable[[dict], Content]
    facts: Callable[[Any], ReportFacts]
    has_reference: bool = True
    roles: tuple[str, ...] = ()
    card: Callable[[Any, str], Card] | None = None


class _OfKind(Protocol):
    @property
    def kind(self) -> str: ...


SCHOOL, BOARD = Subject("school", "schools", written=location), Subject("board", "boards", gathers=True)
SUBJECTS = (SCHOOL, BOARD)  # in this order wherever reports are listed


def _school_card(content: Any, role: str) -> Card:
    from .growth import quality_cards  # with what a notebook needs: plan and pages do without

    return quality_cards.of_school(content, role, of(content).has_reference)


def _board_card(content: Any, role: str) -> Card:
    from .growth import quality_cards

    return quality_cards.of_board(content, role)


def _explain_growth(round_code: str, data: Path, settings: Settings, folder: Path) -> None:
    from . import explanation

    explanation.of_growth(round_code, data, settings, folder)


def _explain_covid(round_code: str, data: Path, settings: Settings, folder: Path) -> None:
    from .covid import explained

    explained.write(round_code, data, settings, folder)


_GROWTH = Study("landelijk", shown.settle, shown.protect, shown.cut, all_tables.OF_GROWTH, _explain_growth)
_COVID = Study("covid", covid_shown.settle, covid_shown.protect, covid_shown.cut, all_tables.OF_COVID, _explain_covid)
_OF_SCHOOL = Kind(
    "school", SCHOOL, _GROWTH, slices.school, facts.school, roles=("leerkracht", "intern-begeleider"), card=_school_card
)
KINDS = {
    kind.name: kind
    for kind in (
        _OF_SCHOOL,
        *(replace(_OF_SCHOOL, name=sector) for sector in tables.SECTORS),  # where a sector has chapters of its own
        replace(_OF_SCHOOL, name="sbo", has_reference=False),
        Kind("covid", SCHOOL, _COVID, covid_slices.read, covid_facts.school, has_reference=False),
        Kind("board", BOARD, _GROWTH, slices.board, facts.board, roles=("beleidsmedewerker",), card=_board_card),
    )
}


def of(report: _OfKind) -> Kind:
    """Return the kind of a slice, its facts or a row of the review."""
    return KINDS[report.kind]


def in_use(settings: Settings) -> list[Kind]:
    """Return the kinds of params/reports.yml; raises UnusableInput, naming it, for one that is not declared."""
    if unknown := [name for name in settings.reports if name not in KINDS]:
        raise UnusableInput(
            f"params/reports.yml names {', '.join(unknown)}: no kind of report. There are: {', '.join(KINDS)}."
        )
    for name, report in settings.reports.items():
        roles = KINDS[name].roles
        if unknown := [role for role in report.cards if role not in roles]:
            raise UnusableInput(
                f"params/reports.yml names {', '.join(unknown)} among the cards of {name}: there is no such card. "
                f"There are: {', '.join(roles) or 'none'}."
            )
    return [KINDS[name] for name in settings.reports]


def studies(settings: Settings, round_code: str) -> list[Study]:
    """Return what the kinds of a round are made from, each once."""
    names = settings.reports_of(round_code)
    return list(dict.fromkeys(kind.study for kind in in_use(settings) if kind.name in names))


def facts_of(content: Content) -> ReportFacts:
    """Return what plan, index and reviewers know of the report of a slice."""
    return of(content).facts(content)


def place(report: _OfKind) -> int:
    """Return where the reports of its subject stand among those of others."""
    return SUBJECTS.index(of(report).subject)


def read(path: Path | str) -> Content:
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
def _content(text: str) -> Content:
    content = notes.loaded(text, parse_constant=_no_number)
    return KINDS[content["kind"]].read(content)


def _no_number(constant: str) -> None:
    raise ValueError(constant)
