r"""A frozen-mesh exponential Runge-Kutta integrator with a stage-wise discrete adjoint.

Every state of a pain model relaxes at a known linear rate. The integrator solves that part exactly and treats
the rest with the fourth-order scheme ETDRK4 (Cox and Matthews 2002, J Comput Phys 176:430, doi
10.1006/jcph.2002.6995): no step is limited by a fast state, a steady state is kept exactly, and steps can
grow to months once the dynamics are slow. The mesh is given and shared by all arms, so there is no loop that
waits for its slowest arm, the scheme's weights are computed once per step and state, and the gradient is that
of the numbers actually computed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float

from ._lanes import Lanes, prepare, rows

type Tree = Any
type Derivative = Callable[[Tree, Tree, Tree], Tree]


class _Weights(NamedTuple):
    r"""Weights of one step, one row per state.

    :math:`a = e y + w N_0,\; b = e y + w N_1,\; c = e a + w (2 N_2 - N_0),\; y' = e^2 y + \sum_i k_i N_i`.
    """

    half: Array
    weight: Array
    close: Array


def integrate(
    derivative: Derivative,
    start: Tree,
    step_inputs: Tree,
    step_days: Float[Array, " steps"],
    constants: Tree,
    rates: Tree,
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

    Returns
    -------
    pytree
        Leaves ``(steps, arms)``: the state after each step. A solve that fails shows as non-finite numbers.

    Notes
    -----
    Reverse mode stores one state per step and recomputes the stages; forward mode is not defined.
    """
    (arms,) = jax.tree.leaves(start)[0].shape
    constant, structure = jax.tree.flatten(constants)
    is_shared = [jnp.ndim(leaf) == 0 for leaf in constant]
    shared = [leaf for leaf, alike in zip(constant, is_shared, strict=True) if alike]
    own = [leaf for leaf, alike in zip(constant, is_shared, strict=True) if not alike]

    def slope(shared: list[Array], state: Tree, inputs: Tree, own: list[Array]) -> Tree:
        pools = iter(shared), iter(own)
        given = [next(pools[0] if alike else pools[1]) for alike in is_shared]
        return derivative(state, inputs, jax.tree.unflatten(structure, given))

    ready = prepare(slope, shared, start, step_inputs, own)
    after = _integrate(
        ready.lanes,
        rows(start, (arms,)),
        rows(step_inputs, (len(step_days), arms), axis=1),
        step_days,
        rows(own, (arms,)),
        ready.shared,
        jnp.stack(jax.tree.leaves(rates))[:, None],
    )
    return jax.tree.unflatten(ready.result, list(jnp.moveaxis(after, 1, 0)))


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _integrate(
    lanes: Lanes, start: Array, inputs: Array, step_days: Array, own: Array, shared: Array, rate: Array
) -> Array:
    def body(state: Array, step: tuple[Any, ...]) -> tuple[Array, Array]:
        inputs, days, weights = step
        after, _ = _stages(lanes, state, inputs, days, own, shared, rate, weights)
        return after, after

    weights = jax.vmap(lambda days: _weights(days, rate))(step_days)
    return lax.scan(body, start, (inputs, step_days, weights))[1]


def _forward(
    lanes: Lanes, start: Array, inputs: Array, step_days: Array, own: Array, shared: Array, rate: Array
) -> tuple[Array, tuple[Array, ...]]:
    states = _integrate(lanes, start, inputs, step_days, own, shared, rate)
    return states, (start, states, inputs, step_days, own, shared, rate)


def _backward(lanes: Lanes, saved: tuple[Array, ...], cotangent: Array) -> tuple[Array, ...]:
    start, states, inputs, step_days, own, shared, rate = saved
    before = jnp.concatenate([start[None], states[:-1]])

    def weights_and_slopes(days: Array) -> tuple[_Weights, _Weights]:
        return jax.jvp(lambda r: _weights(days, r), (rate,), (jnp.ones_like(rate),))

    weights, slopes = jax.vmap(weights_and_slopes)(step_days)

    def body(carry: Any, step: Any) -> tuple[Any, Array]:
        adjoint, own_bar, shared_bar, rate_bar = carry
        state, inputs, days, weight, slope, arriving = step
        adjoint = adjoint + arriving
        _, (points, remainders) = _stages(lanes, state, inputs, days, own, shared, rate, weight)
        zero = jnp.zeros_like(weight.half)
        e, w = weight.half, weight.weight
        to_state, to_a = jnp.stack([zero + 1.0, e, e, zero]), jnp.stack([zero, zero, zero, e])
        to_previous, to_first = jnp.stack([zero, zero, w, 2.0 * w]), jnp.stack([zero, w, zero, -w])
        is_first, is_a = jnp.array([1.0, 0.0, 0.0, 0.0]), jnp.array([0.0, 1.0, 0.0, 0.0])
        # The mixed remainders of a stage are (point - e base) / w, so that dw enters as a ratio.
        not_first = jnp.array([0.0, 1.0, 1.0, 1.0])
        by_decay, by_weight = slope.half, slope.weight / w

        def stage(carry: Any, each: Any) -> tuple[Any, None]:
            previous_bar, a_bar, first_bar, state_bar, inputs_bar, own_bar, shared_bar, rate_bar = carry
            index, point, remainder, close, close_slope, routes, selectors = each
            to_state, to_a, to_previous, to_first = routes
            is_first, is_a, not_first = selectors
            seed = days * (close * adjoint + previous_bar + is_first * first_bar)
            from_shared, from_point, from_inputs, from_own = lanes.pullback(seed, shared, point, inputs, own)
            point_bar = from_point + rate * seed + is_a * a_bar
            base = jnp.where(index == 3, points[1], state)
            mixing = by_decay * base + by_weight * (point - e * base)
            return (
                to_previous * point_bar,
                a_bar + to_a * point_bar,
                first_bar + to_first * point_bar,
                state_bar + to_state * point_bar,
                inputs_bar + from_inputs,
                own_bar + from_own,
                shared_bar + from_shared,
                rate_bar + point * seed + close_slope * remainder * adjoint + not_first * mixing * point_bar,
            ), None

        nothing = jnp.zeros_like(state)
        rate_bar = rate_bar + 2.0 * e * slope.half * state * adjoint
        (_, _, _, state_bar, inputs_bar, own_bar, shared_bar, rate_bar), _ = lax.scan(
            stage,
            (
                nothing,
                nothing,
                nothing,
                e * e * adjoint,
                jnp.zeros_like(inputs),
                own_bar,
                shared_bar,
                rate_bar,
            ),
            (
                jnp.arange(4),
                points,
                remainders,
                weight.close,
                slope.close,
                (to_state, to_a, to_previous, to_first),
                (is_first, is_a, not_first),
            ),
            reverse=True,
        )
        return (state_bar, own_bar, shared_bar, rate_bar), inputs_bar

    zeros = jnp.zeros_like(start), jnp.zeros_like(own), jnp.zeros_like(shared), jnp.zeros_like(start)
    (start_bar, own_bar, shared_bar, rate_bar), inputs_bar = lax.scan(
        body, zeros, (before, inputs, step_days, weights, slopes, cotangent), reverse=True
    )
    rate_bar = jnp.sum(rate_bar, axis=1, keepdims=True)
    # The mesh belongs to the trial, not to the parameters.
    return start_bar, inputs_bar, jnp.zeros_like(step_days), own_bar, shared_bar, rate_bar


_integrate.defvjp(_forward, _backward)


def _stages(
    lanes: Lanes,
    state: Array,
    inputs: Array,
    days: Array,
    own: Array,
    shared: Array,
    rate: Array,
    weights: _Weights,
) -> tuple[Array, tuple[Array, Array]]:
    # A loop over the four stages, not four copies: one right-hand side to compile, and nothing for XLA to
    # fuse across stages (which costs minutes of compilation and the same exponentials many times over).
    e, w = weights.half, weights.weight

    def stage(carry: Any, each: Any) -> tuple[Any, Any]:
        point, first, a, after = carry
        index, close = each
        slope = lanes.values(shared, point, inputs, own)
        remainder = days * (slope + rate * point)
        first = jnp.where(index == 0, remainder, first)
        mixed = jnp.where(index == 2, 2.0 * remainder - first, remainder)
        following = e * jnp.where(index == 2, a, state) + w * mixed
        a = jnp.where(index == 0, following, a)
        return (following, first, a, after + close * remainder), (point, remainder)

    start = (state, jnp.zeros_like(state), jnp.zeros_like(state), e * e * state)
    (_, _, _, after), trail = lax.scan(stage, start, (jnp.arange(4), weights.close))
    return after, trail


def _weights(days: Array, rate: Array) -> _Weights:
    decay = days * rate
    half = jnp.exp(-0.5 * decay)
    phi1, phi2, phi3 = _phi(decay)
    middle = 2.0 * phi2 - 4.0 * phi3
    close = jnp.stack([phi1 - 3.0 * phi2 + 4.0 * phi3, middle, middle, 4.0 * phi3 - phi2])
    return _Weights(half=half, weight=0.5 * _phi(0.5 * decay)[0], close=close)


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
