"""What a chapter shows: text, figures and tables that JupyterLab displays and a report keeps.

Only these reach a report. Prose in a notebook's own cells, prints and frames are for the researcher.
"""

import re
from dataclasses import dataclass

from IPython.display import display

KIND = "nco"  # the metadata key by which a report's document finds the blocks


@dataclass(frozen=True)
class Text:
    """A piece of Markdown."""

    markdown: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/markdown": self.markdown, "text/plain": self.markdown}, {KIND: {"kind": "text"}}


@dataclass(frozen=True)
class Figure:
    """A drawing with its caption and the alternative text that says what it says."""

    name: str
    svg: str
    caption: str
    alt: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        described = {"kind": "figure", "name": self.name, "caption": self.caption, "alt": self.alt}
        return {"image/svg+xml": self.svg, "text/plain": self.alt}, {KIND: described}


@dataclass(frozen=True)
class Table:
    """A table whose first column names the row; the other columns hold figures, or else words."""

    name: str
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    figures: bool = True

    @property
    def markdown(self) -> str:
        """The table as a pandoc pipe table with its caption and identifier."""
        rule = "|:---" + ("|---:" if self.figures else "|:---") * (len(self.header) - 1) + "|"
        lines = [_row(self.header), rule, *map(_row, self.rows)]
        return "\n".join([*lines, "", f": {self.caption} {{#{self.name}}}"])

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/markdown": self.markdown, "text/plain": self.markdown}, {
            KIND: {"kind": "table", "name": self.name}
        }


def show(*items: "str | Text | Figure | Table | None") -> None:
    """Display the items one by one; a string is Markdown, and an empty one or None is nothing."""
    for item in items:
        if item:
            display(Text(item) if isinstance(item, str) else item)


def escape(text: str) -> str:
    """Return `text` so that Markdown shows it as it stands (for names from a register)."""
    return re.sub(r"([\\`*_{}\[\]<>#|~^$@])", r"\\\1", text)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"
