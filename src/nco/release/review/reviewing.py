"""The command `nco review`: record what a reviewer decided of reports, or say of which a verdict is waited for."""

from dataclasses import asdict, dataclass
from pathlib import Path

from nco.base import all_settings
from nco_utils.errors import UnusableInput

from .. import planning
from ..publication import REVIEW
from . import review_folder, verdicts
from .review_page import NAME, SEEN, Candidates, Row
from .verdicts import Verdict


@dataclass(frozen=True)
class Asked:
    """What is asked: a verdict on `subjects`, or without one what is waited for. seen: first digits of a digest."""

    subjects: tuple[str, ...] = ()
    approve: bool = False
    reject: bool = False
    note: str = ""
    by: str = ""
    seen: str = ""


@dataclass(frozen=True)
class Done:
    """What was recorded, and how the reports stand since: what is waited for, and every report's standing."""

    round_code: str
    mode: str
    recorded: tuple[Verdict, ...]
    waiting: tuple[Row, ...]
    standing: dict[str, str]
    page: Path


def review_round(round_code: str, out: Path, asked: Asked) -> Done:
    """Record the verdict that is asked, if there is one, show it on the page, and return how the reports stand.

    Raises UnusableInput for a call that cannot be meant, a report that there is not, and one that is no longer as it
    was seen; then nothing is recorded.
    """
    all_settings.load().round(round_code)
    _check(asked)
    candidates = review_folder.read(out, round_code, out / planning.WORK / round_code)
    file, recorded = verdicts.path(out, round_code), ()
    if asked.subjects:
        try:
            candidates, recorded = _recorded(asked, round_code, out)
        except OSError as problem:
            raise UnusableInput(f"{out} cannot be written to: {problem.strerror}.") from None
    last, page = verdicts.last(file), out / round_code / REVIEW / NAME
    settled = review_folder.settle(candidates, last)
    rows = sorted((row for row in candidates.rows if row.subject in settled.waiting), key=_reading_order)
    return Done(round_code, settled.mode, recorded, tuple(rows), verdicts.standings(candidates.digests, last), page)


def as_record(done: Done) -> dict:
    """Return what is said as plain values."""
    return {
        "round": done.round_code,
        "mode": done.mode,
        "recorded": [asdict(verdict) for verdict in done.recorded],
        "waiting": len(done.waiting),
        "reports": [
            {"subject": row.subject, "name": row.name, "reasons": row.reasons, "verdict": done.standing[row.subject]}
            for row in done.waiting
        ],
        "page": str(done.page),
    }


def _check(asked: Asked) -> None:
    if asked.approve and asked.reject:
        raise UnusableInput("Say --approve or --reject, not both.")
    if not (asked.approve or asked.reject):
        if asked.subjects or asked.note or asked.seen:
            raise UnusableInput("Say what you decided: --approve or --reject.")
        return
    if not asked.subjects:
        raise UnusableInput("Say which reports: --school with brinvests or board numbers, separated by commas.")
    if asked.reject and not asked.note:
        raise UnusableInput("Say why with --note: who mends the report must know what is wrong.")
    if asked.seen and (len(asked.subjects) > 1 or len(asked.seen) < SEEN):
        raise UnusableInput(f"--seen goes with one report, and has {SEEN} digits or more.")


def _recorded(asked: Asked, round_code: str, out: Path) -> tuple[Candidates, tuple[Verdict, ...]]:
    """Record the verdicts that are asked for, and show them on the page."""
    work, file = out / planning.WORK / round_code, verdicts.path(out, round_code)
    with verdicts.held(work):
        candidates = review_folder.read(out, round_code, work)
        decided = _decided(asked, candidates, out)
        verdicts.last(file)  # what cannot be read is not added to
        verdicts.record(decided, file)
        try:
            review_folder.rewrite_page(candidates, verdicts.last(file), out / round_code)
        except OSError as problem:
            raise UnusableInput(
                f"The verdict is recorded, but the page cannot be written: {problem.strerror}. `nco release` makes it."
            ) from None
    return candidates, decided


def _decided(asked: Asked, candidates: Candidates, out: Path) -> tuple[Verdict, ...]:
    """The verdicts that are asked for, each on what its report is now."""
    digests = candidates.digests
    if unknown := [subject for subject in asked.subjects if subject not in digests]:
        names = ", ".join(unknown)
        raise UnusableInput(
            f"No report of {candidates.round_code} was made of {names}: look on the page of the review."
        )
    for subject in asked.subjects:
        if not digests[subject].startswith(asked.seen):
            page = out / candidates.round_code / REVIEW / NAME
            raise UnusableInput(f"The report of {subject} was made anew since you saw it. Read it again: {page}")
    by, at = asked.by or verdicts.reviewer(), verdicts.now()
    names = dict.fromkeys(asked.subjects)
    return tuple(Verdict(subject, asked.approve, asked.note, by, at, digests[subject]) for subject in names)


def _reading_order(row: Row) -> tuple[bool, int]:
    return row.order is None, row.order or 0
