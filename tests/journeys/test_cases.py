"""Inputs that once gave a wrong result, as they lie beside this project: each has its right outcome now."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest

from nco.register import delivery_tables
from nco_utils import tables
from tests.support.machines import NCO

CASES = Path(__file__).parents[3] / "shared" / "cases"
ROUND = "2023E"
pytestmark = [
    pytest.mark.big,
    pytest.mark.skipif(not CASES.is_dir(), reason="the folder ../shared/cases is not here"),
]


@dataclass(frozen=True)
class Case:
    """A data folder that a script makes; `said` is told by `nco validate`, and `rules` are those of its findings."""

    script: str
    code: int
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    rules: frozenset[str] = field(default_factory=frozenset)


def header(name: str, code: int = 2, *said: str, rules: frozenset[str] = frozenset()) -> Case:
    return Case("header-typo", code, before=(name,), said=said, rules=rules)


VALIDATED = {
    "names of files": Case("file-names", 1, rules=frozenset({"dialect-unknown", "score-not-numeric"})),
    "no contract": header("contract-right", 1, rules=frozenset({"school-contract-missing"})),
    "contract": header("contract", 2, "boards.csv, row 1", "Contract_received_on", "did you mean contract_received_on"),
    "closed": header("closed", 2, "schools.csv, row 1", "Closed", "did you mean closed"),
    "education": header("education", 2, "pupils.csv, row 1", "opleiding_ouders", "did you mean education"),
    "size <5": header("traits", 2, "background/schools.csv, row 2, column size"),
    "huge size": header("traits-huge", 2, "background/schools.csv, row 2, column size"),
    "size of nothing": header("traits-zero", 0, "rij 2, kolom size", rules=frozenset({"number-not-possible"})),
    "Size": header("traits-typo", 2, "background/schools.csv, row 1", "did you mean size"),
    "Schools.csv": header("no-traits-name", 2, "did you mean schools.csv"),
    "size 0": Case("size-zero", 0, said=("kolom size",), rules=frozenset({"number-not-possible"})),
    "24:00:00": Case("uwlr-aanmaakdatum", 0, after=("crash",)),
    "year 1 and 2099": Case("uwlr-aanmaakdatum", 0, after=("order",), rules=frozenset({"message-date-not-possible"})),
    "described twice": Case("uwlr-duplicate-keys", 1, rules=frozenset({"test-described-twice", "result-key-twice"})),
    "comment": Case("uwlr-comment-inside-value", 0),
}


def made(tmp_path: Path, case: Case) -> tuple[Path, str]:
    """The data folder of a case, and what its script printed."""
    data = tmp_path / "data"
    command = [sys.executable, CASES / case.script / "make.py", *case.before, data, *case.after]
    return data, subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", VALIDATED)
def test_a_delivery_that_once_went_wrong_is_told_of(tmp_path, name):
    case = VALIDATED[name]
    data, delivered = made(tmp_path, case)
    done = subprocess.run([*NCO, "validate", ROUND, "--data", data], capture_output=True, text=True, check=False)
    assert done.returncode == case.code, done.stderr
    text = " ".join((done.stdout + done.stderr).split())
    assert not [word for word in case.said if word not in text], text
    if case.code < 2:
        assert case.rules <= set(tables.read(delivery_tables.FINDINGS, data / ROUND)["rule"])
    if name == "comment":
        used = set(tables.read(tables.RESULTS, data / ROUND)["score"].round(1))
        assert {float(line.split(": ")[1]) for line in delivered.splitlines() if ": " in line} <= used


REGISTER = {
    "schools-nul": 2, "schools-control": 2, "schools-name-empty": 2, "schools-name-zero-width": 2,
    "objections-unknown-pupil": 0, "objections-nbsp": 2, "objections-zero-width": 2, "notice-cp1252": 2,
    "pupils-months-1e400": 2, "pupils-extra-column-bsn": 2, "traits-size-0": 0, "history-same-day": 2,
}  # fmt: skip


def test_a_register_as_people_save_it_is_used_or_refused_and_never_stops_the_program(tmp_path):
    """All of them; what is wrong with some of them in particular."""
    here = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, CASES / "register-variants/make.py", tmp_path / "data"],
        capture_output=True, text=True, check=True, env=os.environ | {"PATH": here},
    )  # fmt: skip
    lines = [line.split("|")[0].split() for line in done.stdout.splitlines() if " exit " in line]
    codes = pd.Series({words[0]: int(words[2]) for words in lines})
    assert codes["plain"] == 0
    assert codes.isin([0, 1, 2]).all(), codes[~codes.isin([0, 1, 2])].to_dict()
    assert {name: codes[name] for name in REGISTER} == REGISTER


@pytest.mark.parametrize("script", ["name-apostrophe", "notice", "one-school-board"])
def test_ordinary_input_is_published_whole(tmp_path, script):
    data, _ = made(tmp_path, Case(script, 0))
    out = tmp_path / "out"
    command = [*NCO, "release", ROUND, "--data", data, "--out", out, "--engine", "embedded"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    schools = len((data / "register/schools.csv").read_text(encoding="utf-8").splitlines()) - 1
    boards = len((data / "register/boards.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert len(list((out / ROUND).glob("schools/*/report.pdf"))) == schools
    assert len(list((out / ROUND).glob("boards/*/report.pdf"))) == boards
