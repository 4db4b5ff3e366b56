from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from nco.reports.growth import sentences
from nco.reports.growth.chapters import bestuur, samenvatting
from tests.support import chapters
from tests.support.slicing import RULE, SHOWN, STEPS, a_year_ago, board, parts, report, text

bounds = st.tuples(st.floats(-30, 30), st.floats(-30, 30)).map(lambda pair: tuple(sorted(round(v, 1) for v in pair)))


@settings(max_examples=50)  # each judges a report
@given(bounds, bounds, bounds)
def test_no_sentence_claims_a_difference_whose_interval_contains_zero(effect, own, change):
    school = report(
        [
            replace(
                SHOWN,
                effect=sum(effect) / 2,
                effect_low=effect[0],
                effect_high=effect[1],
                effect_shrunken=sum(effect) / 4,
                mean_growth=sum(own) / 2,
                mean_growth_low=own[0],
                mean_growth_high=own[1],
                change=sum(change) / 2,
                change_low=change[0],
                change_high=change[1],
            )
        ]
    )
    (result,) = school.results
    about_reference = sentences.reference_detail(result, RULE)
    stands_out = " ".join(samenvatting.stands_out(school))
    # An end on zero itself is chance of just one in twenty: either may be said.
    if effect[0] < 0 < effect[1]:
        assert "hoger dan verwacht**" not in about_reference + stands_out
        assert "lager dan verwacht**" not in about_reference + stands_out
    about_country = sentences.national_sentence(result, RULE)
    if own[0] < SHOWN.national_mean < own[1]:
        assert "hoger" not in about_country
        assert "lager" not in about_country
    if change[0] < 0 < change[1]:
        assert "een jaar geleden" not in stands_out


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
            change=0.0,
            change_low=change[0],
            change_high=change[1],
        )
        for step, (effect, own, change) in zip(STEPS, intervals, strict=False)
    ]
    school = report(results, [*a_year_ago(results), *parts(results, "sex", "jongen", "meisje")])
    names = ("samenvatting", "leergroei", "referentie", "groepen", "gesprek")
    made = chapters.shown(school, *names)
    said = text(block for block in made if isinstance(block, str) and "*Hoger* en *lager*" not in block)
    about_board = bestuur.key_finding(board([school]))
    for claim in ("hoger dan", "lager dan", "hoger bij", "lager bij", "groeiden meer", "↑", "↓"):
        assert claim not in said
        assert claim not in about_board
