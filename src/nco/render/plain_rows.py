"""Rows of plain tables, kept from pandoc and put back into what it wrote.

A report has some two thousand cells, and pandoc takes long for each: of the 0.9 s of processor time in which it read a
typical report and wrote all formats, a quarter of a second was for rows, and of a report that shows every split of
every step 1.5 of 2.7 s. So pandoc gets a table with two rows of marks, and writes those as
it would any; the table's own rows are then written like these two, the last like the second. Tables with markup,
quotes or anything else that the formats write in different ways stay whole: the result is the same, byte for byte.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from nco.base.failures import RenderError

Rows = list[list[str]]

_OPEN, _CLOSE = "\ue000", "\ue001"  # of a mark; Unicode keeps them for private use
_MARK = re.compile(f"{_OPEN}[^{_CLOSE}]*{_CLOSE}")
_FEWEST = 3  # rows that are worth it
_TABLE = re.compile(
    r"(?<=\n\n)(?P<head>\|[^\n]+\|\n)(?P<rule>\|(?::?-+:?\|)+\n)(?P<rows>(?:\|[^\n]+\|\n)+)"
    r"\n(?P<caption>: [^\n]+ )\{#(?P<id>[\w-]+)\}(?=\n\n|\n\Z)"
)
# Letters, digits and what means nothing to Markdown, HTML or Typst at that place; or a dash for nothing.
_PLAIN = re.compile(
    r"(?:[^\W_]|[−(](?=\S)|[≈↑↓] |–(?=, ))(?:[^\W_]|[ ,%()−≈–;·↑↓?]|(?<=[\w%])-(?=[^\W_])|\.(?=\d)|[:.](?=\S|$))*|–"
)
# At the start of a line "1." is a list, "Mr. " gets a space that does not break, and "www.x.nl" a link in some readers.
_ON_PAGE = "::: {.keuze .anders"  # begins the line before a table that paper does not have (nco.reports.blocks.options)
_NOT_PLAIN = re.compile(r"\d+\.(?: |$)|\.\.|://|  | $")


class OnPage(list):
    """The rows of a table that only a page has, for a reader who chooses it."""


@dataclass(frozen=True)
class Written:
    """How a format writes a row: what it begins and ends with, and a cell's text."""

    begin: str
    end: str
    text: Callable[[str], str]


def _xml(text: str) -> str:
    return escape(text, quote=False)


FORMATS = {
    "html": Written("<tr", "</tr>", _xml),
    "docx": Written("<w:tr>", "</w:tr>", _xml),
    "typst": Written("\n", "\n", str),
}


def taken(markdown: str) -> tuple[str, list[Rows]]:
    """Return the Markdown with marks for the rows of plain tables, and those rows, table by table."""
    if _OPEN in markdown or "```" in markdown or "~~~" in markdown:
        return markdown, []
    found: list[Rows] = []

    def shorten(match: re.Match) -> str:
        rows = [_cells(line) for line in match["rows"].splitlines()]
        rules = _cells(match["rule"].strip())
        if len(rows) < _FEWEST or not all(len(row) == len(rules) and all(map(_is_plain, row)) for row in rows):
            return match[0]
        marks = "".join(
            "|" + "|".join(f"{_OPEN}{len(found)},{kind},{n}{_CLOSE}" for n in range(len(rules))) + "|\n"
            for kind in "ab"
        )
        line = markdown[: match.start()].rstrip().rpartition("\n")[2]
        found.append(OnPage(rows) if line.startswith(_ON_PAGE) else rows)
        facts = f'rows="{len(rows)}" {_lengths(rows, [rule.endswith(":") for rule in rules])}'
        return f"{match['head']}{match['rule']}{marks}\n{match['caption']}{{#{match['id']} {facts}}}"

    return _TABLE.sub(shorten, markdown), found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line[1:-1].split("|")]


def _is_plain(cell: str) -> bool:
    return bool(_PLAIN.fullmatch(cell)) and not _NOT_PLAIN.search(cell)


def _lengths(rows: Rows, numbers: list[bool]) -> str:
    """What nco.lua shares the width of a page by: each column's longest text, and the longest that may not break."""
    columns = list(zip(*rows, strict=True))
    longest = [max(map(len, column)) for column in columns]
    words = [max(len(word) for cell in column for word in cell.split()) for column in columns]
    least = [whole if number else word for whole, word, number in zip(longest, words, numbers, strict=True)]
    return f'longest="{" ".join(map(str, longest))}" least="{" ".join(map(str, least))}"'


def put_back(written: str, tables: list[Rows], form: Written) -> str:
    """Return what pandoc wrote with the rows of all tables in the place of their marks."""
    parts, place = [], 0
    for number, rows in enumerate(tables):
        if isinstance(rows, OnPage) and form is not FORMATS["html"]:
            continue
        start, middle, end = _places(written, number, form)
        first, last = _MARK.split(written[start:middle]), _MARK.split(written[middle:end])
        lines = [first] * (len(rows) - 1) + [last]
        parts.append(written[place:start])
        parts += [_row(line, row, turn, form) for turn, (line, row) in enumerate(zip(lines, rows, strict=True))]
        place = end
    return "".join([*parts, written[place:]])


def _places(written: str, number: int, form: Written) -> tuple[int, int, int]:
    """Where the first row of marks of a table begins, and where the second begins and ends."""
    try:
        one, two = (written.index(f"{_OPEN}{number},{kind},0{_CLOSE}") for kind in "ab")
        start, middle = (written.rindex(form.begin, 0, place) for place in (one, two))
        return start, middle, written.index(form.end, written.rindex(f"{_OPEN}{number},b,", two)) + len(form.end)
    except ValueError as problem:
        raise RenderError(f"table {number + 1} of the plain ones has been lost on the way through pandoc") from problem


def _row(line: list[str], row: list[str], turn: int, form: Written) -> str:
    cells = [part for pair in zip(line, map(form.text, row), strict=False) for part in pair]
    # pandoc tells odd rows of a page from even ones.
    cells[0] = re.sub(r'class="(?:odd|even)"', f'class="{("odd", "even")[turn % 2]}"', cells[0])
    return "".join([*cells, line[-1]])
