"""Slopes by central differences whose step is chosen from the differences alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

# Steps become smaller by this factor. Of a solve with error they must not become too small.
_RATIO = 3.0
_STEPS = 5


class Slopes(NamedTuple):
    """Slopes of a function, ``(parameters,)``, and how far each may be from the true one."""

    values: Float[np.ndarray, " parameters"]
    errors: Float[np.ndarray, " parameters"]


def slopes_of(
    function: Callable[[np.ndarray], float], point: Float[np.ndarray, " parameters"], *, step: float
) -> Slopes:
    r"""Slopes of a function by central differences, extrapolated to a step of nothing.

    The difference :math:`D(h)=(f(x+h)-f(x-h))/2h` has an error of even powers of :math:`h`, and one of
    :math:`\varepsilon/h` from the errors :math:`\varepsilon` of :math:`f`. Differences of several steps are
    combined so that powers cancel, and of all combinations that is kept which differs least from those
    that it is made of (Ridders 1982, Advances in Engineering Software 4, 75-76).

    Parameters
    ----------
    function
        Of a point.
    point
        Where.
    step
        Largest step; the smallest of five is an eighty-first of it.

    Examples
    --------
    >>> found = slopes_of(lambda x: float(np.exp(x[0])), np.zeros(1), step=0.1)
    >>> bool(abs(found.values[0] - 1.0) < 1e-10)
    True
    """
    found = [_slope(function, point, direction, step) for direction in np.eye(len(point))]
    values, errors = np.array(found).reshape(-1, 2).T
    return Slopes(values, errors)


def _slope(
    function: Callable[[np.ndarray], float], point: np.ndarray, direction: np.ndarray, step: float
) -> tuple[float, float]:
    best = (float("nan"), float("inf"))
    before: list[float] = []
    for number in range(_STEPS):
        size = step / _RATIO**number
        row = [(function(point + size * direction) - function(point - size * direction)) / (2.0 * size)]
        for order, larger in enumerate(before, start=1):
            gain = _RATIO ** (2 * order)
            row.append((gain * row[-1] - larger) / (gain - 1.0))
            apart = max(abs(row[-1] - row[-2]), abs(row[-1] - larger))
            if apart < best[1]:
                best = (row[-1], apart)
        before = row
    return best
