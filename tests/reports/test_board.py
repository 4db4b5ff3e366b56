"""The board analysis: who asks attention, one order, one scale over tests, totals beside others, reference levels."""

import re
from dataclasses import replace
from itertools import pairwise
from math import hypot

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.base.dutch import number, step_code, texts
from nco.reports.blocks import Drawing, Table
from nco.reports.growth import boards, norms
from nco.reports.growth.chapters import bestuur, gesprek
from nco.reports.growth.rows import ClassLevel, Levels, middle
from nco.reports.growth.slices import Total
from nco.reports.growth.verdicts import REFERENCE
from tests.support import chapters
from tests.support.levelled import at
from tests.support.situations import HIGH, LOW, NEAR
from tests.support.slicing import ALONE, NO_REFERENCE, SHOWN, STEPS, YEAR, YEAR_BEFORE, board, hidden, report, text

DOMAIN = SHOWN.domain
OTHER_TEST = {"scale": "IEP-BL"}


def school(name: str, code: str = "99AA00", **facts):
    """A school with every step of one domain."""
    results = [replace(SHOWN, step=step, **facts) for step in STEPS]
    return report(results, brinvest=code, school_name=name)


LEVELS = Levels("2019-2020", "2021-2022", 3, "shown", 60, 92.2, False, 44.0, 30.0, 31.0, 85.0, 45.5, 95.6, 55.9)
ZUID, ALTO = school("Zuid", "99AA00", **HIGH), school("alto", "99AB00", **LOW)
MIDDLE = school("Midden", "99AC00", **NEAR)
BOARD = board([ZUID, MIDDLE, ALTO])
SUMS = [Total(DOMAIN, SHOWN.step, SHOWN.scale, 3, 100, 3.3, 1.0, 5.6, YEAR)]


def tables(content) -> list[Table]:
    return [block for block in chapters.shown(content, "bestuur") if isinstance(block, Table)]


def named(table: Table, names: set[str]) -> list[str]:
    return [row[0] for row in table.rows if row[0] in names]


def test_every_table_of_schools_has_them_by_name_but_that_of_what_stands_out():
    content = replace(BOARD, schools=tuple(replace(s, levels=LEVELS) for s in BOARD.schools))
    of_schools = [table for table in tables(content) if named(table, {"Zuid", "Midden", "alto"})]
    assert len(of_schools) >= 6
    for table in of_schools:
        if table.name != "tabel-aandacht":
            assert named(table, {"Zuid", "Midden", "alto"}) == ["alto", "Midden", "Zuid"], table.name
    drawn = bestuur.effects(BOARD, DOMAIN)[0].alt
    assert drawn.index("alto:") < drawn.index("Midden:") < drawn.index("Zuid:")


def test_what_asks_attention_is_only_what_the_rule_calls_lower_or_higher_and_lower_comes_first():
    weaker = school("Bes", "99AD00", **LOW | {"effect": -4.0, "effect_low": -6.9, "effect_high": -1.1})
    content = board([ZUID, MIDDLE, ALTO, weaker])
    sizes = {"alto": -2.5, "Bes": -1.5, "Zuid": 3.5}
    content = replace(
        content,
        schools=tuple(
            replace(s, overall=tuple(replace(each, effect_shrunken=sizes.get(s.school_name)) for each in s.overall))
            for s in content.schools
        ),
    )
    table = bestuur.attention(content)
    assert [row[0] for row in table.rows] == ["alto", "Bes", "Zuid"]
    figure = next(s for s in content.schools if s.school_name == "alto").overall[0]
    assert table.rows[0][4] == round(-2.5 / figure.effect_sd, 2)
    assert bestuur.attention(board([MIDDLE])) is None


def test_table_one_has_the_country_and_the_reference_value_apart():
    words = texts("board")
    titles = [column.title for column in bestuur.overview(BOARD).columns]
    assert titles == ["School", "Lezen, land", "Lezen, ref."]
    row = dict(zip(titles, bestuur.overview(BOARD).rows[0], strict=True))
    assert (row["Lezen, land"], row["Lezen, ref."]) == (words["outcomes"]["similar"], words["outcomes"]["lower"])


def test_points_of_two_tests_are_never_on_one_axis_or_in_one_column_of_differences():
    content = board([ZUID, school("alto", "99AB00", **LOW | OTHER_TEST)])
    assert not bestuur.several_scales(BOARD, DOMAIN)
    assert bestuur.several_scales(content, DOMAIN)
    (drawn,) = bestuur.effects(content, DOMAIN)
    figure = content.schools[0].overall[0]
    assert f"Zuid: {number(middle(figure.in_sd('effect')), 2)}" in drawn.alt
    assert "spreidingen van schoolgemiddelden" in drawn.caption
    assert texts("chapter_reference")["axis_sd"] in drawn.svg
    steps = bestuur.steps(content, DOMAIN)
    result = content.schools[0].results[0]
    assert number(middle(result.in_sd("effect"))) in steps.rows[1][1]


def test_a_cell_has_the_sign_of_its_verdict_and_says_that_it_is_hidden():
    signs = texts("board")["signs"]
    one = report([hidden(step=STEPS[0]), *(replace(SHOWN, step=step, **HIGH) for step in STEPS[1:])])
    content = board([one, MIDDLE])
    row = next(row for row in bestuur.steps(content, DOMAIN).rows if row[0] == one.school_name)
    assert row[1] == signs["hidden"] == "n.g."
    for step, cell in zip(STEPS[1:], row[2:], strict=True):
        result = next(r for r in content.schools[0].results if r.step == step)
        assert cell == f"{signs[content.rule.verdict(result, 'effect')]}{number(result.effect)}"


def test_totals_have_the_country_the_reference_value_and_earlier_years_of_the_same_schools_beside_them():
    step, scale = STEPS[0], SHOWN.scale
    small = school("Bes", "99AD00", n_pupils=75, national_mean=8.7, reference=7.5)
    sums = [
        Total(DOMAIN, step, scale, 2, 100, 7.1, 5.0, 9.2, YEAR),
        Total(DOMAIN, step, scale, 2, 90, 6.4, 5.0, 9.2, YEAR_BEFORE),
        Total(DOMAIN, step, "IEP-BL", 1, 30, 6.4, 5.0, 9.2, YEAR),  # of one school: its own report
    ]
    (table,) = bestuur.totals(board([MIDDLE, small], sums), DOMAIN)
    told = dict(zip((column.title for column in table.columns), table.rows[0], strict=True))
    assert told["Land"] == pytest.approx((25 * 6.7 + 75 * 8.7) / 100, abs=0.05)
    assert told["Verwacht"] == pytest.approx((25 * 5.5 + 75 * 7.5) / 100, abs=0.05)
    assert (told["Groei"], told["2020-21"], len(table.rows)) == (7.1, 6.4, 1)
    without = school("Bes", "99AD00", **NO_REFERENCE)
    (table,) = bestuur.totals(board([MIDDLE, without], sums), DOMAIN)
    assert table.rows[0][6] is None, "a mean of some of them is not beside the growth of all"


@pytest.mark.parametrize(
    ("changes", "told", "below"),
    [
        ({}, ("60", "92,2", "44,0"), "1S/2F"),
        ({"reached_2f": 45.5}, ("60", "92,2", "45,5"), "nee"),
        ({"reached_1f": 84.9}, ("60", "84,9", "44,0"), "1F en 1S/2F"),
        ({"reached_1f": 84.0, "least_1f": True, "reached_2f": 50.0}, ("60", "≥ 84,0", "50,0"), "?"),
        ({"reached_2f": None}, ("60", "92,2", "n.g."), "?"),
        ({"status": "few", "n_pupils": None, "reached_1f": None, "reached_2f": None}, ("*", "*", "*"), "?"),
        ({"signal_1f": None, "signal_2f": None}, ("60", "92,2", "44,0"), "?"),
    ],
)
def test_a_percentage_is_below_its_signaleringswaarde_only_as_far_as_it_is_told(changes, told, below):
    row = bestuur.levels_row(replace(LEVELS, **changes))
    assert (row[1], row[2], row[5], row[-1]) == (*told, below)


def test_a_board_of_sixty_prints_no_table_that_is_only_looked_up():
    content = board([replace(MIDDLE, brinvest=f"{10 + n}AA00", school_name=f"School {n}") for n in range(60)])
    printed = [table.name for table in tables(content) if table.printed and len(table.rows) > 12]
    assert sorted(printed) == ["tabel-niveau-begrijpend-lezen", "tabel-overzicht"]
    assert len([table for table in tables(content) if not table.printed]) > 60


# --- level beside the norm, with growth ----------------------------------------------------------

IEP = {"scale": "IEP-LEZEN"}
LEVEL = ClassLevel(DOMAIN, "E7-M8", YEAR, "IEP-LEZEN", 7, 48.2)


def of_iep(level: float, name: str = "Zuid", code: str = "99AA00", **facts):
    """A school with IEP's test of one step, its level after it around a score."""
    return report([at(level, SHOWN, **IEP, **facts)], brinvest=code, school_name=name)


def with_classes(content, *levels: ClassLevel):
    return replace(content, schools=tuple(replace(s, class_levels=levels) for s in content.schools))


@pytest.mark.parametrize("norm", norms.NORMS)
def test_a_cell_has_the_verdicts_of_the_one_rule_on_level_and_growth_beside_any_norm(norm):
    """IEP's lines are at 56 and 75 after M8, the country at 46.5 and the class at 48.2."""
    levels = (44, 47.5, 56, 60, 76)
    made = [of_iep(level, f"School {n}", f"99A{n}00", **(HIGH, LOW, NEAR)[n % 3]) for n, level in enumerate(levels)]
    content = replace(with_classes(board(made), LEVEL), norm=norm)
    table, words = bestuur.grades(content, DOMAIN), texts("board")
    assert words["norms"][norm] in table.caption
    assert [column.title for column in table.columns] == ["School", "Groep\u00a08"]
    for school_part, (_, cell) in zip(boards.alphabetical(content.schools), table.rows, strict=True):
        (row,) = school_part.results
        level = content.rule.level(row.level, norms.value(school_part, row, norm))
        growth = content.rule.verdict(row, REFERENCE)
        assert cell == f"{texts('school_analysis')['level_short'][level]}, {words['growth_words'][growth]}"
    assert {cell.split(", ")[1] for _, cell in table.rows} >= {"↑ hoger", "↓ lager"}
    assert len({cell.split(",")[0] for _, cell in table.rows}) > 1


def test_a_board_has_the_norm_that_was_chosen_for_it_and_each_school_its_own_class_in_one_table():
    content = board([of_iep(47.5, "A", "99AA00"), of_iep(47.5, "B", "99AB00")])
    lower, higher = replace(LEVEL, level=40.0), replace(LEVEL, level=60.0)
    schools = (replace(content.schools[0], class_levels=(lower,)), replace(content.schools[1], class_levels=(higher,)))
    told = bestuur.grades(replace(content, schools=schools, norm=norms.CLASS), DOMAIN)
    assert [row[1].split(",")[0] for row in told.rows] == ["boven", "onder"]


def test_a_norm_that_no_school_has_is_replaced_by_the_national_mean_and_that_is_said():
    content = replace(board([school("Zuid")]), norm=norms.LINE_1F)
    assert "het landelijk gemiddelde" in bestuur.grades(content, DOMAIN).caption
    assert "de lijn naar 1F" in bestuur.norm_told(content, DOMAIN)
    mixed = replace(board([school("Zuid"), of_iep(60, "alto", "99AB00")]), norm=norms.LINE_1F)
    rows = {row[0]: row[-1] for row in bestuur.grades(mixed, DOMAIN).rows}
    assert rows["Zuid"].startswith("–, ")
    assert rows["alto"].startswith("boven, ")
    assert "voor de toets van die school is de lijn naar 1F niet bekend" in bestuur.norm_told(mixed, DOMAIN)


def test_a_page_has_the_table_beside_every_norm_that_is_known_and_paper_that_of_the_chosen_one():
    content = replace(with_classes(board([of_iep(47.5)]), LEVEL), norm=norms.LINE_2F)
    made = [each for each in bestuur.by_norm(content, DOMAIN, bestuur.grades) if isinstance(each, Table)]
    called = texts("board")["norms"]
    assert [(each.option, each.chosen) for each in made] == [
        (called[name], name == norms.LINE_2F) for name in (norms.LINE_2F, norms.NATIONAL, norms.CLASS, norms.LINE_1F)
    ]
    assert [each.rows for each in made] == [
        bestuur.grades(replace(content, norm=name), DOMAIN).rows
        for name in (norms.LINE_2F, norms.NATIONAL, norms.CLASS, norms.LINE_1F)
    ]
    assert len({each.name for each in made}) == len(made)
    of_one = bestuur.by_norm(board([school("Zuid")]), DOMAIN, bestuur.grades)
    assert isinstance(of_one, Table)
    assert not of_one.option


def test_the_workbook_has_all_four_norms_beside_every_level_whichever_is_chosen():
    for norm in norms.NORMS:
        content = replace(with_classes(board([of_iep(47.5)]), LEVEL), norm=norm)
        (table,) = bestuur.every_step(content, DOMAIN)
        told = dict(zip((column.title for column in table.columns), table.rows[0], strict=True))
        four = [told[name] for name in ("Niveau, land", "Niveau, schoolweging", "Lijn 1F", "Lijn 2F/1S")]
        assert four == [46.5, 48.2, 56.0, 75.0]
        assert told["Niveau naast de norm"] == ("boven de norm" if norm == norms.NATIONAL else
                                                "rond de norm" if norm == norms.CLASS else "onder de norm")  # fmt: skip


# --- which schools are in a figure ---------------------------------------------------------------

NOT_COMPARABLE = {"national_mean": None, "standardised": None, "standardised_low": None, "standardised_high": None}


def _special(*steps: dict, name: str = "Oost"):
    """A school for special primary education with these steps of the domain."""
    rows = [replace(SHOWN, **NO_REFERENCE | {"model": "not_for_sbo"} | facts) for facts in steps]
    return report(rows, brinvest="15AA00", school_name=name, sector="sbo")


FACTS = {
    "as it is": {}, "without reference": NO_REFERENCE | {"model": "too_few_schools"},
    "too few pupils": NO_REFERENCE | {"model": "too_few_pupils"}, "not shown": NO_REFERENCE,
    "only one": ALONE, "other test": OTHER_TEST, "no country": NOT_COMPARABLE,
}  # fmt: skip


def _of(kind: str, place: int):
    code, name = f"{10 + place}AA00", f"De Boog {place}x"
    match kind:
        case "nothing":
            return report((), brinvest=code, school_name=name)
        case "hidden" | "other_scale" | "no_growth":
            return report([hidden(kind)], brinvest=code, school_name=name)
        case "sbo":
            return replace(_special({}, name=name), brinvest=code)
        case "sbo, not compared":
            return replace(_special(NOT_COMPARABLE, name=name), brinvest=code)
        case "other domain":
            return report([replace(SHOWN, domain="spelling")], brinvest=code, school_name=name)
    return report([replace(SHOWN, **FACTS[kind])], brinvest=code, school_name=name)


KINDS = (*FACTS, "nothing", "hidden", "other_scale", "no_growth", "sbo", "sbo, not compared", "other domain")


@settings(max_examples=150)
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=30))
def test_every_school_of_a_board_is_in_the_figure_of_a_domain_or_named_as_absent_and_never_both(kinds):
    content = board([_of(kind, place) for place, kind in enumerate(kinds)])
    drawings = [*bestuur.effects(content, DOMAIN), *bestuur.standardised(content, DOMAIN)]
    absent = bestuur.not_drawn(content, DOMAIN)
    if not drawings:
        assert absent == ""
        return
    there = re.findall(r"De Boog \d+x", " ".join(drawing.alt for drawing in drawings))
    gone = re.findall(r"De Boog \d+x", absent)
    assert sorted([*there, *gone]) == sorted(school.school_name for school in content.schools)


def test_why_a_school_is_not_in_a_figure_is_said():
    words = texts("board")["absent"]
    why = {"as it is": None, "nothing": "no_results", "hidden": "hidden", "other_scale": "no_growth", "sbo": "sbo",
           "no_growth": "no_growth", "without reference": "too_few_schools", "too few pupils": "too_few_pupils",
           "not shown": "no_reference", "other domain": "no_results",
           "sbo, not compared": "no_country"}  # fmt: skip
    content = board([_of(kind, place) for place, kind in enumerate(why)])
    told = bestuur.not_drawn(content, DOMAIN).removeprefix(words["lead"]).strip()
    for place, (kind, reason) in enumerate(why.items()):
        name = f"De Boog {place}x"
        sentence = next((part for part in re.split(r"(?<=\.) ", told) if f"{name}" in part), "")
        assert sentence.startswith(words[reason].split(":")[0]) if reason else not sentence, kind
    of_country = board([_of("without reference", 0), _of("only one", 1)])
    assert bestuur.standardised(of_country, DOMAIN)
    assert bestuur.not_drawn(of_country, DOMAIN).endswith(words["no_country"].format(schools="De Boog 1x"))


def test_an_sbo_school_is_called_so_wherever_it_stands_and_what_that_means_is_said_once():
    content = board([ZUID, replace(_of("sbo", 5), school_name="Oost")], SUMS)
    shown = chapters.shown(content, "bestuur")
    everything = text(shown) + " ".join(cell for table in tables(content) for row in table.texts for cell in row)
    everything += " ".join(block.svg for block in shown if isinstance(block, Drawing))
    assert len(re.findall(r"Oost", everything)) > 4
    assert len(re.findall(r"Oost(?! \(sbo\))", everything)) == 0
    assert everything.count(texts("board")["sbo_told"]) == 1
    assert "(sbo)" not in text(chapters.shown(BOARD, "bestuur"))


def test_names_of_two_lines_keep_from_the_rows_above_and_below_them():
    long = "Protestants-Christelijke Basisschool Het Baken"
    names = [long, long, "De Ark", long]
    schools = [
        replace(each, school_name=f"{name} {n}") for n, (name, each) in enumerate(zip(names, [ZUID] * 4, strict=True))
    ]
    content = board([replace(s, brinvest=f"99A{n}00") for n, s in enumerate(schools)])
    (drawing,) = bestuur.effects(content, DOMAIN)
    lines = re.findall(r'<text x="0" y="([\d.]+)"[^>]*>([^<]+)<', drawing.svg)
    heights = [float(y) for y, _ in lines]
    assert len(lines) == 7
    gaps = [round(below - above, 2) for above, below in pairwise(heights)]
    within = [gap for gap, (_, name) in zip(gaps, lines, strict=False) if name == "Protestants-Christelijke"]
    between = [gap for gap, (_, name) in zip(gaps, lines, strict=False) if name != "Protestants-Christelijke"]
    assert max(within) + 2 < min(between), "a name's own lines are nearer to each other than to another name"


# --- totals of those that can be compared --------------------------------------------------------


LARGER = {
    "n_pupils": 75, "mean_growth": 9.0, "mean_growth_low": 8.0, "mean_growth_high": 10.0, "national_mean": 8.7,
    "reference": 7.5,
}  # fmt: skip


def _three(third):
    larger = report([replace(SHOWN, **LARGER)], brinvest="11AA00", school_name="De Boog 1x")
    return board([_of("as it is", 0), larger, third], SUMS)


def test_an_sbo_school_does_not_empty_the_totals_of_the_others_and_is_named_as_left_out():
    content = _three(_of("sbo", 2))
    (table,) = bestuur.totals(content, DOMAIN)
    told = dict(zip((column.title for column in table.columns), table.rows[0], strict=True))
    mean = round((25 * 7.0 + 75 * 9.0) / 100, 1)
    margin = hypot(25 * 2.2, 75 * 1.0) / 100
    assert (told["Scholen"], told["Leerlingen"], told["Groei"]) == (2, 100, mean)
    assert told["95%-interval"] == (round(mean - margin, 1), round(mean + margin, 1))
    assert told["Land"] == round((25 * 6.7 + 75 * 8.7) / 100, 1)
    assert told["Verwacht"] == round((25 * 5.5 + 75 * 7.5) / 100, 1)
    assert "De Boog 2x (sbo)." in bestuur.totals_intro(content, DOMAIN)
    assert "De Boog 1x" not in bestuur.totals_intro(content, DOMAIN)


def test_a_total_of_some_schools_is_made_of_what_their_reports_show_and_of_nothing_else():
    """The total of all, which was made of figures before they were rounded, is not beside it to be subtracted."""
    content = _three(_of("sbo", 2))
    other = replace(content, totals=(replace(SUMS[0], mean_growth=99.9, mean_growth_low=90.0, n_pupils=9999),))
    assert bestuur.totals(content, DOMAIN) == bestuur.totals(other, DOMAIN)
    whole = _three(_of("as it is", 2))
    (table,) = bestuur.totals(whole, DOMAIN)
    assert table.rows[0][1:4] == (3, 100, 3.3), "all can be compared: their total as it was protected"
    assert boards.together(SUMS[0], whole).left_out == ()


def test_without_two_schools_to_compare_the_total_of_all_stays_and_why_is_said():
    special = [_of("sbo", 2), _of("only one", 3)]
    content = board([_of("as it is", 0), *special], SUMS)
    (table,) = bestuur.totals(content, DOMAIN)
    assert table.rows[0][3] == 3.3
    assert table.rows[0][-2:] == (None, None)
    assert texts("board")["totals_not_compared"] in bestuur.totals_intro(content, DOMAIN)


def test_the_steps_at_which_a_school_does_not_count_are_named_where_these_are_not_all():
    steps = ("M7-E7", "E7-M8")
    sums = [replace(SUMS[0], step=step) for step in steps]
    whole = [
        report([replace(SHOWN, step=step) for step in steps], brinvest=f"1{n}AA00", school_name=f"S{n}") for n in (1, 2)
    ]
    part = report([replace(SHOWN, step=steps[0]), replace(SHOWN, step=steps[1], **NO_REFERENCE)], school_name="Deels")
    told = bestuur.totals_intro(board([*whole, part], sums), DOMAIN)
    assert f"Deels ({step_code(steps[1])})" in told


def test_a_step_of_a_school_with_two_tests_is_in_the_table_with_the_pupils_of_both():
    """By one test only, a school would be shown by half of its pupils."""
    one = replace(SHOWN, n_pupils=20, **HIGH)
    other = replace(one, **OTHER_TEST, **{name: value - 2 for name, value in vars(one).items()
                                          if name.startswith("standardised") and value is not None})  # fmt: skip
    content = board([report([one, other], school_name="Beide"), school("Zuid", "99AB00", **HIGH)])
    both = next(row for row in content.schools[0].by_step if row.domain == DOMAIN)
    assert both.n_pupils == 40
    assert both.scale == "all"
    table = bestuur.steps(content, DOMAIN)
    place = [column.title for column in table.columns].index(SHOWN.step.replace("-", " – "))
    cell = next(row for row in table.rows if row[0] == "Beide")[place]
    assert cell.endswith(number(middle(both.in_sd(REFERENCE))))


def test_a_board_has_an_sbo_school_of_which_one_step_is_compared_and_another_cannot_be():
    """Of another test too few schools take part: that step has no figure, and the report is made all the same."""
    school = _special({}, {"step": "E6-M7"} | NOT_COMPARABLE)
    assert {result.status for result in school.results} == {"shown", "not_compared"}
    content = board([school, replace(ZUID, results=ZUID.results)])
    table = bestuur.steps(content, DOMAIN)
    titles = [column.title for column in table.columns]
    row = next(row for row in table.rows if row[0].startswith("Oost"))
    assert row[titles.index("E6 – M7")] == texts("board")["signs"]["unknown"]
    assert row[titles.index(SHOWN.step.replace("-", " – "))] != texts("board")["signs"]["unknown"]
    assert tables(content)


def test_a_school_of_which_nothing_can_be_compared_is_not_said_to_have_no_growth():
    school = _special(NOT_COMPARABLE, {"step": "E6-M7"} | NOT_COMPARABLE)
    gone = replace(school, results=(*school.results, hidden("no_growth", step="M3-E3")))
    told = bestuur.not_drawn(board([ZUID, gone]), DOMAIN)
    assert told.endswith(texts("board")["absent"]["no_country"].format(schools="Oost (sbo)"))
    coverage = next(table for table in tables(board([ZUID, gone])) if table.name == "tabel-dekking")
    assert next(row for row in coverage.rows if row[0].startswith("Oost"))[1:4] == (0, 2, 1)
    assert gesprek.outcome(gone, gone.results, None) == "unknown"
