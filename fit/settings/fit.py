"""What a fit is asked to do: checked on creation, so that no fit starts on a wrong setting."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, final

from windup.datasets import BLOCKS, DEFAULT_BLOCKS, nearest
from windup.fit.errors import SettingsError, SettingsFault, SettingsFaults
from windup.fit.settings.covariates import Covariate, as_covariates, covariate_faults
from windup.fit.settings.exposure import HABITUAL_MAGNESIUM, LATENT, UNKNOWN_DOSES
from windup.fit.settings.priors import Prior, as_prior, choice_faults
from windup.fit.settings.samplers import (
    SAMPLERS,
    WHOLE_NUMBERS,
    Hmc,
    Laplace,
    ManyChains,
    Nuts,
    Pathfinder,
    Sampler,
    SequentialMonteCarlo,
    Variational,
    check_sampling,
    check_whole_number,
)
from windup.fit.settings.until_converged import UntilConverged, check_minutes

MODELS: Mapping[str, str] = MappingProxyType(
    {
        "cascade": "full NMDA-receptor cascade with four feedback loops",
        "turnover": "linear turnover: one slow state, drugs act on its input",
        "single_loop": "one positive feedback loop with a free gain",
        "time_course": "no mechanism: each drug reduces pain by an E-max curve of its dose",
        "placebo_only": "no mechanism and no drug effect",
    }
)
"""Models that ship, by the name that a user chooses, with what each is."""


PATIENTS: Mapping[str, str] = MappingProxyType(
    {
        "mean": "one patient per arm, at its mean pain",
        "population": "people who differ in drive, in loop gains, in reports and in sensitivity to drugs",
        "common_gain": "such people, but all with the same loop gains",
    }
)
"""What the patients of an arm are."""

ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "student_t": "all rows of a study are one Student t; shares of responders are binomial",
        "mixture": "normal errors, odd studies and suspect rows apart; shares are normal on the probit scale",
    }
)
"""Error models of published rows."""


PRESETS: Mapping[str, Mapping[str, int | float]] = MappingProxyType(
    {
        "full": MappingProxyType(
            {
                "chains": 4,
                "warmup": 300,
                "draws": 1500,
                "until_converged": True,
                "max_draws": 6000,
                "target_accept": 0.85,
                "max_tree_depth": 5,
            }
        ),
        "quick": MappingProxyType(
            {
                "chains": 2,
                "warmup": 40,
                "draws": 40,
                "until_converged": False,
                "max_draws": 160,
                "target_accept": 0.8,
                "max_tree_depth": 4,
            }
        ),
    }
)
"""Settings that each preset stands for.

``full`` goes on until a run has converged, with a limit; ``quick`` only shows that everything runs.
"""


# Of `windup fit`: 1.4 to 2.5 times the effective draws per gradient of NUTS (docs/how-to/samplers.md).
SAMPLER = "hmc"


# Those whose chains can go on.
MARKOV_CHAINS = ("hmc", "nuts", "many-chains")


SEEDS = (0, 2**32 - 1)


# What other samplers do differently.
DIFFERENCES: Mapping[str, Mapping[str, Mapping[str, int | float]]] = MappingProxyType(
    {
        "full": MappingProxyType(
            {
                "nuts": MappingProxyType({"draws": 1250, "max_draws": 5000, "target_accept": 0.95}),
                # Less of each, as there are more.
                "many-chains": MappingProxyType(
                    {"chains": 64, "warmup": 200, "draws": 100, "max_draws": 400}
                ),
            }
        ),
        "quick": MappingProxyType(
            {"many-chains": MappingProxyType({"chains": 8, "warmup": 20, "draws": 10, "max_draws": 40})}
        ),
    }
)


@final
@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides what a fit computes and where it writes.

    Parameters
    ----------
    model
        One of ``MODELS``.
    errors
        One of ``ERRORS``: how published rows err (docs/understand/likelihood.md).
    preset
        One of ``PRESETS``; results of ``quick`` are marked as unfit for conclusions.
    chains, warmup, draws
        Number of chains, and of warm-up iterations and kept draws in each chain.
    until_converged
        Whether Markov chains go on until their convergence checks hold, instead of to ``draws``.
    max_draws, max_minutes
        How far they then go at most: draws of each chain, and minutes of warm-up and draws (0: no limit).
    seed
        Seed of all random numbers.
    target_accept
        Acceptance rate that step-size adaptation aims at, between 0.5 and 1.
    max_tree_depth
        Largest number of doublings of one trajectory of NUTS.
    sampler, precision
        One of ``SAMPLERS`` and one of ``PRECISIONS``.
    patients
        One of ``PATIENTS``: what the patients of an arm are.
    unknown_doses, habitual_magnesium
        One of ``UNKNOWN_DOSES`` and one of ``HABITUAL_MAGNESIUM``.
    data
        Folder with the three tables of trials, or None for the packaged ones.
    out
        Folder that the run is written to.
    blocks
        Blocks of the likelihood whose rows are used (`windup.datasets.BLOCKS`).
    covariates
        Numbers of studies by which effects of treatments may differ, each a `Covariate` or its keys
        (`windup.fit.settings.covariates.COVARIATES`).
    priors
        Priors in place of the packaged ones, by parameter of the model or of the observation model. Elements
        of a vector are named as in ``contraction.csv``: ``log_patient_sd[mean]``.
    fixed
        Values at which parameters are fixed, in their units, by the same names.

    Raises
    ------
    SettingsError, SettingsFaults
        When a value is not allowed. Whether the model has such parameters shows when a fit begins.
    """

    model: str = "cascade"
    errors: str = "mixture"
    preset: str = "full"
    chains: int
    warmup: int
    draws: int
    until_converged: bool = False
    max_draws: int = 6000
    max_minutes: float = 0.0
    seed: int = 0
    target_accept: float
    max_tree_depth: int
    sampler: str = SAMPLER
    precision: str = "float64"
    patients: str = "mean"
    unknown_doses: str = LATENT
    habitual_magnesium: str = LATENT
    data: Path | None = None
    out: Path = Path("runs/published")
    blocks: tuple[str, ...] = DEFAULT_BLOCKS
    covariates: Mapping[str, Covariate] = field(default_factory=dict, hash=False)
    priors: Mapping[str, Prior] = field(default_factory=dict, hash=False)
    fixed: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_choice("model", self.model, MODELS)
        check_choice("errors", self.errors, ERRORS)
        check_choice("preset", self.preset, PRESETS)
        check_choice("sampler", self.sampler, SAMPLERS)
        check_choice("patients", self.patients, PATIENTS)
        check_choice("unknown_doses", self.unknown_doses, UNKNOWN_DOSES)
        check_choice("habitual_magnesium", self.habitual_magnesium, HABITUAL_MAGNESIUM)
        check_sampling(self)
        check_whole_number("seed", self.seed, *SEEDS)
        check_whole_number("max_draws", self.max_draws, *WHOLE_NUMBERS["draws"])
        check_minutes("max_minutes", self.max_minutes)
        if not isinstance(self.until_converged, bool):
            raise SettingsError(f"until_converged is {self.until_converged!r}; give true or false.")
        object.__setattr__(self, "blocks", checked_blocks(self.blocks))
        object.__setattr__(self, "covariates", checked_covariates(self.covariates))
        priors, fixed = checked_choices(self.priors, self.fixed)
        object.__setattr__(self, "priors", priors)
        object.__setattr__(self, "fixed", fixed)

    @classmethod
    def from_preset(cls, preset: str = "full", **overrides: Any) -> Self:
        """Settings of a preset, with some of them replaced.

        Parameters
        ----------
        preset
            One of ``PRESETS``.
        **overrides
            Any other field of ``Settings``. A number of ``draws`` is drawn as given: it turns
            ``until_converged`` off, unless that is given too.

        Raises
        ------
        SettingsError
            When the preset or a field is unknown, or a value is not allowed.

        Examples
        --------
        >>> Settings.from_preset("quick", chains=3).chains
        3
        """
        check_choice("preset", preset, PRESETS)
        allowed = [field.name for field in dataclasses.fields(cls) if field.name != "preset"]
        for name in overrides:
            if name not in allowed:
                raise SettingsError(f"There is no setting '{name}'. {nearest(name, allowed)}")
        other = DIFFERENCES[preset].get(overrides.get("sampler", SAMPLER), {})
        plain = {"until_converged": False} if "draws" in overrides else {}
        return cls(**{**PRESETS[preset], **other, **plain, **overrides, "preset": preset})

    @property
    def for_conclusions(self) -> bool:
        """Whether the preset is meant to support conclusions at all."""
        return self.preset != "quick"

    def as_json(self) -> dict[str, Any]:
        """Settings as plain values that JSON can hold."""
        values = dataclasses.asdict(self) | choices_as_json(self.priors, self.fixed)
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def checked_blocks(blocks: Any) -> tuple[str, ...]:
    """Blocks of the likelihood in the order of ``BLOCKS``, each once.

    Raises
    ------
    SettingsError
        When one is unknown.
    """
    if isinstance(blocks, str) or not isinstance(blocks, Iterable):
        raise SettingsError(f"blocks is {blocks!r}; give a list of names.")
    named = tuple(blocks)
    for name in named:
        check_choice("block", name, BLOCKS)
    return tuple(name for name in BLOCKS if name in named)


def checked_covariates(covariates: Any) -> dict[str, Covariate]:
    """Covariates without faults, in alphabetical order.

    Raises
    ------
    SettingsFaults
        With every fault.
    """
    found = covariate_faults(covariates)
    if faults := [SettingsFault("", 0, ".".join(at), what, do) for at, what, do in found]:
        raise SettingsFaults(faults)
    return as_covariates(covariates)


def checked_choices(priors: Any, fixed: Any) -> tuple[dict[str, Prior], dict[str, float]]:
    """Priors and fixed values without faults, in forms of their own.

    Raises
    ------
    SettingsFaults
        With every fault that shows without a model.
    """
    faults = [SettingsFault("", 0, ".".join(at), found, do) for at, found, do in choice_faults(priors, fixed)]
    if faults:
        raise SettingsFaults(faults)
    return (
        {name: as_prior(prior) for name, prior in priors.items()},
        {name: float(value) for name, value in fixed.items()},
    )


def choices_as_json(priors: Mapping[str, Prior], fixed: Mapping[str, float]) -> dict[str, Any]:
    """Priors and fixed values as plain values that JSON can hold."""
    return {"priors": {name: prior.as_json() for name, prior in priors.items()}, "fixed": dict(fixed)}


def check_choice(name: str, value: object, allowed: Mapping[str, object]) -> None:
    """Refuse a value that is not one of those allowed.

    Raises
    ------
    SettingsError
        With the nearest one, and all.
    """
    if value not in allowed:
        raise SettingsError(
            f"There is no {name} '{value}'. {nearest(str(value), allowed)} Known: {', '.join(allowed)}."
        )


def until_of(settings: Settings) -> UntilConverged | None:
    """Limits of a run until convergence; None for a fixed number of draws, and where there are no chains."""
    if not settings.until_converged or settings.sampler not in MARKOV_CHAINS:
        return None
    return UntilConverged(draws=settings.max_draws, minutes=settings.max_minutes)


def sampler_of(settings: Settings) -> Sampler:
    """Sampler of checked settings; draws of an approximation are as many as those of all chains."""
    chains, draws = settings.chains, settings.draws
    match settings.sampler:
        case "hmc":
            return Hmc(
                chains=chains,
                warmup=settings.warmup,
                draws=draws,
                target_accept=settings.target_accept,
                precision=settings.precision,
            )
        case "many-chains":
            superchains = chains if chains % 2 else math.gcd(chains, 8)
            return ManyChains(
                chains=chains,
                warmup=settings.warmup,
                draws=draws,
                superchains=superchains,
                target_accept=settings.target_accept,
                precision=settings.precision,
            )
        case "pathfinder":
            return Pathfinder(draws=chains * draws)
        case "laplace":
            return Laplace(draws=chains * draws)
        case "variational":
            return Variational(draws=chains * draws)
        case "smc":
            return SequentialMonteCarlo(chains=chains, draws=draws)
        case _:
            return Nuts(
                chains=chains,
                warmup=settings.warmup,
                draws=draws,
                target_accept=settings.target_accept,
                max_tree_depth=settings.max_tree_depth,
                precision=settings.precision,
            )
