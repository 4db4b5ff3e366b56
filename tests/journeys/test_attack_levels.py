"""The attack on levels and on growth by starting score: of a few pupils it finds nothing, but without protection."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import earlier_releases, levels, nesting, protect, settle, shown_tables, suppress
from nco_utils import subgroups, tables
from tests.attack import levels as attack
from tests.attack import scores
from tests.support.publishing import Country, country, publish, school, shown_sets, with_next_step

SIZES = [26, 30, 34, 40, 61, 70, 75]
pytestmark = pytest.mark.slow
UNIT = ["release", *tables.UNIT_KEYS]


def classed(made: Country, rest: int) -> Country:
    """The country with one class at every school, but for so many pupils who are in none."""
    inside = made.pairs.groupby("brinvest").cumcount() >= rest
    return replace(made, pairs=made.pairs.assign(group=np.where(inside, "7A", None)))


RANKS = all_settings.load().profile.protected_ranks


def attacked(data, *codes: str, ranks: int = RANKS) -> list[attack.Found]:
    shown, members = [], shown_sets([(code, data / code) for code in codes])[1]
    for code in codes:
        report = tables.read(shown_tables.REPORT, data / code)
        shown.append(report[report["status"] == "shown"].assign(release=code))
    return attack.found(pd.concat(shown)[[*UNIT, *levels.LEVELS]], members, ranks)


def test_levels_say_of_no_few_pupils_on_which_side_of_a_score_they_lie(tmp_path):
    publish(tmp_path, "2022E", classed(country([4, 9, 13, *SIZES]), 2))
    assert attacked(tmp_path, "2022E") == []


def test_without_pupils_on_either_side_of_a_quantile_the_lowest_few_are_found(tmp_path, monkeypatch):
    own = protect.levels.of_schools
    monkeypatch.setattr(
        protect.levels, "of_schools", lambda p, d, profile: own(p, d, profile.model_copy(update={"minimum_tail": 1}))
    )
    publish(tmp_path, "2022E", country(SIZES))
    assert {each.what for each in attacked(tmp_path, "2022E")} == {"tail"}


def test_with_levels_of_classes_the_few_pupils_of_no_class_are_found(tmp_path, monkeypatch):
    """Two pupils of no class, who have the lowest scores: the two classes and the whole together say so."""
    made = country(SIZES)
    place = made.pairs.groupby("brinvest")["score_after"].rank(method="first")
    made = replace(made, pairs=made.pairs.assign(group=np.where(place <= 2, None, np.where(place % 2, "7A", "7B"))))
    publish(tmp_path / "on", "2022E", made)
    assert attacked(tmp_path / "on", "2022E") == []
    own = protect._with_levels

    def of_classes_too(measured, pairs, decisions, profile):
        found = own(measured, pairs, decisions, profile.model_copy(update={"protected_ranks": 0}))
        middle = pairs.groupby(["brinvest", "group"])["score_after"].quantile([0.25, 0.5, 0.75]).unstack()
        at = pd.MultiIndex.from_frame(found[["brinvest", "value"]])
        for name, percentile in (("level_p25", 0.25), ("level_p50", 0.5), ("level_p75", 0.75)):
            found[name] = found[name].fillna(pd.Series(middle[percentile].reindex(at).to_numpy(), found.index))
        return found

    monkeypatch.setattr(protect, "_with_levels", of_classes_too)
    monkeypatch.setattr(suppress, "_small", _only_values)
    publish(tmp_path / "off", "2022E", made)
    assert ("apart", 2) in {(each.what, each.pupils) for each in attacked(tmp_path / "off", "2022E", ranks=0)}


@pytest.mark.parametrize("few", [1, 5])
def test_two_releases_with_a_few_pupils_more_tell_the_levels_of_the_first(tmp_path, few):
    made = country(SIZES)
    first = replace(made, pairs=made.pairs[made.pairs.groupby("brinvest").cumcount() >= few])
    first = replace(first, pairs=first.pairs.assign(start=subgroups.starting_thirds(first.pairs)))
    publish(tmp_path, "2022E", first)
    earlier_releases.keep("2022E", tmp_path)
    before = tables.read(shown_tables.REPORT, tmp_path / "2022E")
    publish(tmp_path, "2022E", made)
    after = tables.read(shown_tables.REPORT, tmp_path / "2022E")
    columns = ["brinvest", *levels.LEVELS]
    whole = [each.loc[each["trait"] == tables.ALL, columns].reset_index(drop=True) for each in (before, after)]
    assert whole[0]["level_p50"].notna().any()
    pd.testing.assert_frame_equal(*whole)
    kept = f"2022E/{earlier_releases.PUBLISHED}/1"
    assert attacked(tmp_path, kept, "2022E") == []


def with_a_next_step(seed: int) -> Country:
    """Thirty schools with the next step too, of which one pupil of each misses the last test."""
    return with_next_step(country([25] * 30, seed))


def test_levels_and_the_thirds_of_the_next_step_place_no_few_pupils(tmp_path):
    publish(tmp_path, "2022E", with_a_next_step(3))
    report = tables.read(shown_tables.REPORT, tmp_path / "2022E")
    assert (report.loc[report["step"] == "M7-E7", "trait"] == subgroups.START).any()
    assert attacked(tmp_path, "2022E") == []


def test_with_levels_that_are_one_pupils_score_the_next_step_places_who_left(tmp_path, monkeypatch):
    """Of 25 pupils 7 are up to the first quarter; of the 24 of the next step 6 begin in the lowest third: so ..."""
    own = protect.levels.of_schools
    monkeypatch.setattr(
        protect.levels, "of_schools", lambda p, d, profile: own(p, d, profile.model_copy(update={"protected_ranks": 0}))
    )
    publish(tmp_path, "2022E", with_a_next_step(3))
    assert {(each.what, each.pupils) for each in attacked(tmp_path, "2022E", ranks=0)} == {("apart", 1)}


# --- growth by starting score --------------------------------------------------------------------


def test_a_pupil_more_in_the_country_moves_nobody_from_third_to_third_between_releases(tmp_path):
    """Else two releases, of the same pupils of a school, would differ by the pupil who moved."""
    made = country(SIZES)
    publish(tmp_path, "2022E", made)
    earlier_releases.keep("2022E", tmp_path)
    assert _moved(tmp_path, _with_a_large_school(made)) == 0


def test_with_thirds_of_each_release_by_itself_the_pupils_who_move_are_found(tmp_path, monkeypatch):
    made = country(SIZES)
    publish(tmp_path, "2022E", made)
    earlier_releases.keep("2022E", tmp_path)
    own = subgroups.starting_thirds
    monkeypatch.setattr(subgroups, "starting_thirds", lambda pairs, before=(): own(pairs))
    monkeypatch.setattr(settle, "_decide", _as_they_are)
    assert _moved(tmp_path, _with_a_large_school(made)) > 0


def _as_they_are(past, withdrawn) -> pd.DataFrame:
    """Every block is used as it is now."""
    found = earlier_releases.versions(past.now, settle.split_traits(past.settings)).reset_index()
    return found.assign(source=-1, decision=settle.NEW)


def _with_a_large_school(made: Country) -> Country:
    """A school more, of pupils who begin low: the country's thirds move down."""
    more = country([150], seed=9)
    rows = {"brinvest": school(50), "pupil_id": [f"more-{i}" for i in range(150)]}
    pairs = more.pairs.assign(**rows)
    pairs[["score_before", "score_after"]] -= 60.0
    pairs = tables.conform(pd.concat([made.pairs, pairs]), tables.GROWTH)
    pairs = pairs.assign(start=subgroups.starting_thirds(pairs))
    return Country(pairs, tables.conform(pd.concat([made.pupils, more.pupils.assign(**rows)]), tables.PUPILS))


def _moved(data, made: Country) -> int:
    """How many pupils of whom the first release shows thirds are in another one in the second."""
    publish(data, "2022E", made)
    folders = [data / f"2022E/{earlier_releases.PUBLISHED}/1", data / "2022E"]
    pairs = [tables.read(tables.GROWTH, folder)[["brinvest", "pupil_id", "start"]] for folder in folders]
    first = tables.read(shown_tables.REPORT, folders[0])
    told = first.loc[(first["trait"] == subgroups.START) & (first["status"] == "shown"), "brinvest"]
    both = pairs[0].merge(pairs[1], on=["brinvest", "pupil_id"], suffixes=("", "_now"))
    both = both[both["brinvest"].isin(told)]
    assert len(both), "thirds are shown"
    return int((both["start"] != both["start_now"]).sum())


def test_growth_of_thirds_leaves_the_scores_and_growth_of_a_few_open(tmp_path):
    publish(tmp_path, "2022E", classed(country([5, 9, 13, *SIZES]), 0))
    report = tables.read(shown_tables.REPORT, tmp_path / "2022E")
    assert ((report["trait"] == subgroups.START) & (report["status"] == "shown")).any()
    figures, members = shown_sets([("2022E", tmp_path / "2022E")])
    limits = {code: (each.lowest, each.highest) for code, each in all_settings.load().scales.items()}
    assert scores.found(figures, members, limits) == []


def test_every_third_that_is_shown_has_six_pupils_or_more(tmp_path):
    publish(tmp_path, "2022E", country([12, 15, 18, 19, 20, 21, 22, *SIZES]))
    report = tables.read(shown_tables.REPORT, tmp_path / "2022E")
    shown = report[(report["trait"] == subgroups.START) & (report["status"] == "shown")]
    assert len(shown)
    assert (shown["n_pupils"] >= 6).all()
    whole = report[report["trait"] == tables.ALL].set_index("brinvest")["n_pupils"]
    assert (shown.groupby("brinvest")["n_pupils"].sum() == whole[shown["brinvest"].unique()]).all()


def test_without_the_rule_for_parts_that_lie_within_each_other_thirds_give_a_few_away(tmp_path, monkeypatch):
    """A class of all pupils but two, who begin low, beside the thirds: the two are the rest of the lowest third."""
    made = country(SIZES)
    pairs = made.pairs
    low = pairs[pairs["start"] == "laag"]
    few = low.groupby("brinvest")["pupil_id"].head(2)
    group = np.where(pairs["pupil_id"].isin(few), None, np.where(pairs["start"] == "laag", "7A", "7B"))
    made = replace(made, pairs=pairs.assign(group=group))
    limits = {code: (each.lowest, each.highest) for code, each in all_settings.load().scales.items()}
    publish(tmp_path / "on", "2022E", made)
    assert scores.found(*shown_sets([("2022E", tmp_path / "on" / "2022E")]), limits) == []
    monkeypatch.setattr(nesting, "nested", lambda one, other, chosen, minimum: np.zeros(len(chosen), bool))
    monkeypatch.setattr(suppress, "_small", _only_values)
    publish(tmp_path / "off", "2022E", made)
    assert scores.found(*shown_sets([("2022E", tmp_path / "off" / "2022E")]), limits)


def _only_values(split, profile) -> np.ndarray:
    return ((split.cells[:, :-1] < profile.minimum_group) & split.exists[:, :-1]).any(axis=1)
