"""The page that a release opens with: every board and school, what became of its report, and links to the files."""

import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from . import document, dutch, render
from .blocks import escape
from .dutch import count, texts
from .embedded import EmbeddedEngine
from .publication import Report
from .slices import BOARD, Slice


def write(folder: Path, reports: Sequence[Report], explanation: dict[str, Path], project: Path, when: datetime) -> None:
    """Write `index.html` into the release's folder.

    explanation: the files of the technical explanation by format, as paths within the release. Raises RenderError when
    the page cannot be rendered.
    """
    words, first = texts("index"), reports[0].slice
    boards = [report for report in reports if report.slice.kind == BOARD]
    schools = [report for report in reports if report.slice.kind != BOARD]
    matter = {
        "title": words["title"].format(round=first.round_label),
        "lang": "nl",
        "round": first.round_code,
        "date": first.publication,
        "date-label": dutch.date_words(first.publication),
        "demo-notice": first.notice,
    }
    made = sum(bool(report.files) for report in schools)
    intro = words["intro"].format(made=count(made), total=count(len(schools)))
    method = words["method"].format(links=_links(explanation, words["explanation"]))
    body = [
        f"{intro} {method}",
        f"## {words['boards']} {{.unlisted}}",  # two headings need no list of contents
        _table(words["board_header"], "|:--|:--|--:|:--|:--|", map(_board_row, boards), words["boards_caption"]),
        f"## {words['schools']} {{.unlisted}}",
        _table(words["header"], "|:--|:--|:--|--:|:--|:--|", map(_school_row, schools), words["caption"]),
    ]
    page = folder / ".index"
    document.write_text(matter, "\n\n".join(body), page)
    (rendered,) = EmbeddedEngine().render([render.ReportDocument("index", page)], ["html"], project, when)
    if rendered.error:
        raise render.RenderError(f"The index cannot be made: {rendered.error}")
    rendered.path.replace(folder / "index.html")
    shutil.rmtree(page)


def _table(header: Sequence[str], rule: str, rows: Iterable[str], caption: str) -> str:
    return "\n".join([_row(header), rule, *rows, "", f": {caption}"])


def _school_row(report: Report) -> str:
    content, words = report.slice, texts("index")
    cells = (content.school_name, f"{content.brinvest[:4]}-{content.brinvest[4:]}", content.board_name)
    links = _links(report.files, content.school_name) or "–"
    return _row([*map(escape, cells), _pupils(content), words[f"status_{report.state}"], links])


def _board_row(report: Report) -> str:
    content, words = report.slice, texts("index")
    cells = (content.board_name, content.board_number)
    links = _links(report.files, content.board_name) or "–"
    return _row([*map(escape, cells), count(len(content.schools)), words[f"status_{report.state}"], links])


def _links(files: dict[str, Path], of: str) -> str:
    """Links to the files of one report; their titles say of what they are, for who hears only the links."""
    return "&nbsp;·&nbsp;".join(
        f'[{name.upper()}]({path.as_posix()} "{escape(of)}, {name.upper()}")' for name, path in files.items()
    )


def _pupils(content: Slice) -> str:
    """The pupils of the largest result that may be shown; words where none may."""
    words = texts("index")
    if content.shown:
        return count(max(result.n_pupils for result in content.shown))
    hidden = any(result.status == "hidden" for result in content.results)
    return words["protected"] if hidden else words["none"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
