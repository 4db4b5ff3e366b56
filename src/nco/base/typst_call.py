"""Typst, the compiler as a Python package: with the brand's fonts and no others, so the same on every machine."""

from pathlib import Path
from typing import Any

import typst

from nco.base.failures import RenderError

from .extension import EXTENSION, FONTS
from .tool_messages import one_line


def brand_fonts(project: Path) -> typst.Fonts:
    """Return the fonts of a staged project, and no others."""
    return typst.Fonts(include_system_fonts=False, font_paths=[project / EXTENSION / FONTS])


def typeset(source: bytes, folder: Path, fonts: typst.Fonts, **how: Any) -> Any:
    """Return what Typst makes of `source`, whose files are in `folder`; how: the format and its options.

    Raises RenderError with what Typst says of it.
    """
    try:
        return typst.compile(source, root=folder, font_paths=fonts, ignore_system_fonts=True, **how)
    except typst.TypstError as problem:
        raise RenderError(one_line(" ".join([problem.message, *problem.hints]))) from problem
