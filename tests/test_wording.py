from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nco_utils import chapters, dutch, wording
from nco_utils.slices import Result, Slice

SHOWN = Result(
    domain="begrijpend_lezen",
    step="E7-M8",
    school_year="2021-2022",
    trait="all",
    value="all",
    scale="BDF-TAAL",
    status="shown",
    n_pupils=25,
    n_without_growth=0,
    n_results_other_scale=None,
    percent_with_growth=95,
    mean_growth=7.0,
    mean_growth_low=4.8,
    mean_growth_high=9.2,
    mean_before=40.1,
    p10=None,
    p25=3.0,
    p50=7.0,
    p75=11.0,
    p90=None,
    standardised=0.07,
    standardised_low=-0.64,
    standardised_high=0.78,
    national_pupils=2287,
    national_mean=6.7,
    model="fitted",
    reference=5.5,
    reference_low=4.3,
    reference_high=6.7,
    effect=1.4,
    effect_low=-1.0,
    effect_high=3.9,
    effect_shrunken=1.2,
    reliability=0.86,
)
REPORT = Slice(
    round_code="2022E",
    round_label="Eind schooljaar 2021-2022",
    publication="2022-10-03",
    brinvest="99AA00",
    school_name="Obs Het *Testje*",
    board_number="99801",
    board_name="Stichting Proef",
    sector="bo",
    denomination="Openbaar",
    notice="",
    minimum_group=6,
    similar_band=0.5,
    model_terms=("score_before", "sex"),
    results=(SHOWN,),
)
UNIT = ("domain", "step", "school_year", "trait", "value", "status")
EMPTY = {name: None for name in vars(SHOWN) if name not in UNIT}


def hidden(status: str, **facts) -> Result:
    return replace(SHOWN, **(EMPTY | {"status": status} | facts))


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(7.04, 1, "7,0"), (-2.3, 1, "−2,3"), (-0.04, 1, "0,0"), (0.865, 2, "0,86"), (1234.5, 1, "1234,5"), (3, 0, "3")],
)
def test_numbers_have_a_decimal_comma_and_a_real_minus_but_no_minus_zero(value, decimals, text):
    assert dutch.number(value, decimals) == text


def test_counts_separate_thousands_by_a_point():
    assert dutch.count(2287) == "2.287"


@pytest.mark.parametrize(
    ("value", "text"), [(1.0, "1,0 punt"), (-1.0, "−1,0 punt"), (1.1, "1,1 punten"), (0, "0,0 punten")]
)
def test_one_point_is_singular(value, text):
    assert dutch.points(value) == text


def test_dates_and_steps_are_in_words():
    assert dutch.date_words("2022-10-03") == "3 oktober 2022"
    assert dutch.step_words("E7-M8") == "van eind groep 7 naar midden groep 8"
    assert dutch.step_span("M5-E5") == "midden groep 5 en eind groep 5"


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({"standardised": 0.5}, "similar"),
        ({"standardised": -0.5}, "similar"),
        ({"standardised": 0.51, "mean_growth_low": 6.8}, "higher"),
        ({"standardised": 0.51, "mean_growth_low": 6.7}, "unclear"),
        ({"standardised": -0.8, "mean_growth_high": 6.6}, "lower"),
        ({"standardised": -0.8, "mean_growth_high": 6.7}, "unclear"),
        ({"standardised": None}, "unknown"),
    ],
)
def test_the_comparison_with_the_country_follows_the_band_and_then_the_interval(facts, verdict):
    assert wording.national_verdict(replace(SHOWN, **facts), band=0.5) == verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.1, 3.0, "higher"), (0.0, 3.0, "similar"), (-3.0, 0.0, "similar"), (-3.0, -0.1, "lower"), (-1, 1, "similar")],
)
def test_the_comparison_with_the_reference_follows_the_interval(low, high, verdict):
    assert wording.reference_verdict(replace(SHOWN, effect_low=low, effect_high=high)) == verdict


bounds = st.floats(-30, 30).map(lambda value: round(value, 1))


@given(bounds, bounds, bounds, bounds)
def test_no_sentence_claims_a_difference_whose_interval_contains_zero(a, b, c, d):
    low, high = sorted((a, b))
    own_low, own_high = sorted((c, d))
    result = replace(
        SHOWN,
        effect_low=low,
        effect_high=high,
        mean_growth_low=own_low,
        mean_growth_high=own_high,
        standardised=(own_low + own_high) / 2 - SHOWN.national_mean,
    )
    about_reference = chapters.reference_sentence(result)
    about_country = wording.national_sentence(result, band=0.5)
    assert ("hoger dan verwacht" in about_reference) == (low > 0)
    assert ("lager dan verwacht" in about_reference) == (high < 0)
    if own_low <= SHOWN.national_mean <= own_high:
        assert "hoger" not in about_country
        assert "lager" not in about_country


@pytest.mark.parametrize("status", ["hidden", "other_scale", "no_growth"])
def test_every_reason_for_showing_nothing_reads_as_a_sentence_without_figures_of_the_school(status):
    report = replace(REPORT, results=(hidden(status),))
    texts = [
        wording.summary(report),
        wording.growth_notice(report.results[0], report),
        chapters.account_coverage(report),
    ]
    for text in texts:
        assert "None" not in text
        assert "{" not in text.replace("{.", "")
    if status == "hidden":
        assert "5 of minder leerlingen" in texts[0]


def test_results_on_two_scales_are_counted_in_words():
    result = hidden("other_scale", domain="rekenen_wiskunde", n_results_other_scale=1050)
    text = wording.growth_notice(result, REPORT)
    assert "geen leergroei berekenen" in text
    assert "1.050 toetsresultaten" in text


def test_a_fall_is_called_a_fall():
    text = wording.growth_sentence(replace(SHOWN, mean_growth=-2.3), band=0.5)
    assert "daalde gemiddeld met **2,3 punten**" in text


@pytest.mark.parametrize(
    ("n", "words"),
    [(0, "Van alle leerlingen"), (None, "laten we niet zien"), (12, "Van 12 leerlingen konden")],
)
def test_pupils_without_growth_are_told_without_small_counts(n, words):
    report = replace(REPORT, results=(replace(SHOWN, n_without_growth=n),))
    assert words in chapters.account_coverage(report)


@pytest.mark.parametrize("model", ["too_few_schools", "too_few_pupils", "not_for_sbo"])
def test_without_a_model_the_report_says_why_there_is_no_reference(model):
    names = ("reference", "effect", "effect_low", "effect_high", "effect_shrunken", "reliability")
    result = replace(SHOWN, model=model, **dict.fromkeys(names))
    report = replace(REPORT, results=(result,))
    assert ("speciaal" if model == "not_for_sbo" else "te weinig") in chapters.reference_sentence(result)
    assert "geen vergelijking" in chapters.reference_notice(report)
    assert len(chapters.growth_table(result).rows) == 2


def test_a_school_without_any_result_gets_a_report_that_says_so():
    assert "geen toetsresultaten" in wording.summary(replace(REPORT, results=()))


def test_names_from_the_register_are_shown_as_they_stand():
    assert chapters.front_matter(REPORT)["school"] == r"Obs Het \*Testje\*"


def test_the_cover_names_all_that_the_field_asks_for():
    pairs = {item["label"]: item["value"] for item in chapters.cover_pairs(REPORT)}
    assert set(pairs) >= {
        "Bestuur",
        "School",
        "BRIN en vestiging",
        "Sector",
        "Publicatiedatum",
        "Referentienummer",
        "Versie",
    }
    assert pairs["BRIN en vestiging"] == "99AA-00"
    assert pairs["Publicatiedatum"] == "3 oktober 2022"


def test_every_trait_of_the_reference_model_has_its_dutch_words():
    from nco_utils import params

    traits = dutch.texts("traits")
    assert set(params.load().reference.terms) <= set(traits)
