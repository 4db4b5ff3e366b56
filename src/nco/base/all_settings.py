"""All settings together: those of the analysis, and those of the product around it; read once and checked."""

from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, cast

from pydantic import Field, model_validator

from nco_utils import params
from nco_utils.errors import UnusableInput
from nco_utils.params import SPLITS, Params, Section, project_root
from nco_utils.steps import STEPS
from nco_utils.tables import MOMENTS, SECTORS
from nco_utils.tables.columns import BOARD_PATTERN, BRINVEST_PATTERN

from . import reader_texts
from .compared_cohorts import ComparedCohorts
from .reading_settings import NameSettings, Reading, ValidationSettings, Windows

Chapter = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
OwnName = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]  # of a file beside a report
REPORT = "report"  # the name of the document that a report consists of, at least
_TAKEN = {REPORT, "notebook", "made", "figures"}


class MinimumSchools(Section):
    """From how many schools on there is a national mean, and a spread of school means of that step alone."""

    mean: int = Field(ge=1)
    spread: int = Field(ge=2)

    @model_validator(mode="after")
    def _fits(self) -> "MinimumSchools":
        if self.spread < self.mean:
            raise ValueError("spread must not be less than mean: a spread is around a mean")
        return self


class DisclosureProfile(Section):
    """What a school's report may show.

    minimum_group: pupils in a group, at least; minimum_tail: pupils on either side of a quantile, at least.
    protected_ranks: a quantile of scores is the mean of so many more scores on either side.
    protected_width: what all published sums leave open for a hidden count is wider than this. protected_spread: how
    far a begin score leaves the sum of its pupils' scores open, in standard deviations of a pupil's score.
    minimum_schools: in a national figure. most_hidden: the share of pupils' figures by a trait that may be hidden so
    that the country's can be told. percentages: the lowest and the highest that are written; below and above
    these stand for all. most_of_other_level: the share of a group that may have taken the test of another level where
    scores by category of it are told. standardised_only: the sectors that are shown no figure in points.
    """

    minimum_group: int = Field(ge=1)
    protected_width: int = Field(ge=0)
    protected_spread: float = Field(gt=0)
    minimum_schools: MinimumSchools
    most_hidden: float = Field(ge=0, le=1)
    minimum_tail: int = Field(ge=1)
    protected_ranks: int = Field(ge=0)
    percentages: tuple[int, int]
    most_of_other_level: float = Field(ge=0, le=1)
    standardised_only: tuple[Literal[SECTORS], ...] = ()  # type: ignore[valid-type]

    @model_validator(mode="after")
    def _fits(self) -> "DisclosureProfile":
        if self.protected_width >= self.minimum_group:
            raise ValueError("protected_width must be less than minimum_group: a visible group protects its own parts")
        if not 0 <= self.percentages[0] < self.percentages[1] <= 100:
            raise ValueError("percentages must be two numbers between 0 and 100, the lowest first")
        return self


class ExportProfile(Section):
    """What a table that leaves the closed environment may hold: pupils in a cell, degrees of freedom and the part that
    one cell may be of its group."""

    minimum_cell: int = Field(ge=1)
    minimum_freedom: int = Field(ge=1)
    highest_share: float = Field(gt=0, le=1)


class ReportKind(Section):
    """A report: an ordered list of chapters (notebooks), each once, and what lies in its folder beside it.

    documents: further ones of the same slice, each a list of chapters under a name of its own. cards: the quality cards
    to fill in, by the role that each is for (`kinds.Kind.cards`).
    """

    chapters: tuple[Chapter, ...] = Field(min_length=1)
    documents: dict[OwnName, Annotated[tuple[Chapter, ...], Field(min_length=1)]] = Field(default_factory=dict)
    cards: tuple[OwnName, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> "ReportKind":
        for what, names in (*(("chapters", names) for names in self.parts.values()), ("cards", self.cards)):
            if twice := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{what} are named twice: {', '.join(twice)}")
        if taken := sorted(self.documents.keys() & _TAKEN):
            raise ValueError(f"no further document can have the name {', '.join(taken)}")
        return self

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """The chapters of each document by its name: the report itself first."""
        return {REPORT: self.chapters} | self.documents

    @property
    def notebooks(self) -> tuple[str, ...]:
        """The files of all chapters, each once, by their path in the project."""
        names = dict.fromkeys(name for chapters in self.parts.values() for name in chapters)
        return tuple(f"notebooks/{name}.ipynb" for name in names)


class Sample(Section):
    """How many reports reviewers read first: of the largest changes, of the most that is hidden, and drawn by lot."""

    largest_changes: int = Field(ge=0)
    most_hidden: int = Field(ge=0)
    random: int = Field(ge=0)


class Limits(Section):
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


class ReleaseSettings(Section):
    """How a release is made, and which verdicts of reviewers its publication waits for."""

    workers: int = Field(ge=1)
    limits: Limits
    disclosure: str
    export: str
    review: Literal["all", "sample", "none"]
    review_seed: int
    sample: Sample
    word_layout: Literal["all", "boards", "none"] = "boards"

    def lays_out(self, folder: str) -> bool:
        """Whether LibreOffice lays out the Word documents of a folder, to see that all of each is on its pages."""
        return self.word_layout in ("all", folder)


class Ranking(Section):
    """The share of the reports with a finding that may rest on chance, and the schools that a variance is made of."""

    false_discovery_rate: float = Field(gt=0, lt=1)
    minimum_schools: int = Field(ge=3)


Norm = Literal["national", "class", "line_1f", "line_2f"]


class Line(Section):
    """A development line on one scale: its score at the end of groep 8, and how much less for every step before."""

    end: float
    step: float = Field(ge=0)


class Norms(Section):
    """With what the school analysis compares levels: chosen for all, by board and by school; what they are made of.

    classes: the lowest schoolweging of each class, and the end of the last. lines: by scale and norm.
    """

    default: Norm
    boards: dict[Annotated[str, Field(pattern=BOARD_PATTERN)], Norm]
    schools: dict[Annotated[str, Field(pattern=BRINVEST_PATTERN)], Norm]
    classes: tuple[float, ...] = Field(min_length=2)
    lines: dict[str, dict[Literal["line_1f", "line_2f"], Line]]

    @model_validator(mode="after")
    def _in_order(self) -> "Norms":
        if any(high <= low for low, high in pairwise(self.classes)):
            raise ValueError("classes must rise")
        return self

    def of(self, brinvest: str, board_number: str) -> Norm:
        """Return the norm of a school: its own, or that of its board, or that of all."""
        return self.schools.get(brinvest, self.boards.get(board_number, self.default))


class WegingClass(Section):
    """A class of the schoolweging, `lowest` in it and `highest` not: the inspectorate's values for it, in percents."""

    lowest: float = Field(alias="from")
    highest: float = Field(alias="to")
    signal_1f: float = Field(ge=0, le=100)
    signal_2f: float = Field(ge=0, le=100)
    similar_1f: float = Field(ge=0, le=100)
    similar_2f: float = Field(ge=0, le=100)


class LevelSettings(Section):
    """How reference levels at the end of groep 8 are looked at: params/reference_levels.yml says it."""

    edition: str
    years: int = Field(ge=1)
    few: int = Field(ge=1)
    not_for: tuple[str, ...]
    classes: tuple[WegingClass, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fits(self) -> "LevelSettings":
        bounds = [bound for each in self.classes for bound in (each.lowest, each.highest)]
        if bounds != sorted(bounds) or any(each.lowest >= each.highest for each in self.classes):
            raise ValueError("classes must follow each other, the lowest schoolweging first")
        if unknown := set(self.not_for) - set(SECTORS):
            raise ValueError(f"not_for names sectors that there are not: {', '.join(sorted(unknown))}")
        return self


class Settings(Params):
    """All settings together."""

    windows: Windows
    disclosure: dict[str, DisclosureProfile | ExportProfile]
    reports: dict[str, ReportKind]
    validation: ValidationSettings
    names: NameSettings
    reading: Reading
    ranking: Ranking
    reference_levels: LevelSettings
    release: ReleaseSettings
    norms: Norms
    covid: ComparedCohorts

    def reports_of(self, round_code: str) -> tuple[str, ...]:
        """Return the names of the reports that a round makes: its own, or all that no round has as its own."""
        special = {name for each in self.rounds.values() for name in each.reports}
        return self.round(round_code).reports or tuple(name for name in self.reports if name not in special)

    @property
    def profile(self) -> DisclosureProfile:
        """The disclosure profile of the reports."""
        return cast("DisclosureProfile", self.disclosure[self.release.disclosure])

    @property
    def begin_widths(self) -> dict[str, float]:
        """How far the begin scores of each scale leave the sum of scores open, in points (`begin_score`)."""
        return {code: self.profile.protected_spread * scale.spread for code, scale in self.scales.items()}

    @property
    def export(self) -> ExportProfile:
        """The disclosure profile of national figures for everyone."""
        return cast("ExportProfile", self.disclosure[self.release.export])


# Each of one setting.
_FILES = (
    "disclosure",
    "reports",
    "validation",
    "names",
    "reading",
    "ranking",
    "reference_levels",
    "release",
    "norms",
    "covid",
)


@cache
def load() -> Settings:
    """Read and check `params/*.yml`, and the texts; raises UnusableInput naming the file and the setting."""
    reader_texts.require_sections()
    windows = {"windows": params.file("rounds").get("windows")}
    settings = params.checked(Settings, params.of_files() | windows | {name: params.file(name) for name in _FILES})
    _require_words(settings)
    _require_profile(settings, settings.release.disclosure, DisclosureProfile, "reports")
    _require_profile(settings, settings.release.export, ExportProfile, "exports")
    if unknown := STEPS.grades.keys() - set(SECTORS):
        raise UnusableInput(f"params/steps.yml has grades of no sector there is: {', '.join(sorted(unknown))}.")
    if missing := {"school", "board"} - settings.reports.keys():
        raise UnusableInput(f"params/reports.yml has no report for: {', '.join(sorted(missing))}.")
    require_notebooks(settings)
    for code, round_ in settings.rounds.items():
        if absent := [name for name in round_.reports if name not in settings.reports]:
            raise UnusableInput(
                f"params/rounds.yml: {code} makes {', '.join(absent)}, of which params/reports.yml says nothing."
            )
    if strange := sorted(settings.norms.lines.keys() - settings.scales.keys()):
        raise UnusableInput(
            f"params/norms.yml has lines of scales that params/scales.yml has not: {', '.join(strange)}."
        )
    return settings


def _require_profile(settings: Settings, name: str, kind: type, of: str) -> None:
    if not isinstance(settings.disclosure.get(name), kind):
        raise UnusableInput(f"params/release.yml names {name}: no disclosure profile of {of}.")


def _require_words(settings: Settings) -> None:
    """Refuse moments, covariates and splits without the words that a reader sees of them."""
    lacking = [f"moments.{moment}" for moment in MOMENTS if moment not in reader_texts.load()["moments"]]
    lacking += [f"traits.{name}" for name in settings.reference.own_terms if name not in reader_texts.load()["traits"]]
    words = reader_texts.load()["subgroups"]
    for trait in settings.subgroups:
        lacking += [] if trait in words["names"] else [f"subgroups.names.{trait}"]
        for part in ("values", "pupils"):
            there = words[part].get(trait, {})
            lacking += [f"subgroups.{part}.{trait}.{value}" for value in SPLITS.get(trait, ()) if value not in there]
    if lacking:
        raise UnusableInput(
            "params/texts/nl.yml lacks the words for what params/steps.yml, reference.yml and subgroups.yml name: "
            f"{', '.join(lacking)}. Add them: they stand in the reports."
        )


def require_notebooks(settings: Settings) -> None:
    """Refuse chapters that there are not, in whichever command: a release would find out after hours."""
    named = {name for report in settings.reports.values() for name in report.notebooks}
    if absent := sorted(name for name in named if not (project_root() / name).is_file()):
        raise UnusableInput(
            f"params/reports.yml names chapters that do not exist: {', '.join(absent)}. Mend the names there, or add "
            "the notebooks."
        )


def forget() -> None:
    """Have all settings and texts read anew by who asks for them next."""
    load.cache_clear()
    reader_texts.forget()
    params.forget()
