"""What levels tell of a few pupils: how many of them lie below a score.

The reader knows which pupils each figure is about, where the country's thirds end, and how a level is made, but no
score. A level says between what the number of pupils lies who have a lower score; the numbers of pupils in each third
say it just, of the scores at the begin of a step. With two sets of pupils of one moment, a few apart, what is known of
both narrows how many of the few lie below.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from nco.disclosure.levels import around
from nco_utils.params import START_TRAIT

FEW = 5
_UNIT = ["release", "brinvest", "school_year", "step", "domain", "scale", "trait", "value"]


@dataclass(frozen=True)
class Found:
    """A group of at most FEW pupils of one school of whom it is known that all, or none, lie below a score."""

    brinvest: str
    what: str
    pupils: int


@dataclass(frozen=True)
class _Set:
    """The pupils of one figure, and what is told of them: levels by percentile, or numbers of pupils up to a score."""

    pupils: frozenset
    trait: str
    ranks: int
    told: dict[int, float] = field(default_factory=dict)
    counted: dict[float, int] = field(default_factory=dict)

    def below(self, score: float) -> tuple[int, int]:
        """Return between what the number of pupils lies who have at most that score."""
        n, low, high = len(self.pupils), 0, len(self.pupils)
        for percentile, value in self.told.items():
            lowest, highest = (int(end[0]) for end in around(np.array([n]), percentile, self.ranks))
            if value <= score:  # the lowest of a mean is at most the mean
                low = max(low, lowest + 1)
            if value >= score:
                high = min(high, highest + (value == score and lowest == highest))
        for limit, number in self.counted.items():
            low, high = max(low, number if limit <= score else 0), min(high, number if limit >= score else n)
        return low, high


def found(figures: pd.DataFrame, members: pd.DataFrame, ranks: int) -> list[Found]:
    """Return the groups of a few pupils that levels, and thirds beside them, place above or below a score.

    figures: what is shown, one row a unit (release, UNIT_OF_SUPPRESSION, trait, value), with columns level_p10 and so
    on; members: unit, pupil_id and score_before; ranks: how many scores on either side of a quantile its level is of.
    All sets of one school, moment, domain and scale are laid side by side.
    """
    sets: dict[tuple, list[_Set]] = {}
    for place, each in [*_with_levels(figures, members, ranks), *_with_thirds(figures, members, ranks)]:
        sets.setdefault(place, []).append(each)
    return [each for (name, *_), here in sets.items() for each in (*_tails(name, here), *_apart(name, here))]


def _with_levels(figures: pd.DataFrame, members: pd.DataFrame, ranks: int) -> list[tuple[tuple, _Set]]:
    names = [name for name in figures.columns if name.startswith("level_p")]
    people, made = members.groupby(_UNIT)["pupil_id"].agg(frozenset), []
    for row in figures[figures[names].notna().any(axis=1)].to_dict("records"):
        told = {int(name.removeprefix("level_p")): row[name] for name in names if pd.notna(row[name])}
        made.append((_place(row, 1), _Set(people[tuple(row[key] for key in _UNIT)], row["trait"], ranks, told)))
    return made


def _with_thirds(figures: pd.DataFrame, members: pd.DataFrame, ranks: int) -> list[tuple[tuple, _Set]]:
    """Every step of which the thirds are shown: how many pupils begin at most where the country's thirds end."""
    begun = members[members["trait"] == START_TRAIT]
    of_country = ["release", "school_year", "step", "domain", "scale"]
    limits = begun.groupby([*of_country, "value"])["score_before"].max()
    shown = begun.merge(figures.loc[figures["trait"] == START_TRAIT, _UNIT].drop_duplicates(), on=_UNIT)
    made = []
    for key, rows in shown.groupby(_UNIT[:-2]):
        row = dict(zip(_UNIT[:-2], key, strict=True))
        ends = limits[tuple(row[name] for name in of_country)]
        counted = {float(end): int((rows["score_before"] <= end).sum()) for end in (ends["laag"], ends["midden"])}
        made.append((_place(row, 0), _Set(frozenset(rows["pupil_id"]), START_TRAIT, ranks, {}, counted)))
    return made


def _place(row: dict, later: int) -> tuple:
    """School, moment, domain and scale; later: 1 for the moment at which a step ends."""
    begin = 2 * int(row["school_year"][:4]) - (row["step"][0] == "E")
    return row["brinvest"], begin + later, row["domain"], row["scale"]


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
            for score in {value for each in (whole, *parts) for value in (*each.told.values(), *each.counted)}:
                least, most = whole.below(score)
                fewest, highest = map(sum, zip(*(part.below(score) for part in parts), strict=True))
                if max(least - highest, 0) == rest or min(most - fewest, rest) == 0:
                    made.append(Found(brinvest, "apart", rest))
    return made
