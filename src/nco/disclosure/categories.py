"""Scores by category of a test (domeinscores): which share of the items a step's pupils had right, beside the country.

What is told is of the test at the end of a step, of the pupils of a step whose growth is shown, in the round's own
school year: so of one moment there is one set of pupils. All categories of it are of just the same pupils. Those are
all pupils of the step, or both they and the others are more than a small group; else the difference of the two sets
would be a few pupils. A share is a whole percentage from 5 to 95. What was told once stays as it was told first, for
two shares of nearly the same pupils would tell of the few in whom they differ (so would two spreads of pupils, by which
the intervals are made); and where an objection took a pupil away, nothing is told. The country's share is that of the
schools that are told, from what is told of them: so it says nothing of the others.

The items of another level are others: a few pupils with that test change little, and with more nothing is told.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from nco.base.all_settings import DisclosureProfile
from nco.register import domain_scores
from nco_utils import tables
from nco_utils.national import Z95
from nco_utils.tables import ALL

from . import shown_tables
from .bounds import POOL
from .discovery import p_values, q_values
from .earlier_releases import UNIT_OF_SUPPRESSION

RESULT = (
    "brinvest", "pupil_id", "domain", "scale", "school_year", "moment", "test_level", "provider", "score",
    "source_file", "source_row",
)  # fmt: skip
_PLACE = ["source_file", "source_row"]
_MOMENT = ["brinvest", "pupil_id", "domain", "scale", "moment"]
_UNIT = [*UNIT_OF_SUPPRESSION, "category"]
_OF_COUNTRY = [*POOL, "category"]
_TWO_ROUNDED = 2 / 12  # the variance that the rounding of two whole percentages adds


def of_pupils(results: pd.DataFrame, scores: pd.DataFrame, school_year: str) -> pd.DataFrame:
    """Return the share of items that a pupil had right at a moment, by category: _MOMENT, levels, category, share.

    results: the columns RESULT of table results; scores: table domain_scores. Of several results of one moment all
    items count, of IEP those of the best test; a pupil of whom one of them has no scores is not there. levels: the
    level of the test, or several.
    """
    used = results[(results["school_year"] == school_year).to_numpy()].merge(scores, on=_PLACE, how="left")
    best = used.groupby(_MOMENT)["score"].transform("max")
    used = used[(used["provider"] != "iep") | (used["score"] == best)]
    used = used.drop(index=used.index[(used["provider"] == "iep") & used.duplicated(_MOMENT)])
    lacking = used["domain_scores"].isna().groupby([used[name] for name in _MOMENT]).transform("any")
    used = used[~lacking].reset_index(drop=True)
    parts = [domain_scores.split(cell) for cell in used["domain_scores"]]
    place: np.ndarray = np.repeat(np.arange(len(used)), [len(each) for each in parts])
    rows = pd.DataFrame([one for each in parts for one in each], columns=["category", "right", "items"])
    rows = pd.concat([used.loc[place, [*_MOMENT, "test_level"]].reset_index(drop=True), rows], axis=1)
    found = rows.groupby([*_MOMENT, "category"], sort=False).agg(
        right=("right", "sum"), items=("items", "sum"), level=("test_level", "min"), other=("test_level", "max")
    )
    share = (found["right"] / found["items"]).to_numpy("float64")
    one_level = found["level"].where(found["level"] == found["other"], "")
    return found.assign(share=share, level=one_level).reset_index()[[*_MOMENT, "category", "level", "share"]]


def told(
    report: pd.DataFrame,
    pairs: pd.DataFrame,
    shares: pd.DataFrame,
    sector: pd.Series,
    before: Sequence[pd.DataFrame],
    objections: pd.DataFrame,
    profile: DisclosureProfile,
) -> pd.DataFrame:
    """Return table `categories` of the schools that table report shows, without the rows of too few schools.

    pairs: table growth, of what the report is made of; shares: `of_pupils`; sector: of every brinvest; before: tables
    `categories` of earlier releases, the oldest first; objections: UNIT_OF_SUPPRESSION of which a pupil has left.
    """
    year = report["school_year"].max()
    whole = report[(report["trait"] == ALL) & (report["status"] == "shown") & (report["school_year"] == year)]
    blocks = whole[UNIT_OF_SUPPRESSION].drop_duplicates()
    blocks = blocks[~_within(blocks, objections, UNIT_OF_SUPPRESSION)]
    pupils = _of_blocks(blocks, pairs, shares)
    made = _protected(pupils, blocks, pairs, profile)
    first = pd.concat([made.head(0), *before], ignore_index=True).drop_duplicates(_UNIT)[[*_UNIT, "n_pupils", "share"]]
    first = first.merge(blocks, on=UNIT_OF_SUPPRESSION)
    new = made[~_within(made, first, UNIT_OF_SUPPRESSION)]
    rows = pd.concat([first, new[first.columns]], ignore_index=True)
    rows = rows.assign(sector=rows["brinvest"].map(sector))
    rows = _beside_country(rows, _spreads(pupils, rows, before, sector), profile)
    order = rows.sort_values(_UNIT, ignore_index=True)
    return tables.conform(order, shown_tables.CATEGORIES)


def _of_blocks(blocks: pd.DataFrame, pairs: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """The shares of the pupils of the blocks, in percent: _UNIT, pupil_id, share and `other`: of another level."""
    here = pairs[[*UNIT_OF_SUPPRESSION, "pupil_id"]].merge(blocks, on=UNIT_OF_SUPPRESSION)
    later = here["step"].str.split("-").str[1]
    found = here.assign(later=later, moment=later.str[0]).merge(shares, on=_MOMENT)
    return found.assign(other=found["level"] != found["later"], share=100 * found["share"])


def _protected(
    pupils: pd.DataFrame, blocks: pd.DataFrame, pairs: pd.DataFrame, profile: DisclosureProfile
) -> pd.DataFrame:
    """What may be told of the blocks by themselves: _UNIT, n_pupils and share."""
    n = pairs.merge(blocks, on=UNIT_OF_SUPPRESSION).groupby(UNIT_OF_SUPPRESSION).size().rename("n")
    one = pupils.drop_duplicates([*UNIT_OF_SUPPRESSION, "pupil_id"]).groupby(UNIT_OF_SUPPRESSION)
    of_block = one.agg(n_any=("pupil_id", "size"), n_other=("other", "sum")).join(n).reset_index()
    rows = pupils.groupby(_UNIT).agg(n_pupils=("pupil_id", "size"), share=("share", "mean")).reset_index()
    rows = rows.merge(of_block, on=UNIT_OF_SUPPRESSION)
    without = rows["n"] - rows["n_any"]
    safe = (rows["n_any"] >= profile.minimum_group) & ((without == 0) | (without >= profile.minimum_group))
    one_test = rows["n_other"] <= profile.most_of_other_level * rows["n_any"]
    kept = rows[safe & one_test & _of_one_set(rows)]
    return kept.assign(share=kept["share"].round().clip(*profile.percentages).astype("int64"))[
        [*_UNIT, "n_pupils", "share"]
    ]


def _of_one_set(rows: pd.DataFrame) -> pd.Series:
    """Whether a category is of all pupils of whom any is known: else two would be of nearly the same ones."""
    return rows["n_pupils"] == rows["n_any"]


def _beside_country(rows: pd.DataFrame, spreads: pd.DataFrame, profile: DisclosureProfile) -> pd.DataFrame:
    """The rows with the country's shares and the differences; those of too few schools are left out.

    The error of a share is that of a mean of so many pupils, by how far pupils lie apart within the schools of the
    country (`_spreads`): a school's own spread beside its own mean would tell more of its pupils.
    """
    n = rows["n_pupils"].astype("float64")
    rows = rows.assign(sum=n * rows["share"].astype("float64"))
    sums = rows.groupby(_OF_COUNTRY).agg(
        national_schools=("brinvest", "nunique"), national_pupils=("n_pupils", "sum"), total=("sum", "sum"),
        country_sd=("share", "std"),
    )  # fmt: skip
    least = profile.minimum_schools
    sums["country_sd"] = sums["country_sd"].where(sums["national_schools"] >= least.spread).where(lambda sd: sd > 0)
    sums["national_share"] = (sums["total"] / sums["national_pupils"]).astype("float64").round().astype("Int64")
    found = rows.merge(sums.reset_index(), on=_OF_COUNTRY)
    found = found[found["national_schools"] >= least.mean].merge(spreads, on=_OF_COUNTRY, how="left")
    margin = Z95 * np.sqrt(found["pupil_sd"] ** 2 / found["n_pupils"].astype("float64") + _TWO_ROUNDED)
    country = (found["share"] - found["national_share"]).astype("float64")
    low, high = country - margin, country + margin
    q = q_values(p_values(country, low, high), found["brinvest"]).round(4)
    return found.assign(
        country=country, country_low=low.round(), country_high=high.round(), country_q=q,
        country_sd=found["country_sd"].astype("float64").round(2),
    )  # fmt: skip


def _spreads(
    pupils: pd.DataFrame, rows: pd.DataFrame, before: Sequence[pd.DataFrame], sector: pd.Series
) -> pd.DataFrame:
    """The standard deviation of pupils within the told schools, by _OF_COUNTRY: as it was told first."""
    here = pupils.merge(rows[[*_UNIT, "sector"]], on=_UNIT)
    group = here.groupby(_UNIT)["share"]
    squares = (here["share"] - group.transform("mean")) ** 2
    free = 1 - 1 / group.transform("size")
    sums = here[_OF_COUNTRY].assign(squares=squares, free=free).groupby(_OF_COUNTRY).sum()
    sd = np.sqrt(sums["squares"] / sums["free"].where(sums["free"] > 0)).round(1).rename("pupil_sd").reset_index()
    told = [each.assign(sector=each["brinvest"].map(sector))[sd.columns] for each in before]
    return pd.concat([*told, sd], ignore_index=True).dropna().drop_duplicates(_OF_COUNTRY)


def _within(frame: pd.DataFrame, other: pd.DataFrame, keys: list[str]) -> np.ndarray:
    return pd.MultiIndex.from_frame(frame[keys]).isin(pd.MultiIndex.from_frame(other[keys]))
