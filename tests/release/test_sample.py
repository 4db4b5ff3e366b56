from dataclasses import replace

from nco.base.all_settings import Sample
from nco.release import report_facts
from nco.release.review import sample
from nco.reports import facts, kinds
from tests.support.slicing import REPORT, SHOWN, a_year_ago, board, hidden, report

FACTS = kinds.facts_of(REPORT)


def known(subject: str, **changes) -> facts.ReportFacts:
    return replace(FACTS, subject=subject, **changes)


def sizes(largest: int = 0, most: int = 0, drawn: int = 0) -> Sample:
    return Sample(largest_changes=largest, most_hidden=most, random=drawn)


MANY = [known(f"99A{letter}00") for letter in "ABCDEFGHIJ"]


def test_the_largest_changes_come_first_up_or_down_and_no_change_is_none():
    found = sample.choose(
        [known("A", change=0.5), known("B", change=-1.2), known("C", change=None), known("D", change=0.0)], sizes(3), ""
    )
    assert found == {"B": ("change",), "A": ("change",)}


def test_those_that_hide_the_largest_part_come_next_and_a_report_may_have_two_reasons():
    found = sample.choose(
        [
            known("A", change=2.0, n_shown=1, n_hidden=3),
            known("B", n_shown=0, n_hidden=1),
            known("C", n_shown=9, n_hidden=4),
            known("D", n_shown=9, n_hidden=0),
        ],
        sizes(1, 2),
        "",
    )
    assert found == {"A": ("change", "hidden"), "B": ("hidden",)}


def test_as_many_are_drawn_by_lot_as_asked_beside_those_chosen_for_what_they_hold():
    there = [*MANY, known("Z", change=3.0)]
    found = sample.choose(there, sizes(1, 0, 4), "2022E 1")
    assert found["Z"] == ("change",)
    assert list(found.values())[1:] == [("random",)] * 4


def test_the_same_seed_draws_the_same_in_any_order_and_another_seed_others():
    drawn = sample.choose(MANY, sizes(0, 0, 4), "2022E 1")
    assert sample.choose(MANY[::-1], sizes(0, 0, 4), "2022E 1") == drawn
    assert set(sample.choose(MANY, sizes(0, 0, 4), "2022E 2")) != set(drawn)


def test_one_report_less_changes_one_of_those_drawn_at_most():
    drawn = set(sample.choose(MANY, sizes(0, 0, 4), "2022E 1"))
    for missing in MANY:
        fewer = set(sample.choose([c for c in MANY if c != missing], sizes(0, 0, 4), "2022E 1"))
        assert len(drawn - {missing.subject} - fewer) == 0


def test_more_than_there_are_cannot_be_drawn():
    assert len(sample.choose(MANY, sizes(5, 5, 99), "")) == len(MANY)


def test_the_change_on_a_card_is_the_largest_move_against_the_country_since_a_year_ago():
    now = [replace(SHOWN, standardised=0.5), replace(SHOWN, step="M7-E7", standardised=-0.9)]
    then = [replace(SHOWN, standardised=0.4), replace(SHOWN, step="M7-E7", standardised=0.3)]
    assert kinds.facts_of(report(now, a_year_ago(then))).change == -1.2


def test_there_is_no_change_without_the_same_step_shown_in_both_years():
    assert kinds.facts_of(report()).change is None
    assert kinds.facts_of(report(others=a_year_ago([hidden()]))).change is None
    assert kinds.facts_of(report(others=a_year_ago([replace(SHOWN, scale="ANDERS")]))).change is None
    assert kinds.facts_of(report([hidden()], a_year_ago([SHOWN]))).change is None


def test_what_stands_out_is_what_differs_clearly_from_the_reference_value():
    higher = replace(SHOWN, effect=6.0, effect_low=3.1, effect_high=8.9)
    lower = replace(SHOWN, step="M7-E7", effect=-6.0, effect_low=-8.9, effect_high=-3.1, effect_shrunken=-5.0)
    unsure = replace(SHOWN, step="E6-M7", effect=3.0, effect_low=0.1, effect_high=5.9)
    made = kinds.facts_of(report([higher, lower, unsure, hidden()]))
    assert (made.n_higher, made.n_lower) == (1, 1)
    assert made.outstanding == (
        ("begrijpend_lezen", "E7-M8", "higher"),
        ("begrijpend_lezen", "M7-E7", "lower"),
    )
    of_board = kinds.facts_of(board([report([higher]), report([higher, lower])]))
    assert (of_board.n_higher, of_board.n_lower, of_board.outstanding) == (2, 1, ())


def test_facts_are_read_as_they_were_written(tmp_path):
    made = [replace(FACTS, change=-0.5, outstanding=(("spelling", "M3-E3", "higher"),), absent=(("spelling", "x"),))]
    report_facts.write(made, tmp_path / "slices.json")
    assert report_facts.read(tmp_path / "slices.json") == made
