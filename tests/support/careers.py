"""Schools whose pupils are followed over all moments, with known effects of the schools: what their reports show.

Growth is what a school adds, plus the pupil's own course, plus the error of the later test minus that of the earlier
one: two steps in a row share a test, so their deviations go together negatively.
"""

from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pandas as pd

from nco.disclosure import shrinkage, since_last_year
from nco_utils.national import Z95
from nco_utils.tables import ALL, DOMAINS

MOMENTS = ("M3", "E3", "M4", "E4", "M5", "E5", "M6", "E6", "M7", "E7", "M8")
STEPS = tuple(f"{before}-{after}" for before, after in pairwise(MOMENTS))
SIGMA = 12.0  # points of growth within schools
ERROR = 0.25  # share of SIGMA's variance that is the error of one test: the steps correlate by minus this
LAST_YEAR = 2022  # the school year of the newest report begins in it
SMALLEST = 6
SPREAD = 3.0  # points in which growth is standardised


@dataclass(frozen=True)
class Schooling:
    """What schools differ in. lasting: SD between schools of growth in every step of a domain; passing: SD of an effect
    on one test of one cohort; share: of the schools that differ at all."""

    lasting: float = 0.0
    passing: float = 0.0
    share: float = 1.0


NO_EFFECTS = Schooling()


@dataclass(frozen=True)
class Careers:
    """Rows as of table report, of the newest round and of those a year and more before; `truth`: the true effect of
    each row (brinvest, school_year, domain, step)."""

    report: pd.DataFrame
    earlier: tuple[pd.DataFrame, ...]
    truth: pd.DataFrame


def careers(
    n_schools: int, seed: int, schooling: Schooling = NO_EFFECTS, years: int = 2, missing: float = 0.08
) -> Careers:
    """Follow pupils of schools of all sizes and publish the reports of so many years, each with two cohorts."""
    rng = np.random.default_rng(seed)
    names = np.array([f"{10 + i // 676:02d}{chr(65 + i // 26 % 26)}{chr(65 + i % 26)}00" for i in range(n_schools)])
    usual = np.clip(rng.lognormal(np.log(22), 0.5, n_schools), 4, 90)
    different = rng.random(n_schools) < schooling.share
    lasting = schooling.lasting * rng.standard_normal((n_schools, len(DOMAINS))) * different[:, None]
    rows = []
    for birth in range(LAST_YEAR - years - 6, LAST_YEAR + 1):  # the year in which they begin groep 3
        sizes = rng.poisson(usual)
        school = np.repeat(np.arange(n_schools), sizes)
        for d, domain in enumerate(DOMAINS):
            passing = schooling.passing * rng.standard_normal((n_schools, len(MOMENTS))) * different[:, None]
            effect = lasting[:, [d]] + np.diff(passing)
            growth = _growth(school, effect, missing, rng)
            for t, step in enumerate(STEPS):
                year = birth + (t + 1) // 2
                if LAST_YEAR - years <= year <= LAST_YEAR:
                    rows.append(_rows(growth[:, t], school, effect[:, t], names, f"{year}-{year + 1}", domain, step))
    made = pd.concat(rows, ignore_index=True)
    truth = made[["brinvest", "school_year", "domain", "step", "truth", "differs"]]
    reports = [
        since_last_year.with_changes(
            made[made["school_year"].isin([f"{y - 1}-{y}", f"{y}-{y + 1}"])].reset_index(drop=True)
        )
        for y in range(LAST_YEAR, LAST_YEAR - years, -1)
    ]
    return Careers(reports[0], tuple(reports[1:]), truth)


def with_truth(lasting: pd.DataFrame, made: Careers) -> pd.DataFrame:
    """Return table pooled of the reports of a country with the true values: effect_true, country_true."""
    steps = pd.concat([made.report, *made.earlier]).drop_duplicates(["brinvest", "school_year", "domain", "step"])
    for name, shown in {"effect": "effect", "country": "mean_growth"}.items():
        weight = 1 / shrinkage.standard_error(steps[f"{shown}_low"], steps[f"{shown}_high"]) ** 2
        sums = steps[["brinvest", "domain"]].assign(true=weight * steps["truth"], weight=weight)
        sums = sums.groupby(["brinvest", "domain"]).sum()
        true = (sums["true"] / sums["weight"]).reindex(pd.MultiIndex.from_frame(lasting[["brinvest", "domain"]]))
        lasting = lasting.assign(**{f"{name}_true": true.to_numpy()})
    return lasting


def _growth(school: np.ndarray, effect: np.ndarray, missing: float, rng: np.random.Generator) -> np.ndarray:
    """Growth of every pupil in every step (n, 10); not a number where one of the two tests was not taken."""
    n, error = len(school), SIGMA * np.sqrt(ERROR)
    test = error * rng.standard_normal((n, len(MOMENTS)))
    test[rng.random(test.shape) < missing] = np.nan
    own = SIGMA * np.sqrt(1 - 2 * ERROR) * rng.standard_normal((n, len(STEPS)))
    return 12 + effect[school] + own + np.diff(test)


def _rows(growth, school, effect, names, year, domain, step) -> pd.DataFrame:
    """The shown schools in one step: the reference value is the mean of the other schools."""
    there = np.isfinite(growth)
    growth, school = growth[there], school[there]
    n = np.bincount(school, minlength=len(names))
    mean = np.bincount(school, growth, len(names)) / np.maximum(n, 1)
    sd = np.sqrt(((growth - mean[school]) ** 2).sum() / (len(growth) - (n > 0).sum()))
    others = (len(growth) * growth.mean() - n * mean) / (len(growth) - n)
    se = sd / np.sqrt(np.maximum(n, 1))
    found = {"mean_growth": (mean, se), "effect": (mean - others, np.hypot(se, sd / np.sqrt(len(growth) - n)))}
    frame = pd.DataFrame({"brinvest": names, "school_year": year, "domain": domain, "step": step, "scale": domain})
    frame = frame.assign(
        trait=ALL,
        value=ALL,
        status="shown",
        n_pupils=n,
        differs=effect != 0,
        truth=effect - effect[school].mean(),
        national_mean=growth.mean(),
    )
    found["standardised"] = (mean - growth.mean()) / SPREAD, se / SPREAD
    for name, (value, error) in found.items():
        frame = frame.assign(**{name: value, f"{name}_low": value - Z95 * error, f"{name}_high": value + Z95 * error})
    frame = frame[n >= SMALLEST]
    columns = [f"{name}{end}" for name, end in product(found, ("", "_low", "_high"))]
    return frame.round({name: 2 if name.startswith("standardised") else 1 for name in [*columns, "national_mean"]})
