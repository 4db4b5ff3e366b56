"""The fictitious country has the figures that are published, within the noise of its size, and is the same again."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from nco.base import all_settings
from nco.demo import country
from nco.demo.country import calibration, country_settings
from nco.demo.country.abilities import abilities
from nco.demo.country.country_settings import EFFECTS
from nco.demo.country.population import design, traits
from nco_utils.errors import UnusableInput
from nco_utils.models.random_intercept import fit_random_intercept
from nco_utils.tables import DOMAINS, PUPILS, RESULTS, conform

SCHOOLS, SEED = 400, 20
BIG = 6_500
ALL = slice(None)
SURE = 4.0  # standard errors: 1 in 16,000 by chance, and some hundred figures are compared

# Published: Claes' thesis on NCO data 2014-2022, Cito LVS 3.0 (domain.md, section 4). Mean (SD), M3, E3, M4, ... M8.
MOMENTS = ("M3", "E3", "M4", "E4", "M5", "E5", "M6", "E6", "M7", "E7", "M8")
MEAN = {
    "begrijpend_lezen": (None, 121.41, 139.19, 144.83, 157.09, 160.84, 173.24, 182.01, 191.38, 196.69, 206.95),
    "spelling": (166.13, 211.99, 245.09, 274.33, 298.08, 319.63, 320.52, 339.90, 355.40, 361.21, 374.58),
    "rekenen_wiskunde": (122.98, 148.39, 168.86, 190.35, 206.64, 218.55, 229.90, 241.43, 254.17, 261.50, 274.20),
}
SD = {
    "begrijpend_lezen": (None, 26.77, 27.21, 24.12, 25.35, 25.70, 24.30, 26.38, 25.47, 25.65, 26.57),
    "spelling": (48.98, 37.18, 36.09, 36.99, 37.39, 40.80, 33.33, 32.80, 30.61, 29.19, 30.23),
    "rekenen_wiskunde": (31.02, 26.50, 27.03, 26.94, 25.97, 25.86, 25.68, 25.80, 25.98, 24.66, 26.06),
}
HALF_YEAR = {"begrijpend_lezen": 0.79, "spelling": 0.82, "rekenen_wiskunde": 0.87}  # gives way to GROWTH_SD
GIVEN_WAY = {"begrijpend_lezen": 0.006, "spelling": 0.036, "rekenen_wiskunde": 0.011}  # so much at most
GROWTH_SD = {"begrijpend_lezen": 16.5, "spelling": 19.5, "rekenen_wiskunde": 13.0}  # "about"
GROWTH_ICC = {"begrijpend_lezen": 0.0095, "spelling": 0.031, "rekenen_wiskunde": 0.012}
M8_ICC = 0.10  # "about"
EARLIER = {"begrijpend_lezen": 0.458, "spelling": 0.423, "rekenen_wiskunde": 0.535}
ON_M8 = {  # reading, spelling, maths
    "education_laag": (-0.083, -0.021, -0.068),
    "education_hoog": (0.328, 0.172, 0.278),
    "age": (-0.124, -0.180, -0.180),
    "girl": (0.140, 0.001, -0.126),
    "westers": (0.102, 0.181, 0.144),
    "niet_westers": (0.057, 0.206, 0.170),
    "not_two_parents": (-0.147, -0.042, -0.149),
}
SHARES = {
    "education": {"laag": 0.072, "midden": 0.244, "hoog": 0.468, "onbekend": 0.216},
    "migration": {"geen": 0.736, "westers": 0.078, "niet_westers": 0.187},
    "sex": {"jongen": 0.511, "meisje": 0.489},
}
MISSING = {"begrijpend_lezen": (0.06, 0.22), "spelling": (0.03, 0.03), "rekenen_wiskunde": (0.02, 0.02)}
SIZES = ((0, 100, 0.17), (100, 200, 0.33), (200, 500, 0.45), (500, 10_000, 0.05))


def test_some_schools_take_tests_of_two_or_three_providers_and_the_others_of_one():
    shares = country_settings.load().schools.several_tests
    made = country.generate(60, SEED)
    kinds, results = made.enrolled.schools.set_index("brinvest")["several_tests"], country.all_results(made)
    providers = results.groupby("brinvest")["provider"].nunique()
    assert kinds.value_counts().to_dict() == {
        kind: round(60 * share) for kind, share in shares.items() if 60 * share >= 0.5
    }
    assert (providers[kinds.index[kinds.isna()].intersection(providers.index)] == 1).all()
    assert (providers[kinds.index[kinds.notna()]] >= 2).all()


class Made:
    """A country with all its pupils and results."""

    def __init__(self, schools: int, columns: list[str] | slice = ALL):
        self.country = country.generate(schools, SEED)
        parts = [(each.pupils, each.results.loc[:, columns]) for _, each in country.boards(self.country)]
        self.pupils, self.results = (pd.concat(part, ignore_index=True) for part in zip(*parts, strict=True))
        self.schools = self.country.enrolled.schools

    def scores(self, domain: str) -> pd.DataFrame:
        """One pupil of a bo school with Cito's tests a row, one moment a column, of one domain."""
        bo = self.schools.loc[self.schools["sector"] == "bo", "brinvest"]
        chosen = (self.results["domain"] == domain) & (self.results["provider"] == "cito")
        rows = self.results[chosen & self.results["brinvest"].isin(bo)]
        moment = rows["moment"] + rows["grade"].astype(str)
        cohort = rows["grade"] - rows["school_year"].str[:4].astype(int)
        keyed = rows.assign(moment=moment, cohort=cohort)
        return keyed.pivot(index=["brinvest", "cohort", "pupil_id"], columns="moment", values="score")


@pytest.fixture(scope="module")
def made() -> Made:
    return Made(SCHOOLS)


@pytest.fixture(scope="module")
def big() -> Made:
    return Made(BIG, ["brinvest", "pupil_id", "provider", "domain", "moment", "grade", "school_year", "score"])


def check_means_and_sds(made: Made) -> None:
    """Every mean and SD within SURE standard errors, which count that pupils of one school resemble each other."""
    off = {}
    for domain in DOMAINS:
        scores = made.scores(domain)
        for moment, mean, sd in zip(MOMENTS, MEAN[domain], SD[domain], strict=True):
            if mean is None:
                assert moment not in scores
                continue
            values = scores[moment].dropna()
            for figure, published in ((values, mean), ((values - mean) ** 2, sd**2)):
                off[domain, moment, published] = (figure.mean() - published) / clustered_se(figure)
    assert {key: round(value, 1) for key, value in off.items() if abs(value) > SURE} == {}
    assert np.sqrt(np.mean(np.square(list(off.values())))) < 1.6  # together too they are noise


def clustered_se(values: pd.Series) -> float:
    """The standard error of the mean of pupils, whose schools are drawn (Taylor linearisation of the ratio)."""
    sums = (values - values.mean()).groupby("brinvest").sum()
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1)) / len(values))


def check_correlations(made: Made, bound: float) -> None:
    for domain in DOMAINS:
        steps = [pairs.corr().iloc[0, 1] for pairs in each_step(made.scores(domain))]
        mean = np.mean(steps)
        assert HALF_YEAR[domain] - bound <= mean <= HALF_YEAR[domain] + GIVEN_WAY[domain] + bound, domain
        assert steps == pytest.approx([mean] * len(steps), abs=0.015 + 2 * bound), domain


def each_step(scores: pd.DataFrame) -> list[pd.DataFrame]:
    """The pupils with both moments, for each step of half a year."""
    columns = [moment for moment in MOMENTS if moment in scores]
    return [scores[[before, after]].dropna() for before, after in pairwise(columns)]


def check_growth(made: Made, bound: float) -> None:
    """The ICC of half-year growth, of a school in one year; and its SD, on average over the steps."""
    for domain in DOMAINS:
        growth = [(pairs.iloc[:, 1] - pairs.iloc[:, 0]) for pairs in each_step(made.scores(domain))]
        between, total = np.sum([variances(step) for step in growth], axis=0)
        assert between / total == pytest.approx(GROWTH_ICC[domain], abs=bound), domain
        assert np.mean([step.std() for step in growth]) == pytest.approx(GROWTH_SD[domain], rel=0.02), domain


def variances(growth: pd.Series) -> tuple[float, float]:
    """Variance between schools and total variance: one-way analysis of variance with unequal groups."""
    groups = growth.groupby(["brinvest", "cohort"])
    sizes, means = groups.size(), groups.mean()
    within = ((growth - groups.transform("mean")) ** 2).sum() / (len(growth) - len(sizes))
    between = (sizes * (means - growth.mean()) ** 2).sum() / (len(sizes) - 1)
    size = (len(growth) - (sizes**2).sum() / len(growth)) / (len(sizes) - 1)
    return (between - within) / size, (between - within) / size + within


def check_shares(made: Made) -> None:
    for trait, shares in SHARES.items():
        for value, share in shares.items():
            found = (made.pupils[trait] == value).astype(float).set_axis(made.pupils["brinvest"])
            assert abs(found.mean() - share) <= SURE * clustered_se(found), (trait, value)


def check_missing(made: Made) -> None:
    pupils = made.pupils.merge(made.schools[["brinvest", "provider", "closed"]], on="brinvest")
    pupils = pupils[(pupils["provider"] != "cito") & pupils["closed"].isna()]
    results = made.results.merge(pupils[["pupil_id", "cohort"]], on="pupil_id")
    for domain, (lowest, highest) in MISSING.items():
        taken = results[results["domain"] == domain].groupby(["moment", "grade"]).size()
        asked = pd.Series(
            {
                ("ME"[t % 2], t // 2 + 3): pupils["cohort"].between(t // 2 + 1, t // 2 + 3).sum()
                for t in range(len(MOMENTS))
            }
        )
        missing = 1 - taken.rename_axis([None, None]) / asked
        bound = SURE * np.sqrt(highest * (1 - highest) / asked.min())
        assert missing.between(lowest - bound, highest + bound).all(), domain
        assert missing.max() - missing.min() > (0.1 if domain == "begrijpend_lezen" else -1)


@pytest.mark.slow
def test_means_and_sds_are_those_of_cito_at_every_moment(made):
    check_means_and_sds(made)


@pytest.mark.slow
def test_half_year_correlations_are_the_published_ones_as_far_as_the_published_sds_of_growth_allow(made):
    check_correlations(made, bound=0.006)


@pytest.mark.parametrize("domain", DOMAINS)
def test_the_published_correlation_would_give_other_sds_of_growth_than_are_published(domain):
    """So one of the two gives way; the correlation that the published SDs leave is the nearest that can be."""
    sds = [(a, b) for a, b in pairwise(SD[domain]) if a is not None]
    mean = {
        r: np.mean([np.sqrt((b - a) ** 2 + 2 * a * b * (1 - r)) for a, b in sds])
        for r in (HALF_YEAR[domain], calibration.half_year(country_settings.load(), domain))
    }
    published, left = mean.values()
    assert left == pytest.approx(GROWTH_SD[domain], rel=1e-6)
    assert published > 1.01 * GROWTH_SD[domain]


def test_a_growth_sd_that_no_correlation_gives_is_refused():
    settings = country_settings.load()
    course = settings.courses["spelling"].model_copy(update={"growth_sd": 2.0})
    wrong = settings.model_copy(update={"courses": {**settings.courses, "spelling": course}})
    with pytest.raises(UnusableInput, match="growth_sd"):
        calibration.solve(wrong)


def test_school_icc_and_sd_of_growth_are_the_published_ones(made):
    check_growth(made, bound=0.005)


def test_shares_of_traits_are_the_published_ones(made):
    check_shares(made)


def test_tests_are_missing_as_in_a_normal_year(made):
    check_missing(made)


@pytest.mark.big
def test_the_whole_country_has_the_published_figures_within_narrow_bounds(big):
    check_means_and_sds(big)
    check_correlations(big, bound=0.002)
    check_growth(big, bound=0.0015)
    check_shares(big)
    check_missing(big)
    assert len(big.pupils) == pytest.approx(1_360_000, rel=0.02)
    assert big.country.enrolled.boards["board_number"].nunique() == 749
    check_register(big)


@pytest.mark.parametrize("domain", DOMAINS)
def test_traits_and_earlier_score_have_the_published_effects_on_m8(domain, courses):
    """Nobody has both ends within three school years, so the abilities themselves are looked at."""
    scores, x, school = courses
    d = DOMAINS.index(domain)
    settings = country_settings.load()
    start = MOMENTS.index(settings.courses[domain].start)
    covariates = np.column_stack([np.ones(len(x)), scores[:, start, d], x])
    fit = fit_random_intercept(scores[:, -1, d], covariates, school)
    published = {"earlier": EARLIER[domain]} | {name: effects[d] for name, effects in ON_M8.items()}
    places = {"earlier": 1} | {name: 2 + EFFECTS.index(name) for name in ON_M8}
    for name, value in published.items():
        # "+ 0.02": the published effect of the earlier score is one over schools, this is one within them
        assert abs(fit.beta[places[name]] - value) <= SURE * fit.se[places[name]] + 0.02, name
    assert fit.tau2 / (fit.tau2 + fit.sigma2) == pytest.approx(M8_ICC, abs=0.025)


@pytest.fixture(scope="module")
def courses() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Abilities (n, T, 3), traits (n, k) and school (n,) of 800 bo schools with 25 pupils of one cohort each."""
    settings, rng = country_settings.load(), np.random.default_rng(SEED)
    school = np.repeat(np.arange(800), 25)
    pupils = traits(rng.standard_normal(800)[school], settings, rng).assign(school=school, cohort=3, sector="bo")
    scores = abilities(pupils, 800, settings, calibration.solve(settings), rng)
    return scores, design(pupils), school


def check_register(made: Made) -> None:
    schools = made.schools
    assert schools["brinvest"].is_unique
    assert schools["school_name"].is_unique
    assert schools["brinvest"].str.fullmatch("9[0-9][A-Z]{2}0[01]").all()
    for lowest, highest, share in SIZES:
        inside = (schools["size"] > lowest) & (schools["size"] <= highest)
        assert inside.mean() == pytest.approx(share, abs=1 / len(schools) + 0.002)
    assert schools["schoolweging"].mean() == pytest.approx(30.06, abs=0.05)
    assert schools["schoolweging"].std() == pytest.approx(3.70, abs=0.10)


def test_school_sizes_and_schoolweging_are_distributed_as_in_the_country(made):
    check_register(made)


def test_every_vendor_and_provider_is_there_and_cito_delivers_its_own_tests_only(made):
    shares = made.country.settings.schools
    for column, wanted in (("vendor", shares.vendors), ("provider", shares.providers)):
        found = made.schools[column].value_counts(normalize=True).to_dict()
        assert found == pytest.approx(wanted, abs=1.5 / SCHOOLS), column
    assert set(made.schools.loc[made.schools["vendor"] == "cito", "provider"]) == {"cito"}


def test_no_name_brin_or_board_number_can_be_a_real_one(made):
    assert made.schools["school_name"].str.fullmatch(r".+ \(fictief [0-9]+\)").all()
    assert made.country.enrolled.boards["board_name"].str.fullmatch(r".+ \(fictief [0-9]+\)").all()
    # DUO: no BRIN begins with 9, and no board number lies from 66000 to 66999
    assert made.schools["brinvest"].str.startswith("9").all()
    assert made.country.enrolled.boards["board_number"].between("66000", "66999").all()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_country_and_another_seed_another():
    first, again, other = (country.all_results(country.generate(12, seed)) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(first, again)
    assert len(first) != len(other) or not first["score"].equals(other["score"])


def test_a_board_is_the_same_by_itself_as_among_the_others():
    whole = country.generate(30, 5)
    number = whole.enrolled.boards["board_number"].iloc[-1]
    in_turn = dict(country.boards(whole))[number]
    pd.testing.assert_frame_equal(in_turn.results, country.board(country.generate(30, 5), number).results)


def test_results_keep_the_contract_of_the_canonical_tables(made):
    some = made.results.head(20_000)
    conform(some.assign(source_file="a", source_row=range(len(some))), RESULTS)
    conform(country.background(made.pupils), PUPILS)
    assert not made.results.duplicated(list(RESULTS.key)).any()
    assert made.pupils["pupil_id"].is_unique


def test_a_jaargroep_from_thirty_pupils_has_several_classes_of_one_size_that_stay_together(made):
    results = made.results
    classes = results.drop_duplicates(["brinvest", "pupil_id", "school_year", "grade"])
    sizes = classes.groupby(["brinvest", "school_year", "grade"])["group"].value_counts().unstack()
    assert sizes.loc[sizes.sum(axis=1) >= 45].count(axis=1).ge(2).all()
    assert (sizes.count(axis=1) == 1).any(), "small schools have one"
    assert sizes.sum(axis=1).max() / sizes.count(axis=1).max() <= 30
    letters = classes.assign(letter=classes["group"].str[-1]).groupby(["brinvest", "pupil_id"])["letter"].nunique()
    assert (letters == 1).all()


def test_tests_are_taken_on_working_days_within_their_window(made):
    day = made.results["test_date"]
    assert (day.dt.day_of_week < 5).all()
    late = made.results["brinvest"].isin(made.schools.loc[made.schools["late"], "brinvest"])
    late &= made.results["moment"] == "E"
    assert late.any()
    assert set(day[late].dt.month) <= {8, 9, 10}
    for moment, months in (("M", {12, 1, 2}), ("E", {5, 6, 7})):
        assert set(day[(made.results["moment"] == moment) & ~late].dt.month) <= months


def test_scores_lie_within_their_scale(made):
    scales = all_settings.load().scales
    for scale, scores in made.results.groupby("scale")["score"]:
        assert scores.between(scales[scale].lowest, scales[scale].highest).all()
        assert ((scores == scales[scale].lowest) | (scores == scales[scale].highest)).mean() < 0.02


@pytest.mark.parametrize("schools", [0, 6_501])
def test_an_impossible_number_of_schools_is_refused(schools):
    with pytest.raises(UnusableInput, match="1 to 6,500 schools"):
        country.generate(schools, 1)


@pytest.mark.parametrize("schools", [1, 2, 7])
def test_a_country_can_be_as_small_as_one_school(schools):
    assert country.all_results(country.generate(schools, 3))["brinvest"].nunique() == schools
