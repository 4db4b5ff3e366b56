"""A board's overview: its visible schools together, so that it adds nothing to what their reports show."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nco_utils import tables
from nco_utils.national import Z95

from . import shown_tables, shrinkage

_BOARD = ["board_number", "school_year", "step", "domain", "scale"]


def board_table(visible: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Return table board_report: per board, cohort, step, domain and scale the pupils of the shown schools together.

    `visible` holds the figures of every visible unit, unrounded; `schools`: brinvest and board_number. How many pupils
    the other schools have is not said, nor how many schools are hidden. The interval takes the schools as
    independent. Schools of sectors that are shown no points are not among them.
    """
    return _summed(visible[visible["trait"] == tables.ALL], schools)


def with_earlier_years(totals: pd.DataFrame, reports: Sequence[pd.DataFrame], schools: pd.DataFrame) -> pd.DataFrame:
    """Return table board_report with the school years before those in it, of what earlier reports showed.

    reports: tables report, the newest first; of a school year the newest that has it counts. A board of now has its
    schools of now.
    """
    made = [totals]
    for report in reports:
        told = report[(report["trait"] == tables.ALL) & (report["status"] == "shown")]
        new = told[told["school_year"] < min((year for each in made for year in each["school_year"]), default="9")]
        new = new.assign(mean_growth_se=shrinkage.standard_error(new["mean_growth_low"], new["mean_growth_high"]))
        made.append(_summed(new, schools))
    return tables.conform(pd.concat(made, ignore_index=True).sort_values(_BOARD), shown_tables.BOARD_REPORT)


def _summed(whole: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    whole = whole.merge(schools[["brinvest", "board_number"]], on="brinvest")
    n = whole["n_pupils"].astype("float64")
    sums = whole.assign(total=n * whole["mean_growth"], squares=(n * whole["mean_growth_se"]) ** 2)
    by_board = sums.groupby(_BOARD)
    frame = by_board.agg(n_schools_shown=("brinvest", "size"), n_pupils=("n_pupils", "sum"), total=("total", "sum"))
    # Without a spread within schools there is no interval.
    frame["squares"] = by_board["squares"].sum(min_count=1)
    mean, margin = frame["total"] / frame["n_pupils"], Z95 * np.sqrt(frame["squares"]) / frame["n_pupils"]
    frame = frame.assign(mean_growth=mean, mean_growth_low=mean - margin, mean_growth_high=mean + margin)
    rounded = frame.round({"mean_growth": 1, "mean_growth_low": 1, "mean_growth_high": 1})
    return tables.conform(rounded.reset_index().sort_values(_BOARD), shown_tables.BOARD_REPORT)
