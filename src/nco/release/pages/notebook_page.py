"""Executed notebooks as pages, code visible, for who checks a report: they open offline, and fetch and run nothing."""

import re
from collections.abc import Mapping
from copy import copy
from functools import cache
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nco.base.all_settings import REPORT
from nco.base.dutch import texts
from nco.render import pupilrows
from nco.reports.blocks import KIND
from nco.reports.content import Content
from nco_utils.write_whole import write_text

if TYPE_CHECKING:
    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

NAME = "notebook.html"  # beside a report's files
STYLE = "notebook.css"  # of all these pages, in the folder of the review
# What only pandoc reads in a block: the fences of boxes, the colon before a caption, and names.
_PANDOC = re.compile(r"^:::.*$|^ ?: (?=\S)|[ ]?\{[#.][^}]*\}", re.MULTILINE)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)


def write_whole(notebook: Path, target: Path) -> None:
    """Render an executed notebook as one HTML file that needs no other: for the national notebook."""
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter(embed_images=True, language_code="nl").from_filename(str(notebook))
    # The template brings MathJax, RequireJS and Mermaid from the network; tables and figures need none of them.
    write_text(target, _SCRIPT.sub("", page))


def write(
    notebook: "NotebookNode",
    report: Content,
    target: Path,
    whole: bool = True,
    homes: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Render the executed notebook of one report as a page that takes its style from `STYLE`, two folders up.

    Its figures are those of the report beside it, so they are links to it; not `whole` (the run stopped, there is no
    report) has them in it. homes: by chapter the document that its figures stand in, where that is not the
    report itself. A tenth of what nbconvert's own page costs, in time and in bytes.
    """
    words = texts("review")["notebook"]
    body, _ = _exporter().from_notebook_node(_lighter(notebook, whole, homes))
    title = escape(words["title"].format(name=report.name))
    said = escape(words["whole" if whole else "stopped"])
    links = f'<a href="../../index.html#{escape(report.subject)}">{escape(words["back"])}</a>'
    if whole:
        links += f' · <a href="report.html">{escape(words["report"])}</a>'
    write_text(
        target,
        f'<!DOCTYPE html>\n<html lang="nl">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f'<link rel="icon" href="data:,">\n<link rel="stylesheet" href="../../{STYLE}">\n</head>\n<body>\n'
        f'<header class="kop"><p>{links}</p>\n'
        f"<h1>{title}</h1>\n<p>{said}</p></header>\n<main>\n{_SCRIPT.sub('', body)}\n</main>\n</body>\n</html>\n",
    )


def preload() -> None:
    """Do once what the first page would cost every process: imports, and templates read."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

    shown = new_output("display_data", data={"text/markdown": "|a|\n|--|\n|1|\n"})
    cells = [new_markdown_cell("# a"), new_code_cell("a = 1", outputs=[shown])]
    _exporter().from_notebook_node(new_notebook(cells=cells))


@cache
def _exporter() -> "HTMLExporter":
    from nbconvert import HTMLExporter
    from nbconvert.exporters.templateexporter import TemplateExporter
    from nbconvert.filters import Highlight2HTML
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
    from traitlets.config import Config

    markdown = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True))

    class Light(HTMLExporter):
        """One reader of Markdown, not one a text, and no pass over the finished page, which is for images only."""

        def from_notebook_node(self, nb: "NotebookNode", resources: Any = None, **kw: Any) -> tuple[str, dict]:
            self.register_filter("highlight_code", Highlight2HTML(pygments_lexer="ipython3", parent=self))
            self.register_filter("clean_html", lambda text: text)  # highlighted code: nothing to clean
            self.register_filter("markdown2html", lambda text: markdown.render(text))
            return TemplateExporter.from_notebook_node(self, nb, self._init_resources(resources), **kw)

    settings = {"default_preprocessors": [], "exclude_output_prompt": True}
    return Light(template_name="basic", config=Config({"HTMLExporter": settings, "Light": settings}))


def _lighter(notebook: "NotebookNode", whole: bool, homes: Mapping[str, str]) -> "NotebookNode":
    """The notebook with only what its page shows; nbconvert copies all that it is given."""
    from nbformat import from_dict

    cells = []
    for cell in notebook.cells:
        made = copy(cell)
        made["metadata"] = from_dict({})
        if cell.cell_type == "code":
            # What a stopped run showed beside the report, or says of its error, may hold a pupil's value: that stays in
            # the data folder.
            shown = [output for output in cell.outputs if whole or _of_report(output)]
            home = homes.get(cell.metadata.get("nco", {}).get("chapter"), REPORT)
            made["outputs"] = [_output(output, whole, home) for output in shown]
        cells.append(made)
    return from_dict({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _of_report(output: "NotebookNode") -> bool:
    """Whether an output is a block of the report without rows of pupils, or the name of an error."""
    is_block = bool(output.get("metadata", {}).get(KIND))
    return output.output_type == "error" or (is_block and not pupilrows.shown_in(output))


def _output(output: "NotebookNode", whole: bool, home: str) -> "NotebookNode":
    made = copy(output)
    if output.output_type == "error" and not whole:
        made["evalue"], made["traceback"] = "", [output.ename]
    if "data" not in output:
        return made
    block, data = output.metadata.get(KIND), output["data"]
    if block and block["kind"] == "figure" and whole:
        shown = {"text/markdown": f"[{_plain(block['caption'])}]({home}.html#{block['name']})"}
    elif "image/svg+xml" in data:
        shown = {"text/html": data["image/svg+xml"]}  # not as an image, which would have no text for who cannot see it
    else:
        shown = {kind: text for kind, text in data.items() if kind != "text/plain"} or dict(data)
        if block:
            shown["text/markdown"] = _PANDOC.sub("", shown["text/markdown"])
    made["data"], made["metadata"] = shown, {}
    return made


def _plain(text: str) -> str:
    """A text in which Markdown has nothing to mark up."""
    return re.sub(r"([\\\[\]*_`<>])", r"\\\1", text)
