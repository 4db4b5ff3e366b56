"""The command `nco`: parses, delegates, and says what happened. Nothing is computed here."""

import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer.core import TyperGroup

from .errors import NcoError, UnusableInput
from .execute import skip_slow_imports


class _Guarded(TyperGroup):
    """The commands; a user's mistake gives one message and exit code 2, Ctrl-C gives 130."""

    def invoke(self, ctx: typer.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NcoError as problem:
            typer.echo(f"nco: {problem}", err=True)
            raise typer.Exit(2) from None
        except KeyboardInterrupt:
            typer.echo("\nnco: interrupted; nothing was published.", err=True)
            raise typer.Exit(130) from None


app = typer.Typer(
    cls=_Guarded,
    help="Learning-growth (leergroei) reports for Dutch primary schools.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

RoundCode = Annotated[str, typer.Argument(metavar="ROUND", help="Round, such as 2022E (params/rounds.yml).")]
DataFolder = Annotated[Path, typer.Option("--data", metavar="DIR", help="Data folder: register, background, exports.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of prose.")]

STAGES = {
    "validate": "Validating the deliveries",
    "analyse": "Computing growth and reference values",
    "execute": "Running the chapters",
    "render": "Rendering the reports",
}
STATES = {
    "made": "reports with figures",
    "hidden": "reports without figures (group too small)",
    "failed": "failed",
    "skipped": "not asked for",
}


@app.command()
def demo(
    data: DataFolder,
    real: Annotated[bool, typer.Option("--real", help="The 2,287 real pupils of the bdf data set.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a complete data folder to try the system with."""
    from . import demo as demo_data

    if not real:
        raise UnusableInput("Only the real demo pupils are available: add --real.")
    written = demo_data.write_real(data)
    _tell(
        {"data": str(data), "pupils": written.pupils, "schools": written.schools, "results": written.results},
        f"Wrote {written.results:,} results of {written.pupils:,} pupils in {written.schools} schools to {data}.",
        as_json,
    )


@app.command()
def validate(round_code: RoundCode, data: DataFolder, as_json: AsJson = False) -> None:
    """Read and validate every delivery of a round."""
    from . import rounds

    checked = rounds.validate(round_code, data)
    severities = Counter(checked.findings["severity"])
    told = ", ".join(f"{n} {severity}" for severity, n in sorted(severities.items())) or "none"
    _tell(
        {"round": round_code, "results": len(checked.results), "findings": dict(severities)},
        f"{len(checked.results):,} results can be used. Findings: {told}. Tables are in {data / round_code}.",
        as_json,
    )


@app.command()
def analyse(round_code: RoundCode, data: DataFolder, as_json: AsJson = False) -> None:
    """Compute growth, national means and reference values, and what each report may show."""
    from . import rounds

    analysis = rounds.analyse(round_code, data)
    shown = sum(bool(content.shown) for content in analysis.slices)
    _tell(
        {"round": round_code, "schools": len(analysis.slices), "shown": shown, "page": str(analysis.page)},
        f"{len(analysis.slices)} schools, {shown} with figures that may be shown. For the reviewer: {analysis.page}",
        as_json,
    )


@app.command()
def release(
    round_code: RoundCode,
    data: DataFolder,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where releases are published.")],
    engine: Annotated[str, typer.Option(help="auto, embedded or quarto.")] = "auto",
    formats: Annotated[str, typer.Option(help="Formats, separated by commas.")] = "html,pdf",
    workers: Annotated[int | None, typer.Option(help="Processes side by side (params/release.yml).")] = None,
    schools: Annotated[str, typer.Option(metavar="BRINVEST,...", help="A release of these schools only.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make and publish every school's report; validates and analyses first."""
    from . import release as releases

    request = releases.Request(
        round_code, data, out, tuple(_listed(formats)), engine, workers, tuple(_listed(schools.upper()))
    )
    started = time.perf_counter()
    with _Bar(silent=as_json) as bar:
        finished = releases.release(request, bar)
    seconds = time.perf_counter() - started
    counts = Counter(report.state for report in finished.reports)
    failed = {report.slice.brinvest: report.error for report in finished.reports if report.error}
    if as_json:
        folder = str(finished.folder) if finished.folder else None
        result = {"round": round_code, "folder": folder, "engine": finished.engine, "seconds": round(seconds, 1)}
        print(json.dumps(result | {"reports": dict(counts), "failed": failed}, ensure_ascii=False))
    else:
        _print_release(finished, counts, failed, seconds)
    if not finished.folder:
        raise typer.Exit(2)
    raise typer.Exit(1 if failed else 0)


def main() -> None:
    """Run the command."""
    skip_slow_imports()
    # One thread a process: the work is spread over processes, and the analysis is not slower for it.
    for library in ("OPENBLAS", "OMP", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    app()


class _Bar:
    """A progress bar per stage; on stderr, so that stdout holds the outcome only."""

    def __init__(self, silent: bool):
        columns = TextColumn("{task.description:<38}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        self._progress = Progress(*columns, console=Console(stderr=True), disable=silent)
        self._tasks: dict = {}

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *problem) -> None:
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        for earlier, task in self._tasks.items():
            if earlier != stage:  # a stage that has begun ends the one before it
                self._progress.update(task, completed=self._progress.tasks[task].total)
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(STAGES[stage], total=total)
        self._progress.update(self._tasks[stage], completed=done)


def _print_release(finished, counts: Counter, failed: dict[str, str], seconds: float) -> None:
    table = Table("What", "Schools", title="Release", title_justify="left", show_edge=False)
    table.columns[1].justify = "right"
    for state, meaning in STATES.items():
        if counts[state]:
            table.add_row(meaning, f"{counts[state]:,}")
    for reason, n in _left_out(finished).items():
        table.add_row(reason, f"{n:,}")
    console = Console()
    console.print(table)
    for brinvest, reason in sorted(failed.items()):
        console.print(f"  {brinvest}: {reason}", markup=False)
    per_school = seconds / max(1, counts["made"] + counts["hidden"])
    console.print(f"{seconds:.0f} s, {per_school:.2f} s per school, made with {finished.engine}.", highlight=False)
    if finished.folder:
        console.print(f"Open {finished.folder / 'index.html'}", markup=False, soft_wrap=True)
    else:
        console.print("No report could be made; nothing was published.")


def _left_out(finished) -> dict[str, int]:
    """Per domain without growth: why, and of how many schools."""
    from .wording import domain_name

    reasons = {"other_scale": "results on two scales", "no_growth": "no two consecutive results"}
    found = Counter(
        f"no growth in {domain_name(result.domain)}: {reasons[result.status]}"
        for report in finished.reports
        if report.requested
        for result in report.slice.results
        if result.status in reasons
    )
    return dict(found)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _tell(result: dict, prose: str, as_json: bool) -> None:
    print(json.dumps(result, ensure_ascii=False) if as_json else prose)


if __name__ == "__main__":
    main()
