"""What happens between two rounds of a country: an objection, a pupil who leaves, a score that is corrected."""

import csv
from pathlib import Path

_KEY, _SCHOOL, _SCORE = 1, 0, 6  # of the supplier Cito's layout


def between(data: Path, earlier: str, later: str, schools: int = 3) -> list[str]:
    """Make all three happen in the next delivery of the supplier Cito: in so many of its schools each, if there are.

    Returns the schools. The pupil who leaves is in no later delivery, and whose score is corrected has another one of
    a test that was delivered before.
    """
    path = data / "exports" / later / "cito" / f"cito-{later}.csv"
    before = _rows(data / "exports" / earlier / "cito" / f"cito-{earlier}.csv")
    head, *rows = _rows(path)
    names = sorted({row[_SCHOOL] for row in rows})[:schools]
    objected = {tuple(row[:2]) for row in _rows(data / "register" / "objections.csv")}
    for school in names:
        old = {row[_KEY] for row in before if row[_SCHOOL] == school and (school, row[_KEY]) not in objected}
        pupils = sorted(old & {row[_KEY] for row in rows if row[_SCHOOL] == school})
        if len(pupils) < 3:
            continue
        objecting, leaving, corrected = pupils[0], pupils[len(pupils) // 2], pupils[-1]
        with (data / "register" / "objections.csv").open("a", encoding="utf-8") as file:
            file.write(f"{school},{objecting},2022-07-01\n")
        rows = [row for row in rows if (row[_SCHOOL], row[_KEY]) != (school, leaving)]
        first = next(row for row in rows if (row[_SCHOOL], row[_KEY]) == (school, corrected) and row[_SCORE])
        first[_SCORE] = f"{float(first[_SCORE]) + 1.5:.1f}"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return names


def _rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
