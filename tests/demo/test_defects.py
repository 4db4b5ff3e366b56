"""The country with defects: every one is found at its place, nothing else is found, and every row is accounted for."""

import pandas as pd
import pytest

from nco.deliveries.validation import Validation, validate_round
from nco.demo import country, defects
from nco.demo.country import country_files
from nco.demo.defects.defect_kinds import KINDS
from nco.register.enrolment import read_register
from nco_utils.errors import UnusableInput

pytestmark = pytest.mark.slow

SCHOOLS, SEED = 80, 2
ROUNDS = ("2023E",)
PLACE = ["rule", "severity", "vendor", "file", "row", "column"]
# What domain.md, section 6, names of real deliveries -> the kinds of defect.
NAMED = {
    "lower-case BRIN": ["brin-lower-case"],
    "BRIN of no enrolled school": ["brin-not-enrolled"],
    "blank or wrong vestiging": ["location-blank", "location-wrong"],
    "date in another format, in the future, or outside its moment": [
        "date-notation",
        "date-future",
        "date-outside-moment",
    ],
    "M test in September": ["m-test-in-september"],
    "missing or unknown scale code": ["scale-missing", "scale-unknown"],
    "score on an old scale": ["scale-old"],
    "percentage in a score field": ["percentages"],
    "score out of range": ["score-out-of-range"],
    "decimal comma in a decimal-point file": ["decimal-comma"],
    "wrong encoding": ["encoding"],
    "wrong separator": ["separator"],
    "missing, renamed, extra or reordered column": [
        "column-missing",
        "column-renamed",
        "column-extra",
        "columns-reordered",
    ],
    "truncated file": ["file-cut", "message-cut"],
    "empty file": ["file-empty"],
    "header only": ["file-header-only"],
    "the same result twice": ["result-twice", "delivered-again"],
    "the same key with another score": ["result-conflict"],
    "two half-results of one test": ["half-results"],
    "a pupil at two schools in one year": ["pupil-at-two-schools"],
    "two pupils under one id": ["two-pupils-one-id"],
    "result without pupil": ["pupil-missing"],
    "a school whose approval is missing": ["approval-missing", "approval-late"],
    "a pupil with an objection": ["objection"],
    "a direct identifier in the file": ["bsn", "onderwijsnummer", "name", "birth-date", "email"],
}


class Delivered:
    """A data folder, the defects in it, and what the validation of its rounds found."""

    def __init__(self, folder, with_defects: bool):
        self.folder = folder
        self.demo = country_files.write_country(folder, SCHOOLS, SEED, with_defects, ROUNDS)
        self.rounds: dict[str, Validation] = {code: validate_round(code, folder) for code in ROUNDS}
        if with_defects:
            listed = pd.read_csv(folder / defects.LIST, dtype={"row": "Int64", "brinvest": str})
            self.listed = listed.fillna({"rule": ""})

    def found(self, code: str) -> set[tuple]:
        return places(self.rounds[code].findings)


def places(frame: pd.DataFrame) -> set[tuple]:
    values = frame[PLACE].astype(object)
    return set(map(tuple, values.where(values.notna(), None).to_numpy().tolist()))


@pytest.fixture(scope="module")
def delivered(tmp_path_factory) -> Delivered:
    return Delivered(tmp_path_factory.mktemp("defects") / "data", with_defects=True)


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> Delivered:
    return Delivered(tmp_path_factory.mktemp("clean") / "data", with_defects=False)


def test_every_defect_that_real_deliveries_have_is_a_kind():
    assert {name for names in NAMED.values() for name in names} <= {kind.name for kind in KINDS}


@pytest.mark.parametrize("name", [kind.name for kind in KINDS])
def test_every_defect_is_found_at_its_place(delivered, name):
    theirs = delivered.listed[delivered.listed["defect"] == name]
    assert not theirs.empty
    for code, listed in theirs[theirs["rule"] != ""].groupby("round"):
        assert places(listed) - delivered.found(code) == set(), code


@pytest.mark.parametrize("code", ROUNDS)
def test_nothing_is_found_where_no_defect_is(delivered, code):
    listed = delivered.listed[(delivered.listed["round"] == code) & (delivered.listed["rule"] != "")]
    assert delivered.found(code) - places(listed) == set()


@pytest.mark.big
@pytest.mark.parametrize("code", ROUNDS)
def test_a_country_without_defects_has_no_findings_and_every_row_is_used_or_withdrawn(clean, code):
    validation = clean.rounds[code]
    assert places(validation.findings) == set()
    assert validation.clean
    counts = validation.counts
    assert counts["withdrawn"] > 0
    assert counts["used"] == counts["rows"] - counts["withdrawn"] == len(validation.results)


@pytest.mark.big
def test_every_row_that_is_written_is_accounted_for(clean):
    assert sum(validation.counts["rows"] for validation in clean.rounds.values()) == clean.demo.results


@pytest.mark.parametrize("code", ROUNDS)
def test_rows_in_are_used_quarantined_superseded_or_withdrawn(delivered, code, capsys):
    validation = delivered.rounds[code]
    account = validation.account
    parts = account[["n_used", "n_quarantined", "n_superseded", "n_withdrawn"]].sum(axis=1)
    assert (account["n_rows"] == parts).all()
    assert len(validation.results) == account["n_used"].sum()
    with capsys.disabled():
        print(f"\n{code}: {validation.counts}")


@pytest.mark.big
def test_the_clean_rows_of_the_same_country_are_all_used(delivered, clean):
    """Of a school without a defect every row ends as in the country without defects."""
    touched = set(delivered.listed["brinvest"])
    for code in ROUNDS:
        found, expected = (
            each.rounds[code].account.groupby("brinvest")[["n_used", "n_withdrawn"]].sum()
            for each in (delivered, clean)
        )
        untouched = [school for school in expected.index if school not in touched]
        assert len(untouched) > SCHOOLS / 10
        pd.testing.assert_frame_equal(found.loc[untouched], expected.loc[untouched])


def test_rows_of_a_pupil_with_an_objection_are_withdrawn(delivered):
    for defect in delivered.listed[delivered.listed["defect"] == "objection"].itertuples():
        account = delivered.rounds[defect.round].account.set_index("brinvest")
        assert account.loc[[defect.brinvest], "n_withdrawn"].sum() > 0


def test_rows_that_were_delivered_again_are_superseded(delivered):
    for defect in delivered.listed[delivered.listed["defect"] == "delivered-again"].itertuples():
        account = delivered.rounds[defect.round].account.set_index("brinvest").loc[[defect.brinvest]]
        assert account["n_superseded"].sum() == account["n_used"].sum() > 0


def test_a_school_has_at_most_one_defect(delivered):
    kinds = delivered.listed[delivered.listed["round"] == "2023E"].groupby("brinvest")["defect"].nunique()
    assert (kinds == 1).all()


def test_the_list_points_into_files_that_are_there(delivered):
    for defect in delivered.listed.itertuples():
        assert (delivered.folder / "exports" / defect.round / defect.file).is_file()


def test_no_identifier_that_was_put_in_is_written_anywhere(delivered):
    findings = delivered.rounds["2023E"].findings.astype(str).to_csv()
    for value in ("voorbeeld.example", "Voorbeeld1", "300000", "101000"):
        assert value not in findings


def test_the_register_with_defects_can_be_read(delivered):
    assert len(read_register(delivered.folder).schools) == SCHOOLS


def test_a_country_too_small_for_every_defect_is_refused(tmp_path):
    with pytest.raises(UnusableInput, match="too few schools for every defect"):
        country_files.write_country(tmp_path / "data", 20, 1, with_defects=True)
    assert list(tmp_path.iterdir()) == []


def test_the_same_seed_puts_the_same_defects_in_the_same_places(tmp_path, delivered):
    planned = defects.plan(country.generate(SCHOOLS, SEED))
    again = {(task.defect.name, task.vendor, task.schools) for task in planned}
    assert again == {
        (task.defect.name, task.vendor, task.schools) for task in defects.plan(country.generate(SCHOOLS, SEED))
    }
    assert {name for name, _, _ in again} == set(delivered.listed["defect"])
