"""A long run cut into segments, of which a gradient keeps the beginnings and computes the rest again."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, sqrt
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jaxtyping import Array, Int

type Tree = Any

# Turns of a loop up to which everything is kept: computing them again costs a forward solve, a quarter of a
# gradient, and so few take little memory (the packaged trials: 156 turns).
_KEPT = 256


class Cut(NamedTuple):
    """Equal segments of consecutive turns; the last may be filled up."""

    turns: int
    segments: int
    length: int

    def of(self, known: np.ndarray, filling: Any = None) -> np.ndarray:
        """``(segments, length, ...)`` from ``(turns, ...)``; the last turn, or ``filling``, fills up."""
        missing = self.segments * self.length - self.turns
        last = known[-1:] if filling is None else np.full_like(known[-1:], filling)
        full = np.concatenate([known, np.repeat(last, missing, axis=0)])
        return full.reshape(self.segments, self.length, *known.shape[1:])


def cut(turns: int) -> Cut:
    """One segment for few turns; else as many as each has turns, so that memory grows with the root."""
    length = turns if turns <= _KEPT else ceil(sqrt(turns))
    return Cut(turns, ceil(turns / length), length)


class Reading(NamedTuple):
    """Rows to read from every segment, ``(segments, most)``, and where what was asked for is in them."""

    rows: Int[np.ndarray, "segments most"]
    at: Int[np.ndarray, " asked"]


def reading(asked: Int[np.ndarray, " asked"], cut: Cut, width: int, filling: int = 0) -> Reading:
    """How to read rows of all turns, ``width`` rows a turn, segment by segment.

    Where a segment is asked for fewer than another, ``filling`` stands.

    Examples
    --------
    >>> import numpy as np
    >>> reading(np.array([5, 0, 7]), Cut(turns=4, segments=2, length=2), width=2)
    Reading(rows=array([[0, 0],
           [1, 3]]), at=array([2, 0, 3]))
    """
    segment, row = np.divmod(asked, cut.length * width)
    order = np.argsort(segment, kind="stable")
    begins = np.searchsorted(segment[order], np.arange(cut.segments))
    place = np.empty(len(asked), int)
    place[order] = np.arange(len(asked)) - begins[segment[order]]
    rows = np.full((cut.segments, place.max(initial=0) + 1), filling)
    rows[segment, place] = row
    return Reading(rows, segment * rows.shape[1] + place)


def through_segments(
    advance: Callable[[Array, Tree], tuple[Array, Array]], start: Array, segments: Tree
) -> Array:
    r"""What ``advance(state, segment)`` gives beside the next state, of all segments in one array.

    Leaves of ``segments`` are ``(segments, ...)``, known numbers. Reverse mode keeps one state per segment
    and goes through each once more, so that of :math:`n` turns it holds some :math:`2 \sqrt n` states.
    """
    count = len(jax.tree.leaves(segments)[0])
    if count == 1:
        return advance(start, jax.tree.map(lambda x: x[0], segments))[1]

    def nth(state: Array, number: Array) -> tuple[Array, Array]:
        # Read here and not by the scan, which would keep a copy of every segment for the way back.
        return advance(state, jax.tree.map(lambda x: jnp.asarray(x)[number], segments))

    again = jax.checkpoint(nth, prevent_cse=False)  # a loop stands between the two anyway
    _, seen = lax.scan(again, start, jnp.arange(count))
    joined: Array = seen.reshape(-1, *seen.shape[2:])
    return joined
