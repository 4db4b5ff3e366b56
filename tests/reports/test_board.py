"""The board analysis: who asks attention, one order, one scale over tests, totals beside others, reference levels."""

from dataclasses import replace

import pytest

from nco.base.dutch import number, texts
from nco.reports.blocks import Table
from nco.reports.growth.chapters import bestuur
from nco.reports.growth.rows import Levels, middle
from nco.reports.growth.slices import Total
from tests.support import chapters
from tests.support.situations import HIGH, LOW, NEAR
from tests.support.slicing import NO_REFERENCE, SHOWN, STEPS, YEAR, YEAR_BEFORE, board, hidden, report

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
    assert "Toets" in [column.title for column in bestuur.level(content, DOMAIN).columns]


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
    assert sorted(printed) == ["tabel-niveau-begrijpend-lezen", "tabel-overzicht", "tabel-stappen-begrijpend-lezen"]
    assert len([table for table in tables(content) if not table.printed]) > 60
