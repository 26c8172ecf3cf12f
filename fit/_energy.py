"""The energy that a diagnosis needs: of where a chain stands, not of where it would have gone."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array


def energy_after(before: Array, info: Any) -> Array:
    r"""Energy :math:`-\log p + |m|^2 / 2` at the end of a transition of blackjax's HMC with unit masses.

    blackjax gives that of the proposal, also of one that was refused. That of a divergent proposal has no
    bound, and one such number sets E-BFMI, the mean square of the energy's changes over its variance, to 0
    (Betancourt 2016, arXiv:1604.00695: energies of the states of the chain).

    Parameters
    ----------
    before
        Log density where the transition began.
    info
        `blackjax.mcmc.hmc.HMCInfo`, whose momentum is the one at the beginning.
    """
    return jnp.where(info.is_accepted, info.energy, 0.5 * jnp.sum(info.momentum**2, axis=-1) - before)
