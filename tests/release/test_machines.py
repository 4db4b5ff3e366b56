"""One release by processes, one by the workers of a dask cluster, one by three shards: the same bytes."""

import json

import pytest

from tests.conftest import ROUND, SMALL
from tests.support import cluster
from tests.support.machines import Place, alone

pytestmark = pytest.mark.big


@pytest.fixture(scope="module")
def place(demo_data, tmp_path_factory) -> Place:
    return alone(demo_data, tmp_path_factory.mktemp("machines"))


def test_two_workers_of_a_dask_cluster_make_the_same_release(place, tmp_path):
    pytest.importorskip("distributed", reason="needs the extra dask")
    with cluster.cluster() as (address, _):
        made = place.release(tmp_path / "out", "--scheduler", address, "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["made"] == len(SMALL)
    assert place.same(tmp_path / "out")
    assert not (tmp_path / "out/.work" / ROUND / "making").exists()


def test_three_shards_at_once_and_a_last_run_make_the_same_release(place, tmp_path):
    out = tmp_path / "out"
    with place.started(out, "1/3") as one, place.started(out, "2/3") as two, place.started(out, "3/3") as three:
        told = [json.loads(part.communicate()[0]) for part in (one, two, three)]
        assert [part.returncode for part in (one, two, three)] == [0, 0, 0]
    assert not (out / ROUND).exists(), "a shard publishes nothing"
    assert all(part["made"] == part["reports"] > 0 for part in told)
    last = place.release(out, "--json")
    assert last.returncode == 0, last.stderr
    assert json.loads(last.stdout)["made"] == 0
    assert place.same(out)


def test_what_a_shard_did_not_make_the_last_run_makes(place, tmp_path):
    out = tmp_path / "out"
    part = place.release(out, "--shard", "1/3", "--json")
    assert part.returncode == 0, part.stderr
    last = place.release(out, "--json")
    assert json.loads(last.stdout)["made"] > 0
    assert place.same(out)
