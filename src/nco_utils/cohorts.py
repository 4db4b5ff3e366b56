"""What a round knows of the cohort of the year before: its own results, and those that earlier rounds kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from . import data_folder, tables
from .errors import ContractError
from .params import Params, Round, Scale
from .steps import STEPS, year_before

_PUPIL = ["brinvest", "pupil_id"]
_TEST_MOMENT = [*_PUPIL, "school_year", "moment"]


@dataclass(frozen=True)
class Results:
    """Everything that the pairs of a round come from: the tables `results` (two of them) and `results_outside`."""

    now: pd.DataFrame
    year_before: pd.DataFrame
    outside: pd.DataFrame


def read(data: Path, round_code: str, settings: Params, schools: pd.DataFrame) -> Results:
    """Read the results of a round and of the rounds before it; raises ContractError for a score that cannot be.

    A delivery does not reach back far enough for both cohorts. Of the year before, a pupil's results of a moment come
    from this round's delivery, else from that of the last earlier round that has them: only from rounds with the same
    key of the pseudonyms, and without pupils with an objection. `schools` is the register's table: those that do not
    take part any more stay in the year before, because its figures with and without them would tell theirs.
    """
    folder = data / round_code
    now = tables.read(tables.RESULTS, folder)
    withdrawn = _read_if_there(tables.WITHDRAWN, folder)
    outside = [_read_if_there(tables.RESULTS_OUTSIDE, folder)]
    before = [now]
    moments = _moments_before(settings.round(round_code))
    for code in earlier_rounds(data, round_code, settings):
        results, misplaced = (
            _usable(_read_if_there(table, data / code), schools["brinvest"], withdrawn)
            for table in (tables.RESULTS, tables.RESULTS_OUTSIDE)
        )
        results = results[(results["school_year"] + results["moment"]).isin(moments)]
        before.append(_new(results, before))
        outside.append(_new(misplaced, outside))
    found = Results(now, pd.concat(before, ignore_index=True), pd.concat(outside, ignore_index=True))
    require_possible_scores(found.year_before, settings.scales)
    return found


def earlier_rounds(data: Path, round_code: str, settings: Params) -> list[str]:
    """Return the validated rounds before this one, the last first, with pseudonyms of the same key."""
    published = settings.round(round_code).publication
    keys = data_folder.rounds_by_key(data)
    earlier = [code for code, each in settings.rounds.items() if each.publication < published]
    same_key = [code for code in earlier if code in keys and keys[code] == keys.get(round_code)]
    return sorted(same_key, key=lambda code: settings.rounds[code].publication, reverse=True)


def require_possible_scores(results: pd.DataFrame, scales: Mapping[str, Scale]) -> None:
    """Raise ContractError for scores outside the range of their scale: validation has let none through."""
    lowest, highest = (
        results["scale"].map({code: getattr(scale, name) for code, scale in scales.items()}).astype("float64")
        for name in ("lowest", "highest")
    )
    wrong = int(((results["score"] < lowest) | (results["score"] > highest)).sum())
    if wrong:
        raise ContractError(f"Table results, column score: {wrong} value(s) lie outside the range of their scale.")


def _moments_before(round_: Round) -> set[str]:
    """The moments of the steps of the year before; the ones that only the round's own steps need are not among them."""
    year = year_before(round_.school_year)
    return {moment for later in round_.later_moments for moment in STEPS.ends_of(later, year)}


def _read_if_there(table: tables.Table, folder: Path) -> pd.DataFrame:
    """A round that an older version validated has no such table; of an absent round there is nothing to use."""
    return tables.read(table, folder) if (folder / f"{table.name}.parquet").is_file() else tables.empty(table)


def _usable(results: pd.DataFrame, schools: pd.Series, withdrawn: pd.DataFrame) -> pd.DataFrame:
    theirs = results[results["brinvest"].isin(schools)]
    # By pseudonym alone: a pupil with an objection has left every school.
    return theirs[~theirs["pupil_id"].isin(withdrawn["pupil_id"])]


def _new(results: pd.DataFrame, known: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the results of the pupils and moments of which none is known yet."""
    seen = pd.concat([frame[_TEST_MOMENT] for frame in known]).drop_duplicates()
    found = results[_TEST_MOMENT].merge(seen, on=_TEST_MOMENT, how="left", indicator="seen")["seen"]
    return results[(found == "left_only").to_numpy()]
