"""A run of the national notebook by hand writes a folder of its own; only `nco analyse` writes what a release reads."""

import hashlib
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nco.base import all_settings, private
from nco.disclosure import shown_tables
from nco.disclosure.settle import Settled
from nco.notebooks import execute, variants
from nco.release import round_pipeline
from nco_utils import national as figures
from nco_utils import params, reference, tables
from nco_utils.errors import UnusableInput
from nco_utils.growth import Growth
from tests.conftest import ROUND
from tests.support.simulated import simulate

WRITE = """
import pickle, sys
from pathlib import Path
from nco.notebooks import variants
print(variants.write(Path(sys.argv[1]), "2022E", "proef", *pickle.loads(Path(sys.argv[2]).read_bytes())))
"""


def run_of(country, model=None) -> tuple:
    """What the national notebook has at its end, of a simulated country."""
    members = country.members({})
    units = country.figures(members)
    made = reference.references(country.pairs, units, members, country.known, model or all_settings.load().reference)
    blocks = tables.conform(
        country.pairs[tables.BLOCK_KEYS].drop_duplicates().assign(decision="new"), shown_tables.BLOCKS
    )
    settled = Settled(country.pairs, blocks, country.known.pupils)
    coverage = tables.empty(tables.COVERAGE)
    national = figures.national(country.pairs, country.known.schools)
    return settled, Growth(country.pairs, coverage), national, units, made


@pytest.fixture(scope="module")
def run() -> tuple:
    return run_of(simulate(32, 1))


@pytest.fixture
def data(tmp_path) -> Path:
    """A data folder with official tables of a round."""
    (tmp_path / ROUND).mkdir()
    (tmp_path / ROUND / "reference.parquet").write_text("official")
    return tmp_path


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*") if path.is_file()}


def test_by_hand_a_variant_is_written_and_the_official_tables_stay(data, run):
    before = hashes(data / ROUND)
    assert variants.write(data, ROUND, "proef", *run) == "2022E/variants/proef"
    assert hashes(data / ROUND) == before
    there = {path.name for path in (data / ROUND / "variants" / "proef").iterdir()}
    assert there == {*(f"{table.name}.parquet" for table in variants.TABLES), variants.SEAL}


def test_a_variant_has_no_rows_of_pupils(data, run):
    variants.write(data, ROUND, "proef", *run)
    for frame in variants.read("proef", ROUND, data).values():
        assert "pupil_id" not in frame


def test_a_variant_is_for_its_owner_only(data, run):
    variants.write(data, ROUND, "proef", *run)
    folders = [data / ROUND / "variants", data / ROUND / "variants" / "proef"]
    assert {path.stat().st_mode & 0o777 for path in folders} == {private.FOLDER}
    assert {path.stat().st_mode & 0o777 for path in folders[1].iterdir()} == {private.FILE}


def test_while_an_analysis_runs_the_notebook_writes_the_official_tables_whatever_its_variant_is_called(data, run):
    """The same call: it is the analysis alone that makes the difference, and without that the tables are lost."""
    before = hashes(data / ROUND)
    with variants.official(data / ROUND):
        assert variants.write(data, ROUND, "proef", *run) == ROUND
    assert hashes(data / ROUND)["reference.parquet"] != before["reference.parquet"]
    assert (data / ROUND / "growth.parquet").is_file()
    assert not (data / ROUND / "variants").exists()


def test_after_an_analysis_and_after_one_that_failed_a_run_by_hand_writes_a_variant_again(data, run):
    with pytest.raises(ZeroDivisionError), variants.official(data / ROUND):
        raise ZeroDivisionError
    assert variants.write(data, ROUND, "proef", *run) == "2022E/variants/proef"


def test_an_analysis_of_one_round_gives_no_right_to_the_tables_of_another(data, run):
    with variants.official(data / "2022M"):
        assert variants.write(data, ROUND, "proef", *run) == "2022E/variants/proef"


@pytest.mark.slow
def test_another_process_never_writes_official_tables_though_an_analysis_started_it(data, run, tmp_path):
    """So nothing in the environment, and no file that a killed analysis left, makes a run by hand official."""
    (tmp_path / "run").write_bytes(pickle.dumps(run))
    with variants.official(data / ROUND):
        told = subprocess.run(
            [sys.executable, "-c", WRITE, data, tmp_path / "run"], capture_output=True, text=True, check=True
        )
    assert told.stdout.strip() == "2022E/variants/proef"


@pytest.mark.parametrize(
    "name", ["", "official", "../x", "a/b", "a\\b", ".hidden", "Groot", "naam met spatie", "x" * 51, "..", "a\n", None]
)
def test_a_name_that_is_no_folder_of_its_own_is_refused(data, run, name):
    with pytest.raises(UnusableInput, match="cannot be called"):
        variants.write(data, ROUND, name, *run)
    assert not (data / ROUND / "variants").exists()


def test_what_is_no_name_is_refused_without_being_quoted(run):
    with pytest.raises(UnusableInput) as refused:
        variants.require_name(run[0].pairs)
    assert str(run[0].pairs["pupil_id"].iloc[0]) not in str(refused.value)


def test_a_variant_that_is_not_there_is_told_with_those_that_are(data, run):
    variants.write(data, ROUND, "proef", *run)
    with pytest.raises(UnusableInput, match=r"no variant 'andere'.*There are: proef"):
        variants.read("andere", ROUND, data)


def test_a_variant_that_was_changed_or_written_halfway_is_not_read(data, run):
    variants.write(data, ROUND, "proef", *run)
    folder = data / ROUND / "variants" / "proef"
    shutil.copy(folder / "national.parquet", folder / "reference.parquet")
    with pytest.raises(UnusableInput, match=r"reference\.parquet is not what"):
        variants.read("proef", ROUND, data)
    (folder / variants.SEAL).unlink()
    with pytest.raises(UnusableInput, match="no variant 'proef'"):
        variants.read("proef", ROUND, data)


def test_a_variant_of_the_same_name_is_replaced(data, run):
    for seed in (1, 2):
        made = run_of(simulate(32, seed))
        variants.write(data, ROUND, "proef", *made)
        assert variants.read("proef", ROUND, data)["model_terms"].equals(made[-1].terms)


def test_a_notebook_that_writes_no_tables_is_no_analysis(data, monkeypatch):
    """Else the tables of an earlier one, or somebody's, would be cut and released as new."""
    monkeypatch.setattr(execute, "execute", lambda *_, **__: None)
    with pytest.raises(UnusableInput, match=r"landelijk\.ipynb ran, but wrote no tables of 2022E"):
        round_pipeline._national_notebook("landelijk", ROUND, data, None)


@pytest.mark.big
@pytest.mark.parametrize("engine", ["nco", "kernel"])
def test_the_notebook_run_by_hand_leaves_the_official_tables_and_tells_where_its_own_are(analysed, tmp_path, engine):
    data = shutil.copytree(analysed, tmp_path / "data")
    before = hashes(data / ROUND)
    source = params.project_root() / "notebooks" / "landelijk.ipynb"
    values = {"data": str(data), "round_code": ROUND, "variant": "met-de-hand"}
    made = execute.execute(source, tmp_path / "made.ipynb", values, engine=engine, cwd=source.parent, seconds=900)
    assert "Tabellen geschreven in 2022E/variants/met-de-hand/" in made.cells[-1].outputs[0]["text"]
    assert hashes(data / ROUND) == before
    round_pipeline.up_to_date(ROUND, data, lambda stage: pytest.fail(stage))
    official = variants.read(variants.OFFICIAL, ROUND, data)
    for name, frame in variants.read("met-de-hand", ROUND, data).items():
        assert frame.equals(official[name])
