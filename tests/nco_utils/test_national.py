"""Growth of the country, of schools and of subgroups, against numpy on the pupils themselves."""

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco_utils import growth, national, subgroups, tables
from nco_utils.errors import ContractError

ROUND_E = all_settings.load().round("2022E")
SETTINGS = all_settings.load().subgroups
UNIT = tables.UNIT_KEYS


@pytest.fixture(scope="module")
def pairs() -> pd.DataFrame:
    """Growth of 600 pupils at nine schools, two cohorts, two steps and two scales, in classes."""
    rng = np.random.default_rng(1)
    n = 600
    frame = pd.DataFrame(
        {
            "brinvest": [f"99A{letter}00" for letter in rng.choice(list("ABCDEFGHI"), n)],
            "pupil_id": [f"p{i}" for i in range(n)],
            "domain": "spelling",
            "scale": rng.choice(["S", "T"], n, p=[0.9, 0.1]),
            "step": rng.choice(["E6-M7", "E7-M8"], n),
            "school_year": rng.choice(["2020-2021", "2021-2022"], n),
            "group": rng.choice(["7A", "7B", None], n),
            "score_before": rng.normal(200, 20, n),
            "growth": rng.normal(10, 15, n),
            "days_between": 200,
        }
    )
    frame = frame.assign(score_after=frame["score_before"] + frame["growth"], start=subgroups.starting_thirds(frame))
    return tables.conform(frame, tables.GROWTH)


@pytest.fixture(scope="module")
def pupils(pairs) -> pd.DataFrame:
    """Their background: drawn from all values; of every tenth pupil there is none."""
    rng = np.random.default_rng(2)
    known = pairs.loc[np.arange(len(pairs)) % 10 > 0, ["brinvest", "pupil_id"]]
    drawn = {c.name: rng.choice(list(c.allowed), len(known)) for c in tables.PUPILS.columns if c.allowed}
    return tables.conform(known.assign(**drawn, months_older=0.0), tables.PUPILS)


@pytest.fixture(scope="module")
def schools(pairs) -> pd.DataFrame:
    """Their schools, one in three of them sbo."""
    names = sorted(pairs["brinvest"].unique())
    return pd.DataFrame({"brinvest": names, "sector": ["sbo" if i % 3 == 0 else "bo" for i in range(len(names))]})


@pytest.fixture(scope="module")
def members(pairs, pupils) -> pd.DataFrame:
    return subgroups.members(pairs, pupils, SETTINGS)


@pytest.fixture(scope="module")
def country(pairs, schools, members) -> pd.DataFrame:
    return national.national(pairs, schools, members)


@pytest.fixture(scope="module")
def units(pairs, schools, country, members) -> pd.DataFrame:
    return national.figures(pairs, schools, country, members)


@pytest.fixture(scope="module")
def long(pairs, schools, pupils) -> pd.DataFrame:
    """One row per pair and displayed value it has, made the slow way: the truth of these tests."""
    rows = []
    known = pairs.merge(schools).merge(pupils, on=["brinvest", "pupil_id"], how="left")
    for row in known.to_dict("records"):
        rows.append(row | {"trait": "all", "value": "all"})
        for trait, settings in SETTINGS.items():
            value = row[trait]
            if isinstance(value, str) and (value in settings.values or trait == "group"):
                rows.append(row | {"trait": trait, "value": value})
    return pd.DataFrame(rows)


def test_every_national_figure_is_that_of_its_pupils(country, long):
    keys = [*tables.MODEL_KEYS, "trait", "value"]
    parts = dict(iter(long[long["trait"] != "group"].groupby(keys)))
    assert set(map(tuple, country[keys].to_numpy())) == set(parts)
    for row in country.to_dict("records"):
        theirs = parts[tuple(row[key] for key in keys)]
        means = theirs.groupby("brinvest")["growth"].transform("mean")
        freedom = len(theirs) - theirs["brinvest"].nunique()
        within = np.sqrt(((theirs["growth"] - means) ** 2).sum() / freedom) if freedom else np.nan
        ours = [row[name] for name in ("n_pupils", "n_schools", "mean_before", "mean_growth")]
        truth = [len(theirs), theirs["brinvest"].nunique(), theirs["score_before"].mean(), theirs["growth"].mean()]
        assert ours == pytest.approx(truth, rel=1e-12)
        spreads = [row[name] for name in ("sd_pupils", "sd_within", "sd_schools")]
        of_schools = theirs.groupby("brinvest")["growth"].mean().std(ddof=1)
        assert spreads == pytest.approx([theirs["growth"].std(ddof=1), within, of_schools], rel=1e-9, nan_ok=True)


def test_every_figure_of_a_unit_is_that_of_its_pupils(units, long):
    parts = {key: rows["growth"].to_numpy() for key, rows in long.groupby(UNIT)}
    for row in units.to_dict("records"):
        theirs = parts[tuple(row[key] for key in UNIT)]
        assert (row["n_pupils"], row["mean_growth"]) == (len(theirs), pytest.approx(theirs.mean(), rel=1e-12))
        percentiles = [row[f"p{p}"] for p in national.PERCENTILES]
        np.testing.assert_allclose(percentiles, np.percentile(theirs, national.PERCENTILES), rtol=1e-10, atol=1e-10)


def test_units_are_all_schools_and_the_values_of_every_split_of_two_values_or_more(units, long):
    block = ["brinvest", "school_year", "step", "domain", "scale", "trait"]
    several = long.groupby(block)["value"].transform("nunique") >= 2
    expected = long[several | (long["trait"] == "all")]
    assert set(map(tuple, units[UNIT].to_numpy())) == set(map(tuple, expected[UNIT].to_numpy()))


def test_standardised_growth_of_a_subgroup_is_against_all_pupils_of_the_country(units, country):
    row = units[(units["trait"] == "sex") & (units["scale"] == "S")].iloc[0]
    of = country[(country["trait"] == "all") & (country[tables.MODEL_KEYS] == row[tables.MODEL_KEYS]).all(axis=1)]
    distance = row["mean_growth"] - of["mean_growth"].item()
    assert row["standardised"] == pytest.approx(distance / of["sd_schools"].item())
    assert row["standardised_pupils"] == pytest.approx(distance / of["sd_pupils"].item())
    assert row["standardised_se"] == pytest.approx(row["mean_growth_se"] / of["sd_schools"].item())


UNIT_OF_SUPPRESSION = ["brinvest", "school_year", "step", "domain", "scale"]


@pytest.fixture(scope="module")
def variances(units) -> pd.DataFrame:
    """The variance that the standard errors of a school's units are made of: the least, the largest and of how many."""
    variance = units["mean_growth_se"] ** 2 * units["n_pupils"].astype(float)
    return variance.groupby([units[name] for name in UNIT_OF_SUPPRESSION]).agg(["min", "max", "count"]).dropna()


def test_all_units_of_a_school_have_the_variance_of_the_whole_school(variances):
    """So an interval of a subgroup tells nothing of the spread of its own few pupils."""
    assert (variances["count"] > 1).sum() > 20
    np.testing.assert_allclose(variances["min"], variances["max"], rtol=1e-9)


def test_the_variance_of_a_school_lies_between_its_own_and_the_pooled_one(variances, units, country, pairs):
    whole = country[country["trait"] == "all"]
    known = units[units["trait"] == "all"].merge(whole, on=tables.MODEL_KEYS, suffixes=("", "_country"))
    pooled = known.set_index(UNIT_OF_SUPPRESSION)["sd_within"].loc[variances.index] ** 2
    own = pairs.groupby(UNIT_OF_SUPPRESSION)["growth"].var().loc[variances.index]  # empty for one pupil
    both = pd.DataFrame({"own": own.fillna(pooled), "pooled": pooled})
    assert variances["max"].between(both.min(axis=1) * (1 - 1e-9), both.max(axis=1) * (1 + 1e-9)).all()
    assert own.isna().any()
    assert (variances["max"] / pooled - 1).abs().max() > 0.05


def test_the_country_has_no_figure_of_a_class(country):
    assert "group" not in set(country["trait"])


def test_the_order_of_schools_and_pupils_changes_nothing(pairs, schools, pupils, country, units):
    shuffled = pairs.sample(frac=1, random_state=3, ignore_index=True)
    members = subgroups.members(shuffled, pupils.sample(frac=1, random_state=4), SETTINGS)
    other = national.national(shuffled, schools[::-1], members)
    pd.testing.assert_frame_equal(_sorted(other, country), _sorted(country, country), rtol=1e-12)
    again = national.figures(shuffled, schools[::-1], other, members)
    pd.testing.assert_frame_equal(_sorted(again, units), _sorted(units, units), rtol=1e-10)


def _sorted(frame: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in like.columns if name in {*tables.MODEL_KEYS, *UNIT}]
    return frame.sort_values(keys, ignore_index=True)


def test_spreads_are_those_of_pupils_of_schools_and_within_schools(results):
    for school, gains in {"99AA00": (1, 3), "99AB00": (5, 9, 10)}.items():
        for i, gain in enumerate(gains):
            results.add(str(i), "E7-2021", 100, school=school).add(str(i), "M8-2022", 100 + gain, school=school)
    row = _country(results).iloc[0]
    assert row["sd_pupils"] == pytest.approx(np.std([1, 3, 5, 9, 10], ddof=1))
    assert row["sd_schools"] == pytest.approx(np.std([2, 8], ddof=1))
    assert row["sd_within"] == pytest.approx(np.sqrt((1 + 1 + 9 + 1 + 4) / 3))


def test_one_school_has_no_spread_of_school_means(results):
    results.add("p", "E7-2021", 100).add("p", "M8-2022", 101)
    row = _country(results).iloc[0]
    assert pd.isna(row["sd_schools"])
    assert pd.isna(row["sd_within"])


def test_a_school_that_the_register_does_not_have_stops_everything(results):
    made = growth.pair(results.add("p", "E7-2021", 100).add("p", "M8-2022", 101).table(), ROUND_E)
    with pytest.raises(ContractError, match="1 school"):
        national.national(made.pairs, pd.DataFrame({"brinvest": ["99ZZ00"], "sector": ["bo"]}))


def test_without_pairs_there_are_no_figures():
    pairs = tables.empty(tables.GROWTH)
    schools = pd.DataFrame({"brinvest": [], "sector": []}, dtype="str")
    members = subgroups.members(pairs, tables.empty(tables.PUPILS), SETTINGS)
    country = national.national(pairs, schools, members)
    assert country.empty
    assert national.figures(pairs, schools, country, members).empty


def _country(results) -> pd.DataFrame:
    schools = pd.DataFrame({"brinvest": ["99AA00", "99AB00"], "sector": "bo"})
    return national.national(growth.pair(results.table(), ROUND_E).pairs, schools)
