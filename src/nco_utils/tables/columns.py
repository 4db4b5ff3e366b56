"""The words of the canonical tables: patterns, allowed values, and the columns that several tables share."""

from ..steps import STEPS
from .schema import Column

BRIN_PATTERN = r"^[0-9]{2}[A-Z]{2}$"  # DUO: two digits, two letters
BRINVEST_PATTERN = r"^[0-9]{2}[A-Z]{2}[0-9]{2}$"  # BRIN followed by the two-digit vestigingsnummer
BOARD_PATTERN = r"^[0-9]{5}$"  # bestuursnummer
STEP_PATTERN = STEPS.pattern
YEAR_PATTERN = r"^20[0-9]{2}-20[0-9]{2}$"

DOMAINS = ("begrijpend_lezen", "spelling", "rekenen_wiskunde")
SECTORS = ("bo", "sbo", "vo")
VENDORS = ("parnassys", "esis", "cito")
PROVIDERS = ("cito", "iep", "boom", "diataal")
MOMENTS = STEPS.moments
UNKNOWN = "onbekend"
YES_NO = ("nee", "ja", UNKNOWN)

ALL = "all"  # the trait of the whole school, and its only value
MODEL_STATES = ("fitted", "too_few_schools", "too_few_pupils", "not_for_sbo")
ESTIMATORS = ("random_intercept", "ols_cluster")
NOTE_CODES = ("constant", "collinear")

POINTS = "points of the scale"
PUPILS = "pupils"

BRINVEST = Column("brinvest", "text", "school location: BRIN and vestiging", pattern=BRINVEST_PATTERN)
PUPIL = Column("pupil_id", "text", "key of the pupil, unique within the school location")
DOMAIN = Column("domain", "text", "domain (vakgebied) of the test", allowed=DOMAINS)
SCALE = Column("scale", "text", "code of the ability scale; scores of two scales are never compared")
STEP = Column("step", "text", "two consecutive moments, such as E7-M8", pattern=STEP_PATTERN)
SECTOR = Column("sector", "text", "sector", allowed=SECTORS)
COHORT = Column("school_year", "text", "cohort: school year of the later moment", pattern=YEAR_PATTERN)
TRAIT = Column("trait", "text", "trait by which the pupils are split (params/subgroups.yml); all: not split")
VALUE = Column("value", "text", "value of that trait; all: every pupil")
THIRDS = ("laag", "midden", "hoog")
START = Column("start", "text", "third of the country's scores at the earlier moment", allowed=THIRDS, nullable=True)
GROUP = Column("group", "text", "class (groep) as the supplier names it; empty where it has none", nullable=True)

# The pupils of one school that one growth figure is about.
UNIT_OF_SUPPRESSION = (BRINVEST, COHORT, STEP, DOMAIN, SCALE)
UNIT = (*UNIT_OF_SUPPRESSION, TRAIT, VALUE)
MODEL = (SECTOR, COHORT, STEP, DOMAIN, SCALE)  # what one reference model and one national mean are of


def names(columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Return the names of the columns: the key of a table that has one row for each."""
    return tuple(column.name for column in columns)
