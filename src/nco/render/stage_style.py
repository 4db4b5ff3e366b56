"""Writes the style files that every format takes the house style from: fonts, CSS, Typst and Word's reference document.

`python -m nco.render.stage_style reports/quarto` stages a project in place; a `quarto render` by hand begins with that.
"""

import sys
from base64 import b64encode
from pathlib import Path

from nco.base.extension import EXTENSION, FONTS, STYLE
from nco.base.pictures import rasterise
from nco.base.typst_call import brand_fonts
from nco.reports.house_style import BRAND_FILE, Brand, FontFace, read, variables
from nco_utils.errors import NcoError
from nco_utils.params import project_root

from . import docx_reference
from .fonts import font_file, staged_web_font


def stage(project: Path) -> Brand:
    """Write `fonts/`, `brand.css`, `brand.typ` and `reference.docx` into a project's extension and return its brand.

    A project without a brand of its own gets that of the reports. Raises UnusableInput for a brand file that cannot be
    used, or a font that is not installed.
    """
    brand = read(project if (project / BRAND_FILE).exists() else project_root() / "reports" / "quarto")
    extension = project / EXTENSION
    folder = extension / FONTS
    folder.mkdir(exist_ok=True)
    for file in map(font_file, brand.faces):
        (folder / file.name).write_bytes(file.read_bytes())
    (extension / STYLE).write_text(_css(brand, folder), encoding="utf-8")
    (extension / "brand.typ").write_text(_typst(brand), encoding="utf-8")
    (extension / docx_reference.NAME).write_bytes(docx_reference.reference(brand, extension))
    return brand


def _css(brand: Brand, folder: Path) -> str:
    rules = [_font_face(face, staged_web_font(folder, font_file(face))) for face in brand.faces]
    return "\n".join([*rules, f":root {{\n{variables(brand)}\n}}", ""])


def _font_face(face: FontFace, woff: bytes) -> str:
    return (
        f'@font-face {{ font-family: "{face.family}"; font-weight: {face.weight}; font-style: {face.style}; '
        f'font-display: swap; src: url("data:font/woff;base64,{_base64(woff)}") format("woff"); }}'
    )


def _typst(brand: Brand) -> str:
    colors = "\n".join(f'    {name}: rgb("{value}"),' for name, value in brand.colors.items())
    return (
        "// Written by nco.render.stage_style from _brand.yml.\n"
        f'#let nco = (\n  color: (\n{colors}\n  ),\n  font: ("{brand.base.family}",),\n'
        f'  weight: {brand.base.weight},\n  heading-font: ("{brand.headings.family}",),\n'
        f'  heading-weight: {brand.headings.weight},\n  heading-color: rgb("{brand.headings.color}"),\n'
        + "".join(f'  {key}: "{_quoted(brand.logos[name])}",\n' for key, name in _TYPST_LOGOS.items())
        + ")\n"
    )


_TYPST_LOGOS = {"logo": "merk", "logo-on-dark": "merk-op-kleur"}


def _quoted(text: str) -> str:
    # `$` would start a variable: brand.typ is included as a partial of a pandoc template.
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def main(arguments: list[str]) -> int:
    """Stage the project folder named on the command line, and draw the pictures of its documents (`*.qmd`)."""
    if not arguments:
        print("usage: python -m nco.render.stage_style reports/quarto [DOCUMENT...]", file=sys.stderr)
        return 2
    project, *documents = map(Path, arguments)
    try:
        brand = stage(project)
        for folder in {(project / document).parent for document in documents} or {project}:
            rasterise(folder, brand_fonts(project))
    except NcoError as problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"{arguments[0]}: {brand.name}, {len(brand.colors)} colours and {len(brand.faces)} fonts staged")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
