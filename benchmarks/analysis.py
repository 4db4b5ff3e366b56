"""A whole country analysed: pairs, figures, every reference model without each school, disclosure control."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

from nco.base import all_settings

SCHOOLS, PUPILS = 6_500, 1_200_000
GRADES = range(3, 9)
ROUND = "2022E"
SECONDS, GIGABYTES = 120, 6
_YEAR, _YEAR_BEFORE = "2021-2022", "2020-2021"
_DOMAINS = {"begrijpend_lezen": "CITO-BL-3", "spelling": "CITO-SP-3", "rekenen_wiskunde": "CITO-RW-3"}
_DAYS = {"M": "2022-01-20", "E": "2022-06-10"}


def measure() -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, goal) for the steps of one cohort, every pupil on one scale; in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.analysis"]
    run = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    for stage, seconds in run["stages"].items():
        yield f"analysis: {stage}", f"{seconds:.1f} s", ""
    what = f"analysis of {SCHOOLS:,} schools, {PUPILS / 1e6:.1f} million pupils, {run['models']} models"
    measured = f"{sum(run['stages'].values()):.0f} s ({run['cpu']:.0f} s of work), {run['gigabytes']:.1f} GB"
    yield what, measured, f"{SECONDS} s, {GIGABYTES} GB"


def _country():
    """Return results and background: every pupil in one grade, with all its tests of the round in three domains."""
    from nco_utils import tables
    from tests.support import simulated

    made = simulated.simulate(SCHOOLS, 1, pupils=round(PUPILS / SCHOOLS))
    pairs, rng = made.pairs, np.random.default_rng(2)
    n = len(pairs)
    grade = rng.integers(GRADES[0], GRADES[-1] + 1, n)
    ids = pd.array(np.char.zfill(np.arange(n).astype(str), 26), dtype="str")  # as long as a pseudonym
    known = made.known
    known = type(known)(known.pupils.assign(pupil_id=ids), known.schools, known.school_traits)
    codes = pd.factorize(pairs["brinvest"])[0]
    parts = []
    for domain, scale in _DOMAINS.items():
        score = pairs["score_before"].to_numpy() + rng.normal(0, 8, n)
        of_school = rng.normal(0, 1.4, codes.max() + 1)[codes]
        for year, moment in ((_YEAR_BEFORE, "E"), (_YEAR, "M"), (_YEAR, "E")):
            then = grade - (year == _YEAR_BEFORE)
            score = score + pairs["growth"].to_numpy() + of_school + rng.normal(0, 6, n)
            rows = np.flatnonzero((then >= GRADES[0]) & ~((moment == "E") & (then == GRADES[-1])))
            day = _DAYS[moment].replace("2022", year[-4:])
            level = pd.Categorical.from_codes(then[rows] - 1, [f"{moment}{g}" for g in range(1, 9)]).astype("str")
            parts.append(
                pd.DataFrame(
                    {
                        "vendor": "cito",
                        "provider": "cito",
                        "brinvest": pairs["brinvest"].array[rows],
                        "pupil_id": ids[rows],
                        "domain": domain,
                        "test_code": level,
                        "scale": scale,
                        "school_year": year,
                        "moment": moment,
                        "grade": then[rows],
                        "test_level": level,
                        "test_date": pd.to_datetime(day) + pd.to_timedelta(codes[rows] % 12, unit="D"),
                        "score": score[rows].clip(0, 300),
                        "source_file": "file.csv",
                        "source_row": rows,
                        "group": pairs["group"].array[rows],
                    }
                )
            )
    return pd.concat(parts, ignore_index=True).astype({"test_date": "datetime64[s]"}), known, tables


def main() -> None:
    """Print the seconds of every stage, the number of models and the peak memory as JSON."""
    from nco.disclosure import obligations, protect
    from nco_utils import growth, national, reference, subgroups

    settings = all_settings.load()
    results, known, tables = _country()
    stages, last, begin = {}, time.perf_counter(), time.process_time()

    def done(stage: str) -> None:
        nonlocal last
        stages[stage], last = time.perf_counter() - last, time.perf_counter()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(
            f"{stage}: {stages[stage]:.1f} s, {time.process_time() - begin:.0f} s of work, {memory:.1f} GB",
            file=sys.stderr,
        )

    paired = growth.pair(results, settings.round(ROUND))
    del results
    done("pairs and coverage")
    members = subgroups.members(paired.pairs, known.pupils, settings.subgroups)
    country = national.national(paired.pairs, known.schools, members)
    fewest = subgroups.minimum_values(settings.subgroups)
    units = national.figures(paired.pairs, known.schools, country, members, fewest)
    done("national means and figures of all units")
    made = reference.references(paired.pairs, units, members, known, settings.reference)
    references, terms = made.units, made.terms
    del members, made
    done("reference models, each without every school")
    computed = protect.Computed(
        pairs=paired.pairs,
        pupils=known.pupils,
        blocks=paired.pairs[tables.BLOCK_KEYS].drop_duplicates(ignore_index=True).assign(decision="new"),
        coverage=paired.coverage,
        figures=units,
        reference=references,
        national=country,
        schools=known.schools,
    )
    protect.protect(computed, obligations.nothing(known.pupils), settings)
    done("disclosure control")
    models = len(terms.drop_duplicates(tables.MODEL_KEYS))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    cpu = time.process_time() - begin
    print(json.dumps({"stages": stages, "cpu": cpu, "models": models, "gigabytes": memory}))


if __name__ == "__main__":
    main()
