"""The random-intercept fit of a whole country, beside statsmodels' MixedLM on a tenth of it."""

import time
from collections.abc import Iterator

import numpy as np

from nco_utils import multilevel


def measure() -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, goal); 1.2 million pupils in 6,500 schools, 20 covariates."""
    y, x, schools = _country(1_200_000, 6_500)
    started = time.perf_counter()
    multilevel.fit_random_intercept(y, x, schools)
    yield "fit, 1.2 million pupils x 20 covariates", f"{time.perf_counter() - started:.2f} s", "1 s"
    started = time.perf_counter()
    multilevel.leave_one_group_out(y, x, schools)
    yield "fit without each of 6,500 schools in turn", f"{time.perf_counter() - started:.1f} s", ""
    yield from _against_statsmodels()


def _against_statsmodels() -> Iterator[tuple[str, str, str]]:
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, x, schools = _country(120_000, 650)
    started = time.perf_counter()
    ours = multilevel.fit_random_intercept(y, x, schools)
    own = time.perf_counter() - started
    started = time.perf_counter()
    theirs = MixedLM(y, x, schools).fit()
    other = time.perf_counter() - started
    apart = np.abs(ours.beta / theirs.fe_params - 1).max()
    yield "the same, 120,000 pupils: ours / MixedLM", f"{own:.2f} s / {other:.1f} s", ""
    yield "largest relative difference of a coefficient", f"{apart:.0e}", ""


def _country(pupils: int, schools: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    school = np.sort(random.integers(0, schools, pupils))
    x = np.column_stack([np.ones(pupils), random.normal(200, 30, pupils), random.normal(size=(pupils, 18))])
    effects = random.normal(0, 2, schools)[school]
    return x @ random.normal(size=20) + effects + random.normal(0, 13, pupils), x, school
