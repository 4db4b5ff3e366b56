"""The technical explanation: every number of it is one of the round, and may be told."""

import re

import pytest
import yaml

from nco_utils import method, params, tables
from nco_utils.dutch import count, number
from nco_utils.errors import UnusableInput
from tests.conftest import ROUND

SOURCE = (params.project_root() / "docs" / "methode.qmd").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(analysed) -> method.Figures:
    settings = params.load()
    return method.figures(analysed / ROUND, settings.round(ROUND).school_year, analysed, settings)


@pytest.fixture(scope="module")
def text(found, tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("method") / "document"
    method.write(found, ROUND, "Demonstratie.", params.load(), folder)
    return (folder / "report.md").read_text(encoding="utf-8")


def test_nothing_is_left_to_fill_in(text):
    assert not re.search(r"\{\{<|\(Hier staat|\(aantal\)", text)


def test_the_tables_hold_the_countrys_own_figures(text, analysed):
    national = tables.read(tables.COUNTRY, analysed / ROUND)
    row = national[(national["trait"] == "all") & (national["domain"] == "begrijpend_lezen")].iloc[0]
    cells = [count(row[name]) for name in ("n_pupils", "n_schools")]
    cells += [number(row[name]) for name in ("mean_growth", "sd_pupils", "sd_schools")]
    assert f"| {' | '.join(cells)} |" in text
    terms = tables.read(tables.MODEL_TERMS, analysed / ROUND).set_index("term")["estimate"]
    icc = terms["tau2"] / (terms["tau2"] + terms["sigma2"])
    assert f"| {number(terms['sigma2'])} | {number(terms['tau2'], 2)} | {number(icc, 3)} |" in text


def test_a_country_figure_that_no_report_may_show_is_not_told(analysed, tmp_path):
    """Where a pool is silent, every report lacks the national figure; so must the explanation."""
    settings, folder = params.load(), tmp_path / ROUND
    for table in (tables.REPORT, tables.NATIONAL, tables.COUNTRY, tables.MODEL_TERMS, tables.MODEL_SETTINGS):
        frame = tables.read(table, analysed / ROUND)
        tables.write(frame.head(0) if table is tables.COUNTRY else frame, table, folder)
    found = method.figures(folder, settings.round(ROUND).school_year, analysed, settings)
    assert found.national.empty
    method.write(found, ROUND, "", settings, tmp_path / "document")
    assert "te weinig scholen of leerlingen" in (tmp_path / "document" / "report.md").read_text(encoding="utf-8")


def test_a_value_that_nobody_knows_is_refused_by_name():
    with pytest.raises(UnusableInput, match=r"ronde\.kleur"):
        method.fill("---\na: b\n---\n{{< meta ronde.kleur >}}", {"ronde.naam": "x"}, {})


def test_the_document_by_itself_has_an_example_of_every_value():
    """So that it can be opened and rendered without a round."""
    head = re.match(r"---\n(.*?)\n---\n", SOURCE, re.DOTALL)[1]
    example = yaml.safe_load(head)
    for name in re.findall(r"\{\{< meta ([\w.-]+) >\}\}", SOURCE):
        value = example
        for part in name.split("."):
            value = value[part]
        assert value


def test_a_name_that_stands_twice_in_the_head_is_refused_with_its_line(found, tmp_path, monkeypatch):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "methode.qmd").write_text(SOURCE.replace("---\n", "---\nlang: nl\n", 1), encoding="utf-8")
    monkeypatch.setattr(method, "project_root", lambda: tmp_path)
    with pytest.raises(UnusableInput, match=r"methode.qmd line .* 'lang' again"):
        method.write(found, ROUND, "", params.load(), tmp_path / "made")
