"""What schools and suppliers are told of a whole round, from delivered files to the pages."""

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from nco.base.dutch import texts
from nco.deliveries.delivery_matters import BREACH, FOLDER
from nco.deliveries.delivery_report import COUNTS, STATES
from nco.deliveries.readers import DIALECTS, cito
from nco.deliveries.validation import Validation, validate_round
from nco.register.findings import ACTORS, expectations_file, other_rules, suite_rules
from nco.release.pages import delivery_files, delivery_page
from nco.render import accepted

TODAY = date(2022, 8, 15)  # after the export of 2022E, before its publication
HEADER = ",".join(cito.COLUMNS)
SCHOOLS = ("99ZA00", "99ZB00", "99ZC00", "99ZC01", "99ZD00")
SECRET = "LLN-Q7XK"
DAYS = {"E7": "2021-06-09", "M8": "2022-01-19"}


def row(school: str, pupil: str = "1", code: str = "BL-M8", score: str = "37.125", day: str = "") -> str:
    grade = code[-1]
    return f"{school},{SECRET}-{pupil},{grade},{code},{day or DAYS[code[-2:]]},BDF-TAAL,{score},,"


@pytest.fixture(scope="module", autouse=True)
def one_shell() -> Iterator[None]:
    """The page around the reports, which takes seconds, is made once."""
    make, made = delivery_page.shell, {}

    def shell(round_, notice, folder, title=""):
        if (notice, title) not in made:
            made[notice, title] = make(round_, notice, folder, title)
        return made[notice, title]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery_page, "shell", shell)
        yield


@pytest.fixture
def data(tmp_path) -> Path:
    return folder_of(tmp_path)


def folder_of(folder: Path, **register: str) -> Path:
    """A data folder of five schools that take part; register: other contents of its files."""
    schools = "".join(f"{code},School {code},99801,bo,Openbaar,cito\n" for code in SCHOOLS)
    files = {
        "boards": "board_number,board_name\n99801,Bestuur Een\n",
        "schools": f"brinvest,school_name,board_number,sector,denomination,vendor\n{schools}",
        "approvals": "brinvest,school_year,approved_on\n"
        + "".join(f"{code},2021-2022,2022-03-01\n" for code in SCHOOLS),
        "objections": "brinvest,pupil_id,received_on\n",
    } | register
    for name, text in files.items():
        place = folder / "register" / f"{name}.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    background = folder / "background/pupils.csv"
    background.parent.mkdir(exist_ok=True)
    background.write_text("brinvest,pupil_id,sex,ses_class,minority,repeated_grade\n", encoding="utf-8")
    return folder


def deliver(data: Path, name: str, *rows: str, header: str = HEADER, vendor: str = "cito") -> None:
    folder = data / "exports" / "2022E" / vendor
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")


def written(data: Path, today: date = TODAY) -> tuple[Path, Validation]:
    validation = validate_round("2022E", data)
    return delivery_files.write(validation, "2022E", data, today), validation


def report(folder: Path, name: str) -> dict:
    kind = "suppliers" if "/" in name or name in ("cito", "esis", "parnassys") else "schools"
    return json.loads((folder / kind / f"{name}.json").read_text(encoding="utf-8"))


def said(folder: Path, name: str) -> str:
    """What a reader of the page sees, without layout."""
    kind = "suppliers" if name in ("cito", "esis", "parnassys") else "schools"
    tree = etree.HTML((folder / kind / f"{name}.html").read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", " ".join(tree.xpath("//main//text()")))


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def matters(found: dict) -> list[dict]:
    return [matter for kind in ("errors", "checks", "others", "notes") for matter in found[kind]]


def in_good_order(data: Path, *schools: str) -> None:
    """Two pupils of each school with both tests of a step."""
    tests = [row(school, pupil, code) for school in schools for pupil in "12" for code in ("BL-E7", "BL-M8")]
    deliver(data, "goed.csv", *tests)


# A refused file and its schools


def test_a_refused_file_is_told_to_the_schools_in_its_column_with_their_rows(data):
    in_good_order(data, "99ZA00", "99ZC00", "99ZC01")
    refused = [row("99ZB00"), row("99ZB00", "2"), row("99ZD00"), row("98XX00")]
    deliver(data, "bestuur.csv", *refused, header=HEADER.replace("SCHAAL", "SCHAALCODE"))
    folder, _ = written(data)
    for school, n in (("99ZB00", 2), ("99ZD00", 1)):
        (matter,) = report(folder, school)["errors"]
        assert (matter["rule"], matter["n_rows"]) == ("column-renamed", n)
        assert matter["message"].startswith("Een bestand waarin ook uw school staat, is geweigerd: de kolom op plaats")
        assert report(folder, school)["counts"] == dict(zip(COUNTS, (n, 0, n, 0, 0), strict=True))
        assert "Geweigerd: 1 bestand met de code van uw school." in said(folder, school)
        assert "cito/bestuur.csv (geweigerd)" in said(folder, school)
        assert "Misschien" not in said(folder, school)
    assert "geweigerd" not in said(folder, "99ZA00")
    assert "bestuur.csv" not in said(folder, "99ZC00")
    assert report(folder, "cito")["errors"][0]["n_rows"] == 4
    assert report(folder, "cito")["errors"][0]["schools"] == ["99ZB00", "99ZD00"]


def test_a_file_that_can_only_be_known_by_its_name_is_told_to_that_school(data):
    in_good_order(data, "99ZA00")
    (data / "exports/2022E/cito/99ZB00-2022E.csv").write_bytes(b"PK\x03\x04 zip")
    folder, _ = written(data)
    assert "Uw bestand is geweigerd: de eerste regel is van geen bekende levering." in said(folder, "99ZB00")
    assert "cito/99ZB00-2022E.csv (geweigerd) onbekend 0 onbekend" in said(folder, "99ZB00")
    assert report(folder, "99ZB00")["state"] == "refused"
    assert report(folder, "99ZC00")["state"] == "nothing"
    assert "Misschien" not in said(folder, "99ZC00")  # it names another school


@pytest.mark.slow
def test_a_file_of_which_no_school_can_be_seen_is_told_to_those_who_may_be_in_it(data):
    in_good_order(data, "99ZA00")
    (data / "exports/2022E/cito/alles.csv").write_bytes(b"PK\x03\x04 zip")
    folder, _ = written(data)
    assert "Misschien zitten de resultaten van uw school daarin." in said(folder, "99ZB00")
    assert "Misschien" not in said(folder, "99ZA00")
    # A text in which its code does not stand cannot hold the school.
    (data / "exports/2022E/cito/alles.csv").write_text("onzin\n99ZC00\n", encoding="utf-8")
    folder, _ = written(data)
    assert "Misschien" not in said(folder, "99ZB00")
    assert "Misschien" in said(folder, "99ZC00")


def test_a_message_that_is_refused_is_told_to_the_school_in_its_head(data):
    in_good_order(data, "99ZA00")
    message = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<leerresultaten_verzoek xmlns="http://www.edustandaard.nl/leerresultaten/2/leerresultaten">\n'
        "<school><schooljaar>2021-2022</schooljaar><brincode>99ZB</brincode></school>\n<resultaat>"
    )
    place = data / "exports/2022E/parnassys/export.xml"
    place.parent.mkdir()
    place.write_text(message, encoding="utf-8")
    folder, _ = written(data)
    (matter,) = report(folder, "99ZB00")["errors"]
    assert matter["rule"].startswith("xml-")
    assert matter["who"] == "uw leverancier (ParnasSys)"
    assert matter["n_rows"] == 1


def test_a_folder_with_a_schools_code_that_is_not_read_is_told_to_that_school(data):
    in_good_order(data, "99ZA00")
    (data / "exports/2022E/cito/99ZB00").mkdir()
    folder, _ = written(data)
    assert "delivery-folder-within" in {matter["rule"] for matter in report(folder, "99ZB00")["errors"]}
    assert "delivery-folder-within" not in {matter["rule"] for matter in matters(report(folder, "99ZC00"))}


@pytest.mark.slow
def test_a_breach_comes_first_and_its_value_is_nowhere(data):
    numbers = [f"{n:09d}" for n in range(100_000_000, 100_020_000) if _eleven(f"{n:09d}")][:20]
    in_good_order(data, "99ZA00", "99ZC00", "99ZC01", "99ZD00")
    many = [row("99ZB00", str(n), score="999") for n in range(40)]
    deliver(data, "veel.csv", *many)
    breach = [f"{row('99ZB00', f'b{n}')},{number}" for n, number in enumerate(numbers)]
    deliver(data, "bsn.csv", *breach, header=f"{HEADER},NUMMER")
    folder, _ = written(data)
    for name in ("99ZB00", "cito"):
        rules = [(matter["rule"], matter["n_rows"]) for matter in report(folder, name)["errors"]]
        assert rules[0] == ("identifier-bsn", 20)
        assert dict(rules)["score-out-of-range"] == 40  # more rows, and yet after it
        assert report(folder, name)["state"] == "breach"
    assert "Uw bestand is geweigerd: het bestand bevat burgerservicenummers" in said(folder, "99ZB00")
    assert "Wis die." in said(folder, "99ZB00")
    for path in folder.rglob("*.*"):
        content = path.read_text(encoding="utf-8-sig")
        assert SECRET not in content
        assert not any(number in content for number in numbers)


def _eleven(digits: str) -> bool:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


# Who is asked what


def test_every_rule_says_who_can_act_on_it():
    rules = list(expectations_file("rules")["rules"])
    rules += [each["meta"] for dialect in DIALECTS for each in expectations_file(dialect.NAME)["expectations"]]
    for rule in rules:
        assert rule["who"], rule["rule"]
        assert set(rule["who"]) <= set(ACTORS), rule["rule"]
    assert "supplier" in other_rules()["identifier-bsn"].who


def test_the_same_fault_is_for_the_same_people_in_every_dialect():
    suites = [suite_rules(dialect.NAME) for dialect in DIALECTS]
    for rule in set.union(*map(set, suites)):
        assert len({suite[rule].who for suite in suites if rule in suite}) == 1, rule


def test_no_text_for_a_school_or_supplier_sends_it_to_a_file_of_nco():
    """Whoever may read a rule's action as something to do reads nothing of NCO's own files."""
    own = re.compile(r"register|background|schools\.csv|objections|approvals|in de map van de")
    for rule in other_rules().values():
        for reader in ("school", "supplier"):
            if reader in rule.who or (reader == "school" and "supplier" in rule.who):
                assert not own.search(rule.told.get(reader, rule.action)), (rule.id, reader)


def test_what_only_nco_can_mend_is_nobody_elses_to_do(data):
    (data / "register/objections.csv").write_text(
        f"brinvest,pupil_id,received_on\n99ZA00,{SECRET.lower()}-1,2022-03-01\n99ZB00,anders,2022-03-01\n",
        encoding="utf-8",
    )
    in_good_order(data, *SCHOOLS)
    deliver(data, "onbekend.csv", row("98XX00"), row("99ZA00", "3"))
    folder, validation = written(data)
    found = set(validation.findings["rule"])
    assert {"objection-nearly", "objection-other-key", "objection-unknown", "pupil-without-background"} <= found
    nco = {rule.id for rule in other_rules().values() if rule.who == ("nco",)}
    for name in (*SCHOOLS, "cito"):
        told = report(folder, name)
        asked = {matter["rule"] for matter in (*told["errors"], *told["checks"], *told["notes"])}
        assert not asked & nco
        assert not re.search(r"register/|background/|schools\.csv|objections\.csv", said(folder, name))
        csv_text = next(folder.rglob(f"{name}.csv")).read_text(encoding="utf-8-sig")
        assert not re.search(r"register/|background/|objections\.csv", csv_text)
    (matter,) = report(folder, "99ZA00")["others"]  # rows do not count for it, so it is told
    assert (matter["rule"], matter["n_rows"], matter["who"]) == ("objection-nearly", 2, "NCO")
    assert not any("rij" in place for place in matter["places"])  # not which pupil


@pytest.mark.parametrize(
    ("today", "kind", "until"), [(date(2022, 7, 1), "errors", "2022-07-31"), (TODAY, "others", None)]
)
def test_an_approval_can_be_given_until_its_own_last_day(data, today, kind, until):
    approvals = data / "register/approvals.csv"
    approvals.write_text(approvals.read_text().replace("99ZB00,2021-2022,2022-03-01\n", ""), encoding="utf-8")
    in_good_order(data, *SCHOOLS)
    folder, _ = written(data, today)
    told = report(folder, "99ZB00")
    (matter,) = told[kind]
    assert (matter["rule"], matter["until"], matter["n_rows"]) == ("approval-missing", until, 4)
    assert [matter["rule"] for matter in report(folder, "cito")["others"]] == ["approval-missing"]
    if kind == "others":
        assert "Er is nu niets wat u zelf moet herstellen." in said(folder, "99ZB00")
        assert "Uiterlijk" not in said(folder, "99ZB00")


# Nothing to do


def test_nothing_is_to_be_done_only_where_every_pupil_has_growth(data):
    in_good_order(data, "99ZA00", "99ZB00")
    deliver(data, "half.csv", row("99ZC00", "1", "BL-M8"), row("99ZD00", "1", "BL-E7"), row("99ZD00", "1", "BL-M8"))
    folder, _ = written(data)
    assert "Alles is gebruikt: 4 rijen. U hoeft niets te doen." in said(folder, "99ZA00")
    assert "U hoeft niets te doen." in said(folder, "99ZD00")
    assert "U hoeft niets te doen" not in said(folder, "99ZC00")
    assert "Wel is er niet van elke leerling leergroei" in said(folder, "99ZC00")
    assert "U hoeft niets te doen" not in said(folder, "cito")


WITHOUT_GROWTH = {
    "one_moment": ([("BL-M8", {})], "growth-one-moment"),
    "out_of_window": ([("BL-M8", {}), ("BL-E7", {"day": "2021-04-09"})], "growth-out-of-window"),
    "other_grade": ([("BL-M8", {}), ("BL-E6", {"day": "2021-06-09"})], "growth-other-grade"),
}


@pytest.mark.slow
@pytest.mark.parametrize("reason", WITHOUT_GROWTH)
@pytest.mark.parametrize("n", [5, 6])
def test_a_group_without_growth_is_named_when_it_is_as_large_as_what_may_be_shown(data, reason, n):
    tests, rule = WITHOUT_GROWTH[reason]
    in_good_order(data, "99ZA00")
    good = [row("99ZA00", f"g{n}", code) for n in range(40) for code in ("BL-E7", "BL-M8")]
    bad = [row("99ZB00", f"b{n}", code, **kw) for n in range(n) for code, kw in tests]
    deliver(data, "meer.csv", *good, *bad)
    folder, _ = written(data)
    found = {matter["rule"]: matter for matter in report(folder, "99ZB00")["checks"]}
    assert (rule in found) == (n == 6)
    assert ("growth-none" in found) == (n == 6)
    assert "U hoeft niets te doen" not in said(folder, "99ZB00")
    if n == 6:
        assert found[rule]["places"] == ["begrijpend lezen, van eind groep 7 naar midden groep 8"]
        csv_lines = lines(folder / "schools/99ZB00.csv")
        assert [line[11] for line in csv_lines if line[0] == rule] == found[rule]["places"]


# Counts, pages and files


def check_counts(folder: Path, validation: Validation, delivered: dict[str, int]) -> None:
    """Everything adds up: per file, school and supplier, in JSON, CSV, page and index."""
    account = validation.account
    assert (account["n_rows"] == account[list(COUNTS[1:])].sum(axis=1)).all()
    assert account.groupby("file")["n_rows"].sum().to_dict() == delivered
    assert account["n_quarantined"].sum() == validation.quarantine["n_rows"].sum()
    totals = {}
    for kind, column in (("suppliers", "vendor"), ("schools", "brinvest")):
        for path in (folder / kind).glob("*.json"):
            found = json.loads(path.read_text(encoding="utf-8"))
            own = account[account[column] == path.stem]
            assert found["counts"] == {name: int(own[name].sum()) for name in COUNTS}
            assert found["counts"]["n_rows"] == sum(list(found["counts"].values())[1:])
            assert [sum(line["counts"][n] for line in found["files"]) for n in range(5)] == list(
                found["counts"].values()
            )
            counted = lines(path.with_name(f"{path.stem}-telling.csv"))[1:]
            assert [sum(int(line[n]) for line in counted) for n in range(3, 8)] == list(found["counts"].values())
            totals[kind, path.stem] = list(found["counts"].values())
            # What the page tells is what the CSV tells.
            told = lines(path.with_suffix(".csv"))[1:]
            assert {line[0] for line in told} == {matter["rule"] for matter in matters(found)}
            lost = [matter["n_rows"] for matter in matters(found)]
            assert all(n <= found["counts"]["n_quarantined"] for n in lost)
            breaches = [matter["rule"].startswith(BREACH) for matter in found["errors"]]
            assert breaches == sorted(breaches, reverse=True)
            rest = [m["n_rows"] for m in found["errors"] if not m["rule"].startswith(BREACH)]
            assert rest == sorted(rest, reverse=True)
            # Rows that are set aside are always explained.
            assert bool(found["counts"]["n_quarantined"]) <= bool(found["errors"] or found["others"] or any(lost))
            if "U hoeft niets te doen." in found["summary"]:
                assert not found["counts"]["n_quarantined"]
                assert not found["errors"] + found["checks"] + found["others"]
    index = lines(folder / "index.csv")[1:]
    for kind, word in (("suppliers", "leverancier"), ("schools", "school")):
        assert {line[1]: list(map(int, line[7:])) for line in index if line[0] == word} == {
            name: counts for (of, name), counts in totals.items() if of == kind
        }
    tree = etree.HTML((folder / "index.html").read_text(encoding="utf-8"))
    for table in tree.xpath("//table"):
        cells = [cell.replace(".", "") for cell in table.xpath(".//tbody/tr[last()]//td//text()") if cell.strip()]
        assert [int(cell) for cell in cells] == [
            validation.counts[name] for name in ("rows", "used", "quarantined", "superseded", "withdrawn")
        ]
        body = [
            [int(cell.replace(".", "")) for cell in row_.xpath("./td[position() > last() - 5]/text()")]
            for row_ in table.xpath(".//tbody/tr")
        ]
        assert [sum(column) for column in zip(*body[:-1], strict=True)] == [int(cell) for cell in cells]


SCHOOL = st.sampled_from((*SCHOOLS, "98XX00", "99ZA", "", "zeven"))
TEST = st.tuples(
    SCHOOL,
    st.sampled_from("1234"),
    st.sampled_from(["BL-M8", "BL-E7", "XX-M8"]),
    st.sampled_from(["37.125", "38", "999", "", "1,5"]),
    st.sampled_from(["", "", "2022-03-20", "19-01-2022"]),
)
HARM = st.sampled_from(["", "", "", "column", "separator", "birth", "cut", "empty", "zip"])
FILE = st.tuples(st.lists(TEST, min_size=1, max_size=8), HARM, st.sampled_from(["a", "b-99ZB00", "c-99ZC"]))


def put(data: Path, number: int, tests: list[tuple], harm: str, name: str) -> tuple[str, int]:
    """Write a file with a defect; return its name and how many rows a reader of it would count."""
    file = f"{number}-{name}.csv"
    rows = [row(*test[:4], day=test[4]).replace("1,5", "15") for test in tests]
    header = HEADER
    match harm:
        case "column":
            header = HEADER.replace("SCHAAL", "SCHAALCODE")
        case "separator":
            header, rows = header.replace(",", ";"), [each.replace(",", ";") for each in rows]
        case "birth":
            header, rows = f"{header},GEBOORTEDATUM", [f"{each},2012-03-1{n}" for n, each in enumerate(rows)]
        case "cut":
            rows[-1] = rows[-1][:20]
    deliver(data, file, *rows, header=header)
    path = data / "exports/2022E/cito" / file
    if harm in ("empty", "zip"):
        path.write_bytes(b"" if harm == "empty" else b"PK\x03\x04")
    return f"cito/{file}", 0 if harm in ("empty", "zip") else len(rows)


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(files=st.lists(FILE, min_size=1, max_size=4), objects=st.booleans(), late=st.booleans())
def test_counts_add_up_and_what_is_told_is_ordered_whatever_is_delivered(tmp_path_factory, files, objects, late):
    data = folder_of(
        tmp_path_factory.mktemp("round"),
        objections="brinvest,pupil_id,received_on\n" + (f"99ZA00,{SECRET}-1,2022-03-01\n" if objects else ""),
        approvals="brinvest,school_year,approved_on\n"
        + "".join(f"{code},2021-2022,2022-{'08' if late and code == '99ZC01' else '03'}-01\n" for code in SCHOOLS),
    )
    delivered = dict(put(data, number, *file) for number, file in enumerate(files))
    folder, validation = written(data)
    check_counts(folder, validation, delivered)


def test_counts_add_up_with_everything_at_once(data):
    (data / "register/objections.csv").write_text(
        f"brinvest,pupil_id,received_on\n99ZA00,{SECRET}-2,2022-03-01\n", encoding="utf-8"
    )
    in_good_order(data, "99ZA00", "99ZC00")
    deliver(data, "later.csv", row("99ZA00"), row("99ZC00", "9", score="999"), row("98XX00"), row("99ZA", "8"))
    deliver(data, "x-99ZB00.csv", row("99ZB00"), row("99ZB00", "2"), header=HEADER.replace(",SCHAAL", ""))
    folder, validation = written(data)
    assert all(validation.counts.values())
    check_counts(folder, validation, {"cito/goed.csv": 8, "cito/later.csv": 4, "cito/x-99ZB00.csv": 2})
    assert report(folder, "99ZA00")["counts"] == dict(zip(COUNTS, (5, 2, 0, 1, 2), strict=True))


def test_the_index_lists_every_report_by_what_needs_attention_first(data):
    in_good_order(data, "99ZA00")
    deliver(data, "99ZB00.csv", row("99ZB00"), header=HEADER.replace("SCHAAL", "SCHAALCODE"))
    deliver(data, "fout.csv", row("99ZC00", score="999"), row("99ZC00", "2"))
    deliver(data, "99ZD00.csv", f"{row('99ZD00')},2012-03-01", header=f"{HEADER},GEBOORTEDATUM")
    folder, _ = written(data)
    accepted.check_html(folder / "index.html")
    tree = etree.HTML((folder / "index.html").read_text(encoding="utf-8"))
    (table,) = tree.xpath("//table[contains(., 'BRIN') or .//span[contains(., '99ZA00')]]")
    links = [Path(link).stem for link in table.xpath(".//tbody//th//a/@href")]
    assert links == ["99ZD00", "99ZB00", "99ZC01", "99ZC00", "99ZA00"]
    assert all((folder / link).is_file() for link in tree.xpath("//main//table//a/@href"))
    states = [report(folder, school)["state"] for school in links]
    assert states == ["breach", "refused", "nothing", "aside", "used"]
    assert states == sorted(states, key=STATES.index)
    words = texts(FOLDER)["index"]["states"]
    assert [line[5] for line in lines(folder / "index.csv")[1:] if line[0] == "school"] == [words[s] for s in states]
    anchors = {link[1:] for link in tree.xpath("//main//a/@href") if link.startswith("#")}
    assert anchors <= set(tree.xpath("//@id"))
    accepted.check_html(folder / "index.html")  # the one script of every page is known by its hash
