"""What a calibration is asked to do: checked on creation, free of JAX."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

from windup.datasets import DEFAULT_BLOCKS
from windup.fit.settings.covariates import Covariate
from windup.fit.settings.exposure import HABITUAL_MAGNESIUM, LATENT, UNKNOWN_DOSES
from windup.fit.settings.fit import (
    ERRORS,
    MODELS,
    PATIENTS,
    check_choice,
    checked_blocks,
    checked_choices,
    checked_covariates,
    choices_as_json,
)
from windup.fit.settings.priors import Prior
from windup.fit.settings.samplers import Nuts, check_whole_number

# Fits of simulated data begin close to the bulk; what they lack in draws they make up for with more chains.
QUICK_NUTS = Nuts(chains=2, warmup=150, draws=200, target_accept=0.8, max_tree_depth=8)
_WHOLE_NUMBERS = {"replicates": (1, 100_000), "retained": (9, 9_999), "seed": (0, 2**32 - 1)}


@final
@dataclass(frozen=True, kw_only=True)
class CalibrationSettings:
    """Everything that decides what a calibration computes and where it writes.

    Parameters
    ----------
    model
        One of ``MODELS``.
    errors
        One of ``ERRORS``.
    replicates
        Number of simulated data sets.
    studies
        Number of studies whose design they have; None for all.
    retained
        Draws of each fit among which the truth is ranked.
    sampler
        Sampler of each fit.
    seed
        Seed of all random numbers.
    data
        Folder with the three tables of trials, or None for the packaged ones.
    out
        Folder that the result is written to.
    patients, unknown_doses, habitual_magnesium, blocks, covariates, priors, fixed
        As of `windup.fit.Settings`: truths are drawn from these priors, and fits have them too.

    Raises
    ------
    SettingsError, SettingsFaults
        When a value is not allowed.
    """

    model: str = "turnover"
    errors: str = "mixture"
    replicates: int = 200
    studies: int | None = None
    retained: int = 63
    sampler: Nuts = QUICK_NUTS
    seed: int = 0
    data: Path | None = None
    out: Path = Path("runs/calibration")
    patients: str = "mean"
    unknown_doses: str = LATENT
    habitual_magnesium: str = LATENT
    blocks: tuple[str, ...] = DEFAULT_BLOCKS
    covariates: Mapping[str, Covariate] = field(default_factory=dict, hash=False)
    priors: Mapping[str, Prior] = field(default_factory=dict, hash=False)
    fixed: Mapping[str, float] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        check_choice("model", self.model, MODELS)
        check_choice("patients", self.patients, PATIENTS)
        check_choice("unknown_doses", self.unknown_doses, UNKNOWN_DOSES)
        check_choice("habitual_magnesium", self.habitual_magnesium, HABITUAL_MAGNESIUM)
        check_choice("errors", self.errors, ERRORS)
        for name, (low, high) in _WHOLE_NUMBERS.items():
            check_whole_number(name, getattr(self, name), low, high)
        if self.studies is not None:
            check_whole_number("studies", self.studies, 1, 100_000)
        object.__setattr__(self, "blocks", checked_blocks(self.blocks))
        object.__setattr__(self, "covariates", checked_covariates(self.covariates))
        priors, fixed = checked_choices(self.priors, self.fixed)
        object.__setattr__(self, "priors", priors)
        object.__setattr__(self, "fixed", fixed)

    def as_json(self) -> dict[str, Any]:
        """Settings as plain values that JSON can hold."""
        values = dataclasses.asdict(self) | choices_as_json(self.priors, self.fixed)
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}
