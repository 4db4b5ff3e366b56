"""What can be done about the measurement error of the earlier score, on countries with known truth: docs/methode.qmd.

`python -m benchmarks.intake [REPLICATES]` prints the table in Markdown. The error makes the effects of schools go with
their intake. Compared are: nothing; the school's mean score in the model (what the model does); each score drawn toward
the school's mean by its reliability, when that is known and when .9 is taken for it; and the reliability as the test
before tells it (Heise 1969, American Sociological Review 34(1): an instrument for the earlier score).
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from nco.base.all_settings import load
from nco_utils.reference.within import expected_scores
from tests.support.simulated import Simulated

from .simulation import NOISY, USUAL, Scenario, ends, markdown, promise, span

REPLICATES = 20
ASSUMED = 0.9
COUNTRIES = {1.0: USUAL, 0.9: replace(NOISY, reliability=0.9), 0.8: replace(NOISY, reliability=0.8)}


def corrected(country: Simulated, reliability: float) -> Simulated:
    """Return the country with every earlier score drawn toward the mean of its school, and growth from that score."""
    made = expected_scores(country.pairs, country.pairs["brinvest"].factorize()[0], reliability)
    return replace(country, pairs=made)


def by_the_test_before(country: Simulated) -> Simulated:
    """Return the country corrected by the reliability within schools that the test before it tells."""
    before, after = (country.pairs[name].groupby(country.pairs["brinvest"]) for name in ("score_before", "score_after"))
    earlier = country.pairs.assign(earlier=country.earlier).groupby("brinvest")["earlier"]
    x, y, z = (each.obj - each.transform("mean") for each in (before, after, earlier))
    within = ((y @ x) / (x @ x)) / ((y @ z) / (x @ z))  # the slope, over that by the instrument
    score = country.pairs["score_before"]
    variance = (x @ x) / (len(x) - before.ngroups)
    return corrected(country, min(1.0, 1 - (1 - within) * variance / score.var(ddof=0)))


def treatments(reliability: float) -> Iterator[tuple[str, bool, Callable[[Simulated], Simulated]]]:
    """Yield what is compared: its name, whether the school's mean is in the model, and what is done to a country."""
    yield "niets", False, lambda country: country
    yield "schoolgemiddelde in het model", True, lambda country: country
    if reliability != ASSUMED:
        yield "score gecorrigeerd, betrouwbaarheid bekend", False, lambda country: corrected(country, reliability)
    yield "score gecorrigeerd met 0,9", False, lambda country: corrected(country, ASSUMED)
    yield "score gecorrigeerd met de toets ervoor", False, by_the_test_before


def table(replicates: int = REPLICATES) -> str:
    """Return the table in Markdown, in Dutch."""
    model = load().reference
    without = model.model_copy(
        update={"school_mean_of": tuple(name for name in model.school_mean_of if name != "score_before")}
    )
    header = ["Betrouwbaarheid", "Behandeling", "Dekking", "Vertekening naar instroom", "Vals alarm per deciel", "Fout"]
    rows = [header, ["---:", "---", *["---:"] * (len(header) - 2)]]
    for reliability, truth in COUNTRIES.items():
        for name, mean, treated in treatments(reliability):
            made = promise(Scenario(name, truth), replicates, model if mean else without, treated)
            shares = span(made.coverage_of_intake), ends(made.bias_of_intake), span(made.flags_of_intake)
            error = f"{np.sqrt(made.errors[0]):.2f}".replace(".", ",")
            rows.append([f"{reliability:g}".replace(".", ","), name, *shares, error])
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    return markdown(rows)


if __name__ == "__main__":
    print(table(*map(int, sys.argv[1:])))
