"""What the command says on the terminal: progress, and how a release or a round stands."""

import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from nco.base import all_settings
from nco.base.dutch import capital, domain_name

_SHOWN_SCHOOLS = 50  # of a round's status
_SHOWN_ROWS = 20  # of a comparison
_SHOWN_FILES = 5  # of the files with rows that are set aside (`nco status` names the schools), and of other names

_SECONDS_BETWEEN = 10  # between two lines of a stage, where there is no terminal
STAGES = {
    "validate": "Validating the deliveries",
    "analyse": "Computing growth and reference values",
    "make": "Making the reports",
}
STATES = {
    "made": "reports with figures",
    "hidden": "reports without figures (small groups)",
    "nothing": "reports without figures (no results with growth)",
    "rejected": "left out: rejected by a reviewer",
    "changed": "left out: changed since its verdict",
    "failed": "failed",
}
REASONS = {"change": "large change", "hidden": "much is hidden", "random": "drawn by lot"}


class Bar:
    """How far a run is; on stderr, so that stdout holds the outcome only: bars on a terminal, else plain lines."""

    def __init__(self, silent: bool):
        self._console = Console(stderr=True)
        self._silent = silent
        columns = (
            TextColumn("{task.description:<38}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("{task.fields[told]}"), TimeRemainingColumn(compact=True),
        )  # fmt: skip
        self._progress = Progress(*columns, console=self._console, disable=silent or not self._console.is_terminal)
        self._tasks: dict = {}
        self._told = 0.0
        self._started: dict[str, float] = {}

    def __enter__(self) -> "Bar":
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(self, *problem) -> None:
        """Leave the bars as they are."""
        self._progress.stop()

    def __call__(self, stage: str, done: int, total: int, failed: int = 0) -> None:
        """Show how far a stage is; the stages before it are ended."""
        now = time.monotonic()
        began = self._started.setdefault(stage, now)
        rate = f"{done / (now - began):.1f}/s" if done and now > began else ""
        told = ", ".join(part for part in (rate, f"{failed} failed" if failed else "") if part)
        if self._progress.disable:
            self._tell(stage, done, total, told, now)
            return
        for earlier, task in self._tasks.items():
            if earlier != stage:  # a stage that has begun ends the one before it
                self._progress.update(task, completed=self._progress.tasks[task].total)
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(STAGES[stage], total=total, told="")
        self._progress.update(self._tasks[stage], completed=done, told=told)

    def _tell(self, stage: str, done: int, total: int, told: str, now: float) -> None:
        """A line at the beginning and the end of a stage, and now and then between."""
        if self._silent or (0 < done < total and now - self._told < _SECONDS_BETWEEN):
            return
        self._told = now
        many = f" {done:,}/{total:,}" if total > 1 else ""
        print(f"{STAGES[stage]}{many}{f' ({told})' if told else ''}", file=sys.stderr, flush=True)


def print_release(finished, seconds: float) -> None:
    """Print what became of the reports of a release, what is missing in them and why, and where to open it."""
    table = Table("What", "Schools", title="Release", title_justify="left", show_edge=False)
    table.columns[1].justify = "right"
    counts = Counter(map(_standing, finished.schools))
    for state, meaning in STATES.items():
        if counts[state]:
            table.add_row(meaning, f"{counts[state]:,}")
    for reason, n in _left_out(finished).items():
        table.add_row(reason, f"{n:,}")
    console = Console()
    console.print(table)
    for report in finished.reports:
        if report.error:
            console.print(f"  {report.facts.subject}: {report.error}", markup=False)
    for board, schools in finished.incomplete.items():
        told = f"  {board}: left out, for it shows schools of which no report is published: {_some(schools)}."
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    if finished.held:
        kept, gone = finished.held["frozen"], finished.held["hidden"]
        told = f"Out of order: {kept:,} results stay as before and {gone:,} are hidden, for what was released already."
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    if finished.boards_in_part:
        told = f"No reports of boards {_some(finished.boards_in_part)}: some of their schools are not in this release."
        console.print(told, markup=False, highlight=False, soft_wrap=True)
    for warning, n in finished.warnings.items():
        console.print(f"  Warning ({n:,} reports and pages): {warning}", markup=False, highlight=False, soft_wrap=True)
    boards = sum(bool(report.files) for report in finished.boards)
    took = f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    made = f"{finished.n_made:,} made now" if finished.n_made or finished.failed else "all were there"
    nothing = "" if finished.changed else " Nothing changed."
    told = f"{boards:,} reports of boards. {took}: {made}; with {finished.engine}.{nothing}"
    console.print(told, highlight=False, soft_wrap=True)
    console.print(_published(finished), markup=False, highlight=False, soft_wrap=True)
    if finished.review:
        console.print(f"For reviewers: {near(finished.review)}", markup=False, highlight=False, soft_wrap=True)


def near(path: Path) -> Path:
    """Return a path as seen from the current folder, when it lies in there."""
    with suppress(OSError, ValueError):  # it lies elsewhere; or the folder is gone by now
        return path.relative_to(Path.cwd())
    return path


def _standing(report) -> str:
    """The state of a school's report; of one without figures also whether there are any that are hidden."""
    return "nothing" if report.state == "hidden" and not report.facts.n_hidden else report.state


def _published(finished) -> str:
    """Where the release is, or why there is none."""
    if finished.folder:
        return f"Open {near(finished.folder / 'index.html')}"
    if finished.waiting:
        told = f"Nothing was published: {waits(len(finished.waiting))}. `nco review` says which and records verdicts."
        return told + _looser(finished.mode)
    if any(report.left_out for report in finished.reports):
        return "Nothing was published: every report that was made is left out. What was published before stays."
    return "No report could be made; nothing was published."


def _looser(mode: str) -> str:
    """What to know when the setting asks for fewer verdicts than the round waits for."""
    now = all_settings.load().release.review
    if now == mode:
        return ""
    return (
        f"\nrelease.review is {now} now, but the round began to wait for the verdicts on: {mode}. "
        "To publish without these: --looser-review."
    )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN_FILES:,} more" if len(names) > _SHOWN_FILES else ""
    return ", ".join(names[:_SHOWN_FILES]) + more


def waits(n: int) -> str:
    """Return what publication waits for."""
    if not n:
        return "publication waits for no verdict"
    return (
        f"publication waits for verdicts on {n:,} reports" if n > 1 else "publication waits for a verdict on 1 report"
    )


def print_review(done) -> None:
    """Print what was recorded (`reviewing.Done`), which reports are waited for, and where the page is."""
    console = Console(width=None if sys.stdout.isatty() else 140)
    if done.recorded:
        what = "Approved" if done.recorded[0].approved else "Rejected"
        named = ", ".join(verdict.subject for verdict in done.recorded)
        console.print(f"{what} by {done.recorded[0].by}: {named}.", markup=False, highlight=False, soft_wrap=True)
    elif done.waiting:
        table = Table("Report", "Name", "Read first because", "Verdict", show_edge=False)
        for row in done.waiting:
            reasons = ", ".join(REASONS[name] for name in row.reasons)
            table.add_row(row.subject, Text(row.name), reasons, done.standing[row.subject])
        console.print(table)
    told = f"{capital(waits(len(done.waiting)))} (release.review: {done.mode})."
    if done.recorded and not done.waiting:
        told += f" Run `nco release {done.round_code}` again: it publishes by these verdicts, and makes nothing anew."
    console.print(told, markup=False, highlight=False, soft_wrap=True)
    console.print(f"The page for reviewers: {done.page}", markup=False, highlight=False, soft_wrap=True)


def print_set_aside(aside, round_code: str) -> None:
    """Print which rows (table quarantine) a release was made without; nothing when there are none."""
    if len(aside):
        places = ", ".join(sorted(aside["file"].unique())[:_SHOWN_FILES])
        n = int(aside["n_rows"].sum())
        print(f"Made without {n:,} rows that are set aside (in {places}); `nco status {round_code}` says more.")


def print_status(found) -> None:
    """Print a round's deadlines, how many schools take part, and every school that misses something."""
    from nco.deliveries.status import as_record

    # In a pipe or a file a table may be wider than the 80 columns that are taken for one.
    record, console = as_record(found), Console(soft_wrap=True, width=None if sys.stdout.isatty() else 140)
    days = ", ".join(f"{name.replace('_', ' ')} {day}" for name, day in record["deadlines"].items())
    console.print(f"Round {found.round_code}: {days}.", markup=False, highlight=False)
    missing = ", ".join(f"{n:,} {what}" for what, n in record["missing"].items() if n) or "nothing"
    console.print(
        f"{record['taking_part']:,} of {record['schools']:,} schools take part. Missing: {missing}.", highlight=False
    )
    for name, of in record.get("gives", {}).items():
        console.print(f"A contract by {of['until']} gives {name}: {of['schools']:,} schools.", highlight=False)
    if not found.validated:
        console.print("Nothing has been validated yet: `nco validate` says what was delivered.")
    for file in found.refused_files:
        console.print(f"Set aside whole: {file}", markup=False)
    if not record["incomplete"]:
        return
    table = Table("School", "Name", "Board", "Supplier", "Takes part", "Misses", "Until", show_edge=False)
    for school in record["incomplete"][:_SHOWN_SCHOOLS]:
        told = [f"{miss['rows']:,} {miss['what']}" if "rows" in miss else miss["what"] for miss in school["misses"]]
        table.add_row(
            school["brinvest"],
            Text(school["school_name"]),
            school["board_number"],
            school["vendor"],
            "yes" if school["takes_part"] else "no",
            "\n".join(told),
            "\n".join(miss["until"] for miss in school["misses"]),
        )
    console.print(table)
    if (more := len(record["incomplete"]) - _SHOWN_SCHOOLS) > 0:
        console.print(f"And {more:,} more schools; --json names them all.", highlight=False)


def print_checks(checks: Iterable) -> None:
    """Print what `doctor.examine` found, and what to do about what is missing."""
    table = Table("What", "State", "Found", "What to do", show_edge=False)
    for check in checks:
        table.add_row(check.name, check.state, Text(check.found), Text(check.advice))
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def print_comparison(found) -> None:
    """Print two variants side by side (`comparison.Comparison`): settings, models, coefficients, effects and words."""
    console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else 140)
    one, other = found.names
    renamed = {"a": one, "b": other, "word_a": one, "word_b": other}
    print(f"{one} and {other}. For researchers only: small groups are not hidden.\n")
    if found.settings.empty:
        print("Both were fitted with the same settings, and their models hold the same covariates.")
    else:
        _print_frame(console, "What they were fitted with", found.settings.rename(columns=renamed))
    _print_frame(console, "Models, by what became of them", _counted(found.models, "model", renamed))
    moved = found.terms.dropna(subset="in_se").sort_values("in_se", key=abs, ascending=False, kind="stable")
    moved = moved[moved["difference"] != 0].head(_SHOWN_ROWS)
    only = [
        int((found.terms[f"estimate_{b}"].isna() & found.terms[f"estimate_{a}"].notna()).sum()) for a, b in ("ab", "ba")
    ]
    columns = [
        "sector",
        "school_year",
        "domain",
        "step",
        "scale",
        "term",
        "estimate_a",
        "estimate_b",
        "difference",
        "in_se",
    ]
    _print_frame(console, "Coefficients that differ most, in standard errors", moved[columns])
    print(f"Coefficients in {one} only: {only[0]:,}; in {other} only: {only[1]:,}.\n")
    _print_frame(console, "Effects of schools, in points", found.spread.reset_index())
    _print_frame(
        console, f"Words: {one} in rows, {other} in columns", found.crossed.rename_axis(columns=None).reset_index()
    )
    shown = found.changed.head(_SHOWN_ROWS)
    _print_frame(console, "Schools whose word changes", shown.rename(columns=renamed))
    if (more := len(found.changed) - len(shown)) > 0:
        print(f"And {more:,} more; --json has them all, and `comparison.between` as a frame.")
    schools = found.changed["brinvest"].nunique()
    print(f"{len(found.changed):,} words of {schools:,} schools change, of {len(found.words):,}.")
    if found.n_other:
        print(f"Other pupils in the one than in the other: {found.n_other:,} figures of schools.")
    if found.n_small:
        print(f"Left out, for few pupils or few that differ: {found.n_small:,} figures of schools.")


def _counted(frame, name: str, renamed: dict[str, str]):
    """How many rows have each pair of values of `name` in both."""
    pairs = frame[[f"{name}_a", f"{name}_b"]].fillna("none").value_counts(sort=False).rename("models").reset_index()
    return pairs.rename(columns={f"{name}_a": renamed["a"], f"{name}_b": renamed["b"]})


def _print_frame(console: Console, title: str, frame) -> None:
    table = Table(*map(str, frame.columns), title=title, title_justify="left", show_edge=False)
    for row in frame.itertuples(index=False):
        table.add_row(
            *(Text("" if cell != cell else f"{cell:.3f}" if isinstance(cell, float) else str(cell)) for cell in row)
        )
    console.print(table if len(frame) else f"{title}: none.")
    console.print()


def _left_out(finished) -> dict[str, int]:
    """Per domain without growth: why, and of how many schools."""
    reasons = {"other_scale": "results on two scales", "no_growth": "no two consecutive results"}
    found = Counter(
        f"no growth in {domain_name(domain)}: {reasons[status]}"
        for report in finished.schools
        for domain, status in report.facts.absent
    )
    return dict(sorted(found.items()))
