"""Defects of single rows: each does one to a school's rows and tells the places where it must be found."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

import pandas as pd

from .defect_sites import YEAR, Place, Site
from .tampering import MessageFile

_NOT_ENROLLED = "99ZZ"  # no country has so many schools


def cell(column: str, text: Callable[[str], str], site: Site) -> list[Place]:
    """Change a cell of one M test."""
    row = site.m_test()
    site.file.set(row, column, text(site.file.get(row, column)))
    return [site.at(row, site.file.name(column))]


def empty(column: str, site: Site) -> list[Place]:
    """Deliver a result without this field."""
    row = site.m_test()
    if isinstance(site.file, MessageFile):
        site.file.remove(row, column)
    else:
        site.file.set(row, column, "")
    return [site.at(row, site.file.name(column))]


def other_location(site: Site) -> list[Place]:
    """Give a result a vestiging that is not enrolled."""
    row, file = site.m_test(), site.file
    if file.vendor == "esis":
        file.set(row, "location", "07")
    else:
        file.set(row, "school", site.school[:4] + "07")
    return [site.at(row, file.name("school"))]


def not_enrolled(site: Site) -> list[Place]:
    """Give a result the BRIN of no enrolled school."""
    row, file = site.m_test(), site.file
    file.set(row, "school", _NOT_ENROLLED + file.get(row, "school")[4:])
    return [site.at(row, file.name("school"))]


def other_notation(site: Site) -> list[Place]:
    """Write a date in a notation of no dialect."""
    row, file = site.m_test(), site.file
    file.set(row, "date", file.day(row).strftime("%Y/%m/%d"))
    return [site.at(row, file.name("date"))]


def moved(to: Callable[[date], date], site: Site) -> list[Place]:
    """Change the date of an M test."""
    row = site.m_test()
    site.file.set_day(row, to(site.file.day(row)))
    return [site.at(row, site.file.name("date"))]


def old_scale(site: Site) -> list[Place]:
    """Give a result the scale that was in use before 2019; the score could be one of it."""
    file = site.file
    row = site.m_test(lambda row: file.score(row) < 200)
    file.set(row, "scale", file.get(row, "scale").replace("-3", "-2"))
    return [site.at(row, file.name("scale"))]


def out_of_range(site: Site) -> list[Place]:
    """Give a result a score that no scale has."""
    row = site.m_test()
    site.file.set_score(row, 999)
    return [site.at(row, site.file.name("score"))]


def percentages(site: Site) -> list[Place]:
    """Put percentages into the score field of one test of the school."""
    file = site.file
    code = Counter(map(file.code, file.of_school(site.school))).most_common
    test = next(name for name, _ in code() if name in ("RW-M5", "RW-M6", "RW-M7", "RW-M8"))
    rows = [row for row in file.of_school(site.school) if file.code(row) == test]
    for place, row in enumerate(rows):
        file.set_score(row, 35 + place * 37 % 60)
    return [site.at(row, file.name("score")) for row in rows]


def wrong_decimal_mark(site: Site) -> list[Place]:
    """Write a score with the other dialects' decimal mark."""
    row, file = site.m_test(), site.file
    file.set(row, "score", f"{file.score(row):.1f}".replace(".", "," if file.vendor == "cito" else "."))
    return [site.at(row, file.name("score"))]


def twice(site: Site) -> list[Place]:
    """Deliver one result twice."""
    row = site.m_test()
    return [site.at(row), site.at(site.file.copy(row))]


def conflict(site: Site) -> list[Place]:
    """Deliver one result twice, with two scores."""
    row, file = site.m_test(), site.file
    other = file.copy(row)
    file.set_score(other, file.score(row) - 2.5)
    return [site.at(each, file.name("score")) for each in (row, other)]


def halves(site: Site) -> list[Place]:
    """Deliver the two halves of a test as two results, two days apart."""
    row, file = site.m_test(), site.file
    other = file.copy(row)
    file.set_day(other, file.day(row) + timedelta(days=2))
    file.set_score(other, file.score(row) - 2.5)
    return [site.at(each, file.name("test")) for each in (row, other)]


def two_pupils(site: Site) -> list[Place]:
    """Give one result of a pupil to a pupil of the other sex with the same key."""
    row, file = site.m_test(), site.file
    file.set(row, "sex", "1" if file.get(row, "sex") == "2" else "2")
    pupil = file.get(row, "pupil")
    rows = [each for each in file.of_school(site.school) if file.get(each, "pupil") == pupil]
    return [site.at(each, file.name("pupil")) for each in rows]


def two_schools(site: Site, other: Site) -> list[Place]:
    """Give a pupil of the second school the chain identifier of one of the first."""
    sites, rows = (site, other), (site.m_test(), other.m_test())
    other.file.put(other.file.eckid(rows[1]), site.file.eckid(rows[0]))
    theirs = [_years_of_pupil(each, row) for each, row in zip(sites, rows, strict=True)]
    both = theirs[0].keys() & theirs[1].keys()
    places = [min(row for year, row in years.items() if year in both) for years in theirs]
    return [each.at(row, each.file.name("pupil")) for each, row in zip(sites, places, strict=True)]


def _years_of_pupil(site: Site, row: int) -> dict[int, int]:
    """Return for each school year the first row of the pupil of a row."""
    file, years = site.file, {}
    for each in file.of_school(site.school):
        if file.pupil(each) == file.pupil(row):
            years.setdefault(file.day(each).year - (file.day(each).month < 8), each)
    return years


def approval(text: str | None, site: Site) -> list[Place]:
    """Take the approval of the last school year away, or date it; the round before has the same school year."""
    year = f"{YEAR - 1}-{YEAR}"
    path = site.folder / "register" / "approvals.csv"
    approvals = pd.read_csv(path, dtype=str)
    here = (approvals["brinvest"] == site.school) & (approvals["school_year"] == year)
    if text:
        approvals.loc[here, "approved_on"] = text
    else:
        approvals = approvals[~here]
    approvals.to_csv(path, index=False)
    before = site.code.replace("E", "M")
    earlier = site.folder / "exports" / before / site.file.vendor / site.file.path.name.replace(site.code, before)
    place = site.at(site.file.of_school(site.school)[0], site.file.name("school"))
    if not earlier.is_file():
        return [place]
    return [place, Place(earlier, MessageFile(earlier).of_school()[0], place.column, before)]


def objection(site: Site) -> list[Place]:
    """Record an objection, after the export, against a pupil who is in it."""
    path = site.folder / "register" / "objections.csv"
    row = site.m_test()
    objection = {"brinvest": site.school, "pupil_id": site.file.pupil(row), "received_on": f"{YEAR}-08-20"}
    objections = pd.concat([pd.read_csv(path, dtype=str), pd.DataFrame([objection])])
    objections.drop_duplicates(["brinvest", "pupil_id"]).to_csv(path, index=False)
    return [site.at(row, site.file.name("pupil"))]


def years_later(day: date) -> date:
    """Return a day that is still to come."""
    return day.replace(year=2031)


def unknown_test(site: Site) -> list[Place]:
    """Give a result a test that the message does not describe: one of groep 1, of the same domain and moment."""
    row, file = site.m_test(), site.file
    file.set(row, "test", f"{file.code(row)[:2]}-M1")
    return [site.at(row, file.name("test"))]
