"""The delivery reports of a round in which about everything happens."""

import csv
import json
import re
from datetime import date
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from lxml import etree, html

from nco.base import all_settings
from nco.base.dutch import texts
from nco.deliveries.delivery_report import COUNTS, FOLDER
from nco.deliveries.quarantine import RefusedFile
from nco.deliveries.validation import Validation
from nco.register import delivery_tables
from nco.register.findings import other_rules
from nco.release.pages import delivery_files, delivery_page
from nco.render import accepted
from nco_utils import tables
from tests.support.explained import leaves

TODAY = date(2022, 8, 15)  # after the export of 2022E, before its publication
NAME = 'De <b>Schoot</b> & "Zonen"'
REGISTER = {
    "boards.csv": "board_number,board_name\n99801,Bestuur Een\n",
    "schools.csv": (
        "brinvest,school_name,board_number,sector,denomination,vendor\n"
        "99ZA00,School A,99801,bo,Openbaar,cito\n"
        f"99ZB00,{NAME.replace(chr(34), chr(34) * 2).join([chr(34)] * 2)},99801,bo,Openbaar,cito\n"
        "99ZC00,School C,99801,bo,Openbaar,cito\n"
        "99ZD00,School D,99801,bo,Openbaar,esis\n"
        "99ZE00,School E,99801,bo,Openbaar,esis\n"
    ),
    "approvals.csv": "brinvest,school_year,approved_on\n"
    + "".join(f"99Z{letter}00,2021-2022,2022-03-01\n" for letter in "ABCD"),
    "objections.csv": "brinvest,pupil_id,received_on\n99ZA00,LLN-Q7XK,2022-09-01\n",
}
ACCOUNT = [
    ("cito", "cito/a.csv", "99ZA00", 1500, 1490, 0, 8, 2),
    ("cito", "cito/a.csv", "99ZB00", 20, 13, 7, 0, 0),
    ("cito", "cito/a.csv", "98XX00", 3, 0, 3, 0, 0),
    ("cito", "cito/b.csv", "99ZB00", 5, 5, 0, 0, 0),
    ("cito", "cito/c.csv", None, 40, 0, 40, 0, 0),
]
SCORE = ("Deze score kan niet.", "Controleer de score.")


def finding(rule, severity, brinvest, file, row, column, texts=SCORE):
    return (rule, severity, "cito", brinvest, file, row, column, *texts)


FINDINGS = [
    *(finding("score-out-of-range", "error", "99ZB00", "cito/a.csv", row, "SCORE") for row in range(1001, 1008)),
    finding("school-not-enrolled", "error", "98XX00", "cito/a.csv", 90, "BRINVEST", ("Onbekend.", "Zoek uit.")),
    finding("identifier-bsn", "error", None, "cito/c.csv", None, None, ("Er staan nummers in.", "Haal ze weg.")),
    finding("level-unknown", "warning", "99ZA00", "cito/a.csv", 12, "NIVEAU_IV", ("Niveau <onbekend>.", "Kijk na.")),
    finding("school-not-delivered", "warning", "99ZC00", "register/schools.csv", 4, "brinvest", ("Niets.", "Vraag.")),
]


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    (folder / "register").mkdir()
    for name, text in REGISTER.items():
        (folder / "register" / name).write_text(text, encoding="utf-8")
    return folder


def validation(account=ACCOUNT, findings=FINDINGS) -> Validation:
    refused = (RefusedFile("cito", "cito/c.csv", "identifier-bsn", 40),) if account is ACCOUNT else ()
    whole = [("file", each.rule, each.vendor, None, each.file, None, each.n_rows) for each in refused]
    whole += [
        ("row", rule, vendor, school, file, row, 1)
        for rule, severity, vendor, school, file, row, *_ in findings
        if severity == "error" and row is not None
    ]
    return Validation(
        results=tables.empty(tables.RESULTS),
        findings=tables.conform(
            pd.DataFrame(findings, columns=delivery_tables.FINDINGS.column_names), delivery_tables.FINDINGS
        ),
        quarantine=tables.conform(
            pd.DataFrame(whole, columns=delivery_tables.QUARANTINE.column_names), delivery_tables.QUARANTINE
        ),
        account=tables.conform(
            pd.DataFrame(account, columns=delivery_tables.ACCOUNT.column_names), delivery_tables.ACCOUNT
        ),
        pupils=tables.empty(tables.PUPILS),
        key_number="",
        refused=refused,
    )


@pytest.fixture(scope="module")
def folder(data) -> Path:
    return delivery_files.write(validation(), "2022E", data, TODAY)


def text(page: Path) -> str:
    """What a reader sees, without layout."""
    tree = etree.HTML(page.read_text(encoding="utf-8"))
    return re.sub(r"\s+", " ", " ".join(tree.xpath("//body//text()")))


def record(folder: Path, name: str) -> dict:
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def test_every_supplier_and_school_that_delivered_or_should_have_has_a_report(folder):
    assert folder == folder.parents[1] / "2022E" / "leveringsverslag"
    assert sorted(path.name for path in folder.iterdir()) == ["index.csv", "index.html", "schools", "suppliers"]
    assert sorted(path.stem for path in (folder / "suppliers").glob("*.html")) == ["cito", "esis"]
    # E has no approval and delivered nothing; 98XX00 is nobody's school
    assert sorted(path.stem for path in (folder / "schools").glob("*.html")) == ["99ZA00", "99ZB00", "99ZC00", "99ZD00"]


def test_every_page_is_well_formed_accessible_and_loads_nothing(folder):
    pages = [*folder.rglob("*.html")]
    assert len(pages) == 7
    for page in pages:
        accepted.check_html(page)
        content = page.read_text(encoding="utf-8")
        assert not re.search(r"(?:src|srcset)\s*=|https?://|@import|<script [^>]*src", content)
        assert "NCONAAM" not in content
        assert "NCOBESTUUR" not in content
        assert "NCOINHOUD" not in content
        # Void elements closed, the body must be well-formed XML: no tag is left open.
        body = content[content.index("<body>") : content.index("</body>") + len("</body>")]
        etree.fromstring(re.sub(r"<(br|hr)>", r"<\1/>", body.replace("&nbsp;", " ")))
        tree = etree.HTML(content)
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids))
        assert set(tree.xpath("//@aria-labelledby")) <= set(ids)
        for table in tree.xpath("//table"):
            assert table.xpath("string(caption)").strip()
            assert all(cell.get("scope") in ("col", "row") for cell in table.xpath(".//th"))
        levels = [int(heading.tag[1]) for heading in tree.xpath("//h1 | //h2 | //h3")]
        assert levels[0] == 1
        assert all(later - earlier <= 1 for earlier, later in pairwise(levels))


def test_the_numbers_are_those_of_the_account(folder):
    account = validation().account
    for kind, column in (("suppliers", "vendor"), ("schools", "brinvest")):
        for name, own in account.groupby(column):
            if not (folder / kind / f"{name}.json").exists():
                assert name == "98XX00"
                continue
            report = record(folder / kind, name)
            wanted = {count: int(own[count].sum()) for count in COUNTS}
            assert report["counts"] == wanted
            counted = lines(folder / kind / f"{name}-telling.csv")
            assert len(counted) == len(own) + 1
            assert [sum(int(line[n]) for line in counted[1:]) for n in range(3, 8)] == list(wanted.values())
            shown = etree.HTML((folder / kind / f"{name}.html").read_text(encoding="utf-8"))
            cells = [
                int(cell.replace(".", ""))
                for cell in shown.xpath("(//table)[1]//tbody/tr[last()]/td//text()[normalize-space()]")
            ]
            assert cells == list(wanted.values())


def test_no_value_of_a_pupil_and_no_name_is_read_as_markup(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            assert "Q7XK" not in path.read_text(encoding="utf-8")
    page = folder / "schools/99ZB00.html"
    assert NAME in text(page)
    assert "<b>Schoot" not in page.read_text(encoding="utf-8")
    assert "Niveau <onbekend>." in text(folder / "schools/99ZA00.html")


def test_a_school_reads_what_is_wrong_how_often_where_what_to_do_and_by_when(folder):
    said = text(folder / "schools/99ZB00.html")
    assert "Van de 25 rijen zijn er 18 gebruikt en 7 apart gezet." in said
    assert "uiterlijk 3 oktober 2022" in said
    assert (
        "1. Deze score kan niet. Wat te doen Controleer de score. Door wie u of uw leverancier (Cito) "
        "Uiterlijk 3 oktober 2022 Gevolg 7 rijen tellen niet mee Waar" in said
    )
    assert "cito/a.csv, rijen 1001, 1002, 1003, 1004 en 1005, kolom SCORE" in said
    assert "en nog 2; alle plaatsen staan in het CSV-bestand" in said
    found = lines(folder / "schools/99ZB00.csv")
    assert len(found) == 1 + 7
    assert found[1] == [
        "score-out-of-range",
        "Fout",
        "cito",
        "99ZB00",
        "cito/a.csv",
        "1001",
        "SCORE",
        *SCORE,
        "2022-10-03",
        "u of uw leverancier (Cito)",
        "",
    ]


@pytest.mark.slow
def test_a_school_of_which_all_is_used_reads_that_it_need_not_do_anything(folder, data):
    said = text(folder / "schools/99ZA00.html")
    assert "Aangeleverd: 1.500 rijen, gebruikt: 1.490." in said
    assert "Vervangen, omdat de rij ook in een andere levering staat of dubbel is: 8." in said
    assert "Weggelaten door een bezwaar: 2." in said
    assert "Kijk na wat hieronder staat." in said
    assert "Wat moet u herstellen" not in said
    clean = validation([("cito", "cito/a.csv", "99ZA00", 1, 1, 0, 0, 0)], [])
    try:
        said = text(delivery_files.write(clean, "2022E", data, TODAY) / "schools/99ZA00.html")
    finally:
        delivery_files.write(validation(), "2022E", data, TODAY)
    assert "Alles is gebruikt: 1 rij. U hoeft niets te doen." in said
    assert "Wat kijkt u na" not in said


def test_a_school_without_a_delivery_hears_of_files_that_its_supplier_sent_and_that_were_refused(folder):
    assert "niets aangeleverd" in text(folder / "schools/99ZC00.html")
    assert "Misschien zitten de resultaten van uw school daarin." in text(folder / "schools/99ZC00.html")
    assert "Misschien" not in text(folder / "schools/99ZD00.html")  # of another supplier
    assert "Misschien" not in text(folder / "schools/99ZA00.html")  # of which all arrived


def test_a_supplier_sees_the_schools_with_rows_set_aside_and_the_rules_over_all_schools(folder):
    report = record(folder / "suppliers", "cito")
    assert [line["name"] for line in report["schools"]] == [
        "school niet te lezen",
        f"{NAME} 99ZB00",
        "98XX00",
    ]
    assert [(matter["rule"], matter["times"], matter["schools"]) for matter in report["errors"]] == [
        ("identifier-bsn", 1, []),
        ("score-out-of-range", 7, ["99ZB00"]),
        ("school-not-enrolled", 1, ["98XX00"]),
    ]
    assert len(lines(folder / "suppliers/cito.csv")) == 1 + len(FINDINGS)


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2022, 7, 31), "2022-07-31"),
        (date(2022, 8, 1), "2022-08-01"),
        (date(2022, 8, 2), "2022-10-03"),
        (date(2022, 10, 4), None),
    ],
)
def test_by_when_is_the_next_deadline_of_the_round(data, today, until):
    folder = delivery_files.write(validation(), "2022E", data, today)
    report = record(folder / "schools", "99ZB00")
    assert report["next_deadline"] == report["errors"][0]["until"] == until
    if not until:
        assert "De termijnen van deze ronde zijn voorbij" in text(folder / "schools/99ZB00.html")


@pytest.mark.slow
def test_writing_twice_gives_the_same_files(data):
    def files() -> dict[str, bytes]:
        folder = delivery_files.write(validation(), "2022E", data, TODAY)
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert files() == files()


def test_a_notice_is_shown_as_it_is_written_and_nothing_in_it_is_carried_out(tmp_path):
    notice = "Groepen <6 & a_b_c *niet* [x](http://x.nl) $5$ <script>alert(1)</script> <b>vet</b> ^2^ ~s~"
    page = html.fromstring(delivery_page.shell(all_settings.load().round("2022E"), notice, tmp_path / "shell"))
    (shown,) = page.xpath("//p[@class='melding']")
    assert "".join(shown.itertext()) == notice
    assert [each.tag for each in shown.iter()] == ["p"]


def test_no_sentence_that_a_reader_is_told_has_more_than_thirty_words():
    told = [text for rule in other_rules().values() for text in rule.told.values()]
    spoken = [*told, *leaves(texts(FOLDER))]
    long = [part for text in spoken for part in re.split(r"(?<=[.?!:]) ", text) if len(part.split()) > 30]
    assert long == []
    assert len(told) >= 20
