"""The mean level of schools of one schoolweging class: a norm beside the national mean, from what reports showed.

It is made of the levels that the schools' own reports show, each nearly (`begin_score`), so even who takes all but one
of them out learns no more of the last than its report says. It is told of enough schools only, and where no board can
take out all but one: then it says nothing of a school to who has not that school's report either. What was told once
stays as it was, for a school that moves to another class, or is hidden since, would be the difference of two releases.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from nco_utils import tables

from . import shown_tables
from .history import own_years

KEY = ["sector", "school_year", "domain", "step", "scale", "weging_class"]
_OTHERS = 2  # schools that are left when a board takes out its own


def names(weging: pd.Series, edges: Sequence[float]) -> pd.Series:
    """Return the class of every schoolweging, such as 27-29; none of what is not known.

    edges: the lowest value of each class, and the end of the last, which holds its end too.
    """
    labels = [f"{low:g}-{high:g}" for low, high in pairwise(edges)]
    place = np.searchsorted(edges, weging.to_numpy("float64"), side="right") - 1
    place = np.where(weging == edges[-1], len(labels) - 1, place)
    known = weging.between(edges[0], edges[-1])
    found = [labels[at] if there else None for at, there in zip(place, known, strict=True)]
    return pd.Series(found, weging.index, dtype=object)


def by_class(report: pd.DataFrame, schools: pd.DataFrame, classes: pd.Series, minimum_schools: int) -> pd.DataFrame:
    """Return table `class_levels` of the own school year of a table report.

    schools: the register's; classes: the `names` by brinvest. Weighted by pupils, as national means are; the middle of
    what is told of a level stands for it.
    """
    rows = own_years([report])
    rows = rows[(rows["status"] == "shown") & rows["mean_before_low"].notna()]
    known = schools.set_index("brinvest")
    rows = rows.assign(
        sector=rows["brinvest"].map(known["sector"]),
        board=rows["brinvest"].map(known["board_number"]),
        weging_class=rows["brinvest"].map(classes),
        n=rows["n_pupils"].astype("float64"),
    ).dropna(subset=[*KEY, "board"])
    middle = (rows["mean_before_low"] + rows["mean_before_high"]) / 2 + rows["mean_growth"]
    made = rows.assign(sum=middle * rows["n"]).groupby(KEY).agg(
        n_schools=("brinvest", "nunique"), n=("n", "sum"), sum=("sum", "sum")
    )  # fmt: skip
    of_one_board = rows.groupby([*KEY, "board"])["brinvest"].nunique().groupby(KEY).max()
    enough = (made["n_schools"] >= minimum_schools) & (made["n_schools"] - of_one_board >= _OTHERS)
    made = made.assign(level=(made["sum"] / made["n"]).round(1))[enough]
    return tables.conform(made.reset_index(), shown_tables.CLASS_LEVELS)


def steady(now: pd.DataFrame, told: Sequence[pd.DataFrame], school_year: str) -> pd.DataFrame:
    """Return the levels that were told before, up to a school year, as they were told first, and those that are new.

    told: tables `class_levels` of earlier releases, the oldest first.
    """
    found = pd.concat([*told, now], ignore_index=True).drop_duplicates(KEY)
    return tables.conform(found[found["school_year"] <= school_year], shown_tables.CLASS_LEVELS)
