"""Claims about the test of uniform ranks."""

from typing import Any

import numpy as np
import pytest
from arviz_stats import ecdf_utils
from scipy.stats import norm

from windup.fit.analyses.calibration.uniformity import POWER, band, detectable, p_value, stays_inside

COUNT = 100
UNIFORM = np.random.default_rng(1).uniform(size=(20_000, COUNT))


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_uniform_values_stay_inside_their_band_as_often_as_it_says(level: float) -> None:
    error = np.sqrt(level * (1.0 - level) / len(UNIFORM))
    # Counts are whole numbers, so that no band has its level exactly.
    assert (
        level - 4.0 * error < stays_inside(UNIFORM, band(COUNT, level)).mean() < level + 0.005 + 4.0 * error
    )


def test_band_is_that_of_arviz_within_one_value() -> None:
    arviz: Any = ecdf_utils
    rng = np.random.default_rng(2)
    _, _, low, high = arviz.ecdf_pit(UNIFORM[0], 0.95, n_simulations=4000, rng=rng)
    limits = band(COUNT, 0.95)
    np.testing.assert_allclose(limits.low, COUNT * low[1:-1], atol=1.0 + 1e-9)
    np.testing.assert_allclose(limits.high, COUNT * high[1:-1], atol=1.0 + 1e-9)


def test_p_value_is_below_a_twentieth_exactly_outside_the_band() -> None:
    some = UNIFORM[:1000]
    outside = ~stays_inside(some, band(COUNT, 0.95))
    np.testing.assert_array_equal([p_value(values) < 0.05 for values in some], outside)


def test_p_values_of_uniform_values_are_uniform() -> None:
    found = np.array([p_value(values) for values in UNIFORM[:1000]])
    assert p_value(found) > 0.01


@pytest.mark.parametrize("count", [2, 3, 10])
def test_few_values_never_leave_the_band_by_their_number_alone(count: int) -> None:
    assert p_value((np.arange(count) + 0.5) / count) > 0.5


def test_deviation_that_is_called_detectable_is_detected() -> None:
    found, limits = detectable(COUNT, 0.95), band(COUNT, 0.95)
    truth = np.random.default_rng(3).normal(size=(4000, COUNT))
    for mean, sd in ((found.shift, 1.0), (0.0, found.narrow), (0.0, found.wide)):
        outside = ~stays_inside(norm.cdf((truth - mean) / sd), limits)
        assert outside.mean() == pytest.approx(POWER, abs=0.05)


def test_stricter_level_and_fewer_ranks_find_only_larger_deviations() -> None:
    assert detectable(COUNT, 0.95).shift < detectable(COUNT, 0.999).shift < detectable(20, 0.999).shift
