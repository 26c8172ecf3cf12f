"""Claims about the effects of studies with responder shares."""

from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats

from windup.fit.problem.errors.study_effects import DrawnEffects, study_scale
from windup.fit.problem.observation import student_t

DISTANCE, COUNT = 7.3, 3.0


@pytest.mark.parametrize("degrees", [2.5, 4.0, 30.0])
def test_a_normal_whose_precision_is_drawn_given_the_rows_is_the_student_t_of_the_effects(
    degrees: float,
) -> None:
    # Given rows at a squared distance, a whitened effect is a Student t: joint density over that of rows.
    half, effect = (degrees + COUNT) / 2.0, 1.7
    study: Any = SimpleNamespace(
        count=jnp.asarray(COUNT), distance=jnp.asarray(DISTANCE), degrees_of_freedom=jnp.asarray(degrees)
    )

    def mixed(precision: float) -> float:
        drawn = DrawnEffects(jnp.zeros(()), jnp.asarray(precision))
        scale = float(study_scale(study, study, study, drawn))
        return float(stats.norm.pdf(effect, scale=scale) * stats.gamma.pdf(precision, half, scale=1.0 / half))

    density, _ = integrate.quad(mixed, 0.0, 40.0, epsabs=1e-12, limit=200)
    joint = student_t(jnp.asarray(DISTANCE + effect**2), jnp.asarray(COUNT + 1.0), jnp.asarray(degrees))
    rows = student_t(jnp.asarray(DISTANCE), jnp.asarray(COUNT), jnp.asarray(degrees))
    assert np.log(density) == pytest.approx(float(joint - rows), abs=1e-8)
