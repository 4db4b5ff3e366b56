"""The brand's fonts: where their files are, and their cut for a web page."""

import json
from functools import cache
from hashlib import sha256
from importlib import resources
from io import BytesIO
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from nco.reports.house_style import FontFace
from nco_utils.errors import UnusableInput

# What a Dutch report can hold: Latin with every diacritic that occurs in names, punctuation, figures.
WEB_CHARACTERS = (
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),
    *range(0x1E00, 0x1F00),
    *(0x394, 0x3BC, 0x3C3, 0x3C4),
    *range(0x2010, 0x2028),
    *(0x202F, 0x2030, 0x2032, 0x2033, 0x2039, 0x203A, 0x2044),
    *range(0x2070, 0x2090),
    *(0x20AC, 0x2122),
    *range(0x2190, 0x219A),
    *(0x2206, 0x2211, 0x2212, 0x2215, 0x221A, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265, 0x25CF, 0x25CA),
)
WEB_FEATURES = ("kern", "liga", "ccmp", "locl", "mark", "mkmk", "tnum", "lnum", "sups", "subs", "frac")


def font_file(face: FontFace) -> Path:
    """Return a face's TrueType file, from the Python package fontpkg-<family>; raises UnusableInput without it."""
    package = "fontpkg_" + face.family.lower().replace(" ", "_")
    try:
        root = Path(str(resources.files(package)))
    except ModuleNotFoundError as problem:
        name = package.replace("_", "-")
        raise UnusableInput(f"_brand.yml: font {face.family!r} needs the Python package {name}.") from problem
    for file in json.loads((root / "metadata.json").read_text(encoding="utf-8"))["files"]:
        if (file["weight"], file["style"]) == (face.weight, face.style) and (root / file["path"]).is_file():
            return root / file["path"]
    raise UnusableInput(f"_brand.yml: font {face.family!r} has no weight {face.weight} in style {face.style!r}.")


def staged_web_font(folder: Path, file: Path) -> bytes:
    """Return the cut of a font, kept in `folder/web` under a name that tells its source.

    Cutting takes a second: a project that was staged before has the result already.
    """
    source = file.read_bytes()
    recipe = repr((WEB_CHARACTERS, WEB_FEATURES)).encode()
    target = folder / "web" / f"{file.stem}-{sha256(source + recipe).hexdigest()[:12]}.woff"
    if not target.is_file():
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(web_font(source))
    return target.read_bytes()


@cache
def web_font(font: bytes) -> bytes:
    """Return a TrueType font cut down to the characters of a Dutch report, as WOFF; same bytes each time."""
    options = subset.Options(flavor="woff", layout_features=list(WEB_FEATURES), hinting=False, notdef_outline=True)
    loaded = TTFont(BytesIO(font), recalcTimestamp=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=WEB_CHARACTERS)
    cutter.subset(loaded)
    loaded.flavor = "woff"
    target = BytesIO()
    loaded.save(target)
    return target.getvalue()
