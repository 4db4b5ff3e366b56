"""Groups of pupils over all steps of a domain together: beside the same group of the country, and beside each other.

From what a report shows of them at each step, so it gives nothing away that the steps do not.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from nco_utils import tables
from nco_utils.national import Z95
from nco_utils.params import PAIR_TRAITS, Subgroup

from . import shown_tables, shrinkage
from .discovery import p_values, q_values

KEY = ["brinvest", "domain", "scale", "trait", "value"]
_STEP = ["brinvest", "school_year", "domain", "step", "scale", "trait"]
_GROWTH = ["mean_growth", "mean_growth_low", "mean_growth_high"]


def together(report: pd.DataFrame, splits: Mapping[str, Subgroup], school_year: str) -> pd.DataFrame:
    """Return table `pooled_groups` from table report: the displayed groups of pupils, by each trait of `splits`.

    Of one school year. A figure is the mean of the steps at which it is known, weighted by precision. Two steps of the
    same pupils count as independent: their errors have opposite signs (`pooled`), so an interval is a little too wide,
    never too narrow. The gap is of the first displayed group of a trait and the last, who have no pupil in common; its
    q-value (`discovery`) counts all gaps of a report.
    """
    shown = report[(report["status"] == "shown") & (report["school_year"] == school_year)]
    splits = {trait: split for trait, split in splits.items() if trait not in PAIR_TRAITS}
    named = [(trait, value) for trait, split in splits.items() for value in split.values]
    groups = shown.merge(pd.DataFrame(named, columns=["trait", "value"]), on=["trait", "value"])
    groups["se"] = shrinkage.standard_error(groups["mean_growth_low"], groups["mean_growth_high"])
    country = _mean(groups.assign(difference=groups["mean_growth"] - groups["national_mean"]), "country")
    counted = groups.groupby(KEY).agg(n_steps=("step", "size"), n_pupils=("n_pupils", "sum"))
    made = counted.join(country).join(_mean(_gaps(groups, splits), "gap")).reset_index()
    p = p_values(*(made[f"gap{end}"] for end in ("", "_low", "_high")))
    made["gap_q"] = q_values(p, made["brinvest"]).round(4)
    order = {each: place for place, each in enumerate(named)}
    place = made[["trait", "value"]].apply(tuple, axis=1).map(order) if len(made) else []
    made = made.assign(place=place).sort_values(["brinvest", "domain", "scale", "place"], kind="stable")
    return tables.conform(made.drop(columns="place").reset_index(drop=True), shown_tables.POOLED_GROUPS)


def _gaps(groups: pd.DataFrame, splits: Mapping[str, Subgroup]) -> pd.DataFrame:
    """In the row of a trait's first group at a step: how much more it grew than the last, with the standard error."""
    ends = [(trait, s.values[0], s.values[-1]) for trait, s in splits.items() if len(s.values) > 1]
    first = groups.merge(pd.DataFrame(ends, columns=["trait", "value", "other"]), on=["trait", "value"])
    last = groups[[*_STEP, "value", "mean_growth", "se"]].rename(columns={"value": "other"})
    both = first.merge(last, on=[*_STEP, "other"], suffixes=("", "_other"))
    return both.assign(
        difference=both["mean_growth"] - both["mean_growth_other"], se=np.hypot(both["se"], both["se_other"])
    )


def _mean(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The mean of `difference` over the steps, weighted by precision, with its 95 % interval, by KEY."""
    known = rows.dropna(subset=["difference", "se"])
    weight = 1 / known["se"] ** 2
    sums = known[KEY].assign(weight=weight, sum=weight * known["difference"]).groupby(KEY).sum()
    mean, margin = sums["sum"] / sums["weight"], Z95 / np.sqrt(sums["weight"])
    return pd.DataFrame({name: mean, f"{name}_low": mean - margin, f"{name}_high": mean + margin}).round(2)
