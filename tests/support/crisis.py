"""Slices of reports on the school closures for tests: one figure that may be shown, and schools made of such."""

from dataclasses import replace

from nco.base import all_settings
from nco.reports.covid.slices import CountryDelay, Delay, Shift, Slice
from nco_utils.tables import ALL, DOMAINS

ROUND, SETTINGS = "2021C", all_settings.load()
STEPS = ("M4-E4", "M5-E5", "M6-E6", "M7-E7")
UNSURE = Delay(
    domain="spelling", step="M5-E5", scale="CITO-SP-3", trait=ALL, value=ALL, status="shown", n_affected=25,
    n_before=74, n_years=3, delay=-2.4, delay_low=-9.9, delay_high=5.1, delay_shrunken=-2.9, delay_q=0.6,
    standardised=-0.12, standardised_low=-0.57, standardised_high=0.33, national=-3.0, country=0.6, country_low=-6.9,
    country_high=8.1, country_shrunken=0.1, country_q=0.9, spread=4.0,
)  # fmt: skip
LOWER = {"delay": -12.0, "delay_low": -17.0, "delay_high": -7.0, "delay_shrunken": -6.2, "delay_q": 0.001}
BEHIND = {"country": -9.0, "country_low": -14.0, "country_high": -4.0, "country_shrunken": -3.2, "country_q": 0.01}
AHEAD = {name: -value if name != "country_q" else value for name, value in BEHIND.items()}
AHEAD |= {"country_low": 4.0, "country_high": 14.0}
SIMILAR = {"country": 0.1, "country_low": -1.5, "country_high": 1.7, "country_q": 0.9}
COUNTRY_ROW = CountryDelay("spelling", ALL, ALL, ALL, ALL, 2185, 11478, 32, -2.1, -3.3, -1.0, -0.12, -0.17, -0.07)


def country() -> tuple[CountryDelay, ...]:
    """The country's differences: every step, groups of pupils, and the three domains together."""
    rows = [replace(COUNTRY_ROW, domain=domain, step=step) for domain in DOMAINS for step in (*STEPS, ALL)]
    groups = [("sex", "jongen"), ("sex", "meisje"), ("income", "onder_modaal")]
    rows += [replace(COUNTRY_ROW, domain=d, trait=t, value=v) for d in DOMAINS for t, v in groups]
    return (*rows, replace(COUNTRY_ROW, domain=ALL, standardised=None, standardised_low=None, standardised_high=None))


def hidden(status: str = "hidden", **facts) -> Delay:
    """A step of which nothing may be shown."""
    unit = {name: getattr(UNSURE, name) for name in ("domain", "step", "scale", "trait", "value")}
    return Delay(**unit | {"status": status} | facts)


def whole(rows: list[Delay], **facts) -> list[Delay]:
    """The rows of steps, and of each domain a row of all its shown steps together."""
    there = dict.fromkeys(row.domain for row in rows if row.shown)
    return [*rows, *(replace(UNSURE, domain=domain, step=ALL, scale=ALL, n_affected=100, **facts) for domain in there)]


def every_step(**facts) -> list[Delay]:
    """A shown figure for every step of every domain."""
    return [replace(UNSURE, domain=domain, step=step, **facts) for domain in DOMAINS for step in STEPS]


def report(rows: list[Delay], **facts) -> Slice:
    """The slice of a school with these figures."""
    round_ = SETTINGS.round(ROUND)
    shared = {
        "kind": "covid", "round_code": ROUND, "round_label": round_.label, "school_year": round_.school_year,
        "export_date": round_.export_date.isoformat(), "publication": round_.publication.isoformat(),
        "board_number": "99801", "board_name": "Stichting Proef", "notice": "", "brinvest": "99AA00",
        "school_name": "Obs Het Testje", "sector": "bo", "denomination": "Openbaar", "number": 6, "minimum_group": 6,
        "similar_band": 0.5, "false_discovery_rate": 0.05, "affected": "2019-2020",
        "before": ("2016-2017", "2017-2018", "2018-2019"), "country": country(),
    }  # fmt: skip
    shown = dict.fromkeys(row.domain for row in rows if row.shown)
    years = (*shared["before"], shared["affected"])
    shifts = tuple(Shift(year, domain, 100, -0.5, -3.0, 2.0, 0.4) for domain in shown for year in years)
    return Slice(**shared | {"delays": tuple(rows), "shifts": shifts} | facts)


def groups(**gap) -> list[Delay]:
    """Boys and girls, and how far apart they are."""
    facts = {"step": ALL, "scale": ALL, "trait": "sex", "delay_shrunken": None, "delay_q": None, "country_q": None}
    rows = [replace(UNSURE, **facts, value=value) for value in ("jongen", "meisje")]
    return [replace(rows[0], **{"gap": -1.0, "gap_low": -8.0, "gap_high": 6.0, "gap_q": 0.7} | gap), rows[1]]


SITUATIONS = {
    "nothing stands out": report(whole(every_step())),
    "lower": report(whole(every_step(), **LOWER, **BEHIND)),
    "lower at a step": report(whole([replace(UNSURE, **LOWER), replace(UNSURE, step="M6-E6")])),
    "ahead of the country": report(whole(every_step(), **AHEAD)),
    "like the country": report(whole(every_step(), **SIMILAR)),
    "beside zero, and not clear": report(whole(every_step(), delay=-4.1, delay_low=-6.9, delay_high=-1.2)),
    "one step": report(whole([UNSURE])),
    "a part hidden": report(whole([UNSURE, hidden(step="M4-E4"), hidden("few_years", step="M6-E6")])),
    "all hidden": report([hidden(), hidden("no_growth", domain="rekenen_wiskunde")]),
    "no country": report([hidden("no_country")], country=()),
    "no tests": report([]),
    "with groups": report([*whole(every_step()), *groups()]),
    "a group behind": report([*whole(every_step()), *groups(gap=-9.0, gap_low=-14.0, gap_high=-4.0, gap_q=0.01)]),
}  # fmt: skip
