"""Where chains begin and in which coordinates they move: the mode and the curvature there."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize

from ._progress import Report

type Vector = Float[np.ndarray, " parameters"]
type ValueAndGradient = Callable[[Vector], tuple[float, Vector]]

_STEP = 1e-5
# Directions flatter than this are as wide as a prior of unit scale allows; a flatter reading is numerical
# noise.
_FLATTEST = 0.25
_HISTORY = 60


class Start(NamedTuple):
    """Affine map from whitened to unconstrained parameters, ``x = mode + root @ y``.

    Attributes
    ----------
    mode
        Mode of the posterior in unconstrained space.
    root
        Square root of the Laplace covariance; chains that move in ``y`` see unit scales and, near the mode,
        no correlation, so a diagonal mass matrix is enough and adapts quickly.
    """

    mode: Vector
    root: Float[np.ndarray, "parameters parameters"]


def find_start(
    potential: ValueAndGradient, initial: Vector, *, report: Report, iterations: int = 800
) -> Start:
    """Mode by L-BFGS from prior medians, then the Hessian from gradients.

    Parameters
    ----------
    potential
        Negative log density and its gradient.
    initial
        Unconstrained prior medians.
    report
        Progress.
    iterations
        Largest number of L-BFGS iterations; a mode that is not reached costs warm-up, not correctness.
    """
    evaluations = 0
    count = len(initial)

    def counted(x: Vector) -> tuple[float, Vector]:
        nonlocal evaluations
        evaluations += 1
        report("start", evaluations, 0, "seeking the mode")
        value, gradient = potential(x)
        return (value, gradient) if np.isfinite(value) else (1e10, np.zeros_like(x))

    found = minimize(
        counted,
        initial,
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": iterations,
            "maxfun": 2 * iterations,
            "maxcor": _HISTORY,
            "ftol": 1e-10,
            "gtol": 1e-2,
        },
    )
    mode = np.asarray(found.x)
    at_mode = potential(mode)[1]
    hessian = np.empty((count, count))
    for i in range(count):
        step = np.zeros(count)
        step[i] = _STEP
        hessian[i] = (potential(mode + step)[1] - at_mode) / _STEP
        report("start", evaluations + i + 1, evaluations + count, "measuring the curvature")
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2.0)
    return Start(mode, vectors / np.sqrt(np.maximum(values, _FLATTEST)))
