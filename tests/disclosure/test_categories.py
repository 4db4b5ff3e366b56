"""Scores by category: the share of items that a step's pupils had right, told where nobody stands out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nco.disclosure import categories, shown_tables
from nco.register import enrolment
from nco_utils import tables
from tests.attack import categories as attack
from tests.support.publishing import STEP, Country, country, publish, school, told_of

SETTINGS = told_of()
YEAR, BLOCK = STEP["school_year"], ["brinvest", "school_year", "step", "domain", "scale"]
NAMES = ("werkwoorden", "andere woorden")
NOBODY = pd.DataFrame(columns=BLOCK, dtype="str")


def shares_of(pairs: pd.DataFrame, seed: int = 0, level: str = "M7") -> pd.DataFrame:
    """A share of every pupil in every category, as `of_pupils` gives them."""
    random = np.random.default_rng(seed)
    rows = pairs[["brinvest", "pupil_id", "domain", "scale"]].assign(moment=level[0], level=level)
    parts = [rows.assign(category=name, share=random.binomial(12, 0.7, len(rows)) / 12) for name in NAMES]
    return pd.concat(parts, ignore_index=True)


def without(shares: pd.DataFrame, brinvest: str, n: int, names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    """The shares but for some pupils of a school."""
    gone = shares.loc[shares["brinvest"] == brinvest, "pupil_id"].unique()[:n]
    return shares[~(shares["pupil_id"].isin(gone) & shares["category"].isin(names))]


MADE = country([25, 30, 40, 28, 33, 60, 22, 5, 24, 5])
SMALL = (school(7), school(9))


class Release:
    """What a round tells of a country with these shares, beside earlier releases.

    round_code: of the release in `folder`; a country that is there already is not published anew.
    """

    def __init__(self, folder, shares: pd.DataFrame, made: Country = MADE, before=(), objections=NOBODY,
                 round_code="2022M", profile=SETTINGS.profile):  # fmt: skip
        there = folder / round_code / f"{shown_tables.REPORT.name}.parquet"
        report = tables.read(shown_tables.REPORT, there.parent) if there.is_file() else None
        self.report = publish(folder, round_code, made).report if report is None else report
        self.pairs = tables.read(tables.GROWTH, folder / round_code)
        sector = enrolment.read_register(folder).schools.set_index("brinvest")["sector"]
        self.told = categories.told(self.report, self.pairs, shares, sector, before, objections, profile)
        shown = self.report[(self.report["trait"] == "all") & (self.report["status"] == "shown")]
        grown = self.pairs.merge(shown[BLOCK], on=BLOCK)
        members = grown.merge(shares, on=["brinvest", "pupil_id", "domain", "scale"])
        self.read = attack.Told(self.told, members[[*BLOCK, "category", "pupil_id"]], grown[[*BLOCK, "pupil_id"]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A country of which two rounds were published: the same one twice."""
    made = tmp_path_factory.mktemp("categories")
    for code in ("2022M", "2022E"):
        publish(made, code, MADE)
    return made


def test_a_share_is_the_mean_over_the_pupils_in_whole_percents_beside_that_of_the_told_schools(folder):
    shares = shares_of(MADE.pairs)
    told = Release(folder, shares).told
    truth = (100 * shares.groupby(["brinvest", "category"])["share"].mean()).round()
    own = told.set_index(["brinvest", "category"])
    assert (own["share"] == truth[own.index]).all()
    assert not set(SMALL) & set(told["brinvest"]), "five pupils"
    for name, rows in told.groupby("category"):
        n = rows["n_pupils"].astype(float)
        assert set(rows["national_share"]) == {round((n * rows["share"].astype(float)).sum() / n.sum())}, name
        assert set(rows["national_pupils"]) == {n.sum()}
    assert (told["country"] == told["share"] - told["national_share"]).all()


def test_the_interval_is_that_of_a_mean_of_so_many_pupils_who_lie_apart_as_those_of_the_country(tmp_path):
    """For shares of 12 items of which .7 are right: sqrt(.7 x .3 / 12) is 13.2 percent; and what rounding adds."""
    many = country([200] * 10)
    told = Release(tmp_path, shares_of(many.pairs), many).told
    width = (told["country_high"] - told["country_low"]) / 2
    assert width.to_numpy() == pytest.approx(1.96 * np.sqrt(13.2**2 / 200 + 2 / 12), abs=0.51)


def test_a_share_near_the_ends_is_told_as_the_end(folder):
    shares = shares_of(MADE.pairs).assign(share=1.0)
    shares["share"] = shares["share"].where(shares["category"] == NAMES[0], 0.0)
    told = Release(folder, shares).told
    assert told.groupby("category")["share"].unique().explode().to_dict() == {NAMES[0]: 95, NAMES[1]: 5}


def test_of_fewer_schools_than_a_national_mean_needs_nothing_is_told(tmp_path):
    few = country([25] * (SETTINGS.profile.minimum_schools.mean - 1))
    assert Release(tmp_path, shares_of(few.pairs), few).told.empty


def test_schools_of_which_the_export_has_none_have_none_and_take_no_part_in_the_country(folder):
    shares = shares_of(MADE.pairs)
    told, whole = Release(folder, shares[shares["brinvest"] != school(2)]).told, Release(folder, shares).told
    assert set(told["brinvest"]) == set(whole["brinvest"]) - {school(2)}
    assert set(told["national_schools"]) == {whole["brinvest"].nunique() - 1}


@pytest.mark.parametrize(("share", "there"), [(0.1, True), (0.2, False)])
def test_of_a_group_with_more_than_a_few_tests_of_another_level_nothing_is_told(folder, share, there):
    shares = shares_of(MADE.pairs)
    own = shares.loc[shares["brinvest"] == school(2), "pupil_id"].unique()
    lower = shares["pupil_id"].isin(own[: int(share * len(own))])
    told = Release(folder, shares.assign(level=shares["level"].mask(lower, "M6"))).told
    assert (school(2) in told["brinvest"].tolist()) is there


# --- of several results ----------------------------------------------------------------------------


def _result(place: int, score: float = 60.0, provider: str = "iep", **facts) -> dict:
    return {
        "brinvest": school(0), "pupil_id": "a", "domain": "spelling", "scale": "X", "school_year": YEAR, "moment": "M",
        "test_level": "M7", "provider": provider, "score": score, "source_file": "f", "source_row": place, **facts,
    }  # fmt: skip


def _shares(results: list[dict], cells: dict[int, str]) -> dict[str, float]:
    scores = pd.DataFrame([("f", row, cell) for row, cell in cells.items()],
                          columns=["source_file", "source_row", "domain_scores"])  # fmt: skip
    found = categories.of_pupils(pd.DataFrame(results), scores, YEAR)
    return found.set_index("category")["share"].to_dict()


def test_of_two_tests_of_iep_the_best_counts_and_of_others_all_items():
    cells = {2: "a=3/10", 3: "a=9/10"}
    assert _shares([_result(2, 60), _result(3, 70)], cells) == {"a": 0.9}
    assert _shares([_result(2, 60, "cito"), _result(3, 70, "cito")], cells) == {"a": 0.6}
    halves = {2: "a=4/10|b=1/4", 3: "a=9/20"}
    assert _shares([_result(2, 60, "cito"), _result(3, 70, "cito")], halves) == {"a": 13 / 30, "b": 0.25}


def test_a_pupil_of_whom_one_result_of_a_moment_lacks_them_has_none():
    assert _shares([_result(2, 60, "cito"), _result(3, 70, "cito")], {2: "a=3/10"}) == {}
    assert _shares([_result(2, 60), _result(3, 70)], {3: "a=3/10"}) == {"a": 0.3}


def test_results_of_another_school_year_have_no_part():
    assert _shares([_result(2, school_year="2020-2021")], {2: "a=3/10"}) == {}


# --- attacks: with each protection nothing is found, and without it something is --------------------


def test_an_attack_on_what_is_told_finds_nothing(folder):
    assert attack.found([Release(folder, shares_of(MADE.pairs)).read]) == []


def test_a_group_of_which_a_few_pupils_have_no_categories_is_not_told_and_would_give_those_away(folder):
    shares = without(shares_of(MADE.pairs), school(0), 3)
    safe = Release(folder, shares)
    assert school(0) not in safe.told["brinvest"].tolist() and attack.found([safe.read]) == []
    off = Release(folder, shares, profile=SETTINGS.profile.model_copy(update={"minimum_group": 1}))
    assert {(each.brinvest, each.what, each.pupils) for each in attack.found([off.read])} == {(school(0), "apart", 3)}


def test_a_group_of_which_many_have_none_is_told_of_the_others(folder):
    made = Release(folder, without(shares_of(MADE.pairs), school(2), 10))
    (n,) = made.told.loc[made.told["brinvest"] == school(2), "n_pupils"].unique()
    assert n == 30 and attack.found([made.read]) == []


def test_a_few_pupils_with_categories_are_not_told_of(folder):
    shares = without(shares_of(MADE.pairs), school(0), 21)
    safe = Release(folder, shares)
    assert school(0) not in safe.told["brinvest"].tolist() and attack.found([safe.read]) == []
    off = Release(folder, shares, profile=SETTINGS.profile.model_copy(update={"minimum_group": 1}))
    assert (school(0), "small", 4) in {(each.brinvest, each.what, each.pupils) for each in attack.found([off.read])}


def test_a_category_of_nearly_the_same_pupils_as_another_is_not_told(folder, monkeypatch):
    shares = without(shares_of(MADE.pairs), school(0), 2, NAMES[:1])
    safe = Release(folder, shares)
    assert safe.told.loc[safe.told["brinvest"] == school(0), "category"].tolist() == [NAMES[1]]
    assert attack.found([safe.read]) == []
    monkeypatch.setattr(categories, "_of_one_set", lambda rows: rows["n_pupils"] > 0)
    off = Release(folder, shares)
    assert {(each.brinvest, each.what) for each in attack.found([off.read])} == {(school(0), "apart")}


def test_what_was_told_stays_as_it_was_told_and_else_two_releases_would_give_a_pupil_away(folder):
    first = Release(folder, shares_of(MADE.pairs))
    corrected = shares_of(MADE.pairs)
    one = corrected["pupil_id"] == f"{school(0)}-0"
    corrected.loc[one, "share"] = 0.0
    then, again = (Release(folder, corrected, before=before, round_code="2022E") for before in ([], [first.told]))
    own = [each.told[each.told["brinvest"] == school(0)] for each in (first, then, again)]
    assert own[0]["share"].tolist() != own[1]["share"].tolist(), "the correction shows"
    pd.testing.assert_frame_equal(own[0], own[2])


def test_scores_of_a_pupil_that_come_later_do_not_change_what_was_told(folder):
    """Seven pupils of forty have none, and then six: both are enough to be told beside, and one apart."""
    first, then = (without(shares_of(MADE.pairs), school(2), n) for n in (7, 6))
    told = Release(folder, first)
    safe, off = (Release(folder, then, before=before, round_code="2022E") for before in ([told.told], []))
    assert attack.found([told.read, safe.read]) == []
    found = {(each.brinvest, each.what, each.pupils) for each in attack.found([told.read, off.read])}
    assert found == {(school(2), "release", 1)}


def test_a_group_that_an_objection_took_a_pupil_from_is_told_no_more(folder):
    first = Release(folder, shares_of(MADE.pairs))
    objected = first.pairs.loc[first.pairs["brinvest"] == school(0), BLOCK].drop_duplicates()
    later = Release(folder, shares_of(MADE.pairs), before=[first.told], objections=objected, round_code="2022E")
    assert school(0) in first.told["brinvest"].tolist()
    assert set(later.told["brinvest"]) == set(first.told["brinvest"]) - {school(0)}
    assert set(later.told["national_schools"]) == {first.told["brinvest"].nunique() - 1}, "nor in the country's share"


def test_the_country_is_of_the_told_schools_only_and_else_a_hidden_one_would_follow(folder):
    made = Release(folder, without(shares_of(MADE.pairs), school(0), 3))
    assert attack.found([made.read]) == []
    hidden = 22  # the pupils with categories of the school that is not told
    off = replace(made.read, shares=made.told.assign(national_pupils=made.told["national_pupils"] + hidden))
    assert {(each.what, each.pupils) for each in attack.found([off])} == {("country", hidden)}


# --- chance ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_in_a_country_without_effects_few_reports_name_a_category_and_a_true_difference_is_named(tmp_path):
    many = country([25] * 60)
    false, true = [], []
    release = Release(tmp_path, shares_of(many.pairs), many)
    sector = enrolment.read_register(tmp_path).schools.set_index("brinvest")["sector"]

    def named(shares: pd.DataFrame) -> set[str]:
        told = categories.told(release.report, release.pairs, shares, sector, [], NOBODY, SETTINGS.profile)
        return set(told.loc[told["country_q"] < SETTINGS.ranking.false_discovery_rate, "brinvest"])

    for seed in range(20):
        shares = shares_of(many.pairs, seed)
        false.append(len(named(shares)) / 60)
        weak = (shares["brinvest"] == school(3)) & (shares["category"] == NAMES[0])
        true.append(school(3) in named(shares.assign(share=shares["share"].where(~weak, shares["share"] * 0.8))))
    assert np.mean(false) <= 0.05
    assert np.mean(true) >= 0.8


def test_the_shown_table_is_kept_with_a_release():
    from nco.disclosure import earlier_releases

    assert f"{shown_tables.CATEGORIES.name}.parquet" in earlier_releases._ALSO
