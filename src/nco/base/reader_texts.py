"""Every text that a reader sees, by its name: `params/texts/<language>.yml`."""

from functools import cache
from string import Formatter
from typing import Any, NoReturn

from nco_utils import params
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root

SECTIONS = (
    "domains", "moments", "sectors", "providers", "traits", "tests", "scales", "cover", "report", "outcomes",
    "verdicts", "summary", "national", "reference", "hidden", "months", "growth", "trend", "year_growth",
    "standardised", "chapter_reference", "grades", "subgroups", "group_analysis", "school_analysis", "conversation",
    "account", "annex", "board", "covid", "index", "method", "results_suite", "leveringsverslag", "workbook", "review",
    "cards",
)  # fmt: skip


def load(language: str = "nl") -> "Words":
    """Return all texts a reader sees, of one language (`params/texts/<language>.yml`).

    Raises UnusableInput, naming file and text, for a section or a text that is asked for and is not there, at that
    moment, and for a text with a brace that has no other.
    """
    return _read(language)


class Words(dict[str, Any]):
    """Texts by their names, which know where they stand."""

    place: str

    def __missing__(self, name: str) -> NoReturn:
        """Say which text is not there, and where it should be."""
        raise UnusableInput(f"{self.place}{name} is not there: restore that text.")


@cache
def _read(language: str) -> Words:
    name = f"texts/{language}"
    return _named(params.file(name), f"{project_root() / 'params' / f'{name}.yml'}: ")


def _named(content: dict[str, Any], place: str) -> Words:
    words = Words(content)
    words.place = place
    for name, text in content.items():
        if isinstance(text, dict):
            words[name] = _named(text, f"{place}{name}.")
        elif isinstance(text, str):
            try:
                list(Formatter().parse(text))
            except ValueError:
                raise UnusableInput(f"{place}{name} has a brace without its other one: mend that text.") from None
    return words


def require_sections() -> None:
    """Raise UnusableInput, naming them, for sections that are not there or hold no texts by name."""
    if absent := [name for name in SECTIONS if not isinstance(load()[name], dict)]:
        raise UnusableInput(f"params/texts/nl.yml: {', '.join(absent)} must hold names and texts.")


def forget() -> None:
    """Have the texts read anew by who asks for them next."""
    _read.cache_clear()
