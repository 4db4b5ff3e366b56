"""Settings a person may change: `params/*.yml`, read once and checked."""

import os
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Literal, NoReturn, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from . import strict_yaml
from .errors import UnusableInput
from .tables import BACKGROUND, DOMAINS, ESTIMATORS, MOMENTS, PROVIDERS, PUPILS, REGISTER, SECTORS, UNKNOWN

T = TypeVar("T")
GROUP_TRAIT = "group"  # the one trait that is of the pair: the class in which the later test was taken
OTHER_DENOMINATION = "anders"
# The classes of each trait of a pupil that has any: who has none of them is unknown.
TRAITS = {each.name: tuple(v for v in each.allowed if v != UNKNOWN) for each in PUPILS.columns if each.allowed}
_EARLIEST = date(2001, 8, 1)  # table results has school years of this century only
SECTIONS = (
    "domains", "moments", "sectors", "providers", "traits", "scales", "cover", "report", "outcomes", "verdicts",
    "summary", "national", "reference", "hidden", "growth", "standardised", "chapter_reference", "grades", "subgroups",
    "conversation", "account", "annex", "board", "index", "method", "results_suite", "leveringsverslag",
    "workbook", "review",
)  # fmt: skip
Domain = Literal[DOMAINS]
MomentCode = Literal["B", "M", "E"]
# A round's code names its folders, beside those that are delivered.
RoundCode = Annotated[str, Field(pattern=r"^20[0-9]{2}[A-Z][A-Za-z0-9-]*$")]
Chapter = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
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


def _two_years(text: str) -> str:
    first, second = map(int, text.split("-"))
    if second != first + 1:
        raise ValueError(f"{text} is not two years that follow each other")
    return text


def _pattern(text: str) -> str:
    try:
        pc.match_substring_regex(pa.array(["x"]), f"^(?:{text})$")
    except pa.ArrowInvalid as problem:
        raise ValueError(f"{text!r} is no pattern of RE2 ({problem})") from None
    if pc.match_substring_regex(pa.array([""]), f"^(?:{text})$")[0].as_py():
        raise ValueError(f"{text!r} fits what is empty too, so every value would be wrong")
    return text


MonthDay = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"), AfterValidator(_of_calendar)]
SchoolYear = Annotated[str, Field(pattern=r"^20[0-9]{2}-20[0-9]{2}$"), AfterValidator(_two_years)]
Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]


class _Settings(BaseModel):
    # No limit is infinite and none is not a number: with such a one a check would never find anything.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Window(_Settings):
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


class Round(_Settings):
    """One reporting period: the steps whose later moment lies in the school year, up to `moment`.

    Its days, all included: the last for a contract and for the school's approval, that of the suppliers'
    exports, and that of publication.
    """

    label: str
    school_year: SchoolYear
    moment: Literal["M", "E"]
    contract_deadline: date
    approval_deadline: date
    export_date: date
    publication: date

    @model_validator(mode="after")
    def _days_in_order(self) -> "Round":
        days = (self.contract_deadline, self.approval_deadline, self.export_date, self.publication)
        if list(days) != sorted(days):
            raise ValueError("contract_deadline, approval_deadline, export_date and publication must follow each other")
        return self

    @property
    def later_moments(self) -> tuple[str, ...]:
        """The moments in which a reported step may end."""
        return ("M",) if self.moment == "M" else ("M", "E")

    def next_deadline(self, today: date) -> date | None:
        """Return the first day from `today` on by which something must be mended; None when all have passed."""
        days = (self.approval_deadline, self.export_date, self.publication)
        return next((day for day in days if day >= today), None)


class Scale(_Settings):
    """One ability scale: who publishes it, for which domain, and the scores that can occur.

    spread: the standard deviation of pupils' scores at one moment, nearly. until: the last day it was in use.
    percentages_from_level: from this level on, a school whose scores all lie from 0 to 100 delivers percentages.
    percentages_before: until then the publisher gave percentages in groep 3-5.
    """

    provider: Literal[PROVIDERS]
    domain: Domain
    lowest: float
    highest: float
    spread: float = Field(gt=0)
    until: date | None = None
    percentages_from_level: int | None = None
    percentages_before: date | None = None
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> "Scale":
        if self.lowest >= self.highest:
            raise ValueError("lowest must be less than highest: else no score is possible")
        return self


class MinimumSchools(_Settings):
    """From how many schools on there is a national mean, and a spread of school means of that step alone."""

    mean: int = Field(ge=1)
    spread: int = Field(ge=2)

    @model_validator(mode="after")
    def _fits(self) -> "MinimumSchools":
        if self.spread < self.mean:
            raise ValueError("spread must not be less than mean: a spread is around a mean")
        return self


class DisclosureProfile(_Settings):
    """What a school's report may show.

    minimum_group: pupils in a group, at least; minimum_tail: pupils on either side of a quantile, at least.
    protected_width: what all published sums leave open for a hidden count is wider than this. protected_spread: how
    far a begin score leaves the sum of its pupils' scores open, in standard deviations of a pupil's score.
    minimum_schools: in a national figure. most_hidden: the share of pupils' figures by a trait that may be hidden so
    that the country's can be told. percentages: the lowest and the highest that are written; below and above
    these stand for all.
    """

    minimum_group: int = Field(ge=1)
    protected_width: int = Field(ge=0)
    protected_spread: float = Field(gt=0)
    minimum_schools: MinimumSchools
    most_hidden: float = Field(ge=0, le=1)
    minimum_tail: int = Field(ge=1)
    percentages: tuple[int, int]

    @model_validator(mode="after")
    def _fits(self) -> "DisclosureProfile":
        if self.protected_width >= self.minimum_group:
            raise ValueError("protected_width must be less than minimum_group: a visible group protects its own parts")
        if not 0 <= self.percentages[0] < self.percentages[1] <= 100:
            raise ValueError("percentages must be two numbers between 0 and 100, the lowest first")
        return self


class ExportProfile(_Settings):
    """What a table that leaves the closed environment may hold: pupils in a cell, degrees of freedom and the part that
    one cell may be of its group."""

    minimum_cell: int = Field(ge=1)
    minimum_freedom: int = Field(ge=1)
    highest_share: float = Field(gt=0, le=1)


class ReportKind(_Settings):
    """A report: an ordered list of chapters (notebooks), each once."""

    chapters: tuple[Chapter, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> "ReportKind":
        if twice := sorted({name for name in self.chapters if self.chapters.count(name) > 1}):
            raise ValueError(f"chapters are named twice: {', '.join(twice)}")
        return self

    @property
    def notebooks(self) -> tuple[str, ...]:
        """The chapters' files, by their path in the project."""
        return tuple(f"notebooks/{name}.ipynb" for name in self.chapters)


class ReferenceModel(_Settings):
    """The reference model: how it is fitted, what it holds, for whom it is, and what it needs to be fitted at all.

    score_knots: the knots of the spline of the earlier score, as quantiles. pupil_numbers: months_older, or a number
    of the pair. school_mean_of: the earlier score, or one of those traits and numbers. logarithm_of: those of
    school_numbers that go in as their logarithm. denominations: the groups; every other denomination is one more.
    reliability: of the earlier score, for `within` only.
    """

    estimator: Literal[ESTIMATORS]
    not_for: tuple[Literal[SECTORS], ...] = ()
    score_knots: tuple[Annotated[float, Field(ge=0, le=1)], ...]
    pupil_traits: tuple[str, ...] = ()
    pupil_numbers: tuple[Literal["months_older", "days_between"], ...] = ()
    school_mean_of: tuple[str, ...] = ()
    school_numbers: tuple[Literal["size", "schoolweging"], ...] = ()
    logarithm_of: tuple[Literal["size", "schoolweging"], ...] = ()
    school_classes: tuple[Literal["urbanity", "denomination"], ...] = ()
    denominations: tuple[str, ...] = ()
    reliability: float = Field(default=1.0, gt=0, le=1)
    minimum_schools: int = Field(ge=3)
    minimum_pupils: int = Field(ge=2)
    similar_band: float = Field(gt=0)

    @field_validator("score_knots")
    @classmethod
    def _knots(cls, knots: tuple[float, ...]) -> tuple[float, ...]:
        if list(knots) != sorted(set(knots)):
            raise ValueError("must be different quantiles, the lowest first")
        return knots

    @model_validator(mode="after")
    def _means_of_pupils(self) -> "ReferenceModel":
        unknown = set(self.school_mean_of) - {"score_before", *self.pupil_traits, *self.pupil_numbers}
        if unknown:
            raise ValueError(
                f"school_mean_of has what the model does not have of pupils: {sorted(unknown)}. Take it out there too, "
                "or put it in pupil_traits or pupil_numbers"
            )
        return self

    @model_validator(mode="after")
    def _classes_of_pupils(self) -> "ReferenceModel":
        if unknown := [name for name in self.pupil_traits if name not in TRAITS]:
            there = ", ".join(TRAITS)
            raise ValueError(f"pupil_traits names what no pupil table has as classes: {unknown}. There are: {there}")
        return self

    @model_validator(mode="after")
    def _each_once(self) -> "ReferenceModel":
        for name, value in self:
            if isinstance(value, tuple) and len(set(value)) < len(value):
                raise ValueError(f"{name} has something twice")
        if own := {OTHER_DENOMINATION, UNKNOWN} & set(self.denominations):
            raise ValueError(f"denominations has {sorted(own)}, which the model makes itself of all that are not named")
        return self

    @property
    def own_terms(self) -> tuple[str, ...]:
        """What the model holds: the earlier score, the pupil's traits, the school's; without the means of pupils."""
        return ("score_before", *self.pupil_traits, *self.pupil_numbers, *self.school_numbers, *self.school_classes)

    @property
    def terms(self) -> tuple[str, ...]:
        """What the model holds: the earlier score, the pupil's traits, the school's."""
        of_pupils = ("score_before", *self.pupil_traits, *self.pupil_numbers)
        means = (f"school_mean({trait})" for trait in self.school_mean_of)
        return (*of_pupils, *means, *self.school_numbers, *self.school_classes)


class Subgroup(_Settings):
    """A trait by which a school's pupils are split: the values that are shown; the other pupils are the rest.

    Without values every value that occurs is shown, from `minimum_values` in one school on.
    """

    values: tuple[str, ...] = ()
    minimum_values: int = Field(default=2, ge=2)


class ValidationSettings(_Settings):
    """When so many rows of a school are wrong that its other rows are set aside too."""

    school_bad_share: float = Field(gt=0, le=1)
    school_bad_rows: int = Field(ge=1)


class NameSettings(_Settings):
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


class Bounds(_Settings):
    """What a file that is read may be at most."""

    file_bytes: int = Field(ge=1)
    columns: int = Field(ge=20)
    row_bytes: int = Field(ge=1)
    xml_depth: int = Field(ge=8, le=250)
    digits: int = Field(ge=1, le=18)


class Written(_Settings):
    """What may not be in a key, a code or a value: patterns of RE2."""

    invisible: Pattern
    damaged: tuple[Pattern, ...]
    damaged_keys: tuple[Pattern, ...]


class ColumnNames(_Settings):
    """From which likeness on two names of a column are taken for one, and other words for a column."""

    alike: float = Field(gt=0, le=1)
    words: dict[str, tuple[str, ...]]


class Reading(_Settings):
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
            kind = _require_column(f"possible.{name}", name)
            if not (_DATE if isinstance(lowest, date) else _NUMBER) & kind:
                raise ValueError(
                    f"possible.{name} has other bounds than the column: days of a date, numbers of a number"
                )
            if lowest >= highest:
                raise ValueError(f"possible.{name} must be the lowest and the highest, in that order")
        for name in self.columns.words:
            _require_column(f"columns.words.{name}", name)
        return self


_DATE, _NUMBER = {"date"}, {"integer", "number"}


def _require_column(place: str, name: str) -> set[str]:
    """Return of what kinds the columns of that name are, in what people write."""
    tables = (*REGISTER, *BACKGROUND.values())
    if kinds := {column.kind for table in tables for column in table.columns if column.name == name}:
        return kinds
    raise ValueError(f"{place}: no table of the register or the background has a column {name}")


class Sample(_Settings):
    """How many reports reviewers read first: of the largest changes, of the most that is hidden, and drawn by lot."""

    largest_changes: int = Field(ge=0)
    most_hidden: int = Field(ge=0)
    random: int = Field(ge=0)


class Limits(_Settings):
    """What something may take before it is ended and named; all in seconds, but for `shown`.

    report: making one report; cell, national_cell: one cell of its chapters, of the national notebook; start: until a
    process is there; end: what a process has to close its files when it is told to end. shown: bytes that a cell shows.
    """

    report: float = Field(gt=0)
    cell: float = Field(gt=0)
    national_cell: float = Field(gt=0)
    start: float = Field(gt=0)
    end: float = Field(gt=0)
    shown: int = Field(gt=0)


class ReleaseSettings(_Settings):
    """How a release is made, and which verdicts of reviewers its publication waits for."""

    workers: int = Field(ge=1)
    limits: Limits
    disclosure: str
    export: str
    review: Literal["all", "sample", "none"]
    review_seed: int
    sample: Sample
    word_layout: Literal["all", "boards", "none"] = "boards"

    def lays_out(self, is_board: bool) -> bool:
        """Whether LibreOffice lays out the Word document of such a report, to see that all of it is on its pages."""
        return self.word_layout == "all" or (self.word_layout == "boards" and is_board)


class Ranking(_Settings):
    """The share of the reports with a finding that may rest on chance, and the schools that a variance is made of."""

    false_discovery_rate: float = Field(gt=0, lt=1)
    minimum_schools: int = Field(ge=3)


class Params(_Settings):
    """All settings together."""

    windows: dict[Literal[("default", *PROVIDERS)], dict[MomentCode, Window]]
    rounds: dict[RoundCode, Round] = Field(min_length=1)
    scales: dict[str, Scale] = Field(min_length=1)
    disclosure: dict[str, DisclosureProfile | ExportProfile]
    reports: dict[Literal[("school", "board", *SECTORS)], ReportKind]
    reference: ReferenceModel
    subgroups: dict[str, Subgroup]
    validation: ValidationSettings
    names: NameSettings
    reading: Reading
    ranking: Ranking
    release: ReleaseSettings

    @field_validator("windows")
    @classmethod
    def _windows(cls, windows: dict[str, dict[str, Window]]) -> dict[str, dict[str, Window]]:
        default = windows.get(_DEFAULT, {})
        if lacking := [moment for moment in MOMENTS if moment not in default]:
            raise ValueError(f"{_DEFAULT} must have a window of every moment; it lacks {', '.join(lacking)}")
        for provider, theirs in windows.items():
            _require_order(provider, default | theirs)
        return windows

    @property
    def profile(self) -> DisclosureProfile:
        """The disclosure profile of the reports."""
        return self.disclosure[self.release.disclosure]

    @property
    def begin_widths(self) -> dict[str, float]:
        """How far the begin scores of each scale leave the sum of scores open, in points (`begin_score`)."""
        return {code: self.profile.protected_spread * scale.spread for code, scale in self.scales.items()}

    @property
    def export(self) -> ExportProfile:
        """The disclosure profile of national figures for everyone."""
        return self.disclosure[self.release.export]

    def round(self, code: str) -> Round:
        """Return the round of that code; raises UnusableInput, naming the rounds there are."""
        if code not in self.rounds:
            raise UnusableInput(
                f"Round {code!r} does not exist. Rounds in params/rounds.yml: {', '.join(sorted(self.rounds))}."
            )
        return self.rounds[code]


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


def project_root() -> Path:
    """Return the folder with `params/`, `notebooks/`, `reports/` and `expectations/`.

    `NCO_PROJECT` names another one than the checkout that the module runs from.
    """
    root = Path(os.environ.get("NCO_PROJECT") or Path(__file__).resolve().parents[2]).absolute()
    if not (root / "params").is_dir():
        raise UnusableInput(f"{root} has no params/ folder. Set NCO_PROJECT to the folder of the project.")
    return root


@cache
def load() -> Params:
    """Read and check `params/*.yml`, and the texts; raises UnusableInput naming the file and the setting."""
    absent = [name for name in SECTIONS if not isinstance(texts()[name], dict)]
    if absent:
        raise UnusableInput(f"params/texts/nl.yml: {', '.join(absent)} must hold names and texts.")
    rounds = _file("rounds", dict)
    params = {
        "windows": rounds.get("windows"),
        "rounds": rounds.get("rounds"),
        **{
            name: _file(name, dict, empty=name == "subgroups")
            for name in (
                "scales",
                "disclosure",
                "reports",
                "reference",
                "subgroups",
                "validation",
                "names",
                "reading",
                "ranking",
                "release",
            )
        },
    }
    try:
        checked = TypeAdapter(Params).validate_python(params)
    except ValidationError as error:
        raise UnusableInput(f"params/ holds a setting that cannot be used: {_problems(error)}.") from None
    require_splits(checked.subgroups)
    _require_words(checked)
    if not isinstance(checked.disclosure.get(checked.release.disclosure), DisclosureProfile):
        raise UnusableInput(f"params/release.yml names {checked.release.disclosure}: no disclosure profile of reports.")
    if not isinstance(checked.disclosure.get(checked.release.export), ExportProfile):
        raise UnusableInput(f"params/release.yml names {checked.release.export}: no disclosure profile of exports.")
    if missing := {"school", "board"} - checked.reports.keys():
        raise UnusableInput(f"params/reports.yml has no report for: {', '.join(sorted(missing))}.")
    require_notebooks(checked)
    return checked


def _problems(error: ValidationError) -> str:
    return "; ".join(": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in error.errors())


def _require_words(settings: Params) -> None:
    """Refuse covariates and splits without the words that a reader sees of them."""
    lacking = [f"traits.{name}" for name in settings.reference.own_terms if name not in texts()["traits"]]
    words = texts()["subgroups"]
    for trait in settings.subgroups:
        lacking += [] if trait in words["names"] else [f"subgroups.names.{trait}"]
        for part in ("values", "pupils"):
            there = words[part].get(trait, {})
            lacking += [f"subgroups.{part}.{trait}.{value}" for value in TRAITS.get(trait, ()) if value not in there]
    if lacking:
        raise UnusableInput(
            "params/texts/nl.yml lacks the words for what params/reference.yml and params/subgroups.yml name: "
            f"{', '.join(lacking)}. Add them: they stand in the reports."
        )


def checked_model(model: ReferenceModel) -> ReferenceModel:
    """Return a reference model that was varied (`model_copy`, which checks nothing), checked; raises UnusableInput."""
    try:
        return ReferenceModel.model_validate(model.model_dump())
    except ValidationError as error:
        raise UnusableInput(f"The reference model cannot be fitted: {_problems(error)}.") from None


def require_splits(splits: Mapping[str, Subgroup]) -> None:
    """Raise UnusableInput, naming it, for a trait that pupils cannot be split by, or not by these values."""
    for trait, split in splits.items():
        where = f"params/subgroups.yml, {trait}:"
        if trait == GROUP_TRAIT:
            if split.values:
                raise UnusableInput(f"{where} takes no values: every class is shown as its supplier names it.")
            continue
        if trait not in TRAITS:
            raise UnusableInput(f"{where} is no trait of pupils. There are: {', '.join(TRAITS)}, {GROUP_TRAIT}.")
        if unknown := [value for value in split.values if value not in TRAITS[trait]]:
            raise UnusableInput(f"{where} has no value {', '.join(unknown)}. There are: {', '.join(TRAITS[trait])}.")
        if len(set(split.values)) < max(len(split.values), split.minimum_values):
            raise UnusableInput(f"{where} needs at least {split.minimum_values} values, each once, to be split by.")


def require_notebooks(settings: Params) -> None:
    """Refuse chapters that there are not, in whichever command: a release would find out after hours."""
    named = {name for report in settings.reports.values() for name in report.notebooks}
    if absent := sorted(name for name in named if not (project_root() / name).is_file()):
        raise UnusableInput(
            f"params/reports.yml names chapters that do not exist: {', '.join(absent)}. Mend the names there, or add "
            "the notebooks."
        )


def texts(language: str = "nl") -> dict:
    """Return all texts a reader sees, of one language (`params/texts/<language>.yml`).

    Raises UnusableInput, naming file and text, for a section or a text that is asked for and is not there, at that
    moment, and for a text with a brace that has no other.
    """
    return _texts(language)


class _Words(dict):
    """Texts by their names, which know where they stand."""

    place: str

    def __missing__(self, name: str) -> NoReturn:
        raise UnusableInput(f"{self.place}{name} is not there: restore that text.")


@cache
def _texts(language: str) -> _Words:
    name = f"texts/{language}"
    return _named(_file(name, dict), f"{project_root() / 'params' / f'{name}.yml'}: ")


def _named(content: dict, place: str) -> _Words:
    words = _Words(content)
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


@cache
def _file(name: str, kind: type[T], empty: bool = False) -> T:
    """The content of a file; empty: whether one without any is as good as one that names nothing."""
    path = project_root() / "params" / f"{name}.yml"
    content = strict_yaml.read(path)
    if content is None and empty:
        return kind()
    if not isinstance(content, kind):
        raise UnusableInput(f"{path} must hold names and values.")
    return content


def forget() -> None:
    """Have settings and texts read anew by who asks for them next."""
    for read in (load, _texts, _file):
        read.cache_clear()
