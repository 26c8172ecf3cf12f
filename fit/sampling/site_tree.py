"""Draws of a numpyro model as an arviz DataTree."""

from __future__ import annotations

import importlib.metadata
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import arviz as az
import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from windup.fit.sampling.chains.sample import Chains
from windup.fit.sampling.draw import attributes_of
from windup.fit.sampling.labels import Labels
from windup.fit.sampling.target.inspected import Inspected
from windup.fit.sampling.target.quantities import sites_of_draws
from windup.fit.sampling.target.target import Target


def constrained(target: Target, chains: Chains) -> dict[str, np.ndarray]:
    """Sites by name at all draws, leading dimensions ``(chain, draw)``."""
    constrain = jax.jit(jax.vmap(jax.vmap(target.constrain)))
    draws: dict[str, np.ndarray] = jax.tree.map(np.asarray, constrain(jnp.asarray(chains.unconstrained)))
    return draws


def named_by(target: Target, labels: Labels) -> Callable[[np.ndarray], xr.Dataset]:
    """Function from coordinates ``(chain, draw, parameter)`` to sites with their dimensions and labels.

    Its program is traced here: draws are written by threads, and numpyro keeps its handlers in one stack.
    """
    by_draw = sites_of_draws(target)
    by_draw(np.asarray(target.initial)[None])

    def named(x: np.ndarray) -> xr.Dataset:
        flat = by_draw(x.reshape(-1, x.shape[-1]))
        draws = {name: each.reshape(*x.shape[:2], *each.shape[1:]) for name, each in flat.items()}
        return _group("posterior", labels.named(draws), labels.dims, labels.coords)

    return named


def tree_of_draws(
    draws: Mapping[str, np.ndarray],
    chains: Chains,
    target: Target,
    inspected: Inspected,
    labels: Labels,
    clock: Mapping[str, float],
) -> xr.DataTree:
    """Tree of the sampled sites: all that was drawn, and nothing that has to be computed from it."""
    tree = xr.DataTree.from_dict(
        {
            "posterior": _group("posterior", labels.named(draws), labels.dims, labels.coords),
            # By themselves, so that no name of theirs is mixed up with a site's.
            "sample_stats": _group("sample_stats", chains.statistics, {}, {}),
            "unconstrained_posterior": _group(
                "unconstrained_posterior",
                {"position": chains.unconstrained},
                {"position": ["coordinate"]},
                {"coordinate": list(target.coordinates)},
            ),
        }
    )
    tree.attrs |= attributes_of(chains, target)
    renamed = {stored: name for name, stored in labels.names.items() if stored != name}
    if renamed:
        tree.attrs["renamed_sites"] = json.dumps(renamed)
    if inspected.fixed:
        tree.attrs["fixed_values"] = json.dumps(list(inspected.fixed))
    tree.attrs["deterministic_sites"] = json.dumps([])
    tree.attrs["wall_seconds"] = json.dumps({name: round(seconds, 3) for name, seconds in clock.items()})
    tree.attrs["windup_version"] = importlib.metadata.version("windup")
    return tree


def with_computed(tree: xr.DataTree, values: Mapping[str, np.ndarray], labels: Labels) -> xr.DataTree:
    """The tree with sites that follow from the sampled ones among its variables."""
    if values:
        named = labels.named(values)
        computed = _group("posterior", named, labels.dims, labels.coords)
        tree["posterior"] = tree["posterior"].to_dataset().merge(computed, combine_attrs="override")
        tree.attrs["deterministic_sites"] = json.dumps(sorted(named))
    return tree


def with_densities(
    tree: xr.DataTree, group: str, densities: Mapping[str, np.ndarray], labels: Labels
) -> xr.DataTree:
    """The tree with a group of log densities by site."""
    tree[group] = _group(group, labels.named(densities), labels.dims, labels.coords)
    return tree


def _group(
    group: str,
    values: Mapping[str, np.ndarray],
    dims: Mapping[str, Sequence[str]],
    coords: Mapping[str, Sequence[Any]],
) -> xr.Dataset:
    own = {name: list(dims[name]) for name in values if name in dims}
    used = {dim for each in own.values() for dim in each}
    with warnings.catch_warnings():
        # More chains than draws are what ManyChains is for.
        warnings.filterwarnings("ignore", "Found chain dimension", UserWarning)
        tree: xr.DataTree = az.from_dict(
            {group: dict(values)},
            dims=own,
            coords={dim: list(each) for dim, each in coords.items() if dim in used},
        )
    return tree[group].to_dataset()
