"""Writes the fictitious country as a data folder: register, background, and every round's exports in three dialects."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from nco.base import all_settings
from nco.deliveries.readers import cito, esis, uwlr
from nco.register.enrolment import NOTICE_FILE
from nco_utils.params import Round
from nco_utils.tables import APPROVALS, BOARDS, OBJECTIONS, PUPILS, REFERENCE_LEVELS, SCHOOL_BOARDS, SCHOOLS

from .. import country, defects
from ..bdf_data import MARKER, Demo, replacing, write_csv
from . import Country
from .abilities import USUAL
from .fictitious import rounds_of

_SCHOOLS_PER_WORKER = 200  # fewer are written sooner than a process has started
_SCHOOL_TRAITS = ["brinvest", "size", "urbanity", "schoolweging", "denomination"]
# Every report from this folder shows it, so it is Dutch.
_NOTICE = (
    "Demonstratie. Scholen, besturen, leerlingen en scores zijn verzonnen. "
    "Alleen de landelijke gemiddelden en verbanden lijken op die van Nederland.\n"
)
_README = """\
# Demo data: a fictitious country

Made by `nco demo --schools {schools} --seed {seed}{option}`; making it again replaces the whole folder.

Nothing here exists: {boards:,} boards, {schools:,} schools and {pupils:,} pupils, all scores, names, BRINs (90..99) and
board numbers (66...) are made up. Means, standard deviations, correlations, effects of traits and school variances of
the Cito tests, shares of traits, school sizes and missing tests are those published for the Netherlands; everything of
IEP, Boom and Diataal is this project's own choice. `params/country.yml` says which is which.

Rounds: {rounds}. A delivery holds the results from the end of the school year before up to the day of the export:
ParnasSys one UWLR message a school, ESIS one file a board, Cito one file. A school delivers from the first round for
which its board's contract was in time. Diataal's E tests of late summer come with the next round.

`background/pupils.csv` has the traits of the pupils (sex, education of the parents, migration, household, income,
repeated grade, age), `background/schools.csv` size, urbanity, schoolweging and denomination of the schools.
`background/reference_levels.csv` has how many pupils reached the reference levels at the end of groep 8: what schools
of each schoolweging reach is published, how far schools are apart is a choice.
"""


@dataclass(frozen=True)
class _Written:
    """Of a board whose files are written: background, objections and the results that are not written yet."""

    background: pd.DataFrame
    objections: pd.DataFrame
    of_cito: pd.DataFrame
    n_results: int


def write_country(
    data: Path,
    schools: int,
    seed: int,
    with_defects: bool = False,
    rounds: tuple[str, ...] | None = None,
    closure: bool = False,
) -> Demo:
    """Write the country of that many schools and that seed into the folder `data`, whole or not at all.

    An earlier demo there is replaced. rounds: only their exports, which is quicker. With defects, the last round of
    all holds every kind, and `defects.csv` lists them. closure: as of `country.generate`. Raises UnusableInput for an
    impossible number of schools (with defects: too few), for a folder that holds something else than a demo, and for
    one that cannot be written.
    """
    made, target = country.generate(schools, seed, closure), Path(data).resolve()
    rounds = rounds or tuple(rounds_of(closure))
    planned = defects.plan(made) if with_defects else []
    with replacing(target) as new:
        n_pupils, n_results = _write(made, new, rounds)
        injected = defects.inject(new, made, planned) if with_defects else []
        text = _README.format(
            schools=schools,
            seed=seed,
            option=(" --defects" if with_defects else "") + (" --closure" if closure else ""),
            boards=len(made.enrolled.boards),
            pupils=n_pupils,
            rounds=", ".join(rounds),
        )
        (new / "README.md").write_text(text, encoding="utf-8")
        (new / NOTICE_FILE).write_text(_NOTICE, encoding="utf-8")
        (new / MARKER).write_text("country\n", encoding="utf-8")
    return Demo(target, rounds[-1], len(made.enrolled.boards), schools, n_pupils, n_results, len(injected))


def delivered(results: pd.DataFrame, schools: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the rows that a round's exports hold: of schools that take part, and taken by the day of the export.

    results: `country.BoardPupils.results`; schools: `fictitious.Enrolled.schools`. A round has the moments of its
    school year up to its own, and the last moment of the year before.
    """
    rounds = all_settings.load().rounds
    round_, order = rounds[code], list(rounds)
    if round_.reports:  # of the tests that its reports are of
        results = results[results["provider"].isin(all_settings.load().covid.providers)]
    taking_part = schools["first_round"].map(order.index) <= order.index(code)
    taking_part &= schools["closed"].isna() | (schools["closed"] >= pd.Timestamp(round_.approval_deadline))
    moment = results["school_year"] + results["moment"]
    chosen = moment.isin(_moments(round_)) & (results["test_date"] <= pd.Timestamp(round_.export_date))
    return results[chosen & results["brinvest"].isin(schools.loc[taking_part, "brinvest"])]


def _moments(round_: Round) -> list[str]:
    first = int(round_.school_year[:4])
    if round_.first_year:
        years = range(int(round_.first_year[:4]), first + 1)
        return [f"{year}-{year + 1}{moment}" for year in years for moment in round_.later_moments]
    return [f"{first - 1}-{first}E", *(f"{round_.school_year}{moment}" for moment in round_.later_moments)]


def _write(made: Country, folder: Path, rounds: tuple[str, ...]) -> tuple[int, int]:
    """Write board by board, in several processes; returns the numbers of pupils and of delivered results."""
    backgrounds, objections, of_cito, n_results = [], [], [], 0
    _write_register(made, folder)
    for code in rounds:
        for dialect in (uwlr, esis, cito):
            (folder / "exports" / code / dialect.VENDOR).mkdir(parents=True)
    for board in _boards(made, folder, rounds):
        backgrounds.append(board.background)
        objections.append(board.objections)
        of_cito.append(board.of_cito)  # one file for the whole country: kept until all boards are there
        n_results += board.n_results
    n_results += _write_cito(made, pd.concat(of_cito, ignore_index=True), folder, rounds)
    pupils = pd.concat(backgrounds, ignore_index=True)
    pupils.to_csv(_folder(folder / "background") / f"{PUPILS.name}.csv", index=False)
    objected = pd.concat(objections, ignore_index=True)
    write_csv(objected.assign(received_on=_objected_on(made.span is not USUAL)), OBJECTIONS, folder / "register")
    return len(pupils), n_results


def _boards(made: Country, folder: Path, rounds: tuple[str, ...]) -> Iterator[_Written]:
    """Write the boards' files, a large country in several processes, and yield what is left, in order."""
    numbers = made.enrolled.boards["board_number"].tolist()
    write = partial(_write_board, made, folder=folder, rounds=rounds)
    workers = min(all_settings.load().release.workers, made.n_schools // _SCHOOLS_PER_WORKER)
    if workers < 2:
        yield from map(write, numbers)
        return
    # Spawned, not forked: a child would miss the threads of this process.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(write, numbers)


def _write_register(made: Country, folder: Path) -> None:
    enrolled = made.enrolled
    for frame, table in (
        (enrolled.boards, BOARDS),
        (enrolled.schools, SCHOOLS),
        (enrolled.school_boards, SCHOOL_BOARDS),
        (enrolled.approvals, APPROVALS),
    ):
        write_csv(frame, table, folder / "register")
    background = _folder(folder / "background")
    enrolled.schools[_SCHOOL_TRAITS].to_csv(background / "schools.csv", index=False)
    country.reference_levels(made).to_csv(background / f"{REFERENCE_LEVELS.name}.csv", index=False)


def _write_board(made: Country, number: str, folder: Path, rounds: tuple[str, ...]) -> _Written:
    """Make one board and write its ParnasSys messages and ESIS file of every round."""
    board = country.board(made, number)
    by_cito = board.results["vendor"] == cito.VENDOR
    results, n_results = board.results[~by_cito], 0
    for code in rounds:
        rows = delivered(results, made.enrolled.schools, code)
        n_results += len(rows)
        for vendor, theirs in rows.groupby("vendor"):
            exports = folder / "exports" / code / vendor
            if vendor == esis.VENDOR:
                esis.write(theirs, exports / f"{number}-{code}.csv")
                continue
            for brinvest, school in theirs.groupby("brinvest"):
                uwlr.write(school, exports / f"{brinvest}-{code}.xml", created=_exported(code))
    objections = board.pupils.loc[board.pupils["objected"], ["brinvest", "pupil_id"]]
    return _Written(country.background(board.pupils), objections, board.results[by_cito], n_results)


def _write_cito(made: Country, results: pd.DataFrame, folder: Path, rounds: tuple[str, ...]) -> int:
    n_rows = 0
    for code in rounds:
        rows = delivered(results, made.enrolled.schools, code)
        n_rows += len(rows)
        if len(rows):
            cito.write(rows, folder / "exports" / code / cito.VENDOR / f"cito-{code}.csv")
    return n_rows


def _exported(code: str) -> datetime:
    return datetime.combine(all_settings.load().rounds[code].export_date, time(6))


def _objected_on(closure: bool) -> str:
    """Return the day on which all objections came: known before the first export."""
    return min(round_.approval_deadline for round_ in rounds_of(closure).values()).isoformat()


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
