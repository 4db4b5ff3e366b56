"""Findings that no suite can give: those over several files, and those against the register and the background.

`rows` is the frame of `nco.deliveries.quarantine`; a school or a pupil as a whole is pointed out at its first row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from nco.base import characters
from nco.register.enrolment import GIVEN, Background
from nco.register.findings import Finding, finding, other_rules, row_findings
from nco.register.register_files import row_in_file
from nco_utils.params import Round
from nco_utils.tables import BACKGROUND

from .quarantine import TOO_MANY, USED, RefusedFile
from .readers import DIALECTS
from .readers.moments import school_years

NOT_ENROLLED, OTHER_LOCATION = "school-not-enrolled", "vestiging-unknown"
SHARED_ID = "pupil-id-shared"
NEARLY = "objection-nearly"
_OBJECTIONS = "register/objections.csv"
_NO_DAY = ("date-in-future", "date-too-old")  # of these rows nobody knows the year
_ROWS_NAMED = 5  # of those in a message
_YEARS_USED = 2  # a round's report begins with the E tests of two school years before: those of the cohort a year ago
SCHOOL, PUPIL = "SCHOOL_COLUMN", "PUPIL_COLUMN"  # what a dialect calls the columns that a finding points at


def refused_schools(rows: pd.DataFrame, schools: pd.DataFrame) -> dict[str, str]:
    """Return the delivered schools whose results are not used, with the rule; `schools` is the participation."""
    delivered = rows["brinvest"].dropna().unique()
    known = schools.set_index("brinvest")["refused"]
    locations = set(known.index.str[:4])
    unknown = {
        school: OTHER_LOCATION if school[:4] in locations else NOT_ENROLLED
        for school in delivered
        if school not in known.index
    }
    return known[known.index.isin(delivered)].dropna().to_dict() | unknown


def schools_refused(rows: pd.DataFrame, refused: Mapping[str, str], round_: Round) -> list[pd.DataFrame]:
    """Return a finding for every refused school in every file."""
    days = {name: f"{getattr(round_, name):%d-%m-%Y}" for name in ("contract_deadline", "approval_deadline")}
    rules = rows["brinvest"].map(refused)
    found = rows[rules.notna()].drop_duplicates(["source_file", "brinvest"])
    return [
        part
        for rule, theirs in found.groupby(rules)
        for part in _at(other_rules()[rule].worded(**days, school_year=round_.school_year), theirs, SCHOOL)
    ]


def schools_from_another_vendor(rows: pd.DataFrame, schools: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a finding for every school in a file of another supplier than the register says."""
    registered = rows["brinvest"].map(schools.set_index("brinvest")["vendor"])
    found = rows[registered.notna() & (registered != rows["vendor"])].drop_duplicates(["source_file", "brinvest"])
    return _at(other_rules()["vendor-other"], found, SCHOOL)


def schools_with_too_many_bad_rows(rows: pd.DataFrame, too_many: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a finding for every school and file that is set aside for its share of bad rows, with the numbers."""
    found = []
    for school in too_many.itertuples():
        theirs = rows[(rows["brinvest"] == school.brinvest) & (rows["vendor"] == school.vendor)]
        first = theirs.drop_duplicates("source_file")
        found += _at(other_rules()[TOO_MANY].worded(n_bad=school.n_bad, n_rows=school.n_rows), first, SCHOOL)
    return found


def schools_not_delivered(delivered: set[str], schools: pd.DataFrame, refused: Sequence[RefusedFile]) -> list[Finding]:
    """Return a finding for every school that is open and under contract, and of which not a row was delivered.

    Not for one that may be in a file of its own supplier that could not be read: that is told already.
    """
    expected = schools["open"] & (schools["contract"] == GIVEN)
    return [
        finding(
            "school-not-delivered",
            "register/schools.csv",
            row_in_file(position),
            "brinvest",
            vendor=school.vendor,
            brinvest=school.brinvest,
        )
        for position, school in enumerate(schools.itertuples())
        if expected.iloc[position]
        and school.brinvest not in delivered
        and not any(each.may_hold(school.brinvest, school.vendor) for each in refused)
    ]


def shared_pupil_ids(rows: pd.DataFrame) -> pd.Index:
    """Return the used rows of the keys that stand for two pupils: with two eckids, or with two sexes."""
    used, found = rows[rows["state"] == USED], rows.index[:0]
    for trait in ("eckid", "sex"):
        if trait not in used or not used[trait].notna().any():
            continue
        known = used.dropna(subset=[trait])
        pupils = known[["vendor", "brinvest", "pupil_id", trait]].drop_duplicates()
        twice = pupils[pupils.duplicated(["vendor", "brinvest", "pupil_id"])].drop(columns=trait).drop_duplicates()
        if not twice.empty:
            candidates = used[used["pupil_id"].isin(twice["pupil_id"])].reset_index()
            found = found.union(pd.Index(candidates.merge(twice)["index"]))
    return found


def pupils_sharing_an_id(rows: pd.DataFrame, places: pd.Index) -> list[pd.DataFrame]:
    """Return a finding for every row whose key stands for two pupils."""
    return _at(other_rules()[SHARED_ID], rows.loc[places], PUPIL)


def pupils_at_two_schools(rows: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a finding for every pupil (by eckid) with used results at two schools in one school year."""
    if "eckid" not in rows or not rows["eckid"].notna().any():
        return []
    used = rows[(rows["state"] == USED) & rows["eckid"].notna()]
    at = used.assign(school_year=school_years(used["test_date"]))[["eckid", "school_year", "brinvest"]]
    schools = at.drop_duplicates()
    several = at["eckid"].isin(schools.loc[schools.duplicated(["eckid", "school_year"]), "eckid"])
    at = at[several]
    two = at.groupby(["eckid", "school_year"])["brinvest"].transform("nunique") > 1
    first = at[two].drop_duplicates(["eckid", "brinvest"]).index
    return _at(other_rules()["pupil-at-two-schools"], used.loc[first], PUPIL)


def unmatched_objections(
    objections: pd.DataFrame, rows: pd.DataFrame, withdrawn: pd.DataFrame, background: pd.DataFrame
) -> tuple[pd.Index, list[Finding]]:
    """Return the rows of pupils whose key is nearly that of an objection but is not, and the findings.

    objections: table OBJECTIONS as in its file. rows: with the ids of delivery in delivered_id. withdrawn: the rows
    that objections took away. background: table PUPILS. A key is nearly another without case, signs and zeros at the
    begin. A pupil of the background is another one than a pupil of an objection that is known too.
    """
    who = ["brinvest", "pupil_id"]
    enrolled = pd.MultiIndex.from_frame(background[who].astype("str"))
    asked = pd.MultiIndex.from_frame(objections[who])
    known = asked.isin(pd.MultiIndex.from_frame(withdrawn[who].astype("str"))) | asked.isin(enrolled)
    there = rows[rows["brinvest"].isin(objections["brinvest"]) & rows["delivered_id"].notna()]
    alike = pd.MultiIndex.from_arrays([there["brinvest"], characters.squeezed(there["delivered_id"])])
    keys = pd.MultiIndex.from_arrays([objections["brinvest"], characters.squeezed(objections["pupil_id"])])
    stranger = (there["state"] == USED).to_numpy() & ~pd.MultiIndex.from_frame(
        there[["brinvest", "delivered_id"]].astype("str")
    ).isin(enrolled)
    nearly = keys.isin(alike[stranger]) | (~known & keys.isin(alike))
    near = (alike.isin(keys) & stranger) | alike.isin(keys[~known])
    told = nearly | ~known
    return rows.index[rows["pupil_id"].isin(there.loc[near, "pupil_id"])], [
        finding(
            "objection-other-key" if near else "objection-unknown",
            _OBJECTIONS,
            row_in_file(position),
            "pupil_id",
            brinvest=school,
        )
        for position, school, near in zip(
            objections.index[told], objections["brinvest"][told], nearly[told], strict=True
        )
    ]


def objections_elsewhere(objections: pd.DataFrame, withdrawn: pd.DataFrame, pupils: pd.DataFrame) -> list[Finding]:
    """Return a finding for every objection that took rows away under another key or school, by the pupil's eckid.

    objections: table OBJECTIONS as in its file. pupils: who has which eckid (brinvest, pupil_id, eckid).
    """
    who = ["brinvest", "pupil_id"]
    known = pupils.dropna(subset="eckid")[[*who, "eckid"]].drop_duplicates()
    gone = withdrawn[who].drop_duplicates().merge(known, on=who)
    asked = objections[who].reset_index(names="position").merge(known, on=who)
    pairs = asked.merge(gone, on="eckid", suffixes=("", "_other"))
    other = pd.MultiIndex.from_frame(pairs[["brinvest_other", "pupil_id_other"]])
    pairs = pairs[~other.isin(pd.MultiIndex.from_frame(objections[who]))]
    counts = pairs.drop_duplicates(["position", "brinvest_other", "pupil_id_other"]).groupby("position").size()
    return [
        finding(
            "objection-elsewhere",
            _OBJECTIONS,
            row_in_file(position),
            "pupil_id",
            brinvest=objections["brinvest"][position],
            n=n,
        )
        for position, n in counts.items()
    ]


def rows_near_an_objection(rows: pd.DataFrame, places: pd.Index) -> list[pd.DataFrame]:
    """Return a finding for every row that is set aside because an objection nearly has its key."""
    return _at(other_rules()[NEARLY], rows.loc[places], PUPIL)


def rows_of_other_years(rows: pd.DataFrame, round_: Round) -> list[pd.DataFrame]:
    """Return a finding for every school of a file with older results only, and with results that no step uses."""
    dated = rows[~rows["kept_out"].isin(_NO_DAY)].dropna(subset=["test_date", "brinvest"])
    if dated.empty:
        return []
    place = ["source_file", "brinvest"]
    dated = dated.assign(school_year=school_years(dated["test_date"]))
    first = int(round_.school_year[:4]) - _YEARS_USED
    oldest = round_.first_year or f"{first}-{first + 1}"
    newest = dated.groupby(place)["school_year"].transform("max")
    earlier = dated[newest < round_.school_year].drop_duplicates(place)
    found = _at(other_rules()["rows-of-earlier-years"].worded(school_year=round_.school_year), earlier, SCHOOL)
    too_old = dated[(dated["state"] == USED) & (dated["school_year"] < oldest)]
    for n, theirs in too_old.groupby(too_old.groupby(place)["state"].transform("size")):
        found += _at(other_rules()["rows-too-old"].worded(n=n, first=oldest), theirs.drop_duplicates(place), SCHOOL)
    return found


def pupils_without_background(rows: pd.DataFrame, background: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a finding for every pupil with used results and no row in background/pupils.csv, once a file."""
    used = rows[rows["state"] == USED].drop_duplicates(["source_file", "brinvest", "pupil_id"])
    known = pd.MultiIndex.from_frame(background[["brinvest", "pupil_id"]])
    lacking = used[~pd.MultiIndex.from_frame(used[["brinvest", "pupil_id"]]).isin(known)]
    return _at(other_rules()["pupil-without-background"], lacking, PUPIL)


def background_of_unknown_schools(background: Background, schools: pd.DataFrame) -> list[Finding]:
    """Return a finding for each file of the background with rows of schools that are not in the register."""
    found = []
    frames = (background.pupils, background.school_traits, background.levels)
    for name, frame in zip(BACKGROUND, frames, strict=True):
        places = (~frame["brinvest"].isin(schools["brinvest"])).to_numpy().nonzero()[0]
        if len(places):
            rows = [row_in_file(int(place)) for place in places[:_ROWS_NAMED]]
            words = {"n": len(places), "rows": ", ".join(map(str, rows))}
            found.append(finding("background-school-unknown", f"background/{name}", rows[0], "brinvest", **words))
    return found


def _at(rule, rows: pd.DataFrame, column: str) -> list[pd.DataFrame]:
    """The finding of a rule at every row, with the column in the supplier's own name."""
    names = {dialect.VENDOR: getattr(dialect, column) for dialect in DIALECTS}
    return [
        row_findings(replace(rule, column=names[vendor]), theirs, vendor) for vendor, theirs in rows.groupby("vendor")
    ]
