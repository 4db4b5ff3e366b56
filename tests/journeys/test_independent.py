"""National figures recomputed from the raw deliveries by a script that knows nothing of the program."""

import ast
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from nco.demo.country import country_files
from nco.release import round_pipeline
from nco_utils import tables
from nco_utils.params import START_TRAIT
from tests.support import independent
from tests.support.sharing import once

pytestmark = pytest.mark.slow

ROUND, EARLIER = "2022E", "2021E"
FIGURES = ["n_pupils", "n_schools", "mean_before", "mean_growth"]


def agree(data: Path, earlier: tuple[str, ...], minimum_rows: int) -> None:
    """Every row of table national is the script's and the other way round, to 1e-9."""
    program = tables.read(tables.NATIONAL, data / ROUND)[[*independent.KEY, *FIGURES]]
    program = program[
        program["trait"] != START_TRAIT
    ]  # of the whole country's scores: tests/nco_utils/test_subgroups.py
    script = independent.national(data, ROUND, earlier)
    both = program.merge(script, on=independent.KEY, how="outer", suffixes=("", "_script"), indicator="side")
    assert both["side"].eq("both").all(), both[both["side"] != "both"]
    assert len(both) >= minimum_rows
    for name in FIGURES:
        off = (both[name].astype(float) - both[f"{name}_script"].astype(float)).abs()
        assert off.max() < 1e-9, (name, both.loc[off.idxmax(), independent.KEY].tolist())


@pytest.fixture(scope="module")
def country(tmp_path_factory) -> Path:
    """Schools of all suppliers and all test providers, with objections; the first round is the only one."""

    def make(folder: Path) -> None:
        country_files.write_country(folder, 12, 7, False, (ROUND,))
        round_pipeline.validate(ROUND, folder)
        round_pipeline._national_notebook("landelijk", ROUND, folder, None)

    return once(tmp_path_factory, "independent", make)


def test_the_national_figures_are_those_of_another_program(country):
    """Of all pupils and of every group, in every sector, cohort, step, domain and scale."""
    agree(country, (), 500)


def test_the_country_has_every_dialect_provider_and_an_objection(country):
    schools = pd.read_csv(country / "register" / "schools.csv")
    assert set(schools["vendor"]) == {"parnassys", "esis", "cito"}
    assert set(schools["provider"]) == {"cito", "iep", "boom", "diataal"}
    assert len(pd.read_csv(country / "register" / "objections.csv")) > 5


def test_the_script_uses_nothing_of_the_program():
    source = ast.parse(Path(independent.__file__).read_text(encoding="utf-8"))
    used = {
        name.split(".")[0]
        for node in ast.walk(source)
        for name in (
            [each.name for each in node.names] if isinstance(node, ast.Import) else
            [node.module] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    assert used - sys.stdlib_module_names == {"pandas"}


def test_a_score_that_changes_in_a_delivery_is_seen(country, tmp_path):
    """So the comparison would see a pupil who is left out, or paired otherwise."""
    data = shutil.copytree(country, tmp_path / "data")
    path = next((data / "exports" / ROUND / "cito").glob("*.csv"))
    header, *rows = path.read_text(encoding="utf-8-sig").splitlines()
    row = next(row for row in rows if "-M5," in row)
    cells = row.split(",")
    cells[6] = str(float(cells[6]) + 1)
    rows[rows.index(row)] = ",".join(cells)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
    with pytest.raises(AssertionError, match="mean_"):
        agree(data, (), 500)


@pytest.mark.big
@pytest.mark.parametrize("schools", [40])
def test_with_an_earlier_round_both_cohorts_are_those_of_another_program(schools, tmp_path):
    """The cohort of a year ago comes from an earlier delivery; forty schools have special and late ones among them."""
    country_files.write_country(tmp_path, schools, 7, False, (EARLIER, ROUND))
    for code in (EARLIER, ROUND):
        round_pipeline.validate(code, tmp_path)
    round_pipeline._national_notebook("landelijk", ROUND, tmp_path, None)
    agree(tmp_path, (EARLIER,), 2500)
    assert set(tables.read(tables.NATIONAL, tmp_path / ROUND)["school_year"]) == {"2020-2021", "2021-2022"}
