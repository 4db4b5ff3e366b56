"""What earlier reports showed of levels, and the mean level of schools of one schoolweging class."""

import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import class_levels, earlier_releases, history, shown_tables
from nco_utils import tables

SETTINGS = all_settings.load()
NOW, BEFORE = "2022-2023", "2021-2022"
ROW = dict.fromkeys(shown_tables.REPORT.column_names) | {
    "brinvest": "90AA00", "school_year": NOW, "domain": "spelling", "step": "M5-E5", "scale": "S", "trait": "all",
    "value": "all", "status": "shown", "n_pupils": 20, "mean_growth": 9.0, "mean_growth_low": 5.0,
    "mean_growth_high": 13.0, "mean_before_low": 99.0, "mean_before_high": 101.0,
}  # fmt: skip
HIDDEN = {name: None for name in ROW if name not in (*tables.UNIT_KEYS, "scale", "status")} | {"status": "hidden"}


def _report(*rows: dict) -> pd.DataFrame:
    return tables.conform(pd.DataFrame(rows, columns=shown_tables.REPORT.column_names), shown_tables.REPORT)


def _told(*reports: pd.DataFrame) -> list[tuple]:
    made = history.before(reports)
    return list(made[["school_year", "status", "mean_growth"]].itertuples(index=False, name=None))


THEN = ROW | {"school_year": BEFORE, "mean_growth": 8.0}


def test_a_year_before_is_told_as_its_own_report_told_it_and_not_as_a_later_one_does():
    later = ROW | {"school_year": BEFORE, "mean_growth": 8.4, "mean_before_low": None, "mean_before_high": None}
    assert _told(_report(ROW, later), _report(THEN)) == [(BEFORE, "shown", 8.0)]


def test_of_a_round_that_was_released_twice_the_last_release_counts():
    assert _told(_report(ROW), _report(THEN | {"mean_growth": 8.2}), _report(THEN)) == [(BEFORE, "shown", 8.2)]


def test_what_was_hidden_then_stays_hidden_and_without_any_figure():
    made = history.before([_report(ROW), _report(THEN | HIDDEN)])
    figures = made.drop(columns=["brinvest", "school_year", "domain", "step", "scale", "status"])
    assert made["status"].tolist() == ["hidden"]
    assert figures.isna().all(axis=None)


def test_splits_schools_that_are_gone_and_the_round_itself_are_not_in_it():
    split = THEN | {"trait": "sex", "value": "jongen"}
    gone = THEN | {"brinvest": "90ZZ00"}
    assert _told(_report(ROW), _report(split, gone), _report(ROW | {"step": "M4-E4"})) == []


def test_a_level_of_a_pupil_who_left_the_data_is_told_no_more(tmp_path, monkeypatch):
    """With what was withdrawn left out of the reading it would be: the protection is what takes it away."""
    pair = dict.fromkeys(tables.GROWTH.column_names) | {
        "brinvest": "90AA00", "pupil_id": "p", "school_year": BEFORE, "domain": "spelling", "step": "M5-E5",
        "scale": "S", "score_before": 100.0, "score_after": 108.0, "growth": 8.0,
    }  # fmt: skip
    tables_read = {
        shown_tables.REPORT.name: _report(THEN, THEN | {"step": "M4-E4"}),
        tables.GROWTH.name: pd.DataFrame([pair, pair | {"step": "M4-E4", "pupil_id": "q"}]),
    }
    monkeypatch.setattr(earlier_releases.tables, "read", lambda table, _: tables_read[table.name])
    nobody = pd.DataFrame({"brinvest": [], "pupil_id": []}, dtype=object)
    one = pd.DataFrame({"brinvest": ["90AA00"], "pupil_id": ["p"]})

    def steps(withdrawn: pd.DataFrame) -> list[str]:
        return history.before([_report(ROW), *earlier_releases.reports(["x"], tmp_path, withdrawn)])["step"].tolist()

    assert steps(nobody) == ["M5-E5", "M4-E4"]
    assert steps(one) == ["M4-E4"]


# --- schoolweging classes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weging", "name"), [(20, "20-27"), (26.99, "20-27"), (27, "27-29"), (40, "33-40"), (19.9, None), (None, None)]
)
def test_a_class_goes_from_its_lowest_value_up_to_the_next(weging, name):
    found = class_levels.names(pd.Series([weging], dtype="float64"), (20, 27, 29, 31, 33, 40))
    assert found.tolist() == [name]


def _country(boards: list[str], **facts) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """A school a board that is named, in one class, each ten points higher than the one before it."""
    codes = [f"90A{chr(65 + place)}00" for place in range(len(boards))]
    rows = [
        ROW | {"brinvest": code, "mean_before_low": 99.0 + 10 * n, "mean_before_high": 101.0 + 10 * n} | facts
        for n, code in enumerate(codes)
    ]
    schools = pd.DataFrame({"brinvest": codes, "board_number": boards, "sector": "bo"})
    return _report(*rows), schools, pd.Series("27-29", codes)


def _made(boards: list[str], least: int = 5) -> pd.DataFrame:
    report, schools, classes = _country(boards)
    return class_levels.by_class(report, schools, classes, least)


FIVE = ["66000", "66001", "66002", "66003", "66004"]


def test_the_level_of_a_class_is_the_mean_of_what_the_schools_reports_show_weighted_by_pupils():
    report, schools, classes = _country(FIVE)
    report.loc[0, "n_pupils"] = 60
    (row,) = class_levels.by_class(report, schools, classes, 5).to_dict("records")
    assert row["n_schools"] == 5
    assert row["level"] == pytest.approx((3 * 109 + 119 + 129 + 139 + 149) / 7, abs=0.05)


def test_a_class_of_fewer_schools_than_a_national_mean_needs_is_not_told():
    assert _made(FIVE[:4]).empty
    assert len(_made(FIVE[:4], least=4)) == 1, "the minimum is what takes it away"


def test_schools_that_are_hidden_have_no_part_in_a_class_and_are_not_counted():
    report, schools, classes = _country([*FIVE, "66005"])
    report.loc[5, "status"] = "hidden"
    assert class_levels.by_class(report, schools, classes, 5)["n_schools"].tolist() == [5]
    assert class_levels.by_class(report, schools, classes, 6).empty


def _subtracted(boards: list[str], least_others: int) -> list[float]:
    """What a board learns of the level of the only other school, by taking its own out of what is told."""
    report, schools, classes = _country(boards)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_levels, "_OTHERS", least_others)
        told = class_levels.by_class(report, schools, classes, 5)
    levels = ((report["mean_before_low"] + report["mean_before_high"]) / 2 + report["mean_growth"]).to_numpy()
    own = levels[[board == boards[0] for board in boards]]
    return [len(levels) * level - own.sum() for level in told["level"]]


def test_no_board_can_take_out_its_schools_and_be_left_with_one():
    """Without that rule the board of five reads the level of the sixth school from the class."""
    boards = [*["66000"] * 5, "66001"]
    assert _subtracted(boards, 0) == [pytest.approx(159.0, abs=0.5)]
    assert _subtracted(boards, class_levels._OTHERS) == []
    assert len(_made([*["66000"] * 4, "66001", "66002"])) == 1


def test_a_class_that_was_told_is_told_the_same_again_though_a_school_has_moved_to_another():
    """Told anew, six schools and then five of them: the difference is the level of the one that moved."""
    report, schools, classes = _country([*FIVE, "66005"])
    first = class_levels.by_class(report, schools, classes, 5)
    classes["90AF00"] = "29-31"
    anew = class_levels.by_class(report, schools, classes, 5)
    moved = 6 * first["level"].item() - 5 * anew["level"].item()
    assert moved == pytest.approx(159.0, abs=0.6)
    assert class_levels.steady(anew, [first], NOW)["level"].tolist() == first["level"].tolist()


def test_levels_of_earlier_years_stay_and_those_of_later_ones_are_not_in_a_report_of_before():
    now = _made(FIVE)
    then, later = (now.assign(school_year=year) for year in (BEFORE, "2023-2024"))
    assert class_levels.steady(now, [then, later], NOW)["school_year"].tolist() == [BEFORE, NOW]


def test_what_a_release_told_of_classes_is_kept_with_it_and_an_older_one_without_is_read_as_telling_nothing(tmp_path):
    made = _made(FIVE)
    for name in earlier_releases._KEPT:
        (tmp_path / "2023E").mkdir(exist_ok=True)
        (tmp_path / "2023E" / name).write_bytes(b"x")
    earlier_releases.keep("2023E", tmp_path)
    assert earlier_releases.is_kept("2023E", tmp_path)
    assert earlier_releases.told(shown_tables.CLASS_LEVELS, ["2023E/published/1"], tmp_path) == []
    tables.write(made, shown_tables.CLASS_LEVELS, tmp_path / "2023E")
    assert not earlier_releases.is_kept("2023E", tmp_path)
    earlier_releases.keep("2023E", tmp_path)
    assert earlier_releases.is_kept("2023E", tmp_path)
    (found,) = earlier_releases.told(shown_tables.CLASS_LEVELS, ["2023E/published/1", "2023E/published/2"], tmp_path)
    assert found.equals(made)
