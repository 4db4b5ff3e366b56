"""Tables that leave the closed environment of CBS: the country's figures by the profile `cbs_export`.

CBS checks results on group sizes, degrees of freedom and group disclosure; extremes and school codes do not leave.
"""

import pandas as pd

from nco.base.all_settings import ExportProfile
from nco_utils import tables
from nco_utils.tables import MODEL_KEYS

from . import shown_tables

_VARIANCES = ("sigma2", "tau2")
_FREEDOM = "degrees_of_freedom"


def export_tables(
    country: pd.DataFrame, terms: pd.DataFrame, profile: ExportProfile
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `country` and `model_terms` with only what may be exported.

    A figure stands on at least `minimum_cell` pupils; a split is there whole or not at all: every value and the rest
    (if there is any) that large, and none more than `highest_share` of the group. A spread has at least
    `minimum_freedom` degrees of freedom, or is empty. A model is there when pupils minus coefficients, and schools
    minus coefficients (some are of the school), are both that many; `degrees_of_freedom` says the lowest of the two.
    No extreme, school or pupil is in either table.
    """
    counts = country[[*MODEL_KEYS, "trait", "value", "n_pupils", "n_schools"]]
    allowed = country[_large_enough(counts, profile)]
    allowed = allowed.assign(
        sd_pupils=allowed["sd_pupils"].where(allowed["n_pupils"] - 1 >= profile.minimum_freedom),
        sd_within=allowed["sd_within"].where(allowed["n_pupils"] - allowed["n_schools"] >= profile.minimum_freedom),
        sd_schools=allowed["sd_schools"].where(allowed["n_schools"] - 1 >= profile.minimum_freedom),
    )
    return tables.conform(allowed, shown_tables.COUNTRY), _models(terms, counts, profile)


def _large_enough(counts: pd.DataFrame, profile: ExportProfile) -> pd.Series:
    whole = counts[counts["trait"] == tables.ALL].rename(columns={"n_pupils": "n_all"})
    frame = counts.merge(whole[[*MODEL_KEYS, "n_all"]], on=MODEL_KEYS, how="left").set_axis(counts.index)
    by_split = [frame[name] for name in (*MODEL_KEYS, "trait")]
    n = frame["n_pupils"].astype("int64")
    rest = frame["n_all"].astype("int64") - n.groupby(by_split).transform("sum")
    largest = pd.concat([n.groupby(by_split).transform("max"), rest], axis=1).max(axis=1)
    few = n.groupby(by_split).transform("min") < profile.minimum_cell
    few |= (rest > 0) & (rest < profile.minimum_cell)
    part = (frame["trait"] != tables.ALL) & (largest > profile.highest_share * frame["n_all"])
    # A national figure of few schools is one of those schools.
    return ~few & ~part & (frame["n_schools"] >= profile.minimum_cell) & (frame["n_all"] >= profile.minimum_cell)


def _models(terms: pd.DataFrame, counts: pd.DataFrame, profile: ExportProfile) -> pd.DataFrame:
    whole = counts[counts["trait"] == tables.ALL]
    coefficients = terms["estimate"].notna() & ~terms["term"].isin(_VARIANCES)
    used = coefficients.groupby([terms[name] for name in MODEL_KEYS]).sum().rename("used").reset_index()
    freedom = whole.merge(used, on=MODEL_KEYS)
    freedom[_FREEDOM] = freedom[["n_pupils", "n_schools"]].min(axis=1) - freedom["used"]
    enough = freedom[freedom[_FREEDOM] >= profile.minimum_freedom]
    return terms.merge(enough[[*MODEL_KEYS, _FREEDOM]], on=MODEL_KEYS)
