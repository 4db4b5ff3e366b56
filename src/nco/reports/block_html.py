"""How a block looks in JupyterLab: as in the report, in its colours and type, with the alternative text to be read."""

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import mistune
from IPython import get_ipython

from nco.base import dutch
from nco.base.extension import EXTENSION, STYLE
from nco_utils import params, strict_yaml

from . import house_style

_SCOPE = "nco-blok"
_BOX = re.compile(r"^::: \{\.([\w-]+)\}\n(.*?)\n:::$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"^::: \{\.keuze[^\n]*\}\n(.*)\n:::$", re.DOTALL)  # one of several: here all are seen
_COMMENT_OR_PAGE = re.compile(r"/\*.*?\*/|@page \{[^}]*\}", re.DOTALL)
_SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([^"]+)"')
# After what JupyterLab itself says of tables, headings and lists: all of that is taken back first. The three classes
# outweigh its own rules. A page has one column of text, and a notebook narrower ones between its outputs.
_RULES = """
& {{ max-width: 50rem; padding: 0.25rem 1.5rem; background: var(--nco-color-background); color: var(--nco-base-color);
  font-family: var(--nco-base-family), sans-serif; font-size: 1.0625rem; font-weight: var(--nco-base-weight);
  line-height: var(--nco-base-line-height); }}
:where(:not(svg, svg *)) {{ all: revert; }}
{report}
& > :first-child {{ margin-top: 0.25rem; }}
& > :is(h2, h3, h4):first-child {{ margin-top: 1.25rem; }}
& > :last-child {{ margin-bottom: 0.25rem; }}
svg g {{ font-family: var(--nco-base-family), sans-serif; }}
.alternatief {{ margin-top: 0.75rem; font-size: 0.875rem; color: var(--nco-color-secondary); }}
"""


class _Report(mistune.HTMLRenderer):
    """The page's one h1 is the report's title; a chapter is h2."""

    def heading(self, text: str, level: int, **attributes: str) -> str:
        return super().heading(text, level + 1, **attributes)


_markdown = mistune.create_markdown(renderer=_Report(), plugins=["def_list"])


def of(kind: str, block: Any) -> str:
    """Return a block of `blocks` as HTML, by what it is: text, figure or table.

    The first one of a cell has the style of all, which reaches no further than blocks: with each cell, as JupyterLab
    takes those that are out of view out of the page. Nothing for a table that is in the workbook only.
    """
    match kind:
        case "text":
            made = _text(block.markdown)
        case "figure":
            made = _figure(block)
        case _ if not block.printed:
            return ""
        case _:
            made = _table(block)
    return f'{_style_of_cell()}<div class="{_SCOPE}">\n{made}</div>'


def _text(markdown: str) -> str:
    """Text, with its boxes, which Markdown does not know."""
    markdown = _OPTION.sub(r"\1", markdown)
    parts, end = [], 0
    for box in _BOX.finditer(markdown):
        label = escape(_words()[box[1]])
        inside = f'<div class="vaklabel">{label}</div>\n{_markdown(box[2])}'
        parts += [_markdown(markdown[end : box.start()])]
        parts += [f'<div class="{box[1]}" role="note" aria-label="{label}">\n{inside}</div>\n']
        end = box.end()
    return "".join([*parts, _markdown(markdown[end:])])


def _figure(figure: Any) -> str:
    width = _SIZE.search(figure.svg)
    size = f' style="--eigen-breedte: {width[1]}"' if width else ""
    drawing = figure.svg.replace("<svg", f'<svg role="img" aria-label="{escape(figure.alt)}"{size}', 1)
    alternative = escape(dutch.texts("report")["alternative"])
    return (
        f'<figure class="figuur" id="{figure.name}">\n<figcaption>{_caption("figure", figure.caption)}</figcaption>\n'
        f'{drawing}<details class="alternatief" open><summary>{alternative}</summary>{escape(figure.alt)}</details>\n'
        "</figure>\n"
    )


def _table(table: Any) -> str:
    look = ["" if column.kind == "words" else ' style="text-align: right;"' for column in table.columns]
    titles = zip(table.columns, look, strict=True)
    head = "".join(f'<th scope="col"{style}>{escape(column.title)}</th>' for column, style in titles)
    rows = []
    for first, *others in table.texts:
        cells = zip(others, look[1:], strict=True)
        rest = "".join(f"<td{style}>{escape(text)}</td>" for text, style in cells)
        rows.append(f'<tr><th scope="row">{escape(first)}</th>{rest}</tr>\n')
    return (
        f'<div class="tabelkader"><table id="{table.name}">\n'
        f"<caption><span>{_caption('table', table.caption)}</span></caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(rows)}</tbody>\n</table></div>\n"
    )


def _caption(kind: str, text: str) -> str:
    """A caption with what it is of, without a number: that is the report's, which has other chapters before it."""
    inside = _markdown(text).strip().removeprefix("<p>").removesuffix("</p>")
    return f'<span class="nummer">{escape(_words()[kind])}</span> {inside}'


_styled: int | None = None  # the cell whose first block has the style


def _style_of_cell() -> str:
    global _styled
    shell = get_ipython()
    cell = shell.execution_count if shell else None
    if cell is not None and cell == _styled:
        return ""
    _styled = cell
    return style(params.project_root() / "reports" / "quarto")


@cache
def style(project: Path) -> str:
    """Return the style of a project's reports as an element of a page: for blocks only, with the type of charts.

    The type is there once the project is staged (`python -m nco.render.stage_style reports/quarto`, as `make` does).
    """
    house, extension = house_style.read(project), project / EXTENSION
    rules = _COMMENT_OR_PAGE.sub("", (extension / "nco.css").read_text(encoding="utf-8"))
    scope = f".{_SCOPE}" * 3
    scoped = _RULES.format(report=re.sub(r"\bmain\b", "&", rules))
    faces = [*_faces(extension / STYLE, house)]
    return "\n".join(["<style>", *faces, f"{scope} {{", house_style.variables(house), scoped, "}", "</style>\n"])


def _faces(staged: Path, house: house_style.Brand) -> Iterator[str]:
    """The rules of the faces that text and charts are mostly set in: two, as every cell of a notebook has them."""
    weights = {f"font-weight: {weight}; font-style: normal;" for weight in (house.base.weight, house.headings.weight)}
    for line in staged.read_text(encoding="utf-8").splitlines() if staged.is_file() else ():
        if line.startswith("@font-face") and any(weight in line for weight in weights):
            yield line


@cache
def _words() -> dict[str, str]:
    """The layout's own words: how boxes, figures and tables are called."""
    extension = params.project_root() / "reports" / "quarto" / EXTENSION
    return strict_yaml.read(extension / "_extension.yml")["contributes"]["formats"]["common"]["nco"]
