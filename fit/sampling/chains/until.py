"""How many draws: as many as asked for, or until the convergence checks hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, final

import numpy as np

from windup.fit.diagnostics.stopping import CHECKS, Look, look_at
from windup.fit.sampling.chains.checkpoint import SamplerState, draws_so_far
from windup.fit.sampling.chains.drawn import Drawn
from windup.fit.sampling.chains.modes import Mode
from windup.fit.sampling.kernels.kernel import BLOCK
from windup.fit.settings.samplers import Chain, ManyChains
from windup.fit.settings.until_converged import UntilConverged

# The least effective sample sizes of a stop ask for about so many draws of all chains together.
_FIRST_LOOK = 1000
# From one look to the next: a dozen looks on the way to four times the draws of a full fit.
_GROWTH = 1.25
# Split R-hat halves every chain and needs two draws in each half.
_LEAST = 4

CONVERGED, DRAWS, MINUTES, MODES = "converged", "draws", "minutes", "modes"
"""Why sampling until convergence ended: its checks held, or a limit or separate modes kept them from it."""


class Stop(NamedTuple):
    """Why sampling ended.

    Attributes
    ----------
    reason
        ``converged``, ``draws``, ``minutes`` or ``modes``.
    draws
        Number of draws of each chain.
    first_held
        By check: at how many draws of each chain it first held with margin; None where it never did.
    """

    reason: str
    draws: int
    first_held: dict[str, int | None]


type Quantities = Callable[[np.ndarray], np.ndarray]


@final
class Plan:
    """How long chains go on.

    Looks are at the same numbers of draws however often a run was cut off, so that a resumed run ends where
    an undisturbed one would have.

    Parameters
    ----------
    settings
        Sampler, with the number of draws where nothing else decides it.
    until
        Limits of a run until convergence; None for a fixed number of draws.
    quantities
        From coordinates ``(chain, draw, parameter)`` to further numbers that are looked at.
    """

    def __init__(
        self,
        settings: Chain,
        until: UntilConverged | None = None,
        quantities: Quantities | None = None,
    ) -> None:
        self.until, self._settings, self._quantities = until, settings, quantities
        self._looks: list[Look] = []

    @property
    def seconds(self) -> float | None:
        """Wall time after which sampling ends; None for no limit."""
        return 60.0 * self.until.minutes if self.until and self.until.minutes else None

    def most(self, modes: tuple[Mode, ...]) -> int:
        """Largest number of draws of each chain."""
        if self.until is None:
            return self._settings.draws
        return min(self.until.draws, self._settings.draws) if len(modes) > 1 else self.until.draws

    def next(self, count: int, most: int) -> int:
        """Number of draws of each chain at the next look."""
        if self.until is None:
            return most
        wanted = _GROWTH * count if count else _FIRST_LOOK / self._settings.chains
        return min(max(math.ceil(wanted / BLOCK) * BLOCK, count + BLOCK), most)

    def stop_at(self, standing: SamplerState, count: int, most: int, *, out_of_time: bool) -> Stop | None:
        """Whether to stop, at a look."""
        if self.until is None:
            return Stop(DRAWS, count, {})
        count = min(count, standing.length)
        held = False
        if count >= _LEAST:
            look = self._look(draws_so_far(standing, count))
            self._looks.append(look)
            held = all(look.held.values()) and len(standing.modes) < 2
        if not (held or out_of_time or count == most):
            return None
        reason = CONVERGED if held else MINUTES if out_of_time else DRAWS
        if reason == DRAWS and len(standing.modes) > 1:
            reason = MODES
        return Stop(reason, count, {check: self._first(check) for check in CHECKS})

    def _look(self, drawn: Drawn) -> Look:
        positions = drawn.unconstrained
        if self._quantities is not None:
            positions = np.concatenate([positions, self._quantities(positions)], axis=-1)
        return look_at(positions, drawn.statistics, superchains_of(self._settings))

    def _first(self, check: str) -> int | None:
        return next((look.draws for look in self._looks if look.held[check]), None)


def superchains_of(settings: Chain) -> np.ndarray | None:
    """Group of every chain, where chains share their beginnings."""
    if not isinstance(settings, ManyChains):
        return None
    return np.repeat(np.arange(settings.superchains), settings.chains // settings.superchains)
