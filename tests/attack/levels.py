"""What quantiles of scores tell of a few pupils: how many of them lie below a score that is published.

The reader knows which pupils each figure is about, but no score. A quantile of n pupils says how many of them have a
lower score; with two sets of pupils of one moment, of which one lies within the other, what is known of both narrows
how many of the few others lie below.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FEW = 5


@dataclass(frozen=True)
class Found:
    """A group of at most FEW pupils of one school of whom it is known that all, or none, lie below a score."""

    brinvest: str
    what: str
    pupils: int


@dataclass(frozen=True)
class _Set:
    """The pupils of one figure, and what is told of them: scores by percentile."""

    pupils: frozenset
    trait: str
    told: dict[int, float]

    def below(self, score: float) -> tuple[int, int]:
        """Return between what the number of pupils lies who have at most that score."""
        n, low, high = len(self.pupils), 0, len(self.pupils)
        for percentile, value in self.told.items():
            place = (n - 1) * percentile / 100
            if value <= score:  # at least the pupils up to the place have at most the quantile
                low = max(low, int(np.floor(place)) + 1)
            if value >= score:  # those above it have at least the quantile: no two scores are equal
                high = min(high, int(np.ceil(place)) + (value == score and place % 1 == 0))
        return low, high


def found(figures: pd.DataFrame, members: pd.DataFrame) -> list[Found]:
    """Return the groups of a few pupils that the quantiles place above or below a score.

    figures: unit (release, UNIT_OF_SUPPRESSION, trait, value) and columns level_p10 and so on; members: unit and
    pupil_id. All sets of one school, moment, domain and scale are laid side by side.
    """
    keys = ["release", "brinvest", "school_year", "step", "domain", "scale", "trait", "value"]
    names = [name for name in figures.columns if name.startswith("level_p")]
    told = figures[figures[names].notna().any(axis=1)]
    people = members.groupby(keys)["pupil_id"].agg(frozenset)
    sets: dict[tuple, list[_Set]] = {}
    for row in told.to_dict("records"):
        quantiles = {int(name.removeprefix("level_p")): row[name] for name in names if pd.notna(row[name])}
        moment = row["step"].split("-")[1]
        place = row["brinvest"], row["school_year"], moment, row["domain"], row["scale"]
        sets.setdefault(place, []).append(_Set(people[tuple(row[key] for key in keys)], row["trait"], quantiles))
    return [
        each for (brinvest, *_), here in sets.items() for each in (*_tails(brinvest, here), *_apart(brinvest, here))
    ]


def _tails(brinvest: str, sets: list[_Set]) -> list[Found]:
    """The pupils beyond a quantile, where they are few: each of them has a lower, or a higher, score."""
    made = []
    for each in sets:
        for percentile in each.told:
            place = (len(each.pupils) - 1) * percentile / 100
            beyond = min(int(np.floor(place)) + 1, len(each.pupils) - int(np.ceil(place)))
            made += [Found(brinvest, "tail", beyond)] if 0 < beyond <= FEW else []
    return made


def _apart(brinvest: str, sets: list[_Set]) -> list[Found]:
    """The pupils of one set and not of another within it, nor of all parts by one trait, where those are few."""
    made = []
    for whole in sets:
        inside = [part for part in sets if part.pupils < whole.pupils]
        by_trait = [[part for part in inside if part.trait == trait] for trait in {part.trait for part in inside}]
        for parts in [*([part] for part in inside), *by_trait]:
            rest = len(whole.pupils) - sum(len(part.pupils) for part in parts)
            if not 0 < rest <= FEW:
                continue
            for score in {value for each in (whole, *parts) for value in each.told.values()}:
                least, most = whole.below(score)
                fewest, highest = map(sum, zip(*(part.below(score) for part in parts), strict=True))
                if max(least - highest, 0) == rest or min(most - fewest, rest) == 0:
                    made.append(Found(brinvest, "apart", rest))
    return made
