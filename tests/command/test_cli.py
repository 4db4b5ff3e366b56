import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nco.register import delivery_tables
from nco_utils import tables
from nco_utils.params import project_root
from tests.conftest import ROUND

NCO = [sys.executable, "-m", "nco"]
EXPORT = Path("exports") / ROUND / "cito" / "bdf-2022E.csv"


def nco(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([*NCO, *map(str, arguments)], capture_output=True, text=True, timeout=300, check=False)


def refused(done: subprocess.CompletedProcess, *words: str) -> None:
    """Exit code 2, one message with these words, no traceback, no value of a pupil."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    for word in words:
        assert word in done.stderr


@pytest.fixture
def data(demo_data, tmp_path) -> Path:
    """A copy of the demo folder as delivered, to be spoiled."""
    return shutil.copytree(demo_data, tmp_path / "data")


@pytest.mark.slow
def test_a_wrong_round_is_refused_with_the_rounds_there_are(data):
    refused(nco("validate", "2031X", "--data", data), "2031X", "2022E")


@pytest.mark.slow
def test_a_missing_data_folder_is_refused(tmp_path):
    done = nco("release", ROUND, "--data", tmp_path / "nowhere", "--out", tmp_path / "out")
    refused(done, "nowhere")
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda text: "", ["bdf-2022E.csv"], id="empty file", marks=pytest.mark.big),
        pytest.param(lambda text: text.replace("SCHAAL,", "", 1), ["bdf-2022E.csv", "SCHAAL"], id="missing column"),
    ],
)
def test_a_delivery_of_which_nothing_is_usable_stops_with_file_column_and_what_to_do_and_makes_nothing(
    data, tmp_path, spoil, words
):
    export = data / EXPORT
    export.write_text(spoil(export.read_text(encoding="utf-8-sig")), encoding="utf-8-sig")
    done = nco("release", ROUND, "--data", data, "--out", tmp_path / "out")
    refused(done, *words)
    assert not (tmp_path / "out" / ROUND).exists()
    assert not (data / ROUND / "results.parquet").exists()
    assert (data / ROUND / "findings.parquet").exists()
    assert (data / ROUND / "leveringsverslag/suppliers/cito.html").exists()


@pytest.mark.big
def test_a_release_without_the_rows_that_are_set_aside_goes_on_exits_1_and_the_status_says_so(data, tmp_path):
    export = data / EXPORT
    text = re.sub(r"(?m)^99AB00", "98ZZ00", export.read_text(encoding="utf-8-sig"))  # 20 rows of no enrolled school
    export.write_text(text.replace(",BDF-TAAL,", ",BDF-TALEN,", 1), encoding="utf-8-sig")  # one of no known scale
    done = nco("release", ROUND, "--data", data, "--out", tmp_path / "out", "--schools", "99AC00", "--formats", "html")
    assert done.returncode == 1, done.stderr
    assert "Made without 21 rows" in done.stdout
    assert (tmp_path / "out" / ROUND / "schools/99AC00/report.html").exists()
    account = tables.read(delivery_tables.ACCOUNT, data / ROUND)
    assert account[["n_rows", "n_used", "n_quarantined"]].sum().tolist() == [9148, 9127, 21]
    status = nco("status", ROUND, "--data", data)
    assert status.returncode == 1
    assert "131 of 131 schools take part" in status.stdout


@pytest.mark.slow
def test_json_is_one_object_and_the_status_of_a_complete_round_exits_0_and_one_not_validated_1(data):
    before = nco("status", ROUND, "--data", data, "--json")
    assert before.returncode == 1
    assert json.loads(before.stdout)["missing"]["delivery"] == 131
    done = nco("validate", ROUND, "--data", data, "--json")
    assert done.returncode == 0
    rows = {"rows": 9148, "used": 9148, "quarantined": 0, "superseded": 0, "withdrawn": 0}
    assert json.loads(done.stdout) == {"round": ROUND, "results": 9148, "rows": rows, "findings": {}}
    assert done.stderr == ""
    after = nco("status", ROUND, "--data", data, "--json")
    assert after.returncode == 0
    assert json.loads(after.stdout)["complete"] is True


@pytest.mark.slow
def test_analysing_without_validated_results_says_what_to_run_first(data):
    refused(nco("analyse", ROUND, "--data", data), "nco validate")


def test_a_wrong_option_is_refused(data):
    refused(nco("release", ROUND, "--data", data), "--out")


@pytest.mark.slow
def test_ctrl_c_exits_130_and_leaves_no_release_that_looks_finished(analysed, tmp_path):
    data, out = tmp_path / "data", tmp_path / "out"
    shutil.copytree(analysed, data)
    process = subprocess.Popen(
        [*NCO, "release", ROUND, "--data", str(data), "--out", str(out), "--engine", "embedded"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 240
    while not list(out.glob(".work/*/store/*/*/made.json")):  # a report is ready, the run is well under way
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "what was published stays whole" in said
    assert [path.name for path in out.iterdir()] == [".work"], "what was made is kept for the next run, out of sight"


@pytest.mark.slow
def test_the_demo_says_what_it_wrote_and_refuses_a_folder_of_someone_else(tmp_path):
    done = nco("demo", "--real", "--data", tmp_path / "new")
    assert done.returncode == 0
    assert "2,287 pupils" in done.stdout
    own = tmp_path / "own"
    own.mkdir()
    (own / "thesis.docx").touch()
    refused(nco("demo", "--real", "--data", own), "own")
    assert (own / "thesis.docx").exists()


# What each command is given, in the folder `hier`; the data folder is `../land` and the output folder `uit`.
RELATIVE = {
    "publisher": ["publisher --new-key uitgever", "publisher"],
    "doctor": ["doctor --data ../land --out uit"],
    "status": ["status 2022E --data ../land"],
    "pseudonymise": ["pseudonymise --data ../land", "pseudonymise --data ../land --new-key key"],
    "release": ["release 2022E --data ../land --out uit --schools 99AC00 --formats html --engine embedded"],
    "review": ["review 2022E --out uit"],
    "verify": ["verify uit/2022E", "verify uit/2022E --key uitgever.pub"],
    "document": ["document 2022E 99AC00 --data ../land --to rapport"],
}
# The same, of commands that take longer.
SLOW_RELATIVE = {
    "demo": ["demo --real --data nieuw", "demo --schools 20 --seed 3 --data fictief"],
    "validate": ["validate 2022E --data nieuw"],
    "analyse": ["analyse 2022E --data nieuw"],
    "compare": ["compare 2022E official official --data nieuw"],
}


def test_every_command_is_tried_with_relative_folders():
    from typer.main import get_command

    from nco.command import cli

    assert RELATIVE.keys() | SLOW_RELATIVE.keys() == get_command(cli.app).commands.keys()


def _relative(folder: Path, key_file: Path, commands: dict) -> None:
    """Run the commands in `folder/hier`, with relative paths to the keys too; nothing of theirs lands elsewhere."""
    here = folder / "hier"
    here.mkdir()
    shutil.copy(key_file, folder / "sleutel")
    (folder / "sleutel").chmod(0o600)
    environment = os.environ | {"NCO_KEY_FILE": "../sleutel", "NCO_PROJECT": os.path.relpath(project_root(), here)}
    if "publisher" in commands:
        environment["NCO_SIGNING_KEY"] = "uitgever"
    before = {path.name for path in project_root().iterdir()}
    for command in (each for every in commands.values() for each in every):
        done = subprocess.run(
            [*NCO, *command.split()], cwd=here, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode in ((0, 1) if command.startswith("doctor") else (0,)), (
            command,
            done.stderr,
            done.stdout,
        )
        assert "Traceback" not in done.stderr
    assert {path.name for path in project_root().iterdir()} == before


@pytest.mark.big
def test_commands_take_folders_relative_to_where_they_are_called(analysed, tmp_path, key_file):
    shutil.copytree(analysed, tmp_path / "land")
    _relative(tmp_path, key_file, RELATIVE)
    here = tmp_path / "hier"
    assert (here / "uit" / ROUND / "schools/99AC00/report.html").is_file()
    assert (here / "rapport" / "report.qmd").is_file()
    assert sorted(path.name for path in here.iterdir()) == ["key", "rapport", "uit", "uitgever", "uitgever.pub"]


@pytest.mark.big
def test_commands_that_make_data_take_folders_relative_to_where_they_are_called(tmp_path, key_file):
    _relative(tmp_path, key_file, SLOW_RELATIVE)
    assert sorted(path.name for path in (tmp_path / "hier").iterdir()) == ["fictief", "nieuw"]
    assert list((tmp_path / "hier" / "nieuw" / ROUND / "slices").glob("*.json"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "--schools", "5", "--seed", "-1"),
        ("demo", "--schools", "5", "--seed", str(10**30)),
        ("demo", "--schools", "-3"),
        ("release", ROUND, "--out", "o", "--workers", "0"),
        ("release", ROUND, "--out", "o", "--workers", "-1"),
    ],
)
def test_a_number_that_cannot_be_is_refused_with_its_option(tmp_path, arguments):
    refused(nco(*arguments, "--data", tmp_path / "d"), arguments[-2], "Input should be")
    assert not (tmp_path / "d").exists()
