from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.base import all_settings
from nco.disclosure import bounds, obligations, protect, settle, shown_tables
from nco.register import enrolment
from nco_utils import tables
from tests.support.publishing import Country, computed, country, coverage, publish, school

SETTINGS = all_settings.load()
FIGURES = [
    name
    for name in shown_tables.REPORT.column_names
    if name.startswith(("n_", "mean_", "p1", "p2", "p5", "p7", "p9", "perc", "stand", "refer", "effect", "reliab"))
]


def report_of(data, made: Country, **counts) -> pd.DataFrame:
    """The report of a first release, with so many pupils without growth at every school."""
    if not counts:
        return publish(data, "2022M", made).report
    publish(data, "2022M", made)
    obliged = obligations.nothing(made.pupils)
    settled = settle.Settled(made.pairs, tables.read(shown_tables.BLOCKS, data / "2022M"), made.pupils)
    schools = enrolment.read_register(data).schools
    tables_ = replace(computed(made, settled, schools, obliged), coverage=coverage(made.pairs, **counts))
    return protect.protect(tables_, obliged, SETTINGS).report


def whole(report: pd.DataFrame) -> pd.DataFrame:
    return report[report["trait"] == "all"].set_index("brinvest")


def hidden_at(sizes: list[int], boards: list[int] | None = None) -> list[bool]:
    """Which schools of these sizes, in one country, are hidden; each of a board of its own, if nothing else is said."""
    n = np.array(sizes)
    same, small = np.zeros(len(n), int), n < SETTINGS.profile.minimum_group
    owner = np.arange(len(n)) if boards is None else np.array(boards)
    cells = bounds.Cells(same, (owner, len(n) + np.arange(len(n))), small, small & False, np.full(len(n), ""))
    return bounds.hide_blocks(cells, n, SETTINGS.profile.protected_width).rows.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("n", "status"), [(5, "hidden"), (6, "shown"), (7, "shown")])
def test_groups_of_five_are_hidden_and_of_six_are_shown(tmp_path, n, status):
    # three schools of 4 protect each other and the first
    assert whole(report_of(tmp_path, country([n, 4, 4, 4, 30, 40])))["status"].iloc[0] == status


def test_a_hidden_row_holds_no_figure_of_the_school(tmp_path):
    made = country([5, 4, 4, 30, 40, 35])
    report = report_of(tmp_path, made)
    hidden = report[report["status"] != "shown"]
    assert len(hidden[hidden["trait"] == "all"]) == 3
    assert hidden[FIGURES].isna().all(axis=None)
    assert (whole(hidden)["national_mean"] == round(made.pairs["growth"].mean(), 1)).all(), "the country's may stay"


def test_a_single_small_school_gets_two_hidden_ones_beside_it():
    """With one, that school would subtract its own figure."""
    assert hidden_at([5, 30, 20, 40]) == [True, True, True, False]


def test_a_board_that_knows_two_hidden_schools_is_an_insider_and_so_is_a_school():
    assert hidden_at([5, 30, 20, 40], boards=[1, 2, 3, 4]) == [True, True, True, False], "each knows its own"
    assert hidden_at([5, 30, 20, 40], boards=[1, 2, 1, 3]) == [True, True, True, True], "board 1 knows two of three"
    assert hidden_at([5, 30, 20, 40], boards=[1, 2, 2, 2]) == [True, False, False, False], "nothing can, so no total"
    assert hidden_at([5, 4, 20, 40], boards=[1, 2, 2, 3]) == [True, True, True, True], "board 2 has two of them"


def test_hidden_schools_that_together_tell_too_much_get_the_next_smallest():
    assert hidden_at([2, 3, 30, 20, 40]) == [True, True, True, True, False], "that of 20 would know 5 pupils of two"
    assert hidden_at([4, 3, 30, 20, 40]) == [True, True, True, True, False], "each would be between 1 and 6"
    assert hidden_at([4, 4, 30, 20, 40]) == [True, True, False, True, False]


def test_without_a_small_school_nothing_is_hidden():
    assert hidden_at([6, 7, 8]) == [False, False, False]


@pytest.mark.slow
@settings(max_examples=200)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=12))
def test_a_country_is_protected_or_silent(sizes):
    n = np.array(sizes)
    same, small = np.zeros(len(n), int), n < 6
    cells = bounds.Cells(same, (np.arange(len(n)),), small, small & False, np.full(len(n), ""))
    found = bounds.hide_blocks(cells, n, 5)
    assert found.rows[small].all()
    hidden = n[found.rows].tolist()
    known = [hidden, *(hidden[:i] + hidden[i + 1 :] for i in range(len(hidden)))]  # to an outsider, and to each of them
    protected = all(len(left) >= 2 and sum(left) - len(left) > 5 for left in known if left)
    assert protected != bool(len(found.silent))


def test_where_the_country_is_too_small_to_protect_a_school_nothing_of_the_country_is_shown(tmp_path):
    report = whole(report_of(tmp_path, country([3, 3])))
    assert (report["status"] == "hidden").all()
    assert report[["national_pupils", "national_mean"]].isna().all(axis=None)


@pytest.mark.slow
def test_a_figure_that_would_give_the_country_away_is_not_shown_where_the_country_is_not(tmp_path):
    made = country([3, 30])
    obliged = replace(
        obligations.nothing(made.pupils),
        blocks=made.pairs[settle.UNIT_OF_SUPPRESSION].drop_duplicates().assign(shown=[False, True], era=""),
    )
    publish(tmp_path, "2022M", made)
    settled = settle.Settled(made.pairs, tables.read(shown_tables.BLOCKS, tmp_path / "2022M"), made.pupils)
    schools = enrolment.read_register(tmp_path).schools
    report = whole(protect.protect(computed(made, settled, schools, obliged), obliged, SETTINGS).report)
    large = report.loc[school(1)]
    assert large["status"] == "shown"
    assert large["n_pupils"] == 30
    against = [name for name in FIGURES if name.startswith(("standardised", "reference", "effect", "reliab"))]
    assert large[[*against, "national_mean", "national_pupils"]].isna().all()


@pytest.mark.slow
@settings(max_examples=50)
@given(st.permutations([2, 5, 6, 7, 20, 30]))
def test_the_order_of_schools_decides_nothing_about_their_size(order):
    by_size = dict(zip(order, hidden_at(list(order)), strict=True))
    assert by_size == dict(zip([2, 5, 6, 7, 20, 30], hidden_at([2, 5, 6, 7, 20, 30]), strict=True))


@pytest.mark.slow
def test_the_order_of_the_rows_changes_nothing(tmp_path):
    made = country([4, 9, 25, 30, 28, 40, 12, 6, 6, 33])
    mixed = Country(made.pairs.sample(frac=1, random_state=1), made.pupils.sample(frac=1, random_state=2))
    one, other = publish(tmp_path / "a", "2022M", made), publish(tmp_path / "b", "2022M", mixed)
    pd.testing.assert_frame_equal(one.report, other.report)
    pd.testing.assert_frame_equal(one.boards, other.boards)
    pd.testing.assert_frame_equal(one.suppressed, other.suppressed)


@pytest.mark.slow
@pytest.mark.parametrize(("without", "shown", "percent"), [(0, 0, 95), (1, None, None), (5, None, None), (6, 6, 77)])
def test_counts_of_one_to_five_pupils_without_growth_are_hidden_with_their_share(tmp_path, without, shown, percent):
    row = whole(report_of(tmp_path, country([20, 30]), n_one_moment=without)).iloc[0]
    assert (None if pd.isna(row["n_without_growth"]) else row["n_without_growth"]) == shown
    assert (None if pd.isna(row["percent_with_growth"]) else row["percent_with_growth"]) == percent


@pytest.mark.slow
def test_percentages_are_between_five_and_ninety_five(tmp_path):
    report = whole(report_of(tmp_path, country([6, 400]), n_one_moment=300))
    assert report["percent_with_growth"].tolist() == [5, 57]
    report = whole(report_of(tmp_path, country([6, 400]), n_one_moment=6))
    assert report["percent_with_growth"].tolist() == [50, 95]


@pytest.mark.slow
def test_the_share_with_growth_is_hidden_where_one_of_two_scales_is(tmp_path):
    one = country([20, 30, 30])
    two = country([4, 12, 12], seed=1, scale="IEP-TAALVERZORGING")
    two = replace(two, pairs=two.pairs.assign(pupil_id="t" + two.pairs["pupil_id"]))
    both = Country(
        pd.concat([one.pairs, two.pairs]),
        pd.concat([one.pupils, two.pupils.assign(pupil_id="t" + two.pupils["pupil_id"])]),
    )
    report = whole(report_of(tmp_path, both, n_one_moment=6)).loc[school(0)].set_index("scale")
    assert report["status"].to_dict() == {"CITO-SP-3": "shown", "IEP-TAALVERZORGING": "hidden"}
    assert report["n_without_growth"].fillna(0).to_dict() == {"CITO-SP-3": 6, "IEP-TAALVERZORGING": 0}
    assert report["percent_with_growth"].isna().all(), "20 of 30 with growth would tell of the 4"


def test_figures_are_rounded_after_everything_else(tmp_path):
    made = country([20, 30, 25, 40, 12, 22, 18, 16, 28, 14])
    row = whole(report_of(tmp_path, made)).iloc[0]
    growth = made.pairs.groupby("brinvest")["growth"]
    means, within = growth.mean(), np.sqrt((growth.var() * (growth.size() - 1)).sum() / (225 - 10))
    assert row["mean_growth"] == round(means.iloc[0], 1)
    assert row["mean_growth_high"] == round(means.iloc[0] + 1.959963984540054 * within / np.sqrt(20), 1)
    assert row["standardised"] == round((means.iloc[0] - made.pairs["growth"].mean()) / means.std(), 2)


@pytest.mark.parametrize(
    ("n", "shown"),
    [(11, []), (12, ["p50"]), (23, ["p50"]), (24, ["p25", "p50", "p75"]), (59, ["p25", "p50", "p75"]),
     (60, ["p10", "p25", "p50", "p75", "p90"])],
)  # fmt: skip
def test_a_quantile_has_six_pupils_on_either_side(tmp_path, n, shown):
    made = country([n, 30])
    row = whole(report_of(tmp_path, made)).iloc[0]
    assert [name for name in ("p10", "p25", "p50", "p75", "p90") if pd.notna(row[name])] == shown
    growth = made.pairs.loc[made.pairs["brinvest"] == school(0), "growth"]
    for name in shown:
        assert min((growth < row[name] - 0.05).sum(), (growth > row[name] + 0.05).sum()) >= 5


@pytest.mark.slow
def test_results_on_two_scales_are_not_counted_where_the_school_is_hidden(tmp_path):
    made = country([5, 4, 4, 30])
    publish(tmp_path, "2022M", made)
    settled = settle.Settled(made.pairs, tables.read(shown_tables.BLOCKS, tmp_path / "2022M"), made.pupils)
    obliged = obligations.nothing(made.pupils)
    all_tables = computed(made, settled, enrolment.read_register(tmp_path).schools, obliged)
    rows = all_tables.coverage
    other = rows.assign(domain="rekenen_wiskunde", n_growth=0, n_other_scale=rows["n_pupils"])
    other["n_results_other_scale"] = 2 * other["n_pupils"]
    both = tables.conform(pd.concat([rows, other]), tables.COVERAGE)
    report = protect.protect(replace(all_tables, coverage=both), obliged, SETTINGS).report
    report = report[(report["domain"] == "rekenen_wiskunde")]
    assert (report["status"] == "other_scale").all()
    counts = report.set_index("brinvest")["n_results_other_scale"]
    assert counts.isna().tolist() == [True, True, True, False]
    assert counts.iloc[3] == 60


@pytest.mark.slow
def test_a_split_is_shown_whole_or_as_one_hidden_row(tmp_path):
    report = report_of(tmp_path, country([60, 64, 70, 75, 9, 25, 28], unknown=0.05))
    splits = report[report["trait"] != "all"]
    assert set(splits["status"]) == {"shown", "hidden"}
    for (_, trait), rows in splits.groupby(["brinvest", "trait"]):
        if (rows["status"] == "hidden").any():
            assert rows["value"].tolist() == ["all"]
        else:
            assert set(rows["value"]) == set(SETTINGS.subgroups[trait].values)
            assert rows["n_pupils"].min() >= 6


def with_classes(made: Country, *classes: str | None) -> Country:
    """The country with the pupils of the first school in these classes."""
    pairs = made.pairs.copy()
    first = pairs["brinvest"] == school(0)
    pairs["group"] = pairs["group"].astype(object)
    pairs.loc[first, "group"] = list(classes)
    return replace(made, pairs=tables.conform(pairs, tables.GROWTH))


@pytest.mark.parametrize(
    ("sizes", "rest", "status"),
    [
        ((20, 10), 0, {"shown"}),
        ((25, 5), 0, {"hidden"}),
        ((18, 9), 3, {"hidden"}),
        ((12, 12), 6, {"shown"}),
        ((30,), 0, set()),
    ],
)
def test_the_classes_of_a_school_are_shown_together_or_not_and_one_class_is_no_split(tmp_path, sizes, rest, status):
    classes = [name for name, n in zip("AB", sizes, strict=False) for _ in range(n)] + [None] * rest
    report = report_of(tmp_path, with_classes(country([30, 40, 50]), *classes))
    assert set(report.loc[report["trait"] == "group", "status"]) == status


@pytest.mark.slow
def test_a_board_adds_nothing_to_its_visible_schools(tmp_path):
    made = country([4, 9, 25, 30, 28, 40, 12, 50])
    protected = publish(tmp_path, "2022M", made)
    report = whole(protected.report)
    visible = report[report["status"] == "shown"]
    assert (report["status"].iloc[:4] == "hidden").sum() == 2, "two schools of the first board are hidden"
    board = protected.boards.set_index("board_number").loc["90000"]
    assert (board["n_schools_shown"], board["n_pupils"]) == (2, 55)
    shown = made.pairs[made.pairs["brinvest"].isin(visible.index[:2])]
    assert board["mean_growth"] == round(shown["growth"].mean(), 1)


@pytest.mark.slow
def test_why_a_unit_is_hidden_is_for_researchers_only(tmp_path):
    protected = publish(tmp_path, "2022M", country([4, 9, 25, 30, 12, 40]))
    reasons = whole(protected.suppressed)["reason"]
    # The first four schools are of one board: it would know two of three.
    protecting = dict.fromkeys([school(1), school(4), school(5)], "complementary")
    assert reasons.to_dict() == {school(0): "small_group"} | protecting
    assert "reason" not in protected.report
    rows = whole(protected.report).loc[[school(0), *protecting]]
    assert rows.nunique(dropna=False).eq(1).all(), "the small and the protecting school look the same"


def test_the_demo_hides_the_three_schools_of_at_most_five_pupils(analysed):
    report = tables.read(shown_tables.REPORT, analysed / "2022E")
    language = report[(report["domain"] == "begrijpend_lezen") & (report["trait"] == "all")]
    assert language["status"].value_counts().to_dict() == {"shown": 128, "hidden": 3}
    assert language.loc[language["status"] == "shown", "n_pupils"].min() == 6
