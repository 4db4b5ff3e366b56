"""The page of a delivery report: the house style's page, made once by the render engine, with each report's body in it.

Thousands of schools have a page: one engine call for the empty page and a light template for the rest cost a
millisecond a page.
"""

import re
from datetime import UTC, datetime, time
from functools import cache
from html import escape
from pathlib import Path

from jinja2 import Template
from markupsafe import Markup

from nco.base import markdown
from nco.base.dutch import count, texts
from nco.render import page_shell
from nco_utils.params import Round

_NAME, _BOARD = "NCONAAM", "NCOBESTUUR"  # in the empty page, where a report's own come
_STYLE = (
    ".punt > div { display: grid; grid-template-columns: 8rem minmax(0, 1fr); column-gap: 1rem;\n"
    "  margin-bottom: 0.5rem; }\n"
    ".punt dt { color: var(--nco-color-secondary); }\n.punt dd { margin: 0; overflow-wrap: anywhere; }\n"
    "main { max-width: 52rem; }\n.bestanden { margin-top: 3.5rem; }\n"
    "tbody th { min-width: 7rem; overflow-wrap: anywhere; }\n"
)


def shell(round_: Round, notice: str, folder: Path) -> str:
    """Return the page in the house style without a report in it; `folder` is used and removed. Raises RenderError."""
    words = texts("leveringsverslag")
    matter = {
        "title": words["title"],
        "lang": "nl",
        "school": _NAME,
        "board": _BOARD,
        "round-label": round_.label,
        "description": words["description"],
        "demo-notice": markdown.escape(notice),
    }
    return page_shell.make(matter, datetime.combine(round_.publication, time(12), UTC), folder, _STYLE)


def page(around: str, report: object) -> str:
    """Return a report's page, `around` being the shell; everything in it is escaped."""
    words = texts("leveringsverslag")
    body = _template().render(report=report, w=words)
    name = f"{report.name} {report.id}" if report.kind == "school" else report.name
    own = words["for_school"] if report.kind == "school" else words["for_supplier"]
    text = around.replace(f"<p>{page_shell.BODY}</p>", body)
    return text.replace(_NAME, escape(name)).replace(_BOARD, escape(report.board or own))


@cache
def _template() -> Template:
    environment = page_shell.templates()
    environment.filters |= {"count": count, "strong": _strong}
    return environment.get_template("leveringsverslag.html")


def _strong(text: str) -> Markup:
    """The text escaped, with `**words**` in bold."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text)))
