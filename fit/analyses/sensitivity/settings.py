"""What a sensitivity analysis is asked to do: checked on creation, free of JAX."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, final

from windup.fit.errors import RunFolderRefused, SettingsError
from windup.fit.settings.fit import MODELS, PRESETS, check_choice
from windup.fit.settings.samplers import check_whole_number

METHODS: Mapping[str, str] = MappingProxyType(
    {
        "local": "derivatives at draws",
        "morris": "elementary effects along trajectories: which parameters matter at all",
        "sobol": "shares of variance",
        "power-scaling": "how far the posterior moves if prior or data count a little more (no new solve)",
        "prior-refit": "fits the trials again with prior widths halved and doubled",
        "block-refit": "fits the trials again without each block of the likelihood or pooled controls",
    }
)
# Points of the local method; trajectories of Morris; blocks of Sobol, a power of two. Others take no number.
SAMPLES: Mapping[str, int] = MappingProxyType({"local": 40, "morris": 100, "sobol": 1024})
_MOST = 2**17


@final
@dataclass(frozen=True, kw_only=True)
class SensitivitySettings:
    """Everything that decides what a sensitivity analysis computes.

    Parameters
    ----------
    source
        Run folder, for the posterior; or the name of a model, for its prior.
    method
        One of ``METHODS``.
    samples
        Points, trajectories or blocks; None for ``SAMPLES``.
    seed
        Seed of designs, draws and fits.
    preset
        Of the fits of ``prior-refit`` and ``block-refit``.

    Raises
    ------
    SettingsError, RunFolderRefused
        When a value is not allowed, or the source is neither a folder nor a model.
    """

    source: str
    method: str = "sobol"
    samples: int | None = None
    seed: int = 0
    preset: str = "full"

    def __post_init__(self) -> None:
        check_choice("method", self.method, METHODS)
        check_choice("preset", self.preset, PRESETS)
        check_whole_number("seed", self.seed, 0, 2**32 - 1)
        if self.samples is not None:
            if self.method not in SAMPLES:
                raise SettingsError(f"Method '{self.method}' takes no --samples. Leave it out.")
            check_whole_number("samples", self.samples, 4, _MOST)
            if self.method == "sobol" and self.samples & (self.samples - 1):
                raise SettingsError(
                    f"--samples is {self.samples}, and a Sobol' sequence wants a power of two. "
                    f"Give {2 ** self.samples.bit_length()}."
                )
        if self.run is not None and not self.run.is_dir():
            raise RunFolderRefused(
                f"{self.source} is neither a run folder nor a model. Models: {', '.join(MODELS)}."
            )
        if self.run is None and self.method == "power-scaling":
            raise SettingsError(
                f"Power-scaling weighs the draws of a run, and '{self.source}' is a model. Give a run folder."
            )

    @property
    def run(self) -> Path | None:
        """Run folder, or None where a model was named."""
        return None if self.source in MODELS else Path(self.source).expanduser()

    @property
    def size(self) -> int:
        """Points, trajectories or blocks."""
        return SAMPLES.get(self.method, 0) if self.samples is None else self.samples

    def as_json(self) -> dict[str, Any]:
        """Settings as plain values that JSON can hold."""
        return dataclasses.asdict(self)
