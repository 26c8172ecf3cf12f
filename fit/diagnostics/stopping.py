"""Whether sampling may stop: the convergence checks with a margin, on what chains have drawn so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int

from windup.fit.diagnostics.convergence import MAX_DIVERGENCE_SHARE, MAX_RHAT, MIN_EBFMI, MIN_ESS
from windup.fit.diagnostics.mixing import effective_sample_size, energy_fraction, nested_rhat, rhat

# Quantities that are reported are functions of many coordinates and may mix more slowly than any of them; an
# effective sample size of 400 is itself known to a tenth; and of a dozen looks the luckiest one would stop.
MARGIN = 1.5
# Rates of divergence and of energy do not improve with draws: a margin for their estimates alone.
RATE_MARGIN = 1.1

CHECKS = ("R-hat", "bulk ESS", "tail ESS", "divergences", "E-BFMI")


class Look(NamedTuple):
    """The checks at some number of draws.

    Attributes
    ----------
    draws
        Number of draws of each chain.
    max_rhat, min_ess_bulk, min_ess_tail
        Worst of all coordinates; infinite or 0 where one cannot be computed.
    divergence_share, min_ebfmi
        Share of divergent draws, and least E-BFMI of all chains.
    """

    draws: int
    max_rhat: float
    min_ess_bulk: float
    min_ess_tail: float
    divergence_share: float
    min_ebfmi: float

    @property
    def held(self) -> dict[str, bool]:
        """Which checks hold with margin, by their names in ``CHECKS``."""
        holds = (
            self.max_rhat <= 1.0 + (MAX_RHAT - 1.0) / MARGIN,
            self.min_ess_bulk >= MARGIN * MIN_ESS,
            self.min_ess_tail >= MARGIN * MIN_ESS,
            self.divergence_share <= MAX_DIVERGENCE_SHARE / RATE_MARGIN,
            self.min_ebfmi > RATE_MARGIN * MIN_EBFMI,
        )
        return dict(zip(CHECKS, holds, strict=True))


def look_at(
    positions: Float[np.ndarray, "chain draw parameters"],
    statistics: Mapping[str, Float[np.ndarray, "chain draw"]],
    superchain: Int[np.ndarray, " chain"] | None = None,
) -> Look:
    """Compute the checks.

    Parameters
    ----------
    positions
        Draws of every coordinate, and of whatever else is looked at.
    statistics
        With ``diverging`` and ``energy``.
    superchain
        Group of every chain, where many short ones share their beginnings: R-hat is then the nested one.
    """
    dims = ("chain", "draw")
    drawn = xr.Dataset({"position": ((*dims, "coordinate"), positions)})
    disagreement = rhat(drawn) if superchain is None else nested_rhat(drawn, superchain)
    energies = energy_fraction(xr.DataArray(statistics["energy"], dims=dims))
    return Look(
        draws=positions.shape[1],
        max_rhat=_worst(disagreement, np.inf),
        min_ess_bulk=_worst(effective_sample_size(drawn, "bulk"), 0.0),
        min_ess_tail=_worst(effective_sample_size(drawn, "tail"), 0.0),
        divergence_share=float(np.mean(statistics["diverging"])),
        min_ebfmi=float(np.min(np.where(np.isfinite(energies), energies, 0.0))),
    )


def _worst(sizes: xr.Dataset, bad: float) -> float:
    values = sizes["position"].values
    known = np.where(np.isfinite(values), values, bad)
    return float(known.max() if bad > 0.0 else known.min())
