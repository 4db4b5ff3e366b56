"""What the fictitious country is like: `params/country.yml`, read once and checked."""

from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nco.base.reading_settings import MonthDay
from nco_utils import strict_yaml
from nco_utils.errors import UnusableInput
from nco_utils.params import project_root
from nco_utils.tables import DOMAINS, PROVIDERS, VENDORS

Domain = Literal[DOMAINS]
Share = float
EFFECTS = (
    "education_laag", "education_hoog", "education_missing", "age",
    "girl", "westers", "niet_westers", "not_two_parents",
)  # fmt: skip


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SizeClass(_Settings):
    """Schools of `lowest` to `highest` pupils."""

    share: Share
    lowest: int
    highest: int
    skew: float = Field(gt=0)


class Schoolweging(_Settings):
    """The distribution of the schoolweging."""

    mean: float
    sd: float
    lowest: float
    highest: float


class Schools(_Settings):
    """Boards and schools."""

    per_board: float
    board_spread: float
    sbo_share: Share
    second_location_share: Share
    nine_digit_keys_share: Share
    eckid_share: Share
    changed_board_share: Share
    closed_share: Share
    sizes: tuple[SizeClass, ...]
    schoolweging: Schoolweging
    urbanity: tuple[Share, ...]
    urbanity_schoolweging: float
    denominations: dict[str, Share]
    vendors: dict[Literal[VENDORS], Share]
    providers: dict[Literal[PROVIDERS], Share]
    contracts: dict[str, Share]
    objections_share: Share
    two_classes_from: int = Field(ge=20)  # pupils of a jaargroep; so many more are a class more
    levels_spread: float = Field(ge=0)
    several_tests: dict[Literal["by_grade", "by_class", "since", "three"], Share]


class Trait(_Settings):
    """A pupil's trait: classes of a normal variable, from the most favourable on."""

    school: float
    common: float
    shares: dict[str, Share]
    missing: Share = 0.0


class Effect(_Settings):
    """Effect of a trait in SD, per domain: on the first score, and on M8 given the first score."""

    start: tuple[float, float, float]
    m8: tuple[float, float, float]


class Pupils(_Settings):
    """The pupils' traits and what they do to scores."""

    education: Trait
    migration: Trait
    household: Trait
    income: Trait
    repeated: Trait
    boys: Share
    effects: dict[Literal[EFFECTS], Effect]
    sbo_shift: float


class CourseSettings(_Settings):
    """What is known or chosen of the course of one domain."""

    start: str
    earlier_score: float
    growth_sd: float = Field(gt=0)
    growth_icc: float
    m8_icc: float
    school_level: float
    error: float


class DomainCorrelation(_Settings):
    """Correlation between two domains of what pupils and schools have."""

    pupil: float
    school: float


class ScaleScores(_Settings):
    """Mean and SD per moment of one provider's scale; null where there is no test."""

    scale: str
    mean: tuple[float | None, ...]
    sd: tuple[float | None, ...]


class Days(_Settings):
    """The first day of a test period and the number of working days in it."""

    first: MonthDay
    days: int


class Tests(_Settings):
    """When tests are taken, and which are missing."""

    missing: dict[Domain, tuple[Share, ...]]
    days: dict[str, Days]
    diataal_late_share: Share
    later_share: Share
    other_level_share: Share


class DomainScores(_Settings):
    """Scores by category of a test: which schools' exports have them, and how they follow from a pupil's score."""

    schools: Share
    lacking: Share
    items: int = Field(gt=0, le=999)
    right: float
    ability: float
    pupil: float
    school: float


class Closure(_Settings):
    """The school closures of 2020, in a country with that year.

    effects: by domain, on growth up to the end of that school year in each groep, in SD of pupils' growth. missing:
    the share of pupils without the test of then. contracts: as of the schools, with the round of its report.
    """

    school_year: str
    effects: dict[Domain, dict[int, float]]
    missing: dict[Domain, Share]
    contracts: dict[str, Share]


class CountrySettings(_Settings):
    """All settings of the fictitious country."""

    schools: Schools
    pupils: Pupils
    courses: dict[Domain, CourseSettings]
    domain_correlation: DomainCorrelation
    moments: tuple[str, ...]
    providers: dict[Literal[PROVIDERS], dict[Domain, ScaleScores]]
    tests: Tests
    domain_scores: DomainScores
    closure: Closure


@cache
def load() -> CountrySettings:
    """Read and check `params/country.yml`; raises UnusableInput naming the setting."""
    path = project_root() / "params" / "country.yml"
    try:
        return CountrySettings.model_validate(strict_yaml.read(path))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UnusableInput(f"{path} holds a setting that cannot be used: {problems}.") from None
