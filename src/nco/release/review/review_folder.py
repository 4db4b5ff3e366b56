"""The review of a release: what its publication waits for, and the folder that reviewers read before and after it.

That folder, `OUT/<round>/review/`, stands on its own: the reports as they were made now, whether published or not, each
with its executed notebook and the report on its delivery, and a page that leads to them all.
"""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from nco.base import all_settings, fingerprint, notes
from nco.base.swap_folders import put_in_place
from nco.deliveries import delivery_report
from nco.register.enrolment import read_notice
from nco.render import page_shell
from nco.reports import kinds
from nco_utils import params, write_whole
from nco_utils.errors import UnusableInput

from .. import ownership
from ..pages import notebook_page
from ..planning import Request
from ..publication import REVIEW, Report, link
from ..store import Store
from . import review_page, sample, verdicts
from .review_page import Candidates, Row
from .verdicts import Settled, Verdict

CANDIDATES = "reports.json"  # in a round's work folder: what a verdict can be given on
_STAMP = ".stamp"  # in the folder of the review: what it was made of


@dataclass(frozen=True)
class Review:
    """What can be published now, and what reviewers said of it.

    last: the verdicts. reports: as they are published: without files where a verdict keeps them out.
    """

    candidates: Candidates
    last: dict[str, Verdict]
    settled: Settled
    reports: tuple[Report, ...]

    @property
    def publishable(self) -> bool:
        """Whether there is anything to publish, and nothing to wait for."""
        return not self.settled.waiting and any(report.files for report in self.reports)


def look(request: Request, reports: tuple[Report, ...]) -> Review:
    """Return how the reports stand; call it, and publish by it, while the verdicts are `held`.

    Raises UnusableInput for verdicts that cannot be read.
    """
    before = _before(request)
    candidates = _candidates(request, reports, before)
    last = verdicts.last(verdicts.path(request.out, request.round_code))
    settled = settle(candidates, last)
    return Review(candidates, last, settled, tuple(_as_published(report, last, settled) for report in reports))


def _as_published(report: Report, last: dict[str, Verdict], settled: Settled) -> Report:
    """The report with its verdict, and without files when that keeps it out."""
    if not report.files:
        return report
    decided = replace(report, verdict=last.get(report.facts.subject))
    why = settled.left_out.get(report.facts.subject)
    return replace(decided, left_out=why, files={}) if why else decided


def settle(candidates: Candidates, last: dict[str, Verdict]) -> Settled:
    """Return what publication waits for and leaves out, by `release.review`, or by what the round waited for before.

    A board's report that shows a school of which no report is published is left out: it would publish that school's
    figures, and made anew without the school it would give them away to who knows the board's totals.
    """
    mode = verdicts.stricter(candidates.mode, all_settings.load().release.review)
    read_first = [row.subject for row in candidates.rows if row.reasons]
    settled = verdicts.settle(candidates.digests, last, mode, read_first)
    return replace(settled, left_out=_incomplete(candidates, settled) | settled.left_out)


def _incomplete(candidates: Candidates, settled: Settled) -> dict[str, str]:
    """The boards' reports that show more schools than have a report that is published, with INCOMPLETE."""
    published = Counter(
        row.board_number
        for row in candidates.rows
        if row.digest and row.subject not in settled.left_out and kinds.of(row).subject == kinds.SCHOOL
    )
    boards = (row for row in candidates.rows if row.digest and kinds.of(row).subject.gathers)
    return {row.subject: verdicts.INCOMPLETE for row in boards if published[row.board_number] < row.n_schools}


def build(found: Review, folder: Path, request: Request, store: Store) -> None:
    """Put the folder of the review together in the new folder `folder`."""
    for row, report in zip(found.candidates.rows, found.reports, strict=True):
        kept = store.path(row.key) if row.files else None
        for path in row.files.values():
            link(kept / Path(path).name, folder / path)
        if row.notebook:
            if kept:
                link(kept / notebook_page.NAME, folder / row.notebook)
            else:  # a copy: the one in the data folder is for its owner only
                (folder / row.notebook).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(_failed_page(request, report), folder / row.notebook)
    deliveries = _deliveries(request)
    for path in deliveries.rglob("*"):
        if path.is_file():
            link(path, folder / delivery_report.FOLDER / path.relative_to(deliveries))
    folder.mkdir(parents=True, exist_ok=True)
    style = page_shell.style_of(found.candidates.shell)
    (folder / notebook_page.STYLE).write_text(review_page.notebook_style(style), encoding="utf-8")
    _write_page(found.candidates, found.last, found.settled, folder)
    ownership.note_contents(folder)


def bring_up_to_date(found: Review, request: Request, store: Store) -> Path:
    """Put the folder of the review in its place, beside what is published, unless it is there; return its page.

    Only then are its reports those that `nco review` records verdicts on: a verdict on what the folder does not show
    yet would be on bytes that nobody has seen.
    """
    target = request.published / REVIEW
    if not _shows(found, target):
        building = request.building / REVIEW
        build(found, building, request, store)
        ownership.require_ours(request.published)
        target.parent.mkdir(parents=True, exist_ok=True)
        put_in_place(building, target)
    verdicts.note_waited_for(found.candidates.mode, request.out, request.round_code)
    write_whole.write_text(request.work / CANDIDATES, _text(found.candidates))
    return target / review_page.NAME


def _shows(found: Review, folder: Path) -> bool:
    """Whether a folder is the review of these reports and verdicts."""
    with suppress(OSError, UnicodeDecodeError):
        return (folder / _STAMP).read_text(encoding="utf-8") == _stamp(found.candidates, found.last, found.settled)
    return False


def read(out: Path, round_code: str, work: Path) -> Candidates:
    """Return what the last run of a release noted; raises UnusableInput when there is none that can be read."""
    path = work / CANDIDATES
    try:
        content = notes.loaded(path.read_text(encoding="utf-8"))
        rows = tuple(Row(**row | {"outstanding": tuple(map(tuple, row["outstanding"]))}) for row in content["rows"])
        return Candidates(**content | {"rows": rows})
    except FileNotFoundError:
        raise UnusableInput(f"{out} has no reports of {round_code} to review. Run `nco release` first.") from None
    except (OSError, ValueError, TypeError, KeyError):
        raise UnusableInput(f"{path} cannot be read, or is not of this version. Run `nco release` again.") from None


def rewrite_page(candidates: Candidates, last: dict[str, Verdict], published: Path) -> None:
    """Show new verdicts on the page of the review, if it is there."""
    folder = published / REVIEW
    if folder.is_dir():
        _write_page(candidates, last, settle(candidates, last), folder)


def _candidates(request: Request, reports: tuple[Report, ...], before: Candidates | None) -> Candidates:
    settings, made = all_settings.load().release, [report.facts for report in reports if report.files]
    reasons = sample.choose(made, settings.sample, f"{request.round_code} {settings.review_seed}")
    deliveries = _deliveries(request)
    delivered = {path.stem for path in (deliveries / "schools").glob("*.html")}
    rows = [_row(report, reasons.get(report.facts.subject, ()), request, delivered) for report in reports]
    first = list(reasons)
    rows = tuple(replace(row, order=first.index(row.subject)) if row.reasons else row for row in rows)
    made_with = fingerprint.of(fingerprint.of_program(), read_notice(request.data), request.round_code)
    shell = before.shell if before and before.made_with == made_with else _shell(request)
    waited = [] if request.looser_review else [verdicts.waited_for(request.out, request.round_code)]
    mode = verdicts.stricter(settings.review, *waited)
    marked = deliveries.stat().st_mtime_ns if deliveries.is_dir() else 0
    return Candidates(request.round_code, str(request.out), mode, made_with, marked, shell, rows)


def _row(report: Report, reasons: tuple[str, ...], request: Request, delivered: set[str]) -> Row:
    facts, folder = report.facts, report.folder
    has_page = bool(report.files) or (report.error is not None and _failed_page(request, report).is_file())
    named = f"{delivery_report.FOLDER}/schools/{facts.subject}.html"
    return Row(
        subject=facts.subject,
        kind=facts.kind,
        name=facts.name,
        board_number=facts.board_number,
        board_name=facts.board_name,
        state=report.state,
        error=report.error,
        key=report.key,
        digest=report.digest if report.files else None,
        counts=report.counts,
        n_schools=facts.n_schools,
        n_pupils=facts.n_pupils,
        n_shown=facts.n_shown,
        n_hidden=facts.n_hidden,
        change=facts.change,
        n_higher=facts.n_higher,
        n_lower=facts.n_lower,
        outstanding=facts.outstanding,
        reasons=reasons,
        files={name: path.as_posix() for name, path in report.paths.items()},
        notebook=(folder / notebook_page.NAME).as_posix() if has_page else None,
        delivery=named if facts.subject in delivered else None,
    )


def _before(request: Request) -> Candidates | None:
    """What an earlier run noted."""
    try:
        return read(request.out, request.round_code, request.work)
    except UnusableInput:
        return None


def _shell(request: Request) -> str:
    matter = review_page.front_matter(all_settings.load().round(request.round_code), read_notice(request.data))
    return page_shell.make(matter, request.timestamp, request.work / "pages" / "page_shell", fonts=True)


def _text(candidates: Candidates) -> str:
    """The candidates as JSON; plain values only, so without the copies that `asdict` makes of thousands of rows."""
    return json.dumps(vars(candidates) | {"rows": [vars(row) for row in candidates.rows]}, ensure_ascii=False)


def _write_page(candidates: Candidates, last: dict[str, Verdict], settled: Settled, folder: Path) -> None:
    stamp = _stamp(candidates, last, settled)
    (folder / _STAMP).unlink(missing_ok=True)
    write_whole.write_text(folder / review_page.NAME, review_page.page(candidates, last, settled))
    (folder / _STAMP).write_text(stamp, encoding="utf-8")


def _stamp(candidates: Candidates, last: dict[str, Verdict], settled: Settled) -> str:
    known = [asdict(last[row.subject]) for row in candidates.rows if row.subject in last]
    return fingerprint.of(_text(candidates), known, settled.waiting, settled.mode, _sources())


def _sources() -> list[str]:
    """The hashes of what the page is made of; the program's own is in the candidates."""
    return [fingerprint.of_file(path) for path in _source_files()]


def _source_files() -> Iterator[Path]:
    yield from sorted((params.project_root() / "reports" / review_page.FOLDER).iterdir())


def _deliveries(request: Request) -> Path:
    return request.data / request.round_code / delivery_report.FOLDER


def _failed_page(request: Request, report: Report) -> Path:
    """Where the page of the notebook of a report that failed is."""
    return request.data / request.round_code / "failed" / f"{report.facts.subject}.html"
