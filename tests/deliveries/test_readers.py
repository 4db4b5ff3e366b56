"""Readers and suites against the golden exports: every defect is found at its place, every clean row arrives."""

import pickle
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nco.base.failures import ExportError
from nco.deliveries import readers
from nco.deliveries.readers import cito, esis, uwlr
from nco.register.findings import BrokenFile, other_rules, suite_rules
from nco_utils.tables import RESULTS
from tests.support.golden import FAIL, GOLDEN, LATEST, PASS, PLACE, broken, checked, expected, places, together

HEADER = ",".join(cito.COLUMNS)
# Rules on the register, the round and several deliveries: tests of validation, crosschecks and quarantine.
NOT_OF_ONE_FILE = {
    "approval-late", "approval-missing", "pupil-at-two-schools", "pupil-id-shared", "pupil-without-background",
    "school-closed", "school-contract-late", "school-contract-missing", "school-not-delivered", "school-not-enrolled",
    "school-too-many-bad-rows", "vendor-other", "vestiging-unknown", "objection-unknown", "objection-other-key",
    "objection-nearly", "register-column-unknown", "register-file-unknown", "number-not-possible",
    "date-not-possible", "contracts-not-kept", "background-school-unknown",
    "message-date-not-possible", "message-other-school-year", "rows-of-earlier-years", "rows-too-old",
    "delivery-file-stray", "delivery-folder-stray", "delivery-folder-misspelled", "delivery-folder-within",
    "file-not-processed", "eckid-shared", "objection-elsewhere",
    "growth-none", "growth-one-moment", "growth-out-of-window", "growth-other-scale", "growth-other-grade",
}  # fmt: skip


@pytest.mark.parametrize("path", FAIL, ids=lambda path: path.stem)
def test_every_defect_is_found_at_its_place_and_nothing_else(path):
    if path.name in broken():
        findings = pd.DataFrame(broken()[path.name].findings)
    else:
        findings = together("findings")
        findings = findings[findings["file"] == path.name]
    wanted = expected().loc[expected()["file"] == path.name, PLACE]
    assert places(findings) == set(wanted.itertuples(index=False, name=None))
    assert not wanted.empty


@pytest.mark.parametrize("path", PASS, ids=lambda path: path.stem)
def test_a_clean_file_has_no_findings_and_all_its_rows_arrive(path):
    findings, results = together("findings"), together("results")
    assert findings[findings["file"] == path.name].empty
    rows = readers.read_raw(path).rows
    assert results.loc[results["source_file"] == path.name, "source_row"].tolist() == rows["source_row"].tolist()


@pytest.mark.parametrize("dialect", readers.DIALECTS, ids=lambda dialect: dialect.NAME)
def test_every_rule_of_a_suite_has_a_failing_file_in_its_dialect(dialect):
    findings = checked()[dialect.NAME].findings
    assert set(suite_rules(dialect.NAME)) <= set(findings["rule"])


def test_every_rule_on_a_file_has_a_failing_file():
    # A folder, below; files of some size, in test_readable; a complaint that the schema does not have.
    not_a_file = {"file-unreadable", "file-too-large", "row-too-long", "xml-structure"}
    found = {rule for error in broken().values() for rule in [each.rule for each in error.findings]}
    found |= set(together("findings")["rule"])
    assert set(other_rules()) - NOT_OF_ONE_FILE - not_a_file <= found
    assert len(FAIL) >= 45


def test_the_same_fault_has_the_same_rule_and_weight_in_every_dialect():
    suites = [suite_rules(dialect.NAME) for dialect in readers.DIALECTS]
    shared = set.intersection(*map(set, suites))
    assert len(shared) >= 20
    for rule in set.union(*map(set, suites)):
        kinds = {(suite[rule].severity, suite[rule].keeps_out) for suite in suites if rule in suite}
        assert len(kinds) == 1, rule


def test_a_row_arrives_exactly_when_no_rule_keeps_it_out():
    rows, found = together("rows"), together("findings")
    keeps_out = {rule for d in readers.DIALECTS for rule, known in suite_rules(d.NAME).items() if known.keeps_out}
    out = found[found["rule"].isin(keeps_out)]
    kept_out = set(zip(out["file"], out["row"], strict=True))
    used = set(zip(together("results")["source_file"], together("results")["source_row"], strict=True))
    for row in rows.itertuples():
        place = (row.source_file, row.source_row)
        assert pd.isna(row.kept_out) == (place not in kept_out)
        assert (place in used) == (pd.isna(row.kept_out) and not row.copy_of_earlier)
    copies = rows.loc[rows["copy_of_earlier"], ["source_file", "source_row"]].to_numpy().tolist()
    assert copies == [["result-twice.csv", 4], ["esis-result-twice.csv", 4], ["uwlr-result-twice.xml", 7]]


@pytest.mark.slow
def test_every_delivered_row_has_its_state_and_the_first_rule_that_keeps_it_out():
    delivered = [
        (path.name, row)
        for path in PASS + FAIL
        if path.name not in broken()
        for row in readers.read_raw(path).rows["source_row"]
    ]
    rows = together("rows")
    assert sorted(zip(rows["source_file"], rows["source_row"], strict=True)) == sorted(delivered)
    first = rows.set_index(["source_file", "source_row"])["kept_out"]
    assert first[("brinvest-missing.csv", 3)] == "brinvest-missing"
    assert first[("date-outside-window.csv", 3)] == "date-outside-window"


@pytest.mark.parametrize("name", ["result-conflict.csv", "esis-half-result.csv", "uwlr-half-result.xml"])
def test_one_file_read_by_itself_gives_what_it_gives_among_others(name):
    alone = readers.read_export(GOLDEN / "fail" / name)
    delivery = checked()[alone.dialect]
    assert places(alone.findings) == places(delivery.findings[delivery.findings["file"] == name])
    among = delivery.results[delivery.results["source_file"] == name].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.results, among)


def test_a_result_says_domain_moment_level_scale_and_school_year():
    results = together("results").set_index(["source_file", "source_row"])
    arithmetic = results.loc[("all-tests.csv", 4)]
    assert arithmetic[["domain", "moment", "test_level", "grade", "school_year"]].tolist() == [
        "rekenen_wiskunde", "E", "E7", 7, "2020-2021",
    ]  # fmt: skip
    assert arithmetic[["vendor", "provider", "scale", "score"]].tolist() == ["cito", "cito", "BDF-REKENEN-7", 20.0]
    above_level = results.loc[("test-below-grade.csv", 2)]
    assert (above_level["grade"], above_level["test_level"], above_level["moment"]) == (8, "M6", "M")


def test_a_test_without_a_moment_has_that_of_its_date_and_a_late_diataal_test_belongs_to_the_year_before():
    results = together("results").set_index(["source_file", "source_row"])
    facts = ["provider", "moment", "test_level", "grade", "school_year"]
    for file in ("providers.csv", "esis-all-tests.csv"):
        of_file = results.loc[file].set_index("provider", drop=False)
        assert of_file.loc["boom", facts].tolist() == ["boom", "M", "M8", 8, "2021-2022"]
        assert of_file.loc["diataal", facts].tolist() == ["diataal", "E", "E6", 6, "2020-2021"]
    message = results.loc["uwlr-all-tests.xml"].set_index("provider", drop=False)
    assert message.loc["boom", facts].tolist() == ["boom", "M", "M7", 7, "2021-2022"]
    assert message.loc["diataal", facts].tolist() == ["diataal", "E", "E6", 6, "2020-2021"]


def values_of(path: Path) -> set[str]:
    """Everything in the file that could be a pupil's: keys, numbers, names, scores, dates and free text."""
    text = path.read_bytes().decode("utf-8", errors="replace").split("<toetsen>")[0]
    pattern = r"LLN|Q7XK|@|^\d{9}$|\d{2}[.,]\d|\d{4}-\d\d-|\d\d-\d{4}|\d/|^[A-Z][a-z]+ [a-zA-Z. ]+$"
    agreed = {"2021-2022", "2022-08-01T06:00:00", "Begrijpend lezen", "?xml version=", "1.0", "utf-8"}
    return {value for value in re.split(r'[,;\t\n\r"<>]', text) if re.search(pattern, value)} - agreed


@pytest.mark.parametrize("path", FAIL, ids=lambda path: path.stem)
def test_no_message_holds_a_pupils_value(path):
    if path.name in broken():
        error = broken()[path.name]
        said = [str(error), repr(error)]
        assert error.__cause__ is None
        assert error.__context__ is None
    else:
        findings = together("findings")
        said = [str(value) for value in findings[findings["file"] == path.name].to_dict("split")["data"]]
    for value in values_of(path):
        assert not any(value in text.replace(path.name, "") for text in said)
    assert not any("Q7XK" in text or "LLN" in text for text in said)


def test_a_broken_file_names_file_row_column_and_what_to_do():
    with pytest.raises(ExportError) as raised:
        readers.read_export(GOLDEN / "fail" / "row-decimal-comma.csv")
    assert str(raised.value) == (
        "row-decimal-comma.csv, rij 3, kolom VAARDIGHEIDSSCORE: De rij heeft een veld te veel: "
        "de vaardigheidsscore heeft een decimale komma. Schrijf de score met een decimale punt."
    )
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # it crosses process borders


def test_a_folder_or_an_absent_file_is_an_export_error(tmp_path):
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(BrokenFile) as raised:
            readers.read_export(path)
        assert [found.rule for found in raised.value.findings] == ["file-unreadable"]
        assert raised.value.__context__ is None


def test_a_thousand_findings_of_one_rule_are_all_in_the_table(tmp_path):
    path = tmp_path / "many.csv"
    rows = [f"99ZA00,LLN-{n},8,BL-M8,2022-01-19,SCALE-{n},30,," for n in range(2500)]
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8-sig")
    findings = readers.read_export(path).findings
    assert findings["rule"].unique().tolist() == ["scale-unknown"]
    assert findings["row"].tolist() == list(range(2, 2502))


# --- what is written is read again ----------------------------------------------------------------

SCALES = {"cito": "CITO-{}-3", "boom": "BOOM-{}"}


@st.composite
def results_of_one_school(draw) -> pd.DataFrame:
    keys = draw(st.lists(st.tuples(st.integers(1, 30), st.sampled_from(["BL", "SP", "RW"])), min_size=1, unique=True))
    provider = draw(st.sampled_from(sorted(SCALES)))
    grades = draw(st.lists(st.integers(3, 8), min_size=len(keys), max_size=len(keys)))
    scores = draw(st.lists(st.integers(1010, 3200), min_size=len(keys), max_size=len(keys)))
    return pd.DataFrame(
        {
            "brinvest": "99ZA01",
            "pupil_id": [f"L-{pupil}&é" for pupil, _ in keys],
            "domain_code": [code for _, code in keys],
            "test_code": [code if provider == "boom" else f"{code}-M6" for _, code in keys],
            "provider": provider,
            "moment": "M",
            "grade": grades,
            "scale": [SCALES[provider].format(code) for _, code in keys],
            "test_date": pd.Timestamp("2022-01-19"),
            "school_year": "2021-2022",
            "score": [score / 10 for score in scores],
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("dialect", readers.DIALECTS, ids=lambda dialect: dialect.NAME)
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(results_of_one_school())
def test_what_a_dialect_writes_it_reads_again_without_a_finding(tmp_path, dialect, rows):
    path = tmp_path / "written"
    dialect.write(rows, path)
    delivery = readers.read_export(path)
    assert delivery.dialect == dialect.NAME
    assert delivery.findings.empty
    order = ["pupil_id", "test_code"]
    same = ["brinvest", "pupil_id", "test_code", "provider", "moment", "grade", "scale", "school_year", "score"]
    written = rows.sort_values(order)[same].to_numpy().tolist()
    assert delivery.results.sort_values(order)[same].to_numpy().tolist() == written


# --- order and parts ------------------------------------------------------------------------------

# What happens here happens behind the dialects: one shows it, the others do in `make test-all`.
SOME = [readers.DIALECTS[0], *(pytest.param(dialect, marks=pytest.mark.big) for dialect in readers.DIALECTS[1:])]


@pytest.mark.slow
@pytest.mark.parametrize("dialect", SOME, ids=lambda dialect: dialect.NAME)
def test_row_order_does_not_matter(dialect):
    names = [path.name for path in FAIL if path.name not in broken()]
    files = [readers.read_raw(GOLDEN / "fail" / name) for name in names]
    file = next(f for f in files if f.dialect is dialect and "result-conflict" in f.file)
    rows = pd.concat([f.rows for f in files if f.dialect is dialect], ignore_index=True).assign(source_file="one")
    rows["source_row"] = range(len(rows))
    both = [
        readers.check([readers.RawFile(dialect, "one", order, file.findings)], LATEST) for order in (rows, rows[::-1])
    ]
    pd.testing.assert_frame_equal(both[0].findings, both[1].findings)
    # Of two identical rows the first is used: which one that is depends on the order, what it says does not.
    results = [each.results.sort_values(list(RESULTS.key), ignore_index=True) for each in both]
    pd.testing.assert_frame_equal(*(each.drop(columns="source_row") for each in results))


@pytest.mark.slow
@pytest.mark.parametrize("dialect", SOME, ids=lambda dialect: dialect.NAME)
def test_splitting_a_delivery_over_files_does_not_matter(dialect):
    of_dialect = [readers.read_raw(path) for path in PASS]
    rows = pd.concat([file.rows for file in of_dialect if file.dialect is dialect], ignore_index=True)
    rows["source_row"] = range(len(rows))
    deliveries = []
    for n in (1, 3):
        parts = [rows.iloc[start::n].assign(source_file=f"part-{start}") for start in range(n)]
        files = [readers.RawFile(dialect, f"part-{place}", part, []) for place, part in enumerate(parts)]
        deliveries.append(readers.check(files, LATEST))
    assert all(delivery.findings.empty for delivery in deliveries)
    results = [
        each.results.drop(columns="source_file").sort_values("source_row", ignore_index=True) for each in deliveries
    ]
    pd.testing.assert_frame_equal(*results)


def test_a_result_that_two_files_have_is_there_twice_for_the_later_one_to_supersede(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes((GOLDEN / "pass" / "all-tests.csv").read_bytes())
    delivery = readers.check([readers.read_raw(tmp_path / name) for name in ("a.csv", "b.csv")], LATEST)
    assert delivery.findings.empty
    assert delivery.results["source_file"].tolist() == ["a.csv"] * 4 + ["b.csv"] * 4
    assert not delivery.rows["copy_of_earlier"].any()


# --- anything at all as a file --------------------------------------------------------------------

BYTES = [path.read_bytes() for path in PASS + FAIL]
HEADERS = [HEADER.encode(), ";".join(esis.COLUMNS).encode(), BYTES[-1][:400]]
MESSAGE = (GOLDEN / "pass" / "uwlr-all-tests.xml").read_bytes()
SETTINGS = {"suppress_health_check": [HealthCheck.function_scoped_fixture]}


@st.composite
def damaged_exports(draw) -> bytes:
    data = bytearray(draw(st.sampled_from(BYTES)))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        data[start : start + draw(st.integers(0, 20))] = draw(st.binary(max_size=8))
    return bytes(data)


anything = st.one_of(
    st.binary(),
    damaged_exports(),
    st.tuples(st.sampled_from(HEADERS), st.text()).map(lambda parts: parts[0] + b"\n" + parts[1].encode()),
    st.integers(0, len(MESSAGE)).map(lambda length: MESSAGE[:length]),
)


@pytest.mark.slow
@settings(max_examples=300, **SETTINGS)
@given(anything)
def test_any_bytes_are_read_or_refused_as_an_export(tmp_path, data):
    path = tmp_path / "any"
    path.write_bytes(data)
    try:
        raw = readers.read_raw(path)
    except ExportError as error:
        assert str(error).startswith("any")
        assert error.__context__ is None
    else:
        assert len(raw.rows) > 0


cells = st.one_of(
    st.sampled_from(["", "99ZA00", "99ZA", "LLN-1", "8", "BL-M8", "RW-E7", "2022-01-19", "0001-01-01", "9999-12-31"]),
    st.sampled_from(["BDF-TAAL", "BDF-REKENEN-8", "BOOM-BL", "37", "9" * 400, "-0.5", "M7", "II", "31-12-9999"]),
    st.text(st.characters(exclude_characters='",;\r\n@<&', exclude_categories=("Cc", "Cs")), max_size=6),
)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", SOME, ids=lambda dialect: dialect.NAME)
@settings(max_examples=4, **SETTINGS)
@given(st.data())
def test_any_cells_give_a_delivery(dialect, data):
    columns = dialect.COLUMNS
    row = st.lists(cells, min_size=len(columns), max_size=len(columns))
    rows = data.draw(st.lists(row, min_size=1, max_size=40))
    frame = pd.DataFrame(rows, columns=list(columns), dtype="str").replace("", pd.NA).astype("str")
    frame = frame.assign(source_file="any", source_row=range(len(rows)))
    if dialect is uwlr:
        frame = frame.assign(in_tests=True, described_once=True)
    delivery = readers.check([readers.RawFile(dialect, "any", frame, [])], LATEST)
    errors = delivery.findings.loc[delivery.findings["severity"] == "error", "row"]
    assert not set(delivery.results["source_row"]) & set(errors)
    assert len(delivery.rows) == len(rows)
    used = delivery.rows["kept_out"].isna() & ~delivery.rows["copy_of_earlier"]
    assert len(delivery.results) == used.sum()


# --- the class ------------------------------------------------------------------------------------


def test_a_class_has_the_name_that_the_supplier_gives_where_that_cannot_hold_a_person(tmp_path):
    names = ["5A", "Groep 5/6", "groep 7", "C", "5 A", "Juf Anna", "5A Jansen", ""]
    path, n = tmp_path / "groups.csv", len(names)
    lines = [
        f"99ZA;00;{5000 + i};1;8;{name};Begrijpend lezen;M8;19-01-2022;37,1;BDF-TAAL;;" for i, name in enumerate(names)
    ]
    path.write_text("\n".join([";".join(readers.esis.COLUMNS), *lines]) + "\n", encoding="cp1252")
    delivery = readers.read_export(path)
    groups = delivery.results["group"].astype(object).where(delivery.results["group"].notna(), None).tolist()
    assert len(groups) == n
    assert groups == ["5A", "Groep 5/6", "groep 7", "C", "5 A", None, None, None]


def test_a_supplier_without_classes_has_none():
    results = together("results")
    of_esis = results["vendor"] == "esis"
    assert results.loc[~of_esis, "group"].isna().all()
    assert results.loc[of_esis, "group"].notna().any()


# --- scores by category -----------------------------------------------------------------------------

FAULTS = [path.name for path in FAIL if "domain-scores" in path.name]


@pytest.mark.parametrize("name", FAULTS)
def test_domain_scores_with_a_fault_cost_the_domain_scores_of_that_result_and_never_the_result(name):
    alone = readers.read_export(GOLDEN / "fail" / name)
    assert len(alone.results) == len(alone.rows) == 2
    assert alone.domain_scores["domain_scores"].tolist() == [
        "getallen=12/20|verhoudingen=7/12|meten en meetkunde=8/15|verbanden=3/8"
    ]
    assert alone.domain_scores["source_row"].tolist() == alone.results["source_row"].tolist()[:1]


@pytest.mark.parametrize("name", ["domain-scores.csv", "esis-domain-scores.csv", "uwlr-domain-scores.xml"])
def test_the_same_domain_scores_arrive_from_every_dialect(name):
    alone = readers.read_export(GOLDEN / "pass" / name)
    assert alone.domain_scores["domain_scores"].tolist() == [
        "getallen=12/20|verhoudingen=7/12|meten en meetkunde=8/15|verbanden=3/8", "getallen=0/20|verbanden=8/8",
    ]  # fmt: skip
    first, _, third = alone.results["source_row"]
    assert alone.domain_scores["source_row"].tolist() == [first, third]


def test_a_part_of_a_test_in_a_message_without_the_result_that_it_is_of_is_told_and_is_no_result(tmp_path):
    text = (GOLDEN / "pass" / "uwlr-domain-scores.xml").read_text(encoding="utf-8")
    other_day = text.replace(
        "2022-01-19</afnamedatum><toetscode>RW-M8</toetscode><toetsonderdeelcode>verb",
        "2022-01-20</afnamedatum><toetscode>RW-M8</toetscode><toetsonderdeelcode>verb",
    )
    (path := tmp_path / "message.xml").write_text(other_day, encoding="utf-8")
    delivery = readers.read_export(path)
    assert set(delivery.findings["rule"]) == {"score-missing"}
    assert len(delivery.results) == 3
    assert "verbanden" not in "".join(delivery.domain_scores["domain_scores"])


@pytest.mark.parametrize("dialect", readers.DIALECTS, ids=lambda dialect: dialect.NAME)
def test_domain_scores_that_are_written_are_read_again(tmp_path, dialect):
    cells = ["begrijpen=3/9|samenvatten=0/7", None, "interpreteren=7/7"]
    rows = pd.DataFrame(
        {
            "brinvest": "99ZA01", "pupil_id": ["a", "b", "c"], "test_code": "BL-M6", "provider": "cito", "moment": "M",
            "grade": 6, "scale": "CITO-BL-3", "test_date": pd.Timestamp("2022-01-19"), "school_year": "2021-2022",
            "score": 173.2, "domain_scores": cells,
        }
    )  # fmt: skip
    dialect.write(rows, path := tmp_path / "written")
    delivery = readers.read_export(path)
    assert delivery.findings.empty and len(delivery.results) == 3
    assert delivery.domain_scores["domain_scores"].tolist() == [cell for cell in cells if cell]


@pytest.mark.parametrize("dialect", [cito, esis], ids=lambda dialect: dialect.NAME)
def test_an_export_without_domain_scores_lacks_no_column_and_gives_none(tmp_path, dialect):
    rows = pd.DataFrame(
        {
            "brinvest": ["99ZA01"], "pupil_id": "a", "test_code": "BL-M6", "provider": "cito", "moment": "M",
            "grade": 6, "scale": "CITO-BL-3", "test_date": pd.Timestamp("2022-01-19"), "school_year": "2021-2022",
            "score": 173.2,
        }
    )  # fmt: skip
    dialect.write(rows, path := tmp_path / "written")
    assert dialect.OPTIONAL[0] not in path.read_text(encoding="cp1252").splitlines()[0]
    delivery = readers.read_export(path)
    assert delivery.findings.empty and delivery.domain_scores.empty and len(delivery.results) == 1
