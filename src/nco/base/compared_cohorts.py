"""Which cohorts a report on one event lays side by side: params/covid.yml."""

from pydantic import Field, model_validator

from nco_utils.params import SchoolYear, Section, StepEnd
from nco_utils.tables import PROVIDERS


class ComparedCohorts(Section):
    """The cohort that the event was in, and those before it, which it is laid beside.

    moment: at which the steps end. providers: whose tests. traits: by which pupils are split, of those of
    params/subgroups.yml. least_years: of the years before, in a school's figure.
    """

    affected: SchoolYear
    before: tuple[SchoolYear, ...] = Field(min_length=1)
    moment: StepEnd
    providers: tuple[str, ...] = Field(min_length=1)
    traits: tuple[str, ...]
    least_years: int = Field(ge=1)

    @model_validator(mode="after")
    def _fits(self) -> "ComparedCohorts":
        if list(self.before) != sorted(set(self.before)) or self.before[-1] >= self.affected:
            raise ValueError("before must be school years in their order, and all before the affected one")
        if self.least_years > len(self.before):
            raise ValueError("least_years is more than there are years before")
        if unknown := set(self.providers) - set(PROVIDERS):
            raise ValueError(f"providers names {', '.join(sorted(unknown))}. There are: {', '.join(PROVIDERS)}")
        return self

    @property
    def years(self) -> tuple[str, ...]:
        """All cohorts, the oldest first."""
        return (*self.before, self.affected)
