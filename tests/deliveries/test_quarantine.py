"""Every delivered row ends in exactly one state, whatever mix of deliveries comes."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nco.base.reading_settings import ValidationSettings
from nco.deliveries.quarantine import (
    QUARANTINED,
    RESULT,
    STATES,
    SUPERSEDED,
    USED,
    RefusedFile,
    account_table,
    no_rows,
    quarantine_table,
    rows_in,
    set_schools_aside,
    supersede,
)

SETTINGS = ValidationSettings(school_bad_share=0.25, school_bad_rows=3, growth_missing_share=0.5)
VENDOR_OF = {"99ZA00": "cito", "99ZB00": "esis"}


def rows(*records: dict) -> pd.DataFrame:
    """The frame of delivered rows; a record says what differs from a plain good row of the first file."""
    plain = {
        "vendor": "cito",
        "brinvest": "99ZA00",
        "pupil_id": "p1",
        "test_code": "BL-M8",
        "scale": "S",
        "test_date": "2022-01-19",
        "key": None,
        "eckid": None,
        "kept_out": None,
        "copy_of_earlier": False,
        "order": 1,
    }
    frame = pd.DataFrame([plain | record for record in records], columns=list(plain))
    frame["test_date"] = pd.to_datetime(frame["test_date"])
    return frame.assign(
        source_file=frame["vendor"] + "/" + frame["order"].astype("str") + ".csv",
        source_row=range(2, len(frame) + 2),
        bad=frame["kept_out"].notna() & (frame["kept_out"] != "date-outside-window"),
        has_result=frame["kept_out"].isna() & ~frame["copy_of_earlier"],
    ).astype({"kept_out": "str", "brinvest": "str", "pupil_id": "str", "key": "str", "copy_of_earlier": "bool"})


def states(*records: dict) -> list[str]:
    return supersede(rows(*records), VENDOR_OF)["state"].tolist()


CASES = {
    "a plain row is used": ([{}], [USED]),
    "a row that breaks a rule is quarantined": ([{"kept_out": "score-missing"}], [QUARANTINED]),
    "the later delivery of a result is the one used": (
        [{}, {"order": 2}, {"order": 3}],
        [SUPERSEDED, SUPERSEDED, USED],
    ),
    "another day, scale or test is another result": (
        [{}, {"order": 2, "test_date": "2022-01-20"}, {"order": 2, "scale": "T"}, {"order": 2, "test_code": "SP-M8"}],
        [USED] * 4,
    ),
    "a copy within the file is superseded": ([{}, {"copy_of_earlier": True}], [USED, SUPERSEDED]),
    "a good re-delivery supersedes a quarantined row": (
        [{"kept_out": "score-missing"}, {"order": 2}],
        [SUPERSEDED, USED],
    ),
    "also when what was wrong is the day": (
        [{"kept_out": "date-in-future", "test_date": "2032-01-19"}, {"order": 2}],
        [SUPERSEDED, USED],
    ),
    "a bad re-delivery leaves both": ([{}, {"order": 2, "kept_out": "score-missing"}], [USED, QUARANTINED]),
    "a bad row is not mended by a row of an earlier file": (
        [{"order": 2, "kept_out": "score-missing"}, {}],
        [QUARANTINED, USED],
    ),
    "the other half years of a test without a moment mend nothing": (
        [
            {"test_code": "BL", "kept_out": "score-missing"},
            {"test_code": "BL", "test_date": "2021-06-09"},
            {"test_code": "BL", "test_date": "2021-06-09", "order": 2},
        ],
        [QUARANTINED, SUPERSEDED, USED],
    ),
    "another pupil's row mends nothing": (
        [{"kept_out": "score-missing"}, {"order": 2, "pupil_id": "p2"}],
        [QUARANTINED, USED],
    ),
    "rows without a pupil mend nothing and are not mended": (
        [{"kept_out": "pupil-id-missing", "pupil_id": None}, {"order": 2}],
        [QUARANTINED, USED],
    ),
    "the same message key corrects the day": (
        [{"key": "r1"}, {"key": "r1", "order": 2, "test_date": "2022-01-20"}],
        [SUPERSEDED, USED],
    ),
    "the same message key of another pupil corrects nothing": (
        [{"key": "r1"}, {"key": "r1", "order": 2, "pupil_id": "p2"}],
        [USED, USED],
    ),
    "of two suppliers the school's own counts": (
        [{"vendor": "esis", "order": 9}, {"vendor": "cito"}],
        [SUPERSEDED, USED],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_state_of_a_row(case):
    records, wanted = CASES[case]
    assert states(*records) == wanted


def test_two_halves_of_one_test_are_both_used_and_superseded_together():
    halves = rows({}, {}, {"order": 2}, {"order": 2}).assign(has_result=[True, False, True, False])
    assert supersede(halves, VENDOR_OF)["state"].tolist() == [SUPERSEDED, SUPERSEDED, USED, USED]


def test_a_school_loses_its_other_rows_only_above_the_share_and_not_for_rows_outside_a_window():
    def share(n_bad: int, n_good: int, rule: str = "score-missing") -> int:
        delivered = [{"pupil_id": f"b{n}", "kept_out": rule} for n in range(n_bad)]
        delivered += [{"pupil_id": f"g{n}"} for n in range(n_good)]
        delivered += [{"pupil_id": "other", "brinvest": "99ZB00"}]
        settled, too_many = set_schools_aside(supersede(rows(*delivered), VENDOR_OF), {}, SETTINGS)
        assert settled["state"].iloc[-1] == USED
        assert len(too_many) == (settled["level"] == "school").any()
        return int((settled["state"] == USED).sum()) - 1

    assert share(3, 8) == 0
    assert share(3, 9) == 9  # exactly the share
    assert share(2, 2) == 2  # too few to say
    assert share(8, 2, "date-outside-window") == 2


def test_rows_that_were_mended_do_not_count_against_the_school():
    bad = [{"pupil_id": f"p{n}", "kept_out": "score-missing"} for n in range(5)]
    good = [{"pupil_id": f"p{n}", "order": 2} for n in range(5)]
    settled, too_many = set_schools_aside(supersede(rows(*bad, *good), VENDOR_OF), {}, SETTINGS)
    assert too_many.empty
    assert settled["state"].tolist() == [SUPERSEDED] * 5 + [USED] * 5


def test_the_tables_of_nothing_are_empty():
    settled, _ = set_schools_aside(supersede(no_rows(), VENDOR_OF), {}, SETTINGS)
    assert quarantine_table(settled, []).empty
    assert account_table(settled, []).empty


def test_a_refused_file_is_in_both_tables_with_its_rows():
    settled, _ = set_schools_aside(supersede(rows({}), VENDOR_OF), {}, SETTINGS)
    refused = [RefusedFile("cito", "cito/bad.csv", "identifier-bsn", 12)]
    assert quarantine_table(settled, refused)[["level", "rule", "n_rows"]].to_numpy().tolist() == [
        ["file", "identifier-bsn", 12]
    ]
    assert account_table(settled, refused)[["file", "n_rows", "n_used", "n_quarantined"]].to_numpy().tolist() == [
        ["cito/1.csv", 1, 1, 0],
        ["cito/bad.csv", 12, 0, 12],
    ]


@pytest.mark.parametrize(
    ("content", "n"),
    [
        (b"", 0),
        (b"header only\n", 0),
        (b"\xef\xbb\xbfa;b\r\n1;2\r\n\r\n3;4", 2),
        ("a;b\n1;2\n3;4\n".encode("utf-16"), 2),
        (b"PK\x03\x04\n\n\n", 0),
        (b'<?xml version="1.0"?><v xmlns:l="x"><l:resultaten><l:resultaat key="1"/><l:resultaat key="2">', 2),
    ],
)
def test_the_rows_of_an_unreadable_file_are_counted(tmp_path, content, n):
    (tmp_path / "file").write_bytes(content)
    assert rows_in(tmp_path / "file") == n
    assert rows_in(tmp_path / "none") == 0


RECORD = st.fixed_dictionaries(
    {
        "vendor": st.sampled_from(["cito", "esis"]),
        "brinvest": st.sampled_from(["99ZA00", "99ZB00", None]),
        "pupil_id": st.sampled_from(["p1", "p2", None]),
        "test_code": st.sampled_from(["BL", "SP-M8"]),
        "test_date": st.sampled_from(["2022-01-19", "2022-01-20"]),
        "key": st.sampled_from([None, "r1"]),
        "kept_out": st.sampled_from([None, None, None, "score-missing", "date-outside-window"]),
        "order": st.integers(1, 3),
    }
)


def delivered(records: list[dict]) -> pd.DataFrame:
    """Rows as a reader gives them: a row lacking something is kept out, and a copy within its file is marked."""
    frame = rows(*records)
    lacking = frame[["brinvest", "pupil_id"]].isna().any(axis=1) & frame["kept_out"].isna()
    frame["kept_out"] = frame["kept_out"].mask(lacking, "pupil-id-missing")
    good = frame["kept_out"].isna()
    copies = frame[good].duplicated([*RESULT, "source_file"])
    frame["copy_of_earlier"] = copies.reindex(frame.index, fill_value=False)
    frame["bad"] = ~good & (frame["kept_out"] != "date-outside-window")
    return frame.assign(has_result=good & ~frame["copy_of_earlier"])


def settle(frame: pd.DataFrame, refused: dict[str, str]) -> pd.DataFrame:
    return set_schools_aside(supersede(frame, VENDOR_OF), refused, SETTINGS)[0]


@pytest.mark.slow
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(records=st.lists(RECORD, min_size=1, max_size=25), refuse=st.booleans(), seed=st.randoms(use_true_random=False))
def test_rows_in_are_rows_used_quarantined_superseded_and_withdrawn_and_no_right_row_is_lost(records, refuse, seed):
    frame = delivered(records)
    refused = {"99ZB00": "approval-missing"} if refuse else {}
    settled = settle(frame, refused)
    account, quarantine = account_table(settled, []), quarantine_table(settled, [])

    assert settled["state"].isin(STATES).all()
    assert account["n_rows"].sum() == len(records)
    assert (account[[f"n_{state}" for state in STATES]].sum(axis=1) == account["n_rows"]).all()
    assert account.groupby("file")["n_rows"].sum().to_dict() == frame.groupby("source_file").size().to_dict()
    assert quarantine["n_rows"].sum() == account["n_quarantined"].sum() == (settled["state"] == QUARANTINED).sum()

    # no row that breaks a rule is used, no result twice, none of a refused school
    used = settled[settled["state"] == USED]
    assert used["kept_out"].isna().all()
    assert not used.duplicated([name for name in RESULT if name != "vendor"]).any()
    assert not used["brinvest"].isin(list(refused)).any()

    # of every test of a pupil with a good row, something is used or set aside with its school: never only superseded
    good = settled[settled["kept_out"].isna()]
    alive = good[good["state"].isin((USED, QUARANTINED))]
    tests = ["brinvest", "pupil_id", "test_code"]
    assert set(map(tuple, good[tests].to_numpy())) == set(map(tuple, alive[tests].to_numpy()))

    # the same tables again, in whatever order the rows came
    pd.testing.assert_frame_equal(quarantine_table(settle(frame, refused), []), quarantine)
    positions = list(range(len(frame)))
    seed.shuffle(positions)
    shuffled = frame.iloc[positions].reset_index(drop=True)
    pd.testing.assert_frame_equal(account_table(settle(shuffled, refused), []), account)
    pd.testing.assert_frame_equal(quarantine_table(settle(shuffled, refused), []), quarantine)
