import re
from dataclasses import replace

import pytest
from lxml import etree
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from nco.base.dutch import number
from nco.render.fonts import font_file
from nco.reports import drawing, house_style
from nco.reports.growth.charts import board, groups, growth, standardised, subgroups, trend
from nco.reports.growth.rows import Year
from nco.reports.growth.slices import SchoolPart
from nco.reports.house_style import FontFace
from nco_utils import params
from nco_utils.errors import ContractError
from tests.support.slicing import (
    NO_REFERENCE,
    RULE,
    SHOWN,
    STEPS,
    YEAR_BEFORE,
    groups_of,
    parts,
    report,
    thirds,
    with_levels,
)

STEPPED = [replace(SHOWN, step=step, n_pupils=20 + place) for place, step in enumerate(STEPS)]


def _school(name: str = "Obs De Proef") -> SchoolPart:
    return SchoolPart("99AA00", name, "bo", (), ())


def _whole(result):
    """The domain of which that is the only step."""
    return report([result]).overall[0]


def _groups(result) -> list:
    """The boys and girls of whom that is the only step."""
    return list(groups_of(parts([result], "sex", "jongen", "meisje")))


def _years(result) -> list[Year]:
    """Three school years, each with the figures of that step."""
    names = [f"{name}{end}" for name in ("effect", "country") for end in ("", "_low", "_high")]
    figures = {name: getattr(result, name) for name in names}
    return [Year(result.domain, result.scale, f"{y}-{y + 1}", 1, **figures) for y in (2019, 2020, 2021)]


def _level(result):
    """The quantiles of a result follow its growth, so that another result has others."""
    (made,) = with_levels([result])
    return replace(made, level_p50=40 + result.mean_growth)


DRAWINGS = {
    "growth": lambda result: growth.bars(result.domain, [result, replace(result, school_year=YEAR_BEFORE)]),
    "trend": lambda result: trend.trend(result.domain, _years(result), _whole(result), "effect", RULE),
    "side by side": lambda result: standardised.side_by_side(report([result]).overall, RULE),
    "subgroups": lambda result: subgroups.groups(_groups(result), [("sex", "jongen"), ("sex", "meisje")]),
    "levels": lambda result: groups.levels(result.grade, [_level(result)]),
    "thirds": lambda result: groups.thirds(result.grade, thirds([result], laag=result.mean_growth), RULE),
    "board effect": lambda result: board.effects(result.domain, [(_school(), _whole(result))], RULE)[0],
    "board": lambda result: board.standardised(result.domain, [(_school(), _whole(result))], RULE)[0],
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
    family = house_style.read(params.project_root() / "reports" / "quarto").base.family
    assert _texts(svg)
    assert family in svg
    assert "DejaVu" not in svg


def test_every_figure_is_no_wider_than_the_house_style_and_fits_on_a_page(draw):
    root = etree.fromstring(draw(SHOWN).svg.encode())
    width, height = (float(root.get(name).removesuffix("pt")) for name in ("width", "height"))
    assert width == pytest.approx(72 * drawing.WIDTH)
    assert height < 72 * 7.5


def _text_extent(node: etree._Element) -> tuple[float, float]:
    """From where to where a text reaches, in points, by the widths of the typeface itself."""
    group = node.getparent()
    size, weight = (float(node.get(n, group.get(n, "400"))) for n in ("font-size", "font-weight"))
    face = FontFace(group.get("font-family"), int(weight), "normal")
    width = TextPath((0, 0), "".join(node.itertext()), size, FontProperties(fname=font_file(face))).get_extents().x1
    left = float(node.get("x")) - {"start": 0, "middle": 0.5, "end": 1}[node.get("text-anchor", "start")] * width
    return left, left + width


def _shape_extent(node: etree._Element) -> tuple[float, float]:
    """From where to where a bar, line or mark reaches, in points."""
    if node.get("d"):
        ends = [float(x) for x in re.findall(r"[MHL]([\d.-]+)", node.get("d"))]
        ends += [ends[0] + float(r) for r in re.findall(r"l(-?[\d.]+)", node.get("d"))]
        return min(ends), max(ends)
    middle, left = (float(node.get(name, 0)) for name in ("cx", "x"))
    reach = float(node.get("r", 0))
    return middle + left - reach, middle + left + reach + float(node.get("width", 0))


def test_no_text_or_mark_stands_outside_the_drawing():
    far = {"effect_low": -31.0, "effect_high": 44.0, "mean_growth_high": 99.9, "standardised_high": 9.9}
    figures = [draw(replace(SHOWN, **far)) for draw in DRAWINGS.values()]
    figures += board.effects(
        "spelling", [(_school("Interconfessionele basisschool De Overstekers"), _whole(SHOWN))], RULE
    )
    extents = []
    for figure in figures:
        root = etree.fromstring(figure.svg.encode())
        extents += [_text_extent(node) for node in root.iter("{*}text")]
        extents += [_shape_extent(node) for node in root.iter("{*}rect", "{*}path", "{*}circle")]
        bottoms = [float(node.get("y")) for node in root.iter("{*}text")]
        assert max(bottoms) < float(root.get("height").removesuffix("pt")) - 2  # what hangs below the line
    assert len(extents) > 100
    assert all(left > -1.5 and right < 72 * drawing.WIDTH + 1.5 for left, right in extents)


def test_all_steps_of_two_cohorts_fit_on_a_page_with_their_labels():
    figure = growth.bars("spelling", [*STEPPED, *(replace(r, school_year=YEAR_BEFORE) for r in STEPPED)])
    root = etree.fromstring(figure.svg.encode())
    assert float(root.get("height").removesuffix("pt")) < 72 * 4
    texts = _texts(figure.svg)
    for step in ("M5–E5", "E7–M8"):
        assert step in texts
    assert texts.count("jaar eerder") == len(STEPS)
    assert {str(result.n_pupils) for result in STEPPED} <= set(texts)


def test_a_chart_prints_the_numbers_that_it_draws():
    texts = _texts(growth.bars("spelling", [SHOWN]).svg)
    for value in (SHOWN.mean_growth, SHOWN.reference, SHOWN.national_mean):
        assert number(value) in texts
    assert str(SHOWN.n_pupils) in texts


def test_bars_use_the_brands_colours_for_school_country_and_reference():
    colours = house_style.read(params.project_root() / "reports" / "quarto").colors
    svg = growth.bars("spelling", [SHOWN]).svg.lower()
    for name in ("eigen-school", "landelijk", "referentie"):
        assert colours[name].lower() in svg


def test_without_a_reference_value_there_is_no_mark_for_it():
    figure = growth.bars("spelling", [replace(SHOWN, **NO_REFERENCE)])
    assert "verwacht" not in _texts(figure.svg)
    assert (
        house_style.read(params.project_root() / "reports" / "quarto").colors["referentie"].lower()
        not in figure.svg.lower()
    )
    assert "referentiewaarde" not in figure.alt


def test_a_dot_is_filled_where_the_verdict_is_higher_or_lower_and_open_where_not_whatever_its_interval():
    def shapes(q: float) -> str:
        whole = replace(_whole(SHOWN), effect=3.0, effect_low=0.1, effect_high=5.9, effect_shrunken=None, effect_q=q)
        return standardised.side_by_side([whole], RULE).svg

    red = house_style.read(params.project_root() / "reports" / "quarto").colors["eigen-school"].lower()
    assert f"fill: {red}" in shapes(0.04).lower()
    assert f"fill: {red}" not in shapes(0.05).lower()


def test_the_years_are_open_marks_and_all_years_together_a_square_filled_by_its_verdict():
    def fills(q: float) -> list[str]:
        whole = replace(_whole(SHOWN), effect=3.0, effect_low=0.1, effect_high=5.9, effect_shrunken=None, effect_q=q)
        svg = trend.trend("spelling", _years(SHOWN), whole, "effect", RULE).svg
        return re.findall(r"<(circle|path)[^>]*fill: (#\w+)", svg)

    white, red = drawing.colour("background"), drawing.colour("eigen-school")
    assert fills(0.2) == [("circle", white)] * 3 + [("path", white)]
    assert fills(0.04) == [("circle", white)] * 3 + [("path", red)]


def test_a_reference_value_is_a_diamond_and_nothing_else_is():
    diamond = re.compile(r"m0 -[\d.]+l")
    gold = drawing.colour("referentie")
    for name, made in DRAWINGS.items():
        for mark in re.findall(r"<path[^>]*m0 -[^>]*>", made(SHOWN).svg):
            assert diamond.search(mark)
            assert gold in mark, name


def test_on_a_phone_letters_are_at_least_nine_pixels_and_a_plot_takes_half_of_a_figure():
    """A figure of 4.3 inches is drawn over the 350 pixels that a page of 390 leaves it."""
    for name, made in DRAWINGS.items():
        root = etree.fromstring(made(SHOWN).svg.encode())
        sizes = [float(node.get("font-size", drawing.SMALL)) for node in root.iter("{*}text")]
        assert min(sizes) * 350 / float(root.get("width").removesuffix("pt")) >= 9, name
    for left, right in (
        (growth._LEFT, growth._RIGHT),
        (trend._LEFT, trend._RIGHT),
        (subgroups._LEFT, subgroups._RIGHT),
    ):
        assert right - left >= drawing.WIDTH / 2
    assert drawing.WIDTH / 2 <= 3.85 - 1.5  # of the domains side by side


def test_a_careful_estimate_stands_below_its_line_where_it_covers_no_mark():
    svg = standardised.side_by_side(report([SHOWN]).overall, RULE).svg
    dots = [float(y) for y in re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', svg)]
    triangles = [float(y) for y in re.findall(r'<path d="M[\d.]+ ([\d.]+)L[\d.]+ [\d.]+H', svg)]
    assert (len(triangles), len(dots)) == (1, 2)  # the country's has none here
    assert triangles[0] > dots[0] + 3.25 - 0.6


@pytest.mark.parametrize(
    "facts",
    [
        {"mean_growth": -2.3, "mean_growth_low": -6.5, "mean_growth_high": 1.9},
        {"mean_growth": 0.0, "mean_growth_low": -0.1, "mean_growth_high": 0.1, "national_mean": 0.0, "reference": 0.0},
        {"effect": -7.9, "effect_low": -12.0, "effect_high": -3.7, "standardised": -4.0, "standardised_low": -6.0},
    ],
)
def test_negative_zero_and_large_differences_can_be_drawn(facts, draw):
    assert draw(replace(SHOWN, **facts)).svg.startswith("<svg")


@pytest.mark.parametrize("name", ["growth"])
def test_a_step_without_intervals_can_be_drawn(name):
    ends = [f"{of}_{end}" for of in ("mean_growth", "standardised", "effect") for end in ("low", "high")]
    assert DRAWINGS[name](replace(SHOWN, **dict.fromkeys(ends))).svg.startswith("<svg")
    nothing = dict.fromkeys([*ends, "mean_growth", "national_mean", "reference", "standardised", "effect"], 0.0)
    assert DRAWINGS[name](replace(SHOWN, **nothing)).svg.startswith("<svg")


def test_the_alternative_text_says_what_the_figure_says():
    alt = growth.bars("spelling", [SHOWN]).alt
    assert "uw school 7,0 punten (25 leerlingen, 95%-interval 4,8 tot 9,2)" in alt
    assert "voorspelde referentiewaarde 5,5, landelijk 6,7" in alt
    alt = DRAWINGS["side by side"](SHOWN).alt
    assert "Begrijpend lezen, met het land: 0,07, 95%-interval −0,64 tot 0,78" in alt
    alt = DRAWINGS["trend"](SHOWN).alt
    assert "2020-2021: 1,4, 95%-interval −1,0 tot 3,9." in alt
    assert "*" not in alt


def test_the_schools_of_a_board_come_in_the_order_they_are_given_and_a_large_board_has_several_figures():
    rows = [(_school(f"School {place:02d}"), replace(_whole(SHOWN), effect=float(place))) for place in range(60)]
    figures = board.effects("spelling", rows, RULE)
    assert len(figures) == 3
    assert {len(re.findall("School", figure.alt)) for figure in figures} == {20}
    order = [int(n) for figure in figures for n in re.findall(r"School (\d\d)", figure.alt)]
    assert order == list(range(60))  # no ranking: by name, as the tables have them
    for figure in figures:
        assert float(etree.fromstring(figure.svg.encode()).get("height").removesuffix("pt")) < 72 * 7.5


def test_the_scales_faint_lines_lie_behind_the_bars_and_the_intervals_before_them():
    svg = growth.bars("spelling", [SHOWN]).svg
    faint = drawing.colour("lijn")
    assert svg.index(f'stroke="{faint}"') < svg.index("<rect") < svg.index(f'stroke="{drawing.colour("foreground")}"')


def test_nothing_is_drawn_at_a_place_that_is_no_number():
    sheet = drawing.Canvas(1)
    with pytest.raises(ContractError, match="no number"):
        sheet.interval(1.0, float("nan"), 0.5)
