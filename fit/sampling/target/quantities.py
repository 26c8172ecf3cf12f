"""Elements of sites whose mixing is not that of a coordinate: of a simplex, of a correlation matrix."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from windup.fit.sampling.target.target import Target

_AT_ONCE = 256


def sites_of_draws(target: Target) -> Callable[[np.ndarray], dict[str, np.ndarray]]:
    """Function from coordinates ``(draw, parameter)`` to sites: one program whatever the number of draws."""
    constrain = jax.jit(jax.vmap(target.constrain))

    def constrained(x: np.ndarray) -> dict[str, np.ndarray]:
        """Sites of many draws, by one program whatever their number."""
        padded = np.concatenate([x, np.repeat(x[-1:], -len(x) % _AT_ONCE, axis=0)])
        parts = [
            jax.tree.map(np.asarray, constrain(jnp.asarray(padded[place : place + _AT_ONCE])))
            for place in range(0, len(padded), _AT_ONCE)
        ]
        return {name: np.concatenate([part[name] for part in parts])[: len(x)] for name in parts[0]}

    return constrained


def quantities_of(target: Target) -> Callable[[np.ndarray], np.ndarray]:
    """Function from coordinates ``(chain, draw, parameter)`` to elements of sites that are none of them.

    Ranks decide R-hat and effective sample sizes, so that an element that rises or falls with its coordinate
    needs no second look. An element that never moves, as the diagonal of a correlation matrix, is left out.
    """
    constrained = sites_of_draws(target)

    def quantities(x: np.ndarray) -> np.ndarray:
        lead, others = x.shape[:2], []
        for name, values in sorted(constrained(x.reshape(-1, x.shape[-1])).items()):
            site = values.reshape(*lead, -1)
            places = [
                number
                for number, coordinate in enumerate(target.coordinates)
                if coordinate == name or coordinate.startswith(f"{name}[")
            ]
            own = x[:, :, places] if len(places) == site.shape[-1] else None
            others += [
                site[:, :, [element]]
                for element in range(site.shape[-1])
                if np.ptp(site[:, :, element]) > 0.0
                and (own is None or not _monotone(own[:, :, element], site[:, :, element]))
            ]
        return np.concatenate([np.zeros((*lead, 0)), *others], axis=-1)

    return quantities


def _monotone(coordinate: np.ndarray, element: np.ndarray) -> bool:
    """Whether one rises, or falls, with the other at every draw."""
    steps = np.diff(element.ravel()[np.argsort(coordinate, axis=None, kind="stable")])
    return bool(np.all(steps >= 0.0) or np.all(steps <= 0.0))
