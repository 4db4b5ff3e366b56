"""The suites themselves: rules with texts, on columns that are there, as the tables declare."""

import json

import pandas as pd
import pytest

from nco.base import all_settings
from nco.deliveries import readers
from nco.deliveries.readers import results_suite
from nco.deliveries.readers.coded import coded
from nco.deliveries.readers.suites import broken_rows
from nco.register.findings import expectations_file, other_rules, suite_rules
from nco_utils import params
from nco_utils.tables import RESULTS, conform
from tests.support.golden import LATEST, PASS, together

SUITES = (*(dialect.NAME for dialect in readers.DIALECTS), "results")


def metas(suite: str) -> list[dict]:
    return [each["meta"] for each in expectations_file(suite)["expectations"]]


def test_every_rule_has_an_id_of_its_own_and_texts():
    for suite in SUITES:
        ids = [meta["rule"] for meta in metas(suite)]
        assert len(ids) == len(set(ids)) == len(suite_rules(suite))
        assert not set(ids) & set(other_rules())
    for meta in [*(meta for suite in SUITES for meta in metas(suite)), *expectations_file("rules")["rules"]]:
        assert all(meta["nl"][part].endswith(".") for part in ("message", "action")), meta["rule"]


def test_every_column_a_suite_names_is_delivered_or_derived():
    files = [readers.read_raw(path) for path in PASS]
    for dialect in readers.DIALECTS:
        raw = next(file.rows for file in files if file.dialect is dialect)
        in_codes = raw.assign(**{name: coded(raw[name]) for name in (*dialect.COLUMNS, "source_file")})
        columns = {*raw.columns, *dialect.with_facts(in_codes, all_settings.load(), LATEST).columns}
        columns |= {"invisible_in", "damaged_in"}  # made of all of them, in exports.check
        for each in expectations_file(dialect.NAME)["expectations"]:
            condition = each["kwargs"].get("row_condition", {}).get("column", {}).get("name")
            assert {each["kwargs"]["column"], condition or each["kwargs"]["column"]} <= columns
            assert each["meta"].get("column") in (None, *dialect.COLUMNS, *dialect.OPTIONAL)


def test_the_file_of_the_results_suite_is_what_the_table_declares():
    path = params.project_root() / "expectations" / "results.json"
    assert path.read_text(encoding="utf-8") == results_suite.text(), "make docs"


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


@pytest.mark.slow
def test_every_rule_of_the_results_suite_can_fail():
    good = conform(together("results").head(1), RESULTS).astype("object")
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
