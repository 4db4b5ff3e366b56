"""Situations that a report must find words for, each with the function that words it: name -> text."""

from collections.abc import Callable
from dataclasses import replace

from nco.base import all_settings
from nco.base.dutch import texts
from nco.reports import cover
from nco.reports.growth import sentences
from nco.reports.growth.chapters import (
    gesprek,
    groepen,
    leergroei,
    referentie,
    samenvatting,
    subgroepen,
    verantwoording,
)
from nco.reports.growth.rows import overall
from nco.reports.growth.slices import SchoolPart
from tests.support import chapters
from tests.support.slicing import (
    ALONE,
    NO_REFERENCE,
    REPORT,
    SHOWN,
    STEPS,
    a_year_ago,
    board,
    every_step,
    hidden,
    parts,
    report,
    text,
)

BAND = 0.5
MATHS = {"domain": "rekenen_wiskunde", "scale": "RW"}


def _growth(**facts) -> str:
    return sentences.growth_sentence(replace(SHOWN, **facts), BAND)


def _together(*results) -> str:
    return sentences.growth_sentence(overall(results)[0], BAND)


def _reference(**facts) -> str:
    return sentences.reference_detail(replace(SHOWN, **facts))


def _reference_together(*results) -> str:
    return sentences.reference_detail(overall(results)[0])


def _steps(verdicts: dict[str, dict]) -> list:
    """A result for each step, with its facts."""
    return [replace(SHOWN, step=step, **facts) for step, facts in verdicts.items()]


HIGH = {"effect": 4.0, "effect_low": 0.1, "effect_high": 7.9}
LOW = {"effect": -4.0, "effect_low": -7.9, "effect_high": -0.1}
WIDE = {"effect_low": -9.0, "effect_high": 11.8}
ABOVE = {"standardised": 1.2, "mean_growth": 12.0, "mean_growth_low": 9.8, "mean_growth_high": 14.2}
BELOW = {"standardised": -1.2, "mean_growth": 2.0, "mean_growth_low": -0.2, "mean_growth_high": 4.2}
UP = {"change": 3.0, "change_low": 0.2, "change_high": 5.8}
DOWN = {"change": -3.0, "change_low": -5.8, "change_high": -0.2}
SAME = {"change": 0.4, "change_low": -2.4, "change_high": 3.2}
TWO = ("M5-E5", "E5-M6")


def _since(first: dict, second: dict, earlier=()) -> str:
    shown = _steps({TWO[0]: first, TWO[1]: second})
    return leergroei.since_last_year(report(shown, earlier), SHOWN.domain)


def _country(first: dict, second: dict) -> str:
    return leergroei.against_country(report(_steps({TWO[0]: first, TWO[1]: second})), SHOWN.domain)


def _per_step(first: dict, second: dict) -> str:
    return referentie.per_step(report(_steps({TWO[0]: first, TWO[1]: second})), SHOWN.domain)


def _stands_out(*results, others=()) -> str:
    return "\n".join(samenvatting.stands_out(report(results, others))) or "(niets)"


def _box(*results, others=(), **facts) -> str:
    return _stands_out_in("samenvatting", report(results, others, **facts))


def _stands_out_in(name: str, content) -> str:
    """What the cell of a chapter shows that says what stands out."""
    return next(text(made) for source, made in chapters.cells(content, name) if "key_finding" in source)


def _of_board(*schools) -> str:
    """A board's report up to the explanation."""
    told = text(chapters.shown(board(schools), "bestuur"))
    return told[: told.index(f"# {texts('account')['heading']}")]


def _not_shown(*results) -> str:
    """What is said of the results that are not shown, beside one that is."""
    return leergroei.not_shown(
        report([replace(SHOWN, domain=results[0].domain, step="M4-E4"), *results]), results[0].domain
    )


def _groups(boys: tuple, girls: tuple) -> str:
    made = [
        replace(
            SHOWN, step="M5-E5", trait="sex", value=value, mean_growth=mean, mean_growth_low=low, mean_growth_high=high
        )
        for value, (mean, low, high) in {"jongen": boys, "meisje": girls}.items()
    ]
    return _compared(made)


def _compared(made: list) -> str:
    return subgroepen.compared({"sex": made}, "sex", SHOWN.domain, all_settings.load().subgroups["sex"])


def _alone():
    """The only school with its tests."""
    return report(_steps(dict.fromkeys(TWO, ALONE)))


def _split(content) -> str:
    return text(chapters.shown(content, "subgroepen"))


def _groups_of(*results) -> list:
    return chapters.shown(report(results), "groepen")


def _map(content) -> str:
    table = groepen.outcomes_by_step(content)
    return table.markdown if table else "(niets)"


def _coverage(**facts) -> str:
    return " | ".join(str(cell) for cell in verantwoording._coverage_row(replace(SHOWN, **facts)))


def _board(*schools: SchoolPart) -> str:
    return _stands_out_in("bestuur", board(schools))


def _asked(results, together) -> str:
    """The first line of the questions."""
    return texts("conversation")[gesprek.outcome(results, together)].splitlines()[0]


def _cover(made) -> str:
    """The cover, but its number: that changes with every figure."""
    return "\n".join(f"{label}: {value}" for label, value in cover.pairs(made).items() if label != "Referentienummer")


def _school(name: str, **facts):
    results = (replace(SHOWN, **facts),)
    return report(results, school_name=name, brinvest=f"99{name[-1] * 2}00")


SITUATIONS: dict[str, Callable[[], str]] = {
    # growth of one step, against the country
    "groei, ongeveer gelijk": lambda: _growth(),
    "groei, rand van de band": lambda: _growth(standardised=0.5, mean_growth_low=6.9),
    "groei, hoger": lambda: _growth(**ABOVE),
    "groei, lager": lambda: _growth(**BELOW),
    "groei, buiten de band maar niet duidelijk": lambda: _growth(standardised=0.8),
    "groei, onder de band en niet duidelijk": lambda: _growth(standardised=-0.8, n_pupils=6),
    "groei, interval raakt het landelijk gemiddelde": lambda: _growth(standardised=0.51, mean_growth_low=6.7),
    "groei, zonder interval": lambda: _growth(standardised=1.4, mean_growth_low=None, mean_growth_high=None),
    "groei, land niet getoond": lambda: _growth(standardised=None, national_mean=None),
    "groei, land zonder spreiding": lambda: _growth(standardised=None),
    "groei, een punt": lambda: _growth(mean_growth=1.0),
    "groei, nul": lambda: _growth(mean_growth=0.0),
    "daling": lambda: _growth(**BELOW | {"mean_growth": -2.3}),
    "daling van een punt": lambda: _growth(mean_growth=-1.0),
    "lezen van een figuur, daling": lambda: leergroei.read_step(
        replace(SHOWN, mean_growth=-2.3, mean_growth_low=-4.1, mean_growth_high=-0.5)
    ),
    "groei, veel leerlingen": lambda: _growth(n_pupils=1240),
    "groei in groep 5": lambda: _growth(step="M5-E5"),
    # all steps together
    "samen, ongeveer gelijk": lambda: _together(*_steps({step: {} for step in STEPS})),
    "samen, hoger": lambda: _together(*_steps(dict.fromkeys(STEPS, ABOVE))),
    "samen, lager": lambda: _together(*_steps(dict.fromkeys(STEPS, BELOW))),
    "samen, niet duidelijk": lambda: _together(*_steps({step: {"standardised": 0.9} for step in TWO})),
    "samen, daling": lambda: _together(*_steps({step: BELOW | {"mean_growth": -3.0} for step in TWO})),
    "samen, land niet getoond": lambda: _together(
        *_steps({step: {"standardised": None, "national_mean": None} for step in TWO})
    ),
    # which steps, against the country and a year ago
    "stappen, geen verschil met het land": lambda: _country({}, {}),
    "stappen, een hoger": lambda: _country(ABOVE, {}),
    "stappen, een lager": lambda: _country({}, BELOW),
    "stappen, hoger en lager": lambda: _country(ABOVE, BELOW),
    "stappen, twee hoger": lambda: _country(ABOVE, ABOVE),
    "jaar eerder, hoger": lambda: _since(UP, SAME),
    "jaar eerder, lager": lambda: _since(SAME, DOWN),
    "jaar eerder, hoger en lager": lambda: _since(UP, DOWN),
    "jaar eerder, geen verschil": lambda: _since(SAME, SAME),
    "jaar eerder, interval raakt nul": lambda: _since(SAME, UP | {"change_low": 0.0}),
    "jaar eerder, eerste ronde": lambda: _since({}, {}),
    "jaar eerder, verborgen": lambda: _since({}, {}, a_year_ago([hidden()])),
    # the reference value
    "referentie, niet duidelijk": lambda: _reference(),
    "referentie, hoger": lambda: _reference(**HIGH),
    "referentie, lager": lambda: _reference(**LOW),
    "referentie, interval raakt nul": lambda: _reference(effect=2.0, effect_low=0.0, effect_high=4.0),
    "referentie, verschil van een punt": lambda: _reference(effect=1.0, effect_low=0.1, effect_high=1.9),
    "referentie, te weinig scholen": lambda: _reference(**NO_REFERENCE, model="too_few_schools"),
    "referentie, te weinig leerlingen": lambda: _reference(**NO_REFERENCE, model="too_few_pupils"),
    "referentie, speciaal basisonderwijs": lambda: _reference(**NO_REFERENCE, model="not_for_sbo"),
    "referentie, niet getoond": lambda: _reference(**NO_REFERENCE, model="fitted"),
    "referentie samen, hoger": lambda: _reference_together(*_steps(dict.fromkeys(STEPS, HIGH))),
    "referentie samen, lager": lambda: _reference_together(*_steps(dict.fromkeys(STEPS, LOW))),
    "referentie samen, niet duidelijk": lambda: _reference_together(*_steps(dict.fromkeys(STEPS, WIDE))),
    "referentie per stap, geen": lambda: _per_step({}, {}),
    "referentie per stap, hoger en lager": lambda: _per_step(HIGH, LOW),
    "betrouwbaarheid laag": lambda: sentences.reliability_words(0.49),
    "betrouwbaarheid middel": lambda: sentences.reliability_words(0.5),
    "betrouwbaarheid hoog": lambda: sentences.reliability_words(0.8),
    # what stands out
    "valt op, niets": lambda: _box(*_steps({step: {} for step in TWO})),
    "valt op, vakgebied hoger": lambda: _stands_out(*_steps(dict.fromkeys(TWO, HIGH))),
    "valt op, vakgebied lager": lambda: _stands_out(*_steps(dict.fromkeys(TWO, LOW))),
    "valt op, een stap lager": lambda: _stands_out(*_steps({"M5-E5": LOW, **{step: {} for step in STEPS[5:]}})),
    "valt op, hoger en lager": lambda: _stands_out(*_steps({"M5-E5": LOW, "E5-M6": HIGH})),
    "valt op, een jaar geleden hoger": lambda: _stands_out(*_steps({"M5-E5": UP, "E5-M6": {}})),
    "valt op, een jaar geleden lager": lambda: _stands_out(*_steps({"M5-E5": DOWN, "E5-M6": {}})),
    "valt op, zonder referentie tegen het land": lambda: _stands_out(
        *_steps({"M5-E5": ABOVE | NO_REFERENCE, "E5-M6": BELOW | NO_REFERENCE})
    ),
    "valt op, meer dan drie": lambda: _stands_out(*every_step(**HIGH | UP)),
    "valt op, toeval bij veel uitkomsten": lambda: _box(*every_step(**HIGH)),
    # nothing to show
    "niet getoond, verborgen": lambda: _not_shown(hidden()),
    "niet getoond, twee stappen verborgen": lambda: _not_shown(hidden(step="M5-E5"), hidden(step="E5-M6")),
    "niet getoond, alle stappen": lambda: leergroei.not_shown(
        report([hidden(step=step) for step in TWO]), SHOWN.domain
    ),
    "niet getoond, twee schalen": lambda: _not_shown(hidden("other_scale", **MATHS)),
    "niet getoond, twee schalen geteld": lambda: _not_shown(hidden("other_scale", n_results_other_scale=1050, **MATHS)),
    "niet getoond, geen paren": lambda: _not_shown(hidden("no_growth")),
    "niet getoond, verborgen en zonder paren": lambda: _not_shown(hidden(), hidden("no_growth", step="M3-E3")),
    "samenvatting zonder resultaten": lambda: text(chapters.shown(report(()), "samenvatting")),
    "samenvatting, alles verborgen": lambda: text(chapters.shown(report([hidden()]), "samenvatting")),
    "leergroei, niets aangeleverd": lambda: text(chapters.shown(report(()), "leergroei")),
    "leergroei, alles verborgen": lambda: text(chapters.shown(report([hidden()]), "leergroei")),
    "samenvatting, enige school met haar toetsen": lambda: text(chapters.shown(_alone(), "samenvatting")),
    "per groep, enige school met haar toetsen": lambda: _map(_alone()),
    "per groep, niets": lambda: text(chapters.shown(report([hidden()]), "groepen")),
    "per groep, een groep verborgen": lambda: text(_groups_of(SHOWN, hidden(step="M5-E5"))[3:5]),
    "referentie, hoofdstuk zonder": lambda: text(
        chapters.shown(report([replace(SHOWN, **NO_REFERENCE, model="too_few_schools")]), "referentie")
    ),
    # groups of pupils
    "groepen, niets": lambda: _split(REPORT),
    "groepen, niets aangeleverd": lambda: _split(report(())),
    "groepen, alleen leerlingen zonder twee toetsen": lambda: _split(report([hidden("no_growth")])),
    "groepen, geen verschil": lambda: _groups((7.0, 4.0, 10.0), (8.0, 5.0, 11.0)),
    "groepen, jongens meer": lambda: _groups((12.0, 10.0, 14.0), (5.0, 3.0, 7.0)),
    "groepen, meisjes meer": lambda: _groups((5.0, 3.0, 7.0), (12.0, 10.0, 14.0)),
    "groepen, een groep verborgen": lambda: _compared(parts([SHOWN], "sex", "jongen")) or "(niets)",
    # coverage
    "dekking, iedereen": lambda: _coverage(),
    "dekking, aantal niet getoond": lambda: _coverage(n_without_growth=None, percent_with_growth=None),
    "dekking, reden getoond": lambda: _coverage(n_without_growth=12, percent_with_growth=68, n_one_moment=12),
    "dekking, reden niet getoond": lambda: _coverage(n_without_growth=12, percent_with_growth=68, n_one_moment=None),
    "dekking, verborgen": lambda: " | ".join(map(str, verantwoording._coverage_row(hidden()))),
    "dekking, twee schalen": lambda: " | ".join(map(str, verantwoording._coverage_row(hidden("other_scale")))),
    # questions
    "gesprek, hoger": lambda: _asked(_steps(dict.fromkeys(STEPS, HIGH)), None),
    "gesprek, hoger en lager": lambda: _asked(_steps({"M5-E5": HIGH, "E5-M6": LOW}), None),
    "gesprek, niets duidelijk": lambda: _asked([SHOWN], None),
    "gesprek, geen referentie": lambda: _asked([replace(SHOWN, **NO_REFERENCE)], None),
    "gesprek, verborgen": lambda: _asked([hidden()], None),
    "gesprek, niets aangeleverd": lambda: text(chapters.shown(report(()), "gesprek")),
    # boards, cover
    "bestuur van een school, niets aangeleverd": lambda: _of_board(report(())),
    "bestuur, niets aangeleverd": lambda: _of_board(report(()), report(())),
    "bestuur van een school, alles verborgen": lambda: _of_board(report([hidden()])),
    "bestuur van een school, enige met haar toetsen": lambda: _of_board(_alone()),
    "bestuur van een school, niets valt op": lambda: _board(_school("School A")),
    "bestuur, niets valt op": lambda: _board(_school("School A"), _school("School B")),
    "bestuur, hoger en lager": lambda: _board(_school("School A", **HIGH), _school("School B", **LOW)),
    "bestuur, veel scholen hoger": lambda: _board(*(_school(f"School {letter}", **HIGH) for letter in "ABCDEFGHI")),
    "bestuur, zonder referentie": lambda: _board(_school("School A", **ABOVE | NO_REFERENCE)),
    "omslag": lambda: _cover(REPORT),
    "omslag van een bestuur": lambda: _cover(board([REPORT])),
}  # fmt: skip
