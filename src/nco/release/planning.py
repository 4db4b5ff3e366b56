"""What a release is asked to make, and which of it is there already: every report has a key.

The key is a hash of everything that the report depends on, so that what was made before is never made again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

from nco.base import all_settings, fingerprint
from nco.notebooks import execute
from nco.render import engines, outputs
from nco.reports import kinds
from nco_utils import params
from nco_utils.errors import UnusableInput

from . import provenance, round_pipeline
from .make import Source
from .report_facts import ReportFacts
from .store import Store

WORK = provenance.WORK  # in the output folder, too: the store, and what is in the making


@dataclass(frozen=True)
class Request:
    """What to release: of which round, from which data folder, to where and how.

    out_of_order: although a later round was released. looser_review: publication waits for what release.review says
    now, though the round has waited for more. Its folders are absolute, however they were given: they go to processes
    that run elsewhere.
    """

    round_code: str
    data: Path
    out: Path
    formats: tuple[str, ...] = tuple(engines.OUTPUTS)
    engine: str = "auto"
    notebook_engine: str = "nco"
    workers: int | None = None
    schools: tuple[str, ...] = ()
    scheduler: str | None = None
    looser_review: bool = False
    out_of_order: bool = False

    def __post_init__(self) -> None:
        """The same formats in another order, or one twice, are the same request; raises UnusableInput for none.

        Folders become absolute while a relative one still means what it did to whoever gave it.
        """
        object.__setattr__(self, "formats", tuple(outputs.known(self.formats)))
        for name in ("data", "out"):
            object.__setattr__(self, name, getattr(self, name).absolute())

    @property
    def work(self) -> Path:
        """Where the round's work is kept."""
        return self.out / WORK / self.round_code

    @property
    def building(self) -> Path:
        """Where a release is put together: beside its place, so on the same disk, wherever the work is kept."""
        return self.out / f".{self.round_code}.new"

    @property
    def published(self) -> Path:
        """Where readers find the release."""
        return self.out / self.round_code

    @property
    def timestamp(self) -> datetime:
        """The time that files carry: the publication date, so that the same input gives the same bytes."""
        return datetime.combine(all_settings.load().round(self.round_code).publication, time(12), UTC)


@dataclass(frozen=True)
class Plan:
    """The reports to make, and the keys of those that are there already."""

    sources: tuple[Source, ...]
    there: frozenset[str]


def require_chapters() -> None:
    """Raise UnusableInput, naming it, for a chapter that cannot be read or joined with the others of its report."""
    root, settings = params.project_root(), all_settings.load()
    kinds.in_use(settings)
    for report in settings.reports.values():
        execute.join_chapters([root / name for name in report.notebooks])


def plan(request: Request, all_facts: Sequence[ReportFacts], engine: engines.Engine) -> Plan:
    """Return every report that is asked for, with the key of everything that it depends on."""
    store, reports = Store(request.work / "store"), all_settings.load().reports
    when, program = request.timestamp.isoformat(), fingerprint.of_program()
    root, hashes, sources = params.project_root(), fingerprint.program(), []
    for facts in _chosen(all_facts, request.schools):
        parts, notebooks = tuple(reports[facts.kind].parts.items()), reports[facts.kind].notebooks
        roles = reports[facts.kind].cards
        made_with = (program, parts, roles, request.formats, engine.name, engine.version, when)
        sources.append(
            Source(
                facts.subject,
                round_pipeline.slice_path(request.data, request.round_code, facts.subject).absolute(),
                facts.fingerprint,
                tuple(root / name for name in notebooks),
                tuple(hashes.get(name, "") for name in notebooks),
                fingerprint.of(facts.fingerprint, *made_with),
                parts,
                roles,
            )
        )
    return Plan(tuple(sources), frozenset(source.key for source in sources if store.get(source.key)))


def _chosen(all_facts: Sequence[ReportFacts], chosen: Sequence[str]) -> list[ReportFacts]:
    """The reports to make: all, or those of the chosen schools, and of boards that have no others."""
    if unknown := set(chosen) - {facts.subject for facts in all_facts if _is_school(facts)}:
        names = ", ".join(sorted(unknown))
        raise UnusableInput(f"No report in this round: {names}. `nco status` says which schools take part.")
    if not chosen:
        return list(all_facts)
    partly = {facts.board_number for facts in boards_in_part(all_facts, chosen)}
    boards = {facts.board_number for facts in all_facts if facts.subject in chosen} - partly
    return [
        facts for facts in all_facts if facts.subject in chosen or (_gathers(facts) and facts.board_number in boards)
    ]


def boards_in_part(all_facts: Sequence[ReportFacts], chosen: Sequence[str]) -> list[ReportFacts]:
    """Return the boards of some of whose schools there are reports to make, and of others not.

    The report of such a board would show schools that are not asked for.
    """
    schools = [facts for facts in all_facts if _is_school(facts)]
    numbers = {facts.board_number for facts in schools if facts.subject in chosen}
    partly = {facts.board_number for facts in schools if facts.subject not in chosen} & numbers
    return [facts for facts in all_facts if _gathers(facts) and facts.board_number in partly] if chosen else []


def _is_school(facts: ReportFacts) -> bool:
    return kinds.of(facts).subject == kinds.SCHOOL


def _gathers(facts: ReportFacts) -> bool:
    return kinds.of(facts).subject.gathers
