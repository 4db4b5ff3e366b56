"""The national figures from the raw deliveries, by another way: this script knows nothing of the program.

By the rules as they are written (docs/formats.md, docs/methode.qmd and the NCO's own): reads the three dialects, the
register and the background, pairs results pupil by pupil in plain Python, and takes means. Only for deliveries without
faults: it does not validate. `python tests/support/independent.py DATA ROUND [EARLIER ...]` prints the table.
"""

import csv
import sys
from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import fmean
from xml.etree import ElementTree

import pandas as pd

# A round: its school year, the moments that its steps end in, the last days for the contract and for the approval.
ROUNDS = {
    "2021E": ("2020-2021", "ME", "2021-05-21", "2021-07-31"),
    "2022M": ("2021-2022", "M", "2021-11-15", "2022-03-07"),
    "2022E": ("2021-2022", "ME", "2022-05-01", "2022-07-31"),
    "2023M": ("2022-2023", "M", "2022-11-15", "2023-03-07"),
    "2023E": ("2022-2023", "ME", "2023-05-01", "2023-07-31"),
}
DOMAINS = {"BL": "begrijpend_lezen", "SP": "spelling", "RW": "rekenen_wiskunde"}
ESIS_DOMAINS = {"Begrijpend lezen": "BL", "Spelling": "SP", "Rekenen-Wiskunde": "RW"}
# Pupils with another value, or an unknown one, are in no group.
GROUPS = {
    "sex": ("jongen", "meisje"),
    "education": ("laag", "midden", "hoog"),
    "migration": ("geen", "niet_westers"),
    "income": ("onder_modaal", "boven_2x_modaal"),
    "household": ("twee_ouders", "anders"),
}
KEY = ["sector", "school_year", "step", "domain", "scale", "trait", "value"]
_UWLR = "{http://www.edustandaard.nl/leerresultaten/2/leerresultaten}"
_OSO = "{http://www.edustandaard.nl/oso_gegevensset/1.2/dossier}"


def national(data: Path, round_code: str, earlier: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return KEY, n_pupils, n_schools, mean_before and mean_growth of a round; `earlier`: the rounds before it."""
    year, ends, *_ = ROUNDS[round_code]
    schools = {row["brinvest"]: row for row in _table(data / "register/schools.csv")}
    objected = {(row["brinvest"], row["pupil_id"]) for row in _table(data / "register/objections.csv")}
    traits = {(row["brinvest"], row["pupil_id"]): row for row in _table(data / "background/pupils.csv")}
    now = _usable(data, round_code, objected)
    before = dict(now)
    for code in reversed(earlier):
        seen = {(pupil, when) for (pupil, _, when) in before}
        before |= {at: found for at, found in _usable(data, code, objected).items() if (at[0], at[2]) not in seen}
    pairs = _pairs(now, year, ends) + _pairs(before, f"{int(year[:4]) - 1}-{year[:4]}", ends)
    cells = defaultdict(list)
    for (school, pupil), *keys, first, last in pairs:
        for trait, values in {"all": (), **GROUPS}.items():
            value = traits[school, pupil][trait] if values else "all"
            if not values or value in values:
                cells[schools[school]["sector"], *keys, trait, value].append((school, first, last))
    rows = [
        (*key, len(of), len({s for s, *_ in of}), fmean(a for _, a, _ in of), fmean(b - a for _, a, b in of))
        for key, of in cells.items()
    ]
    columns = [*KEY, "n_pupils", "n_schools", "mean_before", "mean_growth"]
    return pd.DataFrame(rows, columns=columns).sort_values(KEY, ignore_index=True)


# --- who takes part ------------------------------------------------------------------------------


def _taking_part(data: Path, round_code: str) -> set[str]:
    """The schools that are open, with a contract of the board and an approval of the school year, both in time."""
    year, _, contract_by, approval_by = ROUNDS[round_code]
    boards = {row["board_number"]: row["contract_received_on"] for row in _table(data / "register/boards.csv")}
    moved = _table(data / "register/school_boards.csv")
    approved = {
        row["brinvest"]: row["approved_on"]
        for row in _table(data / "register/approvals.csv")
        if row["school_year"] == year
    }
    found = set()
    for school in _table(data / "register/schools.csv"):
        name, board = school["brinvest"], school["board_number"]
        for row in moved:
            if row["brinvest"] == name and row["from"] <= approval_by <= (row["until"] or "9999"):
                board = row["board_number"]
        is_open = school["opened"] <= approval_by <= (school["closed"] or "9999")
        in_time = "" < boards[board] <= contract_by and "" < approved.get(name, "") <= approval_by
        if is_open and in_time:
            found.add(name)
    return found


def _usable(data: Path, round_code: str, objected: set) -> dict:
    """Of every pupil, domain and moment the results within their window: {(pupil, domain, (year, moment)): [...]}."""
    part, found = _taking_part(data, round_code), defaultdict(list)
    folder = data / "exports" / round_code
    rows = [row for path in sorted(folder.rglob("*.xml")) for row in _parnassys(path)]
    rows += [row for path in sorted((folder / "esis").glob("*.csv")) for row in _esis(path)]
    rows += [row for path in sorted((folder / "cito").glob("*.csv")) for row in _cito(path)]
    for school, pupil, domain, moment, day, grade, scale, score in rows:
        when = _when(moment, day, scale)
        if school in part and (school, pupil) not in objected and when:
            found[(school, pupil), DOMAINS[domain], when].append((grade, scale, score))
    return dict(found)


# --- pairs ---------------------------------------------------------------------------------------


def _pairs(results: dict, year: str, ends: str) -> list[tuple]:
    """Pupil, school year, step, domain, scale and both scores, of the steps that end in a school year."""
    before = f"{int(year[:4]) - 1}-{year[:4]}"
    found = []
    for (pupil, domain, when), taken in results.items():
        if when[0] != year or when[1] not in ends:
            continue
        start = (before, "E") if when[1] == "M" else (year, "M")
        first, last = _scores(results.get((pupil, domain, start), [])), _scores(taken)
        for (grade, scale), score in last.items():
            grade_before = grade - 1 if when[1] == "M" else grade
            if (grade_before, scale) in first:
                step = f"{start[1]}{grade_before}-{when[1]}{grade}"
                found.append((pupil, year, step, domain, scale, first[grade_before, scale], score))
    return found


def _scores(results: list[tuple]) -> dict[tuple, float]:
    """The score of a moment by jaargroep and scale: the best of IEP, the mean of others."""
    by = defaultdict(list)
    for grade, scale, score in results:
        by[grade, scale].append(score)
    return {at: max(all_) if at[1].startswith("IEP") else fmean(all_) for at, all_ in by.items()}


def _when(moment: str, day: date, scale: str) -> tuple[str, str] | None:
    """School year and moment; none when the day lies outside the window of the moment. Boom: the window it lies in."""
    late = scale.startswith("DIA") and moment == "E" and 8 <= day.month <= 10
    if scale.startswith("BOOM"):
        moment = {12: "M", 1: "M", 2: "M", 5: "E", 6: "E", 7: "E"}.get(day.month, "")
    inside = late or day.month in {"M": (12, 1, 2), "E": (5, 6, 7)}.get(moment, ())
    start = day.year if day.month >= 8 and not late else day.year - 1
    return (f"{start}-{start + 1}", moment) if inside else None


# --- the three dialects --------------------------------------------------------------------------


def _cito(path: Path) -> list[tuple]:
    rows = []
    for row in _table(path, "utf-8-sig"):
        if row["VAARDIGHEIDSSCORE"]:
            domain, moment, day = *_test(row["TOETSCODE"]), date.fromisoformat(row["AFNAMEDATUM"])
            grade = _grade(row["GROEP"], row["SCHAAL"], moment, day)
            score = float(row["VAARDIGHEIDSSCORE"])
            rows.append((row["BRINVEST"], row["LEERLING_ID"], domain, moment, day, grade, row["SCHAAL"], score))
    return rows


def _esis(path: Path) -> list[tuple]:
    rows = []
    for row in _table(path, "cp1252", ";"):
        if row["Vaardigheidsscore"]:
            day = date(*map(int, reversed(row["Afnamedatum"].split("-"))))
            moment = row["Toetsmoment"][:1]
            grade = _grade(row["Jaargroep"], row["Schaal"], moment, day)
            score = float(row["Vaardigheidsscore"].replace(",", "."))
            school = row["Brin"] + (row["Vestiging"] or "00")
            domain = ESIS_DOMAINS[row["Toets"]]
            rows.append((school, row["Leerlingnummer"], domain, moment, day, grade, row["Schaal"], score))
    return rows


def _parnassys(path: Path) -> list[tuple]:
    message = ElementTree.parse(path).getroot()
    school = message.findtext(f"{_UWLR}school/{_UWLR}brincode")
    school += message.findtext(f"{_UWLR}school/{_UWLR}dependancecode") or "00"
    grades = {
        test.findtext(f"{_UWLR}toetscode"): test.findtext(f"{_UWLR}leerjaar") or test.findtext(f"{_UWLR}toetscode")[4]
        for test in message.iter(f"{_UWLR}toets")
    }
    rows = []
    for taker in message.iter(f"{_UWLR}toetsafname"):
        pupil = taker.findtext(f"{_UWLR}leerlingid")
        for result in taker.iter(f"{_UWLR}resultaat"):
            score = result.findtext(f".//{_OSO}vaardigheidsscore")
            if score:
                code, day = result.findtext(f"{_UWLR}toetscode"), result.findtext(f"{_UWLR}afnamedatum")[:10]
                scale = result.findtext(f".//{_OSO}codevaardigheidsschaal")
                # The jaargroep of a message is that of the pupils whom the test is for, whenever they take it.
                at = (date.fromisoformat(day), int(grades[code]), scale, float(score))
                rows.append((school, pupil, *_test(code), *at))
    return rows


def _test(code: str) -> tuple[str, str]:
    """Domain and moment of a test code such as RW-M5, RW-M5-G6 or BL-G7; no moment in the last."""
    domain, *parts = code.split("-")
    return domain, parts[0][0] if parts and parts[0][0] in "BME" else ""


def _grade(told: str, scale: str, moment: str, day: date) -> int:
    """The jaargroep of the school year that the test belongs to: the one before in a late test of Diataal."""
    return int(told) - (scale.startswith("DIA") and moment == "E" and 8 <= day.month <= 10)


def _table(path: Path, encoding: str = "utf-8", separator: str = ",") -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


if __name__ == "__main__":
    print(national(Path(sys.argv[1]), sys.argv[2], tuple(sys.argv[3:])).to_string())
