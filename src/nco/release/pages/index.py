"""The page that a release opens with: every board and school, what became of its report, and links to the files.

A country has thousands of rows, so they are put into the house style's page by a template, not by the render engine:
that would take a minute.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from nco.base import all_settings
from nco.base.all_settings import REPORT
from nco.base.dutch import capital, count, date_words, texts
from nco.base.markdown import escape
from nco.render import page_shell
from nco.render.outputs import grouped, in_order, of_format
from nco.reports import kinds

from ..publication import Report

_STYLE = "main th[scope=row] { min-width: 9rem; }\nmain td:last-child { white-space: nowrap; }\n"


def front_matter(round_code: str, notice: str) -> dict:
    """Return what the page's head says."""
    round_ = all_settings.load().round(round_code)
    day = round_.publication.isoformat()
    return {
        "title": texts("index")["title"].format(round=round_.label),
        "lang": "nl",
        "round": round_code,
        "date": day,
        "date-label": date_words(day),
        "demo-notice": escape(notice),
    }


def body(reports: Sequence[Report], explanation: Sequence[str]) -> str:
    """Return the text of the page, as HTML; explanation: the names of the files of the technical explanation."""
    named = {name.rpartition(".")[2]: Path(name) for name in explanation}
    found = {subject: [r for r in reports if kinds.of(r.facts).subject == subject] for subject in kinds.SUBJECTS}
    schools = found[kinds.SCHOOL]
    environment = page_shell.templates()
    environment.filters["count"] = count
    return environment.get_template("index.html").render(
        w=texts("index"),
        explanation={kind: named[kind] for kind in in_order(named)},
        listed=list(found.items())[::-1],  # schools, which are many, last
        total=len(schools),
        made=sum(bool(report.files) for report in schools),
        pupils=_pupils,
        groups=_groups,
    )


def label(stem: str) -> str:
    """Return what a reader calls the files of a name that lie beside a report; those of the report itself nothing."""
    return "" if stem == REPORT else texts("index")["beside"].get(stem, capital(stem.replace("-", " ")))


def _groups(report: Report) -> dict[str, dict[str, Path]]:
    """Where the files of a report lie, by format, for each thing that they are files of."""
    paths = report.paths
    return {label(stem): {of_format(name): paths[name] for name in names} for stem, names in grouped(paths).items()}


def page(matter: dict, text: str, when: datetime, folder: Path) -> str:
    """Return the whole page; `folder` is used and removed. Raises RenderError."""
    return page_shell.make(matter, when, folder, _STYLE, fonts=True).replace(f"<p>{page_shell.BODY}</p>", text)


def _pupils(report: Report) -> str:
    """The pupils of the largest result that may be shown; words where none may, or there is no report."""
    words, facts = texts("index"), report.facts
    if not report.files:
        return words["no_report"]  # what is wrong with it may be just that
    if facts.n_pupils is not None:
        return count(facts.n_pupils)
    return words["protected"] if facts.n_hidden else words["none"]
