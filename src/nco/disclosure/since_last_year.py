"""The change since a year ago, from what is shown of both cohorts: so it gives nothing away that they do not."""

import numpy as np
import pandas as pd

CHANGE = ("change", "change_low", "change_high")
_SAME = ["brinvest", "domain", "step", "scale", "trait", "value"]
_FIGURES = ["mean_growth", "mean_growth_low", "mean_growth_high"]


def with_changes(report: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of table `report`, rounded, with CHANGE: mean growth minus that of the cohort before, in points.

    The two cohorts are other pupils, so the variances add: the margin (half the 95 % interval) is the root of the sum
    of the squared margins of both. Empty where either is not shown, or the cohort before has another scale.
    """
    year = report["school_year"].str[:4].astype("int64")
    now, before = report[_SAME].assign(year=year), report[[*_SAME, *_FIGURES]].assign(year=year + 1)
    before = before[before["scale"].notna() & before["mean_growth"].notna()]
    earlier = now.merge(before, on=[*_SAME, "year"], how="left", validate="many_to_one").set_axis(report.index)
    change = (report["mean_growth"] - earlier["mean_growth"]).round(1)
    margin = np.sqrt(_margin(report) ** 2 + _margin(earlier) ** 2)
    return report.assign(change=change, change_low=(change - margin).round(1), change_high=(change + margin).round(1))


def _margin(figures: pd.DataFrame) -> pd.Series:
    return (figures["mean_growth_high"] - figures["mean_growth_low"]) / 2
