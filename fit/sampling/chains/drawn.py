"""Draws as chains leave them: unconstrained, with their statistics, the same however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from windup.fit.sampling.kernels.kernel import BLOCK, HostTrace, Trace
from windup.fit.sampling.target.coordinates import Coordinates, unconstrained


class Drawn(NamedTuple):
    """Draws of all chains.

    Attributes
    ----------
    unconstrained
        ``(chain, draw, parameter)``.
    statistics
        Sampler statistics by their arviz name, ``(chain, draw)``.
    """

    unconstrained: Float[np.ndarray, "chain draw parameters"]
    statistics: dict[str, Float[np.ndarray, "chain draw"]]

    @property
    def length(self) -> int:
        """Number of draws of each chain."""
        return int(self.unconstrained.shape[1])

    def first(self, count: int) -> Drawn:
        """The first draws of each chain."""
        return Drawn(
            self.unconstrained[:, :count], {name: x[:, :count] for name, x in self.statistics.items()}
        )


def drawn_of(traces: Sequence[HostTrace], count: int, coordinates: Coordinates) -> Drawn:
    """The first ``count`` draws of traces of all groups of chains.

    A draw does not depend on how many are taken at once: products of matrices round a row differently among
    other numbers of rows, so that each is taken in the block in which it was drawn.

    Parameters
    ----------
    traces
        Of every group of chains that move together, from the beginning of a block.
    count
        At most as many as the shortest of them has.
    coordinates
        In which the chains moved.
    """
    blocks = -(-count // BLOCK) * BLOCK
    x = np.concatenate([_unconstrained(trace.z[:blocks], coordinates) for trace in traces])[:, :count]
    # Chains first, then draws.
    stack = {
        name: np.concatenate([np.swapaxes(getattr(trace, name)[:count], 0, 1) for trace in traces])
        for name in Trace._fields
        if name not in ("z", "gradient")
    }
    statistics = {
        "diverging": stack["diverging"].astype(bool),
        "energy": stack["energy"],
        "n_steps": stack["n_steps"],
        "acceptance_rate": stack["acceptance_rate"],
        "step_size": stack["tuning"][..., 0],
        "lp": -stack["potential"],
    }
    if stack["tuning"].shape[-1] == 1:
        statistics["tree_depth"] = np.ceil(np.log2(stack["n_steps"] + 1.0)).astype(int)
    else:
        statistics["trajectory_length"] = stack["tuning"][..., 1]
    return Drawn(x, statistics)


def joined_draws(parts: Sequence[Drawn]) -> Drawn:
    """Draws one after the other."""
    if len(parts) == 1:
        return parts[0]
    names = parts[0].statistics
    return Drawn(
        np.concatenate([part.unconstrained for part in parts], axis=1),
        {name: np.concatenate([part.statistics[name] for part in parts], axis=1) for name in names},
    )


def _unconstrained(z: np.ndarray, coordinates: Coordinates) -> np.ndarray:
    """Whitened draws ``(draw, chain, parameter)`` block by block, as ``(chain, draw, parameter)``."""
    size = z.shape[-1]
    blocks = [
        unconstrained(z[place : place + BLOCK].reshape(-1, size), coordinates).reshape(-1, *z.shape[1:])
        for place in range(0, len(z), BLOCK)
    ]
    return np.swapaxes(np.concatenate(blocks) if blocks else z, 0, 1)
