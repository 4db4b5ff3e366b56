"""The technical explanation: every number of it is one of the round, and may be told."""

import re

import pytest
import yaml

from nco.base import all_settings, dutch
from nco.base.dutch import count, number
from nco.disclosure import fitted_model, shown_tables
from nco.reports import blocks, explanation
from nco_utils import params, tables
from nco_utils.errors import ContractError, UnusableInput
from tests.conftest import ROUND

SOURCE = (params.project_root() / "docs" / "methode.qmd").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(analysed) -> explanation.Figures:
    settings = all_settings.load()
    return explanation.figures(analysed / ROUND, settings.round(ROUND).school_year, analysed, settings)


@pytest.fixture(scope="module")
def text(found, tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("method") / "document"
    explanation.write(found, ROUND, "Demonstratie.", all_settings.load(), folder)
    return (folder / "report.md").read_text(encoding="utf-8")


def test_nothing_is_left_to_fill_in(text):
    assert not re.search(r"\{\{<|\(Hier staat|\(aantal\)", text)


def test_the_tables_hold_the_countrys_own_figures(text, analysed):
    national = tables.read(shown_tables.COUNTRY, analysed / ROUND)
    row = national[(national["trait"] == "all") & (national["domain"] == "begrijpend_lezen")].iloc[0]
    cells = [count(row[name]) for name in ("n_pupils", "n_schools")]
    cells += [number(row[name]) for name in ("mean_growth", "sd_pupils", "sd_schools")]
    assert f"| {' | '.join(cells)} |" in text
    terms = tables.read(tables.MODEL_TERMS, analysed / ROUND).set_index("term")["estimate"]
    icc = terms["tau2"] / (terms["tau2"] + terms["sigma2"])
    assert f"| {number(terms['sigma2'])} | {number(terms['tau2'], 2)} | {number(icc, 3)} |" in text


def test_a_country_figure_that_no_report_may_show_is_not_told(analysed, tmp_path):
    """Where a pool is silent, every report lacks the national figure; so must the explanation."""
    settings, folder = all_settings.load(), tmp_path / ROUND
    for table in (
        shown_tables.REPORT,
        tables.NATIONAL,
        shown_tables.COUNTRY,
        tables.MODEL_TERMS,
        tables.MODEL_SETTINGS,
    ):
        frame = tables.read(table, analysed / ROUND)
        tables.write(frame.head(0) if table is shown_tables.COUNTRY else frame, table, folder)
    found = explanation.figures(folder, settings.round(ROUND).school_year, analysed, settings)
    assert found.national.empty
    explanation.write(found, ROUND, "", settings, tmp_path / "document")
    assert "te weinig scholen of leerlingen" in (tmp_path / "document" / "report.md").read_text(encoding="utf-8")


def test_a_value_that_nobody_knows_is_refused_by_name():
    with pytest.raises(UnusableInput, match=r"ronde\.kleur"):
        explanation.fill("---\na: b\n---\n{{< meta ronde.kleur >}}", {"ronde.naam": "x"}, {})


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
    monkeypatch.setattr(explanation, "project_root", lambda: tmp_path)
    with pytest.raises(UnusableInput, match=r"methode.qmd line .* 'lang' again"):
        explanation.write(found, ROUND, "", all_settings.load(), tmp_path / "made")


def with_model(analysed, folder, terms=lambda frame: frame, **changes) -> explanation.Figures:
    """The figures of the round, with tables of another fit than the settings ask for."""
    for table in (shown_tables.REPORT, shown_tables.COUNTRY):
        tables.write(tables.read(table, analysed / ROUND), table, folder)
    tables.write(terms(tables.read(tables.MODEL_TERMS, analysed / ROUND)), tables.MODEL_TERMS, folder)
    fitted = all_settings.load().reference.model_copy(update=changes)
    tables.write(fitted_model.settings_table(fitted), tables.MODEL_SETTINGS, folder)
    settings = all_settings.load()
    return explanation.figures(folder, settings.round(ROUND).school_year, analysed, settings)


def told(found: explanation.Figures, folder) -> str:
    explanation.write(found, ROUND, "", all_settings.load(), folder)
    return (folder / "report.md").read_text(encoding="utf-8")


def _least_squares(terms):
    """As that estimator leaves them: no variance between schools."""
    return terms.assign(estimator="ols_cluster", estimate=terms["estimate"].mask(terms["term"] == "tau2"))


def test_the_explanation_tells_the_model_that_was_fitted_whatever_the_settings_are_now(analysed, text, tmp_path):
    settings = {"estimator": "ols_cluster", "minimum_schools": 41, "not_for": (), "score_knots": ()}
    found = with_model(analysed, tmp_path / ROUND, _least_squares, **settings)
    made = told(found, tmp_path / "made")
    assert "**`random_intercept`**" in text
    assert "speciaal basisonderwijs. Het rapport" in text
    for words in ("`ols_cluster`", "minder dan 41 scholen", "komt erin als een rechte lijn", "kleinste kwadraten"):
        assert words in made
    for words in ("REML", "empirical-Bayes", "en niet voor het speciaal basisonderwijs"):
        assert words not in made


def test_the_explanation_names_the_covariates_that_have_a_coefficient_and_no_others(analysed, text, tmp_path):
    assert "geslacht" in text.split("Het model gebruikt:")[1].split("\n\n")[0]
    assert "inkomen" not in text.split("Het model gebruikt:")[1].split("\n\n")[0]  # the demo knows of none
    found = with_model(analysed, tmp_path / ROUND, lambda terms: terms[terms["term"] != "sex=meisje"])
    assert "geslacht" not in told(found, tmp_path / "made").split("Het model gebruikt:")[1].split("\n\n")[0]


def test_the_explanation_speaks_of_the_schools_mean_score_only_when_the_model_has_it(analysed, text, tmp_path):
    def without(terms):
        return terms[terms["term"] != "school_mean(score_before)"]

    made = told(with_model(analysed, tmp_path / ROUND, without), tmp_path / "made")
    for there, words in ((text, "Daarom zit ook het **schoolgemiddelde"), (made, "**niets tegen gedaan**")):
        assert words in there
        assert words not in {text, made}.difference({there}).pop()


@pytest.mark.slow
def test_a_variance_that_was_not_estimated_is_a_dash_and_never_nan(analysed, tmp_path, monkeypatch):
    """Without the three checks that say no, the page says nan."""
    found = with_model(analysed, tmp_path / ROUND, _least_squares, estimator="ols_cluster")
    row = f"| {number(found.variances['sigma2'].iloc[0])} | – | – |"
    assert row in told(found, tmp_path / "made")
    monkeypatch.setattr(explanation, "_known", lambda value: value)
    with pytest.raises(ContractError, match="no number"):
        told(found, tmp_path / "half off")
    monkeypatch.setattr(blocks.Table, "__post_init__", lambda _: None)
    with pytest.raises(ContractError, match="no number"):
        told(found, tmp_path / "nearly off")
    monkeypatch.setattr(dutch.math, "isfinite", lambda _: True)
    assert "| nan | nan |" in told(found, tmp_path / "off")


def test_a_passage_that_nobody_can_choose_is_refused_by_name():
    with pytest.raises(UnusableInput, match="'weer-droog'"):
        explanation.fill("---\na: b\n---\n::: {.als-weer-droog}\nx\n:::\n", {}, {}, {"weer": True})
