"""What earlier reports showed of a whole school in their own school year: the level and the growth of every step.

A level is told in the round of its own school year only, so that of earlier years comes from the reports of then, as
they showed it. Nothing is computed anew, so it gives nothing away that those reports did not; what holds a pupil who
has left the data since is not among them (`earlier_releases.reports`).
"""

from collections.abc import Sequence

import pandas as pd

from nco_utils import tables
from nco_utils.tables import ALL

from . import shown_tables

STEP = ["brinvest", "school_year", "domain", "step"]
_TOLD = ("shown", "hidden", "other_scale")  # of a step without tests there is nothing to say


def own_years(reports: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of whole schools of each report's own school year; `reports`: tables report, the newest first.

    Of a step of a cohort those of the newest report that has it.
    """
    kept, seen = [], pd.MultiIndex.from_frame(pd.DataFrame(columns=STEP))
    for report in reports:
        own = report[(report["trait"] == ALL) & (report["school_year"] == report["school_year"].max())]
        steps = pd.MultiIndex.from_frame(own[STEP])
        kept.append(own[~steps.isin(seen)])
        seen = seen.union(steps.unique())
    return pd.concat(kept, ignore_index=True)


def before(reports: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return table `history` of the schools in the newest of `reports`: their rows of earlier school years."""
    newest = reports[0]
    rows = own_years(reports)
    earlier = rows["brinvest"].isin(newest["brinvest"]) & (rows["school_year"] < newest["school_year"].max())
    return tables.conform(rows[earlier & rows["status"].isin(_TOLD)], shown_tables.HISTORY)
