"""Groups of a run's tree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import xarray as xr
from jaxtyping import Int


def spread_draws(total: int, count: int) -> Int[np.ndarray, " chosen"]:
    """At most ``count`` numbers of draws, evenly over all of them.

    Examples
    --------
    >>> spread_draws(10, 4).tolist(), spread_draws(3, 4).tolist()
    ([1, 3, 6, 8], [0, 1, 2])
    """
    chosen = min(count, total)
    return ((np.arange(chosen) + 0.5) * total / chosen).astype(int)


_SAMPLE = ("chain", "draw")


def elements(name: str, variable: xr.DataArray) -> Iterator[tuple[str, xr.DataArray]]:
    """Label and values of each element of a variable, apart from its chains and draws.

    Examples
    --------
    >>> import xarray as xr
    >>> gain = xr.DataArray([[[2.0, 3.0]]], dims=("chain", "draw", "loop"), coords={"loop": ["a", "b"]})
    >>> [label for label, _ in elements("gain", gain)]
    ['gain[a]', 'gain[b]']
    """
    dimensions = [str(dimension) for dimension in variable.dims if dimension not in _SAMPLE]
    for position in np.ndindex(*(variable.sizes[dimension] for dimension in dimensions)):
        selection = dict(zip(dimensions, position, strict=True))
        names = [str(variable[dimension].values[index]) for dimension, index in selection.items()]
        yield (f"{name}[{', '.join(names)}]" if names else name), variable.isel(selection)


def all_elements(dataset: xr.Dataset) -> Iterator[tuple[str, xr.DataArray]]:
    """`elements` of every variable of a data set."""
    for name, variable in dataset.data_vars.items():
        yield from elements(str(name), variable)


def draws_digest(tree: xr.DataTree) -> str:
    """SHA-256 of the values of the group ``posterior``, variable by variable in the order of their names.

    Two fits have the same one only if every draw of every parameter is the same, bit by bit.

    Examples
    --------
    >>> def one(value: float) -> xr.DataTree:
    ...     return xr.DataTree.from_dict({"posterior": xr.Dataset({"a": ("draw", [value])})})
    >>> draws_digest(one(1.0)) == draws_digest(one(1.0)), draws_digest(one(1.0)) == draws_digest(one(2.0))
    (True, False)
    """
    posterior, digest = group(tree, "posterior"), hashlib.sha256()
    for name in sorted(str(name) for name in posterior.data_vars):
        values = np.ascontiguousarray(posterior[name].values)
        digest.update(f"{name} {values.shape} {values.dtype} ".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def group(tree: xr.DataTree, name: str) -> xr.Dataset:
    """Data set of one group.

    Raises
    ------
    KeyError
        When the run lacks it.
    """
    return tree.children[name].to_dataset()


def flat(variable: xr.DataArray) -> xr.DataArray:
    """The same variable with chains and draws joined into the first dimension ``sample``.

    Examples
    --------
    >>> flat(xr.DataArray(np.zeros((2, 3, 0)), dims=("chain", "draw", "study"))).sizes["sample"]
    6
    """
    # Not `stack`, which cannot join a variable without elements: where every study reports its SDs, none is
    # missing.
    ordered = variable.transpose(*_SAMPLE, ...)
    values = ordered.values.reshape(ordered.shape[0] * ordered.shape[1], *ordered.shape[2:])
    labels = {name: label for name, label in ordered.coords.items() if not {*_SAMPLE} & {*label.dims}}
    return xr.DataArray(values, labels, ("sample", *ordered.dims[2:]), variable.name, variable.attrs)


def attribute(tree: xr.DataTree, name: str) -> Any:
    """Value of an attribute of the tree's root, which holds JSON; None when it is absent."""
    text = tree.attrs.get(name)
    return None if text is None else json.loads(text)
