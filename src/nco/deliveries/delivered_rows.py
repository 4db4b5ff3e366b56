"""Delivered rows of all dialects in one frame, and which results and findings go with those that are used."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from nco.register.delivery_tables import DOMAIN_SCORES
from nco.register.findings import matches
from nco_utils.errors import ContractError
from nco_utils.tables import BRINVEST_PATTERN, RESULTS, RESULTS_OUTSIDE, conform, empty

from . import quarantine
from .quarantine import QUARANTINED, SUPERSEDED
from .readers import DIALECTS, OUTSIDE_WINDOW, Delivery
from .readers.suites import broken_rows

_MOMENT = ["brinvest", "pupil_id", "domain", "scale", "school_year", "moment"]  # results of one are averaged


def delivered_rows(deliveries: Sequence[Delivery], order: dict[str, int]) -> pd.DataFrame:
    """Return every delivered row as `nco.deliveries.quarantine` wants it; order: of each file, from old to new."""
    if not deliveries:
        return quarantine.no_rows()
    rows = pd.concat([_rows_of_delivery(delivery, order) for delivery in deliveries], ignore_index=True)
    # A malformed BRINVEST may be a pupil's number in the wrong column: it goes nowhere.
    schools = pd.Series(rows["brinvest"].dropna().unique(), dtype="str")
    well_formed = rows["brinvest"].isin(schools[matches(schools, BRINVEST_PATTERN)])
    return rows.assign(brinvest=rows["brinvest"].where(well_formed), order=rows["source_file"].map(order))


def _rows_of_delivery(delivery: Delivery, order: dict[str, int]) -> pd.DataFrame:
    vendor = next(dialect.VENDOR for dialect in DIALECTS if delivery.dialect == dialect.NAME)
    errors = delivery.findings.loc[delivery.findings["severity"] == "error", "rule"].unique()
    rows = delivery.rows.assign(vendor=vendor, bad=delivery.rows["kept_out"].isin(errors))
    # The second half of a test gives no result of its own.
    return rows.assign(has_result=np.isin(_places(rows, order), _places(delivery.results, order)))


def outside(deliveries: Sequence[Delivery], rows: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    """Return the results set aside for the day of their test alone; of one that was delivered twice, one."""
    rows = rows[(rows["state"] == QUARANTINED) & (rows["rule"] == OUTSIDE_WINDOW)]
    found = results_of([replace(each, results=each.outside) for each in deliveries], rows, order)
    return conform(found.drop_duplicates(list(RESULTS.key)), RESULTS_OUTSIDE)


def results_of(deliveries: Sequence[Delivery], rows: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    """Return the results of these rows, with the rows' pseudonyms in the place of the pupils' ids."""
    places = _places(rows, order)
    parts = [each.results[np.isin(_places(each.results, order), places)] for each in deliveries]
    results = pd.concat([empty(RESULTS), *parts], ignore_index=True)
    if results.empty:
        return results
    found = pd.Index(places).get_indexer(_places(results, order))
    results["pupil_id"] = rows["pupil_id"].iloc[found].to_numpy()
    faults = broken_rows("results", results, {})
    if faults:
        raise ContractError(f"The reader of this delivery breaks the table results: {', '.join(sorted(faults))}.")
    return conform(results, replace(RESULTS, key=("source_file", "source_row")))


def domain_scores(deliveries: Sequence[Delivery], results: pd.DataFrame, order: dict[str, int]) -> pd.DataFrame:
    """Return table DOMAIN_SCORES of the results that are used."""
    parts = [each.domain_scores for each in deliveries]
    found = pd.concat([empty(DOMAIN_SCORES), *parts], ignore_index=True)
    if found.empty:
        return found
    used = np.isin(_places(found, order), _places(results, order))
    return conform(found[used], DOMAIN_SCORES, unique=True)


def still_open(
    findings: pd.DataFrame, rows: pd.DataFrame, results: pd.DataFrame, order: dict[str, int]
) -> pd.DataFrame:
    """Return the findings without those that another delivery answers.

    These are the findings on rows that a later delivery replaces, and a half-result whose other half is not used.
    """
    there = findings[findings["row"].notna() & findings["file"].isin(order)]
    places = _places(there.rename(columns={"file": "source_file", "row": "source_row"}), order)
    replaced = rows[(rows["state"] == SUPERSEDED) & ~rows["copy_of_earlier"]]
    averaged = results[results.duplicated(_MOMENT, keep=False)]
    alone = (there["rule"] == "half-result").to_numpy() & ~np.isin(places, _places(averaged, order))
    return findings.drop(there.index[alone | np.isin(places, _places(replaced, order))])


def _places(frame: pd.DataFrame, order: dict[str, int]) -> np.ndarray:
    """Return one whole number for every file and row (n,): much faster to look up than the two together."""
    places: np.ndarray = frame["source_file"].map(order).to_numpy("int64") << 32
    places |= frame["source_row"].to_numpy("int64")
    return places
