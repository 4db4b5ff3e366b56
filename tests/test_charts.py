import re
from dataclasses import replace

import pytest
from lxml import etree

from nco_utils import brand, charts, params
from tests.test_wording import SHOWN

DRAWINGS = {
    "bars": lambda result: charts.growth_bars(result),
    "standardised": lambda result: charts.standardised((result,), 0.5),
    "reference": lambda result: charts.reference_effect(result),
}


@pytest.fixture(params=DRAWINGS)
def draw(request):
    return DRAWINGS[request.param]


def _texts(svg: str) -> list[str]:
    return ["".join(node.itertext()).strip() for node in etree.fromstring(svg.encode()).iter("{*}text")]


def test_the_same_data_give_the_same_bytes(draw):
    assert draw(SHOWN).svg == draw(SHOWN).svg


def test_other_data_give_another_drawing_and_another_alternative_text(draw):
    other = replace(SHOWN, mean_growth=8.1, standardised=0.4, effect=2.2)
    assert draw(other).svg != draw(SHOWN).svg
    assert draw(other).alt != draw(SHOWN).alt


def test_identifiers_are_unique_over_all_figures_of_a_report_and_every_reference_is_there():
    identifiers = []
    for draw in DRAWINGS.values():
        svg = draw(SHOWN).svg
        own = re.findall(r'\bid="([^"]+)"', svg)
        used = re.findall(r'(?:url\(#|href="#)([^")]+)', svg)
        assert set(used) <= set(own)
        identifiers += own
    assert len(identifiers) == len(set(identifiers))


def test_text_in_a_drawing_is_text_in_the_brands_typeface(draw):
    svg = draw(SHOWN).svg
    family = brand.read(params.project_root() / "reports" / "quarto").base.family
    assert _texts(svg)
    assert family in svg
    assert "DejaVu" not in svg


def test_bars_are_labelled_directly_with_name_value_and_number_of_pupils():
    texts = _texts(charts.growth_bars(SHOWN).svg)
    assert {"Uw school (n = 25)", "7,0", "Voorspelde referentiewaarde", "5,5", "Landelijk gemiddelde", "6,7"} <= set(
        texts
    )


def test_bars_use_the_brands_colours_for_school_country_and_reference():
    colours = brand.read(params.project_root() / "reports" / "quarto").colors
    svg = charts.growth_bars(SHOWN).svg.lower()
    for name in ("eigen-school", "landelijk", "referentie"):
        assert colours[name].lower() in svg


def test_without_a_reference_value_there_is_no_bar_for_it():
    svg = charts.growth_bars(replace(SHOWN, reference=None)).svg
    assert "Voorspelde referentiewaarde" not in svg


def test_no_result_with_a_standardised_growth_means_no_drawing():
    assert charts.standardised((replace(SHOWN, standardised=None),), 0.5) is None


@pytest.mark.parametrize(
    "facts",
    [
        {"mean_growth": -2.3, "mean_growth_low": -6.5, "mean_growth_high": 1.9},
        {"mean_growth": 0.0, "mean_growth_low": 0.0, "mean_growth_high": 0.0, "national_mean": 0.0, "reference": 0.0},
        {"effect": -7.9, "effect_low": -12.0, "effect_high": -3.7, "standardised": -4.0, "standardised_low": -6.0},
    ],
)
def test_negative_and_zero_growth_can_be_drawn(facts, draw):
    assert draw(replace(SHOWN, **facts)).svg.startswith("<svg")


def test_the_alternative_text_says_what_the_figure_says():
    assert "7,0 punten (25 leerlingen), 95%-interval 4,8 tot 9,2" in charts.growth_bars(SHOWN).alt
    assert "0,07, 95%-interval −0,64 tot 0,78" in charts.standardised((SHOWN,), 0.5).alt
    alt = charts.reference_effect(SHOWN).alt
    assert "1,4 punten, 95%-interval −1,0 tot 3,9" in alt
    assert "1,2 punten" in alt
    assert "*" not in alt
