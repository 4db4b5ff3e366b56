"""The page that a release opens with: every board and school, what became of its report, and links to the files."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from . import document, params
from .blocks import escape
from .dutch import count, date_words, texts
from .outputs import in_order
from .publication import Report


def write(round_code: str, notice: str, reports: Sequence[Report], explanation: Sequence[str], folder: Path) -> None:
    """Write the document of `index.html` into the new folder `folder`; explanation: the names of its files."""
    words, round_ = texts("index"), params.load().round(round_code)
    boards = [report for report in reports if report.card.is_board]
    schools = [report for report in reports if not report.card.is_board]
    day = round_.publication.isoformat()
    matter = {
        "title": words["title"].format(round=round_.label),
        "lang": "nl",
        "round": round_code,
        "date": day,
        "date-label": date_words(day),
        "demo-notice": notice,
    }
    made = sum(bool(report.files) for report in schools)
    intro = words["intro"].format(made=count(made), total=count(len(schools)))
    named = {name.rpartition(".")[2]: Path(name) for name in explanation}
    files = {kind: named[kind] for kind in in_order(named)}
    method = words["method"].format(links=_links(files, words["explanation"]))
    body = [
        f"{intro} {method}",
        f"## {words['boards']} {{.unlisted}}",  # two headings need no list of contents
        _table(words["board_header"], "|:--|:--|--:|:--|:--|", map(_board_row, boards), words["boards_caption"]),
        f"## {words['schools']} {{.unlisted}}",
        _table(words["header"], "|:--|:--|:--|--:|:--|:--|", map(_school_row, schools), words["caption"]),
    ]
    document.write_text(matter, "\n\n".join(body), folder)


def _table(header: Sequence[str], rule: str, rows: Iterable[str], caption: str) -> str:
    return "\n".join([_row(header), rule, *rows, "", f": {caption}"])


def _school_row(report: Report) -> str:
    card, words = report.card, texts("index")
    cells = (card.name, f"{card.subject[:4]}-{card.subject[4:]}", card.board_name)
    links = _links(report.paths, card.name) or "–"
    return _row([*map(escape, cells), _pupils(report), words[f"status_{report.state}"], links])


def _board_row(report: Report) -> str:
    card, words = report.card, texts("index")
    links = _links(report.paths, card.name) or "–"
    return _row([escape(card.name), card.subject, count(card.n_schools), words[f"status_{report.state}"], links])


def _links(files: dict[str, Path], of: str) -> str:
    """Links to the files of one report; their titles say of what they are, for who hears only the links."""
    return "&nbsp;·&nbsp;".join(
        f'[{name.upper()}]({path.as_posix()} "{escape(of)}, {name.upper()}")' for name, path in files.items()
    )


def _pupils(report: Report) -> str:
    """The pupils of the largest result that may be shown; words where none may."""
    words, card = texts("index"), report.card
    if card.n_pupils is not None:
        return count(card.n_pupils)
    return words["protected"] if card.n_hidden else words["none"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
