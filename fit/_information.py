r"""Fisher information of normal rows, and the directions in which it is large or next to nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from jaxtyping import Float

type Square = Float[np.ndarray, "parameters parameters"]
type Jacobian = Float[np.ndarray, "rows parameters"]

# Error of a central difference is about its square, and rounding divided by it.
_STEP = 1e-4
_LOADINGS = 4
# Squares of the loadings of a direction sum to 1; what holds less than a hundredth of it is not named.
_LEAST_LOADING = 0.1


def central_differences(
    function: Callable[[Float[np.ndarray, "points parameters"]], Float[np.ndarray, "points rows"]],
    point: Float[np.ndarray, " parameters"],
    *,
    step: float = _STEP,
) -> Jacobian:
    """Jacobian of a batched function at a point, from one step either way of every parameter."""
    steps = step * np.eye(len(point))
    found = function(np.concatenate([point + steps, point - steps]))
    ahead, behind = found[: len(point)], found[len(point) :]
    jacobian: np.ndarray = ((ahead - behind) / (2.0 * step)).T
    return jacobian


def information(jacobian: Jacobian, precision: Float[np.ndarray, "rows rows"]) -> Square:
    r""":math:`J^T R^{-1} J`, what normal rows say of the parameters of their mean.

    Parameters
    ----------
    jacobian
        :math:`J`, derivatives of the expected rows.
    precision
        :math:`R^{-1}`; 0 for rows that are left out.
    """
    found: np.ndarray = jacobian.T @ precision @ jacobian
    return _symmetric(found)


def without(found: Square, nuisance: np.ndarray, prior_precision: float = 1.0) -> Square:
    """Information on the other parameters once those of a mask, with a normal prior, are integrated out."""
    kept = ~nuisance
    across = found[np.ix_(kept, nuisance)]
    own = found[np.ix_(nuisance, nuisance)] + prior_precision * np.eye(int(nuisance.sum()))
    reduced: np.ndarray = found[np.ix_(kept, kept)] - across @ np.linalg.solve(own, across.T)
    return _symmetric(reduced)


def _symmetric(found: Square) -> Square:
    symmetric: Square = 0.5 * (found + found.T)
    return symmetric


def spectrum(found: Square, names: tuple[str, ...]) -> pd.DataFrame:
    """Eigenvalues, largest first, and the parameters that each direction is made of.

    ``direction`` names the largest loadings with their signs; ``share`` is how much of the direction they
    hold (sum of squared loadings). In units of prior standard deviations an eigenvalue of 1 is as much as the
    prior knows: directions far below it are sloppy, and what is said of them is the prior's.
    """
    values, vectors = np.linalg.eigh(found)
    rows = []
    for place in np.argsort(values)[::-1]:
        vector = vectors[:, place]
        largest = np.argsort(-np.abs(vector), kind="stable")[:_LOADINGS]
        named = [index for index in largest if abs(vector[index]) >= _LEAST_LOADING]
        sign = np.sign(vector[largest[0]])
        rows.append(
            {
                "eigenvalue": max(float(values[place]), 0.0),
                "direction": " ".join(f"{sign * vector[index]:+.2f} {names[index]}" for index in named),
                "share": float(np.sum(vector[named] ** 2)),
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(number=np.arange(1, len(table) + 1))[["number", *table.columns]]
