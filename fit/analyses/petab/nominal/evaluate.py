"""A problem at its nominal values: log-likelihood at two tolerances, and its gradient against differences."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from windup.fit.analyses.petab.nominal.differences import slopes_of
from windup.fit.analyses.petab.problem import PetabProblem
from windup.fit.analyses.petab.sites import on_scale, plain

# Largest step of the differences: a share of a parameter, or a number of decades or of e-folds.
_STEP = 0.1


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
    difference_error
        How far the differences themselves may be from the slopes, as differences of several steps show it, in
        the same unit. A ``gradient_error`` that is not larger is theirs.
    """

    log_likelihood: float
    tight: float
    gradient_error: float
    worst: str
    difference_error: float


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
        return Evaluated(here, tight, 0.0, "", 0.0)
    gradient = np.asarray(jax.jit(jax.grad(accurate))(jnp.asarray(point)))
    sizes = np.array(
        [abs(x) if scale == "lin" and x else 1.0 for x, scale in zip(point, scales, strict=True)]
    )
    slopes = slopes_of(lambda x: float(accurate(point + x * sizes)), np.zeros(len(point)), step=_STEP)
    differences = slopes.values / sizes
    largest = max(1.0, *np.abs(differences[np.isfinite(differences)]).tolist())
    errors = np.abs(gradient - differences) / largest
    worst = int(np.argmax(np.where(np.isfinite(errors), errors, np.inf)))
    own = float(np.max(slopes.errors / sizes) / largest)
    return Evaluated(here, tight, float(errors[worst]), names[worst], own)
