from io import BytesIO

from fontTools.ttLib import TTFont

from nco.render import fonts
from nco.reports import house_style
from nco_utils.params import project_root


def test_the_web_font_holds_dutch_names_and_the_reports_signs_and_is_small():
    face = house_style.read(project_root() / "reports" / "quarto").faces[0]
    cut = fonts.web_font(fonts.font_file(face).read_bytes())
    held = TTFont(BytesIO(cut)).getBestCmap()
    text = "’t Kofschip Île Súdwest Ĳ ĳ ë ï ü é è ñ ç Łódź Şükrü Đặng – — ‘’ “” … • ± ≤ ≥ − × ² ₀₁₂₃₄₅₆₇₈₉ ½ € % ← →"
    assert [sign for sign in text if ord(sign) not in held] == []
    assert len(cut) < 60_000
