"""Numbers, dates and plurals as Dutch writes them, and the texts that a reader sees (`params/texts/nl.yml`)."""

import math
from collections.abc import Iterable
from datetime import date
from typing import Any

from nco_utils.errors import ContractError

from . import reader_texts

MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]


def texts(section: str) -> dict:
    """Return one section of the Dutch texts."""
    return reader_texts.load("nl")[section]


def by_kind(words: dict, name: str, kind: str) -> Any:
    """Return a text as a kind of report has it (`name_kind`), else as all have it."""
    own = f"{name}_{kind}"
    return words[own if own in words else name]


def capital(text: str) -> str:
    """Return `text` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def number(value: float, decimals: int = 1) -> str:
    """Return `value` in Dutch: a decimal comma and a real minus sign; never minus zero.

    Raises ContractError for what is no number: a reader must never see "nan".
    """
    if not math.isfinite(value):
        raise ContractError("A figure that would be shown is no number: what is not known must be empty.")
    text = f"{abs(value):.{decimals}f}".replace(".", ",")
    return f"−{text}" if value < 0 and text.strip("0,") else text


def axis_number(value: float) -> str:
    """Return a value at an axis: no decimals that say nothing."""
    return number(value, 0 if value % 1 == 0 else 1)


def count(n: int) -> str:
    """Return a number of things, thousands separated by a point."""
    return f"{n:,}".replace(",", ".")


def interval(low: float | None, high: float | None, decimals: int = 1) -> str:
    """Return an interval in words; one that is not known is not shown."""
    if low is None or high is None:
        return texts("report")["not_shown"]
    return texts("report")["interval"].format(low=number(low, decimals), high=number(high, decimals))


def points(value: float) -> str:
    """Return `value` with its unit, in the singular for 1."""
    words = texts("report")
    return f"{number(value)} {words['point'] if abs(value) == 1 else words['points']}"


def pupils(n: int) -> str:
    """Return a number of pupils, in the singular for 1."""
    words = texts("report")
    return f"{count(n)} {words['pupil'] if n == 1 else words['pupils']}"


def date_words(iso: str) -> str:
    """Return a date as `3 oktober 2022`."""
    day = date.fromisoformat(iso)
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def domain_name(domain: str) -> str:
    """Return the domain's name as it stands in a sentence."""
    return texts("domains")[domain]


def location(brinvest: str) -> str:
    """Return the code of a school location as people read it: `99AA-00`."""
    return f"{brinvest[:4]}-{brinvest[4:]}"


def step_words(step: str) -> str:
    """Return a step such as E7-M8 in words."""
    first, last = (
        texts("report")["moment"].format(moment=texts("moments")[code[0]], grade=code[1:]) for code in step.split("-")
    )
    return texts("report")["step"].format(first=first, last=last)


def step_span(step: str) -> str:
    """Return the two moments of a step, joined by `en`."""
    return step_words(step).removeprefix("van ").replace(" naar ", " en ")


def step_short(step: str) -> str:
    """Return a step in few words, for a row: `midden–eind groep 5`, `eind 4–midden groep 5`."""
    words = texts("report")
    (first, earlier), (last, grade) = ((texts("moments")[code[0]], code[1:]) for code in step.split("-"))
    pattern = words["step_short_same" if earlier == grade else "step_short_next"]
    return pattern.format(first=first, last=last, earlier=earlier, grade=grade)


def step_code(step: str) -> str:
    """Return a step as a code, for a table with many columns: `M5–E5`."""
    return step.replace("-", "–")


def listed(items: Iterable[str]) -> str:
    """Return the items as `a, b en c`; nothing for none."""
    *others, last = [*items] or [""]
    return f"{', '.join(others)} {texts('report')['and']} {last}" if others else last
