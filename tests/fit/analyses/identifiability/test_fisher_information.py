"""Claims about Fisher information and its spectrum, against closed forms."""

import numpy as np

from windup.fit.analyses.identifiability.information import (
    central_differences,
    information,
    spectrum,
    without,
)

NAMES = ("a", "b", "c")


def test_information_of_a_linear_gaussian_model_is_the_inverse_covariance_of_least_squares() -> None:
    rng = np.random.default_rng(1)
    jacobian, spread = rng.normal(size=(30, 3)), np.exp(rng.normal(size=30))
    found = information(central_differences(lambda x: x @ jacobian.T, np.zeros(3)), np.diag(spread**-2))
    weighted = jacobian / spread[:, None]
    covariance = np.linalg.inv(weighted.T @ weighted)
    np.testing.assert_allclose(np.linalg.inv(found), covariance, rtol=1e-8)
    eigenvalues = spectrum(found, NAMES)["eigenvalue"].to_numpy()
    np.testing.assert_allclose(eigenvalues, 1.0 / np.linalg.eigvalsh(covariance), rtol=1e-8)


def test_derivatives_are_those_of_the_function() -> None:
    point = np.array([0.3, -0.7])
    found = central_differences(lambda x: np.stack([np.sin(x[:, 0]), x[:, 0] * np.exp(x[:, 1])], 1), point)
    exact = [[np.cos(0.3), 0.0], [np.exp(-0.7), 0.3 * np.exp(-0.7)]]
    np.testing.assert_allclose(found, exact, atol=1e-8)


def test_a_sum_that_the_rows_see_alone_leaves_its_difference_to_the_prior_and_names_both() -> None:
    # Rows see a + b and c; of a - b they say nothing.
    jacobian = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [0.0, 0.0, 3.0]])
    table = spectrum(information(jacobian, np.eye(3)), NAMES)
    sloppiest = table.iloc[-1]
    assert sloppiest["eigenvalue"] < 1e-12
    assert sloppiest["direction"] in ("+0.71 a -0.71 b", "+0.71 b -0.71 a")
    np.testing.assert_allclose(table["eigenvalue"].head(2), [10.0, 9.0])
    np.testing.assert_allclose(table["share"], 1.0)


def test_what_is_integrated_out_is_lost_as_in_the_joint_normal() -> None:
    rng = np.random.default_rng(2)
    jacobian = rng.normal(size=(12, 5))
    found, nuisance = information(jacobian, np.eye(12)), np.array([False, True, False, True, False])
    # The nuisance has a standard normal prior; rows then have covariance 1 + K K^T.
    latent, kept = jacobian[:, nuisance], jacobian[:, ~nuisance]
    marginal = kept.T @ np.linalg.inv(np.eye(12) + latent @ latent.T) @ kept
    np.testing.assert_allclose(without(found, nuisance), marginal, rtol=1e-10)
