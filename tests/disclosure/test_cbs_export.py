import pandas as pd
import pytest

from nco.base import all_settings
from nco.disclosure import cbs_export, shown_tables
from nco_utils import tables

PROFILE = all_settings.load().disclosure["cbs_export"]
MODEL = {"sector": "bo", "school_year": "2021-2022", "step": "M5-E5", "domain": "spelling", "scale": "S"}


def national(n: int = 500, n_schools: int = 40, **split: int) -> pd.DataFrame:
    rows = [("all", "all", n), *(("sex", value, count) for value, count in split.items())]
    frame = pd.DataFrame(rows, columns=["trait", "value", "n_pupils"]).assign(**MODEL, n_schools=n_schools)
    for name in ("mean_before", "mean_growth", "sd_pupils", "sd_within", "sd_schools"):
        frame[name] = 12.5
    frame = frame.assign(spread="step").reindex(columns=shown_tables.COUNTRY.column_names)
    return tables.conform(frame, shown_tables.COUNTRY)


def terms(n_terms: int) -> pd.DataFrame:
    names = [*(f"x{i}" for i in range(n_terms)), "sigma2", "tau2"]
    frame = pd.DataFrame({"term": names}).assign(**MODEL, estimator="random_intercept", estimate=1.0, se=0.1)
    return tables.conform(frame, tables.MODEL_TERMS)


def exported(frame: pd.DataFrame) -> list[str]:
    return cbs_export.export_tables(frame, terms(3), PROFILE)[0]["value"].tolist()


@pytest.mark.parametrize(("girls", "there"), [(9, False), (10, False), (49, False), (50, True)])
def test_a_split_is_exported_whole_or_not_with_cells_of_ten_and_none_over_ninety_percent(girls, there):
    assert exported(national(jongen=500 - girls, meisje=girls)) == ["all", *(["jongen", "meisje"] if there else [])]


@pytest.mark.parametrize(("rest", "there"), [(0, True), (1, False), (9, False), (10, True)])
def test_the_rest_of_a_split_cannot_be_computed_where_it_is_small(rest, there):
    frame = national(jongen=250, meisje=250 - rest)
    assert ("meisje" in exported(frame)) == there


@pytest.mark.parametrize(("n", "there"), [(9, False), (10, True)])
def test_a_national_figure_stands_on_ten_pupils(n, there):
    assert exported(national(n=n, n_schools=10)) == ["all"] * there


@pytest.mark.parametrize(("n_schools", "spread"), [(10, False), (11, True)])
def test_a_spread_of_school_means_has_ten_degrees_of_freedom(n_schools, spread):
    row = cbs_export.export_tables(national(n_schools=n_schools), terms(3), PROFILE)[0].iloc[0]
    assert pd.notna(row["sd_schools"]) == spread
    assert pd.notna(row["sd_pupils"])


@pytest.mark.parametrize(("n_terms", "there"), [(30, True), (31, False)])
def test_a_model_has_ten_degrees_of_freedom_between_schools(n_terms, there):
    model = cbs_export.export_tables(national(n_schools=40), terms(n_terms), PROFILE)[1]
    assert len(model) == (n_terms + 2) * there
    assert (model["degrees_of_freedom"] == 10).all()


def test_no_school_pupil_or_extreme_is_exported(analysed):
    folder = analysed / "2022E"
    made = cbs_export.export_tables(
        tables.read(shown_tables.COUNTRY, folder), tables.read(tables.MODEL_TERMS, folder), PROFILE
    )
    for frame in made:
        assert len(frame)
        assert not {"brinvest", "pupil_id", "minimum", "maximum"} & set(frame.columns)
        assert not frame.astype("str").apply(lambda column: column.str.contains("99A[A-Z]")).any(axis=None)
    assert (made[0]["n_pupils"] >= 10).all()
