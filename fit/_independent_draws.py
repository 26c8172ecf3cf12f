"""How many independent draws a share of correlated ones is worth."""

from __future__ import annotations

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from ._mixing import effective_sample_size

# Fewer per chain have no autocorrelation to speak of.
_FEWEST = 8


def independent_draws(
    numbers: Float[np.ndarray, " draws"], event: Bool[np.ndarray, " draws"], chains: int
) -> int:
    """Independent draws that would tell as much of an event as these: at most as many as there are.

    The smaller of two effective sample sizes, of the event and of the number that decides it: an event that
    holds in every draw, or in none, has no autocorrelation of its own.

    Parameters
    ----------
    numbers, event
        Per draw, one chain after the other.
    chains
        Where draws of a chain are missing, all count as one.
    """
    count = len(numbers)
    rows = chains if count % chains == 0 else 1
    if count < _FEWEST * rows:
        return count
    both = {"number": numbers, "event": event.astype(float)}
    by_chain = {name: (("chain", "draw"), each.reshape(rows, -1)) for name, each in both.items()}
    sizes = effective_sample_size(xr.Dataset(by_chain), "bulk")
    return int(min(count, *(float(sizes[name]) for name in both)))
