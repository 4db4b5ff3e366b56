"""What the school effects are worth on countries with known truth: the tables of docs/methode.qmd.

`python -m benchmarks.simulation [REPLICATES]` prints them in Markdown. Every scenario is also made without any school
effects: what is called higher or lower there is a false alarm. `benchmarks.intake` compares what can be done about the
measurement error of the earlier score.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from nco.base.all_settings import load
from nco_utils.national import Z95
from nco_utils.params import ReferenceModel
from tests.support.simulated import Simulated, Truth, compared, simulate

# Schools differ in intake: their true mean score has an SD of .35 within-school SDs, an ICC of .11 beside the traits.
USUAL = Truth(intake=0.35)
# With an error in the scores most of what pupils' growth differs by is error: true growth has an SD of 5 points.
NOISY = replace(USUAL, sigma=5.0)
SCHOOLS, REPLICATES = 500, 30
_SMALLER = 5  # countries of fewer schools are so many times as many
_DECILES = 10


@dataclass(frozen=True)
class Scenario:
    """What a country is like, and how many schools it has."""

    name: str
    truth: Truth
    schools: int = SCHOOLS


SCENARIOS = (
    Scenario("normaal", USUAL),
    Scenario("scheef", replace(USUAL, skewness=1.0)),
    Scenario("ongelijke spreiding", replace(USUAL, spread=0.2, fan=0.15)),
    Scenario("meetfout, betrouwbaarheid 0,9", replace(NOISY, reliability=0.9)),
    Scenario("meetfout, betrouwbaarheid 0,8", replace(NOISY, reliability=0.8)),
    Scenario("40 scholen", USUAL, 40),
    Scenario("effect hangt samen met schoolweging (0,6)", replace(USUAL, with_weighting=0.6)),
)


@dataclass(frozen=True)
class Promise:
    """What of one scenario is measured: shares 0-1, bias in points, errors in squared points.

    Deciles are of the schools of one country: by their true mean earlier score, schoolweging, and the SD of their
    pupils' growth. `bias` is that of the effect, in the lowest and the highest decile. Flags are effects whose interval
    excludes 0 in the countries without school effects.
    """

    coverage: float
    coverage_of_intake: tuple[float, float]  # of the decile with the least and with the most
    coverage_of_spread: tuple[float, float]  # of the decile with the largest SD, and if one variance held for all
    bias_of_intake: tuple[float, float]
    bias_of_weighting: tuple[float, float]
    flags: float
    flags_of_intake: tuple[float, float]  # of the decile with the fewest and with the most
    errors: tuple[float, float, float]  # mean squared error of the effect, the shrunken effect, and of calling all 0


def promise(
    scenario: Scenario,
    replicates: int = REPLICATES,
    model: ReferenceModel | None = None,
    treated: Callable[[Simulated], Simulated] = lambda country: country,
) -> Promise:
    """Return what is measured of a scenario, in `replicates` countries or more smaller ones; `treated` changes them."""
    model = model or load().reference
    found, without = (
        _schools(replace(scenario, truth=truth), replicates, model, treated)
        for truth in (scenario.truth, replace(scenario.truth, tau=0.0))
    )
    error = found["effect"] - found["true_effect"]
    covered = error.abs() <= Z95 * found["effect_se"]
    flagged = without["effect"].abs() > Z95 * without["effect_se"]
    by_intake, by_weighting, by_spread = (_decile(found, name) for name in ("before", "schoolweging", "sd"))
    coverage = covered.groupby(by_intake).mean()
    of_spread = (covered, error.abs() <= Z95 * found["pooled_se"])
    flags = flagged.groupby(_decile(without, "before")).mean()
    shrunken = found["effect_shrunken"] - found["true_effect"]
    return Promise(
        covered.mean(),
        (coverage.min(), coverage.max()),
        tuple(each.groupby(by_spread).mean().iloc[-1] for each in of_spread),
        _ends(error, by_intake),
        _ends(error, by_weighting),
        flagged.mean(),
        (flags.min(), flags.max()),
        tuple((each**2).mean() for each in (error, shrunken, found["true_effect"])),
    )


def measure(replicates: int = REPLICATES) -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, goal) for every scenario."""
    for scenario in SCENARIOS:
        made = promise(scenario, replicates)
        goal = "93 to 97 %, deciles of intake too"
        yield f"coverage: {scenario.name}", f"{percent(made.coverage)} %", goal
        low, high = made.flags_of_intake
        deciles = f"{percent(low)} to {percent(high)} %"
        yield f"false alarms by decile of intake: {scenario.name}", deciles, "3 to 8 %"


def tables(replicates: int = REPLICATES) -> str:
    """Return the two tables of all scenarios in Markdown, in Dutch: intervals in percentages, and points."""
    intervals = [
        ["Land", "Dekking", "per deciel", "grootste spreiding", "met één variantie", "Vals alarm", "per deciel"],
        ["---", *["---:"] * 6],
    ]
    points = [
        ["Land", "Instroom laag / hoog", "Schoolweging laag / hoog", "Fout ruw", "voorzichtig", "nul"],
        ["---", *["---:"] * 5],
    ]
    for scenario in SCENARIOS:
        made = promise(scenario, replicates)
        shares = percent(made.coverage), span(made.coverage_of_intake), *map(percent, made.coverage_of_spread)
        intervals.append([scenario.name, *shares, percent(made.flags), span(made.flags_of_intake)])
        errors = (f"{each:.1f}".replace(".", ",") for each in made.errors)
        points.append([scenario.name, ends(made.bias_of_intake), ends(made.bias_of_weighting), *errors])
        print(*(" | ".join(rows[-1]) for rows in (intervals, points)), sep="\n", file=sys.stderr, flush=True)
    return f"{markdown(intervals)}\n\n{markdown(points)}"


def markdown(rows: list[list[str]]) -> str:
    """Return a table of Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def span(shares: tuple[float, float]) -> str:
    """Return two shares as percentages, from the one to the other."""
    return "–".join(map(percent, shares))


def ends(points: tuple[float, float]) -> str:
    """Return two numbers of points with their signs."""
    return " / ".join(f"{each:+.1f}".replace(".", ",").replace("-", "−") for each in points)


def _schools(
    scenario: Scenario, replicates: int, model: ReferenceModel, treated: Callable[[Simulated], Simulated]
) -> pd.DataFrame:
    countries = replicates * (1 if scenario.schools == SCHOOLS else _SMALLER)
    made = (
        compared(treated(simulate(scenario.schools, 9000 + k, truth=scenario.truth)), model) for k in range(countries)
    )
    return pd.concat([schools.assign(replicate=k) for k, schools in enumerate(made)], ignore_index=True)


def _decile(schools: pd.DataFrame, name: str) -> pd.Series:
    """The decile, from 0, of each school among those of its country."""
    by = schools.groupby("replicate")[name]
    return np.floor((by.rank(method="first") - 1) * _DECILES / by.transform("size")).astype(int)


def _ends(error: pd.Series, decile: pd.Series) -> tuple[float, float]:
    means = error.groupby(decile).mean()
    return means.iloc[0], means.iloc[-1]


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:.1f}".replace(".", ",")


if __name__ == "__main__":
    print(tables(*map(int, sys.argv[1:])))
