r"""Means over the people of a cell of what is read off nodes of gain: weights of nodes in lines, and powers.

People of a drive have log gains that are normal around :math:`\mu` with an SD of :math:`\sigma`. With
:math:`E_n = E (g - c_n)_+` at nodes :math:`c_n` in a distance of :math:`h`, the mean share of the way from a
node to the next is :math:`(E_n - E_{n+1})/h`, of which lines follow. Powers, none beyond the outer nodes
:math:`l < r`, are :math:`T_k + l^k \Phi_l + r^k \bar\Phi_r` with the moments between these by integration by
parts,

.. math:: T_k = \mu T_{k-1} + (k - 1) \sigma^2 T_{k-2}
    - \sigma \big(r^{k-1} \phi_r - l^{k-1} \phi_l\big).

The gradient is the same kind of number, since for any function :math:`v` of gain

.. math:: \frac{d}{d\mu} E v = E v', \qquad \frac{d}{d\sigma} E v = \sigma E v'',

in which a corner of :math:`v` counts as its density there: :math:`dE_n = \Phi_n\, d\mu + \phi_n\, d\sigma`,
and for a power :math:`k` it is :math:`k T_{k-1}` and
:math:`\sigma k (k-1) T_{k-2} - k (r^{k-1} \phi_r - l^{k-1} \phi_l)`.
Written so it takes a third of the time of a derivative through the recursion.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from windup.fit.problem.people.crowd import normal_cdf

type Nodes = tuple[float, ...]


class Averages(NamedTuple):
    """Mean weight of every node in a line between neighbours, and mean powers from 0 on."""

    lines: Float[Array, "nodes studies cells"]
    powers: Float[Array, "powers studies cells"]


class _Parts(NamedTuple):
    """Of one drive: densities and shares below at every node, and moments between the outer ones."""

    distance: Float[Array, "nodes studies cells"]
    density: Float[Array, "nodes studies cells"]
    below: Float[Array, "nodes studies cells"]
    moments: Float[Array, "powers studies cells"]


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def averages(
    nodes: Nodes,
    highest: int,
    share: Float[Array, "drives studies cells"],
    mean: Float[Array, "drives studies cells"],
    sd: Float[Array, "drives studies cells"],
) -> Averages:
    """Over the people of all drives.

    Parameters
    ----------
    nodes
        Log gains, evenly apart.
    highest
        Highest power.
    share
        Of a drive in the people of a cell.
    mean, sd
        Of the log gains of its people.
    """

    # A drive at a time, whose numbers fit a cache.
    def add(sums: Averages, drive: tuple[Array, Array, Array]) -> tuple[Averages, None]:
        share, mean, sd = drive
        here = _of_drive(nodes, sd, _parts(nodes, highest, mean, sd))
        return jax.tree.map(lambda total, each: total + share * each, sums, here), None

    shape = mean.shape[1:]
    nothing = Averages(*(jnp.zeros((count, *shape), mean.dtype) for count in (len(nodes), highest + 1)))
    return lax.scan(add, nothing, (share, mean, sd))[0]


def _forward(nodes: Nodes, highest: int, *drives: Array) -> tuple[Averages, tuple[Array, ...]]:
    return averages(nodes, highest, *drives), drives


def _backward(nodes: Nodes, highest: int, drives: tuple[Array, ...], seed: Averages) -> tuple[Array, ...]:
    # Lines are differences of what gains are above nodes, and these differ by the shares between them.
    along = jnp.diff(seed.lines, axis=0) / (nodes[1] - nodes[0])
    power = np.arange(highest + 1.0)[:, None, None]
    once = (power * seed.powers)[1:]
    twice = (power * (power - 1.0) * seed.powers)[2:]
    low, high = _powers(nodes[0], highest)[:-1], _powers(nodes[-1], highest)[:-1]

    def of_drive(_: None, drive: tuple[Array, ...]) -> tuple[None, tuple[Array, ...]]:
        share, mean, sd = drive
        parts = _parts(nodes, highest, mean, sd)
        here = _of_drive(nodes, sd, parts)
        of_share = jnp.sum(seed.lines * here.lines, axis=0) + jnp.sum(seed.powers * here.powers, axis=0)
        of_mean = jnp.sum(once * parts.moments[:-1], axis=0) - jnp.sum(
            along * jnp.diff(parts.below, axis=0), axis=0
        )
        ends = high * parts.density[-1] - low * parts.density[0]
        of_sd = sd * jnp.sum(twice * parts.moments[:-2], axis=0) - jnp.sum(once * ends, axis=0)
        of_sd = of_sd - jnp.sum(along * jnp.diff(parts.density, axis=0), axis=0)
        return None, (of_share, share * of_mean, share * of_sd)

    return lax.scan(of_drive, None, drives)[1]


averages.defvjp(_forward, _backward)


def _parts(nodes: Nodes, highest: int, mean: Array, sd: Array) -> _Parts:
    distance = (mean - np.array(nodes)[:, None, None].astype(mean.dtype)) / sd
    # Behind a barrier, so that they are computed once for all that read them.
    density, below = _kept((norm.pdf(distance), normal_cdf(distance)))
    low, high = nodes[0], nodes[-1]
    at_low, at_high = sd * density[0], sd * density[-1]
    moments = [below[0] - below[-1]]
    for power in range(1, highest + 1):
        further = (power - 1) * sd**2 * moments[power - 2] if power > 1 else 0.0
        ends = high ** (power - 1) * at_high - low ** (power - 1) * at_low
        moments.append(mean * moments[-1] + further - ends)
    return _Parts(distance, density, below, _kept(jnp.stack(moments)))


def _of_drive(nodes: Nodes, sd: Array, parts: _Parts) -> Averages:
    over = sd * (parts.density + parts.distance * parts.below)
    passed = -jnp.diff(over, axis=0) / (nodes[1] - nodes[0])
    one = jnp.ones_like(passed[:1])
    lines = jnp.concatenate([one, passed]) - jnp.concatenate([passed, 0.0 * one])
    highest = len(parts.moments) - 1
    outside = _powers(nodes[0], highest) * (1.0 - parts.below[0])
    outside = outside + _powers(nodes[-1], highest) * parts.below[-1]
    return Averages(lines, parts.moments + outside)


def _powers(gain: float, highest: int) -> Float[np.ndarray, "powers 1 1"]:
    found: np.ndarray = (gain ** np.arange(highest + 1))[:, None, None]
    return found


def _kept[Tree](tree: Tree) -> Tree:
    kept: Tree = lax.optimization_barrier(tree)  # type: ignore[no-untyped-call]  # JAX leaves it untyped
    return kept
