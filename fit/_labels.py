"""Names of the single parameters inside a variable, such as ``log_drive[rice2001]``."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr

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
