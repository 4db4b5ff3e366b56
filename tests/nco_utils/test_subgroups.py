import pandas as pd

from nco.base import all_settings
from nco_utils import subgroups, tables
from nco_utils.params import PAIR_TRAITS, Subgroup

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
        if trait not in PAIR_TRAITS:
            assert set(settings.values) < set(tables.PUPILS[trait].allowed)
        assert trait == subgroups.GROUP or len(settings.values) >= settings.minimum_values


def begun(*scores: float, **same: str) -> pd.DataFrame:
    """Pairs of one cohort, step, domain and scale with these scores at the earlier moment."""
    key = {"school_year": "2022-2023", "step": "M5-E5", "domain": "spelling", "scale": "S"} | same
    return pd.DataFrame({"score_before": scores} | key)


def test_a_third_of_the_country_begins_in_each_third_whatever_the_order_of_its_pairs():
    made = begun(*range(9)).sample(frac=1, random_state=1)
    assert subgroups.starting_thirds(made).sort_index().tolist() == ["laag"] * 3 + ["midden"] * 3 + ["hoog"] * 3


def test_equal_scores_are_in_one_third():
    thirds = subgroups.starting_thirds(begun(1, 5, 5, 5, 5, 9))
    assert thirds.tolist() == ["laag", "laag", "laag", "laag", "laag", "hoog"]


def test_every_step_has_thirds_of_its_own():
    both = pd.concat([begun(1, 2, 3), begun(101, 102, 103, step="E4-M5")], ignore_index=True)
    assert subgroups.starting_thirds(both).tolist() == ["laag", "midden", "hoog"] * 2


def test_a_pupil_more_moves_no_pupil_of_an_earlier_release_to_another_third():
    first = begun(*range(9))
    first["start"] = subgroups.starting_thirds(first)
    later = begun(*range(9), *[20.0] * 9)
    assert subgroups.starting_thirds(later).tolist()[:9] == ["laag"] * 6 + ["midden"] * 3, "by itself it would"
    again = subgroups.starting_thirds(later, [first])
    assert again.tolist()[:9] == first["start"].tolist()
    assert set(again[9:]) == {"hoog"}


def test_the_start_of_a_pair_is_a_trait_without_a_rest():
    pairs = PAIRS.assign(start=["laag", "hoog", "midden", "laag"])
    made = subgroups.members(pairs, PUPILS, {"start": SETTINGS["start"]})["start"]
    assert made.tolist() == pairs["start"].tolist()
