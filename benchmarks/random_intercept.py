"""The random-intercept fit of a whole country, beside statsmodels' MixedLM on a tenth of it, and lme4 if R is here."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nco_utils.models import leave_one_out, random_intercept


def measure() -> Iterator[tuple[str, str, str]]:
    """Yield (what, measured, goal); 1.2 million pupils in 6,500 schools, 20 covariates."""
    y, x, schools = _country(1_200_000, 6_500)
    started = time.perf_counter()
    random_intercept.fit_random_intercept(y, x, schools)
    yield "fit, 1.2 million pupils x 20 covariates", f"{time.perf_counter() - started:.2f} s", "1 s"
    started = time.perf_counter()
    leave_one_out.leave_one_group_out(y, x, schools)
    yield "fit without each of 6,500 schools in turn", f"{time.perf_counter() - started:.1f} s", "5 s"
    yield from _against_others()


def _against_others() -> Iterator[tuple[str, str, str]]:
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, x, schools = _country(120_000, 650)
    started = time.perf_counter()
    ours = random_intercept.fit_random_intercept(y, x, schools)
    own = time.perf_counter() - started
    started = time.perf_counter()
    theirs = MixedLM(y, x, schools).fit()
    other = time.perf_counter() - started
    apart = np.abs(ours.beta / theirs.fe_params - 1).max()
    yield "120,000 pupils: ours, MixedLM, ratio", f"{own:.2f} s, {other:.1f} s, {other / own:.0f}", ""
    yield "largest relative difference of a coefficient", f"{apart:.0e}", ""
    lme4 = _lme4(y, x, schools)
    yield "120,000 pupils: lme4, ratio", f"{lme4:.1f} s, {lme4 / own:.0f}" if lme4 else "no R with lme4 here", ""


def _lme4(y: np.ndarray, x: np.ndarray, schools: np.ndarray) -> float | None:
    """Return the seconds that lme4 takes for the same fit, reading not counted; None without R or lme4."""
    if not shutil.which("Rscript"):
        return None
    with tempfile.TemporaryDirectory(prefix="nco-bench-") as folder:
        path = Path(folder) / "rows.csv"
        header = ",".join(["y", "school", *(f"x{k}" for k in range(1, x.shape[1]))])
        np.savetxt(path, np.column_stack([y, schools, x[:, 1:]]), delimiter=",", header=header, comments="")
        code = (
            f"rows <- read.csv('{path}'); "
            "formula <- reformulate(c(setdiff(names(rows), c('y', 'school')), '(1 | school)'), 'y'); "
            "cat(system.time(lme4::lmer(formula, rows))[['elapsed']])"
        )
        run = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True)
    return float(run.stdout) if run.returncode == 0 else None


def _country(pupils: int, schools: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    school = np.sort(random.integers(0, schools, pupils))
    x = np.column_stack([np.ones(pupils), random.normal(200, 30, pupils), random.normal(size=(pupils, 18))])
    effects = random.normal(0, 2, schools)[school]
    return x @ random.normal(size=20) + effects + random.normal(0, 13, pupils), x, school
