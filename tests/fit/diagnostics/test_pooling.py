"""Claims about means over trials: those of another library, and closed forms."""

import math

import numpy as np
import pytest
from scipy.stats import norm
from scipy.stats import t as student

from windup.fit.diagnostics.pooling import random_effects

# Trials of the BCG vaccine against tuberculosis (Colditz et al. 1994, doi 10.1001/jama.1994.03510330076038):
# cases and others among the vaccinated, cases and others among the controls.
BCG = np.array(
    [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    float,
)


def test_log_relative_risks_of_the_bcg_trials_are_pooled_as_by_statsmodels() -> None:
    cases, others, control_cases, control_others = BCG.T
    vaccinated, controls = cases + others, control_cases + control_others
    estimates = np.log(cases / vaccinated) - np.log(control_cases / controls)
    errors = np.sqrt(1 / cases - 1 / vaccinated + 1 / control_cases - 1 / controls)
    pooled = random_effects(estimates, errors)
    # statsmodels 0.15.0: combine_effects(..., method_re="iterated", use_t=True, atol=1e-12), with HKSJ.
    assert pooled.between_sd**2 == pytest.approx(0.31806845, abs=1e-7)
    assert pooled.mean == pytest.approx(-0.71496815, abs=1e-7)
    assert pooled.standard_error == pytest.approx(0.18089219, abs=1e-7)
    assert (pooled.low_95, pooled.high_95) == pytest.approx((-1.10909838, -0.32083793), abs=1e-6)


def test_trials_that_agree_keep_their_own_errors() -> None:
    pooled = random_effects(np.array([-1.0, -1.0, -1.0]), np.array([0.3, 0.3, 0.3]))
    assert pooled.between_sd == 0.0
    assert pooled.standard_error == pytest.approx(0.3 / math.sqrt(3.0))
    assert pooled.high_95 == pytest.approx(-1.0 + student.ppf(0.975, 2) * 0.3 / math.sqrt(3.0))


def test_equal_errors_give_the_sample_variance_between_trials() -> None:
    estimates = np.array([-2.0, 0.0, 1.0, -0.6])
    pooled = random_effects(estimates, np.full(4, 0.4))
    assert pooled.between_sd**2 == pytest.approx(estimates.var(ddof=1) - 0.16)
    assert pooled.mean == pytest.approx(estimates.mean())
    assert pooled.standard_error == pytest.approx(estimates.std(ddof=1) / 2.0)


def test_single_trial_keeps_its_own_interval_and_shows_no_spread() -> None:
    pooled = random_effects(np.array([-0.7]), np.array([0.25]))
    assert (pooled.mean, pooled.standard_error) == (-0.7, 0.25)
    assert pooled.low_95 == pytest.approx(-0.7 + norm.ppf(0.025) * 0.25)
    assert math.isnan(pooled.between_sd)


@pytest.mark.parametrize("seed", range(20))
def test_spread_solves_the_equation_of_paule_and_mandel_or_is_zero(seed: int) -> None:
    rng = np.random.default_rng(seed)
    errors = rng.uniform(0.1, 0.6, 6)
    estimates = rng.normal(-1.0, errors + 0.2 * (seed % 3))
    pooled = random_effects(estimates, errors)
    distance = np.sum((estimates - pooled.mean) ** 2 / (errors**2 + pooled.between_sd**2))
    assert distance == pytest.approx(5.0) or (pooled.between_sd == 0.0 and distance <= 5.0)
    assert pooled.weights.sum() == pytest.approx(1.0)
