"""Which schools have results that give no growth in this round for a reason that may be mended.

Nothing here counts pupils aloud: a group of pupils is named only where it is as large as what may be shown.
"""

from dataclasses import dataclass

import pandas as pd

from nco_utils import growth
from nco_utils.params import Round

NONE = "growth-none"
REASONS = {name: f"growth-{name.replace('_', '-')}" for name in growth.OUTCOMES if name != "growth"}
_ORDINARY = "one_moment"  # pupils come, go and are ill: told only where it is a large part of a step


@dataclass(frozen=True)
class Lacking:
    """One thing to look at: the rule, of which school and supplier, and of which step of which domain, or of none."""

    rule: str
    vendor: str
    brinvest: str
    domain: str | None = None
    step: str | None = None


@dataclass(frozen=True)
class WithoutGrowth:
    """What to look at, and all schools of which some pupil has no growth, for whatever reason."""

    lacking: tuple[Lacking, ...]
    schools: frozenset[str]


def find(
    results: pd.DataFrame, outside: pd.DataFrame, round_: Round, least: int, missing_share: float
) -> WithoutGrowth:
    """Return which schools lack growth in the round's own school year; `results` and `outside` are the tables.

    least: pupils in a group that is named. missing_share: the part of a step's pupils with one test from which that is
    named; not of a step of which so many of the country lack one, in schools with the same test: then it has none.
    """
    if results.empty:
        return WithoutGrowth((), frozenset())
    coverage = growth.pair(results, round_, outside=outside).coverage
    coverage = coverage[coverage["school_year"] == round_.school_year]
    vendors = results.drop_duplicates("brinvest").set_index("brinvest")["vendor"].to_dict()
    sums = coverage.groupby("brinvest")[["n_pupils", "n_growth"]].sum().reindex(sorted(vendors), fill_value=0)
    none = sums.index[(sums["n_growth"] == 0) & ((sums["n_pupils"] >= least) | (sums["n_pupils"] == 0))]
    found = [Lacking(NONE, vendors[school], school) for school in none]
    for name, rule in REASONS.items():
        n = coverage[f"n_{name}"]
        enough = n >= least
        if name == _ORDINARY:
            enough &= (n >= missing_share * coverage["n_pupils"]) & _usual(coverage, results, missing_share)
        found += [
            Lacking(rule, vendors[row.brinvest], row.brinvest, row.domain, row.step)
            for row in coverage[enough & coverage["brinvest"].isin(vendors)].itertuples()
        ]
    some = sums.index[(sums["n_pupils"] > sums["n_growth"]) | (sums["n_growth"] == 0)]
    return WithoutGrowth(tuple(found), frozenset(some))


def _usual(coverage: pd.DataFrame, results: pd.DataFrame, missing_share: float) -> pd.Series:
    """Return for each row whether most pupils of schools with the same test of the domain have both tests."""
    known = results.groupby(["brinvest", "domain", "scale"], observed=True).size().reset_index(name="n")
    known = known.sort_values(["brinvest", "domain", "n"]).drop_duplicates(["brinvest", "domain"], keep="last")
    rows = coverage.merge(known.drop(columns="n"), on=["brinvest", "domain"], how="left").set_axis(coverage.index)
    sums = rows.groupby(["scale", "domain", "step"])[["n_one_moment", "n_pupils"]].transform("sum")
    return sums["n_one_moment"] < missing_share * sums["n_pupils"]
