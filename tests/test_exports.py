"""Readers and suites against the golden exports in tests/exports: `expected.csv` lists every finding of every file."""

import json
import pickle
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nco_utils import exports, params
from nco_utils.errors import ExportError
from nco_utils.exports import cito
from nco_utils.exports.moments import in_window, school_years
from nco_utils.exports.rules import BrokenFile, expectations_file, other_rules, suite_rules
from nco_utils.exports.suites import broken_rows
from nco_utils.tables import RESULTS, conform

GOLDEN = Path(__file__).parent / "exports"
FAIL = sorted((GOLDEN / "fail").iterdir())
PASS = sorted((GOLDEN / "pass").iterdir())
HEADER = ",".join(cito.COLUMNS)
PLACE = ["rule", "severity", "row", "column"]


def places(findings: pd.DataFrame) -> set[tuple[str, ...]]:
    shown = findings[PLACE].astype("object").where(findings[PLACE].notna(), "").astype(str)
    return set(shown.itertuples(index=False, name=None))


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return pd.read_csv(GOLDEN / "expected.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def broken() -> dict[str, BrokenFile]:
    """The files that cannot be read at all."""
    found = {}
    for path in FAIL:
        try:
            exports.read_raw(path)
        except BrokenFile as error:
            found[path.name] = error
    return found


@pytest.fixture(scope="module")
def checked(broken) -> exports.Delivery:
    """All other golden files, in one call of the suite."""
    files = [exports.read_raw(path) for path in PASS + FAIL if path.name not in broken]
    return exports.check(files, date(2022, 10, 3))


@pytest.mark.parametrize("path", FAIL, ids=lambda path: path.stem)
def test_every_defect_is_found_at_its_place_and_nothing_else(path, expected, broken, checked):
    if path.name in broken:
        findings = pd.DataFrame(broken[path.name].findings)
    else:
        findings = checked.findings[checked.findings["file"] == path.name]
    wanted = expected.loc[expected["file"] == path.name, PLACE]
    assert places(findings) == set(wanted.itertuples(index=False, name=None))
    assert not wanted.empty


@pytest.mark.parametrize("path", PASS, ids=lambda path: path.stem)
def test_a_clean_file_has_no_findings_and_all_its_rows_arrive(path, checked):
    assert checked.findings[checked.findings["file"] == path.name].empty
    rows = exports.read_raw(path).rows
    arrived = checked.results.loc[checked.results["source_file"] == path.name, "source_row"]
    assert arrived.tolist() == rows["source_row"].tolist()


def test_every_rule_of_the_cito_suite_and_of_the_structure_has_a_failing_file(expected):
    between_tables = {"school-not-enrolled", "school-not-delivered", "pupil-without-background"}  # test_validation
    not_a_file = {"file-unreadable"}  # a folder; below
    rules = set(suite_rules("cito")) | set(other_rules())
    assert rules - between_tables - not_a_file == set(expected["rule"])


def test_a_row_arrives_exactly_when_no_rule_keeps_it_out(checked, broken):
    rules = {**suite_rules("cito"), **other_rules()}
    out = checked.findings[checked.findings["rule"].map(lambda rule: rules[rule].keeps_out)]
    kept_out = set(zip(out["file"], out["row"], strict=True))
    second_copies = {("result-twice.csv", 4)}
    delivered = {
        (path.name, row)
        for path in PASS + FAIL
        if path.name not in broken
        for row in exports.read_raw(path).rows["source_row"]
    }
    used = set(zip(checked.results["source_file"], checked.results["source_row"], strict=True))
    assert used == delivered - kept_out - second_copies


def test_one_file_read_by_itself_gives_what_it_gives_among_others(checked):
    path = GOLDEN / "fail" / "result-conflict.csv"
    alone = exports.read_export(path)
    assert alone.dialect == "cito"
    assert places(alone.findings) == places(checked.findings[checked.findings["file"] == path.name])
    among = checked.results[checked.results["source_file"] == path.name].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.results, among)


def test_a_result_says_domain_moment_level_scale_and_school_year(checked):
    results = checked.results.set_index(["source_file", "source_row"])
    arithmetic = results.loc[("all-tests.csv", 4)]
    assert arithmetic[["domain", "moment", "test_level", "grade", "school_year"]].tolist() == [
        "rekenen_wiskunde", "E", "E7", 7, "2020-2021",
    ]  # fmt: skip
    assert arithmetic[["vendor", "provider", "scale", "score"]].tolist() == ["cito", "cito", "BDF-REKENEN-7", 20.0]
    above_level = results.loc[("test-below-grade.csv", 2)]
    assert (above_level["grade"], above_level["test_level"], above_level["moment"]) == (8, "M6", "M")


def values_of(path: Path) -> set[str]:
    """Everything in the file that could be a pupil's: keys, scores, dates and free text."""
    text = path.read_bytes().decode("utf-8-sig", errors="replace")
    return {value for value in re.split(r'[,;\t\n\r"]', text) if re.search(r"LLN|Q7XK|\d{2}[.,]\d|\d{4}-\d|/", value)}


@pytest.mark.parametrize("path", FAIL, ids=lambda path: path.stem)
def test_no_message_holds_a_pupils_value(path, broken, checked):
    if path.name in broken:
        said = [str(broken[path.name]), repr(broken[path.name])]
        assert broken[path.name].__cause__ is None
        assert broken[path.name].__suppress_context__ or broken[path.name].__context__ is None
    else:
        findings = checked.findings[checked.findings["file"] == path.name]
        said = [str(value) for value in findings.to_dict("split")["data"]]
    for value in values_of(path):
        assert not any(value in text for text in said)
    assert not any("Q7XK" in text or "LLN" in text for text in said)


def test_a_broken_file_names_file_row_column_and_what_to_do():
    with pytest.raises(ExportError) as raised:
        exports.read_export(GOLDEN / "fail" / "row-decimal-comma.csv")
    assert str(raised.value) == (
        "row-decimal-comma.csv, rij 3, kolom VAARDIGHEIDSSCORE: De rij heeft een veld te veel: "
        "de vaardigheidsscore heeft een decimale komma. Schrijf de score met een decimale punt."
    )
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # it crosses process borders


def test_a_folder_or_an_absent_file_is_an_export_error(tmp_path):
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(BrokenFile) as raised:
            exports.read_export(path)
        assert [found.rule for found in raised.value.findings] == ["file-unreadable"]


def test_every_rule_has_an_id_of_its_own_and_both_languages():
    metas = [each["meta"] for suite in ("cito", "results") for each in expectations_file(suite)["expectations"]]
    metas += expectations_file("rules")["rules"]
    ids = [meta["rule"] for meta in metas]
    assert len(ids) == len(set(ids))
    for meta in metas:
        texts = [meta[language][part] for language in ("nl", "en") for part in ("message", "action")]
        assert all(text.endswith(".") for text in texts), meta["rule"]
        assert [sorted(re.findall(r"{(\w+)", text)) for text in texts[:2]] == [
            sorted(re.findall(r"{(\w+)", text)) for text in texts[2:]
        ]


def test_every_column_a_suite_names_is_delivered_or_derived():
    rows = cito.with_facts(exports.read_raw(PASS[0]).rows, params.load(), date(2022, 10, 3))
    for each in expectations_file("cito")["expectations"]:
        named = each["kwargs"].get("column_list") or [each["kwargs"]["column"]]
        assert set(named) <= set(rows.columns)
        assert each["meta"].get("column") in (None, *cito.COLUMNS)


def test_row_order_does_not_matter(tmp_path, broken):
    names = ["result-twice", "result-conflict", "date-outside-window", "score-out-of-range"]
    rows = [row for name in names for row in (GOLDEN / "fail" / f"{name}.csv").read_text("utf-8-sig").splitlines()[1:]]
    deliveries = []
    for order in (rows, rows[::-1]):
        path = tmp_path / "delivery.csv"
        path.write_text("\n".join([HEADER, *order]) + "\n", encoding="utf-8-sig")
        deliveries.append(exports.read_export(path))
    forward, backward = deliveries
    key = list(RESULTS.key)
    sort = [each.results.drop(columns="source_row").sort_values(key, ignore_index=True) for each in deliveries]
    pd.testing.assert_frame_equal(*sort)
    mirrored = backward.findings.assign(row=len(rows) + 3 - backward.findings["row"])
    assert places(mirrored) == places(forward.findings)


def test_splitting_a_delivery_over_files_does_not_matter(tmp_path):
    rows = (GOLDEN / "pass" / "all-tests.csv").read_text("utf-8-sig").splitlines()[1:]
    rows += (GOLDEN / "fail" / "result-twice.csv").read_text("utf-8-sig").splitlines()[1:]
    files = []
    for number, part in enumerate((rows[:5], rows[5:])):
        path = tmp_path / f"part-{number}.csv"
        path.write_text("\n".join([HEADER, *part]) + "\n", encoding="utf-8-sig")
        files.append(exports.read_raw(path))
    split = exports.check(files, date(2022, 10, 3))
    whole = tmp_path / "whole.csv"
    whole.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8-sig")
    together = exports.check([exports.read_raw(whole)], date(2022, 10, 3))
    source = ["source_file", "source_row"]
    pd.testing.assert_frame_equal(split.results.drop(columns=source), together.results.drop(columns=source))
    assert split.findings["rule"].tolist() == together.findings["rule"].tolist() == ["result-twice"] * 2


def test_a_thousand_findings_of_one_rule_are_all_in_the_table(tmp_path):
    path = tmp_path / "many.csv"
    rows = [f"99ZA00,LLN-{n},8,BL-M8,2022-01-19,SCALE-{n},30,," for n in range(2500)]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8-sig")
    findings = exports.read_export(path).findings
    assert findings["rule"].unique().tolist() == ["scale-unknown"]
    assert findings["row"].tolist() == list(range(2, 2502))


def test_a_school_year_begins_on_the_first_of_august():
    dates = pd.Series(pd.to_datetime(["2021-07-31", "2021-08-01", "2022-01-01"]))
    assert school_years(dates).tolist() == ["2020-2021", "2021-2022", "2021-2022"]


def test_a_window_over_new_year_includes_both_its_ends_and_a_leap_day():
    days = ["2021-11-30", "2021-12-01", "2022-01-01", "2022-02-28", "2020-02-29", "2022-03-01", None]
    inside = in_window(pd.Series(pd.to_datetime(days)), pd.Series(["M"] * 7), params.load().windows)
    assert inside.tolist()[:6] == [False, True, True, True, True, False]
    assert inside.isna().tolist() == [False] * 6 + [True]


# --- the suite of the canonical table -------------------------------------------------------------


def test_the_results_suite_says_exactly_what_the_table_declares():
    declared = set()
    for column in RESULTS.columns:
        if not column.nullable:
            declared.add((column.name, "expect_column_values_to_not_be_null", "{}"))
        if column.allowed:
            values = json.dumps({"value_set": list(column.allowed)})
            declared.add((column.name, "expect_column_values_to_be_in_set", values))
        if column.pattern:
            declared.add((column.name, "expect_column_values_to_match_regex", json.dumps({"regex": column.pattern})))
    declared.add((None, "expect_compound_columns_to_be_unique", json.dumps({"column_list": list(RESULTS.key)})))
    said = set()
    for each in expectations_file("results")["expectations"]:
        kwargs = dict(each["kwargs"])
        said.add((kwargs.pop("column", None), each["type"], json.dumps(kwargs)))
    assert said == declared


def test_every_rule_of_the_results_suite_can_fail(checked):
    good = conform(checked.results.head(1), RESULTS).astype("object")
    defects = [(None, None)]
    defects += [(column.name, None) for column in RESULTS.columns]
    defects += [(column.name, "wrong") for column in RESULTS.columns if column.allowed or column.pattern]
    rows = pd.concat([good.assign(**({name: value} if name else {})) for name, value in defects], ignore_index=True)
    rows["pupil_id"] = rows["pupil_id"].where(rows["pupil_id"].isna(), rows.index.astype(str))
    rows = pd.concat([rows, rows.head(1)], ignore_index=True)
    broken = broken_rows("results", rows, {})
    assert set(broken) == set(suite_rules("results"))
    assert broken["results-score-missing"].tolist() == [defects.index(("score", None))]
    assert broken["results-key-twice"].tolist() == [0, len(rows) - 1]


# --- anything at all as a file --------------------------------------------------------------------

GOLDEN_BYTES = [path.read_bytes() for path in PASS + FAIL]
SETTINGS = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture]}


@st.composite
def damaged_exports(draw) -> bytes:
    data = bytearray(draw(st.sampled_from(GOLDEN_BYTES)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 20))] = draw(st.binary(max_size=8))
    return bytes(data)


@settings(max_examples=150, **SETTINGS)
@given(st.one_of(st.binary(), damaged_exports(), st.text().map(lambda text: f"{HEADER}\n{text}".encode())))
def test_any_bytes_are_read_or_refused_as_an_export(tmp_path, data):
    path = tmp_path / "any.csv"
    path.write_bytes(data)
    try:
        raw = exports.read_raw(path)
    except ExportError as error:
        assert str(error).startswith("any.csv")
    else:
        assert len(raw.rows) > 0


cells = st.one_of(
    st.sampled_from(["", "99ZA00", "LLN-1", "8", "BL-M8", "RW-E7", "2022-01-19", "0001-01-01", "9999-12-31"]),
    st.sampled_from(["BDF-TAAL", "BDF-REKENEN-8", "37", "9" * 400, "-0.5", "M7", "II"]),
    st.text(st.characters(exclude_characters='",\r\n', exclude_categories=("Cc", "Cs")), max_size=6),
)


@settings(max_examples=4, **SETTINGS)
@given(st.lists(st.lists(cells, min_size=9, max_size=9), min_size=1, max_size=60))
def test_any_cells_give_a_delivery(tmp_path, rows):
    path = tmp_path / "any.csv"
    path.write_text("\n".join([HEADER, *map(",".join, rows)]) + "\n", encoding="utf-8-sig")
    delivery = exports.read_export(path)
    errors = delivery.findings.loc[delivery.findings["severity"] == "error", "row"]
    assert not set(delivery.results["source_row"]) & set(errors)
    assert len(delivery.results) + delivery.findings["row"].nunique() >= len(rows)
