"""The reviewer's figures, on tables in which the answer is known."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco_utils import diagnostics, tables
from nco_utils.reference import References

SETTINGS = all_settings.load()
MODEL = {"sector": "bo", "step": "E7-M8", "domain": "spelling", "scale": "S"}


def test_without_any_growth_there_are_no_gaps_to_show():
    assert diagnostics.subgroup_gaps(tables.empty(tables.NATIONAL)).empty


def country(year: str, mean: float, n: int = 1000) -> pd.DataFrame:
    row = MODEL | {"school_year": year, "trait": "all", "value": "all", "n_pupils": n, "n_schools": 100}
    row |= {"mean_before": 200.0, "mean_growth": mean, "sd_pupils": 10.0, "sd_within": 9.0, "sd_schools": 3.0}
    return tables.conform(pd.DataFrame([row]), tables.NATIONAL)


def units(n_schools: int = 400, year: str = "2021-2022", effect=0.0) -> pd.DataFrame:
    """Schools of 20 pupils with reference values from 0 to 1 and an effect with noise."""
    rng = np.random.default_rng(1)
    names = [f"{10 + i // 26}A{chr(65 + i % 26)}00" for i in range(n_schools)]
    frame = pd.DataFrame({"brinvest": names, **MODEL, "school_year": year, "trait": "all", "value": "all"})
    frame["n_pupils"], frame["model"] = 20, "fitted"
    frame["reference"] = np.linspace(0, 1, n_schools)
    frame["effect"] = effect + rng.normal(0, 1, n_schools)
    frame["mean_growth"] = frame["reference"] + frame["effect"]
    return tables.conform(
        frame.assign(effect_se=1.0, reliability=0.5).reindex(columns=tables.REFERENCE.column_names), tables.REFERENCE
    )


def test_two_cohorts_are_compared_in_points_in_standard_errors_and_in_spreads():
    both = pd.concat([country("2020-2021", 10), country("2021-2022", 11)])
    row = diagnostics.cohorts_side_by_side(both, "2021-2022", "2020-2021").iloc[0]
    assert (row["mean_growth_before"], row["mean_growth"], row["change"]) == (10, 11, 1)
    assert row["change_in_sd"] == pytest.approx(0.1)
    assert row["z"] == pytest.approx(1 / np.sqrt(2 * 9 / 100))


def test_the_trend_has_every_round_up_to_this_one_and_none_after_it(tmp_path):
    for code, year in (("2021E", "2020-2021"), ("2023E", "2022-2023")):
        tables.write(country(year, 9), tables.NATIONAL, tmp_path / code)
    made = diagnostics.trend(tmp_path, SETTINGS, {"2022E": country("2021-2022", 11)})
    assert list(made.columns) == [("2020-2021", "2021E"), ("2021-2022", "2022E")]
    assert made.iloc[0].tolist() == [9, 11]


def test_the_gap_of_a_subgroup_is_in_standard_deviations_of_all_pupils():
    girls = country("2021-2022", 12, n=400).assign(trait="sex", value="meisje", sd_pupils=7.0)
    made = diagnostics.subgroup_gaps(pd.concat([country("2021-2022", 11), girls]))
    assert made.loc[("bo", "sex", "meisje"), "spelling"] == pytest.approx(0.1)


def test_shares_of_outcomes_are_of_all_pupils_with_a_result():
    row = {"brinvest": "99AA00", "school_year": "2021-2022", "domain": "spelling", "step": "E7-M8", "n_pupils": 20}
    counts = {"growth": 15, "one_moment": 3, "out_of_window": 2, "other_grade": 0, "other_scale": 0}
    row |= {f"n_{name}": n for name, n in counts.items()} | {"n_results_other_scale": 0}
    shares = diagnostics.outcomes(tables.conform(pd.DataFrame([row]), tables.COVERAGE)).iloc[0]
    assert (shares["n_pupils"], shares["growth"], shares["out_of_window"]) == (20, 0.75, 0.1)


def test_calibration_weighs_schools_by_pupils_and_leaves_subgroups_out():
    frame = units()
    other = frame.assign(trait="sex", value="meisje", effect=50.0)
    made = diagnostics.calibration(pd.concat([frame, other]))
    assert made["n_schools"].tolist() == [40] * 10
    assert made["reference"].is_monotonic_increasing
    assert made["effect"].abs().max() < 1


def test_a_model_that_misses_what_goes_with_schoolweging_shows_in_its_calibration():
    frame = units()
    weight = pd.Series(np.random.default_rng(2).permutation(len(frame)) / len(frame) * 20 + 20)
    traits = pd.DataFrame({"brinvest": frame["brinvest"], "schoolweging": weight, "urbanity": 1, "size": pd.NA})
    fine = diagnostics.calibration_by(frame, traits, "schoolweging")
    assert fine["z"].abs().max() < 3
    assert fine["n"].tolist() == [80] * 5
    missed = frame.assign(effect=frame["effect"] + (weight - 30) / 5)
    wrong = diagnostics.calibration_by(missed, traits, "schoolweging")
    assert wrong["z"].iloc[0] < -5
    assert wrong["z"].iloc[-1] > 5
    assert diagnostics.calibration_by(frame, traits, "size").empty
    assert diagnostics.calibration_by(frame, traits, "urbanity")["group"].tolist() == [1]


def test_residuals_of_a_normal_distribution_have_no_shape_and_a_fan_is_seen():
    rng = np.random.default_rng(3)
    n = 20_000
    predicted = rng.uniform(0, 1, n)
    frame = pd.DataFrame({**MODEL, "school_year": "2021-2022", "predicted": predicted, "residual": rng.normal(0, 2, n)})
    row = diagnostics.residuals(frame).iloc[0]
    assert row["sd"] == pytest.approx(2, rel=0.02)
    assert row[["skewness", "kurtosis", "far", "slope", "fan"]].abs().max() < 0.1
    fan = diagnostics.residuals(frame.assign(residual=frame["residual"] * predicted)).iloc[0]
    assert fan["fan"] > 0.3


def test_the_school_that_moved_most_comes_first_with_what_its_change_goes_with():
    year, before = "2021-2022", "2020-2021"
    names = ["99AA00", "99AB00", "99AC00"]
    rows = []
    for name, change in zip(names, (1.0, 9.0, -5.0), strict=True):
        for y, mean in ((before, 10.0), (year, 10.0 + change)):
            rows.append({"brinvest": name, **MODEL, "school_year": y, "trait": "all", "value": "all", "n_pupils": 20}
                        | {"mean_growth": mean, "mean_growth_se": 3.0, "mean_before": 200.0})  # fmt: skip
    figures = pd.DataFrame(rows)
    # The second school's change is in its reference value, the third's in its effect.
    reference = figures.assign(model="fitted", reference=10.0, effect=figures["mean_growth"] - 10.0)
    moved = (reference["brinvest"] == "99AB00") & (reference["school_year"] == year)
    reference.loc[moved, ["reference", "effect"]] = [19.0, 0.0]
    coverage = figures[["brinvest", "school_year", "step", "domain"]].assign(n_pupils=25, n_growth=20)
    made = diagnostics.movers(figures, reference, coverage, year, before, most=2)
    assert made["brinvest"].tolist() == ["99AB00", "99AC00"]
    assert made["z"].tolist() == pytest.approx([9 / np.sqrt(18), -5 / np.sqrt(18)])
    assert made["why"].tolist() == ["reference", "effect"]
    assert (made["d_mean_growth"] == made["d_reference"] + made["d_effect"]).all()


def test_variance_components_are_those_of_the_model_and_its_schools():
    terms = pd.DataFrame({**MODEL, "school_year": "2021-2022", "term": ["sigma2", "tau2"], "estimate": [9.0, 1.0]})
    made = diagnostics.variance_components(
        References(units(), terms, pd.DataFrame(), pd.DataFrame(), SETTINGS.reference)
    ).iloc[0]
    assert (made["icc"], made["median_reliability"], made["n_schools"]) == (0.1, 0.5, 400)


def test_intervals_that_exclude_zero_are_about_as_many_as_chance_gives_when_there_is_no_effect():
    effects = diagnostics.ordered_effects(units())
    assert effects["effect"].is_monotonic_increasing
    assert effects["excludes_zero"].mean() == pytest.approx(0.05, abs=0.03)


def test_the_model_card_counts_models_and_names_what_was_left_out():
    notes = pd.DataFrame({"term": ["minority=ja"]})
    few = units(10).assign(model="too_few_schools", scale="T")
    references = References(
        pd.concat([units(), few]), tables.empty(tables.MODEL_TERMS), notes, pd.DataFrame(), SETTINGS.reference
    )
    card = diagnostics.model_card(references, country("2021-2022", 11))
    assert card["models fitted"] == 1
    assert card["no model: too_few_schools"] == 1
    assert card["left out somewhere"] == "minority=ja"
    assert card["estimator"] == SETTINGS.reference.estimator
