"""A problem at its nominal values: log-likelihood at two tolerances, and its gradient against differences."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from windup.fit.analyses.petab.problem import PetabProblem
from windup.fit.analyses.petab.sites import on_scale, plain

# A relative step at which rounding and curvature of a smooth log-likelihood are alike small.
_STEP = 1e-4


class Evaluated(NamedTuple):
    """A problem at its nominal values.

    Attributes
    ----------
    log_likelihood, tight
        In nats, with the tolerance and with a tenth of it.
    gradient_error
        Largest difference between the gradient and central differences, as a share of the largest component,
        or in nats where that is below 1; by the parameters on the scale of the estimation.
    worst
        Parameter that has it.
    """

    log_likelihood: float
    tight: float
    gradient_error: float
    worst: str


def evaluate(problem: PetabProblem) -> Evaluated:
    """Log-likelihood and gradient of a problem at its nominal values.

    Parameters
    ----------
    problem
        As it was read; no prior is needed.
    """
    names = list(problem.nominal)
    scales = [problem.contents.parameters[name].scale for name in names]
    point = np.array(
        [on_scale(scale, problem.nominal[name]) for name, scale in zip(names, scales, strict=True)], float
    )

    def of(problem: PetabProblem) -> Any:
        def log_likelihood(x: Array) -> Array:
            values = {
                name: plain(scale, x[n]) for n, (name, scale) in enumerate(zip(names, scales, strict=True))
            }
            return problem.log_likelihood(values)

        return jax.jit(log_likelihood)

    accurate = of(problem.with_tolerance(0.1 * problem.solver.tolerance))
    here, tight = float(of(problem)(jnp.asarray(point))), float(accurate(jnp.asarray(point)))
    if not names:
        return Evaluated(here, tight, 0.0, "")
    gradient = np.asarray(jax.jit(jax.grad(accurate))(jnp.asarray(point)))
    steps = _STEP * np.maximum(np.abs(point), 1.0) * np.eye(len(point))
    differences = np.array(
        [float(accurate(point + step) - accurate(point - step)) / (2.0 * step.max()) for step in steps]
    )
    errors = np.abs(gradient - differences) / max(float(np.max(np.abs(differences))), 1.0)
    worst = int(np.argmax(np.where(np.isfinite(errors), errors, np.inf)))
    return Evaluated(here, tight, float(errors[worst]), names[worst])
