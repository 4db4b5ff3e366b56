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
from nco.deliveries.delivery_matters import FOLDER, KINDS
from nco.deliveries.delivery_report import Report
from nco.render import page_shell
from nco_utils.params import Round

_NAME, _BOARD = "NCONAAM", "NCOBESTUUR"  # in the empty page, where a report's own come
_STYLE = (
    ".punt > div { display: grid; grid-template-columns: 8rem minmax(0, 1fr); column-gap: 1rem;\n"
    "  margin-bottom: 0.5rem; }\n"
    ".punt dt { color: var(--nco-color-secondary); }\n.punt dd { margin: 0; overflow-wrap: anywhere; }\n"
    "main { max-width: 52rem; }\n.bestanden { margin-top: 3.5rem; }\n"
    ".aanduiding { color: var(--nco-color-secondary); font-weight: normal; white-space: nowrap; }\n"
    "tr:target { outline: 3px solid var(--nco-color-primary); }\n"
    "tbody th { min-width: 9rem; overflow-wrap: anywhere; }\n"
)
_INDEX_STYLE = (
    "<style>\nmain { max-width: 76rem; }\nmain .stand { min-width: 8rem; }\n"
    "main th[scope=row] { min-width: 9rem; }\nmain .standen a { white-space: nowrap; }\n</style>\n"
)


def shell(round_: Round, notice: str, folder: Path, title: str = "") -> str:
    """Return the page in the house style without a report in it; `folder` is used and removed. Raises RenderError.

    title: by default that of one report.
    """
    words = texts(FOLDER)
    matter = {
        "title": title or words["title"],
        "lang": "nl",
        "school": _NAME,
        "board": _BOARD,
        "round-label": round_.label,
        "description": words["description"],
        "demo-notice": markdown.escape(notice),
    }
    return page_shell.make(matter, datetime.combine(round_.publication, time(12), UTC), folder, _STYLE)


def page(around: str, report: Report) -> str:
    """Return a report's page, `around` being the shell; everything in it is escaped."""
    words = texts(FOLDER)
    body = _template().render(report=report, w=words, kinds=KINDS)
    name = f"{report.name} {report.id}" if report.kind == "school" else report.name
    own = words["for_school"] if report.kind == "school" else words["for_supplier"]
    return _filled(around, body, name, report.board or own)


def index(around: str, body: str) -> str:
    """Return the page of the index, `around` being a shell with its title; `body` is HTML."""
    words = texts(FOLDER)["index"]
    return _filled(around.replace("</head>", f"{_INDEX_STYLE}</head>"), body, words["subject"], words["audience"])


def _filled(around: str, body: str, name: str, board: str) -> str:
    text = around.replace(f"<p>{page_shell.BODY}</p>", body)
    return text.replace(_NAME, escape(name)).replace(_BOARD, escape(board))


@cache
def _template() -> Template:
    environment = page_shell.templates()
    environment.filters |= {"count": count, "strong": _strong}
    return environment.get_template("leveringsverslag.html")


def _strong(text: str) -> Markup:
    """The text escaped, with `**words**` in bold."""
    return Markup(re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escape(text)))
