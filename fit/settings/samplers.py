"""The samplers of the engine, as settings: checked on creation, free of JAX."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol, final

from windup.fit.errors import SettingsError

SAMPLERS: Mapping[str, str] = MappingProxyType(
    {
        "nuts": "NUTS, one chain per core",
        "hmc": "HMC with trajectories of random lengths, one chain per core",
        "many-chains": "many short chains of HMC that move together, for a GPU",
        "pathfinder": "normal approximations along the paths to the modes: a quick look",
        "laplace": "normal approximation at the mode: a quick look",
        "variational": "fitted normal approximation: a quick look",
        "smc": "sequential Monte Carlo from the prior, for several modes",
    }
)

WHOLE_NUMBERS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        # R-hat compares chains.
        "chains": (2, 65_536),
        "warmup": (1, 1_000_000),
        # Split R-hat halves every chain and needs two draws in each half.
        "draws": (4, 1_000_000),
        "max_tree_depth": (1, 15),
        "max_steps": (1, 100_000),
        # Nested R-hat compares them.
        "superchains": (2, 65_536),
        "paths": (1, 1000),
        "iterations": (1, 1_000_000),
        "moves": (1, 10_000),
        "live": (20, 1_000_000),
        "moves_per_parameter": (1, 10_000),
    }
)


class Chain(Protocol):
    """What every sampler of Markov chains is asked for."""

    @property
    def chains(self) -> int:
        """Number of chains."""
        ...

    @property
    def warmup(self) -> int:
        """Warm-up iterations of each chain."""
        ...

    @property
    def draws(self) -> int:
        """Kept draws of each chain."""
        ...

    @property
    def target_accept(self) -> float:
        """Acceptance rate that step-size adaptation aims at."""
        ...

    @property
    def precision(self) -> str:
        """One of ``PRECISIONS``."""
        ...


# What chains move in; all else is in double precision.
PRECISIONS: Mapping[str, str] = MappingProxyType(
    {
        "float64": "double precision",
        "float32": "single precision, which is faster; what it does to the density is measured and said",
    }
)


class Sampling(Chain, Protocol):
    """What NUTS is asked for; `windup.fit.Settings` is one, too."""

    @property
    def max_tree_depth(self) -> int:
        """Largest number of doublings of one trajectory."""
        ...


@final
@dataclass(frozen=True, kw_only=True)
class Nuts:
    """NUTS, one chain per core: the default, and the most reliable on a CPU.

    Parameters
    ----------
    chains, warmup, draws
        Number of chains, and of warm-up iterations and kept draws in each chain.
    target_accept
        Acceptance rate that step-size adaptation aims at, between 0.5 and 1.
    max_tree_depth
        Largest number of doublings of one trajectory.
    precision
        In which the chains move: ``float64``, or ``float32`` (its effect on the density is measured).

    Raises
    ------
    SettingsError
        When a value is not allowed.
    """

    chains: int = 4
    warmup: int = 300
    draws: int = 1000
    target_accept: float = 0.8
    max_tree_depth: int = 10
    precision: str = "float64"

    def __post_init__(self) -> None:
        check_sampling(self)


@final
@dataclass(frozen=True, kw_only=True)
class Hmc:
    """HMC with trajectories of random lengths, one chain per core.

    Parameters
    ----------
    chains, warmup, draws
        Number of chains, and of warm-up iterations and kept draws in each chain.
    target_accept
        Acceptance rate that step-size adaptation aims at, between 0.5 and 1.
    trajectory_length
        Longest trajectory, in standard deviations of the coordinates that warm-up fits; lengths are uniform
        between 0 and this.
    max_steps
        Largest number of leapfrog steps of a trajectory.
    precision
        In which the chains move: ``float64``, or ``float32`` (its effect on the density is measured).

    Raises
    ------
    SettingsError
        When a value is not allowed.

    References
    ----------
    Mackenzie 1989, "An improved hybrid Monte Carlo method", doi 10.1016/0370-2693(89)91110-9.
    """

    chains: int = 4
    warmup: int = 300
    draws: int = 1000
    target_accept: float = 0.9
    trajectory_length: float = 4.8
    max_steps: int = 64
    precision: str = "float64"

    def __post_init__(self) -> None:
        check_sampling(self)


@final
@dataclass(frozen=True, kw_only=True)
class ManyChains:
    """Many short chains of jittered HMC that move together, for GPUs and other vector hardware.

    Parameters
    ----------
    chains, warmup, draws
        Number of chains, and of warm-up iterations and kept draws in each chain. Several devices share the
        chains where their number divides them.
    superchains
        Number of points at which chains begin; chains of one superchain share theirs, so that nested R-hat
        shows whether short chains still depend on it. Divides ``chains``.
    target_accept
        Acceptance rate that step-size adaptation aims at, between 0.5 and 1.
    max_steps
        Largest number of leapfrog steps of a trajectory.
    precision
        In which the chains move: ``float64``, or ``float32`` (its effect on the density is measured).

    Raises
    ------
    SettingsError
        When a value is not allowed.

    References
    ----------
    Hoffman, Radul, Sountsov 2021, "An adaptive MCMC scheme for setting trajectory lengths in Hamiltonian
    Monte Carlo", https://proceedings.mlr.press/v130/hoffman21a.html. Margossian et al. 2024, "Nested R-hat",
    Bayesian Analysis, doi 10.1214/24-BA1453.
    """

    chains: int = 64
    warmup: int = 200
    draws: int = 100
    superchains: int = 8
    target_accept: float = 0.8
    max_steps: int = 64
    precision: str = "float64"

    def __post_init__(self) -> None:
        check_sampling(self)
        if self.chains % self.superchains:
            raise SettingsError(
                f"{self.chains} chains cannot be shared evenly by {self.superchains} superchains; give a "
                "number of chains that superchains divides."
            )


@final
@dataclass(frozen=True, kw_only=True)
class Laplace:
    """Normal approximation at the mode: a quick look, with a Pareto k that says whether to believe it.

    Parameters
    ----------
    draws
        Number of draws.
    iterations
        Largest number of L-BFGS iterations towards the mode.
    """

    draws: int = 1000
    iterations: int = 1000

    def __post_init__(self) -> None:
        check_sampling(self)


@final
@dataclass(frozen=True, kw_only=True)
class Pathfinder:
    """Normal approximations along the paths of L-BFGS from several starts, weighed by importance.

    Parameters
    ----------
    paths
        Number of starts, drawn from the prior.
    draws
        Number of draws kept of all paths together.
    iterations
        Largest number of L-BFGS iterations of a path.

    References
    ----------
    Zhang, Carpenter, Gelman, Vehtari 2022, "Pathfinder: parallel quasi-Newton variational inference",
    https://jmlr.org/papers/v23/21-0889.html.
    """

    paths: int = 8
    draws: int = 1000
    iterations: int = 200

    def __post_init__(self) -> None:
        check_sampling(self)


@final
@dataclass(frozen=True, kw_only=True)
class Variational:
    """Stochastic variational inference with a full-rank normal guide, in coordinates fitted at the start.

    Parameters
    ----------
    draws
        Number of draws from the guide.
    iterations
        Number of steps of the optimiser.
    """

    draws: int = 1000
    iterations: int = 2000

    def __post_init__(self) -> None:
        check_sampling(self)


@final
@dataclass(frozen=True, kw_only=True)
class SequentialMonteCarlo:
    """Particles that go from the prior to the posterior by tempering; finds and weighs several modes.

    Parameters
    ----------
    chains
        Number of independent populations, whose agreement can be checked.
    draws
        Number of particles of each.
    moves
        Number of HMC moves of every particle at each temperature.

    References
    ----------
    Del Moral, Doucet, Jasra 2006, "Sequential Monte Carlo samplers", doi 10.1111/j.1467-9868.2006.00553.x.
    """

    chains: int = 4
    draws: int = 500
    moves: int = 5

    def __post_init__(self) -> None:
        check_sampling(self)


@final
@dataclass(frozen=True, kw_only=True)
class NestedSampling:
    """Live points that climb from the prior by likelihood; weighs several modes and estimates the evidence.

    No gradient is needed. The number of evaluations grows with the square of the number of parameters: for
    tens of parameters, not for hundreds.

    Parameters
    ----------
    chains
        Number of independent runs, whose agreement can be checked.
    draws
        Number of draws of each, resampled by weight from all its points.
    live
        Number of live points of each; the standard error of the log evidence falls with its square root.
    moves_per_parameter
        Number of slices by which a new point leaves the one that it begins at, for each parameter.
    remaining
        A run ends when what is left of the prior can change the log evidence by no more than this, nats.

    Raises
    ------
    SettingsError
        When a value is not allowed.

    References
    ----------
    Skilling 2006, "Nested sampling for general Bayesian computation", doi 10.1214/06-BA127. Handley, Hobson,
    Lasenby 2015, "PolyChord: next-generation nested sampling", doi 10.1093/mnras/stv1911: five slices for
    each parameter. Speagle 2020, "dynesty", doi 10.1093/mnras/staa278: 0.01 nats.
    """

    chains: int = 4
    draws: int = 500
    live: int = 500
    moves_per_parameter: int = 5
    remaining: float = 0.01

    def __post_init__(self) -> None:
        check_sampling(self)


type Sampler = (
    Nuts | Hmc | ManyChains | Laplace | Pathfinder | Variational | SequentialMonteCarlo | NestedSampling
)


def check_sampling(settings: object) -> None:
    """Refuse what no sampler can work with.

    Raises
    ------
    SettingsError
        When a value is not allowed.
    """
    for name, (low, high) in WHOLE_NUMBERS.items():
        if hasattr(settings, name):
            check_whole_number(name, getattr(settings, name), low, high)
    precision = getattr(settings, "precision", "float64")
    if precision not in PRECISIONS:
        raise SettingsError(f"precision is {precision!r}; give one of: {', '.join(PRECISIONS)}.")
    length = getattr(settings, "trajectory_length", 1.0)
    if not isinstance(length, int | float) or not (math.isfinite(length) and length > 0.0):
        raise SettingsError(f"trajectory_length is {length!r}; give a number above 0.")
    remaining = getattr(settings, "remaining", 0.01)
    if not isinstance(remaining, int | float) or not 0.0 < remaining < 1.0:
        raise SettingsError(f"remaining is {remaining!r}; give a number of nats above 0 and below 1.")
    rate = getattr(settings, "target_accept", 0.8)
    if not isinstance(rate, int | float) or not (math.isfinite(rate) and 0.5 <= rate < 1.0):
        raise SettingsError(f"target_accept is {rate!r}; give a number from 0.5 to below 1.")


def check_whole_number(name: str, value: object, low: int, high: int) -> None:
    """Refuse a value that is no whole number between two others."""
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SettingsError(f"{name} is {value!r}; give a whole number from {low} to {high}.")
