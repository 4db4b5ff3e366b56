"""The Cito dialect: DULT-style CSV, UTF-8 with BOM, comma, ISO dates, decimal point; see `docs/formats.md`.

A dialect module has what this one has: NAME, VENDOR, SCHOOL_COLUMN, PUPIL_COLUMN, COLUMNS, OPTIONAL (which a file may
lack), KEYS and VALUES (the columns of which it matters how they are written), `recognises`, `read`, `schools`,
`with_facts` and `write`; its rules are in `expectations/<NAME>.json`.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from nco.base.all_settings import Settings
from nco.register import identifiers
from nco.register.findings import Finding

from . import delimited
from .delimited import Layout, header_names
from .facts import Rows, delivered, facts

NAME = "cito"
VENDOR = "cito"
SCHOOL_COLUMN, PUPIL_COLUMN = "BRINVEST", "LEERLING_ID"
COLUMNS = (
    "BRINVEST",
    "LEERLING_ID",
    "GROEP",
    "TOETSCODE",
    "AFNAMEDATUM",
    "SCHAAL",
    "VAARDIGHEIDSSCORE",
    "FUNCTIONERINGSNIVEAU",
    "NIVEAU_IV",
)
OPTIONAL = ("DOMEINSCORES",)
KEYS, VALUES = (*COLUMNS[:4], "SCHAAL"), ("AFNAMEDATUM", "VAARDIGHEIDSSCORE")

_LAYOUT = Layout(
    VENDOR,
    COLUMNS,
    separator=",",
    encoding="utf-8-sig",
    encoding_name="UTF-8",
    score_column="VAARDIGHEIDSSCORE",
    content=identifiers.Content("AFNAMEDATUM", "BRINVEST", "LEERLING_ID"),
    optional=OPTIONAL,
)
_ENOUGH_NAMES = 5  # of the nine: a file with a missing or renamed column is still recognised, another dialect is not


def recognises(data: bytes) -> bool:
    """Return whether the file means to be of this dialect, by the names in its first line."""
    return len(header_names(data) & set(COLUMNS)) >= _ENOUGH_NAMES


def read(data: bytes, file: str) -> tuple[pd.DataFrame, list[Finding], None]:
    """Return the raw rows as text, with source_file and source_row, and the header's findings; raises BrokenFile."""
    return *delimited.read(data, _LAYOUT, file), None


def schools(raw: pd.DataFrame) -> pd.Series:
    """Return the school location (BRIN and vestiging) of each raw row, as delivered."""
    return raw["BRINVEST"]


def with_facts(raw: pd.DataFrame, params: Settings, latest: date) -> pd.DataFrame:
    """Return what follows from the raw rows (categories of text); see `facts.facts`.

    Also eckid, key and sex, which this dialect does not have.
    """
    rows = Rows(
        file=raw["source_file"],
        brinvest=raw["BRINVEST"],
        pupil_id=raw["LEERLING_ID"],
        grade=raw["GROEP"],
        test_code=raw["TOETSCODE"],
        date=raw["AFNAMEDATUM"],
        scale=raw["SCHAAL"],
        score=raw["VAARDIGHEIDSSCORE"],
        whole=tuple(raw[name] for name in COLUMNS),
        domain_scores=raw.get("DOMEINSCORES"),
    )
    absent = dict.fromkeys(("eckid", "key", "sex"), pd.Series(pd.NA, index=raw.index, dtype="str"))
    return facts(rows, params, latest).assign(**absent)


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write results (as RESULTS; also functioning, level, domain_scores, where there are) as a file of this dialect."""
    given = delivered(rows)
    frame = pd.DataFrame(
        {
            "BRINVEST": given["brinvest"],
            "LEERLING_ID": given["pupil_id"],
            "GROEP": given["grade"],
            "TOETSCODE": given["test_code"],
            "AFNAMEDATUM": given["test_date"].dt.strftime("%Y-%m-%d"),
            "SCHAAL": given["scale"],
            "VAARDIGHEIDSSCORE": given["score"],
            "FUNCTIONERINGSNIVEAU": given["functioning"],
            "NIVEAU_IV": given["level"],
            "DOMEINSCORES": given["domain_scores"],
        }
    )
    delimited.write(frame, _LAYOUT, path)
