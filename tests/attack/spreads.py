"""What the published spread of school means leaves open for schools that are hidden.

Standardised growth is the distance to the national mean in spreads, so figures that are published give the spread S to
many digits. Were S that of all schools, the sum of their squared distances would be known, and with it that of the
hidden ones; their total growth is known anyway. Two unknown means then have two solutions at most.
"""

import numpy as np
import pandas as pd


def spread(shown: pd.DataFrame) -> float:
    """Return the spread that the shown schools of one pool are divided by: growth over standardised growth.

    shown: mean_growth, national_mean and standardised, as published; weighted by the distance to the mean.
    """
    distance = (shown["mean_growth"] - shown["national_mean"]).to_numpy(float)
    return float(distance @ distance / (distance @ shown["standardised"].to_numpy(float)))


def candidates(
    shown: pd.DataFrame, hidden: dict[str, int], known: dict[str, float], total: int, mean: float
) -> list[dict[str, float]]:
    """Return what the means of the two hidden schools that are not known can be, if S is of all schools.

    hidden: the number of pupils of every hidden school; known: the means of those that the reader knows (its own);
    total and mean: pupils and growth of the country.
    """
    unknown = [name for name in hidden if name not in known]
    if len(unknown) != 2:
        return []
    n = np.array([hidden[name] for name in unknown], float)
    seen = [*shown["mean_growth"], *known.values()]
    schools = len(seen) + 2
    left = total * mean - float((shown["mean_growth"] * shown["n_pupils"]).sum())
    left -= sum(hidden[name] * value for name, value in known.items())
    square = spread(shown) ** 2 * (schools - 1)
    # sum (m - M)^2 = sum m^2 - (sum m)^2 / J, with m1 = (left - n0 m0) / n1: a square equation in m0.
    a, b = left / n[1], n[0] / n[1]
    some, squares = sum(seen), sum(value**2 for value in seen)
    coefficients = [
        1 + b**2 - (1 - b) ** 2 / schools,
        -2 * a * b - 2 * (1 - b) * (some + a) / schools,
        a**2 + squares - (some + a) ** 2 / schools - square,
    ]
    roots = np.roots(coefficients)
    found = [float(root.real) for root in roots if abs(root.imag) < 0.5]
    return [dict(zip(unknown, (m, a - b * m), strict=True)) for m in found]
