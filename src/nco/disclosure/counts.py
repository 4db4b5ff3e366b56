"""Who has growth and who has not: the counts beside a school's figures, as far as they may be told."""

from dataclasses import dataclass

import pandas as pd

from nco.base.all_settings import DisclosureProfile
from nco_utils import tables
from nco_utils.tables.computed import WITHOUT_GROWTH

from .earlier_releases import UNIT_OF_SUPPRESSION

COUNTS = ("n_without_growth", "n_results_other_scale", "percent_with_growth", *WITHOUT_GROWTH)
STEP = ["brinvest", "school_year", "domain", "step"]  # what coverage is counted by: over all scales


def told(rows: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """Return the counts beside the figures of all pupils: of those without growth, their share, results on two scales.

    rows: table coverage with status, `frozen` (empty where not) and n_tested, a row a block. A count of 1 to 5 pupils
    is hidden. The share of pupils with growth stands beside the number with growth: it is hidden with the count that
    follows from it, and where one of the school's scales is hidden, for the share is of all scales. Results on two
    scales are hidden too where the school has a hidden row in the same cohort and step: they are of the same pupils.
    Why pupils have no growth is told when each of the reasons is of none or of enough pupils, and nothing of the step
    is hidden. Counts are of this release's results, so a frozen row has none.
    """
    without = _without(rows)
    few = (without > 0) & (without < profile.minimum_group)
    countable = (rows["status"] == "shown") & ~few & rows["frozen"].isna()
    concealed = rows["status"] == "hidden"
    scale_hidden = concealed.groupby([rows[name] for name in STEP]).transform("any")
    at_risk = concealed.groupby([rows[name] for name in STEP if name != "domain"]).transform("any")
    two_scales = (rows["status"] == "other_scale") & (rows["n_other_scale"].fillna(0) >= profile.minimum_group)
    reasons = rows[list(WITHOUT_GROWTH)]
    why = countable & ~scale_hidden & ~at_risk & ((reasons == 0) | (reasons >= profile.minimum_group)).all(axis=1)
    percent = (100 * rows["n_growth"] / rows["n_tested"]).round().clip(*profile.percentages)
    return pd.DataFrame(
        {
            "n_without_growth": without.where(countable),
            "n_results_other_scale": rows["n_results_other_scale"].where(two_scales & ~at_risk),
            "percent_with_growth": percent.where(countable & ~scale_hidden),
            **{name: reasons[name].where(why) for name in WITHOUT_GROWTH},
        }
    ).astype("Int64")


def steady(rows: pd.DataFrame, now: pd.DataFrame, earlier: "Earlier", profile: DisclosureProfile) -> pd.DataFrame:
    """Return the counts `now` of `rows` as they stood in an earlier release, where a few pupils make the difference.

    `rows` as for `told`, with n_pupils: the pupils of a shown block.

    Two counts of one step, one apart, say that one pupil left or came. So where any count differs by 1 to 5 from the
    last that was published, all of the row are as they were then; and none are told where that cannot be: the
    school's pupils with growth are others now, or an objection forbids to count a pupil any longer.
    """
    then = (
        rows[UNIT_OF_SUPPRESSION]
        .merge(earlier.counts, on=UNIT_OF_SUPPRESSION, how="left", validate="many_to_one")
        .set_axis(rows.index)
    )
    raw = rows.assign(n_without_growth=_without(rows))
    compared = [name for name in COUNTS if name != "percent_with_growth"]  # that follows from the others
    apart = (raw[compared].astype("float64") - then[compared].astype("float64")).abs()
    few = ((apart > 0) & (apart < profile.minimum_group)).any(axis=1)
    before, after = (frame["n_pupils"].astype("float64").fillna(0) for frame in (then, rows))
    kept = (before == after) & (rows["status"] == then["status"]) & ~rows["brinvest"].isin(earlier.objecting)
    frozen = then[list(COUNTS)].astype("Int64").where(kept, pd.NA)
    return now.where(~few, frozen)


def of_release(report: pd.DataFrame) -> pd.DataFrame:
    """Return what a release (table report) told of its counts: those of the rows of all pupils."""
    return report.loc[report["trait"] == tables.ALL, [*UNIT_OF_SUPPRESSION, "status", "n_pupils", *COUNTS]]


@dataclass(frozen=True)
class Earlier:
    """What earlier releases oblige the counts to: what they told (`of_release`), and the schools with an objection."""

    counts: pd.DataFrame
    objecting: pd.Series

    @classmethod
    def of(cls, releases: list[pd.DataFrame], objecting: pd.Series) -> "Earlier":
        """Take of every block what the last release that told its counts said; `releases`: the oldest first."""
        everything = pd.concat([_nothing(), *releases], ignore_index=True)
        some = everything[[*COUNTS]].notna().any(axis=1)
        return cls(everything[some].drop_duplicates(UNIT_OF_SUPPRESSION, keep="last"), objecting)


def _without(rows: pd.DataFrame) -> pd.Series:
    return rows["n_tested"] - rows["n_growth"]


def _nothing() -> pd.DataFrame:
    """Return the counts of no release at all."""
    text = {name: pd.Series(dtype="str") for name in (*UNIT_OF_SUPPRESSION, "status")}
    return pd.DataFrame(text | {name: pd.Series(dtype="Int64") for name in ("n_pupils", *COUNTS)})
