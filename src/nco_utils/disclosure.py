"""Disclosure control: the one boundary between the country's figures and what a report may show.

Rule (NCO): nothing for groups of 5 or fewer. What is not in the tables made here cannot reach a
chapter, so not a chart, an alt text or a file's metadata either. All schools are protected together,
because the figures of the country and of the visible schools give away a single hidden one.
"""

import pandas as pd

from . import tables
from .params import DisclosureProfile

Z95 = 1.959963984540054  # standard normal quantile of a two-sided 95 % interval

_STEP_KEYS = ["step", "domain", "scale"]
_DECIMALS = {"reliability": 2, "standardised": 2, "standardised_low": 2, "standardised_high": 2}  # others 1
# Of the country or a label: the same in every report, so nothing of the school itself.
_NOT_THE_SCHOOLS = ("brinvest", "domain", "step", "scale", "status", "model", "national_pupils", "national_mean")
_COUNTS = ("n_without_growth", "n_results_other_scale")
_FIGURES = [name for name in tables.REPORT.column_names if name not in (*_NOT_THE_SCHOOLS, *_COUNTS)]


def report_table(
    coverage: pd.DataFrame, reference: pd.DataFrame, national: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """Return table `report`: for every school, domain and step what may be shown, rounded.

    `coverage`, `reference` and `national` are the canonical tables of all schools. Statuses: `shown`;
    `small_group` (fewer pupils than `profile.minimum_group`); `complementary` (hidden so that a small
    group cannot be computed); `other_scale` and `no_growth` (there is nothing to show).
    """
    frame = coverage.rename(columns={"n_pupils": "n_tested"}).merge(
        reference, on=["brinvest", "step", "domain"], how="left"
    )
    country = national.rename(columns={"n_pupils": "national_pupils", "mean_growth": "national_mean"})
    frame = frame.merge(country, on=_STEP_KEYS, how="left")
    frame["status"] = _status(frame, profile.minimum_group)
    counts = _counts(frame, profile.minimum_group)
    frame = frame.assign(**_measures(frame), **counts)
    frame[_FIGURES] = frame[_FIGURES].mask(frame["status"] != "shown")
    rounded = frame.round({name: _DECIMALS.get(name, 1) for name in [*_FIGURES, "national_mean"]})
    return tables.conform(rounded.sort_values(["brinvest", "domain", "step"]), tables.REPORT)


def _status(frame: pd.DataFrame, minimum: int) -> pd.Series:
    """The primary rule, row by row, and then the sums that the country's figures make."""
    nothing = (frame["n_other_scale"] > 0).map({True: "other_scale", False: "no_growth"})
    status = nothing.where(frame["n_growth"] == 0, "shown")
    status = status.mask((status == "shown") & (frame["n_pupils"] < minimum), "small_group")
    for _, rows in frame[frame["n_growth"] > 0].groupby(_STEP_KEYS):
        status[_complement(rows["n_pupils"], status[rows.index], minimum)] = "complementary"
    return status


def _complement(counts: pd.Series, status: pd.Series, minimum: int) -> list:
    """The rows to hide besides, so that country minus visible schools is never one school or a small group.

    The smallest visible groups go first.
    """
    hidden, visible = counts[status != "shown"], counts[status == "shown"].sort_values(kind="stable")
    if hidden.empty:
        return []
    for extra in range(len(visible) + 1):
        total = hidden.sum() + visible.iloc[:extra].sum()
        if len(hidden) + extra >= 2 and total >= minimum:
            return list(visible.index[:extra])
    return list(visible.index)


def _measures(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """95 % intervals, and growth standardised by the spread of the school means; all unrounded."""
    mean, margin = frame["mean_growth"], Z95 * frame["mean_growth_se"]
    distance, spread = mean - frame["national_mean"], frame["sd_schools"]
    reference_margin, effect_margin = Z95 * frame["reference_se"], Z95 * frame["effect_se"]
    return {
        "mean_growth_low": mean - margin,
        "mean_growth_high": mean + margin,
        "standardised": distance / spread,
        "standardised_low": (distance - margin) / spread,
        "standardised_high": (distance + margin) / spread,
        "reference_low": frame["reference"] - reference_margin,
        "reference_high": frame["reference"] + reference_margin,
        "effect_low": frame["effect"] - effect_margin,
        "effect_high": frame["effect"] + effect_margin,
    }


def _counts(frame: pd.DataFrame, minimum: int) -> dict[str, pd.Series]:
    """The counts beside the figures: pupils without growth, and results on two scales.

    A count of 1 to 5 pupils is hidden. Results on two scales are hidden too where the school has a
    hidden row in the same step: they are of the same pupils, so they would tell how many there are.
    """
    without = frame["n_tested"] - frame["n_growth"]
    countable = (frame["status"] == "shown") & ((without == 0) | (without >= minimum))
    concealed = frame["status"].isin(["small_group", "complementary"])
    at_risk = concealed.groupby([frame["brinvest"], frame["step"]]).transform("any")
    two_scales = (frame["status"] == "other_scale") & (frame["n_other_scale"] >= minimum) & ~at_risk
    return {
        "n_without_growth": without.where(countable),
        "n_results_other_scale": frame["n_results_other_scale"].where(two_scales),
    }
