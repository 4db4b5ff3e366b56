"""Moments, steps and grades are settings: a country with others has the steps that follow from them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from nco_utils import tables
from nco_utils.params import project_root
from nco_utils.steps import STEPS, Steps

ONCE_A_YEAR = {
    "moments": ["B", "M", "T", "E"],
    "steps": {"M": "E", "E": "M", "T": "T"},
    "grades": {"bo": {"first": 1, "last": 6}, "vo": {"first": 0, "last": 3}},
}
# In a process of its own: tables are declared once, by the settings that are there then.
_PROGRAM = """
import pandas as pd
from nco_utils import growth, params, tables
from nco.reports.growth.rows import step_order
from nco.disclosure.begin_score import _begin

ROUND = params.load().round("2022E")
def result(pupil, moment, grade, score):
    year = "2021-2022" if moment[1:] == "now" else "2020-2021"
    return dict(brinvest="99AA00", pupil_id=pupil, test_code=f"RW-{moment[0]}{grade}", school_year=year,
                moment=moment[0], test_level=f"{moment[0]}{grade}", test_date=pd.Timestamp(year[5:] + "-01-15"),
                domain="rekenen_wiskunde", provider="cito", scale="S", grade=grade, score=score, group=None,
                vendor="cito", source_file="a.csv", source_row=int(score))
rows = [result("p", "Tbefore", 0, 100.), result("p", "Tnow", 1, 110.),
        result("q", "Ebefore", 5, 200.), result("q", "Mnow", 6, 207.), result("r", "Ebefore", 6, 1.),
        result("r", "Mnow", 7, 2.)]
frame = pd.DataFrame(rows)
for column in tables.RESULTS.columns:
    if column.name not in frame:
        frame[column.name] = None if column.nullable else "x"
made = growth.pair(tables.conform(frame, tables.RESULTS), ROUND).pairs
print(dict(zip(made["step"], made["growth"])))
print(tables.STEP_PATTERN)
print(sorted(["T1-T2", "E4-M5", "T0-T1", "M4-E4"], key=step_order))
years = pd.Series(["2021-2022", "2022-2023"])
print(_begin(years, pd.Series(["T0-T1", "T1-T2"])).tolist(), _begin(years, pd.Series(["M4-E4", "E4-M5"])).tolist())
"""


@pytest.fixture
def project(tmp_path) -> Path:
    """A project of which the settings and texts may be changed."""
    for name in ("params", "notebooks"):
        (tmp_path / name).mkdir()
        for path in (project_root() / name).rglob("*"):
            if path.is_file() and path.suffix in (".yml", ".ipynb"):
                target = tmp_path / name / path.relative_to(project_root() / name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
    return tmp_path


def _changed(project: Path, words: bool = True, **settings) -> None:
    (project / "params/steps.yml").write_text(yaml.safe_dump(ONCE_A_YEAR | settings))
    rounds = project / "params/rounds.yml"
    window = '    T: {first: "03-01", last: "04-30"}\n    E: {first: "05-01"'
    rounds.write_text(rounds.read_text().replace('    E: {first: "05-01"', window, 1))
    if words:
        texts = project / "params/texts/nl.yml"
        texts.write_text(texts.read_text().replace("moments:\n", "moments:\n  T: toets\n", 1))


def _run(project: Path, *command: str) -> subprocess.CompletedProcess:
    environment = os.environ | {"NCO_PROJECT": str(project)}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, env=environment, check=False)


def test_another_last_grade_and_an_extra_moment_give_steps_of_them(project):
    _changed(project)
    done = _run(project, "-c", _PROGRAM)
    assert done.returncode == 0, done.stderr
    grown, pattern, ordered, begins = done.stdout.splitlines()
    assert grown == "{'E5-M6': 7.0, 'T0-T1': 10.0}", "and no E6-M7: groep 6 is the last"
    assert pattern == "^[BMTE][0-6]-[BMTE][0-6]$"
    assert ordered == "['T0-T1', 'T1-T2', 'M4-E4', 'E4-M5']"
    assert begins == "[2020, 2021] [4042, 4043]", "a step that follows another begins one later"


def test_a_moment_without_a_word_for_it_is_named(project):
    _changed(project, words=False)
    done = _run(project, "-c", "from nco.base import all_settings; all_settings.load()")
    assert "lacks the words" in done.stderr
    assert "moments.T" in done.stderr


def test_grades_of_a_sector_that_there_is_not_are_named(project):
    _changed(project, grades={"mbo": {"first": 1, "last": 4}})
    assert (
        "grades of no sector there is: mbo"
        in _run(project, "-c", "from nco.base import all_settings; all_settings.load()").stderr
    )


def test_a_program_with_steps_that_cannot_be_used_says_so_in_one_line(project):
    _changed(project, steps={"M": "E"})
    done = _run(project, "-c", "from nco.command.program import main; main()")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "steps.yml cannot be used: " in done.stderr


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"moments": ["B", "M", "M", "E"]}, "named twice"),
        ({"moments": ["mm"]}, "moments.0"),
        ({"steps": {"M": "X", "X": "M"}}, "no moment is called X"),
        ({"steps": {"M": "E"}}, "must be the begin of one"),
        ({"steps": {"M": "E", "E": "E"}}, "must be the begin of one"),
        ({"steps": {"B": "M", "M": "E", "E": "B"}}, "in its order"),
        ({"grades": {"bo": {"first": 8, "last": 1}}}, "comes after the last"),
        ({"grades": {"bo": {"first": 1, "last": 10}}}, "grades.bo.last"),
        ({"grade": 1}, "grade"),
    ],
)
def test_steps_that_do_not_go_round_the_year_and_wrong_grades_are_refused(wrong, words):
    with pytest.raises(ValidationError) as caught:
        Steps.model_validate(STEPS.model_dump() | wrong)
    assert words in "".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}" for e in caught.value.errors())


def test_three_steps_a_year_follow_each_other():
    steps = Steps.model_validate(STEPS.model_dump() | {"steps": {"B": "E", "M": "B", "E": "M"}})
    assert [steps.name(end, 5) for end in steps.ends] == ["E4-B5", "B5-M5", "M5-E5"]
    assert steps.ends_of("B", "2021-2022") == ("2020-2021E", "2021-2022B")


def test_the_steps_of_primary_schools_are_those_of_the_tables():
    assert (tables.STEP_PATTERN, STEPS.ends) == ("^[BME][1-8]-[BME][1-8]$", ("M", "E"))
    assert (STEPS.name("M", 8), STEPS.name("E", 3)) == ("E7-M8", "M3-E3")
