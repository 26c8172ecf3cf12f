"""Claims about the posterior of a network of contrasts, against closed forms and published results."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import halfnorm, multivariate_normal, norm

from windup.fit.analyses.network.linear_model import LinearPriors, Mixed, Study, posterior
from windup.fit.analyses.network.mixtures import below_of, quantiles_of

from .parkinson import BETWEEN, FIXED, RANDOM, studies, vague


def summary(found: Mixed) -> np.ndarray:
    """Mean, SD, median and 95 % limits of every coefficient."""
    rows = []
    for number in range(found.mean.shape[1]):
        mean, sd = found.mean[:, number], np.sqrt(found.covariance[:, number, number])
        first = float(found.weight @ mean)
        spread = float(np.sqrt(found.weight @ (sd**2 + mean**2) - first**2))
        rows.append((first, spread, *quantiles_of((0.5, 0.025, 0.975), found.weight, mean, sd)))
    return np.array(rows)


def test_fixed_effects_of_parkinson_trials_are_those_of_the_published_analysis() -> None:
    found, _ = posterior(studies(), vague(0.0))
    np.testing.assert_allclose(summary(found), FIXED, atol=0.025)


def test_random_effects_of_parkinson_trials_are_those_of_the_published_analysis() -> None:
    found, _ = posterior(studies(), vague(5.0))
    np.testing.assert_allclose(summary(found), RANDOM, atol=0.025)
    mean = float(found.weight @ found.between_studies)
    sd = float(np.sqrt(found.weight @ found.between_studies**2 - mean**2))
    np.testing.assert_allclose((mean, sd), BETWEEN, atol=0.01)


def test_study_is_predicted_as_by_a_posterior_without_it() -> None:
    every = studies()
    priors = LinearPriors(4.0 * np.eye(4), np.eye(4), 1.0, 0.5)
    _, predicted = posterior(every, priors)
    for number, left in enumerate(predicted):
        others, _ = posterior([study for each, study in enumerate(every) if each != number], priors)
        mean = others.mean @ every[number].design.T
        assert left.weight @ left.mean == pytest.approx(others.weight @ mean, abs=1e-4)


def test_outlier_is_predicted_by_the_small_spread_of_the_others() -> None:
    # With it the spread is above 0.4, where a grid would end; without it the others hardly differ.
    others = [
        Study(np.array([-1.0 + 0.1 * np.sin(7.0 * number)]), np.array([[0.04]]), np.ones((1, 1)))
        for number in range(10)
    ]
    outlier = Study(np.array([4.0]), np.array([[0.04]]), np.ones((1, 1)))
    priors = LinearPriors(np.array([[9.0]]), np.zeros((1, 1)), 1.0, 0.0)
    _, predicted = posterior([*others, outlier], priors)
    rest, _ = posterior(others, priors)
    spread = np.sqrt(0.04 + rest.between_studies**2 + rest.covariance[:, 0, 0])
    density = float(np.log(rest.weight @ norm.pdf(4.0, rest.mean[:, 0], spread)))
    assert predicted[-1].log_density == pytest.approx(density, abs=1e-4)
    assert density < -20.0


def test_log_densities_of_left_out_studies_and_of_all_others_add_up() -> None:
    # p(y) = p(y without study) p(study | others), whichever study it is.
    every, scale = studies(), 0.7
    priors = LinearPriors(np.diag([4.0, 4.0, 4.0, 4.0]), np.zeros((4, 4)), scale, 0.0)
    _, predicted = posterior(every, priors)

    def log_density(chosen: list[Study]) -> float:
        design = np.concatenate([study.design for study in chosen])
        values = np.concatenate([study.values for study in chosen])

        def at(tau: float) -> float:
            blocks = np.zeros((len(values), len(values)))
            first = 0
            for study in chosen:
                last = first + len(study.values)
                between = 0.5 * (np.eye(last - first) + 1.0)
                blocks[first:last, first:last] = study.covariance + tau**2 * between
                first = last
            spread = blocks + design @ priors.fixed @ design.T
            return float(multivariate_normal(cov=spread).pdf(values) * halfnorm.pdf(tau, scale=scale))

        return float(np.log(quad(at, 0.0, 6.0 * scale, epsabs=0.0, epsrel=1e-9)[0]))

    whole = log_density(every)
    for number, left in enumerate(predicted):
        rest = log_density([study for each, study in enumerate(every) if each != number])
        assert left.log_density == pytest.approx(whole - rest, abs=1e-6)


def test_single_contrast_has_the_posterior_of_two_normal_numbers() -> None:
    study = Study(np.array([-1.0]), np.array([[0.25]]), np.ones((1, 1)))
    found, (left,) = posterior([study], LinearPriors(np.array([[4.0]]), np.zeros((1, 1)), 0.0, 0.0))
    assert found.mean[0, 0] == pytest.approx(-1.0 * 4.0 / 4.25)
    assert found.covariance[0, 0, 0] == pytest.approx(4.0 * 0.25 / 4.25)
    assert left.log_density == pytest.approx(norm.logpdf(-1.0, scale=np.sqrt(4.25)))


def test_order_of_studies_changes_nothing() -> None:
    every, priors = studies(), vague(1.0)
    found, predicted = posterior(every, priors)
    reverse, reversed_predicted = posterior(every[::-1], priors)
    np.testing.assert_allclose(summary(found), summary(reverse), atol=1e-8)
    assert [left.log_density for left in predicted] == pytest.approx(
        [left.log_density for left in reversed_predicted[::-1]], abs=1e-8
    )


def test_related_effects_without_a_spread_are_one_effect() -> None:
    alike = LinearPriors(9.0 * np.ones((4, 4)) + 1e-10 * np.eye(4), np.eye(4), 0.0, 1e-6)
    one_drug = Study(np.array([-1.0]), np.array([[0.04]]), np.array([[1.0, 0.0, 0.0, 0.0]]))
    found, _ = posterior([one_drug], alike)
    means = found.weight @ found.mean
    assert means == pytest.approx(np.full(4, means[0]), abs=1e-4)


def test_quantiles_and_shares_of_a_mixture_are_those_of_many_draws() -> None:
    weight, mean, sd = np.array([0.3, 0.7]), np.array([-2.0, 1.0]), np.array([0.5, 1.5])
    rng = np.random.default_rng(1)
    drawn = rng.choice(2, p=weight, size=400_000)
    values = mean[drawn] + sd[drawn] * rng.standard_normal(400_000)
    levels = (0.025, 0.5, 0.975)
    np.testing.assert_allclose(quantiles_of(levels, weight, mean, sd), np.quantile(values, levels), atol=0.02)
    assert below_of(np.zeros(1), weight, mean, sd)[0] == pytest.approx((values < 0.0).mean(), abs=0.003)
    np.testing.assert_allclose(
        below_of(quantiles_of(levels, weight, mean, sd), weight, mean, sd), levels, atol=1e-9
    )
