"""What follows from the rows of any dialect: moment, level, scale, score, and which rows belong together."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from nco.base.all_settings import Settings
from nco.register.findings import matches
from nco_utils.params import Scale
from nco_utils.steps import STEPS
from nco_utils.tables import RESULTS, conform

from . import domain_scores
from .coded import mapped, plain, recoded, row_ids
from .moments import in_window, moment_of, shifted_grade, years_of_tests

DOMAINS = {"BL": "begrijpend_lezen", "SP": "spelling", "RW": "rekenen_wiskunde"}
LEVEL = STEPS.moment_pattern + STEPS.grade_pattern  # M5
MOMENT = rf"{LEVEL}(?:-[12])?"  # moment and level of the test; 1 or 2 is a half of it
TEST_CODE = rf"^(?:{'|'.join(DOMAINS)})(?:-{MOMENT})?$"  # RW-M5; a test without a moment of its own: RW
SCORE = r"^-?[0-9]+(?:\.[0-9]+)?$"
ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_FEWEST_PERCENTAGES = 5  # fewer scores below 100 can be chance


@dataclass(frozen=True)
class Rows:
    """The rows of a dialect in common terms: categories of text, missing where the text is not what it should be.

    date as YYYY-MM-DD, score with a decimal point; grade is the jaargroep on the day of the test if
    `grade_on_the_day`, else that of the pupils for whom the test was made. domain_scores: where there are any.
    """

    file: pd.Series
    brinvest: pd.Series
    pupil_id: pd.Series
    grade: pd.Series
    test_code: pd.Series
    date: pd.Series
    scale: pd.Series
    score: pd.Series
    whole: tuple[pd.Series, ...]
    grade_on_the_day: bool = True
    domain_scores: pd.Series | None = None


def facts(rows: Rows, params: Settings, latest: date) -> pd.DataFrame:
    """Return what a suite and `results` need beside the supplier's own columns; no test is taken after `latest`.

    brinvest, pupil_id, test_code, test_date, moment, test_level, domain, provider, score, scale, grade, school_year:
    empty where the text has none; date_written (as a date, though the day may not exist); in_window, not_in_future,
    not_too_old, score_in_range, scale_of_domain, scale_in_use, not_percentage: empty where that cannot be said;
    first_copy (of identical rows of a file), row_key (of identical rows), result_key (of one result in a file, only
    for first copies that are complete), one_result (no other result of the same test); domain_scores and
    domain_scores_fault (`domain_scores.facts`).
    """
    code = recoded(rows.test_code, lambda texts: texts.where(matches(texts, TEST_CODE)))
    known = _of_scale(rows.scale, params.scales)
    test_date = mapped(rows.date, _dates)
    own_moment = recoded(code, lambda texts: texts.str.extract(rf"-({STEPS.moment_pattern})", expand=False))
    continuous = known["provider"] == "boom"
    moment = plain(own_moment).mask(continuous).fillna(moment_of(test_date, known["provider"], params.windows))
    score = mapped(rows.score, _scores)
    grade = mapped(rows.grade, _grades)
    late = (known["provider"] == "diataal") & (own_moment == "E") & test_date.dt.month.between(8, 10)
    grade = shifted_grade(grade, late) if rows.grade_on_the_day else grade
    own_level = recoded(code, lambda texts: texts.str.extract(rf"-({LEVEL})", expand=False))
    level = plain(own_level).mask(continuous).fillna(moment + grade.astype("str"))
    year = years_of_tests(test_date, late)
    columns = {
        "brinvest": rows.brinvest,
        "pupil_id": rows.pupil_id,
        "test_code": code,
        "scale": rows.scale,
        "grade": grade,
        "test_date": test_date,
        "date_written": mapped(rows.date, lambda texts: matches(texts, ISO_DATE)),
        "school_year": year,
        "moment": moment,
        "test_level": level,
        "domain": recoded(code, lambda texts: texts.str[:2].map(DOMAINS)),
        "provider": known["provider"],
        "score": score,
        "not_in_future": _known(test_date <= pd.Timestamp(latest), test_date),
        "not_too_old": _known(test_date >= pd.Timestamp(params.reading.first_test), test_date),
        "in_window": in_window(test_date, moment, known["provider"], params.windows),
    }
    columns |= _scale_facts(columns, known)
    columns["not_percentage"] = _not_percentage(rows.file, columns, known)
    columns |= _copies(rows, columns)
    cells = pd.Series(pd.NA, index=score.index, dtype="str") if rows.domain_scores is None else rows.domain_scores
    columns |= domain_scores.facts(cells, rows.scale, params.scales)
    texts = {name: plain(each) for name, each in columns.items() if isinstance(each.dtype, pd.CategoricalDtype)}
    return pd.DataFrame(columns | texts)


def _dates(texts: pd.Series) -> pd.Series:
    written = texts.where(matches(texts, ISO_DATE))
    return pd.to_datetime(written, format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")


def _scores(texts: pd.Series) -> pd.Series:
    return texts.where(matches(texts, SCORE)).astype("float64")  # pd.to_numeric refuses a number of 400 digits


def _grades(texts: pd.Series) -> pd.Series:
    known = texts.where(matches(texts, f"^{STEPS.grade_pattern}$"))
    return pd.to_numeric(known).astype("Int64")


def _of_scale(scale: pd.Series, scales: Mapping[str, Scale]) -> dict[str, pd.Series]:
    """Return each setting of the row's scale; missing where the scale is unknown."""
    settings = {code: each.model_dump() for code, each in scales.items()}
    texts = {
        name: recoded(scale, lambda codes, name=name: codes.map({code: s[name] for code, s in settings.items()}))
        for name in ("provider", "domain")
    }
    numbers = {
        name: mapped(
            scale, lambda c, name=name: c.map({code: s[name] for code, s in settings.items()}).astype("float64")
        )
        for name in ("lowest", "highest", "percentages_from_level")
    }
    days = {
        name: mapped(
            scale,
            lambda c, name=name: pd.to_datetime(c.map({code: s[name] for code, s in settings.items()})).astype(
                "datetime64[s]"
            ),
        )
        for name in ("until", "percentages_before")
    }
    return texts | numbers | days


def _scale_facts(columns: Mapping[str, pd.Series], known: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    unknown = known["domain"].isna()
    score, test_date = columns["score"], columns["test_date"]
    fits = plain(known["domain"]) == plain(columns["domain"])
    after = (test_date > known["until"]).fillna(False)
    inside = score.between(known["lowest"], known["highest"])
    return {
        "scale_of_domain": fits.astype("boolean").mask(unknown | columns["domain"].isna()),
        "scale_in_use": (~after).astype("boolean").mask(unknown | test_date.isna()),
        "score_in_range": inside.astype("boolean").mask(unknown | score.isna()),
    }


def _not_percentage(file: pd.Series, columns: Mapping[str, pd.Series], known: Mapping[str, pd.Series]) -> pd.Series:
    """Return whether a score can be an ability score, where it might be a percentage.

    It cannot when all scores of a school's test, or on its scale, lie from 0 to 100 though from some level on
    such scores are rare; nor when its publisher gave percentages for the lower grades at that time.
    """
    score, from_level = columns["score"], known["percentages_from_level"]
    level = pd.to_numeric(columns["test_level"].str[1:2], errors="coerce")
    telling = ((level >= from_level) & score.notna()).to_numpy()
    looks = score.between(0, 100).to_numpy()
    found = np.zeros(len(score), dtype=bool)
    if (telling & looks).any():
        other = ~looks & score.notna().to_numpy()
        school = [file, columns["brinvest"], columns["scale"]]
        for group in ([*school, columns["test_code"]], school):
            ids, distinct = pd.factorize(row_ids(group))
            n, n_other = (np.bincount(ids, weights=each, minlength=len(distinct))[ids] for each in (telling, other))
            found |= looks & (n >= _FEWEST_PERCENTAGES) & (n_other == 0)
    found = pd.Series(found, index=score.index)
    early = (columns["test_date"] < known["percentages_before"]).fillna(False)
    found |= early & columns["grade"].between(3, 5).fillna(False).astype(bool)
    return (~found).astype("boolean").mask(score.isna() | known["domain"].isna())


def _copies(rows: Rows, columns: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    row_key = row_ids([rows.file, *rows.whole])
    first_copy = ~row_key.duplicated()
    result = [rows.brinvest, rows.pupil_id, columns["test_code"], rows.scale]
    complete = first_copy & columns["test_date"].notna() & ~np.logical_or.reduce([part.isna() for part in result])
    test = row_ids(result)
    day = columns["test_date"].astype("int64")
    result_key = row_ids([rows.file, test, day])
    # Of results that contradict each other, or that two files have, one is enough to compare with other days.
    apart = complete & ~row_ids([test, day]).where(complete).duplicated()
    whole_code = recoded(columns["test_code"], lambda texts: texts.str.replace(r"-[12]$", "", regex=True))
    same_test = [rows.brinvest, rows.pupil_id, whole_code, rows.scale, columns["school_year"], columns["moment"]]
    several = row_ids([part[apart] for part in same_test]).duplicated(keep=False) if apart.any() else apart[apart]
    return {
        "first_copy": first_copy,
        "row_key": row_key,
        "result_key": result_key.astype("Int64").mask(~complete),
        "one_result": (~several).reindex(first_copy.index, fill_value=True),
    }


def _known(values: pd.Series, source: pd.Series) -> pd.Series:
    return values.astype("boolean").mask(source.isna())


def results(rows: pd.DataFrame, vendor: str) -> pd.DataFrame:
    """Return the canonical results of rows (with facts) that break no rule that keeps a row out.

    A result may stand there once for each file.
    """
    used = rows[rows["first_copy"]].assign(vendor=vendor)
    if "group" not in used:
        used["group"] = pd.Series(pd.NA, index=used.index, dtype="str")
    return conform(used, replace(RESULTS, key=("source_file", "source_row")))


def outside(rows: pd.DataFrame, vendor: str) -> pd.DataFrame:
    """Return as results the rows (with facts) of tests outside the window of their moment, as far as they are whole."""
    needed = [column.name for column in RESULTS.columns if column.name in rows and not column.nullable]
    return results(rows[rows[needed].notna().all(axis=1)], vendor)


def delivered(rows: pd.DataFrame, *, shift_late: bool = True) -> pd.DataFrame:
    """Return results as text for a supplier's file: an empty text where there is nothing.

    rows: as RESULTS, and sex, group, level, functioning, dle, key, eckid and domain_scores where there are. With
    `shift_late` the grade of a Diataal test taken at the start of the next school year is that of the day.
    """
    names = (
        "brinvest",
        "pupil_id",
        "test_code",
        "scale",
        "sex",
        "group",
        "level",
        "functioning",
        "dle",
        "key",
        "eckid",
        "domain_scores",
    )
    absent = pd.Series("", index=rows.index, dtype="str")
    texts = {name: rows[name].astype("str").fillna("") if name in rows else absent for name in names}
    days = pd.to_datetime(rows["test_date"])
    grade = rows["grade"].astype("Int64")
    if shift_late:
        late = (rows["provider"] == "diataal") & (rows["moment"] == "E") & days.dt.month.between(8, 10)
        grade = grade + late.astype(int)
    score = rows["score"].astype("str").str.replace(r"\.0$", "", regex=True).fillna("")
    return pd.DataFrame({**texts, "grade": grade.astype("str"), "test_date": days, "score": score})
