from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nco.reports.growth import sentences
from nco.reports.growth.chapters import bestuur, samenvatting
from tests.support import chapters
from tests.support.slicing import SHOWN, STEPS, a_year_ago, board, parts, report, text

BAND = 0.5


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"standardised": 0.5}, "similar"),
        ({"standardised": -0.5}, "similar"),
        ({"standardised": 0.51, "mean_growth_low": 6.8}, "higher"),
        ({"standardised": 0.51, "mean_growth_low": 6.7}, "unclear"),
        ({"standardised": -0.8, "mean_growth_high": 6.6}, "lower"),
        ({"standardised": -0.8, "mean_growth_high": 6.7}, "unclear"),
        ({"standardised": -0.8, "mean_growth_high": None, "mean_growth_low": None}, "unclear"),
        ({"standardised": None}, "unknown"),
    ],
)
def test_the_comparison_with_the_country_follows_the_band_and_then_the_interval(facts, verdict):
    assert sentences.national_verdict(replace(SHOWN, **facts), BAND) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 3.0, "higher"), (0.0, 3.0, "similar"), (-3.0, 0.0, "similar"), (-3.0, -0.1, "lower"), (-1, 1, "similar")],
)
def test_the_comparisons_with_the_reference_and_a_year_ago_follow_the_interval(low, high, verdict):
    assert sentences.reference_verdict(replace(SHOWN, effect_low=low, effect_high=high)) == verdict
    assert sentences.change_verdict(replace(SHOWN, change=1.0, change_low=low, change_high=high)) == verdict


def test_without_a_year_ago_there_is_no_verdict_about_it():
    assert sentences.change_verdict(SHOWN) is None


bounds = st.tuples(st.floats(-30, 30), st.floats(-30, 30)).map(lambda pair: tuple(sorted(round(v, 1) for v in pair)))


@given(bounds, bounds, bounds)
def test_no_sentence_claims_a_difference_whose_interval_contains_zero(effect, own, change):
    result = replace(
        SHOWN,
        effect_low=effect[0],
        effect_high=effect[1],
        mean_growth_low=own[0],
        mean_growth_high=own[1],
        standardised=sum(own) / 2 - SHOWN.national_mean,
        change=sum(change) / 2,
        change_low=change[0],
        change_high=change[1],
    )
    about_reference = sentences.reference_detail(result)
    assert ("hoger dan verwacht" in about_reference) == (effect[0] > 0)
    assert ("lager dan verwacht" in about_reference) == (effect[1] < 0)
    about_country = sentences.national_sentence(result, BAND)
    if own[0] <= SHOWN.national_mean <= own[1]:
        assert "hoger" not in about_country
        assert "lager" not in about_country
    stands_out = " ".join(samenvatting.stands_out(report([result])))
    assert ("dan verwacht" in stands_out) == (effect[0] > 0 or effect[1] < 0)
    assert ("een jaar geleden" in stands_out) == (change[0] > 0 or change[1] < 0)


around_zero = st.tuples(st.floats(0, 20), st.floats(0, 20)).map(lambda pair: (round(-pair[0], 1), round(pair[1], 1)))


@settings(max_examples=30)  # each draws every figure
@given(st.lists(st.tuples(around_zero, around_zero, around_zero), min_size=2, max_size=len(STEPS)))
def test_a_whole_report_in_which_every_interval_contains_zero_claims_nothing(intervals):
    results = [
        replace(
            SHOWN,
            step=step,
            effect=0.0,
            effect_low=effect[0],
            effect_high=effect[1],
            mean_growth=SHOWN.national_mean,
            mean_growth_low=round(SHOWN.national_mean + own[0], 1),
            mean_growth_high=round(SHOWN.national_mean + own[1], 1),
            standardised=2.0,
            change=0.0,
            change_low=change[0],
            change_high=change[1],
        )
        for step, (effect, own, change) in zip(STEPS, intervals, strict=False)
    ]
    school = report(results, [*a_year_ago(results), *parts(results, "sex", "jongen", "meisje")])
    names = ("samenvatting", "leergroei", "referentie", "groepen", "subgroepen", "gesprek")
    made = chapters.shown(school, *names)
    said = text(block for block in made if isinstance(block, str) and "*Hoger* en *lager*" not in block)
    about_board = bestuur.key_finding(board([school]))
    for claim in ("hoger dan", "lager dan", "hoger bij", "lager bij", "duidelijk meer", "↑", "↓"):
        assert claim not in said
        assert claim not in about_board


def test_two_groups_differ_only_when_the_interval_of_their_difference_excludes_zero():
    one = replace(SHOWN, mean_growth=10.0, mean_growth_low=7.0, mean_growth_high=13.0)
    assert one.mean_growth - SHOWN.mean_growth < (3.0**2 + 2.2**2) ** 0.5
    assert sentences.difference(one, SHOWN) is None
    surer = replace(one, mean_growth_low=9.0, mean_growth_high=11.0)
    assert sentences.difference(surer, SHOWN) == "higher"
    assert sentences.difference(SHOWN, surer) == "lower"
