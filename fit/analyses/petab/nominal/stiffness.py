"""Whether an explicit method can solve a model at its nominal values."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
from scipy.integrate import solve_ivp

from windup.fit.analyses.petab.solve import Solver

# Rates that one step of the explicit method of SciPy computes, which is of order 8 too.
_RATES_OF_A_STEP = 12
# A step of the implicit method costs several of the explicit one, and it is of lower order.
_MOST_STEPS = 1000
_TOLERANCE = 1e-6


class _TooManySteps(Exception):
    """The explicit method does not get on."""


def method_for(solver: Solver) -> Solver:
    """The same solver with the method that suits the model.

    SciPy solves the first period of every experiment explicitly, which needs no long compilation. Where this
    takes more than a thousand steps, stability and not accuracy decides on their length, and the method is
    implicit.

    Parameters
    ----------
    solver
        With any method.
    """
    return replace(solver, method="dopri8" if _is_easy(solver) else "kvaerno5")


def _is_easy(solver: Solver) -> bool:
    if not solver.mechanism.states:
        return True
    given = {name: jnp.asarray(each.nominal, float) for name, each in solver.parameters.items()}
    rates = jax.jit(lambda time, state, constants: solver.rates(time, state, constants, given))
    for batch in solver.layout.batches:
        states, constants = jax.jit(lambda batch=batch: solver.begin(batch, given))()
        for index, (state, held) in enumerate(zip(np.asarray(states), np.asarray(constants), strict=True)):
            left = _RATES_OF_A_STEP * _MOST_STEPS

            def counted(time: float, state: np.ndarray, held: np.ndarray = held) -> np.ndarray:
                nonlocal left
                left -= 1
                if left < 0:
                    raise _TooManySteps
                return np.asarray(rates(time, state, held))

            span = batch.starts[index, 0], batch.ends[index, 0]
            try:
                done = solve_ivp(
                    counted, span, state, "DOP853", rtol=_TOLERANCE, atol=1e-3 * _TOLERANCE, t_eval=span[1:]
                )
            except _TooManySteps:
                return False
            if not done.success or not np.all(np.isfinite(done.y)):
                return False
    return True
