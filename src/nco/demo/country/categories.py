"""Scores by category of the fictitious tests: right answers that follow from the pupil's score, and chance."""

import numpy as np
import pandas as pd

from nco.base import all_settings

from .country_settings import DomainScores


def domain_scores(
    results: pd.DataFrame, school: np.ndarray, z: np.ndarray, settings: DomainScores, rng: np.random.Generator
) -> np.ndarray:
    """Return the cell with domain scores of every result (n,), as deliveries have it; None where there is none.

    results: with scale; school (n,): a number; z (n,): the standardised score. A school is as strong in a category at
    all its tests on a scale.
    """
    n_schools = int(school.max(initial=-1)) + 1
    has = (rng.random(n_schools) < settings.schools)[school] & (rng.random(len(z)) >= settings.lacking)
    cells: np.ndarray = np.full(len(z), None, dtype=object)
    scales = all_settings.load().scales
    for code in sorted(results["scale"].unique()):
        names = scales[code].categories
        strength = rng.standard_normal((n_schools, len(names)))
        here = np.flatnonzero(has & (results["scale"] == code).to_numpy())
        if not names or not len(here):
            continue
        own = rng.standard_normal((len(here), len(names)))
        logit = settings.right + settings.ability * z[here, None] + settings.pupil * own
        logit = logit + settings.school * strength[school[here]]
        right = np.asarray(rng.binomial(settings.items, 1 / (1 + np.exp(-logit))))
        known = [[f"{name}={number}/{settings.items}" for number in range(settings.items + 1)] for name in names]
        parts = [np.array(texts, dtype=object)[of] for texts, of in zip(known, right.T, strict=True)]
        cells[here] = ["|".join(each) for each in zip(*parts, strict=True)]
    return cells
