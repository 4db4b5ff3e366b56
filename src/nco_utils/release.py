"""A release: plan what is to be made, make it, check it, and publish it as one whole.

Work is keyed by a hash of everything that it depends on: what was made before is never made again, a run that was
stopped goes on where it was, and a report that fails never stops the others.
"""

import platform
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from . import (
    __version__,
    dispatch,
    fingerprint,
    locking,
    pages,
    params,
    planning,
    publication,
    render,
    review,
    rounds,
    scheduler,
    shards,
    verdicts,
)
from .cards import Card
from .dispatch import Progress
from .errors import UnusableInput
from .making import Source
from .planning import Plan, Request
from .provenance import Origin
from .publication import Report
from .shards import Shard
from .store import Store


@dataclass(frozen=True)
class Release:
    """A finished run: what became of every report, how many were made now, and where the release is, if there is one.

    changed: whether what is published was replaced. waiting: the reports of which publication waits for a verdict; the
    release is not published then. review: the page for reviewers.
    """

    reports: tuple[Report, ...]
    folder: Path | None
    engine: str
    n_made: int = 0
    changed: bool = True
    waiting: tuple[str, ...] = ()
    review: Path | None = None

    @property
    def schools(self) -> tuple[Report, ...]:
        """The reports of schools."""
        return tuple(report for report in self.reports if not report.card.is_board)

    @property
    def boards(self) -> tuple[Report, ...]:
        """The reports of boards."""
        return tuple(report for report in self.reports if report.card.is_board)


def release(request: Request, progress: Progress) -> Release:
    """Validate, analyse, make and check every report, and publish them in `request.out/<round>`.

    A report that fails is left out and named, as is one that reviewers rejected or that changed since their verdict;
    the others are published. Nothing is published when none is left, or while a verdict is waited for (release.review);
    then, and when the run is interrupted, an earlier release stays as it was. Raises UnusableInput for a
    call, settings or data from which nothing can be made, and when another run is at work in the same folder.
    """
    engine = render.choose_engine(request.engine)
    _check(request)
    with _locked(request):
        analysis, planned, store = _planned(request, engine, progress)
        errors = dispatch.run(planned, request, engine, store, progress)
        asked = {source.subject: source for source in planned.sources}
        reports = tuple(_report(card, asked.get(card.subject), errors, store) for card in analysis.cards)
        made = sum(source.key not in planned.there for source in planned.sources) - len(errors)
        with verdicts.held(request.work):
            found = review.look(request, reports)
            changed = found.publishable and _publish(request, found, analysis.made_of, engine, store)
            page = review.bring_up_to_date(found, request, store)
        folder = request.published if found.publishable else None
        return Release(found.reports, folder, engine.version, made, changed, found.settled.waiting, page)


def shard(request: Request, part: Shard, progress: Progress) -> shards.Finished:
    """Make the reports of one part of a release, and publish nothing; other parts may be made at the same time.

    Raises UnusableInput as `release` does.
    """
    engine = render.choose_engine(request.engine)
    _check(request)
    with _locked(request, shared=True):
        _, planned, store = _planned(request, engine, progress)
        mine = part.of(planned)
        return shards.finished(part, mine, dispatch.run(mine, request, engine, store, progress))


def _planned(request: Request, engine: render.Engine, progress: Progress) -> tuple[rounds.Analysis, Plan, Store]:
    """The analysis of what is delivered now, what is to be made of it, and where that is kept."""
    analysis = rounds.up_to_date(request.round_code, request.data, lambda stage: progress(stage, 0, 1, 0))
    return analysis, planning.plan(request, analysis.cards, engine), Store(request.work / "store")


def _check(request: Request) -> None:
    """Refuse what can be refused before any work is done."""
    params.load().round(request.round_code)
    if unknown := set(request.formats) - set(render.OUTPUTS):
        raise UnusableInput(f"Unknown format(s): {', '.join(sorted(unknown))}. There are: {', '.join(render.OUTPUTS)}.")
    if request.notebook_engine not in ("nco", "kernel"):
        raise UnusableInput(f"There is no notebook engine {request.notebook_engine!r}. There are: nco, kernel.")
    if request.workers is not None and request.workers < 1:
        raise UnusableInput("--workers must be at least 1.")
    if request.scheduler and request.workers is not None:
        raise UnusableInput("--workers is about processes on this machine; a scheduler has workers of its own.")
    if not request.data.is_dir():
        raise UnusableInput(f"The data folder {request.data} does not exist. `nco demo --data DIR --real` makes one.")
    if request.scheduler:
        scheduler.check(request.scheduler)


@contextmanager
def _locked(request: Request, shared: bool = False) -> Iterator[None]:
    """One run at a time in an output folder, or any number of shards; what an earlier run left half-made goes."""
    try:
        request.work.mkdir(parents=True, exist_ok=True)
        with locking.lock(request.work / "lock", shared):
            if shared:
                yield  # others are at work; each cleans up after itself
                return
            _clean(request)
            yield
            _clean(request)
    except OSError as problem:
        if problem.filename and Path(problem.filename).is_relative_to(request.out):
            raise UnusableInput(f"{request.out} cannot be written to: {problem.strerror}.") from None
        raise


def _clean(request: Request) -> None:
    for name in ("making", "pages", "building"):
        shutil.rmtree(request.work / name, ignore_errors=True)


def _report(card: Card, source: Source | None, errors: dict[str, str], store: Store) -> Report:
    if source is None:
        return Report(card, requested=False)
    made = None if card.subject in errors else store.get(source.key)
    if made is None:
        return Report(card, error=errors.get(card.subject, "it was made, but is not there"))
    return Report(card, made.files, made.counts, source.key)


def _publish(request: Request, found: review.Review, made_of: Origin, engine: render.Engine, store: Store) -> bool:
    """Publish the release, unless just this is published; return whether it was."""
    reports, facts = found.reports, _facts(request, made_of, engine)
    stated = [[r.card.subject, r.state, r.key, r.error, asdict(r.verdict) if r.verdict else None] for r in reports]
    state = fingerprint.of(facts, made_of.fingerprint, stated)
    note = request.work / "published"
    if note.is_file() and note.read_text(encoding="ascii") == state and publication.is_whole(request.published):
        return False
    stage = pages.Stage(request.work / "pages", store, request.timestamp)
    made = pages.explanation(request.round_code, request.data, request.formats, engine, stage)
    made |= pages.overview(request.round_code, request.data, reports, list(made), stage)
    building = request.work / "building"
    publication.build(building, reports, made, publication.manifest(reports, made, facts), store)
    review.build(found, building / publication.REVIEW, request, store)
    # Before anybody can read it: a release that nobody remembers would not be protected against the next.
    rounds.keep_released(request.round_code, request.data, [report.card for report in reports])
    note.unlink(missing_ok=True)
    publication.publish(building, request.published)
    note.write_text(state, encoding="ascii")
    store.sweep({report.key for report in reports if report.key} | {page.key for page in made.values()})
    return True


def _facts(request: Request, made_of: Origin, engine: render.Engine) -> dict:
    """What a release was made of and with; `program` has every module, chapter and setting with its hash."""
    needed = (re.match(r"[\w.-]+", line)[0] for line in metadata.requires("nco-utils") if "extra ==" not in line)
    return {
        "round": request.round_code,
        "made_with": {
            "nco-utils": __version__,
            "engine": engine.name,
            "engine_version": engine.version,
            "python": platform.python_version(),
            "packages": {name: metadata.version(name) for name in sorted(needed)},
            "program": fingerprint.program(),
        },
        "made_of": made_of.delivered,
    }
