"""Sampling in single precision, and what that does to the density: never silent.

Only the chains move in single precision. The search for a start, which takes differences of gradients, and
all that follows the draws stay in double precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Float

from windup.fit.diagnostics.mixing import pareto_smoothed
from windup.fit.sampling.kernels.kernel import Kernel, Lowered
from windup.fit.sampling.target.density import Density

# Draws at which both densities are compared.
_DRAWS = 100


class SingleError(NamedTuple):
    """Difference of the log density in single precision to that in double precision, over some draws.

    A constant difference changes no draw, so both numbers are about the mean difference.

    Attributes
    ----------
    draws
        Number of draws compared.
    largest, sd
        Largest and typical difference, nats.
    pareto_k
        Of the importance weights that would correct it: above 0.7 the draws are those of another posterior.
    """

    draws: int
    largest: float
    sd: float
    pareto_k: float


def single(lowered: Callable[[], Lowered]) -> Lowered:
    """A sampler traced, compiled and run in single precision."""

    def within[**P, T](function: Callable[P, T]) -> Callable[P, T]:
        def wrapped(*arguments: P.args, **options: P.kwargs) -> T:
            # Of this thread alone.
            with jax.enable_x64(False):
                return function(*arguments, **options)

        return wrapped

    traced = within(lowered)()

    def compile_lowered() -> Callable[[Density], Kernel]:
        bind = within(traced.compile)()

        def bound(density: Density) -> Kernel:
            return Kernel(*(within(function) for function in within(bind)(density)))

        return bound

    return traced._replace(compile=compile_lowered)


def error_of(
    density: Density,
    unconstrained: Float[np.ndarray, "chain draw parameters"],
    log_density: Float[np.ndarray, "chain draw"],
) -> SingleError:
    """Compare the log density that the chains saw with the true one at draws spread over the run."""
    flat, seen = unconstrained.reshape(-1, unconstrained.shape[-1]), log_density.ravel()
    chosen = np.unique(np.linspace(0, len(flat) - 1, _DRAWS).astype(int))
    true = np.array([-density(x)[0] for x in flat[chosen]])
    difference = seen[chosen].astype(float) - true
    about = difference - difference.mean()
    _, pareto_k = pareto_smoothed(-difference)
    return SingleError(len(chosen), float(np.abs(about).max()), float(about.std()), pareto_k)
