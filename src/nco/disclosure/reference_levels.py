"""Reference levels at the end of groep 8: what a report may show of how many pupils reach them.

Every result counts in one of three classes: below 1F, 1F, and 1S or 2F. Of a class of few results is told that it is
small at most, and nothing that it could be computed from: no single school year, and a sum of school years only as
long as all sums that were ever told leave every year open (`_open`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from nco.base.all_settings import Settings
from nco_utils import tables
from nco_utils.tables import LEVEL_CLASSES

from . import earlier_releases, shown_tables

_SUBJECTS = tables.REFERENCE_LEVELS["subject"].allowed
_KEY = ["brinvest", "school_year"]
_CLASSES = list(LEVEL_CLASSES)


@dataclass(frozen=True)
class Earlier:
    """What a round before this one told (table `levels`), and of which results (`level_counts`)."""

    counts: pd.DataFrame
    levels: pd.DataFrame


def earlier(round_code: str, data: Path, settings: Settings) -> list[Earlier]:
    """Return what the rounds before this one told, and this round itself once it was released; the oldest first."""
    codes = [code.split("/")[0] for code in earlier_releases.before(round_code, data, settings)]
    wanted = (shown_tables.LEVEL_COUNTS, shown_tables.LEVELS)
    return [
        Earlier(*(tables.read(table, data / code) for table in wanted))
        for code in dict.fromkeys(codes)
        if all((data / code / f"{table.name}.parquet").is_file() for table in wanted)
    ]


def counts(delivered: pd.DataFrame, before: Sequence[Earlier]) -> pd.DataFrame:
    """Return table `level_counts` of table `reference_levels`: the school years of which every subject is known.

    A year that an earlier round looked at stays as it was there, also where it was lacking: two sums of a year that
    was corrected would tell of the few pupils in whom they differ.
    """
    known = delivered.dropna(subset=_CLASSES)
    known = known[known[_CLASSES].sum(axis=1) > 0]
    sums = known.assign(n_pupils=known[_CLASSES].sum(axis=1), subjects=1).groupby(_KEY)
    whole = sums[[*_CLASSES, "subjects"]].sum().join(sums["n_pupils"].max())
    made = whole[whole["subjects"] == len(_SUBJECTS)].reset_index()
    for each in reversed(before):  # the oldest has the last word
        last = each.counts.groupby("brinvest")["school_year"].max()
        settled = made["school_year"] <= made["brinvest"].map(last).fillna("")
        made = pd.concat([made[~settled], each.counts.loc[:, [*_KEY, *_CLASSES, "n_pupils"]]]).drop_duplicates(_KEY)
    return tables.conform(made.sort_values(_KEY), shown_tables.LEVEL_COUNTS)


def told(
    used: pd.DataFrame, before: Sequence[Earlier], year: str, schools: pd.DataFrame, settings: Settings
) -> pd.DataFrame:
    """Return table `levels`: every school's last school years together, up to `year`.

    used: table `level_counts`. schools: brinvest, sector and schoolweging. With few pupils in these years nothing is
    told. A percentage is told where the results on either side are more than a small group, and so are those of every
    two school years that could take each other's place (`_open`); of fewer results below 1F, or above what a
    percentage may say, that it is so much at least.
    """
    rules, least = settings.reference_levels, settings.profile.minimum_group + 1
    used = used[used["school_year"] <= year]
    years = sorted(used["school_year"].unique())[-rules.years :]
    here = schools[~schools["sector"].isin(rules.not_for)].set_index("brinvest")
    rows = used[used["school_year"].isin(years) & used["brinvest"].isin(here.index)]
    spans, all_years = _told_before(before), dict(iter(used.groupby("brinvest")))
    made = [
        _school(brinvest, theirs, spans.get(brinvest, set()) | {_span(theirs)}, all_years[brinvest], settings, least)
        for brinvest, theirs in rows.groupby("brinvest")
    ]
    found = pd.DataFrame(made, columns=[c for c in shown_tables.LEVELS.column_names if not c.startswith(_OF_CLASS)])
    return tables.conform(_beside(found, here["schoolweging"], settings), shown_tables.LEVELS)


_OF_CLASS = ("weging", "signal", "similar")
_Span = tuple[str, str]  # the first and the last school year of a sum


def _span(theirs: pd.DataFrame) -> _Span:
    return theirs["school_year"].min(), theirs["school_year"].max()


def _told_before(before: Iterable[Earlier]) -> dict[str, set[_Span]]:
    """The spans of years of which each school's sums were told."""
    spans: dict[str, set[_Span]] = {}
    for row in (row for each in before for row in each.levels.itertuples() if row.status == "shown"):
        spans.setdefault(row.brinvest, set()).add((row.first_year, row.last_year))
    return spans


def _school(
    brinvest: str, theirs: pd.DataFrame, spans: set[_Span], every: pd.DataFrame, settings: Settings, least: int
) -> dict:
    """The row of a school without what is of its class; theirs: the years that are told; every: all that are known."""
    row = dict(
        zip(("brinvest", "first_year", "last_year", "n_years"), (brinvest, *_span(theirs), len(theirs)), strict=True)
    )
    nothing = row | {"n_pupils": None, "reached_1f": None, "least_1f": False, "reached_2f": None}
    if theirs["n_pupils"].sum() < settings.reference_levels.few:
        return nothing | {"status": "few"}
    span = every[every["school_year"] >= min(first for first, _ in spans)]
    three = span[_CLASSES].to_numpy(int)
    two = np.column_stack([three[:, :2].sum(axis=1), three[:, 2]])
    all_open, second_open = (_open(each, span["school_year"], spans) >= least for each in (three, two))
    sums = theirs[_CLASSES].sum()
    reached_1f, at_least = _first(sums, least, settings, exactly=all_open)
    reached_2f = _second(sums, least, settings) if second_open and (all_open or at_least) else None
    if reached_1f is None and reached_2f is None:
        return nothing | {"status": "hidden"}
    told = {"n_pupils": int(theirs["n_pupils"].sum()), "reached_1f": reached_1f, "reached_2f": reached_2f}
    return row | told | {"least_1f": at_least, "status": "shown"}


def _second(sums: pd.Series, least: int, settings: Settings) -> float | None:
    """What may be told of 1S or 2F, in percents."""
    lowest, highest = settings.profile.percentages
    reached = round(100 * sums["n_2f_or_1s"] / sums.sum(), 1)
    enough = sums["n_below_1f"] + sums["n_1f"] >= 2 * least - 1  # however these two are shared out
    return reached if enough and lowest <= reached <= highest else None


def _first(sums: pd.Series, least: int, settings: Settings, exactly: bool) -> tuple[float | None, bool]:
    """What may be told of 1F, in percents, and whether that is the least it can be."""
    n, below = sums.sum(), sums["n_below_1f"]
    lowest, highest = settings.profile.percentages
    if below < least:
        reached = np.floor(1000 * (n - least + 1) / n) / 10
        return (min(reached, float(highest)), True) if reached >= lowest else (None, False)
    reached = round(100 * (n - below) / n, 1)
    if not exactly or n - below < least or reached < lowest:
        return None, False
    return (float(highest), True) if reached > highest else (reached, False)


def _open(results: np.ndarray, years: pd.Series, spans: set[_Span]) -> int:
    """Return by how many results every class of every year is open to who knows the sums over all `spans`.

    results: (years, classes); the sum of a year is public. Of one span the years are the rows of a table of which rows
    and columns are known: a cell is open by the smallest of its row and column and what the table has beside these
    (Fréchet). Of spans of as many years each, a year further on every time, years that lie a span apart are one row,
    with the least that any of them has of a class: as much can go from one row to another without a change of any sum.
    Of spans that lack a year nothing is known to be open. A single year tells itself: its classes must be large.
    """
    if len(spans) > 1:
        begins = years.str[:4].astype(int).to_numpy()
        lengths = {int(last[:4]) - int(first[:4]) + 1 for first, last in spans}
        if len(lengths) > 1 or (np.diff(begins) != 1).any():
            return 0
        (length,) = lengths
        results = np.array([results[place::length].min(axis=0) for place in range(length)])
    of_class, of_row, total = results.sum(axis=0), results.sum(axis=1), results.sum()
    margins = [*of_class, *(total - of_class)]
    return int(min([*margins, *of_row, *(total - of_row)] if len(results) > 1 else margins))


def _beside(found: pd.DataFrame, weging: pd.Series, settings: Settings) -> pd.DataFrame:
    """The rows with what the inspectorate publishes of the school's class; nothing without a schoolweging."""
    classes = settings.reference_levels.classes
    value = found["brinvest"].map(weging).astype("float64")
    of = np.select(
        [value.between(each.lowest, each.highest, inclusive="left") for each in classes], range(len(classes)), -1
    )
    of = np.where(value == classes[-1].highest, len(classes) - 1, of)
    known = {"weging_from": "lowest", "weging_to": "highest"}
    known |= {name: name for name in ("signal_1f", "signal_2f", "similar_1f", "similar_2f")}
    columns = {
        name: pd.Series([np.nan if i < 0 else getattr(classes[i], field) for i in of], found.index, "float64")
        for name, field in known.items()
    }
    return found.assign(**columns)
