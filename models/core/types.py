"""The vocabulary of array shapes and the pytrees that move through a model."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

# Width of the smooth floor of the drive, small beside any activity that hurts (about 0.5 to 3).
_FLOOR = 0.005


def positive(strength: PerArm) -> PerArm:
    r"""Smooth floor :math:`\epsilon \log(1 + e^{s / \epsilon})`: a drive is never negative.

    Nor is it 0, so that its logarithm and the slope of this are numbers.
    """
    least = 0.9 * np.log(np.finfo(jnp.result_type(strength)).tiny)
    return _FLOOR * jax.nn.softplus(jnp.maximum(strength / _FLOOR, least))


type PerArm = Float[Array, " arms"]


type PerStep = Float[Array, "steps arms"]


type Scalar = Float[Array, ""]


type Values = dict[str, Array]
"""Parameter values by name; scalars, or one value per arm where a parameter varies between studies."""


class Drive(NamedTuple):
    """What the illness sends to the dorsal horn; constant over a run (dimensionless).

    Attributes
    ----------
    peripheral
        Ongoing drive from damaged tissue or nerve. What a moderate pain needs depends on the model: at the
        medians of the priors about 0.1 in the cascade, 0.3 in the single loop and 0.7 in turnover.
    central
        Drive without a peripheral source, the set point of fibromyalgia-like pain.
    injury
        Size of the injury pulse at the beginning of the run before the trial; it heals.
    habitual_magnesium
        Magnesium absorbed from the diet, relative to the customary 1.
    """

    peripheral: PerArm
    central: PerArm
    injury: PerArm
    habitual_magnesium: PerArm


def lasting_drive(
    strength: PerArm,
    central_share: float | PerArm | Float[np.ndarray, " arms"],
    habitual_magnesium: float | Float[np.ndarray, " arms"] = 1.0,
) -> Drive:
    """Drive of a strength, a share of which has no peripheral source; no fresh injury."""
    return Drive(
        peripheral=strength * (1.0 - central_share),
        central=strength * central_share,
        injury=jnp.zeros_like(strength),
        habitual_magnesium=jnp.broadcast_to(jnp.asarray(habitual_magnesium, strength.dtype), strength.shape),
    )


type Doses = dict[str, PerStep]
"""Daily doses in each drug's own unit by dose column (`windup.datasets.Drug.dose_columns`), constant within a
solver step: of gabapentin what is absorbed, of magnesium the oral and the intravenous dose apart."""


class Enrolled[State](NamedTuple):
    """Patients in the steady state at their pain, one entry per study.

    Attributes
    ----------
    strength
        The drive that holds the pain, floored smoothly at 0.
    state
        State of the model.
    drive_share
        Share of net activity that the drive must supply; the loops keep up the rest. Negative where the loops
        alone hold more than this pain: no drive gives it, and the patient would drift up.
    unsettled
        Share of net activity by which the drive had to change in the last half of the way to this state; 0
        where it is truly steady. Loops that close without activity (nitration takes MnSOD away, which lets
        nitration grow) can be so close to a fold of their own that they creep for years.
    missed
        Pain that was asked for less the pain of this state, points; above 0 where no activity hurts as much.
    needed
        What drive and loops must supply together, in units of the drive: the drive that the state lacks is
        ``drive_share * needed``, and the loops return the rest.
    """

    strength: PerArm
    state: State
    drive_share: PerArm
    unsettled: PerArm
    missed: PerArm
    needed: PerArm
