"""A board's overview: its visible schools together, so that it adds nothing to what their reports show."""

import numpy as np
import pandas as pd

from nco_utils import tables
from nco_utils.national import Z95

from . import shown_tables

_BOARD = ["board_number", "school_year", "step", "domain", "scale"]


def board_table(visible: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame:
    """Return table board_report: per board, cohort, step, domain and scale the pupils of the shown schools together.

    `visible` holds the figures of every visible unit, unrounded; `schools`: brinvest and board_number. How many pupils
    the other schools have is not said, nor how many schools are hidden. The interval takes the schools as
    independent.
    """
    whole = visible[visible["trait"] == tables.ALL].merge(schools[["brinvest", "board_number"]], on="brinvest")
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
