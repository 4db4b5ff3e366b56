import pandas as pd

from nco.base import all_settings
from nco_utils import subgroups, tables
from nco_utils.params import Subgroup

SETTINGS = all_settings.load().subgroups
PAIRS = pd.DataFrame(
    {
        "brinvest": ["99AA00", "99AA00", "99AB00", "99AB00"],
        "pupil_id": ["p", "q", "p", "unknown"],
        "group": ["7A", None, "7A", "7B"],
    }
)
PUPILS = pd.DataFrame(
    {
        "brinvest": ["99AB00", "99AA00", "99AA00"],
        "pupil_id": ["p", "q", "p"],
        "migration": ["westers", "geen", "niet_westers"],
    }
)


def test_members_are_the_displayed_values_and_everything_else_is_the_rest():
    made = subgroups.members(PAIRS, PUPILS, {"migration": SETTINGS["migration"]})["migration"]
    assert made.astype(object).where(made.notna(), None).tolist() == ["niet_westers", "geen", None, None]


def test_a_class_is_that_of_the_pair():
    made = subgroups.members(PAIRS, PUPILS, {"group": Subgroup()})["group"]
    assert made.astype(object).where(made.notna(), None).tolist() == ["7A", None, "7A", "7B"]


def test_every_trait_is_one_of_the_pupils_and_every_displayed_value_occurs_in_it():
    for trait, settings in SETTINGS.items():
        assert trait == subgroups.GROUP or set(settings.values) < set(tables.PUPILS[trait].allowed)
        assert trait == subgroups.GROUP or len(settings.values) >= settings.minimum_values
