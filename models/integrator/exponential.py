r"""A frozen-mesh exponential Runge-Kutta integrator with a stage-wise discrete adjoint.

Every state of a pain model relaxes at a known linear rate. The integrator solves that part exactly and treats
the rest with Krogstad's fourth-order scheme (2005, J Comput Phys 203:72, doi 10.1016/j.jcp.2004.08.006; its
middle stages see the linear decay of what they mix): no step is limited by a fast state, a steady state is
kept exactly, and steps can grow to months once the dynamics are slow. The mesh is given and shared by all
arms, so there is no loop that waits for its slowest arm, the scheme's weights are computed once per step and
state, and the gradient is that of the numbers actually computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Float, Int

from windup.models.integrator.lanes import Lanes, Prepared, prepare, rows

type Tree = Any
type Derivative = Callable[[Tree, Tree, Tree], Tree]
type Limits = tuple[tuple[float, ...], ...] | None


class _Tableau(NamedTuple):
    r"""Weights of one step, per stage (the last row is the step itself) and state.

    :math:`x_i = d_i y + \sum_{j < i} m_{ij} N_j` with the remainders :math:`N_j` at the stages before.
    """

    decay: Float[Array, "stages_and_end states 1"]
    mix: Float[Array, "stages_and_end stages states 1"]


def integrate(
    derivative: Derivative,
    start: Tree,
    step_inputs: Tree,
    step_days: Float[Array, " steps"],
    constants: Tree,
    rates: Tree,
    *,
    renewed: tuple[Int[np.ndarray | Array, " renewals"], Tree] | None = None,
    limits: tuple[Tree, Tree] | None = None,
) -> Tree:
    r"""States after every step of :math:`\dot y = f(y, u, c)` on a given mesh.

    Parameters
    ----------
    derivative
        ``derivative(state, inputs, constants)``, per day; pure and vectorised over arms.
    start
        State pytree, leaves of shape ``(arms,)``.
    step_inputs
        Inputs constant within a step, leaves ``(steps, arms)``.
    step_days
        Step lengths in days.
    constants
        Whatever else the derivative needs; leaves are ``(arms,)`` or scalars shared by all arms.
    rates
        Linear rates per state, scalars, non-negative.
    renewed
        Steps at which other arms take the place of those before, and the states in which they do, leaves
        ``(renewals, arms)``: groups of arms go through one compiled loop, each for as long as it needs. What
        lies beyond the last step is left out.
    limits
        Lowest and highest value of every state, numbers, between which the flow itself keeps it. A step that
        leaves them, by its own error after an abrupt change, ends at the border.

    Returns
    -------
    pytree
        Leaves ``(steps, arms)``: the state after each step. A solve that fails shows as non-finite numbers.

    Notes
    -----
    Reverse mode stores one state per step and recomputes the stages; forward mode is not defined.
    """
    (arms,) = jax.tree.leaves(start)[0].shape
    steps = len(step_days)
    constant, structure = jax.tree.flatten(constants)
    is_shared = [jnp.ndim(leaf) == 0 for leaf in constant]
    shared = [leaf for leaf, alike in zip(constant, is_shared, strict=True) if alike]
    own = [leaf for leaf, alike in zip(constant, is_shared, strict=True) if not alike]

    def slope(shared: list[Array], state: Tree, inputs: Tree, own: list[Array]) -> Tree:
        pools = iter(shared), iter(own)
        given = [next(pools[0] if alike else pools[1]) for alike in is_shared]
        return derivative(state, inputs, jax.tree.unflatten(structure, given))

    ready = prepare(slope, shared, start, step_inputs, own)
    after = integrate_rows(
        ready,
        rows(start, (arms,)),
        rows(step_inputs, (steps, arms), axis=1),
        step_days,
        rates,
        own=rows(own, (arms,)),
        renewed=None if renewed is None else (renewed[0], rows(renewed[1], (len(renewed[0]), arms), axis=1)),
        limits=limits,
    )
    return jax.tree.unflatten(ready.result, list(jnp.moveaxis(after, 1, 0)))


def integrate_rows(
    ready: Prepared,
    start: Float[Array, "states arms"],
    step_inputs: Float[Array, "steps inputs arms"],
    step_days: Float[Array, " steps"],
    rates: Tree,
    *,
    own: Float[Array, "constants arms"] | None = None,
    renewed: tuple[Int[np.ndarray | Array, " renewals"], Float[Array, "renewals states arms"]] | None = None,
    limits: tuple[Tree, Tree] | None = None,
) -> Float[Array, "steps states arms"]:
    """`integrate` of arrays whose rows are the leaves; ``ready`` takes shared, state, inputs, own."""
    steps = len(step_days)
    begins, begun = jnp.zeros(steps, bool), jnp.zeros((steps, *start.shape), start.dtype)
    if renewed is not None:
        at, states = renewed
        begins = begins.at[at].set(True, mode="drop")
        begun = begun.at[at].set(states, mode="drop")
    return _integrate(
        ready.lanes,
        None if limits is None else tuple(tuple(map(float, jax.tree.leaves(each))) for each in limits),
        start,
        begins,
        begun,
        step_inputs,
        step_days,
        jnp.zeros((0, start.shape[1]), start.dtype) if own is None else own,
        ready.shared,
        jnp.stack(jax.tree.leaves(rates))[:, None],
    )


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _integrate(
    lanes: Lanes,
    limits: Limits,
    start: Array,
    begins: Array,
    begun: Array,
    inputs: Array,
    step_days: Array,
    own: Array,
    shared: Array,
    rate: Array,
) -> Array:
    def body(state: Array, step: tuple[Any, ...]) -> tuple[Array, Array]:
        begins, begun, inputs, days, tableau = step
        state = jnp.where(begins, begun, state)
        _, remainders = _stages(lanes, state, inputs, days, own, shared, rate, tableau)
        after = _within(limits, _mixed(_last(tableau), state, remainders))
        return after, after

    tableaus = jax.vmap(lambda days: _tableau(days, rate))(step_days)
    return lax.scan(body, start, (begins, begun, inputs, step_days, tableaus))[1]


def _forward(lanes: Lanes, limits: Limits, *arguments: Array) -> tuple[Array, tuple[Array, ...]]:
    states = _integrate(lanes, limits, *arguments)
    return states, (states, *arguments)


def _backward(
    lanes: Lanes, limits: Limits, saved: tuple[Array, ...], cotangent: Array
) -> tuple[Array | np.ndarray, ...]:
    states, start, begins, begun, inputs, step_days, own, shared, rate = saved
    renews = begins[:, None, None]
    before = jnp.where(renews, begun, jnp.concatenate([start[None], states[:-1]]))

    def tableau_and_slope(days: Array) -> tuple[_Tableau, _Tableau]:
        return jax.jvp(lambda r: _tableau(days, r), (rate,), (jnp.ones_like(rate),))

    def body(carry: Any, step: Any) -> tuple[Any, tuple[Array, Array]]:
        adjoint, own_bar, shared_bar, rate_bar = carry
        begins, state, inputs, days, (tableau, slope), arriving = step
        adjoint = adjoint + arriving
        points, remainders = _stages(lanes, state, inputs, days, own, shared, rate, tableau)
        ended = _mixed(_last(tableau), state, remainders)
        adjoint = jnp.where(_within(limits, ended) == ended, adjoint, 0.0)

        def stage(carry: Any, each: Any) -> tuple[Any, None]:
            remainders_bar, state_bar, inputs_bar, own_bar, shared_bar, rate_bar = carry
            index, point, here, slope_here = each
            seed = days * remainders_bar[index]
            from_shared, from_point, from_inputs, from_own = lanes.pullback(seed, shared, point, inputs, own)
            point_bar = from_point + rate * seed
            return (
                remainders_bar + here.mix * point_bar[None],
                state_bar + here.decay * point_bar,
                inputs_bar + from_inputs,
                own_bar + from_own,
                shared_bar + from_shared,
                rate_bar + point * seed + _mixed(slope_here, state, remainders) * point_bar,
            ), None

        end, end_slope = _last(tableau), _last(slope)
        (_, state_bar, inputs_bar, own_bar, shared_bar, rate_bar), _ = lax.scan(
            stage,
            (
                end.mix * adjoint[None],
                end.decay * adjoint,
                jnp.zeros_like(inputs),
                own_bar,
                shared_bar,
                rate_bar + _mixed(end_slope, state, remainders) * adjoint,
            ),
            (jnp.arange(_STAGES), points, _stagewise(tableau), _stagewise(slope)),
            reverse=True,
        )
        passed_on = jnp.where(begins, 0.0, state_bar)
        return (passed_on, own_bar, shared_bar, rate_bar), (state_bar, inputs_bar)

    nothing = jnp.zeros_like(start)
    zeros = nothing, jnp.zeros_like(own), jnp.zeros_like(shared), nothing
    tableaus = jax.vmap(tableau_and_slope)(step_days)
    (start_bar, own_bar, shared_bar, rate_bar), (state_bars, inputs_bar) = lax.scan(
        body, zeros, (begins, before, inputs, step_days, tableaus, cotangent), reverse=True
    )
    rate_bar = jnp.sum(rate_bar, axis=1, keepdims=True)
    begun_bar = jnp.where(renews, state_bars, 0.0)
    # The mesh and its groups belong to the trial, not to the parameters.
    known = np.zeros(begins.shape, jax.dtypes.float0), jnp.zeros_like(step_days)
    return start_bar, known[0], begun_bar, inputs_bar, known[1], own_bar, shared_bar, rate_bar


_integrate.defvjp(_forward, _backward)


def _stages(
    lanes: Lanes,
    state: Array,
    inputs: Array,
    days: Array,
    own: Array,
    shared: Array,
    rate: Array,
    tableau: _Tableau,
) -> tuple[Array, Array]:
    """Points and remainders of all stages."""

    # A loop over the stages, not a copy for each: one right-hand side to compile, and nothing for XLA to
    # fuse across stages (which costs minutes of compilation and the same exponentials many times over).
    def stage(remainders: Array, each: Any) -> tuple[Array, Array]:
        index, here = each
        point = _mixed(here, state, remainders)
        remainder = days * (lanes.values(shared, point, inputs, own) + rate * point)
        return remainders.at[index].set(remainder), point

    nothing = jnp.zeros((_STAGES, *state.shape), state.dtype)
    remainders, points = lax.scan(stage, nothing, (jnp.arange(_STAGES), _stagewise(tableau)))
    return points, remainders


def _mixed(row: _Tableau, state: Array, remainders: Array) -> Array:
    """One row of a tableau applied."""
    # Behind a barrier, so that it is computed once for all that read it. So is a sum over the axis, but of a
    # larger one (47 lanes of the cascade, not 36) XLA makes a call to a library, and a loop with such a call
    # in it is no longer compiled as one: twice the time.
    mixed = row.decay * state + sum(row.mix[stage] * remainders[stage] for stage in range(_STAGES))
    kept: Array = lax.optimization_barrier(mixed)  # type: ignore[no-untyped-call]  # JAX leaves it untyped
    return kept


def _within(limits: Limits, state: Array) -> Array:
    if limits is None:
        return state
    lowest, highest = (np.array(each)[:, None] for each in limits)
    # A failed solve must show.
    return jnp.where(jnp.isfinite(state), jnp.clip(state, lowest, highest), state)


def _stagewise(tableau: _Tableau) -> _Tableau:
    return _Tableau(tableau.decay[:-1], tableau.mix[:-1])


def _last(tableau: _Tableau) -> _Tableau:
    return _Tableau(tableau.decay[-1], tableau.mix[-1])


_STAGES = 4


def _tableau(days: Array, rate: Array) -> _Tableau:
    full, half = days * rate, 0.5 * days * rate
    (p1, p2, p3), (h1, h2, _) = _phi(full), _phi(half)
    e, none = jnp.exp(-half), jnp.zeros_like(full)
    rows = (
        (none, none, none, none),
        (0.5 * h1, none, none, none),
        (0.5 * h1 - h2, h2, none, none),
        (p1 - 2.0 * p2, none, 2.0 * p2, none),
        (p1 - 3.0 * p2 + 4.0 * p3, 2.0 * p2 - 4.0 * p3, 2.0 * p2 - 4.0 * p3, 4.0 * p3 - p2),
    )
    decay = jnp.stack([none + 1.0, e, e, e * e, e * e])
    return _Tableau(decay, jnp.stack([jnp.stack(row) for row in rows]))


def _phi(decay: Array) -> tuple[Array, Array, Array]:
    r""":math:`\varphi_1, \varphi_2, \varphi_3` at minus ``decay``: series below 1, recurrence above."""
    small = decay < 1.0
    z = -jnp.where(small, decay, 0.5)
    series = jnp.zeros_like(z)
    for factorial in _FACTORIALS:
        series = series * z + 1.0 / factorial
    phi2_small = 0.5 + z * series
    phi1_small = 1.0 + z * phi2_small
    # Each branch sees only arguments at which it and its derivative are finite.
    safe = -jnp.where(small, 1.0, decay)
    phi1_large = jnp.expm1(safe) / safe
    phi2_large = (phi1_large - 1.0) / safe
    phi3_large = (phi2_large - 0.5) / safe
    return (
        jnp.where(small, phi1_small, phi1_large),
        jnp.where(small, phi2_small, phi2_large),
        jnp.where(small, series, phi3_large),
    )


# 18!, 17!, … 3!: the series of phi_3 to 1e-17 for arguments up to 1.
_FACTORIALS = (
    6402373705728000.0, 355687428096000.0, 20922789888000.0, 1307674368000.0, 87178291200.0, 6227020800.0,
    479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0,
)  # fmt: skip
