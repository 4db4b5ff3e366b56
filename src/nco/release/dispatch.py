"""Hand the reports that are to be made to worker processes, and say why for each that could not be made."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from nco.base import all_settings, fingerprint, private, workers
from nco.base.journal import Journal
from nco.render import engines
from nco_utils import write_whole

from . import scheduler
from .make import MakeTask, Source, make
from .planning import Plan, Request
from .store import Store

BATCH = 12  # reports in one call of an engine that takes seconds to start

# What does a function of every task and yields what became of each, in order of completion, wherever it is done, and
# how far each is, where that can be known; a task that takes longer than `seconds` is ended.
Runner = Callable[..., Iterator[workers.Outcome | workers.Step]]
Progress = Callable[[str, int, int, int], None]  # stage, done, total, failed


def run(
    planned: Plan, request: Request, engine: engines.Engine, store: Store, progress: Progress, log: Journal
) -> dict[str, str]:
    """Make what is not there yet; return why, by subject, for what failed. A task whose process died is done again.

    Raises the OSError of a full disk and the like, for which every other report would fail too.
    """
    todo = [source for source in planned.sources if source.key not in planned.there]
    if not todo:
        return {}
    progress("make", 0, len(todo), 0)  # from here on its rate is counted
    # Of this run alone: shards have one output folder.
    folder = (private.folder(request.work / "making") / write_whole.unique()).absolute()
    try:
        project = engines.stage_project(folder / "project")
        fingerprint.require_unchanged()
        with _runner(request, todo, folder) as (runner, n_at_once):
            size = 1 if engine.name == "embedded" else max(1, min(BATCH, -(-len(todo) // n_at_once)))
            seconds = size * all_settings.load().release.limits.report
            parts = [tuple(todo[start : start + size]) for start in range(0, len(todo), size)]
            task = partial(_task, request=request, engine=engine, project=project, store=store)
            note = partial(_note, store=store, log=log)
            patient = partial(runner, seconds=seconds)
            return _made([task(part) for part in parts], task, patient, partial(progress, "make"), note)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _runner(request: Request, todo: Sequence[Source], folder: Path) -> Iterator[tuple[Runner, int]]:
    """What does the work, and how many tasks it does at once: processes here, or the workers of a scheduler."""
    if request.scheduler:
        needed = [todo[0].slice_path, *todo[0].notebooks]
        with scheduler.connected(request.scheduler, folder, needed) as found:
            yield found
    else:
        n_workers = request.workers or all_settings.load().release.workers
        yield partial(workers.run, workers=n_workers), n_workers


def _made(
    tasks: list[MakeTask],
    task: Callable[[tuple[Source, ...]], MakeTask],
    runner: Runner,
    progress: Callable,
    note: Callable,
) -> dict[str, str]:
    """Do the tasks, and again, each report alone, those whose process died; return why, by subject, for failures."""
    errors: dict[str, str] = {}
    done, total = 0, sum(len(each.sources) for each in tasks)
    for attempt in (1, 2):
        again, begun = [], {}  # of the tasks that are not ready: how many of their reports are
        with closing(runner(make, tasks)) as heard:
            for outcome in heard:
                sources = outcome.task.sources
                if isinstance(outcome, workers.Step):
                    begun[sources] = outcome.done
                    progress(done + sum(begun.values()), total, len(errors))
                    continue
                begun.pop(sources, None)
                if outcome.stop:
                    raise outcome.stop
                if outcome.died and attempt == 1:
                    again += [task((source,)) for source in sources]
                    note(sources, None, 0.0)
                    continue
                failed = dict.fromkeys((source.subject for source in sources), outcome.error)
                errors |= failed if outcome.error else outcome.value
                note(sources, errors, outcome.seconds / len(sources))
                done += len(sources)
                progress(done + sum(begun.values()), total, len(errors))
        if not again:
            break
        tasks = again
    return errors


def _note(
    sources: tuple[Source, ...], errors: dict[str, str] | None, seconds: float, store: Store, log: Journal
) -> None:
    """Note what became of reports; without errors: that they are made again."""
    for source in sources:
        made = store.get(source.key)
        if errors is None:
            log.note("again", subject=source.subject)
        elif reason := errors.get(source.subject):
            log.note("failed", subject=source.subject, reason=reason)
        elif made:
            size = sum(file.bytes for file in made.files.values())
            log.note("made", subject=source.subject, key=source.key, seconds=round(seconds, 3), bytes=size)


def _task(
    sources: tuple[Source, ...], request: Request, engine: engines.Engine, project: Path, store: Store
) -> MakeTask:
    return MakeTask(
        sources,
        request.formats,
        engine.name,
        request.notebook_engine,
        project,
        request.timestamp,
        project.parent / sources[0].subject,
        store.folder.absolute(),
        (request.data / request.round_code / "failed").absolute(),
    )
