"""The quality cards: what is on them is on the report, in its words, and they are of use without figures too."""

import re
from dataclasses import replace

import pytest

from nco.base import all_settings, reader_texts
from nco.base.all_settings import ReportKind
from nco.base.dutch import capital, count, domain_name, number, texts
from nco.reports import kinds
from nco.reports.card import Field
from nco.reports.growth import quality_cards, verdicts
from nco.reports.growth.chapters import gesprek
from nco.reports.growth.sentences import amount
from nco.reports.growth.slices import BoardSlice
from nco.reports.growth.verdicts import CLEAR, COUNTRY, REFERENCE
from nco_utils.errors import UnusableInput
from tests.support import chapters
from tests.support.explained import leaves
from tests.support.hard import ALL

SCHOOLS = {name: content for name, content in ALL.items() if not isinstance(content, BoardSlice)}
BOARDS = {name: content for name, content in ALL.items() if isinstance(content, BoardSlice)}
EVERY = [(name, role) for name, content in ALL.items() for role in kinds.of(content).roles]


def _card(name, role):
    return kinds.of(ALL[name]).card(ALL[name], role)


def _spaces(text: str) -> str:
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").replace("\\_", " ").split())


@pytest.mark.parametrize("name", SCHOOLS)
@pytest.mark.parametrize("role", quality_cards.OF_SCHOOL)
def test_each_outcome_on_a_card_is_the_verdict_of_the_rule_on_the_figure_of_the_report(name, role):
    report, card = ALL[name], _card(name, role)
    grid = card.sections[0].grid
    if not report.shown:
        assert grid is None
        return
    rows = {row[0]: row for row in grid.rows}
    measures = (COUNTRY, REFERENCE) if kinds.of(report).has_reference else (COUNTRY,)
    for figure in report.overall:
        row = rows[capital(domain_name(figure.domain))]
        if figure.in_points:
            assert row[1] == number(figure.mean_growth)
        else:
            assert "punten" not in " ".join(row), "of all tests together there is no growth in points"
        for cell, measure in zip(row[1 + figure.in_points :], measures, strict=False):
            verdict = report.rule.verdict(figure, measure)
            assert _spaces(cell).startswith(_spaces(texts("outcomes")[verdict or "unknown"]))
            careful = verdicts.careful(figure, measure)
            if verdict in CLEAR and careful is not None:
                assert amount(figure, abs(careful)) in cell
            else:
                assert not re.search(r"\d", cell)


def test_a_clear_outcome_is_told_by_its_careful_size_and_never_by_the_measured_one():
    report = ALL["volledig"]
    figure = replace(
        report.overall[0], effect=9.9, effect_shrunken=1.3, effect_q=0.001, effect_low=8.0, effect_high=11.0
    )
    card = quality_cards.of_school(replace(report, overall=(figure, *report.overall[1:])), quality_cards.TEACHER)
    cell = card.sections[0].grid.rows[0][3]
    assert "1,3 punten meer" in cell
    assert "9,9" not in card.text


@pytest.mark.parametrize("name", SCHOOLS)
def test_a_card_asks_questions_of_the_conversation_of_this_report(name):
    report = ALL[name]
    said = _spaces(" ".join(str(block) for block in chapters.shown(report)).replace("*", ""))
    asked = [point for section in _card(name, quality_cards.TEACHER).sections for point in section.points]
    assert 0 < len(asked) <= quality_cards.MOST_QUESTIONS
    for question in asked:
        assert _spaces(re.sub(r"^[^:?]*: ", "", question)) in said
    if report.results:
        assert {outcome for outcome, _ in gesprek.outcomes(report)} <= set(texts("conversation"))


@pytest.mark.parametrize("name", BOARDS)
def test_a_boards_card_counts_each_school_once_in_every_domain(name):
    report, (section, *_) = ALL[name], _card(name, quality_cards.POLICY).sections
    if not report.shown:
        assert section.grid is None
        return
    for row in section.grid.rows:
        counted = [int(re.match(r"[\d.]+", cell)[0].replace(".", "")) for cell in row[1:]]
        assert sum(counted) == len(report.schools)
        domain = next(d for d in reader_texts.load()["domains"] if capital(domain_name(d)) == row[0])
        clear = {
            school.school_name
            for school in report.shown
            for figure in school.overall
            if figure.domain == domain
            and report.rule.verdict(figure, REFERENCE if figure.has_reference else COUNTRY) == verdicts.HIGHER
        }
        named = {school.school_name for school in report.schools if school.school_name in row[1]}
        assert row[1].startswith(count(len(clear)))
        assert named <= {name for each in clear for name in (each, *(n for n in named if n in each))}


@pytest.mark.parametrize(("name", "role"), EVERY)
def test_a_card_holds_no_number_that_is_not_in_the_slice_and_no_group_or_pupil(name, role):
    report, card = ALL[name], _card(name, role)
    told = " ".join(
        cell
        for row in (card.sections[0].grid.rows if card.sections[0].grid else ())
        for cell in row
        if isinstance(cell, str)
    )
    for text in report.names:
        told = told.replace(text, "")
    written = {found.replace(",", ".") for found in re.findall(r"\d+,\d+", told)}
    known = {f"{abs(value):.1f}" for value in _values(report)}
    assert written <= known


def _values(report) -> list[float]:
    parts = report.schools if isinstance(report, BoardSlice) else (report,)
    rows = [figure for part in parts for figure in (*part.results, *part.overall)]
    return [value for row in rows for value in vars(row).values() if isinstance(value, float)]


@pytest.mark.parametrize(("name", "role"), EVERY)
def test_every_card_has_the_fields_of_its_role_and_their_names_are_its_own(name, role):
    fields = _card(name, role).fields
    tags, titles = [field.tag for field in fields], [field.title for field in fields]
    assert len(set(tags)) == len(tags)
    assert len(set(titles)) == len(titles)
    assert all(field.title and field.hint for field in fields)
    assert {"leerdoel", "getal", "afspraak-1", "wie-1", "wanneer-1", "evaluatie-1"} <= set(tags)
    assert {field.kind for field in fields if field.tag.startswith("wanneer")} == {"date"}
    wanted = {
        "leerkracht": {
            "voortgang",
            "spreiding",
            "leergroei",
            "domeinscores",
            "wat-werkte",
            "wat-werkte-niet",
            "waarom",
        },
        "intern-begeleider": {"trend", "norm-en-groei", "eigen-leerlijn", "groepsbespreking"},
        "beleidsmedewerker": {"eindresultaten", "tussenresultaten", "eerdere-afspraken"},
    }[role]
    assert wanted <= set(tags)


def test_the_goal_asks_for_content_first_and_a_number_may_stay_empty():
    goals = texts("cards")["goal"]
    assert list(goals) == ["leerdoel", "getal"]
    assert not re.search(r"\d|cijfer|getal|score", goals["leerdoel"]["hint"])
    assert "mag leeg blijven" in goals["getal"]["title"]


@pytest.mark.parametrize("name", ["alles verborgen", "geen resultaten"])
@pytest.mark.parametrize("role", quality_cards.OF_SCHOOL)
def test_a_school_without_figures_gets_a_card_that_says_so_and_can_be_used(name, role):
    card = _card(name, role)
    assert "geen cijfers" in card.sections[0].text
    assert card.sections[0].grid is None
    assert len(card.fields) == len(_card("volledig", role).fields)
    assert card.sections[1].points


def test_texts_of_cards_have_short_sentences():
    for text in leaves(reader_texts.load("nl")["cards"]):
        for sentence in re.split(r"(?<=[.?!:])\s+", text):
            assert len(sentence.split()) <= 30, sentence


def test_the_report_points_to_the_cards_and_promises_nothing_else_to_fill_in():
    said = " ".join(leaves(reader_texts.load("nl")["conversation"]))
    assert "kwaliteitskaarten" in said
    assert "Word-versie" not in " ".join(text for text in leaves(dict(reader_texts.load("nl"))))


def test_a_card_that_there_is_not_is_refused_where_reports_are_declared():
    settings = all_settings.load()
    wrong = ReportKind(chapters=("bestuur",), cards=("leerkracht",))
    with pytest.raises(UnusableInput, match="names leerkracht among the cards of board"):
        kinds.in_use(settings.model_copy(update={"reports": settings.reports | {"board": wrong}}))


def test_every_kind_of_report_has_the_cards_of_its_roles():
    cards = {name: set(report.cards) for name, report in all_settings.load().reports.items()}
    assert cards == {name: set(kinds.KINDS[name].roles) for name in cards}
    assert cards["school"] == cards["sbo"] == set(quality_cards.OF_SCHOOL)
    assert cards["board"] == set(quality_cards.OF_BOARD)
    assert all(isinstance(field, Field) for field in _card("volledig", "leerkracht").fields)
