"""Schools and boards that are hard to make a good report of: name -> slice."""

from dataclasses import replace

from nco.base import all_settings
from nco.reports.growth.slices import Total
from nco_utils.tables import DOMAINS
from tests.support.slicing import (
    ALONE,
    NO_REFERENCE,
    SHOWN,
    STEPS,
    a_year_ago,
    board,
    every_step,
    hidden,
    parts,
    report,
)

LONG_NAME = "Interconfessionele Daltonschool Sint-Jozef & Æneas-Größe van 't Héérenveen-Zuîd"


def _all_parts(results) -> list:
    made = []
    for trait, split in all_settings.load().subgroups.items():
        values = split.values or tuple(f"{letter}" for letter in "ABCDEFGH"[:5])
        made += parts(results, trait, *values)
    return made


FULL = every_step(change=-1.4, change_low=-4.6, change_high=1.8)
# Every step by three tests, and by two in different jaargroepen.
TESTS = {"begrijpend_lezen": ("CITO-BL-3", "IEP-LEZEN", "BOOM-BL"),
         "spelling": ("CITO-SP-3", "IEP-TAALVERZORGING", "BOOM-SP"),
         "rekenen_wiskunde": ("CITO-RW-3", "IEP-REKENEN", "BOOM-RW")}  # fmt: skip
THREE = [replace(row, scale=scale) for row in FULL for scale in TESTS[row.domain]]
TWO = [replace(row, scale=TESTS[row.domain][row.grade > 5]) for row in FULL]
SIX = dict.fromkeys(("p10", "p25", "p50", "p75", "p90")) | {"n_pupils": 6, "n_without_growth": None}
CLASSES = {grade: [f"Groep {grade}{letter}" for letter in "ABCDEFG"[: 6 + grade % 2]] for grade in range(3, 9)}
SCHOOLS = {
    "volledig": report(FULL, [*a_year_ago(FULL), *_all_parts(FULL)]),
    "zes leerlingen": report([replace(SHOWN, **SIX, percent_with_growth=None)]),
    "een groep": report([r for r in FULL if r.grade == 5], a_year_ago(r for r in FULL if r.grade == 5)),
    "alles verborgen": report([hidden(domain=domain, step=step) for domain in DOMAINS for step in STEPS]),
    "veertig klassen": report(
        FULL, [*a_year_ago(FULL), *(part for each in FULL for part in parts([each], "group", *CLASSES[each.grade]))]
    ),
    "lange naam": report(FULL[:12], school_name=LONG_NAME, board_name=f"Stichting {LONG_NAME}"),
    "eerste ronde": report(every_step()),
    "geen referentie": report(every_step(**NO_REFERENCE | {"model": "too_few_schools"})),
    "speciaal basisonderwijs": report(
        every_step(**NO_REFERENCE | {"model": "not_for_sbo"}), kind="sbo", sector="sbo"
    ),
    "drie aanbieders": report(THREE, [*a_year_ago(THREE), *_all_parts(THREE)]),
    "twee aanbieders": report(TWO, [*a_year_ago(TWO), *_all_parts(TWO)]),
    "speciaal basisonderwijs, twee aanbieders": report(
        [replace(row, **NO_REFERENCE, model="not_for_sbo") for row in TWO], a_year_ago(TWO), kind="sbo", sector="sbo"
    ),
    "speciaal basisonderwijs, te weinig scholen": report(every_step(**ALONE), kind="sbo", sector="sbo"),
    "geen resultaten": report([]),
    "enige school met haar toetsen": report(every_step(**ALONE)),
    "twee schalen": report(
        [SHOWN, hidden("other_scale", domain="rekenen_wiskunde", scale=None, n_results_other_scale=1050)]
    ),
    "grote getallen": report(
        every_step(
            n_pupils=1240, mean_growth=-103.4, mean_growth_low=-131.9, mean_growth_high=-74.9, effect=-99.9,
            effect_low=-131.2, effect_high=-68.6, effect_shrunken=-81.1,
        )
    ),
}  # fmt: skip


def _moved(figure, by: float):
    """The steps of a domain together, with another difference and its interval around it."""
    ends = {f"effect{end}": getattr(figure, f"effect{end}") + by for end in ("", "_low", "_high")}
    return replace(figure, **ends)


def members(n: int) -> list:
    """So many schools of one board."""
    return [
        replace(
            SCHOOLS["eerste ronde"],
            brinvest=f"{10 + i // 26}A{chr(65 + i % 26)}00",
            school_name=LONG_NAME if i == 1 else f"Basisschool De Nieuwe Wereld {i}",
            overall=tuple(_moved(figure, (i - n / 2) / 4) for figure in SCHOOLS["eerste ronde"].overall),
        )
        for i in range(n)
    ]


TOTALS = [
    Total(domain, step, scale, 3, 75, 7.1, 5.9, 8.3) for domain in DOMAINS for step in STEPS for scale in ("A", "B")
]
BOARDS = {
    "drie scholen": board(members(3), TOTALS),
    "zestig scholen": board(members(60), TOTALS),
    "bestuur zonder cijfers": board([SCHOOLS["alles verborgen"], SCHOOLS["geen resultaten"]]),
    "bestuur van een enige school": board([SCHOOLS["enige school met haar toetsen"]]),
    "gemengd bestuur": board(
        replace(SCHOOLS[name], brinvest=f"99A{letter}00", school_name=f"Obs De {name.capitalize()}")
        for letter, name in {"A": "volledig", "B": "speciaal basisonderwijs", "C": "alles verborgen"}.items()
    ),
}
ALL = SCHOOLS | BOARDS
