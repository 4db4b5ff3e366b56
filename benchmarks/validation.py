"""Reading and validating 100,000 and 1.2 million results of each dialect: time, rows per second and memory."""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = (100_000, 1_200_000)
BOUNDS = {"cito": 20, "esis": 20, "uwlr": 60, "uwlr, a file per school": 60}  # seconds for 1.2 million rows
MEMORY = 2.5  # GB
_PER_PUPIL, _PER_SCHOOL = 12, 600  # results


def measure() -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, goal): read and validate 100,000 and 1.2 million rows of every dialect."""
    with tempfile.TemporaryDirectory(prefix="nco-bench-") as folder:
        for kind, bound in BOUNDS.items():
            costs = []
            for n in ROWS:
                run = _one(kind, n, Path(folder))
                costs.append(run["seconds"] / n)
                measured = f"{run['seconds']:.1f} s, {n / run['seconds']:,.0f} rows/s, {run['gigabytes']:.2f} GB"
                yield (
                    f"read and validate {n:,} rows, {kind}",
                    measured,
                    f"{bound} s, {MEMORY} GB" if n == ROWS[-1] else "",
                )
            yield f"a row of {ROWS[-1]:,} costs that of {ROWS[0]:,}", f"{costs[1] / costs[0]:.2f} times", "1"


def _one(kind: str, n: int, folder: Path) -> dict[str, float]:
    deliveries = folder / "deliveries"
    deliveries.mkdir()
    _child("write", kind, n, deliveries)
    run = json.loads(_child("time", kind, n, deliveries))
    shutil.rmtree(deliveries)
    return run


def _child(*arguments: object) -> str:
    # A process each: peak memory is that of one delivery.
    command = [sys.executable, __file__, *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def results(n: int) -> pd.DataFrame:
    """Return n clean results, _PER_PUPIL a pupil over two school years, of schools of _PER_SCHOOL results."""
    rng = np.random.default_rng(1)
    row = np.arange(n)
    pupil, turn, school = row // _PER_PUPIL, row % _PER_PUPIL, row // _PER_SCHOOL
    step, domain = turn // 3, np.array(["BL", "SP", "RW"])[turn % 3]
    grade = pd.Series(3 + pupil % 4 + step // 2)
    moment = np.array(["M", "E"])[step % 2]
    month = np.array([1, 6])[step % 2]
    days = pd.DataFrame({"year": 2021 + step // 2, "month": month, "day": 3 + school % 25})
    codes = np.array(
        [
            f"{10 + s // 676 % 90}{chr(65 + s // 26 % 26)}{chr(65 + s % 26)}{s // 60840:02d}"
            for s in range(school[-1] + 1)
        ]
    )
    return pd.DataFrame(
        {
            "brinvest": codes[school],
            "pupil_id": pd.Series(pupil).map("P{:08d}".format),
            "domain_code": domain,
            "test_code": pd.Series(domain) + "-" + moment + grade.astype("str"),
            "provider": "cito",
            "moment": moment,
            "grade": grade,
            "scale": pd.Series(domain).map("CITO-{}-3".format),
            "test_date": pd.to_datetime(days),
            "school_year": "2021-2022",
            "score": np.round(160 + 12 * step + 60 * (turn % 3 == 1) + rng.normal(0, 20, n), 1),
            "level": np.array(["I", "II", "III", "IV", "V"])[rng.integers(0, 5, n)],
            "sex": np.array(["jongen", "meisje"])[pupil % 2],
        }
    )


def write(kind: str, n: int, folder: Path) -> None:
    """Write n results as the files of one dialect."""
    from nco.deliveries.readers import cito, esis, uwlr

    made = results(n)
    match kind:
        case "cito":
            cito.write(made, folder / "a.csv")
        case "esis":
            esis.write(made, folder / "a.csv")
        case "uwlr":
            uwlr.write(made.assign(brinvest="99ZA00"), folder / "a.xml")
        case _:
            for brinvest, school in made.groupby("brinvest"):
                uwlr.write(school, folder / f"{brinvest}.xml")


def time_delivery(n: int, folder: Path) -> dict[str, float]:
    """Read and validate a folder's files; returns the seconds and the peak memory of this process."""
    from nco.deliveries import readers

    begin = time.perf_counter()
    files = list(readers.read_files([(path, path.name) for path in sorted(folder.iterdir())]))
    read = time.perf_counter()
    delivery = readers.check(files, date(2023, 10, 2))
    end = time.perf_counter()
    if len(delivery.results) != n or len(delivery.findings):
        raise SystemExit("the benchmark's own delivery is not clean")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e9 if sys.platform == "darwin" else 1e6)
    return {"read": read - begin, "check": end - read, "seconds": end - begin, "gigabytes": memory}


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", kind, n, folder]:
            write(kind, int(n), Path(folder))
        case ["time", _, n, folder]:
            print(json.dumps(time_delivery(int(n), Path(folder))))
