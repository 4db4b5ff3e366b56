"""Settings of what is read: the days of a moment's tests, and what a file, a column or a name may hold."""

from calendar import monthrange
from datetime import date
from functools import partial
from typing import Annotated, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import AfterValidator, Field, Strict, model_validator

from nco_utils.params import Section
from nco_utils.steps import one_of
from nco_utils.tables import BACKGROUND, MOMENTS, PROVIDERS, REGISTER

_EARLIEST = date(2001, 8, 1)  # table results has school years of this century only
MomentCode = Annotated[str, AfterValidator(partial(one_of, MOMENTS))]
_DEFAULT = "default"  # the windows of a provider that has none of its own
_DAYS = 365
_COMMON = 2023  # a year without a 29 February: who takes a test on it does so in a window that ends on the 28th


def _of_calendar(text: str) -> str:
    month, day = map(int, text.split("-"))
    if day > monthrange(_COMMON, month)[1]:
        raise ValueError(f"{text} is no day of every year")
    return text


def _day_of_year(text: str) -> int:
    """How many days after 1 August, on which a school year begins."""
    month, day = map(int, text.split("-"))
    return (date(_COMMON, month, day) - date(_COMMON, 8, 1)).days % _DAYS


def _pattern(text: str) -> str:
    try:
        pc.match_substring_regex(pa.array(["x"]), f"^(?:{text})$")
    except pa.ArrowInvalid as problem:
        raise ValueError(f"{text!r} is no pattern of RE2 ({problem})") from None
    if pc.match_substring_regex(pa.array([""]), f"^(?:{text})$")[0].as_py():
        raise ValueError(f"{text!r} fits what is empty too, so every value would be wrong")
    return text


MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"), AfterValidator(_of_calendar)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]


class Window(Section):
    """The part of a school year in which a moment's tests are taken, as `MM-DD`, both ends included.

    It may go over New Year, and over the end of the school year for tests that are taken late.
    """

    first: MonthDay
    last: MonthDay

    @property
    def span(self) -> tuple[int, int]:
        """Its first and last day, counted from the begin of the school year; 365 and more lie in the next."""
        first, last = (_day_of_year(text) for text in (self.first, self.last))
        return first, last if first <= last else last + _DAYS


def _in_order(windows: dict[str, dict[str, Window]]) -> dict[str, dict[str, Window]]:
    default = windows.get(_DEFAULT, {})
    if lacking := [moment for moment in MOMENTS if moment not in default]:
        raise ValueError(f"{_DEFAULT} must have a window of every moment; it lacks {', '.join(lacking)}")
    for provider, theirs in windows.items():
        _require_order(provider, default | theirs)
    return windows


def _require_order(provider: str, windows: dict[str, Window]) -> None:
    """Refuse windows that do not follow each other in a school year: a day would be of two moments, or of a wrong one.

    Late tests of a provider's last moment may be taken in the next school year, before the middle of that.
    """
    spans = [(moment, *windows[moment].span) for moment in MOMENTS]
    starts = {moment: first for moment, first, _ in spans}
    ends = [*(first for _, first, _ in spans[1:]), _DAYS + starts[MOMENTS[0] if provider == _DEFAULT else MOMENTS[1]]]
    for (moment, _, last), end in zip(spans, ends, strict=True):
        if last >= end:
            raise ValueError(
                f"{provider}.{moment} is from {windows[moment].first} to {windows[moment].last}, which is not before "
                "the next moment begins. Give the first day first, and moments days of their own"
            )


# Of each provider that has its own, and of the others.
_Provider = Literal[("default", *PROVIDERS)]  # type: ignore[valid-type]
Windows = Annotated[dict[_Provider, dict[MomentCode, Window]], AfterValidator(_in_order)]


class ValidationSettings(Section):
    """When so many rows of a school are wrong that its other rows are set aside too; which lack of tests is told."""

    school_bad_share: float = Field(gt=0, le=1)
    school_bad_rows: int = Field(ge=1)
    growth_missing_share: float = Field(gt=0, le=1)


class NameSettings(Section):
    """What reports can print of a name or notice: ranges of characters, and how many letters and in one word."""

    characters: tuple[tuple[Annotated[int, Field(ge=0x20)], Annotated[int, Field(le=0x10FFFF)]], ...] = Field(
        min_length=1
    )
    longest_name: int = Field(ge=1)
    longest_word: int = Field(ge=1)
    longest_notice: int = Field(ge=1)

    @model_validator(mode="after")
    def _ranges(self) -> "NameSettings":
        for first, last in self.characters:
            if first > last or (first <= 0xDFFF and last >= 0xD800):
                raise ValueError(
                    f"characters has [{first:#x}, {last:#x}], which is no range of characters: the first number must "
                    "not be above the second, and 0xD800 to 0xDFFF are no characters"
                )
        return self


class Bounds(Section):
    """What a file that is read may be at most."""

    file_bytes: int = Field(ge=1)
    columns: int = Field(ge=20)
    row_bytes: int = Field(ge=1)
    xml_depth: int = Field(ge=8, le=250)
    digits: int = Field(ge=1, le=18)


class Written(Section):
    """What may not be in a key, a code or a value: patterns of RE2."""

    invisible: Pattern
    damaged: tuple[Pattern, ...]
    damaged_keys: tuple[Pattern, ...]


class ColumnNames(Section):
    """From which likeness on two names of a column are taken for one, and other words for a column."""

    alike: float = Field(gt=0, le=1)
    words: dict[str, tuple[str, ...]]


class Reading(Section):
    """How files are read; possible: the lowest and the highest number, or the first and the last day, of a column.

    first_test: the first day on which a test can have been taken.
    """

    bounds: Bounds
    written: Written
    first_test: date = Field(ge=_EARLIEST)
    possible: dict[str, tuple[float, float] | tuple[Annotated[date, Strict()], Annotated[date, Strict()]]]
    columns: ColumnNames

    @model_validator(mode="after")
    def _of_columns(self) -> "Reading":
        for name, (lowest, highest) in self.possible.items():
            if not (_DATE if isinstance(lowest, date) else _NUMBER) & _kinds_of(f"possible.{name}", name):
                raise ValueError(
                    f"possible.{name} has other bounds than the column: days of a date, numbers of a number"
                )
            if lowest >= highest:  # type: ignore[operator]  # two days or two numbers
                raise ValueError(f"possible.{name} must be the lowest and the highest, in that order")
        for name in self.columns.words:
            _kinds_of(f"columns.words.{name}", name)
        return self


_DATE, _NUMBER = {"date"}, {"integer", "number"}


def _kinds_of(place: str, name: str) -> set[str]:
    """Return of what kinds the columns of that name are, in what people write."""
    tables = (*REGISTER, *BACKGROUND.values())
    kinds: set[str] = {column.kind for table in tables for column in table.columns if column.name == name}
    if kinds:
        return kinds
    raise ValueError(f"{place}: no table of the register or the background has a column {name}")
