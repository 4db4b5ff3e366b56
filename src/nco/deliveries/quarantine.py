"""Where every delivered row ends: used, quarantined, superseded or withdrawn; exactly one of these.

Rows travel as one frame over all suppliers: the rows of `exports.Delivery` (source_file, source_row, brinvest,
pupil_id, test_code, scale, test_date, key, eckid, kept_out, copy_of_earlier; empty where a row does not say), with
vendor, bad (what keeps it out is an error), has_result and order (which delivery it is, later is higher). Each step
returns them with `state`, and with `level` and `rule` where quarantined. Nothing depends on what an earlier run made,
so running twice gives the same.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from nco.base import readable
from nco.base.reading_settings import ValidationSettings
from nco.register.delivery_tables import ACCOUNT, QUARANTINE
from nco_utils.tables import VENDORS, conform

from .readers.coded import row_ids

USED, QUARANTINED, SUPERSEDED, WITHDRAWN = STATES = ("used", "quarantined", "superseded", "withdrawn")
TEST = ["vendor", "brinvest", "pupil_id", "test_code"]  # a test of a pupil, however badly the rest was delivered
RESULT = [*TEST, "scale", "test_date"]
MESSAGE_KEY = [*TEST, "key"]  # a supplier that numbers its results may correct the day or the scale under the same key
TOO_MANY = "school-too-many-bad-rows"
_BINARY, _BRIN = re.compile(rb"[\x01-\x08\x0e-\x1f]"), re.compile(rb"[0-9]{2}[A-Za-z]{2}")


@dataclass(frozen=True)
class RefusedFile:
    """A delivered file that is set aside whole: by which rule, and about how many rows it holds.

    brins: the codes in it or its name that can be a school's BRIN; None where that cannot be seen. schools: the schools
    of the register that it names (`named_schools`), with how many of its rows are theirs as far as that is known.
    """

    vendor: str
    file: str
    rule: str
    n_rows: int
    brins: frozenset[str] | None = None
    schools: Mapping[str, int] = field(default_factory=dict, hash=False)

    def may_hold(self, brinvest: str, vendor: str) -> bool:
        """Return whether a school with this supplier may be in the file."""
        if brinvest in self.schools:
            return True
        return self.vendor == vendor and (self.brins is None or brinvest[:4] in self.brins)

    @property
    def parts(self) -> list[tuple[str | None, int]]:
        """Its rows by school; those of which no school is known are of None, where there are any or no school is."""
        rest = self.n_rows - sum(self.schools.values())
        return [*self.schools.items(), *([(None, rest)] if rest or not self.schools else [])]


def no_rows() -> pd.DataFrame:
    """Return the frame of rows without rows."""
    flags = dict.fromkeys(("copy_of_earlier", "bad", "has_result"), "bool")
    names = (*RESULT, "source_file", "source_row", "key", "eckid", "kept_out", *flags, "order")
    return pd.DataFrame({name: pd.Series(dtype=flags.get(name, "object")) for name in names})


def supersede(rows: pd.DataFrame, vendor_of: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows with the state that follows from the row rules and from the deliveries together.

    A result that a later delivery has again is superseded, and so are a copy within a file, a quarantined row whose
    test a later delivery has in good order, and the same result from another supplier than the school's
    own (`vendor_of`).
    """
    kept_out = rows["kept_out"].notna()
    rows = rows.assign(
        state=pd.Series(USED, index=rows.index, dtype="str").mask(kept_out, QUARANTINED),
        level=pd.Series(pd.NA, index=rows.index, dtype="str").mask(kept_out, "row"),
        rule=rows["kept_out"],
    )
    copies = rows["copy_of_earlier"] & ~kept_out
    good = rows.loc[~kept_out & ~copies, [*RESULT, "key", "order", "source_file"]]
    result = row_ids([good[name] for name in RESULT])
    keyed = good.loc[good["key"].notna(), [*MESSAGE_KEY, "order"]]
    places = rows.index[copies].union(_mended(rows[kept_out], good))
    places = places.union(_delivered_again(good["order"], result))
    places = places.union(_delivered_again(keyed["order"], row_ids([keyed[name] for name in MESSAGE_KEY])))
    rows = _mark(rows, places, SUPERSEDED)
    return _mark(rows, _from_another_vendor(rows, vendor_of), SUPERSEDED)


def set_aside(rows: pd.DataFrame, places: pd.Index, rule: str, level: str = "row") -> pd.DataFrame:
    """Return the rows with the used ones among `places` quarantined by a rule."""
    used = places[(rows.loc[places, "state"] == USED).to_numpy()]
    return _mark(rows, used, QUARANTINED, level, rule)


def set_schools_aside(
    rows: pd.DataFrame, refused: Mapping[str, str], settings: ValidationSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows with whole schools quarantined, and which of them for their share of bad rows.

    refused: school -> the rule that refuses it. A school with too many bad rows in one supplier's delivery loses its
    other rows in that delivery too. The second frame has its vendor, brinvest, n_bad and n_rows.
    """
    for rule in sorted(set(refused.values())):
        schools = [school for school, why in refused.items() if why == rule]
        rows = set_aside(rows, rows.index[rows["brinvest"].isin(schools)], rule, "school")
    delivered = rows[rows["state"].isin((USED, QUARANTINED)) & ~rows["brinvest"].isin(list(refused))]
    schools = delivered.groupby(["vendor", "brinvest"]).agg(n_bad=("bad", "sum"), n_rows=("bad", "size")).reset_index()
    share = schools["n_bad"] / schools["n_rows"]
    too_many = schools[(schools["n_bad"] >= settings.school_bad_rows) & (share > settings.school_bad_share)]
    theirs = rows[rows["brinvest"].isin(too_many["brinvest"])].reset_index()
    theirs = theirs.merge(too_many[["vendor", "brinvest"]])["index"]
    return set_aside(rows, pd.Index(theirs), TOO_MANY, "school"), too_many.reset_index(drop=True)


def quarantine_table(rows: pd.DataFrame, files: list[RefusedFile]) -> pd.DataFrame:
    """Return table QUARANTINE: the refused files, then the schools, then the single rows."""
    out = rows[rows["state"] == QUARANTINED].rename(columns={"source_file": "file", "source_row": "row"})
    single = out[out["level"] == "row"].assign(n_rows=1)
    by_school = out[out["level"] == "school"].groupby(["level", "rule", "vendor", "brinvest", "file"], dropna=False)
    parts_of_files = [
        {"level": "file", "rule": file.rule, "vendor": file.vendor, "file": file.file, "brinvest": school, "n_rows": n}
        for file in files
        for school, n in file.parts
    ]
    whole = pd.DataFrame(parts_of_files, columns=QUARANTINE.column_names)
    schools = by_school.size().reset_index(name="n_rows").assign(row=pd.NA)
    parts = [part[QUARANTINE.column_names].astype("object") for part in (whole, schools, single) if not part.empty]
    table = conform(pd.concat(parts) if parts else whole, QUARANTINE)
    level = table["level"].map({level: place for place, level in enumerate(QUARANTINE["level"].allowed)})
    ordered = table.assign(level_order=level).sort_values(["level_order", "file", "row", "brinvest", "rule"])
    return ordered.drop(columns="level_order").reset_index(drop=True)


def account_table(rows: pd.DataFrame, files: list[RefusedFile]) -> pd.DataFrame:
    """Return table ACCOUNT: of every school in every file how many rows ended in which state."""
    by_file = rows.groupby(["vendor", "source_file", "brinvest", "state"], dropna=False, observed=True).size()
    counts = by_file.unstack("state", fill_value=0).reindex(columns=list(STATES), fill_value=0)
    table = counts.add_prefix("n_").reset_index().rename(columns={"source_file": "file"})
    whole = pd.DataFrame(
        [
            {"vendor": file.vendor, "file": file.file, "brinvest": school, "n_quarantined": n}
            for file in files
            for school, n in file.parts
        ],
        columns=list(table.columns),
    )
    table = pd.concat([part.astype("object") for part in (table, whole) if not part.empty] or [table])
    table = table.astype(dict.fromkeys((f"n_{state}" for state in STATES), "Int64"))
    table[[f"n_{state}" for state in STATES]] = table[[f"n_{state}" for state in STATES]].fillna(0)
    table["n_rows"] = sum(table[f"n_{state}"] for state in STATES)
    return conform(table.sort_values(["file", "brinvest"]), ACCOUNT)


def rows_in(path: Path) -> int:
    """Return about how many rows an unreadable file holds: its lines but the first, or its `resultaat` elements.

    A `resultaat` of a part of a test is no row, as in a file that is read (`readers.uwlr_parts`).
    """
    data = readable.contents(path)
    if isinstance(data, readable.Unread):
        return 0
    if data.startswith(b"PK"):  # a zip or a spreadsheet: its lines are no rows
        return 0
    plain = data.replace(b"\0", b"")
    if plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        parts = re.findall(rb"toetsonderdeelcode>[^<]*(?<!-[12])</", plain)
        return len(re.findall(rb"<(?:[\w.-]+:)?resultaat[\s>]", plain)) - len(parts)
    return max(0, sum(bool(line.strip()) for line in plain.splitlines()) - 1)


def brins_in(path: Path) -> frozenset[str] | None:
    """Return what in an unreadable file or in its name can be a BRIN; None where nobody can look into it: a zip."""
    data = readable.contents(path)
    if isinstance(data, readable.Unread):
        return None
    plain = data.replace(b"\0", b"")  # UTF-16
    if _BINARY.search(plain):
        return None
    return frozenset(found.decode().upper() for found in _BRIN.findall(os.fsencode(path.name) + b"\n" + plain))


def _delivered_again(order: pd.Series, result: pd.Series) -> pd.Index:
    """The rows of which a later delivery has another with the same number."""
    return order.index[order < order.groupby(result, sort=False).transform("max")]


def _mended(out: pd.DataFrame, good: pd.DataFrame) -> pd.Index:
    """The rows kept out whose test a later delivery has in good order, as a result that their own did not have yet."""
    known = out.dropna(subset=TEST)
    good = good[good["pupil_id"].isin(known["pupil_id"])]
    if known.empty or good.empty:
        return out.index[:0]
    pairs = known.reset_index()[["index", "order", "source_file", *TEST]].merge(
        good[[*RESULT, "order"]], on=TEST, suffixes=("", "_later")
    )
    pairs = pairs[pairs["order_later"] > pairs["order"]]
    # A test without a moment in its code (Boom) is taken every half year: the other times mend nothing.
    own = good[[*RESULT, "source_file"]].drop_duplicates()
    pairs = pairs.merge(own, on=[*RESULT, "source_file"], how="left", indicator="seen")
    return pd.Index(pairs.loc[pairs["seen"] == "left_only", "index"].unique())


def _from_another_vendor(rows: pd.DataFrame, vendor_of: Mapping[str, str]) -> pd.Index:
    """The used rows of a result that the school's own supplier, or else one before in the list, delivers too."""
    if rows["vendor"].nunique() < 2:
        return rows.index[:0]
    used = rows[rows["state"] == USED]
    own = used["vendor"] == used["brinvest"].map(vendor_of)
    rank = used["vendor"].map({vendor: place for place, vendor in enumerate(VENDORS, 1)}).mask(own, 0).astype("int64")
    same = [name for name in RESULT if name not in ("vendor", "pupil_id")]
    # Without an eckid the pseudonyms of two suppliers differ; a result of one id on one day is still one result.
    results = [
        row_ids([used[name] for name in (pupil, *same)]) for pupil in ("pupil_id", "delivered_id") if pupil in used
    ]
    best = [rank.groupby(result, sort=False).transform("min") for result in results]
    return used.index[np.logical_or.reduce([rank > lowest for lowest in best])]


def _mark(
    rows: pd.DataFrame, places: pd.Index, state: str, level: str | None = None, rule: str | None = None
) -> pd.DataFrame:
    marked = rows.index.isin(places)
    changed = {"state": state, "level": level or pd.NA, "rule": rule or pd.NA}
    return rows.assign(**{name: rows[name].mask(marked, value) for name, value in changed.items()})
