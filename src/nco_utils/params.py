"""Settings of the analysis that a person may change: `params/*.yml`, read once and checked."""

from collections.abc import Mapping
from datetime import date
from functools import cache, partial
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from . import strict_yaml
from .errors import UnusableInput
from .project import project_root
from .steps import STEPS, one_of
from .tables import DOMAINS, ESTIMATORS, PROVIDERS, PUPILS, SECTORS, UNKNOWN
from .tables.columns import THIRDS

GROUP_TRAIT = "group"  # the class in which the later test was taken
START_TRAIT = "start"  # the third of the country's scores at the earlier moment
PAIR_TRAITS = (GROUP_TRAIT, START_TRAIT)  # of the pair, not of the pupil
OTHER_DENOMINATION = "anders"
# The classes of each trait of a pupil that has any: who has none of them is unknown.
TRAITS = {each.name: tuple(v for v in each.allowed if v != UNKNOWN) for each in PUPILS.columns if each.allowed}
SPLITS = TRAITS | {START_TRAIT: THIRDS}  # and the class, whose values are names
Domain = Literal[DOMAINS]
# A round's code names its folders, beside those that are delivered.
RoundCode = Annotated[str, Field(pattern=r"^20[0-9]{2}[A-Z][A-Za-z0-9-]*$")]


def _two_years(text: str) -> str:
    first, second = map(int, text.split("-"))
    if second != first + 1:
        raise ValueError(f"{text} is not two years that follow each other")
    return text


SchoolYear = Annotated[str, Field(pattern=r"^20[0-9]{2}-20[0-9]{2}$"), AfterValidator(_two_years)]
StepEnd = Annotated[str, AfterValidator(partial(one_of, STEPS.ends))]


class Section(BaseModel):
    """Settings that belong together: all known by name, and kept as they were read."""

    # No limit is infinite and none is not a number: with such a one a check would never find anything.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Round(Section):
    """One reporting period: the steps whose later moment lies in the school year, up to `moment`.

    Its days, all included: the last for a contract and for the school's approval, that of the suppliers'
    exports, and that of publication. reports: those of params/reports.yml that it makes, which no other round does;
    none: all that no round has as its own. also: what else a contract gives, by the last day on which it does.
    first_year: from which it uses results, where that is earlier than the school year before.
    """

    label: str
    school_year: SchoolYear
    moment: StepEnd
    contract_deadline: date
    approval_deadline: date
    export_date: date
    publication: date
    reports: tuple[str, ...] = ()
    also: dict[str, date] = Field(default_factory=dict)
    first_year: SchoolYear | None = None

    @model_validator(mode="after")
    def _days_in_order(self) -> "Round":
        days = (self.contract_deadline, self.approval_deadline, self.export_date, self.publication)
        if list(days) != sorted(days):
            raise ValueError("contract_deadline, approval_deadline, export_date and publication must follow each other")
        return self

    @property
    def later_moments(self) -> tuple[str, ...]:
        """The moments in which a reported step may end."""
        return STEPS.ends[: STEPS.ends.index(self.moment) + 1]

    def next_deadline(self, today: date) -> date | None:
        """Return the first day from `today` on by which something must be mended; None when all have passed."""
        days = (self.approval_deadline, self.export_date, self.publication)
        return next((day for day in days if day >= today), None)


class Scale(Section):
    """One ability scale: who publishes it, for which domain, and the scores that can occur.

    spread: the standard deviation of pupils' scores at one moment, nearly. until: the last day it was in use.
    percentages_from_level: from this level on, a school whose scores all lie from 0 to 100 delivers percentages.
    percentages_before: until then the publisher gave percentages in groep 3-5. categories: of a test, in deliveries.
    """

    provider: Literal[PROVIDERS]
    domain: Domain
    lowest: float
    highest: float
    spread: float = Field(gt=0)
    until: date | None = None
    percentages_from_level: int | None = None
    percentages_before: date | None = None
    categories: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> "Scale":
        if self.lowest >= self.highest:
            raise ValueError("lowest must be less than highest: else no score is possible")
        return self


class ReferenceModel(Section):
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


class Subgroup(Section):
    """A trait by which a school's pupils are split: the values that are shown; the other pupils are the rest.

    Without values every value that occurs is shown, from `minimum_values` in one school on.
    """

    values: tuple[str, ...] = ()
    minimum_values: int = Field(default=2, ge=2)


class Params(Section):
    """The settings of the analysis together."""

    rounds: dict[RoundCode, Round] = Field(min_length=1)
    scales: dict[str, Scale] = Field(min_length=1)
    reference: ReferenceModel
    subgroups: dict[str, Subgroup]

    def round(self, code: str) -> Round:
        """Return the round of that code; raises UnusableInput, naming the rounds there are."""
        if code not in self.rounds:
            raise UnusableInput(
                f"Round {code!r} does not exist. Rounds in params/rounds.yml: {', '.join(sorted(self.rounds))}."
            )
        return self.rounds[code]


AnyParams = TypeVar("AnyParams", bound=Params)


@cache
def load() -> Params:
    """Read and check the settings of the analysis; raises UnusableInput naming the file and the setting."""
    return checked(Params, of_files())


def of_files() -> dict[str, Any]:
    """Return the settings of the analysis as their files have them, unchecked."""
    named = {name: file(name) for name in ("scales", "reference")}
    return {"rounds": file("rounds").get("rounds"), **named, "subgroups": file("subgroups", empty=True)}


def checked(kind: type[AnyParams], content: Mapping[str, Any]) -> AnyParams:
    """Return settings that were read, of the kind that is asked for; raises UnusableInput naming the setting."""
    try:
        settings = kind.model_validate(content)
    except ValidationError as error:
        raise UnusableInput(f"params/ holds a setting that cannot be used: {_problems(error)}.") from None
    require_splits(settings.subgroups)
    return settings


def _problems(error: ValidationError) -> str:
    return "; ".join(": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in error.errors())


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
        if trait not in SPLITS:
            raise UnusableInput(f"{where} is no trait of pupils. There are: {', '.join(SPLITS)}, {GROUP_TRAIT}.")
        if unknown := [value for value in split.values if value not in SPLITS[trait]]:
            raise UnusableInput(f"{where} has no value {', '.join(unknown)}. There are: {', '.join(SPLITS[trait])}.")
        if len(set(split.values)) < max(len(split.values), split.minimum_values):
            raise UnusableInput(f"{where} needs at least {split.minimum_values} values, each once, to be split by.")


@cache
def file(name: str, empty: bool = False) -> dict[str, Any]:
    """Return what a file of `params/` holds: names and values; raises UnusableInput naming it when it holds others.

    empty: whether a file without any is as good as one that names nothing.
    """
    path = project_root() / "params" / f"{name}.yml"
    content = strict_yaml.read(path)
    if content is None and empty:
        return {}
    if not isinstance(content, dict):
        raise UnusableInput(f"{path} must hold names and values.")
    return content


def forget() -> None:
    """Have the settings read anew by who asks for them next."""
    for read in (load, file):
        read.cache_clear()
