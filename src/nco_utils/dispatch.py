"""Hand the reports that are to be made to worker processes, and say why for each that could not be made."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from . import params, render, workers
from .journal import Journal
from .making import MakeTask, Source, make
from .planning import Plan, Request
from .store import Store

BATCH = 12  # reports in one call of an engine that takes seconds to start

Progress = Callable[[str, int, int, int], None]  # stage, done, total, failed


def run(
    planned: Plan, request: Request, engine: render.Engine, store: Store, progress: Progress, log: Journal
) -> dict[str, str]:
    """Make what is not there yet; return why, by subject, for what failed. A task whose process died is done again.

    Raises the OSError of a full disk and the like, for which every other report would fail too.
    """
    todo = [source for source in planned.sources if source.key not in planned.there]
    if not todo:
        return {}
    project = render.stage_project(request.work / "making" / "project")
    n_workers = request.workers or params.load().release.workers
    size = 1 if engine.name == "embedded" else max(1, min(BATCH, -(-len(todo) // n_workers)))
    tasks = [
        _task(tuple(todo[start : start + size]), request, engine, project, store) for start in range(0, len(todo), size)
    ]
    errors: dict[str, str] = {}
    done = 0
    for attempt in (1, 2):
        again = []
        with closing(workers.run(make, tasks, n_workers)) as outcomes:
            for outcome in outcomes:
                sources = outcome.task.sources
                if outcome.stop:
                    raise outcome.stop
                if outcome.died and attempt == 1:
                    again += [_task((source,), request, engine, project, store) for source in sources]
                    continue
                failed = dict.fromkeys((source.subject for source in sources), outcome.error)
                errors |= failed if outcome.error else outcome.value
                _note(sources, errors, outcome.seconds / len(sources), store, log)
                done += len(sources)
                progress("make", done, len(todo), len(errors))
        for task in again:
            log.note("again", subject=task.sources[0].subject)
        tasks = again
    return errors


def _note(sources: tuple[Source, ...], errors: dict[str, str], seconds: float, store: Store, log: Journal) -> None:
    for source in sources:
        made = store.get(source.key)
        if reason := errors.get(source.subject):
            log.note("failed", subject=source.subject, reason=reason)
        elif made:
            size = sum(file.bytes for file in made.files.values())
            log.note("made", subject=source.subject, key=source.key, seconds=round(seconds, 3), bytes=size)


def _task(
    sources: tuple[Source, ...], request: Request, engine: render.Engine, project: Path, store: Store
) -> MakeTask:
    return MakeTask(
        sources,
        request.formats,
        engine.name,
        request.notebook_engine,
        project,
        request.timestamp,
        request.work / "making" / sources[0].subject,
        store.folder,
        request.data / request.round_code / "failed",
    )
