"""Doses of which a part is not known: what a parameter says of that part, put into the doses."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from windup.models.core.types import Doses


class UncertainDoses(NamedTuple):
    """Parts of the doses of a schedule whose size a parameter scales.

    Attributes
    ----------
    column
        Dose column of every part.
    doses
        What every part adds to that column at its prior median, ``(steps, arms)`` each.
    """

    column: tuple[str, ...] = ()
    doses: tuple[Float[np.ndarray, "steps arms"], ...] = ()

    @property
    def by_name(self) -> Doses:
        """Every part under a name of its own, which no dose column has."""
        return {_name(number): dose for number, dose in enumerate(self.doses)}  # type: ignore[misc]  # known numbers


def scaled_doses(
    doses: Doses, uncertain: UncertainDoses, factors: Float[Array, " parts"] | None
) -> tuple[Doses, Doses]:
    r"""Doses that parameters move, and those that nothing moves.

    .. math:: d_c = d^0_c + \sum_{k: c_k = c} (f_k - 1)\, d^0_k

    with doses :math:`d^0_c` of column :math:`c` in which every part :math:`d^0_k` stands at its prior median.

    Parameters
    ----------
    doses
        By dose column, and by name of the part (`UncertainDoses.by_name`); arrays of one shape.
    uncertain
        The parts.
    factors
        :math:`f_k`, what each part is multiplied by; None where all are 1.

    Returns
    -------
    tuple
        Moved columns, and the others as they are.
    """
    parts = uncertain.by_name
    known = {column: dose for column, dose in doses.items() if column not in parts}
    if factors is None or not parts:
        return {}, known
    moved: Doses = {}
    for column in dict.fromkeys(uncertain.column):
        mine = [number for number, its in enumerate(uncertain.column) if its == column]
        of_parts = np.stack([np.asarray(doses[_name(number)]) for number in mine])
        change = jnp.tensordot(factors[np.array(mine)] - 1.0, jnp.asarray(of_parts), axes=1)
        moved[column] = jnp.asarray(known.pop(column)) + change
    return moved, known


def _name(number: int) -> str:
    return f"uncertain dose {number}"
