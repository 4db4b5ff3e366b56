"""One figure has one verdict, wherever a report names it; and of schools without effects next to none has anything."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.base import all_settings
from nco.base.dutch import capital, domain_name, step_code, step_short, texts
from nco.disclosure import pooled, ranking, shown_tables
from nco.reports import kinds
from nco.reports.growth import slices, verdicts
from nco.reports.growth.chapters import bestuur, gesprek, groepen, leergroei, referentie, samenvatting, schoolanalyse
from nco.reports.growth.charts import grades
from nco.reports.growth.rows import Group
from nco.reports.growth.verdicts import CHANGE, COUNTRY, REFERENCE
from nco_utils import tables
from tests.support import dealt
from tests.support.careers import Careers, Schooling, careers
from tests.support.slicing import NO_REFERENCE, RULE, SHOWN, STEPS, board, report

SETTINGS = all_settings.load()
BOARD = texts("board")
WORDS = texts("outcomes")
SURE = {"effect": 3.0, "effect_low": 1.0, "effect_high": 5.0, "effect_shrunken": 2.0}


# --- the rule ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (SURE | {"effect_q": 0.049}, "higher"),
        (SURE | {"effect_q": 0.05}, "unsure"),  # whatever its interval
        (SURE | {"effect_q": None}, "unsure"),
        (SURE | {"effect_q": 0.01, "effect_shrunken": 0.0}, "unsure"),  # nothing is left of it
        (SURE | {"effect_q": 0.01, "effect_shrunken": -0.1}, "unsure"),
        (SURE | {"effect_q": 0.01, "effect_shrunken": None}, "higher"),
        ({"effect": -3.0, "effect_low": -5.0, "effect_high": -1.0, "effect_shrunken": -2.0, "effect_q": 0.01}, "lower"),
        ({"effect": 0.2, "effect_low": -1.0, "effect_high": 1.4, "effect_q": 0.9}, "similar"),
        ({"effect": 0.2, "effect_low": -1.7, "effect_high": 1.4, "effect_q": 0.9}, "unsure"),  # not within the band
        ({"effect": 1.0, "effect_low": 0.5, "effect_high": 1.5, "effect_q": 0.001}, "similar"),  # sure, and small
        (NO_REFERENCE, None),
    ],
)
def test_a_figure_is_clear_by_its_q_and_its_careful_estimate_and_similar_by_its_whole_interval(facts, verdict):
    """Half a spread of schools, the band, is here 0.5 x 3.1 = 1.55 points."""
    assert RULE.verdict(replace(SHOWN, **facts), REFERENCE) == verdict


def test_two_groups_are_compared_by_the_interval_of_their_gap_and_not_by_two_verdicts():
    boys = Group("spelling", "S", "sex", "jongen", 3, 40, gap=4.0, gap_low=1.0, gap_high=7.0, gap_q=0.01)
    assert RULE.between(boys) == "higher"
    assert RULE.between(replace(boys, gap=-4.0, gap_low=-7.0, gap_high=-1.0)) == "lower"
    assert RULE.between(replace(boys, gap_q=0.2)) == "unsure"
    assert RULE.between(replace(boys, gap=None)) is None


# --- everywhere ----------------------------------------------------------------------------------

differences = st.tuples(st.floats(-9, 9), st.floats(0.2, 6))
rows = st.lists(st.tuples(differences, differences, differences, st.floats(0, 1)), min_size=2, max_size=6)


def _row(domain: str, step: str, effect: tuple, country: tuple, change: tuple, kept: float):
    def figure(name: str, value: float, margin: float) -> dict:
        ends = {"": value, "_low": value - margin, "_high": value + margin}
        return {f"{name}{end}": round(each, 1) for end, each in ends.items()}

    growth = figure("mean_growth", SHOWN.national_mean + country[0], country[1])
    spread = {f"standardised{end}": round(each / 3, 2) for end, each in
              {"": country[0], "_low": country[0] - country[1], "_high": country[0] + country[1]}.items()}  # fmt: skip
    return replace(
        SHOWN, domain=domain, scale=domain, step=step, **growth, **spread, **figure("effect", *effect),
        **figure("change", *change), effect_shrunken=round(kept * effect[0], 1),
        change_shrunken=round(kept * change[0], 1), country_shrunken=round(kept * country[0], 1),
    )  # fmt: skip


@settings(max_examples=60)
@given(rows, rows, st.booleans())
def test_no_two_places_of_a_report_give_one_figure_two_verdicts(spelling, maths, reference):
    results = [
        replace(_row(domain, step, *facts), **({} if reference else NO_REFERENCE))
        for domain, made in {"spelling": spelling, "rekenen_wiskunde": maths}.items()
        for step, facts in zip(STEPS, made, strict=False)
    ]
    school = report(results)
    measure = REFERENCE if reference else COUNTRY
    check_domains(school, measure)
    check_steps(school, measure)
    check_what_stands_out(school)
    check_school_analysis(school)


@settings(max_examples=30)
@given(rows, rows, st.booleans())
def test_nor_where_pupils_take_two_tests_of_a_domain(spelling, maths, reference):
    results = [
        replace(_row(domain, step, *facts), **({} if reference else NO_REFERENCE))
        for domain, made in {"spelling": spelling, "rekenen_wiskunde": maths}.items()
        for step, facts in zip(STEPS, made, strict=False)
    ]
    results = [
        replace(r, scale="ANDERS" if r.step in STEPS[1:] else "S") if r.domain == "spelling" else r for r in results
    ]
    school = report(results)
    assert [each.scale for each in school.overall] == ["all", "rekenen_wiskunde"]
    measure = REFERENCE if reference else COUNTRY
    check_domains(school, measure)
    check_steps(school, measure)
    check_what_stands_out(school)


def check_school_analysis(school) -> None:
    """The cells of the table of jaargroepen and of the workbook, the points of the four fields, and its sentences."""
    words = texts("school_analysis")
    cells, fields = schoolanalyse.trend(school).alt, schoolanalyse.fields(school)
    last = {(row.domain, row.grade): row for row in school.shown}
    positions = schoolanalyse.positions(school)
    for domain in schoolanalyse.domains(school):
        told = {row[0]: row for row in schoolanalyse.table(school, domain).rows}
        panel = cells.split(f"{capital(domain_name(domain))}, naast")[1].split(", naast")[0]
        for row in (each for each in school.shown if each.domain == domain):
            growth, level = school.rule.verdict(row, COUNTRY), school.rule.level(row.level, row.national_level)
            assert told[step_code(row.step)][-1] == WORDS[growth or "unknown"]
            said = f"{words['level_words'][level]} en {words['growth_words'][growth or 'unknown']}"
            assert f"{grades.moment_name(row.step)}: in {row.school_year} {said}." in panel
            if last[domain, row.grade] is row and fields is not None:
                point = f"{words['level_words'][level]}, {words['growth_words'][growth]}."
                assert re.search(rf"{capital(domain_name(domain))}, groep {row.grade}: [^.]*{point}", fields.alt)
                clear = level in verdicts.CLEAR and growth in verdicts.CLEAR
                place = f"Groep {row.grade} ligt bij {domain_name(domain)} "
                assert (place in positions) == clear
                assert not clear or place + words["fields"][f"{level}_{growth}"] in positions


def check_domains(school, measure: str) -> None:
    """The table in the short, the board's table, the questions, the sentence and the figure."""
    summary = {row[0]: row[1:] for row in samenvatting.outcomes_by_domain(school).rows}
    table = bestuur.overview(board([school]))
    overview = dict(zip((column.title for column in table.columns), table.rows[0], strict=True))
    asked = {name: outcome for (outcome, _), named in gesprek.outcomes(school).items() for name in named}
    drawn = referentie.side_by_side(school).svg
    clear = [school.rule.verdict(e, m) in verdicts.CLEAR for e in school.overall for m in (COUNTRY, REFERENCE)]
    assert drawn.lower().count(f"fill: {RED}") == sum(clear)
    for figure in school.overall:
        name = capital(domain_name(figure.domain))
        verdict = school.rule.verdict(figure, measure)
        grown, *told, size, to_do = summary[name]
        assert grown == figure.mean_growth
        assert told == [WORDS[school.rule.verdict(figure, each) or "unknown"] for each in (REFERENCE, COUNTRY)]
        for each in (COUNTRY, REFERENCE):
            column = BOARD["overview_column"][each].format(domain=BOARD["short"][figure.domain])
            assert overview[column] == BOARD["outcomes"][school.rule.verdict(figure, each) or "unknown"]
        question = asked[domain_name(figure.domain)]
        assert question == verdict or (question, verdict) == ("mixed", "unsure")
        assert to_do == texts("summary")["to_do"][question]
        assert ("meer" in size, "minder" in size) == (verdict == "higher", verdict == "lower")
        assert ("kan toeval zijn" in size) == (verdict == "unsure")
        if measure == REFERENCE:
            said = referentie.sentence(school, figure.domain)
            claims = {
                v: texts("reference")[v] in said for v in ("higher", "lower", "similar", "unsure", "unsure_apart")
            }
            assert [v.removesuffix("_apart") for v, claimed in claims.items() if claimed] == [verdict]
            assert claims["unsure_apart"] == (verdict == "unsure" and figure.effect_low * figure.effect_high > 0)
        said = leergroei.sentence(school, figure.domain)
        told = school.rule.verdict(figure, COUNTRY)
        assert ("**hoger**" in said, "**lager**" in said) == (told == "higher", told == "lower")
        assert ("ongeveer gelijk" in said, "niet te zeggen" in said) == (told == "similar", told == "unsure")


def check_steps(school, measure: str) -> None:
    """The map, the lists of steps, the board's table of steps, and what reviewers see."""
    table = groepen.outcomes_by_step(school)
    titles = [column.title for column in table.columns]
    cells = {(title, row[0]): cell for row in table.rows for title, cell in zip(titles, row, strict=True)}
    judged = {(r.domain, r.step): school.rule.verdict(r, measure) for r in school.shown}
    for (domain, step), verdict in judged.items():
        assert cells[capital(domain_name(domain)), capital(step_short(step))] == WORDS[verdict]
    clear = {(*key, verdict) for key, verdict in judged.items() if verdict in verdicts.CLEAR}
    assert set(kinds.facts_of(school).outstanding) == clear
    for domain in {domain for domain, _ in judged}:
        table = bestuur.steps(board([school]), domain)
        told = dict(zip((column.title for column in table.columns), table.rows[0], strict=True))
        for (d, step), verdict in judged.items():
            sign = BOARD["signs"][verdict or "unknown"]
            assert d != domain or told[step.replace("-", " – ")].rstrip("0123456789,−") == sign
        said = (
            referentie.per_step(school, domain) if measure == REFERENCE else leergroei.against_country(school, domain)
        )
        for d, step, verdict in clear:
            part = said.split("lager")[0] if verdict == "higher" else said.split("lager")[-1]
            assert d != domain or step_short(step) in part


def check_what_stands_out(school) -> None:
    figures = [*school.overall, *school.shown]
    clear = sum(school.rule.verdict(e, m) in verdicts.CLEAR for e in figures for m in (REFERENCE, COUNTRY))
    changed = sum(school.rule.verdict(each, CHANGE) in verdicts.CLEAR for each in school.shown)
    said = samenvatting.stands_out(school)
    assert bool(said) == bool(clear + changed)
    assert len(said) <= min(samenvatting.MOST, clear + changed)
    for sentence in said:
        names = re.match(r"\*\*(.*?)\*\*", sentence)[1].split(", ")
        higher = "**hoger" in sentence
        assert higher != ("**lager" in sentence)
        if "een jaar geleden" in sentence:
            continue
        against = REFERENCE if "dan verwacht" in sentence else COUNTRY
        told = [
            school.rule.verdict(each, against)
            for each in (school.shown if len(names) > 1 else school.overall)
            if capital(domain_name(each.domain)) == names[0] and (len(names) == 1 or step_short(each.step) == names[1])
        ]
        assert told == ["higher" if higher else "lower"]


RED = "#000000"


@pytest.fixture(scope="module", autouse=True)
def red() -> None:
    """The colour of a filled dot."""
    from nco.reports import house_style
    from nco_utils import params

    globals()["RED"] = house_style.read(params.project_root() / "reports" / "quarto").colors["eigen-school"].lower()


# --- chance --------------------------------------------------------------------------------------


def cut(found: pd.DataFrame, lasting: pd.DataFrame, schools: pd.DataFrame) -> list:
    """The slices of the schools of a country."""
    boards = schools[["board_number"]].drop_duplicates().assign(board_name="Stichting Proef")
    newest = found["school_year"].max()
    round_ = next(each for each in SETTINGS.rounds.values() if each.school_year == newest)
    context = slices.Context("ronde", round_, "", 6, RULE.band, RULE.rate, ("sex",), "random_intercept")
    made = slices.cut(schools, boards, found, tables.empty(shown_tables.BOARD_REPORT), context, lasting)
    return [each for each in made if each.kind != "board"]


def of_careers(made: Careers) -> list:
    pool = made.report.groupby(["school_year", "domain", "step"]).ngroup()
    found = ranking.with_ranks(made.report.assign(pool=pool), SETTINGS.ranking)
    names = pd.Series(found["brinvest"].unique())
    lasting = pooled.together([found, *made.earlier], pd.Series("bo", names), SETTINGS.ranking)
    found, lasting = ranking.judged(found, lasting)
    found = found.assign(**{f"reference{end}": found["mean_growth"] - found["effect"] for end in ("", "_low", "_high")})
    schools = pd.DataFrame({"brinvest": names, "school_name": names, "sector": "bo", "denomination": "Openbaar"})
    found = found.drop(columns=["truth", "differs"], errors="ignore").reindex(columns=shown_tables.REPORT.column_names)
    return cut(tables.conform(found, shown_tables.REPORT), lasting, schools.assign(board_number="99801"))


def naming(schools: list) -> float:
    """The share of reports that say that something stands out."""
    return float(np.mean([bool(samenvatting.stands_out(school)) for school in schools]))


def by_interval(schools: list) -> float:
    """The share of reports with an interval without zero: what would be named without correction."""
    ends = [
        [(getattr(r, f"{m}_low"), getattr(r, f"{m}_high")) for r in s.shown for m in (REFERENCE, COUNTRY, CHANGE)]
        for s in schools
    ]
    return float(np.mean([any(low is not None and (low > 0 or high < 0) for low, high in each) for each in ends]))


def test_in_a_country_without_effects_at_most_5_percent_of_the_reports_say_that_something_stands_out():
    schools = of_careers(careers(150, 11))
    assert naming(schools) <= 0.05
    assert by_interval(schools) > 0.5


@pytest.mark.slow
def test_in_a_country_of_schools_that_differ_reports_do_say_so():
    assert naming(of_careers(careers(150, 12, Schooling(lasting=1.4, passing=1.0)))) > 0.2


@pytest.mark.big
@pytest.mark.parametrize(("n", "seeds"), [(150, range(20, 27)), (2000, range(30, 31))])
def test_in_many_countries_without_effects_at_most_5_percent_of_the_reports_say_that_something_stands_out(n, seeds):
    assert np.mean([naming(of_careers(careers(n, seed))) for seed in seeds]) <= 0.05


@pytest.mark.big
def test_of_pupils_dealt_at_random_over_the_schools_of_a_fictitious_country_next_to_no_report_says_anything():
    """With the reference model, the covariates and disclosure control of a release."""
    made = dealt.released(150, 3)
    schools = cut(made.report, made.pooled, made.schools)
    assert naming(schools) <= 0.05
    assert by_interval(schools) > 0.5
