"""Situations that a report must find words for, each with the function that words it: name -> text."""

from collections.abc import Callable
from dataclasses import replace

from nco.base import all_settings
from nco.base.dutch import texts
from nco.reports import cover
from nco.reports.covid.chapters import groei, inleiding
from nco.reports.covid.chapters import groepen as closure_groups
from nco.reports.growth import norms, sentences
from nco.reports.growth.chapters import (
    bestuur,
    bijlage,
    gesprek,
    groepen,
    groepsanalyse,
    leergroei,
    referentie,
    samenvatting,
    schoolanalyse,
    verantwoording,
)
from nco.reports.growth.rows import Category, ClassLevel, Year
from nco.reports.growth.slices import SchoolPart, Slice, Total
from tests.support import chapters, crisis
from tests.support.levelled import at, followed
from tests.support.slicing import (
    ALONE,
    NO_REFERENCE,
    REPORT,
    RULE,
    SHOWN,
    STEPS,
    a_year_ago,
    board,
    every_step,
    hidden,
    parts,
    report,
    text,
    thirds,
    with_levels,
)

MATHS = {"domain": "rekenen_wiskunde", "scale": "RW"}


def _one(**facts):
    """A result with these facts, judged."""
    return report([replace(SHOWN, **facts)]).results[0]


def _growth(**facts) -> str:
    return sentences.growth_sentence(_one(**facts), RULE)


def _together(*results) -> str:
    return sentences.growth_sentence(report(results).overall[0], RULE)


def _analysed(results, others) -> str:
    return text(chapters.shown(report(with_levels(results), others), "groepsanalyse"))


def _of_school(made) -> str:
    return text(chapters.shown(made, "schoolanalyse"))


def _of_iep():
    return replace(SHOWN, scale="IEP-LEZEN")


def _in_parts(*apart: float, sd: float = 10.0) -> Slice:
    """A school of which categories lie so far from the country."""
    names = ("begrijpen", "interpreteren", "samenvatten")
    made = [
        Category(
            SHOWN.domain, SHOWN.step, "CITO-BL-3", name, 25, round(60 + by), 900, 12, 60, by, by - 7, by + 7, sd,
            0.01 if abs(by) > 7 else 0.6,
        )
        for name, by in zip(names, apart, strict=False)
    ]  # fmt: skip
    return report([SHOWN], categories=tuple(made))


def _who_grew(parts, *more) -> str:
    return groepsanalyse.who_grew(report([SHOWN, *more], parts), 8)


def _reference(**facts) -> str:
    return sentences.reference_detail(_one(**facts), RULE)


def _reference_together(*results) -> str:
    return sentences.reference_detail(report(results).overall[0], RULE)


def _steps(verdicts: dict[str, dict]) -> list:
    """A result for each step, with its facts."""
    return [replace(SHOWN, step=step, **facts) for step, facts in verdicts.items()]


HIGH = {"effect": 6.0, "effect_low": 3.1, "effect_high": 8.9, "effect_shrunken": 5.1}
LOW = {"effect": -6.0, "effect_low": -8.9, "effect_high": -3.1, "effect_shrunken": -5.1}
WIDE = {"effect_low": -9.0, "effect_high": 11.8}
NEAR = {"effect": 0.2, "effect_low": -1.2, "effect_high": 1.5, "effect_shrunken": 0.2}
ABOVE = {
    "standardised": 1.71, "standardised_low": 1.0, "standardised_high": 2.42,
    "mean_growth": 12.0, "mean_growth_low": 9.8, "mean_growth_high": 14.2,
}  # fmt: skip
BELOW = {
    "standardised": -1.52, "standardised_low": -2.23, "standardised_high": -0.81,
    "mean_growth": 2.0, "mean_growth_low": -0.2, "mean_growth_high": 4.2,
}  # fmt: skip
EQUAL = {"standardised_low": -0.25, "standardised_high": 0.39, "mean_growth_low": 6.0, "mean_growth_high": 8.0}
UP = {"change": 5.0, "change_low": 2.2, "change_high": 7.8, "change_shrunken": 2.1}
DOWN = {"change": -5.0, "change_low": -7.8, "change_high": -2.2, "change_shrunken": -2.1}
SAME = {"change": 0.4, "change_low": -2.4, "change_high": 3.2}
NO_COUNTRY = {
    "national_mean": None, "standardised": None, "standardised_low": None, "standardised_high": None
}  # fmt: skip
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
    splits = {"sex": all_settings.load().subgroups["sex"]}
    return groepen.differences(groepen.shown_groups(report([SHOWN], made), splits), splits, RULE)


def _alone():
    """The only school with its tests."""
    return report(_steps(dict.fromkeys(TWO, ALONE)))


def _split(content) -> str:
    """What is said of groups of pupils."""
    told = text(chapters.shown(content, "groepen"))
    return told[told.index(f"## {texts('subgroups')['heading']}") :]


def _map(content) -> str:
    table = groepen.outcomes_by_step(content)
    return table.markdown if table else "(niets)"


def _coverage(**facts) -> str:
    return " | ".join(str(cell) for cell in bijlage._coverage_row(replace(SHOWN, **facts)))


def _board(*schools: SchoolPart) -> str:
    return _stands_out_in("bestuur", board(schools))


def _mixed_board():
    """Schools of which some have no reference value, one is for special education and one has no results."""
    special = report(
        [replace(SHOWN, **NO_REFERENCE, model="not_for_sbo")], brinvest="99AC00", school_name="De Boog", sector="sbo"
    )
    alone = replace(_of_alone(), brinvest="99AE00", school_name="School E")
    none = report((), brinvest="99AD00", school_name="School D")
    totals = [Total(SHOWN.domain, SHOWN.step, SHOWN.scale, 3, 75, 7.0, 5.0, 9.0)]
    return board([_school("School A"), _school("School B"), special, none, alone], totals)


def _of_alone():
    return report([replace(SHOWN, **ALONE, scale="IEP-LEZEN")])


def _asked(*results) -> str:
    """The first line of the questions."""
    (key,) = gesprek.outcomes(report(results))
    return gesprek.questions(*key).splitlines()[0]


def _cover(made) -> str:
    """The cover, but its number: that changes with every figure."""
    return "\n".join(f"{label}: {value}" for label, value in cover.pairs(made).items() if label != "Referentienummer")


def _two_tests(more=(), **facts):
    """A school with Cito in groep 5 and IEP in groep 8."""
    iep = replace(SHOWN, scale="IEP-LEZEN", **facts)
    return report([replace(SHOWN, step="M5-E5", scale="CITO-BL-3", **facts), iep, *more])


def _switched():
    now = replace(SHOWN, scale="IEP-LEZEN")
    made = report([now], [replace(SHOWN, scale="CITO-BL-3", school_year="2020-2021")])
    before = Year(SHOWN.domain, "CITO-BL-3", "2020-2021", 1, country=0.3, country_low=-1.9, country_high=2.5)
    return replace(made, trend=(before,))


def _special(**facts):
    rows = _steps({step: NO_REFERENCE | {"model": "not_for_sbo"} | facts for step in TWO})
    return report(rows, kind="sbo", sector="sbo")


def _school(name: str, **facts):
    results = (replace(SHOWN, **facts),)
    return report(results, school_name=name, brinvest=f"99{name[-1] * 2}00")


def _of_closure(name: str) -> str:
    """What the report on the school closures says in sentences: in the short, of a domain, and of groups of pupils."""
    content, traits = crisis.SITUATIONS[name], {"sex": crisis.SETTINGS.subgroups["sex"]}
    first = [inleiding.no_figures(content), inleiding.key_finding(content), inleiding.by_chance(content)]
    of_domain = [tell(content, "spelling") for tell in (groei.sentence, groei.steps, groei.not_shown)]
    of_groups = [closure_groups.intro(content), closure_groups.differences(content, traits)]
    return "\n\n".join(filter(None, [*first, inleiding.of_country(content), *of_domain, *of_groups]))


SITUATIONS: dict[str, Callable[[], str]] = {
    # growth of one step, against the country
    "groei, ongeveer gelijk": lambda: _growth(**EQUAL),
    "groei, rand van de band": lambda: _growth(**EQUAL | {"standardised_high": 0.5}),
    "groei, over de rand van de band": lambda: _growth(**EQUAL | {"standardised_high": 0.51}),
    "groei, hoger": lambda: _growth(**ABOVE),
    "groei, lager": lambda: _growth(**BELOW),
    "groei, niet te zeggen": lambda: _growth(),
    "groei, zonder interval": lambda: _growth(
        mean_growth_low=None, mean_growth_high=None, standardised_low=None, standardised_high=None
    ),
    "groei, land niet getoond": lambda: _growth(**NO_COUNTRY),
    "groei, land zonder spreiding": lambda: _growth(**NO_COUNTRY | {"national_mean": 6.7}),
    "groei, een punt": lambda: _growth(mean_growth=1.0),
    "groei, nul": lambda: _growth(mean_growth=0.0),
    "daling": lambda: _growth(**BELOW | {"mean_growth": -2.3}),
    "daling van een punt": lambda: _growth(mean_growth=-1.0),
    "lezen van een figuur, daling": lambda: verantwoording.read_step(
        replace(SHOWN, mean_growth=-2.3, mean_growth_low=-4.1, mean_growth_high=-0.5)
    ),
    "groei, veel leerlingen": lambda: _growth(n_pupils=1240),
    "groei in groep 5": lambda: _growth(step="M5-E5"),
    # all steps together
    "samen, ongeveer gelijk": lambda: _together(*_steps({step: {} for step in STEPS})),
    "samen, hoger": lambda: _together(*_steps(dict.fromkeys(STEPS, ABOVE))),
    "samen, lager": lambda: _together(*_steps(dict.fromkeys(STEPS, BELOW))),
    "samen, niet te zeggen": lambda: _together(*_steps({step: {} for step in TWO})),
    "samen, daling": lambda: _together(*_steps({step: BELOW | {"mean_growth": -3.0} for step in TWO})),
    "samen, land niet getoond": lambda: _together(*_steps(dict.fromkeys(TWO, NO_COUNTRY))),
    "samen, interval naast de nul maar toeval": lambda: sentences.growth_sentence(
        replace(REPORT.overall[0], country=2.3, country_low=0.1, country_high=4.5, country_q=0.2), RULE
    ),
    "samen, over drie schooljaren": lambda: sentences.growth_sentence(
        replace(REPORT.overall[0], country_n_years=3, country_n_steps=28, country_q=0.001, country=1.2), RULE
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
    "jaar eerder, interval boven nul maar toeval": lambda: _since(
        SAME, SAME | {"change": 2.9, "change_low": 0.1, "change_high": 5.7}
    ),
    "achter het land": lambda: leergroei.behind(
        report(_steps({TWO[0]: {}, TWO[1]: {"national_schools": 105}})), SHOWN.domain
    ),
    "veel leerlingen ontbreken": lambda: leergroei.missing(
        report(_steps({TWO[0]: {"percent_with_growth": 75}, TWO[1]: {"percent_with_growth": 76}})), SHOWN.domain
    ),
    "jaar eerder, eerste ronde": lambda: _since({}, {}),
    "jaar eerder, verborgen": lambda: _since({}, {}, a_year_ago([hidden()])),
    # the reference value
    "referentie, niet te zeggen": lambda: _reference(),
    "referentie, ongeveer zoals verwacht": lambda: _reference(**NEAR),
    "referentie, hoger": lambda: _reference(**HIGH),
    "referentie, lager": lambda: _reference(**LOW),
    "referentie, interval boven nul maar toeval": lambda: _reference(effect=4.0, effect_low=0.1, effect_high=7.9),
    "referentie, verschil van een punt": lambda: _reference(effect=1.0, effect_low=0.1, effect_high=1.9),
    "referentie, te weinig scholen": lambda: _reference(**NO_REFERENCE, model="too_few_schools"),
    "referentie, te weinig leerlingen": lambda: _reference(**NO_REFERENCE, model="too_few_pupils"),
    "referentie, speciaal basisonderwijs": lambda: _reference(**NO_REFERENCE, model="not_for_sbo"),
    "referentie, niet getoond": lambda: _reference(**NO_REFERENCE, model="fitted"),
    "referentie samen, hoger": lambda: _reference_together(*_steps(dict.fromkeys(STEPS, HIGH))),
    "referentie samen, lager": lambda: _reference_together(*_steps(dict.fromkeys(STEPS, LOW))),
    "referentie samen, niet te zeggen": lambda: _reference_together(*_steps(dict.fromkeys(STEPS, WIDE))),
    "referentie per stap, geen": lambda: _per_step({}, {}),
    "referentie per stap, hoger en lager": lambda: _per_step(HIGH, LOW),
    "maanden": lambda: " |".join(
        sentences.in_months(replace(SHOWN, effect_shrunken=careful), "effect")
        for careful in (0.1, 0.7, -1.3, 2.0, 3.4, 12.0, 40.0)
    ),
    # several tests, and no points
    "toetsen, twee aanbieders": lambda: samenvatting.tests(_two_tests()),
    "toetsen, een aanbieder te klein om te vergelijken": lambda: samenvatting.tests(
        _two_tests(**{name: value for name, value in ALONE.items() if name != "model"})
    ),
    "toetsen, eerder een andere toets": lambda: samenvatting.tests(_switched()),
    "toetsen, samenvatting": lambda: text(chapters.shown(_two_tests(**ABOVE), "samenvatting")),
    "toetsen, samen": lambda: sentences.growth_sentence(_two_tests().overall[0], RULE),
    "toetsen, samen en verwacht": lambda: sentences.reference_detail(_two_tests(**HIGH).overall[0], RULE),
    "toetsen, een toets": lambda: "\n".join(
        f"{leergroei.test_heading(_two_tests(), test)}: {leergroei.of_test(_two_tests(), test)[0]}"
        for test in leergroei.tests(_two_tests(), SHOWN.domain)
    ),
    "toetsen, waar de cijfers staan": lambda: leergroei.behind(_two_tests(), SHOWN.domain),
    "toetsen, overgang": lambda: leergroei.not_shown(
        _two_tests(more=[hidden("other_scale", step="E5-M6", scale=None)]), SHOWN.domain
    ),
    "toetsen, een toets verborgen": lambda: leergroei.not_shown(
        _two_tests(more=[hidden(step="M7-E7", scale="IEP-LEZEN")]), SHOWN.domain
    ),
    "zonder punten, samenvatting": lambda: text(chapters.shown(_special(), "samenvatting")),
    "zonder punten, hoofdstuk": lambda: text(chapters.shown(_special(), "gestandaardiseerd")),
    "zonder punten, te weinig scholen": lambda: text(chapters.shown(_special(**ALONE), "samenvatting")),
    "zonder punten, lezen van een figuur": lambda: verantwoording.reading(_special()),
    # what stands out
    "valt op, niets": lambda: _box(*_steps({step: {} for step in TWO})),
    "valt op, vakgebied hoger": lambda: _stands_out(*_steps(dict.fromkeys(TWO, HIGH))),
    "valt op, vakgebied lager": lambda: _stands_out(*_steps(dict.fromkeys(TWO, LOW))),
    "valt op, een stap lager": lambda: _stands_out(*_steps({"M5-E5": LOW, **{step: {} for step in STEPS[5:]}})),
    "valt op, zonder voorzichtige schatting": lambda: _stands_out(
        *_steps(dict.fromkeys(TWO, HIGH | {"effect_shrunken": None}))
    ),
    "valt op, vakgebied van een stap": lambda: _stands_out(*_steps({"M5-E5": HIGH})),
    "valt op, over drie schooljaren": lambda: _stands_out_in(
        "samenvatting",
        replace(
            REPORT,
            overall=(
                replace(REPORT.overall[0], effect_n_years=3, effect_n_steps=28, effect_q=0.001, effect_shrunken=1.3),
            ),
        ),
    ),
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
    "samenvatting, enige school met haar toetsen": lambda: text(chapters.shown(_alone(), "samenvatting")),
    "per groep, enige school met haar toetsen": lambda: _map(_alone()),
    "per groep, niets": lambda: text(chapters.shown(report([hidden()]), "groepen")),
    "referentie, hoofdstuk zonder": lambda: text(
        chapters.shown(report([replace(SHOWN, **NO_REFERENCE, model="too_few_schools")]), "referentie")
    ),
    # groups of pupils
    "groepen, niets": lambda: _split(REPORT),
    "groepen, niets aangeleverd": lambda: _split(report(())),
    "groepen, alleen leerlingen zonder twee toetsen": lambda: _split(report([hidden("no_growth")])),
    "groepen, geen verschil bij twee stappen": lambda: _compared(
        parts(_steps({step: {} for step in TWO}), "sex", "jongen", "meisje")
    ),
    "groepen, geen verschil": lambda: _groups((7.0, 4.0, 10.0), (8.0, 5.0, 11.0)),
    "groepen, jongens meer": lambda: _groups((12.0, 10.0, 14.0), (5.0, 3.0, 7.0)),
    "groepen, meisjes meer": lambda: _groups((5.0, 3.0, 7.0), (12.0, 10.0, 14.0)),
    "groepen, een groep verborgen": lambda: _compared(parts([SHOWN], "sex", "jongen")) or "(niets)",
    # group analysis
    "groepsanalyse, een groep": lambda: _analysed([SHOWN], thirds([SHOWN])),
    "groepsanalyse, laag begin meer": lambda: _who_grew(thirds([SHOWN], laag=16.0)),
    "groepsanalyse, hoog begin minder": lambda: _who_grew(thirds([SHOWN], hoog=-4.0)),
    "groepsanalyse, meer en minder": lambda: _who_grew(thirds([SHOWN], laag=16.0, midden=17.0, hoog=-4.0)),
    "groepsanalyse, niet te zeggen": lambda: _who_grew(thirds([SHOWN])),
    "groepsanalyse, een vakgebied zonder delen": lambda: _who_grew(thirds([SHOWN]), replace(SHOWN, **MATHS)),
    "groepsanalyse, geen delen": lambda: _who_grew(()),
    "groepsanalyse, land niet getoond": lambda: _who_grew(
        replace(each, national_mean=None) for each in thirds([SHOWN])
    ),
    "groepsanalyse, niveau van een vakgebied niet getoond": lambda: groepsanalyse.without_level(
        report([*with_levels([SHOWN]), replace(SHOWN, **MATHS)]), 8
    ),
    "groepsanalyse, geen niveau": lambda: groepsanalyse.without_level(report([SHOWN]), 8),
    "groepsanalyse, onderdelen": lambda: text(groepsanalyse.categories(_in_parts(8.0, -9.0, 1.0), 8)),
    "groepsanalyse, onderdelen, niet te zeggen": lambda: groepsanalyse.by_category(_in_parts(1.0), 8),
    "groepsanalyse, onderdelen, ongeveer gelijk": lambda: groepsanalyse.by_category(_in_parts(1.0, sd=40.0), 8),
    "groepsanalyse, klassen": lambda: groepsanalyse.growth(
        report([SHOWN], parts([SHOWN], "group", "8A", "8B")), 8
    ).markdown,
    "groepsanalyse, klassen, meer dan het land": lambda: groepsanalyse.beside_country(
        report([replace(SHOWN, **ABOVE)], parts([SHOWN], "group", "8A", "8B")), 8
    ),
    "groepsanalyse, klassen, niet te zeggen": lambda: groepsanalyse.beside_country(
        report([SHOWN], parts([SHOWN], "group", "8A", "8B")), 8
    ),
    "groepsanalyse, vijf klassen": lambda: groepsanalyse.classes(
        report([SHOWN], parts([SHOWN], "group", "8A", "8B", "8C", "8D", "8E")), 8
    ).markdown,
    "groepsanalyse, alles verborgen": lambda: text(chapters.shown(report([hidden()]), "groepsanalyse")),
    "groepsanalyse, een groep verborgen": lambda: text(
        chapters.shown(report([SHOWN, hidden(step="M5-E5")]), "groepsanalyse")[2:4]
    ),
    # school analysis
    "schoolanalyse, zonder eerdere rapporten": lambda: _of_school(report([SHOWN])),
    "schoolanalyse, een jaar eerder": lambda: _of_school(followed([replace(SHOWN, step="M7-E7"), SHOWN])),
    "schoolanalyse, onder de norm": lambda: schoolanalyse.attention(
        report([at(40, replace(SHOWN, step=step)) for step in ("M6-E6", "M7-E7")])
    ),
    "schoolanalyse, in een veld": lambda: schoolanalyse.positions(
        report([at(55, replace(SHOWN, **ABOVE)), replace(SHOWN, step="M7-E7")])
    ),
    "schoolanalyse, lijn naar 1F": lambda: schoolanalyse.norm(report([_of_iep()], norm="line_1f")),
    "schoolanalyse, lijn naar 2F/1S": lambda: schoolanalyse.norm(report([_of_iep()], norm="line_2f")),
    "schoolanalyse, lijn voor een andere toets": lambda: schoolanalyse.norm(report([SHOWN], norm="line_2f")),
    "schoolanalyse, schoolweging": lambda: schoolanalyse.norm(
        report(
            [SHOWN],
            norm="class",
            weging_class="27-29",
            class_levels=(ClassLevel(SHOWN.domain, SHOWN.step, SHOWN.school_year, str(SHOWN.scale), 7, 48.2),),
        )
    ),
    "schoolanalyse, schoolweging niet te tonen": lambda: schoolanalyse.norm(report([SHOWN], norm="class")),
    "schoolanalyse, weinig leerlingen": lambda: schoolanalyse.small(report([replace(SHOWN, n_pupils=8)])),
    "schoolanalyse, vaak weinig leerlingen": lambda: schoolanalyse.small(report(every_step(n_pupils=8))),
    "schoolanalyse, met niets te vergelijken": lambda: _of_school(report([replace(SHOWN, **ALONE)])),
    "schoolanalyse, alles verborgen": lambda: _of_school(report([hidden()])),
    # coverage
    "dekking, iedereen": lambda: _coverage(),
    "dekking, aantal niet getoond": lambda: _coverage(n_without_growth=None, percent_with_growth=None),
    "dekking, reden getoond": lambda: _coverage(n_without_growth=12, percent_with_growth=68, n_one_moment=12),
    "dekking, reden niet getoond": lambda: _coverage(n_without_growth=12, percent_with_growth=68, n_one_moment=None),
    "dekking, verborgen": lambda: " | ".join(map(str, bijlage._coverage_row(hidden()))),
    "dekking, twee schalen": lambda: " | ".join(map(str, bijlage._coverage_row(hidden("other_scale")))),
    # questions
    "gesprek, hoger": lambda: _asked(*_steps(dict.fromkeys(STEPS, HIGH))),
    "gesprek, hoger en lager": lambda: _asked(*_steps({"M5-E5": HIGH, "E5-M6": LOW})),
    "gesprek, niet te zeggen": lambda: _asked(SHOWN),
    "gesprek, ongeveer zoals verwacht": lambda: _asked(*_steps(dict.fromkeys(TWO, NEAR))),
    "gesprek, geen referentie": lambda: _asked(replace(SHOWN, **NO_REFERENCE)),
    "gesprek, lager dan in het land": lambda: _asked(replace(SHOWN, **BELOW | NO_REFERENCE)),
    "gesprek, met niets te vergelijken": lambda: _asked(replace(SHOWN, **ALONE)),
    "gesprek, verborgen": lambda: _asked(hidden()),
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
    "bestuur, wie er niet in de figuur staan": lambda: bestuur.not_drawn(_mixed_board(), SHOWN.domain),
    "bestuur, niet meegeteld in de totalen": lambda: bestuur.totals_intro(_mixed_board(), SHOWN.domain),
    "bestuur, met sbo": lambda: bestuur.intro(_mixed_board()),
    "bestuur, norm die er niet is": lambda: "\n".join(
        bestuur.norm_told(replace(_mixed_board(), norm=norm), SHOWN.domain) for norm in norms.NORMS
    ),
    "omslag": lambda: _cover(REPORT),
    "omslag van een bestuur": lambda: _cover(board([REPORT])),
    # the report on the school closures
    "schoolsluiting, niets valt op": lambda: _of_closure("nothing stands out"),
    "schoolsluiting, lager, en meer achter dan het land": lambda: _of_closure("lower"),
    "schoolsluiting, lager bij een stap": lambda: _of_closure("lower at a step"),
    "schoolsluiting, beter dan het land": lambda: _of_closure("ahead of the country"),
    "schoolsluiting, naast nul, en niet te zeggen": lambda: _of_closure("beside zero, and not clear"),
    "schoolsluiting, een deel verborgen": lambda: _of_closure("a part hidden"),
    "schoolsluiting, alles verborgen": lambda: _of_closure("all hidden"),
    "schoolsluiting, zonder land": lambda: _of_closure("no country"),
    "schoolsluiting, geen toetsen": lambda: _of_closure("no tests"),
    "schoolsluiting, een groep bleef achter": lambda: _of_closure("a group behind"),
}  # fmt: skip
