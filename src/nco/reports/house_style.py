"""The house style: reads `_brand.yml` and checks it; `stage_style` writes what every format takes it from."""

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from nco_utils import strict_yaml
from nco_utils.errors import UnusableInput

BRAND_FILE = "_brand.yml"

# WCAG 2.1, 1.4.3 and 1.4.11 (level AA): text, and shapes that carry meaning, against what is behind them.
TEXT_CONTRAST = 4.5
SHAPE_CONTRAST = 3.0
# Every pair that nco.css, reports/review, typst-template.typ, docx_styles and workbook set text in; add a new one here.
TEXT_PAIRS = (
    ("foreground", "background"),
    ("foreground", "mist"),
    ("foreground", "nevel"),
    ("foreground", "room"),
    ("primary", "background"),
    ("primary", "mist"),
    ("primary", "nevel"),
    ("primary", "room"),
    ("secondary", "background"),
    ("secondary", "nevel"),
    ("secondary", "mist"),
    ("warning", "room"),
    ("warning", "mist"),
    ("background", "primary"),
    ("schuim", "primary"),
)
SHAPE_PAIRS = tuple((name, "background") for name in ("eigen-school", "landelijk", "referentie", "primary"))
LOGOS = ("merk", "merk-op-kleur")
LINES = ("lijn", "amber")  # they carry no meaning of their own, so no contrast is asked
ROLES = tuple(dict.fromkeys(chain(*TEXT_PAIRS, *SHAPE_PAIRS, LINES)))


class TextStyle(BaseModel):
    """How running text or headings are set; `color` is `#RRGGBB` once the brand is read."""

    model_config = ConfigDict(frozen=True, alias_generator=lambda name: name.replace("_", "-"))

    family: str
    weight: int = 400
    line_height: float = 1.5
    color: str = "foreground"


@dataclass(frozen=True)
class FontFace:
    """One weight and style of a font family."""

    family: str
    weight: int
    style: str


@dataclass(frozen=True)
class Brand:
    """A checked `_brand.yml`: every colour as `#RRGGBB` under its own name, logos as SVG text."""

    name: str
    colors: Mapping[str, str]
    base: TextStyle
    headings: TextStyle
    faces: tuple[FontFace, ...]
    logos: Mapping[str, str]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class _Font(BaseModel):
    family: str
    # Never google or bunny: a report fetches nothing.
    source: Literal["system"]
    weight: Annotated[list[int], BeforeValidator(_listed)] = [400]
    style: Annotated[list[Literal["normal", "italic"]], BeforeValidator(_listed)] = ["normal"]


class _Typography(BaseModel):
    fonts: list[_Font]
    base: TextStyle
    headings: TextStyle


class _Meta(BaseModel):
    name: str


class _Image(BaseModel):
    path: Path


class _Logo(BaseModel):
    images: dict[str, _Image]


class _BrandFile(BaseModel):
    """The part of the brand.yml format that our templates use (https://posit-dev.github.io/brand-yml/)."""

    meta: _Meta
    color: dict[str, str | dict[str, str]]
    typography: _Typography
    logo: _Logo


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (1 to 21) of two `#RRGGBB` colours.

    Formula: WCAG 2.1, https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio.
    """
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def read(project: Path) -> Brand:
    """Read `project/_brand.yml`; raises UnusableInput naming the setting that is missing or wrong."""
    path = project / BRAND_FILE
    try:
        file = _BrandFile.model_validate(strict_yaml.read(path))
    except ValidationError as problem:
        first = problem.errors()[0]
        setting = ".".join(str(part) for part in first["loc"])
        raise UnusableInput(f"{path}: {setting or 'the file'}: {first['msg']}.") from problem
    colors = _colors(path, file.color)
    text = file.typography
    brand = Brand(
        name=file.meta.name,
        colors=MappingProxyType(colors),
        base=_colored(path, text.base, colors),
        headings=_colored(path, text.headings, colors),
        faces=tuple(FontFace(f.family, w, s) for f in text.fonts for w in f.weight for s in f.style),
        logos=MappingProxyType({name: _logo(path, file.logo, name) for name in LOGOS}),
    )
    _check_contrast(path, brand)
    return brand


def _colors(path: Path, color: Mapping[str, Any]) -> dict[str, str]:
    named = {**color.get("palette", {}), **{name: value for name, value in color.items() if name != "palette"}}
    for role in ROLES:
        if role not in named:
            raise UnusableInput(f"{path}: color {role!r} is missing; the templates use it.")
    return {name: _resolve(path, name, named) for name in named}


def _resolve(path: Path, name: str, named: Mapping[str, str]) -> str:
    value, seen = named[name], {name}
    while value in named and value not in seen:
        seen.add(value)
        value = named[value]
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise UnusableInput(f"{path}: color {name!r} is {value!r}; write #rrggbb or another colour's name.")
    return value.upper()


def _colored(path: Path, style: TextStyle, colors: Mapping[str, str]) -> TextStyle:
    if style.color not in colors:
        raise UnusableInput(f"{path}: typography color {style.color!r} is not one of the brand's colours.")
    return style.model_copy(update={"color": colors[style.color]})


def _logo(path: Path, logo: _Logo, name: str) -> str:
    if name not in logo.images:
        raise UnusableInput(f"{path}: logo.images.{name} is missing; the templates use it.")
    file = path.parent / logo.images[name].path
    try:
        return re.sub(r">\s+<", "><", file.read_text(encoding="utf-8")).strip()
    except OSError as problem:
        raise UnusableInput(f"{path}: logo {name!r} cannot be read: {file}") from problem


def _check_contrast(path: Path, brand: Brand) -> None:
    for pairs, least in ((TEXT_PAIRS, TEXT_CONTRAST), (SHAPE_PAIRS, SHAPE_CONTRAST)):
        for front, back in pairs:
            ratio = contrast(brand.colors[front], brand.colors[back])
            if ratio < least:
                raise UnusableInput(
                    f"{path}: {front} on {back} has contrast {ratio:.2f}; WCAG 2.1 AA asks {least}. Darken one."
                )


def variables(brand: Brand) -> str:
    """Return the brand's colours, type and logos as variables of CSS (`--nco-...`), a line each."""
    values = {f"color-{name}": value for name, value in brand.colors.items()}
    for part, style in (("base", brand.base), ("headings", brand.headings)):
        values |= {
            f"{part}-family": f'"{style.family}"',
            f"{part}-weight": style.weight,
            f"{part}-line-height": style.line_height,
            f"{part}-color": style.color,
        }
    for name, svg in brand.logos.items():
        values[f"logo-{name}"] = f'url("data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}")'
    return "\n".join(f"  --nco-{name}: {value};" for name, value in values.items())
