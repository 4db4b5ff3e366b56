"""The golden exports in tests/exports, read once: `expected.csv` lists every finding of every file in fail/."""

from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

from nco.deliveries import readers
from nco.register.findings import BrokenFile

GOLDEN = Path(__file__).parents[1] / "exports"
FAIL = sorted((GOLDEN / "fail").iterdir())
PASS = sorted((GOLDEN / "pass").iterdir())
LATEST = date(2022, 10, 3)
PLACE = ["rule", "severity", "row", "column"]


@cache
def expected() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "expected.csv", dtype=str, keep_default_na=False)


@cache
def broken() -> dict[str, BrokenFile]:
    """The files that cannot be read at all."""
    found = {}
    for path in FAIL:
        try:
            readers.read_raw(path)
        except BrokenFile as error:
            found[path.name] = error
    return found


@cache
def checked() -> dict[str, readers.Delivery]:
    """All other golden files, in one call of each dialect's suite."""
    files = [readers.read_raw(path) for path in PASS + FAIL if path.name not in broken()]
    return {
        dialect.NAME: readers.check([file for file in files if file.dialect is dialect], LATEST)
        for dialect in readers.DIALECTS
    }


@cache
def together(table: str) -> pd.DataFrame:
    """Table results, findings or rows of all dialects."""
    return pd.concat([getattr(delivery, table) for delivery in checked().values()], ignore_index=True)


def places(findings: pd.DataFrame) -> set[tuple[str, ...]]:
    shown = findings[PLACE].astype("object").where(findings[PLACE].notna(), "").astype(str)
    return set(shown.itertuples(index=False, name=None))
