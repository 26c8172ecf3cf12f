"""One scalar function for many arms, visits or patients, and a cheap gradient of it.

A right-hand side is written as one reads it, for one arm. Here it is split into what parameters alone decide,
computed once, and the rest, computed per lane (an arm, a visit, a patient). In reverse mode every lane keeps
what it owes to the parameters in a column of its own, and one product with ones adds the columns; a broadcast
parameter would instead be summed by itself, and the function repeated for every parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.extend.core import Literal, jaxpr_as_fun
from jaxtyping import Array, Float

type Tree = Any
type Function = Callable[..., list[Array]]
type Rows = Float[Array, "rows lanes"]


class Lanes(NamedTuple):
    """A function of scalars, in all lanes: rows are its arguments or results, columns are lanes."""

    within: Function

    def values(self, shared: Float[Array, " shared"], *groups: Rows) -> Rows:
        """Values of the function in every lane."""

        def one(*groups: Array) -> Array:
            return jnp.stack(self.within(*shared, *chain(*groups)))

        return jax.vmap(one, in_axes=1, out_axes=1)(*groups)

    def pullback(self, seed: Rows, shared: Float[Array, " shared"], *groups: Rows) -> tuple[Array, ...]:
        """Cotangents of ``shared`` and of every group."""

        def one(seed: Array, *groups: Array) -> tuple[Array, ...]:
            _, back = jax.vjp(lambda *a: self.within(*chain(*a)), *map(tuple, (shared, *groups)))
            return tuple(_column(scalars) for scalars in back(list(seed)))

        by_lane, *groups_bar = jax.vmap(one, in_axes=1, out_axes=1)(seed, *groups)
        return by_lane @ jnp.ones(seed.shape[1], seed.dtype), *groups_bar


class Prepared(NamedTuple):
    """A function ready for lanes: itself, what it needs of the shared values, and the shape of its result."""

    lanes: Lanes
    shared: Float[Array, " shared"]
    result: Any


def prepare(function: Callable[..., Tree], shared: Tree, *groups: Tree) -> Prepared:
    """Trace ``function(shared, *groups)`` with a scalar in place of every leaf of ``groups``."""
    shared_leaves = [jnp.asarray(leaf) for leaf in jax.tree.leaves(shared)]
    counts = [len(jax.tree.leaves(group)) for group in groups]
    number = jnp.result_type(float, *shared_leaves, *chain(*map(jax.tree.leaves, groups)))
    structures = [jax.tree.structure(tree) for tree in (shared, *groups)]
    found: list[Any] = []

    def flat(*scalars: Array) -> list[Array]:
        left = iter(scalars)
        trees = [
            jax.tree.unflatten(structure, [next(left) for _ in range(count)])
            for structure, count in zip(structures, [len(shared_leaves), *counts], strict=True)
        ]
        leaves, structure = jax.tree.flatten(function(*trees))
        found.append(structure)
        return [jnp.asarray(leaf, number) for leaf in leaves]

    scalar = jnp.zeros((), number)
    before, within = hoist(flat, [scalar] * len(shared_leaves), [scalar] * sum(counts))
    return Prepared(
        Lanes(within), _column(before(*(leaf.astype(number) for leaf in shared_leaves))), found[-1]
    )


def lanewise(function: Callable[..., Tree], shared: Tree, lanes: Tree, fixed: Tree) -> Tree:
    """``function(shared, lanes, fixed)`` in every lane.

    Parameters
    ----------
    function
        Of scalars, in pytrees.
    shared
        Scalars that are the same in all lanes.
    lanes
        One number per lane in every leaf, ``(lanes,)``.
    fixed
        The same, known numbers: no gradient.

    Returns
    -------
    pytree
        Leaves ``(lanes,)``.
    """
    (count,) = jnp.shape(jax.tree.leaves((lanes, fixed))[0])
    ready = prepare(function, shared, lanes, fixed)
    found = on_rows(ready, rows(lanes, (count,)), rows(fixed, (count,)))
    return jax.tree.unflatten(ready.result, list(found))


def on_rows(ready: Prepared, lanes: Rows, fixed: Rows | None = None) -> Rows:
    """`lanewise` of arrays whose rows are the leaves, and whose result's are."""
    fixed = jnp.zeros((0, lanes.shape[1]), lanes.dtype) if fixed is None else fixed
    found: Array = _lanewise(ready.lanes, ready.shared, lanes, fixed)
    return found


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _lanewise(lanes: Lanes, shared: Array, moving: Array, fixed: Array) -> Array:
    return lanes.values(shared, moving, fixed)


def _forward(lanes: Lanes, *arguments: Array) -> tuple[Array, tuple[Array, ...]]:
    return lanes.values(*arguments), arguments


def _backward(lanes: Lanes, saved: tuple[Array, ...], seed: Array) -> tuple[Array, ...]:
    shared_bar, moving_bar, _ = lanes.pullback(seed, *saved)
    return shared_bar, moving_bar, jnp.zeros_like(saved[2])


_lanewise.defvjp(_forward, _backward)


def repeated(
    update: Callable[..., Tree], start: Tree, shared: Tree, fixed: Tree, *, rounds: int, looks: int = 1
) -> Float[Array, "rows looks lanes"]:
    """``state = update(shared, state, fixed)`` in every lane; rows are its leaves, looks ``rounds`` apart."""
    (count,) = jnp.shape(jax.tree.leaves(start)[0])
    ready = prepare(update, shared, start, fixed)
    known = rows(fixed, (count,))

    def again(state: Array, _: None) -> tuple[Array, None]:
        return _lanewise(ready.lanes, ready.shared, state, known), None

    def look(state: Array, _: None) -> tuple[Array, Array]:
        state, _ = lax.scan(again, state, None, length=rounds)
        return state, state

    _, seen = lax.scan(look, rows(start, (count,)), None, length=looks)
    return jnp.moveaxis(seen, 1, 0)


def rows(tree: Tree, shape: tuple[int, ...], axis: int = 0) -> Array:
    """Leaves as the rows of one array, each broadcast to ``shape``."""
    leaves = [jnp.broadcast_to(leaf, shape) for leaf in jax.tree.leaves(tree)]
    return jnp.stack(leaves, axis) if leaves else jnp.zeros((*shape[:axis], 0, *shape[axis:]))


def _column(scalars: Sequence[Array]) -> Array:
    return jnp.stack(list(scalars)) if scalars else jnp.zeros(0)


def hoist(
    function: Callable[..., Any], shared: Sequence[Array], others: Sequence[Array]
) -> tuple[Function, Function]:
    r"""Split ``function(*shared, *others)`` into ``within(*before(*shared), *others)``.

    Every scalar that depends on scalars of ``shared`` alone goes to ``before``.

    Parameters
    ----------
    function
        Pure; returns a flat sequence of arrays.
    shared
        Scalars (or their shapes).
    others
        Whatever else it takes (or their shapes).

    Returns
    -------
    tuple
        ``before``, from ``shared`` to the scalars that are needed, and ``within``.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> before, within = hoist(lambda t, x: [x / t], [jnp.asarray(2.0)], [jnp.ones(3)])
    >>> within(*before(jnp.asarray(2.0)), jnp.ones(3))[0].tolist()
    [0.5, 0.5, 0.5]
    """
    closed: Any = jax.make_jaxpr(function)(*shared, *others)
    jaxpr, count = closed.jaxpr, len(shared)

    def may_cross(variable: Any) -> bool:
        return variable.aval.shape == () and bool(jnp.issubdtype(variable.aval.dtype, jnp.floating))

    # Scalars that the function closes over may belong to an outer trace: they cross like the others.
    known = {*jaxpr.invars[:count], *filter(may_cross, jaxpr.constvars)}
    first, second = [], []
    for equation in jaxpr.eqns:
        inputs = [v for v in equation.invars if not isinstance(v, Literal)]
        if inputs and all(v in known for v in inputs) and all(map(may_cross, equation.outvars)):
            known.update(equation.outvars)
            first.append(equation)
        else:
            second.append(equation)
    read = [v for equation in second for v in equation.invars] + list(jaxpr.outvars)
    crossing = list(dict.fromkeys(v for v in read if not isinstance(v, Literal) and v in known))
    unnamed = jaxpr.debug_info._replace(arg_names=None, result_paths=None)
    of_shared = jaxpr.replace(invars=jaxpr.invars[:count], outvars=crossing, eqns=first, debug_info=unnamed)
    kept = [(v, c) for v, c in zip(jaxpr.constvars, closed.consts, strict=True) if v not in known]
    of_rest = jaxpr.replace(
        constvars=[v for v, _ in kept],
        invars=[*crossing, *jaxpr.invars[count:]],
        eqns=second,
        debug_info=unnamed,
    )
    before = jaxpr_as_fun(closed.replace(jaxpr=of_shared))
    return before, jaxpr_as_fun(closed.replace(jaxpr=of_rest, consts=[c for _, c in kept]))
