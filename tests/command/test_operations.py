"""`docs/operations.md` does what it says: its scripts are run as they stand, with Slurm's own commands stood in for."""

import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from nco.command import cli
from nco_utils.params import project_root
from tests.conftest import ROUND, SMALL
from tests.support.machines import Place, alone

TEXT = (project_root() / "docs" / "operations.md").read_text(encoding="utf-8")
# Options of pip, sbatch and dask.
OTHERS = {"--only-binary", "--require-hashes", "--no-index", "--find-links", "--no-deps", "--no-build-isolation",
          "--editable", "--parsable", "--dependency", "--array", "--requeue", "--job-name", "--cpus-per-task", "--mem",
          "--time", "--nodes", "--ntasks-per-node", "--port", "--no-dashboard", "--nworkers", "--nthreads",
          "--memory-limit"}  # fmt: skip
# srun starts one task on every node; here there is one node.
SRUN = '#!/bin/bash\nexec "$@"\n'


def script(name: str) -> str:
    """The script that the document shows under this name."""
    return re.search(rf"`{re.escape(name)}`[^`]*```bash\n(.*?)```", TEXT, re.DOTALL)[1]


def test_every_command_and_option_of_the_document_exists():
    commands = get_command(cli.app).commands
    known = {option for command in commands.values() for each in command.params for option in each.opts}
    assert set(re.findall(r"\bnco ([a-z]+)", TEXT)) <= set(commands)
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", TEXT))
    assert named - OTHERS <= known
    assert {"--shard", "--scheduler", "--workers", "--engine", "--formats"} <= named


def test_the_wheelhouse_is_made_from_the_lock_and_installed_without_an_index():
    install = re.search(r"## Install without internet(.*?)\n## ", TEXT, re.DOTALL)[1]
    pips = [line for line in install.splitlines() if " pip " in line]
    assert all("--require-hashes -r requirements.lock" in line for line in pips[:2])
    assert all("--no-index" in line for line in pips[1:])


@pytest.fixture(scope="module")
def place(demo_data, tmp_path_factory) -> Place:
    return alone(demo_data, tmp_path_factory.mktemp("machines"))


def run(name: str, place: Place, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run a script of the document with its settings, but for the folders, as Slurm would."""
    settings = script("settings.sh")
    values = {"PROJECT": project_root(), "DATA": place.data, "OUT": folder / "out", "ROUND": ROUND, "FIRST": SMALL[0]}
    for variable, value in values.items():
        settings, n = re.subn(rf"(?m)^{variable}=\S+", f"{variable}={shlex.quote(str(value))}", settings)
        assert n == 1
    settings = settings.replace("OPTIONS=(", f"OPTIONS=(--schools {','.join(SMALL)} ")
    settings = settings.replace("export NCO_KEY_FILE=/shared/nco/secret/pseudonym.key\n", "")  # the tests' own key
    settings = re.sub("export NCO_SIGNING_KEY=.*\n", "", settings)  # the one machine's release is not signed
    (folder / "settings.sh").write_text(settings)
    (folder / name).write_text(script(name))
    (folder / "srun").write_text(SRUN)
    (folder / "srun").chmod(0o755)
    path = f"{folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    slurm = {"SETTINGS": str(folder / "settings.sh"), "SLURM_CPUS_PER_TASK": "2", "PATH": path} | environment
    command = ["bash", str(folder / name)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | slurm, cwd=folder)


@pytest.mark.big
def test_the_jobs_of_the_array_make_the_release_of_one_machine(place, tmp_path):
    first = run("analyse.sbatch", place, tmp_path)
    assert first.returncode == 0, first.stderr
    for number in (3, 1, 2):
        array = {"SLURM_ARRAY_TASK_ID": str(number), "SLURM_ARRAY_TASK_COUNT": "3"}
        part = run("shards.sbatch", place, tmp_path, **array)
        assert part.returncode == 0, part.stderr
        assert not (tmp_path / "out" / ROUND).exists()
    last = run("publish.sbatch", place, tmp_path)
    assert last.returncode == 0, last.stderr
    assert "all were there" in last.stdout
    assert place.same(tmp_path / "out")


@pytest.mark.big
def test_the_dask_job_makes_the_release_of_one_machine(place, tmp_path):
    pytest.importorskip("distributed", reason="needs the extra dask")
    with socket.socket() as free:
        free.bind(("", 0))
        port = str(free.getsockname()[1])
    done = run("dask.sbatch", place, tmp_path, PORT=port)
    assert done.returncode == 0, done.stderr
    assert place.same(tmp_path / "out")
