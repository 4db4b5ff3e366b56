"""The attack on begin scores by way of reference values: what it finds when they do give them away."""

import numpy as np
import pandas as pd

from nco.disclosure import begin_score
from nco_utils import tables
from tests.attack import references
from tests.support.publishing import STEP, school

SCHOOLS, OF_THE_REST = 120, 3.0
"""The reference values of schools of one mean differ by some points of growth for what else their pupils are."""


def told(rest: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """One step of schools whose reference value is a third of the begin score, and `rest` of what no report shows."""
    random = np.random.default_rng(4)
    names = [school(number) for number in range(SCHOOLS)]
    n = random.integers(12, 40, SCHOOLS)
    mean = random.normal(200, 6, SCHOOLS)
    low, high = begin_score.interval(mean, n, random.uniform(-0.5, 0.5, SCHOOLS), np.full(SCHOOLS, 90.0))
    reference = 80 - mean / 3 + random.normal(0, rest, SCHOOLS)
    unit = {"brinvest": names, **STEP, "trait": tables.ALL, "value": tables.ALL}
    growth = reference + random.normal(0, 3, SCHOOLS)
    report = pd.DataFrame(
        {**unit, "status": "shown", "n_pupils": n, "mean_before_low": low, "mean_before_high": high,
         "mean_growth": growth, "standardised": growth / 15, "reference": reference, "reference_low": reference - 1,
         "effect": growth - reference}
    )  # fmt: skip
    return report, pd.DataFrame({**unit, "mean_before": mean}), pd.Series("Openbaar", index=names)


def test_a_reference_value_of_nothing_but_the_begin_score_gives_it_away():
    assert references.explained(*told(rest=0.0))["explained"].min() > 0.9


def test_one_of_what_else_pupils_are_tells_hardly_more_than_the_interval():
    assert references.explained(*told(rest=OF_THE_REST))["explained"].max() < 0.1
