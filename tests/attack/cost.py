"""What protection costs: the pupils' figures that are hidden though their own groups are large enough."""

from pathlib import Path

import pandas as pd

from nco.disclosure import shown_tables, suppress
from nco_utils import tables

_OWN = (suppress.SMALL, suppress.SPLIT)  # hidden for itself: too small, or split into what is


def lost(folder: Path) -> pd.DataFrame:
    """Return by trait, and together, the pupils' figures of an analysed round that are shown and lost, and the share.

    A pupil counts once for every figure (school, cohort, step, domain, scale and part) that the pupil is in.
    `no_country`: of those shown, how many have no national mean beside them.
    """
    report, hidden = (tables.read(table, folder) for table in (shown_tables.REPORT, shown_tables.SUPPRESSED))
    figures = tables.read(tables.FIGURES, folder)[[*tables.UNIT_KEYS, "n_pupils"]]
    # Figures are made of what is used: a block that is withheld because of an objection has none.
    protecting = hidden[~hidden["reason"].isin(_OWN)].merge(figures, on=tables.UNIT_KEYS)
    blocks = protecting[protecting["trait"] == tables.ALL]
    whole = pd.MultiIndex.from_frame(blocks[tables.BLOCK_KEYS])
    also = pd.MultiIndex.from_frame(protecting[tables.BLOCK_KEYS]).isin(whole) & (protecting["trait"] != tables.ALL)
    shown = report[report["status"] == "shown"]
    frame = pd.DataFrame(
        {
            "shown": shown.groupby("trait")["n_pupils"].sum(),
            "no_country": shown[shown["national_mean"].isna()].groupby("trait")["n_pupils"].sum(),
            "lost": protecting[~also].groupby("trait")["n_pupils"].sum(),
        }
    ).fillna(0)
    frame.loc["together"] = frame.sum()
    return frame.assign(share=frame["lost"] / (frame["shown"] + frame["lost"]))
