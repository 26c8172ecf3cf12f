"""Sets of doses that a trial takes, each once: what they do is computed per set, not per step and arm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from windup.models.core.types import Doses

# Mean doses of steps differ by rounding where nothing changes; relative to the drug's highest dose.
_SAME_DIGITS = 9


class DistinctDoses(NamedTuple):
    """Doses of every set, ``(sets,)``, and the set that is taken where they were asked for."""

    doses: Doses
    taken: tuple[Int[np.ndarray, ...], ...]


def distinct(*doses: Doses) -> DistinctDoses:
    """Sets that occur anywhere in ``doses``; the arrays of each have a shape of their own.

    Examples
    --------
    >>> import numpy as np
    >>> found = distinct({"nsaid": np.zeros(3), "pregabalin": np.array([0.0, 300.0, 300.0])})
    >>> found.doses["pregabalin"].tolist(), found.taken[0].tolist()
    ([0.0, 300.0], [0, 1, 1])
    """
    columns = tuple(doses[0])
    shapes = [np.shape(each[columns[0]]) for each in doses]
    every: Float[np.ndarray, "asked drugs"] = np.concatenate(
        [np.stack([np.ravel(each[column]) for column in columns], axis=1) for each in doses]
    )
    highest = np.maximum(np.abs(every).max(axis=0, initial=0.0), np.finfo(float).tiny)
    _, where, which = np.unique(
        np.round(every / highest, _SAME_DIGITS), axis=0, return_index=True, return_inverse=True
    )
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes])
    taken = (part.reshape(shape) for part, shape in zip(np.split(which, ends[:-1]), shapes, strict=True))
    return DistinctDoses(dict(zip(columns, every[where].T, strict=True)), tuple(taken))
