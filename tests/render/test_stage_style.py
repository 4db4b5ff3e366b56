import re
import shutil
from pathlib import Path

import pytest
import yaml
from fontTools.ttLib import TTFont

from nco.render import docx, fonts, stage_style
from nco.reports import house_style
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root

SOURCES = project_root() / "reports" / "quarto"
EXTENSION = SOURCES / "_extensions" / "nco"


@pytest.fixture
def project(tmp_path) -> Path:
    """The brand file with its logos and the layout's words, to be changed at will."""
    extension = tmp_path / "_extensions" / "nco"
    extension.mkdir(parents=True)
    for logo in EXTENSION.glob("*.svg"):
        shutil.copy(logo, extension)
    shutil.copy(EXTENSION / "_extension.yml", extension)
    shutil.copy(SOURCES / "_brand.yml", tmp_path)
    return tmp_path


def change(project: Path, old: str, new: str) -> None:
    path = project / "_brand.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


# Published ratios: https://webaim.org/articles/contrast/ (black and white; #777777 just fails, #767676 just passes).
@pytest.mark.parametrize(
    ("front", "back", "ratio"),
    [
        ("#000000", "#FFFFFF", 21.0),
        ("#777777", "#FFFFFF", 4.48),
        ("#767676", "#FFFFFF", 4.54),
        ("#ABCDEF", "#ABCDEF", 1),
    ],
)
def test_contrast_equals_published_ratios_either_way_round(front, back, ratio):
    assert house_style.contrast(front, back) == pytest.approx(ratio, abs=0.005)  # they are published with two decimals
    assert house_style.contrast(back, front) == house_style.contrast(front, back)


@pytest.mark.parametrize("pair", house_style.TEXT_PAIRS, ids=" on ".join)
def test_text_has_contrast_aa_on_every_background_it_is_set_on(pair):
    colors = house_style.read(SOURCES).colors
    assert house_style.contrast(colors[pair[0]], colors[pair[1]]) >= 4.5


@pytest.mark.parametrize("name", ["eigen-school", "landelijk", "referentie"])
def test_chart_colours_stand_out_from_the_page(name):
    colors = house_style.read(SOURCES).colors
    assert house_style.contrast(colors[name], colors["background"]) >= 3.0


def test_every_text_colour_of_the_style_sheets_is_among_the_checked_pairs():
    checked = {front for front, _ in house_style.TEXT_PAIRS}
    css = (EXTENSION / "nco.css").read_text(encoding="utf-8")
    typst = (EXTENSION / "typst-template.typ").read_text(encoding="utf-8")
    used = set(re.findall(r"[^-]color: var\(--nco-color-([\w-]+)\)", css))
    used |= set(re.findall(r"text\([^)]*fill: nco\.color\.([\w-]+)", typst))
    assert {"primary", "secondary"} <= used <= checked


def test_the_templates_use_only_colours_of_the_brand():
    colors = house_style.read(SOURCES).colors
    css = (EXTENSION / "nco.css").read_text(encoding="utf-8")
    typst = (EXTENSION / "typst-template.typ").read_text(encoding="utf-8")
    used = {*re.findall(r"--nco-color-([\w-]+)", css), *re.findall(r"nco\.color\.([\w-]+)", typst)}
    assert used <= set(colors)
    assert not re.findall(r"#[0-9a-fA-F]{6}\b|rgb\(", css + typst)


def test_a_colour_may_be_the_name_of_another():
    colors = house_style.read(SOURCES).colors
    assert colors["primary"] == colors["petrol"] == "#0E4A5A"


def test_headings_take_the_colour_that_the_brand_names():
    assert house_style.read(SOURCES).headings.color == "#0E4A5A"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('    petrol: "#0E4A5A"\n', "", "'primary' is 'petrol'"),
        ('    mist: "#E9F1F2"\n', "", "'mist' is missing"),
        ('petrol: "#0E4A5A"', "petrol: primary", "'petrol' is"),
        ('petrol: "#0E4A5A"', 'petrol: "blauw"', "#rrggbb"),
        ('leisteen: "#4E5F69"', 'leisteen: "#9AA7AE"', "contrast 2.4"),
        ('landelijk: "#1D5FA8"', 'landelijk: "#A9C7E8"', "landelijk on background"),
        ("source: system", "source: google", "typography.fonts.0.source"),
        ("  headings:\n    family: Fira Sans", "  headings:\n    family: []", "typography.headings.family"),
        ("    color: primary\n  link", "    color: paars\n  link", "'paars'"),
        ("merk-op-kleur:", "ander-merk:", "merk-op-kleur"),
        ("logo-op-kleur.svg", "weg.svg", "weg.svg"),
        ("meta:\n  name: NCO leergroei\n", "", "meta"),
    ],
)
def test_a_brand_file_that_cannot_be_used_is_refused_with_the_setting(project, old, new, complaint):
    change(project, old, new)
    with pytest.raises(UnusableInput, match=re.escape(complaint)) as refused:
        house_style.read(project)
    assert "_brand.yml" in str(refused.value)


def test_a_brand_file_that_is_no_yaml_or_not_there_is_refused(project):
    (project / "_brand.yml").write_text("a: [", encoding="utf-8")
    with pytest.raises(UnusableInput, match="cannot be read"):
        house_style.read(project)
    (project / "_brand.yml").unlink()
    with pytest.raises(UnusableInput, match="cannot be read"):
        house_style.read(project)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("- family: Fira Sans\n      source: system\n      weight: 400", "- family: Geen Letter\n      source: system\n"
         "      weight: 400", "fontpkg-geen-letter"),
        ("weight: [400, 600, 700]", "weight: [450]", "no weight 450"),
    ],
)  # fmt: skip
def test_a_font_that_is_not_installed_is_refused(project, old, new, complaint):
    change(project, old, new)
    with pytest.raises(UnusableInput, match=complaint):
        stage_style.stage(project)


def test_staging_writes_the_fonts_and_the_style_file_of_every_format(project):
    staged = stage_style.stage(project)
    css = (project / "_extensions/nco/brand.css").read_text(encoding="utf-8")
    typst = (project / "_extensions/nco/brand.typ").read_text(encoding="utf-8")
    assert len(list((project / "_extensions/nco/fonts").glob("*.ttf"))) == len(staged.faces) == css.count("@font-face")
    for file in (project / "_extensions/nco/fonts").glob("*.ttf"):
        assert TTFont(file)["name"].getBestFamilyName() == "Fira Sans"
    for name, value in staged.colors.items():
        assert f"--nco-color-{name}: {value};" in css
        assert f'{name}: rgb("{value}")' in typst
    assert "url(http" not in css
    parts = docx.unpacked((project / "_extensions/nco/reference.docx").read_bytes())
    assert staged.colors["primary"][1:].encode() in parts["word/styles.xml"]
    assert staged.base.family.encode() in parts["word/fontTable.xml"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('petrol: "#0E4A5A"', 'petrol: "#5A0E4A"', b'w:color w:val="5A0E4A"'),
        ("line-height: 1.6", "line-height: 1.44", b'w:line="288"'),
        ("name: NCO leergroei", "name: Een ander merk", b"Een ander merk"),
    ],
)
def test_changing_the_brand_file_changes_the_reference_document(project, old, new, expected):
    change(project, old, new)
    stage_style.stage(project)
    parts = docx.unpacked((project / "_extensions/nco/reference.docx").read_bytes())
    assert expected in parts["word/styles.xml"] + parts["word/footer1.xml"]


@pytest.mark.big
def test_staging_twice_writes_the_same_bytes(project):
    stage_style.stage(project)
    first = (project / "_extensions/nco/brand.css").read_bytes()
    shutil.rmtree(project / "_extensions/nco/fonts")
    fonts.web_font.cache_clear()
    stage_style.stage(project)
    assert (project / "_extensions/nco/brand.css").read_bytes() == first


def test_the_command_stages_in_place_and_names_what_is_wrong(project, capsys):
    shutil.copytree(SOURCES / "figures", project / "figures", ignore=shutil.ignore_patterns("*.png"))
    assert stage_style.main([str(project)]) == 0
    assert (project / "_extensions/nco/brand.typ").is_file()
    assert (project / "figures/voorbeeld.png").is_file()
    change(project, 'mist: "#E9F1F2"', 'mist: "nergens"')
    assert stage_style.main([str(project)]) == 2
    assert "'mist'" in capsys.readouterr().err
    assert stage_style.main([]) == 2


def test_the_brand_file_keeps_to_the_names_of_brand_yml():
    settings = yaml.safe_load((SOURCES / "_brand.yml").read_text(encoding="utf-8"))
    assert set(settings) <= {"meta", "color", "typography", "logo", "defaults"}
    semantic = {"foreground", "background", "primary", "secondary", "tertiary", "success", "info", "warning", "danger"}
    assert set(settings["color"]) - {"palette"} <= semantic | {"light", "dark"}
    assert {"eigen-school", "landelijk", "referentie"} <= set(settings["color"]["palette"])
    assert set(settings["typography"]) <= {"fonts", "base", "headings", "link", "monospace"}
    assert set(settings["logo"]) <= {"images", "small", "medium", "large"}
