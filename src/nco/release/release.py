"""A release: plan what is to be made, make it, check it, and publish it as one whole.

Work is keyed by a hash of everything that it depends on: what was made before is never made again, a run that was
stopped goes on where it was, and a report that fails never stops the others.
"""

import platform
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from nco.base import all_settings, disk, fingerprint, locking, swap_folders, workers
from nco.base.journal import Journal
from nco.disclosure import earlier_releases, settle, shown_tables
from nco.register import keyfile
from nco.render import engines
from nco.reports import kinds
from nco_utils import __version__, noted, tables
from nco_utils.errors import UnusableInput

from . import (
    apart,
    dispatch,
    ownership,
    pages,
    planning,
    publication,
    round_pipeline,
    scheduler,
    shards,
    signature,
)
from .dispatch import Progress
from .make import Source
from .planning import Plan, Request
from .provenance import Origin
from .publication import Report
from .report_facts import ReportFacts
from .review import review_folder, verdicts
from .shards import Shard
from .store import Store

_CHANGED = {True: "published", False: "unchanged"}  # the event of each


@dataclass(frozen=True)
class Release:
    """A finished run: what became of every report, how many were made now, and where the release is, if there is one.

    changed: whether what is published was replaced. waiting: the reports of which publication waits for a verdict; the
    release is not published then. review: the page for reviewers. mode: what publication waits for (`verdicts.MODES`).
    boards_in_part: the boards that have no report because only some of their schools were asked for. held: of a release
    out of the calendar's order how many results (blocks) are as they were before, or hidden, for what was released.
    warnings: what the engine warned of, and of how many reports and pages.
    """

    reports: tuple[Report, ...]
    folder: Path | None
    engine: str
    n_made: int = 0
    changed: bool = True
    waiting: tuple[str, ...] = ()
    review: Path | None = None
    mode: str = verdicts.MODES[0]
    boards_in_part: tuple[str, ...] = ()
    held: dict[str, int] | None = None
    warnings: dict[str, int] = field(default_factory=dict)

    def of(self, subject: kinds.Subject) -> tuple[Report, ...]:
        """Return the reports of that subject."""
        return tuple(report for report in self.reports if kinds.of(report.facts).subject == subject)

    @property
    def schools(self) -> tuple[Report, ...]:
        """The reports of schools."""
        return self.of(kinds.SCHOOL)

    @property
    def boards(self) -> tuple[Report, ...]:
        """The reports of boards."""
        return self.of(kinds.BOARD)

    @property
    def failed(self) -> dict[str, str]:
        """Why a report could not be made, by subject."""
        return {report.facts.subject: report.error for report in self.reports if report.error}

    @property
    def incomplete(self) -> dict[str, tuple[str, ...]]:
        """The boards whose report is left out for schools that it shows and that have none, with these schools."""
        without = [report.facts for report in self.schools if not report.files]
        return {
            report.facts.subject: tuple(c.subject for c in without if c.board_number == report.facts.board_number)
            for report in self.reports
            if report.left_out == verdicts.INCOMPLETE
        }


def as_record(finished: Release) -> dict:
    """Return what became of a release as plain values, for --json."""
    return {
        "folder": str(finished.folder) if finished.folder else None,
        "engine": finished.engine,
        "made": finished.n_made,
        "changed": finished.changed,
        "waiting": len(finished.waiting),
        "review": str(finished.review) if finished.review else None,
        "warnings": finished.warnings,
        "reports": dict(Counter(report.state for report in finished.schools)),
        **{
            subject.folder: dict(Counter(report.state for report in finished.of(subject)))
            for subject in kinds.SUBJECTS
            if subject != kinds.SCHOOL
        },
        "failed": finished.failed,
        "incomplete": {board: list(schools) for board, schools in finished.incomplete.items()},
        "boards_in_part": list(finished.boards_in_part),
        "waits_for": finished.mode,
        "held": finished.held,
    }


def release(request: Request, progress: Progress, log: Journal | None = None) -> Release:
    """Validate, analyse, make and check every report, and publish them in `request.out/<round>`.

    A report that fails is left out and named, as is one that reviewers rejected or that changed since their verdict,
    and a board's that shows such a school; the others are published. Nothing is published when none is left, or while a
    verdict is waited for (release.review); then, and when the run is interrupted, an earlier release stays as it was.
    Raises UnusableInput for a call, settings or data from which nothing can be made, when another run is at work in the
    same folder, and when what lies there is no release, and Unwritable when a folder cannot be written to. What happens
    is noted in `log`, which is begun here.
    """
    engine, log = engines.choose_engine(request.engine), log or Journal()
    _check(request, engine)
    with _locked(request, engine, log):
        analysis, planned, store = _planned(request, engine, progress, log)
        errors = dispatch.run(planned, request, engine, store, progress, log)
        # Only what is asked for: who gets the reports of a few schools does not read which other ones there are.
        asked = {source.subject: source for source in planned.sources}
        chosen = [facts for facts in analysis.all_facts if facts.subject in asked]
        reports = tuple(_report(facts, asked[facts.subject], errors, store) for facts in chosen)
        made = sum(source.key not in planned.there for source in planned.sources) - len(errors)
        warned = Counter(text for report in reports if report.key for text in store.get(report.key).warnings)
        log.stage("publish")
        with verdicts.held(request.work):
            found = review_folder.look(request, reports)
            changed = found.publishable and _publish(request, found, analysis, engine, store, warned)
            page = review_folder.bring_up_to_date(found, request, store)
        folder = request.published if found.publishable else None
        for text, n in warned.items():
            log.note("warned", reason=text, reports=n)
        became = "waiting" if found.settled.waiting else "nothing" if not folder else _CHANGED[changed]
        log.note(became, reports=sum(bool(report.files) for report in found.reports), failed=len(errors))
        waiting, mode = found.settled.waiting, found.settled.mode
        partly = tuple(facts.subject for facts in planning.boards_in_part(analysis.all_facts, request.schools))
        how = engine.version, made, changed, waiting, page, mode, partly, _held(request), dict(warned)
        return Release(found.reports, folder, *how)


def shard(request: Request, part: Shard, progress: Progress, log: Journal | None = None) -> shards.Finished:
    """Make the reports of one part of a release, and publish nothing; other parts may be made at the same time.

    Raises UnusableInput as `release` does.
    """
    engine, log = engines.choose_engine(request.engine), log or Journal()
    _check(request, engine)
    with _locked(request, engine, log, shared=True):
        _, planned, store = _planned(request, engine, progress, log)
        mine = part.of(planned)
        return shards.finished(part, mine, dispatch.run(mine, request, engine, store, progress, log))


def _planned(
    request: Request, engine: engines.Engine, progress: Progress, log: Journal
) -> tuple[round_pipeline.Analysis, Plan, Store]:
    """The analysis of what is delivered now, what is to be made of it, and where that is kept."""

    def begin(stage: str) -> None:
        planning.require_chapters()  # before the hours that follow, and not at all when there is nothing to do
        log.stage(stage)
        progress(stage, 0, 1, 0)

    analysis = round_pipeline.up_to_date(request.round_code, request.data, begin, workers.apart)
    planned = planning.plan(request, analysis.all_facts, engine)
    log.stage("make")
    log.note("planned", reports=len(planned.sources), there=len(planned.there))
    return analysis, planned, Store(request.work / "store")


def _check(request: Request, engine: engines.Engine) -> None:
    """Refuse what can be refused before any work is done."""
    all_settings.load().round(request.round_code)
    if request.notebook_engine not in ("nco", "kernel"):
        raise UnusableInput(f"There is no notebook engine {request.notebook_engine!r}. There are: nco, kernel.")
    if request.workers is not None and request.workers < 1:
        raise UnusableInput("--workers must be at least 1.")
    if request.scheduler and request.workers is not None:
        raise UnusableInput("--workers is about processes on this machine; a scheduler has workers of its own.")
    if not request.data.is_dir():
        raise UnusableInput(f"The data folder {request.data} does not exist. `nco demo --data DIR --real` makes one.")
    apart.require_apart(request.round_code, request.data, request.out)
    keyfile.require_outside(request.out, "the output folder")
    _require_order(request)
    if request.scheduler:
        scheduler.check(request.scheduler)
    signature.in_use(request.data, request.out)
    engines.check_fonts()
    _ = engine.version  # asks its tools: one that is missing is said now


def _require_order(request: Request) -> None:
    later = earlier_releases.later(request.round_code, request.data, all_settings.load())
    if later and not request.out_of_order:
        raise UnusableInput(
            f"{', '.join(later)} was released already, and {request.round_code} comes before it in the calendar. "
            "Rounds are released in that order, because a release is held to what was released before it. To release "
            "it all the same: --out-of-order. What that costs: where only a few pupils differ, a figure stays as "
            f"{later[-1]} showed it, or is hidden."
        )


def _held(request: Request) -> dict[str, int] | None:
    """What a release out of order costs; None for one in order."""
    if not earlier_releases.later(request.round_code, request.data, all_settings.load()):
        return None
    decisions = tables.read(shown_tables.BLOCKS, request.data / request.round_code)["decision"]
    return {name: int((decisions == name).sum()) for name in (settle.FROZEN, settle.HIDDEN)}


@contextmanager
def _locked(request: Request, engine: engines.Engine, log: Journal, shared: bool = False) -> Iterator[None]:
    """One run at a time in an output folder, or any number of shards; what an earlier run left half-made goes."""
    folders = request.out, request.data
    with disk.watched(*folders, data=request.data):
        request.work.mkdir(parents=True, exist_ok=True)
        _begin(log, request, engine)
        with locking.lock(request.work / "lock", shared):
            if shared:
                yield  # others are at work; each cleans up after itself
                return
            swap_folders.mend(request.published)
            ownership.require_ours(request.published)
            _clean(request)
            try:
                with disk.watched(*folders, data=request.data):  # before it is cleaned: which disk is it that is full?
                    yield
            finally:
                _clean(request)


def _begin(log: Journal, request: Request, engine: engines.Engine) -> None:
    log.begin(
        request.work / "logs",
        round=request.round_code,
        data=str(request.data),
        out=str(request.out),
        engine=engine.name,
        engine_version=engine.version,
        notebook_engine=request.notebook_engine,
        workers=request.workers or all_settings.load().release.workers,
        formats=request.formats,
        schools=request.schools,
    )


def _clean(request: Request) -> None:
    for folder in (request.work / "making", request.work / "pages", request.building):
        shutil.rmtree(folder, ignore_errors=True)


def _report(facts: ReportFacts, source: Source, errors: dict[str, str], store: Store) -> Report:
    made = None if facts.subject in errors else store.get(source.key)
    if made is None:
        return Report(facts, error=errors.get(facts.subject, "it was made, but is not there"))
    return Report(facts, made.files, made.counts, source.key)


def _publish(
    request: Request,
    found: review_folder.Review,
    analysis: round_pipeline.Analysis,
    engine: engines.Engine,
    store: Store,
    warned: Counter[str],
) -> bool:
    """Publish the release, unless just this is published; return whether it was. warned: the pages' warnings go in."""
    made_of = analysis.made_of
    key = signature.in_use(request.data, request.out)
    reports, facts = found.reports, _facts(request, made_of, engine) | {"waited_for": found.settled.mode}
    if key:
        facts["signed_by"] = signature.number(key.public_key())
    stated = [[r.facts.subject, r.state, r.key, r.error, asdict(r.verdict) if r.verdict else None] for r in reports]
    state = fingerprint.of(facts, made_of.fingerprint, stated)
    note = request.work / "published"
    before = noted.text(note, "Remove it: the release is then published again.")
    signed = not key or (request.published / publication.SIGNATURE).is_file()
    if before == state and signed and publication.is_whole(request.published):
        return False
    stage = pages.Stage(request.work / "pages", store, request.timestamp)
    made = pages.explanation(request.round_code, request.data, request.formats, engine, stage)
    made |= pages.overview(request.round_code, request.data, reports, list(made), stage)
    for page in {page.key for page in made.values()}:
        warned.update(store.get(page).warnings)
    building, manifest = request.building, publication.manifest(reports, made, facts)
    publication.build(building, reports, made, manifest, store)
    if key:
        (building / publication.SIGNATURE).write_bytes(signature.sign(manifest.encode(), key))
    review_folder.build(found, building / publication.REVIEW, request, store)
    fingerprint.require_unchanged()
    ownership.require_ours(request.published, every_byte=True)
    # Before anybody can read it: a release that nobody remembers would not be protected against the next.
    round_pipeline.keep_released(request.round_code, request.data, analysis.all_facts)
    note.unlink(missing_ok=True)
    publication.publish(building, request.published)
    note.write_text(state, encoding="ascii")
    if not request.schools:  # what was made of the others is asked for again by the next release of all
        store.sweep({report.key for report in reports if report.key} | {page.key for page in made.values()})
    return True


def _facts(request: Request, made_of: Origin, engine: engines.Engine) -> dict:
    """What a release was made of and with; `program` has every module, chapter and setting with its hash."""
    return {
        "round": request.round_code,
        "made_with": {
            "nco-utils": __version__,
            "engine": engine.name,
            "engine_version": engine.version,
            "python": platform.python_version(),
            "packages": fingerprint.packages(),
            "program": fingerprint.program(),
        },
        "made_of": made_of.sealed,
    }
