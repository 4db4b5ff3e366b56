"""The house style's page without a text in it: for pages that are put together here, by the thousand or with a script.

One call of the render engine makes the empty page; what goes in is the caller's, who escapes it.
"""

import re
import shutil
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from nco.reports import document
from nco_utils.params import project_root

from . import engines

BODY = "NCOINHOUD"  # in the empty page, where the text comes: replace `<p>BODY</p>`
_FONTS = re.compile(r"@font-face \{[^}]*\}\n?")


def make(matter: dict, when: datetime, folder: Path, style: str = "", fonts: bool = False) -> str:
    """Return the page of the front matter `matter`, with the rules `style` added; `folder` is used and removed.

    fonts: whether the brand's fonts, 220 KB, are in it; else a reader's own sans-serif is in their place. Raises
    RenderError.
    """
    document.write_text(matter, BODY, folder / "page")
    project = engines.stage_project(folder / "project")
    page = engines.ReportDocument("page", folder / "page")
    (made,) = engines.EmbeddedEngine().render([page], ["html"], project, when)
    if made.error:
        raise engines.RenderError(f"The page {matter['title']!r} cannot be made: {made.error}")
    text = made.path.read_text(encoding="utf-8")
    shutil.rmtree(folder)
    added = f"<style>\n{style}</style>\n" if style else ""
    return (text if fonts else _FONTS.sub("", text)).replace("</head>", f"{added}</head>")


def with_scripts_named(page: str) -> str:
    """Return a page whose policy names each script that stands in it, so that these run and no other."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    named = " ".join(f"'sha256-{each}'" for each in dict.fromkeys(hashes))
    return re.sub(r"script-src [^;]*;", lambda _: f"script-src {named};", page, count=1)


def style_of(page: str) -> str:
    """Return the rules that a page has in its head."""
    return "\n".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))


def templates() -> Environment:
    """Return where the templates of such pages are (`reports/*.html`); what is filled in is escaped."""
    return Environment(
        loader=FileSystemLoader(project_root() / "reports"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
