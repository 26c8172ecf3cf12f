"""How far a result of a differential equation moves when something small changes for good.

Its gradient is a second derivative of the right-hand side, in few directions. Both are taken by differences
in lanes, so that a program holds the right-hand side twice and no adjoint of it: that adjoint alone was a
sixth of what had to be compiled for the gradient of a posterior.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.models.integrator.lanes import Lanes, prepare, rows

type Tree = Any

_SIGNS = np.array([1.0, -1.0])


class _Sizes(NamedTuple):
    states: int
    causes: int


class _Round(NamedTuple):
    """What a round found at a point, kept for its gradient."""

    settling: Float[Array, "states states"]
    here: Float[Array, " states"]
    felt: Float[Array, " states"]
    bent: Float[Array, "states causes"]


def lasting_response(
    function: Callable[[Tree, Tree], tuple[Tree, Array]],
    shared: Tree,
    state: Tree,
    given: Tree,
    *,
    causes: int,
    days: float,
) -> Float[Array, " causes"]:
    r"""Fall of a result per unit of every cause, averaged over times around ``days``.

    With right-hand side :math:`f`, result :math:`y` and causes :math:`s` that do not act yet,

    .. math:: A_p = -\frac{\partial y}{\partial s_p}
        - \frac{\partial y}{\partial x} (T^{-1} - J)^{-1} \frac{\partial f}{\partial s_p}, \qquad
        J = \frac{\partial f}{\partial x},

    at the state to which one step of Newton's method with the same matrix leads from ``state``.

    Parameters
    ----------
    function
        ``function(shared, (state, given, causes))`` gives :math:`f` (a tree like ``state``, per day) and
        :math:`y`; of scalars, in pytrees, causes as a tuple.
    shared
        Scalars.
    state, given
        State :math:`x`, and what else there is; leaves ``(1,)``, of order 1.
    causes
        How many causes there are.
    days
        :math:`T`.

    Notes
    -----
    Central differences over the cube root of the precision; in the gradient mixed ones over its sixth root
    and twice that, extrapolated (seven digits in double precision).
    """
    inert = tuple(jnp.zeros(1) for _ in range(causes))
    ready = prepare(function, shared, (state, given, inert))
    sizes = _Sizes(len(jax.tree.leaves(state)), causes)
    at = jnp.append(rows((state, given), (1,)), jnp.zeros(causes))

    def again(state: Array, last: Array) -> tuple[Array, Array]:
        return _round(
            ready.lanes, sizes, days, ready.shared, jnp.concatenate([state, at[sizes.states :]]), last
        )

    # The states that follow a cause's dose are taken where the dose holds them: there a cause of 0 does
    # nothing. Two rounds of a loop, not two copies: half to compile.
    _, responses = jax.lax.scan(again, at[: sizes.states], jnp.array([0.0, 1.0], at.dtype))
    return -responses[-1]


@partial(jax.custom_vjp, nondiff_argnums=(0, 1, 2))
def _round(
    lanes: Lanes, sizes: _Sizes, days: float, shared: Array, point: Array, last: Array
) -> tuple[Array, Array]:
    """The state that is settled in the first round, and the response in the last."""
    return _forward(lanes, sizes, days, shared, point, last)[0]


def _forward(
    lanes: Lanes, sizes: _Sizes, days: float, shared: Array, point: Array, last: Array
) -> tuple[tuple[Array, Array], tuple[Array, Array, Array, _Round]]:
    step = _root(point, 3)
    moving = np.delete(np.eye(len(point)), np.s_[sizes.states : len(point) - sizes.causes], axis=1)
    both = np.concatenate([step * moving, -step * moving], axis=1)
    ahead, behind = jnp.split(lanes.values(shared, point[:, None] + both), 2, axis=1)
    slopes, states = (ahead - behind) / (2.0 * step), sizes.states
    found = _Round(
        settling=jnp.linalg.inv(jnp.eye(states) / days - slopes[:states, :states]),
        here=0.5 * (ahead + behind)[:states, 0],
        felt=slopes[states, :states],
        bent=slopes[:states, states:],
    )
    moved = point[:states] + (1.0 - last) * found.settling @ found.here
    response = last * (slopes[states, states:] + found.felt @ found.settling @ found.bent)
    return (moved, response), (shared, point, last, found)


def _backward(
    lanes: Lanes,
    sizes: _Sizes,
    days: float,
    saved: tuple[Array, Array, Array, _Round],
    bars: tuple[Array, Array],
) -> tuple[Array, Array, Array]:
    r"""Gradient of :math:`w^T x^+` or :math:`A c`.

    With :math:`S = (T^{-1} - J)^{-1}` and :math:`dS = S\,dJ\,S` both are derivatives, along one direction
    :math:`v` of state and causes, of one weighted sum :math:`\omega` of :math:`f` and :math:`y`, both held:
    :math:`v = S f`, :math:`\omega = S^T w` (and :math:`\omega^T f` itself) for the state that is settled;
    :math:`v = (S f_s c, c)`, :math:`\omega = (S^T y_x, 1)` for the response.
    """
    shared, point, last, found = saved
    states, causes = sizes
    settled, response = (1.0 - last) * bars[0], last * bars[1]
    of_value = found.settling.T @ settled
    weights = jnp.append(of_value + last * found.settling.T @ found.felt, last)
    given = jnp.zeros(len(shared) + len(point) - states - causes, point.dtype)
    along = found.settling @ ((1.0 - last) * found.here + found.bent @ response)
    direction = jnp.concatenate([given[: len(shared)], along, given[len(shared) :], response])
    size = jnp.linalg.norm(direction)

    step, everything = _root(point, 6), jnp.concatenate([shared, point])
    scale = jnp.where(shared == 0.0, 1.0, jnp.abs(shared))
    scale = jnp.concatenate([scale, jnp.ones(len(point) - causes, point.dtype)])
    aside = step * jnp.eye(len(everything), len(scale), dtype=point.dtype) * scale[None, :]
    onward = (step * direction / jnp.where(size == 0.0, 1.0, size))[:, None]
    moves = [k * (i * aside + j * onward) for k in (1.0, 2.0) for i in (1.0, -1.0) for j in (1.0, -1.0)]
    every = jnp.concatenate([everything[:, None] + move for move in moves], axis=1)
    values = lanes.values(given[:0], every[: len(shared)], every[len(shared) :])
    # Axes: step, aside or opposite, onward or back, what is moved, result.
    values = jnp.moveaxis(values.reshape(len(values), 2, 2, 2, -1), 0, -1)
    weighted, itself = values @ weights, values[..., :states] @ of_value
    bent = size * jnp.einsum("kijn,i,j->kn", weighted, _SIGNS, _SIGNS) / (4.0 * step)
    slope = jnp.einsum("kijn,i->kn", itself, _SIGNS) / 4.0
    # Of the single and the double step, free of their errors of second order.
    found_slopes = (np.array([4.0, -0.5]) / 3.0) @ slope + (np.array([4.0, -0.25]) / 3.0) @ bent
    slopes = found_slopes / (step * scale)
    of_point = slopes[len(shared) :].at[:states].add(bars[0])
    return slopes[: len(shared)], jnp.concatenate([of_point, jnp.zeros(causes)]), jnp.zeros_like(last)


_round.defvjp(_forward, _backward)


def _root(values: Array, order: int) -> float:
    root: float = float(np.finfo(values.dtype).eps) ** (1.0 / order)
    return root
