"""Claims about the profile over the total gain, in densities where it is known in closed form."""

import numpy as np
import pytest

from windup.fit.analyses.identifiability.figures import gain_figure
from windup.fit.analyses.identifiability.gain_profile import GAINS, GainProfile, gain_profile

RNG = np.random.default_rng(2)
ROOT = RNG.normal(size=(6, 6)) / 3.0 + np.eye(6)
COVARIANCE = ROOT @ ROOT.T
PRECISION = np.linalg.inv(COVARIANCE)
CENTRE = RNG.normal(size=6)
TOWARDS = RNG.normal(size=6)


def normal(x: np.ndarray) -> tuple[float, np.ndarray]:
    away = x - CENTRE
    return 0.5 * float(away @ PRECISION @ away), PRECISION @ away


def log_gain(x: np.ndarray) -> tuple[float, np.ndarray]:
    return float(TOWARDS @ (x - CENTRE)) + np.log(0.6), TOWARDS


def test_fall_in_a_normal_density_is_half_the_squared_distance_in_standard_deviations() -> None:
    found = gain_profile(normal, log_gain, CENTRE, COVARIANCE)
    distance = np.log(np.array(GAINS) / 0.6)
    np.testing.assert_allclose(found.gain, GAINS)
    np.testing.assert_allclose(found.fall, 0.5 * distance**2 / (TOWARDS @ COVARIANCE @ TOWARDS), rtol=2e-3)
    assert found.best == pytest.approx(0.6)
    assert found.converged.all()


def test_gain_of_several_coordinates_that_is_no_line_is_held_where_it_is_asked() -> None:
    def of_sum(x: np.ndarray) -> tuple[float, np.ndarray]:
        shares = np.exp(x[:2])
        return float(np.log(shares.sum())), np.concatenate([shares / shares.sum(), np.zeros(4)])

    def unit(x: np.ndarray) -> tuple[float, np.ndarray]:
        return 0.5 * float(x @ x), x

    found = gain_profile(unit, of_sum, np.zeros(6), np.eye(6), (1.0, 4.0))
    # By symmetry both shares are half of the gain, and nothing else moves.
    np.testing.assert_allclose(found.fall, np.log([0.5, 2.0]) ** 2, rtol=5e-3)


def test_search_that_passes_the_point_it_was_told_to_be_best_counts_from_there() -> None:
    found = gain_profile(normal, log_gain, CENTRE + 1.0, COVARIANCE, (0.6, 1.2))
    assert found.fall[0] == 0.0
    assert found.fall[1] > 0.0
    assert found.best == pytest.approx(0.6)


def test_figure_shows_every_gain_and_searches_that_were_cut_off_as_open_points() -> None:
    found = GainProfile(
        np.array([0.5, 1.0, 1.5]), np.array([0.0, 2.0, 9.0]), np.array([True, True, False]), 0.5
    )
    axes = gain_figure({"posterior": found}).axes[0]
    closed, opened = axes.lines[1], axes.lines[2]
    assert (len(closed.get_xdata()), len(opened.get_xdata())) == (2, 1)
    assert opened.get_markerfacecolor() == "white"
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.5", "1", "1.5"]
