"""What was released is kept, and binds what is released after it, of the same round too."""

import shutil
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

from nco.base import all_settings, sealed
from nco.deliveries.rotation import _tables_with_pupils
from nco.disclosure import earlier_releases, shown_tables
from nco.register import keyfile
from nco.release import planning, provenance, release, round_pipeline, shards
from nco_utils import data_folder, tables
from nco_utils.errors import UnusableInput
from nco_utils.tables.computed import WITHOUT_GROWTH
from tests.conftest import ROUND
from tests.support.publishing import country, publish, school


@pytest.fixture
def data(analysed, tmp_path):
    """A copy of the analysed demo, of which nothing was released yet."""
    target = tmp_path / "data"
    shutil.copytree(analysed, target)
    shutil.rmtree(target / ROUND / data_folder.PUBLISHED, ignore_errors=True)
    return target


def test_a_release_is_kept_once_and_counts_for_its_own_round_and_later_ones(data):
    settings = all_settings.load()
    assert earlier_releases.earlier(ROUND, data, settings) == []
    for _ in range(2):
        earlier_releases.keep(ROUND, data)
    assert earlier_releases.earlier(ROUND, data, settings) == [f"{ROUND}/published/1"]
    assert earlier_releases.earlier("2023M", data, settings) == [f"{ROUND}/published/1"]
    assert earlier_releases.earlier("2022M", data, settings) == []


def test_an_earlier_round_that_was_analysed_only_counts_as_released(data):
    assert earlier_releases.earlier("2023M", data, all_settings.load()) == [ROUND]


def test_kept_tables_get_another_key_with_the_others(data):
    earlier_releases.keep(ROUND, data)
    kept = data / ROUND / data_folder.PUBLISHED / "1"
    assert {kept / "growth.parquet", kept / "pupils.parquet"} <= set(_tables_with_pupils(data)[data / ROUND])


def _rounds(data, key: str, *codes: str, kept: tuple[str, ...] = ()) -> None:
    """Rounds that were validated with a key; `kept`: and released."""
    for code in codes:
        (data / code).mkdir(parents=True, exist_ok=True)
        keyfile.note_use(data / code, key)
    for code in kept:
        (data / code / data_folder.PUBLISHED / "1").mkdir(parents=True)


@pytest.mark.parametrize(
    ("codes", "kept"), [(["2021E"], ()), (["2022E"], ("2022E",)), (["2023M"], ("2023M",)), (["2021E", "2023E"], ())]
)
def test_what_was_released_before_with_another_key_stops_a_release_with_what_to_do(tmp_path, codes, kept):
    """Under other pseudonyms no pupil would be recognised, and the protection would be off."""
    _rounds(tmp_path, "0123456789ab", *codes, kept=kept)
    for step in (round_pipeline.validate, round_pipeline.analyse, round_pipeline.up_to_date):
        with pytest.raises(UnusableInput) as refused:
            step("2022E", tmp_path)
        for word in (codes[0], "0123456789ab", keyfile.ENVIRONMENT_VARIABLE, str(tmp_path / codes[0]), "from a copy"):
            assert word in str(refused.value)
    (tmp_path / codes[0]).rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    earlier_releases.require_one_key("2022E", tmp_path, all_settings.load())


def test_the_key_of_a_release_is_known_when_all_else_of_the_round_was_removed(data, tmp_path):
    earlier_releases.keep(ROUND, data)
    kept = data / ROUND / data_folder.PUBLISHED
    number = data_folder.rounds_by_key(data)[ROUND]
    for path in {*(data / ROUND).iterdir()} - {kept}:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert data_folder.rounds_by_key(data) == {ROUND: number}
    for code in (ROUND, "2023M"):
        earlier_releases.require_one_key(code, data, all_settings.load())
    keyfile.note_use(kept / "1", "0123456789ab")
    for code in (ROUND, "2023M"):
        with pytest.raises(UnusableInput, match="0123456789ab"):
            earlier_releases.require_one_key(code, data, all_settings.load())


def test_a_round_that_was_never_released_may_be_validated_again_with_another_key(tmp_path):
    _rounds(tmp_path, "0123456789ab", "2022E", "2023M")
    earlier_releases.require_one_key("2022E", tmp_path, all_settings.load())


def test_rounds_of_the_key_in_use_are_no_hindrance(tmp_path):
    number = keyfile.key_for(tmp_path).number
    _rounds(tmp_path, number, "2021E", "2022E", "2023M", kept=("2021E", "2022E", "2023M"))
    earlier_releases.require_one_key("2022E", tmp_path, all_settings.load())


# --- rounds out of the calendar's order -----------------------------------------------------------


def test_a_round_before_one_that_was_released_is_refused_with_what_it_would_cost(data, tmp_path):
    (data / "2023M" / data_folder.PUBLISHED / "1").mkdir(parents=True)
    request = planning.Request(ROUND, data, tmp_path / "out", engine="embedded")
    for run in (release.release, partial(release.shard, part=shards.parse("1/2"))):
        with pytest.raises(UnusableInput, match=r"2023M was released already.*--out-of-order.*is hidden"):
            run(request, progress=lambda *_: None)
    assert not (tmp_path / "out").exists()
    release._require_order(planning.Request(ROUND, data, tmp_path / "out", out_of_order=True))
    release._require_order(planning.Request("2023E", data, tmp_path / "out"))


def test_a_later_round_that_was_analysed_only_is_no_hindrance(data, tmp_path):
    assert earlier_releases.later("2022M", data, all_settings.load()) == []
    earlier_releases.keep(ROUND, data)
    assert earlier_releases.later("2022M", data, all_settings.load()) == [ROUND]
    assert earlier_releases.before("2022M", data, all_settings.load()) == [f"{ROUND}/published/1"]
    assert earlier_releases.before(ROUND, data, all_settings.load()) == [f"{ROUND}/published/1"]


def _out_of_order(data) -> None:
    """Release a later round first, and then the one before it, in which a school has a pupil fewer."""
    made = country([12, 14, 13, 15, 12, 11], seed=3)
    publish(data, "2022E", made)
    earlier_releases.keep("2022E", data)
    publish(data, "2022M", replace(made, pairs=made.pairs.drop(index=0).reset_index(drop=True)))


@pytest.mark.slow
def test_a_round_released_out_of_order_shows_nothing_a_pupil_apart_from_what_was_shown(tmp_path):
    _out_of_order(tmp_path)
    decisions = tables.read(shown_tables.BLOCKS, tmp_path / "2022M")["decision"].value_counts()
    assert decisions.to_dict() == {"unchanged": 5, "frozen": 1}
    shown = [_of(tmp_path / code) for code in ("2022E", "2022M")]
    pd.testing.assert_frame_equal(*shown)
    assert len(shown[0]) == 6


@pytest.mark.slow
def test_without_what_later_rounds_showed_a_round_out_of_order_would_give_a_pupil_away(tmp_path, monkeypatch):
    monkeypatch.setattr(earlier_releases, "before", earlier_releases.earlier)
    _out_of_order(tmp_path)
    one, other = (_of(tmp_path / code).set_index("brinvest") for code in ("2022E", "2022M"))
    apart = (one["n_pupils"] - other["n_pupils"])[lambda n: n > 0]
    assert apart.to_dict() == {school(0): 1}


def _of(folder) -> pd.DataFrame:
    """What a round shows of all pupils of each school."""
    report = tables.read(shown_tables.REPORT, folder).query("trait == 'all' and status == 'shown'")
    return report[["brinvest", "n_pupils", "mean_growth"]].sort_values("brinvest", ignore_index=True)


@pytest.mark.big
def test_a_round_released_again_does_not_give_away_the_one_pupil_who_changed(data):
    """The difference of two means of one group is the change of one pupil's score; so the first figures stay."""
    before = tables.read(shown_tables.REPORT, data / ROUND)
    earlier_releases.keep(ROUND, data)
    results = tables.read(tables.RESULTS, data / ROUND)
    later = results.index[(results["brinvest"] == "99AC00") & (results["test_code"] == "BL-M8")][0]
    tables.write(
        results.assign(score=results["score"].mask(results.index == later, 30.0)), tables.RESULTS, data / ROUND
    )
    # As `nco validate` leaves the results of a delivery in which that score is another one.
    validated = provenance.seal(provenance.VALIDATED, ROUND, data)
    sealed.renew(validated, [data / ROUND / f"{tables.RESULTS.name}.parquet"])
    round_pipeline.analyse(ROUND, data)
    assert (tables.read(shown_tables.BLOCKS, data / ROUND).set_index("brinvest").at["99AC00", "decision"]) == "frozen"
    after = tables.read(shown_tables.REPORT, data / ROUND)
    # Counts of this release's own results.
    counts = ["n_without_growth", "n_results_other_scale", "percent_with_growth", *WITHOUT_GROWTH]
    pd.testing.assert_frame_equal(after.drop(columns=counts), before.drop(columns=counts))
