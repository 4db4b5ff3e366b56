"""Slices in which every number differs from every other, so that a number in the wrong place is seen."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from nco.reports.growth.rows import ReportRow, Year
from nco.reports.growth.slices import BoardSlice, Slice, Total
from nco_utils.tables import ALL, DOMAINS
from tests.support.slicing import (
    NO_REFERENCE,
    YEAR_BEFORE,
    board,
    every_step,
    hidden,
    parts,
    report,
    thirds,
    with_levels,
)

TESTS = {
    "begrijpend_lezen": ("CITO-BL-3", "IEP-LEZEN"),
    "spelling": ("CITO-SP-3", "IEP-TAALVERZORGING"),
    "rekenen_wiskunde": ("CITO-RW-3", "IEP-REKENEN"),
}
STEPS = ("M5-E5", "E5-M6", "E7-M8")
TRIPLES = ("mean_growth", "standardised", "change", "reference", "effect")  # each with the ends of its interval
SINGLES = ("p10", "p25", "p50", "p75", "p90", "national_before", "national_mean", "effect_shrunken")


class _Numbers:
    """Numbers of one decimal, of two decimals and without, none of them twice."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        self._tenths = iter(random.sample([n for n in range(301, 6000) if n % 10], 5000))
        self._hundredths = iter(random.sample([n for n in range(101, 900) if n % 10], 700))
        self._counts = iter(random.sample(range(1000, 9999), 2000))
        self._percents = iter(random.sample(range(51, 95), 40))
        self._sign = random

    def one(self, name: str) -> float:
        return next(self._hundredths) / 100 if name in ("standardised", "reliability") else next(self._tenths) / 10

    def three(self, name: str) -> tuple[float, float, float]:
        """An interval's lower end, the value and the upper end, on either side of zero or across it."""
        low, value, high = sorted(self.one(name) * self._sign.choice((1, 1, -1)) for _ in range(3))
        return low, value, high

    def count(self) -> int:
        return next(self._counts)

    def percent(self) -> int:
        return next(self._percents)


def _vary(results: list[ReportRow], numbers: _Numbers) -> Iterator[ReportRow]:
    for result in results:
        facts = {}
        for name in TRIPLES:
            ends = (f"{name}_low", name, f"{name}_high")
            if getattr(result, name) is not None:
                facts |= dict(zip(ends, numbers.three(name), strict=True))
        facts |= {name: numbers.one(name) for name in SINGLES if getattr(result, name) is not None}
        if result.mean_before_low is not None:
            facts["mean_before_low"], _, facts["mean_before_high"] = sorted(numbers.one("") for _ in range(3))
        if result.reliability is not None:
            facts["reliability"] = numbers.one("reliability") / 10
        facts |= {"n_pupils": numbers.count(), "national_pupils": numbers.count()}
        facts["national_schools"] = numbers.count()
        facts["percent_with_growth"] = None  # told of all pupils of this year only
        if result.trait == ALL and result.school_year != YEAR_BEFORE:
            missing = numbers.count()
            facts |= {"n_without_growth": missing, "n_one_moment": missing, "percent_with_growth": numbers.percent()}
        yield replace(result, **facts)


def school(seed: int, several: bool = False, **facts) -> Slice:
    """A school; several: with another test in groep 8, and in groep 5 beside the first."""
    numbers = _Numbers(seed)
    plain = with_levels(r for r in every_step(change=1.0, p10=1.0, p90=1.0) if r.step in STEPS)
    if several:
        plain = [replace(r, scale=TESTS[r.domain][r.step == STEPS[2]]) for r in plain]
        plain += [replace(r, scale=TESTS[r.domain][1]) for r in plain if r.step == STEPS[0]]
    if facts.get("kind") == "sbo":
        plain = [replace(result, **NO_REFERENCE | {"model": "not_for_sbo"}) for result in plain]
    now = list(_vary(plain, numbers))
    before = list(_vary([replace(r, school_year=YEAR_BEFORE, change=None) for r in plain], numbers))
    groups = [*parts(plain, "sex", "jongen", "meisje"), *parts(plain, "education", "laag", "midden", "hoog")]
    groups += parts([r for r in plain if r.step == "M5-E5"], "group", "5A", "5B")
    groups += thirds(plain)
    made = report(now, [*before, *_vary(groups, numbers)], **facts)
    return replace(made, trend=tuple(_years(made, numbers)))


def _years(made: Slice, numbers: _Numbers) -> Iterator[Year]:
    """Three school years of every domain."""
    for whole in made.overall:
        for year in ("2019-2020", "2020-2021", "2021-2022"):
            facts = {}
            for name in ("effect", "country", "standardised"):
                if getattr(whole, name) is not None:
                    facts |= dict(zip((f"{name}_low", name, f"{name}_high"), numbers.three(name), strict=True))
            yield Year(whole.domain, whole.scale, year, numbers.count(), **facts)


def _some_hidden() -> Slice:
    """A school of which parts may not be shown: steps, a domain, a cohort, groups, counts and reference values."""
    whole = school(3, brinvest="99AC00", school_name="Obs De Zwijger")
    shown = [replace(r, n_without_growth=None, n_one_moment=None, percent_with_growth=None) for r in whole.results]
    first, second, third = ([r for r in shown if r.domain == domain] for domain in DOMAINS)
    without = [replace(result, **NO_REFERENCE) for result in second[:1]]
    results = [
        *first[:2], hidden(domain=first[2].domain, step=first[2].step),
        *without, *second[1:],
        hidden("other_scale", domain=third[0].domain, step=third[0].step, scale=None, n_results_other_scale=9871),
        hidden("no_growth", domain=third[1].domain, step=third[1].step),
        hidden(domain=third[2].domain, step=third[2].step),
    ]  # fmt: skip
    others = [each for each in whole.others if each.trait != "education" and each.domain != third[0].domain]
    boys = [hidden(**{name: getattr(r, name) for name in ("domain", "step", "school_year", "trait", "value")})
            if (r.trait, r.value) == ("sex", "jongen") else r for r in others]  # fmt: skip
    return report(results, boys, brinvest="99AC00", school_name="Obs De Zwijger")


TYPICAL = school(1, school_name="Obs De Doorsnee")
SPECIAL = school(2, kind="sbo", sector="sbo", brinvest="99AB00", school_name="Sbo De Kleine Klas")
HIDDEN = _some_hidden()
SEVERAL = school(6, several=True, brinvest="99AD00", school_name="Obs De Tweesprong")


def _totals(numbers: _Numbers) -> list[Total]:
    made = []
    for domain in DOMAINS:
        for step in STEPS:
            low, value, high = numbers.three("mean_growth")
            made.append(Total(domain, step, domain, 3, numbers.count(), value, low, high))
    return made


BOARD: BoardSlice = board([TYPICAL, SPECIAL, HIDDEN], _totals(_Numbers(4)))
REPORTS: dict[str, Slice | BoardSlice] = {
    "een gewone school": TYPICAL,
    "speciaal basisonderwijs": SPECIAL,
    "deels verborgen": HIDDEN,
    "twee toetsen": SEVERAL,
    "een bestuur": BOARD,
}
