"""What a fit is asked to do: checked on creation, so that no fit starts on a wrong setting."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, Self, final

from windup.datasets import nearest

from ._errors import SettingsError

MODELS: Mapping[str, str] = MappingProxyType(
    {
        "cascade": "the full NMDA-receptor cascade with its four feedback loops",
        "turnover": "rival: one slow linear state, with drug effects on its input",
        "single_loop": "rival: one positive feedback loop with a free gain",
    }
)

# The preset `full` aims at the thresholds of `_convergence.py`; `quick` only shows that everything runs.
PRESETS: Mapping[str, Mapping[str, int | float]] = MappingProxyType(
    {
        "full": MappingProxyType(
            {"chains": 4, "warmup": 300, "draws": 1250, "target_accept": 0.95, "max_tree_depth": 5}
        ),
        "quick": MappingProxyType(
            {"chains": 2, "warmup": 40, "draws": 40, "target_accept": 0.8, "max_tree_depth": 4}
        ),
    }
)

_WHOLE_NUMBERS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        # R-hat compares chains.
        "chains": (2, 256),
        "warmup": (1, 1_000_000),
        # Split R-hat halves every chain and needs two draws in each half.
        "draws": (4, 1_000_000),
        "max_tree_depth": (1, 15),
    }
)


class Sampling(Protocol):
    """What a sampler is asked to do; `Settings` is one."""

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
    def max_tree_depth(self) -> int:
        """Largest number of doublings of one trajectory."""
        ...


@final
@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides what a fit computes and where it writes.

    Parameters
    ----------
    model
        One of ``MODELS``.
    preset
        One of ``PRESETS``; results of ``quick`` are marked as unfit for conclusions.
    chains, warmup, draws
        Number of chains, and of warm-up iterations and kept draws in each chain.
    seed
        Seed of all random numbers.
    target_accept
        Acceptance rate that step-size adaptation aims at, between 0.5 and 1.
    max_tree_depth
        Largest number of doublings of one trajectory.
    data
        Folder with the three tables of trials, or None for the packaged ones.
    out
        Folder that the run is written to.

    Raises
    ------
    SettingsError
        When a value is not allowed.
    """

    model: str = "cascade"
    preset: str = "full"
    chains: int
    warmup: int
    draws: int
    seed: int = 0
    target_accept: float
    max_tree_depth: int
    data: Path | None = None
    out: Path = Path("runs/published")

    def __post_init__(self) -> None:
        _check_choice("model", self.model, MODELS)
        _check_choice("preset", self.preset, PRESETS)
        _check_sampling(self)
        _check_whole_number("seed", self.seed, 0, 2**32 - 1)

    @classmethod
    def from_preset(cls, preset: str = "full", **overrides: Any) -> Self:
        """Settings of a preset, with some of them replaced.

        Parameters
        ----------
        preset
            One of ``PRESETS``.
        **overrides
            Any other field of ``Settings``.

        Raises
        ------
        SettingsError
            When the preset or a field is unknown, or a value is not allowed.

        Examples
        --------
        >>> Settings.from_preset("quick", chains=3).chains
        3
        """
        _check_choice("preset", preset, PRESETS)
        allowed = [field.name for field in dataclasses.fields(cls) if field.name != "preset"]
        for name in overrides:
            if name not in allowed:
                raise SettingsError(f"There is no setting '{name}'. {nearest(name, allowed)}")
        return cls(**{**PRESETS[preset], **overrides, "preset": preset})

    @property
    def for_conclusions(self) -> bool:
        """Whether the preset is meant to support conclusions at all."""
        return self.preset != "quick"

    def as_json(self) -> dict[str, str | int | float | None]:
        """Settings as plain values that JSON can hold."""
        values = dataclasses.asdict(self)
        return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


@final
@dataclass(frozen=True, kw_only=True)
class Nuts:
    """Settings of the sampler for a model of one's own.

    Parameters
    ----------
    chains, warmup, draws
        Number of chains, and of warm-up iterations and kept draws in each chain.
    target_accept
        Acceptance rate that step-size adaptation aims at, between 0.5 and 1.
    max_tree_depth
        Largest number of doublings of one trajectory.

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

    def __post_init__(self) -> None:
        _check_sampling(self)


def _check_sampling(settings: Sampling) -> None:
    for name, (low, high) in _WHOLE_NUMBERS.items():
        _check_whole_number(name, getattr(settings, name), low, high)
    rate = settings.target_accept
    if not isinstance(rate, int | float) or not (math.isfinite(rate) and 0.5 <= rate < 1.0):
        raise SettingsError(f"target_accept is {rate!r}; give a number from 0.5 to below 1.")


def _check_choice(name: str, value: object, allowed: Mapping[str, object]) -> None:
    if value not in allowed:
        raise SettingsError(
            f"There is no {name} '{value}'. {nearest(str(value), allowed)} Known: {', '.join(allowed)}."
        )


def _check_whole_number(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise SettingsError(f"{name} is {value!r}; give a whole number from {low} to {high}.")
