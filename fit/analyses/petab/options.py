"""What `windup sample` may be asked for; free of JAX, so that its help is quick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

from windup.datasets import nearest
from windup.fit.errors import SettingsError
from windup.fit.settings.fit import SEEDS
from windup.fit.settings.samplers import (
    SAMPLERS,
    Hmc,
    Laplace,
    ManyChains,
    Nuts,
    Pathfinder,
    Sampler,
    SequentialMonteCarlo,
    Variational,
    check_whole_number,
)
from windup.fit.settings.until_converged import UntilConverged

PRIORS: Mapping[str, str] = {
    "problem": "those of the problem alone; it is refused where a parameter has none",
    "uniform": "uniform within the bounds, on the scale of the estimation, where the problem gives none",
}
"""What stands for priors that a problem does not give."""

SOLVERS: Mapping[str, str] = {
    "auto": "by a trial at the nominal values",
    "dopri8": "explicit, of order 8",
    "kvaerno5": "implicit, of order 5, for stiff models",
}
"""Solvers that may be asked for."""

TOLERANCE = 1e-7
"""Relative tolerance of a step of the solver."""

ABSOLUTE_SHARE = 1e-4
"""Absolute tolerance by default, as a share of the relative one: constants may make small states matter."""

MAX_STEPS = 8192
"""Largest number of steps of one stretch of an experiment."""

_MADE: Mapping[str, Any] = {
    "nuts": Nuts,
    "hmc": Hmc,
    "many-chains": ManyChains,
    "pathfinder": Pathfinder,
    "laplace": Laplace,
    "variational": Variational,
    "smc": SequentialMonteCarlo,
}
_CHAINS = ("nuts", "hmc", "many-chains")


@final
@dataclass(frozen=True, kw_only=True)
class SampleOptions:
    """Options of sampling.

    Parameters
    ----------
    sampler
        One of `windup.fit.settings.samplers.SAMPLERS`.
    precision
        In which chains move.
    chains, warmup, draws
        As the sampler takes them; None for its own defaults.
    max_draws, max_minutes
        Limits of sampling until convergence, which is on for Markov chains where ``draws`` is None.
    descents
        Number of starts of the search for modes; the nominal values are one of them.
    seed
        Random seed.

    Raises
    ------
    SettingsError
        When a value is not allowed.
    """

    sampler: str = "nuts"
    precision: str = "float64"
    chains: int | None = None
    warmup: int | None = None
    draws: int | None = None
    max_draws: int = 6000
    max_minutes: float = 0.0
    descents: int = 8
    seed: int = 0

    def __post_init__(self) -> None:
        if self.sampler not in SAMPLERS:
            raise SettingsError(f"'{self.sampler}' is no sampler. {nearest(self.sampler, SAMPLERS)}")
        check_whole_number("seed", self.seed, *SEEDS)
        check_whole_number("descents", self.descents, 1, 1000)
        self.made()
        self.until()

    def made(self) -> Sampler:
        """The sampler."""
        kind = _MADE[self.sampler]
        given: dict[str, Any] = {"chains": self.chains, "warmup": self.warmup, "draws": self.draws}
        given["precision"] = self.precision if self.precision != "float64" else None
        asked = {name: value for name, value in given.items() if value is not None}
        foreign = sorted(asked.keys() - kind.__dataclass_fields__.keys())
        if foreign:
            raise SettingsError(f"The sampler '{self.sampler}' takes no {' and no '.join(foreign)}.")
        sampler: Sampler = kind(**asked)
        return sampler

    def until(self) -> UntilConverged | None:
        """How far chains go on until they converge; None for a number of draws."""
        if self.draws is not None or self.sampler not in _CHAINS:
            return None
        return UntilConverged(draws=self.max_draws, minutes=self.max_minutes)
