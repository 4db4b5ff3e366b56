"""The reference levels at the end of groep 8 of the fictitious country: what schools of each schoolweging reach."""

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from nco.base import all_settings
from nco_utils import tables
from nco_utils.tables import LEVEL_CLASSES, REFERENCE_LEVELS

from .abilities import USUAL
from .country_settings import CountrySettings

_GRADES = 8
_BEFORE = 2  # school years before the first with results: a first round has three years too


def end_levels(schools: pd.DataFrame, settings: CountrySettings, rng: np.random.Generator) -> pd.DataFrame:
    """Return table REFERENCE_LEVELS: an eighth of each school's pupils a year, in three classes of each subject.

    schools: `fictitious.Enrolled.schools`. A school reaches what schools of its schoolweging do, apart by
    `levels_spread` on the logit, the same in all subjects and years; sbo has none.
    """
    here = schools[schools["sector"] == "bo"].reset_index(drop=True)
    classes = all_settings.load().reference_levels.classes
    of = np.clip(here["schoolweging"].to_numpy() - classes[0].lowest, 0, len(classes) - 1).astype(int)
    apart = rng.normal(0, settings.schools.levels_spread, len(here))
    reach = {
        name: expit(logit([getattr(classes[i], name) / 100 for i in of]) + apart)
        for name in ("similar_1f", "similar_2f")
    }
    shares = np.column_stack([1 - reach["similar_1f"], reach["similar_1f"] - reach["similar_2f"], reach["similar_2f"]])
    rows = []
    for year in range(USUAL.first - _BEFORE, USUAL.first + USUAL.years):
        n = rng.poisson(here["size"] / _GRADES)
        for subject in REFERENCE_LEVELS["subject"].allowed:
            drawn = rng.multinomial(n, shares)
            known = {"brinvest": here["brinvest"], "school_year": f"{year}-{year + 1}", "subject": subject}
            rows.append(pd.DataFrame(known | dict(zip(LEVEL_CLASSES, drawn.T, strict=True))))
    made = pd.concat(rows).sort_values(["brinvest", "school_year"], kind="stable")
    return tables.conform(made, REFERENCE_LEVELS)
