"""What the density reads as data: all of it in one place, so that other data need no other program."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Array, Float

from ._design import Design


class Observed(NamedTuple):
    """Data of the likelihood; arrays of NumPy, or of JAX where they are arguments of a program.

    Standard errors, numbers of patients and what is read off a study's baseline as a covariate (its pain, its
    habitual magnesium intake) belong to the design: the likelihood is given them.

    Attributes
    ----------
    estimate
        Published estimate of every row, in its own unit.
    reported_log_sd
        Mean log per-patient SD per study and class where any is reported.
    """

    estimate: Float[Array | np.ndarray, " rows"]
    reported_log_sd: Float[Array | np.ndarray, " reported"]


def observed_in(design: Design) -> Observed:
    """What the trials of a design published."""
    return Observed(design.rows.estimate, design.dispersions.reported_log)
