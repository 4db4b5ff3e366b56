"""The ESIS dialect: semicolon CSV, Windows-1252, DD-MM-YYYY, decimal comma; see `docs/formats.md`."""

from datetime import date
from pathlib import Path

import pandas as pd

from nco.base.all_settings import Settings
from nco.register import identifiers
from nco.register.findings import Finding, matches
from nco_utils.steps import STEPS

from . import delimited
from .coded import joined, plain, recoded
from .delimited import Layout, header_names
from .facts import MOMENT, Rows, delivered, facts

NAME = "esis"
VENDOR = "esis"
SCHOOL_COLUMN, PUPIL_COLUMN = "Brin", "Leerlingnummer"
COLUMNS = (
    "Brin",
    "Vestiging",
    "Leerlingnummer",
    "Geslacht",
    "Jaargroep",
    "Groep",
    "Toets",
    "Toetsmoment",
    "Afnamedatum",
    "Vaardigheidsscore",
    "Schaal",
    "DLE",
    "Niveau",
)
OPTIONAL = ("Domeinscores",)
KEYS = ("Brin", "Vestiging", "Leerlingnummer", "Jaargroep", "Toets", "Toetsmoment", "Schaal")
VALUES = ("Afnamedatum", "Vaardigheidsscore")
TESTS = {"Begrijpend lezen": "BL", "Spelling": "SP", "Rekenen-Wiskunde": "RW"}
SEXES = {"1": "jongen", "2": "meisje"}  # 0 onbekend, 9 niet gespecificeerd

_LAYOUT = Layout(
    VENDOR,
    COLUMNS,
    separator=";",
    encoding="cp1252",
    encoding_name="Windows-1252",
    score_column="Vaardigheidsscore",
    content=identifiers.Content("Afnamedatum", "Brin", "Leerlingnummer", words=("Groep", "Toets")),
    optional=OPTIONAL,
)
# The forms that docs/formats.md names ("5A", "Groep 5/6", "C"). Any other name of a class may hold that of a teacher.
_GROUP = rf"^(?:(?:[Gg]roep )?{STEPS.grade_pattern}(?:[/-]{STEPS.grade_pattern})* ?[A-Za-z]?|[A-Z])$"
_ENOUGH_NAMES = 7
_CAPITALS = {name.upper() for name in COLUMNS}


def recognises(data: bytes) -> bool:
    """Return whether the file means to be of this dialect, by the names in its first line."""
    return len(header_names(data) & _CAPITALS) >= _ENOUGH_NAMES


def read(data: bytes, file: str) -> tuple[pd.DataFrame, list[Finding], None]:
    """Return the raw rows as text, with source_file and source_row, and the header's findings; raises BrokenFile."""
    return *delimited.read(data, _LAYOUT, file), None


def schools(raw: pd.DataFrame) -> pd.Series:
    """Return the school location (BRIN and vestiging, blank is 00) of each raw row, as delivered."""
    return raw["Brin"] + raw["Vestiging"].fillna("00")


def with_facts(raw: pd.DataFrame, params: Settings, latest: date) -> pd.DataFrame:
    """Return what follows from the raw rows (categories of text); see `facts.facts`.

    Also sex, group (the class; empty where its name is not of the forms known), and eckid and key, which this dialect
    does not have. The DLE is not read: it is no score on the scale.
    """
    rows = Rows(
        file=raw["source_file"],
        brinvest=joined(raw["Brin"], raw["Vestiging"], lambda brin, place: brin + place.fillna("00")),
        pupil_id=raw["Leerlingnummer"],
        grade=raw["Jaargroep"],
        test_code=joined(raw["Toets"], raw["Toetsmoment"], _test_code),
        date=recoded(raw["Afnamedatum"], _iso),
        scale=raw["Schaal"],
        score=recoded(raw["Vaardigheidsscore"], _with_point),
        whole=tuple(raw[name] for name in COLUMNS),
        domain_scores=raw.get("Domeinscores"),
    )
    absent = dict.fromkeys(("eckid", "key"), pd.Series(pd.NA, index=raw.index, dtype="str"))
    return facts(rows, params, latest).assign(
        **absent,
        sex=plain(recoded(raw["Geslacht"], lambda codes: codes.map(SEXES))),
        group=plain(recoded(raw["Groep"], lambda names: names.where(matches(names, _GROUP)))),
    )


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write results (as RESULTS; also sex, group, level, dle, domain_scores, if there) as a file of this dialect."""
    given = delivered(rows)
    names = {code: name for name, code in TESTS.items()}
    codes = {sex: code for code, sex in SEXES.items()}
    frame = pd.DataFrame(
        {
            "Brin": given["brinvest"].str[:4],
            "Vestiging": given["brinvest"].str[4:],
            "Leerlingnummer": given["pupil_id"],
            "Geslacht": given["sex"].map(codes).fillna("0"),
            "Jaargroep": given["grade"],
            "Groep": given["group"],
            "Toets": given["test_code"].str[:2].map(names),
            "Toetsmoment": given["test_code"].str[3:],
            "Afnamedatum": given["test_date"].dt.strftime("%d-%m-%Y"),
            "Vaardigheidsscore": given["score"].str.replace(".", ",", regex=False),
            "Schaal": given["scale"],
            "DLE": given["dle"],
            "Niveau": given["level"],
            "Domeinscores": given["domain_scores"],
        }
    )
    delimited.write(frame, _LAYOUT, path)


def _test_code(tests: pd.Series, moments: pd.Series) -> pd.Series:
    code = tests.map(TESTS).astype("str")
    known = moments.isna() | matches(moments, f"^{MOMENT}$")
    return (code + ("-" + moments).fillna("")).where(known)


def _iso(texts: pd.Series) -> pd.Series:
    parts = texts.str.extract(r"^([0-9]{2})-([0-9]{2})-([0-9]{4})$")
    return parts[2] + "-" + parts[1] + "-" + parts[0]


def _with_point(texts: pd.Series) -> pd.Series:
    comma = matches(texts, r"^-?[0-9]+(?:,[0-9]+)?$")
    return texts.where(comma).str.replace(",", ".", regex=False)
