"""Two variants side by side, on a country of which both can be worked out."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.stats.multitest import multipletests

from nco.base import all_settings
from nco.notebooks import variants
from nco.release import comparison
from nco_utils import tables
from nco_utils.errors import UnusableInput
from tests.conftest import ROUND
from tests.notebooks.test_variants import run_of
from tests.support.simulated import simulate

SETTINGS = all_settings.load()
MODEL = SETTINGS.reference
FEWER = MODEL.model_copy(update={"estimator": "ols_cluster", "school_numbers": (), "logarithm_of": ()})


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    country = simulate(40, 2, tau=4.0)
    variants.write(folder, ROUND, "vol", *run_of(country, MODEL))
    variants.write(folder, ROUND, "minder", *run_of(country, FEWER))
    return folder


@pytest.fixture(scope="module")
def found(data):
    return comparison.between(ROUND, data, "vol", "minder", SETTINGS)


@pytest.mark.slow
def test_what_they_were_fitted_with_is_told_as_far_as_it_differs(found):
    told = found.settings.set_index("setting")
    assert set(told.index) == {"estimator", "school_numbers", "logarithm_of", "covariates in the models"}
    assert told.loc["estimator"].tolist() == ['"random_intercept"', '"ols_cluster"']
    assert "schoolweging" in told.loc["covariates in the models", "a"]
    assert "schoolweging" not in told.loc["covariates in the models", "b"]


def test_every_coefficient_of_either_stands_beside_that_of_the_other(found, data):
    one, other = (variants.read(name, ROUND, data)["model_terms"].set_index("term") for name in ("vol", "minder"))
    terms = found.terms.set_index("term")
    assert set(terms.index) == {*one.index, *other.index}
    assert terms.loc["sex=meisje", "estimate_a"] == one.loc["sex=meisje", "estimate"]
    assert terms.loc["sex=meisje", "estimate_b"] == other.loc["sex=meisje", "estimate"]
    difference = other.loc["sex=meisje", "estimate"] - one.loc["sex=meisje", "estimate"]
    assert terms.loc["sex=meisje", "difference"] == pytest.approx(difference)
    assert terms.loc["sex=meisje", "in_se"] == pytest.approx(difference / one.loc["sex=meisje", "se"])
    assert np.isnan(terms.loc["schoolweging", "estimate_b"])


def test_the_effect_of_every_school_stands_beside_that_of_the_other(found, data):
    one, other = (variants.read(name, ROUND, data)["reference"].set_index("brinvest") for name in ("vol", "minder"))
    effects = found.effects.set_index("brinvest")
    assert len(effects) == 40 - found.n_small
    pd.testing.assert_series_equal(effects["effect_a"], one["effect"].reindex(effects.index), check_names=False)
    pd.testing.assert_series_equal(effects["effect_b"], other["effect"].reindex(effects.index), check_names=False)
    assert found.spread.loc["rekenen_wiskunde", "n"] == len(effects)


def test_the_words_are_those_that_the_reports_would_have_of_these_rounded_figures(found, data):
    """By hand: Benjamini and Hochberg over the two figures of a school, then over the schools."""
    for end, name in (("a", "vol"), ("b", "minder")):
        made = variants.read(name, ROUND, data)
        steps = found.words[found.words["step"] != comparison.ALL_STEPS].set_index("brinvest")[f"word_{end}"]
        units = made["reference"].set_index("brinvest").loc[steps.index]
        figures = made["figures"].query("trait == 'all'").set_index("brinvest").loc[steps.index]
        country = made["national"].query("trait == 'all'").iloc[0]
        bands = 1.959964 * units["effect_se"], 1.959964 * figures["mean_growth_se"]
        values = units["effect"], figures["mean_growth"]
        shown = [((v - b).round(1), v.round(1), (v + b).round(1)) for v, b in zip(values, bands, strict=True)]
        difference = shown[1][1] - round(country["mean_growth"], 1)
        p = [
            2 * norm.sf(1.959964 * (value / ((high - low) / 2)).abs())
            for value, (low, _, high) in zip((shown[0][1], difference), shown, strict=True)
        ]
        own = np.array([multipletests(each, method="fdr_bh")[1] for each in zip(*p, strict=True)])
        n = multipletests(own.min(axis=1), alpha=0.05, method="fdr_bh")[0].sum()
        clear = own[:, 0] <= 0.05 * n / len(own)
        sd = (shown[1][2] - shown[1][0]) / (2 * 1.959964 * figures["standardised_se"])
        near = (shown[0][0] / sd >= -0.5) & (shown[0][2] / sd <= 0.5)
        expected = pd.Series("niet te zeggen", units.index)
        expected = expected.mask(clear & (units["effect"] > 0), "hoger").mask(clear & (units["effect"] < 0), "lager")
        assert steps.to_dict() == expected.mask(near, "ongeveer gelijk").to_dict()
    assert {"hoger", "niet te zeggen"} <= {*found.words["word_a"]}


def test_schools_whose_word_changes_are_named_and_counted(found):
    assert 0 < len(found.changed) < len(found.words)
    assert (found.changed["word_a"] != found.changed["word_b"]).all()
    off = found.crossed.to_numpy().sum() - np.trace(found.crossed.to_numpy())
    assert off == len(found.changed)


def test_a_variant_beside_itself_differs_in_nothing(data):
    same = comparison.between(ROUND, data, "vol", "vol", SETTINGS)
    assert same.settings.empty
    assert same.changed.empty
    assert (same.effects["difference"] == 0).all()


def _with(folder, name, country, change):
    """A variant of a country of which one school has other pupils."""
    settled, paired, national, units, made = run_of(country)
    first = units["brinvest"].iloc[0]
    changed = made.units.assign(n_pupils=made.units["n_pupils"].mask(made.units["brinvest"] == first, change))
    made = type(made)(tables.conform(changed, tables.REFERENCE), made.terms, made.notes, made.fitted, made.model)
    variants.write(folder, ROUND, name, settled, paired, national, units, made)
    return first


@pytest.mark.slow
@pytest.mark.parametrize(("a", "b", "left_out"), [(25, 25, False), (5, 5, True), (25, 26, True), (25, 30, True),
                                                  (25, 31, False), (6, 6, False)])  # fmt: skip
def test_a_school_of_which_a_pupil_could_be_seen_is_counted_and_not_told(tmp_path, a, b, left_out):
    country = simulate(32, 1)
    school = _with(tmp_path, "a", country, a)
    _with(tmp_path, "b", country, b)
    found = comparison.between(ROUND, tmp_path, "a", "b", SETTINGS)
    for frame in (found.effects, found.words):
        assert (school in set(frame["brinvest"])) != left_out
    assert (found.n_small, found.n_other) == (int(left_out), int(a != b))


def test_nothing_in_a_comparison_is_of_one_pupil(found):
    for frame in (found.settings, found.models, found.terms, found.effects, found.words, found.spread.reset_index()):
        assert not {"pupil_id", "score_before", "score_after", "growth"} & {*frame.columns}


@pytest.mark.slow
def test_where_there_is_no_model_in_one_the_words_say_that_there_is_no_comparison(tmp_path):
    country = simulate(32, 1)
    variants.write(tmp_path, ROUND, "vol", *run_of(country))
    many = MODEL.model_copy(update={"minimum_schools": 500})
    variants.write(tmp_path, ROUND, "geen", *run_of(country, many))
    found = comparison.between(ROUND, tmp_path, "vol", "geen", SETTINGS)
    assert {*found.words["word_b"]} == {"geen vergelijking"}
    assert found.models["model_b"].tolist() == ["too_few_schools"]
    assert found.effects.empty


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_lays_two_variants_side_by_side_and_says_for_whom(data, capsys, as_json):
    from nco.command import cli

    with pytest.raises(SystemExit) as ended:
        cli.app(["compare", ROUND, "vol", "minder", "--data", str(data), *(["--json"] if as_json else [])])
    told = capsys.readouterr().out
    assert ended.value.code == 0
    assert "schoolweging" in told
    assert "researchers only" in told or as_json
    assert "nan" not in told.lower()


def test_the_command_refuses_what_is_not_there(data, capsys):
    from nco.command import cli

    with pytest.raises(SystemExit) as ended:
        cli.app(["compare", ROUND, "official", "vol", "--data", str(data)])
    assert ended.value.code == 2
    assert "There are: minder, vol" in capsys.readouterr().err
    with pytest.raises(UnusableInput, match="2031X"):
        comparison.between("2031X", data, "vol", "minder", SETTINGS)
