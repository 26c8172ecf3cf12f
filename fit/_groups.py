"""Groups of a run's tree."""

from __future__ import annotations

import xarray as xr


def group(tree: xr.DataTree, name: str) -> xr.Dataset:
    """Data set of one group.

    Raises
    ------
    KeyError
        When the run lacks it.
    """
    return tree.children[name].to_dataset()


def flat(variable: xr.DataArray) -> xr.DataArray:
    """The same variable with chains and draws joined into the first dimension ``sample``."""
    joined = variable.stack(sample=("chain", "draw"), create_index=False)
    return joined.transpose("sample", ...)
