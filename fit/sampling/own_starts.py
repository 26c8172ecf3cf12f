"""Starting points of one's own: values by site, checked before anything is computed from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float
from numpyro import handlers
from numpyro.distributions import biject_to

from windup.datasets import nearest
from windup.fit.errors import SettingsError
from windup.fit.sampling.target.sites import sampled_sites
from windup.fit.sampling.target.target import Target

type Start = Mapping[str, Any]
type Starts = Start | Sequence[Start]


def points_of(
    starts: Starts | None, model: Callable[..., Any], arguments: tuple[Any, ...], target: Target
) -> Float[np.ndarray, "starts parameters"]:
    """Unconstrained starting points; that of the target where there are none.

    Parameters
    ----------
    starts
        Values by site, one such mapping or several. A site without a value has that of the target's start.
    model, arguments
        The model, and what it is called with.
    target
        Its density.

    Raises
    ------
    SettingsError
        With every site that does not exist, has another shape, or a value that its prior excludes.
    """
    initial = np.asarray(target.initial)
    if starts is None:
        return initial[None]
    each = [starts] if isinstance(starts, Mapping) else list(starts)
    middle = jax.tree.map(np.asarray, jax.jit(target.constrain)(target.initial))
    faults = [
        f"start {number}: {fault}" if len(each) > 1 else fault
        for number, start in enumerate(each, start=1)
        for fault in _faults(start, middle)
    ]
    points = []
    if not faults:
        unconstrain = _unconstraining(model, arguments)
        for number, start in enumerate(each, start=1):
            values = {**middle, **{name: np.asarray(value, float) for name, value in start.items()}}
            point, inside = unconstrain(values)
            points.append(np.asarray(point))
            faults += [
                f"start {number}: {name} is {np.asarray(values[name]).tolist()}, which its prior excludes"
                for name, holds in inside.items()
                if name in start and not holds
            ]
    if faults or not points:
        raise SettingsError(
            f"Starting points cannot be used: {'; '.join(faults) or 'the list is empty'}. Give values of "
            "parameters by the names of their sites."
        )
    return np.stack(points)


def _faults(start: Start, middle: Mapping[str, np.ndarray]) -> Iterator[str]:
    for name, value in start.items():
        if name not in middle:
            yield f"there is no site '{name}' ({nearest(name, middle)})"
            continue
        try:
            array = np.asarray(value, float)
        except (TypeError, ValueError):
            yield f"{name} is {value!r}, which is no number"
            continue
        if array.shape != middle[name].shape:
            yield f"{name} has the shape {array.shape} in place of {middle[name].shape}"
        elif not np.isfinite(array).all():
            yield f"{name} is {array.tolist()}, which is not finite"


def _unconstraining(
    model: Callable[..., Any], arguments: tuple[Any, ...]
) -> Callable[[Mapping[str, np.ndarray]], tuple[Array, dict[str, Array]]]:
    """From values by site to a vector, and by site whether its prior admits the value."""

    @jax.jit
    def unconstrain(values: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
        # Under jit the likelihood is dead code: nothing is solved.
        seeded = handlers.seed(handlers.substitute(model, data=values), jax.random.key(0))
        traced = sampled_sites(seeded, *arguments)
        # Discrete sites that are summed over have no start.
        sites = {name: traced[name] for name in traced if name in values}
        free = {name: biject_to(site["fn"].support).inv(site["value"]) for name, site in sites.items()}
        inside = {name: jnp.all(site["fn"].support(site["value"])) for name, site in sites.items()}
        return ravel_pytree(free)[0], inside

    return lambda values: unconstrain({name: jnp.asarray(value) for name, value in values.items()})
