"""The moments of a school year, the steps between them, and the grades: `params/steps.yml`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from . import strict_yaml
from .errors import UnusableInput
from .project import project_root

Moment = Annotated[str, Field(pattern=r"^[A-Z]$")]
Grade = Annotated[int, Field(ge=0, le=9, strict=True)]


def one_of(names: tuple[str, ...], text: str) -> str:
    """Return the text when it is one of these names; else raise ValueError: a validator of settings."""
    if text not in names:
        raise ValueError(f"{text!r} is none of {', '.join(names)} (params/steps.yml)")
    return text


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Grades(_Settings):
    """The first and the last grade of a sector."""

    first: Grade
    last: Grade

    @model_validator(mode="after")
    def _in_order(self) -> "Grades":
        if self.first > self.last:
            raise ValueError("the first grade comes after the last")
        return self


class Steps(_Settings):
    """Moments in the order of a school year; steps: the begin of each by its end; grades: by sector."""

    moments: tuple[Moment, ...] = Field(min_length=1)
    steps: dict[Moment, Moment] = Field(min_length=1)
    grades: dict[str, Grades] = Field(min_length=1)

    @model_validator(mode="after")
    def _follow(self) -> "Steps":
        if len(set(self.moments)) < len(self.moments):
            raise ValueError("moments: one is named twice")
        if unknown := {*self.steps, *self.steps.values()} - set(self.moments):
            raise ValueError(f"steps: no moment is called {', '.join(sorted(unknown))}")
        if sorted(self.steps) != sorted(self.steps.values()):
            raise ValueError("steps: each moment at which one ends must be the begin of one, and of no two")
        if any(sum(map(self.over_summer, self.year_of(end))) != 1 for end in self.steps):
            raise ValueError("steps: from one end to the next they must go through the school year in its order")
        return self

    @property
    def ends(self) -> tuple[str, ...]:
        """The moments at which a step ends, in the order of a school year."""
        return tuple(moment for moment in self.moments if moment in self.steps)

    @property
    def first_grade(self) -> int:
        """The lowest grade of any sector."""
        return min(grades.first for grades in self.grades.values())

    @property
    def last_grade(self) -> int:
        """The highest grade of any sector."""
        return max(grades.last for grades in self.grades.values())

    @property
    def moment_pattern(self) -> str:
        """A moment, as part of a regular expression."""
        return f"[{''.join(self.moments)}]"

    @property
    def grade_pattern(self) -> str:
        """A grade, as part of a regular expression."""
        return f"[{self.first_grade}-{self.last_grade}]"

    @property
    def pattern(self) -> str:
        """A whole step such as E7-M8, as a regular expression."""
        moment = self.moment_pattern + self.grade_pattern
        return f"^{moment}-{moment}$"

    def order(self, moment: str) -> int:
        """Return the place of a moment in the school year."""
        return self.moments.index(moment)

    def over_summer(self, end: str) -> bool:
        """Return whether the step that ends at that moment begins in the school year, and the grade, before."""
        return self.order(self.steps[end]) >= self.order(end)

    def year_of(self, moment: str) -> tuple[str, ...]:
        """Return the moments of a school year that the steps from and to a moment go through, in order."""
        found = [moment]
        while (begin := self.steps[found[-1]]) != moment:
            found.append(begin)
        return tuple(sorted(found, key=self.order))

    def name(self, end: str, grade: int) -> str:
        """Return the step that ends at that moment of that grade: E7-M8 of M and 8."""
        return f"{self.steps[end]}{grade - self.over_summer(end)}-{end}{grade}"

    def ends_of(self, end: str, school_year: str) -> tuple[str, str]:
        """Return begin and end of a step that ends in a school year: 2020-2021E and 2021-2022M."""
        begins_in = year_before(school_year) if self.over_summer(end) else school_year
        return f"{begins_in}{self.steps[end]}", f"{school_year}{end}"


def year_before(school_year: str) -> str:
    """Return the school year before: 2020-2021 for 2021-2022."""
    first = int(school_year[:4])
    return f"{first - 1}-{first}"


def read() -> Steps:
    """Read and check `params/steps.yml`; raises UnusableInput naming the setting."""
    path = project_root() / "params" / "steps.yml"
    try:
        return Steps.model_validate(strict_yaml.read(path))
    except ValidationError as error:
        told = "; ".join(": ".join(filter(None, (".".join(map(str, e["loc"])), e["msg"]))) for e in error.errors())
        raise UnusableInput(f"{path} cannot be used: {told}.") from None


STEPS = read()
