"""Pairs of coordinates that the data tie together: where one goes up, the other makes up for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from jaxtyping import Float

from windup.fit.analyses.identifiability.densities import is_of_studies

STRONG = 0.5


def trade_offs(
    positions: Float[np.ndarray, "draws parameters"], names: tuple[str, ...], *, least: float = STRONG
) -> pd.DataFrame:
    """Pairs whose posterior correlation is above ``least``, strongest first.

    Parameters
    ----------
    positions
        Unconstrained draws.
    names
        Of the coordinates.
    least
        Absolute correlation from which on a pair is listed.

    Returns
    -------
    pandas.DataFrame
        ``first``, ``second``, ``correlation``, and ``of``: ``parameters``, ``parameter and study`` or
        ``studies``, whose latents are many and tied by construction.
    """
    correlation = np.corrcoef(positions, rowvar=False)
    upper = np.triu(np.abs(correlation), k=1)
    first, second = np.nonzero(upper > least)
    order = np.argsort(-upper[first, second], kind="stable")
    kinds = ("parameters", "parameter and study", "studies")
    rows = [
        {
            "first": names[i],
            "second": names[j],
            "correlation": float(correlation[i, j]),
            "of": kinds[is_of_studies(names[i]) + is_of_studies(names[j])],
        }
        for i, j in zip(first[order], second[order], strict=True)
    ]
    return pd.DataFrame(rows, columns=["first", "second", "correlation", "of"])
