"""The attack: with all reports of all releases, what is hidden stays open; and without protection it does not."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.disclosure import begin_score, bounds, nesting, obligations, protect, settle, shown_tables, yardstick
from nco.disclosure import counts as counts_told
from nco.register import enrolment
from nco.reports import kinds
from nco.reports.growth import slices
from nco_utils import tables
from nco_utils.errors import UnusableInput
from nco_utils.tables.computed import WITHOUT_GROWTH
from tests.attack import changes, counts, scores, spreads
from tests.support.publishing import (
    ROUNDS,
    Country,
    computed,
    country,
    public,
    publish,
    school,
    shown_sets,
    told_of,
    with_next_step,
)

SIZES = [4, 9, 25, 30, 28, 40, 12, 6, 33, 22, 27]
BIG = [60, 70, 80, 90, 64, 75, 82, 7]


def release(data, *countries: Country, withdrawn=()) -> list[counts.Public]:
    """Publish countries one after the other; the objections are known at the last."""
    for code, made in zip(ROUNDS, countries, strict=False):
        publish(data, code, made, withdrawn if made is countries[-1] else ())
    return [public(data, code) for code in ROUNDS[: len(countries)]]


def without(made: Country, *pupils: str) -> Country:
    return replace(made, pairs=made.pairs[~made.pairs["pupil_id"].isin(pupils)].reset_index(drop=True))


def with_pupils(made: Country, number: int, n: int, like: int = 0) -> Country:
    """The country with n more pupils at one school (a new one, where no school has that number)."""
    rows = made.pairs.iloc[[like] * n].assign(
        brinvest=school(number), pupil_id=[f"new-{number}-{len(made.pairs)}-{i}" for i in range(n)]
    )
    rows["growth"] = 17.0 + np.arange(n)
    rows["score_after"] = rows["score_before"] + rows["growth"]
    people = made.pupils.iloc[[like] * n].assign(
        brinvest=rows["brinvest"].to_numpy(), pupil_id=rows["pupil_id"].to_numpy()
    )
    return Country(
        tables.conform(pd.concat([made.pairs, rows]), tables.GROWTH),
        tables.conform(pd.concat([made.pupils, people]), tables.PUPILS),
    )


def beside(made: Country, other: Country) -> Country:
    """A country and the schools of another, of which they are the schools of sbo."""
    names = {name: school(60 + number) for number, name in enumerate(sorted(set(other.pairs["brinvest"])))}
    moved = [
        frame.assign(brinvest=frame["brinvest"].map(names), pupil_id="sbo-" + frame["pupil_id"])
        for frame in (other.pairs, other.pupils)
    ]
    return Country(
        tables.conform(pd.concat([made.pairs, moved[0]]), tables.GROWTH),
        tables.conform(pd.concat([made.pupils, moved[1]]), tables.PUPILS),
        frozenset(names.values()),
    )


def recoded(made: Country, pupil: str, **traits) -> Country:
    pupils = made.pupils.copy()
    pupils.loc[pupils["pupil_id"] == pupil, list(traits)] = list(traits.values())
    return replace(made, pupils=pupils)


def rescored(made: Country, *pupils: str) -> Country:
    pairs = made.pairs.copy()
    chosen = pairs["pupil_id"].isin(pupils)
    pairs.loc[chosen, ["growth", "score_after"]] += 3.0
    return replace(made, pairs=pairs)


def safe(releases: list[counts.Public]) -> None:
    """Neither an outsider nor a board finds anything of a school that is not its own."""
    assert counts.found(releases) == []


def differences(releases: list[counts.Public], true: list[pd.DataFrame]) -> list[int]:
    """How many pupils differ between two releases, for every visible unit of all pupils that is not the same."""
    found = []
    for first in range(len(releases)):
        for second in range(first + 1, len(releases)):
            for brinvest, n in _pairs_apart(true[first], true[second]).items():
                shown = [_shown(releases[i], brinvest) for i in (first, second)]
                found += [n] if all(shown) else []
    return found


def _shown(release: counts.Public, brinvest: str) -> bool:
    rows = release.report[(release.report["brinvest"] == brinvest) & (release.report["trait"] == "all")]
    return bool((rows["status"] == "shown").any())


def _pairs_apart(one: pd.DataFrame, other: pd.DataFrame) -> dict[str, int]:
    columns = ["brinvest", "pupil_id", "score_before", "score_after"]
    both = one[columns].round(6).merge(other[columns].round(6), how="outer", indicator=True)
    return both[both["_merge"] != "both"].groupby("brinvest")["pupil_id"].nunique().to_dict()


# --- one release ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.big) for seed in (1, 2))])
def test_nothing_hidden_can_be_bounded_or_computed_from_all_reports(tmp_path, seed):
    releases = release(tmp_path, country(SIZES, seed))
    hidden = releases[0].report[releases[0].report["status"] == "hidden"]
    assert (hidden["trait"] == "all").any()
    assert hidden["trait"].nunique() > 3, "the attack has something to find"
    safe(releases)


@pytest.fixture
def no_complementary(monkeypatch):
    """Only what is small itself is hidden."""

    def only(cells, *_):
        return bounds.Hidden(cells.hidden, np.array([], dtype=int))

    monkeypatch.setattr(bounds, "hide_blocks", only)
    monkeypatch.setattr(bounds, "split", only)


def test_without_complementary_suppression_the_attack_finds_the_small_school(tmp_path, no_complementary):
    releases = release(tmp_path, country(SIZES))
    small = (school(0), "2021-2022", "E6-M7", "spelling", "CITO-SP-3")
    assert small in {name[:5] for name in counts.exposed(counts.system(releases)) if name[6] == "all"}
    assert small in {name[:5] for name in counts.computable(counts.system(releases)) if name[6] == "all"}


@pytest.mark.slow
def test_a_school_that_knows_its_own_hidden_figure_finds_no_other(tmp_path):
    releases = release(tmp_path, country([5, 9, 30, 25, 28, 40, 33]))
    report = releases[0].report.query("trait == 'all'").set_index("brinvest")
    assert report.loc[[school(0), school(1)], "status"].eq("hidden").all()
    assert counts.found(releases) == []


@pytest.mark.slow
def test_without_a_third_hidden_school_the_second_finds_the_first(tmp_path, monkeypatch):
    own = bounds._without_each_owner
    monkeypatch.setattr(bounds, "_without_each_owner", lambda frame, owners, columns: own(frame, (), columns))
    releases = release(tmp_path, country([5, 9, 30, 25, 28, 40, 33]))
    found = {(who, name[0]) for who, name in counts.found(releases) if name[6] == "all"}
    assert (school(1), school(0)) in found
    assert ("", school(0)) not in found, "nobody else does"


def test_without_complementary_suppression_the_attack_finds_a_subgroup(tmp_path, no_complementary):
    made = country(BIG[:-1], unknown=0.0)
    girls = made.pupils[(made.pupils["brinvest"] == school(0)) & (made.pupils["sex"] == "meisje")]["pupil_id"]
    for pupil in girls[4:]:
        made = recoded(made, pupil, sex="jongen")
    found = counts.system(release(tmp_path, made))
    (four,) = (name for name in found.names if name[0] == school(0) and name[7] == "meisje")
    assert counts.bounds(found, [four])[four] == pytest.approx((4, 4))


MORE = [pytest.param(seed, marks=pytest.mark.big) for seed in range(1, 30)]


@pytest.mark.parametrize("seed", [0, *MORE])
def test_any_country_is_safe(tmp_path, seed):
    random = np.random.default_rng(seed)
    sizes = random.choice([2, 3, 5, 6, 7, 9, 14, 25, 40], random.integers(1, 8)).tolist()
    safe(release(tmp_path, country(sizes, seed, unknown=0.05)))


@settings(max_examples=100)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_the_closed_form_of_hidden_schools_is_what_linear_programming_finds(sizes):
    """Of m hidden schools with S pupils every one has 1 to S - m + 1."""
    from scipy.optimize import linprog

    n = np.array(sizes)
    same = np.zeros(len(n), int)
    found = bounds.exposed_blocks(same, n, (), same, 5)
    ends = [
        sign * linprog([sign] + [0] * (len(n) - 1), A_eq=[[1] * len(n)], b_eq=[n.sum()], bounds=(1, None)).fun
        for sign in (1, -1)
    ]
    assert found.empty == (len(n) > 1 and ends[1] - ends[0] > 5)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.data())
def test_the_closed_form_of_hidden_cells_is_what_linear_programming_finds(data):
    """Schools x values with all margins: every cell is open by min(n, c, t - n, t - c)."""
    from scipy.optimize import linprog

    rows, columns = data.draw(st.integers(1, 4)), data.draw(st.integers(2, 3))
    cells = np.array(data.draw(st.lists(st.integers(0, 9), min_size=rows * columns, max_size=rows * columns)))
    cells = cells.reshape(rows, columns)
    cells[:, 0] += np.maximum(6 - cells.sum(axis=1), 0)  # a visible school has six pupils
    same, counted = np.zeros(rows, int), np.broadcast_to(cells.sum(axis=0) > 0, cells.shape)
    equations = [np.eye(rows)[i][:, None] * np.ones(columns) for i in range(rows)]
    equations += [np.eye(columns)[j] * np.ones((rows, 1)) for j in range(columns)]
    total = [*cells.sum(axis=1), *cells.sum(axis=0)]
    narrow = False
    for place in np.flatnonzero(counted.ravel()):
        cost = np.zeros(cells.size)
        cost[place] = 1
        low, high = (
            sign * linprog(sign * cost, A_eq=[e.ravel() for e in equations], b_eq=total).fun for sign in (1, -1)
        )
        narrow |= high - low <= 5 + 1e-6
    found = bounds.exposed_splits(same, cells, same == 0, (), same, counted, 5)
    assert found.empty != narrow


# --- more releases -------------------------------------------------------------------------------


CHANGES = {
    "a pupil leaves a visible school": lambda made: without(made, f"{school(3)}-45"),
    "a pupil leaves a hidden school": lambda made: without(made, f"{school(0)}-1"),
    "a pupil comes to a visible school": lambda made: with_pupils(made, 4, 1),
    "a pupil comes to a hidden school": lambda made: with_pupils(made, 0, 1),
    "a small school is new": lambda made: with_pupils(made, 30, 3),
    "a small and a large school are new": lambda made: with_pupils(with_pupils(made, 30, 3), 31, 20, 15),
    "a score is corrected": lambda made: rescored(made, f"{school(3)}-45"),
    "a hidden school grows out of the rule": lambda made: with_pupils(made, 0, 20),
    "a hidden school is gone": lambda made: without(made, *(f"{school(0)}-{i}" for i in range(4))),
    "a whole group is corrected": lambda made: rescored(made, *(f"{school(3)}-{i}" for i in range(38, 60))),
    "a trait is corrected": lambda made: recoded(made, f"{school(3)}-45", sex="onbekend"),
}


QUICK = ("a small school is new",)
EACH = [
    pytest.param(change, id=name, marks=() if name in QUICK else pytest.mark.big) for name, change in CHANGES.items()
]


@pytest.mark.slow
@pytest.mark.parametrize("change", EACH)
def test_a_second_release_gives_nothing_away_beside_the_first(tmp_path, change):
    first = country(SIZES, unknown=0.0)
    second = change(first)
    releases = release(tmp_path, first, second, change(second))
    safe(releases)
    true = [tables.read(tables.GROWTH, tmp_path / code) for code in ROUNDS]
    assert all(n >= 6 for n in differences(releases, true))


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, *(pytest.param(number, marks=pytest.mark.big) for number in (1, 3))])
def test_an_objection_takes_the_pupil_out_and_gives_nothing_away(tmp_path, number):
    first = country(SIZES, unknown=0.0)
    pupil = first.pairs.loc[first.pairs["brinvest"] == school(number), "pupil_id"].iloc[0]
    second = without(first, pupil)
    releases = release(tmp_path, first, second, withdrawn=[(school(number), pupil)])
    assert pupil not in set(tables.read(tables.GROWTH, tmp_path / ROUNDS[1])["pupil_id"])
    assert not _shown(releases[1], school(number))
    safe(releases)


@pytest.mark.slow
@pytest.mark.parametrize("special", [0, 6], ids=["one sector", "another sector tells on"])
def test_a_release_that_tells_less_than_the_one_before_is_no_reason_to_tell_it_again_in_the_next(tmp_path, special):
    """After an objection the country's figures by trait may have to stay away; and then for as long as they differ."""
    first = country(SIZES, unknown=0.0)
    first = beside(first, country([40] * special, unknown=0.0)) if special else first
    objecting = (school(3), f"{school(3)}-45")
    second = without(first, objecting[1])
    for code, made in zip(ROUNDS, (first, second, second), strict=True):
        publish(tmp_path, code, made, [objecting] if made is second else ())
    releases = [public(tmp_path, code) for code in ROUNDS]
    told = [
        set(r.report.loc[r.report["national_pupils"].notna() & ~r.report["brinvest"].isin(first.special), "trait"])
        for r in releases
    ]
    assert told[1] < told[0], "something is told no longer"
    assert told[2] <= told[1], "nor later"
    safe(releases)


@pytest.mark.slow
def test_without_settling_the_attack_finds_the_new_small_school(tmp_path, monkeypatch):
    def as_they_are(past, _):
        pairs = past.now[tables.GROWTH.column_names]
        blocks = pairs[settle.UNIT_OF_SUPPRESSION].drop_duplicates().assign(decision="new")
        return settle.Settled(pairs, tables.conform(blocks, shown_tables.BLOCKS), past.pupils)

    monkeypatch.setattr(settle, "decide", as_they_are)
    monkeypatch.setattr(
        obligations,
        "remember",
        lambda _, __, data, code: obligations.nothing(tables.read(tables.PUPILS, data / code)),
    )
    first = country(SIZES, unknown=0.0)
    releases = release(tmp_path, first, with_pupils(without(first, f"{school(3)}-45"), 30, 3))
    assert school(30) in {name[0] for name in counts.exposed(counts.system(releases))}
    true = [tables.read(tables.GROWTH, tmp_path / code) for code in ROUNDS[:2]]
    assert 1 in differences(releases, true)


class Skipped:
    """A second release whose notebook holds the pairs as they are, where one pupil of a shown school has left."""

    def __init__(self, data):
        self.first = country(SIZES, unknown=0.0)
        self.second = without(self.first, f"{school(3)}-45")
        publish(data, ROUNDS[0], self.first)
        publish(data, ROUNDS[1], self.second)
        self.settings, self.schools = told_of(), enrolment.read_register(data).schools
        past = settle.side_by_side(self.second.pairs, data, ROUNDS[1], self.settings)
        self.settled = settle.decide(past, data / ROUNDS[1])
        self.obliged = obligations.remember(past, self.settled, data, ROUNDS[1])

    def computed(self, pairs):
        """What a notebook computes from these pairs, beside what the pipeline settled."""
        made = computed(self.second, replace(self.settled, pairs=pairs), self.schools, self.obliged)
        return replace(made, pairs=self.settled.pairs)

    def check(self, made):
        for table in (tables.FIGURES, tables.REFERENCE, tables.NATIONAL):
            settle.require_of(self.settled, table, getattr(made, table.name), self.schools, self.settings)


@pytest.mark.slow
def test_a_notebook_that_skips_or_alters_settling_would_tell_a_pupil_and_its_tables_are_refused(tmp_path):
    release = Skipped(tmp_path)
    release.check(release.computed(release.settled.pairs))
    skipped = release.computed(release.second.pairs)
    # Without the check school 3 shows its figures with one pupil less: the difference is that pupil's growth.
    before = tables.read(shown_tables.REPORT, tmp_path / ROUNDS[0])
    now = protect.protect(skipped, release.obliged, release.settings).report
    n = [
        frame[(frame["brinvest"] == school(3)) & (frame["trait"] == tables.ALL)].set_index(settle.UNIT_OF_SUPPRESSION)[
            "n_pupils"
        ]
        for frame in (before, now)
    ]
    assert (n[0] - n[1] == 1).any()
    for name in ("figures", "reference", "national"):
        one = replace(release.computed(release.settled.pairs), **{name: getattr(skipped, name)})
        with pytest.raises(UnusableInput, match=rf"Table {name} has .* of other pairs than this release may use"):
            release.check(one)
    altered = release.settled.pairs.assign(growth=release.settled.pairs["growth"] + 0.01)
    with pytest.raises(UnusableInput, match="of other pairs"):
        release.check(release.computed(altered))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, *MORE])
def test_any_changes_between_releases_are_safe(tmp_path, seed):
    random = np.random.default_rng(seed)
    first = country(SIZES, seed, unknown=0.02)
    second = with_pupils(first, int(random.integers(10)), 1)
    for change in random.choice(list(CHANGES), random.integers(1, 4), replace=False):
        second = CHANGES[change](second)
    safe(release(tmp_path, first, second))


# --- scores of a few pupils, over steps and parts ---------------------------------------------------

MIDDLE = [18, 22, 25, 30, 24, 28, 21, 27]
SCALE = {"CITO-SP-3": (0.0, 550.0)}


def scores_found(data, *codes: str) -> list[scores.Found]:
    return scores.found(*shown_sets([(code, data / code) for code in codes]), SCALE)


@pytest.mark.slow
def test_two_steps_that_share_a_moment_leave_the_pupils_in_only_one_of_them_open(tmp_path):
    publish(tmp_path, "2022E", with_next_step(country(MIDDLE)))
    report = tables.read(shown_tables.REPORT, tmp_path / "2022E")
    assert report["mean_before_low"].notna().sum() == 16, "both steps of all schools have a begin score"
    assert scores_found(tmp_path, "2022E") == []


@pytest.mark.slow
def test_with_exact_begin_scores_the_attack_finds_the_pupil_who_missed_a_test(tmp_path, monkeypatch):
    monkeypatch.setattr(
        begin_score, "interval", lambda mean, n, lot, width: (np.round(mean, 1) - 0.05, np.round(mean, 1) + 0.05)
    )
    publish(tmp_path, "2022E", with_next_step(country(MIDDLE)))
    found = scores_found(tmp_path, "2022E")
    assert {each.brinvest for each in found if each.pupils == 1} == {school(i) for i in range(len(MIDDLE))}
    assert min(each.width for each in found) < 0.2, "to some points, where a pupil's scores spread over thirty"


def test_more_steps_of_the_same_pupils_narrow_nothing(tmp_path, monkeypatch):
    """The begin score of the second step is that of the first plus the growth between them, which is published."""
    publish(tmp_path, "2022E", with_next_step(country(MIDDLE), missing=0))
    report = tables.read(shown_tables.REPORT, tmp_path / "2022E").query("trait == 'all'")
    first, second = (report[report["step"] == step].set_index("brinvest") for step in ("E6-M7", "M7-E7"))
    for end in ("mean_before_low", "mean_before_high"):
        assert (second[end] - first[end] - first["mean_growth"]).abs().max() < 0.21  # of three rounded numbers


@pytest.mark.slow
def test_another_lot_for_every_step_would_narrow_the_begin_score_of_the_same_pupils(tmp_path, monkeypatch):
    drawn = iter(np.random.default_rng(0).random((2, 16)) - 0.5)
    monkeypatch.setattr(begin_score, "lots", lambda now, before: next(drawn)[: len(now)])
    publish(tmp_path, "2022E", with_next_step(country(MIDDLE), missing=0))
    report = tables.read(shown_tables.REPORT, tmp_path / "2022E").query("trait == 'all'")
    first, second = (report[report["step"] == step].set_index("brinvest") for step in ("E6-M7", "M7-E7"))
    assert (second["mean_before_low"] - first["mean_before_low"] - first["mean_growth"]).abs().max() > 0.5


@pytest.mark.slow
def test_a_later_release_draws_the_same_lots(tmp_path):
    made = with_next_step(country(MIDDLE))
    early = replace(made, pairs=made.pairs[made.pairs["step"] == "E6-M7"])
    publish(tmp_path, "2022M", early)
    publish(tmp_path, "2022E", made)
    ends = [
        tables.read(shown_tables.REPORT, tmp_path / code).query("step == 'E6-M7'")[
            ["mean_before_low", "mean_before_high"]
        ]
        for code in ROUNDS[:2]
    ]
    pd.testing.assert_frame_equal(*(frame.reset_index(drop=True) for frame in ends))
    assert scores_found(tmp_path, *ROUNDS[:2]) == []


def one_more_unknown(made: Country) -> Country:
    """In the first school six pupils of unknown sex, and of unknown household these and one more."""
    pupils = [f"{school(0)}-{i}" for i in range(7)]
    for pupil in pupils:
        made = recoded(made, pupil, household="onbekend", **({} if pupil == pupils[-1] else {"sex": "onbekend"}))
    return made


@pytest.mark.slow
def test_two_splits_whose_rests_differ_by_a_pupil_are_not_both_shown(tmp_path):
    publish(tmp_path, "2022M", one_more_unknown(country([60, *MIDDLE], unknown=0.0)))
    report = tables.read(shown_tables.REPORT, tmp_path / "2022M").query(f"brinvest == '{school(0)}'")
    assert report[report["trait"].isin(["sex", "household"])].groupby("trait")["status"].first().to_dict() == {
        "household": "hidden",
        "sex": "shown",
    }
    assert scores_found(tmp_path, "2022M") == []


def test_with_both_the_attack_finds_the_growth_of_that_pupil(tmp_path, monkeypatch):
    monkeypatch.setattr(nesting, "nested", lambda one, other, chosen, minimum: np.zeros(len(chosen), bool))
    publish(tmp_path, "2022M", one_more_unknown(country([60, *MIDDLE], unknown=0.0)))
    assert scores.Found(school(0), "spelling", "growth", 1, 0.0) in scores_found(tmp_path, "2022M")


# --- spreads ---------------------------------------------------------------------------------------

SPREAD = [4, 5, 11, 30, 33, 25, 28, 40, 22, 27, 36, 31, 29]  # the third protects the first two: it knows its own mean


def spread_candidates(data) -> tuple[list[dict], pd.Series]:
    """What the third school can compute of the first two, and their true means."""
    made = country(SPREAD, seed=3)
    report = publish(data, "2022M", made).report.query("trait == 'all'").set_index("brinvest")
    means = made.pairs.groupby("brinvest")["growth"].mean()
    hidden = report.index[report["status"] == "hidden"]
    assert set(hidden) == {school(0), school(1), school(2)}
    shown = report[report["status"] == "shown"]
    found = spreads.candidates(
        shown, dict(zip(hidden, SPREAD, strict=False)), {school(2): means[school(2)]}, sum(SPREAD), means_of(made)
    )
    return found, means


def means_of(made: Country) -> float:
    return round(made.pairs["growth"].mean(), 1)


def close(found: list[dict], means: pd.Series) -> bool:
    return any(all(abs(value - means[name]) < 3 for name, value in each.items()) for each in found)


@pytest.mark.slow
def test_the_spread_that_growth_is_divided_by_says_nothing_of_hidden_schools(tmp_path):
    assert not close(*spread_candidates(tmp_path))


def test_with_the_spread_of_all_schools_an_insider_finds_two_hidden_means(tmp_path, monkeypatch):
    own = yardstick._spreads

    def of_all(pools, pairs, decisions, profile):
        everybody = decisions.shown.assign(all=True)
        return own(pools, pairs, replace(decisions, shown=everybody), profile)

    monkeypatch.setattr(yardstick, "_spreads", of_all)
    assert close(*spread_candidates(tmp_path))


# --- counts of who has no growth, over releases ------------------------------------------------------


def counted(data, first: int, second: int, withdrawn=()) -> list[pd.DataFrame]:
    """Two releases of a country in which so many pupils of every school have one test."""
    made = country(BIG)
    for code, n in zip(ROUNDS, (first, second), strict=False):
        publish(data, code, made, withdrawn if n == second else (), n_one_moment=n)
    return [tables.read(shown_tables.REPORT, data / code).query("trait == 'all'") for code in ROUNDS[:2]]


STEADY = [
    (9, 10),
    (16, 16),
    *(pytest.param(*each, marks=pytest.mark.big) for each in ((10, 10), (6, 10), (15, 10), (5, 10))),
]


@pytest.mark.slow
@pytest.mark.parametrize(("second", "told"), STEADY)
def test_counts_of_who_has_no_growth_stay_where_a_few_pupils_make_the_difference(tmp_path, second, told):
    releases = counted(tmp_path, 10, second)
    assert set(releases[1]["n_without_growth"].dropna()) == {told}
    assert changes.few_apart(releases).empty


@pytest.mark.slow
def test_after_an_objection_they_are_not_told(tmp_path):
    releases = counted(tmp_path, 10, 9, withdrawn=[(school(2), "gone")])
    told = releases[1].set_index("brinvest")["n_without_growth"]
    assert pd.isna(told[school(2)])
    assert told[school(3)] == 10
    assert changes.few_apart(releases).empty


@pytest.mark.slow
def test_without_that_two_releases_say_that_one_pupil_left(tmp_path, monkeypatch):
    monkeypatch.setattr(counts_told, "steady", lambda rows, now, earlier, profile: now)
    found = changes.few_apart(counted(tmp_path, 10, 9))
    assert set(found["count"]) >= {"n_without_growth", "n_one_moment"}


# --- text ----------------------------------------------------------------------------------------


def test_hidden_means_and_counts_stand_nowhere_in_the_tables(tmp_path):
    made = country([5, 4, 9, 25, 30, 28, 40], seed=3)
    made = replace(made, pairs=made.pairs.assign(growth=made.pairs["growth"] + 1000 * _number(made.pairs["brinvest"])))
    protected = publish(tmp_path, ROUNDS[0], made)
    whole = made.pairs.groupby("brinvest")["growth"].mean()
    hidden = protected.report[(protected.report["trait"] == "all") & (protected.report["status"] == "hidden")]
    assert len(hidden) > 1
    text = protected.report.to_csv(index=False) + protected.boards.to_csv(index=False)
    for brinvest in hidden["brinvest"]:
        assert f"{whole[brinvest]:.1f}" not in text
    counts = [name for name in protected.report.columns if name.startswith("n_") or name == "national_pupils"]
    for frame in (protected.report, protected.boards):
        for name in {*counts, "n_pupils"} & set(frame.columns):
            values = frame[name].dropna()
            assert not values.between(1, 5).any(), name


def _number(brinvest: pd.Series) -> pd.Series:
    return brinvest.rank(method="dense")


def test_the_slices_of_the_demo_hold_no_count_of_one_to_five(analysed):
    found = 0
    for path in (analysed / "2022E" / "slices").iterdir():
        content = kinds.read(path)
        for unit in _units(content):
            row = json.loads(json.dumps(vars(unit)))
            found += 1
            counts = [row[name] for name in row if name in COUNTED]
            assert not [n for n in counts if n is not None and 1 <= n <= 5]
            percent = row.get("percent_with_growth")
            assert percent is None or 5 <= percent <= 95
    assert found > 131


COUNTED = {"n_pupils", "n_without_growth", "n_results_other_scale", "national_pupils", *WITHOUT_GROWTH}


def _units(content: slices.Slice | slices.BoardSlice) -> list:
    """Everything in a slice that counts pupils."""
    if isinstance(content, slices.BoardSlice):
        return [*content.totals, *(unit for school in content.schools for unit in (*school.results, *school.overall))]
    return [*content.results, *content.others, *content.overall]
