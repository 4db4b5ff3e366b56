"""The Quarto extension with the house style: where it is in a project, and what is staged in it."""

from pathlib import Path

EXTENSION = Path("_extensions") / "nco"  # of a project
# In the extension, which then has all that it needs.
FONTS = "fonts"
STYLE = "brand.css"
