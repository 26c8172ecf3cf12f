"""Some draws of a tree, evenly over all chains, for what is computed once more from each."""

from __future__ import annotations

import numpy as np
import xarray as xr

from windup.fit.diagnostics.convergence import DERIVED
from windup.fit.storage.tree import flat, group, spread_draws


def posterior_draws(tree: xr.DataTree, count: int) -> dict[str, np.ndarray]:
    """Sampled values by the names of their sites, at most ``count`` draws in front."""
    posterior = group(tree, "posterior")
    chosen = spread_draws(posterior.sizes["chain"] * posterior.sizes["draw"], count)
    names = [str(name) for name in posterior.data_vars if name not in DERIVED]
    return {name: flat(posterior[name]).values[chosen] for name in names}
