"""What a report may rank, in countries of which the truth is known; each rate beside that of the intervals alone."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import pooled, pooled_groups, ranking
from nco.disclosure.ranking import COLUMNS
from tests.support import dealt
from tests.support.careers import Careers, Schooling, careers, with_truth

SETTINGS = all_settings.load()
RATE = SETTINGS.ranking.false_discovery_rate
SORTS = ("effect", "country", "change")
SOME = Schooling(lasting=2.0, passing=1.5, share=0.3)
ALL_DIFFER = Schooling(lasting=1.4, passing=1.0)
YEAR = "2022-2023"
ROW = {
    "brinvest": "10AA00", "school_year": YEAR, "domain": "spelling", "step": "M5-E5", "scale": "S", "trait": "all",
    "value": "all", "status": "shown", "pool": 0, "mean_growth": 9.0, "mean_growth_low": 5.0, "mean_growth_high": 13.0,
    "national_mean": 5.0, "effect": 1.0, "effect_low": -3.0, "effect_high": 5.0,
    "change": None, "change_low": None, "change_high": None,
}  # fmt: skip


def ranked(made: Careers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows of a country of one scale a domain, ranked, and its table pooled."""
    pool = made.report.groupby(["school_year", "domain", "step"]).ngroup()
    rows = ranking.with_ranks(made.report.assign(pool=pool), SETTINGS.ranking)
    sector = pd.Series("bo", rows["brinvest"].unique())
    return ranking.judged(rows, pooled.together([rows, *made.earlier], sector, SETTINGS.ranking))


def long(made: Careers) -> pd.DataFrame:
    """The figures that reports of the newest year rank, one a row: value, interval, q, and the true value."""
    rows, lasting = ranked(made)
    before = made.truth.assign(
        school_year=made.truth["school_year"].map(lambda y: f"{int(y[:4]) + 1}-{int(y[-4:]) + 1}")
    )
    keys = ["brinvest", "school_year", "domain", "step"]
    rows = rows.merge(before, on=keys, how="left", suffixes=("", "_before"))
    rows = rows[rows["school_year"] == YEAR]
    country = ranking.against_country(rows)
    found = []
    for sort in SORTS:
        value, low, high = country if sort == "country" else (rows[f"{sort}{end}"] for end in ("", "_low", "_high"))
        true = rows["truth"] - rows["truth_before"] if sort == "change" else rows["truth"]
        shrunken = rows[f"{sort}_shrunken"] if sort != "effect" else np.nan
        columns = {"value": value, "low": low, "high": high, "q": rows[f"{sort}_q"], "true": true, "shrunken": shrunken}
        found.append(rows[["brinvest", "differs"]].assign(sort=sort, **columns).dropna(subset=["value", "low"]))
    return pd.concat([*found, *_of_domains(lasting, made)], ignore_index=True)


def _of_domains(lasting: pd.DataFrame, made: Careers) -> list[pd.DataFrame]:
    """What the reports rank of domains as a whole."""
    lasting = with_truth(lasting, made)
    differs = lasting["brinvest"].map(made.truth.groupby("brinvest")["differs"].any())
    frames = []
    for sort in ranking.MEASURES[:2]:
        value, low, high, q = (lasting[f"{sort}{part}"] for part in ("", "_low", "_high", "_q"))
        frame = lasting[["brinvest"]].assign(differs=differs, sort=f"{sort} of domain", value=value, low=low, high=high)
        frames.append(frame.assign(q=q, true=lasting[f"{sort}_true"]).dropna(subset=["value", "low"]))
    return frames


def naming(figures: pd.DataFrame, which: pd.Series) -> pd.Series:
    """Of every report whether it names any of its figures."""
    return which.groupby(figures["brinvest"]).any()


def by_interval(figures: pd.DataFrame) -> pd.Series:
    return (figures["low"] > 0) | (figures["high"] < 0)


def check_no_effects(figures: list[pd.DataFrame]) -> None:
    """At most RATE of the reports name something, and 2.5 standard errors; by intervals alone more than half do."""
    named = pd.concat(naming(each, each["q"] < RATE) for each in figures)
    assert named.mean() <= RATE + 2.5 * np.sqrt(RATE * (1 - RATE) / len(named))
    for sort in SORTS:
        these = [each[each["sort"] == sort] for each in figures]
        assert pd.concat(naming(each, by_interval(each)) for each in these).mean() > 0.5, sort


def check_effects(figures: list[pd.DataFrame], least_power: float) -> None:
    every = pd.concat(figures)
    named = every["q"] < RATE
    wrong = (np.sign(every["value"]) != np.sign(every["true"])) | ~every["differs"]
    assert wrong[named].mean() < RATE
    assert named[every["sort"] != "change"].mean() > least_power


@pytest.mark.slow
def test_of_schools_without_effects_at_most_5_percent_of_the_reports_name_anything():
    check_no_effects([long(careers(150, seed)) for seed in (1, 2)])


@pytest.mark.slow
def test_among_schools_with_effects_at_most_5_percent_of_what_is_named_has_the_other_direction():
    check_effects([long(careers(300, 3, ALL_DIFFER))], least_power=0.001)


@pytest.mark.slow
def test_shrunken_differences_with_the_country_and_changes_are_closer_to_the_truth_than_raw_ones_and_than_zero():
    figures = long(careers(300, 5, ALL_DIFFER))
    for sort in ("country", "change"):
        each = figures[figures["sort"] == sort]
        raw, shrunken, zero = (((value - each["true"]) ** 2).mean() for value in (each["value"], each["shrunken"], 0.0))
        assert shrunken < zero < raw, sort


@pytest.mark.big
def test_of_seven_countries_without_effects_at_most_5_percent_of_the_reports_name_anything():
    check_no_effects([long(careers(150, 100 + seed)) for seed in range(7)])


@pytest.mark.big
def test_of_the_reports_that_name_something_at_most_5_percent_are_of_schools_without_any_effect():
    """Three in ten schools differ: the others are a part of the country like any other."""
    made = [careers(1000, 200 + seed, SOME) for seed in range(3)]
    figures = [long(each) for each in made]
    check_effects(figures, least_power=0.003)
    named, idle = [], []
    for each, these in zip(made, figures, strict=True):
        differs = each.truth.groupby("brinvest")["differs"].any()
        of = naming(these, these["q"] < RATE)
        named.append(of)
        idle.append(~of.index.map(differs).to_numpy(bool))
    of, no_effect = pd.concat(named).to_numpy(), np.concatenate(idle)
    assert (of & no_effect).sum() / of.sum() <= RATE
    assert of[no_effect].mean() <= RATE


# --- what the columns are of ---------------------------------------------------------------------


NO_DOMAINS = pd.DataFrame({"brinvest": [], "effect_p": [], "country_p": []}).astype({"brinvest": "str"})


def rank(*rows: dict, minimum: int = 3) -> pd.DataFrame:
    settings = SETTINGS.ranking.model_copy(update={"minimum_schools": minimum})
    frame = pd.DataFrame(rows).astype({f"change{end}": "float64" for end in ("", "_low", "_high")})
    return ranking.judged(ranking.with_ranks(frame, settings), NO_DOMAINS)[0]


def test_a_domain_as_a_whole_is_judged_with_the_steps_of_its_report_and_with_no_other_school():
    """p = .05 of the country at a step, and a p of 1e-6 of a domain: the one makes the other two of three."""
    lasting = pd.DataFrame({"brinvest": ["10AA00", "10AB00"], "effect_p": [1e-6, 0.9], "country_p": [np.nan, np.nan]})
    rows, domains = ranking.judged(rank(ROW), lasting)
    assert rows["country_q"][0] == pytest.approx(0.15, abs=2e-3)  # times G / R = 2 / 1: one of two reports is chosen
    assert domains["effect_q"].tolist() == pytest.approx([0.0, 0.9], abs=1e-4)


def test_the_difference_with_the_country_has_the_schools_own_interval():
    """A growth of 9 from 5 to 13 beside a country's 5: a difference of 4 from 0 to 8, so p is .05; two figures."""
    assert rank(ROW)["country_q"].tolist() == pytest.approx([0.1], abs=1e-3)


def test_only_the_newest_cohort_is_ranked():
    made = rank(ROW, ROW | {"school_year": "2021-2022"})
    assert made["effect_q"].notna().tolist() == [True, False]


def test_a_group_of_pupils_is_not_ranked():
    low = ROW | {"trait": "education", "value": "laag"}
    assert rank(ROW, low).loc[1, ["effect_q", "country_q", "country_shrunken"]].isna().all()


def test_a_hidden_row_has_nothing_to_rank():
    nothing = dict.fromkeys([name for name in ROW if name.startswith(("mean", "effect", "national"))])
    made = rank(ROW, ROW | nothing | {"brinvest": "10AB00", "status": "hidden", "pool": -1})
    assert made.loc[1, list(COLUMNS)].isna().all()


def test_a_change_is_shrunken_to_the_mean_of_its_pool_and_in_a_small_pool_not_at_all():
    rows = [
        ROW | {"brinvest": f"10A{letter}00", "change": change, "change_low": change - 4, "change_high": change + 4}
        for letter, change in zip("ABCD", (4.0, 5.0, 6.0, 5.0), strict=True)
    ]
    assert rank(*rows)["change_shrunken"].tolist() == [5.0] * 4
    assert rank(*rows, minimum=5)["change_shrunken"].isna().all()


@pytest.mark.big
def test_pupils_dealt_at_random_over_the_schools_of_a_country_give_next_to_no_report_anything_to_name():
    """From deliveries to reports: reference model, disclosure control and rounding included. The gaps of groups too."""
    report = dealt.released(60, 1).report
    rows = report
    rows = rows[(rows["school_year"] == rows["school_year"].max()) & (rows["status"] == "shown")]
    groups = pooled_groups.together(report, SETTINGS.subgroups, report["school_year"].max())
    for made, columns in ((rows, ["effect_q", "country_q", "change_q"]), (groups, ["gap_q"])):
        assert made[columns].notna().any().all()
        named = (made[columns] < RATE).any(axis=1).groupby(made["brinvest"]).any()
        assert named.mean() <= RATE + 2.5 * np.sqrt(RATE * (1 - RATE) / len(named))
    apart = rows.assign(sort=(rows["change_low"] > 0) | (rows["change_high"] < 0))
    assert apart.groupby("brinvest")["sort"].any().mean() > 0.5


def test_thirds_are_judged_against_the_same_third_of_the_country_apart_from_whole_schools():
    """Three thirds 4 from the country's with a margin of 4 have a p of .05 each, so a q of .05 together; no gap."""
    low, middle, high = (ROW | {"trait": "start", "value": value} for value in ("laag", "midden", "hoog"))
    made = rank(ROW, low, middle, high)
    assert made["country_q"].tolist() == pytest.approx([0.1, 0.05, 0.05, 0.05], abs=1e-3)
    assert made["effect_q"].iloc[1:].isna().all()
