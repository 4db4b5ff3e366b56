"""The Cito dialect: DULT-style CSV, UTF-8 with BOM, comma, ISO dates, decimal point.

A dialect module has what this one has: NAME, VENDOR, SCHOOL_COLUMN, PUPIL_COLUMN, `recognises`, `read`,
`schools`, `with_facts`, `suite_parameters` and `to_results`; its rules are in `expectations/<NAME>.json`.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from ..params import Params, Scale
from ..tables import RESULTS, conform
from .delimited import Layout, header_names
from .delimited import read as read_delimited
from .moments import in_window, school_years
from .rules import Finding, matches

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
DOMAINS = {"BL": "begrijpend_lezen", "SP": "spelling", "RW": "rekenen_wiskunde"}
TEST_CODE = rf"^(?:{'|'.join(DOMAINS)})-[BME][1-8]$"  # RW-M5: domain, then moment and level of the test

_LAYOUT = Layout(VENDOR, COLUMNS, ",", "utf-8-sig", "UTF-8", "VAARDIGHEIDSSCORE")
_ENOUGH_NAMES = 5  # of the nine: a file with a missing or renamed column is still recognised, another dialect is not
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_SCORE = r"^-?[0-9]+(?:\.[0-9]+)?$"


def recognises(data: bytes) -> bool:
    """Return whether the file means to be of this dialect, by the names in its first line."""
    return len(header_names(data) & set(COLUMNS)) >= _ENOUGH_NAMES


def read(data: bytes, file: str) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the raw rows as text, with source_file and source_row, and the header's findings; raises BrokenFile."""
    return read_delimited(data, _LAYOUT, file)


def schools(raw: pd.DataFrame) -> pd.Series:
    """Return the school location (BRIN and vestiging) of each raw row, as delivered."""
    return raw["BRINVEST"]


def suite_parameters(params: Params) -> dict[str, object]:
    """Return what the suite's `$PARAMETER`s stand for."""
    return {"test_code": TEST_CODE, "scales": sorted(params.scales)}


def with_facts(raw: pd.DataFrame, params: Params, latest: date) -> pd.DataFrame:
    """Return the raw rows with what follows from them, in lower-case columns; no test is taken after `latest`.

    brinvest, test_date, moment, test_level, domain, provider, score: empty where the text has none;
    in_window, not_in_future, score_in_range, scale_of_domain: empty where that cannot be said; date_written
    (as YYYY-MM-DD, though the day may not exist); first_copy (the first of identical rows).
    """
    code = raw["TOETSCODE"].where(matches(raw["TOETSCODE"], TEST_CODE))
    domain, level = code.str[:2].map(DOMAINS).astype("str"), code.str[3:]
    date_written = matches(raw["AFNAMEDATUM"], _DATE)
    test_date = pd.to_datetime(raw["AFNAMEDATUM"].where(date_written), format="%Y-%m-%d", errors="coerce")
    score_text = raw["VAARDIGHEIDSSCORE"]
    score = pd.to_numeric(score_text.where(matches(score_text, _SCORE))).astype("float64")
    return raw.assign(
        brinvest=schools(raw),
        date_written=date_written,
        test_date=test_date,
        test_level=level,
        moment=level.str[0],
        domain=domain,
        score=score,
        not_in_future=(test_date <= pd.Timestamp(latest)).astype("boolean").mask(test_date.isna()),
        in_window=in_window(test_date, level.str[0], params.windows),
        first_copy=~raw.duplicated(list(COLUMNS)),
        **_scale_facts(raw["SCHAAL"], domain, score, params.scales),
    )


def _scale_facts(scale: pd.Series, domain: pd.Series, score: pd.Series, scales: Mapping[str, Scale]) -> dict:
    known = {name: scale.map({code: getattr(s, name) for code, s in scales.items()}) for name in Scale.model_fields}
    unknown = known["domain"].isna()
    fits = (known["domain"] == domain).astype("boolean").mask(unknown | domain.isna())
    inside = score.between(known["lowest"], known["highest"]).astype("boolean").mask(unknown | score.isna())
    return {"provider": known["provider"], "scale_of_domain": fits, "score_in_range": inside}


def to_results(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the canonical results of rows (with facts) that break no rule that keeps a row out."""
    used = rows[rows["first_copy"]]
    return conform(
        used.assign(
            vendor=VENDOR,
            pupil_id=used["LEERLING_ID"],
            test_code=used["TOETSCODE"],
            scale=used["SCHAAL"],
            school_year=school_years(used["test_date"]),
            grade=used["GROEP"].astype("Int64"),
        ),
        RESULTS,
    )
